//! Control groups (cgroup v2): what a script started, however it hides, is found and ended as one.
//!
//! Under systemd (`Delegate=yes`) the agent moves into a leaf `agent`, so that controllers can be enabled for its
//! siblings `job-<id>`. Elsewhere the jobs' groups are made below the agent's own group, without controllers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use purvey_contract::manifest::Sandbox;
use rustix::process::{Pid, Signal};

use super::sandbox::Held;
use crate::journal::AttemptId;

const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// The group of the agent itself.
const LEAF: &str = "agent";
/// Processes and threads of a script whose manifest names no number: enough for any package, too few to end a host.
const PROCESSES: u32 = 4096;
const CPU_PERIOD_MICROS: u64 = 100_000;
const EMPTY_CHECKS: u32 = 200;
const EMPTY_PAUSE: Duration = Duration::from_millis(10);

/// Where the groups of jobs are made.
#[derive(Clone, Debug)]
pub struct Cgroups {
    base: PathBuf,
}

impl Cgroups {
    /// Finds the agent's own group and takes it in use.
    ///
    /// # Errors
    /// There is no cgroup v2, or it is not the agent's to change.
    pub fn take_over(is_delegated: bool) -> io::Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let base = own_group(&mounts, &own).ok_or_else(|| io::Error::other("no cgroup v2 is mounted"))?;
        let mut cgroups = Self { base };
        if is_delegated {
            // An agent that was replaced in place is in the leaf already.
            if cgroups.base.file_name().is_some_and(|name| name == LEAF) {
                cgroups.base.pop();
            }
            let leaf = cgroups.base.join(LEAF);
            make(&leaf)?;
            fs::write(leaf.join("cgroup.procs"), std::process::id().to_string())?;
            cgroups.enable_controllers();
        } else {
            // Found out now rather than at the first job.
            let probe = cgroups.base.join(format!("job-probe-{}", std::process::id()));
            make(&probe)?;
            fs::remove_dir(&probe)?;
        }
        Ok(cgroups)
    }

    fn enable_controllers(&self) {
        let available = fs::read_to_string(self.base.join("cgroup.controllers")).unwrap_or_default();
        for controller in CONTROLLERS {
            if available.split_whitespace().any(|name| name == controller)
                && let Err(error) =
                    fs::write(self.base.join("cgroup.subtree_control"), format!("+{controller}"))
            {
                tracing::warn!(%error, controller, "a cgroup controller cannot be used");
            }
        }
    }

    /// The controllers that limit jobs here.
    pub fn controllers(&self) -> Vec<&'static str> {
        let enabled = fs::read_to_string(self.base.join("cgroup.subtree_control")).unwrap_or_default();
        CONTROLLERS.into_iter().filter(|name| enabled.split_whitespace().any(|word| word == *name)).collect()
    }

    /// Makes an attempt's group with its limits, and says which of them hold.
    ///
    /// # Errors
    /// The group cannot be made.
    pub fn create(&self, id: AttemptId, limits: &Sandbox, held: &mut Held) -> io::Result<Group> {
        let group = Group { path: self.path(id) };
        make(&group.path)?;
        let memory = limits.memory_mb.map(|mebibytes| (u64::from(mebibytes) * 1024 * 1024).to_string());
        let processes = Some(limits.max_processes.unwrap_or(PROCESSES).to_string());
        let cpu = limits
            .cpu_percent
            .map(|percent| format!("{} {CPU_PERIOD_MICROS}", u64::from(percent) * CPU_PERIOD_MICROS / 100));
        for (file, limit) in [("memory.max", memory), ("pids.max", processes), ("cpu.max", cpu)] {
            let Some(limit) = limit else { continue };
            let list = match fs::write(group.path.join(file), limit) {
                Ok(()) => &mut held.enforced,
                Err(_) => &mut held.missing,
            };
            list.push(file.to_owned());
        }
        // One process too many means that the script as a whole cannot go on. Not on every kernel.
        let _ = fs::write(group.path.join("memory.oom.group"), "1");
        held.enforced.push("cgroup".to_owned());
        Ok(group)
    }

    /// An attempt's group, if a former agent left one.
    pub fn leftover(&self, id: AttemptId) -> Option<Group> {
        let path = self.path(id);
        path.exists().then_some(Group { path })
    }

    /// Ends whatever runs in groups of attempts, none of which may be known any more.
    pub async fn end_leftovers(&self) {
        for entry in fs::read_dir(&self.base).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("job-")
                && let Err(error) = (Group { path: entry.path() }).destroy().await
            {
                tracing::error!(%error, group = %entry.path().display(), "what a former agent left running cannot be ended");
            }
        }
    }

    fn path(&self, id: AttemptId) -> PathBuf {
        self.base.join(format!("job-{id}"))
    }
}

