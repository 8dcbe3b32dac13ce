//! The public API on one port: gRPC, gRPC-web, reflection, gRPC health, and `GET /health`.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router, middleware};
use purvey_proto::v1;
use purvey_proto::v1::app_service_server::AppServiceServer;
use purvey_proto::v1::identity_service_server::IdentityServiceServer;
use purvey_proto::v1::install_service_server::InstallServiceServer;
use purvey_proto::v1::job_service_server::JobServiceServer;
use purvey_proto::v1::registry_service_server::RegistryServiceServer;
use purvey_proto::v1::server_service_server::ServerServiceServer;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower::Layer as _;
use tower_http::catch_panic::CatchPanicLayer;

use super::grpc::{apps, identity, installs, jobs, registry, servers};
use super::{authn, deadline, panicked};
use crate::ctx::Shared;

/// What gRPC health speaks of; the empty name is the whole replica.
const SERVICES: [&str; 7] = [
    "",
    v1::app_service_server::SERVICE_NAME,
    v1::identity_service_server::SERVICE_NAME,
    v1::install_service_server::SERVICE_NAME,
    v1::job_service_server::SERVICE_NAME,
    v1::registry_service_server::SERVICE_NAME,
    v1::server_service_server::SERVICE_NAME,
];

/// The reflection service cannot be built from its descriptors.
pub use tonic_reflection::server::Error as ReflectionError;

/// Everything that the `api` listener serves.
pub async fn router(shared: &Arc<Shared>, health: HealthReporter) -> Result<Router, ReflectionError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(v1::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    for service in SERVICES {
        health.set_service_status(service, ServingStatus::Serving).await;
    }
    let health = tonic_health::server::HealthService::from_health_reporter(health);
    let routes = Routes::new(tonic_health::pb::health_server::HealthServer::new(health))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(AppServiceServer::new(apps::Apps(Arc::clone(shared))))
        .add_service(IdentityServiceServer::new(identity::Identity(Arc::clone(shared))))
        .add_service(InstallServiceServer::new(installs::Installs(Arc::clone(shared))))
        .add_service(JobServiceServer::new(jobs::Jobs(Arc::clone(shared))))
        .add_service(RegistryServiceServer::new(registry::Registry::new(Arc::clone(shared))))
        .add_service(ServerServiceServer::new(servers::Servers(Arc::clone(shared))));
    let grpc = routes
        .into_axum_router()
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(deadline::enforce))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), authn::authenticate));
    Ok(Router::new()
        .route("/health", get(health_page))
        .with_state(Arc::clone(shared))
        .fallback_service(GrpcWebLayer::new().layer(grpc)))
}

/// Tells gRPC health's watchers that this replica drains.
pub async fn stop_serving(health: &HealthReporter) {
    for service in SERVICES {
        health.set_service_status(service, ServingStatus::NotServing).await;
    }
}

/// Whether the product works, for people and simple probes. Needs no credentials and says nothing of the fleet.
async fn health_page(State(shared): State<Arc<Shared>>) -> (http::StatusCode, Json<serde_json::Value>) {
    if super::ops::is_ready(&shared).await {
        (http::StatusCode::OK, Json(serde_json::json!({ "status": "ok" })))
    } else {
        (http::StatusCode::SERVICE_UNAVAILABLE, Json(serde_json::json!({ "status": "unavailable" })))
    }
}
