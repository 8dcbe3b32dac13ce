//! An attempt's log chunks, on disk until the control plane has them.
//!
//! A folder of segments, each a header (the hash chain's state before it) and checksummed chunks. A chunk never changes
//! once it is in; acknowledged segments are removed. In memory there is only a list of segments, so that a day without a
//! network costs disk and nothing else.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use prost::Message as _;
use purvey_contract::id::Digest;
use purvey_contract::receipt::{LogChain, LogSummary};
use purvey_proto::agent::LogChunkPayload;
use sha2::{Digest as _, Sha256};

use crate::failpoint;
use crate::files;

const SEGMENT_BYTES: u64 = 1024 * 1024;
const HEADER_BYTES: usize = 52;
const FRAME_BYTES: u64 = 8;
const MAX_CHUNK_BYTES: usize = 80 * 1024;

/// The chain of `contract::receipt::LogChain`, which cannot be begun in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    chunks: u64,
    lines: u64,
    hash: [u8; 32],
}

impl Head {
    fn start() -> Self {
        Self { chunks: 0, lines: 0, hash: LogChain::default().digest().0 }
    }

    fn push(&mut self, payload: &[u8], lines: u64) {
        self.chunks += 1;
        self.lines += lines;
        let hash = Sha256::new().chain_update(self.hash).chain_update(self.chunks.to_be_bytes());
        self.hash = hash.chain_update(payload).finalize().into();
    }

    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&self.chunks.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.lines.to_le_bytes());
        bytes[16..48].copy_from_slice(&self.hash);
        let crc = crc32fast::hash(&bytes[..48]);
        bytes[48..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, crc) = bytes.get(..HEADER_BYTES)?.split_at(48);
        let number = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
        if crc != crc32fast::hash(head).to_le_bytes() {
            return None;
        }
        Some(Self { chunks: number(0)?, lines: number(8)?, hash: head[16..].try_into().ok()? })
    }
}

#[derive(Debug)]
struct Segment {
    first: u64,
    /// The last chunk in it; `first - 1` if none.
    last: u64,
    bytes: u64,
}

/// An attempt's chunks.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    segments: VecDeque<Segment>,
    /// The last segment's file.
    tail: Option<File>,
    unsynced: bool,
    is_damaged: bool,
    head: Head,
    acknowledged: u64,
    unacknowledged_bytes: u64,
}

/// Where a reader stands.
#[derive(Debug, Default)]
pub struct Cursor {
    /// The next chunk to read.
    next: u64,
    segment: Option<(u64, File, u64)>,
}

