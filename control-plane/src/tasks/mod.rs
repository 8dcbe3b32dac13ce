//! Reconcilers: background work that takes no input, is idempotent, and runs on a period. What fails is logged and comes round
//! again; nothing retries within.

pub mod due_retries;
pub mod lease_expiry;
pub mod partitions;
pub mod revocations;
pub mod trim;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{Role, Roles};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::fleet::dispatch::Dispatcher;
use crate::fleet::group_commit::Chain;
use crate::fleet::sessions;

/// Starts all reconcilers of this replica. They end when `stop` is cancelled.
pub fn spawn_all(
    tracker: &TaskTracker,
    stop: &CancellationToken,
    cx: &Ctx,
    dispatcher: &Dispatcher,
    weeks: Option<u32>,
    roles: &Roles,
) {
    if roles.has(Role::Reconcile) {
        spawn_reconcilers(tracker, stop, cx, weeks);
    }
    if roles.has(Role::Agents) {
        spawn_for_agents(tracker, stop, cx, dispatcher);
    }
    every(tracker, stop, cx, "denials", Duration::from_secs(5), |cx| async move {
        cx.denials.flush(&cx.db).await
    });
    every(tracker, stop, cx, "api_keys", Duration::from_secs(30), |cx| async move {
        cx.api_keys.flush(&cx.db).await
    });
}

/// What any one replica may do for all.
fn spawn_reconcilers(tracker: &TaskTracker, stop: &CancellationToken, cx: &Ctx, weeks: Option<u32>) {
    let ends = |cx: Ctx| async move { lease_expiry::run(&cx).await.map(drop) };
    every(tracker, stop, cx, "lease_expiry", Duration::from_secs(1), ends);
    every(tracker, stop, cx, "trim", Duration::from_secs(600), |cx| async move { trim::run(&cx).await });
    every(tracker, stop, cx, "partitions", Duration::from_secs(3600), move |cx| async move {
        partitions::run(&cx, weeks).await
    });
}

/// What each replica does for its own agents.
fn spawn_for_agents(tracker: &TaskTracker, stop: &CancellationToken, cx: &Ctx, dispatcher: &Dispatcher) {
    every(tracker, stop, cx, "sessions", Duration::from_secs(60), |cx| async move {
        sessions::keep_alive(&cx).await
    });
    every(tracker, stop, cx, "heartbeats", Duration::from_secs(60), |cx| async move {
        cx.heartbeats.flush(&cx).await
    });
    let closings = dispatcher.clone();
    every(tracker, stop, cx, "closed_sessions", Duration::from_millis(500), move |cx| {
        let closed = closings.take_closed();
        async move { if closed.is_empty() { Ok(()) } else { sessions::close(&cx, &closed).await } }
    });

    since_last(tracker, stop, cx, "due_retries", Duration::from_millis(500), |cx, since| async move {
        due_retries::run(&cx, since).await
    });
    since_last(tracker, stop, cx, "revocations", Duration::from_secs(2), |cx, since| async move {
        revocations::run(&cx, since).await
    });
}

/// Work that looks at what came since it last looked.
fn since_last<F>(
    tracker: &TaskTracker,
    stop: &CancellationToken,
    cx: &Ctx,
    name: &'static str,
    period: Duration,
    work: impl Fn(Ctx, Option<OffsetDateTime>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<OffsetDateTime, Error>> + Send,
{
    let state = Arc::new((work, Mutex::new(None)));
    every(tracker, stop, cx, name, period, move |cx| {
        let state = Arc::clone(&state);
        async move {
            let (work, looked) = &*state;
            let lock = || looked.lock().unwrap_or_else(PoisonError::into_inner);
            let since = *lock();
            let until = work(cx, since).await?;
            *lock() = Some(until);
            Ok(())
        }
    });
}

fn every<F>(
    tracker: &TaskTracker,
    stop: &CancellationToken,
    cx: &Ctx,
    name: &'static str,
    period: Duration,
    work: impl Fn(Ctx) -> F + Send + 'static,
) where
    F: Future<Output = Result<(), Error>> + Send,
{
    let (stop, cx) = (stop.clone(), cx.clone());
    tracker.spawn(async move {
        loop {
            if let Err(error) = work(cx.clone()).await {
                tracing::warn!(task = name, error = %Chain(&error), "a background task failed; it comes round again");
            }
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                () = stop.cancelled() => return,
            }
        }
    });
}
