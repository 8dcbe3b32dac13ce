//! The journal: which attempts this host has taken on, and what became of them.
//!
//! One append-only file of checksummed records, each synced before the step that it allows: `taken` before the script
//! runs, `ended` (with the signed receipt) before the receipt is sent. No input is in it, neither plain nor secret. The
//! file's first record names the journal; a lost or damaged file makes a new name, which tells the control plane that what
//! was taken on before is unknown.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use purvey_contract::action::Action;
use purvey_contract::id::{AppRef, Digest, InstallUid, JobId};
use purvey_proto::agent::AttemptRef;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ambient::Random;
use crate::failpoint::{self, Step};
use crate::files;

const FILE: &str = "journal";
const HEADER_BYTES: usize = 8;
/// A receipt carries up to 64 KiB of outputs.
const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// The file is rewritten when it has grown past this and more than half of it is past.
const COMPACT_BYTES: u64 = 1024 * 1024;
/// No more is taken on when the file has grown to this, because nothing of it was acknowledged.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Kept free for the receipt of each attempt that is under way: a disk that fills up meanwhile does not lose it.
const RECEIPT_BYTES: u64 = 160 * 1024;
/// How long an ended and delivered attempt is remembered at most.
const REMEMBERED_FOR: time::Duration = time::Duration::days(30);
/// How many ended and delivered attempts are remembered, to answer a late repetition.
const REMEMBERED: usize = 64;

/// Names an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The job.
    pub job: JobId,
    /// The attempt, from 1.
    pub attempt: u32,
}

impl AttemptId {
    /// As the protocol names it.
    pub fn to_wire(self) -> AttemptRef {
        AttemptRef { job_id: self.job.to_string(), attempt: self.attempt }
    }

    /// The attempt that the protocol names; none if it is no attempt.
    pub fn from_wire(attempt: &AttemptRef) -> Option<Self> {
        Some(Self { job: attempt.job_id.parse().ok()?, attempt: attempt.attempt })
    }
}

impl std::fmt::Display for AttemptId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.job, self.attempt)
    }
}

/// What the journal knows of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The install that it works on.
    pub install: InstallUid,
    /// The install's id.
    pub install_name: String,
    /// What it does.
    pub action: Action,
    /// The app.
    pub app: AppRef,
    /// The app's version.
    pub version: String,
    /// SHA-256 of the signed job's payload.
    pub job_digest: Digest,
    /// False for one that was refused: nothing ran.
    pub accepted: bool,
    /// When it was taken on.
    #[serde(with = "time::serde::rfc3339")]
    pub started: OffsetDateTime,
    /// The signed receipt (DSSE envelope, JSON), once it has ended.
    #[serde(default)]
    pub receipt: Option<String>,
    /// Whether the control plane has acknowledged the receipt.
    #[serde(default)]
    pub delivered: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
enum Record {
    Journal { id: String },
    Taken { id: AttemptId, entry: Box<Entry> },
    Ended { id: AttemptId, receipt: String },
    Delivered { id: AttemptId },
    Forgotten { id: AttemptId },
}

/// How the journal was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Whole.
    Whole,
    /// There was none.
    New,
    /// The last record was cut off by a crash, and was dropped: what it would have allowed has not happened.
    TornTail,
    /// A record in the middle is damaged. The file was put aside and a new journal begun.
    Damaged,
}

/// The journal in memory, and its file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// The file is looked at for waste when it has grown to this.
    compact_at: u64,
    id: String,
    entries: BTreeMap<AttemptId, Entry>,
}

impl Journal {
    /// Opens the journal in this folder, or begins one.
    ///
    /// # Errors
    /// The folder or file cannot be read or written.
    pub fn open(folder: &Path, random: &dyn Random) -> io::Result<(Self, Found)> {
        if !folder.exists() {
            files::make_folder(folder, 0o700)?;
            files::sync_parent(folder)?;
        }
        let path = folder.join(FILE);
        let mut bytes = Vec::new();
        match File::open(&path) {
            Ok(mut file) => drop(file.read_to_end(&mut bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let read = read(&bytes);
        let found = match &read {
            _ if bytes.is_empty() => Found::New,
            Some(read) if read.bytes == bytes.len() => Found::Whole,
            Some(_) => Found::TornTail,
            None => Found::Damaged,
        };
        if found == Found::Damaged {
            fs::rename(&path, folder.join("journal.damaged"))?;
            files::sync_parent(&path)?;
        }
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        let journal = match read {
            Some(read) if found != Found::New => {
                let bytes = read.bytes as u64;
                if found == Found::TornTail {
                    file.set_len(bytes)?;
                    file.sync_all()?;
                }
                Self { path, file, bytes, compact_at: COMPACT_BYTES, id: read.id, entries: read.entries }
            }
            _ => {
                let mut id = [0; 16];
                random.fill(&mut id)?;
                let id = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                file.set_len(0)?;
                let entries = BTreeMap::new();
                let mut journal =
                    Self { path, file, bytes: 0, compact_at: COMPACT_BYTES, id: id.clone(), entries };
                journal.append(&Record::Journal { id }, None)?;
                files::sync_parent(&journal.path)?;
                journal
            }
        };
        Ok((journal, found))
    }

    /// Looks at the journal of an agent that may be running, and changes nothing: how it is, and how many attempts it holds.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn look(folder: &Path) -> io::Result<(Found, usize)> {
        let bytes = match fs::read(folder.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Found::New, 0)),
            other => other?,
        };
        Ok(match read(&bytes) {
            _ if bytes.is_empty() => (Found::New, 0),
            Some(read) if read.bytes == bytes.len() => (Found::Whole, read.entries.len()),
            Some(read) => (Found::TornTail, read.entries.len()),
            None => (Found::Damaged, 0),
        })
    }

