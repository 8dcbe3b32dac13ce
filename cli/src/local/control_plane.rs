//! A control plane as a child process: its configuration, its start, its first API key, its end.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use purvey_lab::{Leash, LeashSpec};
use purvey_sdk::v1::CreateApiKeyRequest;
use purvey_sdk::{Client, SecretString};
use rustix::process::Signal;
use tokio::time::Instant;

use super::folders::write_private;
use super::{beside, tail};

/// Migrations of a fresh database and the making of its keys take about a second.
const START_LIMIT: Duration = Duration::from_secs(60);
/// After the calls, what is in flight is written.
const STOP_LIMIT: Duration = Duration::from_secs(5);
const LOG_LINES: usize = 15;

/// What the control plane is to be.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its own files are made here.
    pub(crate) folder: PathBuf,
    pub(crate) database_url: String,
    pub(crate) api: SocketAddr,
    pub(crate) agents: SocketAddr,
    pub(crate) ops: SocketAddr,
    /// Where agents find it, if not at the host's name.
    pub(crate) advertise: Option<String>,
    /// Further names and addresses in its certificate.
    pub(crate) names: Vec<String>,
    pub(crate) trust_domain: &'static str,
    pub(crate) demo: bool,
    pub(crate) key_file: PathBuf,
    pub(crate) catalogue: Option<PathBuf>,
    /// How long calls may go on when it is asked to end.
    pub(crate) drain_seconds: u32,
}

/// A running control plane. Dropping it ends it; so does our death.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    leash: Leash,
    plan: Plan,
}

impl Plan {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn to_toml(&self) -> String {
        let mut text = "# Written anew at each start.\n".to_owned();
        let mut section = |name: &str, settings: &[(&str, toml::Value)]| {
            let _ = write!(text, "\n[{name}]\n");
            for (key, value) in settings {
                let _ = writeln!(text, "{key} = {value}");
            }
        };
        let path = |path: &Path| toml::Value::from(path.to_string_lossy().into_owned());
        section("database", &[("url", self.database_url.as_str().into())]);
        section(
            "api",
            &[
                ("listen", self.api.to_string().into()),
                ("names", self.names.clone().into()),
                ("ca_file", path(&self.file("ca.pem"))),
            ],
        );
        section(
            "agents",
            &[
                ("listen", self.agents.to_string().into()),
                ("advertise", self.advertise.clone().unwrap_or_default().into()),
            ],
        );
        section("ops", &[("listen", self.ops.to_string().into())]);
        section("fleet", &[("trust_domain", self.trust_domain.into()), ("demo", self.demo.into())]);
        section("kms", &[("key_file", path(&self.key_file))]);
        section("timings", &[("drain_seconds", i64::from(self.drain_seconds).into())]);
        section("bootstrap", &[("token_file", path(&self.file("bootstrap-token")))]);
        if let Some(folder) = &self.catalogue {
            section("catalogue", &[("folder", path(folder))]);
        }
        text
    }
}

