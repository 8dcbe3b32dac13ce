//! Where the other programs and the shipped apps lie: beside our own executable, as a package or a build put them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::config::environment;

/// Names another folder of installers than the one that is found.
const INSTALLERS_VARIABLE: &str = "PURVEY_INSTALLERS";

/// A program beside ours.
///
/// # Errors
/// It is not there; says how to build it.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let folder = own_folder()?;
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    bail!(
        "the program `{name}` is not in {} beside `purvey`; build all three with: cargo xtask demo",
        folder.display()
    )
}

/// The folder of the apps' sources: `$PURVEY_INSTALLERS`, or `installers` of the source tree that we were built in, or one
/// beside us.
///
/// # Errors
/// There is none.
pub(crate) fn installers() -> Result<PathBuf> {
    let is_one = |folder: &Path| folder.join("lib/purvey.sh").is_file();
    if let Some(folder) = environment(INSTALLERS_VARIABLE) {
        let folder = std::path::absolute(&folder).with_context(|| folder.clone())?;
        if is_one(&folder) {
            return Ok(folder);
        }
        bail!("{INSTALLERS_VARIABLE} names {}, which has no lib/purvey.sh", folder.display());
    }
    let own = own_folder()?;
    let beside = [own.join("installers"), own.join("../share/purvey/installers")];
    // The target folder may lie outside of the checkout, so the place where we were built counts too.
    let source_tree =
        [own.join("../../installers"), Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers")];
    let mut candidates = beside.into_iter().chain(source_tree);
    let found = candidates.find(|folder| is_one(folder));
    found.and_then(|folder| folder.canonicalize().ok()).with_context(|| {
        format!(
            "the apps' sources are not found from {}; name their folder (`installers` of the source tree) in \
             {INSTALLERS_VARIABLE}",
            own.display()
        )
    })
}

/// The folder of signed bundles that a package brought, if one did.
pub(crate) fn packaged_catalogue() -> Option<PathBuf> {
    let own = own_folder().ok()?;
    let folder = own.join("../share/purvey/catalogue").canonicalize().ok()?;
    folder.is_dir().then_some(folder)
}

fn own_folder() -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding our own program")?;
    let own = own.canonicalize().unwrap_or(own);
    Ok(own.parent().unwrap_or(Path::new("/")).to_owned())
}
