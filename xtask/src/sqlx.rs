//! `cargo xtask sqlx`: writes what sqlx knows of each query, so that a build needs no database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::args::Args;

#[cfg(not(feature = "lab"))]
pub(crate) fn run(_root: &Path, args: Args) -> Result<ExitCode> {
    crate::workspace::again_with("lab", args.all())
}

#[cfg(feature = "lab")]
pub(crate) fn run(root: &Path, mut args: Args) -> Result<ExitCode> {
    let check = args.flag("--check");
    args.finish()?;
    prepared::run(root, check)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "lab")]
mod prepared {
    use std::collections::BTreeMap;
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::SystemTime;

    use anyhow::{Context as _, Result, bail};
    use purvey_lab::{Postgres, PostgresOptions};

    use crate::host::{self, Install};
    use crate::{process, workspace};

    /// Cargo compiles the crate again when one of these is newer than what it has.
    const CRATE_ROOTS: [&str; 2] = ["control-plane/src/lib.rs", "control-plane/src/main.rs"];
    const PREPARED: &str = ".sqlx";

    pub(super) fn run(root: &Path, check: bool) -> Result<()> {
        let fresh = prepare(root, check)?;
        let kept = read(&root.join(PREPARED))?;
        if fresh == kept {
            return Ok(());
        }
        if check {
            let differs = |name: &&String| fresh.get(*name) != kept.get(*name);
            let names: std::collections::BTreeSet<&String> =
                fresh.keys().chain(kept.keys()).filter(differs).collect();
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            bail!("{PREPARED} is stale ({}): run `cargo xtask sqlx`", names.join(", "));
        }
        let folder = root.join(PREPARED);
        fs::create_dir_all(&folder)?;
        for name in kept.keys().filter(|it| !fresh.contains_key(*it)) {
            fs::remove_file(folder.join(name))?;
        }
        for (name, content) in &fresh {
            fs::write(folder.join(name), content).with_context(|| format!("writing {PREPARED}/{name}"))?;
        }
        println!("{PREPARED}: {} queries", fresh.len());
        Ok(())
    }

    /// Compiles the control plane against a migrated database; its queries describe themselves.
    fn prepare(root: &Path, check: bool) -> Result<BTreeMap<String, Vec<u8>>> {
        host::ensure(&[host::POSTGRESQL], Install::WhenRoot)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let postgres = runtime.block_on(Postgres::start(PostgresOptions::throw_away().unsafe_fast()))?;
        for name in migrations(root)? {
            let sql = fs::read_to_string(root.join("migrations").join(&name))?;
            runtime.block_on(postgres.psql(&sql)).with_context(|| format!("running migrations/{name}"))?;
        }
        // Below the target folder, which every build may write to.
        let folder = workspace::target_dir()?.join(format!("sqlx-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let result = compile(root, check, &postgres.url(), &folder).and_then(|()| read(&folder));
        let _left_over = fs::remove_dir_all(&folder);
        runtime.block_on(postgres.stop())?;
        result
    }

    fn compile(root: &Path, check: bool, url: &str, folder: &Path) -> Result<()> {
        for path in CRATE_ROOTS {
            let file = File::options()
                .append(true)
                .open(root.join(path))
                .with_context(|| format!("opening {path}"))?;
            file.set_modified(SystemTime::now())?;
        }
        let mut cargo = workspace::cargo("check");
        if check {
            // With the libraries that the other checks have built.
            cargo.args(workspace::EVERYTHING);
        } else {
            // Whatever state the other crates are in.
            cargo.args(["-p", "control-plane"]);
        }
        cargo.arg("--all-targets").env("DATABASE_URL", url);
        cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", folder);
        process::run(&mut cargo)
    }

    fn migrations(root: &Path) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(root.join("migrations"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".sql") && !name.ends_with(".down.sql") {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        if !folder.exists() {
            return Ok(files);
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("query-") {
                files.insert(name, fs::read(entry.path())?);
            }
        }
        Ok(files)
    }
}
