//! One throw-away server: a real systemd in namespaces and control groups of its own.

mod boot;
mod exec;
mod files;
mod power;

use std::ffi::OsStr;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::process::Command;
use tokio::sync::watch;

use crate::cgroup;
use crate::error::{Doing as _, LabError};
use crate::network::Port;
pub use exec::{ExecOptions, Output};
pub use power::Power;
use power::{State, Supervisor};

/// How a server is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Does not wait for the disk, on `fsync` either: many times faster, and lost only if this machine crashes.
    pub fast_disk: bool,
    /// Small file systems in memory at these paths (path, size in bytes), to fill up in a test.
    pub tmpfs: Vec<(PathBuf, u64)>,
    /// Further lines for `/etc/hosts` (name, address), beside the server itself and `gateway`.
    pub hosts: Vec<(String, Ipv4Addr)>,
    /// Further arguments of systemd-nspawn.
    pub nspawn_args: Vec<String>,
    /// Further environment of systemd-nspawn (`NAME`, `value`).
    pub nspawn_env: Vec<(String, String)>,
    /// Folders that lie on this host's file system and not on the overlay, for what cannot work on one: Docker's images.
    pub plain_folders: Vec<PathBuf>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            fast_disk: true,
            tmpfs: Vec::new(),
            hosts: Vec::new(),
            nspawn_args: Vec::new(),
            nspawn_env: Vec::new(),
            plain_folders: Vec::new(),
        }
    }
}

/// A handle on a server; clones are handles on the same one. The server lives until [`crate::Lab::remove`] or the end of its
/// lab.
#[derive(Clone, Debug)]
pub struct Server {
    machine: Arc<Machine>,
    supervisor: Supervisor,
}

/// What stays the same while a server is switched on and off.
#[derive(Debug)]
struct Machine {
    lab: String,
    name: String,
    disk: boot::Disk,
    port: Port,
    options: ServerOptions,
    state: watch::Sender<State>,
}

/// What a lab gives a new server.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) lab: &'a str,
    pub(crate) name: &'a str,
    pub(crate) folder: PathBuf,
    pub(crate) lower: &'a Path,
    pub(crate) port: Port,
    pub(crate) options: ServerOptions,
    /// Files that it finds at its first boot.
    pub(crate) files: Vec<(PathBuf, String)>,
}

impl Server {
    /// Makes the disk and boots.
    pub(crate) async fn create(plan: Plan<'_>) -> Result<Self, LabError> {
        let (lab, name) = (plan.lab.to_owned(), plan.name.to_owned());
        let (disk, state) = (boot::Disk(plan.folder), watch::Sender::new(State::default()));
        let machine = Arc::new(Machine { lab, name, disk, port: plan.port, options: plan.options, state });
        let server = Self { machine, supervisor: Supervisor::default() };
        match server.first_boot(plan.lower, plan.files).await {
            Ok(()) => Ok(server),
            Err(error) => {
                // What resists goes with the lab; the first error is the one to show.
                let _tried = server.destroy().await;
                Err(error)
            }
        }
    }

    async fn first_boot(&self, lower: &Path, files: Vec<(PathBuf, String)>) -> Result<(), LabError> {
        let options = &self.machine.options;
        self.machine.disk.create(lower, options.fast_disk, options.plain_folders.len()).await?;
        for (path, content) in files {
            self.push_file(content.as_bytes(), &path, 0o644).await?;
        }
        self.power_on().await
    }

    /// Its name, which is its host name too.
    pub fn name(&self) -> &str {
        &self.machine.name
    }

    /// Its address on the lab's network.
    pub fn address(&self) -> Ipv4Addr {
        self.machine.port.address
    }

