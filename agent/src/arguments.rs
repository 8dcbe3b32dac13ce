//! What the command line says. Read by hand: a few commands with few options do not need a library that would be a
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
  renew    Renews this host's certificate now
           --rotate-key               with a new TLS key
  doctor   Checks everything that can be checked on this host, and exits with 1 if jobs cannot run
  policy check [FILE]
           Says what /etc/purvey/policy.toml, or FILE, means in words, or all that is wrong with it (exit code 1)
  explain [JOB]
           Tells step by step why a job ran or was refused; without JOB, what was decided last

Options:
  --output table|json
               How doctor, policy check and explain show what they found
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
    /// Renew the certificate, with a new key or the present one.
    Renew(bool),
    /// Check the host.
    Doctor(Output),
    /// Check the host's policy, or any file as if it were.
    PolicyCheck(Option<PathBuf>, Output),
    /// Tell why a job ran or was refused, or what was decided last.
    Explain(Option<String>, Output),
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
    rotates_key: bool,
    words: Vec<OsString>,
}

/// The most words that a command has.
const MAX_WORDS: usize = 3;

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
            "--rotate-key" if value.is_none() => {
                options.rotates_key = true;
                continue;
            }
            "--control-plane" => &mut options.control_plane,
            "--token" => &mut options.token,
            "--token-file" => &mut options.token_file,
            "--output" => &mut options.output,
            name if !name.starts_with('-') && options.words.len() < MAX_WORDS => {
                options.words.push(argument);
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
        let mut words = self.words.into_iter();
        let name = words.next().unwrap_or_default();
        let name = name.to_string_lossy();
        let name: &str = &name;
        let output = match self.output.as_ref().map(|output| output.to_str()) {
            None | Some(Some("table")) => Output::Table,
            Some(Some("json")) => Output::Json,
            _ => return misuse("--output is `table` or `json`"),
        };
        let enrolls = self.control_plane.is_some() || self.token.is_some() || self.token_file.is_some();
        if enrolls && name != "enroll" {
            return misuse("--control-plane, --token and --token-file belong to `agent enroll`");
        }
        if self.rotates_key && name != "renew" {
            return misuse("--rotate-key belongs to `agent renew`");
        }
        if self.output.is_some() && !["doctor", "policy", "explain"].contains(&name) {
            return misuse("--output belongs to `agent doctor`, `agent policy check` and `agent explain`");
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
            "renew" => Command::Renew(self.rotates_key),
            "doctor" => Command::Doctor(output),
            "policy" => match words.next() {
                Some(word) if word == "check" => {
                    Command::PolicyCheck(words.next().map(PathBuf::from), output)
                }
                _ => return misuse("`agent policy check [FILE]` is all that can be done with the policy"),
            },
            "explain" => Command::Explain(words.next().map(|job| job.to_string_lossy().into_owned()), output),
            stage::COMMAND => Command::SandboxExec,
            "" => return misuse("what shall be done?"),
            other => return Err(Misuse(format!("`{other}` is no command"))),
        };
        match words.next() {
            None => Ok(Arguments { root: self.root, command }),
            Some(word) => Err(Misuse(format!("`{}` is not understood", word.to_string_lossy()))),
        }
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
        let commanded = |text| read_all(text).unwrap().command;
        assert_eq!(commanded("policy check"), Command::PolicyCheck(None, Output::Table));
        let file = Some(PathBuf::from("/x.toml"));
        assert_eq!(commanded("policy check /x.toml --output=json"), Command::PolicyCheck(file, Output::Json));
        assert_eq!(commanded("renew"), Command::Renew(false));
        assert_eq!(commanded("renew --rotate-key"), Command::Renew(true));
        assert_eq!(commanded("explain"), Command::Explain(None, Output::Table));
        assert_eq!(commanded("explain 0198"), Command::Explain(Some("0198".to_owned()), Output::Table));
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
            "policy",
            "policy show",
            "run --rotate-key",
            "renew --rotate-key=yes",
            "policy check a b",
            "explain a b",
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
