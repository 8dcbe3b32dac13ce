//! `agent doctor`: everything that can be checked on a host, and how to mend what is wrong.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::Serialize;

mod keeping;
mod online;

use crate::ambient::{Clock as _, Host};
use crate::config::Config;
use crate::exec::probe;
use crate::exec::sandbox::Held;
use crate::facts;
use crate::files;
use crate::identity::{Chain, Identity};
use crate::paths::Paths;
use crate::policy::Policy;
use crate::publishers;
use crate::trust::HeldTrust;

/// The fleet's keys should have been replaced long before they expire.
const KEYS_SOON: time::Duration = time::Duration::days(7);
const LOW_DISK_BYTES: u64 = 256 * 1024 * 1024;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Good.
    Ok,
    /// Works, with less than there could be.
    Warning,
    /// Jobs cannot run until it is mended.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do; empty if nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

/// All findings.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// In the order in which they were made.
    pub findings: Vec<Finding>,
}

impl Report {
    fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Verdict::Ok, found, "");
    }

    fn add(&mut self, check: &'static str, verdict: Verdict, found: impl Into<String>, mend: &str) {
        self.findings.push(Finding { check, verdict, found: found.into(), mend: mend.to_owned() });
    }

    /// Whether jobs can run.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict != Verdict::Problem)
    }

    /// For people.
    pub fn to_table(&self) -> String {
        let width = self.findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
        let mut text = String::new();
        for Finding { check, verdict, found, mend } in &self.findings {
            let verdict = match verdict {
                Verdict::Ok => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Problem => "PROBLEM",
            };
            text.push_str(&format!("{verdict}  {check:width$}  {found}\n"));
            if !mend.is_empty() {
                text.push_str(&format!("{:width$}  -> {mend}\n", "", width = width + 9));
            }
        }
        text
    }

    /// For programs: one JSON object.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Whole<'a> {
            healthy: bool,
            #[serde(flatten)]
            report: &'a Report,
        }
        let whole = Whole { healthy: self.is_healthy(), report: self };
        serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
    }
}

/// Looks at everything.
pub async fn examine(paths: &Paths) -> Report {
    let mut report = Report::default();
    let config = config(paths, &mut report);
    ownership(paths, &mut report);
    let trust = trust(paths, &mut report);
    let identity = identity(paths, &mut report);
    if let (Some(config), Some(trust), Some(identity)) = (config, trust, identity) {
        online::examine(&config.control_plane, trust, &identity, &mut report).await;
    }
    trusted(paths, &mut report);
    policy(paths, &mut report);
    sandboxes(&mut report);
    disk(paths, &mut report);
    keeping::examine(paths, &mut report);
    keeping::service(&mut report);
    report
}

fn config(paths: &Paths, report: &mut Report) -> Option<Config> {
    match Config::load(&paths.config_file()) {
        Ok(config) => {
            report.ok("settings", format!("control plane {}", config.control_plane));
            Some(config)
        }
        Err(error) => {
            report.add(
                "settings",
                Verdict::Problem,
                error.to_string(),
                "run `agent enroll`, or correct the file",
            );
            None
        }
    }
}

fn ownership(paths: &Paths, report: &mut Report) {
    let wanted = [
        (paths.configuration(), 0o022),
        (paths.config_file(), 0o022),
        (paths.state(), 0o022),
        (paths.identity(), 0o077),
        (paths.identity().join("tls.key"), 0o077),
        (paths.identity().join("receipt.key"), 0o077),
        (paths.identity().join("sealing.key"), 0o077),
    ];
    let own = rustix::process::geteuid().as_raw();
    let mut all_good = true;
    for (path, forbidden) in wanted {
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        if owner != own || mode & forbidden != 0 {
            all_good = false;
            report.add(
                "ownership",
                Verdict::Problem,
                format!("{} belongs to {owner} and has mode {mode:04o}", path.display()),
                &format!("chown {own} {0} && chmod {1:04o} {0}", path.display(), mode & !forbidden),
            );
        }
    }
    if all_good {
        report.ok("ownership", "settings and keys are the agent's own");
    }
}

