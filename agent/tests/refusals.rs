//! Every reason for which a job is refused, one at a time, everything else being good.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use agent::ambient::{Clock, Host};
use agent::bundles::{Cache, FetchError, Source};
use agent::decisions::Checks;
use agent::facts;
use agent::identity::Named;
use agent::paths::Paths;
use agent::policy::DailyCount;
use agent::verify::{Audience, AuthenticJob, HostView, NotReady, Ready, authenticate, judge};
use purvey_contract::action::Action;
use purvey_contract::bundle::Bundle;
use purvey_contract::dsse::Envelope;
use purvey_contract::id::Digest;
use purvey_contract::job::JobSpec;
use purvey_contract::refusal::advice;
use purvey_contract::seal::OpeningKey;
use purvey_proto::agent::{Facts, JobOffer};
use support::bundle;
use support::fleet::{CELL, DOMAIN, Fleet};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NONCE: [u8; 32] = [8; 32];

/// Everything that a good job needs, to be spoilt by the tests.
struct Bench {
    _folder: tempfile::TempDir,
    paths: Paths,
    fleet: Fleet,
    bundle: Bundle,
    job: JobSpec,
    statement: Vec<u8>,
    served: Served,
    facts: Facts,
    installed_release: Option<u64>,
    confined: Result<(), String>,
    controllers: Vec<&'static str>,
    sealing: OpeningKey,
    clock: Late,
}

/// The host's clock, some seconds later each time that the one that only goes forward is asked.
#[derive(Default)]
struct Late {
    step: u64,
    steps: AtomicU64,
}

impl Clock for Late {
    fn now(&self) -> OffsetDateTime {
        Host.now()
    }

    fn monotonic(&self) -> Instant {
        let late = self.steps.fetch_add(self.step, Ordering::Relaxed) + self.step;
        Host.monotonic() + std::time::Duration::from_secs(late)
    }
}

#[derive(Clone)]
enum Served {
    Archive(Arc<Vec<u8>>),
    Nothing,
    Broken,
}

impl Source for Served {
    async fn fetch(&mut self, _digest: Digest) -> Result<Vec<u8>, FetchError> {
        match self {
            Self::Archive(archive) => Ok(archive.to_vec()),
            Self::Nothing => Err(FetchError::NotServed("no such bundle".to_owned())),
            Self::Broken => Err(FetchError::Broken("cut".to_owned())),
        }
    }
}

impl Bench {
    fn new() -> Self {
        Self::with("")
    }

    fn with(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        std::fs::create_dir_all(paths.state()).unwrap();
        let fleet = Fleet::new();
        fleet.trust_publisher(&paths);
        let bundle = bundle::script("true", manifest);
        Self {
            job: fleet.job(1, 1, &bundle, &NONCE),
            statement: fleet.signed_statement(&bundle),
            served: Served::Archive(Arc::new(bundle.archive.clone())),
            facts: facts::gather(),
            installed_release: None,
            confined: Ok(()),
            controllers: vec!["memory", "pids", "cpu"],
            clock: Late::default(),
            sealing: OpeningKey::from_seed(&[6; 32]),
            _folder: folder,
            paths,
            fleet,
            bundle,
        }
    }

    fn authenticate(&self, envelope: Vec<u8>) -> Result<AuthenticJob, (&'static str, bool)> {
        let offer = JobOffer { envelope, bundle_statement: Vec::new() };
        let named = Named {
            server: self.fleet.server,
            name: "web-1".to_owned(),
            project: "default".to_owned(),
            incarnation: 1,
            trust_domain: DOMAIN.to_owned(),
            cell: CELL.to_owned(),
        };
        let audience = Audience {
            trust: &self.fleet.trust_document(1),
            named: &named,
            nonce: &NONCE,
            polled_ago: std::time::Duration::from_secs(200),
            now: OffsetDateTime::now_utc(),
            monotonic: Instant::now(),
        };
        authenticate(&offer, &audience).map_err(|not| {
            let checks = not.checks.into_list();
            let (last, passed) = checks.split_last().unwrap();
            assert!(!last.passed && passed.iter().all(|check| check.passed), "{checks:?}");
            assert_eq!(last.detail, not.refusal.to_string());
            assert!(advice(not.refusal.code()).is_some(), "{}", not.refusal.code());
            (not.refusal.code(), not.id.is_some())
        })
    }

