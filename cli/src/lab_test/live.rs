//! What is shown while the runs go on: a line for each scenario as it ends, and on a terminal what each server does.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use purvey_lab::Server;

use super::results::Outcome;
use super::scenario::Scenario;
use crate::output::{Printer, escape};

/// Shows how far the runs are, on standard error.
#[derive(Debug)]
pub(crate) struct Live {
    quiet: bool,
    color: bool,
    bars: Option<MultiProgress>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: BTreeMap<(String, String), ProgressBar>,
    kept: Vec<(String, Option<u32>)>,
}

impl Live {
    pub(crate) fn new(out: Printer) -> Self {
        let terminal = !out.quiet && std::io::stderr().is_terminal();
        let color = terminal && crate::config::environment("NO_COLOR").is_none();
        let bars = terminal.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { quiet: out.quiet, color, bars, state: Mutex::default() }
    }

    /// Something that takes a while, or that is good to know.
    pub(crate) fn note(&self, text: &str) {
        self.line(&format!("… {}", escape(text)));
    }

    /// A run begins.
    pub(crate) fn begin(&self, app: &str, run: &str, about: &str) {
        let Some(bars) = &self.bars else { return };
        let bar = bars.add(ProgressBar::new_spinner());
        if let Ok(style) =
            ProgressStyle::with_template("{spinner:.cyan} {prefix:24.dim} {wide_msg} {elapsed:.dim}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{app} {run}"));
        bar.set_message(if about.is_empty() {
            "boots a server".to_owned()
        } else {
            escape(about).into_owned()
        });
        bar.enable_steady_tick(Duration::from_millis(120));
        self.state().running.insert((app.to_owned(), run.to_owned()), bar);
    }

    /// What a run does now.
    pub(crate) fn doing(&self, app: &str, run: &str, what: &str) {
        if let Some(bar) = self.state().running.get(&(app.to_owned(), run.to_owned())) {
            bar.set_message(escape(what).into_owned());
        }
    }

    /// A scenario has ended.
    pub(crate) fn done(&self, app: &str, run: &str, scenario: Scenario, outcome: &Outcome) {
        let (mark, seconds, more) = match outcome {
            Outcome::Passed { seconds, .. } => (self.paint("32", "✓"), *seconds, String::new()),
            Outcome::Failed { seconds, findings } => {
                let first = findings.first().map(|finding| finding.what.as_str()).unwrap_or_default();
                let first = first.lines().next().unwrap_or_default();
                (self.paint("1;31", "✗"), *seconds, self.paint("31", &format!("  {}", escape(first))))
            }
            _ => return,
        };
        let place = format!("{app} {run}");
        let time = self.paint("2", &format!("{seconds:6.1} s"));
        self.line(&format!("{mark} {place:24} {:12} {time}{more}", scenario.name()));
    }

    /// A run has ended.
    pub(crate) fn end(&self, app: &str, run: &str) {
        if let Some(bar) = self.state().running.remove(&(app.to_owned(), run.to_owned())) {
            bar.finish_and_clear();
        }
    }

    /// A server stays up.
    pub(crate) fn kept(&self, server: &Server) {
        self.state().kept.push((server.name().to_owned(), server.leader().ok()));
    }

    /// The servers that stay up, and their first processes.
    pub(crate) fn all_kept(&self) -> Vec<(String, Option<u32>)> {
        self.state().kept.clone()
    }

    fn line(&self, text: &str) {
        match &self.bars {
            _ if self.quiet => {}
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.color { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