    /// Names this journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it knows of an attempt.
    pub fn get(&self, id: AttemptId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// The highest attempt of a job that it knows.
    pub fn latest(&self, job: JobId) -> Option<(AttemptId, &Entry)> {
        let range = AttemptId { job, attempt: 0 }..=AttemptId { job, attempt: u32::MAX };
        self.entries.range(range).next_back().map(|(id, entry)| (*id, entry))
    }

    /// Every attempt that it knows.
    pub fn entries(&self) -> impl Iterator<Item = (AttemptId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    /// Attempts that were accepted and whose end was not yet acknowledged.
    pub fn held(&self) -> impl Iterator<Item = (AttemptId, &Entry)> {
        self.entries().filter(|(_, entry)| entry.accepted && !entry.delivered)
    }

    /// An attempt is taken on, or refused if the entry has its receipt already. Durable when this returns.
    ///
    /// # Errors
    /// It cannot be written; then it has not happened.
    pub fn take(&mut self, id: AttemptId, entry: Entry) -> io::Result<()> {
        if self.bytes > MAX_BYTES {
            let why = "the journal is full of receipts that were never acknowledged";
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        let steps = if entry.accepted {
            self.reserve()?;
            Some([failpoint::TAKEN_WRITTEN, failpoint::TAKEN_DURABLE])
        } else {
            None
        };
        self.append(&Record::Taken { id, entry: Box::new(entry.clone()) }, steps)?;
        self.entries.insert(id, entry);
        Ok(())
    }

    /// An attempt has ended with this receipt. Durable when this returns.
    ///
    /// # Errors
    /// It cannot be written; then it has not happened.
    pub fn end(&mut self, id: AttemptId, receipt: String) -> io::Result<()> {
        if !self.entries.contains_key(&id) {
            return Ok(());
        }
        let steps = [failpoint::ENDED_WRITTEN, failpoint::ENDED_DURABLE];
        self.append(&Record::Ended { id, receipt: receipt.clone() }, Some(steps))?;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.receipt = Some(receipt);
        }
        Ok(())
    }

    /// The control plane has the receipt.
    ///
    /// # Errors
    /// It cannot be written; then the receipt will be sent once more.
    pub fn delivered(&mut self, id: AttemptId) -> io::Result<()> {
        if self.entries.get(&id).is_none_or(|entry| entry.delivered) {
            return Ok(());
        }
        let steps = [failpoint::DELIVERED_WRITTEN, failpoint::DELIVERED_DURABLE];
        self.append(&Record::Delivered { id }, Some(steps))?;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.delivered = true;
        }
        self.compact_if_due()
    }

    /// The control plane does not want to hear of the attempt again.
    ///
    /// # Errors
    /// It cannot be written; then the attempt will be announced once more.
    pub fn forget(&mut self, id: AttemptId) -> io::Result<()> {
        if !self.entries.contains_key(&id) {
            return Ok(());
        }
        self.append(&Record::Forgotten { id }, None)?;
        self.entries.remove(&id);
        self.compact_if_due()
    }

    /// Forgets what has ended, was delivered, and is older than anything that could still be repeated. What was not
    /// delivered is kept whatever the clock says, which may be wrong.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn forget_old(&mut self, now: OffsetDateTime) -> io::Result<()> {
        let is_old = |entry: &Entry| entry.delivered && now - entry.started > REMEMBERED_FOR;
        let old: Vec<AttemptId> =
            self.entries().filter(|(_, entry)| is_old(entry)).map(|(id, _)| id).collect();
        old.into_iter().try_for_each(|id| self.forget(id))
    }

