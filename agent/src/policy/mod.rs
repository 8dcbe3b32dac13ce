//! What the host's administrator allows: `/etc/purvey/policy.toml`. The control plane cannot override it.
//!
//! The file is read anew for every job. A missing one means the built-in defaults; one that cannot be read, is not
//! understood, or could have been written by somebody else refuses every job.

use std::io;
use std::path::{Path, PathBuf};

use purvey_contract::id::Digest;

use crate::files;

mod daily;
mod hours;
mod judge;
mod read;
mod rules;
mod words;

pub use daily::{Counts, DailyCount, is_destructive};
pub use hours::Hours;
pub use judge::{Denied, Script};
pub use read::Problem;
pub use rules::{AppPattern, Resources, Rules, User, ValueRule};

const MAX_BYTES: u64 = 256 * 1024;
/// Where the host keeps its time zones.
const ZONES: &str = "/usr/share/zoneinfo";

/// What the host allows.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Rules,
    digest: Option<Digest>,
}

/// The policy file cannot be trusted or understood.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else owns it or can write it.
    #[error(transparent)]
    Careless(#[from] files::Careless),
    /// It says something that is not understood.
    #[error("{}", read::join(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong. Never empty.
        problems: Vec<Problem>,
    },
}

impl Policy {
    /// Reads the file, which must be the agent's user's own.
    ///
    /// # Errors
    /// It is there and cannot be trusted or understood.
    pub fn load(path: &Path) -> Result<Self, PolicyFileError> {
        let unreadable = |source| PolicyFileError::Unreadable { path: path.to_owned(), source };
        let Some(bytes) = files::read_if_present(path, MAX_BYTES).map_err(unreadable)? else {
            return Ok(Self::default());
        };
        files::check_owned(path)?;
        Self::of(path, &bytes)
    }

    /// Reads any file as a policy, whoever owns it: to try it out.
    ///
    /// # Errors
    /// It is missing, or not understood.
    pub fn try_out(path: &Path) -> Result<Self, PolicyFileError> {
        let bytes = files::read_bounded(path, MAX_BYTES)
            .map_err(|source| PolicyFileError::Unreadable { path: path.to_owned(), source })?;
        Self::of(path, &bytes)
    }

    fn of(path: &Path, bytes: &[u8]) -> Result<Self, PolicyFileError> {
        Self::parse(bytes, Path::new(ZONES))
            .map_err(|problems| PolicyFileError::Invalid { path: path.to_owned(), problems })
    }

    /// Reads the text of a policy, with the folder that holds the host's time zones.
    ///
    /// # Errors
    /// All that is wrong with it, by line and column. Never empty.
    pub fn parse(bytes: &[u8], zones: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::str::from_utf8(bytes).map_err(|error| vec![read::not_utf8(bytes, error)])?;
        let rules = rules::read(text, zones)?;
        Ok(Self { rules, digest: Some(Digest::of(bytes)) })
    }

    /// SHA-256 of the file; none if there is none.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// What it says.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The kinds of things that it restricts, by the names of their keys.
    pub fn restricts(&self) -> Vec<&'static str> {
        let Rules {
            pause: _,
            apps,
            publishers,
            actions,
            downgrades,
            daily_limit,
            daily_jobs,
            users,
            write_paths,
            network,
            hours,
            resources,
            inputs,
        } = &self.rules;
        let kinds = [
            ("apps", apps.is_some()),
            ("publishers", publishers.is_some()),
            ("actions", actions.is_some()),
            ("downgrades", !downgrades),
            ("daily_limit", daily_limit.is_some()),
            ("daily_jobs", daily_jobs.is_some()),
            ("users", users.is_some()),
            ("write_paths", write_paths.is_some()),
            ("network", !network),
            ("hours", hours.is_some()),
            ("resources", *resources != Resources::default()),
            ("inputs", !inputs.is_empty()),
        ];
        kinds.into_iter().filter(|(_, restricted)| *restricted).map(|(kind, _)| kind).collect()
    }

    /// What it means, a sentence each.
    pub fn in_words(&self) -> Vec<String> {
        words::describe(&self.rules)
    }
}

#[cfg(test)]
mod tests;
