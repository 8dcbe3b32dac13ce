//! Agents' live connections to this replica, so that evicting a server cuts them at once, and what was lately found out of
//! their identities.
//!
//! Persisted: nothing. What ended on another replica is found in `incarnations` (`tasks/revocations.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use purvey_contract::id::{Digest, ServerUid};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sessions::Agent;

/// How long an identity that was checked is believed without asking the store again.
const BELIEVED: Duration = Duration::from_secs(10);

/// A cheap handle.
#[derive(Clone, Default)]
pub struct Connections {
    live: Arc<Mutex<Live>>,
}

#[derive(Default)]
struct Live {
    next: u64,
    by_server: HashMap<ServerUid, OfServer>,
}

#[derive(Default)]
struct OfServer {
    entries: Vec<Entry>,
    believed: Option<Believed>,
}

struct Entry {
    number: u64,
    incarnation: u32,
    cut: CancellationToken,
}

struct Believed {
    agent: Agent,
    tls_key: Digest,
    until: Instant,
}

impl OfServer {
    fn is_cut(&self) -> bool {
        self.entries.iter().any(|entry| entry.cut.is_cancelled())
    }
}

impl Connections {
    /// Registers a connection for as long as the answer lives. The token is cancelled when it must end.
    pub fn register(&self, server: ServerUid, incarnation: u32) -> (Registration, CancellationToken) {
        let cut = CancellationToken::new();
        let mut live = self.lock();
        live.next += 1;
        let number = live.next;
        let of_server = live.by_server.entry(server).or_default();
        of_server.entries.push(Entry { number, incarnation, cut: cut.clone() });
        drop(live);
        (Registration { connections: self.clone(), server, number }, cut)
    }

    /// Cuts the server's connections of this incarnation and older ones, and answers how many those were.
    pub fn cut(&self, server: ServerUid, up_to_incarnation: u32) -> usize {
        let mut live = self.lock();
        let Some(of_server) = live.by_server.get_mut(&server) else { return 0 };
        of_server.believed = None;
        let ended = of_server.entries.iter().filter(|entry| entry.incarnation <= up_to_incarnation);
        ended.filter(|entry| !entry.cut.is_cancelled()).inspect(|entry| entry.cut.cancel()).count()
    }

    /// Whose identity this was a moment ago; none if it is to be checked.
    pub(super) fn believed(&self, server: ServerUid, incarnation: u32, tls_key: Digest) -> Option<Agent> {
        let live = self.lock();
        let of_server = live.by_server.get(&server).filter(|of_server| !of_server.is_cut())?;
        let believed = of_server.believed.as_ref()?;
        let same = believed.agent.incarnation == incarnation && believed.tls_key == tls_key;
        (same && believed.until > Instant::now()).then_some(believed.agent)
    }

    /// Notes an identity that was checked. Not while a connection is being cut: the check may be older than the cut.
    pub(super) fn believe(&self, agent: Agent, tls_key: Digest) {
        let mut live = self.lock();
        if let Some(of_server) = live.by_server.get_mut(&agent.server).filter(|of_server| !of_server.is_cut())
        {
            of_server.believed = Some(Believed { agent, tls_key, until: Instant::now() + BELIEVED });
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().by_server.values().map(|of_server| of_server.entries.len()).sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Live> {
        // Whole after any panic: nothing in here can fail halfway.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a connection registered.
pub struct Registration {
    connections: Connections,
    server: ServerUid,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut live = self.connections.lock();
        let Some(of_server) = live.by_server.get_mut(&self.server) else { return };
        of_server.entries.retain(|entry| entry.number != self.number);
        if of_server.entries.is_empty() {
            live.by_server.remove(&self.server);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(number: u128) -> ServerUid {
        ServerUid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn cutting_ends_connections_of_that_incarnation_and_older_ones() {
        let connections = Connections::default();
        let (_old, old) = connections.register(server(1), 1);
        let (_new, new) = connections.register(server(1), 2);
        let (other_kept, other) = connections.register(server(2), 1);
        assert_eq!((connections.cut(server(1), 1), connections.cut(server(1), 1)), (1, 0));
        assert!(old.is_cancelled() && !new.is_cancelled() && !other.is_cancelled());
        assert_eq!(connections.count(), 3);
        drop(other_kept);
        assert_eq!((connections.count(), connections.cut(server(2), 9)), (2, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_identity_is_believed_for_a_moment_and_never_past_a_cut() {
        let connections = Connections::default();
        let project = crate::fleet::projects::DEFAULT;
        let agent = Agent { server: server(1), incarnation: 1, project };
        let (key, other_key) = (Digest([1; 32]), Digest([2; 32]));
        connections.believe(agent, key);
        assert_eq!(connections.believed(server(1), 1, key), None, "there is no connection");
        let (kept, _) = connections.register(server(1), 1);
        connections.believe(agent, key);
        assert_eq!(connections.believed(server(1), 1, key), Some(agent));
        assert_eq!(connections.believed(server(1), 1, other_key), None);
        assert_eq!(connections.believed(server(1), 2, key), None);
        tokio::time::advance(BELIEVED).await;
        assert_eq!(connections.believed(server(1), 1, key), None);

        connections.believe(agent, key);
        connections.cut(server(1), 1);
        let (_again, _) = connections.register(server(1), 1);
        connections.believe(agent, key);
        assert_eq!(connections.believed(server(1), 1, key), None);
        drop(kept);
        assert_eq!(connections.believed(server(1), 1, key), None);
    }
}
