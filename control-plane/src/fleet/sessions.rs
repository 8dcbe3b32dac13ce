//! Sessions of agents: which connection speaks for a server now, and what it brings along from before.
//!
//! Persisted: the session's epoch, and the journal that the agent keeps. Not persisted: polls and streams (`dispatch.rs`).

use purvey_contract::dsse::PublicKey;
use purvey_contract::id::{Digest, JobId, ProjectUid, ServerUid};
use sqlx::PgConnection;

use super::audit;
use super::job_state::{Event, Live};
use super::transitions::{Batch, Details};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::policy::{Principal, Resource, Scope};

/// Two machines with one identity end each other's sessions: an agent opens another one within seconds.
const ALTERNATION: std::time::Duration = std::time::Duration::from_secs(600);
/// How many of those who fell behind are remembered.
const MAX_RIVALS: usize = 8;

/// What an agent says when it opens a session.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Names its journal.
    pub journal_id: String,
    /// What the last opening gave it; empty in the first one.
    pub chain: Vec<u8>,
    /// Attempts that it has accepted and not seen acknowledged as ended.
    pub held: Vec<(JobId, u32)>,
    /// How many jobs it can run at a time.
    pub slots: u32,
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number: every later poll and stream names it.
    pub epoch: i64,
    /// What the next opening has to show.
    pub chain: Vec<u8>,
    /// Held attempts that are over for the control plane.
    pub forget: Vec<(JobId, u32)>,
    /// Held attempts that are to be stopped.
    pub cancels: Vec<(JobId, u32)>,
}

/// Who a session is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The server.
    pub server: ServerUid,
    /// Its incarnation.
    pub incarnation: u32,
    /// Its project.
    pub project: ProjectUid,
}

impl Agent {
    /// The agent as a caller.
    pub fn principal(&self) -> Principal {
        Principal::Agent { server: self.server, incarnation: self.incarnation }
    }
}

impl Resource for Agent {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("server {}", self.server)
    }
}

/// Opens a session, which ends older ones of the server, and settles what the journal and the store say differently.
pub async fn open(cx: &Ctx, agent: Agent, opening: &Opening) -> Result<Opened, Error> {
    crate::error::retrying!(open_once(cx, agent, opening))
}

async fn open_once(cx: &Ctx, agent: Agent, opening: &Opening) -> Result<Opened, Error> {
    let incarnation = i32::try_from(agent.incarnation).unwrap_or(i32::MAX);
    let mut tx = cx.begin().await?;
    let before = sqlx::query!(
        "SELECT connected, incarnation FROM agent_sessions WHERE server_uid = $1 FOR UPDATE",
        agent.server.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let was_connected = before.as_ref().is_some_and(|session| session.connected);
    let same_incarnation = before.is_none_or(|session| session.incarnation == incarnation);
    let epoch = sqlx::query_scalar!(
        "INSERT INTO agent_sessions (server_uid, project_id, incarnation, epoch, slots, replica, connected)
         VALUES ($1, $2, $3, 1, $4, $5, true)
         ON CONFLICT (server_uid) DO UPDATE SET incarnation = excluded.incarnation, epoch = agent_sessions.epoch + 1,
             slots = excluded.slots, replica = excluded.replica, connected = true, last_seen_at = purvey_now()
         RETURNING epoch",
        agent.server.0,
        agent.project.0,
        incarnation,
        i32::try_from(opening.slots.clamp(1, 64)).unwrap_or(1),
        cx.replica,
    )
    .fetch_one(&mut *tx)
    .await?;
    let chain = cx.random_bytes::<16>().to_vec();
    let journal = take_journal(&mut tx, cx, agent, opening, &chain, was_connected).await?;
    // What an earlier incarnation accepted is nothing that this one can vouch for.
    let held = if same_incarnation { opening.held.as_slice() } else { &[] };
    let mut opened = settle(&mut tx, cx, agent, held, journal != Journal::Same, epoch).await?;
    opened.chain = chain;
    if !same_incarnation {
        opened.forget.clone_from(&opening.held);
    }
    tx.commit().await?;
    if journal == Journal::Twin {
        cx.connections.cut(agent.server, agent.incarnation);
    }
    cx.waker.wake([agent.server]);
    Ok(opened)
}

/// What an agent's journal is to the one that it had before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Journal {
    /// The same, or the first.
    Same,
    /// Another one: what the old one held is unknown now.
    Replaced,
    /// Two machines claim to be this server, turn by turn.
    Twin,
}

