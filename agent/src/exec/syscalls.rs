//! The system calls of the sandbox that no safe wrapper offers. The only unsafe code of the agent.

#![allow(
    unsafe_code,
    reason = "no safe wrapper installs a seccomp filter without no_new_privs, marks descriptors or mounts in bulk, or forks"
)]

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libc::{sock_filter, sock_fprog};
use rustix::process::Pid;
use rustix::thread::UnshareFlags;

/// Installs a seccomp filter for this process and all that it starts, as seccomp(2) says. Needs `no_new_privs` or
/// `CAP_SYS_ADMIN`.
///
/// # Errors
/// The kernel does not take it.
pub fn install_filter(program: &[sock_filter]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let program = sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let none: libc::c_uint = 0;
    // SAFETY: the kernel only reads `program`, which points to `length` instructions that outlive the call.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, none, &raw const program) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets no descriptor but the standard three get through the next exec, by `close_range(2)`.
///
/// # Errors
/// The kernel is older than 5.11.
pub fn close_others_on_exec() -> io::Result<()> {
    // SAFETY: the flag only marks descriptors; those that are owned here stay open and theirs.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Moves this process, which has one thread, into new namespaces.
///
/// # Errors
/// The kernel does not let it.
pub fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    debug_assert!(!namespaces.contains(UnshareFlags::FILES));
    // SAFETY: the table of descriptors stays shared, which is all that the contract asks for.
    unsafe { rustix::thread::unshare_unsafe(namespaces) }.map_err(Into::into)
}

/// Makes a mount and all below it free of set-user-id programs, perhaps of devices, perhaps read-only.
///
/// # Errors
/// The kernel is older than 5.12, or the path is no mount.
pub fn restrict_mount(path: &Path, with_devices: bool, read_only: bool) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut set = libc::MOUNT_ATTR_NOSUID;
    if !with_devices {
        set |= libc::MOUNT_ATTR_NODEV;
    }
    if read_only {
        set |= libc::MOUNT_ATTR_RDONLY;
    }
    let attributes = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    // SAFETY: the kernel only reads the path and the attributes, which outlive the call, and is told their size.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Which of the two that return from [`fork`] this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forked {
    /// The one that called, with its child.
    Parent(Pid),
    /// The new one.
    Child,
}

/// Makes a second process of this one, which must have one thread.
///
/// # Errors
/// There are too many processes, or too little memory.
pub fn fork() -> io::Result<Forked> {
    // SAFETY: with a single thread no lock can be held by somebody who is not there in the child.
    let pid = unsafe { libc::fork() };
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Pid::from_raw(pid).map_or(Forked::Child, Forked::Parent))
}

/// Ignores what would end a process that only waits for another one.
pub fn ignore_requests_to_end() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2] {
        // SAFETY: no handler is installed.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Ends this process by the signal that ended another one.
pub fn end_by(signal: i32) {
    // SAFETY: the default is restored and the signal sent to this process alone.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
