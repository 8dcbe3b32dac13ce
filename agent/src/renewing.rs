//! `agent renew`: by itself while no agent runs, else by the one that runs, whose connection and key are in use.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};

use crate::ambient::{Clock as _, Host};
use crate::config::Config;
use crate::files;
use crate::identity::{Chain, Identity};
use crate::paths::Paths;
use crate::tls::{self, ServerCheck};
use crate::trust::HeldTrust;
use crate::upkeep::{self, Renewal};

/// How long the running agent may take.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Two agents with one journal would run jobs twice. The file names the one that holds it.
///
/// # Errors
/// Another agent runs.
pub fn lock(paths: &Paths) -> anyhow::Result<File> {
    let path = paths.lock();
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
    let mut file = file.with_context(|| path.display().to_string())?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
        .context("another agent runs on this host already")?;
    // Without its number it can only not be asked: a full disk must not keep it from running.
    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(file)
}

/// What the running agent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalRequest {
    /// With a new key.
    pub rotates_key: bool,
}

impl RenewalRequest {
    /// Takes the request away, if there is one.
    pub fn take(paths: &Paths) -> Option<Self> {
        let bytes = files::read_if_present(&paths.renewal_request(), 64).ok().flatten()?;
        // One that cannot be removed would renew the certificate at every reload.
        fs::remove_file(paths.renewal_request()).ok()?;
        Some(Self { rotates_key: bytes == b"rotate-key" })
    }

    /// Leaves the request for the running agent, which looks for it at a reload.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn leave(self, paths: &Paths) -> std::io::Result<()> {
        let text: &[u8] = if self.rotates_key { b"rotate-key" } else { b"renew" };
        files::write_atomically(&paths.renewal_request(), text, 0o600)
    }
}

/// Renews the certificate now.
///
/// # Errors
/// The host is not enrolled, the control plane refuses or cannot be reached, or the running agent did not do it in time.
pub async fn now(paths: &Paths, rotates_key: bool) -> anyhow::Result<Chain> {
    let (identity, before) = Identity::load(paths, &Host)?;
    let Ok(_lock) = lock(paths) else {
        return ask(paths, rotates_key).await;
    };
    let config = Config::load(&paths.config_file())?;
    let check = ServerCheck::Listed(HeldTrust::load(&paths.trust())?);
    let channel = tls::connect(&config.control_plane, check, identity.certificate.clone()).await?;
    let how = Renewal { is_expired: before.not_after() <= Host.now(), rotates_key };
    upkeep::renew(channel, Arc::new(identity), how).await
}

/// Asks the agent that runs, and waits until it has done it.
async fn ask(paths: &Paths, rotates_key: bool) -> anyhow::Result<Chain> {
    let before = Identity::stored_certificates(paths);
    let mut pid = String::new();
    File::open(paths.lock())?.take(32).read_to_string(&mut pid)?;
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw);
    let pid = pid.context("the running agent does not say which process it is; restart it")?;
    RenewalRequest { rotates_key }.leave(paths)?;
    rustix::process::kill_process(pid, Signal::HUP).context("asking the running agent")?;
    let asked = tokio::time::Instant::now();
    while asked.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
        if Identity::stored_certificates(paths) != before {
            // The key is taken in use a moment after the certificate.
            tokio::time::sleep(LOOK_AGAIN).await;
            return Ok(Identity::load(paths, &Host)?.1);
        }
    }
    let _ = fs::remove_file(paths.renewal_request());
    bail!(
        "the running agent has not renewed it within a minute; its log says why (`journalctl -u purvey-agent`)"
    )
}
