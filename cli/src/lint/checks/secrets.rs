//! Secrets on command lines and in logs.

use super::flow::Flow;
use super::{has_flag, place_of_variable};
use crate::lint::app::{App, ScriptFile};
use crate::lint::finding::Finding;
use crate::lint::rules;
use crate::lint::shell::{Command, Redirect, Word};

/// Functions of the library whose words end up in the log.
const LOGGING: &[&str] = &[
    "log_debug",
    "log_info",
    "log_warn",
    "log_error",
    "fail_validation",
    "fail_install",
    "fail_config",
    "progress",
    "log",
    "error",
    "die",
    "warn",
    "info",
];

pub(crate) fn check(app: &App, file: &ScriptFile, flow: &Flow, found: &mut Vec<Finding>) {
    if !app.inputs().iter().any(|input| input.is_sensitive()) {
        return;
    }
    tracing(file, found);
    for command in &file.script.commands {
        let name = command.name();
        let name = name.as_deref().unwrap_or("a program");
        // `env NAME=$SECRET program` shows it as well, so the runner counts.
        let first = command.words.first().and_then(Word::literal);
        let is_run_as_program = match first.as_deref() {
            None => !command.words.is_empty(),
            Some("exec" | "command" | "builtin") => !app.is_of_the_shell(name),
            Some(first) => !app.is_of_the_shell(first),
        };
        let secrets = command.words.iter().skip(1).filter_map(|word| flow.secret_in(app, command, word));
        for variable in secrets {
            let place = place_of_variable(variable);
            let shown = &variable.name;
            if is_run_as_program {
                let message = format!(
                    "`{shown}` is given to `{name}` as an argument, which every user of the host can read"
                );
                found.push(file.finding(rules::SECRET_IN_ARGUMENTS, place, message));
            } else if LOGGING.contains(&name) {
                let message = format!("`{shown}` is written to the log by `{name}`");
                found.push(file.finding(rules::SECRET_SHOWN, place, message));
            } else if name == "output" && !is_sensitive_output(app, command) {
                let message = format!("`{shown}` becomes an output that everybody can see");
                found.push(
                    file.finding(rules::SECRET_SHOWN, place, message).fixed_by(
                        "Mark the output as `sensitive: true` in the manifest, or do not report it.",
                    ),
                );
            } else if matches!(name, "echo" | "printf") && is_shown(command) {
                let message = format!("`{shown}` is printed by `{name}`, and so kept in the log");
                found.push(file.finding(rules::SECRET_SHOWN, place, message));
            }
        }
        let texts = command.redirects.iter().filter(|redirect| redirect.operator.starts_with("<<"));
        for redirect in texts.filter(|_| name == "cat" && is_shown(command)) {
            if let Some(variable) = flow.secret_in(app, command, &redirect.target) {
                let message = format!("`{}` is printed by `cat`, and so kept in the log", variable.name);
                found.push(file.finding(rules::SECRET_SHOWN, place_of_variable(variable), message));
            }
        }
    }
}

fn is_sensitive_output(app: &App, command: &Command) -> bool {
    let Some(name) = command.arguments().first().and_then(Word::literal) else { return false };
    let outputs = app.manifest.iter().flat_map(|manifest| &manifest.outputs);
    outputs.into_iter().any(|output| output.name == name && output.sensitive)
}

/// Whether what a command prints goes into the log. In a function it goes where the caller says, but for standard error.
fn is_shown(command: &Command) -> bool {
    let to_error =
        command.redirects.iter().any(|it| it.operator == ">&" && it.target.literal().as_deref() == Some("2"));
    let elsewhere = command.piped || command.captured || command.redirects.iter().any(Redirect::takes_output);
    let into_variable =
        has_flag(&command.flags(), &[], &[]) || command.flags().first().is_some_and(|flag| flag == "-v");
    !into_variable && (to_error || (!elsewhere && command.function.is_none()))
}

fn tracing(file: &ScriptFile, found: &mut Vec<Finding>) {
    let first = file.source.text.lines().next().unwrap_or_default();
    if first.starts_with("#!")
        && first.split_whitespace().skip(1).any(|flag| flag.starts_with('-') && flag.contains(['x', 'v']))
    {
        let message = "tracing is on: every command is logged with its values";
        found.push(file.finding(rules::SECRET_SHOWN, (0, first.len()), message));
    }
    for command in file.script.commands.iter().filter(|command| command.name().as_deref() == Some("set")) {
        let flags = command.flags();
        let by_name = flags.windows(2).any(|pair| {
            pair[0].starts_with('-')
                && pair[0].ends_with('o')
                && matches!(pair[1].as_str(), "xtrace" | "verbose")
        });
        if by_name || has_flag(&flags, &['x', 'v'], &[]) {
            let message = "tracing is on from here: every command is logged with its values";
            found.push(file.about(rules::SECRET_SHOWN, command, message));
        }
    }
}
