//! Reading a job's output: chunk by chunk, attempt by attempt, to the end that the receipts vouch for.
//!
//! Persisted by `reports.rs`. What a chunk holds is the agents' protocol's business; here it is bytes with line numbers.

use std::time::Duration;

use purvey_contract::id::{JobId, ProjectUid, ServerUid};
use tokio::sync::watch;

use super::jobs;
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::policy::Permission;

/// Chunks read at a time: at most 80 KiB each.
const PAGE: i64 = 32;
/// A follower looks again after this time even if nothing told it to.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long after a job's end output that its receipt vouches for is waited for.
const INCOMPLETE_AFTER_SECONDS: f64 = 60.0;

/// A line's place: where reading goes on after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The attempt, from 1.
    pub attempt: u32,
    /// The line's number in the attempt, from 1.
    pub line: u64,
}

impl std::str::FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.split_once(':')
            .and_then(|(attempt, line)| {
                Some(Self { attempt: attempt.parse().ok()?, line: line.parse().ok()? })
            })
            .ok_or_else(|| {
                Error::invalid(
                    "after",
                    "INVALID_CURSOR",
                    "`attempt:line` is needed, as in an earlier answer: `1:42`",
                )
            })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.attempt, self.line)
    }
}

/// A stored chunk.
#[derive(Clone, Debug)]
pub struct StoredChunk {
    /// The attempt.
    pub attempt: u32,
    /// The bytes as the agent sent them.
    pub payload: Vec<u8>,
}

/// What comes next of a job's output.
#[derive(Clone, Debug)]
pub enum Next {
    /// Chunks in order.
    Chunks(Vec<StoredChunk>),
    /// Output of this attempt is missing, and no longer waited for (`logs_incomplete`).
    Incomplete(Cursor),
}

/// Reads a job's output from a place on.
pub struct Reader {
    cx: Ctx,
    job: JobId,
    server: ServerUid,
    follow: bool,
    attempt: u32,
    chunk_seq: i64,
    after: Cursor,
    done: bool,
    changes: watch::Receiver<u64>,
}

/// Begins to read a job's output after a line. With `follow`, it goes on until the job has ended and all has been read.
pub async fn read(
    cx: &Ctx,
    project: ProjectUid,
    job: JobId,
    after: Cursor,
    follow: bool,
) -> Result<Reader, Error> {
    let job = jobs::get(cx, project, job).await?;
    cx.authorize(Permission::JobsReadLogs, &job)?;
    let changes = cx.waker.subscribe();
    let mut reader = Reader {
        cx: cx.clone(),
        job: job.id,
        server: job.server_uid,
        follow,
        attempt: after.attempt.max(1),
        chunk_seq: 0,
        after,
        done: false,
        changes,
    };
    reader.chunk_seq = retrying!(reader.chunks_before())?;
    Ok(reader)
}

impl Reader {
    /// Only lines after this one are new to the caller: the first chunk may begin before it.
    pub fn after(&self) -> Cursor {
        self.after
    }

    /// What comes next; none at the end.
    pub async fn next(&mut self) -> Result<Option<Next>, Error> {
        loop {
            if self.done {
                return Ok(None);
            }
            self.changes.mark_unchanged();
            let chunks = retrying!(self.page())?;
            if let Some((last, _)) = chunks.last() {
                self.chunk_seq = *last;
                let attempt = self.attempt;
                let stored = |(_, payload)| StoredChunk { attempt, payload };
                return Ok(Some(Next::Chunks(chunks.into_iter().map(stored).collect())));
            }
            match retrying!(self.standing())? {
                Standing::More => continue,
                Standing::NextAttempt { incomplete } => {
                    let at = Cursor { attempt: self.attempt, line: u64::MAX };
                    self.attempt += 1;
                    self.chunk_seq = 0;
                    if incomplete {
                        return Ok(Some(Next::Incomplete(at)));
                    }
                }
                Standing::Ended { incomplete } => {
                    self.done = true;
                    if incomplete {
                        return Ok(Some(Next::Incomplete(Cursor { attempt: self.attempt, line: u64::MAX })));
                    }
                }
                Standing::Waiting if !self.follow => self.done = true,
                Standing::Waiting => tokio::select! {
                    // Either is a reason to look; which one does not matter.
                    _ = tokio::time::timeout(LOOK_AGAIN, self.changes.changed()) => {}
                    // Another replica goes on, from the last cursor.
                    () = self.cx.draining.cancelled() => return Err(Error::Unavailable(None)),
                },
            }
        }
    }