/// Notes which journal the agent keeps, and whether it is the one that was here last.
///
/// Each opening gives the agent something that the next one has to show. A restored disk, or an answer that was lost, shows
/// something older: it goes on from there, and what was given last is remembered as a rival's. A rival that shows itself
/// while the other one is connected is a second machine, or an opening that was delayed so long that it was repeated. The
/// second time within [`ALTERNATION`] it is a second machine, for nobody holds what a delayed opening was given.
async fn take_journal(
    connection: &mut PgConnection,
    cx: &Ctx,
    agent: Agent,
    opening: &Opening,
    chain: &[u8],
    was_connected: bool,
) -> Result<Journal, Error> {
    let incarnation = i32::try_from(agent.incarnation).unwrap_or(i32::MAX);
    let held = sqlx::query!(
        r#"SELECT journal_id, chain, rival_chains,
               coalesce(forked_at > purvey_now() - $3 * interval '1 second', false) AS "forked!"
           FROM incarnations WHERE server_uid = $1 AND incarnation = $2 FOR UPDATE"#,
        agent.server.0,
        incarnation,
        ALTERNATION.as_secs_f64(),
    )
    .fetch_one(&mut *connection)
    .await?;
    let shown = Digest::of(&opening.chain).0;
    let follows = held.chain.is_empty() || held.chain == shown;
    let is_rival = !follows && was_connected && held.rival_chains.iter().any(|rival| *rival == shown);
    let is_twin = is_rival && held.forked;
    let mut rivals = held.rival_chains;
    if !follows {
        rivals.retain(|rival| *rival != shown);
        rivals.push(held.chain);
        rivals.drain(..rivals.len().saturating_sub(MAX_RIVALS));
    }
    if is_twin {
        sqlx::query!("UPDATE servers SET state = 'quarantined' WHERE server_uid = $1", agent.server.0)
            .execute(&mut *connection)
            .await?;
        let details = serde_json::json!({ "reason": "two live machines with one identity" });
        audit::record(&mut *connection, cx, agent.project, "servers.quarantine", &agent.describe(), &details)
            .await?;
    }
    sqlx::query!(
        "UPDATE incarnations SET journal_id = $3, chain = $4, rival_chains = $5,
             forked_at = CASE WHEN $6 THEN purvey_now() ELSE forked_at END
         WHERE server_uid = $1 AND incarnation = $2",
        agent.server.0,
        incarnation,
        opening.journal_id,
        &Digest::of(chain).0,
        &rivals,
        is_rival,
    )
    .execute(connection)
    .await?;
    let is_other = !held.journal_id.is_empty() && held.journal_id != opening.journal_id;
    Ok(match (is_twin, is_other) {
        (true, _) => Journal::Twin,
        (false, true) => Journal::Replaced,
        (false, false) => Journal::Same,
    })
}

/// The journal decides what was accepted; the store decides what is over.
async fn settle(
    connection: &mut PgConnection,
    cx: &Ctx,
    agent: Agent,
    held: &[(JobId, u32)],
    journal_is_new: bool,
    epoch: i64,
) -> Result<Opened, Error> {
    let named: Vec<_> = held.iter().map(|(job, _)| job.0).collect();
    let live = sqlx::query_scalar!(
        "SELECT job_id FROM jobs
         WHERE server_uid = $1 AND (state IN ('offered', 'running', 'cancelling') OR job_id = ANY($2)) ORDER BY job_id",
        agent.server.0,
        &named,
    )
    .fetch_all(&mut *connection)
    .await?;
    let live: Vec<JobId> = live.into_iter().map(JobId).collect();
    let mut opened = Opened { epoch, chain: Vec::new(), forget: Vec::new(), cancels: Vec::new() };
    let mut batch = Batch::lock(&mut *connection, cx.lost_after(), &live).await?;
    for job in &live {
        let Some(entry) = batch.get(*job) else { continue };
        let (state, fence, attempt) = (entry.job.state, entry.job.fence, entry.job.attempt);
        let in_journal = held.iter().find(|(held, _)| held == job).map(|(_, attempt)| *attempt);
        let (event, details) = match (state, in_journal) {
            (Live::Queued | Live::Offered, Some(held)) if held > fence => {
                (Event::Accepted { attempt: held }, Details::default())
            }
            // The older session is over, and this attempt is not in the journal: nobody has it.
            (Live::Offered, _) => (Event::LeaseEnded { attempt }, Details::default()),
            (Live::Running | Live::Cancelling, in_journal) if in_journal != Some(fence) => {
                (Event::Forgotten, forgotten(journal_is_new))
            }
            _ => continue,
        };
        // What is rejected here changes nothing, and the lists below say so to the agent.
        let _ = batch.apply(*job, &event, details, cx.jitter());
    }
    for (job, attempt) in held {
        match batch.get(*job).map(|entry| (entry.job.state, entry.job.fence)) {
            Some((Live::Cancelling, fence)) if fence == *attempt => opened.cancels.push((*job, *attempt)),
            Some((Live::Running, fence)) if fence == *attempt => {}
            _ => opened.forget.push((*job, *attempt)),
        }
    }
    batch.write(&mut *connection).await?;
    // An attempt whose receipt has not been stored yet is over, and still has something to say.
    let (jobs, attempts): (Vec<_>, Vec<_>) =
        opened.forget.iter().map(|(job, attempt)| (job.0, i32::try_from(*attempt).unwrap_or(0))).unzip();
    let unsaid = sqlx::query!(
        r#"SELECT a.job_id, a.attempt FROM attempts a
           JOIN UNNEST($1::uuid[], $2::int[]) AS held(job_id, attempt) ON held.job_id = a.job_id AND held.attempt = a.attempt
           WHERE a.server_uid = $3 AND a.state = 'ended' AND NOT EXISTS (
               SELECT 1 FROM receipts r
               WHERE r.job_id = a.job_id AND r.server_uid = a.server_uid AND r.attempt = a.attempt)"#,
        &jobs,
        &attempts,
        agent.server.0,
    )
    .fetch_all(connection)
    .await?;
    opened.forget.retain(|(job, attempt)| {
        !unsaid.iter().any(|row| row.job_id == job.0 && u32::try_from(row.attempt) == Ok(*attempt))
    });
    Ok(opened)
}

