//! What the agent keeps and what keeps it: journal, spool, counts, the running service.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Report, Verdict};
use crate::ambient::{Clock as _, Host};
use crate::facts::labels;
use crate::journal::{Found, Journal};
use crate::paths::Paths;
use crate::policy::{DailyCount, Policy};

/// More unacknowledged output than this means that the control plane has been away for long.
const LARGE_SPOOL_BYTES: u64 = 256 * 1024 * 1024;
/// The unit as it is shipped.
const UNIT: &str = include_str!("../../systemd/purvey-agent.service");
const UNIT_NAME: &str = "purvey-agent.service";

/// Looks at all of it.
pub(super) fn examine(paths: &Paths, report: &mut Report) {
    own_labels(paths, report);
    counts(paths, report);
    journal(paths, report);
    spool(paths, report);
    running(paths, report);
}

fn own_labels(paths: &Paths, report: &mut Report) {
    match labels::load(&paths.labels_file()) {
        Ok(labels) if labels.is_empty() => {}
        Ok(labels) => report.ok("labels", format!("{} under host/", labels.len())),
        Err(why) => report.add(
            "labels",
            Verdict::Warning,
            why,
            "correct it: until then the host has no labels of its own",
        ),
    }
}

fn counts(paths: &Paths, report: &mut Report) {
    let limit = Policy::load(&paths.policy_file()).map_or(0, |policy| policy.daily_limit());
    match DailyCount::at(paths.daily_count()).today(Host.now()) {
        Ok(today) if today.destructive >= limit && limit > 0 => {
            let mend = "uninstalls, restores and downgrades are refused until tomorrow (UTC); `daily_limit` in policy.toml raises it";
            report.add("daily count", Verdict::Warning, format!("{} of {limit}", today.destructive), mend);
        }
        Ok(today) => report.ok("daily count", format!("{} of {limit}", today.destructive)),
        Err(error) => {
            let mend = format!(
                "remove {}: it is damaged, and what it limits is refused",
                paths.daily_count().display()
            );
            report.add("daily count", Verdict::Problem, error.to_string(), &mend);
        }
    }
}

fn journal(paths: &Paths, report: &mut Report) {
    let folder = paths.journal();
    match Journal::look(&folder) {
        Ok((Found::New, _)) => report.ok("journal", "there is none yet"),
        Ok((Found::Whole, entries)) => report.ok("journal", format!("whole, {entries} attempts")),
        Ok((Found::TornTail, entries)) => {
            report.ok(
                "journal",
                format!("{entries} attempts; its last record was cut off by a crash and will be dropped"),
            );
        }
        Ok((Found::Damaged, _)) => {
            let mend = "look at the disk; the agent begins a new journal at its next start, and what ran is reported as lost";
            report.add("journal", Verdict::Problem, "damaged", mend);
        }
        Err(error) => {
            let mend = "run this as the agent's user; if you did, look at the disk";
            report.add("journal", Verdict::Problem, format!("{}: {error}", folder.display()), mend);
        }
    }
    if folder.join("journal.damaged").exists() {
        let mend = "a disk or somebody has damaged it: find out which, then remove the file";
        report.add("journal", Verdict::Warning, "a damaged one was put aside as journal.damaged", mend);
    }
}

fn spool(paths: &Paths, report: &mut Report) {
    let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let (mut attempts, mut bytes) = (0_u64, 0_u64);
    for attempt in files(&paths.spools()) {
        attempts += 1;
        bytes += files(&attempt.path())
            .filter_map(|file| file.metadata().ok())
            .map(|file| file.len())
            .sum::<u64>();
    }
    let found = format!("{attempts} logs, {} KiB", bytes / 1024);
    if bytes > LARGE_SPOOL_BYTES {
        let mend = "mend the connection to the control plane: it has not taken this output yet";
        report.add("spool", Verdict::Warning, found, mend);
    } else {
        report.ok("spool", found);
    }
}

/// The running agent holds a lock.
fn running(paths: &Paths, report: &mut Report) {
    let Ok(file) = fs::File::open(paths.lock()) else {
        return report.add(
            "agent",
            Verdict::Warning,
            "was never started",
            "systemctl enable --now purvey-agent",
        );
    };
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockShared) {
        Err(_) => report.ok("agent", "runs"),
        Ok(()) => report.add("agent", Verdict::Warning, "does not run", "systemctl start purvey-agent"),
    }
}

/// Looks at the unit: whether it is there, as it was shipped, and its cgroup the agent's own.
pub(super) fn service(report: &mut Report) {
    if !Path::new("/run/systemd/system").exists() {
        let mend = "start the agent by other means";
        return report.add("service", Verdict::Warning, "systemd does not run here", mend);
    }
    let places = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];
    let unit = places.iter().map(|place| Path::new(place).join(UNIT_NAME)).find(|unit| unit.exists());
    let Some(unit) = unit else {
        let mend = "install the unit and `systemctl enable --now purvey-agent`";
        return report.add("service", Verdict::Warning, format!("there is no {UNIT_NAME}"), mend);
    };
    let changed = drift(&fs::read_to_string(&unit).unwrap_or_default());
    let drop_ins = drop_ins();
    if changed.is_empty() && drop_ins.is_empty() {
        report.ok("service", unit.display().to_string());
    } else {
        let found = [changed, drop_ins].concat().join("; ");
        let mend = "see that each change is wanted: scripts inherit most directives, and break on some (`systemctl cat purvey-agent`)";
        report.add("service", Verdict::Warning, found, mend);
    }
    delegation(report);
}

/// The directives in which a unit differs from the shipped one.
fn drift(unit: &str) -> Vec<String> {
    let directives = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']))
            .map(str::to_owned)
            .collect()
    };
    let (shipped, found) = (directives(UNIT), directives(unit));
    let missing = shipped.iter().filter(|line| !found.contains(line)).map(|line| format!("without {line}"));
    let added = found.iter().filter(|line| !shipped.contains(line)).map(|line| format!("with {line}"));
    missing.chain(added).collect()
}

fn drop_ins() -> Vec<String> {
    let folders = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"];
    let folders = folders.map(|folder| PathBuf::from(folder).join(format!("{UNIT_NAME}.d")));
    let files =
        folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten()).filter_map(Result::ok);
    files.map(|file| format!("changed by {}", file.path().display())).collect()
}

fn delegation(report: &mut Report) {
    let group = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .iter()
        .map(|mount| Path::new(mount).join("system.slice").join(UNIT_NAME))
        .find(|group| group.exists());
    let Some(group) = group else { return };
    let enabled = fs::read_to_string(group.join("cgroup.subtree_control")).unwrap_or_default();
    let missing: Vec<&str> = ["memory", "pids", "cpu"]
        .into_iter()
        .filter(|name| !enabled.split_whitespace().any(|word| word == *name))
        .collect();
    if missing.is_empty() {
        report.ok("delegation", "the service's cgroup limits memory, pids and cpu of each script");
    } else {
        let mend = "restore `Delegate=yes` in the unit and restart the agent; in a container, delegate these controllers to it";
        report.add(
            "delegation",
            Verdict::Warning,
            format!("scripts are not limited by {}", missing.join(", ")),
            mend,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_drifts_by_its_directives_and_not_by_its_comments() {
        assert!(drift(UNIT).is_empty());
        assert!(drift(&format!("# mine\n\n{UNIT}; more\n")).is_empty());
        let changed = UNIT.replace("Delegate=yes", "ProtectSystem=strict");
        assert_eq!(drift(&changed), ["without Delegate=yes", "with ProtectSystem=strict"]);
    }
}
