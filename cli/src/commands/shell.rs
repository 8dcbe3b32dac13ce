//! What shells, package makers and bug reports need.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde::Serialize;

use crate::cli::{Cli, Global};
use crate::failure::Failure;

/// Print a completion script for a shell.
///
/// For bash: `purvey completions bash > /etc/bash_completion.d/purvey`
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Write man pages.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// The folder to write them to; it is made if missing
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    version: &'static str,
    api: &'static str,
}

pub(crate) fn completions(completions: Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "purvey", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

pub(crate) fn man(man: Man) -> Result<(), Failure> {
    std::fs::create_dir_all(&man.out).map_err(Failure::file(&man.out))?;
    clap_mangen::generate_to(Cli::command(), &man.out).map_err(Failure::file(&man.out))
}

pub(crate) fn version(global: &Global) -> Result<(), Failure> {
    let version = Version { version: env!("CARGO_PKG_VERSION"), api: "purvey.v1" };
    global.printer().resource(&version, || format!("purvey {} (API {})", version.version, version.api))
}
