//! Values that become code, and code that comes from somewhere.

use super::place_of;
use crate::lint::app::{App, ScriptFile, is_tame};
use crate::lint::finding::Finding;
use crate::lint::rules;
use crate::lint::shell::{Command, Part, Script, Word};

use super::flow::Flow;

const SHELLS: &[&str] = &["bash", "sh", "dash", "zsh", "ksh"];
const INTERPRETERS: &[&str] =
    &["bash", "sh", "dash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node", "php"];
const LOADERS: &[&str] = &["curl", "wget", "fetch", "aria2c"];

pub(crate) fn check(app: &App, file: &ScriptFile, flow: &Flow, found: &mut Vec<Finding>) {
    for command in &file.script.commands {
        let Some(name) = command.name() else { continue };
        for (word, language) in programs(&name, command) {
            let reaches = |variable: &&crate::lint::shell::Variable| {
                let input = flow.input_behind(app, command, variable);
                // A shell expands whatever the value is; elsewhere a tame value changes nothing.
                variable.shows_value() && input.is_some_and(|input| language == "shell" || !is_tame(input))
            };
            if let Some(variable) = word.variables().into_iter().find(reaches) {
                let message =
                    format!("`{}` becomes a part of the {language} text that `{name}` runs", variable.name);
                found.push(
                    file.finding(rules::INPUT_AS_CODE, place_of(word), message).fixed_by(advice(language)),
                );
            }
        }
        if loads_and_runs(&name, command, &file.script) {
            found.push(file.about(
                rules::PIPED_TO_SHELL,
                command,
                format!("`{name}` runs what was just downloaded"),
            ));
        }
    }
    for stages in &file.script.pipelines {
        let names = |range: &std::ops::Range<usize>| -> Vec<(String, &Command)> {
            let commands = file.script.commands[range.clone()].iter();
            commands.filter_map(|command| Some((command.name()?, command))).collect()
        };
        let mut loaded = false;
        for stage in stages {
            let named = names(stage);
            let runs = named.iter().find(|(name, command)| {
                let behind_sudo = || command.flags().iter().any(|word| INTERPRETERS.contains(&word.as_str()));
                let is_interpreter = INTERPRETERS.contains(&name.as_str()) && takes_code_from_input(command);
                is_interpreter || (matches!(name.as_str(), "sudo" | "su" | "doas") && behind_sudo())
            });
            if let Some((name, command)) = runs.filter(|_| loaded) {
                let message = format!("what was just downloaded is piped into `{name}`");
                found.push(file.about(rules::PIPED_TO_SHELL, command, message));
            }
            loaded |= named.iter().any(|(name, _)| LOADERS.contains(&name.as_str()));
        }
    }
}

fn advice(language: &str) -> &'static str {
    match language {
        "shell" => "Pass it as an argument, and let the text name it: `bash -c 'echo \"$1\"' _ \"$INPUT\"`.",
        "awk" => {
            "Pass it in the environment, and let the program read ENVIRON: `NAME=$INPUT awk '... ENVIRON[\"NAME\"] ...'`."
        }
        "SQL" => {
            "Quote it for SQL with a function of its own, or narrow the input by a pattern to harmless letters."
        }
        "sed" => {
            "Render the file as a whole with write_file, or narrow the input by a pattern to harmless letters."
        }
        _ => "Pass it as an argument or in the environment, and let the program read it there.",
    }
}

/// The words of a command that are programs, and their language.
fn programs<'c>(name: &str, command: &'c Command) -> Vec<(&'c Word, &'static str)> {
    let arguments = command.arguments();
    let behind = |flags: &[&str]| -> Vec<&'c Word> {
        let is_flag = |word: &Word| word.literal().is_some_and(|text| flags.contains(&text.as_str()));
        arguments.windows(2).filter(|pair| is_flag(&pair[0])).map(|pair| &pair[1]).collect()
    };
    let of = |words: Vec<&'c Word>, language| words.into_iter().map(|word| (word, language)).collect();
    let first_operand = || arguments.iter().find(|word| !word.prefix().starts_with('-'));
    match name {
        "eval" => arguments.iter().map(|word| (word, "shell")).collect(),
        "trap" => arguments.first().map(|word| (word, "shell")).into_iter().collect(),
        name if SHELLS.contains(&name) => {
            // `-ec` as well.
            let is_flag = |word: &Word| {
                word.literal().is_some_and(|text| {
                    text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
                })
            };
            of(arguments.windows(2).filter(|pair| is_flag(&pair[0])).map(|pair| &pair[1]).collect(), "shell")
        }
        "su" | "runuser" => of(behind(&["-c", "--command"]), "shell"),
        "ssh" => arguments.iter().skip(1).map(|word| (word, "shell")).collect(),
        "python" | "python3" => of(behind(&["-c"]), "Python"),
        "perl" | "ruby" => of(behind(&["-e", "-ne", "-pe", "-i -pe"]), "script"),
        "node" | "php" => of(behind(&["-e", "-r", "--eval"]), "script"),
        "awk" | "gawk" | "mawk" => {
            let values = behind(&["-v", "-f", "-F"]);
            let is_value = |word: &Word| values.iter().any(|value| value.at == word.at);
            let program = arguments.iter().find(|word| !word.prefix().starts_with('-') && !is_value(word));
            program.map(|word| (word, "awk")).into_iter().collect()
        }
        "sed" => {
            let given = behind(&["-e", "--expression", "-ie", "-ne"]);
            if given.is_empty() {
                first_operand().map(|word| (word, "sed")).into_iter().collect()
            } else {
                of(given, "sed")
            }
        }
        "mysql" | "mariadb" => of(behind(&["-e", "--execute", "-se", "-Ne", "-NBe"]), "SQL"),
        "psql" => of(behind(&["-c", "--command", "-tAc", "-Atc", "-tc"]), "SQL"),
        "sqlite3" => arguments.iter().skip(1).map(|word| (word, "SQL")).collect(),
        "jq" => first_operand().map(|word| (word, "jq")).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether an interpreter reads its program from standard input.
fn takes_code_from_input(command: &Command) -> bool {
    let flags = command.flags();
    let has_file = command.arguments().iter().any(|word| !word.prefix().starts_with('-'));
    let has_text = flags.iter().any(|flag| matches!(flag.as_str(), "-c" | "-e" | "-ne" | "-pe" | "-r"));
    !has_text && (!has_file || flags.iter().any(|flag| flag == "-s"))
}

/// `bash <(curl ...)`, `bash -c "$(curl ...)"`, `eval "$(wget ...)"`, `. <(curl ...)`
fn loads_and_runs(name: &str, command: &Command, script: &Script) -> bool {
    let runs = INTERPRETERS.contains(&name) || matches!(name, "eval" | "." | "source");
    runs && command.arguments().iter().flat_map(|word| &word.parts).any(|part| match part {
        Part::Commands(inner) => script.commands[inner.clone()]
            .iter()
            .any(|command| command.name().is_some_and(|name| LOADERS.contains(&name.as_str()))),
        _ => false,
    })
}
