//! The agent's program, killed without warning at every named step of a job's road, one by one.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent::failpoint::{self, Step};
use purvey_contract::receipt::{Outcome, Receipt};
use support::bundle;
use support::control_plane::{FakeControlPlane, Script};
use support::fleet::Fleet;
use support::process::AgentProcess;
use uuid::Uuid;

/// How a job may come out of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It ran once, and its receipt says how it ended.
    Reported,
    /// It may have run, not twice, and its receipt says that nobody knows how far.
    Interrupted,
    /// It had not run, and was leased again.
    LeasedAgain,
}

struct Ground {
    _folder: tempfile::TempDir,
    runs: PathBuf,
    ends: PathBuf,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        Self { runs: folder.path().join("runs"), ends: folder.path().join("ends"), _folder: folder }
    }

    fn script(&self) -> purvey_contract::bundle::Bundle {
        let (runs, ends) = (self.runs.display(), self.ends.display());
        bundle::script(
            &format!("echo run >> {runs}; echo begun; sleep 0.4; echo end >> {ends}; echo done"),
            "",
        )
    }
}

fn count(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn receipt_of(script: &Script, job: u128, attempt: u32) -> Option<Receipt> {
    let all = script.verified_receipts().into_iter();
    let mut of_attempt =
        all.filter(|it| it.job.is_some_and(|id| id.0 == Uuid::from_u128(job)) && it.attempt == Some(attempt));
    let first = of_attempt.next();
    // However often it is said, it is always the same.
    assert!(of_attempt.all(|it| Some(&it) == first.as_ref()));
    first
}

/// Kills the agent at the step, starts it anew, and behaves as a control plane does.
async fn kill_at(step: Step, job: u128) -> Fate {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let ground = Ground::new();
    let bundle = ground.script();
    let mut agent = AgentProcess::enrolled(&fake);
    agent.start(Some(step.0));
    fake.offer_job(job, 1, &bundle);
    assert!(
        agent.was_killed_within(Duration::from_secs(20)).await,
        "{step:?} was never reached: {}",
        agent.own_log()
    );
    let ran_before = count(&ground.runs);
    fake.cut();
    let polls = fake.with(|script| script.polls.len());
    agent.start(None);
    // The first poll of the new agent says what its journal holds.
    fake.until("the agent is back", |script| script.polls.len() > polls + 1).await;
    let id = Uuid::from_u128(job).to_string();
    let (is_held, is_accepted) = fake.with(|script| {
        let held = script.polls[polls].held.iter().any(|it| it.job_id == id);
        (held, script.accepted.contains(&(id.clone(), 1)))
    });
    let has_receipt = fake.with(|script| receipt_of(script, job, 1).is_some());
    // What was accepted is in the journal until its receipt has arrived.
    assert!(is_held || !is_accepted || has_receipt, "{step:?}: an accepted attempt is forgotten");
    let (attempt, is_again) = if is_held || has_receipt { (1, false) } else { (2, true) };
    if is_again {
        assert_eq!(ran_before, 0, "{step:?}: it ran, and nobody knows of it");
        fake.offer_job(job, 2, &bundle);
    }
    fake.until(&format!("{step:?}: a receipt and the whole log"), |script| {
        receipt_of(script, job, attempt)
            .is_some_and(|receipt| script.lines(job, attempt).len() as u64 >= receipt.log.lines)
    })
    .await;
    // Long enough for a script that goes on although it must not.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let receipt = fake.with(|script| receipt_of(script, job, attempt)).unwrap();
    fake.with(|script| assert_eq!(script.log_digest(job, attempt), receipt.log.digest, "{step:?}"));
    let (runs, ends) = (count(&ground.runs), count(&ground.ends));
    agent.kill();
    match (receipt.outcome, is_again) {
        (Outcome::Succeeded, false) => {
            assert_eq!((runs, ends), (1, 1), "{step:?}");
            Fate::Reported
        }
        (Outcome::Succeeded, true) => {
            assert_eq!((runs, ends), (1, 1), "{step:?}");
            Fate::LeasedAgain
        }
        (Outcome::Interrupted, false) => {
            assert!(runs <= 1 && ends <= runs, "{step:?}: {runs} runs, {ends} ends");
            Fate::Interrupted
        }
        other => panic!("{step:?}: {other:?}, {}", receipt.reason),
    }
}

async fn kill_at_each(steps: impl Iterator<Item = (usize, &'static Step)>) -> BTreeMap<&'static str, Fate> {
    let mut fates = BTreeMap::new();
    for (number, step) in steps {
        fates.insert(step.0, kill_at(*step, 0x9000 + number as u128).await);
    }
    fates
}

/// What is durable decides: before the journal holds it, it was never taken on; once it holds the end, that is the end.
fn expected(step: Step) -> Fate {
    let place = |wanted: Step| failpoint::ALL.iter().position(|it| *it == wanted).unwrap();
    match place(step) {
        at if at < place(failpoint::TAKEN_WRITTEN) => Fate::LeasedAgain,
        at if at < place(failpoint::ENDED_WRITTEN) => Fate::Interrupted,
        _ => Fate::Reported,
    }
}

async fn half(is_odd: bool) {
    let steps = || failpoint::ALL.iter().enumerate().filter(move |(number, _)| (number % 2 == 1) == is_odd);
    for (step, fate) in kill_at_each(steps()).await {
        // A killed process loses nothing that it wrote: the kernel has it. Only a power cut would.
        assert_eq!(fate, expected(Step(step)), "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_even_step_a_job_ran_once_or_is_interrupted_or_leased_again() {
    half(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_odd_step_a_job_ran_once_or_is_interrupted_or_leased_again() {
    half(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_again_and_again_still_comes_to_an_end() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let ground = Ground::new();
    let mut agent = AgentProcess::enrolled(&fake);
    agent.start(None);
    fake.offer_job(0x9900, 1, &ground.script());
    fake.until("it has begun", |script| script.output(0x9900, 1).contains("begun")).await;
    for pause in [0, 5, 20, 60, 120] {
        agent.kill();
        agent.start(None);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    fake.until("a receipt", |script| receipt_of(script, 0x9900, 1).is_some()).await;
    let receipt = fake.with(|script| receipt_of(script, 0x9900, 1)).unwrap();
    assert_eq!((receipt.outcome, count(&ground.runs)), (Outcome::Interrupted, 1));
    fake.until("the whole log", |script| script.lines(0x9900, 1).len() as u64 >= receipt.log.lines).await;
    fake.with(|script| assert_eq!(script.log_digest(0x9900, 1), receipt.log.digest));
}
