//! Where a lease is taken: ready jobs of many waiting agents in one statement, each signed for one attempt and one poll.
//!
//! Persisted: the jobs' state, attempt and deadline, and the attempts with the jobs as they were signed.

use purvey_contract::action::Action;
use purvey_contract::dsse::Envelope;
use purvey_contract::id::{AppRef, Digest, InstallUid, JobId, ServerUid};
use purvey_contract::inputs::Inputs;
use purvey_contract::job::{JobSpec, SPEC_VERSION};
use purvey_contract::seal;
use sqlx::types::Json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::group_commit::Chain;
use super::job_state::Event;
use super::transitions::{Batch, Details};
use crate::ctx::Ctx;
use crate::error::Error;

/// How long after its signing a job may be accepted. Longer than a lease, so that an agent's clock may be off a little.
const JOB_EXPIRES: Duration = Duration::minutes(10);

/// An agent that waits for jobs.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Whose.
    pub server: ServerUid,
    /// The session that it waits in.
    pub epoch: i64,
    /// How many jobs it can take now.
    pub free_slots: u32,
    /// What a job for it must echo.
    pub nonce: Vec<u8>,
}

/// A job on its way to its agent.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Where to.
    pub server: ServerUid,
    /// Which.
    pub job: JobId,
    /// For which attempt.
    pub attempt: u32,
    /// The signed job (DSSE envelope, JSON).
    pub envelope: Vec<u8>,
    /// The publisher's statement for its bundle (DSSE envelope, JSON).
    pub statement: Vec<u8>,
}

/// What a round gave.
#[derive(Debug, Default)]
pub struct Leased {
    /// Jobs on their way.
    pub offers: Vec<Offer>,
    /// Agents whose session was busy or has moved on: look again.
    pub skipped: Vec<ServerUid>,
}

/// Leases what is ready for these agents. A session that has moved on, or that somebody else is writing, is skipped.
pub async fn lease(cx: &Ctx, waiting: &[Waiting]) -> Result<Leased, Error> {
    let mut tx = cx.begin().await?;
    let (held, skipped) = lock_sessions(&mut tx, waiting).await?;
    let servers: Vec<Uuid> = held.iter().map(|agent| agent.server.0).collect();
    let free: Vec<i32> =
        held.iter().map(|agent| i32::try_from(agent.free_slots).unwrap_or(i32::MAX)).collect();
    let rows = sqlx::query_as!(
        Ready,
        r#"WITH sessions AS (
               SELECT s.server_uid, s.incarnation, s.slots, held.free
               FROM UNNEST($1::uuid[], $2::int[]) AS held(server_uid, free)
               JOIN agent_sessions s ON s.server_uid = held.server_uid
           ), ready AS (
               SELECT picked.job_id, sessions.incarnation, i.sealing_key
               FROM sessions
               JOIN incarnations i ON i.server_uid = sessions.server_uid AND i.incarnation = sessions.incarnation
                   AND i.ended_at IS NULL
               CROSS JOIN LATERAL (
                   SELECT j.job_id FROM jobs j
                   WHERE j.server_uid = sessions.server_uid AND j.state = 'queued' AND j.ready_at <= purvey_now()
                       AND (j.secret_inputs = '' OR (i.secrets_allowed AND i.sealing_challenge = ''))
                   ORDER BY j.ready_at, j.job_id
                   LIMIT greatest(0, least(sessions.free, sessions.slots - (
                       SELECT count(*) FROM jobs busy
                       WHERE busy.server_uid = sessions.server_uid
                           AND busy.state IN ('offered', 'running', 'cancelling'))))
                   FOR UPDATE SKIP LOCKED
               ) picked
           )
           UPDATE jobs SET state = 'offered', attempt = jobs.attempt + 1, deadline = purvey_now() + interval '30 seconds',
               changed_xid = pg_current_xact_id()
           FROM ready, app_versions v, projects p
           WHERE jobs.job_id = ready.job_id AND jobs.state = 'queued'
               AND v.app = jobs.app AND v.version = jobs.version AND p.project_id = jobs.project_id
           RETURNING jobs.job_id, jobs.server_uid, jobs.project_id, p.name AS project, jobs.install_uid, jobs.install_name,
               jobs.publisher, jobs.app, jobs.version, jobs.release, jobs.digest, jobs.action, jobs.generation,
               jobs.inputs AS "inputs: Json<Inputs>", jobs.secret_inputs, jobs.requested_by, jobs.attempt,
               ready.incarnation, ready.sealing_key, v.statement, purvey_now() AS "now!""#,
        &servers,
        &free,
    )
    .fetch_all(&mut *tx)
    .await?;
    if rows.is_empty() {
        return Ok(Leased { offers: Vec::new(), skipped });
    }

    let mut offers = Vec::with_capacity(rows.len());
    let mut attempts = AttemptColumns::default();
    let mut unsigned = Vec::new();
    for row in rows {
        let nonce =
            waiting.iter().find(|agent| agent.server.0 == row.server_uid).map(|agent| agent.nonce.clone());
        match sign(cx, &row, nonce.unwrap_or_default()).await {
            Ok((spec, signed)) => {
                let envelope = signed.to_json();
                attempts.push(&row, envelope.clone(), signed.payload_digest());
                offers.push(Offer {
                    server: spec.server,
                    job: spec.job,
                    attempt: spec.attempt,
                    envelope,
                    statement: row.statement,
                });
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(job.id = %row.job_id, error = %Chain(&error), "a job cannot be signed; it is set aside");
                unsigned.push(row.job_id);
            }
        }
    }
    set_aside(&mut tx, &unsigned).await?;
    attempts.insert(&mut tx).await?;
    tx.commit().await?;
    cx.metrics.leases.inc_by(offers.len() as u64);
    Ok(Leased { offers, skipped })
}

