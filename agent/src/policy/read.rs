//! Reading TOML so that everything that is wrong is said at once, with its place and what would be right.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// All problems of a file in one sentence.
pub(super) fn join(path: &Path, problems: &[Problem]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    format!("{}: {}", path.display(), problems.join("; "))
}

/// The problem of a file that is no text.
pub(super) fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Problem {
    let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
    problem(&good, good.len(), "this is not UTF-8".to_owned())
}

fn problem(text: &str, at: usize, message: String) -> Problem {
    let before = &text[..text.floor_char_boundary(at)];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    Problem { line, column: before[start..].chars().count() + 1, message }
}

/// A value with its place.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Gathers what is wrong.
pub(super) struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    /// Reads the whole text.
    pub(super) fn begin(text: &'t str) -> (Self, Spanned<DeTable<'t>>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Self { text, problems: Vec::new() };
        for error in errors {
            reader.say(&error.span().unwrap_or_default(), error.message().trim().to_owned());
        }
        (reader, table)
    }

    /// All that was wrong, by place.
    pub(super) fn end(mut self) -> Result<(), Vec<Problem>> {
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }

    pub(super) fn say(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let problem = problem(self.text, span.start, message.into());
        self.problems.push(problem);
    }

    fn wrong(&mut self, value: &Value<'_>, key: &str, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.say(&value.span(), format!("`{key}` is {found} and should be {wanted}"));
    }

    /// The entries of a table whose keys are all known.
    pub(super) fn entries<'a>(
        &mut self,
        table: &'a DeTable<'t>,
        what: &str,
        known: &[&str],
    ) -> Vec<(&'a str, &'a Value<'t>)> {
        let mut entries = Vec::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                entries.push((name, value));
            } else {
                let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
                let name = shown(name);
                self.say(
                    &key.span(),
                    format!("there is no key `{name}`{what}; there are {}", known.join(", ")),
                );
            }
        }
        entries
    }

    pub(super) fn table<'a>(&mut self, key: &str, value: &'a Value<'t>) -> Option<&'a DeTable<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.wrong(value, key, "a table");
                None
            }
        }
    }

    pub(super) fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => {
                self.wrong(value, key, "`true` or `false`");
                None
            }
        }
    }

    pub(super) fn text<'a>(&mut self, key: &str, value: &'a Value<'t>) -> Option<&'a str> {
        match value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => {
                self.wrong(value, key, "a text in quotes");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &mut self,
        key: &str,
        value: &Value<'_>,
        within: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let wanted = format!("a whole number from {} to {}", within.start(), within.end());
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong(value, key, &wanted);
            return None;
        };
        let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let good = number.filter(|number| within.contains(number));
        if good.is_none() {
            self.say(&value.span(), format!("`{key}` should be {wanted}"));
        }
        good
    }

    pub(super) fn count(&mut self, key: &str, value: &Value<'_>, from: u32, to: u32) -> Option<u32> {
        self.number(key, value, from.into()..=to.into()).and_then(|number| u32::try_from(number).ok())
    }

    /// The values of a list.
    pub(super) fn list<'a>(&mut self, key: &str, value: &'a Value<'t>, of: &str) -> Option<&'a [Value<'t>]> {
        match value.get_ref() {
            DeValue::Array(values) => Some(values),
            _ => {
                self.wrong(value, key, &format!("a list of {of}, such as [\"…\"]"));
                None
            }
        }
    }

    /// A list of texts, each understood by a function that says what is wrong with it.
    pub(super) fn texts<T>(
        &mut self,
        key: &str,
        value: &Value<'t>,
        of: &str,
        mut understand: impl FnMut(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let values = self.list(key, value, of)?;
        let mut all = Vec::with_capacity(values.len());
        for value in values {
            let Some(text) = self.text(key, value) else { continue };
            match understand(text) {
                Ok(item) => all.push(item),
                Err(why) => self.say(&value.span(), format!("`{key}`: {why}")),
            }
        }
        Some(all)
    }
}

/// What a file says, fit to be shown: short, without control characters.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