    /// Runs a command as a unit of the server's systemd and waits for its end, five minutes at most. The command's own
    /// failure is not an error here: see [`Output::success`].
    ///
    /// # Errors
    /// [`LabError::NotRunning`], [`LabError::TimedOut`].
    pub async fn exec(&self, argv: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Output, LabError> {
        self.exec_with(argv, ExecOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Self::exec`].
    pub async fn exec_with(
        &self,
        argv: impl IntoIterator<Item = impl AsRef<OsStr>>,
        options: ExecOptions,
    ) -> Result<Output, LabError> {
        let argv: Vec<_> = argv.into_iter().map(|it| it.as_ref().to_owned()).collect();
        let shown = argv.iter().map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let command = exec::unit(self.leader()?, &argv, &options);
        exec::run(self.name(), shown, command, &options).await
    }

    /// Runs a shell script as a unit; its standard output, or an error with what it wrote.
    ///
    /// # Errors
    /// As [`Self::exec`], and [`LabError::Command`] if it fails.
    pub async fn shell(&self, script: &str) -> Result<String, LabError> {
        self.exec(["sh", "-ec", script]).await?.success()
    }

    /// A command as a unit, prepared but not started, for callers that stream its output. Killing it does not end the
    /// unit.
    ///
    /// # Errors
    /// [`LabError::NotRunning`].
    pub fn command(
        &self,
        argv: impl IntoIterator<Item = impl AsRef<OsStr>>,
        options: &ExecOptions,
    ) -> Result<Command, LabError> {
        Ok(exec::unit(self.leader()?, argv, options))
    }

    /// Puts a file in place at once, with its folders. While the server is off it goes to the disk, which is not where
    /// `/run` and `/tmp` are.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn push_file(&self, content: &[u8], path: impl AsRef<Path>, mode: u32) -> Result<(), LabError> {
        let path = path.as_ref();
        let put = files::write(&self.root(), path, content, mode);
        put.doing(|| format!("writing {} of {}", path.display(), self.name()))
    }

    /// The content of a file; of the disk while the server is off.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn read_file(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, LabError> {
        let path = path.as_ref();
        files::read(&self.root(), path).doing(|| format!("reading {} of {}", path.display(), self.name()))
    }

    /// The main process of a unit, by its number inside the server; `None` if it has none.
    ///
    /// # Errors
    /// [`LabError::NotRunning`].
    pub async fn main_pid(&self, unit: &str) -> Result<Option<u32>, LabError> {
        let mut command = exec::enter(self.leader()?);
        command.args(["systemctl", "show", "--property=MainPID", "--value", unit]);
        let text = crate::command::run_command(command).await?;
        Ok(text.trim().parse().ok().filter(|it| *it != 0))
    }

    /// The resident memory of a unit's main process, in bytes (`VmRSS`); `None` if it does not run.
    ///
    /// # Errors
    /// [`LabError::NotRunning`].
    pub async fn rss_bytes(&self, unit: &str) -> Result<Option<u64>, LabError> {
        let Some(pid) = self.main_pid(unit).await? else {
            return Ok(None);
        };
        let status = self.read_file(format!("/proc/{pid}/status")).await?;
        let status = String::from_utf8_lossy(&status).into_owned();
        // "VmRSS:      4312 kB"
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        Ok(line.and_then(|it| it.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).map(|it| it * 1024))
    }

    /// Pulls its network cable. Connections stall as behind a dead switch; no reset is sent.
    ///
    /// # Errors
    /// What `ip` says.
    pub async fn cut_network(&self) -> Result<(), LabError> {
        self.machine.port.set_link(false).await
    }

    /// Plugs the cable in again.
    ///
    /// # Errors
    /// What `ip` says.
    pub async fn restore_network(&self) -> Result<(), LabError> {
        self.machine.port.set_link(true).await
    }

    /// The end of what it wrote to its console.
    pub fn console(&self) -> String {
        crate::command::tail(&std::fs::read(self.machine.disk.console()).unwrap_or_default(), 4000)
    }

    /// Its network namespace on this host, for `nsenter --net=...` and `nft` rules.
    pub fn namespace(&self) -> &Path {
        &self.machine.port.namespace
    }

    /// The server's first process as this host numbers it.
    ///
    /// # Errors
    /// [`LabError::NotRunning`].
    pub fn leader(&self) -> Result<u32, LabError> {
        let leader = self.machine.state.borrow().leader;
        leader.map(|it| it.pid).ok_or_else(|| LabError::NotRunning { name: self.name().to_owned() })
    }

    /// Removes it with everything that it held. [`crate::Lab::remove`] is for callers.
    pub(crate) async fn destroy(&self) -> Result<(), LabError> {
        self.kill_hard().await?;
        cgroup::kill(&self.machine.lab, &self.machine.name);
        self.machine.disk.remove().await?;
        self.machine.port.remove().await;
        cgroup::remove(&self.machine.lab, &self.machine.name);
        let propagate =
            format!("/run/systemd/nspawn/propagate/pl-{}-{}", self.machine.lab, self.machine.name);
        let _not_there = std::fs::remove_dir(propagate);
        Ok(())
    }

    /// The server's `/` as seen from here.
    fn root(&self) -> PathBuf {
        match self.machine.state.borrow().leader {
            Some(leader) => PathBuf::from(format!("/proc/{}/root", leader.pid)),
            None => self.machine.disk.root(),
        }
    }
}
