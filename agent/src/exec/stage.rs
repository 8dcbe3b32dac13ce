//! The step between the agent and a script: the agent's own program, started anew, that puts itself into the sandbox and
//! then becomes the script. So no code runs between fork and exec of a process with threads.
//!
//! Descriptor 0 is one end of a socket pair. The agent sends a [`Spec`] in JSON and closes its sending side; the stage
//! answers with a `Held` line, and with a line that begins with `error: ` if it fails. After a successful exec the
//! socket is closed and says nothing more.
//!
//! A confined script is the grandchild of this process: the first process of its namespaces stands between them, because
//! signals that its script should get would not reach it otherwise, and because all that is left ends with it. How the
//! script ended goes back through a pipe; this process then ends in the same way.

use std::fmt::Display;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, WaitOptions};
use zeroize::Zeroizing;

use super::namespaces;
use super::sandbox::{self, Confinement, Held, Hold, SandboxError, Spec};
use super::syscalls::{self, Forked};

/// The hidden command that is this stage.
pub const COMMAND: &str = "sandbox-exec";
/// How an answer that reports a failure begins.
pub const FAILED: &str = "error: ";
/// The exit code of a stage that failed before it could answer.
const EXIT_CODE: u8 = 125;
const MAX_SPEC_BYTES: u64 = 4 * 1024 * 1024;

/// Becomes the script, or waits for it. The exit code to end with.
pub fn run() -> u8 {
    // Kept open until exec closes it: that is how the agent learns of success.
    let Ok(mut agent) = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3).map(UnixStream::from) else {
        return EXIT_CODE;
    };
    let (spec, mut held) = match begin(&mut agent) {
        Ok(begun) => begun,
        Err(error) => return fail(agent, &*error),
    };
    match &spec.hold {
        Hold::Host => match sandbox::enter_host(&mut held) {
            Ok(()) => become_script(&spec, &held, agent),
            Err(error) => fail(agent, &error),
        },
        Hold::Confined(confinement) => confine(&spec, confinement, held, agent),
    }
}

fn begin(agent: &mut UnixStream) -> Result<(Spec, Held), Box<dyn std::error::Error>> {
    let mut text = Zeroizing::new(Vec::new());
    agent.take(MAX_SPEC_BYTES).read_to_end(&mut text)?;
    let spec: Spec = serde_json::from_slice(&text)?;
    let null = std::fs::OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    let mut held = Held::default();
    sandbox::begin(spec.memory_bytes, &mut held)?;
    Ok((spec, held))
}

/// Tells the agent what holds, and becomes the program. Returns only if there is none.
fn become_script(spec: &Spec, held: &Held, mut agent: UnixStream) -> u8 {
    let answer = serde_json::to_string(held).unwrap_or_default() + "\n";
    if let Err(error) =
        std::env::set_current_dir(&spec.folder).and_then(|()| agent.write_all(answer.as_bytes()))
    {
        return fail(agent, &error);
    }
    let Some(program) = &spec.program else { return 0 };
    let error = Command::new(program).env_clear().envs(&spec.environment).exec();
    fail(agent, &format_args!("{program}: {error}"))
}

fn fail(mut agent: UnixStream, error: &(impl Display + ?Sized)) -> u8 {
    // If the agent is gone there is nobody to tell.
    let _ = write!(agent, "{FAILED}{error}");
    EXIT_CODE
}

/// Leaves the host's namespaces, and waits for the script outside of them.
fn confine(spec: &Spec, confinement: &Confinement, held: Held, agent: UnixStream) -> u8 {
    let forked = || {
        namespaces::leave(confinement.network)?;
        let pipe = io::pipe().map_err(|source| SandboxError::Step { step: "a pipe", source })?;
        let forked = syscalls::fork().map_err(|source| SandboxError::Step { step: "fork", source })?;
        Ok::<_, SandboxError>((pipe, forked))
    };
    match forked() {
        Ok(((ended, tell), Forked::Parent(first))) => {
            // Only the other side's end may be open, or a silent death would never be noticed.
            drop((agent, tell));
            wait_for(first, ended)
        }
        Ok(((ended, tell), Forked::Child)) => {
            drop(ended);
            first_process(spec, confinement, held, agent, tell)
        }
        Err(error) => fail(agent, &error),
    }
}

/// The life of the first process of a confined script's namespaces.
fn first_process(
    spec: &Spec,
    confinement: &Confinement,
    mut held: Held,
    agent: UnixStream,
    tell: io::PipeWriter,
) -> u8 {
    if let Err(error) = sandbox::enter_confined(confinement, &mut held) {
        return fail(agent, &error);
    }
    match syscalls::fork() {
        Ok(Forked::Child) => {
            drop(tell);
            become_script(spec, &held, agent)
        }
        Ok(Forked::Parent(script)) => {
            // The script alone holds the agent's socket now.
            drop(agent);
            reap(script, tell);
            0
        }
        Err(error) => fail(agent, &error),
    }
}

/// Waits for the script, and meanwhile for every orphan, whose parent this process is.
fn reap(script: Pid, mut tell: io::PipeWriter) {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == script => {
                let _ = tell.write_all(&status.as_raw().to_le_bytes());
                return;
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // There is no child: cannot be, the script is one.
            Err(_) => return,
        }
    }
}

/// Waits for a confined script's end and ends in the same way.
fn wait_for(first: Pid, mut ended: io::PipeReader) -> u8 {
    syscalls::ignore_requests_to_end();
    let mut status = [0; 4];
    let told = ended.read_exact(&mut status);
    // All that the script left ends with the first process, before this one tells the agent by its own end.
    let first = loop {
        match rustix::process::waitpid(Some(first), WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            result => break result,
        }
    };
    let status = match (told, first) {
        (Ok(()), _) => i32::from_le_bytes(status),
        (Err(_), Ok(Some((_, status)))) => status.as_raw(),
        (Err(_), _) => return EXIT_CODE,
    };
    let status = ExitStatus::from_raw(status);
    if let Some(signal) = status.signal() {
        syscalls::end_by(signal);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(EXIT_CODE)
}
