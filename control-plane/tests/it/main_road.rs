//! The main road: an install through the public API becomes a signed job, an agent's reports become durable, the install is
//! ready. The agent is scripted; everything else is real.

use purvey_contract::dsse::Envelope;
use purvey_contract::receipt::{Countersignature, LogChain, Outcome, Receipt};
use purvey_contract::trust::TrustDocument;
use purvey_proto::v1::{
    CreateInstallRequest, DeleteInstallRequest, ExportReceiptRequest, GetInstallRequest, GetReceiptRequest,
    JobState, ObservedState, PlanInstallRequest, ReadLogsRequest, UpdateInstallRequest,
};
use tonic::Code;

use crate::harness::{HELLO, TestApp, inputs};
use crate::scripted_agent::Offered;

#[tokio::test]
async fn an_install_becomes_a_job_and_its_receipt_makes_it_ready() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();

    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    assert!(install.reconciling);
    assert_eq!((install.generation, install.observed_generation), (1, 0));
    let offered = agent.poll().await.unwrap();
    let [job] = &offered[..] else { panic!("one job was offered: {offered:?}") };
    assert_eq!(job.spec.job.to_string(), install.job);
    assert_eq!(job.spec.inputs["title"], "Hello");
    assert_eq!(
        purvey_contract::id::Digest::of(&agent.bundle(job.spec.bundle).await.unwrap()),
        job.spec.bundle
    );

    report.accepted(job);
    assert!(!report.accepted_ack().await);
    assert_eq!(app.job(&install.job).await.state(), JobState::Running);
    let mut chain = LogChain::default();
    report.log(job, &mut chain, 1, &["one", "two"]);
    assert_eq!(report.log_ack().await, 1);
    report.log(job, &mut chain, 3, &["three"]);
    assert_eq!(report.log_ack().await, 2);
    let receipt = agent.receipt(job, Outcome::Succeeded, Some(0), &chain);
    report.receipt(job, receipt.clone());
    let countersignature = report.receipt_ack().await.unwrap();

    let ended = app.job(&install.job).await;
    assert_eq!((ended.state(), ended.exit_code, ended.progress_percent), (JobState::Succeeded, Some(0), 100));
    let install = app.install("web-1", "hello").await;
    assert_eq!(install.observed_state(), ObservedState::Ready);
    assert_eq!((install.observed_generation, install.reconciling), (1, false));
    assert_eq!(install.outputs["url"], "http://example.com");

    let lines = app.logs(&install.job, "").await;
    assert_eq!(
        lines,
        [("1:1", "one"), ("1:2", "two"), ("1:3", "three")].map(|(at, text)| (at.to_owned(), text.to_owned()))
    );
    assert_eq!(app.logs(&install.job, "1:2").await, [("1:3".to_owned(), "three".to_owned())]);

    let export = app
        .jobs()
        .export_receipt(ExportReceiptRequest { job: install.job.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((&export.receipt, &export.countersignature), (&receipt, &countersignature));
    let trust: Vec<Envelope> =
        export.trust_documents.iter().map(|it| Envelope::from_json(it).unwrap()).collect();
    let trust = TrustDocument::first(app.fleet_root(), &trust).unwrap();
    let keys: Vec<_> = trust.receipt_keys.iter().map(|key| key.public_key).collect();
    let countersigned =
        Envelope::from_json(&export.countersignature).unwrap().verify::<Countersignature>(&keys).unwrap();
    assert_eq!(countersigned.document.receipt, Envelope::from_json(&receipt).unwrap().payload_digest());
    assert_eq!(Envelope::from_json(&export.job_envelope).unwrap().payload_digest(), job.digest);
}

#[tokio::test]
async fn a_repeat_with_the_same_request_id_makes_nothing_new() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let _agent = app.enrolled("web-1").await;
    let request = CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        inputs: inputs(&[("title", "Hello".into())]),
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let first = app.installs().create_install(request.clone()).await.unwrap().into_inner();
    let again = app.installs().create_install(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = CreateInstallRequest { inputs: inputs(&[("title", "Other".into())]), ..request.clone() };
    let refused = app.installs().create_install(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let without = CreateInstallRequest { request_id: String::new(), ..request };
    assert_eq!(app.installs().create_install(without).await.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn all_bad_inputs_are_named_at_once() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let _agent = app.enrolled("web-1").await;
    let request = CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        inputs: inputs(&[("port", 70000.into()), ("nonsense", "x".into())]),
        ..Default::default()
    };
    let refused = app.installs().create_install(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let fields = crate::harness::violated_fields(&refused);
    assert_eq!(fields, ["inputs.nonsense", "inputs.port", "inputs.title"]);
}

#[tokio::test]
async fn a_password_that_was_made_up_is_shown_once_to_whoever_made_it() {
    let app = TestApp::start().await;
    app.publish(
        &HELLO
            .replace("type: password, label: Password", "type: password, required: true, generate: {length: 32}")
            .replace("inputs:", "inputs:\n  - {name: more, type: boolean, default: false}\n  - {name: second, type: password, \
                required: true, generate: true, visible_if: {more: true}}"),
    )
    .await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let request = CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        inputs: inputs(&[("title", "Hello".into())]),
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let wanted = PlanInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        inputs: request.inputs.clone(),
        ..Default::default()
    };
    let plan = app.installs().plan_install(wanted).await.unwrap().into_inner();
    assert_eq!(plan.action, "install");
    assert!(!plan.effective_inputs.unwrap().fields.contains_key("password"));

    let made = app.installs().create_install(request.clone()).await.unwrap().into_inner();
    let secret = made.generated_inputs["password"].clone();
    assert_eq!((secret.len(), made.generated_inputs.len(), made.withheld_inputs.len()), (32, 1, 0));
    assert_eq!(made.sensitive_inputs, ["password"]);

    // A repeat makes nothing new, shows nothing, and says that it was shown.
    let again = app.installs().create_install(request).await.unwrap().into_inner();
    assert_eq!((&again.uid, &again.withheld_inputs), (&made.uid, &vec!["password".to_owned()]));
    for install in [again, app.install("web-1", "hello").await] {
        assert!(install.generated_inputs.is_empty() && !format!("{install:?}").contains(&secret));
    }
    let offered = agent.poll().await.unwrap();
    assert_eq!(agent.open_sealed(&offered[0])["password"], secret);

    // An input that an update shows is made up then; the one that is there stays.
    let update = UpdateInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        inputs: inputs(&[("more", "true".into())]),
        update_mask: Some(purvey_proto::google::protobuf::FieldMask { paths: vec!["inputs".to_owned()] }),
        ..Default::default()
    };
    let updated = app.installs().update_install(update).await.unwrap().into_inner();
    assert_eq!(updated.generated_inputs.keys().collect::<Vec<_>>(), ["second"]);
    assert_eq!(updated.generated_inputs["second"].len(), 24);
}

#[tokio::test]
async fn secrets_reach_their_agent_sealed_and_nobody_else() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let secret = "correct horse battery staple";
    let install = app.create_hello("web-1", &[("title", "Hello".into()), ("password", secret.into())]).await;
    assert_eq!(install.sensitive_inputs, ["password"]);
    assert!(!format!("{install:?}").contains(secret));
    let offered = agent.poll().await.unwrap();
    let job: &Offered = &offered[0];
    assert!(!job.spec.inputs.contains_key("password"));
    assert_eq!(agent.open_sealed(job)["password"], secret);
    for table in ["installs", "jobs", "attempts", "audit_entries", "request_ids"] {
        let found: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT EXISTS (SELECT 1 FROM {table} row WHERE row::text LIKE '%correct horse%' OR row::text LIKE '%636f727265637420686f727365%')"
        )))
        .fetch_one(app.db())
        .await
        .unwrap();
        assert!(!found, "{table}");
    }
}

