//! Leases, attempts, sessions: what happens when somebody is late, silent, or says the same twice.

use purvey_contract::receipt::{LogChain, Outcome};
use purvey_proto::agent::report_response;
use purvey_proto::v1::{
    CancelJobRequest, JobState, ObservedState, RetryJobRequest, ServerState, UpdateInstallRequest,
    VerifyInstallRequest,
};
use std::time::Duration;
use tonic::Code;

use crate::harness::{TestApp, inputs};
use crate::scripted_agent::{Offered, Report, ScriptedAgent};

/// An app, an agent with an open session and stream, and an install whose job is ready.
async fn ready() -> (TestApp, ScriptedAgent, Report, purvey_proto::v1::Install) {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    (app, agent, report, install)
}

async fn first(agent: &mut ScriptedAgent) -> Offered {
    agent.poll().await.unwrap().into_iter().next().expect("an offer")
}

#[tokio::test]
async fn an_offer_that_is_not_accepted_in_time_is_made_again_and_the_journal_decides_which_runs() {
    let (app, mut agent, mut report, install) = ready().await;
    let lost = first(&mut agent).await;
    app.pass(31).await;
    let again = first(&mut agent).await;
    assert_eq!((lost.spec.attempt, again.spec.attempt), (1, 2));
    // The first offer had arrived after all: it is in the journal.
    report.accepted(&lost);
    assert!(!report.accepted_ack().await);
    report.accepted(&again);
    assert!(report.accepted_ack().await, "the second attempt must not run as well");
    report.receipt(&lost, agent.receipt(&lost, Outcome::Succeeded, Some(0), &LogChain::default()));
    report.receipt_ack().await.unwrap();
    assert_eq!(app.job(&install.job).await.state(), JobState::Succeeded);
}

#[tokio::test]
async fn an_offer_whose_poll_is_gone_costs_no_attempt() {
    let (app, mut agent, mut report, install) = ready().await;
    for _ in 0..3 {
        let offered = first(&mut agent).await;
        agent.reconnect().await;
        // A new session: what was offered and is not in the journal goes back at once.
        agent.open(&[]).await.unwrap();
        assert_eq!(offered.spec.job.to_string(), install.job);
    }
    report = agent.report().await.unwrap_or(report);
    let job = app.run(&mut agent, &mut report, Outcome::Failed, Some(2)).await;
    assert_eq!(job.spec.attempt, 4);
    // Two attempts are allowed, and only one has ended.
    assert_eq!(app.job(&install.job).await.state(), JobState::Queued);
}

