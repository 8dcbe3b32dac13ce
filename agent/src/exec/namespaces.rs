//! The view that a confined script has of its host: a root of its own that holds what it may see and nothing else.
//!
//! Everything that is not bound into it, the sockets of systemd, D-Bus and Docker under `/run`, the homes, the agent's
//! state, does not exist there. Processes, System V memory and, without `network`, network devices are its own as well.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::thread::UnshareFlags;

use super::sandbox::{DEVICES, READABLE, SandboxError};
use super::syscalls;

/// The new root is made over this folder, in a mount namespace where nobody else sees that.
const BASE: &str = "/tmp";
/// Where the host's root is while the new one is built.
const OLD: &str = "/.old";
const ROOT_OPTIONS: &CStr = c"mode=755,size=1m,nr_inodes=4k";
/// Where the attempt's own temporary folder is for a confined script, whether it asks `TMPDIR` or not.
pub(super) const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];
/// What name resolution reads. Often a link to where a confined script sees nothing.
const RESOLVER: &str = "/etc/resolv.conf";

/// What is there besides the system's own folders.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// Files and folders to read.
    pub(super) readable: &'a [String],
    /// Files and folders to write.
    pub(super) writable: &'a [String],
    /// The folder that stands for `/tmp`.
    pub(super) temporary: &'a str,
    /// Whether names must be resolved.
    pub(super) network: bool,
}

fn step<T, E: Into<io::Error>>(step: &'static str, result: Result<T, E>) -> Result<T, SandboxError> {
    result.map_err(|error| SandboxError::Step { step, source: error.into() })
}

/// Leaves the host's namespaces. The next child is the first process of a new one.
///
/// # Errors
/// The kernel does not let it.
pub(super) fn leave(network: bool) -> Result<(), SandboxError> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let mut namespaces =
        UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    namespaces.set(UnshareFlags::NEWNET, !network);
    // Only an ordinary user's agent needs one: it makes the other namespaces its to change.
    namespaces.set(UnshareFlags::NEWUSER, !user.is_root());
    step("new namespaces", syscalls::unshare(namespaces))?;
    if !user.is_root() {
        step("the user namespace", fs::write("/proc/self/setgroups", "deny"))?;
        step("the user namespace", fs::write("/proc/self/uid_map", format!("{0} {0} 1", user.as_raw())))?;
        step("the user namespace", fs::write("/proc/self/gid_map", format!("{0} {0} 1", group.as_raw())))?;
    }
    Ok(())
}

enum Part {
    Link(PathBuf),
    Bind { source: PathBuf, writable: bool, devices: bool },
}

/// Makes the new root and moves into it. Must run in the first process of the new namespaces.
///
/// # Errors
/// The kernel does not let it.
pub(super) fn enter(view: &View<'_>) -> Result<(), SandboxError> {
    // Links lead where they lead on the host: all of them are followed before anything changes.
    let parts = step("looking at what a script may see", parts(view))?;
    let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    step("private mounts", rustix::mount::mount_change("/", slave))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    step("a new root", rustix::mount::mount("tmpfs", BASE, "tmpfs", flags, ROOT_OPTIONS))?;
    let old = format!("{BASE}{OLD}");
    step("a new root", fs::create_dir(&old))?;
    step("a new root", rustix::process::pivot_root(BASE, old.as_str()))?;
    step("a new root", rustix::process::chdir("/"))?;
    for (target, part) in &parts {
        let made = place(target, part);
        made.map_err(|source| SandboxError::Place { path: target.clone(), source })?;
    }
    step("its own processes", fs::create_dir_all("/proc"))?;
    let flags = flags | MountFlags::NOEXEC;
    step("its own processes", rustix::mount::mount("proc", "/proc", "proc", flags, None))?;
    for (name, target) in [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")]
    {
        step("devices", symlink(target, Path::new("/dev").join(name)))?;
    }
    step("letting go of the host's root", rustix::mount::unmount(OLD, UnmountFlags::DETACH))?;
    step("letting go of the host's root", fs::remove_dir(OLD))?;
    let sealed = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    step("sealing the new root", rustix::mount::mount_remount("/", sealed, ""))
}

fn parts(view: &View<'_>) -> io::Result<Vec<(PathBuf, Part)>> {
    let mut parts = Vec::new();
    for path in READABLE.iter().filter(|path| **path != "/proc") {
        match fs::symlink_metadata(path) {
            // Merged systems have `/bin -> usr/bin`.
            Ok(found) if found.is_symlink() => parts.push((path.into(), Part::Link(fs::read_link(path)?))),
            Ok(_) => bind(&mut parts, path, false, false)?,
            Err(_) => {}
        }
    }
    for device in DEVICES {
        bind(&mut parts, device, true, true)?;
    }
    for path in TEMPORARY {
        let source = fs::canonicalize(view.temporary)?;
        parts.push((path.into(), Part::Bind { source, writable: true, devices: false }));
    }
    if view.network
        && let Ok(resolver) = fs::canonicalize(RESOLVER)
        && !READABLE.iter().any(|readable| resolver.starts_with(readable))
    {
        parts.push((resolver.clone(), Part::Bind { source: resolver, writable: false, devices: false }));
    }
    for (paths, writable) in [(view.readable, false), (view.writable, true)] {
        for path in paths {
            bind(&mut parts, path, writable, false)?;
        }
    }
    Ok(parts)
}

fn bind(parts: &mut Vec<(PathBuf, Part)>, path: &str, writable: bool, devices: bool) -> io::Result<()> {
    match fs::canonicalize(path) {
        Ok(source) => parts.push((path.into(), Part::Bind { source, writable, devices })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn place(target: &Path, part: &Part) -> io::Result<()> {
    let (source, writable, devices) = match part {
        Part::Link(to) => return symlink(to, target),
        Part::Bind { source, writable, devices } => (source, *writable, *devices),
    };
    let source = Path::new(OLD).join(source.strip_prefix("/").unwrap_or(source));
    if source.is_dir() {
        fs::create_dir_all(target)?;
    } else {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        if !target.exists() {
            fs::File::create(target)?;
        }
    }
    rustix::mount::mount_bind_recursive(&source, target)?;
    syscalls::restrict_mount(target, devices, !writable)
}
