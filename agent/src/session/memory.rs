//! What outlives a session: in the process, and what the next one has to show also after a restart.

use purvey_contract::id::Digest;

use crate::attempts::Agent;
use crate::files;

/// What is remembered from session to session.
#[derive(Default)]
pub(super) struct Memory {
    /// The facts that the control plane was told last.
    pub(super) sent_facts: Option<Digest>,
    /// What the last session gave, if there was one since the start.
    chain: Option<Vec<u8>>,
}

impl Memory {
    /// What an opening poll has to show.
    pub(super) fn chain(&self, agent: &Agent) -> Vec<u8> {
        let stored = || files::read_if_present(&agent.paths.session_chain(), 256).ok().flatten();
        self.chain.clone().or_else(stored).unwrap_or_default()
    }

    /// Keeps what the next opening poll has to show.
    pub(super) fn keep_chain(&mut self, agent: &Agent, chain: Vec<u8>) {
        // After a crash an older one is shown, as by a restored disk: that is no harm to this host.
        if let Err(error) = files::write_atomically(&agent.paths.session_chain(), &chain, 0o600) {
            tracing::warn!(%error, "the session's chain cannot be stored");
        }
        self.chain = Some(chain);
    }
}
