//! A place on a lab's network for programs of this host.

use std::ffi::OsStr;
use std::net::Ipv4Addr;
use std::path::Path;

use tokio::process::Command;

use crate::cgroup;
use crate::error::LabError;
use crate::network::Port;

/// A network namespace of its own on the lab's network. What runs in it sees the lab and nothing else, and ends with the
/// lab.
#[derive(Debug)]
pub struct Namespace {
    lab: String,
    name: String,
    port: Port,
}

impl Namespace {
    pub(crate) fn new(lab: &str, name: &str, port: Port) -> Self {
        Self { lab: lab.to_owned(), name: name.to_owned(), port }
    }

    /// Its address, which the servers and this host can reach.
    pub fn address(&self) -> Ipv4Addr {
        self.port.address
    }

    /// The namespace, for `nsenter --net=...` and `nft` rules.
    pub fn path(&self) -> &Path {
        &self.port.namespace
    }

    /// A command that will run in it, to be completed with arguments. The end of the lab kills it.
    ///
    /// # Errors
    /// The control groups cannot be made.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Result<Command, LabError> {
        let mut command = cgroup::command(&self.lab, &self.name)?;
        command.arg("nsenter").arg(format!("--net={}", self.port.namespace.display())).arg("--").arg(program);
        Ok(command)
    }

    /// Pulls its cable. Connections stall; no reset is sent.
    ///
    /// # Errors
    /// What `ip` says.
    pub async fn cut_network(&self) -> Result<(), LabError> {
        self.port.set_link(false).await
    }

    /// Plugs the cable in again.
    ///
    /// # Errors
    /// What `ip` says.
    pub async fn restore_network(&self) -> Result<(), LabError> {
        self.port.set_link(true).await
    }
}
