//! Health and metrics for operators' machinery.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{StatusCode, header};

use crate::ctx::Shared;
use crate::fleet::dispatch::Dispatcher;

/// A database that takes longer than this is no database for a probe.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything that the `ops` listener serves.
pub fn router(shared: &Arc<Shared>, dispatcher: Dispatcher) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "ok\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Ops { shared: Arc::clone(shared), dispatcher })
}

/// Whether this replica takes calls and its database answers.
pub(super) async fn is_ready(shared: &Shared) -> bool {
    if shared.draining.is_cancelled() {
        return false;
    }
    let asked = sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(&shared.db);
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(_)))
}

/// What the handlers ask.
#[derive(Clone)]
struct Ops {
    shared: Arc<Shared>,
    dispatcher: Dispatcher,
}

async fn ready(State(ops): State<Ops>) -> (StatusCode, &'static str) {
    if is_ready(&ops.shared).await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

async fn metrics(State(Ops { shared, dispatcher }): State<Ops>) -> impl IntoResponse {
    shared.metrics.parked_polls.set(i64::try_from(dispatcher.parked()).unwrap_or(i64::MAX));
    shared.metrics.database_connections.set(i64::from(shared.db.size()));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.metrics.encode())
}
