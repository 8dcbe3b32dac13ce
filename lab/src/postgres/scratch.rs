//! The private folder of one running server: its socket, and its data too when that is thrown away.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::install::RunAs;
use crate::error::{Doing as _, PostgresError};
use crate::process::ProcessId;

const PREFIX: &str = "purvey-pg-";
/// `sun_path` holds 108 bytes with the final NUL; `/.s.PGSQL.5432` follows the folder.
const LONGEST_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder, after removing those whose owners died and could not be tidied up behind.
    pub(super) fn new(user: &RunAs) -> Result<Self, PostgresError> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() > LONGEST_FOLDER - 60 {
            parent = PathBuf::from("/tmp");
        }
        sweep(&parent);
        let own = ProcessId::own();
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-{}-", own.pid, own.start))
            .permissions(Permissions::from_mode(0o711))
            .tempdir_in(&parent)
            .doing::<PostgresError>(|| format!("making a folder in {}", parent.display()))?;
        let scratch = Self(folder.keep());
        let socket = scratch.socket_dir();
        if socket.as_os_str().len() > LONGEST_FOLDER {
            return Err(PostgresError::SocketPath { path: socket, limit: LONGEST_FOLDER });
        }
        // The umask may have taken away what the server's user needs to pass.
        fs::set_permissions(&scratch.0, Permissions::from_mode(0o711))
            .and_then(|()| DirBuilder::new().mode(0o700).create(&socket))
            .and_then(|()| user.own(&socket))
            .doing::<PostgresError>(|| format!("making {}", socket.display()))?;
        Ok(scratch)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn socket_dir(&self) -> PathBuf {
        self.0.join("socket")
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}

fn sweep(parent: &Path) {
    let own_uid = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(mut owner) = name.strip_prefix(PREFIX).map(|it| it.split('-')) else {
            continue;
        };
        let (Some(Ok(pid)), Some(Ok(start))) = (owner.next().map(str::parse), owner.next().map(str::parse))
        else {
            continue;
        };
        let dead = !ProcessId { pid, start }.is_alive();
        let ours = entry.metadata().is_ok_and(|it| it.is_dir() && it.uid() == own_uid);
        let in_use =
            entry.path().join("data/postmaster.pid").exists() && entry.path().join(".owner-gone").exists();
        if dead && ours && !in_use {
            let _tried = fs::remove_dir_all(entry.path());
        }
    }
}
