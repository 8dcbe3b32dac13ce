//! What a host is told when it cannot be enrolled, and what it does not send then.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use agent::ambient::Host;
use agent::config::HostPort;
use agent::doctor::{self, Verdict};
use agent::enroll::enroll;
use purvey_contract::identity::JoinToken;
use support::control_plane::FakeControlPlane;
use support::fleet::Fleet;
use support::host::{TestHost, start};
use tokio::net::TcpListener;
use tonic::{Code, Status};

async fn failure(host: &TestHost, address: &HostPort, token: &JoinToken) -> String {
    let error = enroll(&host.paths, address, token, &Host, &Host).await.unwrap_err();
    assert!(!host.paths.identity().join("identity.json").exists());
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_in_which_the_control_plane_cannot_be_reached_is_told_apart() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let host = TestHost::new(&fake);
    let token = fake.fleet.token();
    let dns = failure(&host, &"no-such-host.invalid:5443".parse().unwrap(), &token).await;
    assert!(dns.contains("cannot be resolved") && dns.contains("DNS"), "{dns}");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let tcp = failure(&host, &format!("127.0.0.1:{port}").parse().unwrap(), &token).await;
    assert!(tcp.contains("cannot be reached") && tcp.contains("firewalls"), "{tcp}");
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut tcp, _)) = plain.accept().await {
            let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let http = failure(&host, &format!("127.0.0.1:{port}").parse().unwrap(), &token).await;
    assert!(http.contains("does not speak TLS"), "{http}");
    let scheme = "http://purvey.example:5443".parse::<HostPort>().unwrap_err().to_string();
    assert!(scheme.contains("without http://"), "{scheme}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told_before_the_token_is_sent() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let host = TestHost::new(&fake);
    for (ahead, wanted) in [(3, "behind the control plane's"), (-3, "ahead of")] {
        fake.with(|script| script.clock_ahead = time::Duration::hours(ahead));
        let said = failure(&host, &fake.address, &fake.fleet.token()).await;
        assert!(said.contains(wanted) && said.contains("the token was not used"), "{said}");
    }
    assert!(fake.with(|script| script.receipt_key.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_a_token_says_what_to_do() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let host = TestHost::new(&fake);
    let refusals = [
        (Code::FailedPrecondition, "JOIN_TOKEN_USED", "purvey server token create"),
        (Code::FailedPrecondition, "JOIN_TOKEN_EXPIRED", "purvey server token create"),
        (Code::FailedPrecondition, "JOIN_TOKEN_REVOKED", "purvey server token create"),
        (Code::FailedPrecondition, "JOIN_TOKEN_OTHER_ADDRESS", "without `--from`"),
        (Code::FailedPrecondition, "JOIN_TOKEN_OTHER_FLEET", "--control-plane"),
        (Code::FailedPrecondition, "SERVER_BANNED", "whoever administers the fleet"),
        (Code::FailedPrecondition, "PROTOCOL_VERSION_UNSUPPORTED", "protocol version"),
        (Code::AlreadyExists, "ALREADY_EXISTS", "lets it enrol again"),
        (Code::Unauthenticated, "UNAUTHENTICATED", "purvey server token create"),
        (Code::Unavailable, "UNAVAILABLE", "still good"),
    ];
    for (code, reason, wanted) in refusals {
        let details = reason.as_bytes().to_vec().into();
        let refusal = Status::with_details(code, "no", details);
        fake.with(|script| script.enroll_refusal = Some(refusal));
        let said = failure(&host, &fake.address, &fake.fleet.token()).await;
        assert!(said.contains(wanted), "{reason}: {said}");
    }
    fake.with(|script| script.enroll_refusal = None);
    enroll(&host.paths, &fake.address, &fake.fleet.token(), &Host, &Host).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_wrong_clock_a_broken_policy_and_a_control_plane_that_is_gone() {
    let (fake, host) = start().await;
    fake.until("a parked poll", |script| script.polls.len() >= 2).await;
    let problems = async || {
        let report = doctor::examine(&host.paths).await;
        let bad = report.findings.iter().filter(|finding| finding.verdict == Verdict::Problem);
        assert!(bad.clone().all(|finding| !finding.mend.is_empty()));
        bad.map(|finding| finding.check).collect::<Vec<_>>()
    };
    let report = doctor::examine(&host.paths).await;
    for check in
        ["network", "clock", "control plane", "enrolment", "journal", "spool", "certificate", "ownership"]
    {
        let found = report.findings.iter().find(|finding| finding.check == check);
        assert_eq!(found.map(|found| found.verdict), Some(Verdict::Ok), "{check}: {}", report.to_table());
    }
    fake.with(|script| script.clock_ahead = time::Duration::hours(1));
    assert_eq!(problems().await, ["clock"]);
    std::fs::write(host.paths.policy_file(), "puase = true").unwrap();
    assert_eq!(problems().await, ["clock", "host policy"]);
    drop(fake);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(problems().await, ["network", "host policy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_shows_what_the_last_one_gave_also_after_a_restart() {
    let (fake, mut host) = start().await;
    fake.until("a session", |script| script.polls.len() >= 2).await;
    host.kill();
    fake.cut();
    host.start();
    fake.until("another", |script| script.polls.iter().filter(|poll| poll.session_epoch == 0).count() == 2)
        .await;
    let openings: Vec<Vec<u8>> = fake.with(|script| {
        let openings = script.polls.iter().filter(|poll| poll.session_epoch == 0);
        openings.map(|poll| poll.session_chain.clone()).collect()
    });
    assert_eq!(openings, [vec![], vec![1; 16]]);
    fake.with(|script| {
        let facts = script.polls[0].facts.clone().unwrap();
        assert!(facts.policy.is_some() && !facts.disks.is_empty() && facts.labels.is_empty());
        // Other tests of this host open ports meanwhile, which is news.
        let [first, second] = [&script.polls[0], &script.polls[1]];
        assert!(second.facts.is_none() || second.facts_digest != first.facts_digest, "facts are sent once");
        assert!(script.polls.iter().all(|poll| poll.heartbeat.as_ref().unwrap().memory_available_bytes > 0));
    });
    std::fs::write(host.paths.labels_file(), "rack = \"b7\"\n").unwrap();
    let before = fake.with(|script| script.polls.len());
    host.reload();
    fake.until("new facts", |script| script.polls[before..].iter().any(|poll| poll.facts.is_some())).await;
}