    async fn judge(&self) -> Result<Ready, &'static str> {
        let job = self.authenticate(self.fleet.sign(&self.job)).map_err(|(code, _)| code)?;
        let host = HostView {
            paths: &self.paths,
            clock: &self.clock,
            sealing: &self.sealing,
            facts: &self.facts,
            cache: &Cache::new(self.paths.clone()),
            installed_release: self.installed_release,
            confined: self.confined.clone(),
            controllers: &self.controllers,
        };
        let mut checks = Checks::default();
        let judged = judge(&job, &self.statement, &host, &mut self.served.clone(), &mut checks).await;
        let checks = checks.into_list();
        match judged {
            Ok(ready) => {
                assert!(checks.len() >= 8 && checks.iter().all(|check| check.passed), "{checks:?}");
                Ok(ready)
            }
            Err(NotReady::Refused { refusal, .. }) => {
                let (last, passed) = checks.split_last().unwrap();
                assert!(!last.passed && passed.iter().all(|check| check.passed), "{checks:?}");
                assert_eq!(last.detail, refusal.to_string().chars().take(1000).collect::<String>());
                assert!(advice(refusal.code()).is_some(), "{}", refusal.code());
                Err(refusal.code())
            }
            Err(NotReady::Broken(_)) => Err("BROKEN"),
        }
    }

    async fn code(&self) -> &'static str {
        self.judge().await.map_or_else(|code| code, |_| "OK")
    }

    fn policy(&self, text: &str) {
        std::fs::write(self.paths.policy_file(), text).unwrap();
    }
}

#[tokio::test]
async fn a_good_job_is_let_through() {
    let ready = Bench::new().judge().await.unwrap();
    assert!(!ready.is_destructive && ready.policy_digest.is_none());
}

#[test]
fn a_job_that_is_not_signed_by_a_job_key_says_nothing_about_itself() {
    let bench = Bench::new();
    let signed = |key| Envelope::sign(&bench.job, &[key]).to_json();
    assert_eq!(bench.authenticate(b"{}".to_vec()).unwrap_err(), ("ENVELOPE_MALFORMED", false));
    for key in [&bench.fleet.root, &bench.fleet.receipt_key, &bench.fleet.publisher_key] {
        assert_eq!(bench.authenticate(signed(key)).unwrap_err(), ("ENVELOPE_UNTRUSTED", false));
    }
    let statement = Envelope::sign(&bench.fleet.statement(&bench.bundle), &[&bench.fleet.job_key]).to_json();
    assert_eq!(bench.authenticate(statement).unwrap_err(), ("ENVELOPE_UNTRUSTED", false));
}

#[test]
fn a_job_for_somebody_else_or_another_time_is_refused() {
    let spoil = |change: fn(&mut JobSpec)| {
        let mut bench = Bench::new();
        change(&mut bench.job);
        bench.authenticate(bench.fleet.sign(&bench.job)).unwrap_err()
    };
    assert_eq!(spoil(|job| job.trust_domain = "other.example".to_owned()), ("WRONG_SERVER", true));
    assert_eq!(spoil(|job| job.cell = "other".to_owned()), ("WRONG_SERVER", true));
    assert_eq!(spoil(|job| job.server.0 = Uuid::from_u128(9)), ("WRONG_SERVER", true));
    assert_eq!(spoil(|job| job.incarnation = 2), ("WRONG_INCARNATION", true));
    assert_eq!(spoil(|job| job.nonce = vec![0; 32]), ("NONCE_MISMATCH", true));
    assert_eq!(spoil(|job| job.nonce = vec![]), ("NONCE_MISMATCH", true));
    assert_eq!(spoil(|job| job.expires = OffsetDateTime::now_utc()), ("JOB_EXPIRED", true));
    assert_eq!(spoil(|job| job.spec_version = 2), ("SPEC_VERSION_UNSUPPORTED", true));
    assert_eq!(spoil(|job| job.attempt = 0), ("JOB_MALFORMED", true));
}

