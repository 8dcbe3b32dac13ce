//! Connections to PostgreSQL: a pool that may go through a transaction pooler, and a few direct ones for what cannot.

use std::time::Duration;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::time::Instant;

use crate::config::Database;

/// LISTEN takes one, migrations and partitions another.
const DIRECT: u32 = 2;
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long the database may take to come up before the control plane gives up.
const PATIENCE: Duration = Duration::from_secs(30);

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// The pool for everything, and the one past the pooler. Waits a while for a database that is only starting.
///
/// # Errors
/// The address is none, or nobody answers there.
pub async fn connect(config: &Database) -> anyhow::Result<(PgPool, PgPool)> {
    let url = options(&config.url).context("database.url")?;
    let direct = match &config.direct_url {
        Some(direct) => options(direct).context("database.direct_url")?,
        None => url.clone(),
    };
    let direct = PgPoolOptions::new()
        .max_connections(DIRECT)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_secs(60))
        .connect_lazy_with(direct);
    let db = PgPoolOptions::new()
        .max_connections(config.max_connections.saturating_sub(DIRECT).max(1))
        .acquire_timeout(ACQUIRE)
        .connect_lazy_with(url);
    let patient_until = Instant::now() + PATIENCE;
    loop {
        match direct.acquire().await {
            Ok(_) => return Ok((db, direct)),
            Err(error) if Instant::now() < patient_until => {
                tracing::warn!(error = %error, "the database cannot be reached; trying again");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(error).context("the database cannot be reached (`database.url`)"),
        }
    }
}

/// Brings the schema up to this version.
///
/// # Errors
/// The database is newer than this program, or a migration fails.
pub async fn migrate(direct: &PgPool) -> anyhow::Result<()> {
    MIGRATIONS.run(direct).await.context("the database cannot be migrated")
}

fn options(url: &SecretString) -> Result<PgConnectOptions, sqlx::Error> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    Ok(options.application_name("purvey-control-plane"))
}