impl ControlPlane {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// It is not there or does not start, with the end of its log.
    pub(crate) async fn start(plan: Plan) -> Result<Self> {
        let program = beside::program("control-plane")?;
        let config = plan.file("control-plane.toml");
        write_private(&config, plan.to_toml().as_bytes())?;
        let log_path = plan.file("control-plane.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&log_path);
        let log = log.with_context(|| format!("opening {}", log_path.display()))?;
        let mut argv: Vec<OsString> = clean_environment();
        argv.extend([program.into(), "run".into(), "--config".into(), config.into()]);
        let leash = Leash::spawn(LeashSpec {
            argv,
            first_signal: "TERM",
            grace: Duration::from_secs(u64::from(plan.drain_seconds) + 2),
            folder: None,
            shm_file: None,
            log,
        })
        .context("starting the control plane")?;
        let mut started = Self { leash, plan };
        started.wait_until_ready().await?;
        Ok(started)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let end = Instant::now() + START_LIMIT;
        loop {
            if let Some(status) = self.leash.try_wait().context("waiting for the control plane")? {
                bail!("the control plane did not start ({status}); its log ends with:\n{}", self.log_tail());
            }
            if is_ready(self.plan.ops).await {
                return Ok(());
            }
            if Instant::now() > end {
                bail!(
                    "the control plane is not ready after {} s; its log ends with:\n{}",
                    START_LIMIT.as_secs(),
                    self.log_tail()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where the API is.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.plan.api)
    }

    /// The API's address.
    pub(crate) fn api(&self) -> SocketAddr {
        self.plan.api
    }

    /// Where agents find it.
    pub(crate) fn agents(&self) -> String {
        self.plan.advertise.clone().unwrap_or_else(|| self.plan.agents.to_string())
    }

    /// Where health and metrics are.
    pub(crate) fn ops(&self) -> SocketAddr {
        self.plan.ops
    }

    /// The CA of its certificate (PEM).
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.plan.file("ca.pem")
    }

    /// The token for the first API key, while there is none.
    pub(crate) fn bootstrap_token_file(&self) -> PathBuf {
        self.plan.file("bootstrap-token")
    }

    /// Whether the token in that file still makes a key: it does not once it was spent.
    pub(crate) async fn offers_bootstrap_token(&self) -> bool {
        let Ok(token) = self.bootstrap_token() else { return false };
        match self.client(token) {
            Ok(client) => client.identity().who_am_i().await.is_ok(),
            Err(_) => false,
        }
    }

    fn bootstrap_token(&self) -> Result<SecretString> {
        let path = self.bootstrap_token_file();
        let text = std::fs::read_to_string(&path).map(zeroize::Zeroizing::new);
        Ok(text.with_context(|| format!("reading {}", path.display()))?.trim().into())
    }

    /// What it says of itself.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.plan.file("control-plane.log")
    }

    /// The end of that.
    pub(crate) fn log_tail(&self) -> String {
        tail(&self.log_file(), LOG_LINES)
    }

    /// Spends the bootstrap token on an API key for an administrator.
    ///
    /// # Errors
    /// There is no bootstrap token, or the API says no.
    pub(crate) async fn first_api_key(&self, display_name: &str) -> Result<SecretString> {
        let client = self.client(self.bootstrap_token()?)?;
        let request = CreateApiKeyRequest {
            display_name: display_name.to_owned(),
            role: "admin".to_owned(),
            ..Default::default()
        };
        let key = client.identity().create_api_key(request).await;
        Ok(key.context("making the first API key")?.secret.into())
    }

    /// A client of its API.
    ///
    /// # Errors
    /// Its CA cannot be read.
    pub(crate) fn client(&self, token: SecretString) -> Result<Client> {
        let endpoint = crate::session::endpoint(&self.url()).map_err(|failure| anyhow!("{failure}"))?;
        let endpoint = endpoint.with_ca_file(self.ca_file()).with_token(token);
        Client::connect(&endpoint).context("the control plane's API")
    }

    /// Ready when it has ended by itself.
    pub(crate) async fn ended(&mut self) -> String {
        loop {
            match self.leash.try_wait() {
                Ok(None) => tokio::time::sleep(Duration::from_millis(100)).await,
                Ok(Some(status)) => return status.to_string(),
                Err(error) => return error.to_string(),
            }
        }
    }

    /// Ends it in an orderly way.
    pub(crate) async fn stop(mut self) {
        self.leash.signal(Signal::TERM);
        let drain = Duration::from_secs(self.plan.drain_seconds.into());
        self.leash.ended_within(drain + STOP_LIMIT).await;
    }
}

/// A program that the caller's settings do not reach: `PURVEY_*` are overrides of the configuration.
pub(crate) fn clean_environment() -> Vec<OsString> {
    let mut argv: Vec<OsString> = vec!["env".into(), "-i".into()];
    for name in ["PATH", "HOME", "USER", "LANG", "TZ", "RUST_BACKTRACE"] {
        if let Some(value) = crate::config::environment(name) {
            argv.push(format!("{name}={value}").into());
        }
    }
    argv
}

/// The address with that port, or with a free one where it is taken.
///
/// # Errors
/// The address is none of this host's.
pub(crate) fn free(address: IpAddr, port: u16) -> Result<SocketAddr> {
    let wanted = TcpListener::bind((address, port));
    let listener = match wanted {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((address, 0)).with_context(|| format!("listening on {address}"))?,
    };
    listener.local_addr().context("asking for the port")
}

/// Whether the control plane says that it is.
async fn is_ready(ops: SocketAddr) -> bool {
    let asked = super::http::get(ops, "/health/ready", &ops.to_string(), Duration::from_secs(2)).await;
    asked.is_ok_and(|answer| answer.status == 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            folder: "/tmp/a \"b\"".into(),
            database_url: "postgresql:///purvey?host=/tmp/x".to_owned(),
            api: ([127, 0, 0, 1], 5000).into(),
            agents: ([198, 18, 0, 1], 5443).into(),
            ops: ([127, 0, 0, 1], 9464).into(),
            advertise: Some("198.18.0.1:5443".to_owned()),
            names: vec!["198.18.0.1".to_owned()],
            trust_domain: "demo.purvey.internal",
            demo: true,
            key_file: "/tmp/kms.key".into(),
            catalogue: None,
            drain_seconds: 1,
        }
    }

    #[test]
    fn the_configuration_is_toml_whatever_the_paths_hold() {
        let text = plan().to_toml();
        let read: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(read["api"]["ca_file"].as_str(), Some("/tmp/a \"b\"/ca.pem"));
        assert_eq!(read["fleet"]["demo"].as_bool(), Some(true));
        assert_eq!(read["agents"]["advertise"].as_str(), Some("198.18.0.1:5443"));
    }

    #[test]
    fn a_port_that_is_taken_is_replaced_by_a_free_one() {
        let address: IpAddr = [127, 0, 0, 1].into();
        let taken = TcpListener::bind((address, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free(address, port).unwrap().port(), port);
    }
}
