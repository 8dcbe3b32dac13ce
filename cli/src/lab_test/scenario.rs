//! What is proven of an app, one by one.

use purvey_contract::action::Action;

use super::app::App;
use super::hostile;

/// One thing to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(clap::ValueEnum)]
#[value(rename_all = "lowercase")]
pub(crate) enum Scenario {
    Install,
    Variants,
    Again,
    Reconfigure,
    Reboot,
    Verify,
    Backup,
    Uninstall,
    Reinstall,
    Hostile,
    Secrets,
    Inputs,
    Resources,
    Ports,
}

impl Scenario {
    /// All of them, in the order of a life.
    pub(crate) const ALL: [Self; 14] = [
        Self::Install,
        Self::Variants,
        Self::Again,
        Self::Reconfigure,
        Self::Reboot,
        Self::Verify,
        Self::Backup,
        Self::Uninstall,
        Self::Reinstall,
        Self::Hostile,
        Self::Secrets,
        Self::Inputs,
        Self::Resources,
        Self::Ports,
    ];

    /// For command lines and reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Variants => "variants",
            Self::Again => "again",
            Self::Reconfigure => "reconfigure",
            Self::Reboot => "reboot",
            Self::Verify => "verify",
            Self::Backup => "backup",
            Self::Uninstall => "uninstall",
            Self::Reinstall => "reinstall",
            Self::Hostile => "hostile",
            Self::Secrets => "secrets",
            Self::Inputs => "inputs",
            Self::Resources => "resources",
            Self::Ports => "ports",
        }
    }

    /// What it proves, for people.
    pub(crate) fn proves(self) -> &'static str {
        match self {
            Self::Install => "installs with its defaults, and serves",
            Self::Variants => "installs with every input off its default",
            Self::Again => "a second run touches no file and restarts nothing",
            Self::Reconfigure => "changed inputs take effect and data stays",
            Self::Reboot => "serves again after a reboot",
            Self::Verify => "verify sees what was broken by hand, and another install mends it",
            Self::Backup => "a backup brings damaged data back",
            Self::Uninstall => "an uninstall leaves nothing behind",
            Self::Reinstall => "installs again after that",
            Self::Hostile => "hostile values land literally and execute nothing",
            Self::Secrets => "secrets are in no log, process list, open file or journal",
            Self::Inputs => "bad inputs are refused before anything runs",
            Self::Resources => "a server that is too small is refused",
            Self::Ports => "a port that is taken is refused",
        }
    }

    /// Why it does not apply to an app, if so.
    pub(crate) fn not_for(self, app: &App) -> Option<&'static str> {
        let (manifest, lifecycle) = (&app.manifest, &app.lifecycle);
        let has = |action| manifest.script(action).is_some();
        let reason = match self {
            Self::Variants if manifest.inputs.is_empty() => "it has no inputs",
            Self::Reconfigure if lifecycle.reconfigure.is_empty() => "it has no inputs",
            Self::Verify if !has(Action::Verify) => "it has no verify script",
            Self::Backup if !has(Action::Backup) || !has(Action::Restore) => {
                "it has no backup and restore scripts"
            }
            Self::Uninstall | Self::Reinstall if !has(Action::Uninstall) => "it has no uninstall script",
            Self::Hostile
                if manifest.inputs.iter().all(|input| hostile::values(manifest, input).is_empty()) =>
            {
                "no input takes hostile values"
            }
            Self::Secrets if manifest.sensitive_inputs().next().is_none() => "it has no sensitive inputs",
            Self::Inputs if manifest.inputs.is_empty() => "it has no inputs",
            Self::Ports if manifest.ports.is_empty() => "it declares no ports",
            _ => return None,
        };
        Some(reason)
    }
}
