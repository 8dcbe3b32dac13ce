//! `purvey lab test`: an app's whole life, through the real control plane and agent, on throw-away servers.

mod app;
mod bad;
mod bench;
mod cache;
mod checks;
mod compare;
mod copies;
mod finding;
mod hostile;
mod lifecycle;
mod live;
mod report;
mod results;
mod runs;
mod scenario;
mod secrets;
mod side_by_side;
mod snapshot;
mod state;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::time::Instant;

use crate::cli::Global;
use crate::failure::Failure;
use crate::local::needs;
use crate::local::signals::Signals;
use crate::output::{Format, escape, print, width};
use app::App;
use cache::Cache;
use live::Live;
use results::{AppResults, Sum, to_json, to_junit};
use scenario::Scenario;

#[cfg(test)]
pub(crate) use app::read_all as read;

const EXAMPLES: &str = "\
Examples:
  purvey lab test installers/nginx
  purvey lab test installers/nginx installers/mysql --only again --only uninstall
  purvey lab test installers/nginx --keep --junit nginx.xml";

/// Prove apps from install to uninstall, on throw-away servers.
///
/// Starts a private control plane, boots servers with a real systemd, enrols their agents, and takes each app through its
/// whole life by signed jobs. What an app serves and how it can be broken stands in its `lifecycle.yml`. Scenarios that have
/// passed with the same bundle, description, programs and root file system are not run again. Needs root on Debian or a
/// relative of it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Test {
    /// The apps' folders, each with a `manifest.yml` and a `lifecycle.yml`
    #[arg(required = true, value_name = "APP")]
    apps: Vec<PathBuf>,
    /// Only this scenario (repeat for more); `--list` names them
    #[arg(long, value_name = "SCENARIO")]
    only: Vec<Scenario>,
    /// Say which scenarios there are, and run none
    #[arg(long)]
    list: bool,
    /// How many servers at a time, beside the visitor's; as many as the processors and the memory allow if not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: Option<u8>,
    /// Leave servers up on which something failed, say how to get in, and wait for Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Run what is known from earlier, too
    #[arg(long)]
    no_cache: bool,
    /// Do not install missing packages: say which command does, and end
    #[arg(long)]
    no_install: bool,
    /// Write a report as JUnit's XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a report as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs what is asked for, shows what came of it, and takes everything down again.
pub(crate) async fn run(global: &Global, test: Test) -> Result<(), Failure> {
    let apps = app::read_all(&test.apps)?;
    if test.list {
        return list(global, &apps);
    }
    let began = Instant::now();
    let live = Live::new(global.printer());
    let asked: BTreeSet<Scenario> =
        if test.only.is_empty() { Scenario::ALL.into() } else { test.only.iter().copied().collect() };
    let mut results: Vec<AppResults> = apps.iter().map(|app| AppResults::of(app, &asked)).collect();
    let cache = known(&test, &apps, &asked, &mut results).await.map_err(Failure::local)?;
    let is_open = results.iter().any(|app| !app.open(&asked).is_empty());
    if is_open {
        requirements(&test, &live).await?;
        Box::pin(prove(global, &test, &apps, &asked, &live, &mut results, began)).await?;
        remember(cache, &apps, &results, &live).await;
    } else {
        tell(global, &test, &results, began.elapsed())?;
    }
    match Sum::of(&results).failed {
        0 => Ok(()),
        failed => Err(Failure::Findings(failed)),
    }
}

/// What is known from earlier, and where to remember what comes now.
async fn known(
    test: &Test,
    apps: &[App],
    asked: &BTreeSet<Scenario>,
    results: &mut [AppResults],
) -> Result<Option<Cache>> {
    let cache = cache::open().await?;
    if let (Some(cache), false) = (&cache, test.no_cache) {
        for (app, results) in apps.iter().zip(results) {
            cache.fill(app, asked, results)?;
        }
    }
    Ok(cache)
}

