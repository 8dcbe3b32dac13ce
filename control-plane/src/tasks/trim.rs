//! Removes what has served its time: request ids after a day, join tokens a month after their end.

use crate::ctx::Ctx;
use crate::error::Error;

/// Rows in a transaction.
const BATCH: i64 = 5000;

/// Removes up to a batch of each.
pub async fn run(cx: &Ctx) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM request_ids WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM request_ids WHERE created_at < purvey_now() - interval '24 hours' LIMIT $1))",
        BATCH
    )
    .execute(&cx.db)
    .await?;
    sqlx::query!(
        "DELETE FROM join_tokens WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM join_tokens WHERE expires_at < purvey_now() - interval '30 days' LIMIT $1))",
        BATCH
    )
    .execute(&cx.db)
    .await?;
    Ok(())
}
