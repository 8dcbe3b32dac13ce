//! The journal and the log spool, cut and altered byte by byte: never a panic, never a second life for an attempt, and
//! what was found has a name.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use agent::ambient::Host;
use agent::journal::{AttemptId, Entry, Found, Journal};
use agent::spool::Spool;
use prost::Message as _;
use purvey_contract::action::Action;
use purvey_contract::id::{Digest, InstallUid, JobId};
use purvey_contract::receipt::LogChain;
use purvey_proto::agent::{LogChunkPayload, LogLine};
use time::macros::datetime;
use uuid::Uuid;

/// Random enough, and the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// In memory, where a sync costs nothing: these tests do not cut the power.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn id(job: u128) -> AttemptId {
    AttemptId { job: JobId(Uuid::from_u128(job)), attempt: 1 }
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

type State = BTreeMap<AttemptId, Entry>;

fn state(journal: &Journal) -> State {
    journal.entries().map(|(id, entry)| (id, entry.clone())).collect()
}

/// A journal, what it knew after each of its records, and its bytes.
fn history(folder: &Path) -> (String, Vec<State>, Vec<u8>) {
    let (mut journal, _) = Journal::open(folder, &Host).unwrap();
    let mut states = vec![state(&journal)];
    let mut did = |journal: &Journal| states.push(state(journal));
    for job in 1..8 {
        journal.take(id(job), entry()).unwrap();
        did(&journal);
        if job % 2 == 0 {
            journal.end(id(job), format!("receipt {job} {{\"record\":1}}")).unwrap();
            did(&journal);
            journal.delivered(id(job)).unwrap();
            did(&journal);
        }
    }
    journal.forget(id(2)).unwrap();
    did(&journal);
    (journal.id().to_owned(), states, fs::read(folder.join("journal")).unwrap())
}

fn check(folder: &Path, name: &str, states: &[State], bytes: &[u8], what: &str) -> Found {
    fs::write(folder.join("journal"), bytes).unwrap();
    let (mut journal, found) = Journal::open(folder, &Host).unwrap();
    match found {
        Found::Whole | Found::TornTail => {
            // What it knows is what it knew at some moment (a cut may fall between two records): no record was skipped, none
            // was made up.
            assert_eq!(journal.id(), name, "{what}");
            assert!(states.contains(&state(&journal)), "{what}");
        }
        // A new name tells the control plane that what was taken on is unknown.
        Found::Damaged | Found::New => {
            assert_ne!(journal.id(), name, "{what}");
            assert!(state(&journal).is_empty(), "{what}");
        }
    }
    journal.take(id(99), entry()).unwrap();
    let whole = state(&journal);
    drop(journal);
    let (journal, found) = Journal::open(folder, &Host).unwrap();
    assert_eq!((state(&journal), found), (whole, Found::Whole), "{what}");
    found
}

#[test]
fn a_journal_that_is_cut_anywhere_knows_what_it_knew_at_some_moment() {
    let folder = folder();
    let (name, states, bytes) = history(folder.path());
    for length in 0..bytes.len() {
        check(folder.path(), &name, &states, &bytes[..length], &format!("cut at {length}"));
        // A crash may leave zeros, or something else, where the file had grown and nothing was written yet.
        if length % 3 == 0 {
            let mut zeros = bytes[..length].to_vec();
            zeros.resize(length + 5000, 0);
            check(folder.path(), &name, &states, &zeros, &format!("zeros from {length}"));
        }
    }
}

