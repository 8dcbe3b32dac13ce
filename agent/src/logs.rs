//! From a script's output to chunks: lines of any bytes, masked, cut once, numbered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prost::Message as _;
use purvey_contract::receipt::LogSummary;
use purvey_proto::agent::{LogChunkPayload, LogLine, LogStream};
use tokio::sync::Notify;

use crate::ambient::Clock;
pub use crate::mask::Masker;
use crate::spool::Spool;

/// A line longer than this goes on in the next one.
pub const MAX_LINE_BYTES: usize = 16 * 1024;
/// A chunk is cut before it grows past this, or after [`CHUNK_DELAY`].
const CHUNK_BYTES: usize = 64 * 1024;
/// How long a line may wait for others.
const CHUNK_DELAY: Duration = Duration::from_millis(50);
/// Of what is dropped, the end is kept: what a script says last is what tells why it failed.
const TAIL_BYTES: usize = 64 * 1024;
/// The agent's own lines and the gaps still fit when output is being dropped.
const RESERVE_BYTES: u64 = 1024 * 1024;
/// How long a disk that is full is left alone.
const FULL_PAUSE: Duration = Duration::from_millis(500);
/// What a line costs in a chunk besides its text.
const LINE_OVERHEAD: usize = 32;

/// A masked line, or a piece of one that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Without its newline.
    pub text: Vec<u8>,
    /// Whether it goes on in the next one.
    pub continued: bool,
}

/// Cuts one stream of bytes into lines.
#[derive(Debug, Default)]
pub struct LineCutter {
    pending: Vec<u8>,
    /// Whether the pending bytes continue a line that was cut.
    in_line: bool,
}

impl LineCutter {
    /// Takes bytes in and hands each finished line out.
    pub fn feed(&mut self, mut bytes: &[u8], masker: &Masker, mut line: impl FnMut(Line)) {
        // A secret may begin in front of the cut: only what has its longest possible rest in sight can be masked. One byte
        // more, so that a line of exactly the limit is not cut before its newline is seen.
        let limit = MAX_LINE_BYTES + masker.longest() + 1;
        while !bytes.is_empty() {
            let room = limit - self.pending.len();
            let taken = &bytes[..bytes.len().min(room)];
            if let Some(end) = taken.iter().position(|byte| *byte == b'\n') {
                self.pending.extend_from_slice(&taken[..end]);
                self.finish(masker, &mut line);
                bytes = &bytes[end + 1..];
                continue;
            }
            self.pending.extend_from_slice(taken);
            bytes = &bytes[taken.len()..];
            if self.pending.len() == limit {
                self.cut(masker, &mut line);
            }
        }
    }

    /// The stream has ended: hands out what has no newline.
    pub fn end(&mut self, masker: &Masker, mut line: impl FnMut(Line)) {
        if !self.pending.is_empty() || self.in_line {
            self.finish(masker, &mut line);
        }
    }

    fn finish(&mut self, masker: &Masker, line: &mut impl FnMut(Line)) {
        let mut text = masker.mask(std::mem::take(&mut self.pending));
        while text.len() > MAX_LINE_BYTES {
            let rest = text.split_off(MAX_LINE_BYTES);
            line(Line { text, continued: true });
            text = rest;
        }
        line(Line { text, continued: false });
        self.in_line = false;
    }

    fn cut(&mut self, masker: &Masker, line: &mut impl FnMut(Line)) {
        let mut text = masker.mask(std::mem::take(&mut self.pending));
        // Masking may have shortened it so much that there is nothing to cut yet.
        if text.len() > MAX_LINE_BYTES {
            self.pending = text.split_off(MAX_LINE_BYTES);
            line(Line { text, continued: true });
            self.in_line = true;
        } else {
            self.pending = text;
        }
    }
}

/// An attempt's spool, shared between the one that writes and the one that sends.
#[derive(Clone, Debug)]
pub struct SharedSpool {
    spool: Arc<Mutex<Spool>>,
    grew: Arc<Notify>,
}

impl SharedSpool {
    /// Shares a spool. `grew` is told of each new chunk.
    pub fn new(spool: Spool, grew: Arc<Notify>) -> Self {
        Self { spool: Arc::new(Mutex::new(spool)), grew }
    }

