//! Following a job: its output as it comes, over its state and progress.
//!
//! What is shown where is a [`Sink`]'s business; the demo uses the same events.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use futures_util::{TryStreamExt as _, pin_mut};
use purvey_sdk::v1::{Job, LogLine, ReadLogsRequest};
use purvey_sdk::{Client, Error as ApiError, Followed};

use crate::failure::Failure;

mod bar;
mod json;
mod lines;
mod plain;

pub(crate) use json::JsonSink;
pub(crate) use lines::LineStyle;
pub(crate) use plain::{PlainSink, progress};

use crate::output::{Format, Printer};

/// Something that happened to a followed job.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    /// A line of output.
    Line(&'a LogLine),
    /// The job's newest state.
    Job(&'a Job),
    /// The connection was lost; it is tried again after the pause.
    Interrupted { error: &'a ApiError, pause: Duration },
}

/// Shows events.
pub(crate) trait Sink {
    /// Shows one event.
    fn event(&mut self, event: Event<'_>) -> io::Result<()>;

    /// Clears what stays only while the job runs. Called once, also when following ends early.
    fn finish(&mut self) -> io::Result<()>;
}

/// How following ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The job is in this terminal state, and all its output was shown.
    Ended(Box<Job>),
    /// The follower was interrupted; the job goes on. The cursor of the last line that was shown.
    Detached { cursor: String },
}

/// The sink for a command's output: a progress bar under the lines on a terminal, plain lines elsewhere, events for
/// programs.
pub(crate) fn sink(out: Printer, style: LineStyle) -> Box<dyn Sink> {
    use std::io::IsTerminal as _;
    let terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    match out.format {
        Format::Json | Format::Yaml => Box::new(JsonSink::new(out.format)),
        Format::Table if terminal && !out.quiet => Box::new(bar::BarSink::new(out, style)),
        Format::Table | Format::Sarif => Box::new(PlainSink::new(out, style)),
    }
}

/// Shows a job's output after the cursor and its states until the job has ended and all was shown, over cut connections
/// and restarts of the control plane, or until `interrupt` is ready.
pub(crate) async fn follow(
    client: &Client,
    project: &str,
    job: &str,
    after: &str,
    sink: &mut dyn Sink,
    interrupt: impl Future<Output = ()>,
) -> Result<Ending, Failure> {
    let ending = run(client, project, job, after, sink, interrupt).await;
    sink.finish()?;
    ending
}

enum Said {
    Line(LogLine),
    Job(Box<Job>),
    Interrupted(ApiError, Duration),
}

async fn run(
    client: &Client,
    project: &str,
    job: &str,
    after: &str,
    sink: &mut dyn Sink,
    interrupt: impl Future<Output = ()>,
) -> Result<Ending, Failure> {
    let request = ReadLogsRequest {
        project: project.to_owned(),
        job: job.to_owned(),
        follow: true,
        after: after.to_owned(),
    };
    let said = stream::select(
        client.jobs().follow_logs(request).map_ok(|followed| Said::of(followed, Said::Line)),
        client
            .jobs()
            .watch(project, job)
            .map_ok(|followed| Said::of(followed, |job| Said::Job(Box::new(job)))),
    );
    pin_mut!(said, interrupt);
    let mut cursor = after.to_owned();
    let mut newest = None;
    let mut cut = false;
    loop {
        let next = tokio::select! {
            next = said.next() => next,
            () = &mut interrupt => return Ok(Ending::Detached { cursor }),
        };
        match next.transpose()? {
            Some(Said::Line(line)) => {
                sink.event(Event::Line(&line))?;
                cursor = line.cursor;
                cut = false;
            }
            Some(Said::Job(job)) => {
                sink.event(Event::Job(&job))?;
                newest = Some(job);
                cut = false;
            }
            // Both streams notice the same cut.
            Some(Said::Interrupted(..)) if cut => {}
            Some(Said::Interrupted(error, pause)) => {
                sink.event(Event::Interrupted { error: &error, pause })?;
                cut = true;
            }
            None => break,
        }
    }
    match newest {
        Some(job) => Ok(Ending::Ended(job)),
        None => Err(Failure::Io(io::Error::other("the control plane said nothing of the job"))),
    }
}

impl Said {
    fn of<T>(followed: Followed<T>, item: impl FnOnce(T) -> Self) -> Self {
        match followed {
            Followed::Item(inner) => item(inner),
            Followed::Interrupted { error, pause } => Self::Interrupted(error, pause),
        }
    }
}

/// Ready at the first Ctrl-C.
pub(crate) async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
