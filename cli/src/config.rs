//! What `purvey` remembers between calls: `$XDG_CONFIG_HOME/purvey/config.toml`, readable by its owner only.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The context that is used when none is named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) current: String,
    /// The control planes that are signed in to.
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// One control plane and the credential for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    pub(crate) url: String,
    pub(crate) token: String,
    /// The CAs to trust instead of the system's (PEM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("url", &self.url)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

/// Why the configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("there is no folder for the configuration: neither XDG_CONFIG_HOME nor HOME is an absolute path")]
    NoHome,
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{} holds tokens and others than its owner may read it (mode {mode:04o})", path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("{}: {message}", path.display())]
    Malformed { path: PathBuf, message: String },
    #[error("there is no context `{0}`")]
    NoContext(String),
}

impl ConfigError {
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Open { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::NoContext(_) => Some("see those that there are: purvey context list".to_owned()),
            _ => None,
        }
    }
}

/// An environment variable that is not an option of its own, because a value on the command line would be seen by others
/// (`PURVEY_TOKEN`) or because it is everybody's (`NO_COLOR`). Empty counts as unset.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Config {
    /// Where the file is.
    pub(crate) fn path() -> Result<PathBuf, ConfigError> {
        let absolute = |path: PathBuf| path.is_absolute().then_some(path);
        environment("XDG_CONFIG_HOME")
            .and_then(|folder| absolute(folder.into()))
            .or_else(|| {
                environment("HOME").and_then(|home| absolute(home.into())).map(|home| home.join(".config"))
            })
            .map(|folder| folder.join("purvey").join("config.toml"))
            .ok_or(ConfigError::NoHome)
    }

    /// The configuration; an empty one if there is no file.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let io = |error| ConfigError::Io { path: path.to_owned(), error };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(io(error)),
        };
        let mode = std::fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(ConfigError::Open { path: path.to_owned(), mode });
        }
        // The parser's own message quotes the line, which may hold a token.
        toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            message: error.message().to_owned(),
        })
    }

    /// Replaces the file as a whole, with mode 0600 from its first byte on.
    pub(crate) fn save(&self, path: &Path) -> Result<(), ConfigError> {
        let io = |error| ConfigError::Io { path: path.to_owned(), error };
        let text = toml::to_string(self).map_err(|error| io(std::io::Error::other(error)))?;
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
        }
        let new = path.with_extension(format!("toml.{}.new", std::process::id()));
        let write = || {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, path)
        };
        write().map_err(|error| {
            let _ = std::fs::remove_file(&new);
            io(error)
        })
    }

    /// The named context, or the current one; none if there is none yet.
    pub(crate) fn context(&self, name: Option<&str>) -> Result<Option<&Context>, ConfigError> {
        match name {
            Some(name) => match self.contexts.get(name) {
                Some(context) => Ok(Some(context)),
                None => Err(ConfigError::NoContext(name.to_owned())),
            },
            None if self.current.is_empty() => Ok(None),
            None => self.context(Some(&self.current)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Config {
        let context = Context {
            url: "https://purvey.example:5000".to_owned(),
            token: "pv_secret".to_owned(),
            ca: Some("-----BEGIN CERTIFICATE-----\n".to_owned()),
            project: None,
        };
        Config { current: "main".to_owned(), contexts: BTreeMap::from([("main".to_owned(), context)]) }
    }

    #[test]
    fn the_file_and_its_folder_are_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("purvey/config.toml");
        sample().save(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(Config::load(&path).unwrap(), sample());
        sample().save(&path).unwrap();
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        sample().save(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Config::load(&path), Err(ConfigError::Open { mode: 0o640, .. })));
    }

    #[test]
    fn a_missing_file_is_an_empty_configuration() {
        assert_eq!(Config::load(Path::new("/nowhere/config.toml")).unwrap(), Config::default());
    }

    #[test]
    fn a_malformed_file_is_an_error_that_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        sample().save(&path).unwrap();
        std::fs::write(
            &path,
            "[contexts.main]\nurl = \"x\"\ntoken = \"pv_secret\"\ncolour = \"pv_secret\"\n",
        )
        .unwrap();
        let error = Config::load(&path).unwrap_err().to_string();
        assert!(error.contains("colour") && !error.contains("pv_secret"), "{error}");
    }

    #[test]
    fn an_unknown_context_is_an_error_and_no_context_is_none() {
        assert!(matches!(sample().context(Some("other")), Err(ConfigError::NoContext(_))));
        assert_eq!(sample().context(None).unwrap().unwrap().token, "pv_secret");
        assert_eq!(Config::default().context(None).unwrap(), None);
    }
}
