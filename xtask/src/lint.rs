//! `cargo xtask lint`: all static checks, each run even when one before it has failed.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::args::Args;
use crate::host::{self, Install};
use crate::tools::{self, Tool};
use crate::workspace::{EVERYTHING, cargo, in_ci, target_dir};
use crate::{process, tidy};

/// Where a check stands that could not be made.
enum Outcome {
    Made,
    Skipped(String),
}

type Check = fn(&Path, bool) -> Result<Outcome>;

/// The quick ones first.
const CHECKS: &[(&str, Check)] = &[
    ("tidy", |root, _| tidy::check(root).map(made)),
    ("fmt", |_, _| process::run(cargo("fmt").args(["--all", "--check"])).map(made)),
    ("shellcheck", shellcheck),
    ("buf", buf),
    ("machete", machete),
    ("deny", deny),
    ("clippy", |_, _| {
        process::run(cargo("clippy").args(EVERYTHING).args(["--all-targets", "--", "-D", "warnings"]))
            .map(made)
    }),
    ("doc", |_, _| {
        let mut doc = cargo("doc");
        doc.args(EVERYTHING)
            .args(["--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings");
        process::run(&mut doc).map(made)
    }),
    ("apps", apps),
    ("codegen", |_, _| own(&["codegen", "--check"])),
    ("sqlx", |_, _| own(&["sqlx", "--check"])),
];

pub(crate) fn run(root: &Path, mut args: Args) -> Result<ExitCode> {
    let install = args.flag("--install") || in_ci();
    args.finish()?;
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    for (name, check) in CHECKS {
        eprintln!("== {name}");
        match check(root, install) {
            Ok(Outcome::Made) => {}
            Ok(Outcome::Skipped(why)) => {
                eprintln!("skipped: {why}");
                skipped.push(*name);
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                failed.push(*name);
            }
        }
    }
    if !skipped.is_empty() {
        eprintln!(
            "lint: skipped {}; `cargo xtask lint --install` installs what they need",
            skipped.join(", ")
        );
    }
    if !failed.is_empty() {
        bail!("lint: {} failed", failed.join(", "));
    }
    eprintln!("lint: {} checks passed", CHECKS.len() - skipped.len());
    Ok(ExitCode::SUCCESS)
}

fn shellcheck(root: &Path, install: bool) -> Result<Outcome> {
    let wanted = if install { Install::WhenRoot } else { Install::Never };
    match host::ensure(&[host::SHELLCHECK], wanted) {
        Err(error) if !install => return Ok(Outcome::Skipped(format!("{error:#}"))),
        ready => ready?,
    }
    let scripts = tidy::files(root)?.into_iter().filter(|it| it.ends_with(".sh") || it == ".ci/run");
    process::run(Command::new("shellcheck").current_dir(root).args(scripts)).map(made)
}

/// `purvey lint` over all that is in `installers/`.
fn apps(root: &Path, _: bool) -> Result<Outcome> {
    process::run(cargo("build").args(EVERYTHING).args(["--quiet", "--bin", "purvey"]))?;
    let manifests = tidy::files(root)?.into_iter().filter(|it| it.starts_with("installers/"));
    let folders = manifests.filter_map(|it| it.strip_suffix("/manifest.yml").map(str::to_owned));
    let mut lint = Command::new(target_dir()?.join("debug/purvey"));
    lint.current_dir(root).args(["lint", "--deny", "warnings"]).args(folders);
    if in_ci() {
        lint.arg("--require-shellcheck");
    }
    process::run(&mut lint).map(made)
}

fn buf(root: &Path, install: bool) -> Result<Outcome> {
    with(tools::BUF, install, |mut buf| process::run(buf.current_dir(root.join("proto")).arg("lint")))
}

fn machete(root: &Path, install: bool) -> Result<Outcome> {
    with(tools::MACHETE, install, |mut machete| process::run(machete.current_dir(root).arg(root)))
}

/// Not `advisories`: their database has to be fetched, which not every network allows.
fn deny(root: &Path, install: bool) -> Result<Outcome> {
    with(tools::DENY, install, |mut deny| {
        deny.current_dir(root).args(["--locked", "check", "--hide-inclusion-graph"]);
        process::run(deny.args(["bans", "licenses", "sources"]))
    })
}

/// A command of ours that needs all features, built as the tests are, so that its libraries are built once.
fn own(args: &[&str]) -> Result<Outcome> {
    process::run(cargo("build").args(EVERYTHING).args(["--quiet", "--bin", "xtask"]))?;
    process::run(Command::new(target_dir()?.join("debug/xtask")).args(args)).map(made)
}

fn with(tool: Tool, install: bool, check: impl FnOnce(Command) -> Result<()>) -> Result<Outcome> {
    let command = if install { Some(tool.ensure()?) } else { tool.find() };
    match command {
        Some(command) => check(command).map(made),
        None => Ok(Outcome::Skipped(format!("{} is not installed", tool.name))),
    }
}

fn made((): ()) -> Outcome {
    Outcome::Made
}
