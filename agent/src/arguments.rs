//! What the command line says. Read by hand: three commands with five options do not need a library that would be a
//! twentieth of the program.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::config::HostPort;
use crate::exec::stage;

/// What `--help` shows.
pub const HELP: &str = "\
Purvey's agent: pulls signed jobs for this server and runs them.

Usage: agent [--root DIR] <command>

Commands:
  enroll   Makes this host a server of a fleet
           --control-plane HOST:PORT  where the control plane listens for agents
           --token-file FILE          the join token; `-` for standard input; otherwise $PURVEY_JOIN_TOKEN
           --token TOKEN              the same; other users can see it in the list of processes
  run      Serves until it is asked to end
  doctor   Checks everything that can be checked on this host, and exits with 1 if jobs cannot run
           --output table|json        how the findings are shown

Options:
  --root DIR   A folder that stands for `/`, to try the agent out as an ordinary user
  --help       Shows this
  --version    Shows the version
";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// A folder that stands for `/`.
    pub root: Option<PathBuf>,
    /// What to do.
    pub command: Command,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Make this host a server.
    Enroll(Enroll),
    /// Serve.
    Run,
    /// Check the host.
    Doctor(Output),
    /// Become a script.
    SandboxExec,
    /// Show the help.
    Help,
    /// Show the version.
    Version,
}

/// How to make this host a server.
#[derive(PartialEq, Eq)]
pub struct Enroll {
    /// Where the control plane listens for agents.
    pub control_plane: HostPort,
    /// Where the join token is.
    pub token: TokenSource,
}

impl std::fmt::Debug for Enroll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enroll({})", self.control_plane)
    }
}

/// Where the join token is.
#[derive(PartialEq, Eq)]
pub enum TokenSource {
    /// On the command line.
    Given(Zeroizing<String>),
    /// In a file.
    File(PathBuf),
    /// On standard input.
    Input,
    /// In the environment.
    Environment,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// The command line is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}\nTry `agent --help`.")]
pub struct Misuse(String);

#[derive(Default)]
struct Options {
    root: Option<PathBuf>,
    control_plane: Option<OsString>,
    token: Option<OsString>,
    token_file: Option<OsString>,
    output: Option<OsString>,
    command: Option<String>,
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// What is not understood.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Misuse> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy().into_owned();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (text.as_str(), None),
        };
        let slot = match name {
            "--help" | "-h" => return Ok(Arguments { root: None, command: Command::Help }),
            "--version" | "-V" => return Ok(Arguments { root: None, command: Command::Version }),
            "--root" => {
                options.root = Some(argument_of(name, value, &mut arguments)?.into());
                continue;
            }
            "--control-plane" => &mut options.control_plane,
            "--token" => &mut options.token,
            "--token-file" => &mut options.token_file,
            "--output" => &mut options.output,
            name if !name.starts_with('-') && options.command.is_none() => {
                options.command = Some(name.to_owned());
                continue;
            }
            name => return Err(Misuse(format!("`{name}` is not understood"))),
        };
        *slot = Some(argument_of(name, value, &mut arguments)?);
    }
    options.judge()
}

fn argument_of(
    name: &str,
    value: Option<OsString>,
    rest: &mut impl Iterator<Item = OsString>,
) -> Result<OsString, Misuse> {
    value.or_else(|| rest.next()).ok_or_else(|| Misuse(format!("{name} needs a value")))
}

impl Options {
    fn judge(self) -> Result<Arguments, Misuse> {
        let misuse = |why: &str| Err(Misuse(why.to_owned()));
        let name = self.command.as_deref().unwrap_or_default();
        let enrolls = self.control_plane.is_some() || self.token.is_some() || self.token_file.is_some();
        if enrolls && name != "enroll" {
            return misuse("--control-plane, --token and --token-file belong to `agent enroll`");
        }
        if self.output.is_some() && name != "doctor" {
            return misuse("--output belongs to `agent doctor`");
        }
        let command = match name {
            "enroll" => Command::Enroll(Enroll {
                control_plane: match &self.control_plane {
                    Some(address) => {
                        address.to_string_lossy().parse().map_err(|error| Misuse(format!("{error}")))?
                    }
                    None => return misuse("--control-plane HOST:PORT is needed"),
                },
                token: match (self.token, self.token_file) {
                    (Some(_), Some(_)) => return misuse("--token or --token-file, not both"),
                    (Some(token), None) => TokenSource::Given(token.to_string_lossy().into_owned().into()),
                    (None, Some(file)) if file == "-" => TokenSource::Input,
                    (None, Some(file)) => TokenSource::File(file.into()),
                    (None, None) => TokenSource::Environment,
                },
            }),
            "run" => Command::Run,
            "doctor" => Command::Doctor(match self.output.as_ref().and_then(|output| output.to_str()) {
                None if self.output.is_none() => Output::Table,
                Some("table") => Output::Table,
                Some("json") => Output::Json,
                _ => return misuse("--output is `table` or `json`"),
            }),
            stage::COMMAND => Command::SandboxExec,
            "" => return misuse("what shall be done?"),
            other => return Err(Misuse(format!("`{other}` is no command"))),
        };
        Ok(Arguments { root: self.root, command })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<Arguments, Misuse> {
        read(text.split_whitespace().map(OsString::from))
    }

    #[test]
    fn commands_and_options_are_read_in_any_order() {
        let run = Arguments { root: Some("/x".into()), command: Command::Run };
        for text in ["--root /x run", "run --root /x", "run --root=/x"] {
            assert_eq!(read_all(text).as_ref(), Ok(&run));
        }
        let enroll = |token| {
            let control_plane = "cp:5443".parse().unwrap();
            Ok(Arguments { root: None, command: Command::Enroll(Enroll { control_plane, token }) })
        };
        let given = TokenSource::Given(Zeroizing::new("pvj.x=".to_owned()));
        assert_eq!(read_all("enroll --control-plane cp:5443"), enroll(TokenSource::Environment));
        assert_eq!(read_all("enroll --token=pvj.x= --control-plane=cp:5443"), enroll(given));
        assert_eq!(read_all("enroll --token-file - --control-plane cp:5443"), enroll(TokenSource::Input));
        let doctor = |output| Ok(Arguments { root: None, command: Command::Doctor(output) });
        assert_eq!(read_all("doctor"), doctor(Output::Table));
        assert_eq!(read_all("doctor --output json"), doctor(Output::Json));
        assert_eq!(read_all("enroll --help").unwrap().command, Command::Help);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for bad in [
            "",
            "fly",
            "run run",
            "--frobnicate",
            "run --output json",
            "doctor --output yaml",
            "doctor --output",
            "enroll",
            "enroll --control-plane nowhere",
            "enroll --control-plane cp:1 --token a --token-file b",
            "doctor --token x",
        ] {
            assert!(read_all(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_does_not_show_in_debug() {
        let read = read_all("enroll --token secret --control-plane cp:5443").unwrap();
        assert!(!format!("{read:?}").contains("secret"));
    }
}
