//! A day without a network, and clocks that jump: nothing that was promised is lost, and nothing runs in circles.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use agent::ambient::{Clock, Host};
use agent::attempts::{self, Agent};
use agent::session::{self, Shutdown};
use purvey_contract::receipt::Outcome;
use support::bundle;
use support::control_plane::FakeControlPlane;
use support::fleet::Fleet;
use support::host::TestHost;
use tokio::net::{TcpListener, TcpStream};

/// A road to the control plane that can be closed.
struct Road {
    address: agent::config::HostPort,
    open: Arc<AtomicBool>,
    tries: Arc<AtomicU32>,
}

impl Road {
    async fn to(fake: &FakeControlPlane) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let (open, tries) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
        let (is_open, count, port) = (Arc::clone(&open), Arc::clone(&tries), fake.address.port);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                if is_open.load(Ordering::Relaxed) {
                    tokio::spawn(async move {
                        let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
                        tokio::io::copy_bidirectional(&mut near, &mut far).await
                    });
                }
            }
        });
        Self { address, open, tries }
    }
}

/// Processor time of this process.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> =
        text.rsplit_once(')').unwrap().1.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    // Behind the state: parent, group, session, terminal, its group, flags, four kinds of faults, then the times.
    Duration::from_millis((fields[10] + fields[11]) * 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_network_loses_nothing_and_is_no_busy_loop() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let road = Road::to(&fake).await;
    let mut host = TestHost::enrolled(&fake).await;
    host.config.control_plane = road.address.clone();
    // A job whose log and receipt were sent, and of which nothing was acknowledged.
    fake.with(|script| (script.keep_receipts_waiting, script.keep_logs_waiting) = (true, true));
    host.start();
    fake.offer_job(0x700, 1, &bundle::script("seq 1 5000; exit 9", ""));
    fake.until("a receipt or a full credit", |script| !script.chunks.is_empty()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    host.kill();
    fake.cut();

    road.open.store(false, Ordering::Relaxed);
    road.tries.store(0, Ordering::Relaxed);
    let (paths, config) = (host.paths.clone(), host.config.clone());
    let (before, began) = (processor_time(), Instant::now());
    let day = std::thread::spawn(move || {
        // A clock that jumps ahead whenever there is nothing to do: a day takes as long as its work.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let host = attempts::Host {
                paths,
                config,
                clock: Arc::new(Host),
                random: Arc::new(Host),
                program: PathBuf::from(env!("CARGO_BIN_EXE_agent")),
                is_delegated: false,
            };
            let agent = Agent::open(host).await.unwrap();
            let day =
                tokio::time::timeout(Duration::from_secs(86_400), session::run(agent, Shutdown::default()))
                    .await;
            assert!(day.is_err(), "it gave up");
        });
    });
    tokio::task::spawn_blocking(|| day.join().unwrap()).await.unwrap();
    let tries = road.tries.load(Ordering::Relaxed);
    // At most ten seconds apart, five on average.
    assert!((8_000..40_000).contains(&tries), "{tries}");
    let (spent, took) = (processor_time() - before, began.elapsed());
    println!("a day: {tries} tries, {spent:?} of processor time in {took:?}");
    assert!(spent < Duration::from_secs(240), "{spent:?}");

    // And then there is a network again.
    fake.with(|script| (script.keep_receipts_waiting, script.keep_logs_waiting) = (false, false));
    road.open.store(true, Ordering::Relaxed);
    host.start();
    fake.until("the receipt", |script| script.verified_receipts().iter().any(|it| it.exit_code == Some(9)))
        .await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    fake.until("the whole log", |script| script.lines(0x700, 1).len() as u64 == receipt.log.lines).await;
    fake.with(|script| assert_eq!(script.log_digest(0x700, 1), receipt.log.digest));
}

/// The host's clock, as somebody has set it.
struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now(&self) -> time::OffsetDateTime {
        Host.now() + time::Duration::seconds(self.0.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Instant {
        Host.monotonic()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_by_hours_stops_no_script_and_makes_no_haste() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let mut host = TestHost::enrolled(&fake).await;
    let clock = Arc::new(Jumping(AtomicI64::new(0)));
    host.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    host.start();
    let mut job = 0x800;
    for hours in [6, -6] {
        job += 10;
        fake.offer_job(job, 1, &bundle::script("echo begun; sleep 1; echo done", "timeout_seconds: 30\n"));
        fake.until("it has begun", |script| script.output(job, 1).contains("begun")).await;
        clock.0.store(hours * 3600, Ordering::Relaxed);
        let receipts =
            |count: usize| move |script: &support::control_plane::Script| script.receipts.len() == count;
        let had = fake.with(|script| script.receipts.len());
        fake.until("a receipt", receipts(had + 1)).await;
        fake.with(|script| {
            assert_eq!(script.verified_receipts()[had].outcome, Outcome::Succeeded, "{hours}")
        });
        // What the wrong clock makes of a good job is said, and not tried in a circle.
        fake.offer_job(job + 1, 1, &bundle::script("true", ""));
        fake.until("a refusal", receipts(had + 2)).await;
        fake.with(|script| {
            assert_eq!(script.verified_receipts()[had + 1].reason_code, "CLOCK_OFF", "{hours}")
        });
        let polls = fake.with(|script| script.polls.len());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(fake.with(|script| script.polls.len()) <= polls + 3, "{hours}");
        clock.0.store(0, Ordering::Relaxed);
        fake.offer_job(job + 2, 1, &bundle::script("true", ""));
        fake.until("another receipt", receipts(had + 3)).await;
        fake.with(|script| {
            assert_eq!(script.verified_receipts()[had + 2].outcome, Outcome::Succeeded, "{hours}")
        });
    }
    host.stop().await;
}
