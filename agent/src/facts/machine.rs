//! The machine: processor, disks, what it runs in, and how it fares.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use purvey_proto::agent::{Disk, Heartbeat};

/// The most file systems that are told.
const MAX_DISKS: usize = 16;

/// The processor's model; empty where the kernel does not say.
pub(super) fn cpu_model() -> String {
    model(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
}

fn model(cpuinfo: &str) -> String {
    let of = |wanted: &str| {
        cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == wanted).then(|| value.trim().to_owned())
        })
    };
    of("model name").or_else(|| of("Model")).or_else(|| of("cpu model")).unwrap_or_default()
}

/// The file systems on the machine's own disks. Those of the network could hang whoever asks them.
pub(super) fn disks() -> Vec<Disk> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let disks = own_mounts(&mounts).into_iter().filter_map(|(mount, filesystem)| {
        let size_bytes = super::disk(Path::new(&mount))?.total;
        (size_bytes > 0).then_some(Disk { mount, filesystem, size_bytes })
    });
    disks.take(MAX_DISKS).collect()
}

/// Mount points and kinds, the root first. Each device counts once, where it was mounted first.
fn own_mounts(mounts: &str) -> Vec<(String, String)> {
    let mut devices = BTreeSet::new();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(mount), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let is_own = device.starts_with("/dev/") && !device.starts_with("/dev/loop") || kind == "zfs";
        if (is_own && devices.insert(device)) || mount == "/" {
            let entry = (unescaped(mount), kind.to_owned());
            // What is mounted over the root later is what is there.
            found.retain(|(other, _)| *other != entry.0);
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// A path of fstab(5), in which blanks are octal.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .into_iter()
        .fold(text.to_owned(), |text, (escape, char)| text.replace(escape, char))
}

/// What installs packages here; empty if it is none of those that are known.
pub(super) fn package_manager() -> String {
    let known = [
        ("apt", "apt-get"),
        ("dnf", "dnf"),
        ("yum", "yum"),
        ("zypper", "zypper"),
        ("pacman", "pacman"),
        ("apk", "apk"),
    ];
    let is_there = |program: &str| {
        ["/usr/bin", "/bin", "/sbin"].iter().any(|folder| Path::new(folder).join(program).exists())
    };
    known.into_iter().find(|(_, program)| is_there(program)).map_or("", |(name, _)| name).to_owned()
}

/// What the machine is virtualised by, as systemd-detect-virt(1) names it.
pub(super) fn virtualization() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let container = read("/run/systemd/container");
    if !container.trim().is_empty() {
        return container.trim().to_owned();
    }
    for (file, name) in [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")] {
        if Path::new(file).exists() {
            return name.to_owned();
        }
    }
    let dmi =
        ["sys_vendor", "product_name", "bios_vendor"].map(|name| read(&format!("/sys/class/dmi/id/{name}")));
    let is_guest = read("/proc/cpuinfo")
        .lines()
        .any(|line| line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "hypervisor"));
    hypervisor(&dmi.join("\n"), &read("/sys/hypervisor/type"), is_guest).to_owned()
}

fn hypervisor(dmi: &str, kernel: &str, is_guest: bool) -> &'static str {
    let known = [
        ("VMware", "vmware"),
        ("VirtualBox", "oracle"),
        ("innotek", "oracle"),
        ("Microsoft", "microsoft"),
        ("Amazon EC2", "amazon"),
        ("Google", "google"),
        ("Parallels", "parallels"),
        ("QEMU", if is_guest { "kvm" } else { "qemu" }),
        ("KVM", "kvm"),
        ("OpenStack", "kvm"),
        ("Xen", "xen"),
    ];
    // A machine of one of these makers may be real as well.
    match known.into_iter().find(|(vendor, _)| dmi.contains(vendor)) {
        Some((_, name)) if is_guest || name == "qemu" => name,
        _ if kernel.trim() == "xen" => "xen",
        _ if is_guest => "vm-other",
        _ => "none",
    }
}

/// How the machine fares.
pub fn heartbeat() -> Heartbeat {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    Heartbeat {
        load_hundredths: load(&read("/proc/loadavg")),
        memory_available_bytes: super::meminfo(&read("/proc/meminfo"), "MemAvailable:"),
        disk_free_bytes: disks()
            .iter()
            .map(|disk| super::disk(Path::new(&disk.mount)).map_or(0, |disk| disk.free))
            .collect(),
    }
}

fn load(loadavg: &str) -> u32 {
    let load: f64 = loadavg.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    // The kernel counts processes: far below the limit.
    (load * 100.0).round().clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_disks_are_told_once_and_the_root_always() {
        let mounts = "overlay / overlay rw 0 0\n/dev/sda1 /srv ext4 rw 0 0\n/dev/sda1 /srv/again ext4 rw 0 0\n\
                      tmpfs /tmp tmpfs rw 0 0\n/dev/loop3 /snap/x squashfs ro 0 0\nfiles:/x /mnt nfs4 rw 0 0\n\
                      /dev/sdb1 /with\\040blank xfs rw 0 0\nbroken\n";
        let wanted = [("/", "overlay"), ("/srv", "ext4"), ("/with blank", "xfs")];
        assert_eq!(own_mounts(mounts), wanted.map(|(mount, kind)| (mount.to_owned(), kind.to_owned())));
    }

    #[test]
    fn models_hypervisors_and_loads_are_read() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU @ 2GHz\n"), "Some CPU @ 2GHz");
        assert_eq!(model("processor: 0\nModel\t\t: Raspberry Pi 4\n"), "Raspberry Pi 4");
        assert_eq!(hypervisor("QEMU\nStandard PC", "", true), "kvm");
        assert_eq!(hypervisor("Microsoft Corporation\nSurface", "", false), "none");
        assert_eq!(hypervisor("", "xen\n", false), "xen");
        assert_eq!(hypervisor("Somebody", "", true), "vm-other");
        assert_eq!((load("1.25 0.5 0.1 2/300 99"), load("")), (125, 0));
    }

    #[test]
    fn this_machine_fares_somehow() {
        let heartbeat = heartbeat();
        assert!(heartbeat.memory_available_bytes > 0);
        assert_eq!(heartbeat.disk_free_bytes.len(), disks().len());
        assert!(disks().iter().any(|disk| disk.mount == "/"));
    }
}
