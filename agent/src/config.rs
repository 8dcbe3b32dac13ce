//! The agent's settings: `/etc/purvey/agent.toml`. `agent enroll` writes the first one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::files;

const MAX_BYTES: u64 = 64 * 1024;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the control plane listens for agents.
    pub control_plane: HostPort,
    /// Jobs at the same time, 1 to 8. More than one lets two package managers fight.
    #[serde(default = "one", deserialize_with = "slots")]
    pub slots: u32,
    /// How many seconds a running script has to finish when the agent is asked to stop.
    #[serde(default = "stop_limit")]
    pub stop_limit_seconds: u32,
    /// How much the agent says of itself.
    #[serde(default)]
    pub log_level: LogLevel,
    /// Whether each renewal of the certificate makes a new TLS key.
    #[serde(default)]
    pub rotate_key_on_renewal: bool,
}

impl Config {
    /// How long a running script has to finish when the agent is asked to stop.
    pub fn stop_limit(&self) -> Duration {
        Duration::from_secs(self.stop_limit_seconds.into())
    }

    /// The settings for a control plane, all else as by default.
    pub fn for_control_plane(control_plane: HostPort) -> Self {
        Self {
            control_plane,
            slots: one(),
            stop_limit_seconds: stop_limit(),
            log_level: LogLevel::default(),
            rotate_key_on_renewal: false,
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is missing, unreadable, or says something unknown.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = files::read_bounded(path, MAX_BYTES)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let invalid = |why: String| ConfigError::Invalid { path: path.to_owned(), why };
        let text = String::from_utf8(bytes).map_err(|error| invalid(error.to_string()))?;
        toml::from_str(&text).map_err(|error| invalid(error.to_string()))
    }

    /// Makes the file name this control plane and leaves everything else in it as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_control_plane(path: &Path, control_plane: &HostPort) -> io::Result<()> {
        let old = files::read_if_present(path, MAX_BYTES)?.unwrap_or_default();
        let old = String::from_utf8_lossy(&old);
        let is_ours = |line: &&str| {
            line.trim_start()
                .strip_prefix("control_plane")
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let mut text = format!("control_plane = \"{control_plane}\"\n");
        for line in old.lines().filter(|line| !is_ours(line)) {
            text.push_str(line);
            text.push('\n');
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        files::write_atomically(path, text.as_bytes(), 0o644)
    }
}

fn one() -> u32 {
    1
}

fn stop_limit() -> u32 {
    90
}

fn slots<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let slots = u32::deserialize(deserializer)?;
    (1..=8).contains(&slots).then_some(slots).ok_or_else(|| serde::de::Error::custom("slots: 1 to 8"))
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{} cannot be read; `agent enroll` writes it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It says something that is not understood.
    #[error("{}: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What, and where.
        why: String,
    },
}

/// Holds the join token, where no file does.
pub const TOKEN_VARIABLE: &str = "PURVEY_JOIN_TOKEN";

/// The join token in the environment, if it is there.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn join_token() -> Option<Zeroizing<String>> {
    std::env::var(TOKEN_VARIABLE).ok().map(Zeroizing::new)
}

/// Whether what is written goes to the system's journal, which has times of its own (systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn writes_to_the_system_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

/// Whether systemd has started this process as a service (systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn is_a_service() -> bool {
    std::env::var_os("INVOCATION_ID").is_some()
}

/// The name of the step at which this process shall be killed: for tests, in builds for development only.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn killed_at() -> Option<&'static str> {
    static KILLED_AT: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    KILLED_AT.get_or_init(|| std::env::var("PURVEY_TEST_KILL_AT").ok()).as_deref()
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what went wrong.
    Error,
    /// And what is odd.
    Warn,
    /// And what is done.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And everything else.
    Trace,
}

impl From<LogLevel> for tracing::level_filters::LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// `host:port`; an IPv6 address stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The text is not `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not host:port, such as purvey.example.com:5443{hint}", hint = hint(.0))]
pub struct InvalidHostPort(String);

fn hint(text: &str) -> &'static str {
    if text.contains("://") {
        " (without http:// or https://: agents speak TLS, to a port of their own)"
    } else {
        ""
    }
}

impl FromStr for HostPort {
    type Err = InvalidHostPort;

    fn from_str(text: &str) -> Result<Self, InvalidHostPort> {
        let bad = || InvalidHostPort(text.chars().take(100).flat_map(char::escape_debug).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(bad)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?.to_string(),
            None => host.to_owned(),
        };
        // The name must be one that TLS can announce.
        rustls_pki_types::ServerName::try_from(host.as_str()).map_err(|_| bad())?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl<'de> Deserialize<'de> for HostPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_read_and_written() {
        for good in ["localhost:5443", "10.0.0.1:1", "[::1]:5443", "purvey.example.com:65535"] {
            assert_eq!(good.parse::<HostPort>().unwrap().to_string(), good);
        }
        for bad in ["localhost", "localhost:0", ":5443", "::1:5443:x", "https://x:1", "a b:1", "x:99999"] {
            assert!(bad.parse::<HostPort>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_and_defaults_are_filled_in() {
        let config: Config = toml::from_str("control_plane = \"cp:5443\"").unwrap();
        assert_eq!(config, Config::for_control_plane("cp:5443".parse().unwrap()));
        assert!(toml::from_str::<Config>("control_plane = \"cp:5443\"\nslot = 1").is_err());
        assert!(toml::from_str::<Config>("control_plane = \"cp:5443\"\nslots = 0").is_err());
        assert!(toml::from_str::<Config>("slots = 1").is_err());
    }

    #[test]
    fn enrolling_again_changes_only_the_control_plane() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("etc/agent.toml");
        Config::write_control_plane(&path, &"one:1".parse().unwrap()).unwrap();
        assert_eq!(Config::load(&path).unwrap().control_plane.host, "one");
        std::fs::write(&path, "# mine\ncontrol_plane = \"one:1\"\nlog_level = \"debug\"\n").unwrap();
        Config::write_control_plane(&path, &"two:2".parse().unwrap()).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "control_plane = \"two:2\"\n# mine\nlog_level = \"debug\"\n"
        );
    }
}
