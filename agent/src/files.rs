//! Small files that must survive a crash, and files that only their owner may have written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Replaces a file so that after a crash it holds either the old bytes or the new ones.
///
/// # Errors
/// The file cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
    // A file left by an earlier crash keeps its mode, and the umask narrows a new one's.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_parent(path)
}

/// Makes a rename or a new entry in a file's folder durable.
///
/// # Errors
/// The folder cannot be synced.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Makes a folder and its parents, and gives the last one this mode.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Reads at most `limit` bytes.
///
/// # Errors
/// The file cannot be read, or is larger.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Reads a file if it is there.
///
/// # Errors
/// It is there and cannot be read, or is larger than `limit` bytes.
pub fn read_if_present(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match read_bounded(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why a file is not one that only its owner may have written.
#[derive(Debug, thiserror::Error)]
pub enum Careless {
    /// It cannot be looked at.
    #[error("{} cannot be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It belongs to somebody else.
    #[error("{} belongs to the user {owner} and must belong to {wanted}: chown {wanted} {}", path.display(), path.display())]
    Owner {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it must be.
        wanted: u32,
    },
    /// Others may write it.
    #[error("{} can be written by others (mode {mode:04o}): chmod go-w {}", path.display(), path.display())]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

/// Checks that a file or folder belongs to the agent's user and that nobody else can write it.
///
/// # Errors
/// It does not, or somebody can.
pub fn check_owned(path: &Path) -> Result<(), Careless> {
    let metadata = fs::metadata(path).map_err(|source| Careless::Io { path: path.to_owned(), source })?;
    let wanted = rustix::process::geteuid().as_raw();
    if metadata.uid() != wanted {
        return Err(Careless::Owner { path: path.to_owned(), owner: metadata.uid(), wanted });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Err(Careless::Mode { path: path.to_owned(), mode });
    }
    Ok(())
}