    async fn chunks_before(&self) -> Result<i64, Error> {
        let seq = sqlx::query_scalar!(
            r#"SELECT coalesce(max(chunk_seq), 0) AS "seq!" FROM log_chunks
               WHERE job_id = $1 AND server_uid = $2 AND attempt = $3 AND first_line + lines - 1 <= $4"#,
            self.job.0,
            self.server.0,
            i32::try_from(self.attempt).unwrap_or(i32::MAX),
            i64::try_from(self.after.line).unwrap_or(i64::MAX),
        )
        .fetch_one(&self.cx.db)
        .await?;
        Ok(seq)
    }

    async fn page(&self) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let rows = sqlx::query!(
            "SELECT chunk_seq, payload FROM log_chunks
             WHERE job_id = $1 AND server_uid = $2 AND attempt = $3 AND chunk_seq > $4
             ORDER BY chunk_seq LIMIT $5",
            self.job.0,
            self.server.0,
            i32::try_from(self.attempt).unwrap_or(i32::MAX),
            self.chunk_seq,
            PAGE,
        )
        .fetch_all(&self.cx.db)
        .await?;
        Ok(rows.into_iter().map(|row| (row.chunk_seq, row.payload)).collect())
    }

    /// Whether more can come of this attempt, or of a later one.
    async fn standing(&self) -> Result<Standing, Error> {
        let row = sqlx::query!(
            r#"SELECT a.state AS "state?", a.chunk_seq AS "chunk_seq?", a.final_chunk_seq,
                   EXISTS (SELECT 1 FROM attempts later WHERE later.job_id = $1 AND later.server_uid = $2
                       AND later.attempt > $3) AS "has_later!",
                   f.job_id IS NOT NULL AS "ended!",
                   coalesce(extract(epoch FROM purvey_now() - f.ended_at)::float8, 0) AS "ended_seconds!"
               FROM (SELECT 1) AS one
               LEFT JOIN attempts a ON a.job_id = $1 AND a.server_uid = $2 AND a.attempt = $3
               LEFT JOIN finished_jobs f ON f.job_id = $1 AND f.server_uid = $2"#,
            self.job.0,
            self.server.0,
            i32::try_from(self.attempt).unwrap_or(i32::MAX),
        )
        .fetch_one(&self.cx.db)
        .await?;
        if row.chunk_seq.is_some_and(|stored| stored > self.chunk_seq) {
            return Ok(Standing::More);
        }
        let complete = match (row.state.as_deref(), row.final_chunk_seq) {
            (Some("ended"), Some(wanted)) => self.chunk_seq >= wanted,
            (Some("ended" | "void"), None) => true,
            (Some(_), _) => false,
            (None, _) => true,
        };
        let given_up = row.ended && row.ended_seconds > INCOMPLETE_AFTER_SECONDS;
        let incomplete = !complete && row.final_chunk_seq.is_some();
        Ok(match (complete || given_up, row.has_later) {
            (true, true) => Standing::NextAttempt { incomplete },
            (true, false) if row.ended => Standing::Ended { incomplete },
            (false, true) if !self.follow => Standing::NextAttempt { incomplete: false },
            _ => Standing::Waiting,
        })
    }
}

enum Standing {
    More,
    NextAttempt { incomplete: bool },
    Ended { incomplete: bool },
    Waiting,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_attempt_and_line() {
        assert_eq!("2:17".parse::<Cursor>().unwrap(), Cursor { attempt: 2, line: 17 });
        assert_eq!(Cursor { attempt: 2, line: 17 }.to_string(), "2:17");
        for bad in ["", "2", "2:", ":1", "a:b", "-1:2", "1:2:3"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
