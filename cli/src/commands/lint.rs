use std::path::PathBuf;

use clap::Args;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lint::print::Report;
use crate::lint::rules::{self, Level};
use crate::lint::{self, shellcheck_is_installed};
use crate::output::{Format, print};

const ABOUT: &str = "\
Finds what would go wrong, before anything runs: problems of the manifest, commands that ask somebody, secrets on command
lines, inputs that become code, what a second run would do twice. Each finding has a code, a place, and what to do;
`--explain PV017` says more. shellcheck is asked as well, where it is installed.

A finding that does not apply is silenced on the line above it, with a reason:

    # purvey-lint: allow PV023 because the file is ours and was just made

Before the first line of a file that is no comment, this holds for the whole file. `--output json` and `--output sarif` are for
programs.";

const EXIT_CODES: &str = "\
Exit codes:
    0  no error was found (there may be warnings, unless they are denied)
    1  an error was found
    2  the command line is wrong, or shellcheck is required and not installed";

/// Look at apps as a reviewer would
#[derive(Args, Debug)]
#[command(long_about = ABOUT, after_help = EXIT_CODES)]
pub(crate) struct Lint {
    /// The apps' folders, each with a `manifest.yml`
    #[arg(required_unless_present = "explain", value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// Treat warnings as errors
    #[arg(long, value_name = "LEVEL", value_parser = ["warnings"])]
    deny: Option<String>,
    /// Fail if shellcheck is not installed
    #[arg(long)]
    require_shellcheck: bool,
    /// Say what a rule is about, or list all rules
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "all", conflicts_with = "folders")]
    explain: Option<String>,
}

pub(crate) fn run(global: &Global, command: Lint) -> Result<(), Failure> {
    let out = global.printer();
    if let Some(code) = &command.explain {
        return print(&explanation(code)?).map_err(Failure::from);
    }
    let with_shellcheck = shellcheck_is_installed();
    if !with_shellcheck {
        let advice = "install it: apt-get install shellcheck";
        if command.require_shellcheck {
            return Err(Failure::usage_with("shellcheck is required and not installed", advice));
        }
        out.note(&format!("shellcheck is not installed, so the scripts were checked without it; {advice}"));
    }
    let mut report =
        Report { findings: Vec::new(), apps: command.folders.len(), shellcheck: with_shellcheck };
    for folder in &command.folders {
        let mut found = lint::folder(folder, with_shellcheck)
            .map_err(|message| Failure::local(anyhow::Error::msg(message)))?;
        if command.deny.is_some() {
            found.iter_mut().for_each(|finding| finding.level = Level::Error);
        }
        report.findings.append(&mut found);
    }
    match out.format {
        Format::Sarif => {
            let document = serde_json::to_string_pretty(&report.to_sarif()).map_err(std::io::Error::other)?;
            print(&document)?;
        }
        _ => out.resource(&report.to_json(), || report.text(out.color))?,
    }
    match report.count(Level::Error) {
        0 => Ok(()),
        count => Err(Failure::Findings(count)),
    }
}

fn explanation(code: &str) -> Result<String, Failure> {
    if code == "all" {
        let lines = rules::ALL.iter().map(|rule| {
            let what = rule.what;
            format!("{} {:7} {:24} {what}", rule.code, rule.level.as_str(), rule.name)
        });
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    }
    let rule = rules::of(code).ok_or_else(|| {
        Failure::usage_with(format!("there is no rule `{code}`"), "list them: purvey lint --explain")
    })?;
    Ok(rule.explained())
}
