//! System calls that a script is denied, for every ABI of the processor.
//!
//! Written by hand because of two needs: calls of a second ABI (32-bit programs) must be judged by their own numbers
//! instead of ending the process, and in the profile `host` the filter must not bring `no_new_privs` with it.

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO,
    sock_filter,
};

/// What a filter denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denials {
    /// What no package script needs: containment of mistakes.
    Host,
    /// And what a script could leave its box with.
    Confined {
        /// Whether it may use the network.
        network: bool,
    },
}

const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCH: u32 = 4;
/// The low half of argument 0 on a little-endian machine.
const OFFSET_ARG0: u32 = 16;

const PTRACE_ATTACH: u32 = 16;
const PTRACE_SEIZE: u32 = 0x4206;
/// `CLONE_NEW*` of clone(2) and unshare(2).
const NEW_NAMESPACES: u32 = 0x7e02_0080;

#[cfg(target_arch = "x86_64")]
mod abi {
    pub(super) const NATIVE: u32 = 0xc000_003e;
    pub(super) const FOREIGN: u32 = 0x4000_0003;
    /// The bit of the x32 ABI, which shares the architecture's number.
    pub(super) const X32_BIT: u32 = 0x4000_0000;
    /// i386: `init_module`, `delete_module`, `finit_module`, `kexec_load`, `reboot`, `swapon`, `swapoff`,
    /// `settimeofday`, `stime`, `clock_settime`, `clock_settime64`, `adjtimex`, `clock_adjtime`, `clock_adjtime64`,
    /// `iopl`, `ioperm`.
    pub(super) const FOREIGN_DENIED: &[u32] =
        &[128, 129, 350, 283, 88, 87, 115, 79, 25, 264, 404, 124, 343, 405, 110, 101];
    pub(super) const FOREIGN_PTRACE: u32 = 26;
    pub(super) const NATIVE_ONLY: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm];
}

#[cfg(target_arch = "aarch64")]
mod abi {
    pub(super) const NATIVE: u32 = 0xc000_00b7;
    pub(super) const FOREIGN: u32 = 0x4000_0028;
    pub(super) const X32_BIT: u32 = 0;
    /// arm: `init_module`, `delete_module`, `finit_module`, `kexec_load`, `kexec_file_load`, `reboot`, `swapon`,
    /// `swapoff`, `settimeofday`, `clock_settime`, `clock_settime64`, `adjtimex`, `clock_adjtime`, `clock_adjtime64`.
    pub(super) const FOREIGN_DENIED: &[u32] =
        &[128, 129, 379, 347, 401, 88, 87, 115, 79, 262, 404, 124, 372, 405];
    pub(super) const FOREIGN_PTRACE: u32 = 26;
    pub(super) const NATIVE_ONLY: &[i64] = &[];
}

/// Module loading, kexec, reboot, swap, setting the clock.
const DENIED: &[i64] = &[
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// Other processes, mounts, namespaces, and interfaces of the kernel that files do not guard.
const DENIED_CONFINED: &[i64] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_vhangup,
];

const ALLOW: u32 = SECCOMP_RET_ALLOW;
const EPERM: u32 = SECCOMP_RET_ERRNO | libc::EPERM as u32;
const ENOSYS: u32 = SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// A filter's program.
pub fn program(denials: Denials) -> Vec<sock_filter> {
    let native = native(denials);
    let foreign = foreign(denials);
    let mut program = vec![load(OFFSET_ARCH)];
    program.extend(when_equal(abi::NATIVE, native));
    program.extend(when_equal(abi::FOREIGN, foreign));
    program.push(answer(ENOSYS));
    program
}

fn native(denials: Denials) -> Vec<sock_filter> {
    let mut part = vec![load(OFFSET_NUMBER)];
    if abi::X32_BIT != 0 {
        // Kernels that do not have this ABI answer the same.
        part.push(jump(BPF_JSET, abi::X32_BIT, 0, 1));
        part.push(answer(ENOSYS));
    }
    for number in DENIED.iter().chain(abi::NATIVE_ONLY) {
        part.extend(when_equal(*number as u32, vec![answer(EPERM)]));
    }
    match denials {
        Denials::Host => part.extend(when_equal(libc::SYS_ptrace as u32, others_ptrace())),
        Denials::Confined { network } => {
            for number in DENIED_CONFINED {
                part.extend(when_equal(*number as u32, vec![answer(EPERM)]));
            }
            let clone =
                vec![load(OFFSET_ARG0), jump(BPF_JSET, NEW_NAMESPACES, 0, 1), answer(EPERM), answer(ALLOW)];
            part.extend(when_equal(libc::SYS_clone as u32, clone));
            // Its flags lie in memory, where a filter cannot see them; the C library falls back to clone.
            part.extend(when_equal(libc::SYS_clone3 as u32, vec![answer(ENOSYS)]));
            part.extend(when_equal(libc::SYS_socket as u32, sockets(network)));
        }
    }
    part.push(answer(ALLOW));
    part
}

fn foreign(denials: Denials) -> Vec<sock_filter> {
    // A confined script gets by with the native ABI; judging every call of a second one would double the surface.
    if denials != Denials::Host {
        return vec![answer(ENOSYS)];
    }
    let mut part = vec![load(OFFSET_NUMBER)];
    for number in abi::FOREIGN_DENIED {
        part.extend(when_equal(*number, vec![answer(EPERM)]));
    }
    part.extend(when_equal(abi::FOREIGN_PTRACE, others_ptrace()));
    part.push(answer(ALLOW));
    part
}

