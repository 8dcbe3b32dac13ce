//! The command line.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use purvey_contract::identity::JoinToken;
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;
use zeroize::Zeroizing;

use crate::ambient::{Clock, Host};
use crate::arguments::{self, Arguments, Command, Enroll, Output, TokenSource};
use crate::attempts::{self, Agent};
use crate::config::{self, Config};
use crate::doctor;
use crate::enroll::{self, Enrolled};
use crate::exec::stage;
use crate::explain;
use crate::files;
use crate::notify;
use crate::own_log;
use crate::paths::Paths;
use crate::renewing;
use crate::replacement::Program;
use crate::session::{self, Ended, Shutdown};

/// The exit code of a command line that is not understood.
const MISUSE: u8 = 2;
/// How long to wait before looking again whether the disk can be written.
const DISK_PAUSE: Duration = Duration::from_secs(5);

/// Runs the command line.
pub fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(misuse) => {
            let _ = writeln!(std::io::stderr(), "agent: {misuse}");
            return ExitCode::from(MISUSE);
        }
    };
    let done = match arguments.command {
        Command::SandboxExec => return ExitCode::from(stage::run()),
        Command::Help => std::io::stdout().write_all(arguments::HELP.as_bytes()).map_err(anyhow::Error::from),
        Command::Version => {
            writeln!(std::io::stdout(), "agent {}", env!("CARGO_PKG_VERSION")).map_err(anyhow::Error::from)
        }
        _ => return finish(run(arguments)),
    };
    finish(done.map(|()| ExitCode::SUCCESS))
}

fn finish(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr(), "agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    keep_memory_private();
    let paths = Paths::chosen(arguments.root, rustix::process::geteuid().is_root())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.command {
        Command::Enroll(asked) => {
            log_to_stderr(LevelFilter::WARN);
            runtime.block_on(enroll(&paths, asked))
        }
        Command::Run => {
            let config = Config::load(&paths.config_file())?;
            log_to_stderr(config.log_level.into());
            runtime.block_on(serve(paths, config))
        }
        Command::Doctor(output) => {
            log_to_stderr(LevelFilter::OFF);
            let report = runtime.block_on(doctor::examine(&paths));
            let text = match output {
                Output::Table => report.to_table(),
                Output::Json => report.to_json(),
            };
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Renew(rotates_key) => {
            log_to_stderr(LevelFilter::WARN);
            let chain = runtime.block_on(renewing::now(&paths, rotates_key))?;
            writeln!(std::io::stdout(), "the certificate is renewed, until {}", chain.not_after())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::PolicyCheck(file, output) => {
            let (text, good) = explain::policy(&paths, file.as_deref(), output);
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Explain(job, output) => {
            let (text, known) = explain::job(&paths, job.as_deref(), output)?;
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(if known { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        // Handled before anything was set up.
        Command::SandboxExec | Command::Help | Command::Version => Ok(ExitCode::FAILURE),
    }
}

/// Keys and inputs must not get into core files, nor be read by other processes of the same user.
fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(Resource::Core, none);
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

fn log_to_stderr(level: LevelFilter) {
    let clock: Arc<dyn Clock> = Arc::new(Host);
    own_log::begin(level, (!config::writes_to_the_system_journal()).then_some(clock));
}

async fn enroll(paths: &Paths, asked: Enroll) -> anyhow::Result<ExitCode> {
    let token = read_token(&asked.token)?;
    let token: JoinToken = token.parse()?;
    let enrolled = enroll::enroll(paths, &asked.control_plane, &token, &Host, &Host).await?;
    let (named, how) = match &enrolled {
        Enrolled::Now(named) => (named, "is enrolled"),
        Enrolled::Already(named) => (named, "was enrolled already; nothing was changed"),
    };
    writeln!(
        std::io::stdout(),
        "server `{}` of the project `{}` {how} (uid {}, incarnation {})",
        named.name,
        named.project,
        named.server,
        named.incarnation
    )?;
    Ok(ExitCode::SUCCESS)
}

fn read_token(source: &TokenSource) -> anyhow::Result<Zeroizing<String>> {
    match source {
        TokenSource::Given(token) => Ok(token.clone()),
        TokenSource::Input => {
            let mut token = Zeroizing::new(String::new());
            std::io::stdin().read_line(&mut token).context("reading the token from standard input")?;
            Ok(token)
        }
        TokenSource::File(file) => {
            let bytes = files::read_bounded(file, 4096).with_context(|| file.display().to_string())?;
            Ok(Zeroizing::new(String::from_utf8_lossy(&Zeroizing::new(bytes)).into_owned()))
        }
        TokenSource::Environment => config::join_token()
            .with_context(|| format!("no join token: give --token-file or set ${}", config::TOKEN_VARIABLE)),
    }
}

async fn serve(paths: Paths, config: Config) -> anyhow::Result<ExitCode> {
    let (mut agent, _lock) = open(paths, config).await?;
    agent.program = Program::own();
    let shutdown = Shutdown::default();
    let asked = shutdown.clone();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hangup = signal(SignalKind::hangup())?;
    agent.look_at_policy();
    notify::ready();
    let signals = async {
        for token in [&asked.soft, &asked.hard] {
            loop {
                tokio::select! {
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    _ = hangup.recv() => asked.reload.notify_one(),
                }
            }
            token.cancel();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = session::run(agent, shutdown) => match ended {
            Ended::Asked => Ok(ExitCode::SUCCESS),
            Ended::Replaced(program) => Err(program.become_it().into()),
        },
        () = signals => Ok(ExitCode::SUCCESS),
    }
}

/// Takes the host in use. A disk that is full or read-only is waited for: somebody will mend it, and should find the agent.
async fn open(paths: Paths, config: Config) -> anyhow::Result<(Agent, std::fs::File)> {
    let mut is_said = false;
    loop {
        let open = async {
            files::make_folder(&paths.state(), 0o711)?;
            let lock = renewing::lock(&paths)?;
            let host = attempts::Host {
                paths: paths.clone(),
                config: config.clone(),
                clock: Arc::new(Host),
                random: Arc::new(Host),
                program: PathBuf::from("/proc/self/exe"),
                // The unit says `Delegate=yes`.
                is_delegated: config::is_a_service() && rustix::process::geteuid().is_root(),
            };
            anyhow::Ok((Agent::open(host).await?, lock))
        };
        match open.await {
            Err(error) if is_about_room(&error) => {
                if !std::mem::replace(&mut is_said, true) {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the disk cannot be written; waiting until it can"
                    );
                }
                notify::ready();
                notify::status(&format!("waiting for a disk that can be written: {error:#}"));
                tokio::time::sleep(DISK_PAUSE).await;
                notify::alive();
            }
            other => return other,
        }
    }
}

fn is_about_room(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    kinds.map(std::io::Error::kind).any(|it| matches!(it, ReadOnlyFilesystem | StorageFull | QuotaExceeded))
}
