//! The two system calls of the sandbox that no safe wrapper offers. The only unsafe code of the agent.

#![allow(
    unsafe_code,
    reason = "no safe wrapper installs a seccomp filter without no_new_privs, or marks descriptors in bulk"
)]

use std::io;

use libc::{sock_filter, sock_fprog};

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