#[test]
fn a_clock_that_is_off_is_told_from_a_job_that_is_late() {
    // The poll was sent 200 seconds ago, and may be off by five minutes.
    let issued = |offset: Duration| {
        let mut bench = Bench::new();
        bench.job.issued = OffsetDateTime::now_utc() + offset;
        bench.job.expires = bench.job.issued + Duration::minutes(30);
        bench.authenticate(bench.fleet.sign(&bench.job)).map(drop)
    };
    for fine in [4, 0, -3, -8] {
        assert_eq!(issued(Duration::minutes(fine)), Ok(()), "{fine}");
    }
    for off in [6, -9, 600, -600] {
        assert_eq!(issued(Duration::minutes(off)), Err(("CLOCK_OFF", true)), "{off}");
    }
}

#[tokio::test]
async fn a_job_expires_while_it_is_judged_whatever_the_wall_clock_says() {
    let mut bench = Bench::new();
    assert_eq!(bench.code().await, "OK");
    bench.clock.step = 3 * 60;
    assert_eq!(bench.code().await, "JOB_EXPIRED");
}

#[test]
fn a_later_format_is_refused_by_its_version_and_not_by_what_it_looks_like() {
    let bench = Bench::new();
    let later = |version: u32, action: &str| {
        let mut job = serde_json::to_value(&bench.job).unwrap();
        job["spec_version"] = version.into();
        job["action"] = action.into();
        job["only_on_sundays"] = true.into();
        let envelope = Envelope::sign(&Raw(job), &[&bench.fleet.job_key]).to_json();
        bench.authenticate(envelope).unwrap_err()
    };
    assert_eq!(later(2, "install"), ("SPEC_VERSION_UNSUPPORTED", true));
    assert_eq!(later(1, "explode"), ("ACTION_UNKNOWN", true));
    assert_eq!(later(1, "install"), ("JOB_MALFORMED", true));
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Raw(serde_json::Value);

impl purvey_contract::dsse::Document for Raw {
    const PAYLOAD_TYPE: &'static str = <JobSpec as purvey_contract::dsse::Document>::PAYLOAD_TYPE;
}

#[tokio::test]
async fn host_policy_comes_before_anything_is_fetched() {
    let mut bench = Bench::new();
    bench.served = Served::Nothing;
    for (text, code) in [
        ("nonsense = true", "POLICY_INVALID"),
        ("pause = true", "POLICY_PAUSED"),
        ("actions = [\"verify\"]", "POLICY_ACTION"),
        ("[hours]\nopen = []", "POLICY_HOURS"),
        ("daily_jobs = 0", "POLICY_DAILY_JOBS"),
        ("publishers = [\"other\"]", "POLICY_PUBLISHER"),
        ("apps = [\"acme/other\"]", "POLICY_APP"),
        ("apps = [\"acme/*\"]", "BUNDLE_UNAVAILABLE"),
    ] {
        bench.policy(text);
        assert_eq!(bench.code().await, code, "{text}");
    }
}

#[tokio::test]
async fn host_policy_judges_what_the_verified_bundle_asks_for() {
    let mut bench = Bench::with("inputs:\n  - name: port\n    type: port\n");
    bench.job.inputs.insert("port".to_owned(), 80.into());
    for (text, code) in [
        ("write_paths = [\"/srv\"]", "POLICY_WRITE_PATH"),
        ("network = false", "POLICY_NETWORK"),
        ("[inputs.\"acme/hello\"]\nport = { min = 1024 }", "POLICY_INPUT"),
        ("[inputs.\"acme/hello\"]\nprot = { min = 1024 }", "POLICY_INPUT"),
        ("[inputs.\"acme/hello\"]\nport = { values = [80, 443] }", "OK"),
        ("users = []", "POLICY_USER"),
        ("users = [\"confined\"]", "POLICY_USER"),
        ("users = [\"root\"]", "OK"),
        ("[resources]\nmemory_mb = 64", "OK"),
    ] {
        bench.policy(text);
        assert_eq!(bench.code().await, code, "{text}");
    }
    bench.policy("[resources]\nmemory_mb = 64\nmax_processes = 5");
    let sandbox = bench.judge().await.unwrap().bundle.manifest.sandbox;
    assert_eq!((sandbox.memory_mb, sandbox.max_processes, sandbox.cpu_percent), (Some(64), Some(5), None));
    bench.controllers = vec!["memory", "cpu"];
    assert_eq!(bench.code().await, "POLICY_RESOURCES");
    let mut confined = Bench::with("sandbox:\n  profile: confined\n  write_paths: [/srv/a]\n");
    confined.policy("write_paths = [\"/srv\"]\nnetwork = false\nusers = [\"confined\"]");
    assert_eq!(confined.code().await, "OK");
    confined.policy("write_paths = [\"/srv/b\"]");
    assert_eq!(confined.code().await, "POLICY_WRITE_PATH");
    confined.confined = Err("no landlock".to_owned());
    assert_eq!(confined.code().await, "SANDBOX_UNAVAILABLE");
}

#[tokio::test]
async fn uninstalls_and_downgrades_are_limited_by_the_day() {
    let mut bench = Bench::new();
    let count = DailyCount::at(bench.paths.daily_count());
    for _ in 0..10 {
        assert_eq!(bench.code().await, "OK");
        count.add(OffsetDateTime::now_utc(), true).unwrap();
    }
    assert_eq!(bench.code().await, "OK");
    bench.installed_release = Some(6);
    assert_eq!(bench.code().await, "POLICY_DAILY_LIMIT");
    bench.installed_release = Some(5);
    assert_eq!(bench.code().await, "OK");
    bench.job.action = Action::Uninstall;
    assert_eq!(bench.code().await, "POLICY_DAILY_LIMIT");
    bench.policy("daily_limit = 11");
    assert_eq!(bench.code().await, "OK");
    bench.policy("daily_limit = 11\ndowngrades = false");
    assert_eq!(bench.code().await, "OK");
    bench.job.action = Action::Install;
    bench.installed_release = Some(6);
    assert_eq!(bench.code().await, "POLICY_DOWNGRADE");
    bench.policy("daily_jobs = 10");
    bench.installed_release = None;
    assert_eq!(bench.code().await, "POLICY_DAILY_JOBS");
    std::fs::write(bench.paths.daily_count(), "garbage").unwrap();
    assert_eq!(bench.code().await, "POLICY_DAILY_LIMIT");
}

#[tokio::test]
async fn a_publisher_must_be_trusted_by_this_host_for_exactly_this_bundle() {
    let mut bench = Bench::new();
    bench.statement = b"{}".to_vec();
    assert_eq!(bench.code().await, "BUNDLE_STATEMENT_UNTRUSTED");
    let statement = bench.fleet.statement(&bench.bundle);
    bench.statement = Envelope::sign(&statement, &[&bench.fleet.job_key]).to_json();
    assert_eq!(bench.code().await, "BUNDLE_STATEMENT_UNTRUSTED");
    let mut other = statement.clone();
    other.app = "evil/hello".parse().unwrap();
    bench.statement = Envelope::sign(&other, &[&bench.fleet.publisher_key]).to_json();
    assert_eq!(bench.code().await, "PUBLISHER_NOT_TRUSTED_FOR_APP");
    let mut other = statement.clone();
    other.release = 6;
    bench.statement = Envelope::sign(&other, &[&bench.fleet.publisher_key]).to_json();
    assert_eq!(bench.code().await, "BUNDLE_STATEMENT_MISMATCH");

    bench.statement = Envelope::sign(&statement, &[&bench.fleet.publisher_key]).to_json();
    let good = bench.fleet.publisher_document();
    let mut floor = good.clone();
    floor.floors.insert("hello".parse().unwrap(), 6);
    let mut revoked_key = good.clone();
    revoked_key.revoked_keys.push(bench.fleet.publisher_key.public_key().id());
    let mut revoked_bundle = good.clone();
    revoked_bundle.revoked_bundles.push(bench.bundle.digest);
    let mut expired = good.clone();
    expired.signing_keys[0].not_after = OffsetDateTime::now_utc();
    let mut stranger = good.clone();
    stranger.publisher = "stranger".parse().unwrap();
    for (document, code) in [
        (floor, "RELEASE_BELOW_FLOOR"),
        (revoked_key, "PUBLISHER_KEY_REVOKED"),
        (revoked_bundle, "BUNDLE_REVOKED"),
        (expired, "PUBLISHER_KEY_EXPIRED"),
        (stranger, "PUBLISHER_DOCUMENT_INVALID"),
        (good, "OK"),
    ] {
        bench.fleet.write_publisher(&bench.paths, &document);
        assert_eq!(bench.code().await, code);
    }
    let path = bench.paths.publishers().join("acme");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(bench.code().await, "PUBLISHER_DOCUMENT_INVALID");
    std::fs::remove_file(path).unwrap();
    assert_eq!(bench.code().await, "PUBLISHER_NOT_TRUSTED");
}

#[tokio::test]
async fn a_bundle_must_be_the_signed_one_and_fit_the_job() {
    let mut bench = Bench::new();
    bench.served = Served::Broken;
    assert_eq!(bench.code().await, "BROKEN");
    let mut archive = bench.bundle.archive.clone();
    archive[0] ^= 1;
    bench.served = Served::Archive(Arc::new(archive));
    assert_eq!(bench.code().await, "BUNDLE_ALTERED");

    let mut no_bundle = Bench::new();
    no_bundle.bundle.archive = b"no archive".to_vec();
    no_bundle.bundle.digest = Digest::of(b"no archive");
    no_bundle.job.bundle = no_bundle.bundle.digest;
    no_bundle.statement = no_bundle.fleet.signed_statement(&no_bundle.bundle);
    no_bundle.served = Served::Archive(Arc::new(b"no archive".to_vec()));
    assert_eq!(no_bundle.code().await, "BUNDLE_INVALID");

    let mut renamed = Bench::new();
    renamed.job.app = "acme/other".parse().unwrap();
    let mut statement = renamed.fleet.statement(&renamed.bundle);
    statement.app = renamed.job.app.clone();
    renamed.statement = Envelope::sign(&statement, &[&renamed.fleet.publisher_key]).to_json();
    assert_eq!(renamed.code().await, "MANIFEST_MISMATCH");

    let mut backup = Bench::new();
    backup.job.action = Action::Backup;
    assert_eq!(backup.code().await, "ACTION_NOT_SUPPORTED");
}

#[tokio::test]
async fn inputs_are_judged_by_the_manifest_that_the_publisher_signed() {
    let inputs = "inputs:\n  - name: port\n    type: port\n    required: true\n  - name: word\n    type: password\n    \
                  required: true\n";
    let mut bench = Bench::with(inputs);
    assert_eq!(bench.code().await, "INPUTS_INVALID");
    bench.job.inputs.insert("port".to_owned(), 80.into());
    let secrets = [("word", "correct horse battery")];
    bench.fleet.seal(&mut bench.job, &secrets, &OpeningKey::from_seed(&[7; 32]).public_key());
    assert_eq!(bench.code().await, "SEALED_INPUTS_UNREADABLE");
    bench.fleet.seal(&mut bench.job, &secrets, &bench.sealing.public_key());
    let ready = bench.judge().await.unwrap();
    assert_eq!(ready.inputs.sensitive.get("word"), Some("correct horse battery"));
    // Sealed for the first attempt, it says nothing in the second.
    bench.job.attempt = 2;
    assert_eq!(bench.code().await, "SEALED_INPUTS_UNREADABLE");
    bench.job.attempt = 1;
    bench.job.inputs.insert("port".to_owned(), "80; rm -rf /".into());
    assert_eq!(bench.code().await, "INPUTS_INVALID");
}

#[tokio::test]
async fn the_host_must_be_what_the_app_needs() {
    let os = Bench::with("os_requirements:\n  family: [plan9]\n");
    assert_eq!(os.code().await, "OS_UNSUPPORTED");
    let architecture = Bench::with("resource_requirements:\n  architectures: [s390x]\n");
    assert_eq!(architecture.code().await, "RESOURCES_INSUFFICIENT");
    let mut memory = Bench::with("resource_requirements:\n  min_ram_mb: 512\n");
    memory.facts.memory_bytes = 470 * 1024 * 1024;
    assert_eq!(memory.code().await, "OK");
    memory.facts.memory_bytes = 256 * 1024 * 1024;
    assert_eq!(memory.code().await, "RESOURCES_INSUFFICIENT");
    let mut cpus = Bench::with("resource_requirements:\n  min_cpu_cores: 2\n");
    cpus.facts.cpus = 1;
    assert_eq!(cpus.code().await, "RESOURCES_INSUFFICIENT");
    let mut sandbox = Bench::with("sandbox:\n  profile: confined\n");
    sandbox.confined = Err("no landlock".to_owned());
    assert_eq!(sandbox.code().await, "SANDBOX_UNAVAILABLE");
}
