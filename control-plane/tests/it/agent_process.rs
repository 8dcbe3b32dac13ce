//! The real agent as a process of its own on this host, unprivileged, in a folder that stands for `/`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use purvey_proto::v1::Install;

use crate::harness::TestApp;
use crate::publishing;

const NOBODY: u32 = 65534;

/// An agent on this host, in a folder that stands for `/`.
pub(crate) struct RealAgent {
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl RealAgent {
    pub(crate) async fn enrolled(app: &TestApp, server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let built = program("agent");
        fs::copy(&built, folder.path().join("agent")).unwrap();
        let root = folder.path().join("host");
        let trust = root.join("etc/purvey/publishers.d");
        fs::create_dir_all(&trust).unwrap();
        fs::write(trust.join("test"), publishing::document_of(1)).unwrap();
        fs::write(root.join("token"), app.join_token(server).await).unwrap();
        if is_root() {
            for entry in [
                &root,
                &root.join("token"),
                &root.join("etc"),
                &root.join("etc/purvey"),
                &trust,
                &trust.join("test"),
            ] {
                chown(entry, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let mut agent = Self { folder, child: None };
        let address = app.agents_address().to_string();
        let token = agent.root().join("token").display().to_string();
        let enrolled =
            agent.command(&["enroll", "--token-file", &token, "--control-plane", &address]).output().unwrap();
        assert!(enrolled.status.success(), "{}", String::from_utf8_lossy(&enrolled.stderr));
        agent.start();
        agent
    }

    /// Another machine with a copy of this one's disk, whole. It does not run yet.
    pub(crate) fn copied(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let from = format!("{}/.", self.folder.path().display());
        let copied = Command::new("cp").args(["-a", &from]).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        Self { folder, child: None }
    }

    /// Runs another command of the agent on the same host, and answers what it says.
    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        let said = self.command(arguments).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap()
    }

    pub(crate) fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let child = self.command(&["run"]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.child = Some(child);
    }

    /// SIGKILL, and whatever the script left behind stays.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let sent = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(sent.success());
        child.wait().unwrap();
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("host")
    }

    /// What the script of an install wrote of its runs.
    pub(crate) fn record(&self, install: &Install) -> Vec<String> {
        let path = self.root().join("var/lib/purvey/agent/installs").join(&install.uid).join("record");
        fs::read_to_string(path).unwrap_or_default().lines().map(ToOwned::to_owned).collect()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = self.folder.path().join("agent");
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                &format!("--reuid={NOBODY}"),
                &format!("--regid={NOBODY}"),
                "--clear-groups",
                "--pdeathsig",
                "KILL",
            ]);
            command.arg("--").arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("--root").arg(self.root()).args(arguments);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir("/")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for RealAgent {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent's log:\n{}", self.log());
        }
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// A program of this workspace, as it was built beside this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join(name);
    assert!(path.exists(), "{} is not there: `cargo build -p {name}` makes it", path.display());
    path
}
