//! From a folder to a running systemd: the overlay, the control groups, systemd-nspawn, and the wait for it.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::{Machine, exec};
use crate::cgroup;
use crate::command::{run, tail};
use crate::error::{Doing as _, LabError};
use crate::process::{ProcessId, children};

/// Loaded machines boot many servers at a time.
pub(super) const LIMIT: Duration = Duration::from_secs(90);
/// System calls that nspawn forbids and that servers need: landlock and keys for the agent's sandbox, bpf for systemd's.
const SYSTEM_CALLS: &str =
    "landlock_create_ruleset landlock_add_rule landlock_restrict_self add_key keyctl bpf";

/// The folders of a server, below the lab's work folder.
#[derive(Clone, Debug)]
pub(super) struct Disk(pub(super) PathBuf);

impl Disk {
    /// Where the whole file system is mounted.
    pub(super) fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// What lies on this host's file system, by its number.
    fn plain(&self, number: usize) -> PathBuf {
        self.0.join("plain").join(number.to_string())
    }

    pub(super) fn console(&self) -> PathBuf {
        self.0.join("console.log")
    }

    /// Lays an empty layer of its own over the shared root file system.
    pub(super) async fn create(&self, lower: &Path, fast: bool, plain: usize) -> Result<(), LabError> {
        let parts = ["upper", "work", "root"].map(|part| self.0.join(part));
        for part in parts.into_iter().chain((0..plain).map(|number| self.plain(number))) {
            fs::create_dir_all(&part).doing::<LabError>(|| format!("making {}", part.display()))?;
        }
        let layers = format!("lowerdir={},upperdir=upper,workdir=work", lower.display());
        let mount = async |options: &str| {
            let mut command = Command::new("mount");
            command.args(["-t", "overlay", "overlay", "-o", options, "root"]).current_dir(&self.0);
            crate::command::run_command(command).await
        };
        // "volatile" leaves out waiting for the disk, which is most of what dpkg does. Older kernels do not know it.
        if fast && mount(&format!("{layers},volatile")).await.is_ok() {
            return Ok(());
        }
        mount(&layers).await.map(drop)
    }

    pub(super) async fn remove(&self) -> Result<(), LabError> {
        let root = self.root();
        if run("umount", [&root]).await.is_err() && self.root().join("etc").exists() {
            run("umount", [OsString::from("--lazy"), root.into()]).await?;
        }
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
        .doing(|| format!("removing {}", self.0.display()))
    }
}

/// Starts systemd-nspawn inside the server's own control groups.
pub(super) fn spawn(machine: &Machine) -> Result<Child, LabError> {
    let console = machine.disk.console();
    let log = OpenOptions::new().create(true).append(true).open(&console);
    let log = log.doing::<LabError>(|| format!("opening {}", console.display()))?;
    let log_too = log.try_clone().doing::<LabError>(|| format!("opening {}", console.display()))?;
    let mut command = cgroup::command(&machine.lab, &machine.name)?;
    command.args(["setsid", "systemd-nspawn"]);
    command.args(["--quiet", "--register=no", "--keep-unit", "--boot", "--console=passive"]);
    command.args(["--link-journal=no", "--resolv-conf=off", "--timezone=off", "--kill-signal=SIGRTMIN+3"]);
    command.arg(format!("--directory={}", machine.disk.root().display()));
    command.arg(format!("--machine=pl-{}-{}", machine.lab, machine.name));
    command.arg(format!("--hostname={}", machine.name));
    command.arg(format!("--network-namespace-path={}", machine.port.namespace.display()));
    command.arg(format!("--system-call-filter={SYSTEM_CALLS}"));
    for (path, bytes) in &machine.options.tmpfs {
        command.arg(format!("--tmpfs={}:size={bytes},mode=1777", path.display()));
    }
    for (number, path) in machine.options.plain_folders.iter().enumerate() {
        command.arg(format!("--bind={}:{}", machine.disk.plain(number).display(), path.display()));
    }
    command.args(&machine.options.nspawn_args);
    command.envs(machine.options.nspawn_env.iter().map(|(name, value)| (name, value)));
    command.env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1").env("SYSTEMD_NSPAWN_LOCK", "0");
    command.current_dir("/").stdin(Stdio::null()).stdout(log).stderr(log_too);
    command.spawn().doing(|| format!("starting systemd-nspawn for {}", machine.name))
}

/// Waits until systemd has started everything, and answers the server's first process.
pub(super) async fn wait(machine: &Machine, nspawn: &mut Child) -> Result<ProcessId, LabError> {
    let failed = |why: String| LabError::Boot {
        name: machine.name.clone(),
        why,
        console: tail(&fs::read(machine.disk.console()).unwrap_or_default(), 2000),
    };
    let end = Instant::now() + LIMIT;
    let pid = nspawn.id().ok_or_else(|| failed("systemd-nspawn ended at once".to_owned()))?;
    let leader = loop {
        if let Some(leader) = leader_of(pid) {
            break leader;
        }
        if let Ok(Some(status)) = nspawn.try_wait() {
            return Err(failed(format!("systemd-nspawn ended with {status}")));
        }
        if Instant::now() >= end {
            return Err(failed(format!("systemd did not start within {LIMIT:?}")));
        }
        sleep(Duration::from_millis(10)).await;
    };
    let mut command = exec::enter(leader.pid);
    command.args(["systemctl", "is-system-running", "--wait"]).stdin(Stdio::null());
    let state = timeout(end - Instant::now(), command.output()).await;
    let state = state.map_err(|_| failed(format!("systemd was not done within {LIMIT:?}")))?;
    let state = state.doing::<LabError>(|| "asking systemd how it is".to_owned())?;
    match String::from_utf8_lossy(&state.stdout).trim() {
        "running" => {}
        // Some unit failed, perhaps what a test installed: the server is up.
        "degraded" => tracing::warn!(server = machine.name, "a unit of the server failed at boot"),
        other => {
            let said = String::from_utf8_lossy(&state.stderr).trim().to_owned();
            return Err(failed(format!("systemd says {other:?} {said}")));
        }
    }
    Ok(leader)
}

/// The child of nspawn that is process 1 of its own namespace, once its systemd takes commands.
fn leader_of(nspawn: u32) -> Option<ProcessId> {
    let is_first = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let ids = status.lines().find_map(|it| it.strip_prefix("NSpid:")).unwrap_or_default();
        // Two or more numbers, one for each nested namespace, and the innermost is 1.
        let mut ids = ids.split_whitespace();
        ids.next().is_some() && ids.next_back() == Some("1")
    };
    let leader = children(nspawn).into_iter().find(is_first)?;
    Path::new(&format!("/proc/{leader}/root/run/systemd/private")).exists().then(|| ProcessId::of(leader))?
}
