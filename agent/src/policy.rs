//! What the host's administrator allows: `/etc/purvey/policy.toml`. The control plane cannot override it.
//!
//! The file is read anew for every job. A missing one means the built-in defaults; one that cannot be read, is not
//! understood, or could have been written by somebody else refuses every job.

use std::io;
use std::path::{Path, PathBuf};

use purvey_contract::action::Action;
use purvey_contract::id::{AppRef, Digest, Name};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::files;

const MAX_BYTES: u64 = 256 * 1024;

/// How many uninstalls, restores and downgrades together a host does in a day (UTC) if its policy says nothing else.
pub const DEFAULT_DAILY_LIMIT: u32 = 10;

/// What the host allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Rules,
    digest: Option<Digest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rules {
    /// Refuses everything for now.
    pause: bool,
    /// The apps that may run: `<publisher>/<app>` or `<publisher>/*`. All if not named.
    apps: Option<Vec<AppPattern>>,
    /// The publishers whose apps may run, of those that are trusted. All if not named.
    publishers: Option<Vec<Name>>,
    /// The actions that may be done. All if not named.
    actions: Option<Vec<Action>>,
    /// How many uninstalls, restores and downgrades a day.
    daily_limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AppPattern {
    publisher: Name,
    app: Option<Name>,
}

impl<'de> Deserialize<'de> for AppPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let error = |why: String| serde::de::Error::custom(why);
        if let Some(publisher) = text.strip_suffix("/*") {
            return Ok(Self { publisher: publisher.parse().map_err(|e| error(format!("{e}")))?, app: None });
        }
        let app: AppRef = text.parse().map_err(|e| error(format!("{e}")))?;
        Ok(Self { publisher: app.publisher, app: Some(app.app) })
    }
}

impl AppPattern {
    fn matches(&self, app: &AppRef) -> bool {
        self.publisher == app.publisher && self.app.as_ref().is_none_or(|name| *name == app.app)
    }
}

/// The policy file cannot be trusted or understood.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else owns it or can write it.
    #[error(transparent)]
    Careless(#[from] files::Careless),
    /// It says something that is not understood.
    #[error("{}: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What, and where.
        why: String,
    },
}

/// What the policy does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Everything, for now.
    #[error("the host's policy says pause")]
    Paused,
    /// This action.
    #[error("the host's policy does not allow the action `{0}`")]
    Action(Action),
    /// This app.
    #[error("the host's policy does not allow the app `{0}`")]
    App(AppRef),
    /// This publisher.
    #[error("the host's policy does not allow the publisher `{0}`")]
    Publisher(Name),
    /// One more uninstall, restore or downgrade today.
    #[error(
        "this host has done {limit} uninstalls, restores and downgrades today, its limit; `daily_limit` in policy.toml \
         raises it"
    )]
    DailyLimit {
        /// The limit.
        limit: u32,
    },
}

impl Denied {
    /// Stable, for receipts and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paused => "POLICY_PAUSED",
            Self::Action(_) => "POLICY_ACTION",
            Self::App(_) => "POLICY_APP",
            Self::Publisher(_) => "POLICY_PUBLISHER",
            Self::DailyLimit { .. } => "POLICY_DAILY_LIMIT",
        }
    }
}

impl Policy {
    /// Reads the file.
    ///
    /// # Errors
    /// It is there and cannot be trusted or understood.
    pub fn load(path: &Path) -> Result<Self, PolicyFileError> {
        let unreadable = |source| PolicyFileError::Unreadable { path: path.to_owned(), source };
        let Some(bytes) = files::read_if_present(path, MAX_BYTES).map_err(unreadable)? else {
            return Ok(Self::default());
        };
        files::check_owned(path)?;
        let invalid = |why: String| PolicyFileError::Invalid { path: path.to_owned(), why };
        let text = std::str::from_utf8(&bytes).map_err(|error| invalid(error.to_string()))?;
        let rules = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { rules, digest: Some(Digest::of(&bytes)) })
    }

    /// SHA-256 of the file; none if there is none.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// What can be said before anything of the bundle is known.
    ///
    /// # Errors
    /// The host is paused, or the action is not allowed.
    pub fn allows_action(&self, action: Action) -> Result<(), Denied> {
        if self.rules.pause {
            return Err(Denied::Paused);
        }
        match &self.rules.actions {
            Some(allowed) if !allowed.contains(&action) => Err(Denied::Action(action)),
            _ => Ok(()),
        }
    }

    /// Judges an app whose publisher's signature was verified.
    ///
    /// # Errors
    /// It is not allowed.
    pub fn allows_app(&self, app: &AppRef) -> Result<(), Denied> {
        if let Some(allowed) = &self.rules.publishers
            && !allowed.contains(&app.publisher)
        {
            return Err(Denied::Publisher(app.publisher.clone()));
        }
        match &self.rules.apps {
            Some(allowed) if !allowed.iter().any(|pattern| pattern.matches(app)) => {
                Err(Denied::App(app.clone()))
            }
            _ => Ok(()),
        }
    }

    /// How many uninstalls, restores and downgrades a day.
    pub fn daily_limit(&self) -> u32 {
        self.rules.daily_limit.unwrap_or(DEFAULT_DAILY_LIMIT)
    }

    /// Judges one more uninstall, restore or downgrade.
    ///
    /// # Errors
    /// There were enough today.
    pub fn allows_another(&self, today: u32) -> Result<(), Denied> {
        let limit = self.daily_limit();
        if today < limit { Ok(()) } else { Err(Denied::DailyLimit { limit }) }
    }
}

