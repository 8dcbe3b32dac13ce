//! The binary against a fake of the API.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "../../sdks/rust/tests/fake_api/mod.rs"]
mod fake_api;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};

use fake_api::{FakeApi, JOB};
use purvey_proto::v1::{JobState, Server, ServerFacts};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

struct World {
    fake: FakeApi,
    home: TempDir,
    url: String,
    _runtime: Runtime,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let fake = FakeApi::new();
        let url = format!("http://{}", runtime.block_on(fake.serve()));
        Self { fake, home: tempfile::tempdir().unwrap(), url, _runtime: runtime }
    }

    /// The binary, not signed in.
    fn stranger(&self, args: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::from_std(self.bare(args));
        command.timeout(std::time::Duration::from_secs(30));
        command
    }

    fn bare(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_purvey"));
        command.env_clear().env("XDG_CONFIG_HOME", self.home.path()).args(args);
        command
    }

    /// The binary, signed in by its environment.
    fn purvey(&self, args: &[&str]) -> Output {
        self.stranger(args).env("PURVEY_URL", &self.url).env("PURVEY_TOKEN", "pv_good").output().unwrap()
    }

    fn fail_next(&self, status: Status) {
        self.fake.with(|fake| fake.failures.push_back(status));
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn login_turns_the_bootstrap_token_into_a_key_and_keeps_it_private() {
    let world = World::new();
    let login = world
        .stranger(&["login", &world.url, "--token-file", "-"])
        .write_stdin("pvb_once\n")
        .output()
        .unwrap();
    assert!(login.status.success(), "{}", stderr(&login));
    assert_eq!(world.fake.methods(), ["CreateApiKey", "WhoAmI"]);
    let file = world.home.path().join("purvey/config.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("pv_good") && !text.contains("pvb_once"));

    let whoami = world.stranger(&["whoami", "-o", "json"]).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&whoami.stdout).unwrap(), json!({"principal": "key:good"}));
    let contexts = world.stranger(&["context", "list"]).output().unwrap();
    assert!(stdout(&contexts).contains(&world.url));
}

#[test]
fn a_kept_token_is_not_sent_to_another_control_plane() {
    let (world, other) = (World::new(), World::new());
    let login =
        world.stranger(&["login", &world.url, "--token-file", "-"]).write_stdin("pv_good").output().unwrap();
    assert!(login.status.success(), "{}", stderr(&login));
    let output = world.stranger(&["whoami", "--url", &other.url]).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(other.fake.methods(), [""; 0]);
}

#[test]
fn a_bad_token_is_not_kept() {
    let world = World::new();
    let login =
        world.stranger(&["login", &world.url, "--token-file", "-"]).write_stdin("pv_bad").output().unwrap();
    assert_eq!(login.status.code(), Some(5));
    assert!(!world.home.path().join("purvey/config.toml").exists());
}

