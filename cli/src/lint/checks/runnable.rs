//! That a script can be started and stops at the first failure.

use crate::lint::app::{App, ScriptFile};
use crate::lint::finding::Finding;
use crate::lint::rules;

pub(crate) fn check(app: &App, file: &ScriptFile, found: &mut Vec<Finding>) {
    if let Some((at, why)) = &file.script.trouble {
        found.push(file.finding(rules::NOT_SHELL, (*at, at + 1), why.clone()));
    }
    if !file.is_entry {
        return;
    }
    let first = file.source.text.lines().next().unwrap_or_default();
    if !matches!(first.trim_end(), "#!/bin/bash" | "#!/usr/bin/env bash" | "#!/usr/bin/bash") {
        let message = format!("the first line is `{first:.60}`, and not `#!/bin/bash`");
        let place = (0, first.len());
        let has_interpreter = first.starts_with("#!/bin/sh") || first.starts_with("#!/usr/bin/env sh");
        let finding = file.finding(rules::SCRIPT_NOT_RUNNABLE, place, message);
        found.push(if has_interpreter {
            finding.fixed_by("Write `#!/bin/bash`: sh is dash on Debian, which knows no `pipefail`.")
        } else {
            finding
        });
    }
    if !file.is_executable {
        let message = format!("{} is not executable", file.path);
        found.push(
            Finding::of_file(rules::SCRIPT_NOT_RUNNABLE, &file.source, message)
                .fixed_by(format!("Run: chmod +x {}", app.folder.join(&file.path).display())),
        );
    }
    if !is_strict(file) {
        let place = file.script.commands.first().map_or((0, 0), |command| (command.at, command.at + 1));
        let message = "strict mode is not on: a command that fails does not end the script";
        found.push(file.finding(rules::NOT_STRICT, place, message));
    }
}

/// Whether one of the first commands sources the library, or sets errexit, nounset and pipefail.
fn is_strict(file: &ScriptFile) -> bool {
    let (mut letters, mut options) = (String::new(), Vec::new());
    for command in
        file.script.commands.iter().filter(|command| command.function.is_none() && !command.guarded)
    {
        let Some(name) = command.name() else { continue };
        let flags = command.flags();
        match name.as_str() {
            "." | "source" if flags.first().is_some_and(|path| path.ends_with("lib/purvey.sh")) => {
                return true;
            }
            "set" => {
                for flag in &flags {
                    match flag.strip_prefix('-') {
                        Some(flags) => letters += flags,
                        None => options.push(flag.clone()),
                    }
                }
            }
            _ => {}
        }
        let is_on =
            |letter: char, option: &str| letters.contains(letter) || options.iter().any(|it| it == option);
        if is_on('e', "errexit") && is_on('u', "nounset") && options.iter().any(|it| it == "pipefail") {
            return true;
        }
        // Whatever has been done before it is on was done without it.
        let is_preparation = matches!(
            name.as_str(),
            "set" | "shopt" | "." | "source" | "umask" | "export" | "readonly" | "cd" | "trap"
        );
        if !is_preparation {
            return false;
        }
    }
    false
}
