//! Keeps the partitions of history four weeks ahead, and drops those past their retention.

use crate::ctx::Ctx;
use crate::error::Error;

/// Makes what is missing and, with `keep_weeks`, drops what is older. A partition is dropped only when no live job id lies below
/// its upper bound.
pub async fn run(cx: &Ctx, keep_weeks: Option<u32>) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    // Never queue behind a long reader, and everybody else behind us.
    sqlx::query("SET LOCAL lock_timeout = '2s'").execute(&mut *tx).await?;
    // One replica at a time; the others have nothing to do then.
    let alone =
        sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(hashtext('purvey partitions')) AS "alone!""#)
            .fetch_one(&mut *tx)
            .await?;
    if !alone {
        return Ok(());
    }
    let made = sqlx::query_scalar!(
        r#"SELECT purvey_make_partitions(purvey_now(), purvey_now() + interval '28 days') AS "made!""#
    )
    .fetch_one(&mut *tx)
    .await?;
    let dropped = match keep_weeks {
        Some(weeks) => {
            let weeks = i32::try_from(weeks).unwrap_or(i32::MAX);
            sqlx::query_scalar!(r#"SELECT purvey_drop_partitions($1) AS "dropped!""#, weeks)
                .fetch_one(&mut *tx)
                .await?
        }
        None => 0,
    };
    tx.commit().await?;
    if made > 0 || dropped > 0 {
        tracing::info!(made, dropped, "partitions of history");
    }
    Ok(())
}