#[tokio::test]
async fn a_failure_that_can_be_mended_is_tried_again_up_to_the_limit() {
    let (app, mut agent, mut report, install) = ready().await;
    app.run(&mut agent, &mut report, Outcome::Failed, Some(2)).await;
    let between = app.job(&install.job).await;
    assert_eq!((between.state(), between.exit_code), (JobState::Queued, Some(2)));
    assert!(between.next_attempt_time.is_some());
    let second = app.run(&mut agent, &mut report, Outcome::Failed, Some(2)).await;
    assert_eq!(second.spec.attempt, 2);
    assert_eq!(app.job(&install.job).await.state(), JobState::Failed);

    let retried = app
        .jobs()
        .retry_job(RetryJobRequest { job: install.job.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(retried.retry_of, install.job);
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Ready);
    assert_eq!(app.install("web-1", "hello").await.job, retried.job);
}

#[tokio::test]
async fn a_queued_job_is_cancelled_at_once_and_a_late_acceptance_is_told_to_stop() {
    let (app, mut agent, mut report, install) = ready().await;
    let job = first(&mut agent).await;
    let cancel = CancelJobRequest { job: install.job.clone(), ..Default::default() };
    let cancelled = app.jobs().cancel_job(cancel.clone()).await.unwrap().into_inner();
    assert_eq!(cancelled.state(), JobState::Cancelled);
    report.accepted(&job);
    assert!(report.accepted_ack().await);
    assert_eq!(app.jobs().cancel_job(cancel).await.unwrap_err().code(), Code::FailedPrecondition);
    assert!(agent.poll_for(Duration::from_millis(300)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_running_job_is_told_to_stop_and_its_receipt_decides() {
    for (outcome, exit_code, state) in
        [(Outcome::Cancelled, None, JobState::Cancelled), (Outcome::Succeeded, Some(0), JobState::Succeeded)]
    {
        let (app, mut agent, mut report, install) = ready().await;
        let job = first(&mut agent).await;
        report.accepted(&job);
        report.accepted_ack().await;
        let cancel = CancelJobRequest { job: install.job.clone(), ..Default::default() };
        let cancelling = app.jobs().cancel_job(cancel).await.unwrap().into_inner();
        assert_eq!(cancelling.state(), JobState::Cancelling);
        match report.next().await.unwrap() {
            report_response::Event::Cancel(attempt) => assert_eq!(attempt, job.attempt()),
            other => panic!("not a cancellation: {other:?}"),
        }
        report.receipt(&job, agent.receipt(&job, outcome, exit_code, &LogChain::default()));
        while !matches!(report.next().await.unwrap(), report_response::Event::ReceiptAck(_)) {}
        assert_eq!(app.job(&install.job).await.state(), state);
    }
}

#[tokio::test]
async fn a_newer_session_ends_older_polls_and_streams() {
    let (app, mut agent, mut report, _) = ready().await;
    let job = first(&mut agent).await;
    report.accepted(&job);
    report.accepted_ack().await;
    let before = agent.epoch;
    agent.open(&[job.attempt()]).await.unwrap();
    let newest = agent.epoch;
    assert!(newest > before);
    agent.epoch = before;
    assert_eq!(agent.poll().await.unwrap_err().code(), Code::Aborted);
    assert_eq!(agent.report().await.err().unwrap().code(), Code::Aborted);
    assert_eq!(report.next().await.unwrap_err().code(), Code::Aborted);
    drop(app);
}

#[tokio::test]
async fn what_the_journal_does_not_hold_any_more_is_lost() {
    let (app, mut agent, mut report, install) = ready().await;
    let job = first(&mut agent).await;
    report.accepted(&job);
    report.accepted_ack().await;
    agent.journal_id = uuid::Uuid::now_v7().to_string();
    agent.open(&[]).await.unwrap();
    let lost = app.job(&install.job).await;
    assert_eq!((lost.state(), lost.reason_code.as_str()), (JobState::Lost, "JOURNAL_REPLACED"));
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Unknown);
}

#[tokio::test]
async fn an_agent_that_is_silent_for_too_long_loses_its_job_and_its_late_receipt_still_counts() {
    let (app, mut agent, mut report, install) = ready().await;
    let job = first(&mut agent).await;
    report.accepted(&job);
    report.accepted_ack().await;
    // Not on silence alone: only past the timeout and the time after it.
    app.pass(3600).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(app.job(&install.job).await.state(), JobState::Running);
    app.pass(3700).await;
    let lost = app.wait_for(&install.job, JobState::Lost).await;
    assert_eq!(lost.reason_code, "AGENT_SILENT");
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Unknown);

    report.receipt(&job, agent.receipt(&job, Outcome::Succeeded, Some(0), &LogChain::default()));
    report.receipt_ack().await.unwrap();
    assert_eq!(app.job(&install.job).await.state(), JobState::Lost, "an ended job stays as it ended");
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Ready);
}

#[tokio::test]
async fn a_newer_generation_takes_the_place_of_what_waits_and_waits_for_what_runs() {
    let (app, mut agent, mut report, install) = ready().await;
    let update = |title: &str| UpdateInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        inputs: inputs(&[("title", title.into())]),
        ..Default::default()
    };
    let second = app.installs().update_install(update("Two")).await.unwrap().into_inner();
    assert_eq!(app.job(&install.job).await.state(), JobState::Superseded);
    let job = first(&mut agent).await;
    assert_eq!(job.spec.job.to_string(), second.job);
    report.accepted(&job);
    report.accepted_ack().await;

    let third = app.installs().update_install(update("Three")).await.unwrap().into_inner();
    assert_eq!(app.job(&third.job).await.state(), JobState::Waiting);
    let fourth = app.installs().update_install(update("Four")).await.unwrap().into_inner();
    assert_eq!(app.job(&third.job).await.state(), JobState::Superseded);
    let verify = VerifyInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        app.installs().verify_install(verify.clone()).await.unwrap_err().code(),
        Code::FailedPrecondition
    );

    // A failure that could be mended is not repeated while something newer waits.
    report.receipt(&job, agent.receipt(&job, Outcome::Failed, Some(2), &LogChain::default()));
    report.receipt_ack().await.unwrap();
    assert_eq!(app.job(&second.job).await.state(), JobState::Failed);
    let last = app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    assert_eq!(last.spec.job.to_string(), fourth.job);
    assert_eq!(last.spec.inputs["title"], "Four");
    let install = app.install("web-1", "hello").await;
    assert_eq!((install.observed_generation, install.generation), (4, 4));

    let verify = app.installs().verify_install(verify).await.unwrap().into_inner();
    app.run(&mut agent, &mut report, Outcome::Failed, Some(1)).await;
    assert_eq!(app.job(&verify.job).await.state(), JobState::Failed);
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Degraded);
    assert_eq!(app.install("web-1", "hello").await.job, fourth.job, "a check is not a generation");
}

