//! What the agent says of itself, on standard error: a line for each event, without anything that could forge another.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::Arc;

use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::ambient::Clock;

/// Begins to write events of this level and above. With a clock, each line begins with the time.
pub fn begin(level: LevelFilter, clock: Option<Arc<dyn Clock>>) {
    // An error says that somebody listens already.
    let _ = tracing::subscriber::set_global_default(OwnLog { level, clock });
}

struct OwnLog {
    level: LevelFilter,
    clock: Option<Arc<dyn Clock>>,
}

impl Subscriber for OwnLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries only speak up where something is wrong.
        let is_own = metadata.target().starts_with("agent");
        *metadata.level() <= self.level && (is_own || *metadata.level() <= Level::WARN)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = String::new();
        if let Some(now) = self.clock.as_ref().and_then(|clock| clock.now().format(&Rfc3339).ok()) {
            line.push_str(&now);
            line.push(' ');
        }
        let _ = write!(line, "{:5}", event.metadata().level());
        let mut fields = Fields { message: String::new(), others: String::new() };
        event.record(&mut fields);
        line.push_str(&fields.message);
        line.push_str(&fields.others);
        line.push('\n');
        // If nobody listens, nobody is told.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    // The agent has no spans; those of libraries are not shown.
    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Fields {
    message: String,
    others: String,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if !value.is_empty() {
            self.record_debug(field, &format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let (into, name) = match field.name() {
            "message" => (&mut self.message, None),
            name => (&mut self.others, Some(name)),
        };
        into.push(' ');
        if let Some(name) = name {
            into.push_str(name);
            into.push('=');
        }
        let _ = write!(OneLine(into), "{value:?}");
    }
}

/// Writes control characters in their escaped form.
struct OneLine<'a>(&'a mut String);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if character.is_control() {
                self.0.extend(character.escape_default());
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_logged_can_forge_a_line() {
        let mut line = String::new();
        write!(OneLine(&mut line), "a\nERROR \x1b[31mb").unwrap();
        assert_eq!(line, "a\\nERROR \\u{1b}[31mb");
    }
}
