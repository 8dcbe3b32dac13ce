//! The shipped apps, signed by a publisher of the demo's own: fresh keys that are forgotten with it.

use std::path::Path;

use anyhow::{Context as _, Result};
use time::Duration;

use crate::publisher::{Publisher, pack};

/// Longer than anybody watches a demo.
const LIFE: Duration = Duration::days(30);

/// Signs apps of a folder of installers into a catalogue; answers the publisher and the apps with their versions.
///
/// # Errors
/// An app that is not there or not valid.
pub(super) fn sign(installers: &Path, apps: &[&str], catalogue: &Path) -> Result<(Publisher, Vec<String>)> {
    let packed: Vec<_> = apps.iter().map(|app| pack(&installers.join(app))).collect::<Result<_>>()?;
    let name = packed.first().context("no apps")?.manifest.publisher.clone();
    let publisher = Publisher::of_a_demo(name, LIFE)?;
    let signed = packed.iter().map(|app| publisher.sign(app, catalogue)).collect::<Result<Vec<_>>>()?;
    Ok((publisher, signed.into_iter().map(|one| format!("{} {}", one.app.app, one.version)).collect()))
}
