//! A job's output as text.

use std::collections::BTreeMap;

use purvey_sdk::v1::{LogLine, LogStream};

use crate::output::{escape, timestamp};
use crate::words;

/// A text that goes on for ever is cut here, so that it is shown at all.
const MAX_JOINED_BYTES: usize = 64 * 1024;

/// How lines look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineStyle {
    /// Puts time and stream before each line.
    pub(crate) timestamps: bool,
    /// Marks what is not the script's standard output by its colour.
    pub(crate) color: bool,
}

/// Joins continued lines and renders whole ones.
#[derive(Debug)]
pub(crate) struct Lines {
    style: LineStyle,
    open: BTreeMap<i32, String>,
    attempt: u32,
}

impl Lines {
    pub(crate) fn new(style: LineStyle) -> Self {
        Self { style, open: BTreeMap::new(), attempt: 0 }
    }

    /// What is to be shown for a line: nothing while it goes on, or several texts.
    pub(crate) fn render(&mut self, line: &LogLine) -> Vec<String> {
        let mut shown = Vec::new();
        if line.attempt > 1 && self.attempt != line.attempt {
            shown.push(self.dimmed(&format!("--- attempt {} ---", line.attempt)));
        }
        self.attempt = line.attempt;
        if line.dropped_bytes > 0 {
            shown.push(
                self.dimmed(&format!("--- {} bytes of output were dropped here ---", line.dropped_bytes)),
            );
        }
        if line.incomplete {
            shown.push(self.dimmed("--- output is missing here that the receipt vouches for ---"));
        }
        if line.text.is_empty() && (line.dropped_bytes > 0 || line.incomplete) {
            return shown;
        }
        let open = self.open.entry(line.stream).or_default();
        open.push_str(&line.text);
        if line.continued && open.len() < MAX_JOINED_BYTES {
            return shown;
        }
        let text = std::mem::take(open);
        shown.push(self.whole(line, &text));
        shown
    }

    fn whole(&self, line: &LogLine, text: &str) -> String {
        let mut shown = String::new();
        if self.style.timestamps {
            let time = timestamp(line.time.as_ref());
            shown = format!("{time} {:6} ", words::log_stream(line.stream()));
        }
        shown.push_str(&escape(text));
        match (self.style.color, line.stream()) {
            (true, LogStream::Stderr) => format!("\x1b[33m{shown}\x1b[0m"),
            (true, LogStream::Agent) => self.dimmed(&shown),
            _ => shown,
        }
    }

    fn dimmed(&self, text: &str) -> String {
        if self.style.color { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { text: text.to_owned(), attempt: 1, stream: LogStream::Stdout as i32, ..Default::default() }
    }

    #[test]
    fn a_line_is_escaped_and_nothing_else() {
        let mut lines = Lines::new(LineStyle::default());
        assert_eq!(lines.render(&line("hello")), ["hello"]);
        assert_eq!(lines.render(&line("\x1b[2Jgone")), ["\\x1b[2Jgone"]);
        assert_eq!(lines.render(&line("")), [""]);
    }

    #[test]
    fn a_continued_line_is_shown_as_one_even_with_another_stream_in_between() {
        let mut lines = Lines::new(LineStyle::default());
        assert!(lines.render(&LogLine { continued: true, ..line("one ") }).is_empty());
        assert_eq!(lines.render(&LogLine { stream: LogStream::Stderr as i32, ..line("err") }), ["err"]);
        assert_eq!(lines.render(&line("two")), ["one two"]);
    }

    #[test]
    fn gaps_and_new_attempts_are_marked() {
        let mut lines = Lines::new(LineStyle::default());
        let gap = LogLine { dropped_bytes: 9, ..line("") };
        assert_eq!(lines.render(&gap), ["--- 9 bytes of output were dropped here ---"]);
        let again = LogLine { attempt: 2, ..line("again") };
        assert_eq!(lines.render(&again), ["--- attempt 2 ---", "again"]);
        assert_eq!(lines.render(&again), ["again"]);
    }

    #[test]
    fn time_and_stream_stand_before_the_line_if_asked_for() {
        let mut lines = Lines::new(LineStyle { timestamps: true, color: false });
        let time = Some(purvey_sdk::protobuf::Timestamp { seconds: 1_795_348_800, nanos: 5 });
        let stderr = LogLine { time, stream: LogStream::Stderr as i32, ..line("oops") };
        assert_eq!(lines.render(&stderr), ["2026-11-22T12:00:00Z stderr oops"]);
    }
}
