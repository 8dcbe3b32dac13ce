//! Real servers: they boot, reboot, lose their network and their power, and nothing of them is left behind.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]
#![allow(clippy::disallowed_methods, reason = "a test asks whether it runs in CI")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use purvey_lab::{ExecOptions, Lab, LabError, LabOptions, Power, ServerOptions, requirements, sweep};

/// A lab, or `None` with a plain message where this machine cannot have one and nobody insists.
async fn open() -> Option<Lab> {
    if std::env::var_os("PURVEY_TEST_LAB").is_some_and(|it| it == "off") {
        eprintln!("skipped: PURVEY_TEST_LAB is off");
        return None;
    }
    if requirements::can_host_servers().await.is_ok() {
        requirements::install(&requirements::check()).await.unwrap();
    }
    match Lab::open(LabOptions::default()).await {
        Err(LabError::CannotHost(reason)) if std::env::var_os("CI").is_none() => {
            eprintln!("skipped: this host cannot boot lab servers: {reason}");
            None
        }
        opened => Some(opened.unwrap()),
    }
}

const NOTHING: [&str; 0] = [];

/// Everything on this machine that bears the lab's id.
fn traces(id: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    found.extend(mounts.lines().filter(|it| it.contains(id)).map(|it| format!("mount {it}")));
    for folder in [
        "/run/purvey-lab",
        "/var/tmp",
        "/run/netns",
        "/sys/class/net",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/systemd",
        "/run/systemd/nspawn/propagate",
        "/run/systemd/nspawn/unix-export",
    ] {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|it| it.file_name().to_string_lossy().into_owned());
        found.extend(names.filter(|it| it.contains(id)).map(|it| format!("{folder}/{it}")));
    }
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(id) {
            found.push(format!("process {}", entry.file_name().to_string_lossy()));
        }
    }
    found
}

