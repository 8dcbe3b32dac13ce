//! Redirections and here-documents.

use super::commands::Reader;
use super::words::Until;
use super::{Part, Redirect, Word};

/// A here-document whose text begins on the next line.
pub(super) struct Waiting {
    command: usize,
    redirect: usize,
    delimiter: String,
    is_literal: bool,
    strips_tabs: bool,
}

impl Reader<'_> {
    /// Redirections behind a compound command hold for all that is in it.
    pub(super) fn redirects_of_compound(&mut self, from: usize) {
        self.blanks(false);
        let to = self.commands();
        let holder = self.push(self.at, Vec::new());
        while self.redirect(holder) {
            self.blanks(false);
        }
        let redirects = &self.script.commands[holder].redirects;
        let (is_fed, is_taken) =
            (redirects.iter().any(Redirect::feeds), redirects.iter().any(Redirect::takes_output));
        if redirects.is_empty() {
            self.script.commands.remove(holder);
            return;
        }
        for command in &mut self.script.commands[from..to] {
            command.fed |= is_fed;
            command.captured |= is_taken;
        }
    }

    pub(super) fn redirect(&mut self, command: usize) -> bool {
        const OPERATORS: [&str; 12] =
            ["<<<", "<<-", "<<", "<>", "<&", "<", ">>", ">&", ">|", ">", "&>>", "&>"];
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let named = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        let named = named
            .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        let before = named.map_or(digits, |name| name.len() + 2);
        let behind = &rest[before..];
        let is_process = behind.starts_with("<(") || behind.starts_with(">(");
        let Some(operator) = OPERATORS.into_iter().find(|it| behind.starts_with(it)).filter(|_| !is_process)
        else {
            return false;
        };
        let (at, descriptor) = (self.at, rest[..before].to_owned());
        self.at += before + operator.len();
        self.blanks(false);
        let begin = self.at;
        let target = self.word(Until::Word);
        if operator == "<<" || operator == "<<-" {
            let written = &self.text[begin..self.at];
            let delimiter = target.literal().unwrap_or_else(|| written.to_owned());
            self.waiting.push(Waiting {
                command,
                redirect: self.script.commands[command].redirects.len(),
                delimiter,
                is_literal: written.contains(['\'', '"', '\\']),
                strips_tabs: operator == "<<-",
            });
        }
        let redirect = Redirect { at, operator: operator.to_owned(), descriptor, target };
        self.script.commands[command].redirects.push(redirect);
        true
    }

    /// The texts of the here-documents that were announced on the line that just ended.
    pub(super) fn here_documents(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let begin = self.at;
            let mut end = None;
            while self.at < self.text.len() {
                let line = self.rest().split('\n').next().unwrap_or_default();
                let (start, length) = (self.at, line.len());
                let shown = if waiting.strips_tabs { line.trim_start_matches('\t') } else { line };
                let is_end = shown.trim_end_matches('\r') == waiting.delimiter;
                self.at = (self.at + length + 1).min(self.text.len());
                if is_end {
                    end = Some(start);
                    break;
                }
            }
            if end.is_none() {
                self.trouble_at(
                    begin,
                    &format!("the line `{}` that ends this text is missing", waiting.delimiter),
                );
            }
            let (after, end) = (self.at, end.unwrap_or(self.at));
            let body = if waiting.is_literal {
                let text = self.text[begin..end].to_owned();
                Word { at: begin, end, parts: vec![Part::Text(text)] }
            } else {
                self.here_text(begin, end)
            };
            self.at = after;
            let command = self.script.commands.get_mut(waiting.command);
            if let Some(redirect) = command.and_then(|command| command.redirects.get_mut(waiting.redirect)) {
                redirect.target = body;
            }
        }
    }

    /// Expansions in a here-document.
    fn here_text(&mut self, begin: usize, end: usize) -> Word {
        let whole = self.text;
        self.text = &whole[..end];
        self.at = begin;
        let parts = if self.deeper() {
            let parts = self.parts(Until::End);
            self.shallower();
            parts
        } else {
            Vec::new()
        };
        self.text = whole;
        Word { at: begin, end, parts }
    }
}
