//! The files of a server, as they are at one moment, seen from outside.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use purvey_lab::Server;

/// Larger files are compared by size and times.
const MAX_TEXT: u64 = 64 * 1024;

/// All files by their path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) files: BTreeMap<String, Entry>,
}

/// One file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The whole mode, the kind included.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) modified: (i64, i64),
    pub(crate) changed: (i64, i64),
    /// Where a link leads.
    pub(crate) target: Option<PathBuf>,
    /// What is in a small file that may be configuration.
    pub(crate) content: Option<Vec<u8>>,
}

impl Entry {
    pub(crate) fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// Looks at everything of the server's root file system, and of `more` folders that are mounts of their own. What has been
/// changed after `since` (seconds of the Unix epoch) is read if it is small, as is everything in `/etc`.
///
/// # Errors
/// The server is off.
pub(crate) async fn take(server: &Server, more: &[PathBuf], since: i64) -> Result<Snapshot> {
    let root = root_of(server)?;
    let more = more.to_vec();
    tokio::task::spawn_blocking(move || walk_all(&root, &more, since)).await.context("looking at the files")
}

/// The server's `/`, as it is seen from here.
///
/// # Errors
/// The server is off.
pub(crate) fn root_of(server: &Server) -> Result<PathBuf> {
    Ok(PathBuf::from(format!("/proc/{}/root", server.leader()?)))
}

fn walk_all(root: &Path, more: &[PathBuf], since: i64) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for start in [Path::new("/")].into_iter().chain(more.iter().map(PathBuf::as_path)) {
        let Ok(start) = start.strip_prefix("/") else { continue };
        let at = root.join(start);
        // A path that ends in a link's name would be followed by the kernel here, which /proc/PID/root has to be.
        if let Ok(meta) = fs::metadata(&at) {
            walk(root, &at, meta.dev(), since, &mut snapshot);
        }
    }
    snapshot
}

/// Everything below a folder that is on the same file system. No link is followed.
fn walk(root: &Path, folder: &Path, device: u64, since: i64, to: &mut Snapshot) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // What is gone meanwhile was not there.
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let Ok(inside) = path.strip_prefix(root) else { continue };
        let name = format!("/{}", inside.to_string_lossy());
        to.files.insert(name, describe(&path, inside, &meta, since));
        if meta.is_dir() && meta.dev() == device {
            walk(root, &path, device, since, to);
        }
    }
}

fn describe(path: &Path, inside: &Path, meta: &Metadata, since: i64) -> Entry {
    let wanted =
        meta.is_file() && meta.len() <= MAX_TEXT && (inside.starts_with("etc") || meta.ctime() >= since);
    Entry {
        mode: meta.mode(),
        owner: (meta.uid(), meta.gid()),
        inode: meta.ino(),
        size: if meta.is_dir() { 0 } else { meta.len() },
        modified: (meta.mtime(), meta.mtime_nsec()),
        changed: (meta.ctime(), meta.ctime_nsec()),
        target: if meta.is_symlink() { fs::read_link(path).ok() } else { None },
        content: if wanted { read(path) } else { None },
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    fs::File::open(path).ok()?.take(MAX_TEXT + 1).read_to_end(&mut content).ok()?;
    Some(content)
}

/// Whether a path is this one or lies below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seen_whole_and_links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/app")).unwrap();
        fs::write(root.path().join("etc/app/conf"), "x=1\n").unwrap();
        std::os::unix::fs::symlink("/etc", root.path().join("link")).unwrap();
        let seen = walk_all(root.path(), &[], i64::MAX);
        let names: Vec<_> = seen.files.keys().map(String::as_str).collect();
        assert_eq!(names, ["/etc", "/etc/app", "/etc/app/conf", "/link"]);
        assert_eq!(seen.files["/etc/app/conf"].content.as_deref(), Some("x=1\n".as_bytes()));
        assert_eq!(seen.files["/link"].target.as_deref(), Some(Path::new("/etc")));
        assert!(seen.files["/etc"].is_folder() && !seen.files["/etc/app/conf"].is_folder());
    }

    #[test]
    fn a_path_is_below_a_folder_by_whole_names() {
        assert!(is_below("/var/log", "/var/log") && is_below("/var/log/a", "/var/log/"));
        assert!(!is_below("/var/logs", "/var/log"));
    }
}
