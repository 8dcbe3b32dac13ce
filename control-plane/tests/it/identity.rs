//! Who callers are: the bootstrap token, API keys, and what each may do.

use std::os::unix::fs::PermissionsExt as _;

use purvey_proto::v1::{
    ApiKey, CreateApiKeyRequest, CreateJoinTokenRequest, ListApiKeysRequest, ListAppsRequest,
    ListServersRequest, RevokeApiKeyRequest, WhoAmIRequest,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::TestApp;

async fn key(app: &TestApp, role: &str) -> ApiKey {
    let request =
        CreateApiKeyRequest { display_name: role.to_owned(), role: role.to_owned(), ..Default::default() };
    app.identity().create_api_key(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn the_bootstrap_token_makes_one_admin_key_and_is_spent() {
    let app = TestApp::start().await;
    let file = app.bootstrap_file();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let token = std::fs::read_to_string(file).unwrap();
    let again = app.with_token(token.trim()).identity().who_am_i(WhoAmIRequest {}).await.unwrap_err();
    assert_eq!(again.code(), Code::Unauthenticated);
    let me = app.identity().who_am_i(WhoAmIRequest {}).await.unwrap().into_inner();
    assert!(
        me.principal.starts_with("key:") && me.permissions.contains(&"apiKeys.create".to_owned()),
        "{me:?}"
    );
}

#[tokio::test]
async fn a_restart_offers_no_bootstrap_token_once_an_admin_key_was_used() {
    let mut app = TestApp::start().await;
    app.identity().who_am_i(WhoAmIRequest {}).await.unwrap();
    std::fs::remove_file(app.bootstrap_file()).unwrap();
    app.restart().await;
    assert!(!app.bootstrap_file().exists());
    app.identity().who_am_i(WhoAmIRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_restart_offers_a_new_bootstrap_token_while_no_admin_key_was_used() {
    let mut app = TestApp::start().await;
    let spent = std::fs::read_to_string(app.bootstrap_file()).unwrap();
    app.restart().await;
    let fresh = std::fs::read_to_string(app.bootstrap_file()).unwrap();
    assert_ne!(spent, fresh);
    let me = app.with_token(fresh.trim()).identity().who_am_i(WhoAmIRequest {}).await.unwrap().into_inner();
    assert_eq!(me.principal, "bootstrap");
}

#[tokio::test]
async fn the_bootstrap_token_makes_nothing_but_an_admin_key() {
    let mut app = TestApp::start().await;
    app.restart().await;
    let token = std::fs::read_to_string(app.bootstrap_file()).unwrap();
    let bootstrap = app.with_token(token.trim());
    let request =
        CreateApiKeyRequest { display_name: "x".to_owned(), role: "viewer".to_owned(), ..Default::default() };
    assert_eq!(bootstrap.identity().create_api_key(request).await.unwrap_err().code(), Code::InvalidArgument);
    let listed = bootstrap.servers().list_servers(ListServersRequest::default()).await;
    assert_eq!(listed.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn whoever_cannot_say_who_it_is_gets_nowhere() {
    let app = TestApp::start().await;
    let good = key(&app, "viewer").await.secret;
    let mut wrong_secret = good.clone();
    let at = wrong_secret.len() - 20;
    let digit = if &wrong_secret[at..=at] == "0" { "1" } else { "0" };
    wrong_secret.replace_range(at..=at, digit);
    let body = wrong_secret.rsplit_once('_').unwrap().0.to_owned();
    let forged = format!("{body}_{:08x}", crc32fast::hash(body.as_bytes()));
    for token in ["", "nonsense", "pvb_00", &good[..good.len() - 1], &wrong_secret, &forged] {
        let refused = app.with_token(token).apps().list_apps(ListAppsRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{token}");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "UNAUTHENTICATED");
    }
    let mut anonymous = purvey_proto::v1::app_service_client::AppServiceClient::new(app.channel());
    assert_eq!(
        anonymous.list_apps(ListAppsRequest::default()).await.unwrap_err().code(),
        Code::Unauthenticated
    );
    app.with_token(&good).apps().list_apps(ListAppsRequest::default()).await.unwrap();
}

#[tokio::test]
async fn an_expired_or_revoked_key_is_refused() {
    let app = TestApp::start().await;
    let request = CreateApiKeyRequest {
        display_name: "short".to_owned(),
        role: "viewer".to_owned(),
        ttl: Some(purvey_proto::google::protobuf::Duration { seconds: 60, nanos: 0 }),
        ..Default::default()
    };
    let short = app.identity().create_api_key(request).await.unwrap().into_inner();
    assert!(short.expire_time.is_some());
    app.pass(61).await;
    let refused = app.with_token(&short.secret).apps().list_apps(ListAppsRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);

    let other = key(&app, "viewer").await;
    app.with_token(&other.secret).apps().list_apps(ListAppsRequest::default()).await.unwrap();
    let request = RevokeApiKeyRequest { id: other.id.clone(), ..Default::default() };
    let revoked = app.identity().revoke_api_key(request).await.unwrap().into_inner();
    assert!(revoked.revoke_time.is_some() && revoked.secret.is_empty());
    let refused = app.with_token(&other.secret).apps().list_apps(ListAppsRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_role_may_do_what_it_may_do_and_refusals_are_counted() {
    let app = TestApp::start().await;
    let viewer = key(&app, "viewer").await;
    let caller = app.with_token(&viewer.secret);
    caller.servers().list_servers(ListServersRequest::default()).await.unwrap();
    for _ in 0..3 {
        let refused =
            caller.servers().create_join_token(CreateJoinTokenRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refused.message().contains("joinTokens.create"), "{}", refused.message());
    }
    assert_eq!(
        caller.identity().list_api_keys(ListApiKeysRequest::default()).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    app.cx().denials.flush(app.db()).await.unwrap();
    let counted: (i64, bool) = sqlx::query_as(
        "SELECT sum(times)::bigint, bool_or(allowed) FROM audit_entries WHERE principal = $1 AND action = 'joinTokens.create'",
    )
    .bind(format!("key:{}", viewer.id))
    .fetch_one(app.db())
    .await
    .unwrap();
    assert_eq!(counted, (3, false));
}

#[tokio::test]
async fn a_key_s_secret_is_shown_once_and_stored_nowhere() {
    let app = TestApp::start().await;
    let request = CreateApiKeyRequest {
        display_name: "ci".to_owned(),
        role: "operator".to_owned(),
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let made = app.identity().create_api_key(request.clone()).await.unwrap().into_inner();
    let again = app.identity().create_api_key(request).await.unwrap().into_inner();
    assert_eq!((again.id.as_str(), again.secret.as_str()), (made.id.as_str(), ""));
    let secret = made.secret.split('_').nth(2).unwrap().to_owned();
    for table in ["api_keys", "request_ids", "audit_entries"] {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} row WHERE row::text LIKE '%{secret}%')");
        let found: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.db()).await.unwrap();
        assert!(!found, "{table}");
    }
}

#[tokio::test]
async fn keys_are_listed_in_pages_newest_first() {
    let app = TestApp::start().await;
    for number in 0..4 {
        key(&app, if number % 2 == 0 { "viewer" } else { "developer" }).await;
    }
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListApiKeysRequest { page_size: 2, page_token: page_token.clone() };
        let page = app.identity().list_api_keys(request).await.unwrap().into_inner();
        assert!(page.api_keys.len() <= 2);
        found.extend(page.api_keys);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found.len(), 5);
    assert!(
        found.is_sorted_by_key(|key| std::cmp::Reverse(key.create_time.map(|at| (at.seconds, at.nanos))))
    );
    let request = ListApiKeysRequest { page_size: 2, page_token: "AAAA".to_owned() };
    assert_eq!(app.identity().list_api_keys(request).await.unwrap_err().code(), Code::InvalidArgument);
    let request = ListApiKeysRequest { page_size: -1, ..Default::default() };
    assert_eq!(app.identity().list_api_keys(request).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn every_bad_field_of_a_new_key_is_refused() {
    let app = TestApp::start().await;
    let good =
        CreateApiKeyRequest { display_name: "x".to_owned(), role: "viewer".to_owned(), ..Default::default() };
    let ttl = |seconds| Some(purvey_proto::google::protobuf::Duration { seconds, nanos: 0 });
    for bad in [
        CreateApiKeyRequest { display_name: String::new(), ..good.clone() },
        CreateApiKeyRequest { role: "root".to_owned(), ..good.clone() },
        CreateApiKeyRequest { role: String::new(), ..good.clone() },
        CreateApiKeyRequest { ttl: ttl(-1), ..good.clone() },
        CreateApiKeyRequest { ttl: ttl(5), ..good.clone() },
        CreateApiKeyRequest { project: "No Project".to_owned(), ..good.clone() },
        CreateApiKeyRequest { request_id: "7".to_owned(), ..good.clone() },
    ] {
        assert_eq!(
            app.identity().create_api_key(bad.clone()).await.unwrap_err().code(),
            Code::InvalidArgument,
            "{bad:?}"
        );
    }
    let elsewhere = CreateApiKeyRequest { project: "elsewhere".to_owned(), ..good };
    assert_eq!(app.identity().create_api_key(elsewhere).await.unwrap_err().code(), Code::NotFound);
}
