//! How results, notes and failures are printed.

mod details;
mod escape;
mod table;
mod when;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

pub(crate) use details::Details;
pub(crate) use escape::escape;
pub(crate) use serde_json::to_value;
pub(crate) use table::{Tone, table, toned};
pub(crate) use when::{ago, duration, since, timestamp};

use crate::config::environment;
use crate::failure::Failure;
use crate::yaml;

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// Canonical proto JSON of the API's resources
    Json,
    /// The same as YAML
    Yaml,
    /// SARIF 2.1.0 (of `purvey lint` only)
    Sarif,
}

/// Prints results to stdout, notes to stderr.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    /// Whether stdout may be coloured.
    pub(crate) color: bool,
}

impl Printer {
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        let color = io::stdout().is_terminal() && environment("NO_COLOR").is_none();
        Self { format, quiet, color }
    }

    /// One resource: for programs as it is, for people as the text.
    pub(crate) fn resource<T: Serialize>(
        &self,
        resource: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let value = || to_value(resource).map_err(io::Error::other);
        match self.format {
            Format::Table => print(&text()),
            Format::Json => print(&serde_json::to_string_pretty(&value()?).map_err(io::Error::other)?),
            Format::Yaml => print(&yaml::write(&value()?)?),
            Format::Sarif => Err(io::Error::other("this has no form in SARIF")),
        }
        .map_err(Failure::from)
    }

    /// A list: for programs under its name, for people as a table.
    pub(crate) fn list<T: Serialize>(
        &self,
        name: &'static str,
        items: &[T],
        header: &[&str],
        row: impl FnMut(&T) -> Vec<comfy_table::Cell>,
    ) -> Result<(), Failure> {
        self.resource(&List { name, items }, || match items.is_empty() {
            true if self.quiet => String::new(),
            true => format!("no {}", name.replace('_', " ")),
            false => table(header, items.iter().map(row), self.color),
        })
    }

    /// What a person may want to know besides the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Says why the command failed, and with which code it ends.
    pub(crate) fn failure(&self, failure: &Failure) -> ExitCode {
        match failure {
            // Whoever read stdout has enough (`purvey job list | head`).
            Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Failure::Interrupted | Failure::Findings(_) => {}
            _ => eprint!("{}", self.failure_text(failure)),
        }
        ExitCode::from(failure.exit_code())
    }

    fn failure_text(&self, failure: &Failure) -> String {
        match self.format {
            Format::Table | Format::Sarif => {
                let color = io::stderr().is_terminal() && environment("NO_COLOR").is_none();
                let theme =
                    if color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::none() };
                let mut text = String::new();
                let handler =
                    miette::GraphicalReportHandler::new_themed(theme).with_width(width()).with_links(false);
                match handler.render_report(&mut text, failure) {
                    Ok(()) => text,
                    Err(_) => format!("{failure}\n"),
                }
            }
            Format::Json => serde_json::to_string(&FailureForm::of(failure)).unwrap_or_default() + "\n",
            Format::Yaml => yaml::write(&FailureForm::of(failure)).unwrap_or_default(),
        }
    }
}

/// How wide texts may be.
pub(crate) fn width() -> usize {
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 20 => usize::from(size.ws_col).min(120),
        _ => 100,
    }
}

/// Writes a text and ends its line.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

struct List<'a, T> {
    name: &'static str,
    items: &'a [T],
}

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&camel_case(self.name), self.items)?;
        map.end()
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        text + &head.to_ascii_uppercase() + tail
    })
}

/// A failure for programs, on stderr.
#[derive(Serialize)]
struct FailureForm {
    error: FailureBody,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureBody {
    exit_code: u8,
    reason: String,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    field_violations: Vec<ViolationForm>,
}

#[derive(Serialize)]
struct ViolationForm {
    field: String,
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
}

impl FailureForm {
    fn of(failure: &Failure) -> Self {
        let (message, violations) = match failure {
            Failure::Api { error } => (error.to_string(), error.violations()),
            other => (other.to_string(), Default::default()),
        };
        let violation = |violation: &purvey_sdk::FieldViolation| ViolationForm {
            field: violation.field.clone(),
            description: violation.description.clone(),
            code: violation.code.clone(),
        };
        Self {
            error: FailureBody {
                exit_code: failure.exit_code(),
                reason: failure.reason(),
                message,
                field_violations: violations.iter().map(violation).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_s_name_is_that_of_proto_json() {
        assert_eq!(
            serde_json::to_string(&List { name: "join_tokens", items: &[1] }).unwrap(),
            r#"{"joinTokens":[1]}"#
        );
        assert_eq!(
            serde_json::to_string(&List::<u8> { name: "jobs", items: &[] }).unwrap(),
            r#"{"jobs":[]}"#
        );
    }
}
