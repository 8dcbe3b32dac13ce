//! Simple commands: assignments, words and redirections.

use super::commands::Reader;
use super::words::Until;
use super::{Assignment, Word};

impl Reader<'_> {
    /// Assignments, words and redirections, or the definition of a function.
    pub(super) fn simple(&mut self) {
        let at = self.at;
        let index = self.push(at, Vec::new());
        loop {
            self.blanks(false);
            if self.redirect(index) {
                continue;
            }
            let before = self.at;
            let has_words = !self.script.commands[index].words.is_empty();
            let declares = has_words
                && matches!(
                    self.script.commands[index].words[0].literal().as_deref(),
                    Some("local" | "declare" | "typeset" | "readonly" | "export")
                );
            if (!has_words || declares)
                && let Some(assignment) = self.assignment()
            {
                self.script.commands[index].assignments.push(assignment);
                continue;
            }
            let word = self.word(Until::Word);
            if self.at == before {
                break;
            }
            let is_name = !has_words && self.script.commands[index].assignments.is_empty();
            if is_name && self.looking_at("()") {
                self.skip(2);
                self.script.commands.truncate(index);
                return self.function(word.literal().unwrap_or_default());
            }
            self.script.commands[index].words.push(word);
        }
        let is_empty = {
            let command = &self.script.commands[index];
            command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty()
        };
        if is_empty && self.commands() == index + 1 {
            self.script.commands.pop();
        }
    }

    /// `NAME=VALUE`, `NAME+=VALUE`, `NAME[...]=VALUE` or `NAME=(...)`
    fn assignment(&mut self) -> Option<Assignment> {
        let rest = self.rest();
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut behind = &rest[name.len()..];
        if behind.starts_with('[') {
            let close = behind.find("]=").or_else(|| behind.find("]+="))?;
            if behind[..close].contains('\n') {
                return None;
            }
            behind = &behind[close + 1..];
        }
        let value = behind.strip_prefix("+=").or_else(|| behind.strip_prefix('='))?;
        self.at += rest.len() - value.len();
        let value = if self.peek() == Some('(') { self.array() } else { self.word(Until::Word) };
        Some(Assignment { name, value })
    }

    /// `(a b c)`, as one word with all the parts.
    fn array(&mut self) -> Word {
        let at = self.at;
        self.skip(1);
        let mut parts = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                None => {
                    self.trouble_at(at, "a parenthesis is never closed");
                    break;
                }
                Some(')') => {
                    self.skip(1);
                    break;
                }
                Some(_) => {
                    let before = self.at;
                    parts.extend(self.word(Until::Word).parts);
                    if self.at == before {
                        self.next();
                    }
                }
            }
        }
        Word { at, end: self.at, parts }
    }
}