/// The job for one attempt and one poll, signed.
async fn sign(cx: &Ctx, row: &Ready, nonce: Vec<u8>) -> Result<(JobSpec, Envelope), Error> {
    let job = JobId(row.job_id);
    let corrupt = |column| Error::corrupt("jobs", column, job);
    let server = ServerUid(row.server_uid);
    let attempt = u32::try_from(row.attempt).map_err(|_| corrupt("attempt"))?;
    let incarnation = u32::try_from(row.incarnation).map_err(|_| corrupt("incarnation"))?;
    let bundle = Digest::from_slice(&row.digest).ok_or_else(|| corrupt("digest"))?;
    let sealed_inputs = if row.secret_inputs.is_empty() {
        None
    } else {
        let plain = cx.kms.decrypt(&secret_context(InstallUid(row.install_uid)), &row.secret_inputs).await?;
        let info = seal::job_inputs_info(cx.keys.trust_domain(), server, incarnation, job, attempt, bundle);
        Some(seal::seal(&row.sealing_key, &info, &plain).map_err(Error::internal)?)
    };
    let spec = JobSpec {
        spec_version: SPEC_VERSION,
        trust_domain: cx.keys.trust_domain().to_owned(),
        cell: cx.keys.cell().to_string(),
        project: row.project.parse().map_err(|_| corrupt("project"))?,
        server,
        incarnation,
        job,
        attempt,
        install: InstallUid(row.install_uid),
        install_name: row.install_name.parse().map_err(|_| corrupt("install_name"))?,
        generation: row.generation,
        action: Action::from_name(&row.action).ok_or_else(|| corrupt("action"))?,
        app: AppRef {
            publisher: row.publisher.parse().map_err(|_| corrupt("publisher"))?,
            app: row.app.parse().map_err(|_| corrupt("app"))?,
        },
        version: row.version.clone(),
        release: u64::try_from(row.release).map_err(|_| corrupt("release"))?,
        bundle,
        inputs: row.inputs.0.clone(),
        sealed_inputs,
        requested_by: row.requested_by.clone(),
        issued: row.now,
        expires: row.now + JOB_EXPIRES,
        nonce,
    };
    let signed = cx.keys.sign_job(&spec);
    Ok((spec, signed))
}

/// Puts jobs that cannot be signed back for a minute, so that they stop nobody else's.
async fn set_aside(connection: &mut sqlx::PgConnection, jobs: &[Uuid]) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE jobs SET state = 'queued', attempt = attempt - 1, deadline = NULL,
             ready_at = purvey_now() + interval '1 minute', reason_code = 'CANNOT_BE_SIGNED',
             reason = 'the control plane cannot sign this job; its log says why'
         WHERE job_id = ANY($1) AND state = 'offered'",
        jobs,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A job that was leased, and what signing it takes.