    /// The spool, for a short step.
    pub fn with<T>(&self, step: impl FnOnce(&mut Spool) -> T) -> T {
        step(&mut self.spool.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How much of a script's output is kept. What comes on top is dropped, all but its end, and counted.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// On disk, waiting for the control plane: a network that is gone does not stop a script, and fills no disk.
    pub unacknowledged: u64,
    /// In all: a script that never stops writing fills no database.
    pub total: u64,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { unacknowledged: 64 * 1024 * 1024, total: 128 * 1024 * 1024 }
    }
}

/// Writes an attempt's log.
pub struct LogWriter {
    spool: SharedSpool,
    clock: Arc<dyn Clock>,
    masker: Arc<Masker>,
    cutters: [LineCutter; 2],
    lines: Vec<LogLine>,
    bytes: usize,
    since: Option<Instant>,
    limits: LogLimits,
    /// Bytes of the script's lines so far.
    taken: u64,
    is_over: bool,
    /// Dropped lines that may yet be brought back.
    tail: VecDeque<LogLine>,
    tail_bytes: usize,
    dropped: [u64; 2],
    /// Nothing could be written: not tried again with every line.
    full_until: Option<Instant>,
}

impl LogWriter {
    /// Goes on with the spool where it ends.
    pub fn new(spool: SharedSpool, clock: Arc<dyn Clock>, masker: Arc<Masker>, limits: LogLimits) -> Self {
        Self {
            spool,
            clock,
            masker,
            cutters: Default::default(),
            lines: Vec::new(),
            bytes: 0,
            since: None,
            limits,
            taken: 0,
            is_over: false,
            tail: VecDeque::new(),
            tail_bytes: 0,
            dropped: [0; 2],
            full_until: None,
        }
    }

    /// Takes the script's output in.
    pub fn output(&mut self, stream: LogStream, bytes: &[u8]) {
        let index = index(stream);
        let mut cutter = std::mem::take(&mut self.cutters[index]);
        let masker = Arc::clone(&self.masker);
        cutter.feed(bytes, &masker, |line| self.script_line(stream, line));
        self.cutters[index] = cutter;
    }

    /// One of the script's streams has ended.
    pub fn output_ended(&mut self, stream: LogStream) {
        let mut cutter = std::mem::take(&mut self.cutters[index(stream)]);
        let masker = Arc::clone(&self.masker);
        cutter.end(&masker, |line| self.script_line(stream, line));
    }

    /// Says what the agent does with the attempt.
    pub fn agent(&mut self, text: &str) {
        self.bring_back();
        let text = self.masker.mask(text.as_bytes().to_vec());
        let line = self.line(LogStream::Agent, text, false);
        self.push(line);
    }

    /// When [`Self::flush`] is due.
    pub fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + CHUNK_DELAY)
    }

    /// Cuts a chunk of what there is.
    pub fn flush(&mut self) {
        self.since = None;
        self.bytes = 0;
        if self.lines.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        let failed = self.spool.with(|spool| {
            let payload = LogChunkPayload { first_line: spool.next_line(), lines };
            let count = payload.lines.len() as u64;
            match spool.append(&payload.encode_to_vec(), count) {
                Ok(_) => None,
                // A full disk must not stop the script: what is lost is counted and said once there is room again.
                Err(error) => Some((error, payload.lines)),
            }
        });
        match failed {
            None => {
                self.full_until = None;
                self.spool.grew.notify_one();
            }
            Some((error, lines)) => {
                if self.full_until.replace(self.clock.monotonic() + FULL_PAUSE).is_none() {
                    tracing::warn!(%error, "a log cannot be written; what does not fit is dropped until it can");
                }
                for line in lines {
                    self.set_aside(line);
                }
            }
        }
    }

    /// Ends the log: cuts the last chunk and says what a receipt vouches for.
    pub fn finish(&mut self) -> LogSummary {
        self.flush();
        self.bring_back();
        self.flush();
        self.spool.with(|spool| {
            if let Err(error) = spool.sync() {
                tracing::warn!(%error, "the log's end could not be synced");
            }
            spool.summary()
        })
    }

    fn script_line(&mut self, stream: LogStream, line: Line) {
        let length = line.text.len() as u64;
        let waiting = self.spool.with(|spool| spool.unacknowledged_bytes()) + self.bytes as u64;
        let has_room = waiting + length <= self.limits.unacknowledged.saturating_sub(RESERVE_BYTES);
        if !self.is_over && self.taken + length > self.limits.total {
            let limit = self.limits.total / (1024 * 1024);
            self.agent(&format!(
                "truncated: its output is longer than {limit} MiB; from here on only its end is kept"
            ));
            self.is_over = true;
        }
        let line = self.line(stream, line.text, line.continued);
        let is_full = self.full_until.is_some_and(|until| self.clock.monotonic() < until);
        if self.is_over || !has_room || is_full {
            self.set_aside(line);
            return;
        }
        self.bring_back();
        self.taken += length;
        self.push(line);
    }

    /// Drops a line, and keeps it as long as it is among the last ones.
    fn set_aside(&mut self, line: LogLine) {
        if line.dropped_bytes > 0 {
            self.dropped[index(line.stream())] += line.dropped_bytes;
            return;
        }
        self.tail_bytes += line.text.len() + LINE_OVERHEAD;
        self.tail.push_back(line);
        while self.tail_bytes > TAIL_BYTES
            && let Some(line) = self.tail.pop_front()
        {
            self.tail_bytes -= line.text.len() + LINE_OVERHEAD;
            self.dropped[index(line.stream())] += line.text.len() as u64 + 1;
        }
    }

    /// Says how much was dropped, and brings its end back.
    fn bring_back(&mut self) {
        for stream in [LogStream::Stdout, LogStream::Stderr] {
            let dropped = std::mem::take(&mut self.dropped[index(stream)]);
            if dropped > 0 {
                let mut line = self.line(stream, Vec::new(), false);
                line.dropped_bytes = dropped;
                self.push(line);
            }
        }
        self.tail_bytes = 0;
        for line in std::mem::take(&mut self.tail) {
            self.push(line);
        }
    }

    fn line(&self, stream: LogStream, text: Vec<u8>, continued: bool) -> LogLine {
        let time_unix_micros =
            i64::try_from(self.clock.now().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
        LogLine { time_unix_micros, stream: stream.into(), text, continued, dropped_bytes: 0 }
    }

    fn push(&mut self, line: LogLine) {
        let cost = line.text.len() + LINE_OVERHEAD;
        if self.bytes + cost > CHUNK_BYTES {
            self.flush();
        }
        if self.lines.is_empty() {
            self.since = Some(self.clock.monotonic());
        }
        self.bytes += cost;
        self.lines.push(line);
    }
}

