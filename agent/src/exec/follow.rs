//! Following a script: its output, its progress, its time, and whoever wants it to stop.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use purvey_proto::agent::LogStream;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::sync::watch;
use tokio::time::Instant;

use super::cgroup::{Group, Struck};
use super::outputs::{Progress, ProgressReader};
use super::runner::Stop;
use crate::logs::{LogWriter, Masker};

const READ_BYTES: usize = 16 * 1024;
const PROGRESS_PERIOD: Duration = Duration::from_millis(200);
/// How long the output of something that survived may still be waited for.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// A script that runs, and the pipes that it may not have closed yet.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) script: Pid,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

/// What is watched besides the script itself.
pub(super) struct Watched<'a> {
    pub(super) stop: watch::Receiver<Stop>,
    pub(super) limit: Duration,
    pub(super) grace: Duration,
    pub(super) progress_path: &'a Path,
    pub(super) masker: &'a Masker,
}

/// Why a script was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    TimedOut,
    Cancelled,
    Shutdown,
}

/// How a script ended.
pub(super) struct End {
    pub(super) status: ExitStatus,
    pub(super) stopped: Option<Stopped>,
    pub(super) struck: Struck,
}

/// Waits for the script's end: takes in its output and progress, and stops it when its time is over or somebody asks.
pub(super) async fn follow(
    running: &mut Running,
    watched: Watched<'_>,
    group: Option<&Group>,
    log: &mut LogWriter,
    progress: impl Fn(Progress) + Send,
) -> io::Result<End> {
    let Watched { mut stop, limit, grace, progress_path, masker } = watched;
    let Running { child, script, stdout, stderr } = running;
    let (mut out, mut err) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    let time_is_over = Instant::now() + limit;
    let mut kill_at = None;
    let mut stopped = None;
    let mut reader = ProgressReader::default();
    let mut look = tokio::time::interval(PROGRESS_PERIOD);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let status = loop {
        let asked = tokio::select! {
            status = child.wait() => break status?,
            read = read_some(stdout, &mut out) => {
                take_in(stdout, read, &out, LogStream::Stdout, log);
                None
            }
            read = read_some(stderr, &mut err) => {
                take_in(stderr, read, &err, LogStream::Stderr, log);
                None
            }
            () = until(log.due().map(Instant::from_std)) => {
                log.flush();
                None
            }
            () = until(kill_at) => {
                log.agent("it did not end in time and is killed");
                signal(*script, group, Signal::KILL);
                kill_at = None;
                None
            }
            _ = look.tick() => {
                if let Some(now) = reader.read(progress_path, masker) {
                    progress(now);
                }
                None
            }
            () = tokio::time::sleep_until(time_is_over), if stopped.is_none() => Some(Stopped::TimedOut),
            asked = asked_to_stop(&mut stop), if stopped.is_none() => Some(asked),
        };
        if let Some(why) = asked {
            log.agent(match why {
                Stopped::TimedOut => "its time is over: SIGTERM",
                Stopped::Cancelled => "it is cancelled: SIGTERM",
                Stopped::Shutdown => "the agent has to end: SIGTERM",
            });
            stopped = Some(why);
            kill_at = Some(Instant::now() + grace);
            signal(*script, group, Signal::TERM);
        }
    };
    if let Some(last) = reader.read(progress_path, masker) {
        progress(last);
    }
    Ok(End { status, stopped, struck: Struck::default() })
}

async fn asked_to_stop(stop: &mut watch::Receiver<Stop>) -> Stopped {
    loop {
        match *stop.borrow_and_update() {
            Stop::Cancel => return Stopped::Cancelled,
            Stop::Shutdown => return Stopped::Shutdown,
            Stop::No => {}
        }
        if stop.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn signal(script: Pid, group: Option<&Group>, signal: Signal) {
    match group {
        Some(group) => group.signal(signal),
        None => {
            // It leads a group of its own since the stage called setsid.
            let _ = rustix::process::kill_process_group(script, signal);
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn read_some<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await,
        None => std::future::pending().await,
    }
}

fn take_in<R>(
    pipe: &mut Option<R>,
    read: io::Result<usize>,
    buffer: &[u8],
    stream: LogStream,
    log: &mut LogWriter,
) {
    match read {
        Ok(0) | Err(_) => {
            *pipe = None;
            log.output_ended(stream);
        }
        Ok(length) => log.output(stream, &buffer[..length]),
    }
}

/// Takes in what the script wrote before its end. A process that was not ended may hold the pipes open for ever.
pub(super) async fn drain(running: &mut Running, log: &mut LogWriter) {
    let Running { stdout, stderr, .. } = running;
    let (mut out, mut err) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    let limit = Instant::now() + DRAIN_LIMIT;
    while stdout.is_some() || stderr.is_some() {
        tokio::select! {
            read = read_some(stdout, &mut out) => take_in(stdout, read, &out, LogStream::Stdout, log),
            read = read_some(stderr, &mut err) => take_in(stderr, read, &err, LogStream::Stderr, log),
            () = tokio::time::sleep_until(limit) => break,
        }
    }
    for (open, stream) in [(stdout.is_some(), LogStream::Stdout), (stderr.is_some(), LogStream::Stderr)] {
        if open {
            log.output_ended(stream);
        }
    }
}
