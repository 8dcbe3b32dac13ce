//! What holds a script: built inside the process that is about to become it, step by step, the last one exec.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, LandlockStatus, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, Scope,
};
use rustix::process::{Gid, Resource, Rlimit, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

use super::namespaces::{self, TEMPORARY, View};
use super::seccomp::{self, Denials};
use super::syscalls;

/// The oldest Landlock that makes a box: 2 also judges moving files between folders.
const LANDLOCK: ABI = ABI::V2;
/// The newest that adds something: 3 truncation, 4 TCP, 5 devices, 6 signals and abstract sockets.
const LANDLOCK_WANTED: ABI = ABI::V6;
const OPEN_FILES: u64 = 16_384;
/// A confined script's processes if its manifest names no number. Its user runs nothing else.
const CONFINED_PROCESSES: u64 = 512;
/// Under memory pressure the kernel ends a script before the host's services (0) and long before the agent.
const OOM_SCORE: &str = "300";

/// What a confined script may read and run, where it exists.
pub(super) const READABLE: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc"];
/// Devices that hold nothing.
pub(super) const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What the process that becomes the script is told.
#[derive(Serialize, Deserialize)]
pub struct Spec {
    /// The program, absolute; none to find out only whether it could be started.
    pub program: Option<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where it starts.
    pub folder: String,
    /// The most private memory of each of its processes, in bytes, where no cgroup can limit them all together.
    pub memory_bytes: Option<u64>,
    /// What holds it.
    pub hold: Hold,
}

/// What holds a script.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The profile `host`.
    Host,
    /// The profile `confined`.
    Confined(Confinement),
}

/// What a confined script may do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confinement {
    /// Whether it may use the network.
    pub network: bool,
    /// The user and group to become; none if the agent is an ordinary user's.
    pub user: Option<u32>,
    /// Files and folders to read besides the system's.
    pub readable: Vec<String>,
    /// Files and folders to write.
    pub writable: Vec<String>,
    /// The folder that stands for `/tmp`.
    pub temporary: String,
    /// The most processes and threads.
    pub max_processes: Option<u32>,
}

/// What was enforced and what the host could not give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Enforced.
    pub enforced: Vec<String>,
    /// Wanted, and not there.
    pub missing: Vec<String>,
}

impl Held {
    /// Notes a measure as enforced or missing.
    pub(super) fn note(&mut self, is_enforced: bool, name: &str) {
        let list = if is_enforced { &mut self.enforced } else { &mut self.missing };
        list.push(name.to_owned());
    }
}

/// Why a script was not started.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A step that must not fail did.
    #[error("{step}: {source}")]
    Step {
        /// Which.
        step: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something that the script may see cannot be put into its root.
    #[error("putting {} into the script's root: {source}", path.display())]
    Place {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Landlock did not take the rules.
    #[error("landlock: {0}")]
    Landlock(String),
}

fn step<T>(step: &'static str, result: rustix::io::Result<T>) -> Result<T, SandboxError> {
    result.map_err(|error| SandboxError::Step { step, source: error.into() })
}

/// What every script gets, before it has a sandbox of its own: a session, a umask, limits.
///
/// # Errors
/// There can be no session.
pub(super) fn begin(memory_bytes: Option<u64>, held: &mut Held) -> Result<(), SandboxError> {
    step("setsid", rustix::process::setsid())?;
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
    limits(held);
    if let Some(most) = memory_bytes {
        let most = Rlimit { current: Some(most), maximum: Some(most) };
        held.note(rustix::process::setrlimit(Resource::Data, most).is_ok(), "memory_per_process");
    }
    let first_to_go = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE).is_ok();
    held.note(first_to_go, "ended_first_when_memory_is_short");
    // The agent's own descriptors are marked already; these would be inherited from whoever started it.
    let _ = syscalls::close_others_on_exec();
    Ok(())
}

/// Puts this process into the profile `host`.
///
/// # Errors
/// It is an ordinary user's, and cannot be kept from gaining privileges.
pub(super) fn enter_host(held: &mut Held) -> Result<(), SandboxError> {
    // Only an ordinary user's agent needs this to be allowed a filter; as root it would break programs of packages.
    if !rustix::process::geteuid().is_root() {
        step("no_new_privs", rustix::thread::set_no_new_privs(true))?;
    }
    let filtered = syscalls::install_filter(&seccomp::program(Denials::Host)).is_ok();
    held.note(filtered, "seccomp");
    Ok(())
}

