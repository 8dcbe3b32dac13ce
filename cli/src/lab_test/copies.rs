//! The bundles of a test: the apps themselves, copies that need more than any server has, and an app that only holds a port.
//! All are signed by publishers of the test's own, whose keys are forgotten with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use purvey_contract::id::Name;
use purvey_contract::manifest::{MANIFEST_FILE, Protocol};
use serde_json::{Value, json};
use time::Duration;

use super::app::App;
use crate::publisher::{Publisher, pack};

/// Longer than any test takes.
const LIFE: Duration = Duration::days(2);

/// A copy of an app that no server of the lab is enough for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Os,
    Architecture,
    Memory,
    Processors,
    Disk,
}

impl Need {
    pub(crate) const ALL: [Self; 5] =
        [Self::Os, Self::Architecture, Self::Memory, Self::Processors, Self::Disk];

    /// What is put into the manifest.
    fn requirement(self) -> (&'static str, &'static str, Value) {
        match self {
            Self::Os => ("os_requirements", "family", json!(["plan9"])),
            Self::Architecture => ("resource_requirements", "architectures", json!(["riscv64"])),
            // A PiB, and as many processors as a manifest may ask for.
            Self::Memory => ("resource_requirements", "min_ram_mb", (1_u64 << 30).into()),
            Self::Processors => ("resource_requirements", "min_cpu_cores", 4096.into()),
            Self::Disk => ("resource_requirements", "min_disk_mb", (1_u64 << 30).into()),
        }
    }

    /// The id of the copy.
    pub(crate) fn id(self, app: &App) -> String {
        let short = app.manifest.id.as_str().chars().take(40).collect::<String>();
        let what = match self {
            Self::Os => "os",
            Self::Architecture => "architecture",
            Self::Memory => "memory",
            Self::Processors => "processors",
            Self::Disk => "disk",
        };
        format!("{short}-needs-{what}")
    }

    /// The code of a plan's problem.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Os => "OS_UNSUPPORTED",
            Self::Architecture => "ARCHITECTURE_UNSUPPORTED",
            Self::Memory => "MEMORY_TOO_SMALL",
            Self::Processors => "CPU_TOO_FEW",
            Self::Disk => "DISK_TOO_SMALL",
        }
    }
}

/// The id of the app that only holds a port.
pub(crate) fn holder(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "holds-a-tcp-port",
        Protocol::Udp => "holds-a-udp-port",
    }
}

/// Signs everything into a catalogue; answers the publishers that servers have to trust.
///
/// # Errors
/// An app that cannot be packed.
pub(crate) fn sign(apps: &[App], catalogue: &Path) -> Result<Vec<Publisher>> {
    let mut publishers: BTreeMap<Name, Publisher> = BTreeMap::new();
    for app in apps {
        sign_one(&app.folder, &mut publishers, catalogue)?;
        let copies = tempfile::tempdir().context("making a temporary folder")?;
        for need in Need::ALL {
            sign_one(&copy(app, need, copies.path())?, &mut publishers, catalogue)?;
        }
    }
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        sign_one(&hold(protocol, folder.path())?, &mut publishers, catalogue)?;
    }
    Ok(publishers.into_values().collect())
}

fn sign_one(folder: &Path, publishers: &mut BTreeMap<Name, Publisher>, catalogue: &Path) -> Result<()> {
    let packed = pack(folder)?;
    let name = packed.manifest.publisher.clone();
    if !publishers.contains_key(&name) {
        publishers.insert(name.clone(), Publisher::of_a_demo(name.clone(), LIFE)?);
    }
    let publisher = publishers.get(&name).context("a publisher that was just made")?;
    publisher.sign(&packed, catalogue).map(drop)
}

/// Unpacks the app's bundle under another id, with a requirement that nothing meets.
fn copy(app: &App, need: Need, into: &Path) -> Result<std::path::PathBuf> {
    let id = need.id(app);
    let folder = into.join(&id);
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    purvey_contract::bundle::unpack(&app.bundle, &folder)?;
    let path = folder.join(MANIFEST_FILE);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut manifest: Value = crate::yaml::read(&text).map_err(anyhow::Error::msg)?;
    manifest["id"] = id.into();
    let (section, key, value) = need.requirement();
    // The app's own systems have versions that mean nothing beside another one.
    if section == "os_requirements" || manifest[section].is_null() {
        manifest[section] = json!({});
    }
    manifest[section][key] = value;
    // Unpacked files are read-only.
    fs::remove_file(&path).and_then(|()| fs::write(&path, crate::yaml::write(&manifest)?))?;
    Ok(folder)
}

/// An app that declares a port and does nothing.
fn hold(protocol: Protocol, into: &Path) -> Result<std::path::PathBuf> {
    let id = holder(protocol);
    let folder = into.join(id);
    fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
    let name = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    let manifest = format!(
        "id: {id}\nname: Holds a port\nversion: 1.0.0\npublisher: lab\ndescription: Declares a port and does nothing.\n\
         inputs: [{{name: port, type: port, required: true}}]\nports: [{{input: port, protocol: {name}}}]\n\
         install_script: nothing.sh\nuninstall_script: nothing.sh\nsandbox: {{profile: host}}\n"
    );
    fs::write(folder.join(MANIFEST_FILE), manifest)?;
    let script = folder.join("nothing.sh");
    fs::write(&script, "#!/bin/sh\nexit 0\n")?;
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_need_what_no_server_has_and_the_rest_of_them_is_the_app_s() {
        let installers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
        let app = super::super::app::read(&installers.join("hello-site")).unwrap();
        let (into, catalogue) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for need in Need::ALL {
            let folder = copy(&app, need, into.path()).unwrap();
            let copy = pack(&folder).unwrap();
            assert_eq!(copy.manifest.id.to_string(), need.id(&app));
            assert_eq!(copy.manifest.inputs, app.manifest.inputs);
            assert_eq!(copy.files().unwrap().len(), app.bundle.files().unwrap().len());
        }
        let publishers = sign(&[app], catalogue.path()).unwrap();
        let names: Vec<_> = publishers.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["lab", "purvey"]);
        let files = fs::read_dir(catalogue.path()).unwrap().map(|entry| entry.unwrap().path());
        let bundles = files.filter(|path| path.extension().is_some_and(|ending| ending == "bundle"));
        assert_eq!(bundles.count(), 1 + Need::ALL.len() + 2);
    }
}