fn trust(paths: &Paths, report: &mut Report) -> Option<HeldTrust> {
    match HeldTrust::load(&paths.trust()) {
        Ok(trust) => {
            let newest = trust.newest();
            let keys = newest.job_keys_at(Host.now()).len();
            let found = format!("`{}`, version {}, {keys} job keys", newest.trust_domain, newest.version);
            let expire = newest.job_keys.iter().map(|key| key.not_after).max();
            let soon = expire.is_some_and(|expire| expire - Host.now() < KEYS_SOON);
            let found = format!("{found}, signed {}", newest.issued.date());
            if keys == 0 {
                let mend = "check this host's clock; if it is right, the fleet's keys have expired";
                report.add("trust document", Verdict::Problem, found, mend);
            } else if soon {
                let mend = "see that the control plane makes new keys, and that this host hears of them";
                report.add(
                    "trust document",
                    Verdict::Warning,
                    format!("{found}; its job keys expire soon"),
                    mend,
                );
            } else if newest.demo {
                report.add("trust document", Verdict::Warning, found, "this fleet is a demo");
            } else {
                report.ok("trust document", found);
            }
            Some(trust)
        }
        Err(error) => {
            report.add("trust document", Verdict::Problem, error.to_string(), "run `agent enroll`");
            None
        }
    }
}

fn identity(paths: &Paths, report: &mut Report) -> Option<Identity> {
    match Identity::load(paths, &Host) {
        Ok((identity, chain)) => {
            let named = &identity.named;
            report.ok(
                "identity",
                format!("server `{}` of the project `{}`, {}", named.name, named.project, named.server),
            );
            certificate(&chain, report);
            Some(identity)
        }
        Err(error) => {
            report.add(
                "identity",
                Verdict::Problem,
                error.to_string(),
                "run `agent enroll` with a join token",
            );
            None
        }
    }
}

fn certificate(chain: &Chain, report: &mut Report) {
    let (now, until) = (Host.now(), chain.not_after());
    let found = format!("valid from {} until {until}", chain.not_before());
    if now < chain.not_before() {
        report.add("certificate", Verdict::Problem, found, "check this host's clock");
    } else if now >= until {
        let mend = "start the agent: it renews an expired certificate within the grace period; after that, enrol again";
        report.add("certificate", Verdict::Problem, found, mend);
    } else if until - now < (until - chain.not_before()) / 4 {
        let mend = "it should have been renewed at half of its life: start the agent, or see in its log why it cannot";
        report.add("certificate", Verdict::Warning, found, mend);
    } else {
        report.ok("certificate", found);
    }
}

fn trusted(paths: &Paths, report: &mut Report) {
    let names = fs::read_dir(paths.publishers()).into_iter().flatten();
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut any = false;
    for name in names {
        any = true;
        let loaded = name
            .parse()
            .map_err(|error| format!("{error}"))
            .and_then(|publisher| publishers::load(&publisher, paths).map_err(|error| error.to_string()));
        match loaded {
            Ok(document) => {
                let now = Host.now();
                let keys = document
                    .signing_keys
                    .iter()
                    .filter(|key| {
                        key.is_valid_at(now) && !document.revoked_keys.contains(&key.public_key.id())
                    })
                    .count();
                report
                    .ok("publishers", format!("`{name}`, version {}, {keys} signing keys", document.version));
            }
            Err(error) => {
                let mend = "put the publisher's root document there, owned by root, mode 0644";
                report.add("publishers", Verdict::Problem, error, mend);
            }
        }
    }
    if !any {
        let mend = "put the root document of a publisher there: without one no bundle runs";
        report.add("publishers", Verdict::Problem, format!("none in {}", paths.publishers().display()), mend);
    }
}

