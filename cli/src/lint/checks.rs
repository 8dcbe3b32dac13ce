//! The checks. Each looks at one side of an app and adds what it finds.

pub(super) mod code;
pub(super) mod flow;
pub(super) mod icon;
pub(super) mod manifest;
pub(super) mod people;
pub(super) mod repeat;
pub(super) mod runnable;
pub(super) mod secrets;
pub(super) mod shellcheck;
pub(super) mod variables;

use super::finding::Finding;
use super::rules::Rule;
use super::shell::{Command, Variable, Word};

use super::app::ScriptFile;

impl ScriptFile {
    fn finding(&self, rule: &'static Rule, place: (usize, usize), message: impl Into<String>) -> Finding {
        Finding::at(rule, &self.source, place, message)
    }

    /// About a command: from its first to its last word.
    fn about(&self, rule: &'static Rule, command: &Command, message: impl Into<String>) -> Finding {
        let end = command.words.last().map_or(command.at, |word| word.end);
        self.finding(rule, (command.at, end), message)
    }
}

fn place_of(word: &Word) -> (usize, usize) {
    (word.at, word.end)
}

fn place_of_variable(variable: &Variable) -> (usize, usize) {
    (variable.at, variable.end)
}

/// Whether one of the flags is there: a long one as it is, a short one also among others (`-qqy`).
fn has_flag(flags: &[String], short: &[char], long: &[&str]) -> bool {
    flags.iter().any(|flag| match flag.strip_prefix("--") {
        Some(_) => long.iter().any(|it| flag == it || flag.starts_with(&format!("{it}="))),
        None => flag.strip_prefix('-').is_some_and(|letters| letters.chars().any(|c| short.contains(&c))),
    })
}
