//! Who a real agent is to the control plane: with a copied disk, with a new key, after its eviction.

use std::time::Duration;

use purvey_proto::v1::{EvictServerRequest, GetServerRequest, ListServersRequest, Server, ServerState};

use crate::agent_process::RealAgent;
use crate::harness::TestApp;

async fn server(app: &TestApp) -> Server {
    let request = GetServerRequest { server: "web-1".to_owned(), ..Default::default() };
    app.servers().get_server(request).await.unwrap().into_inner()
}

async fn until(app: &TestApp, what: &str, condition: impl Fn(&Server) -> bool) -> Server {
    for _ in 0..300 {
        let server = server(app).await;
        if condition(&server) {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}: {:?}", server(app).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_whole_disk_that_runs_beside_the_original_quarantines_the_server() {
    let app = TestApp::start().await;
    let original = RealAgent::enrolled(&app, "web-1").await;
    until(&app, "connected", |server| server.connected).await;
    let mut copy = original.copied();
    copy.start();
    until(&app, "quarantined", |server| server.state() == ServerState::Quarantined).await;
    assert!(copy.log().contains("refused the session") || original.log().contains("refused the session"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_disk_that_takes_the_place_of_the_original_is_the_same_server() {
    let app = TestApp::start().await;
    let mut original = RealAgent::enrolled(&app, "web-1").await;
    until(&app, "connected", |server| server.connected).await;
    let mut copy = original.copied();
    // The original went on for a while before it was restored.
    for _ in 0..2 {
        original.stop();
        original.start();
        until(&app, "connected", |server| server.connected).await;
    }
    original.stop();
    until(&app, "gone", |server| !server.connected).await;
    copy.start();
    until(&app, "connected again", |server| server.connected).await;
    copy.stop();
    copy.start();
    let now = until(&app, "connected once more", |server| server.connected).await;
    assert_eq!(now.state(), ServerState::Active);
    let all = app.servers().list_servers(ListServersRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.servers.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_agent_renews_with_a_new_key_when_asked_and_a_stopped_one_by_itself() {
    let app = TestApp::start().await;
    let mut agent = RealAgent::enrolled(&app, "web-1").await;
    until(&app, "connected", |server| server.connected).await;
    let key = |agent: &RealAgent| {
        std::fs::read(agent.root().join("var/lib/purvey/agent/identity/tls.key")).unwrap()
    };
    let known = async || {
        sqlx::query_as::<_, (Vec<u8>, Option<Vec<u8>>)>("SELECT tls_key, next_tls_key FROM incarnations")
            .fetch_one(app.db())
            .await
            .unwrap()
    };
    let (first, before) = (key(&agent), known().await.0);
    assert!(agent.say(&["renew", "--rotate-key"]).contains("is renewed"));
    let second = key(&agent);
    assert_ne!(first, second);
    agent.stop();
    assert!(agent.say(&["renew", "--rotate-key"]).contains("is renewed"));
    assert_ne!(second, key(&agent));
    let third = key(&agent);
    assert!(agent.say(&["renew"]).contains("is renewed"));
    assert_eq!(third, key(&agent));
    agent.start();
    until(&app, "connected with the new key", |server| server.connected).await;
    let (after, next) = known().await;
    assert!(after != before && next.is_none(), "the old key counts no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evicted_agent_is_cut_off_at_once_and_says_why() {
    let app = TestApp::start().await;
    let agent = RealAgent::enrolled(&app, "web-1").await;
    until(&app, "connected", |server| server.connected).await;
    let request = EvictServerRequest { server: "web-1".to_owned(), ..Default::default() };
    app.servers().evict_server(request).await.unwrap();
    for _ in 0..100 {
        if agent.log().contains("refused the session") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        agent.log().contains("INCARNATION_ENDED") || agent.log().contains("was ended"),
        "{}",
        agent.log()
    );
}
