//! Which paths a file of a bundle may have.

use super::MAX_DEPTH;

/// The longest path, in bytes.
pub(crate) const MAX_PATH_BYTES: usize = 200;
/// The longest part of a path, in bytes: what a tar header holds without an extension.
const MAX_PART_BYTES: usize = 99;

/// Checks a path.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub(crate) fn check(path: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+@-".contains(&byte);
    let parts = || path.split('/');
    if path.is_empty() || path.len() > MAX_PATH_BYTES || parts().any(|part| part.len() > MAX_PART_BYTES) {
        Err("a path has 1 to 200 characters, and each part of it at most 99")
    } else if path.starts_with('/') {
        Err("a path must be relative to the bundle's folder, as in `install.sh` or `files/site.conf`")
    } else if parts().any(|part| part == ".." || part == ".") {
        Err("a path must not have `.` or `..` in it; it stays inside the bundle's folder")
    } else if parts().count() > MAX_DEPTH {
        Err("a path has at most 8 parts")
    } else if parts().any(|part| part.is_empty() || part.starts_with(['.', '-'])) {
        Err("each part of a path begins with a letter, a digit or an underscore")
    } else if !parts().all(|part| part.bytes().all(allowed)) {
        Err("a path consists of letters, digits, `.`, `_`, `-`, `+` and `@`, with `/` between its parts")
    } else {
        Ok(())
    }
}
