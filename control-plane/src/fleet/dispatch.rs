//! Agents that are connected to this replica: their parked polls and report streams, and the loop that looks after the
//! dirty ones. Everything here is in memory; a session's truth is its row (`sessions.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use purvey_contract::id::{JobId, ServerUid};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::group_commit::Chain;
use super::leases::{self, Offer, Waiting};
use super::reports::Reply;
use crate::ctx::Ctx;
use crate::error::Error;

/// Agents looked after in one round.
const ROUND: usize = 500;
/// In this time every parked agent becomes dirty once by itself.
const SLOW_POLL: Duration = Duration::from_secs(30);
const SLOW_POLL_SLICES: u32 = 30;
/// A session that somebody else was writing is looked at again after this time.
const SKIPPED_PAUSE: Duration = Duration::from_millis(5);

/// What a parked poll is answered with.
#[derive(Debug)]
pub enum Answer {
    /// Jobs to do.
    Jobs(Vec<Offer>),
    /// The session was replaced by a newer one.
    Replaced,
    /// The server may no longer work.
    Ended,
    /// This replica is draining; another one goes on.
    Draining,
}

/// A handle to this replica's connected agents. Cheap to clone.
#[derive(Clone, Default)]
pub struct Dispatcher {
    agents: Arc<Mutex<Agents>>,
}

#[derive(Default)]
struct Agents {
    parked: HashMap<ServerUid, Parked>,
    streams: HashMap<ServerUid, Stream>,
    closed: Vec<(ServerUid, i64)>,
    draining: bool,
}

struct Parked {
    waiting: Waiting,
    answer: oneshot::Sender<Answer>,
}

struct Stream {
    epoch: i64,
    replies: mpsc::UnboundedSender<Reply>,
}

