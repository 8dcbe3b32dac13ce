//! From the text of a manifest to a [`Manifest`], with every problem in one pass.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::yaml::{self, Node};
use super::{
    MAX_MANIFEST_BYTES, Manifest, OsRequirements, Output, PortSource, PortUse, Profile, Protocol,
    ResourceRequirements, Retry, Sandbox,
};
use crate::action::Action;
use crate::id::Name;
use crate::inputs::value::{is_path, is_url};
use fields::{Fields, Findings, Place, clip};

mod conditions;
mod fields;
mod inputs;
pub(crate) mod names;

/// The most elements of the short lists: tags, maintainers, ports and the like.
const MAX_LIST: usize = 64;

/// A problem of the whole file.
fn whole(code: &'static str, message: String, position: Option<yaml::Position>) -> Vec<Problem> {
    let (line, column) = position.unzip();
    vec![Problem { line, column, path: String::new(), code, message }]
}

fn check_size(bytes: usize) -> Result<(), Vec<Problem>> {
    if bytes > MAX_MANIFEST_BYTES {
        let message = format!("the manifest has {bytes} bytes, and at most {MAX_MANIFEST_BYTES} are allowed");
        return Err(whole("MANIFEST_TOO_LARGE", message, None));
    }
    Ok(())
}

/// The text of a file.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Vec<Problem>> {
    check_size(bytes.len())?;
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, rest) = bytes.split_at(error.valid_up_to());
        let before = String::from_utf8_lossy(before);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = format!("the byte 0x{:02x} is not UTF-8; save the file as UTF-8", rest[0]);
        whole("MANIFEST_NOT_UTF8", message, Some((line as u32, column as u32)))
    })
}

pub(super) fn manifest(text: &str) -> Result<Manifest, Vec<Problem>> {
    check_size(text.len())?;
    // Some editors put it there; it says nothing.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = match yaml::parse(text) {
        Ok(Node::Null) => {
            let message = "the manifest is empty; `purvey new APP` writes one to begin with".to_owned();
            return Err(whole("MANIFEST_EMPTY", message, Some((1, 1))));
        }
        Ok(tree) => tree,
        Err((position, message)) => {
            return Err(whole("MANIFEST_NOT_YAML", message, position.or(Some((1, 1)))));
        }
    };
    let mut to = Findings::default();
    to.duplicates(&tree, &Place::default());
    let manifest = to.fields(&tree, &Place::default()).and_then(|fields| read(fields, &mut to));
    let (problems, remarks) = to.located(text);
    match manifest {
        Some(manifest) if problems.is_empty() => Ok(Manifest { remarks, ..manifest }),
        _ => Err(problems),
    }
}