/// Following one's own children works; taking hold of another process does not.
fn others_ptrace() -> Vec<sock_filter> {
    let mut part = vec![load(OFFSET_ARG0)];
    part.extend(when_equal(PTRACE_ATTACH, vec![answer(EPERM)]));
    part.extend(when_equal(PTRACE_SEIZE, vec![answer(EPERM)]));
    part.push(answer(ALLOW));
    part
}

/// No local sockets: behind them sit systemd, D-Bus and Docker. Pairs of sockets are made by another call.
fn sockets(network: bool) -> Vec<sock_filter> {
    let mut part = vec![load(OFFSET_ARG0)];
    if network {
        part.extend(when_equal(libc::AF_INET as u32, vec![answer(ALLOW)]));
        part.extend(when_equal(libc::AF_INET6 as u32, vec![answer(ALLOW)]));
    }
    part.push(answer(EPERM));
    part
}

fn load(offset: u32) -> sock_filter {
    sock_filter { code: (BPF_LD | BPF_W | BPF_ABS) as u16, jt: 0, jf: 0, k: offset }
}

fn answer(action: u32) -> sock_filter {
    sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k: action }
}

fn jump(kind: u32, value: u32, if_true: u8, if_false: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | kind | BPF_K) as u16, jt: if_true, jf: if_false, k: value }
}

/// Runs the part, which must end with an answer, when the loaded value is this one. Jumps of more than 255 steps go by
/// an unconditional one.
fn when_equal(value: u32, part: Vec<sock_filter>) -> Vec<sock_filter> {
    let far = sock_filter { code: libc::BPF_JMP as u16, jt: 0, jf: 0, k: part.len() as u32 };
    let mut all = vec![jump(BPF_JEQ, value, 1, 0), far];
    all.extend(part);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a program over one call, as the kernel would.
    fn decide(program: &[sock_filter], arch: u32, number: u32, arg0: u32) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let step = &program[at];
            at += 1;
            match u32::from(step.code) {
                code if code == BPF_LD | BPF_W | BPF_ABS => {
                    loaded = match step.k {
                        OFFSET_NUMBER => number,
                        OFFSET_ARCH => arch,
                        _ => arg0,
                    }
                }
                code if code == BPF_RET | BPF_K => return step.k,
                code if code == BPF_JMP | BPF_JEQ | BPF_K => {
                    at += usize::from(if loaded == step.k { step.jt } else { step.jf });
                }
                code if code == BPF_JMP | BPF_JSET | BPF_K => {
                    at += usize::from(if loaded & step.k != 0 { step.jt } else { step.jf });
                }
                code if code == BPF_JMP => at += step.k as usize,
                code => panic!("unknown instruction {code}"),
            }
        }
    }

    #[test]
    fn the_host_profile_denies_what_no_package_needs_and_nothing_else() {
        let program = program(Denials::Host);
        let native = |number: i64, arg0| decide(&program, abi::NATIVE, number as u32, arg0);
        for number in DENIED {
            assert_eq!(native(*number, 0), EPERM, "{number}");
        }
        for number in [libc::SYS_read, libc::SYS_socket, libc::SYS_mount, libc::SYS_clone3, libc::SYS_unshare]
        {
            assert_eq!(native(number, 0), ALLOW, "{number}");
        }
        assert_eq!(native(libc::SYS_ptrace, 0), ALLOW);
        assert_eq!(native(libc::SYS_ptrace, PTRACE_ATTACH), EPERM);
        assert_eq!(native(libc::SYS_ptrace, PTRACE_SEIZE), EPERM);
    }

    #[test]
    fn a_second_abi_is_judged_by_its_own_numbers_and_an_unknown_one_has_no_calls() {
        let program = program(Denials::Host);
        assert_eq!(decide(&program, abi::FOREIGN, abi::FOREIGN_DENIED[0], 0), EPERM);
        assert_eq!(decide(&program, abi::FOREIGN, 3, 0), ALLOW);
        assert_eq!(decide(&program, abi::FOREIGN, abi::FOREIGN_PTRACE, PTRACE_ATTACH), EPERM);
        assert_eq!(decide(&program, 0x1234, 3, 0), ENOSYS);
        if abi::X32_BIT != 0 {
            assert_eq!(decide(&program, abi::NATIVE, abi::X32_BIT | 1, 0), ENOSYS);
        }
    }

    #[test]
    fn a_confined_script_has_no_local_sockets_no_namespaces_and_no_second_abi() {
        let with = |network| program(Denials::Confined { network });
        let native =
            |program: &[sock_filter], number: i64, arg0| decide(program, abi::NATIVE, number as u32, arg0);
        for network in [false, true] {
            let program = with(network);
            for number in DENIED.iter().chain(DENIED_CONFINED) {
                assert_eq!(native(&program, *number, 0), EPERM, "{number}");
            }
            assert_eq!(native(&program, libc::SYS_socket, libc::AF_UNIX as u32), EPERM);
            assert_eq!(native(&program, libc::SYS_socket, libc::AF_NETLINK as u32), EPERM);
            assert_eq!(native(&program, libc::SYS_clone, libc::CLONE_NEWUSER as u32), EPERM);
            assert_eq!(native(&program, libc::SYS_clone, libc::CLONE_VM as u32), ALLOW);
            assert_eq!(native(&program, libc::SYS_clone3, 0), ENOSYS);
            assert_eq!(decide(&program, abi::FOREIGN, 3, 0), ENOSYS);
        }
        assert_eq!(native(&with(true), libc::SYS_socket, libc::AF_INET as u32), ALLOW);
        assert_eq!(native(&with(false), libc::SYS_socket, libc::AF_INET as u32), EPERM);
    }

    #[test]
    fn programs_fit_into_what_the_kernel_takes() {
        assert!(program(Denials::Host).len() < 4096);
        assert!(program(Denials::Confined { network: true }).len() < 4096);
    }
}
