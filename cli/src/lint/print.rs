//! Findings for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::finding::Finding;
use super::rules::Level;
use super::sarif;
use crate::output::escape;

/// What was found, in all folders.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) findings: Vec<Finding>,
    pub(crate) apps: usize,
    /// Whether shellcheck was run.
    pub(crate) shellcheck: bool,
}

#[derive(Serialize)]
struct ReportForm<'r> {
    apps: usize,
    errors: usize,
    warnings: usize,
    shellcheck: bool,
    findings: Vec<FindingForm<'r>>,
}

#[derive(Serialize)]
struct FindingForm<'r> {
    code: &'r str,
    name: &'r str,
    level: &'r str,
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    message: &'r str,
    explanation: String,
    fix: &'r str,
}

impl Report {
    /// How many findings there are of a level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> impl Serialize {
        let findings = self.findings.iter().map(|finding| FindingForm {
            code: finding.rule.code,
            name: finding.rule.name,
            level: finding.level.as_str(),
            path: &finding.source.path,
            line: finding.line,
            column: finding.column,
            message: &finding.message,
            explanation: format!("{} {}", finding.rule.what, finding.rule.why),
            fix: finding.fix(),
        });
        ReportForm {
            apps: self.apps,
            errors: self.count(Level::Error),
            warnings: self.count(Level::Warning),
            shellcheck: self.shellcheck,
            findings: findings.collect(),
        }
    }

    /// SARIF 2.1.0, which code hosts show beside the lines.
    pub(crate) fn to_sarif(&self) -> serde_json::Value {
        sarif::document(&self.findings)
    }

    /// For people.
    pub(crate) fn text(&self, color: bool) -> String {
        let paint = |code: &str, text: &str| match color {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        };
        let mut text = String::new();
        for finding in &self.findings {
            let tone = if finding.level == Level::Error { "1;31" } else { "1;33" };
            let level = paint(tone, &format!("{}[{}]", finding.level.as_str(), finding.rule.code));
            let place = paint("1", &escape(&finding.place()));
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{place}: {level}: {}", escape(&finding.message));
            if let Some((shown, marks)) = excerpt(finding) {
                let _ = writeln!(text, "    {}\n    {}", escape(&shown), paint(tone, &marks));
            }
            let _ = writeln!(text, "    fix: {}\n", escape(finding.fix()));
        }
        let (errors, warnings) = (self.count(Level::Error), self.count(Level::Warning));
        let plural =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let summary = match errors + warnings {
            0 => "nothing to complain about".to_owned(),
            _ => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
        };
        let _ = write!(text, "{}: {summary}", plural(self.apps, "app"));
        text
    }
}

/// The line of a finding, cut to what fits, and the marks below what it is about.
fn excerpt(finding: &Finding) -> Option<(String, String)> {
    const BEFORE: usize = 70;
    const WIDTH: usize = 140;
    let column = finding.column? as usize - 1;
    let cut = column.saturating_sub(BEFORE);
    let line: Vec<char> = finding.excerpt()?.chars().skip(cut).take(WIDTH).collect();
    let shown = line.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect();
    let length = (finding.length.max(1) as usize).min(line.len().saturating_sub(column - cut).max(1));
    Some((shown, " ".repeat(column - cut) + &"^".repeat(length)))
}
