//! One attempt's script, from the unpacked bundle to its end.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as BlockingStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use purvey_contract::action::Action;
use purvey_contract::manifest::{Profile, Sandbox};
use purvey_contract::receipt::{Outcome, SandboxReport};
use purvey_proto::agent::LogStream;
use rustix::process::{Pid, Signal};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::cgroup::{Cgroups, Group};
use super::environment::{self, Places, Variables};
use super::folder::{AttemptFolder, Failure, prepare};
use super::orphans;
use super::outputs::{self, Progress, ProgressReader};
use super::sandbox::{Confinement, Held, Hold};
use super::stage;
use crate::ambient::{Clock, Random};
use crate::installed;
use crate::journal::AttemptId;
use crate::logs::{LogWriter, Masker, SharedSpool};
use crate::paths::Paths;
use crate::receipts::Ending;
use crate::verify::Ready;

const READ_BYTES: usize = 16 * 1024;
const PROGRESS_PERIOD: Duration = Duration::from_millis(200);
/// How long the output of something that survived may still be waited for.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
const STAGE_LIMIT: Duration = Duration::from_secs(10);

/// What the agent has to run scripts with.
pub struct Runner {
    /// The agent's own program, started anew for each script.
    pub stage: PathBuf,
    /// Where everything lies.
    pub paths: Paths,
    /// The cgroups, where the host has them.
    pub cgroups: Option<Cgroups>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names folders.
    pub random: Arc<dyn Random>,
    /// How long a script has between SIGTERM and SIGKILL.
    pub grace: Duration,
}

/// What a running attempt is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Go on.
    No,
    /// Stop: somebody cancelled it.
    Cancel,
    /// Stop: the agent has to end.
    Shutdown,
}

/// Why a script was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    TimedOut,
    Cancelled,
    Shutdown,
}

/// Runs the attempt's script to its end. Never fails: what goes wrong is in the ending.
pub async fn run(
    runner: &Runner,
    ready: Ready,
    spool: SharedSpool,
    stop: watch::Receiver<Stop>,
    progress: impl Fn(Progress) + Send,
) -> Ending {
    let started = runner.clock.now();
    let masker = Arc::new(Masker::new(ready.inputs.sensitive.iter().map(|(_, secret)| secret)));
    let mut log = LogWriter::new(spool, Arc::clone(&runner.clock), Arc::clone(&masker));
    let (spec, manifest) = (&ready.job.spec, &ready.bundle.manifest);
    log.agent(&format!(
        "{} of {} {} (release {}), attempt {}, sandbox `{}`, at most {} s",
        spec.action,
        spec.app,
        spec.version,
        spec.release,
        spec.attempt,
        manifest.sandbox.profile.as_str(),
        manifest.timeout_seconds
    ));
    let mut held = Held::default();
    let result = match prepare(runner, &ready) {
        Ok(folder) => {
            let outcome =
                execute(runner, &ready, &folder, &masker, &mut log, stop, progress, &mut held).await;
            outcome.map(|end| (end, outputs::read(&folder.part("output"), manifest, &masker)))
        }
        Err(error) => Err(error),
    };
    let mut ending = Ending {
        outcome: Outcome::Failed,
        exit_code: None,
        reason_code: "START_FAILED".to_owned(),
        reason: String::new(),
        started,
        ended: runner.clock.now(),
        policy_digest: ready.policy_digest,
        sandbox: SandboxReport {
            profile: manifest.sandbox.profile.as_str().to_owned(),
            enforced: held.enforced,
            missing: held.missing,
        },
        log: log.finish(),
        outputs: Vec::new(),
    };
    match result {
        Ok((end, outputs)) => {
            describe(&mut ending, end);
            ending.outputs = outputs;
        }
        Err(error) => ending.reason = masker.mask_text(&format!("the script could not be started: {error}")),
    }
    if ending.outcome == Outcome::Succeeded {
        record(runner, &ready);
    }
    let took = (ending.ended - started).as_seconds_f64();
    let how = if ending.reason.is_empty() { "succeeded with exit code 0" } else { &ending.reason };
    log.agent(&format!("{how}, after {took:.1} s"));
    ending.log = log.finish();
    ending
}

