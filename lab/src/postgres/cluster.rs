//! The data folder: made once, and never taken from under a server that still runs on it.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::install::{Install, RunAs};
use crate::command::tail;
use crate::error::{Doing as _, PostgresError};
use crate::process::{ProcessId, until};

/// Runs one of PostgreSQL's programs to its end, with nothing of our environment that could steer it.
pub(super) async fn run(argv: &[OsString], input: Option<&str>) -> Result<String, PostgresError> {
    use tokio::io::AsyncWriteExt as _;

    let program = argv.iter().find(|it| it.to_string_lossy().starts_with('/')).or(argv.first());
    let program = program.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let [first, rest @ ..] = argv else {
        return Err(PostgresError::Program { program, stderr: "no program".to_owned() });
    };
    let mut child = Command::new(first)
        .args(rest)
        .current_dir("/")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .doing::<PostgresError>(|| format!("running {program}"))?;
    let stdin = child.stdin.take();
    let write = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A program that fails early does not read to the end; its exit status says so.
            let _closed = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output.doing::<PostgresError>(|| format!("waiting for {program}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = tail(if output.stderr.is_empty() { &output.stdout } else { &output.stderr }, 2000);
    Err(PostgresError::Program { program, stderr })
}

/// Makes the cluster, unless it is there. It appears under its name only when it is complete.
pub(super) async fn ensure(
    data_dir: &Path,
    install: &Install,
    user: &RunAs,
    throw_away: bool,
) -> Result<(), PostgresError> {
    if data_dir.join("PG_VERSION").is_file() {
        return Ok(());
    }
    let parent = data_dir.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).doing::<PostgresError>(|| format!("making {}", parent.display()))?;
    let name = data_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fresh: PathBuf = parent.join(format!(".{name}.new-{}", std::process::id()));
    let _not_there = fs::remove_dir_all(&fresh);
    DirBuilder::new()
        .mode(0o700)
        .create(&fresh)
        .doing::<PostgresError>(|| format!("making {}", fresh.display()))?;
    user.own(&fresh).doing::<PostgresError>(|| format!("giving {} to PostgreSQL", fresh.display()))?;

    let made = initdb(&fresh, install, user, throw_away).await;
    let put = made.and_then(|()| {
        fs::rename(&fresh, data_dir)
            .doing(|| format!("{} is not empty and no PostgreSQL cluster", data_dir.display()))
    });
    if put.is_err() {
        let _gone = fs::remove_dir_all(&fresh);
    }
    put
}

async fn initdb(
    fresh: &Path,
    install: &Install,
    user: &RunAs,
    throw_away: bool,
) -> Result<(), PostgresError> {
    let reach = user.argv(false, "test", ["-w".into(), fresh.as_os_str().to_owned()]);
    run(&reach, None).await.map_err(|_| PostgresError::Unreachable {
        user: user.name().to_owned(),
        path: fresh.parent().unwrap_or(fresh).to_owned(),
    })?;
    let mut args: Vec<OsString> = vec!["-D".into(), fresh.into(), "-U".into(), super::SUPERUSER.into()];
    args.extend(["-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-instructions"].map(OsString::from));
    args.push(if throw_away { "--no-sync".into() } else { "--data-checksums".into() });
    run(&user.argv(false, install.program("initdb"), args), None).await.map(drop)
}

/// Whoever runs on the folder by the word of its `postmaster.pid`. A number that now belongs to another program, as
/// after a reboot, counts as nobody.
fn postmaster(data_dir: &Path) -> Option<ProcessId> {
    let file = fs::read_to_string(data_dir.join("postmaster.pid")).ok()?;
    let pid: u32 = file.lines().next()?.trim().parse().ok()?;
    let theirs = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    if theirs != fs::canonicalize(data_dir).ok()? {
        return None;
    }
    ProcessId::of(pid)
}

/// Gives a server that is just ending, because its owner died, the time for that, and clears away a stale pid file.
pub(super) async fn claim(data_dir: &Path) -> Result<(), PostgresError> {
    // The leash of an owner that has just died needs a moment to tell its server.
    let told =
        until(Duration::from_secs(2), || postmaster(data_dir).is_none() || is(data_dir, "stopping")).await;
    let limit = Duration::from_secs(if told { 30 } else { 0 });
    if !until(limit, || postmaster(data_dir).is_none()).await
        && let Some(running) = postmaster(data_dir)
    {
        return Err(PostgresError::InUse { path: data_dir.to_owned(), pid: running.pid });
    }
    match fs::remove_file(data_dir.join("postmaster.pid")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
    .doing(|| format!("removing the stale {}/postmaster.pid", data_dir.display()))
}

/// Whether the server `pid` says that it takes connections.
pub(super) fn is_ready(data_dir: &Path, pid: u32) -> bool {
    let file = fs::read_to_string(data_dir.join("postmaster.pid")).unwrap_or_default();
    file.lines().next().is_some_and(|it| it.trim() == pid.to_string()) && is(data_dir, "ready")
}

/// Whether the eighth line of `postmaster.pid`, where a server says how it is, says that.
fn is(data_dir: &Path, status: &str) -> bool {
    let file = fs::read_to_string(data_dir.join("postmaster.pid")).unwrap_or_default();
    file.lines().nth(7).is_some_and(|it| it.trim() == status)
}
