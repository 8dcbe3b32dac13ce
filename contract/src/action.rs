//! What a job can do to an install.

use serde::{Deserialize, Serialize};

/// What a job does. Each action runs one script of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Puts the app there.
    Install,
    /// Moves it to another version.
    Upgrade,
    /// Applies other inputs.
    Reconfigure,
    /// Checks that it works; changes nothing.
    Verify,
    /// Saves its data.
    Backup,
    /// Brings its data back.
    Restore,
    /// Removes it.
    Uninstall,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Install,
        Self::Upgrade,
        Self::Reconfigure,
        Self::Verify,
        Self::Backup,
        Self::Restore,
        Self::Uninstall,
    ];

    /// The name in documents, SQL and environment: lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Reconfigure => "reconfigure",
            Self::Verify => "verify",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Uninstall => "uninstall",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an attempt that ended with this exit code may be repeated.
///
/// By the contract 1 says that the inputs are wrong and 3 that the configuration is: both would fail again. 2 is a failed
/// installation, which a mirror or a lock may have caused. 0 is success. 126 and 127 are the shell's "cannot be executed"
/// and "not found", mistakes in the bundle. Anything else came from some command (apt's 100) and is treated like 2.
pub fn is_retryable(exit_code: i32) -> bool {
    !matches!(exit_code, 0 | 1 | 3 | 126 | 127)
}
