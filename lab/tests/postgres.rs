//! The private PostgreSQL for real: it starts, survives what it should, and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]
#![allow(clippy::disallowed_methods, reason = "a test asks whether it runs in CI")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use purvey_lab::{Postgres, PostgresError, PostgresOptions};

async fn start(options: PostgresOptions) -> Option<Postgres> {
    match Postgres::start(options).await {
        Err(PostgresError::NotInstalled { .. } | PostgresError::NoUser)
            if std::env::var_os("CI").is_none() =>
        {
            eprintln!("skipped: no PostgreSQL on this host; install the package postgresql");
            None
        }
        started => Some(started.unwrap()),
    }
}

fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

async fn gone(what: impl Fn() -> bool) -> bool {
    for _ in 0..1000 {
        if what() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

fn scratch(postgres: &Postgres) -> PathBuf {
    postgres.socket_dir().parent().unwrap().to_owned()
}

#[tokio::test]
async fn a_throw_away_server_is_gone_after_stop() {
    let Some(postgres) = start(PostgresOptions::throw_away().unsafe_fast()).await else {
        return;
    };
    let (pid, folder) = (postgres.pid().unwrap(), scratch(&postgres));
    assert_eq!(postgres.psql("SELECT current_database(), current_user").await.unwrap(), "purvey|postgres\n");
    assert_eq!(
        postgres.psql("SHOW fsync; SHOW max_connections; SHOW server_encoding").await.unwrap(),
        "off\n100\nUTF8\n"
    );
    assert!(postgres.url().starts_with("postgresql:///purvey?host=/"), "{}", postgres.url());
    postgres.stop().await.unwrap();
    assert!(!runs(pid) && !folder.exists());
}

#[tokio::test]
async fn a_throw_away_server_is_gone_after_drop() {
    let Some(postgres) = start(PostgresOptions::throw_away().unsafe_fast()).await else {
        return;
    };
    let (pid, folder) = (postgres.pid().unwrap(), scratch(&postgres));
    drop(postgres);
    assert!(!runs(pid) && !folder.exists());
}

#[tokio::test]
async fn committed_rows_survive_a_restart_and_a_kill() {
    let Some(mut postgres) = start(PostgresOptions::throw_away()).await else {
        return;
    };
    let url = postgres.url();
    postgres.psql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)").await.unwrap();
    postgres.restart().await.unwrap();
    postgres.psql("INSERT INTO t VALUES (2)").await.unwrap();
    let pid = postgres.pid().unwrap();
    postgres.kill().await.unwrap();
    assert!(!runs(pid) && postgres.pid().is_none());
    assert!(postgres.psql("SELECT 1").await.is_err());
    postgres.restart().await.unwrap();
    assert_eq!(postgres.psql("SELECT sum(n) FROM t").await.unwrap(), "3\n");
    assert_eq!(postgres.url(), url, "clients find it at the same address");
}

#[tokio::test]
async fn durable_data_is_found_again_and_the_folder_is_not_shared() {
    let parent = folder_with_mode(0o755);
    let data_dir = parent.path().join("deep/data");
    let Some(postgres) = start(PostgresOptions::durable(&data_dir)).await else {
        return;
    };
    postgres.psql("CREATE TABLE t AS SELECT 7 AS n").await.unwrap();
    assert_eq!(postgres.psql("SHOW fsync").await.unwrap(), "on\n");
    postgres.stop().await.unwrap();

    // As after a power cut: the file names a process that is another program now.
    std::fs::write(
        data_dir.join("postmaster.pid"),
        format!("{}\n{}\n", std::process::id(), data_dir.display()),
    )
    .unwrap();
    let postgres = start(PostgresOptions::durable(&data_dir)).await.unwrap();
    assert_eq!(postgres.psql("SELECT n FROM t").await.unwrap(), "7\n");
    let second = Postgres::start(PostgresOptions::durable(&data_dir)).await;
    assert!(matches!(second, Err(PostgresError::InUse { .. })), "{second:?}");
    drop(postgres);
    assert!(data_dir.join("PG_VERSION").exists());
}

#[tokio::test]
async fn a_failing_statement_says_why() {
    let Some(postgres) = start(PostgresOptions::throw_away().unsafe_fast()).await else {
        return;
    };
    let error = postgres.psql("SELECT 1; SELECT nonsense").await.unwrap_err();
    assert!(error.to_string().contains("column \"nonsense\" does not exist"), "{error}");
}

#[tokio::test]
async fn a_folder_that_the_server_cannot_reach_is_refused_with_its_name() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root runs PostgreSQL as another user");
        return;
    }
    let closed = folder_with_mode(0o700);
    let tried = Postgres::start(PostgresOptions::durable(closed.path().join("data"))).await;
    assert!(matches!(tried, Err(PostgresError::Unreachable { .. } | PostgresError::NoUser)), "{tried:?}");
}

#[tokio::test]
async fn an_owner_killed_with_sigkill_leaves_no_server_behind() {
    let parent = folder_with_mode(0o755);
    for data_dir in [None, Some(parent.path().join("data"))] {
        let Some((pid, folder)) = start_and_kill_owner(data_dir.as_deref()) else {
            return;
        };
        assert!(gone(|| !runs(pid) && !folder.exists()).await, "{pid} or {} is left", folder.display());
        if let Some(data_dir) = data_dir {
            assert!(!data_dir.join("postmaster.pid").exists(), "it was not an orderly stop");
            start(PostgresOptions::durable(data_dir)).await.unwrap().stop().await.unwrap();
        }
    }
}

fn start_and_kill_owner(data_dir: Option<&Path>) -> Option<(u32, PathBuf)> {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_lab-owner"))
        .arg("postgres")
        .args(data_dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    if line.is_empty() && std::env::var_os("CI").is_none() {
        return None;
    }
    let (pid, folder) = line.trim().split_once(' ').unwrap();
    Some((pid.parse().unwrap(), PathBuf::from(folder)))
}

fn folder_with_mode(mode: u32) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    folder
}
