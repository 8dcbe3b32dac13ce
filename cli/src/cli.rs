//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    app, bundle, context, install, job, key, lab, lint, login, new, publisher, receipt, server, shell,
};
use crate::demo::Demo;
use crate::failure::Failure;
use crate::output::{Format, Printer};
use crate::session::Session;
use crate::up::Up;

/// What `--help` and `docs/reference/cli.md` say about the end of a command.
const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  failed, for a reason that has no code of its own
    2  the command line is wrong
    3  the job that was followed ended, and not with success
    4  not found
    5  not signed in, or not allowed
    6  an input is not valid (each is named)
    7  the control plane cannot be reached, or asks to come back later
  130  interrupted with Ctrl-C (a job that was followed goes on)";

/// Installs apps on a fleet of servers, without SSH and without open ports.
#[derive(Debug, Parser)]
#[command(name = "purvey", version, about, after_help = EXIT_CODES, propagate_version = false)]
#[command(arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How to print results
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// The context to use instead of the current one (`purvey context list`)
    #[arg(long, global = true, value_name = "NAME", env = "PURVEY_CONTEXT", hide_env_values = true)]
    pub(crate) context: Option<String>,
    /// The control plane's URL, such as `https://purvey.example:5000`
    #[arg(long, global = true, value_name = "URL", env = "PURVEY_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// A file with the token (`-`: standard input); without it `PURVEY_TOKEN`, then the context's token
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// A PEM file with the CAs to trust instead of the system's
    #[arg(long, global = true, value_name = "FILE", env = "PURVEY_CA", hide_env_values = true)]
    pub(crate) ca: Option<PathBuf>,
    /// The project to work in; without it the context's, then `default`
    #[arg(long, global = true, value_name = "ID", env = "PURVEY_PROJECT", hide_env_values = true)]
    pub(crate) project: Option<String>,
    /// Print results only: no notes, no progress
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

impl Global {
    pub(crate) fn printer(&self) -> Printer {
        Printer::new(self.output, self.quiet)
    }

    /// The client of the context that was asked for. Sends nothing.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        Session::open(self)
    }
}

/// The commands, in the order of `--help`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Up(Up),
    /// Sign in to a control plane and remember it
    Login(login::Login),
    /// Say who is signed in and what they may do
    Whoami,
    /// Choose between control planes that are signed in to
    #[command(subcommand)]
    Context(context::Context),
    /// Look into the catalogue
    #[command(subcommand)]
    App(app::App),
    /// See and enrol servers
    #[command(subcommand)]
    Server(server::Server),
    /// Say what should be installed where
    #[command(subcommand)]
    Install(install::Install),
    /// Follow and steer the work that installs cause
    #[command(subcommand)]
    Job(job::Job),
    /// Check receipts without the control plane
    #[command(subcommand)]
    Receipt(receipt::Receipt),
    /// Pack, look into and publish bundles
    #[command(subcommand)]
    Bundle(bundle::Bundle),
    /// Keep a publisher's keys, and sign apps so that servers run them
    #[command(subcommand)]
    Publisher(publisher::Publisher),
    New(new::New),
    Lint(lint::Lint),
    /// Prove apps on throw-away servers
    #[command(subcommand)]
    Lab(lab::Lab),
    /// Make and revoke API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Print a completion script for a shell
    Completions(shell::Completions),
    /// Write man pages
    Man(shell::Man),
    /// Print the version
    Version,
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// `INSTA_UPDATE=always` takes a changed help over, as with the other golden files.
    #[test]
    fn the_reference_is_what_help_says() {
        let mut root = Cli::command().term_width(100);
        root.build();
        let mut text =
            "# The command line\n\nWhat `purvey` and each of its commands say with `--help`. The global options are in all of them, and said once.\n".to_owned();
        describe(&root, "purvey", &mut text);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cli.md");
        if crate::config::environment("INSTA_UPDATE").as_deref() == Some("always") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "docs/reference/cli.md is not what --help says; run again with INSTA_UPDATE=always"
        );
    }

    fn describe(command: &clap::Command, name: &str, text: &mut String) {
        let is_root = name == "purvey";
        // What every command takes is said once.
        let shown = command.clone().mut_args(|arg| {
            let hidden = arg.is_global_set() && !is_root;
            arg.hide(hidden)
        });
        let help = shown.term_width(100).render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()).unwrap();
        for inner in command.get_subcommands() {
            describe(inner, &format!("{name} {}", inner.get_name()), text);
        }
    }
}
