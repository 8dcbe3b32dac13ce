//! Applies [`step`] to stored jobs, many at once, in one lock order: installs, jobs, attempts, each
//! by key. (Sessions come before them all: see `leases.rs`.)
//!
//! Persisted: the job's row (live, or moved to `finished_jobs` when it ends), its attempts, and what its end says of its
//! install. Every write is guarded by the state that was read under the lock.

mod write;

use std::collections::BTreeMap;

use purvey_contract::action::Action;
use purvey_contract::id::{InstallUid, JobId, ServerUid};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::job_state::{
    AttemptChange, Effect, Event, Final, Job, Live, Moment, Observed, Rejected, Rules, State, observe, step,
};
use crate::error::Error;

/// What comes with an event, to be stored beside it.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// The script's exit code.
    pub exit_code: Option<i32>,
    /// Why, for programs.
    pub reason_code: String,
    /// Why, for people.
    pub reason: String,
    /// The last chunk that the receipt vouches for.
    pub final_chunk_seq: Option<u64>,
    /// What the script said at its end.
    pub outputs: BTreeMap<String, String>,
}

/// An attempt that its agent must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Where it runs.
    pub server: ServerUid,
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: u32,
}

/// Jobs under lock, and what events have made of them so far.
pub struct Batch {
    now: OffsetDateTime,
    jobs: BTreeMap<JobId, Entry>,
    installs: BTreeMap<InstallUid, Install>,
    attempts: BTreeMap<(JobId, u32), AttemptRow>,
    stops: Vec<Stop>,
}

/// A locked job.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What decides its next state.
    pub job: Job,
    /// Its install.
    pub install: InstallUid,
    /// Its server.
    pub server: ServerUid,
    /// What it does.
    pub action: Action,
    /// The generation that it is for.
    pub generation: i64,
    version: String,
    ended: Option<Final>,
    found: (Live, u32, u32),
    details: Details,
    progress: Option<(u32, String)>,
    changed: bool,
}

struct Install {
    job: JobId,
    job_ended: bool,
    wants_absent: bool,
    observed_job: Option<JobId>,
    news: Option<News>,
    changed: bool,
}

struct News {
    observed: Observed,
    generation: i64,
    version: String,
    job: JobId,
    outputs: Option<BTreeMap<String, String>>,
    deleted: bool,
}

struct AttemptRow {
    server: ServerUid,
    state: &'static str,
    final_chunk_seq: Option<u64>,
}

impl Batch {
    /// Locks these jobs with their installs and the installs' other live jobs. Jobs that have ended are not in it.
    pub async fn lock(
        connection: &mut PgConnection,
        lost_after: Duration,
        jobs: &[JobId],
    ) -> Result<Self, Error> {
        let ids: Vec<_> = jobs.iter().map(|job| job.0).collect();
        // A job's install never changes, so this needs no lock.
        let installs =
            sqlx::query_scalar!("SELECT DISTINCT install_uid FROM jobs WHERE job_id = ANY($1)", &ids)
                .fetch_all(&mut *connection)
                .await?;
        let installs: Vec<_> = installs.into_iter().map(InstallUid).collect();
        Self::lock_installs(connection, lost_after, &installs).await
    }

