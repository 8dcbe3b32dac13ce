//! The lane of output: chunks, without gaps.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Chunk, Reply};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::fleet::group_commit::Writer;

pub(super) struct OutputWriter<'c>(pub(super) &'c Ctx);

impl Writer<Chunk> for OutputWriter<'_> {
    async fn write(&self, batch: &[Chunk]) -> Result<(), Error> {
        write_output(self.0, batch).await
    }

    // Unacknowledged: the agent keeps it, and sends it again on its next stream.
    fn give_up(&self, _: &Chunk, _: &Error) {}
}

async fn write_output(cx: &Ctx, items: &[Chunk]) -> Result<(), Error> {
    let mut keys: Vec<(Uuid, Uuid, i32)> = items.iter().map(attempt_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let jobs: Vec<_> = keys.iter().map(|(job, ..)| *job).collect();
    let servers: Vec<_> = keys.iter().map(|(_, server, _)| *server).collect();
    let numbers: Vec<_> = keys.iter().map(|(.., attempt)| *attempt).collect();

    let mut tx = cx.begin().await?;
    let rows = sqlx::query!(
        "SELECT a.job_id, a.server_uid, a.attempt, a.chunk_seq, a.incarnation
         FROM UNNEST($1::uuid[], $2::uuid[], $3::int[]) AS named(job_id, server_uid, attempt)
         JOIN attempts a ON a.job_id = named.job_id AND a.server_uid = named.server_uid AND a.attempt = named.attempt
         ORDER BY a.job_id, a.server_uid, a.attempt
         FOR UPDATE OF a",
        &jobs,
        &servers,
        &numbers,
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut stored: BTreeMap<(Uuid, Uuid, i32), (i64, i32)> = rows
        .into_iter()
        .map(|row| ((row.job_id, row.server_uid, row.attempt), (row.chunk_seq, row.incarnation)))
        .collect();
    let mut columns = ChunkColumns::default();
    for chunk in items {
        let key = attempt_key(chunk);
        let Some((last, incarnation)) = stored.get_mut(&key) else { continue };
        let seq = i64::try_from(chunk.chunk_seq).unwrap_or(i64::MAX);
        // A repeat is acknowledged again below; what comes after a gap is not stored, and the agent resends.
        if u32::try_from(*incarnation) == Ok(chunk.agent.incarnation) && seq == *last + 1 {
            *last = seq;
            columns.push(chunk, key, seq);
        }
    }
    columns.insert(&mut tx).await?;
    let keys: Vec<_> = stored.keys().copied().collect();
    let jobs: Vec<_> = keys.iter().map(|(job, ..)| *job).collect();
    let servers: Vec<_> = keys.iter().map(|(_, server, _)| *server).collect();
    let numbers: Vec<_> = keys.iter().map(|(.., attempt)| *attempt).collect();
    let seqs: Vec<_> = stored.values().map(|(seq, _)| *seq).collect();
    sqlx::query!(
        "UPDATE attempts SET chunk_seq = logged.chunk_seq
         FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::bigint[]) AS logged(job_id, server_uid, attempt, chunk_seq)
         WHERE attempts.job_id = logged.job_id AND attempts.server_uid = logged.server_uid
             AND attempts.attempt = logged.attempt AND attempts.chunk_seq < logged.chunk_seq",
        &jobs,
        &servers,
        &numbers,
        &seqs,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;

    let mut told = BTreeSet::new();
    for chunk in items.iter().rev() {
        let key = attempt_key(chunk);
        if !told.insert(key) {
            continue;
        }
        // An attempt that is unknown here swallows its output: it was never offered to this server.
        let chunk_seq = match stored.get(&key) {
            Some((last, _)) => u64::try_from(*last).unwrap_or_default(),
            None => chunk.chunk_seq,
        };
        let _ = chunk.replies.send(Reply::Logged { job: chunk.job, attempt: chunk.attempt, chunk_seq });
    }
    cx.waker.changed();
    Ok(())
}

fn attempt_key(chunk: &Chunk) -> (Uuid, Uuid, i32) {
    (chunk.job.0, chunk.agent.server.0, i32::try_from(chunk.attempt).unwrap_or(0))
}

#[derive(Default)]
struct ChunkColumns {
    jobs: Vec<Uuid>,
    servers: Vec<Uuid>,
    attempts: Vec<i32>,
    seqs: Vec<i64>,
    projects: Vec<Uuid>,
    first_lines: Vec<i64>,
    lines: Vec<i32>,
    payloads: Vec<Vec<u8>>,
}

impl ChunkColumns {
    fn push(&mut self, chunk: &Chunk, (job, server, attempt): (Uuid, Uuid, i32), seq: i64) {
        self.jobs.push(job);
        self.servers.push(server);
        self.attempts.push(attempt);
        self.seqs.push(seq);
        self.projects.push(chunk.agent.project.0);
        self.first_lines.push(i64::try_from(chunk.first_line).unwrap_or(i64::MAX));
        self.lines.push(i32::try_from(chunk.lines).unwrap_or(i32::MAX));
        self.payloads.push(chunk.payload.clone());
    }

    async fn insert(&self, connection: &mut PgConnection) -> Result<(), Error> {
        if self.jobs.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO log_chunks (job_id, server_uid, attempt, chunk_seq, project_id, first_line, lines, payload)
             SELECT job_id, server_uid, attempt, chunk_seq, project_id, first_line, lines, payload
             FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::uuid[], $6::bigint[], $7::int[], $8::bytea[])
                 AS cut(job_id, server_uid, attempt, chunk_seq, project_id, first_line, lines, payload)
             ON CONFLICT ON CONSTRAINT log_chunks_pkey DO NOTHING",
            &self.jobs,
            &self.servers,
            &self.attempts,
            &self.seqs,
            &self.projects,
            &self.first_lines,
            &self.lines,
            &self.payloads,
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}
