//! What differs between two moments of a server's files.

use std::fmt::Write as _;

use super::snapshot::{Entry, Snapshot, is_below};

/// What is written all the time by systemd, the agent and those who log in, whatever an app does.
pub(crate) const ALWAYS: [(&str, &str); 9] = [
    (AGENT, "the agent's own files"),
    ("/var/lib/systemd/timers", "when timers last ran"),
    ("/var/lib/systemd/random-seed", "saved at shutdown"),
    ("/var/lib/systemd/catalog", "an index that systemd makes anew"),
    ("/var/log/journal", "the journal"),
    ("/var/log/wtmp", "who logged in"),
    ("/var/log/lastlog", "who logged in"),
    ("/var/tmp", "for any program, for a while"),
    ("/etc/resolv.conf", "the network's"),
];

/// What apt, dpkg and the dynamic linker remember of what they did. Packages are compared by themselves.
pub(crate) const PACKAGE_MANAGERS: [(&str, &str); 12] = [
    ("/var/lib/apt", "lists of packages"),
    ("/var/cache/apt", "fetched packages"),
    ("/var/cache/debconf", "answers to questions of packages"),
    ("/var/lib/dpkg", "the packages, which are compared by themselves"),
    ("/var/log/apt", "what apt did"),
    ("/var/log/dpkg.log", "what dpkg did"),
    ("/var/log/alternatives.log", "what update-alternatives did"),
    ("/var/cache/ldconfig", "an index of libraries"),
    ("/etc/ld.so.cache", "an index of libraries"),
    ("/var/lib/pam", "which modules are on, made anew by pam-auth-update"),
    ("/var/cache/man", "an index of manual pages"),
    ("/var/backups", "dpkg's daily copies"),
];

/// What backup copies of the lists of users are called; the lists are compared by themselves.
const USER_LISTS: [&str; 10] = [
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/group",
    "/etc/group-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/subuid",
    "/etc/subgid",
];

/// Where the agent keeps its own files, and for each install a folder that is the app's.
const AGENT: &str = "/var/lib/purvey/agent";

/// Whether the path is in an install's own folder. The folder itself is remade by the agent before each job.
fn is_app_state(path: &str) -> bool {
    let rest = path.strip_prefix(AGENT).and_then(|rest| rest.strip_prefix("/installs/"));
    rest.is_some_and(|rest| rest.contains('/'))
}

fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored.iter().any(|one| is_below(path, one) && !(one == AGENT && is_app_state(path)))
}

fn owned<'a>(lists: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    lists.into_iter().map(str::to_owned).collect()
}

/// What a run touched that should have touched nothing: a line for each path.
pub(crate) fn touched(before: &Snapshot, after: &Snapshot, living: &[String]) -> Vec<Change> {
    let mut ignored = owned(ALWAYS.iter().map(|(path, _)| *path));
    ignored.extend_from_slice(living);
    let same = |old: &Entry, new: &Entry| {
        let identity = |it: &Entry| (it.mode, it.owner, it.inode, it.size, it.modified, it.changed);
        identity(old) == identity(new)
    };
    differences(before, after, &ignored, same)
}

/// What an install and its uninstall left, or took with them.
pub(crate) fn residue(before: &Snapshot, after: &Snapshot, allowed: &[String]) -> Vec<Change> {
    let mut ignored = owned(ALWAYS.iter().chain(&PACKAGE_MANAGERS).map(|(path, _)| *path));
    ignored.extend(owned(USER_LISTS));
    ignored.extend_from_slice(allowed);
    let same = |old: &Entry, new: &Entry| {
        let content = match (&old.content, &new.content) {
            (Some(old), Some(new)) => old == new,
            _ => {
                old.is_folder()
                    || (old.size, old.modified) == (new.size, new.modified)
                    || old.target.is_some()
            }
        };
        (old.mode, old.owner, &old.target) == (new.mode, new.owner, &new.target) && content
    };
    let mut changes = differences(before, after, &ignored, same);
    // Of a folder that was left, its own line says enough.
    let folders: Vec<String> = changes
        .iter()
        .filter(|change| {
            change.kind == Kind::New && after.files.get(&change.path).is_some_and(Entry::is_folder)
        })
        .map(|change| change.path.clone())
        .collect();
    let inside =
        |path: &str| folders.iter().find(|folder| folder.as_str() != path && is_below(path, folder)).cloned();
    for path in changes.iter().map(|change| change.path.clone()).collect::<Vec<_>>() {
        if let Some(folder) = inside(&path)
            && inside(&folder).is_none()
            && let Some(change) = changes.iter_mut().find(|change| change.path == folder)
        {
            change.holds += 1;
        }
    }
    changes.retain(|change| inside(&change.path).is_none());
    changes
}

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    New,
    Gone,
    Changed,
}

/// A path that differs.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    /// In which way.
    pub(crate) how: String,
    /// How many paths below it, which are not listed.
    pub(crate) holds: usize,
}

fn differences(
    before: &Snapshot,
    after: &Snapshot,
    ignored: &[String],
    same: impl Fn(&Entry, &Entry) -> bool,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut say = |kind, path: &String, how| changes.push(Change { kind, path: path.clone(), how, holds: 0 });
    for (path, old) in before.files.iter().filter(|(path, _)| !is_ignored(path, ignored)) {
        match after.files.get(path) {
            None => say(Kind::Gone, path, String::new()),
            Some(new) if !same(old, new) => say(Kind::Changed, path, how(old, new)),
            Some(_) => {}
        }
    }
    for path in after.files.keys().filter(|path| !is_ignored(path, ignored)) {
        if !before.files.contains_key(path) {
            say(Kind::New, path, String::new());
        }
    }
    changes
}

