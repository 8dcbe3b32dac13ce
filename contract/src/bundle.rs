//! Bundles: an app's manifest and scripts as one canonical archive, named by its digest.

use std::collections::BTreeMap;
use std::path::Path;

use crate::id::Digest;
use crate::manifest::Manifest;

mod archive;
mod contents;
mod error;
mod files;
mod names;
pub(crate) mod path;
#[cfg(feature = "gzip")]
pub mod transport;

pub use error::{BundleError, Damage, Deviation};

/// The largest archive, in bytes.
pub const MAX_ARCHIVE_BYTES: usize = 16 * 1024 * 1024;
/// The most files.
pub const MAX_FILES: usize = 2000;
/// The most parts of a path.
pub const MAX_DEPTH: usize = 8;
/// The largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// What of the top folder is for the app's authors: how it is tested, and what is to be said about it.
pub const LEFT_OUT: [&str; 3] = ["lifecycle.yml", "README.md", "tests"];

/// A valid bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The digest of the archive.
    pub digest: Digest,
    /// The canonical archive, not compressed.
    pub archive: Vec<u8>,
    /// What it holds.
    pub manifest: Manifest,
}

/// Packs a folder, and the `*.sh` files of a shell library, if there is one, as `lib/`.
///
/// The same files give the same archive on any machine: of their attributes only the owner's execute bit counts. Files
/// and folders whose name begins with a dot are left out, and so is what servers have no use for ([`LEFT_OUT`]).
///
/// # Errors
/// What cannot be read, or be in a bundle; every problem of the manifest.
pub fn build(folder: &Path, lib: Option<&Path>) -> Result<Bundle, BundleError> {
    pack(&files::collect(folder, lib)?)
}

/// Packs files.
///
/// # Errors
/// What cannot be in a bundle; every problem of the manifest.
pub fn pack(files: &Files) -> Result<Bundle, BundleError> {
    let manifest = contents::manifest(files)?;
    let archive = archive::encode(files)?;
    Ok(Bundle { digest: Digest::of(&archive), archive, manifest })
}

/// Reads an archive that somebody else packed. Any bytes are answered, hostile ones with an error.
///
/// # Errors
/// Anything that is not exactly what [`build`] makes.
pub fn open(archive: Vec<u8>) -> Result<Bundle, BundleError> {
    let files = archive::decode(&archive)?;
    let manifest = contents::manifest(&files)?;
    Ok(Bundle { digest: Digest::of(&archive), archive, manifest })
}

/// Writes the files of a bundle into an empty folder that exists: files 0444 or 0555, folders 0755.
///
/// # Errors
/// What cannot be written; the folder is then to be thrown away.
pub fn unpack(bundle: &Bundle, into: &Path) -> Result<(), BundleError> {
    files::write(&archive::decode(&bundle.archive)?, into)
}

impl Bundle {
    /// The files in it, by path, with their contents.
    ///
    /// # Errors
    /// None for a bundle made by [`build`] or [`open`].
    pub fn files(&self) -> Result<Files, BundleError> {
        archive::decode(&self.archive)
    }
}

/// The files of a bundle by path, sorted as bytes.
pub type Files = BTreeMap<String, File>;

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub contents: Vec<u8>,
    /// Whether it can be executed.
    pub executable: bool,
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
