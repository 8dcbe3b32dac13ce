//! `purvey demo` and `purvey up` for real: they do what they say, and leave nothing behind.
//!
//! They need the programs `control-plane` and `agent` beside `purvey`, and a PostgreSQL; servers of the lab need root on
//! Debian. Where one of these is missing a test says so and is skipped; in CI it fails.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]
#![allow(clippy::disallowed_methods, reason = "a test asks whether it runs in CI")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use purvey_lab::requirements;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const PURVEY: &str = env!("CARGO_BIN_EXE_purvey");
/// The first run on a machine makes the servers' root file system.
const PATIENCE: Duration = Duration::from_secs(300);

/// The demo's ports are fixed where they are free, so one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A temporary folder that everything which a test starts can be told by.
struct World {
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// `None` with a plain message where something is missing and nobody insists.
fn world(needs_lab: bool) -> Option<World> {
    let mut why = Vec::new();
    for name in ["control-plane", "agent"] {
        if !Path::new(PURVEY).with_file_name(name).is_file() {
            why.push(format!("`{name}` is not built: cargo build -p {name}"));
        }
    }
    why.extend(requirements::check_postgres().iter().map(|it| format!("no package {}", it.package)));
    if needs_lab
        && let Err(reason) =
            tokio::runtime::Runtime::new().unwrap().block_on(requirements::can_host_servers())
    {
        why.push(format!("no servers here: {reason}"));
    }
    if !why.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "{why:?}");
        eprintln!("skipped: {}", why.join("; "));
        return None;
    }
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::Builder::new().prefix("purvey-test-").tempdir().unwrap();
    // PostgreSQL and the agent run as other users when we are root.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    Some(World { folder, _turn: turn })
}

impl World {
    fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    fn purvey(&self, args: &[&str]) -> Command {
        std::fs::create_dir_all(self.temporary()).unwrap();
        let mut command = Command::new(PURVEY);
        command
            .args(args)
            .env("TMPDIR", self.temporary())
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"));
        command.env_remove("PURVEY_TOKEN").env_remove("PURVEY_URL").stdin(Stdio::null());
        command
    }

    fn demo(&self, args: &[&str]) -> Running {
        let mut all = vec!["demo", "--json"];
        all.extend(args);
        Running::start(self.purvey(&all))
    }

    /// What is still there of anything that was started with our temporary folder, or bears the lab's id.
    fn traces(&self, lab: Option<&str>) -> Vec<String> {
        let mut found = names(&self.temporary(), "");
        let folder = self.folder.path().to_str().unwrap();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let of = |file: &str| std::fs::read(entry.path().join(file)).unwrap_or_default();
            let said = [of("cmdline"), of("environ")].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            if said.contains(folder) || lab.is_some_and(|lab| said.contains(lab)) {
                found.push(format!("process {} {said:?}", entry.file_name().to_string_lossy()));
            }
        }
        let Some(lab) = lab else { return found };
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
        found.extend(mounts.lines().filter(|it| it.contains(lab)).map(str::to_owned));
        let places = ["/run/purvey-lab", "/var/tmp", "/run/netns", "/sys/class/net", "/sys/fs/cgroup"];
        let more = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/run/systemd/nspawn/propagate"];
        found.extend(places.iter().chain(&more).flat_map(|place| names(Path::new(place), lab)));
        found
    }

    /// At once after an orderly end; guards need a while after a murder.
    fn assert_no_traces(&self, lab: Option<&str>, within: Duration) {
        let end = Instant::now() + within;
        while !self.traces(lab).is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(self.traces(lab), [""; 0]);
    }
}

/// The entries of a folder whose names hold a word.
fn names(folder: &Path, word: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.filter(|it| it.file_name().to_string_lossy().contains(word)).map(|it| it.path());
    paths.map(|path| path.display().to_string()).collect()
}