#[tokio::test]
async fn a_deleted_install_is_gone_once_its_uninstall_has_succeeded() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;

    let stale = DeleteInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        etag: "0-nonsense".to_owned(),
        ..Default::default()
    };
    assert_eq!(app.installs().delete_install(stale.clone()).await.unwrap_err().code(), Code::Aborted);
    let deleted = app
        .installs()
        .delete_install(DeleteInstallRequest { etag: install.etag.clone(), ..stale })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(deleted.generation, 2);
    let job = app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    assert_eq!(job.spec.action, purvey_contract::action::Action::Uninstall);
    let gone = app
        .installs()
        .get_install(GetInstallRequest {
            server: "web-1".to_owned(),
            install: "hello".to_owned(),
            ..Default::default()
        })
        .await;
    assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    let again = app.create_hello("web-1", &[("title", "Again".into())]).await;
    assert_ne!(again.uid, install.uid);
}

#[tokio::test]
async fn a_receipt_says_what_the_agent_said() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    app.run(&mut agent, &mut report, Outcome::Failed, Some(3)).await;
    let receipt = app
        .jobs()
        .get_receipt(GetReceiptRequest { job: install.job.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((receipt.outcome.as_str(), receipt.exit_code), ("failed", Some(3)));
    let job = app.job(&install.job).await;
    assert_eq!((job.state(), job.reason_code.as_str()), (JobState::Failed, "EXIT_CODE"));
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Failed);
}

