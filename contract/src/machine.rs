//! Whether a machine has what an app needs. The control plane judges by what it knows, the agent by what is there.

use crate::action::Action;
use crate::manifest::Manifest;

/// What a machine is. What is not known is left out, and then nothing is said about it.
#[derive(Clone, Debug, Default)]
pub struct Machine<'a> {
    /// `ID` of os-release(5).
    pub os: Option<&'a str>,
    /// The words of its `ID_LIKE`.
    pub os_like: Vec<&'a str>,
    /// Its `VERSION_ID`.
    pub os_version: &'a str,
    /// Its `PRETTY_NAME`.
    pub os_name: &'a str,
    /// As `uname -m` says it.
    pub architecture: Option<&'a str>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Processors.
    pub cpus: Option<u32>,
    /// Bytes of the root file system that are free.
    pub disk_free_bytes: Option<u64>,
}

/// What of an app's needs a machine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The operating system.
    Os,
    /// The processors' architecture.
    Architecture,
    /// Memory.
    Memory,
    /// Processors.
    Processors,
    /// Free space.
    Disk,
}

/// Something that a machine lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What of.
    pub need: Need,
    /// What is there.
    pub has: String,
    /// What would do.
    pub needs: String,
}

/// Everything that the machine lacks for an action. What only checks or takes away runs anywhere, and free space is needed
/// before something new comes.
pub fn lacks(manifest: &Manifest, action: Action, machine: &Machine<'_>) -> Vec<Lack> {
    if !matches!(action, Action::Install | Action::Upgrade | Action::Reconfigure) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut say = |need, has: String, needs: String| found.push(Lack { need, has, needs });
    let (system, needs) = (&manifest.os_requirements, &manifest.resource_requirements);
    if let Some(os) = machine.os
        && !system.accepts(os, &machine.os_like, machine.os_version)
    {
        let name = if machine.os_name.is_empty() { "an unknown system" } else { machine.os_name };
        let wanted = system.family.iter().map(|family| match system.min_version_of(family) {
            Some(version) => format!("{family} {version} or later"),
            None => family.clone(),
        });
        let wanted = if system.family.is_empty() {
            format!("version {} or later", system.min_version.as_deref().unwrap_or_default())
        } else {
            wanted.collect::<Vec<_>>().join(", ")
        };
        say(Need::Os, name.to_owned(), wanted);
    }
    if let Some(machine) = machine.architecture.map(debian_architecture)
        && !needs.architectures.is_empty()
        && !needs.architectures.iter().any(|name| name == machine)
    {
        say(Need::Architecture, machine.to_owned(), needs.architectures.join(" or "));
    }
    // The kernel keeps some of the machine's memory for itself: a machine sold with 512 MiB shows less.
    let memory = needs.min_ram_mb;
    if let Some(has) = machine.memory_bytes.map(mebibytes).filter(|has| *has < memory - memory / 8) {
        say(Need::Memory, format!("{has} MiB of memory"), format!("{memory} MiB"));
    }
    if let Some(has) = machine.cpus.filter(|has| *has < needs.min_cpu_cores) {
        say(Need::Processors, format!("{has} processors"), needs.min_cpu_cores.to_string());
    }
    let disk = needs.min_disk_mb;
    if let Some(has) = machine.disk_free_bytes.map(mebibytes).filter(|has| *has < disk)
        && action != Action::Reconfigure
    {
        say(Need::Disk, format!("{has} MiB free on /"), format!("{disk} MiB"));
    }
    found
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

/// The machine's architecture as Debian names it.
pub fn debian_architecture(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i686" | "i586" | "i386" => "i386",
        "armv7l" => "armhf",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(more: &str) -> Manifest {
        Manifest::parse(&format!("id: app\nname: App\nversion: 1.0.0\ninstall_script: install.sh\n{more}"))
            .unwrap()
    }

    const NEEDY: &str = "\
os_requirements: {family: [debian, ubuntu], min_versions: {debian: '12'}}
resource_requirements: {min_ram_mb: 512, min_disk_mb: 100, min_cpu_cores: 2, architectures: [amd64]}
";

    fn small() -> Machine<'static> {
        Machine {
            os: Some("alpine"),
            os_name: "Alpine Linux v3.19",
            architecture: Some("aarch64"),
            memory_bytes: Some(256 << 20),
            cpus: Some(1),
            disk_free_bytes: Some(99 << 20),
            ..Machine::default()
        }
    }

    #[test]
    fn all_that_is_lacking_is_said_at_once() {
        let found = lacks(&manifest(NEEDY), Action::Install, &small());
        let found: Vec<_> =
            found.iter().map(|lack| (lack.need, lack.has.as_str(), lack.needs.as_str())).collect();
        assert_eq!(
            found,
            [
                (Need::Os, "Alpine Linux v3.19", "debian 12 or later, ubuntu"),
                (Need::Architecture, "arm64", "amd64"),
                (Need::Memory, "256 MiB of memory", "512 MiB"),
                (Need::Processors, "1 processors", "2"),
                (Need::Disk, "99 MiB free on /", "100 MiB"),
            ]
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known_or_not_needed() {
        assert!(lacks(&manifest(NEEDY), Action::Install, &Machine::default()).is_empty());
        assert!(lacks(&manifest(""), Action::Install, &small()).is_empty());
    }

    #[test]
    fn a_machine_sold_with_the_memory_that_is_needed_will_do() {
        let machine = Machine { memory_bytes: Some(460 << 20), ..Machine::default() };
        assert!(lacks(&manifest(NEEDY), Action::Install, &machine).is_empty());
    }

    #[test]
    fn a_full_disk_stands_in_the_way_of_new_things_only() {
        let full = Machine { disk_free_bytes: Some(0), ..Machine::default() };
        for (action, count) in [
            (Action::Install, 1),
            (Action::Upgrade, 1),
            (Action::Reconfigure, 0),
            (Action::Verify, 0),
            (Action::Uninstall, 0),
        ] {
            assert_eq!(lacks(&manifest(NEEDY), action, &full).len(), count, "{action:?}");
        }
        assert!(lacks(&manifest(NEEDY), Action::Uninstall, &small()).is_empty());
    }
}
