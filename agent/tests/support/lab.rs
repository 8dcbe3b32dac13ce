//! An agent as it is in life: a unit of a real systemd, on a server of its own.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use purvey_contract::receipt::Receipt;
use purvey_lab::{ExecOptions, Lab, LabError, LabOptions, Server, ServerOptions, requirements};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::bundle;
use crate::support::control_plane::FakeControlPlane;
use crate::support::fleet::Fleet;

const UNIT: &str = include_str!("../../systemd/purvey-agent.service");

/// The agent's program: this build's, or the one that a measurement asks for.
fn program() -> std::path::PathBuf {
    std::env::var_os("PURVEY_TEST_AGENT").unwrap_or_else(|| env!("CARGO_BIN_EXE_agent").into()).into()
}

/// Outlives the tests that share a server.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

/// A lab, or `None` with a plain message where this machine cannot have one and nobody insists.
pub async fn open() -> Option<Lab> {
    if std::env::var_os("PURVEY_TEST_LAB").is_some_and(|it| it == "off") {
        eprintln!("skipped: PURVEY_TEST_LAB is off");
        return None;
    }
    if requirements::can_host_servers().await.is_ok() {
        requirements::install(&requirements::check()).await.unwrap();
    }
    match Lab::open(LabOptions::default()).await {
        Err(LabError::CannotHost(reason)) if std::env::var_os("CI").is_none() => {
            eprintln!("skipped: this host cannot boot lab servers: {reason}");
            None
        }
        opened => Some(opened.unwrap()),
    }
}

/// A server with an agent of a scripted control plane.
pub struct LabAgent {
    pub server: Server,
    pub fake: FakeControlPlane,
}

/// What became of a job.
pub struct Ran {
    pub receipt: Receipt,
    pub output: String,
}

impl LabAgent {
    pub async fn start(lab: &Lab, name: &str, options: ServerOptions) -> Self {
        Self::start_with(lab, name, options, "slots = 8\n").await
    }

    /// Starts the agent with further settings.
    pub async fn start_with(lab: &Lab, name: &str, options: ServerOptions, settings: &str) -> Self {
        let server = lab.boot_with(name, options).await.unwrap();
        let fleet = Fleet::new();
        let control_plane_name = fleet.control_plane_name();
        let fake = FakeControlPlane::start_at(fleet, &control_plane_name, &lab.gateway().to_string()).await;
        let publisher = purvey_contract::dsse::Envelope::sign(
            &fake.fleet.publisher_document(),
            &[&fake.fleet.publisher_root],
        );
        server.push_file(&publisher.to_json(), "/etc/purvey/publishers.d/acme", 0o644).await.unwrap();
        server.push_file(UNIT.as_bytes(), "/etc/systemd/system/purvey-agent.service", 0o644).await.unwrap();
        server.push_file(&std::fs::read(program()).unwrap(), "/usr/bin/agent", 0o755).await.unwrap();
        let mut enroll = ExecOptions::default();
        enroll.stdin = fake.fleet.token().reveal().as_bytes().to_vec();
        let control_plane = fake.address.to_string();
        let command = ["agent", "enroll", "--control-plane", &control_plane, "--token-file", "-"];
        server.exec_with(command, enroll).await.unwrap().success().unwrap();
        server.shell(&format!("printf '{settings}' >> /etc/purvey/agent.toml")).await.unwrap();
        let agent = Self { server, fake };
        let started =
            agent.server.shell("systemctl daemon-reload; systemctl enable --now purvey-agent").await;
        if let Err(error) = started {
            panic!("{error}\n{}", agent.own_log().await);
        }
        agent
    }

    /// Runs a script as a job.
    pub async fn run(&self, job: u128, body: &str, manifest: &str) -> Ran {
        self.run_within(Duration::from_secs(60), job, body, manifest).await
    }

    /// The same, for what takes long.
    pub async fn run_within(&self, limit: Duration, job: u128, body: &str, manifest: &str) -> Ran {
        self.fake.offer_job(job, 1, &bundle::script(body, manifest));
        self.ran_within(limit, job).await
    }

    /// Waits for what becomes of a job that was offered.
    pub async fn ran_within(&self, limit: Duration, job: u128) -> Ran {
        let id = Uuid::from_u128(job);
        let of_job = move |receipt: &Receipt| receipt.job.is_some_and(|job| job.0 == id);
        let what = format!("a receipt of job {job}");
        self.fake
            .until_within(limit, &what, |script| {
                let receipts = script.verified_receipts();
                let lines = script.lines(job, 1).len() as u64;
                receipts.iter().any(|receipt| of_job(receipt) && receipt.log.lines <= lines)
            })
            .await;
        self.fake.with(|script| Ran {
            receipt: script.verified_receipts().into_iter().find(of_job).unwrap(),
            output: script.output(job, 1),
        })
    }

    /// What the agent says of itself.
    pub async fn own_log(&self) -> String {
        self.server.shell("journalctl --no-pager -o cat -u purvey-agent | tail -n 40").await.unwrap()
    }

    /// Reads a file of the server.
    pub async fn read(&self, path: impl AsRef<Path>) -> String {
        String::from_utf8_lossy(&self.server.read_file(path).await.unwrap()).into_owned()
    }
}