/// Reads everything before it gives up on anything, so that all problems are found.
fn read(mut fields: Fields<'_>, to: &mut Findings) -> Option<Manifest> {
    let id = fields.need("id", "my-app", to).and_then(|(node, at)| name(to, node, &at));
    let publisher = fields.get("publisher").and_then(|(node, at)| name(to, node, &at));
    let title = fields.need("name", "My app", to).and_then(|(node, at)| to.line(node, &at, 100));
    let version = fields.need("version", "1.0.0", to).and_then(|(node, at)| version(to, node, &at));
    let release = fields.get("release").and_then(|(node, at)| to.integer(node, &at, (1, i64::MAX)));
    let mut text = |key, max| fields.get(key).and_then(|(node, at)| to.text(node, &at, max));
    let description = text("description", 4000).unwrap_or_default();
    let mut line = |key, max| fields.get(key).and_then(|(node, at)| to.line(node, &at, max));
    let category = line("category", 64).unwrap_or_else(|| "other".to_owned());
    let author = line("author", 200);
    let licence = line("licence", 200);
    let maintainers = lines(&mut fields, "maintainers", 200, to);
    let homepage = fields.get("homepage").and_then(|(node, at)| homepage(to, node, &at));
    let icon = fields.get("icon").and_then(|(node, at)| file(to, node, &at));
    let tags = lines(&mut fields, "tags", 64, to);

    let os_requirements =
        fields.get("os_requirements").map(|(node, at)| os(to, node, &at)).unwrap_or_default();
    let resource_requirements =
        fields.get("resource_requirements").map(|(node, at)| resources(to, node, &at)).unwrap_or_default();
    let inputs = fields.get("inputs").map(|(node, at)| inputs::read(to, node, &at)).unwrap_or_default();

    let mut scripts = BTreeMap::new();
    for (action, key) in SCRIPTS {
        let found = match action {
            Action::Install => fields.need(key, "install.sh", to),
            _ => fields.get(key),
        };
        if let Some(script) = found.and_then(|(node, at)| file(to, node, &at)) {
            scripts.insert(action, script);
        }
    }
    let timeout = fields.get("timeout_seconds").and_then(|(node, at)| to.integer(node, &at, (1, 86_400)));
    let retry = fields.get("retry").map(|(node, at)| retry(to, node, &at)).unwrap_or_default();
    let idempotent = fields.get("idempotent").and_then(|(node, at)| to.boolean(node, &at));
    let sandbox = fields.get("sandbox").map(|(node, at)| sandbox(to, node, &at)).unwrap_or_default();
    let outputs = fields.get("outputs").map(|(node, at)| outputs(to, node, &at)).unwrap_or_default();
    let ports = match fields.get("ports") {
        Some((node, at)) => to.list(node, &at, MAX_LIST, |to, node, at| port(to, node, at, &inputs)),
        None => Vec::new(),
    };
    let conflicts = names_of(&mut fields, "conflicts", to);
    let provides = names_of(&mut fields, "provides", to);
    if let Some(id) = id.as_ref().filter(|id| conflicts.contains(id)) {
        let message =
            format!("`{id}` is this app itself, and there is only one of it on a server anyway; remove it");
        to.problem(&Place::default().key("conflicts"), "MANIFEST_INVALID_VALUE", message);
    }
    fields.finish(to);

    Some(Manifest {
        id: id?,
        publisher: publisher.or_else(|| "local".parse().ok())?,
        name: title?,
        version: version?,
        release: release.unwrap_or(1),
        description,
        category,
        author,
        maintainers,
        homepage,
        licence,
        icon,
        tags,
        os_requirements,
        resource_requirements,
        inputs,
        scripts,
        timeout_seconds: timeout.unwrap_or(600),
        retry,
        idempotent: idempotent.unwrap_or(true),
        sandbox,
        outputs,
        ports,
        conflicts,
        provides,
        remarks: Vec::new(),
    })
}

const SCRIPTS: [(Action, &str); 7] = [
    (Action::Install, "install_script"),
    (Action::Uninstall, "uninstall_script"),
    (Action::Upgrade, "upgrade_script"),
    (Action::Reconfigure, "reconfigure_script"),
    (Action::Verify, "verify_script"),
    (Action::Backup, "backup_script"),
    (Action::Restore, "restore_script"),
];

/// The key that names the script of an action.
pub(crate) fn script_key(action: Action) -> &'static str {
    SCRIPTS.iter().find(|(of, _)| *of == action).map_or("", |(_, key)| key)
}

/// Where a field of a manifest is, by its path (`inputs[3].label`): line and column, from 1. For one that is not there, the
/// place of what it is missing from.
pub fn position(text: &str, path: &str) -> Option<(u32, u32)> {
    let mut way = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut parts = part.split(['[', ']']).filter(|part| !part.is_empty());
        way.extend(parts.next().map(|key| yaml::Step::Key(key.to_owned())));
        way.extend(parts.filter_map(|index| index.parse().ok()).map(yaml::Step::Index));
    }
    (0..=way.len()).rev().find_map(|length| yaml::locate(text, &way[..length]))
}