fn forgotten(journal_is_new: bool) -> Details {
    let (code, reason) = if journal_is_new {
        ("JOURNAL_REPLACED", "the agent has another journal than the one in which it accepted this job")
    } else {
        ("NOT_IN_JOURNAL", "the agent does not know of this job any more")
    };
    Details { reason_code: code.to_owned(), reason: reason.to_owned(), ..Details::default() }
}

/// Whether this is still the server's newest session.
pub async fn is_current(cx: &Ctx, server: ServerUid, epoch: i64) -> Result<bool, Error> {
    let current = sqlx::query_scalar!("SELECT epoch FROM agent_sessions WHERE server_uid = $1", server.0)
        .fetch_optional(&cx.db)
        .await?;
    Ok(current == Some(epoch))
}

/// The key that the incarnation signs receipts by.
pub async fn receipt_key(cx: &Ctx, agent: Agent) -> Result<PublicKey, Error> {
    let key = sqlx::query_scalar!(
        "SELECT receipt_key FROM incarnations WHERE server_uid = $1 AND incarnation = $2",
        agent.server.0,
        i32::try_from(agent.incarnation).unwrap_or(i32::MAX),
    )
    .fetch_one(&cx.db)
    .await?;
    PublicKey::from_bytes(&key).ok_or_else(|| Error::corrupt("incarnations", "receipt_key", agent.server))
}

/// Notes which sessions' connections are gone, unless newer sessions have begun.
pub async fn close(cx: &Ctx, closed: &[(ServerUid, i64)]) -> Result<(), Error> {
    let (servers, epochs): (Vec<_>, Vec<_>) = closed.iter().map(|(server, epoch)| (server.0, *epoch)).unzip();
    sqlx::query!(
        "UPDATE agent_sessions SET connected = false, last_seen_at = purvey_now()
         FROM UNNEST($1::uuid[], $2::bigint[]) AS closed(server_uid, epoch)
         WHERE agent_sessions.server_uid = closed.server_uid AND agent_sessions.epoch = closed.epoch",
        &servers,
        &epochs,
    )
    .execute(&cx.db)
    .await?;
    Ok(())
}

/// Notes that the agents that are connected to this replica are still there. A session that no replica speaks for any more is
/// taken for disconnected.
pub async fn keep_alive(cx: &Ctx) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE agent_sessions SET last_seen_at = purvey_now() WHERE replica = $1 AND connected",
        cx.replica
    )
    .execute(&cx.db)
    .await?;
    sqlx::query!(
        "UPDATE agent_sessions SET connected = false WHERE connected AND last_seen_at < purvey_now() - interval '3 minutes'"
    )
    .execute(&cx.db)
    .await?;
    Ok(())
}

/// The error of whatever belongs to an older session.
pub fn replaced() -> Error {
    Error::Aborted {
        reason: "SESSION_REPLACED",
        message: "a newer session of this server has begun; open one with session_epoch 0".to_owned(),
    }
}
