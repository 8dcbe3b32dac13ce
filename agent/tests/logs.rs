//! Output of any bytes, and more of it than anybody wants: carried as it is, bounded, and never in a script's way.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::time::{Duration, Instant};

use purvey_contract::receipt::Outcome;
use purvey_proto::agent::{LogLine, LogStream};
use support::bench::Bench;
use support::bundle;
use support::control_plane::{FakeControlPlane, Script};
use support::fleet::Fleet;
use support::process::AgentProcess;

/// What a stream wrote, put together again.
fn bytes(lines: &[LogLine], stream: LogStream) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines.iter().filter(|line| line.stream() == stream) {
        all.extend(&line.text);
        if !line.continued {
            all.push(b'\n');
        }
    }
    all
}

#[tokio::test]
async fn bytes_of_every_kind_arrive_as_they_were_written() {
    let bench = Bench::new(true);
    let mut wanted = Vec::new();
    // Every byte, ANSI sequences that would clear a screen, text cut in the middle of a character, a line of a megabyte.
    wanted.extend((0..=255_u8).filter(|byte| *byte != b'\n'));
    wanted.extend(b"\n\x1b[2J\x1b]0;title\x07\x1b[31mred\r\n\xff\xfe\xc3\n\0\0\0\n\n");
    wanted.extend((0..1_000_000_u32).map(|at| b'a' + (at % 26) as u8));
    wanted.extend(b"\nlast\n");
    let source = bench.paths.root().join("bytes");
    std::fs::write(&source, &wanted).unwrap();
    let ran = bench.run(701, &format!("cat {0}; cat {0} >&2", source.display()), "").await;
    assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.ending.reason);
    assert!(bytes(&ran.lines, LogStream::Stdout) == wanted, "standard output was altered");
    assert!(bytes(&ran.lines, LogStream::Stderr) == wanted, "standard error was altered");
    assert!(ran.lines.iter().all(|line| line.text.len() <= 16 * 1024 && line.dropped_bytes == 0));
}

/// The most memory that a process has had, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
}

const HUNDRED_MEGABYTES: &str = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 999; echo; echo done";

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_leave_the_agents_memory_flat_and_all_arrive() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    fake.with(|script| script.credit = Some(1024 * 1024));
    let mut agent = AgentProcess::enrolled(&fake);
    agent.start(None);
    fake.offer_job(0x710, 1, &bundle::script("true", ""));
    fake.until("a receipt", |script| script.receipts.len() == 1).await;
    let before = peak(agent.pid());
    let began = Instant::now();
    fake.offer_job(0x711, 1, &bundle::script(HUNDRED_MEGABYTES, ""));
    fake.until_within(Duration::from_secs(180), "a receipt", |script| script.receipts.len() == 2).await;
    let after = peak(agent.pid());
    println!("100 MB in {:?}: {before} KiB before, {after} KiB at most", began.elapsed());
    assert!(after < before + 16 * 1024, "{before} KiB before, {after} KiB at most");
    let receipt = fake.with(|script| script.verified_receipts().remove(1));
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    let all = |script: &Script| script.lines(0x711, 1).len() as u64 == receipt.log.lines;
    fake.until_within(Duration::from_secs(60), "the whole log", all).await;
    let lines = fake.with(|script| script.lines(0x711, 1));
    let text: usize = lines.iter().map(|line| line.text.len()).sum();
    let dropped: u64 = lines.iter().map(|line| line.dropped_bytes).sum();
    assert!(text as u64 + dropped >= 100_000_000, "{text} bytes, {dropped} dropped");
    fake.with(|script| assert_eq!(script.log_digest(0x711, 1), receipt.log.digest));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_takes_no_logs_blocks_no_script_and_a_gap_says_what_is_lost() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    fake.with(|script| script.keep_logs_waiting = true);
    let mut agent = AgentProcess::enrolled(&fake);
    agent.start(None);
    fake.offer_job(0x720, 1, &bundle::script(HUNDRED_MEGABYTES, ""));
    // Nothing but a few KiB of credit is sent, and the script ends.
    let spool = agent.paths.spool(purvey_contract::id::JobId(uuid::Uuid::from_u128(0x720)), 1);
    let (until, is_done) =
        (Instant::now() + Duration::from_secs(180), || agent.own_log().contains("a job has ended"));
    while !is_done() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_done(), "the script never ended: {}", agent.own_log());
    let on_disk: u64 =
        std::fs::read_dir(&spool).unwrap().flatten().map(|it| it.metadata().unwrap().len()).sum();
    assert!((60 << 20..70 << 20).contains(&on_disk), "{on_disk}");
    assert!(fake.with(|script| script.lines(0x720, 1).len()) < 200);
    println!("{} KiB at most while 100 MB were held back", peak(agent.pid()));
    fake.with(|script| (script.keep_logs_waiting, script.credit) = (false, Some(1024 * 1024)));
    fake.cut();
    fake.until_within(Duration::from_secs(120), "a receipt", |script| script.receipts.len() == 1).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    let all = |script: &Script| script.lines(0x720, 1).len() as u64 == receipt.log.lines;
    fake.until_within(Duration::from_secs(60), "the whole log", all).await;
    let lines = fake.with(|script| script.lines(0x720, 1));
    let text: usize = lines.iter().map(|line| line.text.len() + 1).sum();
    let dropped: u64 = lines.iter().map(|line| line.dropped_bytes).sum();
    assert!(dropped > 20_000_000 && text as u64 + dropped >= 100_000_000, "{text} bytes, {dropped} dropped");
    // The end is there in spite of it.
    assert!(lines.iter().any(|line| line.text == b"done"));
}
