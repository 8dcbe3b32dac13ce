//! gRPC: each method reads the wire, calls one verb and writes the answer.

pub mod apps;
pub mod identity;
pub mod installs;
pub mod jobs;
pub mod registry;
pub mod servers;

pub mod agent;
pub mod enrollment;

mod streams;
