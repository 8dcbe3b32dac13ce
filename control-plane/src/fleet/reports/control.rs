//! The lane that decides jobs' ways: acceptances, progress, receipts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use purvey_contract::action::is_retryable;
use purvey_contract::dsse::{Envelope, PublicKey};
use purvey_contract::id::{Digest, JobId, ServerUid};
use purvey_contract::receipt::{Countersignature, Outcome, Receipt};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Control, ControlEvent, MAX_RECEIPT_BYTES, Reply};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::fleet::group_commit::Writer;
use crate::fleet::job_state::{Event, Final, Rejected, State};
use crate::fleet::sessions::Agent;
use crate::fleet::transitions::{Batch, Details, correct_observed};

pub(super) struct ControlWriter<'c>(pub(super) &'c Ctx);

impl Writer<Control> for ControlWriter<'_> {
    async fn write(&self, batch: &[Control]) -> Result<(), Error> {
        write_control(self.0, batch).await
    }

    fn give_up(&self, item: &Control, _: &Error) {
        if let ControlEvent::Receipt { receipt, .. } = &item.event {
            let outcome = Err("the receipt cannot be stored");
            let _ =
                item.replies.send(Reply::Received { job: receipt.job, attempt: receipt.attempt, outcome });
        }
    }
}

/// Verifies a receipt's signature by the incarnation's key, and that it speaks of this agent.
pub fn verify_receipt(agent: Agent, key: PublicKey, envelope: Vec<u8>) -> Result<ControlEvent, Error> {
    let invalid = |message: String| Error::invalid("receipt.envelope", "INVALID_RECEIPT", message);
    if envelope.len() > MAX_RECEIPT_BYTES {
        return Err(invalid(format!("at most {MAX_RECEIPT_BYTES} bytes are allowed")));
    }
    let verified = Envelope::from_json(&envelope)
        .and_then(|envelope| envelope.verify::<Receipt>(&[key]))
        .map_err(|error| invalid(error.to_string()))?;
    let receipt = verified.document;
    if (receipt.server, receipt.incarnation) != (agent.server, agent.incarnation) {
        return Err(invalid("it speaks of another server or incarnation than the certificate".to_owned()));
    }
    Ok(ControlEvent::Receipt { envelope, receipt: Box::new(receipt), digest: verified.payload_digest })
}

/// A job, the server that speaks of it, and the attempt: one server's word says nothing of another's attempt.
type AttemptKey = (JobId, ServerUid, u32);

/// What the store knows of an attempt that a report names.
struct StoredAttempt {
    incarnation: u32,
    job_digest: Vec<u8>,
    state: String,
    has_receipt: bool,
}

