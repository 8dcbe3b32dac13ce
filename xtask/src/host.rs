//! What the commands need of the host: Debian packages, installed when we are root and may.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// A Debian package and how to see that what it brings is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    name: &'static str,
    why: &'static str,
    is_there: fn() -> bool,
}

/// The server's binaries; we start a private server ourselves.
pub(crate) const POSTGRESQL: Package =
    Package { name: "postgresql", why: "runs a private database", is_there: has_postgresql };
/// Needed by the tests of the installers' scripts.
pub(crate) const CURL: Package =
    Package { name: "curl", why: "fetches test pages", is_there: || on_path("curl") };
/// Needed by `lint`.
pub(crate) const SHELLCHECK: Package =
    Package { name: "shellcheck", why: "checks shell scripts", is_there: || on_path("shellcheck") };
/// Needed by `lint`, to install buf.
pub(crate) const NPM: Package = Package { name: "npm", why: "installs buf", is_there: || on_path("npm") };
/// The cryptography library compiles C.
pub(crate) const COMPILER: Package = Package { name: "gcc", why: "compiles C", is_there: || on_path("cc") };

/// What to do where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Install {
    /// Install it.
    WhenRoot,
    /// Say how.
    Never,
}

/// Sees that all packages are there.
///
/// # Errors
/// Packages that are missing and are not to be installed, with the command that installs them; or what apt said.
pub(crate) fn ensure(packages: &[Package], install: Install) -> Result<()> {
    let missing: Vec<&Package> = packages.iter().filter(|it| !(it.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|it| it.name).collect();
    if install == Install::Never || !is_root() || !on_path("apt-get") {
        let list: Vec<String> = missing.iter().map(|it| format!("{} ({})", it.name, it.why)).collect();
        bail!(
            "missing on this machine: {}; install with: sudo apt-get install {}",
            list.join(", "),
            names.join(" ")
        );
    }
    let cluster = names.contains(&POSTGRESQL.name).then(NoCluster::before_install);
    apt_get(&["update"])?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(&names);
    let installed = apt_get(&args);
    drop(cluster);
    installed
}

/// Debian's package would make and start a server for the whole host; while this lives, it does not.
struct NoCluster {
    file: PathBuf,
    made: bool,
}

impl NoCluster {
    fn before_install() -> Self {
        let file = PathBuf::from("/etc/postgresql-common/createcluster.conf");
        let folder = file.parent().unwrap_or(Path::new("/"));
        // Failing is harmless: the host then gets a server of its own that nothing here uses.
        let made = !file.exists()
            && std::fs::create_dir_all(folder).is_ok()
            && std::fs::write(&file, "create_main_cluster = false\n").is_ok();
        Self { file, made }
    }
}

impl Drop for NoCluster {
    fn drop(&mut self) {
        // The package's own file waits beside ours.
        let theirs = self.file.with_extension("conf.ucf-dist");
        if self.made && theirs.exists() {
            let _stays_off = std::fs::rename(theirs, &self.file);
        }
    }
}

fn apt_get(args: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"]).args(args);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null());
    // Standard output is for what we were called for.
    command.stdout(std::io::stderr());
    process::run(&mut command)
}

fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let server = |folder: PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    versions.map(|it| it.path().join("bin")).any(server) || on_path("initdb")
}

/// Whether the search path, or root's part of it on Debian, has a program of this name.
pub(crate) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.any(|it| it.join(program).is_file())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}
