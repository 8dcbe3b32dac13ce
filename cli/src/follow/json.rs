//! Events for programs: one JSON object a line, or one YAML document each.

use std::io;

use purvey_sdk::v1::{Install, Job, LogLine};
use serde::Serialize;

use super::{Event, Sink};
use crate::output::{Format, print, to_value};
use crate::yaml;

/// `{"event":"log","line":{…}}`, `{"event":"job","job":{…}}`, `{"event":"interrupted",…}`, and at the end
/// `{"event":"result",…}`.
#[derive(Debug)]
pub(crate) struct JsonSink {
    format: Format,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum Form<'a> {
    Log {
        line: &'a LogLine,
    },
    Job {
        job: &'a Job,
    },
    #[serde(rename_all = "camelCase")]
    Interrupted {
        message: String,
        retry_milliseconds: u128,
    },
    Result {
        job: &'a Job,
        #[serde(skip_serializing_if = "Option::is_none")]
        install: Option<&'a Install>,
    },
}

impl JsonSink {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// The last event.
    pub(crate) fn result(&self, job: &Job, install: Option<&Install>) -> io::Result<()> {
        self.say(&Form::Result { job, install })
    }

    fn say(&self, form: &Form<'_>) -> io::Result<()> {
        match self.format {
            Format::Yaml => print(&format!("---\n{}", yaml::write(form)?)),
            Format::Json | Format::Table | Format::Sarif => print(&to_value(form)?.to_string()),
        }
    }
}

impl Sink for JsonSink {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        self.say(&match event {
            Event::Line(line) => Form::Log { line },
            Event::Job(job) => Form::Job { job },
            Event::Interrupted { error, pause } => {
                Form::Interrupted { message: error.to_string(), retry_milliseconds: pause.as_millis() }
            }
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
