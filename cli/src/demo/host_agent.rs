//! The agent as a child process on this host, without privileges, where no server can be booted.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use purvey_lab::{Leash, LeashSpec};
use rustix::process::Signal;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::road::{Done, Wish};
use super::show::{Show, Step};
use crate::local::tail;
use crate::publisher::Publisher;

pub(super) const NAME: &str = "this-host";
/// Root's agent keeps to `/etc/purvey`, so ours is nobody's when we are root.
const NOBODY: u32 = 65534;
const TITLE: &str = "Hello from Purvey";
const STOP_LIMIT: Duration = Duration::from_secs(5);
const ENROLL_LIMIT: Duration = Duration::from_secs(60);

/// A folder that stands for `/`, and the agent that lives in it.
#[derive(Debug)]
pub(super) struct HostAgent {
    program: PathBuf,
    root: PathBuf,
    log: PathBuf,
    leash: Option<Leash>,
}

impl HostAgent {
    /// Puts the agent and trust in the publisher into a folder.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(super) fn provide(folder: &Path, agent: &Path, publisher: &Publisher) -> Result<Self> {
        let this = Self {
            program: folder.join("agent"),
            root: folder.join("host"),
            log: folder.join("agent.log"),
            leash: None,
        };
        // The other user may not get to where we are.
        fs::copy(agent, &this.program).with_context(|| format!("copying {}", agent.display()))?;
        fs::set_permissions(&this.program, fs::Permissions::from_mode(0o755))?;
        let trust = this.root.join("etc/purvey/publishers.d");
        fs::create_dir_all(&trust).with_context(|| format!("making {}", trust.display()))?;
        fs::set_permissions(&this.root, fs::Permissions::from_mode(0o700))?;
        let trust = trust.join(publisher.name.as_str());
        fs::write(&trust, &publisher.document).with_context(|| format!("writing {}", trust.display()))?;
        if is_root() {
            let own = trust.ancestors().take_while(|path| path.starts_with(&this.root));
            for path in own {
                chown(path, Some(NOBODY), Some(NOBODY))
                    .with_context(|| format!("giving away {}", path.display()))?;
            }
        }
        Ok(this)
    }

    /// Enrols and starts.
    ///
    /// # Errors
    /// What the agent says.
    pub(super) async fn enroll(&mut self, control_plane: &str, token: &str) -> Result<()> {
        let argv = self.argv(&["enroll", "--token-file", "-", "--control-plane", control_plane]);
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("running agent enroll")?;
        if let Some(mut stdin) = child.stdin.take() {
            // It need not read what it is given; then it says why.
            let _ = stdin.write_all(format!("{token}\n").as_bytes()).await;
        }
        let ended = tokio::time::timeout(ENROLL_LIMIT, child.wait_with_output()).await;
        let output = ended.context("agent enroll did not end")?.context("running agent enroll")?;
        if !output.status.success() {
            bail!("agent enroll: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let log = fs::File::create(&self.log).with_context(|| format!("making {}", self.log.display()))?;
        let leash = Leash::spawn(LeashSpec {
            argv: self.argv(&["run"]),
            first_signal: "TERM",
            grace: Duration::from_secs(3),
            folder: None,
            shm_file: None,
            log,
        });
        self.leash = Some(leash.context("starting the agent")?);
        Ok(())
    }

    fn argv(&self, arguments: &[&str]) -> Vec<OsString> {
        let path = crate::config::environment("PATH").unwrap_or_else(|| "/usr/bin:/bin".to_owned());
        let mut argv: Vec<OsString> = vec!["env".into(), "-i".into(), format!("PATH={path}").into()];
        if is_root() {
            let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
            argv.push("setpriv".into());
            argv.extend(user.map(OsString::from));
            argv.extend(["--clear-groups", "--"].map(OsString::from));
        }
        argv.extend([self.program.clone().into(), "--root".into(), self.root.clone().into()]);
        argv.extend(arguments.iter().map(OsString::from));
        argv
    }

    /// What to install.
    pub(super) fn wish() -> Wish {
        let message = "This page was put here by a signed job, without root and without a server of its own.";
        Wish {
            server: NAME,
            app: "hello-site",
            inputs: vec![("title", TITLE.to_owned()), ("message", message.to_owned())],
        }
    }

    /// Reads the page where the install says that it is.
    ///
    /// # Errors
    /// There is none, or not the one that was asked for.
    pub(super) async fn prove(&self, show: &Show, done: &Done) -> Result<()> {
        show.begin(Step::Proof, "reading the page")?;
        let path = done.install.outputs.get("path").context("the install has no output `path`")?;
        let page = tokio::fs::read_to_string(path).await.with_context(|| format!("reading {path}"))?;
        if !page.contains(&format!("<h1>{TITLE}</h1>")) {
            bail!("{path} is not the page that was asked for:\n{page}");
        }
        let snippet = super::snippet(&page);
        show.event("page", json!({"path": path, "snippet": snippet}))?;
        show.done(Step::Proof, &format!("the page is in {path}"))?;
        show.text(&super::quoted(show, &snippet))
    }

    /// The end of the agent's log.
    pub(super) fn agent_log(&self) -> String {
        tail(&self.log, 15)
    }

    /// Ends the agent in an orderly way.
    pub(super) async fn close(self) {
        if let Some(mut leash) = self.leash {
            leash.signal(Signal::TERM);
            leash.ended_within(STOP_LIMIT).await;
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
