use std::os::unix::fs::PermissionsExt as _;

use purvey_contract::action::Action;
use purvey_contract::id::AppRef;
use purvey_contract::inputs::EffectiveInputs;
use purvey_contract::manifest::{Manifest, Sandbox};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
const ALL: &[&str] = &["memory", "pids", "cpu"];

fn parse(text: &str) -> Result<Policy, Vec<Problem>> {
    Policy::parse(text.as_bytes(), Path::new("/nonexistent"))
}

fn policy(text: &str) -> Policy {
    parse(text).unwrap()
}

fn app(text: &str) -> AppRef {
    text.parse().unwrap()
}

fn manifest(more: &str) -> Manifest {
    let text = format!(
        "id: hello\nname: Hello\nversion: 1.0.0\npublisher: acme\ndescription: Says hello.\ninstall_script: install.sh\n{more}"
    );
    Manifest::parse(&text).unwrap()
}

/// What the policy says of a script with these inputs, as a code.
fn judge(policy: &Policy, manifest: &Manifest, plain: serde_json::Value) -> Result<(), &'static str> {
    let serde_json::Value::Object(plain) = plain else { panic!("no inputs") };
    let inputs = EffectiveInputs { plain, ..EffectiveInputs::default() };
    let app = app("acme/hello");
    let script = Script { app: &app, manifest, inputs: &inputs, controllers: ALL };
    policy.allows_script(&script).map_err(|denied| denied.code())
}

#[test]
fn without_a_file_everything_is_allowed_within_the_daily_limit() {
    let policy = Policy::load(Path::new("/nonexistent/policy.toml")).unwrap();
    assert_eq!(policy.digest(), None);
    assert!(policy.restricts().is_empty());
    assert_eq!(policy.allows_now(Action::Uninstall, NOW), Ok(()));
    assert_eq!(policy.allows_app(&app("a/b")), Ok(()));
    assert_eq!(policy.allows_release(Some(7), 6), Ok(()));
    let after = |destructive| Counts { destructive, jobs: 1000 };
    assert_eq!(policy.allows_another(after(9), true), Ok(()));
    assert_eq!(policy.allows_another(after(10), true), Err(Denied::DailyLimit { limit: 10 }));
    assert_eq!(policy.allows_another(after(10), false), Ok(()));
    assert_eq!(judge(&policy, &manifest(""), serde_json::json!({})), Ok(()));
}

#[test]
fn a_policy_narrows_apps_publishers_actions_downgrades_and_rates() {
    let policy = policy(
        "apps = [\"purvey/nginx\", \"acme/*\"]\npublishers = [\"purvey\", \"acme\", \"other\"]\n\
         actions = [\"install\", \"verify\"]\ndowngrades = false\ndaily_limit = 1\ndaily_jobs = 3\n",
    );
    assert!(policy.digest().is_some());
    assert_eq!(policy.allows_now(Action::Install, NOW), Ok(()));
    assert_eq!(policy.allows_now(Action::Uninstall, NOW), Err(Denied::Action(Action::Uninstall)));
    for good in ["purvey/nginx", "acme/anything"] {
        assert_eq!(policy.allows_app(&app(good)), Ok(()));
    }
    assert_eq!(policy.allows_app(&app("other/nginx")), Err(Denied::App(app("other/nginx"))));
    assert_eq!(policy.allows_app(&app("evil/nginx")), Err(Denied::Publisher("evil".parse().unwrap())));
    assert_eq!(policy.allows_release(Some(7), 6), Err(Denied::Downgrade { installed: 7, wanted: 6 }));
    assert_eq!((policy.allows_release(Some(7), 7), policy.allows_release(None, 1)), (Ok(()), Ok(())));
    let after = |destructive, jobs| Counts { destructive, jobs };
    assert_eq!(policy.allows_another(after(1, 1), true), Err(Denied::DailyLimit { limit: 1 }));
    assert_eq!(policy.allows_another(after(1, 1), false), Ok(()));
    assert_eq!(policy.allows_another(after(0, 3), false), Err(Denied::DailyJobs { limit: 3 }));
    assert_eq!(
        policy.restricts(),
        ["apps", "publishers", "actions", "downgrades", "daily_limit", "daily_jobs"]
    );
}

#[test]
fn pause_refuses_everything_and_hours_refuse_the_rest_of_the_week() {
    assert_eq!(policy("pause = true").allows_now(Action::Verify, NOW), Err(Denied::Paused));
    let policy = policy("[hours]\nopen = [\"mon-fri 08:00-18:00\"]");
    let denied = policy.allows_now(Action::Verify, NOW).unwrap_err();
    assert_eq!(denied.code(), "POLICY_HOURS");
    assert!(denied.to_string().contains("mon-fri 08:00-18:00 in UTC only, and it is sun 12:00"), "{denied}");
    assert_eq!(policy.allows_now(Action::Verify, NOW + time::Duration::DAY), Ok(()));
}