    /// Locks these installs with all their live jobs.
    pub async fn lock_installs(
        connection: &mut PgConnection,
        lost_after: Duration,
        installs: &[InstallUid],
    ) -> Result<Self, Error> {
        let uids: Vec<_> = installs.iter().map(|install| install.0).collect();
        let install_rows = sqlx::query!(
            "SELECT install_uid, job_id, job_ended, desired_state, observed_job FROM installs
             WHERE install_uid = ANY($1) ORDER BY install_uid FOR UPDATE",
            &uids,
        )
        .fetch_all(&mut *connection)
        .await?;
        let job_rows = sqlx::query!(
            "SELECT job_id, install_uid, server_uid, action, generation, version, state, attempt, fence, attempts_ended,
                    ready_at, deadline, cancel_requested_at, max_attempts, retry_initial_seconds, retry_max_seconds,
                    timeout_seconds, idempotent
             FROM jobs WHERE install_uid = ANY($1) ORDER BY job_id FOR UPDATE",
            &uids,
        )
        .fetch_all(&mut *connection)
        .await?;
        let now = sqlx::query_scalar!(r#"SELECT purvey_now() AS "now!""#).fetch_one(&mut *connection).await?;

        let installs = install_rows
            .into_iter()
            .map(|row| {
                let install = Install {
                    job: JobId(row.job_id),
                    job_ended: row.job_ended,
                    wants_absent: row.desired_state == "absent",
                    observed_job: row.observed_job.map(JobId),
                    news: None,
                    changed: false,
                };
                (InstallUid(row.install_uid), install)
            })
            .collect();
        let mut jobs = BTreeMap::new();
        for row in job_rows {
            let corrupt = |column| Error::corrupt("jobs", column, row.job_id);
            let state = Live::from_name(&row.state).ok_or_else(|| corrupt("state"))?;
            let action = Action::from_name(&row.action).ok_or_else(|| corrupt("action"))?;
            let count = |value: i32, column| u32::try_from(value).map_err(|_| corrupt(column));
            let (attempt, fence) = (count(row.attempt, "attempt")?, count(row.fence, "fence")?);
            let job = Job {
                state,
                attempt,
                fence,
                attempts_ended: count(row.attempts_ended, "attempts_ended")?,
                ready_at: row.ready_at,
                deadline: row.deadline,
                cancel_requested: row.cancel_requested_at.is_some(),
                successor_waits: false,
                rules: Rules {
                    max_attempts: count(row.max_attempts, "max_attempts")?,
                    retry_initial: Duration::seconds(row.retry_initial_seconds.into()),
                    retry_max: Duration::seconds(row.retry_max_seconds.into()),
                    timeout: Duration::seconds(row.timeout_seconds.into()),
                    idempotent: row.idempotent,
                    lost_after,
                },
            };
            let entry = Entry {
                job,
                install: InstallUid(row.install_uid),
                server: ServerUid(row.server_uid),
                action,
                generation: row.generation,
                version: row.version,
                ended: None,
                found: (state, attempt, fence),
                details: Details::default(),
                progress: None,
                changed: false,
            };
            jobs.insert(JobId(row.job_id), entry);
        }
        let mut batch = Self { now, jobs, installs, attempts: BTreeMap::new(), stops: Vec::new() };
        batch.mark_successors();
        Ok(batch)
    }

    /// The database's time at which the locks were had.
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// A job that is still live, as the events so far have left it.
    pub fn get(&self, job: JobId) -> Option<&Entry> {
        self.jobs.get(&job).filter(|entry| entry.ended.is_none())
    }

    /// The install's jobs that are still live: the active one and the waiting one.
    pub fn live_jobs_of(&self, install: InstallUid) -> Vec<JobId> {
        let of_install = |entry: &&Entry| entry.install == install && entry.ended.is_none();
        self.jobs.iter().filter(|(_, entry)| of_install(entry)).map(|(job, _)| *job).collect()
    }

    /// What the event makes of the job. A job that is not live rejects everything as stale.
    pub fn apply(
        &mut self,
        job: JobId,
        event: &Event,
        details: Details,
        jitter: f64,
    ) -> Result<State, Rejected> {
        let entry = self.jobs.get_mut(&job).filter(|entry| entry.ended.is_none()).ok_or(Rejected::Stale)?;
        let next = step(&entry.job, event, Moment { now: self.now, jitter })?;
        entry.job = next.job;
        entry.changed = true;
        if details.exit_code.is_some() || !details.reason_code.is_empty() {
            entry.details = details.clone();
        }
        let server = entry.server;
        for effect in next.effects {
            match effect {
                Effect::Attempt(change) => {
                    let (attempt, state) = match change {
                        AttemptChange::Offered(attempt) => (attempt, "offered"),
                        AttemptChange::Void(attempt) => (attempt, "void"),
                        AttemptChange::Accepted(attempt) => (attempt, "accepted"),
                        AttemptChange::Ended(attempt) => (attempt, "ended"),
                    };
                    let final_chunk_seq = details.final_chunk_seq.filter(|_| state == "ended");
                    self.attempts.insert((job, attempt), AttemptRow { server, state, final_chunk_seq });
                }
                Effect::Stop(attempt) => self.stops.push(Stop { server, job, attempt }),
                Effect::JobEnded(state) => self.end(job, state, &details),
            }
        }
        Ok(next.state)
    }

    /// Remembers how far a running attempt says it is. Anything else is stale and changes nothing.
    pub fn progress(&mut self, job: JobId, attempt: u32, percent: u32, message: String) {
        if let Some(entry) = self.jobs.get_mut(&job)
            && entry.ended.is_none()
            && matches!(entry.job.state, Live::Running | Live::Cancelling)
            && entry.job.fence == attempt
        {
            entry.progress = Some((percent.min(100), message));
            entry.changed = true;
        }
    }

    /// The attempts that agents must be told to stop, once this is committed.
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// The servers whose agents may have something new to do, once this is committed.
    pub fn servers(&self) -> impl Iterator<Item = ServerUid> {
        self.jobs.values().filter(|entry| entry.changed).map(|entry| entry.server)
    }

    /// How jobs end, once this is committed.
    pub fn ended(&self) -> impl Iterator<Item = Final> {
        self.jobs.values().filter_map(|entry| entry.ended)
    }

    /// Writes it all.
    pub async fn write(&self, connection: &mut PgConnection) -> Result<(), Error> {
        self.write_ended(&mut *connection).await?;
        self.write_live(&mut *connection).await?;
        self.write_attempts(&mut *connection).await?;
        self.write_installs(connection).await
    }

    fn end(&mut self, job: JobId, state: Final, details: &Details) {
        let Some(entry) = self.jobs.get_mut(&job) else { return };
        entry.ended = Some(state);
        let (install, ran) = (entry.install, entry.job.fence > 0);
        let observed = observe(entry.action, state, ran);
        let news = observed.map(|observed| News {
            observed,
            generation: entry.generation,
            version: if observed == Observed::Absent { String::new() } else { entry.version.clone() },
            job,
            outputs: says_outputs(entry.action, state).then(|| details.outputs.clone()),
            deleted: false,
        });
        self.report_to_install(install, job, news);
        let successor = self.live_jobs_of(install).into_iter().next();
        if let Some(successor) = successor {
            // Draws no random number: activation has no backoff.
            let _ = self.apply(successor, &Event::Activated, Details::default(), 0.0);
        }
        self.mark_successors();
    }

    fn report_to_install(&mut self, install: InstallUid, job: JobId, news: Option<News>) {
        let Some(install) = self.installs.get_mut(&install) else { return };
        if install.job == job {
            install.job_ended = true;
        }
        install.changed = true;
        // What is observed only moves forward.
        if let Some(mut news) = news
            && install.observed_job.is_none_or(|seen| seen <= news.job)
        {
            install.observed_job = Some(news.job);
            news.deleted = news.observed == Observed::Absent && install.wants_absent && install.job == job;
            install.news = Some(news);
        }
    }

    fn mark_successors(&mut self) {
        let waiting: Vec<InstallUid> = self
            .jobs
            .values()
            .filter(|entry| entry.ended.is_none() && entry.job.state == Live::Waiting)
            .map(|entry| entry.install)
            .collect();
        for entry in self.jobs.values_mut() {
            entry.job.successor_waits = entry.job.state != Live::Waiting && waiting.contains(&entry.install);
        }
    }
}

/// Whether what a job said at its end replaces what its install says: a check or a backup says nothing of it.
fn says_outputs(action: Action, state: Final) -> bool {
    state == Final::Succeeded && !matches!(action, Action::Verify | Action::Backup)
}

/// A late receipt of a job that is over: it cannot change the job, but it corrects what is known of its install.
pub async fn correct_observed(
    connection: &mut PgConnection,
    job: JobId,
    state: Final,
    outputs: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let Some(row) = sqlx::query!(
        "SELECT install_uid, action, generation, version FROM finished_jobs WHERE job_id = $1",
        job.0
    )
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(());
    };
    let action =
        Action::from_name(&row.action).ok_or_else(|| Error::corrupt("finished_jobs", "action", job))?;
    let mut batch =
        Batch::lock_installs(&mut *connection, Duration::ZERO, &[InstallUid(row.install_uid)]).await?;
    let Some(observed) = observe(action, state, true) else { return Ok(()) };
    let news = News {
        observed,
        generation: row.generation,
        version: if observed == Observed::Absent { String::new() } else { row.version },
        job,
        outputs: says_outputs(action, state).then(|| outputs.clone()),
        deleted: false,
    };
    batch.report_to_install(InstallUid(row.install_uid), job, Some(news));
    batch.write_installs(connection).await
}