async fn write_control(cx: &Ctx, items: &[Control]) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let named = name_attempts(&mut tx, items).await?;
    let jobs: Vec<JobId> =
        named.iter().flatten().map(|(job, _)| *job).collect::<BTreeSet<_>>().into_iter().collect();
    let mut batch = Batch::lock(&mut tx, cx.lost_after(), &jobs).await?;
    let mut attempts = load_attempts(&mut tx, items, &named).await?;
    let now = batch.now();

    let mut replies: Vec<Option<Reply>> = Vec::with_capacity(items.len());
    let mut receipts = Vec::new();
    let mut late = Vec::new();
    for (item, named) in items.iter().zip(&named) {
        let reply = match (&item.event, named) {
            (ControlEvent::Progress { percent, message, .. }, Some((job, attempt))) => {
                if attempts.contains_key(&(*job, item.agent.server, *attempt)) {
                    batch.progress(*job, *attempt, *percent, message.clone());
                }
                None
            }
            (ControlEvent::Accepted { job_digest, .. }, Some((job, attempt))) => {
                let known = attempts.get(&(*job, item.agent.server, *attempt)).filter(|stored| {
                    stored.incarnation == item.agent.incarnation && stored.job_digest == job_digest.0
                });
                let event = Event::Accepted { attempt: *attempt };
                let applied = match known {
                    Some(_) => batch.apply(*job, &event, Details::default(), cx.jitter()),
                    None => Err(Rejected::Stale),
                };
                let stop = !matches!(applied, Ok(_) | Err(Rejected::Duplicate));
                Some(Reply::Accepted { job: *job, attempt: *attempt, stop })
            }
            (ControlEvent::BadReceipt { why, .. }, Some((job, attempt))) => {
                let runs = batch.get(*job).is_some_and(|entry| entry.job.fence == *attempt);
                if runs && attempts.contains_key(&(*job, item.agent.server, *attempt)) {
                    let details = Details {
                        reason_code: "RECEIPT_INVALID".to_owned(),
                        reason: clip(why, 2000),
                        ..Details::default()
                    };
                    // Rejected if it does not run: then nothing waits for this receipt.
                    let _ = batch.apply(*job, &Event::Forgotten, details, cx.jitter());
                }
                Some(Reply::Received {
                    job: Some(*job),
                    attempt: Some(*attempt),
                    outcome: Err("it is no valid receipt"),
                })
            }
            (ControlEvent::Receipt { envelope, receipt, digest }, Some((job, attempt))) => {
                let outcome = take_receipt(cx, &mut batch, &mut attempts, item, receipt, (*job, *attempt));
                Some(match outcome {
                    Ok(taken) => {
                        let countersignature = countersign(cx, *digest, now);
                        if taken.store {
                            let countersignature = countersignature.clone();
                            receipts.push(NewReceipt {
                                item,
                                job: *job,
                                attempt: *attempt,
                                envelope,
                                countersignature,
                            });
                        }
                        late.extend(taken.late.map(|state| (*job, state, outputs(receipt))));
                        Reply::Received {
                            job: Some(*job),
                            attempt: Some(*attempt),
                            outcome: Ok(countersignature),
                        }
                    }
                    Err(reason) => {
                        Reply::Received { job: Some(*job), attempt: Some(*attempt), outcome: Err(reason) }
                    }
                })
            }
            (ControlEvent::Receipt { receipt, .. }, None) => Some(Reply::Received {
                job: receipt.job,
                attempt: receipt.attempt,
                outcome: Err("no attempt of this server belongs to it"),
            }),
            (_, None) => None,
        };
        replies.push(reply);
    }
    batch.write(&mut tx).await?;
    insert_receipts(&mut tx, &receipts, now).await?;
    for (job, state, outputs) in &late {
        correct_observed(&mut tx, *job, *state, outputs).await?;
    }
    tx.commit().await?;

    for (item, reply) in items.iter().zip(replies) {
        if let Some(reply) = reply {
            // A stream that is gone asks again when it comes back.
            let _ = item.replies.send(reply);
        }
    }
    cx.waker.wake(batch.servers().collect::<BTreeSet<_>>());
    cx.metrics.count_ended(batch.ended());
    Ok(())
}

/// Which attempt each item is about. A receipt for a job whose signature was not believed names only the job's digest.
async fn name_attempts(
    connection: &mut PgConnection,
    items: &[Control],
) -> Result<Vec<Option<(JobId, u32)>>, Error> {
    let mut named = Vec::with_capacity(items.len());
    for item in items {
        named.push(match &item.event {
            ControlEvent::Accepted { job, attempt, .. }
            | ControlEvent::Progress { job, attempt, .. }
            | ControlEvent::BadReceipt { job, attempt, .. } => Some((*job, *attempt)),
            ControlEvent::Receipt { receipt, .. } => match (receipt.job, receipt.attempt) {
                (Some(job), Some(attempt)) => Some((job, attempt)),
                _ => sqlx::query!(
                    "SELECT a.job_id, a.attempt FROM jobs j
                     JOIN attempts a ON a.job_id = j.job_id AND a.server_uid = j.server_uid AND a.attempt = j.attempt
                     WHERE j.server_uid = $1 AND j.state = 'offered' AND a.job_digest = $2",
                    item.agent.server.0,
                    &receipt.job_digest.0,
                )
                .fetch_optional(&mut *connection)
                .await?
                .and_then(|row| Some((JobId(row.job_id), u32::try_from(row.attempt).ok()?))),
            },
        });
    }
    Ok(named)
}

