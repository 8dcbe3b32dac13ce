//! The client against a fake of the API, over real sockets.

#![allow(clippy::disallowed_methods, reason = "a test may ask its host")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod fake_api;
mod relay;

use std::time::Duration;

use fake_api::{FakeApi, JOB};
use futures_util::{StreamExt as _, TryStreamExt as _, pin_mut};
use purvey_sdk::v1::{self, JobState};
use purvey_sdk::{Client, Code, Endpoint, Followed, RetryPolicy};
use relay::{Relay, TlsFiles};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

fn quick(endpoint: Endpoint) -> Endpoint {
    endpoint.with_token("pv_good").with_retry(RetryPolicy {
        max_attempts: 4,
        base: Duration::from_millis(5),
        cap: Duration::from_millis(50),
    })
}

fn client(address: std::net::SocketAddr) -> Client {
    Client::connect(&quick(Endpoint::new(&format!("http://{address}")).unwrap())).unwrap()
}

fn request() -> v1::CreateInstallRequest {
    v1::CreateInstallRequest { server: "web-1".to_owned(), app: "nginx".to_owned(), ..Default::default() }
}

fn follow() -> v1::ReadLogsRequest {
    v1::ReadLogsRequest { job: JOB.to_owned(), follow: true, ..Default::default() }
}

#[tokio::test]
async fn a_list_is_read_over_all_its_pages() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    let apps: Vec<v1::App> = client.apps().list_all(Default::default()).try_collect().await.unwrap();
    let names: Vec<_> = apps.iter().map(|app| app.app.as_str()).collect();
    assert_eq!(names, ["apache", "mysql", "nginx"]);
    assert_eq!(fake.methods(), ["ListApps"; 3]);
}

#[tokio::test]
async fn a_bundle_goes_up_in_pieces_and_again_if_it_was_cut_off() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    fake.with(|fake| fake.failures.push_back(Status::unavailable("restarting")));
    let header = v1::PushBundleHeader { statement: b"said".to_vec(), ..Default::default() };
    assert!(client.registry().push(header, vec![7; 150_000]).await.unwrap().created);
    let (header, pieces) = fake.with(|fake| fake.pushed.take()).unwrap();
    assert_eq!((header.size, header.statement.as_slice()), (150_000, &b"said"[..]));
    assert_eq!(pieces, [65_536, 65_536, 18_928]);
    assert_eq!(fake.methods(), ["PushBundle"; 2]);
}

#[tokio::test]
async fn a_bundle_comes_down_whole_or_not_at_all() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    let pull = async |size: u64, pieces: Vec<Vec<u8>>| {
        fake.with(|fake| fake.bundle = (size, pieces));
        client.registry().pull(v1::PullBundleRequest::default()).await.map(|(_, archive)| archive)
    };
    assert_eq!(pull(5, vec![b"abc".to_vec(), b"de".to_vec()]).await.unwrap(), b"abcde");
    assert_eq!(pull(6, vec![b"abc".to_vec()]).await.unwrap_err().code(), Code::DataLoss);
    assert_eq!(pull(2, vec![b"abc".to_vec()]).await.unwrap_err().code(), Code::DataLoss);
    let endless = vec![vec![0; 1 << 20]; 20];
    let error = pull(20 << 20, endless).await.unwrap_err();
    assert!(error.to_string().contains("larger than a bundle can be"), "{error}");
}

#[tokio::test]
async fn a_mutation_is_repeated_under_one_request_id() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    fake.with(|fake| {
        fake.failures.push_back(Status::unavailable("restarting"));
        fake.failures.push_back(Status::resource_exhausted("slow down"));
    });
    client.installs().create(request()).await.unwrap();
    let calls = fake.with(|fake| fake.calls.clone());
    assert_eq!(calls.len(), 3);
    assert!(!calls[0].request_id.is_empty());
    assert!(calls.iter().all(|call| *call == calls[0]));
    assert_eq!(calls[0].authorization, "Bearer pv_good");

    client.installs().create(request()).await.unwrap();
    let last = fake.with(|fake| fake.calls.last().cloned()).unwrap();
    assert_ne!(last.request_id, calls[0].request_id);
}

#[tokio::test]
async fn what_cannot_succeed_is_not_repeated() {
    for code in
        [Code::Aborted, Code::InvalidArgument, Code::Internal, Code::FailedPrecondition, Code::Unknown]
    {
        let fake = FakeApi::new();
        let client = client(fake.serve().await);
        fake.with(|fake| fake.failures.push_back(Status::new(code, "no")));
        assert_eq!(client.installs().create(request()).await.unwrap_err().code(), code);
        assert_eq!(fake.methods().len(), 1, "{code:?}");
    }
}

#[tokio::test]
async fn retries_end() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    fake.with(|fake| fake.failures.extend((0..9).map(|_| Status::unavailable("down"))));
    assert_eq!(client.installs().create(request()).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(fake.methods().len(), 4);
}