async fn assert_no_traces(id: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    while !traces(id).is_empty() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(traces(id), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_live_a_whole_life() {
    let Some(lab) = open().await else { return };
    let id = lab.id().to_owned();
    let (one, two) = tokio::join!(lab.boot("web-1"), lab.boot("web-2"));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(lab.servers().len(), 2);
    assert_eq!(one.power(), Power::Running { boots: 1 });
    assert!(matches!(lab.boot("web-1").await, Err(LabError::Name { .. })));

    // It is a server of its own.
    let facts = "hostname; cat /proc/1/comm; date +%Z; systemctl is-system-running";
    assert_eq!(one.shell(facts).await.unwrap(), "web-1\nsystemd\nUTC\nrunning\n");
    let unit = one.exec(["cat", "/proc/self/cgroup"]).await.unwrap().success().unwrap();
    assert!(unit.contains("/system.slice/run-"), "a command is a unit: {unit}");
    let failing = one.exec(["sh", "-c", "echo out; echo err >&2; exit 7"]).await.unwrap();
    assert_eq!((failing.code, failing.stdout.as_str(), failing.stderr.as_str()), (Some(7), "out\n", "err\n"));
    let mut options = ExecOptions::default();
    options.stdin = b"typed".to_vec();
    options.user = Some("nobody".to_owned());
    let typed = one.exec_with(["sh", "-c", "cat; id -un"], options).await.unwrap().success().unwrap();
    assert_eq!(typed, "typednobody\n");
    let mut options = ExecOptions::default();
    options.limit = Duration::from_secs(1);
    let slow = one.exec_with(["sleep", "60"], options).await;
    assert!(matches!(slow, Err(LabError::TimedOut { .. })), "{slow:?}");

    // Files go in and out.
    one.push_file(b"#!/bin/sh\necho pushed\n", "/opt/tool/run", 0o755).await.unwrap();
    assert_eq!(one.shell("/opt/tool/run").await.unwrap(), "pushed\n");
    one.shell("echo here > /tmp/note").await.unwrap();
    assert_eq!(one.read_file("/tmp/note").await.unwrap(), b"here\n");
    assert!(two.read_file("/opt/tool/run").await.is_err());

    // apt works through the proxy, and only that way.
    one.shell("apt-get -q update && apt-get -qy install nginx-light").await.unwrap();
    one.shell("curl -sf http://127.0.0.1/ | grep -q nginx").await.unwrap();
    let page = two.shell(&format!("curl -sf http://{}/ | grep -c nginx", one.address())).await.unwrap();
    assert_ne!(page, "0\n");
    assert!(one.main_pid("nginx.service").await.unwrap().is_some());
    let rss = one.rss_bytes("nginx.service").await.unwrap().unwrap();
    assert!((100 << 10..100 << 20).contains(&rss), "{rss}");
    assert_eq!(one.main_pid("no-such.service").await.unwrap(), None);
    let through_proxy =
        format!("curl -s -o /dev/null -w '%{{http_code}}' -x {} http://example.com/", lab.apt_proxy_url());
    assert_eq!(one.shell(&through_proxy).await.unwrap(), "403");

    // A reboot, from outside and from inside, keeps the disk.
    one.reboot().await.unwrap();
    assert_eq!(one.power(), Power::Running { boots: 2 });
    one.shell("systemctl is-active nginx && curl -sf http://127.0.0.1/ >/dev/null").await.unwrap();
    assert!(one.read_file("/tmp/note").await.is_err());

    // A pulled cable and back.
    let fetch = || async {
        two.exec(["curl", "-sf", "-m", "3", "-o", "/dev/null", &format!("http://{}/", one.address())]).await
    };
    one.cut_network().await.unwrap();
    assert!(!fetch().await.unwrap().is_success());
    one.restore_network().await.unwrap();
    assert!(fetch().await.unwrap().is_success());

    // Power cut: what is on the disk stays, and can be read while it is off.
    one.shell("echo kept > /var/kept; sync").await.unwrap();
    one.kill_hard().await.unwrap();
    assert_eq!(one.power(), Power::Off);
    assert!(matches!(one.exec(["true"]).await, Err(LabError::NotRunning { .. })));
    assert_eq!(one.read_file("/var/kept").await.unwrap(), b"kept\n");
    one.power_on().await.unwrap();
    one.shell("systemctl is-active nginx").await.unwrap();

    two.power_off().await.unwrap();
    assert_eq!(two.power(), Power::Off);
    lab.remove(&two).await.unwrap();
    assert_eq!(lab.servers().len(), 1);
    lab.boot("web-2").await.unwrap();

    lab.close().await.unwrap();
    assert_eq!(traces(&id), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn labs_live_side_by_side_and_go_when_dropped() {
    let Some(first) = open().await else { return };
    let second = open().await.unwrap();
    assert_ne!((first.id(), first.gateway()), (second.id(), second.gateway()));
    let (one, two) = tokio::join!(first.boot("web"), second.boot("web"));
    assert_ne!(one.unwrap().address(), two.unwrap().address());
    let ids = [first.id().to_owned(), second.id().to_owned()];
    drop(first);
    assert_eq!(traces(&ids[0]), NOTHING);
    second.servers()[0].shell("true").await.unwrap();
    let panicked = tokio::task::spawn(async move {
        let _lab = second;
        panic!("a test fails");
    });
    assert!(panicked.await.is_err());
    assert_eq!(traces(&ids[1]), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_killed_with_sigkill_leaves_no_lab_behind() {
    let Some(lab) = open().await else { return };
    lab.close().await.unwrap();
    let id = killed_owner(|_| {});
    assert_no_traces(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_killed_while_it_makes_the_root_file_system_leaves_nothing_of_it() {
    let Some(lab) = open().await else { return };
    lab.close().await.unwrap();
    let cache = tempfile::tempdir().unwrap();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_lab-owner"))
        .arg("lab")
        .env("XDG_CACHE_HOME", cache.path())
        .spawn()
        .unwrap();
    let partial = || {
        let entries = std::fs::read_dir(cache.path().join("purvey/lab")).into_iter().flatten().flatten();
        entries.map(|it| it.path()).find(|it| it.extension().is_some_and(|it| it == "partial"))
    };
    let builds = || partial().is_some_and(|it| it.join("root/var/lib/dpkg").exists());
    let (end, path) = (Instant::now() + Duration::from_secs(60), cache.path().to_string_lossy().into_owned());
    while !builds() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(builds());
    owner.kill().unwrap();
    owner.wait().unwrap();
    while (partial().is_some() || !traces(&path).is_empty()) && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((partial(), traces(&path)), (None, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_lab_sweeps_what_a_killed_guard_could_not() {
    let Some(lab) = open().await else { return };
    let id = killed_owner(|id| {
        let entry = std::fs::read(Path::new("/run/purvey-lab").join(id).join("owner.json")).unwrap();
        let entry: serde_json::Value = serde_json::from_slice(&entry).unwrap();
        let guard = entry["guard"]["pid"].as_i64().unwrap();
        assert!(Command::new("kill").args(["-KILL", &guard.to_string()]).status().unwrap().success());
    });
    assert!(!traces(&id).is_empty());
    sweep::sweep().await.unwrap();
    assert_no_traces(&id).await;
    lab.boot("still-there").await.unwrap();
    lab.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_system_fills_up() {
    let Some(lab) = open().await else { return };
    let mut options = ServerOptions::default();
    options.tmpfs.push(("/srv".into(), 1 << 20));
    options.hosts.push(("control-plane".to_owned(), lab.gateway()));
    let server = lab.boot_with("full", options).await.unwrap();
    let written = server.exec(["dd", "if=/dev/zero", "of=/srv/big", "bs=1M", "count=2"]).await.unwrap();
    assert!(written.stderr.contains("No space left on device"), "{written:?}");
    let hosts = server.shell("getent hosts control-plane").await.unwrap();
    assert!(hosts.starts_with(&lab.gateway().to_string()), "{hosts}");

    // A program of this host on the lab's network: the servers reach it, it reaches nothing else.
    let namespace = lab.namespace("control").await.unwrap();
    let ping = format!("curl -s -m 2 http://{}:81/ || test $? = 7", namespace.address());
    server.shell(&ping).await.unwrap();
    let routes = namespace.command("ip").unwrap().args(["-o", "link"]).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&routes.stdout).lines().count(), 2, "{routes:?}");
    let _killed_with_the_lab = namespace.command("sleep").unwrap().arg("600").spawn().unwrap();
    lab.close().await.unwrap();
}

fn killed_owner(before: impl FnOnce(&str)) -> String {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_lab-owner"))
        .args(["lab", "left-1", "left-2"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let id = line.trim().to_owned();
    assert_eq!(id.len(), 6, "the owner of a lab did not start");
    before(&id);
    owner.kill().unwrap();
    owner.wait().unwrap();
    id
}
