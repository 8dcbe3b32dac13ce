//! What this host is.

use std::fs;
use std::path::Path;

use prost::Message as _;
use purvey_contract::id::Digest;
use purvey_proto::agent::Facts;

/// Looks at the host. What cannot be found out stays empty.
pub fn gather() -> Facts {
    let os_release = fs::read_to_string("/etc/os-release")
        .or_else(|_| fs::read_to_string("/usr/lib/os-release"))
        .unwrap_or_default();
    let uname = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    Facts {
        hostname: text(uname.nodename()),
        os: field(&os_release, "ID").unwrap_or_default().to_lowercase(),
        os_version: field(&os_release, "VERSION_ID").unwrap_or_default(),
        os_name: field(&os_release, "PRETTY_NAME").unwrap_or_default(),
        kernel: text(uname.release()),
        architecture: text(uname.machine()),
        cpus: std::thread::available_parallelism()
            .map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
        memory_bytes: memory_bytes(&fs::read_to_string("/proc/meminfo").unwrap_or_default()),
        disk_bytes: disk(Path::new("/")).map_or(0, |disk| disk.total),
        addresses: addresses(
            &fs::read_to_string("/proc/net/fib_trie").unwrap_or_default(),
            &fs::read_to_string("/proc/net/if_inet6").unwrap_or_default(),
        ),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        os_like: field(&os_release, "ID_LIKE")
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_lowercase)
            .collect(),
    }
}

/// Names a set of facts.
pub fn digest(facts: &Facts) -> Digest {
    Digest::of(&facts.encode_to_vec())
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

/// A file system's size and what of it the agent may still use, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// All of it.
    pub total: u64,
    /// What is free.
    pub free: u64,
}

/// Looks at the file system that holds the path.
pub fn disk(path: &Path) -> Option<Disk> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(Disk { total: stat.f_blocks * stat.f_frsize, free: stat.f_bavail * stat.f_frsize })
}

/// A value of os-release(5), without its quotes.
fn field(os_release: &str, name: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(unquoted.unwrap_or(value).to_owned())
}

fn memory_bytes(meminfo: &str) -> u64 {
    let kibibytes =
        meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    kibibytes.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The host's own addresses out of the kernel's tables, sorted; loopback and link-local ones left out.
fn addresses(fib_trie: &str, if_inet6: &str) -> Vec<String> {
    let mut found: Vec<std::net::IpAddr> = Vec::new();
    let mut last = None;
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<std::net::Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = last
            && !address.is_loopback()
            && !address.is_link_local()
        {
            found.push(address.into());
        }
    }
    for line in if_inet6.lines() {
        let digits = line.split_whitespace().next().unwrap_or_default();
        let address = u128::from_str_radix(digits, 16).map(std::net::Ipv6Addr::from);
        if let Ok(address) = address
            && !address.is_loopback()
            && !address.is_unicast_link_local()
        {
            found.push(address.into());
        }
    }
    found.sort_unstable();
    found.dedup();
    found.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_values_lose_their_quotes() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\nX='y'\n";
        assert_eq!(field(text, "PRETTY_NAME").unwrap(), "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(field(text, "ID").unwrap(), "debian");
        assert_eq!(field(text, "X").unwrap(), "y");
        assert_eq!(field(text, "VERSION"), None);
    }

    #[test]
    fn addresses_come_from_the_kernel_s_tables() {
        let trie = "Main:\n  |-- 10.0.0.0\n     /24 link UNICAST\nLocal:\n  |-- 10.0.0.5\n     /32 host LOCAL\n  \
                    |-- 127.0.0.1\n     /32 host LOCAL\n  |-- 10.0.0.255\n     /32 link BROADCAST\n";
        let inet6 = "00000000000000000000000000000001 01 80 10 80 lo\n\
                     20010db8000000000000000000000007 02 40 00 80 eth0\n\
                     fe800000000000000000000000000001 02 40 20 80 eth0\n";
        assert_eq!(addresses(trie, inet6), ["10.0.0.5", "2001:db8::7"]);
        assert!(addresses("garbage\n/32 host LOCAL", "zz\n\n").is_empty());
    }

    #[test]
    fn the_same_host_has_the_same_digest() {
        let facts = gather();
        assert_eq!(digest(&facts), digest(&facts.clone()));
        assert!(!facts.kernel.is_empty() && facts.cpus > 0 && facts.memory_bytes > 0);
    }
}
