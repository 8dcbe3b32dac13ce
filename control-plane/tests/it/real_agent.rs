//! The real agent against the real control plane, unprivileged on this host: it is killed, stopped and cut off in the middle
//! of a script, and the script's own record says how often it ran.

use std::time::Duration;

use purvey_lab::{Postgres, PostgresOptions};
use purvey_proto::v1::{CancelJobRequest, CreateInstallRequest, Install, JobState, ObservedState};

use crate::agent_process::RealAgent;
use crate::harness::{TestApp, inputs};

const SLOW: &str = r#"
id: slow
name: Slow
version: 1.0.0
publisher: test
release: 1
description: Takes its time.
category: test
author: Test
inputs:
  - {name: seconds, type: integer, label: Seconds, default: 2}
  - {name: code, type: integer, label: Exit code, default: 0}
install_script: install.sh
timeout_seconds: 20
idempotent: IDEMPOTENT
retry: {max_attempts: 2, initial_seconds: 1, max_seconds: 1}
sandbox: {profile: confined}
"#;

/// Notes each beginning and end in the install's own folder, and says a line every tenth of a second.
const SLOW_SCRIPT: &str = r#"#!/bin/bash
set -eu
echo "began" >>"$PURVEY_STATE_DIR/record"
for line in $(seq $((SECONDS_TO_RUN * 10))); do
  echo "line $line"
  sleep 0.1
done
echo "ended" >>"$PURVEY_STATE_DIR/record"
exit "$CODE"
"#;

async fn publish(app: &TestApp, idempotent: bool) {
    let manifest = SLOW.replace("IDEMPOTENT", if idempotent { "true" } else { "false" });
    let script = SLOW_SCRIPT.replace("SECONDS_TO_RUN", "RUN_SECONDS");
    app.publish_with(&manifest.replace("name: seconds", "name: run_seconds"), &[("install.sh", &script)])
        .await;
}

async fn create(app: &TestApp, seconds: u32, code: i32) -> Install {
    let request = CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "slow".to_owned(),
        inputs: inputs(&[("run_seconds", seconds.into()), ("code", code.into())]),
        ..Default::default()
    };
    app.installs().create_install(request).await.unwrap().into_inner()
}

/// Waits until the script has said its first line.
async fn speaks(app: &TestApp, install: &Install) {
    for _ in 0..200 {
        if app.logs_now(&install.job).await.iter().any(|(_, text)| text == "line 1") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the script says nothing: {:?}", app.job(&install.job).await);
}

/// The script's own lines of an attempt, in order.
async fn script_lines(app: &TestApp, install: &Install, attempt: u32) -> Vec<String> {
    let all = app.logs(&install.job, "").await;
    let own =
        |(at, text): &(String, String)| at.starts_with(&format!("{attempt}:")) && text.starts_with("line ");
    all.into_iter().filter(own).map(|(_, text)| text).collect()
}

fn numbered(count: u32) -> Vec<String> {
    (1..=count).map(|number| format!("line {number}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_runs_once_and_every_line_arrives_in_order() {
    let app = TestApp::start().await;
    publish(&app, true).await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 1, 0).await;
    app.wait_for(&install.job, JobState::Succeeded).await;
    assert_eq!(agent.record(&install), ["began", "ended"]);
    assert_eq!(script_lines(&app, &install, 1).await, numbered(10));
    assert_eq!(app.install("web-1", "slow").await.observed_state(), ObservedState::Ready);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_killed_in_the_middle_of_a_script_reports_it_interrupted_and_an_idempotent_one_runs_again()
 {
    let app = TestApp::start().await;
    publish(&app, true).await;
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 2, 0).await;
    speaks(&app, &install).await;
    agent.kill();
    agent.start();
    let job = app.wait_for(&install.job, JobState::Succeeded).await;
    assert_eq!(job.attempt, 2);
    let receipt = app.receipt(&install.job, 1).await;
    assert_eq!(receipt.outcome, "interrupted");
    assert_eq!(app.receipt(&install.job, 2).await.outcome, "succeeded");
    assert_eq!(script_lines(&app, &install, 2).await, numbered(20));
    assert_eq!(agent.record(&install), ["began", "began", "ended"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_must_not_be_repeated_is_not() {
    let app = TestApp::start().await;
    publish(&app, false).await;
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 2, 0).await;
    speaks(&app, &install).await;
    agent.kill();
    agent.start();
    let job = app.wait_for(&install.job, JobState::Failed).await;
    assert_eq!((job.attempt, job.reason_code.as_str()), (1, "AGENT_RESTARTED"));
    assert_eq!(agent.record(&install), ["began"]);
    // The road is clean: the next job runs.
    let again = app
        .jobs()
        .retry_job(purvey_proto::v1::RetryJobRequest { job: install.job.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner();
    app.wait_for(&again.job, JobState::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_asked_to_end_lets_the_script_finish() {
    let app = TestApp::start().await;
    publish(&app, true).await;
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 2, 0).await;
    speaks(&app, &install).await;
    agent.stop();
    assert_eq!(agent.record(&install), ["began", "ended"]);
    agent.start();
    let job = app.wait_for(&install.job, JobState::Succeeded).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(script_lines(&app, &install, 1).await, numbered(20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_control_plane_in_the_middle_of_a_script_is_not_noticed_by_it() {
    let mut app = TestApp::start().await;
    publish(&app, true).await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 3, 0).await;
    speaks(&app, &install).await;
    app.restart().await;
    let job = app.wait_for(&install.job, JobState::Succeeded).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(agent.record(&install), ["began", "ended"]);
    assert_eq!(script_lines(&app, &install, 1).await, numbered(30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_postgresql_in_the_middle_of_a_script_is_not_noticed_by_it() {
    let mut postgres = Postgres::start(PostgresOptions::throw_away()).await.unwrap();
    let app = TestApp::start_over(&postgres.url()).await;
    publish(&app, true).await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 3, 0).await;
    speaks(&app, &install).await;
    postgres.kill().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    postgres.restart().await.unwrap();
    let job = app.wait_for(&install.job, JobState::Succeeded).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(agent.record(&install), ["began", "ended"]);
    assert_eq!(script_lines(&app, &install, 1).await, numbered(30));
    drop(agent);
    drop(app);
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_script_is_stopped_on_request() {
    let app = TestApp::start().await;
    publish(&app, true).await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 15, 0).await;
    speaks(&app, &install).await;
    app.jobs().cancel_job(CancelJobRequest { job: install.job.clone(), ..Default::default() }).await.unwrap();
    app.wait_for(&install.job, JobState::Cancelled).await;
    assert_eq!(app.receipt(&install.job, 1).await.outcome, "cancelled");
    assert_eq!(agent.record(&install), ["began"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exit_code_that_another_attempt_can_mend_is_tried_again() {
    let app = TestApp::start().await;
    publish(&app, true).await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let install = create(&app, 1, 2).await;
    let job = app.wait_for(&install.job, JobState::Failed).await;
    assert_eq!((job.attempt, job.exit_code), (2, Some(2)));
    assert_eq!(agent.record(&install), ["began", "ended", "began", "ended"]);
    assert_eq!(app.install("web-1", "slow").await.observed_state(), ObservedState::Failed);
}
