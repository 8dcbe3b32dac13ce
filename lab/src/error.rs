//! What can go wrong, in words that say what to do about it. No transport is named here.

use std::path::PathBuf;
use std::time::Duration;

use crate::requirements::{Missing, Reason};

/// Why a lab or one of its servers could not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// This host can never run servers as it is; the reason says why.
    #[error("this host cannot run lab servers")]
    CannotHost(#[source] Reason),
    /// Packages are missing; [`crate::requirements::install`] installs them.
    #[error("packages are missing, install them with: {}", crate::requirements::install_command(.0))]
    Missing(Vec<Missing>),
    /// A helper program failed.
    #[error("{command} ended with {status}: {stderr}")]
    Command {
        /// The command line, for a person.
        command: String,
        /// How it ended, for a person.
        status: String,
        /// The end of what it wrote to standard error (or output).
        stderr: String,
    },
    /// A file, folder or program could not be used.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: String,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// A server's or a namespace's name cannot be used.
    #[error("{name:?} cannot name a server: {why}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// All 512 lab networks of 198.18.0.0/15 are in use, or all 253 addresses of this one.
    #[error("no free {0} is left in 198.18.0.0/15")]
    NoFreeNetwork(&'static str),
    /// The server did not come up.
    #[error("{name} did not boot: {why}\n{console}")]
    Boot {
        /// The server's name.
        name: String,
        /// What was seen.
        why: String,
        /// The end of its console.
        console: String,
    },
    /// The server must be running for this.
    #[error("{name} is not running")]
    NotRunning {
        /// The server's name.
        name: String,
    },
    /// A command inside a server took too long and was ended.
    #[error("{command} on {name} did not end within {limit:?}")]
    TimedOut {
        /// The server's name.
        name: String,
        /// The command line.
        command: String,
        /// The limit that was set.
        limit: Duration,
    },
    /// Something could not be taken down; [`crate::sweep::sweep`] tries again.
    #[error("the lab {id} could not be taken down completely: {why}")]
    Teardown {
        /// The lab's id, as in its device names.
        id: String,
        /// What the tear-down said.
        why: String,
    },
    /// A file of the lab's own has unexpected content.
    #[error("{what} has unexpected content: {found}")]
    Content {
        /// Which file or program.
        what: String,
        /// The beginning of what was found.
        found: String,
    },
}

/// Why the private PostgreSQL could not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// No usable server binaries on this host.
    #[error(
        "no PostgreSQL 15 or later on this host: looked for initdb and postgres in PATH and /usr/lib/postgresql/*/bin; \
         on Debian install it with: apt-get install -y postgresql{}", .found.as_deref().map(|it| format!(" (found only {it})")).unwrap_or_default()
    )]
    NotInstalled {
        /// An installation that is too old, if there is one.
        found: Option<String>,
    },
    /// We are root, PostgreSQL refuses to run as root, and there is no other user to run it as.
    #[error(
        "PostgreSQL does not run as root and this host has no user named postgres; the package postgresql makes it"
    )]
    NoUser,
    /// The data folder cannot be used by the user that PostgreSQL runs as.
    #[error("the user {user} cannot use {}: every folder above it must be open to that user", .path.display())]
    Unreachable {
        /// The user.
        user: String,
        /// The data folder.
        path: PathBuf,
    },
    /// The path of the socket would be longer than the 107 bytes that Linux allows.
    #[error("the socket folder {} is too long a path, at most {limit} bytes fit", .path.display())]
    SocketPath {
        /// The folder.
        path: PathBuf,
        /// How long it may be.
        limit: usize,
    },
    /// Another server already runs on this data folder.
    #[error("{} is in use by a PostgreSQL that runs already (process {pid})", .path.display())]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// Its postmaster.
        pid: u32,
    },
    /// The data folder is of another major version than the binaries found.
    #[error("{} was made by PostgreSQL {found}, this host has {installed:?}", .path.display())]
    Version {
        /// The data folder.
        path: PathBuf,
        /// What `PG_VERSION` says.
        found: String,
        /// The major versions that this host has.
        installed: Vec<u32>,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {stderr}")]
    Program {
        /// Which one.
        program: String,
        /// What it wrote.
        stderr: String,
    },
    /// The server ended while it should have run.
    #[error("PostgreSQL did not start; its log ends with:\n{log}")]
    DidNotStart {
        /// The end of the server's log.
        log: String,
    },
    /// A file, folder or program could not be used.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: String,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
}

/// Says what was being done when the operating system said no.
pub(crate) trait Doing<T> {
    fn doing<E: FromIo>(self, what: impl FnOnce() -> String) -> Result<T, E>;
}

/// Errors that can hold an I/O error together with what was being done.
pub(crate) trait FromIo {
    fn from_io(what: String, source: std::io::Error) -> Self;
}

impl FromIo for LabError {
    fn from_io(what: String, source: std::io::Error) -> Self {
        Self::Io { what, source }
    }
}

impl FromIo for PostgresError {
    fn from_io(what: String, source: std::io::Error) -> Self {
        Self::Io { what, source }
    }
}

impl<T, S: Into<std::io::Error>> Doing<T> for Result<T, S> {
    fn doing<E: FromIo>(self, what: impl FnOnce() -> String) -> Result<T, E> {
        self.map_err(|source| E::from_io(what(), source.into()))
    }
}
