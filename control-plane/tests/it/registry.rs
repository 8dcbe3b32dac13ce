//! The registry over the wire: what is taken, what is refused and why, what is found and copied.

use futures_util::{StreamExt as _, stream};
use purvey_contract::bundle::{Bundle, MAX_ARCHIVE_BYTES, transport};
use purvey_contract::publisher::BundleStatement;
use purvey_proto::v1::{
    CreateApiKeyRequest, GetAppRequest, PullBundleRequest, PushBundleHeader, PushBundleRequest,
    PushBundleResponse, SearchBundlesRequest, pull_bundle_response, push_bundle_request,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{HELLO, TestApp};
use crate::publishing::{self, SECOND, SIGNER, statement, vouched, vouched_by};

/// Version and release of `hello`; another script makes another bundle.
pub(crate) fn hello(version: &str, release: u64, script: &str) -> Bundle {
    let manifest = HELLO
        .replace("version: 1.0.0", &format!("version: {version}"))
        .replace("release: 1", &format!("release: {release}"));
    publishing::packed(&manifest, &["install.sh", "uninstall.sh", "verify.sh"].map(|name| (name, script)))
}

fn header(archive: &[u8], statement: Vec<u8>) -> PushBundleHeader {
    PushBundleHeader { size: archive.len() as u64, statement, ..Default::default() }
}

fn messages(header: PushBundleHeader, archive: &[u8]) -> Vec<PushBundleRequest> {
    use push_bundle_request::Part;
    let pieces = archive.chunks(1000).map(|piece| Part::Data(piece.to_vec()));
    let parts = std::iter::once(Part::Header(header)).chain(pieces);
    parts.map(|part| PushBundleRequest { part: Some(part) }).collect()
}

async fn send(app: &TestApp, messages: Vec<PushBundleRequest>) -> Result<PushBundleResponse, Status> {
    app.registry().push_bundle(stream::iter(messages)).await.map(tonic::Response::into_inner)
}

pub(crate) async fn push(
    app: &TestApp,
    bundle: &Bundle,
    statement: Vec<u8>,
) -> Result<PushBundleResponse, Status> {
    send(app, messages(header(&bundle.archive, statement), &bundle.archive)).await
}

pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[track_caller]
fn assert_refused(pushed: Result<PushBundleResponse, Status>, code: Code, expected: &str) {
    let status = pushed.expect_err(expected);
    assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{status:?}");
}

async fn pull(app: &TestApp, request: PullBundleRequest) -> (purvey_proto::v1::PullBundleHeader, Vec<u8>) {
    let mut parts = app.registry().pull_bundle(request).await.unwrap().into_inner();
    let (mut header, mut archive) = (None, Vec::new());
    while let Some(part) = parts.next().await {
        match part.unwrap().part.unwrap() {
            pull_bundle_response::Part::Header(first) => header = Some(first),
            pull_bundle_response::Part::Data(data) => archive.extend(data),
        }
    }
    (header.unwrap(), archive)
}

#[tokio::test]
async fn a_bundle_is_pushed_found_and_pulled_as_it_was() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let statement = vouched(&bundle);
    let pushed = push(&app, &bundle, statement.clone()).await.unwrap();
    let listed = pushed.bundle.unwrap();
    assert!(pushed.created && !pushed.statement_replaced);
    assert_eq!((listed.digest.as_str(), listed.app.as_str()), (bundle.digest.to_string().as_str(), "hello"));

    let request = PullBundleRequest { app: "hello".to_owned(), ..Default::default() };
    let (header, archive) = pull(&app, request).await;
    assert_eq!((archive, header.statement), (bundle.archive.clone(), statement));
    assert_eq!(header.publisher_document, publishing::document_of(1));
    assert_eq!(header.bundle.unwrap().size_bytes, bundle.archive.len() as u64);
    let request = PullBundleRequest { digest: bundle.digest.to_string(), ..Default::default() };
    assert_eq!(pull(&app, request).await.1, bundle.archive);
    let nothing = PullBundleRequest { digest: "0".repeat(64), ..Default::default() };
    assert_eq!(app.registry().pull_bundle(nothing).await.err().unwrap().code(), Code::NotFound);
}

