//! A child process that cannot outlive us, not even when we are killed with SIGKILL.
//!
//! A small shell, in a session of its own so that no Ctrl-C reaches it, is the program's parent. Its standard input is
//! a pipe whose only writing end is ours: the kernel closes it when we die, however we die, and the shell ends the
//! program. `PR_SET_PDEATHSIG` alone would not do: it fires when the spawning *thread* ends.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{send, until};

const SCRIPT: &str = include_str!("leash.sh");

/// How to run a program on a leash.
#[derive(Debug)]
pub struct Spec<'a> {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// The first signal that it gets when we have gone (`INT`, `TERM`, ...); QUIT and KILL follow.
    pub first_signal: &'a str,
    /// How long it may take after the first signal.
    pub grace: Duration,
    /// Removed by the leash when we have gone.
    pub folder: Option<&'a Path>,
    /// PostgreSQL's `postmaster.pid`, when the program is one.
    pub shm_file: Option<&'a Path>,
    /// Where its output goes.
    pub log: File,
}

/// A running program on its leash. Dropping it ends the program.
#[derive(Debug)]
pub struct Leash {
    shell: Child,
    line: Option<ChildStdin>,
    pid: u32,
}

impl Leash {
    /// Starts it, in `/` and with our environment.
    ///
    /// # Errors
    /// The shell cannot be started.
    pub fn spawn(spec: Spec<'_>) -> std::io::Result<Self> {
        let path = |it: Option<&Path>| it.map(|it| it.as_os_str().to_owned()).unwrap_or_default();
        let mut shell = Command::new("setsid")
            .args(["sh", "-c", SCRIPT, "purvey-leash", spec.first_signal])
            .arg(spec.grace.as_secs().to_string())
            .arg(path(spec.folder))
            .arg(path(spec.shm_file))
            .args(&spec.argv)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(spec.log)
            .spawn()?;
        let line = shell.stdin.take();
        let mut pid = String::new();
        if let Some(stdout) = shell.stdout.take() {
            BufReader::new(stdout).read_line(&mut pid)?;
        }
        match pid.trim().parse() {
            Ok(pid) => Ok(Self { shell, line, pid }),
            Err(_) => {
                drop(line);
                shell.wait()?;
                Err(std::io::Error::other("the shell of the leash ended at once"))
            }
        }
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How the program ended, or `None` while it runs.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn try_wait(&mut self) -> std::io::Result<Option<ExitStatus>> {
        self.shell.try_wait()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        send(self.pid, signal);
    }

    /// Waits for the program to end; `false` when it did not within `limit`.
    pub async fn ended_within(&mut self, limit: Duration) -> bool {
        until(limit, || !matches!(self.shell.try_wait(), Ok(None))).await
    }

    /// Lets go: the shell ends the program. Blocks until it has, at most for `limit`.
    pub fn release(&mut self, limit: Duration) {
        self.line = None;
        let mut left = limit.as_millis() / 10;
        while matches!(self.shell.try_wait(), Ok(None)) && left > 0 {
            std::thread::sleep(Duration::from_millis(10));
            left -= 1;
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.release(Duration::from_secs(10));
    }
}
