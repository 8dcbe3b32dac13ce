//! PostgreSQL or the control plane restarts in the middle of a job: it ends all the same, and the road is clean afterwards.

use purvey_contract::receipt::{LogChain, Outcome};
use purvey_lab::{Postgres, PostgresOptions};
use purvey_proto::v1::{JobState, ObservedState};

use crate::harness::TestApp;

#[tokio::test]
async fn a_restart_of_postgresql_in_the_middle_of_a_job_loses_nothing() {
    let mut postgres = Postgres::start(PostgresOptions::throw_away()).await.unwrap();
    let app = TestApp::start_over(&postgres.url()).await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let job = agent.poll().await.unwrap().into_iter().next().unwrap();
    report.accepted(&job);
    report.accepted_ack().await;

    let mut chain = LogChain::default();
    report.log(&job, &mut chain, 1, &["before"]);
    report.log_ack().await;
    postgres.kill().await.unwrap();
    // Said while there is no database: acknowledged once there is one again.
    report.log(&job, &mut chain, 2, &["meanwhile"]);
    report.receipt(&job, agent.receipt(&job, Outcome::Succeeded, Some(0), &chain));
    postgres.restart().await.unwrap();
    let mut acknowledged =
        [report.next().await.unwrap(), report.next().await.unwrap()].map(|reply| format!("{reply:?}"));
    acknowledged.sort();
    assert!(
        acknowledged[0].starts_with("LogAck") && acknowledged[1].starts_with("ReceiptAck"),
        "{acknowledged:?}"
    );

    assert_eq!(app.job(&install.job).await.state(), JobState::Succeeded);
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Ready);
    let texts: Vec<String> = app.logs(&install.job, "").await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["before", "meanwhile"]);
    // And on: the next job comes by the same poll and stream.
    let verify = purvey_proto::v1::VerifyInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        ..Default::default()
    };
    app.installs().verify_install(verify).await.unwrap();
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    drop(app);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_call_while_postgresql_restarts_is_answered_when_it_is_back() {
    let mut postgres = Postgres::start(PostgresOptions::throw_away()).await.unwrap();
    let app = TestApp::start_over(&postgres.url()).await;
    app.publish_hello().await;
    let _agent = app.enrolled("web-1").await;
    postgres.kill().await.unwrap();
    let title = [("title", "Hello".into())];
    let (install, restarted) = tokio::join!(app.create_hello("web-1", &title), postgres.restart());
    restarted.unwrap();
    assert_eq!(app.job(&install.job).await.state(), JobState::Queued);
    drop(app);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_of_the_control_plane_in_the_middle_of_a_job_loses_nothing() {
    let mut app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let job = agent.poll().await.unwrap().into_iter().next().unwrap();
    report.accepted(&job);
    report.accepted_ack().await;
    let mut chain = LogChain::default();
    report.log(&job, &mut chain, 1, &["before"]);
    report.log_ack().await;

    app.restart().await;
    agent.reconnect().await;
    let opened = agent.open(&[job.attempt()]).await.unwrap();
    assert!(opened.forget.is_empty() && opened.cancels.is_empty());
    let mut report = agent.report().await.unwrap();
    // Resent from the spool, byte for byte, and then on.
    report.chunk(&job, 1, crate::scripted_agent::chunk(1, &["before"]));
    assert_eq!(report.log_ack().await, 1);
    report.log(&job, &mut chain, 2, &["after"]);
    assert_eq!(report.log_ack().await, 2);
    report.receipt(&job, agent.receipt(&job, Outcome::Succeeded, Some(0), &chain));
    report.receipt_ack().await.unwrap();
    assert_eq!(app.job(&install.job).await.state(), JobState::Succeeded);
    let texts: Vec<String> = app.logs(&install.job, "").await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["before", "after"]);
}

#[tokio::test]
async fn a_poll_that_is_parked_when_the_control_plane_drains_is_answered() {
    let mut app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let polls = tokio::spawn(async move {
        let answer = agent.poll().await;
        (agent, answer)
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    app.restart().await;
    let (mut agent, answer) = polls.await.unwrap();
    assert_eq!(answer.unwrap_err().code(), tonic::Code::Unavailable);
    agent.reconnect().await;
    agent.open(&[]).await.unwrap();
    app.create_hello("web-1", &[("title", "Hello".into())]).await;
    assert_eq!(agent.poll().await.unwrap().len(), 1);
}
