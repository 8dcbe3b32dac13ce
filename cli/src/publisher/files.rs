//! Bundles and statements as files.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use purvey_contract::bundle::{self, Bundle, transport};
use purvey_contract::manifest::Manifest;

/// The ending of a bundle's file.
const BUNDLE: &str = "bundle";
/// The ending of a statement's file.
const STATEMENT: &str = "statement.json";

/// What a bundle's file is called.
pub(crate) fn bundle_name(manifest: &Manifest) -> String {
    format!("{}-{}.{BUNDLE}", manifest.id, manifest.version)
}

/// Where a bundle's statement lies.
pub(crate) fn statement_beside(bundle: &Path) -> PathBuf {
    bundle.with_extension(STATEMENT)
}

/// Replaces a file in one step, so that nobody reads half of it.
///
/// # Errors
/// What the operating system says.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || {
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(mode)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error: std::io::Error| error).with_context(|| format!("writing {}", path.display()))
}

/// Reads a bundle's file, compressed or not.
///
/// # Errors
/// It cannot be read, or is no bundle.
pub(crate) fn read_bundle(path: &Path) -> Result<Bundle> {
    let what = || path.display().to_string();
    let size = std::fs::metadata(path).with_context(what)?.len();
    if size > transport::MAX_TRANSPORT_BYTES as u64 {
        anyhow::bail!("{} is larger than a bundle can be ({size} bytes)", path.display());
    }
    let bytes = std::fs::read(path).with_context(what)?;
    let archive = transport::expand(&bytes).with_context(what)?.into_owned();
    bundle::open(archive).with_context(what)
}