/// An attempt's group.
#[derive(Debug)]
pub struct Group {
    path: PathBuf,
}

impl Group {
    /// Puts a process in, and all that it will start.
    ///
    /// # Errors
    /// The kernel does not let it.
    pub fn add(&self, pid: Pid) -> io::Result<()> {
        fs::write(self.path.join("cgroup.procs"), pid.as_raw_nonzero().to_string())
    }

    /// Signals every process in it.
    pub fn signal(&self, signal: Signal) {
        for pid in self.members() {
            // It may have ended meanwhile.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    /// How many processes are in it.
    pub fn members(&self) -> Vec<Pid> {
        let members = fs::read_to_string(self.path.join("cgroup.procs")).unwrap_or_default();
        members.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect()
    }

    /// Which limits its processes ran into.
    pub fn struck(&self) -> Struck {
        let count = |file: &str, event: &str| {
            event_count(&fs::read_to_string(self.path.join(file)).unwrap_or_default(), event)
        };
        Struck { memory: count("memory.events", "oom_kill") > 0, processes: count("pids.events", "max") > 0 }
    }

    /// Ends everything in it and removes it.
    ///
    /// # Errors
    /// Something in it cannot be ended.
    pub async fn destroy(self) -> io::Result<()> {
        for _ in 0..EMPTY_CHECKS {
            // Kernels before 5.14 lack the file; their processes are ended one by one until none is left.
            if fs::write(self.path.join("cgroup.kill"), "1").is_err() {
                self.signal(Signal::KILL);
            }
            match remove(&self.path) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(_) => tokio::time::sleep(EMPTY_PAUSE).await,
            }
        }
        Err(io::Error::from(io::ErrorKind::ResourceBusy))
    }
}

/// Limits that were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Struck {
    /// The kernel ended a process because together they used too much memory.
    pub memory: bool,
    /// The kernel refused a process because there were too many.
    pub processes: bool,
}

/// The count of an event in a file of `name count` lines.
fn event_count(text: &str, event: &str) -> u64 {
    let counts = text.lines().filter_map(|line| line.split_once(' '));
    counts.filter(|(name, _)| *name == event).find_map(|(_, count)| count.parse().ok()).unwrap_or(0)
}

/// Removes a group and those that its processes made in it, deepest first.
fn remove(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    fs::remove_dir(path)
}

fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The folder of the process's own group in the unified hierarchy, which on a hybrid host is not the only one.
fn own_group(mountinfo: &str, cgroup: &str) -> Option<PathBuf> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    mountinfo.lines().find_map(|line| {
        let (mount, filesystem) = line.split_once(" - ")?;
        if !filesystem.starts_with("cgroup2 ") {
            return None;
        }
        let mut fields = mount.split(' ');
        let (root, point) = (fields.nth(3)?, fields.next()?);
        let below = if root == "/" { path } else { path.strip_prefix(root)? };
        Some(Path::new(point).join(below.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_on_unified_and_hybrid_hosts() {
        let unified = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
        let own = "0::/system.slice/purvey-agent.service\n";
        assert_eq!(
            own_group(unified, own).unwrap(),
            Path::new("/sys/fs/cgroup/system.slice/purvey-agent.service")
        );
        let hybrid = "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n\
                      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
        assert_eq!(
            own_group(hybrid, "9:name=systemd:/\n0::/\n").unwrap(),
            Path::new("/sys/fs/cgroup/unified/")
        );
        let below = "41 31 0:38 /machine/web /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(own_group(below, "0::/machine/web/x\n").unwrap(), Path::new("/sys/fs/cgroup/x"));
        assert_eq!(own_group("", own), None);
        assert_eq!(own_group(unified, "1:name=systemd:/\n"), None);
    }

    #[test]
    fn events_are_counted_by_their_whole_name() {
        let events = "low 0\nhigh 3\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n";
        assert_eq!((event_count(events, "oom_kill"), event_count(events, "max")), (1, 7));
        assert_eq!((event_count(events, "oom_group_kill"), event_count("", "max")), (0, 0));
    }
}
