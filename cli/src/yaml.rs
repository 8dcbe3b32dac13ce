//! YAML in and out. The only place that knows the `serde_yaml` crate, which is archived upstream.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Larger texts are refused unread: deep nesting costs the parser more than its size.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// Reads YAML, of which JSON is a part.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("larger than {} KiB", MAX_BYTES / 1024));
    }
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// Writes YAML, with a final line feed.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<String, std::io::Error> {
    serde_yaml::to_string(value).map_err(std::io::Error::other)
}
