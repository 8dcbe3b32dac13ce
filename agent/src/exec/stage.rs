//! The step between the agent and a script: the agent's own program, started anew, that puts itself into the sandbox and
//! then becomes the script. So no code runs between fork and exec of a process with threads.
//!
//! Descriptor 0 is one end of a socket pair. The agent sends a [`Spec`] in JSON and closes its sending side; the stage
//! answers with a `Held` line, and with a line that begins with `error: ` if it fails. After a successful exec the
//! socket is closed and says nothing more.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use zeroize::Zeroizing;

use super::sandbox::{self, Spec};

/// The hidden command that is this stage.
pub const COMMAND: &str = "sandbox-exec";
/// How an answer that reports a failure begins.
pub const FAILED: &str = "error: ";
/// The exit code of a stage that failed before it could answer.
const EXIT_CODE: u8 = 125;
const MAX_SPEC_BYTES: u64 = 4 * 1024 * 1024;

/// Becomes the script. Returns only if that failed: the exit code to end with.
pub fn run() -> u8 {
    // Kept open until exec closes it: that is how the agent learns of success.
    let Ok(mut agent) = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3).map(UnixStream::from) else {
        return EXIT_CODE;
    };
    let failure = match start(&mut agent) {
        Ok(never) => match never {},
        Err(error) => error,
    };
    // If the agent is gone there is nobody to tell.
    let _ = write!(agent, "{FAILED}{failure}");
    EXIT_CODE
}

fn start(agent: &mut UnixStream) -> Result<std::convert::Infallible, Box<dyn std::error::Error>> {
    let mut text = Zeroizing::new(Vec::new());
    agent.as_fd();
    io::Read::by_ref(agent).take(MAX_SPEC_BYTES).read_to_end(&mut text)?;
    let spec: Spec = serde_json::from_slice(&text)?;
    drop(text);
    let null = std::fs::OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    drop(null);
    std::env::set_current_dir(&spec.folder)?;
    let held = sandbox::enter(&spec.hold)?;
    let mut answer = serde_json::to_vec(&held)?;
    answer.push(b'\n');
    agent.write_all(&answer)?;
    let error = Command::new(&spec.program).env_clear().envs(&spec.environment).exec();
    Err(format!("{}: {error}", spec.program).into())
}
