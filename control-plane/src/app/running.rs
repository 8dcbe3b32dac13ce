//! The background work of a replica: tracked, and missed when it ends by itself.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ctx::Shared;

/// What still runs after this is left behind.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// Background work.
pub(super) struct Work {
    /// Ends it.
    pub(super) stop: CancellationToken,
    /// All of it but the writers.
    pub(super) tracker: TaskTracker,
    writers: TaskTracker,
    failed: watch::Sender<Option<&'static str>>,
    draining: CancellationToken,
}

impl Work {
    pub(super) fn new(draining: CancellationToken) -> Self {
        Self {
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
            writers: TaskTracker::new(),
            failed: watch::Sender::new(None),
            draining,
        }
    }

    /// Runs something that must not end before it is told to.
    pub(super) fn vital(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (failed, stop) = (self.failed.clone(), self.stop.clone());
        self.tracker.spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            if ended.is_err() || !stop.is_cancelled() {
                failed.send_replace(Some(name));
            }
        });
    }

    /// Runs what writes for others until they are all gone.
    pub(super) fn writers(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (failed, draining) = (self.failed.clone(), self.draining.clone());
        self.writers.spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            if ended.is_err() || !draining.is_cancelled() {
                failed.send_replace(Some("writers"));
            }
        });
    }

    /// Waits for something vital to fail, and answers what.
    pub(super) async fn failed(&self) -> &'static str {
        let mut failed = self.failed.subscribe();
        loop {
            if let Some(name) = *failed.borrow_and_update() {
                return name;
            }
            if failed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Writes what is in flight, ends everything, and writes what was only counted.
    pub(super) async fn finish(self, shared: &Shared) {
        self.writers.close();
        if tokio::time::timeout(LAST_WRITES, self.writers.wait()).await.is_err() {
            tracing::warn!("some reports were not written; their agents send them again");
        }
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(LAST_WRITES, self.tracker.wait()).await.is_err() {
            tracing::warn!("some background work did not end in time");
        }
        for written in [shared.denials.flush(&shared.db).await, shared.api_keys.flush(&shared.db).await] {
            if let Err(error) = written {
                tracing::warn!(error = %error, "counts were not written");
            }
        }
    }
}
