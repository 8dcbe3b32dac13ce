//! The manifest of a bundle, and that every file it names is there.

use super::{BundleError, Files};
use crate::manifest::{MANIFEST_FILE, MAX_MANIFEST_BYTES, Manifest, Problem, later_problem, script_key};

pub(super) fn manifest(files: &Files) -> Result<Manifest, BundleError> {
    let file = files.get(MANIFEST_FILE).ok_or(BundleError::NoManifest)?;
    if file.contents.len() > MAX_MANIFEST_BYTES {
        let limit = format!("{MAX_MANIFEST_BYTES} bytes");
        return Err(BundleError::TooLarge { what: MANIFEST_FILE.to_owned(), limit });
    }
    let Ok(text) = std::str::from_utf8(&file.contents) else {
        return Err(super::archive::refused(MANIFEST_FILE, "it is not UTF-8 text"));
    };
    let manifest = Manifest::parse(text).map_err(BundleError::Manifest)?;
    let problems = missing(&manifest, files, text);
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
