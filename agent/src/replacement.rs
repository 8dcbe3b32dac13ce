//! Taking over from oneself: a package has put another program in the place of this one.
//!
//! Nothing restarts an agent during a job, least of all a job that upgrades the agent. When nothing runs any more it becomes
//! the new program in place, as the same process: its journal and spool hold all that counts.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program that this process was started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    file: (u64, u64),
    /// One that does not run: said once.
    rejected: Option<(u64, u64)>,
}

impl Program {
    /// This process's; none if it cannot be told.
    pub fn own() -> Option<Self> {
        let path = std::env::current_exe().ok()?;
        let metadata = fs::metadata("/proc/self/exe").ok()?;
        Some(Self { path, file: (metadata.dev(), metadata.ino()), rejected: None })
    }

    /// Whether another program is in its place, one that this host can run.
    pub fn is_replaced(&mut self) -> bool {
        let Ok(metadata) = fs::metadata(&self.path) else { return false };
        let found = (metadata.dev(), metadata.ino());
        if found == self.file || Some(found) == self.rejected {
            return false;
        }
        let runs = Command::new(&self.path)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let is_good = metadata.is_file() && runs.is_ok_and(|status| status.success());
        if !is_good {
            self.rejected = Some(found);
            tracing::error!(program = %self.path.display(), "the agent's program was replaced by one that does not run");
        }
        is_good
    }

    /// Becomes the program that is there now. Returns only if that failed.
    pub fn become_it(&self) -> io::Error {
        Command::new(&self.path).args(std::env::args_os().skip(1)).exec()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_is_replaced_by_another_file_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent");
        let put = |text: &str| {
            let new = folder.path().join("new");
            fs::write(&new, text).unwrap();
            fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
            fs::rename(&new, &path).unwrap();
        };
        put("#!/bin/sh\n");
        let metadata = fs::metadata(&path).unwrap();
        // The file is kept, so that its number is not given to another.
        let _kept = fs::File::open(&path).unwrap();
        let file = (metadata.dev(), metadata.ino());
        let mut program = Program { path: path.clone(), file, rejected: None };
        assert!(!program.is_replaced());
        put("#!/bin/sh\nexit 1\n");
        assert!(!program.is_replaced(), "it does not run");
        put("#!/bin/sh\nexit 0\n");
        assert!(program.is_replaced());
        fs::remove_file(&path).unwrap();
        assert!(!program.is_replaced(), "there is none");
    }
}
