//! Tells whoever waits that something changed: in this process at once, in other replicas by a hint.
//!
//! Nothing relies on a hint. Parked agents are looked after by a slow poll as well, and followers look again by themselves.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use purvey_contract::id::ServerUid;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "purvey_hint";
/// At most one NOTIFY in this time: each takes a lock that is one per cluster.
const NOTIFY_PAUSE: Duration = Duration::from_millis(10);
/// A NOTIFY's payload is limited to 8,000 bytes; a server's uid takes 37.
const HINTS_PER_NOTIFY: usize = 200;

/// A cheap handle.
#[derive(Clone, Default)]
pub struct Waker {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Servers that the dispatcher of this replica should look after.
    dirty: Mutex<Fifo>,
    dirty_added: Notify,
    /// Servers that other replicas should hear of.
    hints: Mutex<Fifo>,
    hints_added: Notify,
    /// Rises with every change; followers look again when it does.
    changes: Changes,
}

struct Changes(watch::Sender<u64>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Waker {
    /// Something changed at these servers: jobs became ready, or cancellation was asked for.
    pub fn wake(&self, servers: impl IntoIterator<Item = ServerUid>) {
        let servers: Vec<ServerUid> = servers.into_iter().collect();
        self.changed();
        if servers.is_empty() {
            return;
        }
        lock(&self.inner.hints).extend(servers.iter().copied());
        self.inner.hints_added.notify_one();
        self.mark_dirty(servers);
    }

    /// Has the dispatcher of this replica look after these servers.
    pub fn mark_dirty(&self, servers: impl IntoIterator<Item = ServerUid>) {
        lock(&self.inner.dirty).extend(servers);
        self.inner.dirty_added.notify_one();
    }

    /// Has followers of this replica look again.
    pub fn changed(&self) {
        self.inner.changes.0.send_modify(|version| *version += 1);
    }

    /// Waits until there are dirty servers, and takes up to `limit` of them.
    pub async fn take_dirty(&self, limit: usize) -> Vec<ServerUid> {
        loop {
            let added = self.inner.dirty_added.notified();
            let taken = lock(&self.inner.dirty).take(limit);
            if !taken.is_empty() {
                return taken;
            }
            added.await;
        }
    }

    /// What a follower waits on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changes.0.subscribe()
    }

    /// Sends this replica's hints until cancelled. Without other replicas this costs next to nothing.
    pub async fn send_hints(&self, db: &PgPool, stop: &CancellationToken) {
        loop {
            let hints = loop {
                let added = self.inner.hints_added.notified();
                let hints = lock(&self.inner.hints).take(HINTS_PER_NOTIFY);
                if !hints.is_empty() {
                    break hints;
                }
                tokio::select! {
                    () = added => {}
                    () = stop.cancelled() => return,
                }
            };
            let payload: Vec<String> = hints.iter().map(ToString::to_string).collect();
            let sent =
                sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload.join(",")).execute(db);
            if let Err(error) = sent.await {
                tracing::debug!(error = %error, "a hint was not sent; the slow poll makes up for it");
            }
            tokio::select! {
                () = tokio::time::sleep(NOTIFY_PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Takes other replicas' hints until cancelled. `db` must lead to PostgreSQL directly, not through a transaction pooler.
    pub async fn receive_hints(&self, db: &PgPool, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                error = self.listen(db) => {
                    tracing::debug!(error = %error, "not listening for hints; the slow poll makes up for it");
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_secs(1)) => {}
                        () = stop.cancelled() => return,
                    }
                }
                () = stop.cancelled() => return,
            }
        }
    }

    async fn listen(&self, db: &PgPool) -> sqlx::Error {
        let mut listener = match PgListener::connect_with(db).await {
            Ok(listener) => listener,
            Err(error) => return error,
        };
        if let Err(error) = listener.listen(CHANNEL).await {
            return error;
        }
        loop {
            match listener.recv().await {
                Ok(hint) => {
                    self.mark_dirty(hint.payload().split(',').filter_map(|uid| uid.parse().ok()));
                    self.changed();
                }
                Err(error) => return error,
            }
        }
    }
}

/// Servers in the order in which they came, each once.
#[derive(Default)]
struct Fifo {
    queue: VecDeque<ServerUid>,
    members: HashSet<ServerUid>,
}

impl Fifo {
    fn extend(&mut self, servers: impl IntoIterator<Item = ServerUid>) {
        for server in servers {
            if self.members.insert(server) {
                self.queue.push_back(server);
            }
        }
    }

    fn take(&mut self, limit: usize) -> Vec<ServerUid> {
        let taken: Vec<ServerUid> = self.queue.drain(..limit.min(self.queue.len())).collect();
        for server in &taken {
            self.members.remove(server);
        }
        taken
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The sets are valid after any panic: every change to them is a single call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirty_servers_are_taken_once_and_in_the_order_in_which_they_came() {
        let server = |number| ServerUid(uuid::Uuid::from_u128(number));
        let mut fifo = Fifo::default();
        fifo.extend([server(3), server(1), server(3), server(2)]);
        assert_eq!(fifo.take(2), [server(3), server(1)]);
        fifo.extend([server(3)]);
        assert_eq!(fifo.take(9), [server(2), server(3)]);
        assert!(fifo.take(9).is_empty());
    }
}