#[tokio::test]
async fn a_server_runs_one_job_at_a_time() {
    let (app, mut agent, mut report, _) = ready().await;
    let other = crate::harness::HELLO.replace("id: hello", "id: other");
    app.publish(&other).await;
    let request = purvey_proto::v1::CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "other".to_owned(),
        inputs: inputs(&[("title", "Other".into())]),
        ..Default::default()
    };
    app.installs().create_install(request).await.unwrap();
    let job = first(&mut agent).await;
    report.accepted(&job);
    report.accepted_ack().await;
    assert!(agent.poll_for(Duration::from_millis(500)).await.unwrap().is_empty());
    report.receipt(&job, agent.receipt(&job, Outcome::Succeeded, Some(0), &LogChain::default()));
    report.receipt_ack().await.unwrap();
    let next = first(&mut agent).await;
    assert_ne!(next.spec.job, job.spec.job);
}

#[tokio::test]
async fn an_acceptance_or_receipt_that_is_said_twice_counts_once() {
    let (app, mut agent, mut report, install) = ready().await;
    let job = first(&mut agent).await;
    for _ in 0..2 {
        report.accepted(&job);
        assert!(!report.accepted_ack().await);
    }
    let receipt = agent.receipt(&job, Outcome::Succeeded, Some(0), &LogChain::default());
    for _ in 0..2 {
        report.receipt(&job, receipt.clone());
        report.receipt_ack().await.unwrap();
    }
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM receipts").fetch_one(app.db()).await.unwrap();
    assert_eq!((stored, app.job(&install.job).await.state()), (1, JobState::Succeeded));
}

async fn state(app: &TestApp) -> ServerState {
    let request = purvey_proto::v1::GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    app.servers().get_server(request).await.unwrap().into_inner().state()
}

#[tokio::test]
async fn two_live_machines_with_one_identity_quarantine_the_server() {
    let (app, mut agent, _report, _) = ready().await;
    // The whole disk is copied, journal and all, and both go on, each ending the other's session.
    let mut copy = agent.clone_identity();
    copy.reconnect().await;
    for machine in [&mut copy, &mut agent] {
        machine.open(&[]).await.unwrap();
    }
    assert_eq!(state(&app).await, ServerState::Active, "it may be a disk that was restored");
    copy.open(&[]).await.unwrap();
    assert_eq!(state(&app).await, ServerState::Active, "it may be an opening that was repeated");
    // The answer may be cut off together with the connection.
    let _ = agent.open(&[]).await;
    assert_eq!(state(&app).await, ServerState::Quarantined);
    for agent in [&mut agent, &mut copy] {
        agent.reconnect().await;
        assert_eq!(agent.open(&[]).await.unwrap_err().code(), Code::FailedPrecondition);
    }
}

#[tokio::test]
async fn a_restored_disk_and_a_lost_answer_go_on_as_the_same_server() {
    let (app, mut agent, _report, _) = ready().await;
    let backup = agent.session_chain.clone();
    for _ in 0..3 {
        agent.open(&[]).await.unwrap();
    }
    for _ in 0..3 {
        agent.session_chain.clone_from(&backup);
        agent.open(&[]).await.unwrap();
        agent.open(&[]).await.unwrap();
    }
    agent.session_chain = Vec::new();
    agent.open(&[]).await.unwrap();
    assert_eq!(state(&app).await, ServerState::Active);
}