/// A `purvey` that prints one JSON object a line.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    events: Vec<Value>,
    end: Instant,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, events: Vec::new(), end: Instant::now() + PATIENCE }
    }

    /// Reads up to the first event with this name.
    fn until(&mut self, name: &str) -> Value {
        loop {
            assert!(Instant::now() < self.end, "no `{name}` in time: {:?}", self.events.last());
            let Some(line) = self.lines.next() else {
                let mut said = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("it ended before `{name}`: {:?} {said}", self.events.last());
            };
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            self.events.push(event.clone());
            if event["event"] == name {
                return event;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The rest, and how it ended.
    fn wait(mut self) -> (Vec<Value>, ExitStatus) {
        for line in self.lines.by_ref() {
            self.events.push(serde_json::from_str(&line.unwrap()).unwrap());
        }
        (self.events, self.child.wait().unwrap())
    }

    fn lab(&self) -> Option<String> {
        let lab = self.events.iter().find(|event| event["event"] == "lab");
        lab.map(|event| event["id"].as_str().unwrap().to_owned())
    }
}

/// That the road was gone to its end.
fn assert_shown(events: &[Value], steps: &[&str]) {
    let summary = events.last().unwrap();
    assert_eq!(summary["event"], "summary", "{summary}");
    assert_eq!((&summary["state"], &summary["exit_code"]), (&"ready".into(), &0.into()), "{summary}");
    let lines = events.iter().filter(|event| event["event"] == "log").count();
    assert!(lines > 0 && summary["log_lines"].as_u64().unwrap() <= lines as u64, "{summary}");
    for step in steps {
        assert!(summary["seconds"][step].is_number(), "{step}: {summary}");
    }
    assert!(events.iter().any(|event| event["event"] == "receipt" && event["verified"] == true));
}

#[test]
fn the_demo_installs_nginx_on_a_server_and_leaves_nothing_behind() {
    let Some(world) = world(true) else { return };
    let mut demo = world.demo(&["--once"]);
    demo.until("lab");
    let lab = demo.lab();
    let (events, status) = demo.wait();
    assert!(status.success(), "{:?}", events.last());
    assert_shown(&events, &["postgres", "control_plane", "server", "enroll", "install", "proof", "total"]);
    let page = events.iter().find(|event| event["event"] == "page").unwrap();
    assert_eq!(page["status"], 200);
    world.assert_no_traces(lab.as_deref(), Duration::from_secs(1));
}

#[test]
fn without_servers_the_demo_goes_the_same_road_on_this_host() {
    let Some(world) = world(false) else { return };
    let (events, status) = world.demo(&["--once", "--host-agent"]).wait();
    assert!(status.success(), "{:?}", events.last());
    assert_shown(&events, &["postgres", "control_plane", "enroll", "install", "proof", "total"]);
    assert_eq!(events.last().unwrap()["stage"], "host");
    world.assert_no_traces(None, Duration::from_secs(1));
}

#[test]
fn an_interrupt_in_the_middle_of_the_install_leaves_nothing_behind() {
    let Some(world) = world(true) else { return };
    let mut demo = world.demo(&[]);
    demo.until("log");
    let lab = demo.lab();
    assert!(world.traces(lab.as_deref()).len() > 10, "what is there while it runs is seen");
    demo.signal(Signal::INT);
    let (events, status) = demo.wait();
    assert_eq!(status.code(), Some(130));
    let summary = events.last().unwrap();
    assert_eq!(
        (&summary["state"], &summary["failed_step"]),
        (&"interrupted".into(), &"install".into()),
        "{summary}"
    );
    world.assert_no_traces(lab.as_deref(), Duration::from_secs(1));
}

#[test]
fn a_murdered_demo_leaves_nothing_behind_either() {
    let Some(world) = world(true) else { return };
    let mut demo = world.demo(&[]);
    demo.until("log");
    let lab = demo.lab();
    demo.signal(Signal::KILL);
    demo.wait();
    world.assert_no_traces(lab.as_deref(), Duration::from_secs(30));
}

#[test]
fn the_demo_stays_until_it_is_asked_to_end_and_says_how_to_get_in() {
    let Some(world) = world(false) else { return };
    let mut demo = world.demo(&["--host-agent"]);
    let ready = demo.until("ready");
    let place = |name: &str| ready[name].as_str().unwrap().to_owned();
    let mode = std::fs::metadata(place("token_file")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let (url, ca, token) = (place("url"), place("ca_file"), place("token_file"));
    let list = ["--url", &url, "--ca", &ca, "--token-file", &token, "server", "list", "-o", "json"];
    let list = world.purvey(&list).output().unwrap();
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(
        (&list["servers"][0]["server"], &list["servers"][0]["connected"]),
        (&"this-host".into(), &true.into())
    );
    demo.signal(Signal::TERM);
    let (events, status) = demo.wait();
    assert!(status.success());
    assert_shown(&events, &["total"]);
    world.assert_no_traces(None, Duration::from_secs(1));
}

#[test]
fn what_is_missing_is_named_with_the_command_that_brings_it_and_nothing_is_made() {
    let Some(world) = world(false) else { return };
    let empty = world.folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let output = world.purvey(&["demo", "--no-install"]).env("PATH", &empty).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("apt-get install -y") && said.contains("util-linux"), "{said}");
    world.assert_no_traces(None, Duration::ZERO);
}

fn free_address() -> String {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().to_string()
}

#[test]
fn up_finds_everything_again_at_the_next_start() {
    let Some(world) = world(false) else { return };
    let path = |name: &str| world.folder.path().join(name).to_str().unwrap().to_owned();
    let (data, key, api) = (path("data"), path("keys/kms.key"), free_address());
    let start = || {
        let (agents, ops) = (free_address(), free_address());
        let args =
            ["up", "--data-dir", &data, "--key-file", &key, "--listen", &api, "--agents-listen", &agents];
        let mut command = world.purvey(&[&args[..], &["--ops-listen", &ops, "-o", "json"]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let said =
            serde_json::Deserializer::from_reader(stdout).into_iter::<Value>().next().unwrap().unwrap();
        (child, said)
    };
    let stop = |mut child: Child| {
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        assert!(child.wait().unwrap().success());
        world.assert_no_traces(None, Duration::from_secs(1));
    };

    let (up, said) = start();
    let (url, ca) = (said["url"].as_str().unwrap(), said["caFile"].as_str().unwrap());
    let token = said["bootstrapTokenFile"].as_str().unwrap();
    let login = world.purvey(&["login", url, "--ca", ca, "--token-file", token]).output().unwrap();
    assert!(login.status.success(), "{login:?}");
    assert!(world.purvey(&["server", "token", "create", "web-7"]).output().unwrap().status.success());
    stop(up);

    // What its user signed meanwhile is there at the next start.
    assert!(world.purvey(&["publisher", "init", "purvey"]).output().unwrap().status.success());
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/../installers/hello-site");
    let sign = ["publisher", "sign", app, "--out", &path("data/catalogue")];
    assert!(world.purvey(&sign).output().unwrap().status.success());

    let (up, said) = start();
    let apps = world.purvey(&["app", "list", "-o", "json"]).output().unwrap();
    let apps: Value = serde_json::from_slice(&apps.stdout).unwrap();
    assert_eq!(apps["apps"][0]["app"], "hello-site", "{apps}");
    assert!(said["bootstrapTokenFile"].is_null(), "the token is spent: {said}");

    // What comes while it runs goes through the API; what is revoked is withdrawn.
    let ok = |arguments: &[&str]| {
        let output = world.purvey(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default()
    };
    let nginx = concat!(env!("CARGO_MANIFEST_DIR"), "/../installers/nginx");
    assert_eq!(ok(&["bundle", "publish", nginx, "-o", "json"])["bundles"][0]["outcome"], "published");
    let (built, out) = (ok(&["bundle", "build", nginx, "--out", &path(""), "-o", "json"]), path("pulled"));
    std::fs::create_dir(&out).unwrap();
    let pulled = ok(&["bundle", "pull", "nginx", "--out", &out, "-o", "json"]);
    assert_eq!(built["digest"], pulled["digest"]);
    let file = pulled["bundle"].as_str().unwrap();
    let document = path("pulled/purvey.publisher.json");
    let verified = ok(&["publisher", "verify", file, "--publisher", &document, "-o", "json"]);
    assert_eq!((&verified["verified"], &verified["digest"]), (&Value::Bool(true), &built["digest"]));
    ok(&["publisher", "revoke-bundle", "purvey", file]);
    ok(&["publisher", "push", "purvey"]);
    let judged = ok(&["bundle", "inspect", "nginx", "-o", "json"]);
    assert_eq!(judged["statement"]["code"], "BUNDLE_REVOKED");
    let refused = world.purvey(&["publisher", "verify", file, "-o", "json"]).output().unwrap();
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!((refused.status.code(), error["error"]["reason"].as_str()), (Some(1), Some("BUNDLE_REVOKED")));
    let listed = ok(&["bundle", "list", "nginx", "-o", "json"]);
    assert_eq!(listed["bundles"][0]["withdrawnCode"], "BUNDLE_REVOKED");
    let tokens = world.purvey(&["server", "token", "list", "-o", "json"]).output().unwrap();
    let tokens: Value = serde_json::from_slice(&tokens.stdout).unwrap();
    assert_eq!(tokens["joinTokens"][0]["server"], "web-7");
    stop(up);

    let elsewhere = world.folder.path().join("data/kms.key");
    let refused = world
        .purvey(&["up", "--data-dir", &data, "--key-file", elsewhere.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
