//! Publishers: which documents are taken over, what they withdraw, and how that reaches real agents.

use control_plane::registry::publishers;
use purvey_contract::bundle::Bundle;
use purvey_contract::publisher::PublisherDocument;
use purvey_proto::v1::{
    CreateInstallRequest, DeleteInstallRequest, GetAppRequest, GetAppVersionRequest, GetPublisherRequest,
    Install, Job, JobAction, JobState, ListAppVersionsRequest, ListPublishersRequest, PlanInstallRequest,
    Publisher, PushPublisherRequest, UpdateInstallRequest, VerifyInstallRequest,
};
use tonic::{Code, Status};

use crate::agent_process::RealAgent;
use crate::harness::{TestApp, inputs};
use crate::publishing::{
    self, ROOT, SECOND, SIGNER, document, key, later, signed, statement, vouched, vouched_by,
};
use crate::registry::{hello, push, reason};

async fn push_documents(app: &TestApp, documents: &[Vec<u8>]) -> Result<Publisher, Status> {
    let request = PushPublisherRequest { documents: documents.to_vec() };
    app.registry().push_publisher(request).await.map(tonic::Response::into_inner)
}

async fn publish(app: &TestApp, document: &PublisherDocument) {
    push_documents(app, &[signed(document, &[ROOT])]).await.unwrap();
}

#[tokio::test]
async fn newer_documents_are_taken_over_and_older_ones_passed_over() {
    let app = TestApp::start().await;
    let pushed = push_documents(&app, &[2, 3, 5].map(publishing::document_of)).await.unwrap();
    assert_eq!((pushed.version, pushed.document), (5, publishing::document_of(5)));
    let again = push_documents(&app, &[3, 5].map(publishing::document_of)).await.unwrap();
    assert_eq!(again.version, 5);
    let mut conflicting = document(5);
    conflicting.floors.insert("hello".parse().unwrap(), 3);
    let refused = push_documents(&app, &[signed(&conflicting, &[ROOT])]).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "PUBLISHER_DOCUMENT_CONFLICT")
    );
    let request = GetPublisherRequest { publisher: "test".to_owned() };
    assert_eq!(app.registry().get_publisher(request).await.unwrap().into_inner().version, 5);
    let listed = app.registry().list_publishers(ListPublishersRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.publishers.len(), 1);
    let audited: Vec<String> = sqlx::query_scalar(
        "SELECT action FROM audit_entries WHERE action LIKE 'publishers.%' ORDER BY entry_id",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    assert_eq!(audited, ["publishers.import", "publishers.push", "publishers.push", "publishers.push"]);
}

