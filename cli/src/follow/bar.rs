//! A progress bar that stays under the job's output.

use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use purvey_sdk::is_terminal;
use purvey_sdk::v1::{Job, JobState};

use super::lines::{LineStyle, Lines};
use super::plain::doing;
use super::{Event, Sink};
use crate::output::{Printer, duration, escape, print};

/// For a person at a terminal.
pub(crate) struct BarSink {
    bar: ProgressBar,
    lines: Lines,
}

impl BarSink {
    pub(crate) fn new(out: Printer, style: LineStyle) -> Self {
        let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr());
        let template = match out.color {
            true => "{spinner:.cyan} [{bar:30.cyan/dim}] {percent:>3}% {wide_msg} {elapsed}",
            false => "{spinner} [{bar:30}] {percent:>3}% {wide_msg} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, lines: Lines::new(LineStyle { color: out.color, ..style }) }
    }

    fn state(&self, job: &Job) {
        let percent = match job.state() {
            JobState::Succeeded => 100,
            _ => job.progress_percent.min(100),
        };
        self.bar.set_position(percent.into());
        self.bar.set_message(doing(job));
        if is_terminal(job.state()) {
            self.bar.disable_steady_tick();
        }
    }
}

/// Also when following is given up in the middle.
impl Drop for BarSink {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Sink for BarSink {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::Line(line) => {
                let texts = self.lines.render(line);
                if texts.is_empty() {
                    return Ok(());
                }
                return self.bar.suspend(|| print(&(texts.join("\n") + "\n")));
            }
            Event::Job(job) => self.state(job),
            Event::Interrupted { error, pause } => {
                self.bar.set_message(format!("{}; again in {}", escape(&error.to_string()), duration(pause)));
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bar.finish_and_clear();
        Ok(())
    }
}
