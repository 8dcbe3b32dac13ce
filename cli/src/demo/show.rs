//! What a demo shows: steps as they begin and end, for a person at a terminal, in a log file, or for a program.
//!
//! For programs it is one JSON object a line, told apart by `event`:
//!
//! - `step_started`, `note`, `step_done` (`step`, `what` or `text`, `seconds`), several steps may overlap;
//! - `lab` (`id`, `gateway`), `log` (`stream`, `text`, `attempt`, `cursor`), `progress` (`state`, `percent`, `message`),
//!   `connection_lost`, `receipt` (`verified`, `fleet_root`), `page` (`status`, `snippet`);
//! - `ready` (`url`, `ca_file`, `token_file`), unless it ends by itself;
//! - `summary`, always the last: `state` (`ready`, `failed` or `interrupted`), `stage` (`lab` or `host`), `exit_code`,
//!   `log_lines`, `seconds` by step and in `total`, and after a failure `error` and `failed_step`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::output::{Printer, escape, print};

/// A step of the demo, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Requirements,
    Bundles,
    Postgres,
    ControlPlane,
    Server,
    Enroll,
    Install,
    Receipt,
    Proof,
}

impl Step {
    /// For programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Bundles => "bundles",
            Self::Postgres => "postgres",
            Self::ControlPlane => "control_plane",
            Self::Server => "server",
            Self::Enroll => "enroll",
            Self::Install => "install",
            Self::Receipt => "receipt",
            Self::Proof => "proof",
        }
    }

    /// For people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Bundles => "apps",
            Self::Postgres => "PostgreSQL",
            Self::ControlPlane => "control plane",
            Self::Server => "server",
            Self::Enroll => "enrolment",
            Self::Install => "install",
            Self::Receipt => "receipt",
            Self::Proof => "proof",
        }
    }
}

/// How a demo ended, beside how long its steps took.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The install's observed state, or `failed` or `interrupted`.
    pub(super) state: String,
    /// Where the agent ran: `lab` or `host`.
    pub(super) stage: Option<&'static str>,
    /// The script's exit code.
    pub(super) exit_code: Option<i32>,
    /// What went wrong, and where.
    pub(super) error: Option<(Option<Step>, String)>,
}

/// Shows a demo. Several steps may be under way at the same time.
#[derive(Debug)]
pub(super) struct Show {
    json: bool,
    out: Printer,
    bars: Option<MultiProgress>,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seconds: BTreeMap<Step, Duration>,
    running: BTreeMap<Step, (Instant, Option<ProgressBar>)>,
    total: Option<Duration>,
}

