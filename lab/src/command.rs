//! Runs a helper program to its end.

use std::ffi::OsStr;
use std::process::Stdio;

use tokio::process::Command;

use crate::error::{Doing as _, LabError};

/// Runs it, and turns any ending but success into an error that shows what it wrote.
pub(crate) async fn run(
    program: &str,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, LabError> {
    let mut command = Command::new(program);
    command.args(args);
    run_command(command).await
}

/// The same for a prepared command; what it writes to standard output is the answer.
pub(crate) async fn run_command(mut command: Command) -> Result<String, LabError> {
    let shown = show(&command);
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .doing::<LabError>(|| format!("running {shown}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let written = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(LabError::Command { command: shown, status: output.status.to_string(), stderr: tail(written, 2000) })
}

/// The command line, for a person.
pub(crate) fn show(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last `limit` bytes or so, whole lines where possible.
pub(crate) fn tail(bytes: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    let mut from = text.len().saturating_sub(limit);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let cut = &text[from..];
    match cut.find('\n') {
        Some(end) if from > 0 => cut[end + 1..].to_owned(),
        _ => cut.to_owned(),
    }
}