#[tokio::test]
async fn one_server_s_agent_can_do_nothing_to_another_server_s_job() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut owner = app.enrolled("web-1").await;
    let mut thief = app.enrolled("web-2").await;
    owner.open(&[]).await.unwrap();
    thief.open(&[]).await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let offered = owner.poll().await.unwrap();
    let job = &offered[0];

    let mut report = thief.report().await.unwrap();
    report.accepted(job);
    assert!(report.accepted_ack().await, "the thief is told to stop");
    report.chunk(job, 1, crate::scripted_agent::chunk(1, &["forged"]));
    report.log_ack().await;
    report.receipt(job, thief.receipt(job, Outcome::Succeeded, Some(0), &LogChain::default()));
    assert!(report.receipt_ack().await.is_err());
    assert_eq!(thief.bundle(job.spec.bundle).await.unwrap_err().code(), Code::NotFound);

    assert_eq!(app.job(&install.job).await.state(), JobState::Offered);
    assert!(app.logs_now(&install.job).await.is_empty());

    // A receipt in the owner's name under the thief's key is no receipt.
    let receipt = thief.receipt(job, Outcome::Succeeded, Some(0), &LogChain::default());
    let mut forged = Envelope::from_json(&receipt).unwrap().peek::<Receipt>().unwrap();
    forged.server = owner.server;
    report.receipt(job, thief.sign(&forged));
    assert!(report.receipt_ack().await.is_err());
    assert_eq!(app.job(&install.job).await.state(), JobState::Offered);
}

#[tokio::test]
async fn a_follower_sees_lines_as_they_come_and_ends_with_the_job() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let request = ReadLogsRequest { job: install.job.clone(), follow: true, ..Default::default() };
    let mut lines = app.jobs().read_logs(request).await.unwrap().into_inner();

    let offered = agent.poll().await.unwrap();
    let job = &offered[0];
    report.accepted(job);
    report.accepted_ack().await;
    let mut chain = LogChain::default();
    for number in 1..=3 {
        report.log(job, &mut chain, number, &["line"]);
        report.log_ack().await;
        let seen = lines.message().await.unwrap().unwrap();
        assert_eq!(seen.lines[0].number, number);
    }
    // The receipt overtakes the last chunk: the follower waits for what it vouches for.
    let payload = crate::scripted_agent::chunk(4, &["last"]);
    chain.push(&payload);
    report.receipt(job, agent.receipt(job, Outcome::Succeeded, Some(0), &chain));
    report.receipt_ack().await.unwrap();
    report.chunk(job, 4, payload);
    report.log_ack().await;
    assert_eq!(lines.message().await.unwrap().unwrap().lines[0].text, "last");
    assert!(lines.message().await.unwrap().is_none());
}

#[tokio::test]
async fn a_gap_in_a_log_is_not_stored_and_a_repeat_is_stored_once() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let offered = agent.poll().await.unwrap();
    let job = &offered[0];
    report.accepted(job);
    report.accepted_ack().await;
    let chunk = |number| crate::scripted_agent::chunk(number, &["line"]);
    report.chunk(job, 1, chunk(1));
    assert_eq!(report.log_ack().await, 1);
    report.chunk(job, 3, chunk(3));
    assert_eq!(report.log_ack().await, 1);
    report.chunk(job, 1, chunk(1));
    assert_eq!(report.log_ack().await, 1);
    report.chunk(job, 2, chunk(2));
    assert_eq!(report.log_ack().await, 2);
    assert_eq!(app.logs_now(&install.job).await.len(), 2);
}

#[tokio::test]
async fn a_receipt_that_does_not_verify_ends_its_attempt_and_nothing_else() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    let install = app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let job = agent.poll().await.unwrap().into_iter().next().unwrap();
    report.accepted(&job);
    report.accepted_ack().await;
    report.receipt(&job, vec![b'x'; control_plane::fleet::reports::MAX_RECEIPT_BYTES + 1]);
    assert!(report.receipt_ack().await.is_err());
    let lost = app.job(&install.job).await;
    assert_eq!((lost.state(), lost.reason_code.as_str()), (JobState::Lost, "RECEIPT_INVALID"));
    // The stream lives on, and so does the road.
    let retry = purvey_proto::v1::RetryJobRequest { job: install.job.clone(), ..Default::default() };
    app.jobs().retry_job(retry).await.unwrap();
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    assert_eq!(app.install("web-1", "hello").await.observed_state(), ObservedState::Ready);
}

#[tokio::test]
async fn a_check_leaves_the_outputs_of_the_install_as_they_are_and_hostile_outputs_are_stored_as_text() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let mut report = agent.report().await.unwrap();
    app.create_hello("web-1", &[("title", "Hello".into())]).await;
    let job = agent.poll().await.unwrap().into_iter().next().unwrap();
    report.accepted(&job);
    report.accepted_ack().await;
    let receipt = agent.receipt(&job, Outcome::Succeeded, Some(0), &LogChain::default());
    let mut hostile = Envelope::from_json(&receipt).unwrap().peek::<Receipt>().unwrap();
    hostile.outputs[0].value = "a\0b\u{1}".to_owned();
    report.receipt(&job, agent.sign(&hostile));
    report.receipt_ack().await.unwrap();
    assert_eq!(app.install("web-1", "hello").await.outputs["url"], "ab\u{1}");

    let verify = purvey_proto::v1::VerifyInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        ..Default::default()
    };
    app.installs().verify_install(verify).await.unwrap();
    app.run(&mut agent, &mut report, Outcome::Succeeded, Some(0)).await;
    assert_eq!(app.install("web-1", "hello").await.outputs["url"], "ab\u{1}");
}