impl Spool {
    /// Opens an attempt's spool, or begins one. A torn tail is cut off.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        if !folder.exists() {
            files::make_folder(folder, 0o700)?;
            files::sync_parent(folder)?;
        }
        let mut firsts: Vec<u64> = fs::read_dir(folder)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".seg")?.parse().ok())
            .collect();
        firsts.sort_unstable();
        let mut spool = Self {
            folder: folder.to_owned(),
            segments: VecDeque::new(),
            tail: None,
            unsynced: false,
            is_damaged: false,
            head: Head::start(),
            acknowledged: firsts.first().map_or(0, |first| first.saturating_sub(1)),
            unacknowledged_bytes: 0,
        };
        for (index, first) in firsts.iter().enumerate() {
            if !spool.recover(*first)? {
                // What follows a hole can never be sent. A last segment may lack its header, which a crash can take.
                spool.is_damaged |= index + 1 < firsts.len();
                for first in &firsts[index..] {
                    fs::remove_file(spool.path(*first))?;
                }
                break;
            }
        }
        Ok(spool)
    }

    /// Reads a segment; false if it does not follow the ones before it.
    fn recover(&mut self, first: u64) -> io::Result<bool> {
        let path = self.path(first);
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let mut header = [0; HEADER_BYTES];
        let complete = (&file).read(&mut header)? == HEADER_BYTES;
        let Some(head) = Head::from_bytes(&header).filter(|_| complete) else {
            return Ok(false);
        };
        let follows = self.segments.is_empty() || head == self.head;
        if head.chunks + 1 != first || !follows {
            return Ok(false);
        }
        self.head = head;
        let mut at = HEADER_BYTES as u64;
        while let Some(payload) = read_chunk(&file, at)? {
            self.head.push(&payload, lines_of(&payload));
            self.unacknowledged_bytes += payload.len() as u64;
            at += FRAME_BYTES + payload.len() as u64;
        }
        let left = file.metadata()?.len() - at;
        if left > 0 {
            // What a crash can tear is one chunk, the last one.
            self.is_damaged |= left > FRAME_BYTES + MAX_CHUNK_BYTES as u64 || !is_torn(&file, at, left)?;
            file.set_len(at)?;
            file.sync_all()?;
        }
        self.segments.push_back(Segment { first, last: self.head.chunks, bytes: at });
        self.tail = Some(file);
        Ok(true)
    }

    /// Whether more is missing than a crash explains: the disk has lost or altered something.
    pub fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// The number of the next line.
    pub fn next_line(&self) -> u64 {
        self.head.lines + 1
    }

    /// Adds a chunk and answers its number.
    ///
    /// # Errors
    /// It cannot be written; then it was not added.
    pub fn append(&mut self, payload: &[u8], lines: u64) -> io::Result<u64> {
        if payload.len() > MAX_CHUNK_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.tail.is_none() || self.segments.back().is_none_or(|segment| segment.bytes >= SEGMENT_BYTES) {
            self.begin_segment()?;
        }
        let (Some(segment), Some(file)) = (self.segments.back_mut(), &self.tail) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut framed = Vec::with_capacity(FRAME_BYTES as usize + payload.len());
        framed.extend((payload.len() as u32).to_le_bytes());
        framed.extend(crc32fast::hash(payload).to_le_bytes());
        framed.extend(payload);
        if let Err(error) = file.write_all_at(&framed, segment.bytes) {
            let _ = file.set_len(segment.bytes);
            return Err(error);
        }
        segment.bytes += framed.len() as u64;
        segment.last += 1;
        self.head.push(payload, lines);
        self.unacknowledged_bytes += payload.len() as u64;
        self.unsynced = true;
        failpoint::reached(failpoint::CHUNK_WRITTEN);
        Ok(self.head.chunks)
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        if let Some(file) = &self.tail {
            file.sync_data()?;
        }
        let first = self.head.chunks + 1;
        let path = self.path(first);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        if let Err(error) = file.write_all_at(&self.head.to_bytes(), 0) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        files::sync_parent(&path)?;
        self.segments.push_back(Segment { first, last: first - 1, bytes: HEADER_BYTES as u64 });
        self.tail = Some(file);
        Ok(())
    }

    /// Makes everything durable: nothing may be sent that a crash could take back, as another chunk would get its number.
    ///
    /// # Errors
    /// It cannot.
    pub fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = self.tail.as_ref().filter(|_| self.unsynced) {
            file.sync_data()?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// How many bytes of chunks are not acknowledged. After a restart the rest of a segment counts as a whole.
    pub fn unacknowledged_bytes(&self) -> u64 {
        self.unacknowledged_bytes
    }

    /// Whether every chunk is acknowledged.
    pub fn is_drained(&self) -> bool {
        self.acknowledged >= self.head.chunks
    }

    /// The last chunk's number; 0 if there is none.
    pub fn chunks(&self) -> u64 {
        self.head.chunks
    }

    /// What a receipt says of the log.
    pub fn summary(&self) -> LogSummary {
        LogSummary { chunks: self.head.chunks, lines: self.head.lines, digest: Digest(self.head.hash) }
    }

    /// The chunks up to this one, which have this many bytes more than those acknowledged before, are safe elsewhere.
    pub fn acknowledge(&mut self, chunk: u64, bytes: u64) {
        let chunk = chunk.min(self.head.chunks);
        if chunk <= self.acknowledged {
            return;
        }
        self.acknowledged = chunk;
        self.unacknowledged_bytes = self.unacknowledged_bytes.saturating_sub(bytes);
        // The last segment stays: the chain goes on in it.
        while self.segments.len() > 1 && self.segments.front().is_some_and(|segment| segment.last <= chunk) {
            if let Some(segment) = self.segments.pop_front() {
                let _ = fs::remove_file(self.path(segment.first));
            }
        }
        if self.is_drained() {
            self.unacknowledged_bytes = 0;
        }
    }

    /// A reader that begins behind what is acknowledged.
    pub fn reader(&self) -> Cursor {
        Cursor { next: self.acknowledged + 1, segment: None }
    }

    /// The next chunk and its number; none if there is no further one yet.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn read(&self, cursor: &mut Cursor) -> io::Result<Option<(u64, Vec<u8>)>> {
        if cursor.next > self.head.chunks {
            return Ok(None);
        }
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let holds = |segment: &&Segment| (segment.first..=segment.last).contains(&cursor.next);
        let segment = self.segments.iter().find(holds).ok_or_else(damaged)?;
        let (file, mut at) = match cursor.segment.take() {
            Some((first, file, at)) if first == segment.first => (file, at),
            _ => {
                let file = File::open(self.path(segment.first))?;
                let mut at = HEADER_BYTES as u64;
                for _ in segment.first..cursor.next {
                    at += FRAME_BYTES + read_chunk(&file, at)?.ok_or_else(damaged)?.len() as u64;
                }
                (file, at)
            }
        };
        let payload = read_chunk(&file, at)?.ok_or_else(damaged)?;
        at += FRAME_BYTES + payload.len() as u64;
        cursor.segment = Some((segment.first, file, at));
        let number = cursor.next;
        cursor.next += 1;
        Ok(Some((number, payload)))
    }

    /// Removes everything.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.folder)
    }

    fn path(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{first:020}.seg"))
    }
}