#[tokio::test]
async fn the_same_push_again_changes_nothing_also_when_compressed() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let said = vouched(&bundle);
    assert!(push(&app, &bundle, said.clone()).await.unwrap().created);
    let again = push(&app, &bundle, said.clone()).await.unwrap();
    assert!(!again.created && !again.statement_replaced);
    let small = transport::compress(&bundle.archive);
    let again = send(&app, messages(header(&small, said.clone()), &small)).await.unwrap();
    assert!(!again.created && again.bundle.unwrap().digest == bundle.digest.to_string());
    // An older statement does not take the place of a newer one.
    let older =
        BundleStatement { issued: statement(&bundle).issued - time::Duration::DAY, ..statement(&bundle) };
    assert!(!push(&app, &bundle, vouched_by(&older, SECOND)).await.unwrap().statement_replaced);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_entries WHERE action LIKE 'bundles.%'")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_version_never_changes_and_releases_rise() {
    let app = TestApp::start().await;
    let first = hello("1.0.0", 3, "#!/bin/bash\n");
    push(&app, &first, vouched(&first)).await.unwrap();
    for (version, release, expected) in [
        ("1.0.0", 3, "VERSION_TAKEN"),
        ("1.0.0", 4, "VERSION_TAKEN"),
        ("1.0.1", 3, "RELEASE_TAKEN"),
        ("0.9.0", 2, "RELEASE_NOT_RISING"),
    ] {
        let other = hello(version, release, "#!/bin/bash\nexit 1\n");
        assert_refused(push(&app, &other, vouched(&other)).await, Code::FailedPrecondition, expected);
    }
    let next = hello("0.9.0", 4, "#!/bin/bash\nexit 1\n");
    assert!(push(&app, &next, vouched(&next)).await.unwrap().created);
}

#[tokio::test]
async fn of_two_bundles_for_one_version_at_the_same_time_one_is_taken() {
    let app = TestApp::start().await;
    let bundles: Vec<Bundle> =
        (0..4).map(|number| hello("1.0.0", 1, &format!("#!/bin/bash\nexit {number}\n"))).collect();
    let pushes = bundles.iter().map(|bundle| push(&app, bundle, vouched(bundle)));
    let pushed = futures_util::future::join_all(pushes).await;
    assert_eq!(pushed.iter().filter(|one| one.is_ok()).count(), 1, "{pushed:?}");
    for refused in pushed.into_iter().filter(Result::is_err) {
        assert_refused(refused, Code::FailedPrecondition, "VERSION_TAKEN");
    }
}

#[tokio::test]
async fn an_app_belongs_to_one_publisher() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut other = publishing::document(1);
    other.publisher = "other".parse().unwrap();
    let document = publishing::signed(&other, &[publishing::ROOT]);
    control_plane::registry::publishers::import(app.cx(), &document).await.unwrap();
    let manifest = HELLO.replace("publisher: test", "publisher: other").replace("release: 1", "release: 9");
    let theirs = publishing::packed(
        &manifest.replace("1.0.0", "9.0.0"),
        &["install.sh", "uninstall.sh", "verify.sh"].map(|name| (name, "")),
    );
    assert_refused(push(&app, &theirs, vouched(&theirs)).await, Code::FailedPrecondition, "APP_TAKEN");
}

