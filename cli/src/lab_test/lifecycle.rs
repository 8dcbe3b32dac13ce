//! `lifecycle.yml`: what a test cannot know of an app by itself. Its reference is `docs/reference/lifecycle.md`.

mod against;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use purvey_contract::inputs::Inputs;
use serde::Deserialize;

pub(crate) use against::merge;
pub(crate) use read::{FILE, read};

/// How an app is tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lifecycle {
    /// What its servers must be like.
    #[serde(default)]
    pub(crate) server: ServerNeeds,
    /// The inputs of the plain install: those that have no default.
    #[serde(default)]
    pub(crate) defaults: Inputs,
    /// Sets of inputs that together put every input off its default.
    #[serde(default)]
    pub(crate) variants: Vec<Variant>,
    /// What is true whenever it is installed, whatever the inputs.
    pub(crate) serves: Vec<Check>,
    /// What people keep in it.
    #[serde(default)]
    pub(crate) data: Option<Data>,
    /// Changes of the plain install, one after the other.
    #[serde(default)]
    pub(crate) reconfigure: Vec<Reconfigure>,
    /// Ways to break it by hand, each of which `verify` must see and another install must mend.
    #[serde(default, rename = "break")]
    pub(crate) breaks: Vec<Break>,
    /// Where hostile values of an input are found again.
    #[serde(default)]
    pub(crate) hostile: BTreeMap<String, Hostile>,
    /// Further inputs that are refused.
    #[serde(default)]
    pub(crate) refused: Vec<Refused>,
    /// What the running app writes by itself.
    #[serde(default)]
    pub(crate) living: Vec<Living>,
    /// What an uninstall may leave.
    #[serde(default)]
    pub(crate) residue: Vec<Residue>,
}

/// What a server must be like before the app is installed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerNeeds {
    /// Further arguments of systemd-nspawn, such as `--capability=CAP_NET_ADMIN`.
    #[serde(default)]
    pub(crate) nspawn_args: Vec<String>,
    /// Further environment of systemd-nspawn.
    #[serde(default)]
    pub(crate) nspawn_environment: BTreeMap<String, String>,
    /// Folders that lie on a plain file system, because the app cannot work on an overlay.
    #[serde(default)]
    pub(crate) plain_folders: Vec<PathBuf>,
    /// The memory that the app takes at most, by which it is decided how many servers run side by side.
    #[serde(default)]
    pub(crate) memory_mb: Option<u32>,
    /// Runs before anything is looked at: files that inputs name, users that must be there.
    #[serde(default)]
    pub(crate) prepare: Option<String>,
}

/// One set of inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    /// A short name.
    pub(crate) what: String,
    /// All inputs of the install.
    pub(crate) inputs: Inputs,
}

/// Something that must be true. Exactly one of `http`, `tcp` and `run`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    /// What it proves.
    #[serde(default)]
    pub(crate) what: Option<String>,
    /// Only while these inputs have these values.
    #[serde(default)]
    pub(crate) when: Inputs,
    /// How long it may take to become true; 30 if not named.
    #[serde(default)]
    pub(crate) within_seconds: Option<u32>,
    /// A page is served to another machine.
    #[serde(default)]
    pub(crate) http: Option<Http>,
    /// A port can be reached from another machine, or cannot.
    #[serde(default)]
    pub(crate) tcp: Option<Tcp>,
    /// A script in the server succeeds.
    #[serde(default)]
    pub(crate) run: Option<String>,
    /// What `run` prints, without the last line feed.
    #[serde(default)]
    pub(crate) prints: Option<String>,
    /// A part of what `run` prints.
    #[serde(default)]
    pub(crate) contains: Option<String>,
}

/// A page, fetched from another machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) port: Port,
    /// `http` if not named. Of `https`, any certificate will do.
    #[serde(default)]
    pub(crate) scheme: Scheme,
    /// The host that is asked for; the server's address if not named.
    #[serde(default)]
    pub(crate) host: Option<String>,
    /// `/` if not named.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// 200 if not named.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// A part of the page.
    #[serde(default)]
    pub(crate) contains: Option<String>,
    /// A header of the answer and a part of its value, as in `location: https://`.
    #[serde(default)]
    pub(crate) header: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scheme {
    #[default]
    Http,
    Https,
}

/// A port, tried from another machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tcp {
    pub(crate) port: Port,
    /// True if not named.
    #[serde(default)]
    pub(crate) open: Option<bool>,
}

/// A port's number, or the input that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Fixed(u16),
    Input(String),
}

/// What people keep in an app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// Puts something in.
    pub(crate) put: String,
    /// It is still there.
    pub(crate) holds: Vec<Check>,
    /// Takes it away or spoils it, so that `holds` fails.
    pub(crate) damage: String,
}

/// One change of inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reconfigure {
    pub(crate) what: String,
    /// Inputs that change; null takes a value away.
    pub(crate) inputs: Inputs,
    /// What must be as it was, beside the data.
    #[serde(default)]
    pub(crate) keeps: Vec<Check>,
    /// Units that must not be restarted.
    #[serde(default)]
    pub(crate) keeps_running: Vec<String>,
}

/// One way to break an app by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Break {
    pub(crate) what: String,
    pub(crate) run: String,
}

/// Hostile values of one input.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hostile {
    /// The values; made by the test if not named.
    #[serde(default)]
    pub(crate) values: Vec<String>,
    /// Runs before the value is set.
    #[serde(default)]
    pub(crate) before: Option<String>,
    /// That the value is there, letter by letter.
    pub(crate) lands: Vec<Check>,
}

/// Inputs that are refused: by the control plane with `violations`, or by the script with `exit_code`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    pub(crate) what: String,
    /// On top of those of the plain install.
    pub(crate) inputs: Inputs,
    /// The code by input.
    #[serde(default)]
    pub(crate) violations: BTreeMap<String, String>,
    /// How the script ends, having touched nothing.
    #[serde(default)]
    pub(crate) exit_code: Option<i32>,
    /// A part of what the script says.
    #[serde(default)]
    pub(crate) says: Option<String>,
}

/// What the running app writes by itself, so that it may change between two runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Living {
    /// A file, or a folder with all that is in it.
    pub(crate) path: String,
    pub(crate) why: String,
}

/// Something that an uninstall may leave. Exactly one of the others beside `why`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Residue {
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) package: Option<String>,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) group: Option<String>,
    #[serde(default)]
    pub(crate) unit: Option<String>,
    #[serde(default)]
    pub(crate) mount: Option<String>,
    #[serde(default)]
    pub(crate) firewall: Option<String>,
    pub(crate) why: String,
}
