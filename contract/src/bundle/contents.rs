//! The manifest of a bundle, and that every file it names is there.

use super::{BundleError, Files};
use crate::manifest::{MANIFEST_FILE, Manifest, Problem, later_problem, script_key};

pub(super) fn manifest(files: &Files) -> Result<Manifest, BundleError> {
    let file = files.get(MANIFEST_FILE).ok_or(BundleError::NoManifest)?;
    let manifest = Manifest::read(&file.contents).map_err(BundleError::Manifest)?;
    let problems = missing(&manifest, files, &String::from_utf8_lossy(&file.contents));
    if problems.is_empty() { Ok(manifest) } else { Err(BundleError::Manifest(problems)) }
}

fn missing(manifest: &Manifest, files: &Files, text: &str) -> Vec<Problem> {
    let mut named: Vec<(&str, &str)> =
        manifest.scripts.iter().map(|(action, path)| (script_key(*action), path.as_str())).collect();
    // Without a dot it is the name of an icon, not a file.
    named.extend(manifest.icon.as_deref().filter(|icon| icon.contains('.')).map(|icon| ("icon", icon)));
    let missing = named.into_iter().filter(|(_, path)| !files.contains_key(*path));
    missing
        .map(|(key, path)| {
            let message = format!("there is no file `{path}` in the bundle; add it or correct the path");
            later_problem(text, key, "MANIFEST_MISSING_FILE", message)
        })
        .collect()
}
