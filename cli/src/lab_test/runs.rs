//! The runs: what is done on one server, in order. Several go on side by side.

mod gate;
mod hostile;
mod installed;
mod life;
mod variant;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use anyhow::Result;
use tokio::time::Instant;

use super::app::App;
use super::bench::{self, Bench};
use super::finding::Finding;
use super::live::Live;
use super::results::Outcome;
use super::scenario::Scenario;
use super::world::World;

/// Something that is done on a server of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// The plain install, from its first to its last day.
    Life,
    /// An install with the inputs of a variant.
    Variant(usize),
    /// Hostile values on top of a variant; none for the plain install.
    Hostile(Option<usize>),
    /// What must be refused.
    Gate,
}

impl Run {
    /// The runs that these scenarios of an app need.
    pub(crate) fn needed(app: &App, scenarios: &BTreeSet<Scenario>) -> Vec<Self> {
        let any = |of: &[Scenario]| of.iter().any(|scenario| scenarios.contains(scenario));
        let mut runs = Vec::new();
        if any(&life::SCENARIOS) {
            runs.push(Self::Life);
        }
        if any(&[Scenario::Variants, Scenario::Secrets]) {
            runs.extend((0..app.lifecycle.variants.len()).map(Self::Variant));
        }
        if any(&[Scenario::Hostile]) {
            runs.extend(hostile::bases(app).into_iter().map(Self::Hostile));
        }
        if any(&gate::SCENARIOS) {
            runs.push(Self::Gate);
        }
        runs
    }

    /// Its name, for people and for the server's name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Life => "life".to_owned(),
            Self::Variant(index) => format!("variant {}", index + 1),
            Self::Hostile(None) => "hostile".to_owned(),
            Self::Hostile(Some(index)) => format!("hostile {}", index + 1),
            Self::Gate => "gate".to_owned(),
        }
    }

    /// What it is about, for people.
    pub(crate) fn about(&self, app: &App) -> String {
        match self {
            Self::Variant(index) => app.lifecycle.variants.get(*index).map(|variant| variant.what.clone()),
            _ => None,
        }
        .unwrap_or_default()
    }
}

/// What a run found out.
pub(crate) type Found = Vec<(Scenario, Outcome)>;

/// Does it, on a server of its own that is gone afterwards; with `keep` a server on which something failed stays.
///
/// Whatever goes wrong is an outcome.
pub(crate) async fn go(
    world: &World,
    app: &App,
    live: &Live,
    run: &Run,
    wanted: &BTreeSet<Scenario>,
    keep: bool,
) -> Found {
    let name = run.name();
    live.begin(app.id(), &name, &run.about(app));
    let began = Instant::now();
    let mut bench = match bench::boot(world, app, live, &name).await {
        Ok(bench) => bench,
        Err(error) => {
            let finding = Finding::of(error.context("making the server"));
            let outcome =
                failed(began, finding.with("what the control plane complained of", world.complaints()));
            let first = match run {
                Run::Life => Scenario::Install,
                Run::Variant(_) => Scenario::Variants,
                Run::Hostile(_) => Scenario::Hostile,
                Run::Gate => Scenario::Inputs,
            };
            live.end(app.id(), &name);
            return vec![(first, outcome)];
        }
    };
    let mut log = Log { found: Vec::new(), wanted, blocked: None };
    match run {
        Run::Life => life::go(&mut bench, &mut log).await,
        Run::Variant(index) => variant::go(&mut bench, &mut log, *index).await,
        Run::Hostile(base) => hostile::go(&mut bench, &mut log, *base).await,
        Run::Gate => gate::go(&mut bench, &mut log).await,
    }
    if wanted.contains(&Scenario::Secrets) && !bench.watch.is_empty() {
        log.scenario(&mut bench, Scenario::Secrets, |bench| Box::pin(installed::keeps_secrets(bench))).await;
    }
    let is_bad = log.found.iter().any(|(_, outcome)| outcome.is_failure());
    if keep && is_bad {
        live.kept(&bench.server);
    } else if let Err(error) = world.lab.remove(&bench.server).await {
        live.note(&format!("{} resists: {error}", bench.server.name()));
    }
    live.end(app.id(), &name);
    log.found
}

fn failed(began: Instant, finding: Finding) -> Outcome {
    Outcome::Failed { seconds: began.elapsed().as_secs_f64(), findings: vec![finding] }
}

type Step<'s> = Pin<Box<dyn Future<Output = Result<()>> + 's>>;

/// What a run has found so far.
#[derive(Debug)]
struct Log<'a> {
    found: Found,
    wanted: &'a BTreeSet<Scenario>,
    /// Why nothing more can be tried.
    blocked: Option<String>,
}

impl Log<'_> {
    fn wants(&self, scenario: Scenario) -> bool {
        self.wanted.contains(&scenario)
    }

    /// Does one scenario and notes what came of it. False if it failed.
    async fn scenario(
        &mut self,
        bench: &mut Bench<'_>,
        scenario: Scenario,
        step: impl for<'b> FnOnce(&'b mut Bench<'_>) -> Step<'b>,
    ) -> bool {
        if let Some(why) = &self.blocked {
            self.found.push((scenario, Outcome::Blocked { why: why.clone() }));
            return false;
        }
        bench.doing(scenario.proves());
        let began = Instant::now();
        let outcome = match step(bench).await {
            Ok(()) => Outcome::Passed { seconds: began.elapsed().as_secs_f64(), cached: false },
            Err(error) => failed(began, bench.explain(error).await),
        };
        let passed = !outcome.is_failure();
        bench.live.done(bench.app.id(), &bench.run, scenario, &outcome);
        self.found.push((scenario, outcome));
        passed
    }

    /// The same for what the rest cannot do without: it is done even if nobody asked, and then only told if it fails.
    async fn needed(
        &mut self,
        bench: &mut Bench<'_>,
        scenario: Scenario,
        step: impl for<'b> FnOnce(&'b mut Bench<'_>) -> Step<'b>,
    ) {
        let passed = self.scenario(bench, scenario, step).await;
        if passed && !self.wants(scenario) {
            self.found.pop();
        }
        if !passed && self.blocked.is_none() {
            self.blocked = Some(format!("`{}` failed before", scenario.name()));
        }
    }
}
