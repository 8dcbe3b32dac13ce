//! What is shown at the end: a table with a mark for each scenario of each app, then what proves each failure.

use std::fmt::Write as _;
use std::time::Duration;

use super::results::{AppResults, Outcome, Sum};
use super::scenario::Scenario;
use crate::output::escape;

/// A mark and a time: `✓  12.3 s`.
const CELL: usize = 10;
const GAP: usize = 3;
const NAME: usize = 14;

/// The whole report, for people.
pub(crate) fn text(results: &[AppResults], took: Duration, width: usize, color: bool) -> String {
    let pen = Pen { color };
    let mut text = String::new();
    for apps in chunks(results, width) {
        table(&mut text, apps, &pen);
    }
    for app in results {
        for (scenario, outcome) in &app.scenarios {
            failure(&mut text, app, *scenario, outcome, &pen);
        }
    }
    sum(&mut text, results, took, &pen);
    text
}

/// As many apps side by side as there is room for.
fn chunks(results: &[AppResults], width: usize) -> Vec<&[AppResults]> {
    let mut chunks = Vec::new();
    let mut rest = results;
    while !rest.is_empty() {
        let mut used = 2 + NAME;
        let fit = rest
            .iter()
            .take_while(|app| {
                used += column(app) + GAP;
                used <= width
            })
            .count()
            .max(1);
        let (now, later) = rest.split_at(fit);
        chunks.push(now);
        rest = later;
    }
    chunks
}

fn column(app: &AppResults) -> usize {
    CELL.max(app.app.chars().count())
}

fn table(text: &mut String, apps: &[AppResults], pen: &Pen) {
    let mut line = format!("\n  {:NAME$}", "");
    for app in apps {
        let name = escape(&app.app);
        let _ = write!(line, "{}{:GAP$}", pen.paint("1", &format!("{name:width$}", width = column(app))), "");
    }
    push(text, &line);
    let mut line = format!("  {:NAME$}", "");
    for app in apps {
        let rule = "─".repeat(column(app));
        let _ = write!(line, "{}{:GAP$}", pen.paint("2", &rule), "");
    }
    push(text, &line);
    for scenario in Scenario::ALL {
        let outcomes: Vec<&Outcome> = apps.iter().filter_map(|app| app.scenarios.get(&scenario)).collect();
        // What nobody asked for is not shown.
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::NotRun)) {
            continue;
        }
        let mut line = format!("  {:NAME$}", scenario.name());
        for (app, outcome) in apps.iter().zip(outcomes) {
            let (plain, painted) = cell(outcome, pen);
            let pad = column(app).saturating_sub(plain) + GAP;
            let _ = write!(line, "{painted}{:pad$}", "");
        }
        push(text, &line);
    }
    let mut line = format!("\n  {:NAME$}", "");
    for app in apps {
        let sum = Sum::of(std::slice::from_ref(app));
        let (count, of) = (sum.passed, sum.passed + sum.failed);
        let plain = format!("{count} of {of}");
        let colour = if sum.failed == 0 { "1;32" } else { "1;31" };
        let pad = column(app).saturating_sub(plain.len()) + GAP;
        let _ = write!(line, "{}{:pad$}", pen.paint(colour, &plain), "");
    }
    push(text, &line);
}

/// A cell's width as it is seen, and its text.
fn cell(outcome: &Outcome, pen: &Pen) -> (usize, String) {
    let (colour, mark, rest) = match outcome {
        Outcome::Passed { cached: true, .. } => ("32", "✓", format!("{:>8}", "cached")),
        Outcome::Passed { seconds, .. } => ("32", "✓", format!("{seconds:6.1} s")),
        Outcome::Failed { seconds, .. } => ("1;31", "✗", format!("{seconds:6.1} s")),
        Outcome::Blocked { .. } => ("33", "!", format!("{:>8}", "blocked")),
        Outcome::NotApplicable { .. } => ("2", "–", String::new()),
        Outcome::NotRun => ("2", " ", String::new()),
    };
    let dim = if matches!(outcome, Outcome::Failed { .. }) { "31" } else { "2" };
    let painted = format!("{} {}", pen.paint(colour, mark), pen.paint(dim, &rest));
    (2 + rest.chars().count(), painted)
}

