//! The configuration: one TOML file and overrides from the environment, every setting described once (`config/settings.rs`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use purvey_contract::id::Name;
use secrecy::SecretString;

mod read;
pub mod reference;
mod settings;

pub use read::ConfigError;

/// Where the file lies when none is named.
pub const DEFAULT_FILE: &str = "/etc/purvey/control-plane.toml";

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The store.
    pub database: Database,
    /// The listener for people and programs.
    pub api: Api,
    /// The listener for agents.
    pub agents: Agents,
    /// The listener for operators' machinery.
    pub ops: Ops,
    /// Who this control plane is.
    pub fleet: Fleet,
    /// The file with the keys that wrap everything else.
    pub kms_key_file: PathBuf,
    /// What is logged and how.
    pub log: Log,
    /// How long things take.
    pub timings: Timings,
    /// Where the bootstrap token is written.
    pub bootstrap_token_file: PathBuf,
    /// What is imported at the start.
    pub catalogue: Catalogue,
    /// Weeks of ended jobs that are kept; none keeps all.
    pub retention_weeks: Option<u32>,
    /// What looks like a setting in the environment and is none.
    pub unknown_variables: Vec<String>,
}

/// `[database]`.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where PostgreSQL is.
    pub url: SecretString,
    /// The same without a pooler in between.
    pub direct_url: Option<SecretString>,
    /// At most this many connections.
    pub max_connections: u32,
}

/// `[api]`.
#[derive(Clone, Debug)]
pub struct Api {
    /// Where to listen.
    pub listen: SocketAddr,
    /// No TLS. Only on loopback.
    pub plaintext: bool,
    /// Certificate chain and key (PEM) from elsewhere.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Further names and addresses in the certificate that the fleet's CA issues.
    pub names: Vec<String>,
    /// Where the certificates of the fleet's CAs are written for clients.
    pub ca_file: Option<PathBuf>,
}

/// `[agents]`.
#[derive(Clone, Debug)]
pub struct Agents {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where agents find it, as `host:port`; none means the host's name and the port that is listened on.
    pub advertise: Option<String>,
    /// Handshakes at a time.
    pub max_handshakes: u32,
}

/// `[ops]`.
#[derive(Clone, Debug)]
pub struct Ops {
    /// Where to listen.
    pub listen: SocketAddr,
}

/// `[fleet]`.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The fleet's name in identities.
    pub trust_domain: String,
    /// This control plane's name in the fleet.
    pub cell: Name,
    /// Marks everything as a demo.
    pub demo: bool,
}

/// `[log]`.
#[derive(Clone, Debug)]
pub struct Log {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// What is logged, as `tracing` filters have it.
    pub level: String,
}

/// `[timings]`.
#[derive(Clone, Debug)]
pub struct Timings {
    /// How long an accepted attempt may be silent past its timeout.
    pub lost_after: Duration,
    /// How long calls may go on after SIGTERM.
    pub drain: Duration,
}

/// `[catalogue]`.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// A folder of bundles.
    pub folder: Option<PathBuf>,
    /// A folder of publishers' documents.
    pub publishers_folder: Option<PathBuf>,
}

impl Config {
    /// Reads the file, if there is one, and then the environment.
    ///
    /// # Errors
    /// Each names the file and line, or the variable, and the setting.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let path = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        Self::from_text(&path.display().to_string(), &text, environment)
    }

    /// Reads a file's text and then the environment. `file` is what errors call it.
    ///
    /// # Errors
    /// Each names the file and line, or the variable, and the setting.
    pub fn from_text(
        file: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let values = read::Values::read(file, text, environment)?;
        let api_listen: SocketAddr =
            values.parse("api.listen", "an address and port such as 127.0.0.1:5000")?;
        let plaintext = values.boolean("api.plaintext")?;
        if plaintext && !api_listen.ip().is_loopback() {
            return Err(values
                .wrong("api.plaintext", "plain text is served on loopback only; use TLS, or listen there"));
        }
        let tls = match (values.path("api.tls_certificate")?, values.path("api.tls_key")?) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(values.wrong("api.tls_key", "`tls_certificate` and `tls_key` go together")),
        };
        let address = "an address and port such as 0.0.0.0:5443";
        let seconds = |name| values.integer(name).map(|seconds| Duration::from_secs(u64::from(seconds)));
        let advertise = values.text("agents.advertise")?;
        if !advertise.is_empty() && !is_host_and_port(&advertise) {
            return Err(
                values.wrong("agents.advertise", "a host and port are needed, such as purvey.example:5443")
            );
        }
        let trust_domain = values.text("fleet.trust_domain")?;
        if !is_trust_domain(&trust_domain) {
            let why =
                "lower-case letters, digits, dots, hyphens and underscores are needed, such as fleet.example";
            return Err(values.wrong("fleet.trust_domain", why));
        }
        Ok(Self {
            database: Database {
                url: values.text("database.url")?.into(),
                direct_url: Some(values.text("database.direct_url")?)
                    .filter(|url| !url.is_empty())
                    .map(Into::into),
                max_connections: values.integer("database.max_connections")?,
            },
            api: Api {
                listen: api_listen,
                plaintext,
                tls,
                names: values.list("api.names")?,
                ca_file: values.path("api.ca_file")?,
            },
            agents: Agents {
                listen: values.parse("agents.listen", address)?,
                advertise: Some(advertise).filter(|advertise| !advertise.is_empty()),
                max_handshakes: values.integer("agents.max_handshakes")?,
            },
            ops: Ops { listen: values.parse("ops.listen", address)? },
            fleet: Fleet {
                trust_domain,
                cell: values.parse("fleet.cell", "1 to 63 lower-case letters, digits and hyphens")?,
                demo: values.boolean("fleet.demo")?,
            },
            kms_key_file: values.required_path("kms.key_file")?,
            log: Log { json: values.text("log.format")? == "json", level: values.text("log.level")? },
            timings: Timings {
                lost_after: seconds("timings.lost_after_seconds")?,
                drain: seconds("timings.drain_seconds")?,
            },
            bootstrap_token_file: values.required_path("bootstrap.token_file")?,
            catalogue: Catalogue {
                folder: values.path("catalogue.folder")?,
                publishers_folder: values.path("catalogue.publishers_folder")?,
            },
            retention_weeks: Some(values.integer("retention.weeks")?).filter(|weeks| *weeks > 0),
            unknown_variables: values.unknown_variables,
        })
    }
}

fn is_host_and_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains(['/', '@', ' ']) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

/// As SPIFFE ID, section 2.1 has it.
fn is_trust_domain(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
pub(crate) mod tests;
