//! Shell scripts as the linter sees them: simple commands, each with its words, redirections and surroundings.
//!
//! This is a reader of bash for the purposes of the checks, not a shell: it knows quotes, expansions, substitutions,
//! here-documents, compound commands and comments, and forgets what no check asks for. Why it is written by hand:
//! `docs/adr/0012-the-linter-reads-shell-by-hand.md`.

mod commands;
mod expansion;
mod redirects;
mod simple;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

/// A script that was read.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The simple commands, outer before inner, in the order in which they begin.
    pub(crate) commands: Vec<Command>,
    /// Pipelines of several commands: for each stage the commands in it, by their index.
    pub(crate) pipelines: Vec<Vec<Range<usize>>>,
    /// Comments without their `#`, with the place of the `#`.
    pub(crate) comments: Vec<(usize, String)>,
    /// The names of its functions.
    pub(crate) functions: Vec<String>,
    /// Where it could not be understood, and why.
    pub(crate) trouble: Option<(usize, String)>,
}

/// A simple command, or the head of a compound one: `for`, `case` and `select` with their words, `[[` with what is tested,
/// `((` with the arithmetic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Command {
    pub(crate) at: usize,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    /// The function that it is in.
    pub(crate) function: Option<String>,
    /// Whether it runs only if something held: in a branch, a loop, or behind `&&` or `||`.
    pub(crate) guarded: bool,
    /// Whether somebody looks at its result: a condition, or before `&&` or `||`.
    pub(crate) tested: bool,
    /// Whether its standard input is given by a redirection or a pipe of something around it.
    pub(crate) fed: bool,
    /// Whether its output goes on into the next command of the pipeline.
    pub(crate) piped: bool,
    /// Whether its output is taken by a substitution, or by the redirection of something around it.
    pub(crate) captured: bool,
}

/// `NAME=VALUE`, before a command or alone, or as an argument of `local` and its like.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: Word,
}

/// A redirection.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub(crate) at: usize,
    /// `<`, `>`, `>>`, `<<`, `<<<`, `>&` and so on.
    pub(crate) operator: String,
    /// The file descriptor before it, if one is written.
    pub(crate) descriptor: String,
    /// The target; of a here-document its text.
    pub(crate) target: Word,
}

impl Redirect {
    /// Whether it gives the command its standard input.
    pub(crate) fn feeds(&self) -> bool {
        self.operator.starts_with('<')
            && matches!(self.descriptor.as_str(), "" | "0")
            && self.operator != "<&"
    }

    /// Whether it takes the command's standard output, elsewhere than to standard error.
    pub(crate) fn takes_output(&self) -> bool {
        let to_log = self.operator == ">&" && matches!(self.target.literal().as_deref(), Some("1" | "2"));
        (self.operator.starts_with('>') || self.operator.starts_with("&>"))
            && matches!(self.descriptor.as_str(), "" | "1")
            && !to_log
    }
}

/// A word, or the text of a here-document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Word {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) parts: Vec<Part>,
}

/// A part of a word.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Text as it is meant, quotes and backslashes taken away.
    Text(String),
    /// An expansion of a variable.
    Variable(Variable),
    /// `$(...)`, `` `...` ``, `<(...)` or `>(...)`: the commands in it, by their index.
    Commands(Range<usize>),
    /// `$((...))`: the text.
    Arithmetic(String),
}

/// `$NAME` or `${NAME...}`.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) name: String,
    /// `${!NAME}`: the variable that NAME names.
    pub(crate) indirect: bool,
    /// `${#NAME}`: only its length.
    pub(crate) length: bool,
    /// What stands behind the name: `:-`, `:=`, `/`, `[@]` and so on, without its words.
    pub(crate) operator: String,
    pub(crate) quoted: bool,
    /// The words of the operator.
    pub(crate) inner: Vec<Part>,
}

impl Variable {
    /// Whether the value becomes part of the word: of `${X:+...}` and `${#X}` it does not.
    pub(crate) fn shows_value(&self) -> bool {
        !self.length && !self.operator.starts_with(":+") && !self.operator.starts_with('+')
    }
}

impl Word {
    /// The text, if nothing in it is expanded.
    pub(crate) fn literal(&self) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            let Part::Text(part) = part else { return None };
            text += part;
        }
        Some(text)
    }

    /// The text up to the first expansion.
    pub(crate) fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Every variable in it, also those in the words of other expansions.
    pub(crate) fn variables(&self) -> Vec<&Variable> {
        let mut found = Vec::new();
        variables_of(&self.parts, &mut found);
        found
    }
}

fn variables_of<'p>(parts: &'p [Part], found: &mut Vec<&'p Variable>) {
    for part in parts {
        if let Part::Variable(variable) = part {
            found.push(variable);
            variables_of(&variable.inner, found);
        }
    }
}

impl Command {
    /// The name of the program, function or builtin, if it is written out. `command`, `exec`, `env` and the like count as
    /// what they run.
    pub(crate) fn name(&self) -> Option<String> {
        self.words.get(self.name_at()?)?.literal()
    }

    /// The words behind the name.
    pub(crate) fn arguments(&self) -> &[Word] {
        self.name_at().and_then(|at| self.words.get(at + 1..)).unwrap_or_default()
    }

    /// The arguments that are written out.
    pub(crate) fn flags(&self) -> Vec<String> {
        self.arguments().iter().filter_map(Word::literal).collect()
    }

    fn name_at(&self) -> Option<usize> {
        const RUNNERS: &[&str] = &[
            "command", "builtin", "exec", "env", "nice", "ionice", "nohup", "time", "timeout", "setsid",
            "runuser", "chroot",
        ];
        let mut at = 0;
        while let Some(name) = self.words.get(at)?.literal() {
            if !RUNNERS.contains(&name.as_str()) {
                return Some(at);
            }
            let start = at;
            at += 1;
            if name == "command"
                && matches!(self.words.get(at).and_then(Word::literal).as_deref(), Some("-v" | "-V"))
            {
                // Only asks whether it is there.
                return Some(start);
            }
            if name == "runuser"
                && self.words[at..]
                    .iter()
                    .any(|word| matches!(word.literal().as_deref(), Some("-c" | "--command")))
            {
                // What it runs is a text.
                return Some(start);
            }
            let mut skip_value = name == "timeout" || name == "chroot";
            while let Some(word) = self.words.get(at) {
                let text = word.literal();
                let text = text.as_deref().unwrap_or(word.prefix());
                if text == "--" {
                    at += 1;
                    break;
                }
                let takes_value =
                    matches!(text, "-u" | "-g" | "-n" | "-c" | "-k" | "-s" | "--user" | "--group");
                if takes_value {
                    at += 2;
                } else if text.starts_with('-') || (name == "env" && text.contains('=')) {
                    at += 1;
                } else if skip_value {
                    skip_value = false;
                    at += 1;
                } else {
                    break;
                }
            }
            if at >= self.words.len() {
                return Some(start);
            }
        }
        None
    }
}

impl Script {
    /// Reads a script. Whatever the text is, something comes out.
    pub(crate) fn read(text: &str) -> Self {
        commands::read(text)
    }

    /// Every word with its command: arguments, values of assignments, targets of redirections.
    pub(crate) fn all_words(&self) -> impl Iterator<Item = (&Command, &Word)> {
        self.commands.iter().flat_map(|command| {
            let assigned = command.assignments.iter().map(|assignment| &assignment.value);
            let redirected = command.redirects.iter().map(|redirect| &redirect.target);
            command.words.iter().chain(assigned).chain(redirected).map(move |word| (command, word))
        })
    }
}
