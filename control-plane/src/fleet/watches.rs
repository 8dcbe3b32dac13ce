//! Level-triggered watches: the state of all matches, then a mark, then the newest state of whatever changed. States may
//! merge; there is no history.
//!
//! Changes are found by transaction id: every row carries the transaction that last wrote it, and whatever was written by a
//! transaction at or above the last snapshot's xmin may be new. A sequence would not do: it does not follow commit order.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use purvey_contract::id::{InstallUid, JobId, ProjectUid};
use sqlx::PgConnection;
use tokio::sync::watch;

use super::installs::{self, Install};
use super::jobs::{self, Job};
use super::projects::AllOf;
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::policy::Permission;

/// A watch looks again after this time even if nothing told it to.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a watch says.
#[derive(Clone, Debug)]
pub enum Said<T> {
    /// The newest state.
    Is(T),
    /// It is gone.
    Gone(InstallUid),
    /// Everything that matched at the start has been said.
    Synced,
}

/// The lowest transaction that a snapshot taken now might not see whole: what is at or above it must be looked at again.
pub(super) async fn snapshot(connection: &mut PgConnection) -> Result<u64, Error> {
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *connection)
        .await?;
    let xmin = sqlx::query_scalar!(r#"SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS "xmin!""#)
        .fetch_one(connection)
        .await?;
    xmin.parse().map_err(Error::internal)
}

/// What was said of rows that may be read again although nothing changed: those of the last look.
struct Memory<K>(HashMap<K, String>);

impl<K: Eq + Hash> Memory<K> {
    /// Of what was read, what is new. Only what was read now can be read again unchanged, so the rest is forgotten.
    fn news<T: Debug>(&mut self, read: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
        let before = std::mem::take(&mut self.0);
        read.into_iter()
            .filter(|thing| {
                let shape = format!("{thing:?}");
                let is_new = before.get(&key(thing)) != Some(&shape);
                self.0.insert(key(thing), shape);
                is_new
            })
            .collect()
    }
}

/// Waits until something changed, or for a while. Fails once this replica drains: another one goes on.
async fn wait(cx: &Ctx, changes: &mut watch::Receiver<u64>) -> Result<(), Error> {
    tokio::select! {
        // Either is a reason to look; which one does not matter.
        _ = tokio::time::timeout(LOOK_AGAIN, changes.changed()) => Ok(()),
        () = cx.draining.cancelled() => Err(Error::Unavailable(None)),
    }
}

/// A watch over jobs.
pub struct JobWatch {
    cx: Ctx,
    project: ProjectUid,
    filter: jobs::Filter,
    since: Option<u64>,
    memory: Memory<JobId>,
    changes: watch::Receiver<u64>,
}

/// Watches the live jobs that match, and each until it has ended. A job that is named is said even if it has ended.
pub fn jobs(cx: &Ctx, project: ProjectUid, filter: jobs::Filter) -> Result<JobWatch, Error> {
    cx.authorize(Permission::JobsRead, &AllOf { project, kind: "jobs" })?;
    let changes = cx.waker.subscribe();
    Ok(JobWatch { cx: cx.clone(), project, filter, since: None, memory: Memory(HashMap::new()), changes })
}

impl JobWatch {
    /// What comes next, at least one thing. Waits for as long as there is nothing.
    pub async fn next(&mut self) -> Result<Vec<Said<Job>>, Error> {
        loop {
            self.changes.mark_unchanged();
            let (changed, horizon) =
                retrying!(jobs::changed(&self.cx, self.project, &self.filter, self.since))?;
            let first = self.since.replace(horizon).is_none();
            let mut news: Vec<_> =
                self.memory.news(changed, |job| job.id).into_iter().map(Said::Is).collect();
            if first {
                news.push(Said::Synced);
            }
            if !news.is_empty() {
                return Ok(news);
            }
            wait(&self.cx, &mut self.changes).await?;
        }
    }
}

/// A watch over installs.
pub struct InstallWatch {
    cx: Ctx,
    project: ProjectUid,
    filter: installs::Filter,
    since: Option<u64>,
    memory: Memory<InstallUid>,
    there: HashSet<InstallUid>,
    changes: watch::Receiver<u64>,
}

/// Watches the installs that match.
pub fn installs(cx: &Ctx, project: ProjectUid, filter: installs::Filter) -> Result<InstallWatch, Error> {
    cx.authorize(Permission::InstallsRead, &AllOf { project, kind: "installs" })?;
    let changes = cx.waker.subscribe();
    let memory = Memory(HashMap::new());
    Ok(InstallWatch { cx: cx.clone(), project, filter, since: None, memory, there: HashSet::new(), changes })
}

impl InstallWatch {
    /// What comes next, at least one thing. Waits for as long as there is nothing.
    pub async fn next(&mut self) -> Result<Vec<Said<Install>>, Error> {
        loop {
            self.changes.mark_unchanged();
            let (changed, horizon) =
                retrying!(installs::changed(&self.cx, self.project, &self.filter, self.since))?;
            let first = self.since.replace(horizon).is_none();
            let mut news = Vec::new();
            for install in self.memory.news(changed, |install| install.uid) {
                if install.deleted_at.is_none() {
                    self.there.insert(install.uid);
                    news.push(Said::Is(install));
                } else if self.there.remove(&install.uid) {
                    news.push(Said::Gone(install.uid));
                }
            }
            if first {
                news.push(Said::Synced);
            }
            if !news.is_empty() {
                return Ok(news);
            }
            wait(&self.cx, &mut self.changes).await?;
        }
    }
}