    /// Sets room aside on the disk for the receipts of all attempts that are under way, and one more.
    fn reserve(&self) -> io::Result<()> {
        let under_way = self.entries().filter(|(_, entry)| entry.accepted && entry.receipt.is_none()).count();
        let room = RECEIPT_BYTES * (under_way as u64 + 1);
        match rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.bytes, room) {
            // Not every file system can.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            other => other.map_err(Into::into),
        }
    }

    fn append(&mut self, record: &Record, steps: Option<[Step; 2]>) -> io::Result<()> {
        let framed = frame(record)?;
        let at = |index: usize| steps.map_or((), |steps| failpoint::reached(steps[index]));
        let written = self.file.write_all_at(&framed, self.bytes).and_then(|()| {
            at(0);
            self.file.sync_data()
        });
        at(1);
        if let Err(error) = written {
            // Half a record at the end would look like a crash; if it cannot be cut off, reading drops it.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += framed.len() as u64;
        Ok(())
    }

    fn compact_if_due(&mut self) -> io::Result<()> {
        if self.bytes < self.compact_at {
            return Ok(());
        }
        let mut delivered: Vec<AttemptId> =
            self.entries().filter(|(_, entry)| entry.delivered).map(|(id, _)| id).collect();
        // Ids of jobs sort by time.
        let forgotten = delivered.len().saturating_sub(REMEMBERED);
        delivered.truncate(forgotten);
        for id in delivered {
            self.entries.remove(&id);
        }
        let mut bytes = frame(&Record::Journal { id: self.id.clone() })?;
        for (id, entry) in &self.entries {
            bytes.extend(frame(&Record::Taken { id: *id, entry: Box::new(entry.clone()) })?);
        }
        self.compact_at = COMPACT_BYTES.max(2 * bytes.len() as u64);
        if bytes.len() as u64 > self.bytes / 2 {
            return Ok(());
        }
        let new = self.path.with_extension("new");
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        files::sync_parent(&self.path)?;
        self.file = file;
        self.bytes = bytes.len() as u64;
        Ok(())
    }
}

fn frame(record: &Record) -> io::Result<Vec<u8>> {
    let payload = serde_json::to_vec(record).map_err(io::Error::other)?;
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= MAX_RECORD_BYTES);
    let length = length.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
    let mut framed = Vec::with_capacity(HEADER_BYTES + payload.len());
    framed.extend(length.to_le_bytes());
    framed.extend(crc32fast::hash(&payload).to_le_bytes());
    framed.extend(payload);
    Ok(framed)
}

struct ReadBack {
    id: String,
    entries: BTreeMap<AttemptId, Entry>,
    /// How far the file is good.
    bytes: usize,
}

/// Reads all records; none if the file is damaged elsewhere than at its end.
fn read(bytes: &[u8]) -> Option<ReadBack> {
    let mut back = ReadBack { id: String::new(), entries: BTreeMap::new(), bytes: 0 };
    let mut rest = bytes;
    while let Some((header, after)) = rest.split_at_checked(HEADER_BYTES) {
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let Some((payload, after)) = after.split_at_checked(number(0) as usize) else {
            break;
        };
        // Zeros, which a crash can leave as well, would pass for an empty record.
        if payload.is_empty() || crc32fast::hash(payload) != number(4) {
            break;
        }
        match serde_json::from_slice(payload).ok()? {
            Record::Journal { id } => back.id = id,
            Record::Taken { id, entry } => drop(back.entries.insert(id, *entry)),
            Record::Ended { id, receipt } => back.entries.get_mut(&id)?.receipt = Some(receipt),
            Record::Delivered { id } => back.entries.get_mut(&id)?.delivered = true,
            Record::Forgotten { id } => drop(back.entries.remove(&id)),
        }
        rest = after;
        back.bytes = bytes.len() - rest.len();
    }
    // A crash can leave less of the last record, or other bytes in its place. A good record behind them means damage.
    let is_torn = !holds_record(&bytes[back.bytes..]);
    (is_torn && !back.id.is_empty()).then_some(back)
}

