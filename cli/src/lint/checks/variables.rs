//! Inputs and variables: each input is used, each variable comes from somewhere, and expansions are quoted.

use std::collections::{BTreeMap, BTreeSet};

use purvey_contract::manifest::{Condition, Input, InputKind, PortSource, PortUse};

use super::flow::direct;
use super::{place_of, place_of_variable};
use crate::lint::app::{App, ScriptFile, is_tame};
use crate::lint::finding::Finding;
use crate::lint::rules::{self, Level};
use crate::lint::shell::{Command, Part, Script, Word};

/// What the agent puts into the environment besides the inputs, and everything that begins with `PURVEY_`.
const PROVIDED: &[&str] = &["PATH", "LANG", "HOME", "DEBIAN_FRONTEND", "TMPDIR"];

/// What bash sets, besides everything that begins with `BASH`.
const OF_THE_SHELL: &[&str] = &[
    "COLUMNS",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "MAPFILE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
];

/// What os-release(5) sets when it is sourced.
const OS_RELEASE: &[&str] =
    &["ID", "ID_LIKE", "NAME", "PRETTY_NAME", "VERSION", "VERSION_ID", "VERSION_CODENAME", "UBUNTU_CODENAME"];

/// Inputs that no script mentions, and that neither show or hide another one nor say a port.
pub(crate) fn unused(app: &App, found: &mut Vec<Finding>) {
    let source = &app.manifest_source;
    for (index, input) in app.inputs().iter().enumerate() {
        let variable = input.env_name();
        let in_scripts = app.scripts.iter().any(|file| mentions(&without_comments(file), &variable));
        let is_asked_about = || {
            let conditions = app.inputs().iter().filter_map(|input| input.visible_if.as_ref());
            let by_port = |port: &PortUse| port.port == PortSource::Input(input.name.clone());
            let ports = app.manifest.iter().flat_map(|manifest| &manifest.ports);
            conditions.flat_map(Condition::names).any(|name| name == input.name)
                || ports.into_iter().any(by_port)
        };
        if !in_scripts && !is_asked_about() && !app.texts.iter().any(|text| mentions(&text.text, &variable)) {
            let path = format!("inputs[{index}]");
            let message = format!("{path}: no script uses `{}` (as {variable})", input.name);
            let mut finding = Finding::of_file(rules::INPUT_UNUSED, source, message);
            (finding.line, finding.column) =
                purvey_contract::manifest::position(&source.text, &format!("{path}.name")).unzip();
            found.push(finding);
        }
    }
}

