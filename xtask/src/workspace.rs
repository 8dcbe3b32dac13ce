//! Where things are, and how to run cargo on them.

use std::ffi::OsStr;
#[cfg(not(all(feature = "codegen", feature = "lab")))]
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
#[cfg(not(all(feature = "codegen", feature = "lab")))]
use std::process::ExitCode;

use anyhow::{Context, Result};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // Asked when it runs: with a target folder for several checkouts, what is built in may be another one's path.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let xtask = own.as_deref().unwrap_or(Path::new(env!("CARGO_MANIFEST_DIR")));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Cargo in the workspace, as it was called for us. In CI the lock file must fit as it is.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).arg(subcommand);
    command.env("SQLX_OFFLINE", "true");
    if in_ci() && subcommand != "fmt" {
        command.arg("--locked");
    }
    command
}

/// The same programs are built by every command that names all crates with all features, so that each is built once.
pub(crate) const EVERYTHING: [&str; 3] = ["--workspace", "--features", "xtask/full"];

/// The folder that holds `debug/` and `release/`.
///
/// # Errors
/// A program of ours that does not lie in a target folder.
pub(crate) fn target_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("CARGO_TARGET_DIR").filter(|it| !it.is_empty()) {
        return Ok(std::path::absolute(root().join(dir))?);
    }
    // Where a cargo configuration file sets it, we were built there too.
    let own = std::env::current_exe()?;
    let dir = own.ancestors().nth(2).context("finding the target folder")?;
    Ok(dir.to_owned())
}

/// Whether a machine runs us, whom nobody can tell to install something.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI")
        .is_some_and(|it| !it.is_empty() && it != OsStr::new("false") && it != OsStr::new("0"))
}

/// Runs the same command line in a build of ours that has the feature.
///
/// # Errors
/// Cargo that cannot be run.
#[cfg(not(all(feature = "codegen", feature = "lab")))]
pub(crate) fn again_with(feature: &str, line: &[OsString]) -> Result<ExitCode> {
    let mut command = cargo("run");
    command.args(["--quiet", "--package", "xtask", "--features", feature, "--"]).args(line);
    crate::process::become_(command)
}