#[test]
fn without_a_terminal_login_says_how_to_give_the_token() {
    let world = World::new();
    let login = world.stranger(&["login", &world.url]).output().unwrap();
    assert_eq!(login.status.code(), Some(2));
    assert!(stderr(&login).contains("--token-file"), "{}", stderr(&login));
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    for (code, exit) in [
        (Code::NotFound, 4),
        (Code::Unauthenticated, 5),
        (Code::PermissionDenied, 5),
        (Code::InvalidArgument, 6),
        (Code::DeadlineExceeded, 7),
        (Code::FailedPrecondition, 1),
        (Code::Aborted, 1),
        (Code::Internal, 1),
    ] {
        let world = World::new();
        world.fail_next(Status::new(code, "because"));
        let output = world.purvey(&["server", "list"]);
        assert_eq!(output.status.code(), Some(exit), "{code:?}");
        assert!(stderr(&output).contains("because"));
        assert!(output.stdout.is_empty());
    }
    let world = World::new();
    assert_eq!(world.stranger(&["server", "list"]).output().unwrap().status.code(), Some(5));
    assert_eq!(world.purvey(&["server", "lost"]).status.code(), Some(2));
    let nobody = world.purvey(&["server", "list", "--url", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(7), "{}", stderr(&nobody));
    assert!(stderr(&nobody).contains("127.0.0.1:1"));
}

#[test]
fn every_bad_field_is_named() {
    let refusal = || {
        let mut details =
            ErrorDetails::with_bad_request_violation("inputs.http_port", "80000 is more than 65535");
        details.add_bad_request_violation("inputs.server_name", "is no domain: `a b`");
        details.set_error_info("INVALID_INPUTS", "purvey", std::collections::HashMap::new());
        Status::with_error_details(Code::InvalidArgument, "2 inputs are not valid", details)
    };
    let world = World::new();
    world.fail_next(refusal());
    let output = world.purvey(&["server", "list"]);
    assert_eq!(output.status.code(), Some(6));
    let text = stderr(&output);
    assert!(text.contains("2 inputs are not valid"), "{text}");
    assert!(text.contains("http_port: 80000 is more than 65535"), "{text}");
    assert!(text.contains("server_name: is no domain: `a b`"), "{text}");

    world.fail_next(refusal());
    let output = world.purvey(&["server", "list", "-o", "json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["reason"], "INVALID_INPUTS");
    assert_eq!(error["error"]["exitCode"], 6);
    assert_eq!(error["error"]["fieldViolations"][1]["field"], "inputs.server_name");
}

#[test]
fn an_install_is_followed_over_a_cut_to_its_end() {
    let world = World::new();
    (1..=5).for_each(|number| world.fake.say(&format!("line {number}")));
    world.fake.end(JobState::Succeeded, Some(0));
    world.fake.with(|fake| fake.log_cuts.push_back(2));
    let output = world.purvey(&[
        "install",
        "create",
        "nginx",
        "--server",
        "web-1",
        "--set",
        "server_name=example.com",
        "--follow",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "line 1\nline 2\nline 3\nline 4\nline 5\n");
    assert!(stderr(&output).contains("the install is ready"), "{}", stderr(&output));
    let created = world.fake.with(|fake| fake.created.clone()).unwrap();
    assert_eq!(serde_json::to_value(created.inputs).unwrap(), json!({"server_name": "example.com"}));
    assert_eq!((created.server.as_str(), created.project.as_str()), ("web-1", "default"));
}

#[test]
fn a_failed_job_is_exit_code_3_and_tells_the_script_s() {
    let world = World::new();
    world.fake.end(JobState::Failed, Some(2));
    let output = world.purvey(&["job", "logs", "-f", JOB]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("failed with exit code 2"), "{}", stderr(&output));
}

#[test]
fn a_followed_job_is_events_for_programs_and_the_last_is_the_result() {
    let world = World::new();
    world.fake.say("\x1b[31mred");
    world.fake.end(JobState::Succeeded, Some(0));
    let output = world.purvey(&["install", "create", "nginx", "-s", "web-1", "--follow", "-q", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let events: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let log = events.iter().find(|event| event["event"] == "log").unwrap();
    assert_eq!(log["line"]["text"], "\u{1b}[31mred");
    assert!(!stdout(&output).contains('\u{1b}'));
    let last = events.last().unwrap();
    assert_eq!(last["event"], "result");
    assert_eq!(last["job"]["state"], "JOB_STATE_SUCCEEDED");
    assert_eq!(last["install"]["observedState"], "OBSERVED_STATE_READY");
}

#[test]
fn ctrl_c_leaves_the_job_alone_and_says_how_to_go_on() {
    let world = World::new();
    world.fake.say("one");
    let mut child = world
        .bare(&["job", "logs", "-f", JOB])
        .env("PURVEY_URL", &world.url)
        .env("PURVEY_TOKEN", "pv_good")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut said = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains(&format!("purvey job logs -f {JOB} --after 1:1")), "{said}");
    assert!(!world.fake.methods().contains(&"CancelJob"));
}

#[test]
fn output_cannot_steer_the_terminal() {
    let world = World::new();
    world.fake.say("\x1b]0;title\x07\x1b[2Jgone");
    let logs = world.purvey(&["job", "logs", JOB]);
    assert_eq!(stdout(&logs), "\\x1b]0;title\\x07\\x1b[2Jgone\n");
    world.fake.with(|fake| {
        let facts = ServerFacts { os: "\x1b[31m".to_owned(), ..Default::default() };
        fake.servers.push(Server { server: "web-1".to_owned(), facts: Some(facts), ..Default::default() });
    });
    let table = world.purvey(&["server", "list"]);
    assert!(stdout(&table).contains("\\x1b[31m") && !stdout(&table).contains('\u{1b}'));
}

#[test]
fn a_secret_on_the_command_line_is_refused_before_anything_is_made() {
    let world = World::new();
    let output =
        world.purvey(&["install", "create", "nginx", "-s", "web-1", "--set", "admin_password=hunter2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--set-file admin_password=FILE"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("hunter2"));
    assert_eq!(world.fake.methods(), ["GetAppVersion"]);

    let mut command = world.stranger(&[
        "install",
        "create",
        "nginx",
        "-s",
        "web-1",
        "--set-file",
        "admin_password=-",
        "--url",
        &world.url,
    ]);
    let output = command.env("PURVEY_TOKEN", "pv_good").write_stdin("hunter2\n").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let created = world.fake.with(|fake| fake.created.clone()).unwrap();
    assert_eq!(serde_json::to_value(created.inputs).unwrap(), json!({"admin_password": "hunter2"}));
}

#[test]
fn lists_are_whole_and_named_in_every_format() {
    let world = World::new();
    let json: Value = serde_json::from_slice(&world.purvey(&["app", "list", "-o", "json"]).stdout).unwrap();
    let apps: Vec<_> =
        json["apps"].as_array().unwrap().iter().map(|app| app["app"].as_str().unwrap()).collect();
    assert_eq!(apps, ["apache", "mysql", "nginx"]);
    assert_eq!(json["apps"][0]["displayName"], "nginx");
    let yaml = world.purvey(&["app", "list", "-o", "yaml"]);
    assert!(stdout(&yaml).starts_with("apps:\n"), "{}", stdout(&yaml));
    let table = world.purvey(&["app", "list"]);
    assert_eq!(stdout(&table).lines().count(), 4);
    let none: Value =
        serde_json::from_slice(&world.purvey(&["server", "list", "-o", "json"]).stdout).unwrap();
    assert_eq!(none, json!({"servers": []}));
}

#[test]
fn a_join_token_is_one_line_on_stdout() {
    let world = World::new();
    let output = world.purvey(&["server", "token", "create", "web-1", "--ttl", "30m", "--label", "tier=web"]);
    let line = "sudo agent enroll --control-plane purvey.example:5443 --token pvj.a.b.c.main\n";
    assert_eq!(stdout(&output), line);
}

#[test]
fn shells_get_completions_and_packages_man_pages() {
    let world = World::new();
    let bash = world.stranger(&["completions", "bash"]).output().unwrap();
    assert!(stdout(&bash).contains("_purvey"));
    let out = world.home.path().join("man");
    assert!(world.stranger(&["man", "--out", out.to_str().unwrap()]).output().unwrap().status.success());
    assert!(out.join("purvey-install-create.1").exists());
}

#[test]
fn a_new_app_is_made_linted_and_refused_once_it_is_damaged() {
    let world = World::new();
    let there = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        world.bare(args).current_dir(there.path()).env("PATH", path).output().unwrap()
    };
    let made = run(&[
        "new",
        "redis",
        "--package",
        "redis-server",
        "--port",
        "6379",
        "--maintainer",
        "Jane",
        "-o",
        "json",
    ]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(
        serde_json::from_slice::<Value>(&made.stdout).unwrap(),
        json!({"app": "redis", "folder": "redis"})
    );
    let again = run(&["new", "redis"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("redis is there already"), "{}", stderr(&again));

    let clean = run(&["lint", "redis", "--deny", "warnings"]);
    assert!(clean.status.success(), "{}", stdout(&clean));
    assert!(stdout(&clean).contains("nothing to complain about"));

    let script = there.path().join("redis/install.sh");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, format!("{text}mkdir /srv/redis\n")).unwrap();
    let warned = run(&["lint", "redis"]);
    assert!(warned.status.success() && stdout(&warned).contains("warning[PV025]"), "{}", stdout(&warned));
    let denied = run(&["lint", "redis", "--deny", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stdout(&denied).contains("redis/install.sh:30:1: error[PV025]"), "{}", stdout(&denied));

    let sarif = run(&["lint", "redis", "-o", "sarif"]);
    let document: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(
        (&document["version"], &document["runs"][0]["results"][0]["ruleId"]),
        (&json!("2.1.0"), &json!("PV025"))
    );
    let refused = run(&["whoami", "-o", "sarif"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));

    let explained = run(&["lint", "--explain", "pv025"]);
    assert!(stdout(&explained).starts_with("PV025 mkdir-unchecked (warning)\n"), "{}", stdout(&explained));
    assert!(stdout(&run(&["lint", "--explain"])).lines().count() > 25);
    assert_eq!(run(&["lint", "--explain", "PV999"]).status.code(), Some(2));
    assert_eq!(run(&["lint"]).status.code(), Some(2));

    // Without shellcheck in its path it says so, and does not pretend.
    let without =
        world.bare(&["lint", "redis"]).current_dir(there.path()).env("PATH", "/nowhere").output().unwrap();
    assert!(
        without.status.success() && stderr(&without).contains("shellcheck is not installed"),
        "{}",
        stderr(&without)
    );
    let required = world
        .bare(&["lint", "redis", "--require-shellcheck"])
        .current_dir(there.path())
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(required.status.code(), Some(2));
}

#[test]
fn a_password_that_was_made_up_is_printed_once() {
    let world = World::new();
    world.fake.with(|fake| {
        fake.generated = vec![("admin_password".to_owned(), "S3cret".to_owned())];
        fake.job.state = JobState::Succeeded as i32;
    });
    let create = ["install", "create", "nginx", "--server", "web-1", "--set", "server_name=a.example"];
    let made = world.purvey(&create);
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(
        stdout(&made).starts_with("admin_password: S3cret    (made up, and shown this once)\n"),
        "{}",
        stdout(&made)
    );
    assert_eq!(stdout(&made).matches("S3cret").count() + stderr(&made).matches("S3cret").count(), 1);
    // With --quiet too: it is a result, not a note.
    let quiet = world.purvey(&[&create[..], &["--quiet", "--follow"]].concat());
    assert!(stdout(&quiet).contains("admin_password: S3cret"), "{}", stdout(&quiet));
    let json = world.purvey(&[&create[..], &["-o", "json"]].concat());
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["generatedInputs"], json!({"admin_password": "S3cret"}));
    let shown = world.purvey(&["install", "show", "nginx", "--server", "web-1"]);
    assert!(shown.status.success() && !stdout(&shown).contains("S3cret"));

    // The answer that showed it was lost, and the repeat has none.
    world.fake.with(|fake| {
        fake.generated.clear();
        fake.withheld = vec!["admin_password".to_owned()];
    });
    let lost = world.purvey(&create);
    assert!(
        stdout(&lost).contains("SECRET_SHOWN_ONCE") && stdout(&lost).contains("--ask admin_password"),
        "{}",
        stdout(&lost)
    );
}
