//! A host with the whole agent on it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent::ambient::{Clock, Host};
use agent::attempts::{self, Agent};
use agent::config::Config;
use agent::enroll::enroll;
use agent::paths::Paths;
use agent::session::{self, Shutdown};

use super::control_plane::FakeControlPlane;
use super::fleet::Fleet;

/// A host with an agent that runs in a runtime of its own, so that it can be killed like a process.
pub struct TestHost {
    _folder: tempfile::TempDir,
    pub paths: Paths,
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    running: Option<(tokio::runtime::Runtime, Shutdown, tokio::task::JoinHandle<()>)>,
}

impl TestHost {
    pub async fn enrolled(fake: &FakeControlPlane) -> Self {
        let host = Self::new(fake);
        enroll(&host.paths, &fake.address, &fake.fleet.token(), &Host, &Host).await.unwrap();
        host
    }

    pub fn new(fake: &FakeControlPlane) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A confined script of root's agent is another user, who must be able to get through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        let paths = Paths::under(folder.path().to_owned());
        fake.fleet.trust_publisher(&paths);
        let config = Config::for_control_plane(fake.address.clone());
        Self { _folder: folder, paths, config, clock: Arc::new(Host), running: None }
    }

    pub fn start(&mut self) {
        let host = attempts::Host {
            paths: self.paths.clone(),
            config: self.config.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::new(Host),
            program: PathBuf::from(env!("CARGO_BIN_EXE_agent")),
            is_delegated: false,
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shutdown = Shutdown::default();
        let asked = shutdown.clone();
        let ended = runtime.spawn(async move {
            let agent = Agent::open(host).await.unwrap();
            session::run(agent, asked).await;
        });
        self.running = Some((runtime, shutdown, ended));
    }

    /// Sends what SIGHUP sends.
    pub fn reload(&self) {
        let (_, shutdown, _) = self.running.as_ref().unwrap();
        shutdown.reload.notify_one();
    }

    /// Ends the agent at once, whatever it is doing.
    pub fn kill(&mut self) {
        if let Some((runtime, ..)) = self.running.take() {
            runtime.shutdown_background();
        }
    }

    /// Asks the agent to end, and waits for it.
    pub async fn stop(&mut self) {
        if let Some((runtime, shutdown, ended)) = self.running.take() {
            shutdown.soft.cancel();
            tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
            runtime.shutdown_background();
        }
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.kill();
    }
}

pub async fn start() -> (FakeControlPlane, TestHost) {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let mut host = TestHost::enrolled(&fake).await;
    host.start();
    (fake, host)
}