#[tokio::test]
async fn a_document_that_does_not_follow_is_refused() {
    let app = TestApp::start().await;
    let mut foreign = document(2);
    foreign.roots = vec![key(9).public_key()];
    let mut demo = document(2);
    demo.demo = true;
    for (document, by, expected) in [
        (&document(2), &[9][..], "PUBLISHER_DOCUMENT_INVALID"),
        (&foreign, &[9], "PUBLISHER_DOCUMENT_INVALID"),
        (&foreign, &[ROOT], "PUBLISHER_DOCUMENT_INVALID"),
        (&demo, &[ROOT], "DEMO_PUBLISHER"),
    ] {
        let refused = push_documents(&app, &[signed(document, by)]).await.unwrap_err();
        assert_eq!(reason(&refused), expected, "{refused:?}");
    }
    for wrong in [vec![], vec![b"{}".to_vec()], vec![publishing::document_of(2); 33]] {
        assert_eq!(push_documents(&app, &wrong).await.unwrap_err().code(), Code::InvalidArgument);
    }
    // A change of root, signed by both, is followed.
    assert_eq!(push_documents(&app, &[signed(&foreign, &[ROOT, 9])]).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_folder_s_document_follows_is_older_or_begins_anew() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let import = async |document: &[u8]| {
        std::fs::write(folder.path().join("test"), document).unwrap();
        publishers::folder(app.cx(), folder.path(), false).await.unwrap();
        let trusted = publishers::trusted(app.cx()).await.unwrap();
        let publisher = &trusted.publishers[&"test".parse().unwrap()];
        (publisher.document().version, publisher.document().roots[0].id())
    };
    let (old, new) = (key(ROOT).public_key().id(), key(9).public_key().id());
    assert_eq!(import(&publishing::document_of(1)).await, (1, old));
    assert_eq!(import(&publishing::document_of(4)).await, (4, old));
    assert_eq!(import(&publishing::document_of(2)).await, (4, old));
    let mut rotated = document(5);
    rotated.roots = vec![key(9).public_key()];
    assert_eq!(import(&signed(&rotated, &[ROOT, 9])).await, (5, new));
    // What was before the change of root is older, not a new beginning.
    assert_eq!(import(&publishing::document_of(3)).await, (5, new));
    let mut fresh = document(1);
    fresh.roots = vec![key(7).public_key()];
    assert_eq!(import(&signed(&fresh, &[7])).await, (1, key(7).public_key().id()));
    std::fs::write(folder.path().join("broken"), b"{}").unwrap();
    let error = publishers::folder(app.cx(), folder.path(), false).await.unwrap_err();
    assert!(error.to_string().contains("broken"), "{error}");
}

/// `hello` in two versions, the second by another key.
async fn two_versions(app: &TestApp) -> [Bundle; 2] {
    let bundles = [hello("1.0.0", 1, "#!/bin/bash\n"), hello("1.1.0", 2, "#!/bin/bash\n")];
    push(app, &bundles[0], vouched(&bundles[0])).await.unwrap();
    push(app, &bundles[1], vouched_by(&statement(&bundles[1]), SECOND)).await.unwrap();
    bundles
}

async fn standing(app: &TestApp, version: &str) -> String {
    let request = GetAppVersionRequest { app: "hello".to_owned(), version: version.to_owned() };
    app.apps().get_app_version(request).await.unwrap().into_inner().withdrawn_code
}

async fn latest(app: &TestApp) -> String {
    let request = GetAppRequest { app: "hello".to_owned() };
    let one = app.apps().get_app(request).await.unwrap().into_inner().latest_version;
    let listed =
        app.apps().list_apps(purvey_proto::v1::ListAppsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.apps[0].latest_version, one);
    one
}

#[tokio::test]
async fn what_is_withdrawn_is_shown_so_and_not_offered() {
    let app = TestApp::start().await;
    let [first, second] = two_versions(&app).await;
    assert_eq!((latest(&app).await.as_str(), standing(&app, "1.1.0").await.as_str()), ("1.1.0", ""));

    let mut next = document(2);
    next.revoked_bundles.push(second.digest);
    publish(&app, &next).await;
    assert_eq!(standing(&app, "1.1.0").await, "BUNDLE_REVOKED");
    assert_eq!(latest(&app).await, "1.0.0");
    let request = ListAppVersionsRequest { app: "hello".to_owned(), ..Default::default() };
    let listed = app.apps().list_app_versions(request).await.unwrap().into_inner().app_versions;
    let codes: Vec<_> = listed.iter().map(|version| version.withdrawn_code.as_str()).collect();
    assert_eq!(codes, ["BUNDLE_REVOKED", ""]);

    (next.version, next.revoked_bundles) = (3, vec![]);
    next.floors.insert("hello".parse().unwrap(), 2);
    publish(&app, &next).await;
    assert_eq!(
        (standing(&app, "1.0.0").await.as_str(), latest(&app).await.as_str()),
        ("RELEASE_BELOW_FLOOR", "1.1.0")
    );

    next.version = 4;
    next.revoked_keys.push(key(SECOND).public_key().id());
    publish(&app, &next).await;
    assert_eq!(
        (standing(&app, "1.1.0").await.as_str(), latest(&app).await.as_str()),
        ("PUBLISHER_KEY_REVOKED", "")
    );
    // The good bundle under a good key again.
    let again = later(&statement(&second), std::time::Duration::from_secs(1));
    let pushed = push(&app, &second, vouched_by(&again, SIGNER)).await.unwrap();
    assert!(pushed.statement_replaced && !pushed.created);
    assert_eq!((standing(&app, "1.1.0").await.as_str(), latest(&app).await.as_str()), ("", "1.1.0"));
    assert_eq!(first.manifest.version, "1.0.0");
}

#[tokio::test]
async fn a_key_that_expires_withdraws_what_it_signed() {
    let app = TestApp::start().await;
    two_versions(&app).await;
    let mut next = document(2);
    next.signing_keys[1].not_after = time::OffsetDateTime::now_utc() + time::Duration::HOUR;
    publish(&app, &next).await;
    assert_eq!(latest(&app).await, "1.1.0");
    app.pass(7200).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        (standing(&app, "1.1.0").await.as_str(), latest(&app).await.as_str()),
        ("PUBLISHER_KEY_EXPIRED", "1.0.0")
    );
}

