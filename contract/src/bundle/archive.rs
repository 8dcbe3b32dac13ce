//! The canonical archive: ustar (POSIX.1-1988), files only, sorted by path, mode 0644 or 0755, owner 0, time 0.
//!
//! Reading accepts nothing else. Every header is compared with the one that packing would write, so that an archive has
//! one meaning and its digest names its files. Nothing is allocated on the word of a header: a size is compared with the
//! bytes that are there first.

use std::ops::Range;

use super::error::{Damage, Deviation};
use super::names::Names;
use super::{BundleError, File, Files, MAX_ARCHIVE_BYTES, MAX_FILE_BYTES, MAX_FILES, path};

const BLOCK: usize = 512;
/// Two blocks of zeros.
const END: usize = 2 * BLOCK;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const USER: Range<usize> = 108..116;
const GROUP: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const TIME: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const KIND: usize = 156;
const LINK: Range<usize> = 157..257;
const FORMAT: Range<usize> = 257..265;
const USER_NAME: Range<usize> = 265..297;
const GROUP_NAME: Range<usize> = 297..329;
const DEVICE: Range<usize> = 329..345;
const PREFIX: Range<usize> = 345..500;
const REST: Range<usize> = 500..512;

/// The parts of a header, as errors name them.
const FIELDS: [(Range<usize>, &str); 13] = [
    (FORMAT, "format"),
    (MODE, "mode"),
    (USER, "owner"),
    (GROUP, "group"),
    (SIZE, "size"),
    (TIME, "time"),
    (LINK, "link name"),
    (USER_NAME, "owner's name"),
    (GROUP_NAME, "group's name"),
    (DEVICE, "device number"),
    (NAME, "path"),
    (PREFIX, "path"),
    (REST, "unused part"),
];

pub(super) fn encode(files: &Files) -> Result<Vec<u8>, BundleError> {
    check_count(files.len())?;
    let padded = |file: &File| BLOCK + file.contents.len().next_multiple_of(BLOCK);
    let size = files.values().map(padded).sum::<usize>() + END;
    check_archive(size)?;
    let mut archive = Vec::with_capacity(size);
    let mut names = Names::default();
    for (path, file) in files {
        check(path, file.contents.len())?;
        names.add(path)?;
        archive.extend_from_slice(&header(path, file.contents.len(), file.executable)?);
        archive.extend_from_slice(&file.contents);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(size, 0);
    Ok(archive)
}

pub(super) fn decode(archive: &[u8]) -> Result<Files, BundleError> {
    check_archive(archive.len())?;
    let mut files = Files::new();
    let mut names = Names::default();
    let mut rest = archive;
    loop {
        let (block, after) = rest.split_first_chunk::<BLOCK>().ok_or(Damage::Truncated)?;
        if block.iter().all(|byte| *byte == 0) {
            check_end(after)?;
            return Ok(files);
        }
        let Entry { path, size, executable } = Entry::read(block)?;
        check_count(files.len() + 1)?;
        if files.contains_key(&path) {
            return Err(BundleError::Twice { path });
        }
        if let Some((last, _)) = files.last_key_value().filter(|(last, _)| **last > path) {
            return Err(Deviation::Order { path, after: last.clone() }.into());
        }
        names.add(&path)?;
        let (contents, after) = after.split_at_checked(size).ok_or(Damage::Truncated)?;
        let padding = size.next_multiple_of(BLOCK) - size;
        let (padding, after) = after.split_at_checked(padding).ok_or(Damage::Truncated)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Deviation::Padding { path }.into());
        }
        files.insert(path, File { contents: contents.to_vec(), executable });
        rest = after;
    }
}

/// Behind the first block of zeros comes the second, and nothing else.
fn check_end(rest: &[u8]) -> Result<(), BundleError> {
    let (end, trailing) = rest.split_at_checked(END - BLOCK).ok_or(Damage::Truncated)?;
    if trailing.is_empty() && end.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(Deviation::Trailing.into())
    }
}

/// What a header says.
struct Entry {
    path: String,
    size: usize,
    executable: bool,
}

