//! Finds out, by doing it, what holds scripts on this host.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::sandbox::{Confinement, Held, Hold, Spec};
use super::stage;
use super::users::CONFINED_USERS;

const LIMIT: Duration = Duration::from_secs(10);

/// What each profile is here.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// What holds in the profile `host`, and what does not.
    pub host: Held,
    /// The same for `confined`, or why it cannot be had.
    pub confined: Result<Held, String>,
}

/// Tries both profiles. `stage` is the agent's own program. Takes some ten milliseconds.
pub fn profiles(stage: &Path) -> Profiles {
    let network = false;
    let user = rustix::process::geteuid().is_root().then_some(CONFINED_USERS.start);
    let confinement = Confinement {
        network,
        user,
        readable: Vec::new(),
        writable: Vec::new(),
        temporary: "/tmp".to_owned(),
        max_processes: None,
    };
    let nothing = |why| Held { enforced: Vec::new(), missing: vec![why] };
    Profiles {
        host: attempt(stage, Hold::Host).unwrap_or_else(nothing),
        confined: attempt(stage, Hold::Confined(confinement)),
    }
}

fn attempt(stage: &Path, hold: Hold) -> Result<Held, String> {
    let spec = Spec {
        program: None,
        environment: BTreeMap::new(),
        folder: "/".to_owned(),
        memory_bytes: None,
        hold,
    };
    let answer = converse(stage, &spec).map_err(|error| format!("the sandbox cannot be tried: {error}"))?;
    if let Some((_, why)) = answer.split_once(stage::FAILED) {
        return Err(why.to_owned());
    }
    serde_json::from_str(answer.trim()).map_err(|_| "the sandbox did not answer".to_owned())
}

fn converse(program: &Path, spec: &Spec) -> io::Result<String> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let mut child = Command::new(program)
        .arg(stage::COMMAND)
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let talk = |ours: &mut UnixStream| {
        ours.set_read_timeout(Some(LIMIT))?;
        ours.write_all(&serde_json::to_vec(spec)?)?;
        ours.shutdown(Shutdown::Write)?;
        let mut answer = String::new();
        ours.take(64 * 1024).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = talk(&mut ours);
    if answer.is_err() {
        let _ = child.kill();
    }
    child.wait()?;
    answer
}
