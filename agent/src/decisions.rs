//! Why jobs ran or were refused: the agent's own record of its last decisions, for `agent explain`.
//!
//! Persisted: `decisions.jsonl` and, once that is full, `decisions.old.jsonl`: one JSON object in a line. Nothing depends on
//! them: a record that cannot be written is lost, and one that was cut off by a crash is passed over. Inputs are in neither.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use purvey_contract::id::Digest;
use purvey_contract::job::JobSpec;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::files;
use crate::journal::AttemptId;
use crate::paths::Paths;
use crate::receipts::Ending;
use crate::refusal::Refusal;

/// Two files of this size are kept: some hundreds of decisions.
const MAX_FILE_BYTES: u64 = 256 * 1024;
const MAX_DETAIL: usize = 1000;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub check: String,
    /// Whether it was good.
    pub passed: bool,
    /// What was found.
    pub detail: String,
}

/// What was looked at, in order. The last one alone may have failed.
#[derive(Clone, Debug, Default)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Notes a check that passed.
    pub fn passed(&mut self, check: &str, detail: impl Into<String>) {
        self.add(check, true, detail.into());
    }

    /// Notes how a check went, and hands its result on.
    ///
    /// # Errors
    /// The result's.
    pub fn note<T>(
        &mut self,
        check: &str,
        result: Result<T, Refusal>,
        detail: impl FnOnce(&T) -> String,
    ) -> Result<T, Refusal> {
        match &result {
            Ok(found) => self.passed(check, detail(found)),
            Err(refusal) => self.failed(check, refusal),
        }
        result
    }

    /// Notes the check that failed.
    pub fn failed(&mut self, check: &str, refusal: &Refusal) {
        self.add(check, false, refusal.to_string());
    }

    fn add(&mut self, check: &str, passed: bool, detail: String) {
        let detail = detail.chars().take(MAX_DETAIL).collect();
        self.0.push(Check { check: check.to_owned(), passed, detail });
    }

    /// Whether one failed.
    pub fn has_failed(&self) -> bool {
        self.0.iter().any(|check| !check.passed)
    }

    /// All of them.
    pub fn into_list(self) -> Vec<Check> {
        self.0
    }
}

/// What a job said of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What it was to do.
    pub action: String,
    /// The app.
    pub app: String,
    /// Its version.
    pub version: String,
    /// Its release.
    pub release: u64,
    /// The install's id.
    pub install: String,
    /// Who asked for it.
    pub requested_by: String,
}

impl From<&JobSpec> for About {
    fn from(spec: &JobSpec) -> Self {
        Self {
            action: spec.action.to_string(),
            app: spec.app.to_string(),
            version: spec.version.clone(),
            release: spec.release,
            install: spec.install_name.to_string(),
            requested_by: spec.requested_by.clone(),
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Which attempt, if the signature was good.
    pub attempt: Option<Attempt>,
    /// SHA-256 of the signed job.
    pub job_digest: Digest,
    /// What it said of itself, if all of that was believed.
    pub about: Option<About>,
    /// The policy file in force; none if there was none, or it was not looked at.
    pub policy: Option<Digest>,
    /// What was looked at, in order.
    pub checks: Vec<Check>,
    /// Why it was refused; none if it was accepted.
    pub refused: Option<Refused>,
}

/// Which attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The job.
    pub job: String,
    /// From 1.
    pub number: u32,
}

impl From<AttemptId> for Attempt {
    fn from(id: AttemptId) -> Self {
        Self { job: id.job.to_string(), number: id.attempt }
    }
}

/// Why a job was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// For programs.
    pub code: String,
    /// For people.
    pub reason: String,
}

impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        Self { code: refusal.code().to_owned(), reason: refusal.to_string() }
    }
}

/// How an accepted attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Which.
    pub attempt: Attempt,
    /// In a word.
    pub outcome: String,
    /// The script's exit code, if it ended by exiting.
    pub exit_code: Option<i32>,
    /// Why, for people; empty for a success.
    pub reason: String,
}

impl Ended {
    /// The end of an attempt as its receipt tells it.
    pub fn of(id: AttemptId, ending: &Ending) -> Self {
        Self {
            at: ending.ended,
            attempt: id.into(),
            outcome: ending.outcome.as_str().to_owned(),
            exit_code: ending.exit_code,
            reason: ending.reason.clone(),
        }
    }
}

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A job was judged.
    Decided(Box<Decision>),
    /// An attempt has ended.
    Ended(Ended),
}

/// The record on disk.
#[derive(Clone, Debug)]
pub struct Decisions {
    paths: Paths,
}

impl Decisions {
    /// The host's record.
    pub fn of(paths: &Paths) -> Self {
        Self { paths: paths.clone() }
    }

    fn files(&self) -> [PathBuf; 2] {
        [self.paths.state().join("decisions.old.jsonl"), self.paths.state().join("decisions.jsonl")]
    }

    /// Adds a decision.
    pub fn decided(&self, decision: Decision) {
        self.add(&Record::Decided(Box::new(decision)));
    }

    /// Adds an attempt's end.
    pub fn ended(&self, ended: Ended) {
        self.add(&Record::Ended(ended));
    }

    fn add(&self, record: &Record) {
        if let Err(error) = self.write(record) {
            tracing::warn!(%error, "a decision cannot be recorded; `agent explain` will not know of it");
        }
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let [old, new] = self.files();
        if fs::metadata(&new).is_ok_and(|metadata| metadata.len() > MAX_FILE_BYTES) {
            fs::rename(&new, &old)?;
        }
        // The newline comes first: a line that was cut off does not spoil the next one.
        let mut line = b"\n".to_vec();
        serde_json::to_writer(&mut line, record).map_err(io::Error::other)?;
        OpenOptions::new().append(true).create(true).mode(0o600).open(new)?.write_all(&line)
    }

    /// All that is recorded, oldest first.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn read(&self) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        for file in self.files() {
            let bytes = files::read_if_present(&file, 2 * MAX_FILE_BYTES)?.unwrap_or_default();
            let lines = bytes.split(|byte| *byte == b'\n');
            records.extend(lines.filter_map(|line| serde_json::from_slice(line).ok()));
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(number: u32) -> Ended {
        Ended {
            at: OffsetDateTime::UNIX_EPOCH,
            attempt: Attempt { job: "j".to_owned(), number },
            outcome: "succeeded".to_owned(),
            exit_code: Some(0),
            reason: "x".repeat(500),
        }
    }

    #[test]
    fn the_record_is_bounded_and_a_torn_line_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        fs::create_dir_all(paths.state()).unwrap();
        let decisions = Decisions::of(&paths);
        assert_eq!(decisions.read().unwrap(), []);
        decisions.ended(ended(1));
        let file = paths.state().join("decisions.jsonl");
        let whole = fs::read(&file).unwrap();
        fs::write(&file, [&whole[..], b"\n{\"decided\":{\"at\":"].concat()).unwrap();
        decisions.ended(ended(2));
        assert_eq!(decisions.read().unwrap(), [Record::Ended(ended(1)), Record::Ended(ended(2))]);
        for number in 3..2000 {
            decisions.ended(ended(number));
        }
        let records = decisions.read().unwrap();
        assert!(records.len() > 300 && records.len() < 1500, "{}", records.len());
        assert_eq!(records.last(), Some(&Record::Ended(ended(1999))));
        let size: u64 =
            fs::read_dir(paths.state()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
        assert!(size < 2 * MAX_FILE_BYTES + 4096, "{size}");
    }
}
