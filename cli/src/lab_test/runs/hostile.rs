//! Values that a careless script would execute: each lands letter by letter, and nothing happens.

use std::collections::BTreeSet;

use anyhow::Result;
use purvey_contract::inputs::{Inputs, as_text};
use serde_json::Value;

use super::{Log, installed};
use crate::lab_test::app::App;
use crate::lab_test::bench::{self, Bench};
use crate::lab_test::checks;
use crate::lab_test::finding::{Finding, finding};
use crate::lab_test::hostile::{CANARY, values};
use crate::lab_test::lifecycle::Hostile;
use crate::lab_test::scenario::Scenario;

/// The variants that show an input with hostile values first; none stands for the plain install.
pub(super) fn bases(app: &App) -> Vec<Option<usize>> {
    let bases: BTreeSet<Option<usize>> =
        app.lifecycle.hostile.keys().map(|name| base_of(app, name)).collect();
    bases.into_iter().collect()
}

fn base_of(app: &App, name: &str) -> Option<usize> {
    app.lifecycle.variants.iter().position(|variant| app.effective(&variant.inputs).contains_key(name))
}

/// Goes through the values of all inputs of one base.
pub(super) async fn go(bench: &mut Bench<'_>, log: &mut Log<'_>, base: Option<usize>) {
    log.needed(bench, Scenario::Hostile, |bench| Box::pin(whole(bench, base))).await;
}

async fn whole(bench: &mut Bench<'_>, base: Option<usize>) -> Result<()> {
    let app = bench.app;
    let start = base.and_then(|index| app.lifecycle.variants.get(index)).map(|variant| &variant.inputs);
    bench.doing("installs");
    bench::install(bench, start.unwrap_or(&app.lifecycle.defaults)).await?;
    let inputs: Vec<(&String, &Hostile, Vec<String>)> = app
        .lifecycle
        .hostile
        .iter()
        .filter(|(name, _)| base_of(app, name) == base)
        .map(|(name, hostile)| (name, hostile, values_of(app, name, hostile)))
        .collect();
    let rounds = inputs.iter().map(|(_, _, values)| values.len()).max().unwrap_or_default();
    for round in 0..rounds {
        bench.doing(&format!("hostile values, round {} of {rounds}", round + 1));
        let chosen = inputs.iter().filter_map(|(name, _, values)| {
            Some(((*name).clone(), Value::from(values.get(round % values.len().max(1))?.clone())))
        });
        let chosen: Inputs = chosen.collect();
        once(bench, &inputs, &chosen).await.map_err(|error| {
            let shown: Vec<String> =
                chosen.iter().map(|(name, value)| format!("{name}={}", as_text(value))).collect();
            Finding::of(error).with("the values of this round", shown.join("\n"))
        })?;
    }
    Ok(())
}

fn values_of(app: &App, name: &str, hostile: &Hostile) -> Vec<String> {
    let Some(input) = app.manifest.input(name) else { return Vec::new() };
    if hostile.values.is_empty() { values(&app.manifest, input) } else { hostile.values.clone() }
}

async fn once(
    bench: &mut Bench<'_>,
    inputs: &[(&String, &Hostile, Vec<String>)],
    chosen: &Inputs,
) -> Result<()> {
    // What runs before sees the new values already.
    let former = bench.given.clone();
    crate::lab_test::lifecycle::merge(&mut bench.given, chosen);
    for (name, hostile, _) in inputs {
        if let Some(script) = &hostile.before {
            checks::script(bench, &format!("hostile.{name}.before"), script).await?;
        }
    }
    bench.given = former;
    bench::update(bench, chosen).await?;
    for (name, hostile, _) in inputs {
        checks::hold(bench, &format!("hostile.{name}.lands"), &hostile.lands).await?;
    }
    installed::verifies(bench).await?;
    if bench.server.exec(["test", "-e", CANARY]).await?.is_success() {
        finding!("a value was executed: it made the file {CANARY}");
    }
    Ok(())
}
