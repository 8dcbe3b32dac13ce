//! The users that confined scripts run as: one for each install, that owns nothing else and runs nothing else.
//!
//! The numbers lie where Debian and systemd assign none (systemd's `docs/UIDS-GIDS.md`), and need no entry anywhere. The
//! owner of an install's folder is the record of its user, so that there is nothing to keep in step.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The numbers of users and of their groups.
pub const CONFINED_USERS: Range<u32> = 70_000..80_000;

/// Two installs at the same time must not find the same number free.
static CHOOSING: Mutex<()> = Mutex::new(());

/// Gives an install's folder, among those of all installs, to a user of its own, and answers the user.
///
/// # Errors
/// The folders cannot be looked at or given away, or no number is free.
pub(super) fn own(folder: &Path) -> io::Result<u32> {
    let _choosing = CHOOSING.lock().unwrap_or_else(PoisonError::into_inner);
    let owner = fs::metadata(folder)?.uid();
    if CONFINED_USERS.contains(&owner) {
        return Ok(owner);
    }
    let mut taken = BTreeSet::new();
    for entry in folder.parent().map(fs::read_dir).into_iter().flatten().flatten() {
        taken.insert(entry?.metadata()?.uid());
    }
    let free = CONFINED_USERS.into_iter().find(|user| !taken.contains(user));
    let user = free.ok_or_else(|| io::Error::other("every number for users of confined scripts is taken"))?;
    chown(folder, Some(user), Some(user))?;
    Ok(user)
}

/// Makes a folder that a manifest declares and that is not there yet, and gives it to the user. One that is there stays as
/// it is: whether the script may write to it is for its owner to say.
///
/// # Errors
/// It cannot be made, or its place belongs to somebody else, who could lead it elsewhere.
pub(super) fn make_write_path(path: &Path, user: u32) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let place = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    for folder in place.ancestors() {
        let metadata = fs::metadata(folder)?;
        if metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
            let why = format!("it is not made, because {} is not root's alone", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    fs::create_dir_all(path)?;
    chown(path, Some(user), Some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_install_has_a_user_of_its_own_and_keeps_it() {
        if !rustix::process::geteuid().is_root() {
            // Nobody else may give files away.
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        let first = own(&one).unwrap();
        assert_eq!(own(&one).unwrap(), first);
        let second = own(&two).unwrap();
        assert_ne!(first, second);
        fs::remove_dir(&one).unwrap();
        fs::create_dir(&one).unwrap();
        assert_eq!(own(&one).unwrap(), first);
    }

    #[test]
    fn a_folder_is_made_only_where_nobody_else_could_move_it() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir_in("/var").unwrap();
        let path = folder.path().join("a/b");
        make_write_path(&path, 70_001).unwrap();
        assert_eq!(
            (fs::metadata(&path).unwrap().uid(), path.parent().unwrap().metadata().unwrap().uid()),
            (70_001, 0)
        );
        chown(folder.path(), Some(1000), None).unwrap();
        let error = make_write_path(&folder.path().join("c"), 70_001).unwrap_err();
        assert!(error.to_string().contains("not root's alone"), "{error}");
    }
}