fn failure(text: &mut String, app: &AppResults, scenario: Scenario, outcome: &Outcome, pen: &Pen) {
    let title = format!("{} · {}", escape(&app.app), scenario.name());
    match outcome {
        Outcome::Failed { findings, .. } => {
            let _ = writeln!(text, "\n{} {}", pen.paint("1;31", "✗"), pen.paint("1", &title));
            for finding in findings {
                indented(text, 2, &finding.what, "", pen);
                for part in &finding.evidence {
                    let _ = writeln!(text, "\n  {}", pen.paint("36", &escape(&part.title)));
                    indented(text, 4, &part.text, "2", pen);
                }
            }
        }
        Outcome::Blocked { why } => {
            let _ = writeln!(
                text,
                "\n{} {}\n  not tried: {}",
                pen.paint("33", "!"),
                pen.paint("1", &title),
                escape(why)
            );
        }
        _ => {}
    }
}

fn indented(text: &mut String, by: usize, lines: &str, colour: &str, pen: &Pen) {
    for line in lines.trim_end().lines() {
        let _ = writeln!(text, "{:by$}{}", "", pen.paint(colour, &escape(line)));
    }
}

fn sum(text: &mut String, results: &[AppResults], took: Duration, pen: &Pen) {
    let sum = Sum::of(results);
    let mut notes = Vec::new();
    if sum.cached > 0 {
        notes.push(format!("{} known from earlier", sum.cached));
    }
    if sum.not_applicable > 0 {
        notes.push(format!("{} do not apply", sum.not_applicable));
    }
    let minutes = took.as_secs() / 60;
    let seconds = took.as_secs_f64() - 60.0 * minutes as f64;
    notes.push(match minutes {
        0 => format!("in {seconds:.1} s"),
        _ => format!("in {minutes} min {seconds:.0} s"),
    });
    let notes = pen.paint("2", &notes.join(", "));
    let counted = format!("{} passed, {} failed", sum.passed, sum.failed);
    let colour = if sum.failed == 0 { "1;32" } else { "1;31" };
    let _ = writeln!(text, "\n{notes}\n{}", pen.paint(colour, &counted));
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

struct Pen {
    color: bool,
}

impl Pen {
    fn paint(&self, colour: &str, text: &str) -> String {
        match self.color && !colour.is_empty() && !text.trim().is_empty() {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lab_test::finding::Finding;

    fn app(name: &str, outcomes: Vec<(Scenario, Outcome)>) -> AppResults {
        let mut scenarios: BTreeMap<_, _> = Scenario::ALL.map(|scenario| (scenario, Outcome::NotRun)).into();
        scenarios.extend(outcomes);
        AppResults { app: name.to_owned(), version: "1".to_owned(), digest: "d".to_owned(), scenarios }
    }

    #[test]
    fn the_table_shows_each_app_and_the_evidence_follows() {
        let passed = |seconds| Outcome::Passed { seconds, cached: false };
        let touched = Finding::new("a second run touched 1 path").with("paths", "~ /etc/x: written\n");
        let results = [
            app(
                "nginx",
                vec![
                    (Scenario::Install, passed(3.21)),
                    (Scenario::Again, Outcome::Failed { seconds: 12.0, findings: vec![touched] }),
                    (Scenario::Backup, Outcome::NotApplicable { why: String::new() }),
                ],
            ),
            app(
                "hello-site",
                vec![
                    (Scenario::Install, Outcome::Passed { seconds: 0.4, cached: true }),
                    (Scenario::Again, Outcome::Blocked { why: "`install` failed before".to_owned() }),
                    (Scenario::Backup, passed(1.0)),
                ],
            ),
        ];
        let expected = "
                nginx        hello-site
                ──────────   ──────────
  install       ✓    3.2 s   ✓   cached
  again         ✗   12.0 s   !  blocked
  backup        –            ✓    1.0 s

                1 of 2       2 of 3

✗ nginx · again
  a second run touched 1 path

  paths
    ~ /etc/x: written

! hello-site · again
  not tried: `install` failed before

1 known from earlier, 1 do not apply, in 1 min 5 s
3 passed, 2 failed
";
        assert_eq!(text(&results, Duration::from_secs(65), 100, false), expected);
        assert!(text(&results, Duration::from_secs(65), 100, true).contains("\x1b[1;31m✗\x1b[0m"));
    }

    #[test]
    fn more_apps_than_fit_are_put_below_each_other() {
        let results: Vec<_> = (0..5).map(|number| app(&format!("app-{number}"), Vec::new())).collect();
        assert_eq!(chunks(&results, 60).iter().map(|chunk| chunk.len()).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(chunks(&results, 10).len(), 5);
    }
}
