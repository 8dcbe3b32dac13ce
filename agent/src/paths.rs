//! Where everything lies.

use std::path::{Path, PathBuf};

use purvey_contract::id::{Digest, InstallUid, JobId, Name};

/// The agent's files and folders.
#[derive(Clone, Debug)]
pub struct Paths {
    root: PathBuf,
}

/// Root's agent trusts what lies under `/etc/purvey`; moving that by a flag would move the trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "--root is for trying the agent out as an ordinary user; root's agent keeps to /etc/purvey and /var/lib/purvey"
)]
pub struct RootCannotMove;

impl Paths {
    /// The paths that a command line asks for.
    ///
    /// # Errors
    /// Root asked for other paths.
    pub fn chosen(root: Option<PathBuf>, is_root: bool) -> Result<Self, RootCannotMove> {
        match root {
            Some(_) if is_root => Err(RootCannotMove),
            Some(root) => Ok(Self::under(root)),
            None => Ok(Self::under(PathBuf::from("/"))),
        }
    }

    /// The paths under a folder that stands for `/`.
    pub fn under(root: PathBuf) -> Self {
        Self { root }
    }

    /// `/etc/purvey`.
    pub fn configuration(&self) -> PathBuf {
        self.root.join("etc/purvey")
    }

    /// The agent's own settings.
    pub fn config_file(&self) -> PathBuf {
        self.configuration().join("agent.toml")
    }

    /// What the host's administrator allows.
    pub fn policy_file(&self) -> PathBuf {
        self.configuration().join("policy.toml")
    }

    /// The host's own labels.
    pub fn labels_file(&self) -> PathBuf {
        self.configuration().join("labels.toml")
    }

    /// What the next session has to show: given by the one before.
    pub fn session_chain(&self) -> PathBuf {
        self.state().join("session-chain")
    }

    /// The publishers that the host trusts, a file each.
    pub fn publishers(&self) -> PathBuf {
        self.configuration().join("publishers.d")
    }

    /// A publisher's first document (an envelope in JSON).
    pub fn publisher(&self, publisher: &Name) -> PathBuf {
        self.publishers().join(publisher.as_str())
    }

    /// What the agent keeps.
    pub fn state(&self) -> PathBuf {
        self.root.join("var/lib/purvey/agent")
    }

    /// Keys, certificate and what the control plane said the server is.
    pub fn identity(&self) -> PathBuf {
        self.state().join("identity")
    }

    /// The newest trust document (an envelope in JSON).
    pub fn trust(&self) -> PathBuf {
        self.state().join("trust.json")
    }

    /// Publishers' documents that followed those of [`Self::publishers`].
    pub fn later_publishers(&self) -> PathBuf {
        self.state().join("publishers")
    }

    /// What followed a publisher's first document (envelopes in JSON, one a line).
    pub fn later_publisher(&self, publisher: &Name) -> PathBuf {
        self.later_publishers().join(publisher.as_str())
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.state().join("journal")
    }

    /// How often today the host was asked for something destructive.
    pub fn daily_count(&self) -> PathBuf {
        self.state().join("daily-count.json")
    }

    /// Log chunks that were not acknowledged yet.
    pub fn spools(&self) -> PathBuf {
        self.state().join("spool")
    }

    /// An attempt's log chunks.
    pub fn spool(&self, job: JobId, attempt: u32) -> PathBuf {
        self.spools().join(format!("{job}.{attempt}"))
    }

    /// Archives of bundles.
    pub fn bundles(&self) -> PathBuf {
        self.state().join("bundles")
    }

    /// A bundle's archive.
    pub fn bundle(&self, digest: Digest) -> PathBuf {
        self.bundles().join(digest.to_string())
    }

    /// What installs keep between their jobs.
    pub fn installs(&self) -> PathBuf {
        self.state().join("installs")
    }

    /// What an install keeps.
    pub fn install(&self, install: InstallUid) -> PathBuf {
        self.installs().join(install.to_string())
    }

    /// What is installed, a file for each install.
    pub fn installed(&self) -> PathBuf {
        self.state().join("installed")
    }

    /// Folders of running attempts.
    pub fn attempts(&self) -> PathBuf {
        self.state().join("tmp")
    }

    /// Asks the running agent to renew its certificate.
    pub fn renewal_request(&self) -> PathBuf {
        self.state().join("renewal-request")
    }

    /// Held locked by the one agent that runs.
    pub fn lock(&self) -> PathBuf {
        self.state().join("lock")
    }

    /// The folder that stands for `/`.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_cannot_move_what_it_trusts() {
        assert_eq!(Paths::chosen(Some("/tmp/x".into()), true).unwrap_err(), RootCannotMove);
        assert_eq!(Paths::chosen(None, true).unwrap().config_file(), Path::new("/etc/purvey/agent.toml"));
        assert_eq!(
            Paths::chosen(Some("/tmp/x".into()), false).unwrap().state(),
            Path::new("/tmp/x/var/lib/purvey/agent")
        );
    }
}