/// Whether a whole record begins somewhere in these bytes.
fn holds_record(bytes: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"record\":";
    let candidates = bytes.windows(BEGINNING.len()).enumerate().filter(|(_, window)| *window == BEGINNING);
    candidates.filter_map(|(at, _)| Some((bytes.get(at.checked_sub(HEADER_BYTES)?..at)?, &bytes[at..]))).any(
        |(header, rest)| {
            let number =
                |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
            rest.get(..number(0) as usize).is_some_and(|payload| crc32fast::hash(payload) == number(4))
        },
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::ambient::Host;

    fn id(job: u128, attempt: u32) -> AttemptId {
        AttemptId { job: JobId(Uuid::from_u128(job)), attempt }
    }

    fn entry() -> Entry {
        Entry {
            install: InstallUid(Uuid::from_u128(7)),
            install_name: "nginx".to_owned(),
            action: Action::Install,
            app: "purvey/nginx".parse().unwrap(),
            version: "1".to_owned(),
            job_digest: Digest::of(b"job"),
            accepted: true,
            started: datetime!(2026-11-22 12:00 UTC),
            receipt: None,
            delivered: false,
        }
    }

    fn file(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join(FILE)
    }

    #[test]
    fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, found) = Journal::open(folder.path(), &Host).unwrap();
        assert_eq!(found, Found::New);
        let name = journal.id().to_owned();
        journal.take(id(1, 1), entry()).unwrap();
        journal.end(id(1, 1), "receipt".to_owned()).unwrap();
        journal.delivered(id(1, 1)).unwrap();
        journal.take(id(1, 2), entry()).unwrap();
        journal.take(id(2, 1), entry()).unwrap();
        journal.forget(id(2, 1)).unwrap();
        drop(journal);
        let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
        assert_eq!((found, journal.id()), (Found::Whole, name.as_str()));
        assert_eq!(journal.get(id(1, 1)).unwrap().receipt.as_deref(), Some("receipt"));
        assert_eq!(journal.held().map(|(id, _)| id).collect::<Vec<_>>(), [id(1, 2)]);
        assert_eq!(journal.latest(id(1, 1).job).unwrap().0, id(1, 2));
        assert_eq!(journal.latest(id(2, 1).job), None);
    }

    #[test]
    fn a_torn_tail_is_dropped_at_every_length_and_writing_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), &Host).unwrap();
        journal.take(id(1, 1), entry()).unwrap();
        let whole = journal.bytes as usize;
        journal.take(id(2, 1), entry()).unwrap();
        drop(journal);
        let bytes = fs::read(file(&folder)).unwrap();
        for length in whole + 1..bytes.len() {
            fs::write(file(&folder), &bytes[..length]).unwrap();
            let (mut journal, found) = Journal::open(folder.path(), &Host).unwrap();
            assert_eq!(found, Found::TornTail, "{length}");
            assert!(journal.get(id(1, 1)).is_some() && journal.get(id(2, 1)).is_none());
            journal.take(id(3, 1), entry()).unwrap();
            drop(journal);
            let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
            assert_eq!(found, Found::Whole);
            assert!(journal.get(id(3, 1)).is_some());
        }
    }

    #[test]
    fn a_last_record_with_wrong_bytes_is_a_torn_tail() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), &Host).unwrap();
        journal.take(id(1, 1), entry()).unwrap();
        drop(journal);
        let mut bytes = fs::read(file(&folder)).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(file(&folder), &bytes).unwrap();
        let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
        assert_eq!(found, Found::TornTail);
        assert_eq!(journal.entries().count(), 0);
    }

    #[test]
    fn damage_in_the_middle_begins_a_new_journal_and_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), &Host).unwrap();
        let name = journal.id().to_owned();
        let first = journal.bytes as usize;
        journal.take(id(1, 1), entry()).unwrap();
        journal.take(id(2, 1), entry()).unwrap();
        drop(journal);
        let mut bytes = fs::read(file(&folder)).unwrap();
        bytes[first + HEADER_BYTES + 3] ^= 1;
        fs::write(file(&folder), &bytes).unwrap();
        let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
        assert_eq!(found, Found::Damaged);
        assert_ne!(journal.id(), name);
        assert!(folder.path().join("journal.damaged").exists());
    }

    #[test]
    fn compaction_keeps_what_is_held_and_the_latest_of_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), &Host).unwrap();
        let name = journal.id().to_owned();
        journal.take(id(1, 1), entry()).unwrap();
        let receipt = "r".repeat(60_000);
        for job in 2..60 {
            journal.take(id(job, 1), entry()).unwrap();
            journal.end(id(job, 1), if job < 40 { receipt.clone() } else { "r".to_owned() }).unwrap();
            journal.delivered(id(job, 1)).unwrap();
            // Receipts that were delivered long ago make the waste.
            if job < 40 {
                journal.forget(id(job, 1)).unwrap();
            }
        }
        assert!(journal.bytes < COMPACT_BYTES, "{}", journal.bytes);
        drop(journal);
        let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
        assert_eq!((found, journal.id()), (Found::Whole, name.as_str()));
        assert!(journal.get(id(1, 1)).is_some() && journal.get(id(59, 1)).is_some());
    }
}