async fn load_attempts(
    connection: &mut PgConnection,
    items: &[Control],
    named: &[Option<(JobId, u32)>],
) -> Result<HashMap<AttemptKey, StoredAttempt>, Error> {
    let mut keys: Vec<(Uuid, Uuid, i32)> = items
        .iter()
        .zip(named)
        .filter_map(|(item, named)| {
            let (job, attempt) = (*named)?;
            Some((job.0, item.agent.server.0, i32::try_from(attempt).ok()?))
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let jobs: Vec<_> = keys.iter().map(|(job, ..)| *job).collect();
    let servers: Vec<_> = keys.iter().map(|(_, server, _)| *server).collect();
    let numbers: Vec<_> = keys.iter().map(|(.., attempt)| *attempt).collect();
    let rows = sqlx::query!(
        r#"SELECT a.job_id, a.server_uid, a.attempt, a.incarnation, a.job_digest, a.state, r.job_id IS NOT NULL AS "has_receipt!"
           FROM UNNEST($1::uuid[], $2::uuid[], $3::int[]) AS named(job_id, server_uid, attempt)
           JOIN attempts a ON a.job_id = named.job_id AND a.server_uid = named.server_uid AND a.attempt = named.attempt
           LEFT JOIN receipts r ON r.job_id = a.job_id AND r.server_uid = a.server_uid AND r.attempt = a.attempt
           ORDER BY a.job_id, a.server_uid, a.attempt
           FOR UPDATE OF a"#,
        &jobs,
        &servers,
        &numbers,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let corrupt = |column| Error::corrupt("attempts", column, row.job_id);
            let attempt = u32::try_from(row.attempt).map_err(|_| corrupt("attempt"))?;
            let stored = StoredAttempt {
                incarnation: u32::try_from(row.incarnation).map_err(|_| corrupt("incarnation"))?,
                job_digest: row.job_digest,
                state: row.state,
                has_receipt: row.has_receipt,
            };
            Ok(((JobId(row.job_id), ServerUid(row.server_uid), attempt), stored))
        })
        .collect()
}

struct Taken {
    store: bool,
    late: Option<Final>,
}

/// What a receipt does: ends its attempt; or, if the job is over already, corrects what is known of the install; or, if it
/// is a repeat, nothing.
fn take_receipt(
    cx: &Ctx,
    batch: &mut Batch,
    attempts: &mut HashMap<AttemptKey, StoredAttempt>,
    item: &Control,
    receipt: &Receipt,
    (job, attempt): (JobId, u32),
) -> Result<Taken, &'static str> {
    let stored = attempts
        .get_mut(&(job, item.agent.server, attempt))
        .ok_or("this server was never offered that attempt")?;
    if stored.incarnation != item.agent.incarnation {
        return Err("another incarnation of this server was offered that attempt");
    }
    if stored.job_digest != receipt.job_digest.0 {
        return Err("it is not a receipt for the job as it was signed");
    }
    if stored.has_receipt {
        return Ok(Taken { store: false, late: None });
    }
    let retryable = receipt.exit_code.is_none_or(is_retryable);
    let event = Event::Ended { attempt, outcome: receipt.outcome, retryable };
    let (reason_code, reason) = reason(receipt);
    let details = Details {
        exit_code: receipt.exit_code,
        reason_code,
        reason,
        final_chunk_seq: Some(receipt.log.chunks),
        outputs: outputs(receipt),
    };
    stored.has_receipt = true;
    let late = match batch.apply(job, &event, details, cx.jitter()) {
        Ok(State::Live(_) | State::Ended(_)) => None,
        Err(_) => match receipt.outcome {
            Outcome::Succeeded => Some(Final::Succeeded),
            Outcome::Failed | Outcome::TimedOut | Outcome::Interrupted => Some(Final::Failed),
            Outcome::Cancelled if stored.state == "ended" => Some(Final::Cancelled),
            Outcome::Refused | Outcome::Cancelled => None,
        },
    };
    Ok(Taken { store: true, late })
}

