//! The control plane: three thin fronts over one set of verbs over PostgreSQL. `ARCHITECTURE.md` has the map.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "a test may ask its host"))]

pub mod app;
pub mod config;

pub mod clock;
pub mod ctx;
pub mod error;
pub mod metrics;

pub mod fleet;
pub mod tasks;

pub mod kms;
pub mod pki;
pub mod policy;
pub mod registry;

pub mod api;
