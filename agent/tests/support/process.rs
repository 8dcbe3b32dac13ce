//! The agent's own program as a process that can be killed, as an ordinary user: root's agent keeps to the real paths.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use agent::paths::Paths;

use super::control_plane::FakeControlPlane;

/// Who the agent is where the tests are root.
const USER: u32 = 65_000;

pub struct AgentProcess {
    folder: tempfile::TempDir,
    pub paths: Paths,
    child: Option<Child>,
}

impl AgentProcess {
    /// Enrols a host, which has no agent running yet.
    pub fn enrolled(fake: &FakeControlPlane) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let paths = Paths::under(folder.path().to_owned());
        fake.fleet.trust_publisher(&paths);
        let agent = Self { folder, paths, child: None };
        agent.hand_over();
        let token = fake.fleet.token().reveal();
        let mut enroll = agent.command(&["enroll", "--control-plane", &fake.address.to_string()]);
        let enrolled = enroll.env("PURVEY_JOIN_TOKEN", &*token).output().unwrap();
        assert!(enrolled.status.success(), "{enrolled:?}");
        agent
    }

    /// Makes everything the agent's own.
    fn hand_over(&self) {
        fn own(path: &Path) {
            chown(path, Some(USER), Some(USER)).unwrap();
            for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
                own(&entry.path());
            }
        }
        if rustix::process::geteuid().is_root() {
            own(self.folder.path());
        }
    }

    /// A command of the agent's program, as its user.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--root").arg(self.folder.path()).args(arguments).env_clear().current_dir("/");
        if rustix::process::geteuid().is_root() {
            command.uid(USER).gid(USER);
        }
        command
    }

    /// Starts it, perhaps to be killed at a step.
    pub fn start(&mut self, kill_at: Option<&str>) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.command(&["run"]);
        if let Some(step) = kill_at {
            command.env("PURVEY_TEST_KILL_AT", step);
        }
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("agent.log")
    }

    /// What it said of itself.
    pub fn own_log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Waits until it was killed; false if it lives on.
    pub async fn was_killed_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                assert_eq!(status.signal(), Some(9), "{status}: {}", self.own_log());
                self.child = None;
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// Kills it without warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
}

impl Drop for AgentProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The agent's program where every user can start it.
fn program() -> &'static Path {
    static COPY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = COPY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("agent");
        std::fs::copy(env!("CARGO_BIN_EXE_agent"), &path).unwrap();
        (folder, path)
    });
    path
}
