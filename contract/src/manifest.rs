//! The manifest of an app: what it is, what it needs, what it asks for and which scripts it runs.
//!
//! [`Manifest::parse`] is the only way to make one, so that a manifest in hand is a valid one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::id::Name;

mod condition;
mod input;
mod problem;
mod read;
mod yaml;

pub use condition::{Comparison, Condition};
pub use input::{Generate, Input, InputKind, Pattern, Rule, Validation};
pub use problem::Problem;
pub use read::position;
pub(crate) use read::{later_problem, script_key};

/// The longest manifest that is looked at, in bytes. Checked before parsing.
pub const MAX_MANIFEST_BYTES: usize = 256 * 1024;

/// The name of the manifest in a bundle.
pub const MANIFEST_FILE: &str = "manifest.yml";

/// A valid manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The app.
    pub id: Name,
    /// Who vouches for it; `local` if not named.
    pub publisher: Name,
    /// What people call it.
    pub name: String,
    /// The app's version, as its authors write it.
    pub version: String,
    /// Grows with each release of the bundle; what a publisher's floor and downgrades are judged by. 1 if not named.
    pub release: u64,
    /// One or two sentences.
    pub description: String,
    /// The heading it is listed under; `other` if not named.
    pub category: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who looks after it.
    pub maintainers: Vec<String>,
    /// Where to read on: an http or https address.
    pub homepage: Option<String>,
    /// The licence of the bundle, as an SPDX expression.
    pub licence: Option<String>,
    /// A file of the bundle (`icon.svg`) or the name of an icon (`globe`).
    pub icon: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// On which systems it runs.
    pub os_requirements: OsRequirements,
    /// What the machine must have.
    pub resource_requirements: ResourceRequirements,
    /// What it asks for, in the order of the form.
    pub inputs: Vec<Input>,
    /// The script of each action that has one, as a path in the bundle. `Install` is always there.
    pub scripts: BTreeMap<Action, String>,
    /// How long one attempt may take, 1 to 86400; 600 if not named.
    pub timeout_seconds: u32,
    /// How failed attempts are repeated.
    pub retry: Retry,
    /// Whether the scripts may safely run again after an interruption; true if not named.
    pub idempotent: bool,
    /// What the scripts are held in.
    pub sandbox: Sandbox,
    /// What the scripts report.
    pub outputs: Vec<Output>,
    /// The ports it listens on.
    pub ports: Vec<PortUse>,
    /// Apps, or things that apps provide, that cannot be on the same server.
    pub conflicts: Vec<Name>,
    /// What it is besides itself, for the conflicts of others (`web-server`).
    pub provides: Vec<Name>,
    /// Things that are no error and yet probably not meant, such as a rule that its type never applies.
    pub remarks: Vec<Problem>,
}

impl Manifest {
    /// Reads the bytes of a manifest's file.
    ///
    /// # Errors
    /// All problems of it, by line. Never empty.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        Self::parse(read::text(bytes)?)
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    /// All problems of the text, by line. Never empty.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        read::manifest(text)
    }

    /// The script that an action runs, as a path in the bundle. Reconfigure and upgrade fall back to the script of
    /// install, which is idempotent by contract.
    pub fn script(&self, action: Action) -> Option<&str> {
        let fallback = matches!(action, Action::Reconfigure | Action::Upgrade).then_some(Action::Install);
        let script = self.scripts.get(&action).or_else(|| self.scripts.get(&fallback?));
        script.map(String::as_str)
    }

    /// The actions that can be done.
    pub fn actions(&self) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| self.script(*action).is_some()).collect()
    }

    /// Every script, once, in order of path.
    pub fn script_files(&self) -> BTreeSet<&str> {
        self.scripts.values().map(String::as_str).collect()
    }

    /// Whether an attempt that ended with this exit code may be repeated.
    ///
    /// By the contract 1 says that the inputs are wrong and 3 that the configuration is: both would fail again. 2 is a
    /// failed installation, which a mirror or a lock may have caused. 0 is success. 126 and 127 are the shell's "cannot
    /// be executed" and "not found", mistakes in the bundle. Anything else came from some command (apt's 100) and is
    /// treated like 2.
    pub fn is_retryable(&self, exit_code: i32) -> bool {
        !matches!(exit_code, 0 | 1 | 3 | 126 | 127)
    }

    /// The input of that name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The names of the inputs whose values are secrets.
    pub fn sensitive_inputs(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().filter(|input| input.is_sensitive()).map(|input| input.name.as_str())
    }
}

