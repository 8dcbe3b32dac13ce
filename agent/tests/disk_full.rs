//! Disks that are full or read-only, a name that is gone, a cable that is pulled: on a real server, with what an agent does
//! meanwhile, and how it comes back by itself.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

#[path = "support/lab.rs"]
mod lab;
mod support;

use std::time::Duration;

use lab::{LabAgent, open, runtime};
use purvey_contract::receipt::Outcome;
use purvey_lab::ServerOptions;
use support::bundle;

const STATE: &str = "/var/lib/purvey";
/// Fills a file system to the last byte.
const FILL: &str = "dd if=/dev/zero of=$1/ballast bs=64k 2>/dev/null; dd if=/dev/zero of=$1/ballast2 bs=1 2>/dev/null; \
    df --output=avail $1 | tail -n 1 | grep -qx ' *0'";

impl LabAgent {
    async fn fill(&self, folder: &str) {
        self.server.exec(["sh", "-c", FILL, "fill", folder]).await.unwrap().success().unwrap();
    }

    async fn free(&self, folder: &str) {
        self.server.shell(&format!("rm -f {folder}/ballast {folder}/ballast2")).await.unwrap();
    }

    /// Processor time of the unit so far.
    async fn processor_time(&self) -> Duration {
        let text = self.server.shell("systemctl show -p CPUUsageNSec --value purvey-agent").await.unwrap();
        Duration::from_nanos(text.trim().parse().unwrap_or_default())
    }

    async fn works(&self, job: u128) {
        let ran = self.run(job, "echo works", "").await;
        assert_eq!(
            (ran.receipt.outcome, ran.output.as_str()),
            (Outcome::Succeeded, "works"),
            "{}",
            ran.receipt.reason
        );
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_promised_and_the_agent_comes_back() {
    runtime().block_on(async {
        let Some(lab) = open().await else { return };
        let mut options = ServerOptions::default();
        options.tmpfs = vec![(STATE.into(), 16 << 20), ("/tmp".into(), 1 << 20)];
        let agent = LabAgent::start_with(&lab, "small", options, "").await;
        agent.works(300).await;

        // A script fills its own TMPDIR: it fails, its receipt arrives, and the room is free again.
        let ran = agent.run(301, "echo before; dd if=/dev/zero of=\"$TMPDIR/big\" bs=1M || exit 4", "").await;
        assert_eq!(
            (ran.receipt.outcome, ran.receipt.exit_code),
            (Outcome::Failed, Some(4)),
            "{}",
            ran.output
        );
        assert!(ran.output.contains("before"), "{}", ran.output);
        agent.works(302).await;

        // The spool fills up while a script runs: the script goes on, the receipt has its place, a gap says what is lost.
        let body = "echo early; touch /run/begun; while [ ! -e /run/go ]; do sleep 0.1; done; \
            seq 100000 100500; echo late; sleep 0.3; exit 7";
        agent.fake.offer_job(303, 1, &bundle::script(body, ""));
        agent.server.shell("while [ ! -e /run/begun ]; do sleep 0.1; done").await.unwrap();
        agent.fill(STATE).await;
        agent.server.shell("touch /run/go").await.unwrap();
        let ran = agent.ran_within(Duration::from_secs(30), 303).await;
        assert_eq!(
            (ran.receipt.outcome, ran.receipt.exit_code),
            (Outcome::Failed, Some(7)),
            "{}",
            ran.receipt.reason
        );
        assert!(ran.output.contains("early"), "{}", ran.output);
        agent.fake.with(|script| assert_eq!(script.log_digest(303, 1), ran.receipt.log.digest));

        // What that job took is free again: that is filled up as well. Then nothing runs, and it is heard all the same.
        agent.fill(STATE).await;
        let told = agent.run(304, "touch /run/ran", "").await.receipt;
        assert!(
            ["JOURNAL_UNWRITABLE", "START_FAILED"].contains(&told.reason_code.as_str())
                && told.reason.contains("space"),
            "{told:?}"
        );
        assert!(agent.server.exec(["test", "-e", "/run/ran"]).await.unwrap().code == Some(1));
        let before = agent.processor_time().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(agent.processor_time().await - before < Duration::from_millis(300));
        agent.free(STATE).await;
        agent.works(305).await;

        // /tmp is nothing to the agent.
        agent.fill("/tmp").await;
        agent.works(306).await;
        agent.free("/tmp").await;

        // Read-only, as a kernel leaves a file system that is broken: an agent that starts waits, quietly, and comes back when
        // it can be written.
        let remount =
            async |how: &str| agent.server.shell(&format!("mount -o remount,{how} {STATE}")).await.unwrap();
        agent.server.shell("systemctl stop purvey-agent").await.unwrap();
        remount("ro").await;
        agent.server.shell("systemctl start purvey-agent").await.unwrap();
        tokio::time::sleep(Duration::from_secs(6)).await;
        let status = agent
            .server
            .shell("systemctl show -p StatusText -p NRestarts -p ActiveState purvey-agent")
            .await
            .unwrap();
        assert!(
            status.contains("waiting for a disk")
                && status.contains("ActiveState=active")
                && status.contains("NRestarts=0"),
            "{status}"
        );
        remount("rw").await;
        agent.works(308).await;
        lab.close().await.unwrap();
    });
}

#[test]
fn a_name_or_a_network_that_is_gone_costs_nothing_and_the_agent_comes_back() {
    runtime().block_on(async {
        let Some(lab) = open().await else { return };
        let mut options = ServerOptions::default();
        options.hosts.push(("control-plane".to_owned(), lab.gateway()));
        let agent = LabAgent::start_with(&lab, "alone", options, "").await;
        let port = agent.fake.address.port;
        agent.server.shell(&format!("sed -i 's/^control_plane.*/control_plane = \"control-plane:{port}\"/' /etc/purvey/agent.toml; \
            systemctl restart purvey-agent")).await.unwrap();
        agent.works(400).await;

        // The cable is pulled in the middle of a job: the script does not notice, and its whole log arrives later.
        let body = "echo begun; touch /run/begun; while [ ! -e /run/go ]; do sleep 0.1; done; seq 1 20000; echo done";
        agent.fake.offer_job(401, 1, &bundle::script(body, ""));
        agent.server.shell("while [ ! -e /run/begun ]; do sleep 0.1; done").await.unwrap();
        agent.server.cut_network().await.unwrap();
        agent.server.shell("touch /run/go; while ls -d /sys/fs/cgroup/system.slice/purvey-agent.service/job-* >/dev/null 2>&1; \
            do sleep 0.1; done").await.unwrap();
        agent.server.restore_network().await.unwrap();
        let ran = agent.ran_within(Duration::from_secs(120), 401).await;
        assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}", ran.receipt.reason);
        assert_eq!(ran.output.lines().count(), 20_002);
        agent.fake.with(|script| assert_eq!(script.log_digest(401, 1), ran.receipt.log.digest));

        // The name is gone.
        agent.server.shell("cp /etc/hosts /etc/hosts.kept; sed -i /control-plane/d /etc/hosts").await.unwrap();
        agent.fake.cut();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = agent.processor_time().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        let spent = agent.processor_time().await - before;
        assert!(spent < Duration::from_millis(500), "{spent:?}");
        let tries = agent.own_log().await.matches("out of reach").count();
        assert!((1..40).contains(&tries), "{tries}");
        agent.server.shell("cp /etc/hosts.kept /etc/hosts").await.unwrap();
        agent.works(402).await;
        lab.close().await.unwrap();
    });
}
