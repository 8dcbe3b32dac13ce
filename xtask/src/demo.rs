//! `cargo xtask demo`: builds the three programs as a release has them, puts them side by side and becomes
//! `purvey demo`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::host::{self, Install};
use crate::{process, workspace};

pub(crate) fn run(root: &Path, args: Args) -> Result<ExitCode> {
    let args = args.remainder();
    let asks = |flag: &str| args.iter().any(|it| it == flag);
    if !asks("--help") && !asks("-h") {
        // Before the minutes of building, so that nobody waits to be told.
        let install = if asks("--no-install") { Install::Never } else { Install::WhenRoot };
        host::ensure(&[host::COMPILER, host::POSTGRESQL], install)?;
    }
    let purvey = build()?;
    let mut demo = Command::new(purvey);
    // The target folder may lie anywhere.
    demo.arg("demo").args(args).env("PURVEY_INSTALLERS", root.join("installers"));
    process::become_(demo)
}

/// Builds and answers where `purvey` lies, with `control-plane` and `agent` beside it.
fn build() -> Result<PathBuf> {
    // On its own, so that features of the control plane do not get into it, and at the same time, because each build
    // ends in minutes that keep one core busy at most. Quietly: two reports of progress would be none.
    let mut agent = workspace::cargo("build");
    agent.args(["--quiet", "--profile", "agent", "-p", "agent"]).stdin(Stdio::null());
    eprintln!("$ {} &", process::shown(&agent));
    let mut agent = agent.spawn().context("running cargo")?;
    let mut others = workspace::cargo("build");
    let others =
        process::run(others.args(["--release", "-p", "control-plane", "-p", "purvey"]).stdin(Stdio::null()));
    let agent = agent.wait().context("waiting for cargo")?;
    others?;
    if !agent.success() {
        bail!("building the agent failed ({agent})");
    }
    let target = workspace::target_dir()?;
    let (built, beside) = (target.join("agent/agent"), target.join("release/agent"));
    put(&built, &beside).with_context(|| format!("copying {} to {}", built.display(), beside.display()))?;
    Ok(target.join("release/purvey"))
}

/// Replaces the file in one step: a running program of that name stays as it is.
fn put(from: &Path, to: &Path) -> std::io::Result<()> {
    let new = to.with_extension("new");
    let _not_there = std::fs::remove_file(&new);
    std::fs::hard_link(from, &new).or_else(|_| std::fs::copy(from, &new).map(drop))?;
    std::fs::rename(&new, to)
}
