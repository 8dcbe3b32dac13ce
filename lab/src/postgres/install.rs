//! Finds the host's PostgreSQL binaries and the user to run them as.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::PostgresError;

/// The oldest major version that the product supports.
const OLDEST: u32 = 15;

/// A folder with `initdb`, `postgres` and `psql`.
#[derive(Clone, Debug)]
pub(super) struct Install {
    bin: PathBuf,
    major: u32,
}

impl Install {
    /// The newest one for a new cluster, or the one that made an existing cluster.
    pub(super) fn find(data_dir: &Path) -> Result<Self, PostgresError> {
        let mut all: Vec<Self> = candidates().into_iter().filter_map(Self::at).collect();
        all.sort_by_key(|it| it.major);
        let installed: Vec<u32> = all.iter().map(|it| it.major).collect();
        if let Ok(version) = std::fs::read_to_string(data_dir.join("PG_VERSION")) {
            let found = version.trim().to_owned();
            let same = all.into_iter().find(|it| it.major.to_string() == found);
            return same.ok_or(PostgresError::Version { path: data_dir.to_owned(), found, installed });
        }
        let newest = all.pop();
        let too_old = newest.as_ref().map(|it| format!("{} in {}", it.major, it.bin.display()));
        newest.filter(|it| it.major >= OLDEST).ok_or(PostgresError::NotInstalled { found: too_old })
    }

    fn at(bin: PathBuf) -> Option<Self> {
        if !["initdb", "postgres", "psql"].iter().all(|it| bin.join(it).is_file()) {
            return None;
        }
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text.split_whitespace().find(|it| it.starts_with(|it: char| it.is_ascii_digit()))?;
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        Some(Self { bin, major: digits.parse().ok()? })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|it| it.path().join("bin")).collect();
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found
}

/// Who the server runs as; nobody in particular when we are not root ourselves.
#[derive(Clone, Debug)]
pub(super) struct RunAs(Option<User>);

#[derive(Clone, Debug)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

impl RunAs {
    /// The owner of an existing data folder, else the user `postgres`, when we are root.
    pub(super) fn choose(data_dir: &Path) -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let owner = std::fs::metadata(data_dir.join("PG_VERSION")).ok().filter(|it| it.uid() != 0);
        if let Some(owner) = owner {
            let user = User { name: owner.uid().to_string(), uid: owner.uid(), gid: owner.gid() };
            return Ok(Self(Some(user)));
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields[..] {
                ["postgres", _, uid, gid, ..] => {
                    Some(User { name: "postgres".to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? })
                }
                _ => None,
            }
        });
        user.map(|it| Self(Some(it))).ok_or(PostgresError::NoUser)
    }

    /// The name of the user, or of ourselves.
    pub(super) fn name(&self) -> &str {
        self.0.as_ref().map_or("that runs this program", |it| &it.name)
    }

    /// Makes a folder or file theirs.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        match &self.0 {
            Some(user) => std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    }

    /// The command line that runs `program` as that user. With `ends_with_parent` the kernel sends it SIGINT when its
    /// parent dies.
    pub(super) fn argv(
        &self,
        ends_with_parent: bool,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = OsString>,
    ) -> Vec<OsString> {
        let mut argv: Vec<OsString> = vec!["setpriv".into()];
        if let Some(user) = &self.0 {
            argv.push(format!("--reuid={}", user.uid).into());
            argv.push(format!("--regid={}", user.gid).into());
            argv.push("--clear-groups".into());
        }
        if ends_with_parent {
            argv.push("--pdeathsig=INT".into());
        }
        if argv.len() == 1 {
            argv.clear();
        }
        argv.push(program.as_ref().to_owned());
        argv.extend(args);
        argv
    }
}