fn describe(ending: &mut Ending, end: End) {
    let End { status, stopped } = end;
    ending.exit_code = status.code();
    let (outcome, code, reason) = match (stopped, status.code()) {
        // Exit code 0 is success, also of a script that was asked to stop and was done already.
        (None | Some(Stopped::Cancelled | Stopped::Shutdown), Some(0)) => {
            (Outcome::Succeeded, "", String::new())
        }
        (Some(Stopped::TimedOut), _) => {
            (Outcome::TimedOut, "TIMED_OUT", "stopped: its time was over".to_owned())
        }
        (Some(Stopped::Cancelled), _) => (Outcome::Cancelled, "CANCELLED", "stopped on request".to_owned()),
        (Some(Stopped::Shutdown), _) => {
            (Outcome::Interrupted, "AGENT_STOPPED", "stopped: the agent had to end".to_owned())
        }
        (None, Some(code)) => (Outcome::Failed, "SCRIPT_FAILED", format!("failed with exit code {code}")),
        (None, None) => {
            let signal = status.signal().unwrap_or_default();
            (Outcome::Failed, "SCRIPT_KILLED", format!("ended by signal {signal}"))
        }
    };
    (ending.outcome, ending.reason_code, ending.reason) = (outcome, code.to_owned(), reason);
}

/// Remembers what is installed, which tells a downgrade from an upgrade; forgets an install that is gone.
fn record(runner: &Runner, ready: &Ready) {
    let spec = &ready.job.spec;
    let result = match spec.action {
        Action::Uninstall => installed::forget(&runner.paths, spec.install),
        Action::Install | Action::Upgrade | Action::Reconfigure | Action::Restore => {
            installed::remember(&runner.paths, spec)
        }
        Action::Verify | Action::Backup => Ok(()),
    };
    if let Err(error) = result {
        tracing::warn!(%error, install = %spec.install, "what is installed cannot be recorded");
    }
}

struct End {
    status: ExitStatus,
    stopped: Option<Stopped>,
}

#[expect(clippy::too_many_arguments, reason = "one caller; a struct would only rename the arguments")]
async fn execute(
    runner: &Runner,
    ready: &Ready,
    folder: &AttemptFolder,
    masker: &Masker,
    log: &mut LogWriter,
    stop: watch::Receiver<Stop>,
    progress: impl Fn(Progress) + Send,
    held: &mut Held,
) -> Result<End, Failure> {
    let spec = &ready.job.spec;
    let manifest = &ready.bundle.manifest;
    let id = AttemptId { job: spec.job, attempt: spec.attempt };
    let script = manifest.script(spec.action).ok_or_else(|| Failure("there is no script".to_owned()))?;
    let state = runner.paths.install(spec.install);
    let is_root = rustix::process::geteuid().is_root();
    let confined = manifest.sandbox.profile == Profile::Confined;
    let home = if confined { state.clone() } else { own_home(is_root, &state) };
    let temporary = if confined { PathBuf::from("/tmp") } else { folder.part("tmp") };
    let variables = environment::variables(
        spec,
        ready.inputs.environment(manifest),
        &Places {
            home: &home,
            temporary: &temporary,
            progress: &folder.part("progress"),
            output: &folder.part("output"),
            state: &state,
        },
    );
    let order = Order {
        program: folder.part("bundle").join(script),
        folder: folder.part("bundle"),
        hold: hold(runner, &manifest.sandbox, folder, &state)?,
        variables,
    };
    let group = cgroup(runner, id, &manifest.sandbox, held, log);
    let started = start(runner, &order, group.as_ref(), held).await;
    let mut running = match started {
        Ok((child, script, stdout, stderr)) => {
            Running { child, script, stdout: Some(stdout), stderr: Some(stderr) }
        }
        Err(failure) => {
            if let Some(group) = group {
                let _ = group.destroy().await;
            }
            return Err(failure);
        }
    };
    drop(order);
    let limit = Duration::from_secs(manifest.timeout_seconds.into());
    let progress_path = folder.part("progress");
    let watched = Watched { stop, limit, grace: runner.grace, progress_path: &progress_path, masker };
    let end = follow(&mut running, watched, group.as_ref(), log, progress).await;
    let clean = match group {
        Some(group) => group.destroy().await.is_ok(),
        None => orphans::end(id, Some(running.script)).await,
    };
    if !clean {
        log.agent("some of the script's processes could not be ended");
    }
    drain(&mut running, log).await;
    end.map_err(|error| Failure(format!("waiting for the script: {error}")))
}

fn own_home(is_root: bool, state: &Path) -> PathBuf {
    if is_root { PathBuf::from("/root") } else { state.to_owned() }
}

fn cgroup(
    runner: &Runner,
    id: AttemptId,
    limits: &Sandbox,
    held: &mut Held,
    log: &mut LogWriter,
) -> Option<Group> {
    let made = match &runner.cgroups {
        Some(cgroups) => cgroups.create(id, limits, held),
        None => Err(io::Error::other("this host has no cgroup v2 that the agent may use")),
    };
    made.inspect_err(|error| {
        log.agent(&format!("warning: no cgroup ({error}); a process that hides may outlive the script"));
        held.missing.push("cgroup".to_owned());
    })
    .ok()
}

