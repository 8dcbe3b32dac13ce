//! The agents' protocol.

use std::sync::Arc;

use axum::{Router, middleware};
use purvey_proto::agent::agent_service_server::AgentServiceServer;
use purvey_proto::agent::enrollment_service_server::EnrollmentServiceServer;
use tonic::service::Routes;
use tower_http::catch_panic::CatchPanicLayer;

use super::grpc::agent::Agents;
use super::grpc::enrollment::Enrollment;
use super::{deadline, panicked, peer};
use crate::ctx::Shared;
use crate::fleet::dispatch::Dispatcher;
use crate::fleet::reports::Reports;

/// The largest message that an agent may send: a poll with facts and held attempts, or a chunk of output.
const MAX_MESSAGE: usize = 1024 * 1024;

/// Everything that the `agents` listener serves.
pub fn router(shared: &Arc<Shared>, dispatcher: Dispatcher, reports: Reports) -> Router {
    let agents = Agents { shared: Arc::clone(shared), dispatcher, reports };
    let enrollment = Enrollment(Arc::clone(shared));
    Routes::new(AgentServiceServer::new(agents).max_decoding_message_size(MAX_MESSAGE))
        .add_service(EnrollmentServiceServer::new(enrollment).max_decoding_message_size(MAX_MESSAGE))
        .into_axum_router()
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(deadline::enforce))
        .layer(middleware::from_fn_with_state(shared.clock.clone(), peer::check))
}