impl Dispatcher {
    /// Parks a poll. An older one of the same server is answered with [`Answer::Replaced`].
    pub fn park(&self, cx: &Ctx, waiting: Waiting) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        let server = waiting.server;
        let mut agents = self.lock();
        if agents.draining {
            let _ = answer.send(Answer::Draining);
            return receiver;
        }
        if let Some(older) = agents.parked.insert(server, Parked { waiting, answer }) {
            let _ = older.answer.send(Answer::Replaced);
        }
        drop(agents);
        cx.waker.mark_dirty([server]);
        receiver
    }

    /// Registers a report stream, so that acknowledgements from elsewhere and cancellations reach it. An older one of the
    /// same server is ended.
    pub fn open_stream(&self, server: ServerUid, epoch: i64, replies: mpsc::UnboundedSender<Reply>) {
        let mut agents = self.lock();
        if agents.draining {
            let _ = replies.send(Reply::GoAway);
        }
        if let Some(older) = agents.streams.insert(server, Stream { epoch, replies })
            && older.epoch != epoch
        {
            let _ = older.replies.send(Reply::Replaced);
        }
    }

    /// Forgets a report stream that has ended.
    pub fn close_stream(&self, server: ServerUid, epoch: i64, replies: &mpsc::UnboundedSender<Reply>) {
        let mut agents = self.lock();
        if agents.streams.get(&server).is_some_and(|stream| stream.replies.same_channel(replies)) {
            agents.streams.remove(&server);
        }
        agents.closed.push((server, epoch));
    }

    /// Sessions whose streams have ended since this was last asked.
    pub fn take_closed(&self) -> Vec<(ServerUid, i64)> {
        std::mem::take(&mut self.lock().closed)
    }

    /// Ends everything of a server that may no longer work.
    pub fn end(&self, server: ServerUid) {
        let mut agents = self.lock();
        if let Some(parked) = agents.parked.remove(&server) {
            let _ = parked.answer.send(Answer::Ended);
        }
        if let Some(stream) = agents.streams.remove(&server) {
            let _ = stream.replies.send(Reply::Replaced);
        }
    }

    /// Answers every parked poll and hands every stream over, now and from now on.
    pub fn drain(&self) {
        let mut agents = self.lock();
        agents.draining = true;
        for (_, parked) in agents.parked.drain() {
            let _ = parked.answer.send(Answer::Draining);
        }
        for stream in agents.streams.values() {
            let _ = stream.replies.send(Reply::GoAway);
        }
    }

    /// How many polls are parked.
    pub fn parked(&self) -> usize {
        self.lock().parked.len()
    }

    /// Looks after dirty agents until cancelled.
    pub async fn run(&self, cx: &Ctx, stop: &CancellationToken) {
        loop {
            let dirty = tokio::select! {
                dirty = cx.waker.take_dirty(ROUND) => dirty,
                () = stop.cancelled() => return,
            };
            if let Err(error) = self.round(cx, &dirty).await {
                tracing::warn!(error = %Chain(&error), "agents were not looked after; trying again");
                cx.waker.mark_dirty(dirty);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// Makes everyone dirty in slices, until cancelled: the slow poll that hints only hurry.
    pub async fn run_slow_poll(&self, cx: &Ctx, stop: &CancellationToken) {
        let mut slice = 0;
        loop {
            tokio::select! {
                () = tokio::time::sleep(SLOW_POLL / SLOW_POLL_SLICES) => {}
                () = stop.cancelled() => return,
            }
            slice = (slice + 1) % SLOW_POLL_SLICES;
            let of_slice = |server: &&ServerUid| slice_of(server.0) == slice;
            let agents = self.lock();
            let due: Vec<ServerUid> =
                agents.parked.keys().chain(agents.streams.keys()).filter(of_slice).copied().collect();
            drop(agents);
            cx.waker.mark_dirty(due);
        }
    }

    async fn round(&self, cx: &Ctx, dirty: &[ServerUid]) -> Result<(), Error> {
        self.check_sessions(cx, dirty).await?;
        let mut parked = self.take_parked(dirty);
        if parked.is_empty() {
            return Ok(());
        }
        let waiting: Vec<Waiting> = parked.values().map(|parked| parked.waiting.clone()).collect();
        let leased = leases::lease(cx, &waiting).await;
        let mut by_server: HashMap<ServerUid, Vec<Offer>> = HashMap::new();
        if let Ok(leased) = &leased {
            for offer in &leased.offers {
                by_server.entry(offer.server).or_default().push(offer.clone());
            }
        }
        let mut undelivered = Vec::new();
        for (server, offers) in by_server {
            let ids: Vec<(JobId, u32)> = offers.iter().map(|offer| (offer.job, offer.attempt)).collect();
            let sent = parked.remove(&server).map(|parked| parked.answer.send(Answer::Jobs(offers)));
            if !matches!(sent, Some(Ok(()))) {
                undelivered.extend(ids);
            }
        }
        self.put_back(parked);
        if !undelivered.is_empty() {
            leases::give_back(cx, &undelivered).await?;
        }
        let skipped = leased?.skipped;
        if !skipped.is_empty() {
            tokio::time::sleep(SKIPPED_PAUSE).await;
            cx.waker.mark_dirty(skipped);
        }
        Ok(())
    }

    /// Ends polls and streams whose session was replaced elsewhere, and passes cancellations on.
    async fn check_sessions(&self, cx: &Ctx, dirty: &[ServerUid]) -> Result<(), Error> {
        let here: Vec<Uuid> = {
            let agents = self.lock();
            let is_here = |server: &&ServerUid| {
                agents.streams.contains_key(server) || agents.parked.contains_key(server)
            };
            dirty.iter().filter(is_here).map(|server| server.0).collect()
        };
        if here.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query!(
            r#"SELECT s.server_uid, s.epoch, j.job_id AS "job_id?", j.fence AS "fence?"
               FROM agent_sessions s LEFT JOIN jobs j ON j.server_uid = s.server_uid AND j.state = 'cancelling'
               WHERE s.server_uid = ANY($1)"#,
            &here,
        )
        .fetch_all(&cx.db)
        .await?;
        let mut agents = self.lock();
        for row in rows {
            let server = ServerUid(row.server_uid);
            let replaced = |epoch: i64| epoch < row.epoch;
            if agents.parked.get(&server).is_some_and(|parked| replaced(parked.waiting.epoch))
                && let Some(parked) = agents.parked.remove(&server)
            {
                let _ = parked.answer.send(Answer::Replaced);
            }
            let Some(stream) = agents.streams.get(&server) else { continue };
            if replaced(stream.epoch) {
                let _ = stream.replies.send(Reply::Replaced);
                agents.streams.remove(&server);
            } else if let (Some(job), Some(fence)) = (row.job_id, row.fence) {
                let attempt = u32::try_from(fence).unwrap_or_default();
                let _ = stream.replies.send(Reply::Cancel { job: JobId(job), attempt });
            }
        }
        Ok(())
    }

    fn take_parked(&self, servers: &[ServerUid]) -> HashMap<ServerUid, Parked> {
        let mut agents = self.lock();
        let takeable = |parked: &Parked| parked.waiting.free_slots > 0 && !parked.answer.is_closed();
        let mut taken = HashMap::new();
        for server in servers {
            if agents.parked.get(server).is_some_and(|parked| parked.answer.is_closed()) {
                agents.parked.remove(server);
            }
            if agents.parked.get(server).is_some_and(takeable)
                && let Some(parked) = agents.parked.remove(server)
            {
                taken.insert(*server, parked);
            }
        }
        taken
    }

    /// Parks again what got no job, unless a newer poll has come meanwhile.
    fn put_back(&self, parked: HashMap<ServerUid, Parked>) {
        let mut agents = self.lock();
        for (server, poll) in parked {
            if agents.draining {
                let _ = poll.answer.send(Answer::Draining);
            } else if let std::collections::hash_map::Entry::Vacant(vacant) = agents.parked.entry(server) {
                vacant.insert(poll);
            } else {
                let _ = poll.answer.send(Answer::Replaced);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Agents> {
        // Every change is a single call on a map: valid after any panic.
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// UUIDv7 is random in its last bits.
fn slice_of(server: Uuid) -> u32 {
    u32::from(server.as_bytes()[15]) % SLOW_POLL_SLICES
}
