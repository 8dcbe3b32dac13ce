//! Runs the tests that have been built, and counts them.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use purvey_lab::{Postgres, PostgresOptions, requirements};
use tokio::runtime::Runtime;

use super::tally::Tally;
use super::{Options, shell};
use crate::process::shown;
use crate::workspace::{EVERYTHING, cargo, in_ci};

/// Tests that boot servers are left out where this variable is `off`.
const LAB: &str = "PURVEY_TEST_LAB";

pub(super) fn run(root: &Path, options: &Options) -> Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lab = !options.no_lab && can_boot_servers(&runtime)?;
    // Many tests at once, each with connections of its own.
    let database = PostgresOptions::throw_away().unsafe_fast().setting("max_connections", "400");
    let postgres =
        runtime.block_on(Postgres::start(database)).context("starting PostgreSQL for the tests")?;

    let mut tests = cargo("test");
    tests.args(EVERYTHING).arg("--no-fail-fast").env("DATABASE_URL", postgres.url());
    tests.env(LAB, if lab { "on" } else { "off" });
    if std::io::stdout().is_terminal() {
        tests.arg("--color=always");
    }
    tests.arg("--").args(&options.arguments);
    let mut tally = count(&mut tests);
    if options.arguments.is_empty()
        && let Ok((sum, _)) = &mut tally
    {
        *sum += shell::run(&runtime, root, lab).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Tally { failed: 1, ..Tally::default() }
        });
    }
    runtime.block_on(postgres.stop()).context("stopping PostgreSQL")?;
    tally.map(|(sum, _)| sum)
}

/// Whether tests may boot servers; says why not. A host of CI has to.
fn can_boot_servers(runtime: &Runtime) -> Result<bool> {
    let ready = || -> Result<()> {
        runtime.block_on(requirements::install(&requirements::check()))?;
        runtime.block_on(requirements::can_host_servers())?;
        Ok(())
    };
    match ready() {
        Ok(()) => Ok(true),
        Err(error) if in_ci() => Err(error.context("this host cannot run the lab tests")),
        Err(error) => {
            eprintln!("skipped: tests that boot servers: {error:#}");
            Ok(false)
        }
    }
}

/// Runs it, passes its output on and adds up what it counted; with its exit status.
pub(super) fn count(command: &mut Command) -> Result<(Tally, Option<i32>)> {
    eprintln!("$ {}", shown(command));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("running {}", shown(command)))?;
    let mut tally = Tally::default();
    // A program that crashes has begun and does not say how it ended.
    let mut begun = false;
    let mut out = std::io::stdout();
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            out.write_all(&line)?;
            let text = String::from_utf8_lossy(&line);
            if let Some(counted) = Tally::of_line(text.trim_end()) {
                tally += counted;
                begun = false;
            } else if text.starts_with("running ")
                && (text.ends_with(" tests\n") || text.ends_with(" test\n"))
            {
                tally.failed += u64::from(begun);
                begun = true;
            }
            line.clear();
        }
    }
    out.flush()?;
    let status = child.wait()?;
    tally.failed += u64::from(begun);
    if !status.success() && tally.failed == 0 {
        eprintln!("{} ended with {status}", shown(command));
        tally.failed = 1;
    }
    Ok((tally, status.code()))
}
