//! The domain, a file per resource: its type, its verbs, its SQL. Nothing here knows gRPC or HTTP.

pub mod api_keys;
pub mod apps;
pub mod audit;
pub mod connections;
pub mod enrollment;
pub mod installs;
pub mod jobs;
pub mod join_tokens;
pub mod logs;
pub mod projects;
pub mod receipts;
pub mod servers;
pub mod watches;

pub mod dispatch;
pub mod heartbeats;
pub mod job_state;
pub mod leases;
pub mod reports;
pub mod sessions;
pub mod transitions;

pub mod group_commit;
pub mod pages;
pub mod request_ids;
pub mod waker;