fn new_hello(version: &str) -> CreateInstallRequest {
    CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        version: version.to_owned(),
        inputs: inputs(&[("title", "Hi".into())]),
        ..Default::default()
    }
}

fn update(version: &str, allow_downgrade: bool) -> UpdateInstallRequest {
    UpdateInstallRequest {
        server: "web-1".to_owned(),
        install: "hello".to_owned(),
        version: version.to_owned(),
        allow_downgrade,
        ..Default::default()
    }
}

#[tokio::test]
async fn no_job_is_made_that_servers_would_refuse() {
    let app = TestApp::start().await;
    let [first, _] = two_versions(&app).await;
    app.enrolled("web-1").await;
    app.installs().create_install(new_hello("1.0.0")).await.unwrap();
    let mut next = document(2);
    next.revoked_bundles.push(first.digest);
    publish(&app, &next).await;
    let expect = |status: Status| {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "BUNDLE_REVOKED"));
        assert!(status.message().ends_with("use version 1.1.0"), "{}", status.message());
    };
    let mut create = new_hello("1.0.0");
    create.install = "other".to_owned();
    expect(app.installs().create_install(create).await.unwrap_err());
    let plan = PlanInstallRequest {
        server: "web-1".to_owned(),
        app: "hello".to_owned(),
        version: "1.0.0".to_owned(),
        inputs: inputs(&[("title", "Hi".into())]),
        ..Default::default()
    };
    expect(app.installs().plan_install(plan).await.unwrap_err());
    let change = UpdateInstallRequest { inputs: inputs(&[("title", "Ho".into())]), ..update("", false) };
    expect(app.installs().update_install(change).await.unwrap_err());
    let (server, install) = ("web-1".to_owned(), "hello".to_owned());
    let verify =
        VerifyInstallRequest { server: server.clone(), install: install.clone(), ..Default::default() };
    expect(app.installs().verify_install(verify).await.unwrap_err());
    let delete = DeleteInstallRequest { server, install, ..Default::default() };
    expect(app.installs().delete_install(delete).await.unwrap_err());
    // The way out.
    let updated = app.installs().update_install(update("1.1.0", false)).await.unwrap().into_inner();
    assert_eq!(updated.version, "1.1.0");
}

/// An app whose script notes its version.
fn noting(app: &str, version: &str, release: u64) -> Bundle {
    let manifest = format!(
        "id: {app}\nname: Noting\nversion: {version}\nrelease: {release}\npublisher: test\ninstall_script: install.sh\n\
         sandbox: {{profile: confined}}\nretry: {{max_attempts: 1}}\n"
    );
    let script =
        "#!/bin/bash\nset -eu\necho \"$PURVEY_ACTION $PURVEY_APP_VERSION\" >>\"$PURVEY_STATE_DIR/record\"\n";
    publishing::packed(&manifest, &[("install.sh", script)])
}

async fn install(app: &TestApp, name: &str) -> Install {
    let request =
        CreateInstallRequest { server: "web-1".to_owned(), app: name.to_owned(), ..Default::default() };
    app.installs().create_install(request).await.unwrap().into_inner()
}