fn how(old: &Entry, new: &Entry) -> String {
    let mut ways = Vec::new();
    if old.mode != new.mode {
        ways.push(format!("mode {:o} became {:o}", old.mode & 0o7777, new.mode & 0o7777));
    }
    if old.owner != new.owner {
        ways.push(format!("owner {}:{} became {}:{}", old.owner.0, old.owner.1, new.owner.0, new.owner.1));
    }
    if old.target != new.target {
        ways.push("leads elsewhere".to_owned());
    }
    match (&old.content, &new.content) {
        (Some(old), Some(new)) if old != new => ways.push(format!("other content\n{}", diff(old, new))),
        _ if old.size != new.size => ways.push(format!("{} bytes became {}", old.size, new.size)),
        _ if old.inode != new.inode => ways.push("replaced by another file".to_owned()),
        _ if ways.is_empty() && old.modified != new.modified => ways.push("written".to_owned()),
        _ if ways.is_empty() => ways.push("touched (its status changed)".to_owned()),
        _ => {}
    }
    ways.join(", ")
}

/// The lines that differ, without those that surround them.
fn diff(old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old).into_owned(), String::from_utf8_lossy(new).into_owned());
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let back = old[front..].iter().rev().zip(new[front..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines.iter().take(12) {
            let _ = writeln!(text, "    {sign} {line}");
        }
        if lines.len() > 12 {
            let _ = writeln!(text, "    {sign} … {} more", lines.len() - 12);
        }
    };
    put('-', &old[front..old.len() - back]);
    put('+', &new[front..new.len() - back]);
    text.trim_end().to_owned()
}

/// The changes for people, a line each.
pub(crate) fn lines(changes: &[Change]) -> String {
    const MOST: usize = 40;
    let mut text = String::new();
    for change in changes.iter().take(MOST) {
        let sign = match change.kind {
            Kind::New => '+',
            Kind::Gone => '-',
            Kind::Changed => '~',
        };
        let _ = write!(text, "{sign} {}", change.path);
        if change.holds > 0 {
            let _ = write!(text, " (and {} in it)", change.holds);
        }
        if !change.how.is_empty() {
            let _ = write!(text, ": {}", change.how);
        }
        text.push('\n');
    }
    if changes.len() > MOST {
        let _ = writeln!(text, "… and {} more", changes.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str) -> Entry {
        Entry {
            mode: 0o100_644,
            owner: (0, 0),
            inode: 1,
            size: content.len() as u64,
            modified: (1, 0),
            changed: (1, 0),
            target: None,
            content: Some(content.as_bytes().to_vec()),
        }
    }

    fn folder() -> Entry {
        Entry { mode: 0o040_755, content: None, size: 0, ..file("") }
    }

    fn of(files: &[(&str, Entry)]) -> Snapshot {
        Snapshot { files: files.iter().map(|(path, entry)| ((*path).to_owned(), entry.clone())).collect() }
    }

    #[test]
    fn a_file_that_was_only_touched_is_found_and_a_living_one_is_not() {
        let old = of(&[
            ("/etc/a", file("x")),
            ("/var/lib/db/1", file("x")),
            ("/var/lib/purvey/agent/journal/1", file("x")),
        ]);
        let later = Entry { changed: (2, 0), ..file("x") };
        let new = of(&[
            ("/etc/a", later.clone()),
            ("/var/lib/db/1", later.clone()),
            ("/var/lib/purvey/agent/journal/1", later),
        ]);
        let found = touched(&old, &new, &["/var/lib/db".to_owned()]);
        assert_eq!(lines(&found), "~ /etc/a: touched (its status changed)\n");
        assert!(touched(&old, &old, &[]).is_empty());
    }

    #[test]
    fn what_an_app_keeps_between_jobs_is_its_own_to_leave_alone() {
        let path = "/var/lib/purvey/agent/installs/0190/marks";
        let new = of(&[(path, Entry { modified: (2, 0), ..file("y") })]);
        assert_eq!(touched(&of(&[(path, file("x"))]), &new, &[]).len(), 1);
    }

    #[test]
    fn a_folder_that_is_left_is_one_line() {
        let old = of(&[("/etc", folder()), ("/etc/motd", file("a\nb\nc\n"))]);
        let new = of(&[
            ("/etc", Entry { modified: (9, 0), ..folder() }),
            ("/etc/app", folder()),
            ("/etc/app/conf", file("x")),
            ("/etc/app/more", folder()),
            ("/etc/app/more/conf", file("x")),
            ("/etc/motd", file("a\nB\nc\n")),
            ("/var/cache/apt/x", file("x")),
            ("/etc/passwd-", file("x")),
        ]);
        let text = lines(&residue(&old, &new, &[]));
        assert_eq!(text, "~ /etc/motd: other content\n    - b\n    + B\n+ /etc/app (and 3 in it)\n");
        assert_eq!(residue(&old, &new, &["/etc/app".to_owned(), "/etc/motd".to_owned()]).len(), 0);
    }
}
