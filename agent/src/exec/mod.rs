//! Running a bundle's script: in a sandbox, in a process group and cgroup of its own, with a cleared environment.

pub mod cgroup;
pub mod environment;
mod folder;
mod follow;
mod launch;
mod namespaces;
pub mod orphans;
pub mod outputs;
pub mod probe;
pub mod runner;
pub mod sandbox;
pub mod seccomp;
pub mod stage;
pub mod syscalls;
pub mod users;
