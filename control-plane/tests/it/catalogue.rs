//! The catalogue: what is imported, found and validated.

use control_plane::error::Error;
use control_plane::registry::{self, Found};
use purvey_contract::bundle::Bundle;
use purvey_contract::publisher::BundleStatement;
use purvey_proto::v1::{
    GetAppRequest, GetAppVersionRequest, ListAppVersionsRequest, ListAppsRequest, ValidateInputsRequest,
};
use tonic::Code;

use crate::harness::{HELLO, TestApp, inputs};
use crate::publishing::{self, SIGNER, statement, vouched, vouched_by};

fn manifest(id: &str, version: &str, release: u64) -> String {
    HELLO
        .replace("id: hello", &format!("id: {id}"))
        .replace("version: 1.0.0", &format!("version: {version}"))
        .replace("release: 1", &format!("release: {release}"))
}

fn packed(manifest: &str, script: &str) -> Bundle {
    publishing::packed(manifest, &["install.sh", "uninstall.sh", "verify.sh"].map(|name| (name, script)))
}

#[tokio::test]
async fn a_folder_of_bundles_is_imported_once() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (id, version, release) in [("hello", "1.0.0", 1), ("hello", "1.1.0", 2), ("other", "1.0.0", 1)] {
        let bundle = packed(&manifest(id, version, release), "#!/bin/bash\n");
        std::fs::write(folder.path().join(format!("{id}-{version}.bundle")), &bundle.archive).unwrap();
        let beside = folder.path().join(format!("{id}-{version}.statement.json"));
        std::fs::write(beside, vouched(&bundle)).unwrap();
    }
    let new =
        |imported: Vec<registry::Imported>| imported.iter().filter(|one| one.found == Found::New).count();
    assert_eq!(new(registry::folder(app.cx(), folder.path()).await.unwrap()), 3);
    assert_eq!(new(registry::folder(app.cx(), folder.path()).await.unwrap()), 0);

    let listed = app.apps().list_apps(ListAppsRequest::default()).await.unwrap().into_inner();
    let found: Vec<_> =
        listed.apps.iter().map(|app| (app.app.as_str(), app.latest_version.as_str())).collect();
    assert_eq!(found, [("hello", "1.1.0"), ("other", "1.0.0")]);
    let request = ListAppVersionsRequest { app: "hello".to_owned(), page_size: 1, ..Default::default() };
    let first = app.apps().list_app_versions(request.clone()).await.unwrap().into_inner();
    let request = ListAppVersionsRequest { page_token: first.next_page_token.clone(), ..request };
    let second = app.apps().list_app_versions(request).await.unwrap().into_inner();
    assert_eq!((first.app_versions[0].release, second.app_versions[0].release), (2, 1));
    assert!(second.next_page_token.is_empty());

    std::fs::remove_file(folder.path().join("other-1.0.0.statement.json")).unwrap();
    let missing = registry::folder(app.cx(), folder.path()).await.unwrap_err();
    assert!(missing.to_string().contains("other-1.0.0.statement.json"), "{missing}");
}

#[tokio::test]
async fn a_version_with_another_bundle_is_refused() {
    let app = TestApp::start().await;
    let import = async |bundle: Bundle| {
        let statement = vouched(&bundle);
        registry::import(app.cx(), bundle.archive, statement).await
    };
    import(packed(&manifest("hello", "1.0.0", 1), "#!/bin/bash\n")).await.unwrap();
    for (version, release, expected) in
        [("1.0.0", 1, "VERSION_TAKEN"), ("1.0.0", 2, "VERSION_TAKEN"), ("1.0.1", 1, "RELEASE_TAKEN")]
    {
        let other = import(packed(&manifest("hello", version, release), "#!/bin/bash\nexit 1\n")).await;
        assert!(
            matches!(other, Err(Error::FailedPrecondition { reason, .. }) if reason == expected),
            "{version} {release}: {other:?}"
        );
    }
}

#[tokio::test]
async fn a_statement_of_another_bundle_is_refused() {
    let app = TestApp::start().await;
    let bundle = packed(&manifest("hello", "1.0.0", 1), "#!/bin/bash\n");
    let good = statement(&bundle);
    for wrong in [
        BundleStatement { version: "2.0.0".to_owned(), ..good.clone() },
        BundleStatement { release: 9, ..good.clone() },
        BundleStatement { app: "test/other".parse().unwrap(), ..good.clone() },
        BundleStatement { app: "other/hello".parse().unwrap(), ..good.clone() },
        BundleStatement { bundle: purvey_contract::id::Digest([0; 32]), ..good.clone() },
    ] {
        let refused = registry::import(app.cx(), bundle.archive.clone(), vouched_by(&wrong, SIGNER)).await;
        let Err(Error::Invalid(violations)) = refused else { panic!("{refused:?}") };
        assert_eq!(violations[0].code, "BUNDLE_STATEMENT_MISMATCH");
    }
    let mut altered = bundle.archive.clone();
    altered[600] ^= 1;
    assert!(registry::import(app.cx(), altered, vouched_by(&good, SIGNER)).await.is_err());
}

#[tokio::test]
async fn apps_are_found_by_words() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let found = async |query: &str| {
        let request = ListAppsRequest { query: query.to_owned(), ..Default::default() };
        app.apps().list_apps(request).await.unwrap().into_inner().apps.len()
    };
    assert_eq!(found("SAYS hel").await, 1);
    assert_eq!(found("hello nothing").await, 0);
    assert_eq!(found("%").await, 0);
}

#[tokio::test]
async fn a_version_says_what_an_install_may_say() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let request = GetAppVersionRequest { app: "hello".to_owned(), ..Default::default() };
    let version = app.apps().get_app_version(request).await.unwrap().into_inner();
    let said: Vec<_> = version
        .inputs
        .iter()
        .map(|input| (input.name.as_str(), input.r#type.as_str(), input.sensitive))
        .collect();
    assert_eq!(said, [("title", "string", false), ("port", "port", false), ("password", "password", true)]);
    assert_eq!(version.digest.len(), 64);
    assert!(version.actions.contains(&"uninstall".to_owned()) && version.size_bytes > 0);
    let missing = GetAppVersionRequest { app: "hello".to_owned(), version: "9".to_owned() };
    assert_eq!(app.apps().get_app_version(missing).await.unwrap_err().code(), Code::NotFound);
    let missing = GetAppRequest { app: "nothing".to_owned() };
    assert_eq!(app.apps().get_app(missing).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn inputs_are_judged_without_making_anything() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let judged = async |values: &[(&str, serde_json::Value)]| {
        let request =
            ValidateInputsRequest { app: "hello".to_owned(), inputs: inputs(values), ..Default::default() };
        app.apps().validate_inputs(request).await.unwrap().into_inner()
    };
    let good =
        judged(&[("title", "Hello".into()), ("port", "8080".into()), ("password", "secret word".into())])
            .await;
    assert!(good.valid);
    let effective = good.effective_inputs.unwrap().fields;
    assert_eq!(
        effective.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        ["port", "title"].into()
    );
    let bad = judged(&[("port", 0.into())]).await;
    let fields: std::collections::BTreeSet<_> =
        bad.violations.iter().map(|violation| violation.field.as_str()).collect();
    assert!(!bad.valid);
    assert_eq!(fields, ["inputs.port", "inputs.title"].into());
}
