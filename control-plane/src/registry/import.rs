//! Takes packaged bundles into the catalogue.
//!
//! A folder holds, for each, `<app>-<version>.bundle` (the canonical archive, compressed or not) beside
//! `<app>-<version>.statement.json` (the publisher's statement, a DSSE envelope). What servers would refuse is left out, and
//! does not stop the others: a key may have expired since the folder was made.

use std::path::{Path, PathBuf};

use super::intake;
use super::publishers::{self, Withdrawn};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};

const BUNDLE: &str = "bundle";
const STATEMENT: &str = "statement.json";

/// A bundle that was to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The app.
    pub app: String,
    /// The version.
    pub version: String,
    /// What became of it.
    pub found: Found,
}

/// What became of a bundle of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is in the catalogue now.
    New,
    /// It was there already.
    There,
    /// Servers would refuse it: it was left out.
    Refused(Withdrawn),
}

/// Why a bundle is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// One file of a folder is wrong.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<Error>,
    },
}

/// Takes all bundles of a folder, in the order of their names.
///
/// # Errors
/// The first file that is wrong. What came before it stays.
pub async fn folder(cx: &Ctx, folder: &Path) -> Result<Vec<Imported>, ImportError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ImportError::Io { path, source }
    };
    let mut found = list(folder, |name| Path::new(name).extension().is_some_and(|it| it == BUNDLE)).await?;
    found.sort();
    let mut imported = Vec::with_capacity(found.len());
    for path in found {
        let archive = tokio::fs::read(&path).await.map_err(io(&path))?;
        let beside = path.with_extension(STATEMENT);
        let statement = tokio::fs::read(&beside).await.map_err(io(&beside))?;
        let source = |source| ImportError::File { path: path.clone(), source: Box::new(source) };
        imported.push(import(cx, archive, statement).await.map_err(source)?);
    }
    Ok(imported)
}

/// The files of a folder whose names are wanted.
///
/// # Errors
/// The folder cannot be read.
pub(super) async fn list(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, ImportError> {
    let io = |source| ImportError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir(folder).await.map_err(io)?;
    while let Some(entry) = entries.next_entry().await.map_err(io)? {
        if entry.file_name().to_str().is_some_and(&wanted) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Takes one bundle. Taking it again changes nothing. Unlike a push it need not be the app's highest release.
///
/// # Errors
/// The archive or the statement is bad, or they do not belong together; the app is another publisher's, or has this version
/// or release with another bundle.
pub async fn import(cx: &Ctx, archive: Vec<u8>, statement: Vec<u8>) -> Result<Imported, Error> {
    let offered = intake::open(archive, statement, false).await?;
    let trusted = retrying!(publishers::trusted(cx))?;
    let judged = offered.judge(&trusted);
    let (app, version) = offered.named();
    let found = match judged {
        Err(why) => Found::Refused(why),
        Ok(()) => {
            let taken = retrying!(intake::write(cx, &offered, &trusted, "bundles.import", false))?;
            if taken.created { Found::New } else { Found::There }
        }
    };
    Ok(Imported { app, version, found })
}
