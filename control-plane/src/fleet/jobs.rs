//! Jobs as callers see them: one action of one install on one server, live or ended.
//!
//! Their way is decided in `job_state.rs` and written by `transitions.rs`; this file reads them, and has the verbs by which
//! people intervene.

use purvey_contract::action::Action;
use purvey_contract::id::{InstallUid, JobId, ProjectUid, ServerUid};
use time::OffsetDateTime;

use super::job_state::{Event, Final, Live, Rejected, State};
use super::request_ids::{Begun, Request, begin};
use super::transitions::{Batch, Details};
use super::{audit, installs};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::policy::{Permission, Resource, Scope};

/// A running job is shown as unreachable when its agent is not connected for this long.
const UNREACHABLE_AFTER_SECONDS: f64 = 60.0;

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Where it belongs.
    pub project: ProjectUid,
    /// Its server.
    pub server_uid: ServerUid,
    /// Its server's id.
    pub server: String,
    /// Its install.
    pub install_uid: InstallUid,
    /// Its install's id.
    pub install: String,
    /// The app.
    pub app: String,
    /// The version.
    pub version: String,
    /// What it does.
    pub action: Action,
    /// The install's generation that it is for.
    pub generation: i64,
    /// Where it stands.
    pub state: State,
    /// The latest attempt.
    pub attempt: u32,
    /// How many it may have.
    pub max_attempts: u32,
    /// When the next attempt may start, while it waits for one.
    pub ready_at: Option<OffsetDateTime>,
    /// The latest attempt's exit code.
    pub exit_code: Option<i32>,
    /// Why it ended as it did, for programs.
    pub reason_code: String,
    /// The same for people.
    pub reason: String,
    /// 0 to 100.
    pub progress_percent: u32,
    /// What the script says it is doing.
    pub progress_message: String,
    /// Who asked for it.
    pub requested_by: String,
    /// The job that it repeats.
    pub retry_of: Option<JobId>,
    /// When its end was asked for.
    pub cancel_requested_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When an attempt was first accepted.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
    /// It runs and its agent is silent.
    pub unreachable: bool,
}

impl Resource for Job {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("job {}", self.id)
    }
}

/// Which jobs a list or a watch is of.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this server's.
    pub server: Option<ServerUid>,
    /// Only this install's.
    pub install: Option<InstallUid>,
    /// Only this one.
    pub job: Option<JobId>,
    /// Only those in one of these states; empty means all.
    pub states: Vec<&'static str>,
}

/// Reads jobs as they are shown, live and ended ones: what follows `FROM`, and its parameters.
macro_rules! shown_jobs {
    ($rest:literal, $($parameter:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT j.job_id AS "job_id!", j.server_uid AS "server_uid!", j.project_id AS "project_id!",
                   j.install_uid AS "install_uid!", j.server_name AS "server_name!", j.install_name AS "install_name!",
                   j.app AS "app!", j.version AS "version!", j.action AS "action!", j.generation AS "generation!",
                   j.requested_by AS "requested_by!", j.retry_of, j.max_attempts AS "max_attempts!", j.state AS "state!",
                   j.attempt AS "attempt!", j.ready_at AS "ready_at!", j.cancel_requested_at,
                   j.progress_percent AS "progress_percent!", j.progress_message AS "progress_message!", j.exit_code,
                   j.reason_code AS "reason_code!", j.reason AS "reason!", j.created_at AS "created_at!", j.started_at,
                   j.ended_at, coalesce(s.connected, false) AS "connected!",
                   coalesce(extract(epoch FROM purvey_now() - s.last_seen_at)::float8, 0) AS "silent_seconds!"
               FROM all_jobs j LEFT JOIN agent_sessions s ON s.server_uid = j.server_uid
               "# + $rest,
            $($parameter),+
        )
    };
}

/// Reads one job.
pub async fn get(cx: &Ctx, project: ProjectUid, id: JobId) -> Result<Job, Error> {
    let job = retrying!(find(cx, id))?
        .filter(|job| job.project == project)
        .ok_or_else(|| Error::not_found("job", id))?;
    cx.authorize(Permission::JobsRead, &job)?;
    Ok(job)
}