struct Ready {
    job_id: Uuid,
    server_uid: Uuid,
    project_id: Uuid,
    project: String,
    install_uid: Uuid,
    install_name: String,
    publisher: String,
    app: String,
    version: String,
    release: i64,
    digest: Vec<u8>,
    action: String,
    generation: i64,
    inputs: Json<Inputs>,
    secret_inputs: Vec<u8>,
    requested_by: String,
    attempt: i32,
    incarnation: i32,
    sealing_key: Vec<u8>,
    statement: Vec<u8>,
    now: OffsetDateTime,
}

/// Locks the agents' sessions in the order of their servers. Answers those that are held, and those that were skipped.
async fn lock_sessions<'w>(
    connection: &mut sqlx::PgConnection,
    waiting: &'w [Waiting],
) -> Result<(Vec<&'w Waiting>, Vec<ServerUid>), Error> {
    let servers: Vec<Uuid> = waiting.iter().map(|agent| agent.server.0).collect();
    let epochs: Vec<i64> = waiting.iter().map(|agent| agent.epoch).collect();
    let locked = sqlx::query_scalar!(
        "SELECT s.server_uid
         FROM UNNEST($1::uuid[], $2::bigint[]) AS dirty(server_uid, epoch)
         JOIN agent_sessions s ON s.server_uid = dirty.server_uid AND s.epoch = dirty.epoch
         ORDER BY s.server_uid
         FOR UPDATE OF s SKIP LOCKED",
        &servers,
        &epochs,
    )
    .fetch_all(connection)
    .await?;
    let (held, skipped): (Vec<&Waiting>, Vec<&Waiting>) =
        waiting.iter().partition(|agent| locked.binary_search(&agent.server.0).is_ok());
    Ok((held, skipped.into_iter().map(|agent| agent.server).collect()))
}

/// Takes offers back whose answers could not be written. This costs no attempt.
pub async fn give_back(cx: &Ctx, offers: &[(JobId, u32)]) -> Result<(), Error> {
    let jobs: Vec<JobId> = offers.iter().map(|(job, _)| *job).collect();
    let mut tx = cx.begin().await?;
    let mut batch = Batch::lock(&mut tx, cx.lost_after(), &jobs).await?;
    for (job, attempt) in offers {
        // Rejected if it was accepted or cancelled meanwhile, which is as well.
        let _ = batch.apply(*job, &Event::LeaseEnded { attempt: *attempt }, Details::default(), cx.jitter());
    }
    batch.write(&mut tx).await?;
    tx.commit().await?;
    cx.waker.wake(batch.servers());
    Ok(())
}

/// What the KMS binds an install's sensitive inputs to.
pub(super) fn secret_context(install: InstallUid) -> String {
    format!("install {install} inputs")
}

#[derive(Default)]
struct AttemptColumns {
    jobs: Vec<Uuid>,
    servers: Vec<Uuid>,
    attempts: Vec<i32>,
    projects: Vec<Uuid>,
    incarnations: Vec<i32>,
    envelopes: Vec<Vec<u8>>,
    digests: Vec<Vec<u8>>,
}

impl AttemptColumns {
    fn push(&mut self, row: &Ready, envelope: Vec<u8>, digest: Digest) {
        self.jobs.push(row.job_id);
        self.servers.push(row.server_uid);
        self.attempts.push(row.attempt);
        self.projects.push(row.project_id);
        self.incarnations.push(row.incarnation);
        self.envelopes.push(envelope);
        self.digests.push(digest.0.to_vec());
    }

    async fn insert(&self, connection: &mut sqlx::PgConnection) -> Result<(), Error> {
        sqlx::query!(
            "INSERT INTO attempts (job_id, server_uid, attempt, project_id, incarnation, state, envelope, job_digest)
             SELECT job_id, server_uid, attempt, project_id, incarnation, 'offered', envelope, job_digest
             FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::bytea[], $7::bytea[])
                 AS offered(job_id, server_uid, attempt, project_id, incarnation, envelope, job_digest)",
            &self.jobs,
            &self.servers,
            &self.attempts,
            &self.projects,
            &self.incarnations,
            &self.envelopes,
            &self.digests,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
