//! Between folders and the files of a bundle.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::archive::{check_count, refused};
use super::{BundleError, File, Files, LEFT_OUT, MAX_ARCHIVE_BYTES, MAX_FILE_BYTES, path};

/// The folder of the shell library in a bundle.
const LIB: &str = "lib";

pub(super) fn collect(folder: &Path, lib: Option<&Path>) -> Result<Files, BundleError> {
    let mut files = Files::new();
    let mut budget = MAX_ARCHIVE_BYTES;
    walk(folder, "", &mut files, &mut budget)?;
    for (name, entry) in lib.map(list).transpose()?.into_iter().flatten() {
        if !name.ends_with(".sh") || name.starts_with('.') {
            continue;
        }
        let path = format!("{LIB}/{name}");
        if files.contains_key(&path) {
            let other = entry.path().display().to_string();
            return Err(BundleError::Collision { path, other });
        }
        add(&entry, path, &mut files, &mut budget)?;
    }
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Files, budget: &mut usize) -> Result<(), BundleError> {
    for (name, entry) in list(folder)? {
        if name.starts_with('.') || (prefix.is_empty() && LEFT_OUT.contains(&name.as_str())) {
            continue;
        }
        let path = format!("{prefix}{name}");
        path::check(&path).map_err(|why| refused(&path, why))?;
        let kind = entry.file_type().map_err(io_error(&entry.path()))?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files, budget)?;
        } else {
            add(&entry, path, files, budget)?;
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<(String, fs::DirEntry)>, BundleError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let entry = entry.map_err(io_error(folder))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|name| refused(&name.to_string_lossy(), "a path is UTF-8 text"))?;
        entries.push((name, entry));
    }
    // The order in which problems are found is the same everywhere too.
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(entries)
}

fn add(entry: &fs::DirEntry, path: String, files: &mut Files, budget: &mut usize) -> Result<(), BundleError> {
    let at = entry.path();
    let kind = entry.file_type().map_err(io_error(&at))?;
    if !kind.is_file() {
        return Err(BundleError::NotAFile { path, kind: kind_of(kind) });
    }
    check_count(files.len() + 1)?;
    let limit = MAX_FILE_BYTES.min(*budget);
    let mut contents = Vec::new();
    let file = fs::File::open(&at).map_err(io_error(&at))?;
    let mode = file.metadata().map_err(io_error(&at))?.permissions().mode();
    file.take(limit as u64 + 1).read_to_end(&mut contents).map_err(io_error(&at))?;
    *budget = budget.checked_sub(contents.len()).filter(|_| contents.len() <= limit).ok_or_else(|| {
        BundleError::TooLarge {
            what: format!("{path}, or all files together,"),
            limit: format!("{MAX_FILE_BYTES} bytes for a file, {MAX_ARCHIVE_BYTES} for the archive"),
        }
    })?;
    files.insert(path, File { contents, executable: mode & 0o100 != 0 });
    Ok(())
}

fn kind_of(kind: fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

pub(super) fn write(files: &Files, into: &Path) -> Result<(), BundleError> {
    if fs::read_dir(into).map_err(io_error(into))?.next().is_some() {
        let source = io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder is not empty");
        return Err(BundleError::Io { path: into.to_owned(), source });
    }
    for (path, file) in files {
        let at = into.join(path);
        if let Some(parent) = at.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o755).create(parent).map_err(io_error(parent))?;
            widen(parent, into)?;
        }
        let mode = if file.executable { 0o555 } else { 0o444 };
        let mut target = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&at)
            .map_err(io_error(&at))?;
        target.write_all(&file.contents).map_err(io_error(&at))?;
        // The umask may have taken bits that a confined user needs.
        target.set_permissions(fs::Permissions::from_mode(mode)).map_err(io_error(&at))?;
    }
    Ok(())
}

/// Gives the folders between the two the mode that the umask may have narrowed.
fn widen(mut folder: &Path, root: &Path) -> Result<(), BundleError> {
    while folder != root {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(io_error(folder))?;
        let Some(parent) = folder.parent() else { break };
        folder = parent;
    }
    Ok(())
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.to_owned();
    move |source| BundleError::Io { path, source }
}
