//! A database for each test, from a template that is migrated once.
//!
//! `DATABASE_URL` names a server on which databases may be made; `cargo xtask test` starts one. Without it, a private one is
//! started for this process.

use std::str::FromStr as _;

use purvey_lab::{Postgres, PostgresOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::sync::OnceCell;

/// The server, and the name of the migrated template on it.
static SERVER: OnceCell<(PgConnectOptions, String)> = OnceCell::const_new();

/// Where a new, migrated database is.
pub(crate) async fn fresh() -> PgConnectOptions {
    let (server, template) = SERVER.get_or_init(prepare).await;
    let name = format!("purvey_test_{}", uuid::Uuid::now_v7().simple());
    let mut admin = server.connect().await.expect("the test database server");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}")))
        .execute(&mut admin)
        .await
        .expect("a new database");
    admin.close().await.expect("closing");
    server.clone().database(&name)
}

/// A pool on a new, migrated database.
pub(crate) async fn pool() -> PgPool {
    PgPoolOptions::new().max_connections(5).connect_with(fresh().await).await.expect("the test database")
}

async fn prepare() -> (PgConnectOptions, String) {
    let url = match std::env::var("DATABASE_URL") {
        Ok(url) => url,
        Err(_) => {
            let server = Postgres::start(PostgresOptions::throw_away().unsafe_fast())
                .await
                .expect("a private PostgreSQL");
            let url = server.url();
            // Lives as long as the process; its guard removes it afterwards.
            std::mem::forget(server);
            url
        }
    };
    let server = PgConnectOptions::from_str(&url).expect("DATABASE_URL").disable_statement_logging();
    let template = format!("purvey_template_{}", uuid::Uuid::now_v7().simple());
    let mut admin = server.connect().await.expect("the test database server");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {template}")))
        .execute(&mut admin)
        .await
        .expect("a template");
    let mut migrated: PgConnection =
        server.clone().database(&template).connect().await.expect("the template");
    sqlx::migrate!("../migrations").run(&mut migrated).await.expect("the migrations");
    migrated.close().await.expect("closing");
    (server, template)
}