/// The chunk at this place; none at the end or where the rest is torn.
fn read_chunk(file: &File, at: u64) -> io::Result<Option<Vec<u8>>> {
    let mut frame = [0; FRAME_BYTES as usize];
    match file.read_exact_at(&mut frame, at) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let number = |at: usize| u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
    let length = number(0) as usize;
    if length > MAX_CHUNK_BYTES {
        return Ok(None);
    }
    let mut payload = vec![0; length];
    match file.read_exact_at(&mut payload, at + FRAME_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    Ok((crc32fast::hash(&payload) == number(4)).then_some(payload))
}

/// Whether what is left at this place can be a chunk that a crash has cut: nothing lies behind it.
fn is_torn(file: &File, at: u64, left: u64) -> io::Result<bool> {
    let mut length = [0; 4];
    match file.read_exact_at(&mut length, at) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(true),
        other => other?,
    }
    let length = u64::from(u32::from_le_bytes(length));
    // Zeros are what a file has where nothing was written yet.
    Ok(length == 0 || FRAME_BYTES + length >= left)
}

fn lines_of(payload: &[u8]) -> u64 {
    LogChunkPayload::decode(payload).map_or(0, |payload| payload.lines.len() as u64)
}

#[cfg(test)]
mod tests {
    use purvey_proto::agent::LogLine;

    use super::*;

    fn payload(text: &[u8]) -> Vec<u8> {
        let line = LogLine { text: text.to_vec(), ..LogLine::default() };
        LogChunkPayload { first_line: 1, lines: vec![line] }.encode_to_vec()
    }

    fn all(spool: &Spool) -> Vec<(u64, Vec<u8>)> {
        let mut cursor = spool.reader();
        std::iter::from_fn(|| spool.read(&mut cursor).unwrap()).collect()
    }

    #[test]
    fn chunks_are_resent_byte_for_byte_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        let mut chain = LogChain::default();
        for number in 1..=5 {
            let payload = payload(format!("line {number}").as_bytes());
            chain.push(&payload);
            assert_eq!(spool.append(&payload, 1).unwrap(), number);
        }
        let before = all(&spool);
        assert_eq!(before.len(), 5);
        assert_eq!(spool.summary(), LogSummary { chunks: 5, lines: 5, digest: chain.digest() });
        spool.acknowledge(2, (before[0].1.len() + before[1].1.len()) as u64);
        assert_eq!(all(&spool), before[2..]);
        drop(spool);
        // Acknowledgements are not stored within a segment: more is sent again, never less.
        let mut spool = Spool::open(folder.path()).unwrap();
        assert_eq!(all(&spool), before);
        assert_eq!((spool.next_line(), spool.summary().digest), (6, chain.digest()));
        assert_eq!(spool.append(&payload(b"more"), 1).unwrap(), 6);
    }

    #[test]
    fn acknowledged_segments_leave_the_disk_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        let big = payload(&[b'x'; 60_000]);
        let mut chain = LogChain::default();
        for _ in 0..60 {
            chain.push(&big);
            spool.append(&big, 1).unwrap();
        }
        assert!(fs::read_dir(folder.path()).unwrap().count() > 3);
        spool.acknowledge(59, 59 * big.len() as u64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(spool.unacknowledged_bytes(), big.len() as u64);
        drop(spool);
        let mut spool = Spool::open(folder.path()).unwrap();
        assert_eq!(spool.summary(), LogSummary { chunks: 60, lines: 60, digest: chain.digest() });
        assert!(!spool.is_drained());
        spool.acknowledge(60, 0);
        assert!(spool.is_drained());
    }

    #[test]
    fn a_torn_chunk_is_cut_off_and_its_number_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        spool.append(&payload(b"one"), 1).unwrap();
        let whole = spool.segments[0].bytes;
        spool.append(&payload(b"two"), 1).unwrap();
        let path = spool.path(1);
        drop(spool);
        let bytes = fs::read(&path).unwrap();
        for length in whole..bytes.len() as u64 {
            fs::write(&path, &bytes[..length as usize]).unwrap();
            let mut spool = Spool::open(folder.path()).unwrap();
            assert_eq!(spool.chunks(), 1, "{length}");
            assert_eq!(spool.append(&payload(b"other"), 1).unwrap(), 2);
            assert_eq!(all(&spool)[1].1, payload(b"other"));
        }
    }

    #[test]
    fn a_reader_waits_at_the_end_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        let mut cursor = spool.reader();
        assert!(spool.read(&mut cursor).unwrap().is_none());
        spool.append(&payload(b"one"), 1).unwrap();
        assert_eq!(spool.read(&mut cursor).unwrap().unwrap().0, 1);
        assert!(spool.read(&mut cursor).unwrap().is_none());
        spool.append(&payload(b"two"), 1).unwrap();
        assert_eq!(spool.read(&mut cursor).unwrap().unwrap().0, 2);
        spool.remove().unwrap();
        assert!(!folder.path().exists());
    }
}
