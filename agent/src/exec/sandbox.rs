//! What holds a script: built inside the process that is about to become it, step by step, the last one exec.

use std::collections::BTreeMap;
use std::io;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _,
};
use rustix::process::{Gid, Resource, Rlimit, Uid};
use serde::{Deserialize, Serialize};

use super::seccomp::{self, Denials};
use super::syscalls;

/// The unprivileged user of confined scripts when the agent is root: nobody and nogroup.
pub const CONFINED_ID: u32 = 65534;

/// The oldest Landlock that makes a box: 2 also judges moving files between folders.
const LANDLOCK: ABI = ABI::V2;
const OPEN_FILES: u64 = 16_384;

/// What a confined script may read and run, where it exists.
const READABLE: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc"];
/// Devices that hold nothing.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What the process that becomes the script is told.
#[derive(Serialize, Deserialize)]
pub struct Spec {
    /// The program, absolute.
    pub program: String,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where it starts.
    pub folder: String,
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
    Confined {
        /// Whether it may use the network.
        network: bool,
        /// Whether to become [`CONFINED_ID`].
        drop_user: bool,
        /// Files and folders to read besides the system's.
        readable: Vec<String>,
        /// Files and folders to write.
        writable: Vec<String>,
    },
}

/// What was enforced and what the host could not give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Enforced.
    pub enforced: Vec<String>,
    /// Wanted, and not there.
    pub missing: Vec<String>,
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
    /// Landlock did not take the rules.
    #[error("landlock: {0}")]
    Landlock(String),
}

fn step<T>(step: &'static str, result: rustix::io::Result<T>) -> Result<T, SandboxError> {
    result.map_err(|error| SandboxError::Step { step, source: error.into() })
}

/// Whether confined scripts can be held here.
///
/// # Errors
/// Why not.
pub fn can_confine() -> Result<(), String> {
    ruleset().map(drop).map_err(|error| error.to_string())
}

fn ruleset() -> Result<landlock::RulesetCreated, SandboxError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LANDLOCK))
        .and_then(Ruleset::create)
        .map_err(|error| SandboxError::Landlock(error.to_string()))
}

/// Puts this process into the sandbox, all but the exec.
///
/// # Errors
/// A step that the profile cannot do without failed; nothing may run then.
pub fn enter(hold: &Hold) -> Result<Held, SandboxError> {
    let mut held = Held::default();
    step("setsid", rustix::process::setsid())?;
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::WOTH);
    limits(&mut held);
    // The agent's own descriptors are marked already; these would be inherited from whoever started it.
    let _ = syscalls::close_others_on_exec();
    match hold {
        Hold::Host => enter_host(&mut held),
        Hold::Confined { network, drop_user, readable, writable } => {
            confine_files(readable, writable)?;
            held.enforced.push("landlock".to_owned());
            if *drop_user {
                become_nobody()?;
                held.enforced.push("unprivileged_user".to_owned());
            } else {
                held.missing.push("unprivileged_user".to_owned());
            }
            step("no_new_privs", rustix::thread::set_no_new_privs(true))?;
            held.enforced.push("no_new_privs".to_owned());
            syscalls::install_filter(&seccomp::program(Denials::Confined { network: *network }))
                .map_err(|source| SandboxError::Step { step: "seccomp", source })?;
            held.enforced.push("seccomp".to_owned());
            held.enforced.push(if *network { "no_local_sockets" } else { "no_network" }.to_owned());
            Ok(())
        }
    }?;
    Ok(held)
}

fn enter_host(held: &mut Held) -> Result<(), SandboxError> {
    // Only an ordinary user's agent needs this to be allowed a filter; as root it would break programs of packages.
    if !rustix::process::geteuid().is_root() {
        step("no_new_privs", rustix::thread::set_no_new_privs(true))?;
    }
    match syscalls::install_filter(&seccomp::program(Denials::Host)) {
        Ok(()) => held.enforced.push("seccomp".to_owned()),
        Err(_) => held.missing.push("seccomp".to_owned()),
    }
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
    let list = if core.and(files).is_ok() { &mut held.enforced } else { &mut held.missing };
    list.push("rlimits".to_owned());
}

fn confine_files(readable: &[String], writable: &[String]) -> Result<(), SandboxError> {
    let landlock = |error: String| SandboxError::Landlock(error);
    let read = AccessFs::from_read(LANDLOCK);
    let all = AccessFs::from_all(LANDLOCK);
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut rules = ruleset()?;
    let paths = READABLE
        .iter()
        .map(|path| (*path, read))
        .chain(DEVICES.iter().map(|path| (*path, device)))
        .chain(readable.iter().map(|path| (path.as_str(), read)))
        .chain(writable.iter().map(|path| (path.as_str(), all)));
    for (path, access) in paths {
        let Ok(fd) = PathFd::new(path) else { continue };
        let is_folder = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let access = if is_folder { access } else { access & AccessFs::from_file(LANDLOCK) };
        rules = rules.add_rule(PathBeneath::new(fd, access)).map_err(|error| landlock(error.to_string()))?;
    }
    rules.restrict_self().map(drop).map_err(|error| landlock(error.to_string()))
}

fn become_nobody() -> Result<(), SandboxError> {
    let (user, group) = (Uid::from_raw(CONFINED_ID), Gid::from_raw(CONFINED_ID));
    // This process has one thread, so that its identity is the process's.
    step("setgroups", rustix::thread::set_thread_groups(&[group]))?;
    step("setresgid", rustix::thread::set_thread_res_gid(group, group, group))?;
    step("setresuid", rustix::thread::set_thread_res_uid(user, user, user))
}