fn without_comments(file: &ScriptFile) -> String {
    let mut text = file.source.text.clone().into_bytes();
    for (at, comment) in &file.script.comments {
        let end = (at + 1 + comment.len()).min(text.len());
        text[*at..end].fill(b' ');
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn mentions(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Variables in capital letters that are set nowhere.
pub(crate) fn undeclared(app: &App, found: &mut Vec<Finding>) {
    if app.manifest.is_none() {
        return;
    }
    let own = app.scripts.iter().map(|file| &file.script);
    let set: BTreeSet<String> = own.chain(&app.library_scripts).flat_map(set_by).collect();
    let sources_os_release = app.scripts.iter().any(|file| file.source.text.contains("/os-release"));
    let is_declared = |name: &str| {
        app.input_of(name).is_some()
            || set.contains(name)
            || PROVIDED.contains(&name)
            || OF_THE_SHELL.contains(&name)
            || name.starts_with("PURVEY_")
            || name.starts_with("BASH")
            || (sources_os_release && OS_RELEASE.contains(&name))
    };
    let known: Vec<String> = app.inputs().iter().map(Input::env_name).collect();
    for file in &app.scripts {
        let mut first: BTreeMap<String, ((usize, usize), bool)> = BTreeMap::new();
        for (name, place, has_default) in uses(&file.script) {
            if is_capital(&name) && !is_declared(&name) {
                // The gravest of its uses counts.
                let entry = first.entry(name).or_insert((place, has_default));
                if entry.1 && !has_default {
                    *entry = (place, false);
                }
            }
        }
        for (name, (place, has_default)) in first {
            let near = known.iter().find(|input| is_near(input, &name));
            let meant = near.map(|input| format!("; did you mean {input}?")).unwrap_or_default();
            let what = match has_default {
                true => "is never set, so that its default always holds",
                false => "is never set",
            };
            let message =
                format!("`{name}` {what}: it is no input, is not provided and is set nowhere{meant}");
            let level = if has_default { Level::Warning } else { Level::Error };
            found.push(Finding { level, ..file.finding(rules::VARIABLE_UNDECLARED, place, message) });
        }
    }
}

fn is_capital(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether one is the other but for one letter or the order of letters, or is a part of it.
fn is_near(a: &str, b: &str) -> bool {
    let letters = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().collect();
        letters.sort_unstable();
        letters
    };
    if letters(a) == letters(b) {
        return true;
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let prefix = long.bytes().zip(short.bytes()).take_while(|(x, y)| x == y).count();
    let suffix = long.bytes().rev().zip(short.bytes().rev()).take_while(|(x, y)| x == y).count();
    (prefix + suffix + 1 >= long.len() && long.len() - short.len() <= 1)
        || long.ends_with(&format!("_{short}"))
}

/// The variables that a script sets. One that is only set from itself (`X=${X:-1}`) is not.
fn set_by(script: &Script) -> Vec<String> {
    let mut set = Vec::new();
    for command in &script.commands {
        for assignment in &command.assignments {
            if !assignment.value.variables().iter().any(|variable| variable.name == assignment.name) {
                set.push(assignment.name.clone());
            }
        }
        let Some(name) = command.words.first().and_then(Word::literal) else { continue };
        let flags = || command.words.iter().skip(1).filter_map(Word::literal);
        match name.as_str() {
            "for" | "select" => set.extend(flags().next()),
            "read" | "mapfile" | "readarray" | "local" | "declare" | "typeset" | "readonly" | "export"
            | "getopts" => {
                set.extend(flags().filter(|flag| !flag.starts_with('-')));
            }
            "printf" => {
                let flags: Vec<String> = flags().collect();
                set.extend(flags.windows(2).filter(|pair| pair[0] == "-v").map(|pair| pair[1].clone()));
            }
            _ => {}
        }
    }
    set
}

/// Every use of a variable: its name, its place, and whether something stands in for it if it is not set.
fn uses(script: &Script) -> Vec<(String, (usize, usize), bool)> {
    let mut uses = Vec::new();
    for (_, word) in script.all_words() {
        for variable in word.variables() {
            let operator = variable.operator.trim_start_matches(':');
            let has_default = operator.starts_with(['-', '=', '+', '?']);
            uses.push((variable.name.clone(), place_of_variable(variable), has_default));
        }
        for part in &word.parts {
            if let Part::Arithmetic(text) = part {
                let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let names = names.filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
                uses.extend(names.map(|name| (name.to_owned(), place_of(word), false)));
            }
        }
    }
    uses
}

/// Inputs that are expanded without quotes, or put into a here-document as they are.
pub(crate) fn unquoted(app: &App, file: &ScriptFile, found: &mut Vec<Finding>) {
    for command in &file.script.commands {
        let name = command.words.first().and_then(Word::literal);
        // There the shell neither splits nor looks for files.
        let is_literal = matches!(name.as_deref(), Some("[[" | "((" | "case"));
        let words = command.words.iter().filter(|_| !is_literal);
        let targets =
            command.redirects.iter().filter(|it| !it.operator.starts_with("<<")).map(|it| &it.target);
        for word in words.chain(targets) {
            for variable in direct(word).filter(|variable| !variable.quoted && variable.shows_value()) {
                if app.input_of(&variable.name).is_some_and(can_be_split) {
                    let message = format!(
                        "`{}` is split at spaces, and `*` in it is taken for file names",
                        variable.name
                    );
                    let written = &file.source.text[variable.at..variable.end];
                    let finding = file.finding(rules::UNQUOTED_INPUT, place_of_variable(variable), message);
                    found.push(finding.fixed_by(format!("Put quotes around it: \"{written}\"")));
                }
            }
        }
        raw(app, file, command, found);
    }
}

fn raw(app: &App, file: &ScriptFile, command: &Command, found: &mut Vec<Finding>) {
    let texts = command.redirects.iter().filter(|it| matches!(it.operator.as_str(), "<<" | "<<-"));
    for variable in texts.flat_map(|redirect| direct(&redirect.target)) {
        if variable.shows_value() && app.input_of(&variable.name).is_some_and(|input| !is_tame(input)) {
            let message = format!("`{}` is free text, and is put into this text as it is", variable.name);
            found.push(file.finding(rules::RAW_IN_CONFIGURATION, place_of_variable(variable), message));
        }
    }
}

/// Whether a value of this input can hold a space or a sign of file name patterns.
fn can_be_split(input: &Input) -> bool {
    let is_plain = |value: &serde_json::Value| {
        value.as_str().is_none_or(|text| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/,@+".contains(&byte))
        })
    };
    let values = &input.validation.allowed_values;
    match input.kind {
        InputKind::Integer | InputKind::Port | InputKind::Boolean | InputKind::Domain | InputKind::Email => {
            false
        }
        _ => values.is_empty() || !values.iter().all(is_plain),
    }
}