impl Show {
    pub(super) fn new(json: bool, out: Printer) -> Self {
        let terminal = !json && !out.quiet && io::stdout().is_terminal() && io::stderr().is_terminal();
        Self {
            json,
            out,
            bars: terminal.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            began: Instant::now(),
            state: Mutex::default(),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn printer(&self) -> Printer {
        self.out
    }

    /// A step begins.
    pub(super) fn begin(&self, step: Step, what: &str) -> Result<()> {
        let bar = self.bars.as_ref().map(|bars| spinner(bars, step, what));
        self.state().running.insert(step, (Instant::now(), bar));
        self.event("step_started", json!({"step": step.name(), "what": what}))
    }

    /// The same for a step that shows its own progress.
    pub(super) fn begin_loudly(&self, step: Step, what: &str) -> Result<()> {
        self.state().running.insert(step, (Instant::now(), None));
        self.event("step_started", json!({"step": step.name(), "what": what}))?;
        self.line(&format!("{} {:14} {}", self.paint("36", "…"), step.title(), escape(what)))
    }

    /// A step takes a while, and this is why.
    pub(super) fn note(&self, step: Step, text: &str) -> Result<()> {
        if let Some((_, Some(bar))) = self.state().running.get(&step) {
            bar.set_message(escape(text).into_owned());
        }
        self.event("note", json!({"step": step.name(), "text": text}))?;
        if self.bars.is_none() {
            self.line(&format!("… {:14} {}", step.title(), escape(text)))
        } else {
            Ok(())
        }
    }

    /// A step has done its work.
    pub(super) fn done(&self, step: Step, what: &str) -> Result<()> {
        let took = self.end(step);
        self.event("step_done", json!({"step": step.name(), "what": what, "seconds": seconds(took)}))?;
        let time = self.paint("2", &format!("{:.1} s", took.as_secs_f64()));
        self.line(&format!("{} {:14} {} {time}", self.paint("32", "✓"), step.title(), escape(what)))
    }

    /// The demo has shown what it is about: what comes after does not count.
    pub(super) fn finished(&self) {
        self.state().total = Some(self.began.elapsed());
    }

    /// A text of its own.
    pub(super) fn text(&self, text: &str) -> Result<()> {
        self.line(text)
    }

    /// An event that only programs see: its name, which comes first in the line, and an object.
    pub(super) fn event(&self, name: &str, fields: Value) -> Result<()> {
        if self.json {
            print(&line_of(name, &fields))?;
        }
        Ok(())
    }

    /// The step that was under way last, ended as failed.
    pub(super) fn failed_step(&self) -> Option<Step> {
        let running: Vec<Step> = self.state().running.keys().copied().collect();
        for step in &running {
            self.end(*step);
        }
        running.last().copied()
    }

    /// The last event.
    pub(super) fn summary(&self, outcome: &Outcome, log_lines: u64) -> Result<()> {
        if !self.json {
            return Ok(());
        }
        let state = self.state();
        let mut taken = serde_json::Map::new();
        for (step, took) in &state.seconds {
            taken.insert(step.name().to_owned(), seconds(*took));
        }
        let total = state.total.unwrap_or_else(|| self.began.elapsed());
        drop(state);
        taken.insert("total".to_owned(), seconds(total));
        let mut event = json!({
            "state": outcome.state,
            "stage": outcome.stage,
            "exit_code": outcome.exit_code,
            "log_lines": log_lines,
            "seconds": taken,
        });
        if let (Some((step, error)), Some(event)) = (&outcome.error, event.as_object_mut()) {
            event.insert("error".to_owned(), json!(error));
            event.insert("failed_step".to_owned(), json!(step.map(Step::name)));
        }
        self.event("summary", event)
    }

    /// How long everything took up to [`Self::finished`].
    pub(super) fn total(&self) -> Duration {
        self.state().total.unwrap_or_else(|| self.began.elapsed())
    }

    fn end(&self, step: Step) -> Duration {
        let mut state = self.state();
        let (began, bar) = state.running.remove(&step).unwrap_or((Instant::now(), None));
        let took = began.elapsed();
        state.seconds.insert(step, took);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        took
    }

    fn line(&self, text: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        match &self.bars {
            Some(bars) => bars.suspend(|| print(text))?,
            None => print(text)?,
        }
        Ok(())
    }

    pub(super) fn paint(&self, colour: &str, text: &str) -> String {
        match self.out.color {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line_of(name: &str, fields: &Value) -> String {
    let fields = fields.to_string();
    let fields = fields.strip_prefix('{').unwrap_or("}");
    let comma = if fields == "}" { "" } else { "," };
    format!("{{\"event\":{}{comma}{fields}", Value::from(name))
}

fn seconds(took: Duration) -> Value {
    json!((took.as_secs_f64() * 1000.0).round() / 1000.0)
}

fn spinner(bars: &MultiProgress, step: Step, what: &str) -> ProgressBar {
    let bar = bars.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:14} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(step.title());
    bar.set_message(escape(what).into_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json_that_begins_with_its_name() {
        assert_eq!(line_of("note", &json!({"a": 1, "b": "x\ny"})), r#"{"event":"note","a":1,"b":"x\ny"}"#);
        assert_eq!(line_of("note", &json!({})), r#"{"event":"note"}"#);
    }
}
