//! The control plane: reads its configuration, builds the parts, runs them, drains.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use control_plane::app::{self, Role};
use control_plane::config::{Config, ConfigError, Log, reference};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Purvey's control plane.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The configuration file [default: /etc/purvey/control-plane.toml, if there is one]
    #[arg(long, global = true, env = "PURVEY_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs it until SIGTERM or SIGINT.
    Run {
        /// What this replica does: api, agents, reconcile, registry [default: all]
        #[arg(long, value_delimiter = ',')]
        roles: Vec<Role>,
    },
    /// Brings the database up to this version.
    Migrate,
    /// Looks at configurations.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Reads the configuration and says what is wrong with it.
    Check,
    /// Prints a file with every setting, explained.
    PrintDefault,
}

fn main() -> ExitCode {
    app::crypto_provider();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("control-plane: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let load = || -> Result<Config, ConfigError> { Config::load(cli.config.as_deref(), std::env::vars()) };
    match cli.command {
        Command::Config(ConfigCommand::PrintDefault) => print(&reference::default_file()),
        Command::Config(ConfigCommand::Check) => {
            let config = load()?;
            for variable in &config.unknown_variables {
                say(&format!("warning: the environment variable {variable} is no setting"));
            }
            print("the configuration is good\n")
        }
        Command::Migrate => {
            let config = load()?;
            log(&config.log)?;
            app::process::migrate(&config)
        }
        Command::Run { roles } => {
            let config = load()?;
            log(&config.log)?;
            for variable in &config.unknown_variables {
                tracing::warn!(variable, "this environment variable is no setting");
            }
            app::process::serve(&config, roles.into())
        }
    }
}

fn log(config: &Log) -> anyhow::Result<()> {
    let filter: Targets = config
        .level
        .parse()
        .map_err(|error| anyhow::anyhow!("log.level: `{}` is no filter: {error}", config.level))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if config.json {
        registry.with(lines.json().flatten_event(true)).init();
    } else {
        registry.with(lines.with_ansi(false)).init();
    }
    Ok(())
}

/// To standard error, where a person reads it.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