fn hold(runner: &Runner, sandbox: &Sandbox, folder: &AttemptFolder, state: &Path) -> Result<Hold, Failure> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    if sandbox.profile == Profile::Host {
        return Ok(Hold::Host);
    }
    let mut writable: Vec<String> = [folder.part("progress"), folder.part("output"), state.to_owned()]
        .iter()
        .map(|path| text(path))
        .collect();
    for path in &sandbox.write_paths {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        for own in [runner.paths.state(), runner.paths.configuration()] {
            if real.starts_with(&own) || own.starts_with(&real) {
                return Err(Failure(format!("`{path}` of its write_paths holds what is the agent's own")));
            }
        }
        writable.push(path.clone());
    }
    Ok(Hold::Confined(Confinement {
        network: sandbox.network,
        user: folder.user,
        readable: vec![text(&folder.part("bundle"))],
        writable,
        temporary: text(&folder.part("tmp")),
        max_processes: sandbox.max_processes,
    }))
}

struct Order {
    program: PathBuf,
    folder: PathBuf,
    hold: Hold,
    variables: Variables,
}

impl Order {
    /// [`super::sandbox::Spec`] in JSON. Written into a buffer that never grows, as growing would leave secrets behind.
    fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        #[derive(Serialize)]
        struct Spec<'a> {
            program: &'a Path,
            environment: BTreeMap<&'a str, &'a str>,
            folder: &'a Path,
            hold: &'a Hold,
        }
        let spec = Spec {
            program: &self.program,
            environment: self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            folder: &self.folder,
            hold: &self.hold,
        };
        let room =
            self.variables.iter().map(|(name, value)| 16 + name.len() + 6 * value.len()).sum::<usize>();
        let mut text = Zeroizing::new(Vec::with_capacity(room + 16 * 1024));
        serde_json::to_writer(&mut *text, &spec).map_err(|error| Failure(error.to_string()))?;
        Ok(text)
    }
}

async fn start(
    runner: &Runner,
    order: &Order,
    group: Option<&Group>,
    held: &mut Held,
) -> Result<(Child, Pid, ChildStdout, ChildStderr), Failure> {
    let (ours, theirs) = Failure::step("making a socket pair", BlockingStream::pair())?;
    let child = Command::new(&runner.stage)
        .arg(stage::COMMAND)
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = Failure::step("starting the sandbox", child)?;
    let gone = || Failure("the sandbox ended at once".to_owned());
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or_else(gone)?;
    if let Some(group) = group {
        // Before the script is told to begin: all that it will start is in the group as well.
        Failure::step("joining the cgroup", group.add(pid))?;
    }
    let answer = tokio::time::timeout(STAGE_LIMIT, converse(ours, order)).await;
    let answer = answer.unwrap_or_else(|_| Err(Failure("the sandbox does not answer".to_owned())))?;
    if let Some((_, why)) = answer.split_once(stage::FAILED) {
        return Err(Failure(why.to_owned()));
    }
    let report: Held = serde_json::from_str(answer.trim()).map_err(|_| gone())?;
    held.enforced.extend(report.enforced);
    held.missing.extend(report.missing);
    let (stdout, stderr) = child.stdout.take().zip(child.stderr.take()).ok_or_else(gone)?;
    Ok((child, pid, stdout, stderr))
}

async fn converse(ours: BlockingStream, order: &Order) -> Result<String, Failure> {
    let talk = async {
        ours.set_nonblocking(true)?;
        let mut stage = UnixStream::from_std(ours)?;
        let text = order.to_json().map_err(io::Error::other)?;
        stage.write_all(&text).await?;
        stage.shutdown().await?;
        let mut answer = String::new();
        stage.take(64 * 1024).read_to_string(&mut answer).await?;
        Ok(answer)
    };
    Failure::step("talking to the sandbox", talk.await)
}

struct Running {
    child: Child,
    script: Pid,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

struct Watched<'a> {
    stop: watch::Receiver<Stop>,
    limit: Duration,
    grace: Duration,
    progress_path: &'a Path,
    masker: &'a Masker,
}

/// Waits for the script's end: takes in its output and progress, and stops it when its time is over or somebody asks.
async fn follow(
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
    Ok(End { status, stopped })
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
async fn drain(running: &mut Running, log: &mut LogWriter) {
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
