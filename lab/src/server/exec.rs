//! Commands inside a server.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::error::{Doing as _, LabError};

/// How to run a command inside a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExecOptions {
    /// systemd ends the command after this time.
    pub limit: Duration,
    /// What it reads from standard input.
    pub stdin: Vec<u8>,
    /// The user it runs as, `root` by default.
    pub user: Option<String>,
    /// Further environment (`NAME`, `value`).
    pub env: Vec<(String, String)>,
    /// Further properties of its unit, as for `systemd-run --property`: `MemoryMax=64M`.
    pub properties: Vec<String>,
}

impl Default for ExecOptions {
    fn default() -> Self {
        let limit = Duration::from_secs(300);
        Self { limit, stdin: Vec::new(), user: None, env: Vec::new(), properties: Vec::new() }
    }
}

/// How a command inside a server ended. Text that is not UTF-8 is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The command line, for messages.
    pub command: String,
    /// The exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Output {
    /// Whether it ended with status 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output of a success; anything else is an error that shows standard error.
    ///
    /// # Errors
    /// [`LabError::Command`].
    pub fn success(self) -> Result<String, LabError> {
        if self.is_success() {
            return Ok(self.stdout);
        }
        let status = self.code.map_or_else(|| "a signal".to_owned(), |it| format!("exit status {it}"));
        let written = if self.stderr.trim().is_empty() { self.stdout } else { self.stderr };
        Err(LabError::Command {
            command: self.command,
            status,
            stderr: crate::command::tail(written.as_bytes(), 3000),
        })
    }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Enters all namespaces of the process `leader`. What runs this way is outside the server's own limits.
pub(super) fn enter(leader: u32) -> Command {
    let mut command = Command::new("nsenter");
    command
        .arg(format!("--target={leader}"))
        .args(["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--"]);
    command.env_clear().env("PATH", PATH).env("LC_ALL", "C.UTF-8").kill_on_drop(true);
    command
}

/// The command as a unit of the server's systemd, inside its limits, with our three streams.
pub(super) fn unit(
    leader: u32,
    argv: impl IntoIterator<Item = impl AsRef<OsStr>>,
    options: &ExecOptions,
) -> Command {
    let mut command = enter(leader);
    command.args(["systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec"]);
    command.arg(format!("--property=RuntimeMaxSec={}ms", options.limit.as_millis()));
    command.args(options.properties.iter().map(|it| format!("--property={it}")));
    match &options.user {
        Some(user) => command.arg(format!("--uid={user}")),
        None => command.arg("--setenv=HOME=/root"),
    };
    command.args(["--setenv=DEBIAN_FRONTEND=noninteractive", "--setenv=LC_ALL=C.UTF-8"]);
    command.args(options.env.iter().map(|(name, value)| format!("--setenv={name}={value}")));
    command.arg("--").args(argv);
    command
}

/// Runs it to its end.
pub(super) async fn run(
    name: &str,
    shown: String,
    mut command: Command,
    options: &ExecOptions,
) -> Result<Output, LabError> {
    let started = tokio::time::Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().doing::<LabError>(|| format!("running {shown} on {name}"))?;
    let stdin = child.stdin.take();
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command need not read what it is given.
            let _closed = stdin.write_all(&options.stdin).await;
        }
    };
    let too_long =
        || LabError::TimedOut { name: name.to_owned(), command: shown.clone(), limit: options.limit };
    let both = async { tokio::join!(write, child.wait_with_output()) };
    // systemd ends it at the limit; more time than that means that systemd itself is stuck.
    let ended = timeout(options.limit + Duration::from_secs(10), both).await;
    let ((), output) = ended.map_err(|_| too_long())?;
    let output = output.doing::<LabError>(|| format!("waiting for {shown} on {name}"))?;
    if !output.status.success() && started.elapsed() >= options.limit {
        return Err(too_long());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Output {
        command: shown,
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    })
}
