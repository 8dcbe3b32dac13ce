//! What this host is.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use prost::Message as _;
use purvey_contract::id::Digest;
use purvey_proto::agent::{Facts, HostPolicy};

use crate::paths::Paths;
use crate::policy::Policy;

pub mod labels;
mod machine;

pub use machine::heartbeat;

/// What is free on a disk changes all the time; only steps of this many bytes are worth telling.
const DISK_STEP: u64 = 64 << 20;
/// The most ports of a kind that are told.
const MAX_PORTS: usize = 256;
/// The most addresses that are told.
const MAX_ADDRESSES: usize = 64;
/// Where the kernel's own choice of ports begins, if it does not say.
const FIRST_EPHEMERAL: u16 = 32768;

/// Looks at the host. What cannot be found out stays empty.
pub fn gather() -> Facts {
    let os_release = fs::read_to_string("/etc/os-release")
        .or_else(|_| fs::read_to_string("/usr/lib/os-release"))
        .unwrap_or_default();
    let uname = rustix::system::uname();
    let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let root = disk(Path::new("/"));
    let chosen = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let chosen =
        chosen.split_whitespace().next().and_then(|port| port.parse().ok()).unwrap_or(FIRST_EPHEMERAL);
    Facts {
        hostname: text(uname.nodename()),
        os: field(&os_release, "ID").unwrap_or_default().to_lowercase(),
        os_version: field(&os_release, "VERSION_ID").unwrap_or_default(),
        os_name: field(&os_release, "PRETTY_NAME").unwrap_or_default(),
        kernel: text(uname.release()),
        architecture: text(uname.machine()),
        cpus: std::thread::available_parallelism()
            .map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
        memory_bytes: meminfo(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemTotal:"),
        disk_bytes: root.map_or(0, |disk| disk.total),
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
        disk_free_bytes: root.map_or(0, |disk| disk.free / DISK_STEP * DISK_STEP),
        tcp_ports: ports(["/proc/net/tcp", "/proc/net/tcp6"], listening),
        udp_ports: ports(["/proc/net/udp", "/proc/net/udp6"], |table, to| bound(table, chosen, to)),
        cpu_model: machine::cpu_model(),
        disks: machine::disks(),
        package_manager: machine::package_manager(),
        virtualization: machine::virtualization(),
        labels: Vec::new(),
        policy: None,
    }
}

/// The host as the control plane is told of it: with what its administrator wrote.
pub fn told(paths: &Paths) -> Facts {
    let labels = labels::load(&paths.labels_file()).unwrap_or_else(|why| {
        tracing::warn!(why, "the host's labels are left out");
        Vec::new()
    });
    Facts { labels, policy: Some(policy(paths)), ..gather() }
}

/// The host's policy without its text.
fn policy(paths: &Paths) -> HostPolicy {
    match Policy::load(&paths.policy_file()) {
        Ok(policy) => HostPolicy {
            digest: policy.digest().map(|digest| digest.0.to_vec()).unwrap_or_default(),
            invalid: false,
            paused: policy.rules().pause,
            restricts: policy.restricts().into_iter().map(str::to_owned).collect(),
        },
        Err(_) => HostPolicy { invalid: true, ..HostPolicy::default() },
    }
}

/// Names a set of facts.
pub fn digest(facts: &Facts) -> Digest {
    Digest::of(&facts.encode_to_vec())
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

/// A number of meminfo, in bytes.
fn meminfo(meminfo: &str, name: &str) -> u64 {
    let kibibytes = meminfo.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
    kibibytes.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Ports out of the kernel's tables, sorted, each once.
fn ports(tables: [&str; 2], read: impl Fn(BufReader<File>, &mut BTreeSet<u16>)) -> Vec<u32> {
    let mut found = BTreeSet::new();
    for table in tables {
        if let Ok(file) = File::open(table) {
            read(BufReader::new(file), &mut found);
        }
    }
    found.into_iter().take(MAX_PORTS).map(u32::from).collect()
}

/// The ports of listening TCP sockets. They come first in the kernel's table, before maybe many connections.
fn listening(table: impl BufRead, to: &mut BTreeSet<u16>) {
    let sockets = sockets(table).take_while(|socket| socket.state == "0A");
    to.extend(sockets.map(|socket| socket.port));
}

/// The ports of UDP sockets that have no peer, without those that the kernel chose.
fn bound(table: impl BufRead, chosen: u16, to: &mut BTreeSet<u16>) {
    let sockets = sockets(table).filter(|socket| socket.remote_port == 0 && socket.port < chosen);
    to.extend(sockets.map(|socket| socket.port));
}

struct Socket {
    port: u16,
    remote_port: u16,
    state: String,
}

/// The lines of `/proc/net/tcp` and its like: `0: 0100007F:1538 00000000:0000 0A ...`.
fn sockets(table: impl BufRead) -> impl Iterator<Item = Socket> {
    table.lines().skip(1).map_while(Result::ok).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let mut port = || u16::from_str_radix(fields.next()?.rsplit(':').next()?, 16).ok();
        let (port, remote_port) = (port()?, port()?);
        Some(Socket { port, remote_port, state: fields.next()?.to_owned() })
    })
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
    found.truncate(MAX_ADDRESSES);
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
    fn ports_come_from_the_kernel_s_tables() {
        let tcp = "  sl  local_address rem_address   st\n   0: 0100007F:1538 00000000:0000 0A 0\n   \
                   1: 00000000:0050 00000000:0000 0A 0\n   2: 0100007F:B0F2 0100007F:1538 01 0\n";
        let mut found = BTreeSet::new();
        listening(tcp.as_bytes(), &mut found);
        assert_eq!(Vec::from_iter(found), [80, 5432]);

        let udp = "  sl  local_address rem_address   st\n  10: 00000000:0035 00000000:0000 07 0\n  \
                   11: 00000000:9C40 00000000:0000 07 0\n  12: 0100007F:0044 0100007F:0043 01 0\n garbage\n";
        let mut found = BTreeSet::new();
        bound(udp.as_bytes(), 32768, &mut found);
        assert_eq!(Vec::from_iter(found), [53]);
    }

    #[test]
    fn a_port_that_a_program_listens_on_is_told() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = u32::from(listener.local_addr().unwrap().port());
        assert!(gather().tcp_ports.contains(&port));
        drop(listener);
        assert!(!gather().tcp_ports.contains(&port));
    }

    #[test]
    fn the_same_host_has_the_same_digest() {
        let facts = gather();
        assert_eq!(digest(&facts), digest(&facts.clone()));
        assert!(!facts.kernel.is_empty() && facts.cpus > 0 && facts.memory_bytes > 0);
    }
}
