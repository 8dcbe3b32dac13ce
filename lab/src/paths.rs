//! Where the lab keeps its things. The only file here that reads the environment for folders.

use std::path::PathBuf;

/// State of running labs: one folder per lab, gone with it.
pub(crate) const RUN: &str = "/run/purvey-lab";

/// What may be kept between runs: `$XDG_CACHE_HOME/purvey/lab`, or below `~/.cache`, or below `/var/cache`.
pub(crate) fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
    let home =
        || std::env::var_os("HOME").filter(|it| !it.is_empty()).map(|it| PathBuf::from(it).join(".cache"));
    base.or_else(home).unwrap_or_else(|| PathBuf::from("/var/cache")).join("purvey/lab")
}
