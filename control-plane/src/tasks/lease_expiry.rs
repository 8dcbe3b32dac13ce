//! Offers whose agents never accepted go back to the queue; accepted attempts whose agents fell silent for good are lost.

use purvey_contract::id::JobId;

use crate::ctx::Ctx;
use crate::error::Error;
use crate::fleet::job_state::{Event, Live};
use crate::fleet::transitions::{Batch, Details};

/// Jobs in a transaction.
const BATCH: i64 = 500;

/// Ends what is past its deadline. Answers how many jobs that was; as many as fit into a batch means that there may be more.
pub async fn run(cx: &Ctx) -> Result<usize, Error> {
    let overdue = sqlx::query_scalar!(
        "SELECT job_id FROM jobs WHERE deadline <= purvey_now() ORDER BY deadline LIMIT $1",
        BATCH
    )
    .fetch_all(&cx.db)
    .await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let overdue: Vec<JobId> = overdue.into_iter().map(JobId).collect();
    let mut tx = cx.begin().await?;
    let mut batch = Batch::lock(&mut tx, cx.lost_after(), &overdue).await?;
    let now = batch.now();
    for job in &overdue {
        let Some(entry) = batch.get(*job).filter(|entry| entry.job.deadline.is_some_and(|at| at <= now))
        else {
            continue;
        };
        let (event, details) = match entry.job.state {
            Live::Offered => (Event::LeaseEnded { attempt: entry.job.attempt }, Details::default()),
            _ => (Event::DeadlinePassed, lost()),
        };
        // Rejected if the agent was faster.
        let _ = batch.apply(*job, &event, details, cx.jitter());
    }
    batch.write(&mut tx).await?;
    tx.commit().await?;
    cx.waker.wake(batch.servers());
    cx.metrics.count_ended(batch.ended());
    Ok(overdue.len())
}

fn lost() -> Details {
    Details {
        reason_code: "AGENT_SILENT".to_owned(),
        reason: "the agent accepted the job and was not heard of until long past its timeout".to_owned(),
        ..Details::default()
    }
}
