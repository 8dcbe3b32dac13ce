//! An app that is to be tested: its manifest and its description.

use std::path::{Path, PathBuf};

use purvey_contract::manifest::{MANIFEST_FILE, MAX_MANIFEST_BYTES, Manifest};

use super::lifecycle::{self, Lifecycle};
use crate::failure::Failure;

/// An app's folder, read.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) lifecycle: Lifecycle,
}

/// Reads apps, and says everything that is wrong with any of them.
///
/// # Errors
/// No such folder, or problems of a manifest or a description.
pub(crate) fn read_all(folders: &[PathBuf]) -> Result<Vec<App>, Failure> {
    let (mut apps, mut problems) = (Vec::new(), Vec::new());
    for folder in folders {
        match read(folder) {
            Ok(app) => apps.push(app),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    if problems.is_empty() { Ok(apps) } else { Err(Failure::usage(problems.join("\n"))) }
}

fn read(folder: &Path) -> anyhow::Result<App> {
    use anyhow::Context as _;
    let path = folder.join(MANIFEST_FILE);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    anyhow::ensure!(text.len() <= MAX_MANIFEST_BYTES, "{} is too large", path.display());
    let manifest = Manifest::parse(&text).map_err(|problems| {
        let lines: Vec<String> =
            problems.iter().map(|problem| folder.join(problem.to_string()).display().to_string()).collect();
        anyhow::anyhow!(lines.join("\n"))
    })?;
    let lifecycle = lifecycle::read(folder, &manifest)?;
    Ok(App { folder: folder.to_owned(), manifest, lifecycle })
}
