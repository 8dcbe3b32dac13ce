//! The agent: enrols a host, pulls signed jobs, judges them, runs their scripts and reports what became of them.
//!
//! In reading order: who the host is, whom it trusts, how it talks, what it lets happen, and how that is done.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "a test may ask its host"))]

pub mod ambient;
pub mod config;
pub mod failpoint;
pub mod files;
pub mod paths;

pub mod certificate;
pub mod csr;
pub mod enroll;
pub mod identity;
pub mod provider;
pub mod tls;
pub mod trust;

pub mod bundles;
pub mod decisions;
pub mod facts;
pub mod installed;
pub mod journal;
pub mod policy;
pub mod publishers;
pub mod receipts;
pub mod refusal;
pub mod verify;

pub mod exec;
pub mod logs;
pub mod mask;
pub mod spool;

pub mod attempts;
pub mod notify;
pub mod own_log;
pub mod renewing;
pub mod replacement;
pub mod retry;
pub mod session;
pub mod upkeep;
pub mod uplink;

pub mod arguments;
pub mod cli;
pub mod doctor;
pub mod explain;
