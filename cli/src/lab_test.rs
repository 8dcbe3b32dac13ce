//! `purvey lab test`: an app's whole life, through the real control plane and agent, on throw-away servers.

#![allow(dead_code, reason = "the descriptions are read whole; what runs them comes next")]

mod app;
mod hostile;
mod lifecycle;
mod scenario;

use std::path::PathBuf;

use clap::Args;

use crate::cli::Global;
use crate::failure::Failure;
#[cfg(test)]
pub(crate) use app::read_all as read;

use app::App;
use scenario::Scenario;

/// Prove apps from install to uninstall, on throw-away servers.
///
/// Says which scenarios there are for an app. What an app serves and how it can be broken stands in its `lifecycle.yml`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Test {
    /// The apps' folders, each with a `manifest.yml` and a `lifecycle.yml`
    #[arg(required = true, value_name = "APP")]
    apps: Vec<PathBuf>,
    /// Say which scenarios there are, and run none
    #[arg(long, required = true)]
    list: bool,
}

/// Reads the apps and says what there is to test.
pub(crate) fn run(global: &Global, test: &Test) -> Result<(), Failure> {
    let apps = app::read_all(&test.apps)?;
    let rows: Vec<Listed> = apps.iter().flat_map(listed).collect();
    global.printer().list("scenarios", &rows, &["APP", "SCENARIO", "PROVES", "NOT FOR"], |row| {
        [&row.app, &row.scenario, &row.proves, &row.not_for]
            .map(|text| comfy_table::Cell::new(crate::output::escape(text)))
            .to_vec()
    })
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    app: String,
    scenario: String,
    proves: String,
    not_for: String,
}

fn listed(app: &App) -> Vec<Listed> {
    let row = |scenario: &Scenario| Listed {
        app: app.manifest.id.to_string(),
        scenario: scenario.name().to_owned(),
        proves: scenario.proves().to_owned(),
        not_for: scenario.not_for(app).unwrap_or_default().to_owned(),
    };
    Scenario::ALL.iter().map(row).collect()
}
