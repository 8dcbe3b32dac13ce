//! Whether a secret is anywhere where others may see it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use purvey_lab::Server;

use super::snapshot::root_of;

/// Shorter ones are in any log by chance.
const SHORTEST: usize = 8;
/// How often the list of processes is read while a job runs.
const PERIOD: Duration = Duration::from_millis(4);
/// The largest file that is searched.
const MAX_FILE: u64 = 8 << 20;

/// The secrets of one app on one server, and where they were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// Input and value.
    secrets: BTreeSet<(String, String)>,
    /// A line for each place.
    places: BTreeSet<String>,
}

impl Watch {
    /// Looks for this one too, from now on.
    pub(crate) fn add(&self, input: &str, value: &str) {
        if value.len() >= SHORTEST {
            self.lock().secrets.insert((input.to_owned(), value.to_owned()));
        }
    }

    /// Whether there is anything to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().secrets.is_empty()
    }

    /// Every place where one was seen.
    pub(crate) fn places(&self) -> Vec<String> {
        self.lock().places.iter().cloned().collect()
    }

    /// Notes each secret that is in a text.
    pub(crate) fn search(&self, text: &[u8], place: impl Fn() -> String) {
        let mut seen = self.lock();
        let found: Vec<String> = seen
            .secrets
            .iter()
            .filter(|(_, value)| contains(text, value.as_bytes()))
            .map(|(input, _)| format!("`{input}` is in {}", place()))
            .collect();
        seen.places.extend(found);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return false };
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(part) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Reads the server's list of processes over and over, until it is dropped.
#[derive(Debug)]
pub(crate) struct Sampler(Arc<AtomicBool>);

impl Drop for Sampler {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Begins to watch the processes of a server. An app in the sandbox `confined` has its scripts run as a user of their own,
/// who may know what the script knows.
///
/// # Errors
/// The server is off.
pub(crate) fn sample(server: &Server, watch: &Watch, confined: bool) -> Result<Sampler> {
    let proc = root_of(server)?.join("proc");
    let (ended, watch) = (Arc::new(AtomicBool::new(false)), watch.clone());
    let sampler = Sampler(Arc::clone(&ended));
    std::thread::Builder::new()
        .name("processes".to_owned())
        .spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                look(&proc, &watch, confined);
                std::thread::sleep(PERIOD);
            }
        })
        .context("watching the processes")?;
    Ok(sampler)
}

fn look(proc: &Path, watch: &Watch, confined: bool) {
    use std::os::unix::fs::MetadataExt as _;
    for entry in fs::read_dir(proc).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else {
            continue;
        };
        let path = entry.path();
        let command = || {
            let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
            format!("process {}", name.trim())
        };
        if let Ok(line) = fs::read(path.join("cmdline")) {
            watch.search(&line, || format!("the command line of the {}", command()));
        }
        // The environment of root's processes is root's to read, and is how scripts get their inputs.
        let Ok(owner) = fs::metadata(&path).map(|meta| meta.uid()) else { continue };
        let by_agent = || fs::read_to_string(path.join("cgroup")).is_ok_and(|it| it.contains("purvey-agent"));
        if owner == 0 || pid == "1" || (confined && by_agent()) {
            continue;
        }
        if let Ok(variables) = fs::read(path.join("environ")) {
            watch.search(&variables, || format!("the environment of the {} of the user {owner}", command()));
        }
    }
}

/// Looks into every file that others may read and that was changed after `since`, and into all of the agent's own.
///
/// # Errors
/// The server is off.
pub(crate) async fn search_files(server: &Server, watch: &Watch, since: i64) -> Result<()> {
    let (root, watch) = (root_of(server)?, watch.clone());
    let search = move || {
        for start in ["", "run", "tmp", "dev/shm"] {
            search_folder(&root, &root.join(start), &watch, since);
        }
        search_agent(&root, &root.join("var/lib/purvey/agent"), &watch);
    };
    tokio::task::spawn_blocking(search).await.context("searching the files")
}

fn search_folder(root: &Path, folder: &Path, watch: &Watch, since: i64) {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(own) = fs::metadata(folder) else { return };
    // What a package brings below /usr is as old as the package says, and not written by a script.
    let is_brought = folder.strip_prefix(root).is_ok_and(|inside| inside.starts_with("usr"));
    let is_new = |meta: &fs::Metadata| meta.mtime() >= since || (!is_brought && meta.ctime() >= since);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        // Others get in only where they may pass.
        if meta.is_dir() && meta.dev() == own.dev() && meta.mode() & 0o001 != 0 {
            search_folder(root, &path, watch, since);
        } else if meta.is_file() && is_new(&meta) && meta.mode() & 0o004 != 0 && meta.len() <= MAX_FILE {
            let content = fs::read(&path).unwrap_or_default();
            watch.search(&content, || format!("{}, which anybody may read", inside(root, &path)));
        }
    }
}

/// The agent keeps ciphertext only; an install's own folder is its app's.
fn search_agent(root: &Path, folder: &Path, watch: &Watch) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() && entry.file_name() != "installs" && entry.file_name() != "tmp" {
            search_agent(root, &path, watch);
        } else if meta.is_file() && meta.len() <= MAX_FILE {
            watch.search(&fs::read(&path).unwrap_or_default(), || inside(root, &path));
        }
    }
}

fn inside(root: &Path, path: &Path) -> String {
    format!("/{}", path.strip_prefix(root).unwrap_or(path).display())
}

/// Looks into the system's journal, with every field of it.
///
/// # Errors
/// The server is off.
pub(crate) async fn search_journal(server: &Server, watch: &Watch) -> Result<()> {
    let journal = server.exec(["journalctl", "--no-pager", "--output=export"]).await?.stdout;
    for entry in journal.split("\n\n") {
        watch.search(entry.as_bytes(), || {
            let field =
                |name: &str| entry.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            format!("the system's journal (from {})", field("_COMM="))
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_anywhere_in_a_text_and_named_by_its_input_only() {
        let watch = Watch::default();
        watch.add("password", "Sesame-open-1");
        watch.add("short", "x");
        watch.search(b"SSesame-open-1", || "a log".to_owned());
        watch.search(b"Sesame-open-", || "another log".to_owned());
        watch.search(b"x", || "a third".to_owned());
        assert_eq!(watch.places(), ["`password` is in a log"]);
    }

    #[test]
    fn files_that_others_cannot_reach_are_left_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, mode| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "Sesame-open-1").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        put("etc/open", 0o644);
        put("etc/closed", 0o640);
        put("etc/private/open", 0o644);
        fs::set_permissions(root.path().join("etc/private"), fs::Permissions::from_mode(0o700)).unwrap();
        let watch = Watch::default();
        watch.add("password", "Sesame-open-1");
        search_folder(root.path(), root.path(), &watch, 0);
        assert_eq!(watch.places(), ["`password` is in /etc/open, which anybody may read"]);
    }
}