fn policy(paths: &Paths, report: &mut Report) {
    match Policy::load(&paths.policy_file()) {
        Ok(policy) if policy.rules().pause => {
            let mend = "take `pause` out of policy.toml when jobs may run again";
            report.add("host policy", Verdict::Warning, "refuses every job for now (`pause`)", mend);
        }
        Ok(policy) if policy.digest().is_some() => {
            let restricts = policy.restricts();
            let restricts = if restricts.is_empty() { "nothing".to_owned() } else { restricts.join(", ") };
            report.ok("host policy", format!("restricts {restricts}"));
        }
        Ok(policy) => report.ok(
            "host policy",
            format!(
                "none: the defaults, with {} uninstalls, restores and downgrades a day",
                policy.daily_limit()
            ),
        ),
        Err(error) => {
            let mend = "correct it (`agent policy check`), owned by root, mode 0644: until then every job is refused";
            report.add("host policy", Verdict::Problem, error.to_string(), mend);
        }
    }
}

fn sandboxes(report: &mut Report) {
    let profiles = probe::profiles(Path::new("/proc/self/exe"));
    let said = |held: &Held| match held.missing.as_slice() {
        [] => held.enforced.join(", "),
        missing => format!("{}; not here: {}", held.enforced.join(", "), missing.join(", ")),
    };
    if profiles.host.missing.is_empty() {
        report.ok("sandbox host", said(&profiles.host));
    } else {
        let mend = "use a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)";
        report.add("sandbox host", Verdict::Warning, said(&profiles.host), mend);
    }
    match profiles.confined {
        Ok(held) => report.ok("sandbox confined", said(&held)),
        Err(why) => {
            let mend = "apps with the sandbox `confined` are refused; a kernel from 5.19 on with Landlock and namespaces has it";
            report.add("sandbox confined", Verdict::Warning, why, mend);
        }
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if !mounts.contains(" - cgroup2 ") {
        let mend = "mount cgroup v2; without it scripts are ended by process group, and without limits";
        report.add("cgroups", Verdict::Warning, "no cgroup v2", mend);
        return;
    }
    let controllers = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .iter()
        .find_map(|mount| fs::read_to_string(Path::new(mount).join("cgroup.controllers")).ok())
        .unwrap_or_default();
    let missing: Vec<&str> = ["memory", "pids", "cpu"]
        .into_iter()
        .filter(|name| !controllers.split_whitespace().any(|c| c == *name))
        .collect();
    if missing.is_empty() {
        report.ok("cgroups", "cgroup v2 with memory, pids and cpu");
    } else {
        let found = format!("cgroup v2 without {}", missing.join(", "));
        let mend =
            "these limits of a manifest are not enforced; boot with systemd.unified_cgroup_hierarchy=1";
        report.add("cgroups", Verdict::Warning, found, mend);
    }
}

fn disk(paths: &Paths, report: &mut Report) {
    let state = paths.state();
    let place = state.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    match facts::disk(place) {
        Some(disk) if disk.free < LOW_DISK_BYTES => report.add(
            "disk",
            Verdict::Problem,
            format!("{} MiB free for {}", disk.free / (1024 * 1024), state.display()),
            "make room: journal and logs need some",
        ),
        Some(disk) => report.ok("disk", format!("{} MiB free", disk.free / (1024 * 1024))),
        None => report.add("disk", Verdict::Warning, "its free space is unknown", "look at it with df(1)"),
    }
    if state.exists() {
        let probe = state.join(".doctor");
        match files::write_atomically(&probe, b"", 0o600).and_then(|()| fs::remove_file(&probe)) {
            Ok(()) => report.ok("state", format!("{} can be written", state.display())),
            Err(error) => {
                let mend = "run this as the agent's user; if you did, remount the file system writable";
                report.add("state", Verdict::Problem, format!("{}: {error}", state.display()), mend);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_host_that_was_never_enrolled_is_told_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let report = examine(&Paths::under(folder.path().to_owned())).await;
        assert!(!report.is_healthy());
        assert!(report.to_table().contains("agent enroll"));
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["healthy"], false);
        let problems = report.findings.iter().filter(|finding| finding.verdict == Verdict::Problem);
        assert!(problems.into_iter().all(|finding| !finding.mend.is_empty()));
    }
}
