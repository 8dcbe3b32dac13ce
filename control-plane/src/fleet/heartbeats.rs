//! How machines fare, as their agents' polls say.
//!
//! Persisted: the last word of each, once a minute and in one statement for all, without waiting for the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use purvey_contract::id::ServerUid;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::error::Error;

/// How a machine fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heartbeat {
    /// The load average over a minute, in hundredths.
    pub load_hundredths: u32,
    /// Bytes of memory that programs can still have.
    pub memory_available_bytes: u64,
    /// The free space of the disks of the facts, in their order, in bytes.
    pub disk_free_bytes: Vec<u64>,
}

/// What was heard and not written yet. A cheap handle.
#[derive(Clone, Default)]
pub struct Heartbeats {
    heard: Arc<Mutex<HashMap<ServerUid, Heartbeat>>>,
}

impl Heartbeats {
    /// Takes note of a machine's word, in the place of its last one.
    pub fn note(&self, server: ServerUid, heartbeat: Heartbeat) {
        self.lock().insert(server, heartbeat);
    }

    /// Writes what was heard.
    pub async fn flush(&self, cx: &Ctx) -> Result<(), Error> {
        let heard = std::mem::take(&mut *self.lock());
        if heard.is_empty() {
            return Ok(());
        }
        let mut heard: Vec<_> = heard.into_iter().collect();
        // Two replicas write in one order.
        heard.sort_unstable_by_key(|(server, _)| server.0);
        let (servers, bodies): (Vec<_>, Vec<_>) =
            heard.into_iter().map(|(server, heartbeat)| (server.0, Json(heartbeat))).unzip();
        let mut tx = cx.begin().await?;
        sqlx::query!("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
        sqlx::query!(
            "INSERT INTO heartbeats (server_uid, body, seen_at)
             SELECT server_uid, body, purvey_now() FROM UNNEST($1::uuid[], $2::jsonb[]) AS heard(server_uid, body)
             ON CONFLICT (server_uid) DO UPDATE SET body = excluded.body, seen_at = excluded.seen_at",
            &servers,
            &bodies as _,
        )
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ServerUid, Heartbeat>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
