//! Everything that the runs share: a control plane with its database, the lab, a publisher, and somebody who visits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use purvey_lab::{ExecOptions, Lab, LabOptions, Postgres, Server};
use purvey_sdk::Client;
use secrecy::ExposeSecret as _;

use super::app::App;
use super::copies;
use super::live::Live;
use crate::local::control_plane::ControlPlane;
use crate::local::folders::{Temporary, write_private};
use crate::local::{beside, private};
use crate::publisher::Publisher;

/// The server from which pages are fetched and ports tried.
const VISITOR: &str = "visitor";
const API_KEY_FILE: &str = "api-key";

/// What runs. Dropping it takes it down too, only less politely.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) lab: Lab,
    pub(crate) agent: PathBuf,
    pub(crate) publishers: Vec<Publisher>,
    visitor: Server,
    control_plane: ControlPlane,
    postgres: Postgres,
    // Last, because the others have files in it.
    temporary: Temporary,
}

/// Makes everything, what does not wait for another at the same time.
///
/// # Errors
/// The first thing that failed; the rest is taken down.
pub(crate) async fn make(apps: &[App], live: &Live) -> Result<World> {
    let temporary = Temporary::create("purvey-lab-test-")?;
    let folder = temporary.path().to_owned();
    if !purvey_lab::root_file_system_is_cached().await.unwrap_or(true) {
        live.note("making the servers' root file system, once: about a minute");
    }
    let lab = async {
        let lab = Lab::open(LabOptions::default()).await?;
        let visitor = lab.boot(VISITOR).await?;
        anyhow::Ok((lab, visitor))
    };
    let sign = {
        let (apps, catalogue) = (apps.to_vec(), private::catalogue(&folder));
        async move {
            let sign = tokio::task::spawn_blocking(move || copies::sign(&apps, &catalogue));
            sign.await.context("signing the apps")?
        }
    };
    let ((lab, visitor), postgres, publishers) = tokio::try_join!(lab, private::postgres(), sign)?;
    let control_plane = private::control_plane(&folder, &postgres, lab.gateway().into()).await?;
    let key = control_plane.first_api_key("purvey lab test").await?;
    write_private(&folder.join(API_KEY_FILE), key.expose_secret().as_bytes())?;
    let client = control_plane.client(key)?;
    let agent = beside::program("agent")?;
    Ok(World { client, lab, agent, publishers, visitor, control_plane, postgres, temporary })
}

impl World {
    /// Where agents find the control plane.
    pub(crate) fn agents(&self) -> String {
        self.control_plane.agents()
    }

    /// Runs a program on the visitor's machine; what it wrote, whatever its exit code.
    ///
    /// # Errors
    /// It could not be run.
    pub(crate) async fn visit(&self, argv: &[&str]) -> Result<String> {
        let mut options = ExecOptions::default();
        options.limit = Duration::from_secs(30);
        Ok(self.visitor.exec_with(argv, options).await?.stdout)
    }

    /// What the control plane complained of last.
    pub(crate) fn complaints(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let is_one = |line: &&str| line.contains("ERROR") || line.contains("WARN");
        crate::local::last_lines(&log.lines().filter(is_one).collect::<Vec<_>>().join("\n"), 10)
    }

    /// The control plane's whole log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.control_plane.log_file()
    }

    /// How a person gets in, while it is kept.
    pub(crate) fn doors(&self) -> String {
        let own = std::env::current_exe().ok();
        let folder =
            own.as_deref().and_then(Path::parent).map(|it| it.display().to_string()).unwrap_or_default();
        format!(
            "export PATH={folder}:$PATH PURVEY_URL={} PURVEY_CA={} PURVEY_TOKEN=$(cat {})",
            self.control_plane.url(),
            self.control_plane.ca_file().display(),
            self.temporary.path().join(API_KEY_FILE).display(),
        )
    }

    /// Takes everything down.
    ///
    /// # Errors
    /// What is still there.
    pub(crate) async fn close(self) -> Result<()> {
        let Self { lab, control_plane, postgres, temporary, .. } = self;
        let (closed, ()) = tokio::join!(lab.close(), control_plane.stop());
        drop(postgres);
        drop(temporary);
        Ok(closed?)
    }
}