#[tokio::test]
async fn the_server_s_pause_is_kept() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(300)));
    fake.with(|fake| {
        fake.failures.push_back(Status::with_error_details(Code::ResourceExhausted, "slow down", details));
    });
    let start = std::time::Instant::now();
    client.identity().who_am_i().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let endpoint = quick(Endpoint::new(&url).unwrap()).with_deadline(Duration::from_millis(200));
    let error = Client::connect(&endpoint).unwrap().identity().who_am_i().await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded, "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_says_where() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(address).identity().who_am_i().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains(&address.to_string()), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn tls_works_with_the_fleet_s_ca_and_not_with_another() {
    let fake = FakeApi::new();
    let tls = TlsFiles::new(b"h2");
    let relay = Relay::start(fake.serve().await, Some(&tls)).await;
    let endpoint = quick(Endpoint::new(&format!("https://localhost:{}", relay.address.port())).unwrap());
    let good = Client::connect(&endpoint.clone().with_ca_pem(tls.ca_pem.as_bytes())).unwrap();
    assert_eq!(good.identity().who_am_i().await.unwrap().principal, "key:good");

    let other = TlsFiles::new(b"h2").ca_pem;
    let bad = Client::connect(&endpoint.with_ca_pem(other.as_bytes())).unwrap();
    let error = bad.identity().who_am_i().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("certificate"), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(fake.methods(), ["WhoAmI"]);
}

#[tokio::test]
async fn a_server_without_http_2_is_named_as_such() {
    let fake = FakeApi::new();
    let tls = TlsFiles::new(b"http/1.1");
    let relay = Relay::start(fake.serve().await, Some(&tls)).await;
    let endpoint = quick(Endpoint::new(&format!("https://localhost:{}", relay.address.port())).unwrap());
    let client = Client::connect(&endpoint.with_ca_pem(tls.ca_pem.as_bytes())).unwrap();
    let error = client.identity().who_am_i().await.unwrap_err();
    assert!(error.message().contains("HTTP/2"), "{error}");
}

#[tokio::test]
async fn a_follower_goes_on_after_the_last_line_it_saw() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    (1..=6).for_each(|number| fake.say(&format!("line {number}")));
    fake.end(JobState::Succeeded, Some(0));
    fake.with(|fake| fake.log_cuts.extend([2, 0, 3]));
    let followed: Vec<_> = client.jobs().follow_logs(follow()).try_collect().await.unwrap();
    let interruptions =
        followed.iter().filter(|followed| matches!(followed, Followed::Interrupted { .. })).count();
    assert_eq!(interruptions, 3);
    let numbers: Vec<u64> = followed.into_iter().filter_map(Followed::item).map(|line| line.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_follower_survives_a_cut_network() {
    let fake = FakeApi::new();
    let relay = Relay::start(fake.serve().await, None).await;
    let client = client(relay.address);
    fake.say("before");
    let lines = client.jobs().follow_logs(follow());
    pin_mut!(lines);
    let first = lines.next().await.unwrap().unwrap().item().unwrap();
    assert_eq!(first.text, "before");
    relay.cut();
    fake.say("after");
    fake.end(JobState::Succeeded, Some(0));
    let rest: Vec<_> = lines.try_collect().await.unwrap();
    let texts: Vec<String> = rest.into_iter().filter_map(Followed::item).map(|line| line.text).collect();
    assert_eq!(texts, ["after"]);
}

#[tokio::test]
async fn a_stream_that_ends_too_early_in_good_form_is_taken_up_again() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    fake.say("one");
    fake.with(|fake| fake.log_stops.push_back(1));
    let lines = client.jobs().follow_logs(follow());
    pin_mut!(lines);
    lines.next().await.unwrap().unwrap();
    assert!(matches!(lines.next().await, Some(Ok(Followed::Interrupted { .. }))));
    fake.say("two");
    fake.end(JobState::Failed, Some(2));
    let rest: Vec<_> = lines.try_collect().await.unwrap();
    let texts: Vec<String> = rest.into_iter().filter_map(Followed::item).map(|line| line.text).collect();
    assert_eq!(texts, ["two"]);
}

#[tokio::test]
async fn a_follower_gives_up_when_its_patience_ends() {
    let fake = FakeApi::new();
    let address = fake.serve().await;
    let endpoint = quick(Endpoint::new(&format!("http://{address}")).unwrap());
    let client = Client::connect(&endpoint.with_patience(Duration::from_millis(100))).unwrap();
    fake.with(|fake| fake.log_cuts.extend([0; 1000]));
    let outcome: Result<Vec<_>, _> = client.jobs().follow_logs(follow()).try_collect().await;
    assert_eq!(outcome.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn waiting_spans_a_cut_network_and_ends_with_the_job() {
    let fake = FakeApi::new();
    let relay = Relay::start(fake.serve().await, None).await;
    let client = client(relay.address);
    let installs = client.installs();
    let waiting = installs.install_and_wait(request());
    let fate = async {
        while !fake.methods().contains(&"WatchJobs") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        relay.cut();
        fake.end(JobState::Failed, Some(2));
    };
    let (outcome, ()) = tokio::join!(waiting, fate);
    let (_, job) = outcome.unwrap();
    assert_eq!((job.state(), job.exit_code), (JobState::Failed, Some(2)));
}

#[tokio::test]
async fn a_job_that_had_ended_before_is_told_at_once() {
    let fake = FakeApi::new();
    let client = client(fake.serve().await);
    fake.end(JobState::Refused, None);
    assert_eq!(client.jobs().wait("default", JOB).await.unwrap().state(), JobState::Refused);
}
