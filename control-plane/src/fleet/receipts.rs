//! Receipts as callers see them. `reports.rs` verifies and stores them.

use purvey_contract::dsse::Envelope;
use purvey_contract::id::{JobId, ProjectUid};
use purvey_contract::receipt::Receipt;
use time::OffsetDateTime;

use super::jobs;
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::policy::Permission;

/// A stored receipt with what vouches for it. The envelopes are JSON.
#[derive(Clone, Debug)]
pub struct StoredReceipt {
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: u32,
    /// What it says.
    pub receipt: Receipt,
    /// When it arrived, by the database's clock.
    pub received_at: OffsetDateTime,
    /// The receipt as the agent signed it.
    pub envelope: Vec<u8>,
    /// The control plane's word on when it arrived.
    pub countersignature: Vec<u8>,
    /// The agent's keys, countersigned.
    pub key_statement: Vec<u8>,
    /// The job as it was signed for the agent.
    pub job_envelope: Vec<u8>,
}

/// Reads the receipt of an attempt; 0 means the latest that has one.
pub async fn get(cx: &Ctx, project: ProjectUid, job: JobId, attempt: u32) -> Result<StoredReceipt, Error> {
    let job = jobs::get(cx, project, job).await?;
    retrying!(find(cx, &job, attempt))?.ok_or_else(|| Error::not_found("receipt of job", job.id))
}

/// The same with the trust documents in force, in ascending order: all that is needed to verify it off-line.
pub async fn export(
    cx: &Ctx,
    project: ProjectUid,
    job: JobId,
    attempt: u32,
) -> Result<(StoredReceipt, Vec<Vec<u8>>), Error> {
    let receipt = get(cx, project, job, attempt).await?;
    Ok((receipt, cx.keys.trust_chain(0)))
}

async fn find(cx: &Ctx, job: &jobs::Job, attempt: u32) -> Result<Option<StoredReceipt>, Error> {
    cx.authorize(Permission::JobsRead, job)?;
    let row = sqlx::query!(
        "SELECT r.attempt, r.envelope, r.countersignature, r.received_at, i.key_statement, a.envelope AS job_envelope
         FROM receipts r
         JOIN incarnations i ON i.server_uid = r.server_uid AND i.incarnation = r.incarnation
         JOIN attempts a ON a.job_id = r.job_id AND a.server_uid = r.server_uid AND a.attempt = r.attempt
         WHERE r.job_id = $1 AND r.server_uid = $2 AND ($3 = 0 OR r.attempt = $3)
         ORDER BY r.attempt DESC LIMIT 1",
        job.id.0,
        job.server_uid.0,
        i32::try_from(attempt).unwrap_or(i32::MAX),
    )
    .fetch_optional(&cx.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let corrupt = |column| Error::corrupt("receipts", column, job.id);
    Ok(Some(StoredReceipt {
        job: job.id,
        attempt: u32::try_from(row.attempt).map_err(|_| corrupt("attempt"))?,
        receipt: Envelope::from_json(&row.envelope)
            .and_then(|it| it.peek())
            .map_err(|_| corrupt("envelope"))?,
        received_at: row.received_at,
        envelope: row.envelope,
        countersignature: row.countersignature,
        key_statement: row.key_statement,
        job_envelope: row.job_envelope,
    }))
}