fn index(stream: LogStream) -> usize {
    usize::from(stream == LogStream::Stderr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Host;

    fn cut(pieces: &[&[u8]], masker: &Masker) -> Vec<Line> {
        let (mut cutter, mut lines) = (LineCutter::default(), Vec::new());
        for piece in pieces {
            cutter.feed(piece, masker, |line| lines.push(line));
        }
        cutter.end(masker, |line| lines.push(line));
        lines
    }

    fn joined(lines: &[Line]) -> Vec<u8> {
        lines.iter().flat_map(|line| line.text.clone()).collect()
    }

    #[test]
    fn any_bytes_are_carried_as_they_are() {
        let lines = cut(&[b"a\nb\0\xff\x1b[31m\r\n", b"\n", b"no newline"], &Masker::default());
        let texts: Vec<&[u8]> = lines.iter().map(|line| line.text.as_slice()).collect();
        assert_eq!(texts, [&b"a"[..], b"b\0\xff\x1b[31m\r", b"", b"no newline"]);
        assert!(lines.iter().all(|line| !line.continued));
        assert!(cut(&[b""], &Masker::default()).is_empty());
    }

    #[test]
    fn a_line_is_the_same_however_its_bytes_arrive() {
        let text: Vec<u8> = (0..100_000_u32)
            .map(|at| if at % 30_011 == 0 { b'\n' } else { b'a' + (at % 26) as u8 })
            .collect();
        let masker = Masker::new(["cdefghijkl"]);
        let whole = cut(&[&text], &masker);
        for size in [1, 7, 4096, 16_384] {
            assert_eq!(cut(&text.chunks(size).collect::<Vec<_>>(), &masker), whole, "{size}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut_at_16_kib() {
        let lines = cut(&[&vec![b'x'; 1_000_000]], &Masker::default());
        assert_eq!(joined(&lines).len(), 1_000_000);
        assert!(
            lines[..lines.len() - 1].iter().all(|line| line.continued && line.text.len() == MAX_LINE_BYTES)
        );
        assert!(!lines[lines.len() - 1].continued);
    }

    #[test]
    fn a_line_of_exactly_16_kib_is_one_line() {
        let mut text = vec![b'x'; MAX_LINE_BYTES];
        text.extend(b"\nnext\n");
        let lines = cut(&[&text], &Masker::default());
        let shape: Vec<(usize, bool)> = lines.iter().map(|line| (line.text.len(), line.continued)).collect();
        assert_eq!(shape, [(MAX_LINE_BYTES, false), (4, false)]);
    }

    #[test]
    fn secrets_are_masked_at_any_place_and_across_pieces_and_cuts() {
        let masker = Masker::new(["hunter2hunter2", "short"]);
        let lines = cut(&[b"x=hunter2hun", b"ter2;short;hunter2hunter2hunter2hunter2\n"], &masker);
        assert_eq!(lines[0].text, b"x=********;short;********");
        for before in MAX_LINE_BYTES - 20..MAX_LINE_BYTES + 20 {
            let mut text = vec![b'.'; before];
            text.extend(b"hunter2hunter2 and more");
            let shown = joined(&cut(&[&text], &masker));
            let shown = String::from_utf8(shown).unwrap();
            assert!(!shown.contains("hunter2") && shown.contains("********"), "{before}");
        }
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line() {
        let masker = Masker::new(["-----BEGIN-----\nsecretsecret\nab\n"]);
        let lines = cut(&[b"-----BEGIN-----\nsecretsecret\nab\n"], &masker);
        assert_eq!(joined(&lines), b"****************ab");
        assert_eq!(format!("{masker:?}"), "Masker(2 secrets)");
    }

    fn writer(folder: &tempfile::TempDir) -> LogWriter {
        let spool = SharedSpool::new(Spool::open(folder.path()).unwrap(), Arc::default());
        LogWriter::new(spool, Arc::new(Host), Arc::default(), LogLimits::default())
    }

    fn chunks(writer: &LogWriter) -> Vec<LogChunkPayload> {
        writer.spool.with(|spool| {
            let mut cursor = spool.reader();
            std::iter::from_fn(|| spool.read(&mut cursor).unwrap())
                .map(|(_, payload)| {
                    assert!(payload.len() <= 80 * 1024);
                    LogChunkPayload::decode(payload.as_slice()).unwrap()
                })
                .collect()
        })
    }

    #[test]
    fn lines_are_numbered_without_holes_over_chunks() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        for number in 0..2000 {
            writer.output(LogStream::Stdout, format!("{number} {}\n", "x".repeat(200)).as_bytes());
        }
        writer.agent("done");
        let summary = writer.finish();
        let chunks = chunks(&writer);
        let mut next = 1;
        for chunk in &chunks {
            assert_eq!(chunk.first_line, next);
            next += chunk.lines.len() as u64;
        }
        assert_eq!((summary.lines, summary.chunks), (2001, chunks.len() as u64));
        assert_eq!(next, 2002);
    }

    #[test]
    fn a_chunk_is_due_50_ms_after_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        assert_eq!(writer.due(), None);
        writer.output(LogStream::Stdout, b"half a line");
        assert_eq!(writer.due(), None);
        writer.output(LogStream::Stdout, b" and its end\n");
        assert!(writer.due().is_some());
        writer.flush();
        assert_eq!(writer.due(), None);
        assert_eq!(chunks(&writer).len(), 1);
    }

    #[test]
    fn output_beyond_the_limit_is_dropped_but_for_its_end_and_a_gap_says_how_much() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        writer.limits.unacknowledged = RESERVE_BYTES + 100_000;
        for number in 0..1000 {
            writer.output(LogStream::Stdout, format!("{number:0999}\n").as_bytes());
        }
        writer.flush();
        let kept: usize = chunks(&writer).iter().map(|chunk| chunk.lines.len()).sum();
        assert!((50..100).contains(&kept), "{kept}");
        // Once the control plane has them there is room again.
        writer.spool.with(|spool| spool.acknowledge(u64::MAX, 0));
        writer.output(LogStream::Stdout, b"again\n");
        let summary = writer.finish();
        let lines: Vec<LogLine> = chunks(&writer).into_iter().flat_map(|chunk| chunk.lines).collect();
        let (gap, tail) = (&lines[0], &lines[1..lines.len() - 1]);
        assert!((50..70).contains(&tail.len()), "{}", tail.len());
        assert_eq!(gap.dropped_bytes, (1000 - kept - tail.len()) as u64 * 1000);
        assert_eq!(tail.last().unwrap().text, format!("{:0999}", 999).as_bytes());
        assert_eq!(lines.last().unwrap().text, b"again");
        assert_eq!(summary.lines, (kept + lines.len()) as u64);
    }

    #[test]
    fn output_without_end_is_truncated_and_its_end_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        writer.limits.total = 100_000;
        for number in 0..10_000 {
            writer.output(LogStream::Stderr, format!("{number:099}\n").as_bytes());
            // However fast the control plane takes it.
            writer.spool.with(|spool| spool.acknowledge(u64::MAX, 0));
        }
        writer.agent("ended");
        writer.finish();
        let lines: Vec<LogLine> = chunks(&writer).into_iter().flat_map(|chunk| chunk.lines).collect();
        let text = |line: &LogLine| String::from_utf8(line.text.clone()).unwrap();
        let mark = lines.iter().position(|line| text(line).starts_with("truncated")).unwrap();
        assert_eq!(lines[mark].stream(), LogStream::Agent);
        assert!(lines[mark + 1].dropped_bytes > 800_000 && lines[mark + 1].stream() == LogStream::Stderr);
        assert_eq!(text(&lines[lines.len() - 2]), format!("{:099}", 9999));
        assert_eq!(text(&lines[lines.len() - 1]), "ended");
        assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() < 200_000);
    }
}
