//! The folder of one attempt: the unpacked bundle, a private TMPDIR, and the files that the script reports by.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use purvey_contract::bundle;
use purvey_contract::manifest::Profile;

use super::runner::Runner;
use super::users;
use crate::files;
use crate::verify::Ready;

/// The folder of one attempt, removed when it goes out of scope.
pub(super) struct AttemptFolder {
    pub(super) path: PathBuf,
    /// Whom the script runs as, if not as the agent's user.
    pub(super) user: Option<u32>,
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
    let mut folder = Failure::step("making the attempt's folder", new_folder(runner))?;
    let bundle = folder.part("bundle");
    let make =
        |path: &Path, mode| fs::DirBuilder::new().mode(mode).create(path).and_then(|()| set_mode(path, mode));
    Failure::step("making the bundle's folder", make(&bundle, 0o755))?;
    bundle::unpack(&ready.bundle, &bundle).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Failure(format!("unpacking the bundle: {error}{}", cause.unwrap_or_default()))
    })?;
    let temporary = folder.part("tmp");
    // Programs that a script starts as another user want to write here too. The way here cannot be listed or guessed.
    Failure::step("making TMPDIR", make(&temporary, 0o1777))?;
    let install = runner.paths.install(ready.job.spec.install);
    Failure::step("making the install's folder", files::make_folder(&runner.paths.installs(), 0o711))?;
    Failure::step("making the install's folder", files::make_folder(&install, 0o700))?;
    for file in ["progress", "output"] {
        Failure::step("making the report files", fs::write(folder.part(file), b""))?;
        Failure::step("making the report files", set_mode(&folder.part(file), 0o600))?;
    }
    let sandbox = &ready.bundle.manifest.sandbox;
    if sandbox.profile == Profile::Confined && rustix::process::geteuid().is_root() {
        let user = Failure::step("finding a user for the script", users::own(&install))?;
        for path in [&temporary, &folder.part("progress"), &folder.part("output")] {
            let owned = std::os::unix::fs::chown(path, Some(user), Some(user));
            Failure::step("handing the folders over", owned)?;
        }
        for path in &sandbox.write_paths {
            Failure::step(path, users::make_write_path(Path::new(path), user))?;
        }
        folder.user = Some(user);
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
    let folder = AttemptFolder { path, user: None };
    set_mode(&folder.path, 0o711)?;
    Ok(folder)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
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