/// A problem of a key of a manifest that is only found later, when its bundle is known.
pub(crate) fn later_problem(text: &str, key: &str, code: &'static str, message: String) -> Problem {
    let position = yaml::locate(text, &[yaml::Step::Key(key.to_owned())]);
    let (line, column) = position.unzip();
    Problem { line, column, path: key.to_owned(), code, message }
}

fn name(to: &mut Findings, node: &Node, at: &Place) -> Option<Name> {
    let text = to.line(node, at, 200)?;
    let name = text.parse();
    if name.is_err() {
        let message = format!(
            "`{}` is not possible; write 1 to 63 lower-case letters, digits and hyphens, as in `my-app`, beginning and \
             ending with a letter or digit",
            clip(&text)
        );
        to.problem(at, "MANIFEST_INVALID_ID", message);
    }
    name.ok()
}

fn names_of(fields: &mut Fields<'_>, key: &'static str, to: &mut Findings) -> Vec<Name> {
    let Some((node, at)) = fields.get(key) else {
        return Vec::new();
    };
    to.list(node, &at, MAX_LIST, name)
}

fn lines(fields: &mut Fields<'_>, key: &'static str, max: usize, to: &mut Findings) -> Vec<String> {
    let Some((node, at)) = fields.get(key) else {
        return Vec::new();
    };
    to.list(node, &at, MAX_LIST, |to, node, at| to.line(node, at, max))
}

fn version(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let text = to.line(node, at, 64)?;
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+~:_-".contains(&byte)) {
        let message = "a version consists of letters, digits and `.+~:_-`, as in 1.24.0-2";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(text)
}