/// On which systems an app runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsRequirements {
    /// `ID` of os-release(5), lower case; empty for any.
    pub family: Vec<String>,
    /// The lowest `VERSION_ID` of the first family. Versions of different families cannot be compared.
    pub min_version: Option<String>,
    /// The lowest `VERSION_ID` by family, where there are several.
    pub min_versions: BTreeMap<String, String>,
}

impl OsRequirements {
    /// The lowest version of a family.
    pub fn min_version_of(&self, family: &str) -> Option<&str> {
        let of_first =
            || self.min_version.as_ref().filter(|_| self.family.first().is_some_and(|f| f == family));
        self.min_versions.get(family).or_else(of_first).map(String::as_str)
    }

    /// Whether a system will do, by the `ID`, `ID_LIKE` and `VERSION_ID` of os-release(5). A derivative counts as a
    /// member of the family, and its version, which follows a scheme of its own, is not compared.
    pub fn accepts(&self, id: &str, id_like: &[&str], version: &str) -> bool {
        if self.family.is_empty() {
            let min = self.min_version.as_deref().or_else(|| self.min_version_of(id));
            return min.is_none_or(|min| !version_is_older(version, min));
        }
        if self.family.iter().any(|family| family == id) {
            return self.min_version_of(id).is_none_or(|min| !version_is_older(version, min));
        }
        id_like.iter().any(|like| self.family.iter().any(|family| family == like))
    }
}

/// Compares versions of a system by their numbers: `9` is older than `10`, `20.04` is older than `20.10`. A system
/// without a version (Debian testing) is never older.
fn version_is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let version = numbers(version);
    !version.is_empty() && version < numbers(than)
}

/// What the machine must have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRequirements {
    /// Memory, in MiB.
    pub min_ram_mb: u64,
    /// Free space on the root file system, in MiB.
    pub min_disk_mb: u64,
    /// Processors.
    pub min_cpu_cores: u32,
    /// Architectures as Debian names them (`amd64`, `arm64`); empty for any.
    pub architectures: Vec<String>,
}

/// How failed attempts are repeated: after an exponentially growing pause with full jitter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts in all, 1 to 20.
    pub max_attempts: u32,
    /// The longest first pause.
    pub initial_seconds: u32,
    /// The longest pause.
    pub max_seconds: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 3, initial_seconds: 5, max_seconds: 300 }
    }
}

/// What the scripts are held in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// The kind.
    pub profile: Profile,
    /// Whether the scripts may use the network. Always true in `host`; false in `confined` if not named.
    pub network: bool,
    /// The folders that a `confined` script may write to, absolute. Empty in `host`.
    pub write_paths: Vec<String>,
    /// The most memory of all its processes together, in MiB.
    pub memory_mb: Option<u32>,
    /// The most processes and threads.
    pub max_processes: Option<u32>,
    /// The most processor time, in hundredths of one processor.
    pub cpu_percent: Option<u32>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            profile: Profile::Host,
            network: true,
            write_paths: Vec::new(),
            memory_mb: None,
            max_processes: None,
            cpu_percent: None,
        }
    }
}

/// The two kinds of sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Profile {
    /// Packages and services, as root: containment of mistakes, not a boundary.
    Host,
    /// Files and checks, as an unprivileged user: a boundary.
    Confined,
}

impl Profile {
    /// The name in manifests and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Confined => "confined",
        }
    }
}

/// Something that the scripts report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The name, of the same form as an input's.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Whether it is kept from logs and answers.
    pub sensitive: bool,
}

/// A port that the app listens on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortUse {
    /// Which.
    pub port: PortSource,
    /// By which protocol.
    pub protocol: Protocol,
    /// What for.
    pub description: String,
}

impl PortUse {
    /// The number under these effective inputs; none if its input is hidden or not set.
    pub fn number(&self, plain: &crate::inputs::Inputs) -> Option<u16> {
        match &self.port {
            PortSource::Fixed(port) => Some(*port),
            PortSource::Input(name) => plain.get(name)?.as_u64()?.try_into().ok(),
        }
    }
}

/// Where the number of a port comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortSource {
    /// Always this one.
    Fixed(u16),
    /// The value of this input.
    Input(String),
}

/// The protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
