//! The control groups of a lab: one per server, in every hierarchy that systemd cares for.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::statfs;
use tokio::process::Command;

use crate::error::{Doing as _, LabError};

const CGROUP2_MAGIC: u64 = 0x6367_7270;

/// The roots of the hierarchies, the unified one first; empty where there is none of version 2.
///
/// On a host that is unified that is `/sys/fs/cgroup` alone; on a hybrid one `/sys/fs/cgroup/unified`, and the named
/// hierarchy of systemd where it is mounted.
pub(crate) fn hierarchies() -> Vec<PathBuf> {
    let is_version_2 =
        |path: &Path| statfs(path).is_ok_and(|it| u64::try_from(it.f_type) == Ok(CGROUP2_MAGIC));
    let (root, unified) = (Path::new("/sys/fs/cgroup"), Path::new("/sys/fs/cgroup/unified"));
    if is_version_2(root) {
        return vec![root.to_owned()];
    }
    if !is_version_2(unified) {
        return Vec::new();
    }
    let named = root.join("systemd");
    let mut found = vec![unified.to_owned()];
    found.extend(Some(named).filter(|it| it.join("cgroup.procs").exists()));
    found
}

/// The group of a lab, below each hierarchy; servers' groups are its children.
fn name_of(lab: &str) -> String {
    format!("purvey-lab-{lab}")
}

/// A command line to be completed with a program and its arguments, which run in a server's own groups from their first
/// moment. Groups that are gone mean that the lab is: then nothing is run.
pub(crate) fn command(lab: &str, server: &str) -> Result<Command, LabError> {
    const JOIN: &str =
        "while [ \"$1\" != -- ]; do echo 0 >\"$1\" || exit 97; shift; done; shift; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", JOIN, "purvey-lab"]).args(create(lab, server)?).arg("--");
    Ok(command)
}

/// Makes a server's groups and answers their `cgroup.procs` files.
fn create(lab: &str, server: &str) -> Result<Vec<PathBuf>, LabError> {
    let mut files = Vec::new();
    for hierarchy in hierarchies() {
        let of_lab = hierarchy.join(name_of(lab));
        let of_server = of_lab.join(server);
        fs::create_dir_all(&of_server).doing::<LabError>(|| format!("making {}", of_server.display()))?;
        // Where the controllers are in version 2, the server's systemd may use them. Elsewhere there is nothing to give.
        for controller in ["+cpu", "+io", "+memory", "+pids"] {
            let _not_offered = fs::write(of_lab.join("cgroup.subtree_control"), controller);
        }
        files.push(of_server.join("cgroup.procs"));
    }
    Ok(files)
}

/// Removes a server's groups once nothing runs in them; what is still busy stays for the lab's tear-down.
pub(crate) fn remove(lab: &str, server: &str) {
    for hierarchy in hierarchies() {
        remove_tree(&hierarchy.join(name_of(lab)).join(server));
    }
}

fn remove_tree(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    let _busy = fs::remove_dir(group);
}

/// Kills everything in a server's groups.
pub(crate) fn kill(lab: &str, server: &str) {
    for hierarchy in hierarchies() {
        let group = hierarchy.join(name_of(lab)).join(server);
        if fs::write(group.join("cgroup.kill"), "1").is_err() {
            kill_tree(&group);
        }
    }
}

fn kill_tree(group: &Path) {
    let pids = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    for pid in pids.lines().filter_map(|it| it.parse().ok()) {
        crate::process::send(pid, rustix::process::Signal::KILL);
    }
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            kill_tree(&entry.path());
        }
    }
}
