//! The fronts, and how they are reached. Only here are wire types named; everything else is verbs.

use std::any::Any;

use axum::response::Response;

pub mod permissions;
pub mod status;
pub mod wire;

pub mod authn;
pub mod deadline;
pub mod peer;

pub mod agents;
pub mod ops;
pub mod public;

pub mod grpc;

pub mod listener;
pub mod tls;

/// What the caller of a method that panicked gets. The panic hook has logged it.
fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    let error: Box<dyn std::error::Error + Send + Sync> = "a method panicked".into();
    authn::refuse(status::status(crate::error::Error::Internal(error)))
}
