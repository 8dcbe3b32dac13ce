//! That no two names of a bundle get into each other's way, on any file system.

use std::collections::HashMap;

use super::BundleError;

/// The paths so far and the folders that they make.
#[derive(Default)]
pub(super) struct Names {
    /// By the name in lower case: the name, and whether it is a file.
    taken: HashMap<String, (String, bool)>,
}

impl Names {
    /// Adds a file's path.
    ///
    /// # Errors
    /// It differs from another one only in case, which would be one file on some publishers' machines and two on
    /// servers; or something is a file here and a folder there.
    pub(super) fn add(&mut self, path: &str) -> Result<(), BundleError> {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], false));
        for (name, is_file) in folders.chain([(path, true)]) {
            // The paths of a bundle are ASCII.
            let there = self.taken.entry(name.to_ascii_lowercase()).or_insert((name.to_owned(), is_file));
            if (there.0.as_str(), there.1) != (name, is_file) {
                return Err(BundleError::Collision { path: path.to_owned(), other: there.0.clone() });
            }
        }
        Ok(())
    }
}
