//! Throw-away machines for the demo, the tests and the fault suite.
//!
//! Two things live here, and both leave nothing behind however their owner ends, SIGKILL included:
//!
//! - [`Postgres`]: a private PostgreSQL from the host's own binaries, on a Unix socket only;
//! - [`Lab`]: Debian servers with a real systemd, each in its own namespaces and control group, on a network of
//!   their own that has no road out but a caching proxy for apt.
//!
//! What the host must offer is in [`requirements`]. Everything is Linux only; servers need root.

#![allow(
    clippy::disallowed_methods,
    reason = "a tool for tests: it reads the environment and the clock where it needs them"
)]

mod apt;
mod cgroup;
mod command;
mod error;
mod guard;
mod lab;
mod leash;
mod namespace;
mod network;
mod paths;
mod postgres;
mod process;
mod proxy;
pub mod requirements;
mod rootfs;
mod server;
pub mod sweep;

pub use error::{LabError, PostgresError};
pub use lab::{Lab, LabOptions};
pub use leash::{Leash, Spec as LeashSpec};
pub use namespace::Namespace;
pub use postgres::{Postgres, PostgresOptions};
pub use rootfs::{digest as root_file_system_digest, is_cached as root_file_system_is_cached};
pub use server::{ExecOptions, Output, Power, Server, ServerOptions};
