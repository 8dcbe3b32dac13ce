//! The command line: a command, flags in any order, and after `--` what goes to another program as it is.

use std::ffi::OsString;

use anyhow::{Result, bail};

/// What is left to read of a command line.
#[derive(Debug)]
pub(crate) struct Args {
    all: Vec<OsString>,
    own: Vec<OsString>,
    rest: Vec<OsString>,
}

impl Args {
    pub(crate) fn from_env() -> Self {
        Self::new(std::env::args_os().skip(1).collect())
    }

    fn new(all: Vec<OsString>) -> Self {
        let mut own = all.clone();
        let rest = match own.iter().position(|it| it == "--") {
            Some(at) => own.split_off(at).split_off(1),
            None => Vec::new(),
        };
        Self { all, own, rest }
    }

    /// The command; `help` if there is none.
    pub(crate) fn command(&mut self) -> String {
        if self.own.is_empty() {
            return "help".to_owned();
        }
        self.own.remove(0).to_string_lossy().into_owned()
    }

    /// Whether the flag is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.own.len();
        self.own.retain(|it| it != name);
        self.own.len() < before
    }

    /// What follows `--`.
    pub(crate) fn rest(&mut self) -> Vec<OsString> {
        std::mem::take(&mut self.rest)
    }

    /// All that follows the command, for a program that reads its own flags.
    pub(crate) fn remainder(self) -> Vec<OsString> {
        self.own.into_iter().chain(self.rest).collect()
    }

    /// The whole command line, for another run of ourselves.
    pub(crate) fn all(&self) -> &[OsString] {
        &self.all
    }

    /// # Errors
    /// An argument that nobody has read.
    pub(crate) fn finish(self) -> Result<()> {
        match self.own.iter().chain(&self.rest).next() {
            Some(unknown) => bail!("unknown argument {unknown:?}; see cargo xtask help"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Args {
        Args::new(text.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn what_follows_two_dashes_is_not_read_as_flags() {
        let mut args = args("test --no-lab -- --no-lab lease");
        assert_eq!(args.command(), "test");
        assert!(args.flag("--no-lab"));
        assert_eq!(args.rest(), ["--no-lab", "lease"]);
        assert!(args.finish().is_ok());
    }

    #[test]
    fn an_argument_that_nobody_reads_is_an_error() {
        let mut args = args("tidy --chekc");
        args.command();
        assert!(args.finish().unwrap_err().to_string().contains("--chekc"));
    }
}
