//! The SQL of a batch: each kind of row in one statement, guarded by what was read under the lock.

use std::collections::BTreeMap;

use purvey_contract::id::{InstallUid, JobId};
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;

use super::{Batch, Entry, Install};
use crate::error::Error;
use crate::fleet::job_state::Final;

impl Batch {
    pub(super) async fn write_ended(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let ended: Vec<(&JobId, &Entry, Final)> = self
            .jobs
            .iter()
            .filter_map(|(job, entry)| entry.ended.map(|state| (job, entry, state)))
            .collect();
        if ended.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ended.iter().map(|(job, ..)| job.0).collect();
        let found_states: Vec<_> =
            ended.iter().map(|(_, entry, _)| entry.found.0.as_str().to_owned()).collect();
        let found_fences: Vec<_> = ended.iter().map(|(_, entry, _)| signed(entry.found.2)).collect();
        let states: Vec<_> = ended.iter().map(|(.., state)| state.as_str().to_owned()).collect();
        let fences: Vec<_> = ended.iter().map(|(_, entry, _)| signed(entry.job.fence)).collect();
        let counts: Vec<_> = ended.iter().map(|(_, entry, _)| signed(entry.job.attempts_ended)).collect();
        let cancelled: Vec<_> = ended.iter().map(|(_, entry, _)| entry.job.cancel_requested).collect();
        let exit_codes: Vec<_> = ended.iter().map(|(_, entry, _)| entry.details.exit_code).collect();
        let codes: Vec<_> = ended.iter().map(|(_, entry, _)| entry.details.reason_code.clone()).collect();
        let reasons: Vec<_> = ended.iter().map(|(_, entry, _)| entry.details.reason.clone()).collect();
        let percents: Vec<_> = ended
            .iter()
            .map(|(_, entry, _)| entry.progress.as_ref().map(|(percent, _)| signed(*percent)))
            .collect();
        let messages: Vec<_> = ended
            .iter()
            .map(|(_, entry, _)| entry.progress.as_ref().map(|(_, message)| message.clone()))
            .collect();
        let written = sqlx::query!(
            "WITH ended AS (
                 SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::int[], $4::text[], $5::int[], $6::int[], $7::bool[],
                                      $8::int[], $9::text[], $10::text[], $11::int[], $12::text[])
                     AS ended(job_id, found_state, found_fence, state, fence, attempts_ended, cancelled, exit_code,
                              reason_code, reason, percent, message)
             ), gone AS (
                 DELETE FROM jobs USING ended
                 WHERE jobs.job_id = ended.job_id AND jobs.state = ended.found_state AND jobs.fence = ended.found_fence
                 RETURNING jobs.job_id, jobs.server_uid, jobs.project_id, jobs.install_uid, jobs.server_name,
                     jobs.install_name, jobs.publisher, jobs.app, jobs.version, jobs.release, jobs.digest, jobs.action,
                     jobs.generation, jobs.inputs, jobs.requested_by, jobs.retry_of, jobs.max_attempts,
                     jobs.retry_initial_seconds, jobs.retry_max_seconds, jobs.timeout_seconds, jobs.idempotent,
                     ended.state, jobs.attempt, ended.fence, ended.attempts_ended, jobs.ready_at,
                     CASE WHEN ended.cancelled THEN coalesce(jobs.cancel_requested_at, purvey_now()) END
                         AS cancel_requested_at,
                     CASE WHEN ended.state = 'succeeded' THEN 100 ELSE coalesce(ended.percent, jobs.progress_percent) END
                         AS progress_percent,
                     coalesce(ended.message, jobs.progress_message) AS progress_message,
                     coalesce(ended.exit_code, jobs.exit_code) AS exit_code,
                     ended.reason_code, ended.reason, jobs.created_at,
                     CASE WHEN ended.fence > 0 THEN coalesce(jobs.started_at, purvey_now()) END AS started_at
             )
             INSERT INTO finished_jobs (job_id, server_uid, project_id, install_uid, server_name, install_name, publisher,
                 app, version, release, digest, action, generation, inputs, requested_by, retry_of, max_attempts,
                 retry_initial_seconds, retry_max_seconds, timeout_seconds, idempotent, state, attempt, fence,
                 attempts_ended, ready_at, cancel_requested_at, progress_percent, progress_message, exit_code, reason_code,
                 reason, created_at, started_at, ended_at)
             SELECT job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version, release,
                 digest, action, generation, inputs, requested_by, retry_of, max_attempts, retry_initial_seconds,
                 retry_max_seconds, timeout_seconds, idempotent, state, attempt, fence, attempts_ended, ready_at,
                 cancel_requested_at, progress_percent, progress_message, exit_code, reason_code, reason, created_at,
                 started_at, purvey_now()
             FROM gone",
            &ids,
            &found_states,
            &found_fences,
            &states,
            &fences,
            &counts,
            &cancelled,
            &exit_codes as &[Option<i32>],
            &codes,
            &reasons,
            &percents as &[Option<i32>],
            &messages as &[Option<String>],
        )
        .execute(connection)
        .await?;
        expect_rows(written.rows_affected(), ended.len())
    }

    pub(super) async fn write_live(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let live: Vec<(&JobId, &Entry)> =
            self.jobs.iter().filter(|(_, entry)| entry.changed && entry.ended.is_none()).collect();
        if live.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = live.iter().map(|(job, _)| job.0).collect();
        let found_states: Vec<_> = live.iter().map(|(_, entry)| entry.found.0.as_str().to_owned()).collect();
        let found_fences: Vec<_> = live.iter().map(|(_, entry)| signed(entry.found.2)).collect();
        let states: Vec<_> = live.iter().map(|(_, entry)| entry.job.state.as_str().to_owned()).collect();
        let fences: Vec<_> = live.iter().map(|(_, entry)| signed(entry.job.fence)).collect();
        let attempts: Vec<_> = live.iter().map(|(_, entry)| signed(entry.job.attempt)).collect();
        let counts: Vec<_> = live.iter().map(|(_, entry)| signed(entry.job.attempts_ended)).collect();
        let ready: Vec<_> = live.iter().map(|(_, entry)| entry.job.ready_at).collect();
        let deadlines: Vec<_> = live.iter().map(|(_, entry)| entry.job.deadline).collect();
        let cancelled: Vec<_> = live.iter().map(|(_, entry)| entry.job.cancel_requested).collect();
        let exit_codes: Vec<_> = live.iter().map(|(_, entry)| entry.details.exit_code).collect();
        let codes: Vec<_> = live.iter().map(|(_, entry)| entry.details.reason_code.clone()).collect();
        let reasons: Vec<_> = live.iter().map(|(_, entry)| entry.details.reason.clone()).collect();
        let percents: Vec<_> = live
            .iter()
            .map(|(_, entry)| entry.progress.as_ref().map(|(percent, _)| signed(*percent)))
            .collect();
        let messages: Vec<_> = live
            .iter()
            .map(|(_, entry)| entry.progress.as_ref().map(|(_, message)| message.clone()))
            .collect();
        let written = sqlx::query!(
            "UPDATE jobs SET
                 state = live.state, attempt = live.attempt, fence = live.fence, attempts_ended = live.attempts_ended,
                 ready_at = live.ready_at, deadline = live.deadline,
                 cancel_requested_at = CASE WHEN live.cancelled THEN coalesce(jobs.cancel_requested_at, purvey_now()) END,
                 exit_code = coalesce(live.exit_code, jobs.exit_code),
                 reason_code = CASE WHEN live.reason_code <> '' THEN live.reason_code ELSE jobs.reason_code END,
                 reason = CASE WHEN live.reason_code <> '' THEN live.reason ELSE jobs.reason END,
                 progress_percent = coalesce(live.percent, jobs.progress_percent),
                 progress_message = coalesce(live.message, jobs.progress_message),
                 started_at = CASE WHEN live.fence > 0 THEN coalesce(jobs.started_at, purvey_now()) END,
                 changed_xid = pg_current_xact_id()
             FROM UNNEST($1::uuid[], $2::text[], $3::int[], $4::text[], $5::int[], $6::int[], $7::int[],
                         $8::timestamptz[], $9::timestamptz[], $10::bool[], $11::int[], $12::text[], $13::text[],
                         $14::int[], $15::text[])
                 AS live(job_id, found_state, found_fence, state, fence, attempt, attempts_ended, ready_at, deadline,
                         cancelled, exit_code, reason_code, reason, percent, message)
             WHERE jobs.job_id = live.job_id AND jobs.state = live.found_state AND jobs.fence = live.found_fence",
            &ids,
            &found_states,
            &found_fences,
            &states,
            &fences,
            &attempts,
            &counts,
            &ready,
            &deadlines as &[Option<OffsetDateTime>],
            &cancelled,
            &exit_codes as &[Option<i32>],
            &codes,
            &reasons,
            &percents as &[Option<i32>],
            &messages as &[Option<String>],
        )
        .execute(connection)
        .await?;
        expect_rows(written.rows_affected(), live.len())
    }

    pub(super) async fn write_attempts(&self, connection: &mut PgConnection) -> Result<(), Error> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.attempts.keys().map(|(job, _)| job.0).collect();
        let numbers: Vec<_> = self.attempts.keys().map(|(_, attempt)| signed(*attempt)).collect();
        let servers: Vec<_> = self.attempts.values().map(|row| row.server.0).collect();
        let states: Vec<_> = self.attempts.values().map(|row| row.state.to_owned()).collect();
        let finals: Vec<_> = self
            .attempts
            .values()
            .map(|row| row.final_chunk_seq.and_then(|seq| i64::try_from(seq).ok()))
            .collect();
        sqlx::query!(
            "UPDATE attempts SET
                 state = changed.state,
                 accepted_at = CASE WHEN changed.state IN ('accepted', 'ended') THEN coalesce(attempts.accepted_at, purvey_now())
                                    ELSE attempts.accepted_at END,
                 ended_at = CASE WHEN changed.state = 'ended' THEN purvey_now() ELSE attempts.ended_at END,
                 final_chunk_seq = coalesce(changed.final_chunk_seq, attempts.final_chunk_seq)
             FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::bigint[])
                 AS changed(job_id, server_uid, attempt, state, final_chunk_seq)
             WHERE attempts.job_id = changed.job_id AND attempts.server_uid = changed.server_uid
                 AND attempts.attempt = changed.attempt",
            &ids,
            &servers,
            &numbers,
            &states,
            &finals as &[Option<i64>],
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    pub(super) async fn write_installs(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let changed: Vec<(&InstallUid, &Install)> =
            self.installs.iter().filter(|(_, install)| install.changed).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let news =
            |install: &Install| install.news.as_ref().map(|news| (news.observed, news.generation, news.job));
        let uids: Vec<_> = changed.iter().map(|(uid, _)| uid.0).collect();
        let ended: Vec<_> = changed.iter().map(|(_, install)| install.job_ended).collect();
        let states: Vec<_> = changed
            .iter()
            .map(|(_, install)| news(install).map(|(state, ..)| state.as_str().to_owned()))
            .collect();
        let generations: Vec<_> =
            changed.iter().map(|(_, install)| news(install).map(|(_, n, _)| n)).collect();
        let jobs: Vec<_> = changed.iter().map(|(_, install)| news(install).map(|(.., job)| job.0)).collect();
        let versions: Vec<_> = changed
            .iter()
            .map(|(_, install)| install.news.as_ref().map(|news| news.version.clone()))
            .collect();
        let outputs: Vec<_> = changed
            .iter()
            .map(|(_, install)| install.news.as_ref().and_then(|news| news.outputs.clone()).map(Json))
            .collect();
        let deleted: Vec<_> = changed
            .iter()
            .map(|(_, install)| install.news.as_ref().is_some_and(|news| news.deleted))
            .collect();
        let written = sqlx::query!(
            "UPDATE installs SET
                 job_ended = changed.job_ended,
                 observed_state = coalesce(changed.observed_state, installs.observed_state),
                 observed_generation = greatest(installs.observed_generation, changed.observed_generation),
                 observed_version = coalesce(changed.observed_version, installs.observed_version),
                 observed_job = coalesce(changed.observed_job, installs.observed_job),
                 outputs = coalesce(changed.outputs, installs.outputs),
                 deleted_at = CASE WHEN changed.deleted THEN purvey_now() ELSE installs.deleted_at END,
                 updated_at = purvey_now(),
                 changed_xid = pg_current_xact_id()
             FROM UNNEST($1::uuid[], $2::bool[], $3::text[], $4::bigint[], $5::text[], $6::uuid[], $7::jsonb[], $8::bool[])
                 AS changed(install_uid, job_ended, observed_state, observed_generation, observed_version, observed_job,
                            outputs, deleted)
             WHERE installs.install_uid = changed.install_uid",
            &uids,
            &ended,
            &states as &[Option<String>],
            &generations as &[Option<i64>],
            &versions as &[Option<String>],
            &jobs as &[Option<uuid::Uuid>],
            &outputs as &[Option<Json<BTreeMap<String, String>>>],
            &deleted,
        )
        .execute(connection)
        .await?;
        expect_rows(written.rows_affected(), changed.len())
    }
}

fn expect_rows(written: u64, wanted: usize) -> Result<(), Error> {
    if written == wanted as u64 {
        return Ok(());
    }
    // The rows were locked when they were read: only a bug of ours can get here.
    Err(Error::internal(format!("{written} rows were written where {wanted} were locked")))
}

/// Attempt numbers and counts are small: a job has at most a few thousand offers.
fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
