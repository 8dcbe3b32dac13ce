//! An install with other inputs than the defaults, run again and uninstalled.

use anyhow::{Context as _, Result};
use purvey_contract::action::Action;

use super::{Log, installed};
use crate::lab_test::bench::{self, Bench};
use crate::lab_test::finding::Finding;
use crate::lab_test::scenario::Scenario;

/// Goes through it.
pub(super) async fn go(bench: &mut Bench<'_>, log: &mut Log<'_>, index: usize) {
    log.needed(bench, Scenario::Variants, |bench| Box::pin(whole(bench, index))).await;
}

async fn whole(bench: &mut Bench<'_>, index: usize) -> Result<()> {
    let variant = bench.app.lifecycle.variants.get(index).context("a variant that is not there")?;
    let done = go_on(bench, &variant.inputs).await;
    done.map_err(|error| {
        let mut finding = Finding::of(error);
        finding.what = format!("variants[{index}], {}: {}", variant.what, finding.what);
        finding.into()
    })
}

async fn go_on(bench: &mut Bench<'_>, inputs: &purvey_contract::inputs::Inputs) -> Result<()> {
    let before = installed::before(bench).await?;
    bench.doing("installs");
    bench::install(bench, inputs).await?;
    installed::works(bench).await?;
    installed::changes_nothing(bench).await?;
    if bench.app.manifest.script(Action::Uninstall).is_some() {
        installed::leaves_nothing(bench, &before).await?;
    }
    Ok(())
}