#[tokio::test]
async fn what_servers_would_refuse_is_not_taken() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let by = |signer| vouched_by(&statement(&bundle), signer);
    let unlisted = push(&app, &bundle, by(9)).await;
    assert_refused(unlisted, Code::FailedPrecondition, "BUNDLE_STATEMENT_UNTRUSTED");
    let by_root = push(&app, &bundle, by(publishing::ROOT)).await;
    assert_refused(by_root, Code::FailedPrecondition, "BUNDLE_STATEMENT_UNTRUSTED");

    let stranger = HELLO.replace("publisher: test", "publisher: stranger");
    let stranger =
        publishing::packed(&stranger, &["install.sh", "uninstall.sh", "verify.sh"].map(|name| (name, "")));
    let unknown = push(&app, &stranger, vouched(&stranger)).await;
    assert_refused(unknown, Code::FailedPrecondition, "PUBLISHER_NOT_TRUSTED");

    let mut next = publishing::document(2);
    next.revoked_keys.push(publishing::key(SECOND).public_key().id());
    next.floors.insert("hello".parse().unwrap(), 2);
    control_plane::registry::publishers::import(app.cx(), &publishing::signed(&next, &[publishing::ROOT]))
        .await
        .unwrap();
    assert_refused(push(&app, &bundle, by(SIGNER)).await, Code::FailedPrecondition, "RELEASE_BELOW_FLOOR");
    let good = hello("1.1.0", 2, "#!/bin/bash\n");
    let revoked = push(&app, &good, vouched_by(&statement(&good), SECOND)).await;
    assert_refused(revoked, Code::FailedPrecondition, "PUBLISHER_KEY_REVOKED");
    next.version = 3;
    next.revoked_bundles.push(good.digest);
    next.signing_keys[0].not_after = time::macros::datetime!(2026-01-02 0:00 UTC);
    control_plane::registry::publishers::import(app.cx(), &publishing::signed(&next, &[publishing::ROOT]))
        .await
        .unwrap();
    assert_refused(push(&app, &good, vouched(&good)).await, Code::FailedPrecondition, "BUNDLE_REVOKED");
    let other = hello("1.1.0", 2, "#!/bin/bash\nexit 0\n");
    assert_refused(
        push(&app, &other, vouched(&other)).await,
        Code::FailedPrecondition,
        "PUBLISHER_KEY_EXPIRED",
    );
    assert_eq!(
        app.apps().get_app(GetAppRequest { app: "hello".to_owned() }).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn what_is_no_bundle_is_refused_for_what_it_is() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let said = vouched(&bundle);
    let sent = async |archive: &[u8]| send(&app, messages(header(archive, said.clone()), archive)).await;
    let mut padded = bundle.archive.clone();
    padded[600] ^= 1;
    assert_refused(sent(&padded).await, Code::InvalidArgument, "BUNDLE_NOT_CANONICAL");
    let mut damaged = bundle.archive.clone();
    damaged[150] ^= 1;
    assert_refused(sent(&damaged).await, Code::InvalidArgument, "BUNDLE_DAMAGED");
    let trailing = [bundle.archive.as_slice(), &[0; 512]].concat();
    assert_refused(sent(&trailing).await, Code::InvalidArgument, "BUNDLE_NOT_CANONICAL");
    assert_refused(sent(b"").await, Code::InvalidArgument, "BUNDLE_DAMAGED");
    let bomb = transport::compress(&vec![0; MAX_ARCHIVE_BYTES + 1]);
    assert_refused(sent(&bomb).await, Code::InvalidArgument, "BUNDLE_TOO_LARGE");

    let other = hello("1.0.0", 1, "#!/bin/bash\nexit 1\n");
    let about_another = push(&app, &other, said.clone()).await;
    assert_refused(about_another, Code::InvalidArgument, "BUNDLE_STATEMENT_MISMATCH");
    assert_refused(
        push(&app, &bundle, b"{}".to_vec()).await,
        Code::InvalidArgument,
        "BUNDLE_STATEMENT_INVALID",
    );
}

#[tokio::test]
async fn a_push_is_bounded_and_keeps_to_its_form() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let good = messages(header(&bundle.archive, vouched(&bundle)), &bundle.archive);
    let with_size = |size: u64| {
        let header = PushBundleHeader { size, ..header(&bundle.archive, vouched(&bundle)) };
        messages(header, &bundle.archive)
    };
    let refused = Code::InvalidArgument;
    assert_refused(send(&app, with_size(1 << 40)).await, refused, "BUNDLE_TOO_LARGE");
    assert_refused(send(&app, with_size(100)).await, refused, "SIZE_MISMATCH");
    assert_refused(send(&app, with_size(1 << 20)).await, refused, "SIZE_MISMATCH");
    assert_refused(send(&app, vec![]).await, refused, "REQUIRED");
    assert_refused(send(&app, good[1..].to_vec()).await, refused, "REQUIRED");
    let twice = [&good[..1], &good[..]].concat();
    assert_refused(send(&app, twice).await, refused, "NOT_ALLOWED");
    assert!(send(&app, good).await.unwrap().created);
}

