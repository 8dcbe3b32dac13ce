//! Tests over the wire: a real PostgreSQL, a control plane on loopback, agents over mTLS.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests have clocks and randomness of their own"
)]

mod agent_identity;
mod agent_process;
mod database;
mod harness;
mod publishing;
mod scripted_agent;

mod cancelled;
mod hindrances;
mod job_state_equivalence;
mod leases;
mod main_road;
mod real_agent;
mod restarts;

mod catalogue;
mod enrollment;
mod identity;
mod listeners;
mod publishers;
mod registry;
