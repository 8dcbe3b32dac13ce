//! Plain lines: output on stdout, changes of state on stderr.

use std::io;

use purvey_sdk::v1::{Job, JobState};

use super::lines::{LineStyle, Lines};
use super::{Event, Sink};
use crate::output::{Printer, duration, escape, print};
use crate::words;

/// For pipes, files and CI logs.
pub(crate) struct PlainSink {
    out: Printer,
    lines: Lines,
    last: String,
}

impl PlainSink {
    pub(crate) fn new(out: Printer, style: LineStyle) -> Self {
        Self { out, lines: Lines::new(style), last: String::new() }
    }
}

impl Sink for PlainSink {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::Line(line) => {
                for text in self.lines.render(line) {
                    print(&(text + "\n"))?;
                }
            }
            Event::Job(job) => {
                let text = progress(job);
                if text != self.last {
                    self.out.note(&text);
                    self.last = text;
                }
            }
            Event::Interrupted { error, pause } => {
                self.out.note(&format!("{}; again in {}", escape(&error.to_string()), duration(pause)));
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A job's state in a few words, its progress included.
pub(crate) fn progress(job: &Job) -> String {
    match job.state() {
        JobState::Running if job.progress_percent > 0 => {
            format!("{:>3}% {}", job.progress_percent.min(100), doing(job))
        }
        _ => doing(job),
    }
}

/// What a job does at the moment, in a few words.
pub(crate) fn doing(job: &Job) -> String {
    match job.state() {
        state if job.unreachable => format!("{} (the agent is silent)", words::job_state(state)),
        JobState::Running if !job.progress_message.is_empty() => escape(&job.progress_message).into_owned(),
        state => words::job_state(state).to_owned(),
    }
}
