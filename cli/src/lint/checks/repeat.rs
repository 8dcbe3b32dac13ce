//! What a second run would do again, or fail at.

use super::{has_flag, place_of};
use crate::lint::app::ScriptFile;
use crate::lint::finding::Finding;
use crate::lint::rules;
use crate::lint::shell::{Command, Word};

pub(crate) fn check(file: &ScriptFile, found: &mut Vec<Finding>) {
    // The functions that leave early when something holds: what follows is done only if it does not.
    let mut leaving: Vec<Option<&str>> = Vec::new();
    for command in &file.script.commands {
        let function = command.function.as_deref();
        // Behind a question it is probably the answer to it.
        if command.guarded || leaving.contains(&function) {
            if matches!(command.name().as_deref(), Some("return" | "exit")) {
                leaving.push(function);
            }
            continue;
        }
        appends(file, command, found);
        let Some(name) = command.name() else { continue };
        let flags = command.flags();
        let with = |short: &[char], long: &[&str]| has_flag(&flags, short, long);
        let operands: Vec<&Word> =
            command.arguments().iter().filter(|word| !word.prefix().starts_with('-')).collect();
        let is_fresh = operands.last().is_some_and(|word| is_of_this_run(word));
        match name.as_str() {
            "useradd" | "groupadd" | "adduser" | "addgroup" if !command.tested => {
                let is_system = name.starts_with("add") && with(&[], &["--system"]);
                let adds_to_group =
                    name == "adduser" && operands.len() == 2 && flags.iter().all(|it| !it.starts_with('-'));
                let is_soft = name == "groupadd" && with(&['f'], &["--force"]);
                if !(is_system || adds_to_group || is_soft) {
                    let message = format!("`{name}` fails when the account is there already");
                    found.push(file.about(rules::ACCOUNT_UNCHECKED, command, message));
                }
            }
            "mkdir" if !command.tested && !with(&['p'], &["--parents"]) && !is_fresh => {
                found.push(file.about(
                    rules::MKDIR_UNCHECKED,
                    command,
                    "`mkdir` without -p fails when the folder is there",
                ));
            }
            "ln" if with(&['s'], &["--symbolic"]) && !is_fresh => {
                let forced = with(&['f'], &["--force"]);
                let plain = with(&['n', 'T'], &["--no-dereference", "--no-target-directory"]);
                let message = match (forced, plain) {
                    (true, true) => continue,
                    (false, _) => "`ln -s` without -f fails when the link is there",
                    (true, false) => {
                        "`ln -sf` without -n follows a link to a folder, and makes another one inside it"
                    }
                };
                found.push(file.about(rules::LINK_UNCHECKED, command, message));
            }
            "systemctl" | "service" => restarts(file, command, &name, &flags, found),
            "rm" | "rmdir" | "unlink" if !command.tested && !is_fresh => {
                let is_soft = match name.as_str() {
                    "rm" => with(&['f'], &["--force"]),
                    "rmdir" => with(&[], &["--ignore-fail-on-non-empty"]) && command.tested,
                    _ => false,
                };
                if !is_soft {
                    let message = format!("`{name}` fails when it is gone already");
                    found.push(file.about(rules::REMOVE_UNCHECKED, command, message));
                }
            }
            _ => {}
        }
    }
}

fn appends(file: &ScriptFile, command: &Command, found: &mut Vec<Finding>) {
    for redirect in command.redirects.iter().filter(|it| matches!(it.operator.as_str(), ">>" | "&>>")) {
        let target = &redirect.target;
        let is_device = target.prefix().starts_with("/dev/");
        if !is_device
            && !is_of_this_run(target)
            && target.variables().iter().all(|it| !it.name.starts_with("PURVEY_"))
        {
            let message = "`>>` appends once more in every run";
            found.push(file.finding(rules::APPENDS, (redirect.at, place_of(target).1), message));
        }
    }
    let is_tee =
        command.name().as_deref() == Some("tee") && has_flag(&command.flags(), &['a'], &["--append"]);
    if is_tee && !command.arguments().iter().any(is_of_this_run) {
        found.push(file.about(rules::APPENDS, command, "`tee -a` appends once more in every run"));
    }
}

/// Whether a path lies in the folder that is new in each run, or was made for this run.
fn is_of_this_run(word: &Word) -> bool {
    word.variables().first().is_some_and(|variable| {
        variable.name == "TMPDIR" || variable.name.to_ascii_lowercase().contains("tmp")
    })
}

fn restarts(file: &ScriptFile, command: &Command, name: &str, flags: &[String], found: &mut Vec<Finding>) {
    const VERBS: &[&str] =
        &["restart", "reload", "try-restart", "reload-or-restart", "try-reload-or-restart", "force-reload"];
    // A function is called where somebody decides to.
    if command.function.is_some() {
        return;
    }
    if let Some(verb) = flags.iter().find(|flag| VERBS.contains(&flag.as_str())) {
        let message = format!("`{name} {verb}` runs whether something has changed or not");
        found.push(file.about(rules::RESTARTS_ALWAYS, command, message));
    }
}
