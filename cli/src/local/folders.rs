//! A folder that goes when we do.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use purvey_lab::{Leash, LeashSpec};
use rustix::process::Signal;
use tempfile::TempDir;

/// What is started in the folder has this time to end when we were killed, before the folder goes.
const KEPT_FOR: Duration = Duration::from_secs(7);

/// A temporary folder. Others may pass through it but not look into it; what is secret in it has mode 0600.
///
/// Dropping it removes it. If we are killed, a small process that waits for that removes it a little later.
#[derive(Debug)]
pub(crate) struct Temporary {
    folder: TempDir,
    keeper: Leash,
}

impl Temporary {
    /// Makes it.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn create(prefix: &str) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(std::fs::Permissions::from_mode(0o711))
            .tempdir()
            .context("making a temporary folder")?;
        let log = File::options().write(true).open("/dev/null").context("opening /dev/null")?;
        let keeper = Leash::spawn(LeashSpec {
            argv: ["sleep", "infinity"].map(OsString::from).to_vec(),
            // Does nothing to it, so that it ends only after the whole time.
            first_signal: "CONT",
            grace: KEPT_FOR,
            folder: Some(folder.path()),
            shm_file: None,
            log,
        })
        .context("starting the keeper of the temporary folder")?;
        Ok(Self { folder, keeper })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The keeper leaves the folder alone when it ends before us; it is removed with `folder`.
        self.keeper.signal(Signal::KILL);
    }
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// What the operating system says.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let write = || {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(content)
    };
    write().with_context(|| format!("writing {}", path.display()))
}