impl Entry {
    fn read(block: &[u8; BLOCK]) -> Result<Self, BundleError> {
        if octal(&block[CHECKSUM]) != Some(checksum(block)) {
            return Err(Damage::Checksum.into());
        }
        let name = [text(&block[PREFIX]), text(&block[NAME])].join(&b"/"[..]);
        let name = name.strip_prefix(b"/").filter(|_| block[PREFIX.start] == 0).unwrap_or(&name);
        let shown = || shown(&String::from_utf8_lossy(name));
        if let Some(kind) = other_kind(block[KIND]) {
            return Err(BundleError::NotAFile { path: shown(), kind });
        }
        let path = std::str::from_utf8(name);
        let path = path.map_err(|_| BundleError::Path { path: shown(), why: "a path is UTF-8 text" })?;
        // In the extension for numbers beyond 8 GiB the first bit is set.
        let size = if block[SIZE.start] & 0x80 == 0 { octal(&block[SIZE]) } else { Some(u64::MAX) };
        let size = size.ok_or_else(|| Deviation::Header { path: shown(), field: "size" })?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        check(path, size)?;
        let executable = octal(&block[MODE]).is_some_and(|mode| mode & 0o100 != 0);
        let canonical = header(path, size, executable)?;
        match FIELDS.iter().find(|(range, _)| block[range.clone()] != canonical[range.clone()]) {
            Some((_, field)) => Err(Deviation::Header { path: shown(), field }.into()),
            None if block != &canonical => {
                Err(Deviation::Header { path: shown(), field: "checksum's form" }.into())
            }
            None => Ok(Self { path: path.to_owned(), size, executable }),
        }
    }
}

/// What an entry is, if it is not a plain file.
fn other_kind(kind: u8) -> Option<&'static str> {
    Some(match kind {
        b'0' => return None,
        b'1' => "a hard link",
        b'2' => "a symbolic link",
        b'3' => "a character device",
        b'4' => "a block device",
        b'5' => "a folder",
        b'6' => "a pipe",
        b'S' => "a sparse file",
        b'x' | b'g' | b'X' => "a pax extension",
        b'K' | b'L' | b'N' | b'D' | b'M' | b'V' => "a GNU extension",
        _ => "something unknown",
    })
}

fn header(path: &str, size: usize, executable: bool) -> Result<[u8; BLOCK], BundleError> {
    let (prefix, name) = split(path)
        .ok_or_else(|| refused(path, "the path cannot be divided as an archive needs it; shorten it"))?;
    let mut header = [0; BLOCK];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[PREFIX.start..PREFIX.start + prefix.len()].copy_from_slice(prefix.as_bytes());
    let mut number = |at: Range<usize>, value: u64| {
        let width = at.len() - 1;
        header[at.start..at.end - 1].copy_from_slice(format!("{value:0width$o}").as_bytes());
    };
    number(MODE, if executable { 0o755 } else { 0o644 });
    number(USER, 0);
    number(GROUP, 0);
    number(SIZE, size as u64);
    number(TIME, 0);
    header[KIND] = b'0';
    header[FORMAT].copy_from_slice(b"ustar\x0000");
    let sum = checksum(&header);
    header[CHECKSUM].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    Ok(header)
}

/// Divides a path into the header's two fields: all in the second, or else as much as fits in the first.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME.len() {
        return Some(("", path));
    }
    let mut cuts = path.match_indices('/').map(|(at, _)| at);
    let cut = cuts.rfind(|at| *at <= PREFIX.len())?;
    let (prefix, name) = (&path[..cut], &path[cut + 1..]);
    (name.len() <= NAME.len()).then_some((prefix, name))
}

/// The sum of a header's bytes, those of the checksum itself taken as spaces.
fn checksum(block: &[u8; BLOCK]) -> u64 {
    let counted = |(at, byte): (usize, &u8)| u64::from(if CHECKSUM.contains(&at) { b' ' } else { *byte });
    block.iter().enumerate().map(counted).sum()
}

/// The bytes before the first zero.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Octal digits, with spaces or zeros around them as old archivers write them.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text(field)).ok()?.trim_matches(' ');
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, 8).ok() }
}

fn check(path: &str, size: usize) -> Result<(), BundleError> {
    path::check(path).map_err(|why| refused(path, why))?;
    if size > MAX_FILE_BYTES {
        return Err(BundleError::TooLarge {
            what: path.to_owned(),
            limit: format!("{MAX_FILE_BYTES} bytes"),
        });
    }
    Ok(())
}

pub(super) fn check_count(files: usize) -> Result<(), BundleError> {
    if files > MAX_FILES {
        return Err(BundleError::TooLarge {
            what: "the number of files".to_owned(),
            limit: MAX_FILES.to_string(),
        });
    }
    Ok(())
}

pub(super) fn check_archive(size: usize) -> Result<(), BundleError> {
    if size > MAX_ARCHIVE_BYTES {
        let limit = format!("{MAX_ARCHIVE_BYTES} bytes");
        return Err(BundleError::TooLarge { what: "the archive".to_owned(), limit });
    }
    Ok(())
}

pub(super) fn refused(path: &str, why: &'static str) -> BundleError {
    BundleError::Path { path: shown(path), why }
}

/// A path that may be long or hostile, for an error.
pub(super) fn shown(path: &str) -> String {
    path.chars().take(200).flat_map(char::escape_debug).collect()
}
