//! The plain install, from its first day to its last: installed, run again, uninstalled, installed again, then used.

use std::sync::Arc;

use anyhow::Result;
use purvey_sdk::v1::JobState;

use super::{Log, installed};
use crate::lab_test::bench::{self, Bench, Side};
use crate::lab_test::finding::finding;
use crate::lab_test::lifecycle::Reconfigure;
use crate::lab_test::scenario::Scenario;
use crate::lab_test::{checks, state};
use crate::local::lab_host;

/// What it proves.
pub(super) const SCENARIOS: [Scenario; 9] = [
    Scenario::Install,
    Scenario::Again,
    Scenario::Uninstall,
    Scenario::Reinstall,
    Scenario::Reconfigure,
    Scenario::Reboot,
    Scenario::Verify,
    Scenario::Backup,
    Scenario::Secrets,
];

/// Goes through all that is asked for.
pub(super) async fn go(bench: &mut Bench<'_>, log: &mut Log<'_>) {
    let before = match installed::before(bench).await {
        Ok(before) => Arc::new(before),
        Err(error) => {
            log.scenario(bench, Scenario::Install, |_| Box::pin(async { Err(error) })).await;
            return;
        }
    };
    log.needed(bench, Scenario::Install, |bench| Box::pin(install(bench))).await;
    if log.wants(Scenario::Again) {
        log.scenario(bench, Scenario::Again, |bench| Box::pin(installed::changes_nothing(bench))).await;
    }
    if log.wants(Scenario::Uninstall) || log.wants(Scenario::Reinstall) {
        let left = log.scenario(bench, Scenario::Uninstall, |bench| {
            Box::pin(async move { installed::leaves_nothing(bench, &before).await })
        });
        if left.await && !log.wants(Scenario::Uninstall) {
            log.found.pop();
        }
        // What was left is no reason not to try whether it comes again; an app that is still there is.
        if bench.install.is_none() {
            log.needed(bench, Scenario::Reinstall, |bench| Box::pin(install(bench))).await;
        }
    }
    let later = [Scenario::Reconfigure, Scenario::Reboot, Scenario::Verify, Scenario::Backup];
    if later.iter().all(|scenario| !log.wants(*scenario)) {
        return;
    }
    let first = later.into_iter().find(|scenario| log.wants(*scenario)).unwrap_or(Scenario::Reconfigure);
    if log.blocked.is_none()
        && let Err(error) = put_data(bench).await
    {
        log.scenario(bench, first, |_| Box::pin(async { Err(error) })).await;
        log.blocked = Some("no data could be put into the app".to_owned());
    }
    if log.wants(Scenario::Reconfigure) {
        log.scenario(bench, Scenario::Reconfigure, |bench| Box::pin(reconfigure(bench))).await;
    }
    if log.wants(Scenario::Reboot) {
        log.scenario(bench, Scenario::Reboot, |bench| Box::pin(reboot(bench))).await;
    }
    if log.wants(Scenario::Verify) {
        log.scenario(bench, Scenario::Verify, |bench| Box::pin(verify(bench))).await;
    }
    if log.wants(Scenario::Backup) {
        log.scenario(bench, Scenario::Backup, |bench| Box::pin(backup(bench))).await;
    }
}

async fn install(bench: &mut Bench<'_>) -> Result<()> {
    let inputs = bench.app.lifecycle.defaults.clone();
    bench::install(bench, &inputs).await?;
    installed::works(bench).await
}

async fn put_data(bench: &Bench<'_>) -> Result<()> {
    if let Some(data) = &bench.app.lifecycle.data {
        checks::script(bench, "data.put", &data.put).await?;
    }
    holds_data(bench).await
}

async fn holds_data(bench: &Bench<'_>) -> Result<()> {
    match &bench.app.lifecycle.data {
        Some(data) => checks::hold(bench, "data.holds", &data.holds).await,
        None => Ok(()),
    }
}

async fn reconfigure(bench: &mut Bench<'_>) -> Result<()> {
    for (index, step) in bench.app.lifecycle.reconfigure.iter().enumerate() {
        bench.doing(&format!("changes inputs: {}", step.what));
        let changed = reconfigure_once(bench, index, step).await;
        changed.map_err(|error| {
            let mut finding = crate::lab_test::finding::Finding::of(error);
            finding.what = format!("reconfigure[{index}], {}: {}", step.what, finding.what);
            finding
        })?;
    }
    Ok(())
}

async fn reconfigure_once(bench: &mut Bench<'_>, index: usize, step: &Reconfigure) -> Result<()> {
    let former = installed::declared(bench, &bench.effective());
    let starts = state::starts(&bench.server).await?;
    bench::update(bench, &step.inputs).await?;
    installed::works(bench).await?;
    installed::closed(bench, &former).await?;
    holds_data(bench).await?;
    checks::hold(bench, &format!("reconfigure[{index}].keeps"), &step.keeps).await?;
    let now = state::starts(&bench.server).await?;
    for unit in &step.keeps_running {
        match (starts.get(unit), now.get(unit)) {
            (None, _) => finding!("the unit {unit}, which is to keep running, did not run before"),
            (Some(_), None) => finding!("the unit {unit} was stopped, and was to keep running"),
            (Some(old), Some(new)) if old != new => {
                finding!("the unit {unit} was restarted, and was to keep running")
            }
            _ => {}
        }
    }
    Ok(())
}

async fn reboot(bench: &mut Bench<'_>) -> Result<()> {
    bench.doing("reboots");
    bench.server.reboot().await?;
    lab_host::connected(&bench.world.client, &bench.name()).await?;
    bench.doing("has rebooted");
    installed::works(bench).await?;
    holds_data(bench).await
}

async fn verify(bench: &mut Bench<'_>) -> Result<()> {
    installed::verifies(bench).await?;
    for (index, way) in bench.app.lifecycle.breaks.iter().enumerate() {
        bench.doing(&format!("broken by hand: {}", way.what));
        checks::script(bench, &format!("break[{index}]"), &way.run).await?;
        installed::is_found_broken(bench, &way.what).await?;
        bench.doing(&format!("mended: {}", way.what));
        bench::again(bench).await?;
        installed::works(bench).await?;
    }
    holds_data(bench).await
}

async fn backup(bench: &mut Bench<'_>) -> Result<()> {
    bench.doing("backs up");
    let saved = bench::side_job(bench, Side::Backup).await?;
    if saved.job.state() != JobState::Succeeded {
        finding!("the backup did not succeed: {}", saved.says());
    }
    let Some(data) = &bench.app.lifecycle.data else {
        finding!("the app has a backup script, and `data` of the description does not say what to save");
    };
    checks::script(bench, "data.damage", &data.damage).await?;
    if checks::hold_now(bench, &data.holds).await.is_ok() {
        finding!("`data.holds` is true though the data was damaged: the check proves nothing");
    }
    bench.doing("restores");
    let restored = bench::side_job(bench, Side::Restore).await?;
    if restored.job.state() != JobState::Succeeded {
        finding!("the restore did not succeed: {}", restored.says());
    }
    holds_data(bench).await?;
    installed::works(bench).await
}
