//! The folder of one attempt: the unpacked bundle, a private TMPDIR, and the files that the script reports by.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use purvey_contract::bundle;
use purvey_contract::manifest::Profile;

use super::runner::Runner;
use super::sandbox::CONFINED_ID;
use crate::files;
use crate::verify::Ready;

/// The folder of one attempt, removed when it goes out of scope.
pub(super) struct AttemptFolder {
    pub(super) path: PathBuf,
}

impl AttemptFolder {
    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for AttemptFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "an attempt's folder cannot be removed");
        }
    }
}

/// Makes the folder, and the install's own where there is none yet.
pub(super) fn prepare(runner: &Runner, ready: &Ready) -> Result<AttemptFolder, Failure> {
    let folder = Failure::step("making the attempt's folder", new_folder(runner))?;
    let bundle = folder.part("bundle");
    let make =
        |path: &Path, mode| fs::DirBuilder::new().mode(mode).create(path).and_then(|()| set_mode(path, mode));
    Failure::step("making the bundle's folder", make(&bundle, 0o755))?;
    bundle::unpack(&ready.bundle, &bundle)
        .map_err(|error| Failure(format!("unpacking the bundle: {error}")))?;
    let temporary = folder.part("tmp");
    // Programs that a script starts as another user want to write here too. The way here cannot be listed or guessed.
    Failure::step("making TMPDIR", make(&temporary, 0o1777))?;
    let install = runner.paths.install(ready.job.spec.install);
    Failure::step("making the install's folder", files::make_folder(&runner.paths.installs(), 0o711))?;
    Failure::step("making the install's folder", files::make_folder(&install, 0o700))?;
    let own = drops_user(ready.bundle.manifest.sandbox.profile);
    for file in ["progress", "output"] {
        Failure::step("making the report files", fs::write(folder.part(file), b""))?;
        Failure::step("making the report files", set_mode(&folder.part(file), 0o600))?;
    }
    if own {
        for path in [&install, &temporary, &folder.part("progress"), &folder.part("output")] {
            let owned = std::os::unix::fs::chown(path, Some(CONFINED_ID), Some(CONFINED_ID));
            Failure::step("handing the folders over", owned)?;
        }
    }
    Ok(folder)
}

fn new_folder(runner: &Runner) -> io::Result<AttemptFolder> {
    let mut name = [0; 12];
    runner.random.fill(&mut name)?;
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    files::make_folder(&runner.paths.attempts(), 0o711)?;
    let path = runner.paths.attempts().join(name);
    fs::DirBuilder::new().mode(0o711).create(&path)?;
    let folder = AttemptFolder { path };
    set_mode(&folder.path, 0o711)?;
    Ok(folder)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Whether scripts of the profile run as another user than the agent.
fn drops_user(profile: Profile) -> bool {
    profile == Profile::Confined && rustix::process::geteuid().is_root()
}

/// Why a script did not start. For people; the agent does the same in every case.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failure(pub(super) String);

impl Failure {
    pub(super) fn step<T>(step: &str, result: io::Result<T>) -> Result<T, Self> {
        result.map_err(|error| Self(format!("{step}: {error}")))
    }
}