/// Why an attempt ended as it did: the agent's own word where it has one.
fn reason(receipt: &Receipt) -> (String, String) {
    if !receipt.reason_code.is_empty() {
        return (clip(&receipt.reason_code, 64), clip(&receipt.reason, 2000));
    }
    let (code, text) = match (receipt.outcome, receipt.exit_code) {
        (Outcome::Succeeded, _) => return (String::new(), String::new()),
        (Outcome::Failed, Some(code)) => ("EXIT_CODE", format!("the script ended with exit code {code}")),
        (Outcome::Failed, None) => ("SCRIPT_KILLED", "the script was ended by a signal".to_owned()),
        (Outcome::Refused, _) => ("REFUSED", "the agent refused the job".to_owned()),
        (Outcome::TimedOut, _) => ("TIMEOUT", "the script ran out of its time".to_owned()),
        (Outcome::Cancelled, _) => ("CANCELLED", "the script was stopped on request".to_owned()),
        (Outcome::Interrupted, _) => ("INTERRUPTED", "the agent ended while the script ran".to_owned()),
    };
    (code.to_owned(), text)
}

fn outputs(receipt: &Receipt) -> BTreeMap<String, String> {
    receipt.outputs.iter().map(|output| (clip(&output.name, 64), clip(&output.value, 64 << 10))).collect()
}

fn clip(text: &str, chars: usize) -> String {
    // PostgreSQL stores no NUL.
    text.chars().filter(|char| *char != '\0').take(chars).collect()
}

fn countersign(cx: &Ctx, receipt: Digest, received: OffsetDateTime) -> Vec<u8> {
    let statement = Countersignature { trust_domain: cx.keys.trust_domain().to_owned(), receipt, received };
    cx.keys.countersign(&statement).to_json()
}

/// A receipt to be stored.
struct NewReceipt<'a> {
    item: &'a Control,
    job: JobId,
    attempt: u32,
    envelope: &'a [u8],
    countersignature: Vec<u8>,
}

async fn insert_receipts(
    connection: &mut PgConnection,
    receipts: &[NewReceipt<'_>],
    now: OffsetDateTime,
) -> Result<(), Error> {
    if receipts.is_empty() {
        return Ok(());
    }
    let jobs: Vec<_> = receipts.iter().map(|new| new.job.0).collect();
    let servers: Vec<_> = receipts.iter().map(|new| new.item.agent.server.0).collect();
    let attempts: Vec<_> =
        receipts.iter().map(|new| i32::try_from(new.attempt).unwrap_or(i32::MAX)).collect();
    let projects: Vec<_> = receipts.iter().map(|new| new.item.agent.project.0).collect();
    let incarnations: Vec<_> =
        receipts.iter().map(|new| i32::try_from(new.item.agent.incarnation).unwrap_or(i32::MAX)).collect();
    let envelopes: Vec<_> = receipts.iter().map(|new| new.envelope.to_vec()).collect();
    let countersignatures: Vec<_> = receipts.iter().map(|new| new.countersignature.clone()).collect();
    sqlx::query!(
        "INSERT INTO receipts (job_id, server_uid, attempt, project_id, incarnation, envelope, countersignature, received_at)
         SELECT job_id, server_uid, attempt, project_id, incarnation, envelope, countersignature, $8
         FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::bytea[], $7::bytea[])
             AS taken(job_id, server_uid, attempt, project_id, incarnation, envelope, countersignature)
         ON CONFLICT ON CONSTRAINT receipts_pkey DO NOTHING",
        &jobs,
        &servers,
        &attempts,
        &projects,
        &incarnations,
        &envelopes,
        &countersignatures,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}