/// Lists jobs, newest first, from before `before`.
pub async fn list(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>, Error> {
    cx.authorize(Permission::JobsRead, &super::projects::AllOf { project, kind: "jobs" })?;
    retrying!(list_once(cx, project, filter, before, limit))
}

async fn list_once(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>, Error> {
    let states: Vec<String> = filter.states.iter().map(|state| (*state).to_owned()).collect();
    let rows = shown_jobs!(
        "WHERE j.project_id = $1 AND ($2::uuid IS NULL OR j.server_uid = $2)
               AND ($3::uuid IS NULL OR j.install_uid = $3) AND ($4::uuid IS NULL OR j.job_id = $4)
               AND (cardinality($5::text[]) = 0 OR j.state = ANY($5)) AND ($6::uuid IS NULL OR j.job_id < $6)
           ORDER BY j.job_id DESC LIMIT $7",
        project.0,
        filter.server.map(|server| server.0),
        filter.install.map(|install| install.0),
        filter.job.map(|job| job.0),
        &states,
        before.map(|job| job.0),
        limit,
    )
    .fetch_all(&cx.db)
    .await?;
    rows.into_iter().map(Job::try_from).collect()
}

/// The live jobs, and whatever changed since the snapshot `since`, newest state of each; with the snapshot that this was read
/// at. For watches: `since` none means all that are live (or the one that is named).
pub(super) async fn changed(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    since: Option<u64>,
) -> Result<(Vec<Job>, u64), Error> {
    let mut tx = cx.begin().await?;
    let horizon = super::watches::snapshot(&mut tx).await?;
    let rows = shown_jobs!(
        "WHERE j.project_id = $1 AND ($2::uuid IS NULL OR j.server_uid = $2)
               AND ($3::uuid IS NULL OR j.install_uid = $3) AND ($4::uuid IS NULL OR j.job_id = $4)
               AND (CASE WHEN $5::text IS NULL THEN $4 IS NOT NULL OR j.ended_at IS NULL
                         ELSE j.changed_xid >= $5::text::xid8 END)
           ORDER BY j.job_id",
        project.0,
        filter.server.map(|server| server.0),
        filter.install.map(|install| install.0),
        filter.job.map(|job| job.0),
        since.map(|xid| xid.to_string()),
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((rows.into_iter().map(Job::try_from).collect::<Result<_, _>>()?, horizon))
}

async fn find(cx: &Ctx, id: JobId) -> Result<Option<Job>, Error> {
    let row = shown_jobs!(
        "WHERE j.job_id = $1
           ORDER BY j.ended_at NULLS LAST LIMIT 1",
        id.0
    )
    .fetch_optional(&cx.db)
    .await?;
    row.map(Job::try_from).transpose()
}

/// Asks for a job's end. One that has not started ends at once; of a running one the receipt decides.
pub async fn cancel(cx: &Ctx, project: ProjectUid, id: JobId, request: &Request) -> Result<Job, Error> {
    let job = get(cx, project, id).await?;
    cx.authorize(Permission::JobsCancel, &job)?;
    retrying!(cancel_once(cx, &job, request))?;
    get(cx, project, id).await
}

async fn cancel_once(cx: &Ctx, job: &Job, request: &Request) -> Result<(), Error> {
    let Begun::Fresh(mut work) = begin(cx, job.project, request).await? else { return Ok(()) };
    let mut batch = Batch::lock(work.connection(), cx.lost_after(), &[job.id]).await?;
    let details = Details {
        reason_code: "CANCELLED".to_owned(),
        reason: format!("cancelled by {}", cx.principal.name()),
        ..Details::default()
    };
    match batch.apply(job.id, &Event::CancelRequested, details, cx.jitter()) {
        Ok(_) | Err(Rejected::Duplicate) => {}
        Err(Rejected::Stale | Rejected::OutOfPlace) => {
            return Err(Error::precondition("JOB_ENDED", format!("job {} has ended", job.id)));
        }
    }
    batch.write(work.connection()).await?;
    let details = serde_json::json!({ "server": job.server, "install": job.install });
    audit::record(work.connection(), cx, job.project, "jobs.cancel", &job.describe(), &details).await?;
    work.wake(job.server_uid);
    work.commit(cx, &[job.id.0]).await
}

/// Makes a new job for the current generation of an ended job's install.
pub async fn retry(cx: &Ctx, project: ProjectUid, id: JobId, request: &Request) -> Result<Job, Error> {
    let job = get(cx, project, id).await?;
    cx.authorize(Permission::JobsRetry, &job)?;
    let made = retrying!(installs::retry_job(cx, &job, request))?;
    get(cx, project, made).await
}

struct Row {
    job_id: uuid::Uuid,
    server_uid: uuid::Uuid,
    project_id: uuid::Uuid,
    install_uid: uuid::Uuid,
    server_name: String,
    install_name: String,
    app: String,
    version: String,
    action: String,
    generation: i64,
    requested_by: String,
    retry_of: Option<uuid::Uuid>,
    max_attempts: i32,
    state: String,
    attempt: i32,
    ready_at: OffsetDateTime,
    cancel_requested_at: Option<OffsetDateTime>,
    progress_percent: i32,
    progress_message: String,
    exit_code: Option<i32>,
    reason_code: String,
    reason: String,
    created_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    connected: bool,
    silent_seconds: f64,
}

impl TryFrom<Row> for Job {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("jobs", column, row.job_id);
        let state = match row.ended_at {
            None => Live::from_name(&row.state).map(State::Live),
            Some(_) => Final::from_name(&row.state).map(State::Ended),
        }
        .ok_or_else(|| corrupt("state"))?;
        let count = |value: i32, column| u32::try_from(value).map_err(|_| corrupt(column));
        let silent = !row.connected && row.silent_seconds > UNREACHABLE_AFTER_SECONDS;
        let running = matches!(state, State::Live(Live::Running | Live::Cancelling));
        Ok(Self {
            id: JobId(row.job_id),
            project: ProjectUid(row.project_id),
            server_uid: ServerUid(row.server_uid),
            server: row.server_name,
            install_uid: InstallUid(row.install_uid),
            install: row.install_name,
            app: row.app,
            version: row.version,
            action: Action::from_name(&row.action).ok_or_else(|| corrupt("action"))?,
            generation: row.generation,
            attempt: count(row.attempt, "attempt")?,
            max_attempts: count(row.max_attempts, "max_attempts")?,
            ready_at: (state == State::Live(Live::Queued) && row.attempt > 0).then_some(row.ready_at),
            state,
            exit_code: row.exit_code,
            reason_code: row.reason_code,
            reason: row.reason,
            progress_percent: count(row.progress_percent, "progress_percent")?,
            progress_message: row.progress_message,
            requested_by: row.requested_by,
            retry_of: row.retry_of.map(JobId),
            cancel_requested_at: row.cancel_requested_at,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            unreachable: running && silent,
        })
    }
}
