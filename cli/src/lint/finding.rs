//! A finding and its place.

use std::sync::Arc;

use super::rules::{Level, Rule};

/// A text file that was looked at.
#[derive(Debug)]
pub(crate) struct Source {
    /// As it is shown: the folder as it was named, and the path in it.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Something that breaks a rule.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: &'static Rule,
    pub(crate) level: Level,
    pub(crate) source: Arc<Source>,
    /// From 1; none for the file as a whole.
    pub(crate) line: Option<u32>,
    /// From 1, in characters.
    pub(crate) column: Option<u32>,
    /// How many characters it is about.
    pub(crate) length: u32,
    pub(crate) message: String,
    /// What to do in this very case; the rule's general advice if none.
    pub(crate) fix: Option<String>,
}

impl Finding {
    /// A finding about a whole file.
    pub(crate) fn of_file(rule: &'static Rule, source: &Arc<Source>, message: impl Into<String>) -> Self {
        let (line, column, length) = (None, None, 0);
        Self {
            rule,
            level: rule.level,
            source: Arc::clone(source),
            line,
            column,
            length,
            message: message.into(),
            fix: None,
        }
    }

    /// A finding about the text between two offsets.
    pub(crate) fn at(
        rule: &'static Rule,
        source: &Arc<Source>,
        (from, to): (usize, usize),
        message: impl Into<String>,
    ) -> Self {
        let (line, column) = position(&source.text, from);
        let shown =
            source.text.get(from..to.max(from)).unwrap_or_default().lines().next().unwrap_or_default();
        Self {
            line: Some(line),
            column: Some(column),
            length: shown.chars().count().try_into().unwrap_or(0),
            ..Self::of_file(rule, source, message)
        }
    }

    /// The same finding with advice of its own.
    pub(crate) fn fixed_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What to do.
    pub(crate) fn fix(&self) -> &str {
        self.fix.as_deref().unwrap_or(self.rule.fix)
    }

    /// The line that it is about.
    pub(crate) fn excerpt(&self) -> Option<&str> {
        self.source.text.lines().nth(self.line?.checked_sub(1)? as usize)
    }

    /// `path:line:column`
    pub(crate) fn place(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.source.path),
            (Some(line), None) => format!("{}:{line}", self.source.path),
            _ => self.source.path.clone(),
        }
    }
}

/// Line and column of an offset, from 1, in characters.
pub(crate) fn position(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line.try_into().unwrap_or(u32::MAX), column.try_into().unwrap_or(u32::MAX))
}
