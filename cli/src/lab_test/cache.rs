//! What is known from earlier: scenarios that have passed with exactly these bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context, SHA256};

use super::app::App;
use super::lifecycle;
use super::results::{AppResults, Outcome};
use super::scenario::Scenario;
use crate::config::environment;
use crate::local::beside;

/// Raised when scenarios prove something else though no program has changed.
const VERSION: u32 = 1;
/// Results of older bundles are forgotten beyond this many.
const KEPT: usize = 8;

/// Where passed scenarios are remembered, and what of the test itself decides them.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// The digest of the programs and of the servers' root file system.
    ground: String,
}

/// Finds the cache: `$XDG_CACHE_HOME/purvey/lab-test`, or below `~/.cache`. None where there is no such folder, or as long as
/// the servers' root file system is not made.
///
/// # Errors
/// A program cannot be read.
pub(crate) async fn open() -> Result<Option<Cache>> {
    let home = || environment("HOME").map(|home| format!("{home}/.cache"));
    let Some(base) = environment("XDG_CACHE_HOME").or_else(home) else { return Ok(None) };
    let Some(root) = purvey_lab::root_file_system_digest().await? else { return Ok(None) };
    let own = std::env::current_exe().context("finding our own program")?;
    let programs = [beside::program("agent")?, beside::program("control-plane")?, own];
    let read = move || programs.iter().map(|path| of_file(path)).collect::<Result<Vec<_>>>();
    let digests = tokio::task::spawn_blocking(read).await.context("reading the programs")??;
    let ground = hex(&[format!("{VERSION} {root} {}", digests.join(" ")).as_bytes()]);
    Ok(Some(Cache { folder: Path::new(&base).join("purvey/lab-test"), ground }))
}

impl Cache {
    fn file(&self, app: &App) -> Result<PathBuf> {
        let path = app.folder.join(lifecycle::FILE);
        let description = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let digest = app.bundle.digest.to_string();
        let key = hex(&[self.ground.as_bytes(), digest.as_bytes(), &description]);
        Ok(self.folder.join(app.id()).join(format!("{}.json", &key[..32])))
    }

    /// Adds what is known of the scenarios.
    ///
    /// # Errors
    /// The description cannot be read.
    pub(crate) fn fill(&self, app: &App, asked: &BTreeSet<Scenario>, results: &mut AppResults) -> Result<()> {
        let text = fs::read(self.file(app)?).unwrap_or_default();
        // What cannot be read is not known.
        let known: BTreeMap<Scenario, f64> = serde_json::from_slice(&text).unwrap_or_default();
        for scenario in results.open(asked) {
            if let Some(seconds) = known.get(&scenario) {
                results.add(scenario, Outcome::Passed { seconds: *seconds, cached: true });
            }
        }
        Ok(())
    }

    /// Remembers what has passed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep(&self, app: &App, results: &AppResults) -> Result<()> {
        let passed: BTreeMap<Scenario, f64> = results
            .scenarios
            .iter()
            .filter_map(|(scenario, outcome)| match outcome {
                Outcome::Passed { seconds, .. } => Some((*scenario, *seconds)),
                _ => None,
            })
            .collect();
        let path = self.file(app)?;
        let old = fs::read(&path).unwrap_or_default();
        let mut known: BTreeMap<Scenario, f64> = serde_json::from_slice(&old).unwrap_or_default();
        // One that failed now is no longer known to pass, whatever happened earlier.
        known.retain(|scenario, _| !results.scenarios.get(scenario).is_some_and(Outcome::is_failure));
        known.extend(passed);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let written = fs::write(&path, serde_json::to_vec(&known)?);
        written.with_context(|| format!("writing {}", path.display()))?;
        forget_oldest(folder);
        Ok(())
    }
}

fn forget_oldest(folder: &Path) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    for (_, path) in files.iter().rev().skip(KEPT) {
        // Another run of us may have been faster.
        let _ = fs::remove_file(path);
    }
}

fn of_file(path: &Path) -> Result<String> {
    let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(hex(&[&content]))
}

fn hex(parts: &[&[u8]]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab_test::app;

    fn hello() -> App {
        app::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers/hello-site")).unwrap()
    }

    #[test]
    fn what_has_passed_is_known_until_something_changes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = |ground: &str| Cache { folder: folder.path().to_owned(), ground: ground.to_owned() };
        let (app, asked) = (hello(), BTreeSet::from(Scenario::ALL));
        let mut first = AppResults::of(&app, &asked);
        first.add(Scenario::Install, Outcome::Passed { seconds: 1.0, cached: false });
        first.add(Scenario::Again, Outcome::Blocked { why: String::new() });
        cache("a").keep(&app, &first).unwrap();

        let known = |ground: &str| {
            let mut results = AppResults::of(&app, &asked);
            cache(ground).fill(&app, &asked, &mut results).unwrap();
            results
        };
        assert!(matches!(known("a").scenarios[&Scenario::Install], Outcome::Passed { cached: true, .. }));
        assert!(matches!(known("a").scenarios[&Scenario::Again], Outcome::NotRun));
        assert!(matches!(known("b").scenarios[&Scenario::Install], Outcome::NotRun));

        let mut second = AppResults::of(&app, &asked);
        second.add(Scenario::Install, Outcome::Failed { seconds: 1.0, findings: Vec::new() });
        cache("a").keep(&app, &second).unwrap();
        assert!(matches!(known("a").scenarios[&Scenario::Install], Outcome::NotRun));
    }
}
