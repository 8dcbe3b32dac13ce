//! Wakes servers whose jobs' pause between attempts is over.

use time::OffsetDateTime;

use purvey_contract::id::ServerUid;

use crate::ctx::Ctx;
use crate::error::Error;

/// Wakes what became ready since `since` (none: nothing; the slow poll sees to it), and answers until when it looked.
pub async fn run(cx: &Ctx, since: Option<OffsetDateTime>) -> Result<OffsetDateTime, Error> {
    let now = sqlx::query_scalar!(r#"SELECT purvey_now() AS "now!""#).fetch_one(&cx.db).await?;
    let Some(since) = since else { return Ok(now) };
    let due = sqlx::query_scalar!(
        "SELECT DISTINCT server_uid FROM jobs WHERE state = 'queued' AND ready_at > $1 AND ready_at <= $2 AND attempt > 0",
        since,
        now,
    )
    .fetch_all(&cx.db)
    .await?;
    cx.waker.mark_dirty(due.into_iter().map(ServerUid));
    Ok(now)
}
