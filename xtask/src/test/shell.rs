//! The tests of the installers' scripts. What would change this host runs in a server that is thrown away.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use purvey_lab::{ExecOptions, Lab, LabOptions};
use tokio::runtime::Runtime;

use super::suite::count;
use super::tally::Tally;
use crate::tidy::files;

/// What a script ends with when this host is not for it.
const NOT_HERE: i32 = 64;
/// What tells it that it may do as it likes.
const THROW_AWAY: &str = "PURVEY_THROWAWAY_HOST";
const LIMIT: Duration = Duration::from_secs(15 * 60);

pub(super) fn run(runtime: &Runtime, root: &Path, lab: bool) -> Result<Tally> {
    let (mut tally, mut left) = (Tally::default(), Vec::new());
    for script in scripts(root)? {
        let (counted, code) =
            count(Command::new("bash").current_dir(root).arg(&script).env_remove(THROW_AWAY))?;
        if code == Some(NOT_HERE) {
            left.push(script);
        } else {
            tally += counted;
        }
    }
    if lab && !left.is_empty() {
        tally += runtime.block_on(in_a_server(root, &left))?;
    } else {
        left.iter().for_each(|it| eprintln!("skipped: {it}: it needs a server that is thrown away"));
        tally.skipped += left.len() as u64;
    }
    Ok(tally)
}

fn scripts(root: &Path) -> Result<Vec<String>> {
    let is_test = |it: &String| {
        it == "installers/lib/tests/run.sh"
            || it
                .strip_prefix("installers/tests/")
                .is_some_and(|it| it.ends_with(".sh") && it != "harness.sh")
    };
    Ok(files(root)?.into_iter().filter(is_test).collect())
}

async fn in_a_server(root: &Path, scripts: &[String]) -> Result<Tally> {
    let lab = Lab::open(LabOptions::default()).await.context("opening a lab for the installers")?;
    let mut tally = Tally::default();
    for (number, script) in scripts.iter().enumerate() {
        // A fresh one for each, so that none finds what another left.
        let server = lab.boot(&format!("installers-{number}")).await?;
        for path in files(root)?.iter().filter(|it| it.starts_with("installers/")) {
            server.push_file(&std::fs::read(root.join(path))?, format!("/opt/{path}"), 0o755).await?;
        }
        eprintln!("$ bash {script}    # in the server {}", server.name());
        let mut options = ExecOptions::default();
        options.limit = LIMIT;
        options.env.push((THROW_AWAY.to_owned(), "yes".to_owned()));
        let output = server.exec_with(["bash".to_owned(), format!("/opt/{script}")], options).await?;
        print!("{}", output.stdout);
        let mut counted = Tally::default();
        output.stdout.lines().filter_map(Tally::of_line).for_each(|it| counted += it);
        if !output.is_success() && counted.failed == 0 {
            eprint!("{}", output.stderr);
            counted.failed = 1;
        }
        tally += counted;
        lab.remove(&server).await?;
    }
    lab.close().await.context("closing the lab")?;
    Ok(tally)
}