#[test]
fn a_journal_that_was_altered_anywhere_is_never_believed() {
    let folder = folder();
    let (name, states, bytes) = history(folder.path());
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            fs::write(folder.path().join("journal"), &altered).unwrap();
            let (journal, found) = Journal::open(folder.path(), &Host).unwrap();
            assert_ne!(found, Found::Whole, "{at}");
            // In the last record it cannot be told from a crash; anywhere else it is damage.
            let is_last = state(&journal) == states[states.len() - 2];
            assert!(found == Found::Damaged || (found == Found::TornTail && is_last), "{at}: {found:?}");
        }
    }
    let mut dice = Dice(0x5eed);
    for round in 0..2000 {
        let mut altered = bytes.clone();
        for _ in 0..=dice.below(4) {
            let at = dice.below(altered.len());
            match dice.below(4) {
                0 => altered[at] = dice.below(256) as u8,
                1 => drop(altered.drain(at..(at + dice.below(40)).min(bytes.len()).min(altered.len()))),
                2 => altered.insert(at, dice.below(256) as u8),
                _ => altered.truncate(at.max(1)),
            }
        }
        check(folder.path(), &name, &states, &altered, &format!("round {round}"));
    }
    for round in 0..200 {
        let noise: Vec<u8> = (0..dice.below(4000)).map(|_| dice.below(256) as u8).collect();
        check(folder.path(), &name, &states, &noise, &format!("noise {round}"));
    }
}

fn payload(number: u64) -> Vec<u8> {
    let line =
        LogLine { text: format!("line {number:04} {}", "x".repeat(60)).into_bytes(), ..LogLine::default() };
    LogChunkPayload { first_line: number, lines: vec![line] }.encode_to_vec()
}

fn all(spool: &Spool) -> Vec<Vec<u8>> {
    let mut cursor = spool.reader();
    std::iter::from_fn(|| spool.read(&mut cursor).unwrap()).map(|(_, payload)| payload).collect()
}

/// A spool must hold a beginning of what it held, under the right chain, and go on from there.
fn check_spool(folder: &Path, wanted: &[Vec<u8>], what: &str) -> bool {
    let mut spool = Spool::open(folder).unwrap();
    let held = all(&spool);
    assert!(wanted.starts_with(&held), "{what}");
    let mut chain = LogChain::default();
    for payload in &held {
        chain.push(payload);
    }
    assert_eq!(spool.summary().digest, chain.digest(), "{what}");
    assert_eq!(spool.append(&payload(1000), 1).unwrap(), held.len() as u64 + 1);
    let is_damaged = spool.is_damaged();
    drop(spool);
    let again = Spool::open(folder).unwrap();
    assert_eq!((all(&again).len(), again.is_damaged()), (held.len() + 1, false), "{what}");
    is_damaged
}

#[test]
fn a_spool_that_is_cut_or_altered_holds_a_true_beginning_and_says_what_was_lost() {
    let folder = folder();
    let mut spool = Spool::open(folder.path()).unwrap();
    let wanted: Vec<Vec<u8>> = (1..=12).map(payload).collect();
    for payload in &wanted {
        spool.append(payload, 1).unwrap();
    }
    drop(spool);
    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&file).unwrap();
    let of_last = payload(12).len() + 8;
    for length in 0..bytes.len() {
        fs::write(&file, &bytes[..length]).unwrap();
        assert!(!check_spool(folder.path(), &wanted, &format!("cut at {length}")), "cut at {length}");
    }
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        fs::write(&file, &altered).unwrap();
        let is_damaged = check_spool(folder.path(), &wanted, &format!("altered at {at}"));
        // A length that has grown past the end looks as a crash would leave it; all else in front of the last chunk is damage.
        let frame = (52..bytes.len() - of_last).contains(&at) && (at - 52) % of_last >= 4;
        assert!(is_damaged || !frame || bytes[at] == 0, "altered at {at}");
    }
    let mut dice = Dice(0xd1ce);
    for round in 0..1000 {
        let mut altered = bytes.clone();
        for _ in 0..=dice.below(6) {
            let at = dice.below(altered.len());
            altered[at] = dice.below(256) as u8;
        }
        altered.truncate(dice.below(bytes.len() * 4));
        fs::write(&file, &altered).unwrap();
        check_spool(folder.path(), &wanted, &format!("round {round}"));
    }
}