#[test]
fn users_write_paths_and_network_leave_confined_scripts_only() {
    let host = manifest("");
    let confined = manifest("sandbox:\n  profile: confined\n  write_paths: [/srv/site/a]\n");
    let online = manifest("sandbox:\n  profile: confined\n  network: true\n");
    let none = || serde_json::json!({});
    let users = policy("users = [\"confined\"]");
    assert_eq!(judge(&users, &host, none()), Err("POLICY_USER"));
    assert_eq!(judge(&users, &confined, none()), Ok(()));
    let paths = policy("write_paths = [\"/srv/site\"]");
    assert_eq!(judge(&paths, &host, none()), Err("POLICY_WRITE_PATH"));
    assert_eq!(judge(&paths, &confined, none()), Ok(()));
    for narrow in ["write_paths = [\"/srv/si\"]", "write_paths = [\"/srv/site/a/b\"]", "write_paths = []"] {
        assert_eq!(judge(&policy(narrow), &confined, none()), Err("POLICY_WRITE_PATH"), "{narrow}");
    }
    let network = policy("network = false");
    assert_eq!(judge(&network, &host, none()), Err("POLICY_NETWORK"));
    assert_eq!(judge(&network, &online, none()), Err("POLICY_NETWORK"));
    assert_eq!(judge(&network, &confined, none()), Ok(()));
}

#[test]
fn a_link_does_not_lead_out_of_the_write_paths() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    std::fs::create_dir(real.join("allowed")).unwrap();
    std::fs::create_dir(real.join("forbidden")).unwrap();
    std::os::unix::fs::symlink(real.join("forbidden"), real.join("allowed/link")).unwrap();
    let policy = policy(&format!("write_paths = [\"{}/allowed\"]", real.display()));
    let wants = |path: &str| {
        manifest(&format!("sandbox:\n  profile: confined\n  write_paths: [{}/{path}]\n", real.display()))
    };
    let judge = |path| judge(&policy, &wants(path), serde_json::json!({}));
    assert_eq!(judge("allowed/new/folder"), Ok(()));
    assert_eq!(judge("allowed/link"), Err("POLICY_WRITE_PATH"));
    assert_eq!(judge("allowed/link/x"), Err("POLICY_WRITE_PATH"));
}

#[test]
fn input_values_are_judged_by_app_and_input() {
    let app = manifest(
        "inputs:\n  - name: port\n    type: port\n  - name: host\n    type: string\n  - name: parts\n    type: \
         multiselect\n    validation: {allowed_values: [a, b, c]}\n  - name: word\n    type: password\n",
    );
    let policy = policy(
        "[inputs.\"acme/hello\"]\nport = { min = 1024, max = 2048 }\nhost = { pattern = '[a-z]+\\.example\\.com' }\n\
         parts = { values = [\"a\", \"b\"] }\n[inputs.\"acme/other\"]\nport = { values = [1] }\n",
    );
    let judge = |inputs| judge(&policy, &app, inputs);
    assert_eq!(judge(serde_json::json!({})), Ok(()), "what is not set is not judged");
    let good = serde_json::json!({ "port": 1024, "host": "web.example.com", "parts": ["b", "a"] });
    assert_eq!(judge(good), Ok(()));
    for bad in [
        serde_json::json!({ "port": 80 }),
        serde_json::json!({ "host": "web.example.com.evil" }),
        serde_json::json!({ "parts": ["a", "c"] }),
    ] {
        assert_eq!(judge(bad.clone()), Err("POLICY_INPUT"), "{bad}");
    }
    let renamed = manifest("");
    assert_eq!(super::tests::judge(&policy, &renamed, serde_json::json!({})), Err("POLICY_INPUT"));
}

#[test]
fn a_denied_secret_is_not_shown() {
    let manifest = manifest("inputs:\n  - name: word\n    type: password\n");
    let policy = policy("[inputs.\"acme/hello\"]\nword = { values = [\"the one good value\"] }\n");
    let sensitive = [("word".to_owned(), "another secret".to_owned())].into_iter().collect();
    let inputs = EffectiveInputs { sensitive, ..EffectiveInputs::default() };
    let app = app("acme/hello");
    let script = Script { app: &app, manifest: &manifest, inputs: &inputs, controllers: ALL };
    let said = policy.allows_script(&script).unwrap_err().to_string();
    assert!(!said.contains("secret") && !said.contains("good value"), "{said}");
}

