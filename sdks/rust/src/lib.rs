//! Purvey's client for Rust: a thin, typed layer over the public gRPC API (`purvey.v1`).
//!
//! It adds what every caller would write again: TLS and the bearer token, deadlines, retries that are safe because every
//! mutation carries a request id, errors that name each bad field, lists as streams, and log following that goes on
//! after a cut connection or a restart of the control plane.
//!
//! ```no_run
//! use futures_util::TryStreamExt as _;
//! use purvey_sdk::{Client, Endpoint, v1};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::new("https://purvey.example:5000")?
//!     .with_token("pvk_...")
//!     .with_ca_file("/etc/purvey/ca.pem");
//! let client = Client::connect(&endpoint)?;
//!
//! let apps: Vec<v1::App> = client.apps().list_all(v1::ListAppsRequest::default()).try_collect().await?;
//! println!("{} apps", apps.len());
//!
//! let request = v1::CreateInstallRequest {
//!     server: "web-1".into(),
//!     app: "nginx".into(),
//!     ..Default::default()
//! };
//! let (install, job) = client.installs().install_and_wait(request).await?;
//! println!("{}: {:?}", install.install, job.state());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "a test may ask its host"))]

mod client;
mod connect;
mod error;
mod follow;
mod mutation;
mod pages;
mod retry;
mod services;
mod tls;
mod wait;

pub use client::{Client, Raw, Transport};
pub use connect::{Endpoint, EndpointError};
pub use error::{Error, FieldViolation};
pub use follow::Followed;
pub use mutation::{Mutation, new_request_id};
pub use pages::{Page, PageRequest, pages};
pub use purvey_proto::google::protobuf;
pub use purvey_proto::v1;
pub use retry::{Backoff, RetryPolicy};
pub use secrecy::SecretString;
pub use services::{Apps, Identity, Installs, Jobs, Registry, Servers};
pub use tonic::Code;
pub use wait::is_terminal;
