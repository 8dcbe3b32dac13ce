//! How much was done today. Persisted, so that a restart forgives nothing.

use std::io;
use std::path::PathBuf;

use purvey_contract::action::Action;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::files;

/// How far a clock may be set back before the count begins anew.
const AHEAD: time::Duration = time::Duration::days(2);

/// Whether an action counts against the daily limit.
pub fn is_destructive(action: Action, is_downgrade: bool) -> bool {
    matches!(action, Action::Uninstall | Action::Restore) || is_downgrade
}

/// How many jobs were taken on in a day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Uninstalls, restores and downgrades.
    pub destructive: u32,
    /// All.
    pub jobs: u32,
}

/// The file that counts.
#[derive(Debug)]
pub struct DailyCount {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountFile {
    day: Date,
    count: u32,
    #[serde(default)]
    jobs: u32,
}

impl DailyCount {
    /// The count in this file.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Today's counts. A day that is just yet to come counts as today: a clock that was set back by hours forgives nothing,
    /// and one that was wrong by months does not block the host for months.
    ///
    /// # Errors
    /// The file cannot be read or is damaged: how many there were is then unknown.
    pub fn today(&self, now: OffsetDateTime) -> io::Result<Counts> {
        let today = now.date();
        let file = self.read()?.filter(|file| (today..=today + AHEAD).contains(&file.day));
        Ok(file.map_or_else(Counts::default, |file| Counts { destructive: file.count, jobs: file.jobs }))
    }

    fn read(&self) -> io::Result<Option<CountFile>> {
        let bytes = files::read_if_present(&self.path, 4096)?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other)).transpose()
    }

    /// Counts one more.
    ///
    /// # Errors
    /// It cannot be stored; then it must not be done.
    pub fn add(&self, now: OffsetDateTime, is_destructive: bool) -> io::Result<()> {
        let before = self.today(now)?;
        let count = before.destructive.saturating_add(is_destructive.into());
        let file = CountFile { day: now.date(), count, jobs: before.jobs.saturating_add(1) };
        files::write_atomically(&self.path, &serde_json::to_vec(&file).map_err(io::Error::other)?, 0o600)
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 23:59 UTC);

    #[test]
    fn the_daily_count_survives_a_restart_and_ends_with_the_day() {
        let folder = tempfile::tempdir().unwrap();
        let count = || DailyCount::at(folder.path().join("count.json"));
        assert_eq!(count().today(NOW).unwrap(), Counts::default());
        count().add(NOW, true).unwrap();
        count().add(NOW, false).unwrap();
        let two = Counts { destructive: 1, jobs: 2 };
        assert_eq!(count().today(NOW).unwrap(), two);
        assert_eq!(count().today(NOW - Duration::days(1)).unwrap(), two, "a clock that was set back");
        assert_eq!(count().today(NOW - Duration::days(90)).unwrap(), Counts::default());
        assert_eq!(count().today(NOW + Duration::minutes(2)).unwrap(), Counts::default());
        std::fs::write(folder.path().join("count.json"), "garbage").unwrap();
        assert!(count().today(NOW).is_err());
        assert!(count().add(NOW, false).is_err());
    }

    #[test]
    fn uninstalls_restores_and_downgrades_count() {
        assert!(is_destructive(Action::Uninstall, false) && is_destructive(Action::Restore, false));
        assert!(is_destructive(Action::Install, true) && !is_destructive(Action::Install, false));
    }
}