/// Puts this process, the first of its namespaces, into the profile `confined`.
///
/// # Errors
/// A step failed. The profile cannot do without any: nothing may run then.
pub(super) fn enter_confined(confinement: &Confinement, held: &mut Held) -> Result<(), SandboxError> {
    let Confinement { network, user, readable, writable, temporary, max_processes } = confinement;
    namespaces::enter(&View { readable, writable, temporary, network: *network })?;
    for name in ["private_mounts", "private_processes", "private_ipc"] {
        held.enforced.push(name.to_owned());
    }
    let most = max_processes.map_or(CONFINED_PROCESSES, u64::from);
    let most = Rlimit { current: Some(most), maximum: Some(most) };
    held.note(rustix::process::setrlimit(Resource::Nproc, most).is_ok(), "max_processes");
    drop_capabilities_for_good()?;
    if let Some(user) = user {
        become_user(*user)?;
    }
    held.note(user.is_some(), "unprivileged_user");
    step("dropping capabilities", rustix::thread::set_capabilities(None, NO_CAPABILITIES))?;
    held.enforced.push("no_capabilities".to_owned());
    step("no_new_privs", rustix::thread::set_no_new_privs(true))?;
    held.enforced.push("no_new_privs".to_owned());
    let abi = confine_files(readable, writable, *network)?;
    held.enforced.push("landlock".to_owned());
    held.enforced.push(format!("landlock_abi_{abi}"));
    syscalls::install_filter(&seccomp::program(Denials::Confined { network: *network }))
        .map_err(|source| SandboxError::Step { step: "seccomp", source })?;
    held.enforced.push("seccomp".to_owned());
    held.enforced.push(if *network { "no_local_sockets" } else { "no_network" }.to_owned());
    Ok(())
}

/// Limits that every script gets: no core files (they would hold secrets), and room for files.
fn limits(held: &mut Held) {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let core = rustix::process::setrlimit(Resource::Core, none);
    let files = rustix::process::getrlimit(Resource::Nofile);
    let room = files.maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    let files =
        rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(room), maximum: Some(room) });
    held.note(core.and(files).is_ok(), "rlimits");
}

const NO_CAPABILITIES: CapabilitySets = CapabilitySets {
    effective: CapabilitySet::empty(),
    permitted: CapabilitySet::empty(),
    inheritable: CapabilitySet::empty(),
};

/// No program with file capabilities or a set-user-id bit can bring them back.
fn drop_capabilities_for_good() -> Result<(), SandboxError> {
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // The first number that the kernel does not know.
            Err(rustix::io::Errno::INVAL) => break,
            result => step("dropping capabilities", result)?,
        }
    }
    Ok(())
}

/// Answers the version of Landlock that is in force.
fn confine_files(readable: &[String], writable: &[String], network: bool) -> Result<i32, SandboxError> {
    let landlock = |error: &dyn std::fmt::Display| SandboxError::Landlock(error.to_string());
    let read = AccessFs::from_read(LANDLOCK_WANTED);
    let all = AccessFs::from_all(LANDLOCK_WANTED);
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LANDLOCK))
        .map_err(|error| landlock(&error))?
        // What newer kernels add is taken where it is.
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)
        .map_err(|error| landlock(&error))?
        .scope(Scope::from_all(LANDLOCK_WANTED))
        .map_err(|error| landlock(&error))?;
    if !network {
        ruleset =
            ruleset.handle_access(AccessNet::from_all(LANDLOCK_WANTED)).map_err(|error| landlock(&error))?;
    }
    let mut rules = ruleset.create().map_err(|error| landlock(&error))?;
    let paths = READABLE
        .iter()
        .map(|path| (*path, read))
        .chain(DEVICES.iter().map(|path| (*path, device)))
        .chain(readable.iter().map(|path| (path.as_str(), read)))
        .chain(writable.iter().map(|path| (path.as_str(), all)))
        .chain(TEMPORARY.iter().map(|path| (*path, all)));
    for (path, access) in paths {
        let Ok(fd) = PathFd::new(path) else { continue };
        let is_folder = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let access = if is_folder { access } else { access & AccessFs::from_file(LANDLOCK_WANTED) };
        rules = rules.add_rule(PathBeneath::new(fd, access)).map_err(|error| landlock(&error))?;
    }
    let status = rules.restrict_self().map_err(|error| landlock(&error))?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => Ok(effective_abi as i32),
        _ => Err(SandboxError::Landlock("it is not there".to_owned())),
    }
}

fn become_user(id: u32) -> Result<(), SandboxError> {
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    // This process has one thread, so that its identity is the process's.
    step("setgroups", rustix::thread::set_thread_groups(&[group]))?;
    step("setresgid", rustix::thread::set_thread_res_gid(group, group, group))?;
    step("setresuid", rustix::thread::set_thread_res_uid(user, user, user))
}
