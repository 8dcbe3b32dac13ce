//! Mutations that may be repeated. Every one runs in a [`Work`]: a transaction that also remembers, for 24 hours, what a
//! request id made (AIP-155), so that a repeat after a lost answer finds it instead of making it again.
//!
//! Stored: a keyed hash of the request and the uids it made. Not stored: the request, its answer, failures.

use purvey_contract::id::{ProjectUid, ServerUid};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::error::Error;

/// What makes two calls the same call.
pub struct Request {
    method: &'static str,
    request_id: Uuid,
    hash: [u8; 32],
}

impl Request {
    /// A call of `method` with that body. Without a `request_id` from the caller it gets one of its own, so that the control
    /// plane's own repeats after a lost commit are safe as well.
    pub fn new(cx: &Ctx, method: &'static str, request_id: &str, body: &[u8]) -> Result<Self, Error> {
        let request_id = if request_id.is_empty() {
            uuid::Builder::from_random_bytes(cx.random_bytes()).into_uuid()
        } else {
            request_id
                .parse()
                .map_err(|_| Error::invalid("request_id", "INVALID_UUID", "a UUID is needed (AIP-155)"))?
        };
        // Keyed: the body may hold secrets, of which no plain digest may be stored.
        Ok(Self { method, request_id, hash: cx.keys.mac("request", body) })
    }
}

/// What a repeated call finds.
pub enum Begun {
    /// Nothing was made yet: do it.
    Fresh(Work),
    /// This call has made these, in the order in which it named them.
    Repeat(Vec<Uuid>),
}

/// Begins the work of a call.
pub async fn begin(cx: &Ctx, project: ProjectUid, request: &Request) -> Result<Begun, Error> {
    let mut tx = cx.begin().await?;
    let found = sqlx::query!(
        "SELECT request_hash, made FROM request_ids
         WHERE project_id = $1 AND principal = $2 AND method = $3 AND request_id = $4",
        project.0,
        cx.principal.name(),
        request.method,
        request.request_id,
    )
    .fetch_optional(&mut *tx)
    .await?;
    match found {
        None => Ok(Begun::Fresh(Work {
            tx,
            project,
            method: request.method,
            request_id: request.request_id,
            hash: request.hash,
            wakes: Vec::new(),
        })),
        Some(row) if row.request_hash == request.hash => Ok(Begun::Repeat(row.made)),
        Some(_) => Err(Error::invalid(
            "request_id",
            "REQUEST_ID_REUSED",
            "this request id was used for another request; make a new one for each request",
        )),
    }
}

/// One call's transaction. Dropped without [`Work::commit`], it leaves nothing.
pub struct Work {
    tx: Transaction<'static, Postgres>,
    project: ProjectUid,
    method: &'static str,
    request_id: Uuid,
    hash: [u8; 32],
    wakes: Vec<ServerUid>,
}

impl Work {
    /// Where statements run.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Has the server looked after once the work is committed.
    pub fn wake(&mut self, server: ServerUid) {
        self.wakes.push(server);
    }

    /// Makes it durable, and then wakes whoever waits for it.
    pub async fn commit(mut self, cx: &Ctx, made: &[Uuid]) -> Result<(), Error> {
        sqlx::query!(
            "INSERT INTO request_ids (project_id, principal, method, request_id, request_hash, made)
             VALUES ($1, $2, $3, $4, $5, $6)",
            self.project.0,
            cx.principal.name(),
            self.method,
            self.request_id,
            &self.hash,
            made,
        )
        .execute(&mut *self.tx)
        .await
        // The same request was running twice and the other one was faster: the repeat will find what it made.
        .map_err(crate::error::on_constraint("request_ids_pkey", || Error::Unavailable(None)))?;
        self.tx.commit().await?;
        cx.waker.wake(self.wakes);
        Ok(())
    }
}
