//! What the host must offer before it can boot servers.

use tokio::process::Command;

use crate::command::{run, run_command};
use crate::error::LabError;

/// A Debian package that is needed and not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The package's name.
    pub package: &'static str,
    /// What it is needed for.
    pub why: &'static str,
}

/// Why this host cannot boot servers, whatever is installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Namespaces, overlays and bridges need root.
    #[error("it needs root: run it with sudo")]
    NotRoot,
    /// The servers are made with apt's tools.
    #[error("it needs Debian or a relative of it with apt-get; this is {0}")]
    NotDebian(String),
    /// systemd in the servers needs the unified control group hierarchy.
    #[error("no control group hierarchy of version 2 is mounted at /sys/fs/cgroup or /sys/fs/cgroup/unified")]
    NoCgroup2,
    /// The kernel, or the container that we are in, refuses a namespace, an overlay or a bridge.
    #[error("the kernel or this container refuses what a server is made of: {0}")]
    Refused(String),
}

/// Each package with a program that only it brings.
const NEEDED: [(&str, Missing); 6] = [
    ("mmdebstrap", Missing { package: "mmdebstrap", why: "makes the servers' root file system" }),
    ("systemd-nspawn", Missing { package: "systemd-container", why: "boots the servers" }),
    ("ip", Missing { package: "iproute2", why: "makes the servers' network" }),
    ("nft", Missing { package: "nftables", why: "drops packets in fault tests" }),
    ("nsenter", Missing { package: "util-linux", why: "enters the servers" }),
    ("find", Missing { package: "findutils", why: "removes the servers" }),
];

/// The packages that are needed for servers and not installed, in the order to install them.
pub fn check() -> Vec<Missing> {
    NEEDED.iter().filter(|(program, _)| !is_program(program)).map(|(_, missing)| *missing).collect()
}

/// The same for a private PostgreSQL ([`crate::Postgres`]), which needs no root.
pub fn check_postgres() -> Vec<Missing> {
    let needed = [
        (crate::postgres::is_installed(), Missing { package: "postgresql", why: "stores everything" }),
        (
            is_program("setpriv"),
            Missing { package: "util-linux", why: "runs PostgreSQL as a user of its own" },
        ),
    ];
    needed.into_iter().filter(|(there, _)| !there).map(|(_, missing)| missing).collect()
}

/// The command that installs them, for a person to run.
pub fn install_command(missing: &[Missing]) -> String {
    let packages: Vec<&str> = missing.iter().map(|it| it.package).collect();
    format!("apt-get update && apt-get install -y --no-install-recommends {}", packages.join(" "))
}

/// Installs them with `apt-get`; waits up to five minutes for another run of it to end.
///
/// # Errors
/// Not root, or what `apt-get` said.
pub async fn install(missing: &[Missing]) -> Result<(), LabError> {
    if missing.is_empty() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        return Err(LabError::Missing(missing.to_vec()));
    }
    // One broken source of many need not matter; if it does, the installation says so.
    if let Err(error) = apt_get(&["update"]).await {
        tracing::warn!(%error, "apt-get update failed");
    }
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(missing.iter().map(|it| it.package));
    apt_get(&args).await
}

async fn apt_get(args: &[&str]) -> Result<(), LabError> {
    tracing::info!(command = format!("apt-get {}", args.join(" ")), "installing what the lab needs");
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "DPkg::Lock::Timeout=300"]).args(args);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    run_command(command).await.map(drop)
}

/// Whether this host can boot servers once [`check`] is empty. Where the programs for it are there, it tries a
/// namespace, an overlay and a bridge for real.
///
/// # Errors
/// The first reason why not.
pub async fn can_host_servers() -> Result<(), Reason> {
    if !rustix::process::geteuid().is_root() {
        return Err(Reason::NotRoot);
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !is_program("apt-get") || !is_debian(&release) {
        let name =
            release.lines().find_map(|it| it.strip_prefix("PRETTY_NAME=")).unwrap_or("an unknown system");
        return Err(Reason::NotDebian(name.trim_matches('"').to_owned()));
    }
    if crate::cgroup::hierarchies().is_empty() {
        return Err(Reason::NoCgroup2);
    }
    if ["unshare", "ip", "mount"].iter().all(|it| is_program(it)) {
        try_for_real().await.map_err(|error| match error {
            LabError::Command { stderr, .. } => Reason::Refused(stderr),
            other => Reason::Refused(other.to_string()),
        })?;
    }
    Ok(())
}

fn is_debian(release: &str) -> bool {
    let ids = release.lines().filter_map(|it| it.strip_prefix("ID=").or_else(|| it.strip_prefix("ID_LIKE=")));
    ids.flat_map(|it| it.trim_matches('"').split(' ')).any(|it| it == "debian")
}

async fn try_for_real() -> Result<(), LabError> {
    const TRIAL: &str = "mkdir \"$1/lower\" \"$1/upper\" \"$1/work\" \"$1/root\" &&
        mount -t overlay overlay -o \"lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work\" \"$1/root\" &&
        ip link add br0 type bridge && ip link add v0 type veth peer name v1";
    let folder = tempfile::Builder::new().prefix("purvey-lab-trial-").tempdir_in(crate::lab::WORK_PARENT);
    let folder =
        folder.map_err(|source| LabError::Io { what: "making a trial folder".to_owned(), source })?;
    let args =
        ["--mount", "--net", "--pid", "--fork", "sh", "-c", TRIAL, "trial"].map(std::ffi::OsString::from);
    run("unshare", args.into_iter().chain([folder.path().into()])).await.map(drop)
}

/// Whether a program of this name is in the search path, or where Debian keeps those of root.
pub(crate) fn is_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(Into::into));
    folders.any(|it| it.join(name).is_file())
}
