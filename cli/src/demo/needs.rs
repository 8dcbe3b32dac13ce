//! What this host must offer: the packages, the programs beside ours, and whether it can boot servers.

use std::path::PathBuf;

use anyhow::Result;
use purvey_lab::requirements;

use super::show::{Show, Step};
use crate::local::{beside, needs};

/// Where the agent runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// In a throw-away server.
    Lab,
    /// On this host, without privileges.
    Host,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) stage: Stage,
    pub(super) agent: PathBuf,
    pub(super) installers: PathBuf,
}

/// Finds everything before anything is made, and installs packages that are missing if it may.
///
/// # Errors
/// What is missing, and the command that brings it.
pub(super) async fn check(show: &Show, host_agent: bool, no_install: bool) -> Result<Found> {
    show.begin(Step::Requirements, "looking at this host")?;
    beside::program("control-plane")?;
    let (agent, installers) = (beside::program("agent")?, beside::installers()?);
    let (mut stage, mut why) = choose(host_agent).await;
    let missing = needs::missing(stage == Stage::Lab);
    if !missing.is_empty() {
        needs::install(&missing, no_install, |text| show.note(Step::Requirements, text)).await?;
        // The programs that were missing are what tries the kernel's part for real.
        (stage, why) = choose(host_agent).await;
    }
    show.done(Step::Requirements, &why)?;
    Ok(Found { stage, agent, installers })
}

/// Where the agent will run, and why there.
async fn choose(host_agent: bool) -> (Stage, String) {
    if host_agent {
        return (Stage::Host, "the agent runs on this host, without privileges, as asked".to_owned());
    }
    match requirements::can_host_servers().await {
        Ok(()) => (Stage::Lab, "this host can boot throw-away servers".to_owned()),
        Err(reason) => {
            let why = format!(
                "throw-away servers cannot be booted here: {reason}. The agent runs on this host instead, without \
                 privileges"
            );
            (Stage::Host, why)
        }
    }
}
