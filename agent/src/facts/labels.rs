//! Labels from the host's own file, `/etc/purvey/labels.toml`: `key = "value"` in each line. They are shown and selected by
//! under `host/`, and never widen anything.

use std::collections::BTreeMap;
use std::path::Path;

use purvey_proto::agent::HostLabel;

use crate::files;

const MAX_FILE_BYTES: u64 = 32 * 1024;
const MAX_LABELS: usize = 32;
const MAX_KEY: usize = 100;
const MAX_VALUE: usize = 256;

/// Reads the file; a missing one has no labels.
///
/// # Errors
/// What is wrong with it, in words. Then none of its labels count.
pub fn load(path: &Path) -> Result<Vec<HostLabel>, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let Some(bytes) =
        files::read_if_present(path, MAX_FILE_BYTES).map_err(|error| wrong(error.to_string()))?
    else {
        return Ok(Vec::new());
    };
    files::check_owned(path).map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
    let labels: BTreeMap<String, String> =
        toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
    if labels.len() > MAX_LABELS {
        return Err(wrong(format!("at most {MAX_LABELS} labels can be given")));
    }
    for (key, value) in &labels {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_".contains(&byte);
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(allowed) {
            return Err(wrong(format!(
                "the key {key:?} should have 1 to {MAX_KEY} letters, digits, dots, slashes, hyphens and underscores"
            )));
        }
        if value.len() > MAX_VALUE || value.chars().any(char::is_control) {
            return Err(wrong(format!(
                "the value of `{key}` should have at most {MAX_VALUE} bytes and no control characters"
            )));
        }
    }
    Ok(labels.into_iter().map(|(key, value)| HostLabel { key, value }).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn labels_are_read_sorted_and_bad_ones_are_explained() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.toml");
        assert_eq!(load(&path), Ok(vec![]));
        let write = |text: &str| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            load(&path)
        };
        let label = |key: &str, value: &str| HostLabel { key: key.to_owned(), value: value.to_owned() };
        assert_eq!(
            write("rack = \"b7\"\n\"dc/row\" = \"3\"\n"),
            Ok(vec![label("dc/row", "3"), label("rack", "b7")])
        );
        for (bad, why) in [
            ("rack = 7", "line 1"),
            ("\"a b\" = \"x\"", "letters"),
            ("a = \"\\n\"", "control"),
            ("x", "line 1"),
        ] {
            assert!(write(bad).unwrap_err().contains(why), "{bad}: {:?}", write(bad));
        }
        let many: String = (0..33).map(|number| format!("k{number} = \"\"\n")).collect();
        assert!(write(&many).is_err());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(load(&path).unwrap_err().contains("chmod"));
    }
}