/// Whether an action counts against the daily limit.
pub fn is_destructive(action: Action, is_downgrade: bool) -> bool {
    matches!(action, Action::Uninstall | Action::Restore) || is_downgrade
}

/// How many destructive jobs were taken on today. Persisted, so that a restart forgives nothing.
#[derive(Debug)]
pub struct DailyCount {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountFile {
    day: Date,
    count: u32,
}

impl DailyCount {
    /// The count in this file.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Today's count.
    ///
    /// # Errors
    /// The file cannot be read or is damaged: how many there were is then unknown.
    pub fn today(&self, now: OffsetDateTime) -> io::Result<u32> {
        let Some(bytes) = files::read_if_present(&self.path, 4096)? else {
            return Ok(0);
        };
        let file: CountFile = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        Ok(if file.day == now.date() { file.count } else { 0 })
    }

    /// Counts one more.
    ///
    /// # Errors
    /// It cannot be stored; then it must not be done.
    pub fn add(&self, now: OffsetDateTime) -> io::Result<()> {
        let file = CountFile { day: now.date(), count: self.today(now)?.saturating_add(1) };
        files::write_atomically(&self.path, &serde_json::to_vec(&file).map_err(io::Error::other)?, 0o600)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 23:59 UTC);

    fn policy(text: &str) -> Result<Policy, PolicyFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        Policy::load(&path)
    }

    fn app(text: &str) -> AppRef {
        text.parse().unwrap()
    }

    #[test]
    fn without_a_file_everything_is_allowed_within_the_daily_limit() {
        let policy = Policy::load(Path::new("/nonexistent/policy.toml")).unwrap();
        assert_eq!(policy.digest(), None);
        assert_eq!(policy.allows_action(Action::Uninstall), Ok(()));
        assert_eq!(policy.allows_app(&app("a/b")), Ok(()));
        assert_eq!(policy.allows_another(9), Ok(()));
        assert_eq!(policy.allows_another(10), Err(Denied::DailyLimit { limit: 10 }));
    }

    #[test]
    fn a_policy_narrows_apps_publishers_and_actions() {
        let policy = policy(
            "apps = [\"purvey/nginx\", \"acme/*\"]\npublishers = [\"purvey\", \"acme\", \"other\"]\n\
             actions = [\"install\", \"verify\"]\ndaily_limit = 1\n",
        )
        .unwrap();
        assert!(policy.digest().is_some());
        assert_eq!(policy.allows_action(Action::Install), Ok(()));
        assert_eq!(policy.allows_action(Action::Uninstall), Err(Denied::Action(Action::Uninstall)));
        for good in ["purvey/nginx", "acme/anything"] {
            assert_eq!(policy.allows_app(&app(good)), Ok(()));
        }
        assert_eq!(policy.allows_app(&app("other/nginx")), Err(Denied::App(app("other/nginx"))));
        assert_eq!(policy.allows_app(&app("evil/nginx")), Err(Denied::Publisher("evil".parse().unwrap())));
        assert_eq!(policy.allows_another(1), Err(Denied::DailyLimit { limit: 1 }));
    }

    #[test]
    fn pause_refuses_everything() {
        assert_eq!(policy("pause = true").unwrap().allows_action(Action::Verify), Err(Denied::Paused));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for bad in
            ["puase = true", "pause = 1", "apps = [\"nginx\"]", "actions = [\"explode\"]", "x", "hours = []"]
        {
            assert!(matches!(policy(bad), Err(PolicyFileError::Invalid { .. })), "{bad}");
        }
    }

    #[test]
    fn a_file_that_others_can_write_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        assert!(matches!(Policy::load(&path), Err(PolicyFileError::Careless(_))));
        assert!(matches!(Policy::load(folder.path()), Err(PolicyFileError::Unreadable { .. })));
    }

    #[test]
    fn the_daily_count_survives_a_restart_and_ends_with_the_day() {
        let folder = tempfile::tempdir().unwrap();
        let count = || DailyCount::at(folder.path().join("count.json"));
        assert_eq!(count().today(NOW).unwrap(), 0);
        count().add(NOW).unwrap();
        count().add(NOW).unwrap();
        assert_eq!(count().today(NOW).unwrap(), 2);
        assert_eq!(count().today(NOW + Duration::minutes(2)).unwrap(), 0);
        std::fs::write(folder.path().join("count.json"), "garbage").unwrap();
        assert!(count().today(NOW).is_err());
    }

    #[test]
    fn uninstalls_restores_and_downgrades_count() {
        assert!(is_destructive(Action::Uninstall, false) && is_destructive(Action::Restore, false));
        assert!(is_destructive(Action::Install, true) && !is_destructive(Action::Install, false));
    }
}
