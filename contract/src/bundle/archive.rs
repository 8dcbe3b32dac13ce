//! The canonical archive: ustar (POSIX.1-1988), files only, sorted by path, mode 0644 or 0755, owner 0, time 0.
//!
//! Reading accepts nothing else: what was read is packed again and compared byte by byte, so that an archive has one
//! meaning and its digest names its files.

use std::io::Read as _;

use super::{BundleError, File, Files, MAX_ARCHIVE_BYTES, MAX_FILE_BYTES, MAX_FILES, path};

const BLOCK: usize = 512;

pub(super) fn encode(files: &Files) -> Result<Vec<u8>, BundleError> {
    check_count(files.len())?;
    let padded = |file: &File| BLOCK + file.contents.len().next_multiple_of(BLOCK);
    let size = files.values().map(padded).sum::<usize>() + 2 * BLOCK;
    if size > MAX_ARCHIVE_BYTES {
        return Err(archive_too_large());
    }
    let mut archive = Vec::with_capacity(size);
    for (path, file) in files {
        check(path, file.contents.len())?;
        archive.extend_from_slice(header(path, file)?.as_bytes());
        archive.extend_from_slice(&file.contents);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(size, 0);
    Ok(archive)
}

fn header(path: &str, file: &File) -> Result<tar::Header, BundleError> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path).map_err(|_| refused(path, "the path is too long for an archive"))?;
    header.set_mode(if file.executable { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(file.contents.len() as u64);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}

pub(super) fn decode(archive: &[u8]) -> Result<Files, BundleError> {
    if archive.len() > MAX_ARCHIVE_BYTES {
        return Err(archive_too_large());
    }
    let damaged = |_| BundleError::NotCanonical("it is damaged, or no tar archive".to_owned());
    let mut files = Files::new();
    let mut reader = tar::Archive::new(archive);
    // Raw: extensions for long names and sparse files are refused by their type, never obeyed.
    for entry in reader.entries().map_err(damaged)?.raw(true) {
        let entry = entry.map_err(damaged)?;
        let name = entry.path_bytes().into_owned();
        let shown = || {
            String::from_utf8_lossy(&name).chars().take(200).flat_map(char::escape_debug).collect::<String>()
        };
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(refused(
                &shown(),
                "only plain files can be in a bundle: no links, devices or folders",
            ));
        }
        let Ok(path) = std::str::from_utf8(&name) else {
            return Err(refused(&shown(), "the path is not UTF-8"));
        };
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        check(path, size)?;
        check_count(files.len() + 1)?;
        let executable = entry.header().mode().map_err(damaged)? & 0o100 != 0;
        let path = path.to_owned();
        let mut contents = Vec::with_capacity(size.min(archive.len()));
        entry.take(MAX_FILE_BYTES as u64).read_to_end(&mut contents).map_err(damaged)?;
        if files.insert(path.clone(), File { contents, executable }).is_some() {
            return Err(refused(&path, "the path is there twice"));
        }
    }
    if encode(&files)? != archive {
        let why =
            "it is not what packing its files gives: order, modes, owners, times, padding or format differ";
        return Err(BundleError::NotCanonical(why.to_owned()));
    }
    Ok(files)
}

fn check(path: &str, size: usize) -> Result<(), BundleError> {
    path::check(path).map_err(|why| refused(path, why))?;
    if size > MAX_FILE_BYTES {
        return Err(BundleError::TooLarge {
            what: path.to_owned(),
            limit: format!("{MAX_FILE_BYTES} bytes"),
        });
    }
    Ok(())
}

pub(super) fn check_count(files: usize) -> Result<(), BundleError> {
    if files > MAX_FILES {
        return Err(BundleError::TooLarge {
            what: "the number of files".to_owned(),
            limit: MAX_FILES.to_string(),
        });
    }
    Ok(())
}

fn archive_too_large() -> BundleError {
    BundleError::TooLarge { what: "the archive".to_owned(), limit: format!("{MAX_ARCHIVE_BYTES} bytes") }
}

pub(super) fn refused(path: &str, why: &str) -> BundleError {
    let path = path.chars().take(200).flat_map(char::escape_debug).collect();
    BundleError::Refused { path, why: why.to_owned() }
}
