//! A lab's own network: a bridge on this host, and for each server a network namespace with one virtual cable to it.
//!
//! There is no way out: no NAT, no forwarding, no name service. Networks come from 198.18.0.0/15, which RFC 2544 sets
//! aside for test networks. Namespaces are files of the lab's folder rather than of `/run/netns`.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::command::{run, tail};
use crate::error::{Doing as _, LabError};
use crate::sweep::folder;

/// How many /24 networks 198.18.0.0/15 has.
pub(crate) const NETWORKS: u16 = 512;

/// The bridge and the addresses on it.
#[derive(Debug)]
pub(crate) struct Network {
    lab: String,
    index: u16,
    used: Arc<Mutex<BTreeSet<u8>>>,
}

/// One namespace and its cable.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) address: Ipv4Addr,
    pub(crate) namespace: PathBuf,
    host_end: String,
    number: u8,
    used: Arc<Mutex<BTreeSet<u8>>>,
}

impl Network {
    /// The networks that are in use on this machine by anybody.
    pub(crate) async fn taken() -> Result<BTreeSet<u16>, LabError> {
        let addresses = run("ip", ["-o", "-4", "addr", "show"]).await?;
        let routes = run("ip", ["-o", "-4", "route", "show", "table", "all"]).await?;
        let words = addresses.split_whitespace().chain(routes.split_whitespace());
        Ok(words.filter_map(|it| index_of(it.split('/').next()?.parse().ok()?)).collect())
    }

    /// Makes the bridge of network `index`.
    pub(crate) async fn create(lab: &str, index: u16) -> Result<Self, LabError> {
        let network = Self { lab: lab.to_owned(), index, used: Arc::default() };
        let (bridge, gateway) = (network.bridge(), network.gateway());
        // An address of its own, or the bridge would change its address with each cable that is plugged in or out.
        let [high, low] = index.to_be_bytes();
        let mac = format!("02:70:75:72:{high:02x}:{low:02x}");
        ip(
            None,
            &format!(
                "link add {bridge} address {mac} type bridge forward_delay 0\n\
                 addr add {gateway}/24 dev {bridge}\n\
                 link set {bridge} up\n"
            ),
        )
        .await?;
        Ok(network)
    }

    /// This host's own address on the bridge.
    pub(crate) fn gateway(&self) -> Ipv4Addr {
        address_in(self.index, 1)
    }

    fn bridge(&self) -> String {
        format!("pl-{}", self.lab)
    }

    /// Makes a namespace with `eth0` on the bridge.
    pub(crate) async fn plug_in(&self, name: &str) -> Result<Port, LabError> {
        let number = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            let free = (2..=254).find(|it| !used.contains(it)).ok_or(LabError::NoFreeNetwork("address"))?;
            used.insert(free);
            free
        };
        let folder = folder(&self.lab).join("net");
        let port = Port {
            address: address_in(self.index, number),
            namespace: folder.join(name),
            host_end: format!("pl-{}-{number}", self.lab),
            number,
            used: self.used.clone(),
        };
        std::fs::create_dir_all(&folder)
            .and_then(|()| File::create(&port.namespace).map(drop))
            .doing::<LabError>(|| format!("making {}", port.namespace.display()))?;
        run("unshare", [format!("--net={}", port.namespace.display()).as_str(), "true"]).await?;
        let (host_end, namespace) = (&port.host_end, port.namespace.display());
        ip(
            None,
            &format!(
                "link add {host_end} type veth peer name eth0 netns {namespace}\n\
                 link set {host_end} master {} up\n",
                self.bridge()
            ),
        )
        .await?;
        ip(
            Some(&port.namespace),
            &format!(
                "addr add {}/24 dev eth0\nlink set lo up\nlink set eth0 up\nroute add default via {}\n",
                port.address,
                self.gateway()
            ),
        )
        .await?;
        Ok(port)
    }
}

impl Port {
    /// Pulls the cable out (the server sees its link go down) or plugs it in again.
    pub(crate) async fn set_link(&self, up: bool) -> Result<(), LabError> {
        run("ip", ["link", "set", &self.host_end, if up { "up" } else { "down" }]).await.map(drop)
    }

    /// Removes namespace and cable. What is gone already is not an error.
    pub(crate) async fn remove(&self) {
        let _gone = run("ip", ["link", "delete", self.host_end.as_str()]).await;
        let _gone = run("umount", [&self.namespace]).await;
        let _gone = std::fs::remove_file(&self.namespace);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

fn address_in(index: u16, host: u8) -> Ipv4Addr {
    let [high, low] = index.to_be_bytes();
    Ipv4Addr::new(198, 18 + high, low, host)
}

fn index_of(address: Ipv4Addr) -> Option<u16> {
    match address.octets() {
        [198, high @ (18 | 19), low, _] => Some(u16::from_be_bytes([high - 18, low])),
        _ => None,
    }
}

/// Runs lines of `ip`, here or in a namespace.
async fn ip(namespace: Option<&Path>, lines: &str) -> Result<(), LabError> {
    let mut command = match namespace {
        Some(namespace) => {
            let mut command = Command::new("nsenter");
            command.arg(format!("--net={}", namespace.display())).arg("ip");
            command
        }
        None => Command::new("ip"),
    };
    command
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().doing::<LabError>(|| "running ip".to_owned())?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(lines.as_bytes()).await.doing::<LabError>(|| "writing to ip".to_owned())?;
    }
    let output = child.wait_with_output().await.doing::<LabError>(|| "waiting for ip".to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    let command = format!("ip -batch - <<< {lines:?}");
    Err(LabError::Command { command, status: output.status.to_string(), stderr: tail(&output.stderr, 1000) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_index_is_a_distinct_network_of_the_test_range() {
        for index in 0..NETWORKS {
            let address = address_in(index, 7);
            assert_eq!(index_of(address), Some(index));
            assert!(matches!(address.octets(), [198, 18 | 19, _, 7]));
        }
        assert_eq!(index_of(Ipv4Addr::new(198, 20, 0, 1)), None);
        assert_eq!(index_of(Ipv4Addr::new(10, 18, 0, 1)), None);
    }
}
