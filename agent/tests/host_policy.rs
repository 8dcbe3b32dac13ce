//! The host's policy against a whole agent: what it refuses, what the operator sees of it, and what `agent explain` tells.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use agent::arguments::Output;
use agent::explain;
use purvey_contract::receipt::Outcome;
use purvey_proto::agent as wire;
use support::bundle;
use support::host::{TestHost, start};
use uuid::Uuid;

fn write_policy(host: &TestHost, text: &str) {
    std::fs::write(host.paths.policy_file(), text).unwrap();
}

fn explained(host: &TestHost, job: u128) -> String {
    let (text, known) =
        explain::job(&host.paths, Some(&Uuid::from_u128(job).to_string()), Output::Table).unwrap();
    assert!(known, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn each_job_is_judged_by_the_policy_as_it_is_then_and_explained_afterwards() {
    let (fake, host) = start().await;
    let bundle = bundle::script("true", "");
    let policies = [
        ("pause = true", "POLICY_PAUSED"),
        ("puase = true", "POLICY_INVALID"),
        ("network = false", "POLICY_NETWORK"),
        ("apps = [\"acme/*\"]", ""),
        ("daily_jobs = 0", "POLICY_DAILY_JOBS"),
    ];
    for (at, (text, code)) in policies.iter().enumerate() {
        write_policy(&host, text);
        let job = at as u128 + 1;
        fake.offer_job(job, 1, &bundle);
        fake.until("a receipt", |script| script.receipts.len() == at + 1).await;
        let receipt = fake.with(|script| script.verified_receipts().remove(at));
        assert_eq!(receipt.reason_code, *code, "{text}");
        let told = explained(&host, job);
        if code.is_empty() {
            assert_eq!(receipt.outcome, Outcome::Succeeded);
            assert!(told.contains("accepted, succeeded") && told.contains("exit code 0"), "{told}");
        } else {
            assert_eq!(receipt.outcome, Outcome::Refused);
            let advice = purvey_contract::refusal::advice(code).unwrap();
            for part in [code, receipt.reason.as_str(), advice, "nothing was run"] {
                assert!(told.contains(part), "{part}: {told}");
            }
        }
        assert!(told.contains("by the job key"), "{told}");
    }
    assert!(explained(&host, 1).contains("it has been changed since"));
    let (list, _) = explain::job(&host.paths, None, Output::Table).unwrap();
    assert_eq!(list.lines().count(), policies.len(), "{list}");
    let (json, _) = explain::job(&host.paths, Some(&Uuid::from_u128(3).to_string()), Output::Json).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["refused"]["code"], "POLICY_NETWORK");
    let checks = json[0]["checks"].as_array().unwrap();
    assert!(checks.len() > 8 && checks.last().unwrap()["passed"] == false, "{checks:#?}");
    let (said, known) = explain::job(&host.paths, Some("nonsense"), Output::Table).unwrap();
    assert!(!known && said.contains("never offered"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_signed_long_ago_is_refused_also_after_the_journal_was_lost() {
    let (fake, mut host) = start().await;
    let bundle = bundle::script("true", "");
    fake.offer_job(11, 1, &bundle);
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    let replayed = fake.with(|script| script.offered.clone());
    host.kill();
    std::fs::remove_dir_all(host.paths.journal()).unwrap();
    fake.cut();
    host.start();
    let is_new = |script: &support::control_plane::Script| {
        script.polls.iter().filter(|poll| poll.journal_id != script.polls[0].journal_id).count() == 2
    };
    fake.until("a parked poll with another journal", is_new).await;
    fake.offer(&bundle, move |_, _| replayed[0].clone());
    fake.until("another receipt", |script| script.receipts.len() == 2).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(1));
    assert_eq!((receipt.outcome, receipt.reason_code.as_str()), (Outcome::Refused, "NONCE_MISMATCH"));
    assert_eq!(fake.with(|script| script.accepted.len()), 1);
    let told = explained(&host, 11);
    assert!(told.contains("accepted, succeeded") && told.contains("refused: NONCE_MISMATCH"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_job_is_explained_by_its_digest() {
    let (fake, host) = start().await;
    let bundle = bundle::script("true", "");
    let offer = |_: &support::fleet::Fleet, _: &[u8]| wire::JobOffer {
        envelope: b"{}".to_vec(),
        bundle_statement: Vec::new(),
    };
    fake.offer(&bundle, offer);
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!((receipt.job, receipt.reason_code.as_str()), (None, "ENVELOPE_MALFORMED"));
    let digest = receipt.job_digest.to_string();
    let (told, known) = explain::job(&host.paths, Some(&digest[..12]), Output::Table).unwrap();
    assert!(known && told.contains("an unsigned job") && told.contains("ENVELOPE_MALFORMED"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_asks_again_at_once() {
    let (fake, host) = start().await;
    fake.until("a parked poll", |script| script.polls.len() == 2).await;
    write_policy(&host, "pause = true");
    host.reload();
    fake.until("another poll", |script| script.polls.len() == 3).await;
    fake.offer_job(21, 1, &bundle::script("true", ""));
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    assert_eq!(fake.with(|script| script.verified_receipts().remove(0)).reason_code, "POLICY_PAUSED");
}

#[test]
fn a_policy_file_is_checked_before_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let paths = agent::paths::Paths::under(folder.path().to_owned());
    let (text, good) = explain::policy(&paths, None, Output::Table);
    assert!(good && text.contains("built-in limits"), "{text}");
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "pause = true\n").unwrap();
    let (text, good) = explain::policy(&paths, Some(&file), Output::Table);
    assert!(good && text.contains("Every job is refused"), "{text}");
    std::fs::write(&file, "\npause = 1\nhours = 2\n").unwrap();
    let (text, good) = explain::policy(&paths, Some(&file), Output::Table);
    assert!(!good && text.contains("mine.toml:2:9: ") && text.contains("mine.toml:3:9: "), "{text}");
    let (json, _) = explain::policy(&paths, Some(&file), Output::Json);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["valid"].as_bool(), json["problems"][1]["line"].as_u64()), (Some(false), Some(3)));
}