async fn remember(cache: Option<Cache>, apps: &[App], results: &[AppResults], live: &Live) {
    // The first time, the root file system was not there before.
    let cache = match cache {
        None => cache::open().await.ok().flatten(),
        some => some,
    };
    for (app, results) in apps.iter().zip(results) {
        if let Some(Err(error)) = cache.as_ref().map(|cache| cache.keep(app, results)) {
            live.note(&format!("the results cannot be remembered: {error:#}"));
        }
    }
}

async fn requirements(test: &Test, live: &Live) -> Result<(), Failure> {
    let missing = needs::missing(true);
    if !missing.is_empty() {
        let note = |text: &str| {
            live.note(text);
            Ok(())
        };
        let installed = needs::install(&missing, test.no_install, note).await;
        installed.map_err(|error| error.downcast::<Failure>().unwrap_or_else(Failure::local))?;
    }
    let can = purvey_lab::requirements::can_host_servers().await;
    can.map_err(|reason| Failure::usage(format!("throw-away servers cannot be booted here: {reason}")))
}

/// Makes the world, runs everything side by side, shows what came of it, and takes the world down.
async fn prove(
    global: &Global,
    test: &Test,
    apps: &[App],
    asked: &BTreeSet<Scenario>,
    live: &Live,
    results: &mut [AppResults],
    began: Instant,
) -> Result<(), Failure> {
    let signals = Signals::listen()?;
    let interrupted = || async {
        signals.asked().await;
        live.note("interrupted; taking everything down");
    };
    let world = tokio::select! {
        world = Box::pin(world::make(apps, live)) => world.map_err(Failure::local)?,
        () = interrupted() => return Err(Failure::Interrupted),
    };
    let runs = side_by_side::go(&world, apps, asked, live, test.jobs, test.keep, results);
    let ended = tokio::select! {
        () = Box::pin(runs) => tell(global, test, results, began.elapsed()),
        () = interrupted() => Err(Failure::Interrupted),
    };
    let kept = live.all_kept();
    if ended.is_ok() && !kept.is_empty() {
        stay(&world, &kept);
        signals.asked().await;
    }
    let closed = world.close().await.map_err(|error| Failure::local(error.context("taking everything down")));
    ended.and(closed)
}

/// Says how to get to the servers that stay up.
fn stay(world: &world::World, kept: &[(String, Option<u32>)]) {
    eprintln!("\nStill up, until Ctrl-C:");
    for (name, leader) in kept {
        match leader {
            Some(leader) => eprintln!("  {name:24} nsenter --target {leader} --all bash"),
            None => eprintln!("  {name:24} switched off"),
        }
    }
    eprintln!("\n  {}\n  purvey job list", world.doors());
}

/// Shows the results, and writes the files that were asked for.
fn tell(global: &Global, test: &Test, results: &[AppResults], took: Duration) -> Result<(), Failure> {
    let json = to_json(results, took);
    if let Some(path) = &test.junit {
        write(path, &to_junit(results, took))?;
    }
    if let Some(path) = &test.json {
        write(path, &(serde_json::to_string_pretty(&json).map_err(std::io::Error::other)? + "\n"))?;
    }
    let out = global.printer();
    match out.format {
        Format::Table => Ok(print(&report::text(results, took, width(), out.color))?),
        Format::Json | Format::Yaml | Format::Sarif => out.resource(&json, String::new),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(Failure::file(path))
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    app: String,
    scenario: String,
    proves: String,
    not_for: String,
}

fn list(global: &Global, apps: &[App]) -> Result<(), Failure> {
    let row = |app: &App, scenario: &Scenario| Listed {
        app: app.id().to_owned(),
        scenario: scenario.name().to_owned(),
        proves: scenario.proves().to_owned(),
        not_for: scenario.not_for(app).unwrap_or_default().to_owned(),
    };
    let rows: Vec<Listed> =
        apps.iter().flat_map(|app| Scenario::ALL.iter().map(move |scenario| row(app, scenario))).collect();
    global.printer().list("scenarios", &rows, &["APP", "SCENARIO", "PROVES", "NOT FOR"], |row| {
        [&row.app, &row.scenario, &row.proves, &row.not_for]
            .map(|text| comfy_table::Cell::new(escape(text)))
            .to_vec()
    })
}
