//! `purvey`: the command line of Purvey, a client of its public API like any other.
#![allow(
    clippy::disallowed_methods,
    reason = "a command line lives in the present, in one person's environment"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks through its standard streams"
)]

mod cli;
mod commands;
mod config;
mod demo;
mod failure;
mod follow;
mod inputs;
mod lab_test;
mod lint;
mod local;
mod output;
mod prompt;
mod publisher;
mod receipt;
mod scaffold;
mod session;
mod up;
mod words;
mod yaml;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::output::Format;

fn main() -> ExitCode {
    start_logging();
    // Fails only if a provider is installed already, and then there is one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    let out = cli.global.printer();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return out.failure(&Failure::from(error)),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => out.failure(&failure),
    }
}

async fn run(Cli { global, command }: Cli) -> Result<(), Failure> {
    if global.output == Format::Sarif && !matches!(command, Command::Lint(_)) {
        return Err(Failure::usage("only `purvey lint` writes SARIF"));
    }
    match command {
        Command::Demo(demo) => Box::pin(demo::run(&global, demo)).await,
        Command::Up(up) => Box::pin(up::run(&global, up)).await,
        Command::Login(login) => commands::login::run(&global, login).await,
        Command::Whoami => commands::whoami::run(&global.session()?).await,
        Command::Context(context) => commands::context::run(&global, context),
        Command::App(app) => commands::app::run(&global.session()?, app).await,
        Command::Server(server) => commands::server::run(&global.session()?, server).await,
        Command::Install(install) => commands::install::run(&global.session()?, install).await,
        Command::Job(job) => commands::job::run(&global.session()?, job).await,
        Command::Receipt(receipt) => commands::receipt::run(&global, receipt),
        Command::Bundle(bundle) => commands::bundle::run(&global, bundle).await,
        Command::Publisher(publisher) => commands::publisher::run(&global, publisher).await,
        Command::New(new) => commands::new::run(&global, new),
        Command::Lint(lint) => commands::lint::run(&global, lint),
        Command::Lab(lab) => Box::pin(commands::lab::run(&global, lab)).await,
        Command::Key(key) => commands::key::run(&global.session()?, key).await,
        Command::Completions(completions) => commands::shell::completions(completions),
        Command::Man(man) => commands::shell::man(man),
        Command::Version => commands::shell::version(&global),
    }
}

/// Diagnostics of the libraries, to stderr; silent unless `PURVEY_LOG` asks (`PURVEY_LOG=purvey_sdk=debug`).
fn start_logging() {
    let filter: Targets =
        config::environment("PURVEY_LOG").and_then(|filter| filter.parse().ok()).unwrap_or_default();
    tracing_subscriber::registry()
        .with(filter)
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .init();
}
