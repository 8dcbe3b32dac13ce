//! From an order to a script that runs: the stage is started, put into its group, and told what to become.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::cgroup::Group;
use super::environment::Variables;
use super::folder::Failure;
use super::follow::Running;
use super::runner::Runner;
use super::sandbox::{Held, Hold};
use super::stage;

const STAGE_LIMIT: Duration = Duration::from_secs(10);

/// What is to be started.
pub(super) struct Order {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) memory_bytes: Option<u64>,
    pub(super) hold: Hold,
    pub(super) variables: Variables,
}

impl Order {
    /// [`super::sandbox::Spec`] in JSON. Written into a buffer that never grows, as growing would leave secrets behind.
    fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        #[derive(Serialize)]
        struct Spec<'a> {
            program: &'a Path,
            environment: BTreeMap<&'a str, &'a str>,
            folder: &'a Path,
            memory_bytes: Option<u64>,
            hold: &'a Hold,
        }
        let spec = Spec {
            program: &self.program,
            environment: self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            folder: &self.folder,
            memory_bytes: self.memory_bytes,
            hold: &self.hold,
        };
        let room =
            self.variables.iter().map(|(name, value)| 16 + name.len() + 6 * value.len()).sum::<usize>();
        let mut text = Zeroizing::new(Vec::with_capacity(room + 16 * 1024));
        serde_json::to_writer(&mut *text, &spec).map_err(|error| Failure(error.to_string()))?;
        Ok(text)
    }
}

/// Starts a script in its sandbox and its group, and answers once it has begun.
pub(super) async fn start(
    runner: &Runner,
    order: &Order,
    group: Option<&Group>,
    held: &mut Held,
) -> Result<Running, Failure> {
    let (ours, theirs) = Failure::step("making a socket pair", BlockingStream::pair())?;
    let child = Command::new(&runner.stage)
        .arg(stage::COMMAND)
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = Failure::step("starting the sandbox", child)?;
    let gone = || Failure("the sandbox ended at once".to_owned());
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or_else(gone)?;
    if let Some(group) = group {
        // Before the script is told to begin: all that it will start is in the group as well.
        Failure::step("joining the cgroup", group.add(pid))?;
    }
    let answer = tokio::time::timeout(STAGE_LIMIT, converse(ours, order)).await;
    let answer = answer.unwrap_or_else(|_| Err(Failure("the sandbox does not answer".to_owned())))?;
    if let Some((_, why)) = answer.split_once(stage::FAILED) {
        return Err(Failure(why.to_owned()));
    }
    let Ok(report) = serde_json::from_str::<Held>(answer.trim()) else {
        let status = Failure::step("waiting for the sandbox", child.wait().await)?;
        let mut said = String::new();
        if let Some(stderr) = child.stderr.take() {
            let _ = stderr.take(1024).read_to_string(&mut said).await;
        }
        return Err(Failure(format!("the sandbox ended without an answer, with {status}: {}", said.trim())));
    };
    held.enforced.extend(report.enforced);
    held.missing.extend(report.missing);
    let (stdout, stderr) = child.stdout.take().zip(child.stderr.take()).ok_or_else(gone)?;
    Ok(Running { child, script: pid, stdout: Some(stdout), stderr: Some(stderr) })
}

async fn converse(ours: BlockingStream, order: &Order) -> Result<String, Failure> {
    let talk = async {
        ours.set_nonblocking(true)?;
        let mut stage = UnixStream::from_std(ours)?;
        let text = order.to_json().map_err(io::Error::other)?;
        stage.write_all(&text).await?;
        stage.shutdown().await?;
        let mut answer = String::new();
        stage.take(64 * 1024).read_to_string(&mut answer).await?;
        Ok(answer)
    };
    Failure::step("talking to the sandbox", talk.await)
}
