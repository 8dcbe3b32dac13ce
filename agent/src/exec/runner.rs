//! One attempt's script, from the unpacked bundle to its end.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use purvey_contract::action::Action;
use purvey_contract::manifest::{Profile, Sandbox};
use purvey_contract::receipt::{Outcome, SandboxReport};
use tokio::sync::watch;

use super::cgroup::{Cgroups, Group};
use super::environment::{self, Places};
use super::folder::{AttemptFolder, Failure, prepare};
use super::follow::{End, Stopped, Watched, drain, follow};
use super::launch::{Order, start};
use super::orphans;
use super::outputs::{self, Progress};
use super::sandbox::{Confinement, Held, Hold};
use crate::ambient::{Clock, Random};
use crate::failpoint;
use crate::installed;
use crate::journal::AttemptId;
use crate::logs::{LogLimits, LogWriter, Masker, SharedSpool};
use crate::paths::Paths;
use crate::receipts::Ending;
use crate::verify::Ready;

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
    /// How much of a script's output is kept.
    pub log_limits: LogLimits,
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
    let mut log = LogWriter::new(spool, Arc::clone(&runner.clock), Arc::clone(&masker), runner.log_limits);
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
            outcome.map(|end| {
                let (outputs, is_whole) = outputs::read(&folder.part("output"), manifest, &masker);
                if !is_whole {
                    log.agent("its outputs are more than fits into a receipt; the rest is left out");
                }
                (end, outputs)
            })
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
        failpoint::reached(failpoint::INSTALLED_RECORDED);
    }
    let took = (ending.ended - started).as_seconds_f64();
    let how = if ending.reason.is_empty() { "succeeded with exit code 0" } else { &ending.reason };
    log.agent(&format!("{how}, after {took:.1} s"));
    ending.log = log.finish();
    ending
}

fn describe(ending: &mut Ending, end: End) {
    let End { status, stopped, struck } = end;
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
        (None, None) if struck.memory => (
            Outcome::Failed,
            "OUT_OF_MEMORY",
            "ended by the kernel: it used more memory than it may".to_owned(),
        ),
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
    let hold = hold(runner, &manifest.sandbox, folder, &state)?;
    failpoint::reached(failpoint::UNPACKED);
    let group = cgroup(runner, id, &manifest.sandbox, held, log);
    let is_unlimited = !held.enforced.iter().any(|measure| measure == "memory.max");
    let memory = manifest.sandbox.memory_mb.filter(|_| is_unlimited);
    let order = Order {
        memory_bytes: memory.map(|mebibytes| u64::from(mebibytes) * 1024 * 1024),
        program: folder.part("bundle").join(script),
        folder: folder.part("bundle"),
        hold,
        variables,
    };
    let started = start(runner, &order, group.as_ref(), held).await;
    let mut running = match started {
        Ok(running) => running,
        Err(failure) => {
            if let Some(group) = group {
                let _ = group.destroy().await;
            }
            return Err(failure);
        }
    };
    failpoint::reached(failpoint::STARTED);
    drop(order);
    let limit = Duration::from_secs(manifest.timeout_seconds.into());
    let progress_path = folder.part("progress");
    let watched = Watched { stop, limit, grace: runner.grace, progress_path: &progress_path, masker };
    let end = follow(&mut running, watched, group.as_ref(), log, progress).await;
    failpoint::reached(failpoint::SCRIPT_ENDED);
    let struck = group.as_ref().map(Group::struck).unwrap_or_default();
    if struck.memory {
        log.agent("it used more memory than it may, and the kernel ended some of it");
    }
    if struck.processes {
        log.agent("it wanted more processes than it may have, and the kernel refused some");
    }
    let clean = match group {
        Some(group) => group.destroy().await.is_ok(),
        None => orphans::end(id, Some(running.script)).await,
    };
    if !clean {
        log.agent("some of the script's processes could not be ended");
    }
    drain(&mut running, log).await;
    failpoint::reached(failpoint::SCRIPT_GONE);
    let end = end.map(|end| End { struck, ..end });
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
