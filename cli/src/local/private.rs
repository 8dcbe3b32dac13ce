//! A control plane for a demo or a test: everything of it is fresh, and forgotten afterwards.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::Result;
use purvey_lab::{Postgres, PostgresOptions};

use super::control_plane::{ControlPlane, Plan, free};

/// The ports that people expect, where they are free.
const API_PORT: u16 = 5000;
const AGENTS_PORT: u16 = 5443;
const OPS_PORT: u16 = 9464;

/// A private PostgreSQL, on a Unix socket only. It goes with us, so that it need not survive a crash of the machine.
///
/// # Errors
/// What PostgreSQL says.
pub(crate) async fn postgres() -> Result<Postgres> {
    Ok(Postgres::start(PostgresOptions::throw_away().unsafe_fast()).await?)
}

/// A control plane over it: its files and the catalogue of apps are in `folder`, its agents come from `gateway`'s network.
///
/// # Errors
/// It does not start.
pub(crate) async fn control_plane(
    folder: &Path,
    postgres: &Postgres,
    gateway: IpAddr,
) -> Result<ControlPlane> {
    let local = Ipv4Addr::LOCALHOST.into();
    let agents = free(gateway, AGENTS_PORT)?;
    ControlPlane::start(Plan {
        folder: folder.to_owned(),
        database_url: postgres.url(),
        api: free(local, API_PORT)?,
        agents,
        ops: free(local, OPS_PORT)?,
        advertise: Some(agents.to_string()),
        names: vec!["127.0.0.1".to_owned()],
        trust_domain: "demo.purvey.internal",
        demo: true,
        key_file: folder.join("kms.key"),
        catalogue: Some(catalogue(folder)),
        drain_seconds: 1,
    })
    .await
}

/// Where the control plane of that folder takes its apps from.
pub(crate) fn catalogue(folder: &Path) -> std::path::PathBuf {
    folder.join("catalogue")
}