#[test]
fn resources_are_upper_bounds_and_need_somebody_who_enforces_them() {
    let policy = policy("[resources]\nmemory_mb = 512\nmax_processes = 64\ncpu_percent = 50\n");
    let mut sandbox = Sandbox { memory_mb: Some(1024), max_processes: Some(8), ..Sandbox::default() };
    policy.bound(&mut sandbox);
    assert_eq!(
        (sandbox.memory_mb, sandbox.max_processes, sandbox.cpu_percent),
        (Some(512), Some(8), Some(50))
    );
    let (app, manifest, inputs) = (app("acme/hello"), manifest(""), EffectiveInputs::default());
    let script = Script { app: &app, manifest: &manifest, inputs: &inputs, controllers: &["memory"] };
    assert_eq!(policy.allows_script(&script).unwrap_err().code(), "POLICY_RESOURCES");
    assert_eq!(policy.allows_script(&Script { controllers: ALL, ..script }), Ok(()));
}

#[test]
fn everything_that_is_not_understood_is_said_at_once_by_line_and_column() {
    let problems = parse(
        "puase = true\npause = 1\napps = [\"acme/*\",\n  \"nginx\"]\nactions = [\"explode\"]\n\
         users = [\"mallory\"]\nwrite_paths = [\"srv\", \"/a/../b\"]\n\n[hours]\nopne = []\nzone = \"Mars/Olympus\"\n\
         [resources]\nmemory_mb = 1.5\n[inputs.nginx]\n[inputs.\"acme/nginx\"]\nport = 80\nhost = {}\nname = { pattern = '(' }\n",
    )
    .unwrap_err();
    let places: Vec<(usize, usize)> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
    let wanted = [
        (1, 1),
        (2, 9),
        (4, 3),
        (5, 12),
        (6, 10),
        (7, 16),
        (7, 23),
        (9, 1),
        (10, 1),
        (11, 8),
        (13, 13),
        (14, 9),
        (16, 8),
        (17, 8),
        (18, 20),
    ];
    assert_eq!(places, wanted, "{problems:#?}");
    for (at, right) in
        [(0, "`pause`"), (1, "`true` or `false`"), (2, "acme/nginx"), (3, "install"), (12, "table")]
    {
        assert!(problems[at].message.contains(right), "{:?}", problems[at]);
    }
    let one = parse("pause = true\npause = true").unwrap_err();
    assert_eq!((one[0].line, one[0].column), (2, 1), "{one:?}");
    assert_eq!(parse("x").unwrap_err()[0].line, 1);
    assert_eq!(Policy::parse(b"# ok\n# \xe4\n", Path::new("/")).unwrap_err()[0].line, 2);
}

#[test]
fn the_example_in_the_reference_is_a_good_policy_that_restricts_everything() {
    let page = include_str!("../../../docs/reference/host-policy.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let zones = tempfile::tempdir().unwrap();
    std::fs::create_dir(zones.path().join("Europe")).unwrap();
    std::fs::write(zones.path().join("Europe/Berlin"), hours::central_europe()).unwrap();
    let policy = Policy::parse(example.as_bytes(), zones.path()).unwrap();
    assert_eq!(policy.restricts().len(), 12, "{:?}", policy.restricts());
    for kind in policy.restricts() {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind} is not explained");
    }
}

#[test]
fn a_policy_is_told_in_words() {
    let text = policy(
        "pause = true\npublishers = [\"acme\"]\napps = []\nusers = [\"confined\"]\nnetwork = false\ndaily_jobs = 5\n\
         [hours]\nopen = [\"22:00-04:00\"]\n[resources]\nmemory_mb = 64\n[inputs.\"acme/x\"]\nport = { min = 1 }\n",
    )
    .in_words()
    .join("\n");
    for part in [
        "Every job is refused",
        "Only apps of acme",
        "none at all",
        "22:00-04:00 in UTC",
        "At most 5 jobs",
        "run as an unprivileged user only",
        "wants the network",
        "64 MiB of memory",
        "`port` of acme/x must be at least 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(Policy::default().in_words().join(" ").contains("At most 10 uninstalls"));
}

#[test]
fn a_file_that_others_can_write_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    assert!(matches!(Policy::load(&path), Err(PolicyFileError::Careless(_))));
    assert!(matches!(Policy::load(folder.path()), Err(PolicyFileError::Unreadable { .. })));
    assert!(Policy::try_out(&path).is_ok());
    assert!(matches!(Policy::try_out(Path::new("/nonexistent")), Err(PolicyFileError::Unreadable { .. })));
}
