//! A lab's guard: a small shell in a session of its own that removes the lab when its owner lets go or dies.
//!
//! Its standard input is a pipe whose only writing end is the owner's, so that the kernel tells it of the owner's
//! death, SIGKILL and `exit` included. The tear-down itself is `teardown.sh`, whoever runs it.

use std::fs;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::error::{Doing as _, LabError};
use crate::process::{ProcessId, until};
use crate::sweep::folder;

const SCRIPT: &str = include_str!("teardown.sh");
const LIMIT: Duration = Duration::from_secs(30);

/// A running guard. Dropping it removes the lab and blocks until that is done, some 100 ms.
#[derive(Debug)]
pub(crate) struct Guard {
    lab: String,
    shell: Child,
    line: Option<ChildStdin>,
}

impl Guard {
    /// Starts it. The lab's folder must be there.
    pub(crate) fn spawn(lab: &str) -> Result<Self, LabError> {
        let script = folder(lab).join("teardown.sh");
        fs::write(&script, SCRIPT).doing::<LabError>(|| format!("writing {}", script.display()))?;
        let mut shell = Command::new("setsid")
            .arg("sh")
            .arg(&script)
            .args([lab, "wait"])
            .current_dir("/")
            .stdin(Stdio::piped())
            // Whoever reads our own output to its end must not wait for the guard.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .doing::<LabError>(|| "starting the guard of the lab".to_owned())?;
        let line = shell.stdin.take();
        Ok(Self { lab: lab.to_owned(), shell, line })
    }

    pub(crate) fn process(&self) -> Option<ProcessId> {
        ProcessId::of(self.shell.id())
    }

    /// Removes the lab and waits for the end of that.
    pub(crate) async fn release(mut self) -> Result<(), LabError> {
        self.line = None;
        until(LIMIT, || !matches!(self.shell.try_wait(), Ok(None))).await;
        // Nothing to do if the guard did its work; the whole work if somebody killed it.
        tear_down(&self.lab).await
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.line = None;
        let mut left = LIMIT.as_millis() / 10;
        while matches!(self.shell.try_wait(), Ok(None)) && left > 0 {
            std::thread::sleep(Duration::from_millis(10));
            left -= 1;
        }
    }
}

/// Removes a lab now.
pub(crate) async fn tear_down(lab: &str) -> Result<(), LabError> {
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", SCRIPT, "teardown.sh", lab]).current_dir("/").stdin(Stdio::null());
    let output = command.output().await.doing::<LabError>(|| format!("removing the lab {lab}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(LabError::Teardown { id: lab.to_owned(), why })
}
