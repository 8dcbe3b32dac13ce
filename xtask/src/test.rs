//! `cargo xtask test`: all tests, on a PostgreSQL of their own. The last line of its output counts them.
//!
//! The first half, in the small build of ours, sees to the host and builds everything once; the second half, in a
//! build that can start servers, runs the tests.

#[cfg(feature = "lab")]
mod shell;
#[cfg(feature = "lab")]
mod suite;
mod tally;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::args::Args;
use crate::host::{self, Install};
use crate::process;
use crate::test::tally::Tally;
use crate::workspace::{EVERYTHING, cargo, target_dir};

/// The programs that tests start, beside the folder of the tests' own programs.
const PROGRAMS: [&str; 3] = ["control-plane", "agent", "purvey"];
/// Set for the second half.
const BUILT: &str = "--built";

/// What was asked for.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "lab"),
    expect(dead_code, reason = "the second half reads it; the first only checks it")
)]
struct Options {
    no_lab: bool,
    /// For the test programs: a filter, `--nocapture`, ...
    arguments: Vec<OsString>,
}

pub(crate) fn run(root: &Path, mut args: Args) -> Result<ExitCode> {
    let line = args.all().to_vec();
    let built = args.flag(BUILT);
    let options = Options { no_lab: args.flag("--no-lab"), arguments: args.rest() };
    args.finish()?;
    if built {
        return second_half(root, &options, &line);
    }
    host::ensure(&[host::COMPILER, host::POSTGRESQL, host::CURL], Install::WhenRoot)?;
    if let Err(error) = build() {
        eprintln!("error: {error:#}");
        println!("{}", Tally { failed: 1, ..Tally::default() });
        return Ok(ExitCode::FAILURE);
    }
    let mut again = Command::new(target_dir()?.join("debug/xtask"));
    again.args(["test", BUILT]).args(line.iter().skip(1));
    process::become_(again)
}

#[cfg(feature = "lab")]
fn second_half(root: &Path, options: &Options, _line: &[OsString]) -> Result<ExitCode> {
    let tally = suite::run(root, options);
    if let Err(error) = &tally {
        eprintln!("error: {error:#}");
    }
    let tally = tally.unwrap_or(Tally { failed: 1, ..Tally::default() });
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Another `cargo xtask` has put its small build in our place meanwhile.
#[cfg(not(feature = "lab"))]
fn second_half(_root: &Path, _options: &Options, line: &[OsString]) -> Result<ExitCode> {
    crate::workspace::again_with("lab", line)
}

/// Builds the tests and the programs that they start.
fn build() -> Result<()> {
    let mut tests = cargo("test");
    tests.args(EVERYTHING).args(["--no-run", "--message-format=json-render-diagnostics"]);
    eprintln!("$ {}", process::shown(&tests));
    let messages = process::output(&mut tests)?;
    // Cargo builds the programs of a crate along with its integration tests, where it has some.
    let folder = target_dir()?.join("debug");
    let built = |it: &str| messages.contains(&format!("\"executable\":\"{}\"", folder.join(it).display()));
    if !PROGRAMS.iter().all(|it| built(it)) {
        let mut programs = cargo("build");
        programs.args(EVERYTHING);
        PROGRAMS.iter().for_each(|it| {
            programs.args(["--bin", it]);
        });
        process::run(&mut programs)?;
    }
    Ok(())
}
