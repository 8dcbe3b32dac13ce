//! What a script reports besides its exit code: progress while it runs, results at its end. Both are files of
//! `name=value` lines; neither is ever taken from its output.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use purvey_contract::manifest::Manifest;
use purvey_contract::receipt::OutputValue;

use crate::logs::Masker;

const MAX_BYTES: u64 = 64 * 1024;
const MAX_ENTRIES: usize = 100;
const MAX_NAME_BYTES: usize = 64;
const MAX_MESSAGE_CHARS: usize = 300;

/// How far a script says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 100.
    pub percent: u32,
    /// What it is doing.
    pub message: String,
}

/// Follows a script's progress file.
#[derive(Debug, Default)]
pub struct ProgressReader {
    at: u64,
    half: Vec<u8>,
    now: Progress,
}

impl ProgressReader {
    /// Reads what was added; answers the progress if it changed.
    pub fn read(&mut self, path: &Path, masker: &Masker) -> Option<Progress> {
        let mut added = Vec::new();
        // The script may do what it likes with its file; without it there is no progress.
        self.read_added(path, &mut added).ok()?;
        let before = self.now.clone();
        self.half.extend(added);
        while let Some(end) = self.half.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.half.drain(..=end).collect();
            self.take(&String::from_utf8_lossy(&line), masker);
        }
        if self.half.len() as u64 > MAX_BYTES {
            self.half.clear();
        }
        (self.now != before).then(|| self.now.clone())
    }

    fn read_added(&mut self, path: &Path, added: &mut Vec<u8>) -> io::Result<()> {
        let mut file = open(path)?;
        // A script that writes the file anew begins again at its start.
        if file.metadata()?.len() < self.at {
            self.at = 0;
        }
        file.seek(SeekFrom::Start(self.at))?;
        self.at += file.take(MAX_BYTES).read_to_end(added)? as u64;
        Ok(())
    }

    fn take(&mut self, line: &str, masker: &Masker) {
        let Some((name, value)) = line.trim_end().split_once('=') else {
            return;
        };
        match name.trim() {
            "percent" => {
                if let Ok(percent) = value.trim().parse::<u32>() {
                    self.now.percent = percent.min(100);
                }
            }
            "message" => self.now.message = masker.mask_text(value).chars().take(MAX_MESSAGE_CHARS).collect(),
            _ => {}
        }
    }
}

/// Reads a script's results, in the order of its lines. What is not `name=value` is passed over; a name that comes again
/// replaces the earlier value. False if there was more than is reported.
pub fn read(path: &Path, manifest: &Manifest, masker: &Masker) -> (Vec<OutputValue>, bool) {
    let mut bytes = Vec::new();
    if open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).is_err() {
        return (Vec::new(), true);
    }
    let mut is_whole = bytes.len() as u64 <= MAX_BYTES;
    bytes.truncate(usize::try_from(MAX_BYTES).unwrap_or(usize::MAX));
    let mut outputs: Vec<OutputValue> = Vec::new();
    let mut room = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    for line in String::from_utf8_lossy(&bytes).lines() {
        let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_name(name)) else {
            continue;
        };
        let is_secret = manifest.outputs.iter().any(|output| output.name == name && output.sensitive);
        let value = if is_secret { "********".to_owned() } else { printable(&masker.mask_text(value)) };
        // What was replaced has grown: what the receipt carries is bounded as well.
        match room.checked_sub(name.len() + value.len()) {
            Some(left) => room = left,
            None => {
                is_whole = false;
                break;
            }
        }
        if let Some(output) = outputs.iter_mut().find(|output| output.name == name) {
            output.value = value;
        } else if outputs.len() < MAX_ENTRIES {
            outputs.push(OutputValue { name: name.to_owned(), value });
        } else {
            is_whole = false;
        }
    }
    (outputs, is_whole)
}

/// Control characters would take six bytes each in a receipt, and NUL cannot be stored.
fn printable(text: &str) -> String {
    let shown =
        |char: char| if char.is_control() && char != '\t' { char::REPLACEMENT_CHARACTER } else { char };
    text.chars().map(shown).collect()
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX_NAME_BYTES
        && bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Opens a file that a script could have replaced: only a real file, and never by way of a link or a waiting pipe.
fn open(path: &Path) -> io::Result<std::fs::File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            "id: hello\nname: Hello\nversion: 1.0.0\ndescription: Says hello.\ninstall_script: install.sh\n\
             outputs:\n  - name: token\n    sensitive: true\n",
        )
        .unwrap()
    }

    #[test]
    fn progress_follows_whole_lines_as_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress");
        let (mut reader, masker) = (ProgressReader::default(), Masker::new(["hunter2hunter2"]));
        assert_eq!(reader.read(&path, &masker), None);
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(b"percent=10\nmessage=begin hunter2hunter2\nperc").unwrap();
        let progress = reader.read(&path, &masker).unwrap();
        assert_eq!((progress.percent, progress.message.as_str()), (10, "begin ********"));
        assert_eq!(reader.read(&path, &masker), None);
        file.write_all(b"ent=250\nnonsense\npercent=x\n").unwrap();
        assert_eq!(reader.read(&path, &masker).unwrap().percent, 100);
    }

    #[test]
    fn results_are_bounded_masked_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let mut text =
            "url=http://x/?a=b\nbad name=1\n=2\nnothing\ntoken=abc\nurl=again hunter2hunter2\n".to_owned();
        for number in 0..200 {
            text.push_str(&format!("n{number}=v\n"));
        }
        fs::write(&path, text).unwrap();
        let (outputs, is_whole) = read(&path, &manifest(), &Masker::new(["hunter2hunter2"]));
        assert_eq!((outputs.len(), is_whole), (100, false));
        assert_eq!((outputs[0].name.as_str(), outputs[0].value.as_str()), ("url", "again ********"));
        assert_eq!((outputs[1].name.as_str(), outputs[1].value.as_str()), ("token", "********"));
    }

    #[test]
    fn a_link_or_a_pipe_in_place_of_the_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, path) = (folder.path().join("secret"), folder.path().join("output"));
        fs::write(&secret, "a=b\n").unwrap();
        std::os::unix::fs::symlink(&secret, &path).unwrap();
        assert!(read(&path, &manifest(), &Masker::default()).0.is_empty());
        fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        assert!(read(&path, &manifest(), &Masker::default()).0.is_empty());
    }

    #[test]
    fn what_cannot_be_shown_is_replaced_and_the_whole_stays_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let mut bytes = b"nul=a\0b\ncontrols=".to_vec();
        bytes.extend([1; 60_000]);
        bytes.extend(b"\nafter=x\n");
        std::fs::write(&path, bytes).unwrap();
        let manifest = Manifest::parse("id: a\nname: A\nversion: '1'\ninstall_script: install.sh\n").unwrap();
        let (outputs, _) = read(&path, &manifest, &Masker::default());
        assert_eq!(outputs[0].value, "a\u{fffd}b");
        let total: usize = outputs.iter().map(|output| output.name.len() + output.value.len()).sum();
        assert!(total <= 64 * 1024, "{total}");
    }
}
