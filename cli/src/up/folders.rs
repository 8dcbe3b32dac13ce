//! Where a lasting control plane keeps its things: data in one place, the key that protects it in another.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::config::environment;
use crate::failure::Failure;

/// The folders and the key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folders {
    pub(super) data: PathBuf,
    pub(super) key_file: PathBuf,
}

impl Folders {
    /// Root's are `/var/lib/purvey` and `/etc/purvey`, another user's are those of the XDG base directory specification.
    ///
    /// # Errors
    /// There is no home, or the key would lie within the data.
    pub(super) fn choose(data: Option<PathBuf>, key_file: Option<PathBuf>) -> Result<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let default = |root: &str, variable: &str, below_home: &str| match is_root {
            true => Ok(PathBuf::from(root)),
            false => own(variable, below_home),
        };
        let data = match data {
            Some(data) => data,
            None => default("/var/lib/purvey", "XDG_DATA_HOME", ".local/share")?,
        };
        let key_file = match key_file {
            Some(file) => file,
            None => default("/etc/purvey", "XDG_CONFIG_HOME", ".config")?.join("kms.key"),
        };
        let (data, key_file) = (std::path::absolute(data)?, std::path::absolute(key_file)?);
        if resolved(&key_file).starts_with(resolved(&data)) {
            let failure = Failure::usage_with(
                format!("the key file {} lies in the data folder {}", key_file.display(), data.display()),
                "who gets a copy of the data must not get the key with it: choose another place",
            );
            return Err(failure.into());
        }
        Ok(Self { data, key_file })
    }

    /// PostgreSQL's part of the data.
    pub(super) fn postgres(&self) -> PathBuf {
        self.data.join("postgres")
    }

    /// The control plane's own files.
    pub(super) fn control_plane(&self) -> PathBuf {
        self.data.join("control-plane")
    }

    /// Signed bundles that the user put there.
    pub(super) fn catalogue(&self) -> PathBuf {
        self.data.join("catalogue")
    }

    /// Makes what is not there yet.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn make(&self) -> Result<()> {
        // PostgreSQL runs as another user when we are root, and must get to its folder.
        make(&self.data, 0o711)?;
        make(&self.control_plane(), 0o700)?;
        if let Some(folder) = self.key_file.parent() {
            make(folder, 0o755)?;
        }
        Ok(())
    }
}

fn make(folder: &Path, mode: u32) -> Result<()> {
    let made = || {
        if folder.is_dir() {
            return Ok(());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))
    };
    made().with_context(|| format!("making {}", folder.display()))
}

fn own(variable: &str, below_home: &str) -> Result<PathBuf> {
    let absolute = |path: String| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let base = environment(variable).and_then(absolute);
    let base = base.or_else(|| Some(environment("HOME").and_then(absolute)?.join(below_home)));
    let base = base.with_context(|| format!("neither {variable} nor HOME is an absolute path"))?;
    Ok(base.join("purvey"))
}

/// The path without links, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    let mut there = path;
    let mut rest = PathBuf::new();
    loop {
        if let Ok(real) = there.canonicalize() {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
        match (there.parent(), there.file_name()) {
            (Some(parent), Some(name)) => {
                rest = if rest.as_os_str().is_empty() { name.into() } else { Path::new(name).join(rest) };
                there = parent;
            }
            _ => return path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_lies_within_the_data_not_even_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
        for key in ["data/kms.key", "data/a/b/kms.key", "link/kms.key"] {
            let chosen = Folders::choose(Some(data.clone()), Some(folder.path().join(key)));
            assert!(chosen.unwrap_err().to_string().contains("lies in the data folder"), "{key}");
        }
        let chosen = Folders::choose(Some(data.clone()), Some(folder.path().join("keys/kms.key"))).unwrap();
        assert_eq!(chosen.data, data);
    }
}
