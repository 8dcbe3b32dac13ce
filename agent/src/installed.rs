//! What is installed on this host, as far as the agent has seen: which tells a downgrade from an upgrade.

use std::fs;
use std::io;

use purvey_contract::id::{AppRef, InstallUid};
use purvey_contract::job::JobSpec;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::paths::Paths;

/// An install as its last successful job left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installed {
    /// The app.
    pub app: AppRef,
    /// Its version.
    pub version: String,
    /// Its release.
    pub release: u64,
}

/// What is known of an install.
pub fn look_up(paths: &Paths, install: InstallUid) -> Option<Installed> {
    let bytes = files::read_bounded(&paths.installed().join(install.to_string()), 64 * 1024).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A job has put this there.
///
/// # Errors
/// It cannot be recorded.
pub fn remember(paths: &Paths, spec: &JobSpec) -> io::Result<()> {
    let JobSpec { app, version, release, .. } = spec;
    let installed = Installed { app: app.clone(), version: version.clone(), release: *release };
    files::make_folder(&paths.installed(), 0o700)?;
    let bytes = serde_json::to_vec(&installed).map_err(io::Error::other)?;
    files::write_atomically(&paths.installed().join(spec.install.to_string()), &bytes, 0o600)
}

/// An install is gone, and so is what it kept.
///
/// # Errors
/// Something cannot be removed.
pub fn forget(paths: &Paths, install: InstallUid) -> io::Result<()> {
    for removed in [
        fs::remove_file(paths.installed().join(install.to_string())),
        fs::remove_dir_all(paths.install(install)),
    ] {
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
