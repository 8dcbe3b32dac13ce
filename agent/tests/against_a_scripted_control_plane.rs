//! The whole agent against a stand-in for the control plane that does exactly what each test asks for.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use agent::ambient::Host;
use agent::enroll::{EnrollError, Enrolled, enroll};
use purvey_contract::bundle::Bundle;
use purvey_contract::receipt::Outcome;
use purvey_proto::agent as wire;
use support::bundle;
use support::control_plane::{FakeControlPlane, Script};
use support::fleet::Fleet;
use support::host::{TestHost, start};
use uuid::Uuid;

fn reference(job: u128, attempt: u32) -> wire::AttemptRef {
    wire::AttemptRef { job_id: Uuid::from_u128(job).to_string(), attempt }
}

fn counting(body: &str) -> (tempfile::TempDir, PathBuf, Bundle) {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let bundle = bundle::script(&format!("echo run >> {}\n{body}", runs.display()), "");
    (folder, runs, bundle)
}

fn runs(path: &std::path::Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_enrols_runs_a_job_and_reports_it() {
    let (fake, mut host) = start().await;
    let bundle = bundle::script(
        "echo \"hello $WHO, the word is $WORD\"\necho oops >&2\necho percent=40 >> \"$PURVEY_PROGRESS\"\n\
         echo message=half >> \"$PURVEY_PROGRESS\"\nsleep 0.5\necho \"url=http://$WHO/\" >> \"$PURVEY_OUTPUT\"\n\
         pwd; ls; id -u; tty || true",
        "inputs:\n  - name: who\n    type: string\n    required: true\n  - name: word\n    type: password\n    \
         required: true\n",
    );
    let (copy, statement) = (bundle.clone(), fake.fleet.signed_statement(&bundle));
    let sealing_key = fake.with(|script| script.sealing_key.clone());
    fake.offer(&bundle, move |fleet, nonce| {
        let mut job = fleet.job(11, 1, &copy, nonce);
        job.inputs.insert("who".to_owned(), "world".into());
        fleet.seal(&mut job, &[("word", "correct horse battery")], &sealing_key);
        wire::JobOffer { envelope: fleet.sign(&job), bundle_statement: statement.clone() }
    });
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
    assert_eq!((receipt.exit_code, receipt.server, receipt.incarnation), (Some(0), fake.fleet.server, 1));
    assert_eq!(receipt.sandbox.profile, "host");
    assert!(receipt.sandbox.enforced.iter().any(|held| held == "seccomp"), "{:?}", receipt.sandbox);
    assert_eq!(
        (receipt.outputs[0].name.as_str(), receipt.outputs[0].value.as_str()),
        ("url", "http://world/")
    );
    fake.until("the whole log", |script| script.lines(11, 1).len() as u64 == receipt.log.lines).await;
    fake.with(|script| {
        assert_eq!(script.log_digest(11, 1), receipt.log.digest);
        let output = script.output(11, 1);
        assert!(output.contains("hello world, the word is ********"), "{output}");
        assert!(
            output.contains("oops") && output.contains("not a tty") && output.contains("manifest.yml"),
            "{output}"
        );
        assert_eq!(script.accepted.len(), 1);
        assert!(script.progress.iter().any(|progress| progress.percent == 40 && progress.message == "half"));
        assert!(script.challenge_opened);
    });
    host.stop().await;
    assert_eq!(std::fs::read_dir(host.paths.spools()).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(host.paths.attempts()).unwrap().count(), 0);
    assert!(!host.paths.identity().join("sealing-proof").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_resumes_byte_for_byte_and_nothing_runs_twice() {
    let (fake, _host) = start().await;
    let (_folder, count, bundle) = counting("for i in $(seq 1 60); do echo line $i; sleep 0.05; done");
    fake.offer_job(21, 1, &bundle);
    for lines in [5, 20, 40] {
        fake.until("lines", |script| script.lines(21, 1).len() >= lines).await;
        fake.cut();
    }
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    fake.until("the whole log", |script| script.lines(21, 1).len() as u64 == receipt.log.lines).await;
    fake.with(|script| {
        let wanted: Vec<String> = (1..=60).map(|number| format!("line {number}")).collect();
        assert_eq!(script.output(21, 1), wanted.join("\n"));
        assert_eq!(script.log_digest(21, 1), receipt.log.digest);
        assert!(script.streams >= 4);
        assert!(script.accepted.iter().all(|accepted| *accepted == (Uuid::from_u128(21).to_string(), 1)));
    });
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(runs(&count), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_the_journal_holds_is_answered_for_and_not_run_again() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let mut host = TestHost::enrolled(&fake).await;
    host.config.slots = 2;
    host.start();
    let (_folder, count, bundle) = counting("sleep 1");
    fake.with(|script| script.keep_receipts_waiting = true);
    fake.offer_job(31, 1, &bundle);
    fake.until("accepted", |script| script.accepted.len() == 1).await;
    fake.offer_job(31, 2, &bundle);
    fake.until("accepted again", |script| script.accepted.len() == 2).await;
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    fake.offer_job(31, 3, &bundle);
    fake.until("the receipt again", |script| script.receipts.len() == 2).await;
    fake.with(|script| {
        assert!(script.accepted.iter().all(|(_, attempt)| *attempt == 1), "{:?}", script.accepted);
        assert_eq!(script.receipts[0].envelope, script.receipts[1].envelope);
    });
    assert_eq!(runs(&count), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_receipt_was_acknowledged_the_next_attempt_runs() {
    let (fake, _host) = start().await;
    let (_folder, count, bundle) = counting("exit 2");
    fake.offer_job(41, 1, &bundle);
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    // An offer that overtakes the acknowledgement is answered with the receipt once more, and so made again.
    while !fake.with(|script| script.accepted.iter().any(|(_, attempt)| *attempt == 2)) {
        let answers = |script: &Script| script.accepted.len() + script.receipts.len();
        let before = fake.with(|script| answers(script));
        fake.offer_job(41, 2, &bundle);
        fake.until("an answer to the offer", |script| answers(script) > before).await;
    }
    let ended = |script: &Script| script.verified_receipts().last().is_some_and(|it| it.attempt == Some(2));
    fake.until("the second receipt", ended).await;
    let receipts = fake.with(|script| script.verified_receipts());
    assert!(
        receipts.iter().all(|receipt| receipt.outcome == Outcome::Failed && receipt.exit_code == Some(2))
    );
    assert_eq!(runs(&count), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_reports_interrupted_and_does_not_run_again() {
    let (fake, mut host) = start().await;
    let (_folder, count, bundle) = counting("echo begun; sleep 60");
    fake.offer_job(51, 1, &bundle);
    fake.until("output", |script| script.output(51, 1).contains("begun")).await;
    host.kill();
    fake.cut();
    host.start();
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Interrupted, None));
    fake.until("the whole log", |script| script.lines(51, 1).len() as u64 == receipt.log.lines).await;
    fake.with(|script| {
        assert_eq!(script.log_digest(51, 1), receipt.log.digest);
        assert!(script.polls.iter().any(|poll| poll.held.iter().any(|held| held.attempt == 1)));
    });
    assert_eq!(runs(&count), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_script_is_stopped() {
    let (fake, _host) = start().await;
    let bundle = bundle::script("echo begun; sleep 60", "");
    fake.offer_job(61, 1, &bundle);
    fake.until("output", |script| script.output(61, 1).contains("begun")).await;
    fake.with(|script| script.cancels.push(reference(61, 1)));
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!((receipt.outcome, receipt.reason_code.as_str()), (Outcome::Cancelled, "CANCELLED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_acceptance_stops_the_script() {
    let (fake, _host) = start().await;
    fake.with(|script| script.void_accepted = true);
    fake.offer_job(71, 1, &bundle::script("sleep 60", ""));
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    assert_eq!(fake.with(|script| script.verified_receipts().remove(0)).outcome, Outcome::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_or_forged_job_is_refused_with_a_signed_receipt() {
    let (fake, host) = start().await;
    let (_folder, count, bundle) = counting("true");
    let (copy, statement) = (bundle.clone(), fake.fleet.signed_statement(&bundle));
    fake.offer(&bundle, move |fleet, _nonce| wire::JobOffer {
        envelope: fleet.sign(&fleet.job(81, 1, &copy, &[0; 32])),
        bundle_statement: statement.clone(),
    });
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    let (copy, statement) = (bundle.clone(), fake.fleet.signed_statement(&bundle));
    fake.offer(&bundle, move |fleet, nonce| wire::JobOffer {
        envelope: purvey_contract::dsse::Envelope::sign(&fleet.job(82, 1, &copy, nonce), &[&fleet.root])
            .to_json(),
        bundle_statement: statement.clone(),
    });
    fake.until("another receipt", |script| script.receipts.len() == 2).await;
    std::fs::remove_file(host.paths.publishers().join("acme")).unwrap();
    fake.offer_job(83, 1, &bundle);
    fake.until("a third receipt", |script| script.receipts.len() == 3).await;
    let receipts = fake.with(|script| script.verified_receipts());
    let codes: Vec<&str> = receipts.iter().map(|receipt| receipt.reason_code.as_str()).collect();
    assert_eq!(codes, ["NONCE_MISMATCH", "ENVELOPE_UNTRUSTED", "PUBLISHER_NOT_TRUSTED"]);
    assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Refused));
    assert_eq!((receipts[1].job, receipts[1].attempt), (None, None));
    assert_eq!(runs(&count), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_script_may_finish_when_the_agent_is_asked_to_end() {
    let (fake, mut host) = start().await;
    let bundle = bundle::script("echo begun; sleep 1.5; echo done", "");
    fake.offer_job(91, 1, &bundle);
    fake.until("output", |script| script.output(91, 1).contains("begun")).await;
    host.stop().await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert!(fake.with(|script| script.output(91, 1)).contains("done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_at_half_of_its_life_and_used_at_once() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    fake.with(|script| script.certificate_life = Some(time::Duration::seconds(3)));
    let mut host = TestHost::enrolled(&fake).await;
    host.start();
    fake.until("a renewal", |script| script.renewals == 1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    fake.cut();
    fake.until("another session", |script| script.streams == 2).await;
    fake.offer_job(101, 1, &bundle::script("true", ""));
    fake.until("a receipt over the new certificate", |script| script.receipts.len() == 1).await;
    assert_eq!(fake.with(|script| script.renewals), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_trust_document_is_taken_over() {
    let (fake, host) = start().await;
    fake.until("a parked poll", |script| script.polls.len() >= 2).await;
    fake.with(|script| script.trust_version = 4);
    fake.until("polls under the new one", |script| script.polls.iter().any(|poll| poll.trust_version == 4))
        .await;
    drop(host);
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_twice_changes_nothing_and_a_repeat_uses_the_same_keys() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let host = TestHost::new(&fake);
    let token = fake.fleet.token();
    let first = enroll(&host.paths, &fake.address, &token, &Host, &Host).await.unwrap();
    let key = fake.with(|script| script.receipt_key);
    assert!(matches!(first, Enrolled::Now(_)));
    let again = enroll(&host.paths, &fake.address, &token, &Host, &Host).await.unwrap();
    assert!(matches!(again, Enrolled::Already(_)));
    // As if the answer had been lost.
    std::fs::remove_file(host.paths.identity().join("identity.json")).unwrap();
    let repeated = enroll(&host.paths, &fake.address, &token, &Host, &Host).await.unwrap();
    assert!(matches!(repeated, Enrolled::Now(_)));
    assert_eq!(fake.with(|script| script.receipt_key), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_fleet_and_an_unknown_token_are_refused_before_anything_is_stored() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let host = TestHost::new(&fake);
    let mut other = fake.fleet.token();
    other.fleet_root = fake.fleet.job_key.public_key().id();
    let error = enroll(&host.paths, &fake.address, &other, &Host, &Host).await.unwrap_err();
    assert!(matches!(error, EnrollError::NotTheFleet { .. }), "{error}");
    let mut unknown = fake.fleet.token();
    unknown.secret = [1; 32].into();
    let error = enroll(&host.paths, &fake.address, &unknown, &Host, &Host).await.unwrap_err();
    assert!(error.to_string().contains("purvey server token create"), "{error}");
    assert!(!host.paths.config_file().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_not_sent_to_a_server_of_the_fleet_that_is_not_the_control_plane() {
    let fake = FakeControlPlane::start_as(Fleet::new(), "spiffe://fleet.example/server/evil").await;
    let host = TestHost::new(&fake);
    let error = enroll(&host.paths, &fake.address, &fake.fleet.token(), &Host, &Host).await.unwrap_err();
    assert!(error.to_string().contains("not the control plane's"), "{error}");
    assert!(fake.with(|script| script.receipt_key.is_none()));
}
