//! What must be true of an installed app, and of a server that it has left; used by several runs.

use std::collections::BTreeSet;

use anyhow::Result;
use purvey_contract::action::Action;
use purvey_contract::inputs::Inputs;
use purvey_contract::manifest::Protocol;
use purvey_sdk::v1::{JobState, ObservedState};

use crate::lab_test::bench::{self, Bench, Side};
use crate::lab_test::finding::{Finding, finding};
use crate::lab_test::snapshot::{self, Snapshot};
use crate::lab_test::state::{self, State};
use crate::lab_test::{checks, compare, secrets};

/// A server before an app came.
#[derive(Debug)]
pub(super) struct Before {
    files: Snapshot,
    state: State,
}

/// Looks at the server before anything is installed.
pub(super) async fn before(bench: &Bench<'_>) -> Result<Before> {
    Ok(Before { files: files(bench).await?, state: state::take(&bench.server).await? })
}

async fn files(bench: &Bench<'_>) -> Result<Snapshot> {
    snapshot::take(&bench.server, &bench.app.lifecycle.server.plain_folders, bench.since).await
}

/// It serves, listens where it says that it does, and its own check agrees.
pub(super) async fn works(bench: &mut Bench<'_>) -> Result<()> {
    checks::hold(bench, "serves", &bench.app.lifecycle.serves).await?;
    listens(bench).await?;
    verifies(bench).await
}

/// The ports that the app declares, with these inputs.
pub(super) fn declared(bench: &Bench<'_>, inputs: &Inputs) -> BTreeSet<(String, u16)> {
    let named = |protocol| match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    let ports = bench.app.manifest.ports.iter();
    ports.filter_map(|port| Some((named(port.protocol).to_owned(), port.number(inputs)?))).collect()
}

/// Every declared port is listened on.
async fn listens(bench: &Bench<'_>) -> Result<()> {
    let wanted = declared(bench, &bench.effective());
    let listening = state::ports(&bench.server).await?;
    let missing: Vec<String> =
        wanted.difference(&listening).map(|(protocol, port)| format!("{port}/{protocol}")).collect();
    if !missing.is_empty() {
        finding!("nobody listens on {}, which the manifest declares under `ports`", missing.join(", "));
    }
    Ok(())
}

/// Ports that the app had with other inputs, and has no more, are closed.
pub(super) async fn closed(bench: &Bench<'_>, former: &BTreeSet<(String, u16)>) -> Result<()> {
    let now = declared(bench, &bench.effective());
    let listening = state::ports(&bench.server).await?;
    let open: Vec<String> = former
        .iter()
        .filter(|port| !now.contains(port) && listening.contains(port))
        .map(|(protocol, port)| format!("{port}/{protocol}"))
        .collect();
    if !open.is_empty() {
        finding!("{} is still listened on, though the inputs name another port now", open.join(", "));
    }
    Ok(())
}

/// The app's own check succeeds, and the install is ready.
pub(super) async fn verifies(bench: &mut Bench<'_>) -> Result<()> {
    if bench.app.manifest.script(Action::Verify).is_none() {
        return Ok(());
    }
    let ended = bench::side_job(bench, Side::Verify).await?;
    if ended.job.state() != JobState::Succeeded {
        let what = format!("verify fails though nothing is broken: {}", ended.says());
        return Err(Finding::new(what).into());
    }
    bench::settled(bench, ObservedState::Ready).await.map(drop)
}

/// The app's own check fails, and the install is known to be degraded.
pub(super) async fn is_found_broken(bench: &mut Bench<'_>, how: &str) -> Result<()> {
    let ended = bench::side_job(bench, Side::Verify).await?;
    if ended.job.state() == JobState::Succeeded {
        finding!("verify says that all is well, though {how}");
    }
    bench::settled(bench, ObservedState::Degraded).await.map(drop)
}

/// A second run touches no file and restarts nothing.
pub(super) async fn changes_nothing(bench: &mut Bench<'_>) -> Result<()> {
    bench.doing("runs again");
    let (files_before, starts_before) = (files(bench).await?, state::starts(&bench.server).await?);
    bench::again(bench).await?;
    let (files_after, starts_after) = (files(bench).await?, state::starts(&bench.server).await?);
    let living: Vec<String> = bench.app.lifecycle.living.iter().map(|one| one.path.clone()).collect();
    let touched = compare::touched(&files_before, &files_after, &living);
    let restarts = state::restarts(&starts_before, &starts_after);
    let mut wrong = Vec::new();
    if !touched.is_empty() {
        wrong.push(format!("a second run with the same inputs touched {}", counted(touched.len(), "path")));
    }
    if !restarts.is_empty() {
        wrong.push(format!("a second run with the same inputs: {}", restarts.trim().replace('\n', ", ")));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let finding = Finding::new(wrong.join("; ")).with("paths that were touched", compare::lines(&touched));
    Err(finding.into())
}

/// Uninstalls, and leaves the server as it was.
pub(super) async fn leaves_nothing(bench: &mut Bench<'_>, before: &Before) -> Result<()> {
    bench.doing("uninstalls");
    bench::uninstall(bench).await?;
    let (files, state) = (files(bench).await?, state::take(&bench.server).await?);
    let allowed = &bench.app.lifecycle.residue;
    let paths: Vec<String> = allowed.iter().filter_map(|one| one.path.clone()).collect();
    let mut left = compare::residue(&before.files, &files, &paths);
    // Where the host's own folder is mounted is not the app's to remove, and so not the app's to put back.
    left.retain(|change| {
        !bench.app.lifecycle.server.plain_folders.iter().any(|one| change.path == one.to_string_lossy())
    });
    let other = state::residue(&before.state, &state, allowed);
    if left.is_empty() && other.is_empty() {
        return Ok(());
    }
    let count = left.len() + other.lines().count();
    let finding =
        Finding::new(format!("the uninstall left {} that differ from before", counted(count, "thing")))
            .with("files (+ left, - taken away, ~ changed)", compare::lines(&left))
            .with("packages, users, units, ports and the like", other);
    Err(finding.into())
}

/// Nothing but what the agent writes differs: a script that refuses must not begin.
pub(super) async fn untouched(bench: &Bench<'_>, before: &Before) -> Result<()> {
    let (files, state) = (files(bench).await?, state::take(&bench.server).await?);
    let (left, other) =
        (compare::residue(&before.files, &files, &[]), state::residue(&before.state, &state, &[]));
    if left.is_empty() && other.is_empty() {
        return Ok(());
    }
    let finding = Finding::new("something was changed before the inputs were refused")
        .with("files (+ new, - gone, ~ changed)", compare::lines(&left))
        .with("packages, users, units, ports and the like", other);
    Err(finding.into())
}

/// No secret was seen anywhere while it was here.
pub(super) async fn keeps_secrets(bench: &mut Bench<'_>) -> Result<()> {
    secrets::search_files(&bench.server, &bench.watch, bench.since).await?;
    secrets::search_journal(&bench.server, &bench.watch).await?;
    let log = tokio::fs::read(bench.world.log_file()).await.unwrap_or_default();
    bench.watch.search(&log, || "the control plane's log".to_owned());
    let places = bench.watch.places();
    if places.is_empty() {
        return Ok(());
    }
    let finding = Finding::new(format!("a secret was seen in {}", counted(places.len(), "place")));
    Err(finding.with("where", places.join("\n")).into())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
