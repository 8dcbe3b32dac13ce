//! How machines become servers, keep their identity, and lose it.

use purvey_proto::agent as wire;
use purvey_proto::v1::{
    BanServerRequest, ConfirmServerRequest, CreateInstallRequest, CreateJoinTokenRequest, EvictServerRequest,
    GetServerRequest, JoinTokenState, ListJoinTokensRequest, ListServersRequest, RevokeJoinTokenRequest,
    ServerState, UpdateServerRequest,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{TestApp, inputs, violated_fields};
use crate::scripted_agent::{Keys, ScriptedAgent};

const DAY: i64 = 24 * 3600;

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().expect("an ErrorInfo").reason.clone()
}

async fn refused(app: &TestApp, token: &str) -> Status {
    match ScriptedAgent::enroll(app.agents_address(), token).await {
        Ok(_) => panic!("it was enrolled"),
        Err(refused) => refused,
    }
}

async fn token(app: &TestApp, request: CreateJoinTokenRequest) -> String {
    app.servers().create_join_token(request).await.unwrap().into_inner().token
}

fn named(server: &str) -> CreateJoinTokenRequest {
    CreateJoinTokenRequest { server: server.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn an_enrolled_server_has_the_token_s_name_labels_and_project() {
    let app = TestApp::start().await;
    let labels = [("env".to_owned(), "prod".to_owned())].into();
    let token = token(&app, CreateJoinTokenRequest { labels, ..named("web-1") }).await;
    let agent = ScriptedAgent::enroll(app.agents_address(), &token).await.unwrap();
    let request = GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let server = app.servers().get_server(request).await.unwrap().into_inner();
    assert_eq!(server.uid, agent.server.to_string());
    assert_eq!((server.project.as_str(), server.incarnation, server.connected), ("default", 1, false));
    assert_eq!(server.labels["env"], "prod");
    assert_eq!(server.state(), ServerState::Active);
    assert_eq!(server.facts.unwrap().os, "debian");
}

#[tokio::test]
async fn a_token_without_a_name_takes_the_host_s() {
    let app = TestApp::start().await;
    let token = token(&app, CreateJoinTokenRequest::default()).await;
    ScriptedAgent::enroll(app.agents_address(), &token).await.unwrap();
    let request = GetServerRequest { server: "scripted".to_owned(), ..Default::default() };
    app.servers().get_server(request).await.unwrap();
}

#[tokio::test]
async fn a_join_token_is_used_once_and_the_same_keys_may_repeat_the_call() {
    let app = TestApp::start().await;
    let token = token(&app, named("web-1")).await;
    let keys = Keys::new(7);
    let first = ScriptedAgent::enroll_with(app.agents_address(), &token, &keys).await.unwrap();
    let mut again = ScriptedAgent::enroll_with(app.agents_address(), &token, &keys).await.unwrap();
    assert_eq!((first.server, first.incarnation), (again.server, again.incarnation));
    again.open(&[]).await.unwrap();
    let other = refused(&app, &token).await;
    assert_eq!((other.code(), reason(&other).as_str()), (Code::FailedPrecondition, "JOIN_TOKEN_USED"));
    // A lost answer can be asked for again even after the token's time.
    app.pass(2 * 3600).await;
    ScriptedAgent::enroll_with(app.agents_address(), &token, &keys).await.unwrap();
    let listed = app.servers().list_join_tokens(ListJoinTokensRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.join_tokens[0].state(), JoinTokenState::Used);
    assert!(listed.join_tokens[0].token.is_empty());
}

#[tokio::test]
async fn an_expired_join_token_is_refused() {
    let app = TestApp::start().await;
    let token = token(&app, named("web-1")).await;
    app.pass(3601).await;
    let expired = refused(&app, &token).await;
    assert_eq!(reason(&expired), "JOIN_TOKEN_EXPIRED");
    let listed = app.servers().list_join_tokens(ListJoinTokensRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.join_tokens[0].state(), JoinTokenState::Expired);
}

#[tokio::test]
async fn a_revoked_join_token_is_refused() {
    let app = TestApp::start().await;
    let made = app.servers().create_join_token(named("web-1")).await.unwrap().into_inner();
    let request = RevokeJoinTokenRequest { uid: made.uid, ..Default::default() };
    let revoked = app.servers().revoke_join_token(request).await.unwrap().into_inner();
    assert_eq!(revoked.state(), JoinTokenState::Revoked);
    assert_eq!(reason(&refused(&app, &made.token).await), "JOIN_TOKEN_REVOKED");
}

#[tokio::test]
async fn a_join_token_is_good_in_its_address_range_only() {
    let app = TestApp::start().await;
    let range = |range: &str| CreateJoinTokenRequest { address_range: range.to_owned(), ..named("web-1") };
    let elsewhere = token(&app, range("10.1.0.0/16")).await;
    assert_eq!(reason(&refused(&app, &elsewhere).await), "JOIN_TOKEN_OTHER_ADDRESS");
    let here = token(&app, range("127.0.0.0/8")).await;
    ScriptedAgent::enroll(app.agents_address(), &here).await.unwrap();
}

#[tokio::test]
async fn a_forged_join_token_is_refused() {
    let app = TestApp::start().await;
    let good: purvey_contract::identity::JoinToken = token(&app, named("web-1")).await.parse().unwrap();
    let mut secret = good.clone();
    secret.secret = zeroize::Zeroizing::new([0; 32]);
    assert_eq!(refused(&app, &secret.reveal()).await.code(), Code::Unauthenticated);
    let mut cell = good.clone();
    cell.cell = "other".parse().unwrap();
    assert_eq!(reason(&refused(&app, &cell.reveal()).await), "JOIN_TOKEN_OTHER_CELL");
    ScriptedAgent::enroll(app.agents_address(), &good.reveal()).await.unwrap();
}

#[tokio::test]
async fn every_bad_field_of_a_new_join_token_is_refused() {
    let app = TestApp::start().await;
    let labels = |key: &str| [(key.to_owned(), "x".to_owned())].into();
    let ttl = |seconds| Some(purvey_proto::google::protobuf::Duration { seconds, nanos: 0 });
    for (bad, field) in [
        (named("Web 1"), "server"),
        (CreateJoinTokenRequest { labels: labels("host/x"), ..named("web-1") }, "labels.host/x"),
        (CreateJoinTokenRequest { ttl: ttl(10), ..named("web-1") }, "ttl"),
        (CreateJoinTokenRequest { ttl: ttl(8 * DAY), ..named("web-1") }, "ttl"),
        (CreateJoinTokenRequest { address_range: "web".to_owned(), ..named("web-1") }, "address_range"),
        (CreateJoinTokenRequest { reenroll: true, ..Default::default() }, "server"),
    ] {
        let refused = app.servers().create_join_token(bad).await.unwrap_err();
        assert_eq!(
            (refused.code(), violated_fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let unknown = CreateJoinTokenRequest { reenroll: true, ..named("nowhere") };
    assert_eq!(app.servers().create_join_token(unknown).await.unwrap_err().code(), Code::NotFound);
    let only = CreateJoinTokenRequest { validate_only: true, ..named("web-1") };
    let checked = app.servers().create_join_token(only).await.unwrap().into_inner();
    assert!(checked.token.is_empty() && checked.uid.is_empty());
    let listed = app.servers().list_join_tokens(ListJoinTokensRequest::default()).await.unwrap().into_inner();
    assert!(listed.join_tokens.is_empty());
}

#[tokio::test]
async fn the_name_of_an_enrolled_server_is_taken() {
    let app = TestApp::start().await;
    let (first, second) = (token(&app, named("web-1")).await, token(&app, named("web-1")).await);
    ScriptedAgent::enroll(app.agents_address(), &first).await.unwrap();
    assert_eq!(refused(&app, &second).await.code(), Code::AlreadyExists);
    assert_eq!(
        app.servers().create_join_token(named("web-1")).await.unwrap_err().code(),
        Code::AlreadyExists
    );
}

#[tokio::test]
async fn enrolling_again_keeps_the_uid_and_ends_the_present_incarnation() {
    let app = TestApp::start().await;
    let mut old = app.enrolled("web-1").await;
    old.open(&[]).await.unwrap();
    let again = token(&app, CreateJoinTokenRequest { reenroll: true, ..named("web-1") }).await;
    let mut new = ScriptedAgent::enroll(app.agents_address(), &again).await.unwrap();
    assert_eq!((new.server, new.incarnation), (old.server, 2));
    new.open(&[]).await.unwrap();
    old.reconnect().await;
    let ended = old.open(&[]).await.unwrap_err();
    assert_eq!(reason(&ended), "INCARNATION_ENDED");
    let allowed: bool = sqlx::query_scalar("SELECT secrets_allowed FROM incarnations WHERE incarnation = 2")
        .fetch_one(app.db())
        .await
        .unwrap();
    assert!(!allowed, "secrets wait for an operator's word");
}

#[tokio::test]
async fn a_server_that_enrolled_again_gets_secrets_only_after_somebody_confirmed_it() {
    let app = TestApp::start().await;
    app.publish(
        "id: secret\nname: Secret\nversion: 1.0.0\npublisher: test\ndescription: Takes one.\ninstall_script: install.sh\ninputs:\n  \
         - name: word\n    type: password\n    required: true\n",
    )
    .await;
    app.enrolled("web-1").await;
    let again = token(&app, CreateJoinTokenRequest { reenroll: true, ..named("web-1") }).await;
    let mut agent = ScriptedAgent::enroll(app.agents_address(), &again).await.unwrap();
    agent.open(&[]).await.unwrap();
    let server = async || {
        let request = GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
        app.servers().get_server(request).await.unwrap().into_inner()
    };
    assert!(server().await.unconfirmed);
    let request = CreateInstallRequest {
        server: "web-1".to_owned(),
        app: "secret".to_owned(),
        inputs: inputs(&[("word", "correct horse".into())]),
        ..Default::default()
    };
    app.installs().create_install(request).await.unwrap();
    let soon = std::time::Duration::from_millis(700);
    assert!(agent.poll_for(soon).await.unwrap().is_empty(), "a secret went to an unconfirmed machine");
    let confirm = async |incarnation| {
        let request = ConfirmServerRequest { server: "web-1".to_owned(), incarnation, ..Default::default() };
        app.servers().confirm_server(request).await
    };
    assert_eq!(confirm(0).await.unwrap_err().code(), Code::InvalidArgument);
    for other in [1, 3] {
        assert_eq!(reason(&confirm(other).await.unwrap_err()), "INCARNATION_NOT_PRESENT");
    }
    assert!(!confirm(2).await.unwrap().into_inner().unconfirmed);
    assert_eq!(agent.poll().await.unwrap().len(), 1);
    let audited: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_entries WHERE action = 'servers.confirm'")
            .fetch_one(app.db())
            .await
            .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn what_an_agent_tells_of_its_machine_is_shown_and_cut_to_size() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    agent
        .tell(wire::Facts {
            cpu_model: "x".repeat(1000),
            disks: vec![wire::Disk { mount: "/".to_owned(), filesystem: "ext4".to_owned(), size_bytes: 7 }],
            package_manager: "apt".to_owned(),
            virtualization: "kvm".to_owned(),
            labels: vec![wire::HostLabel { key: "rack".to_owned(), value: "b\u{0}7".to_owned() }],
            policy: Some(wire::HostPolicy {
                digest: vec![7; 32],
                invalid: false,
                paused: true,
                restricts: vec!["hours".to_owned()],
            }),
            ..Default::default()
        })
        .await;
    agent
        .say(wire::Heartbeat {
            load_hundredths: 125,
            memory_available_bytes: 9,
            disk_free_bytes: vec![5; 1000],
        })
        .await;
    app.cx().heartbeats.flush(app.cx()).await.unwrap();
    let request = GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let server = app.servers().get_server(request).await.unwrap().into_inner();
    let facts = server.facts.unwrap();
    assert_eq!((facts.cpu_model.len(), facts.disks[0].size_bytes), (256, 7));
    assert_eq!((facts.package_manager.as_str(), facts.virtualization.as_str()), ("apt", "kvm"));
    assert_eq!(facts.labels["host/rack"], "b7");
    let policy = facts.policy.unwrap();
    assert_eq!((policy.digest.len(), policy.paused, policy.restricts), (64, true, vec!["hours".to_owned()]));
    let heartbeat = server.heartbeat.unwrap();
    assert_eq!((heartbeat.load, heartbeat.memory_available_bytes), (1.25, 9));
    assert_eq!(heartbeat.disk_free_bytes.len(), 64);
    assert!(heartbeat.time.is_some() && !server.unconfirmed);
}

#[tokio::test]
async fn evicting_a_server_cuts_its_parked_poll_at_once() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    let parked = tokio::spawn(async move {
        let cut = agent.poll().await.unwrap_err();
        (agent, cut)
    });
    while app.cx().connections.count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let request = EvictServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let evicted = app.servers().evict_server(request).await.unwrap().into_inner();
    assert_eq!((evicted.state(), evicted.connected), (ServerState::Evicted, false));
    let cut = tokio::time::timeout(std::time::Duration::from_secs(2), parked);
    let (mut agent, _) = cut.await.expect("cut within two seconds").unwrap();
    agent.reconnect().await;
    assert_eq!(reason(&agent.open(&[]).await.unwrap_err()), "INCARNATION_ENDED");
    assert_eq!(reason(&agent.renew(None).await.unwrap_err()), "INCARNATION_ENDED");

    let again = token(&app, CreateJoinTokenRequest { reenroll: true, ..named("web-1") }).await;
    let mut new = ScriptedAgent::enroll(app.agents_address(), &again).await.unwrap();
    new.open(&[]).await.unwrap();
}

#[tokio::test]
async fn an_eviction_on_another_replica_cuts_here_too() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    agent.open(&[]).await.unwrap();
    sqlx::query("UPDATE incarnations SET ended_at = purvey_now()").execute(app.db()).await.unwrap();
    let cut = tokio::time::timeout(std::time::Duration::from_secs(8), agent.poll()).await;
    assert!(cut.expect("cut within seconds").is_err());
}

#[tokio::test]
async fn a_banned_server_never_enrols_again() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    let made_before = token(&app, CreateJoinTokenRequest { reenroll: true, ..named("web-1") }).await;
    let request = BanServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let banned = app.servers().ban_server(request).await.unwrap().into_inner();
    assert_eq!(banned.state(), ServerState::Banned);
    agent.reconnect().await;
    assert_eq!(reason(&agent.open(&[]).await.unwrap_err()), "INCARNATION_ENDED");
    assert_eq!(reason(&refused(&app, &made_before).await), "SERVER_BANNED");
    let request = CreateJoinTokenRequest { reenroll: true, ..named("web-1") };
    assert_eq!(reason(&app.servers().create_join_token(request).await.unwrap_err()), "SERVER_BANNED");
    // Evicting does not lift it.
    let request = EvictServerRequest { server: "web-1".to_owned(), ..Default::default() };
    assert_eq!(app.servers().evict_server(request).await.unwrap().into_inner().state(), ServerState::Banned);
}

#[tokio::test]
async fn a_certificate_is_renewed_for_the_same_key_or_a_new_one() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    agent.renew(None).await.unwrap();
    agent.reconnect().await;
    agent.open(&[]).await.unwrap();

    let (lost, kept) = (Keys::new(1), Keys::new(2));
    let mut unheard = agent.clone_identity();
    unheard.renew(Some(&lost)).await.unwrap();
    // The answer was lost: the old key still works, and asks again for another one.
    agent.renew(Some(&kept)).await.unwrap();
    agent.reconnect().await;
    agent.open(&[]).await.unwrap();
    unheard.reconnect().await;
    assert_eq!(reason(&unheard.open(&[]).await.unwrap_err()), "INCARNATION_ENDED");
}

#[tokio::test]
async fn an_expired_certificate_serves_only_to_renew_and_only_with_a_signed_challenge() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    app.cx().clock.shift(2 * DAY);
    agent.reconnect().await;
    assert_eq!(agent.open(&[]).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(agent.renew(None).await.unwrap_err().code(), Code::Unauthenticated);
    let stale = agent.challenge().await;
    app.cx().clock.shift(301);
    assert_eq!(agent.renew_expired(stale).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(agent.renew_expired(vec![0; 56]).await.unwrap_err().code(), Code::Unauthenticated);
    let challenge = agent.challenge().await;
    agent.renew_expired(challenge).await.unwrap();
    app.cx().clock.shift(-2 * DAY - 301);
    agent.reconnect().await;
    agent.open(&[]).await.unwrap();

    app.cx().clock.shift(32 * DAY);
    let challenge = agent.challenge().await;
    assert!(agent.renew_expired(challenge).await.is_err(), "grace is over: the handshake fails");
}

#[tokio::test]
async fn a_call_without_a_certificate_reaches_nothing_but_trust_and_enrolment() {
    let app = TestApp::start().await;
    let mut agent = app.enrolled("web-1").await;
    agent.forget_identity().await;
    assert_eq!(agent.open(&[]).await.unwrap_err().code(), Code::Unauthenticated);
    agent.challenge().await;
}

#[tokio::test]
async fn labels_are_changed_under_their_etag() {
    let app = TestApp::start().await;
    let _agent = app.enrolled("web-1").await;
    let request = GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    let server = app.servers().get_server(request).await.unwrap().into_inner();
    let change = UpdateServerRequest {
        server: "web-1".to_owned(),
        labels: [("env".to_owned(), "prod".to_owned())].into(),
        etag: server.etag.clone(),
        request_id: uuid::Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let checked = UpdateServerRequest { validate_only: true, ..change.clone() };
    let checked = app.servers().update_server(checked).await.unwrap().into_inner();
    assert_eq!((checked.labels.len(), checked.etag.as_str()), (1, server.etag.as_str()));
    let changed = app.servers().update_server(change.clone()).await.unwrap().into_inner();
    assert_eq!(changed.labels["env"], "prod");
    assert_ne!(changed.etag, server.etag);
    assert_eq!(
        app.servers().update_server(change.clone()).await.unwrap().into_inner(),
        changed,
        "a repeat changes nothing"
    );
    let stale = UpdateServerRequest { request_id: String::new(), ..change.clone() };
    let refused = app.servers().update_server(stale).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    let mask = purvey_proto::google::protobuf::FieldMask { paths: vec!["state".to_owned()] };
    let other = UpdateServerRequest { update_mask: Some(mask), request_id: String::new(), ..change };
    assert_eq!(violated_fields(&app.servers().update_server(other).await.unwrap_err()), ["update_mask"]);
}

#[tokio::test]
async fn servers_are_listed_in_pages_by_id() {
    let app = TestApp::start().await;
    for name in ["c", "a", "b"] {
        let _agent = app.enrolled(name).await;
    }
    let request = |page_token: String| ListServersRequest { page_size: 2, page_token, ..Default::default() };
    let first = app.servers().list_servers(request(String::new())).await.unwrap().into_inner();
    let second =
        app.servers().list_servers(request(first.next_page_token.clone())).await.unwrap().into_inner();
    let names: Vec<_> =
        first.servers.iter().chain(&second.servers).map(|server| server.server.as_str()).collect();
    assert_eq!((names, second.next_page_token.as_str()), (vec!["a", "b", "c"], ""));
    let elsewhere = ListJoinTokensRequest { page_token: first.next_page_token, ..Default::default() };
    assert_eq!(app.servers().list_join_tokens(elsewhere).await.unwrap_err().code(), Code::InvalidArgument);
}
