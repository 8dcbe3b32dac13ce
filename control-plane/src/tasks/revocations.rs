//! Cuts connections of incarnations that ended on another replica. Here they are cut at once.

use purvey_contract::id::ServerUid;
use sqlx::types::time::OffsetDateTime;

use crate::ctx::Ctx;
use crate::error::Error;

/// Looks at what has ended since shortly before the last look, and answers when this one was.
pub async fn run(cx: &Ctx, since: Option<OffsetDateTime>) -> Result<OffsetDateTime, Error> {
    let now = sqlx::query_scalar!(r#"SELECT purvey_now() AS "now!""#).fetch_one(&cx.db).await?;
    // A transaction takes its time before others see what it did at that time.
    let rows = sqlx::query!(
        "SELECT server_uid, incarnation FROM incarnations
         WHERE ended_at > coalesce($1, purvey_now()) - interval '30 seconds'",
        since,
    )
    .fetch_all(&cx.db)
    .await?;
    for row in rows {
        let incarnation = u32::try_from(row.incarnation).unwrap_or(0);
        let cut = cx.connections.cut(ServerUid(row.server_uid), incarnation);
        if cut > 0 {
            tracing::info!(server.id = %row.server_uid, server.incarnation = incarnation, cut, "cut an ended identity's connections");
        }
    }
    Ok(now)
}
