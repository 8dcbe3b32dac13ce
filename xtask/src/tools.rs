//! Tools of fixed versions, installed beside each other in the user's cache folder and never into the checkout.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::host::{self, Install};
use crate::process;

/// A tool that is not in Debian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The program's name.
    pub(crate) name: &'static str,
    version: &'static str,
    from: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Crate,
    Npm(&'static str),
}

/// Looks at licences, sources and forbidden crates.
pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", from: Source::Crate };
/// Finds dependencies that no code names.
pub(crate) const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2", from: Source::Crate };
/// Lints the protos.
pub(crate) const BUF: Tool = Tool { name: "buf", version: "1.75.0", from: Source::Npm("@bufbuild/buf") };

impl Tool {
    /// The installed tool, if there is one.
    pub(crate) fn find(self) -> Option<Command> {
        let path = self.program().ok()?;
        path.is_file().then(|| Command::new(path))
    }

    /// Installs it unless it is there.
    ///
    /// # Errors
    /// What the installer said.
    pub(crate) fn ensure(self) -> Result<Command> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let folder = self.folder()?;
        let mut command = match self.from {
            Source::Crate => {
                let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                cargo.args(["install", "--quiet", "--locked", "--root"]).arg(&folder);
                cargo.arg(format!("{}@{}", self.name, self.version));
                // Used for seconds, so built for minutes less. In a folder of its own: ours would keep its objects.
                cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
                cargo
                    .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                    .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
                cargo.env_remove("CARGO_TARGET_DIR").current_dir(std::env::temp_dir());
                cargo
            }
            Source::Npm(package) => {
                host::ensure(&[host::NPM], Install::WhenRoot)?;
                let mut npm = Command::new("npm");
                npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&folder);
                npm.arg(format!("{package}@{}", self.version));
                npm
            }
        };
        process::run(command.stdin(Stdio::null()).stdout(std::io::stderr()))?;
        self.find().with_context(|| format!("{} is not where its installer should have put it", self.name))
    }

    fn program(self) -> Result<PathBuf> {
        let bin = match self.from {
            Source::Crate => "bin",
            Source::Npm(_) => "node_modules/.bin",
        };
        Ok(self.folder()?.join(bin).join(self.name))
    }

    /// One for each version, so that two checkouts do not fight.
    fn folder(self) -> Result<PathBuf> {
        let cache = match std::env::var_os("XDG_CACHE_HOME").filter(|it| !it.is_empty()) {
            Some(cache) => PathBuf::from(cache),
            None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
        };
        Ok(cache.join("purvey/tools").join(format!("{}-{}", self.name, self.version)))
    }
}
