//! What a released agent costs a server that asks nothing of it.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

#[path = "support/lab.rs"]
mod lab;
mod support;

use std::time::Duration;

use lab::{LabAgent, open, runtime};
use purvey_lab::ServerOptions;

/// `cargo build --profile agent -p agent`, then with `PURVEY_TEST_AGENT=target/agent/agent` and `-- --ignored`.
#[test]
#[ignore = "measures the released program, which tests do not build"]
fn an_idle_agent_is_small_and_still() {
    runtime().block_on(async {
        let Some(lab) = open().await else { return };
        let program = std::env::var_os("PURVEY_TEST_AGENT").expect("PURVEY_TEST_AGENT: the released program");
        let bytes = std::fs::metadata(program).unwrap().len();
        let agent = LabAgent::start_with(&lab, "idle", ServerOptions::default(), "").await;
        agent.run(1, "echo hello", "").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let time = async || -> u64 {
            let text =
                agent.server.shell("systemctl show -p CPUUsageNSec --value purvey-agent").await.unwrap();
            text.trim().parse().unwrap()
        };
        let before = time().await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let spent = Duration::from_nanos(time().await - before);
        let memory = agent.server.rss_bytes("purvey-agent").await.unwrap().unwrap();
        println!(
            "{bytes} bytes of program, {} KiB resident, {spent:?} of processor time in a minute",
            memory / 1024
        );
        assert!(bytes < 4_000_000 && memory < 6 << 20 && spent < Duration::from_millis(10));
        lab.close().await.unwrap();
    });
}