#[tokio::test]
async fn a_push_can_be_tried_without_consequences() {
    let app = TestApp::start().await;
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let mut next = publishing::document(2);
    next.floors.insert("other".parse().unwrap(), 7);
    let header = PushBundleHeader {
        validate_only: true,
        publisher_documents: vec![publishing::signed(&next, &[publishing::ROOT])],
        ..header(&bundle.archive, vouched(&bundle))
    };
    assert!(send(&app, messages(header, &bundle.archive)).await.unwrap().created);
    let found = app.registry().search_bundles(SearchBundlesRequest::default()).await.unwrap().into_inner();
    assert!(found.bundles.is_empty());
    let documents: i64 =
        sqlx::query_scalar("SELECT count(*) FROM publisher_documents").fetch_one(app.db()).await.unwrap();
    assert_eq!(documents, 1);
}

#[tokio::test]
async fn bundles_are_found_by_words_and_publisher_page_by_page() {
    let app = TestApp::start().await;
    for (version, release) in [("1.0.0", 1), ("1.1.0", 2), ("2.0.0", 3)] {
        let bundle = hello(version, release, "#!/bin/bash\n");
        push(&app, &bundle, vouched(&bundle)).await.unwrap();
    }
    let found = async |query: &str, publisher: &str, page_size, page_token: &str| {
        let request = SearchBundlesRequest {
            query: query.to_owned(),
            publisher: publisher.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
        };
        let page = app.registry().search_bundles(request).await.unwrap().into_inner();
        let versions: Vec<String> = page.bundles.into_iter().map(|bundle| bundle.version).collect();
        (versions, page.next_page_token)
    };
    let (first, token) = found("hello SAYS", "test", 2, "").await;
    assert_eq!(first, ["2.0.0", "1.1.0"]);
    assert_eq!(found("hello SAYS", "test", 2, &token).await, (vec!["1.0.0".to_owned()], String::new()));
    assert_eq!(found("1.1", "", 0, "").await.0, ["1.1.0"]);
    assert_eq!(found("", "other", 0, "").await.0, [""; 0]);
}

#[tokio::test]
async fn who_may_look_may_not_push_and_who_may_push_may_not_trust() {
    let app = TestApp::start().await;
    let key = async |role: &str, project: &str| {
        let request = CreateApiKeyRequest {
            display_name: role.to_owned(),
            role: role.to_owned(),
            project: project.to_owned(),
            ..Default::default()
        };
        app.with_token(&app.identity().create_api_key(request).await.unwrap().into_inner().secret)
    };
    let (viewer, bound, operator) =
        (key("viewer", "").await, key("operator", "default").await, key("operator", "").await);
    let bundle = hello("1.0.0", 1, "#!/bin/bash\n");
    let good = messages(header(&bundle.archive, vouched(&bundle)), &bundle.archive);
    for caller in [&viewer, &bound] {
        let denied = caller.registry().push_bundle(stream::iter(good.clone())).await.unwrap_err();
        assert_eq!(denied.code(), Code::PermissionDenied);
    }
    operator.registry().push_bundle(stream::iter(good)).await.unwrap();
    let request = PullBundleRequest { app: "hello".to_owned(), ..Default::default() };
    viewer.registry().pull_bundle(request).await.unwrap();

    let push = |documents: Vec<Vec<u8>>| purvey_proto::v1::PushPublisherRequest { documents };
    let next = push(vec![publishing::document_of(2)]);
    let denied = viewer.registry().push_publisher(next.clone()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert_eq!(operator.registry().push_publisher(next).await.unwrap().into_inner().version, 2);
    let mut stranger = publishing::document(1);
    stranger.publisher = "stranger".parse().unwrap();
    let first = push(vec![publishing::signed(&stranger, &[publishing::ROOT])]);
    let denied = operator.registry().push_publisher(first.clone()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    assert!(denied.message().contains("publishers.trust"), "{denied}");
    assert_eq!(app.registry().push_publisher(first).await.unwrap().into_inner().version, 1);
}
