//! What the control plane and the agents must agree on: the manifest and its inputs, bundles, and the signed documents.
//! Nothing here does I/O beyond reading a folder into a bundle, or knows gRPC, SQL or a clock.

pub mod id;

pub mod action;
pub mod bundle;
pub mod inputs;
pub mod machine;
pub mod manifest;

pub mod dsse;
pub mod identity;
pub mod job;
pub mod publisher;
pub mod receipt;
pub mod refusal;
pub mod seal;
pub mod trust;