fn homepage(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let text = to.line(node, at, 2048)?;
    if !is_url(&text) {
        let message =
            "this must be an address that begins with https:// or http://, as in https://example.com";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(text)
}

fn file(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let path = to.line(node, at, 4096)?;
    if let Err(why) = crate::bundle::path::check(&path) {
        to.problem(at, "MANIFEST_UNSAFE_PATH", format!("`{}`: {why}", clip(&path)));
        return None;
    }
    Some(path)
}

fn os(to: &mut Findings, node: &Node, at: &Place) -> OsRequirements {
    let Some(mut fields) = to.fields(node, at) else {
        return OsRequirements::default();
    };
    let family = match fields.get("family") {
        Some((node, at)) => to.list(node, &at, MAX_LIST, system),
        None => Vec::new(),
    };
    let min_version = fields.get("min_version").and_then(|(node, at)| system_version(to, node, &at));
    let mut min_versions = BTreeMap::new();
    match fields.get("min_versions") {
        Some((Node::Map(entries), at)) => {
            for (key, node) in entries {
                let at = at.key(key);
                if !family.contains(key) {
                    let shown = clip(key);
                    let message =
                        format!("`{shown}` is not listed under `family`; add it there or remove it here");
                    to.problem(&at, "MANIFEST_UNKNOWN_REFERENCE", message);
                } else if let Some(version) = system_version(to, node, &at) {
                    min_versions.insert(key.clone(), version);
                }
            }
        }
        // Notes that it is no mapping.
        Some((other, at)) => drop(to.fields(other, &at)),
        None => {}
    }
    if min_version.is_some() && family.len() > 1 && min_versions.is_empty() {
        let message = format!(
            "this is taken as a version of `{}`, the first family; versions of the others go under `min_versions`",
            family[0]
        );
        to.remark(&at.key("min_version"), "MANIFEST_MIN_VERSION_OF_FIRST_FAMILY", message);
    }
    fields.finish(to);
    OsRequirements { family, min_version, min_versions }
}

fn system(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let text = to.line(node, at, 64)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if !text.bytes().all(allowed) {
        let message =
            "a family is the ID of /etc/os-release: lower-case letters and digits, as in debian or ubuntu";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(text)
}

fn system_version(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let text = to.line(node, at, 64)?;
    if !text
        .split('.')
        .all(|part| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit()))
    {
        let message =
            "this must be the VERSION_ID of /etc/os-release: numbers with dots between, as in \"20.04\"";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(text)
}

fn resources(to: &mut Findings, node: &Node, at: &Place) -> ResourceRequirements {
    let Some(mut fields) = to.fields(node, at) else {
        return ResourceRequirements::default();
    };
    let mut size = |key| fields.get(key).and_then(|(node, at)| to.integer::<u64>(node, &at, (0, 1 << 30)));
    let (ram, disk) = (size("min_ram_mb"), size("min_disk_mb"));
    let cores = fields.get("min_cpu_cores").and_then(|(node, at)| to.integer(node, &at, (0, 4096)));
    let architectures = match fields.get("architectures") {
        Some((node, at)) => to.list(node, &at, MAX_LIST, |to, node, at| {
            let words = ["amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x"];
            to.word(node, at, &words, |text| words.contains(&text).then(|| text.to_owned()))
        }),
        None => Vec::new(),
    };
    fields.finish(to);
    ResourceRequirements {
        min_ram_mb: ram.unwrap_or(0),
        min_disk_mb: disk.unwrap_or(0),
        min_cpu_cores: cores.unwrap_or(0),
        architectures,
    }
}

fn retry(to: &mut Findings, node: &Node, at: &Place) -> Retry {
    let default = Retry::default();
    let Some(mut fields) = to.fields(node, at) else {
        return default;
    };
    let max_attempts = fields.get("max_attempts").and_then(|(node, at)| to.integer(node, &at, (1, 20)));
    let initial = fields.get("initial_seconds").and_then(|(node, at)| to.integer(node, &at, (1, 3600)));
    let max = fields.get("max_seconds").and_then(|(node, at)| to.integer(node, &at, (1, 86_400)));
    let initial_seconds =
        initial.unwrap_or(max.map_or(default.initial_seconds, |max| default.initial_seconds.min(max)));
    let max_seconds = max.unwrap_or(default.max_seconds.max(initial_seconds));
    if initial_seconds > max_seconds {
        let message =
            format!("the first pause of {initial_seconds} seconds is above `max_seconds`, {max_seconds}");
        to.problem(&at.key("initial_seconds"), "MANIFEST_OUT_OF_RANGE", message);
    }
    fields.finish(to);
    Retry { max_attempts: max_attempts.unwrap_or(default.max_attempts), initial_seconds, max_seconds }
}

fn sandbox(to: &mut Findings, node: &Node, at: &Place) -> Sandbox {
    let Some(mut fields) = to.fields(node, at) else {
        return Sandbox::default();
    };
    let profile = fields.need("profile", "host", to).and_then(|(node, at)| {
        to.word(node, &at, &["host", "confined"], |text| match text {
            "host" => Some(Profile::Host),
            "confined" => Some(Profile::Confined),
            _ => None,
        })
    });
    let profile = profile.unwrap_or(Profile::Host);
    let network = fields.get("network").and_then(|(node, at)| Some((to.boolean(node, &at)?, at)));
    let write_paths = match fields.get("write_paths") {
        Some((node, at)) if profile == Profile::Host => {
            let message =
                "only the profile `confined` limits what is written; remove this or change the profile";
            to.problem(&at, "MANIFEST_INVALID_VALUE", message);
            to.list(node, &at, MAX_LIST, folder)
        }
        Some((node, at)) => to.list(node, &at, MAX_LIST, folder),
        None => Vec::new(),
    };
    if let Some((false, at)) = &network
        && profile == Profile::Host
    {
        let message = "only the profile `confined` can keep scripts from the network; remove this or change the profile";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
    }
    let memory_mb = fields.get("memory_mb").and_then(|(node, at)| to.integer(node, &at, (16, 1 << 30)));
    let max_processes =
        fields.get("max_processes").and_then(|(node, at)| to.integer(node, &at, (1, 1 << 20)));
    let cpu_percent = fields.get("cpu_percent").and_then(|(node, at)| to.integer(node, &at, (1, 100_000)));
    fields.finish(to);
    let network = network.map_or(profile == Profile::Host, |(network, _)| network);
    Sandbox { profile, network, write_paths, memory_mb, max_processes, cpu_percent }
}

fn folder(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let path = to.line(node, at, 4096)?;
    if !is_path(&path) || ["/", "/proc", "/sys", "/dev"].contains(&path.trim_end_matches('/')) || path == "/"
    {
        let message =
            "this must be the absolute path of a folder below the root, as in /srv/site, without `.` or `..`";
        to.problem(at, "MANIFEST_UNSAFE_PATH", message);
        return None;
    }
    Some(path)
}

fn outputs(to: &mut Findings, node: &Node, at: &Place) -> Vec<Output> {
    let mut seen = Vec::new();
    to.list(node, at, MAX_LIST, |to, node, at| {
        let mut fields = to.fields(node, at)?;
        let name = fields.need("name", "url", to).and_then(|(node, at)| {
            let name = names::name(to, node, &at)?;
            names::unique(to, &at, &mut seen, &name, "output");
            Some(name)
        });
        let label = fields.get("label").and_then(|(node, at)| to.line(node, &at, 200));
        let description = fields.get("description").and_then(|(node, at)| to.text(node, &at, 4000));
        let sensitive = fields.get("sensitive").and_then(|(node, at)| to.boolean(node, &at));
        fields.finish(to);
        let name = name?;
        Some(Output {
            label: label.unwrap_or_else(|| name.clone()),
            description: description.unwrap_or_default(),
            sensitive: sensitive.unwrap_or(false),
            name,
        })
    })
}

fn port(to: &mut Findings, node: &Node, at: &Place, inputs: &[super::Input]) -> Option<PortUse> {
    if let Node::Integer(_) = node {
        let port = PortSource::Fixed(to.integer(node, at, (1, 65_535))?);
        return Some(PortUse { port, protocol: Protocol::Tcp, description: String::new() });
    }
    let mut fields = to.fields(node, at)?;
    let fixed = fields.get("port").and_then(|(node, at)| to.integer(node, &at, (1, 65_535)));
    let input = fields.get("input").and_then(|(node, at)| {
        let name = to.line(node, &at, 64)?;
        let found = inputs.iter().find(|input| input.name == name);
        if !found.is_some_and(|input| input.kind.is_number() && !input.is_sensitive()) {
            let message = format!("there is no input `{}` of type port that is not sensitive", clip(&name));
            to.problem(&at, "MANIFEST_UNKNOWN_REFERENCE", message);
        }
        Some(name)
    });
    let protocol = fields.get("protocol").and_then(|(node, at)| {
        to.word(node, &at, &["tcp", "udp"], |text| match text {
            "tcp" => Some(Protocol::Tcp),
            "udp" => Some(Protocol::Udp),
            _ => None,
        })
    });
    let description = fields.get("description").and_then(|(node, at)| to.line(node, &at, 200));
    fields.finish(to);
    let port = match (fixed, input) {
        (Some(port), None) => PortSource::Fixed(port),
        (None, Some(name)) => PortSource::Input(name),
        (fixed, _) => {
            let what = if fixed.is_some() { "both" } else { "neither" };
            let message = format!(
                "here are {what} of `port` and `input`; write one: `port: 80`, or the input that holds it, as in \
                 `input: http_port`"
            );
            to.problem(at, "MANIFEST_INVALID_VALUE", message);
            return None;
        }
    };
    Some(PortUse {
        port,
        protocol: protocol.unwrap_or(Protocol::Tcp),
        description: description.unwrap_or_default(),
    })
}