async fn refusal(app: &TestApp, install: &Install) -> (String, Job) {
    let job = app.wait_for(&install.job, JobState::Refused).await;
    (job.reason_code.clone(), job)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_a_floor_and_a_revoked_bundle_reach_a_real_agent_before_the_jobs_do() {
    let app = TestApp::start().await;
    let [by_key, below, revoked, good] =
        ["by-key", "below", "revoked", "good"].map(|name| noting(name, "1.0.0", 1));
    push(&app, &by_key, vouched_by(&statement(&by_key), SECOND)).await.unwrap();
    for bundle in [&below, &revoked, &good] {
        push(&app, bundle, vouched(bundle)).await.unwrap();
    }
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    agent.stop();
    // The jobs are there before the publisher changes its mind.
    let mut installs = Vec::new();
    for name in ["by-key", "below", "revoked", "good"] {
        installs.push(install(&app, name).await);
    }
    let mut next = document(2);
    next.revoked_keys.push(key(SECOND).public_key().id());
    next.floors.insert("below".parse().unwrap(), 2);
    next.revoked_bundles.push(revoked.digest);
    publish(&app, &next).await;
    agent.start();
    for (install, expected) in
        installs.iter().zip(["PUBLISHER_KEY_REVOKED", "RELEASE_BELOW_FLOOR", "BUNDLE_REVOKED"])
    {
        assert_eq!(refusal(&app, install).await.0, expected);
        assert!(agent.record(install).is_empty());
    }
    app.wait_for(&installs[3].job, JobState::Succeeded).await;
    assert_eq!(agent.record(&installs[3]), ["install 1.0.0"]);

    // A control plane that was put back to before knows nothing of it. The agent does, after a restart as well.
    sqlx::query("DELETE FROM publisher_documents WHERE version > 1").execute(app.db()).await.unwrap();
    app.cx().publishers.forget();
    app.cx().catalogue.forget();
    agent.stop();
    agent.start();
    let retry = purvey_proto::v1::RetryJobRequest { job: installs[2].job.clone(), ..Default::default() };
    let again = app.jobs().retry_job(retry).await.unwrap().into_inner();
    let job = app.wait_for(&again.job, JobState::Refused).await;
    assert_eq!(job.reason_code, "BUNDLE_REVOKED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_follows_changes_of_root_that_it_has_missed() {
    let app = TestApp::start().await;
    let bundle = noting("good", "1.0.0", 1);
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    agent.stop();
    let rooted = |version, root| {
        let mut next = document(version);
        next.roots = vec![key(root).public_key()];
        next
    };
    let mut last = rooted(5, 8);
    let signer = last.signing_keys[0].clone();
    last.signing_keys.push(purvey_contract::dsse::ListedKey { public_key: key(20).public_key(), ..signer });
    let chain = [
        signed(&rooted(2, ROOT), &[ROOT]),
        signed(&rooted(3, 7), &[ROOT, 7]),
        signed(&rooted(4, 8), &[7, 8]),
        signed(&last, &[8]),
    ];
    push_documents(&app, &chain).await.unwrap();
    // A key that only the last document knows.
    push(&app, &bundle, vouched_by(&statement(&bundle), 20)).await.unwrap();
    agent.start();
    let made = install(&app, "good").await;
    app.wait_for(&made.job, JobState::Succeeded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_is_an_upgrade_and_going_back_has_to_be_allowed() {
    let app = TestApp::start().await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    let first = noting("noting", "1.0.0", 1);
    push(&app, &first, vouched(&first)).await.unwrap();
    let made = install(&app, "noting").await;
    app.wait_for(&made.job, JobState::Succeeded).await;

    let second = noting("noting", "1.1.0", 2);
    push(&app, &second, vouched(&second)).await.unwrap();
    let to = |version: &str, allow_downgrade| UpdateInstallRequest {
        install: "noting".to_owned(),
        update_mask: Some(purvey_proto::google::protobuf::FieldMask { paths: vec!["version".to_owned()] }),
        ..update(version, allow_downgrade)
    };
    // No version means the newest.
    let updated = app.installs().update_install(to("", false)).await.unwrap().into_inner();
    assert_eq!(updated.version, "1.1.0");
    let job = app.wait_for(&updated.job, JobState::Succeeded).await;
    assert_eq!(job.action(), JobAction::Upgrade);
    assert_eq!(app.install("web-1", "noting").await.observed_version, "1.1.0");

    let refused = app.installs().update_install(to("1.0.0", false)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "DOWNGRADE_NOT_ALLOWED")
    );
    let back = app.installs().update_install(to("1.0.0", true)).await.unwrap().into_inner();
    app.wait_for(&back.job, JobState::Succeeded).await;
    assert_eq!(agent.record(&made), ["install 1.0.0", "upgrade 1.1.0", "upgrade 1.0.0"]);

    // A floor ends that.
    let mut next = document(2);
    next.floors.insert("noting".parse().unwrap(), 2);
    publish(&app, &next).await;
    let refused = app.installs().update_install(to("1.0.0", true)).await.unwrap_err();
    assert_eq!(reason(&refused), "RELEASE_BELOW_FLOOR");
}
