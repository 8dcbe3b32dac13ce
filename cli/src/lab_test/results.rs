//! What came of the scenarios, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::app::App;
use super::finding::Finding;
use super::scenario::Scenario;

/// What came of one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Everything was as it must be.
    Passed { seconds: f64, cached: bool },
    /// Something was not.
    Failed { seconds: f64, findings: Vec<Finding> },
    /// It could not be tried, because something before it failed.
    Blocked { why: String },
    /// The app has nothing that it could prove.
    NotApplicable { why: String },
    /// Nobody asked.
    NotRun,
}

impl Outcome {
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Blocked { .. })
    }

    /// The same as a part of a larger whole: failures count, and time adds up.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed { seconds, mut findings }, Self::Failed { seconds: more, findings: others }) => {
                findings.extend(others);
                Self::Failed { seconds: seconds + more, findings }
            }
            (Self::Failed { seconds, findings }, Self::Passed { seconds: more, .. })
            | (Self::Passed { seconds: more, .. }, Self::Failed { seconds, findings }) => {
                Self::Failed { seconds: seconds + more, findings }
            }
            (failed @ Self::Failed { .. }, _) | (_, failed @ Self::Failed { .. }) => failed,
            (blocked @ Self::Blocked { .. }, _) | (_, blocked @ Self::Blocked { .. }) => blocked,
            (Self::Passed { seconds, cached }, Self::Passed { seconds: more, cached: other }) => {
                Self::Passed { seconds: seconds + more, cached: cached && other }
            }
            (passed @ Self::Passed { .. }, _) | (_, passed @ Self::Passed { .. }) => passed,
            (first, _) => first,
        }
    }
}

/// What came of all scenarios of an app.
#[derive(Clone, Debug)]
pub(crate) struct AppResults {
    pub(crate) app: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) scenarios: BTreeMap<Scenario, Outcome>,
}

impl AppResults {
    /// Nothing yet but what of the scenarios that were asked for does not apply.
    pub(crate) fn of(app: &App, asked: &BTreeSet<Scenario>) -> Self {
        let outcome = |scenario: &Scenario| match scenario.not_for(app) {
            Some(why) if asked.contains(scenario) => Outcome::NotApplicable { why: why.to_owned() },
            _ => Outcome::NotRun,
        };
        Self {
            app: app.id().to_owned(),
            version: app.manifest.version.clone(),
            digest: app.bundle.digest.to_string(),
            scenarios: Scenario::ALL.iter().map(|scenario| (*scenario, outcome(scenario))).collect(),
        }
    }

    /// Adds what one run found of a scenario.
    pub(crate) fn add(&mut self, scenario: Scenario, outcome: Outcome) {
        let before = self.scenarios.remove(&scenario).unwrap_or(Outcome::NotRun);
        self.scenarios.insert(scenario, before.join(outcome));
    }

    /// Those that are to be run: asked for, and neither inapplicable nor known.
    pub(crate) fn open(&self, asked: &BTreeSet<Scenario>) -> BTreeSet<Scenario> {
        let is_open = |(scenario, outcome): &(&Scenario, &Outcome)| {
            asked.contains(scenario) && matches!(outcome, Outcome::NotRun)
        };
        self.scenarios.iter().filter(is_open).map(|(scenario, _)| *scenario).collect()
    }
}

/// The sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) cached: usize,
    pub(crate) not_applicable: usize,
}

impl Sum {
    pub(crate) fn of(results: &[AppResults]) -> Self {
        let mut sum = Self::default();
        for outcome in results.iter().flat_map(|app| app.scenarios.values()) {
            match outcome {
                Outcome::Passed { cached, .. } => {
                    sum.passed += 1;
                    sum.cached += usize::from(*cached);
                }
                Outcome::Failed { .. } | Outcome::Blocked { .. } => sum.failed += 1,
                Outcome::NotApplicable { .. } => sum.not_applicable += 1,
                Outcome::NotRun => {}
            }
        }
        sum
    }
}

/// Everything, for programs.
pub(crate) fn to_json(results: &[AppResults], took: Duration) -> serde_json::Value {
    let sum = Sum::of(results);
    let scenarios = |app: &AppResults| {
        let asked = app.scenarios.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::NotRun));
        asked
            .map(|(scenario, outcome)| {
                let mut value = serde_json::to_value(outcome).unwrap_or_default();
                value["scenario"] = scenario.name().into();
                value
            })
            .collect::<Vec<_>>()
    };
    let apps: Vec<_> = results
        .iter()
        .map(|app| {
            serde_json::json!({
                "app": app.app, "version": app.version, "digest": app.digest, "scenarios": scenarios(app),
            })
        })
        .collect();
    serde_json::json!({
        "passed": sum.passed, "failed": sum.failed, "cached": sum.cached, "notApplicable": sum.not_applicable,
        "seconds": (took.as_secs_f64() * 10.0).round() / 10.0, "apps": apps,
    })
}

/// Everything as JUnit's XML, which CI systems show: a suite for each app, a case for each scenario.
pub(crate) fn to_junit(results: &[AppResults], took: Duration) -> String {
    let sum = Sum::of(results);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"purvey lab test\" tests=\"{}\" failures=\"{}\" \
         time=\"{:.3}\">\n",
        sum.passed + sum.failed + sum.not_applicable,
        sum.failed,
        took.as_secs_f64(),
    );
    for app in results {
        let sum = Sum::of(std::slice::from_ref(app));
        xml += &format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
            escaped(&app.app),
            sum.passed + sum.failed + sum.not_applicable,
            sum.failed,
            sum.not_applicable,
        );
        for (scenario, outcome) in &app.scenarios {
            xml += &case(&app.app, *scenario, outcome);
        }
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn case(app: &str, scenario: Scenario, outcome: &Outcome) -> String {
    let (seconds, inner) = match outcome {
        Outcome::NotRun => return String::new(),
        Outcome::Passed { seconds, .. } => (*seconds, String::new()),
        Outcome::NotApplicable { why } => (0.0, format!("<skipped message=\"{}\"/>", escaped(why))),
        Outcome::Blocked { why } => (0.0, format!("<failure message=\"not tried: {}\"/>", escaped(why))),
        Outcome::Failed { seconds, findings } => {
            let failure = |finding: &Finding| {
                let texts = finding.evidence.iter().map(|part| format!("{}:\n{}\n", part.title, part.text));
                let texts = texts.collect::<Vec<_>>().join("\n");
                format!("<failure message=\"{}\">{}</failure>", escaped(&finding.what), escaped(&texts))
            };
            (*seconds, findings.iter().map(failure).collect())
        }
    };
    let close = if inner.is_empty() { "/>".to_owned() } else { format!(">{inner}</testcase>") };
    format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{seconds:.3}\"{close}\n",
        escaped(app),
        scenario.name()
    )
}

/// A text in XML 1.0, which has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Vec<AppResults> {
        let failed = Outcome::Failed {
            seconds: 2.0,
            findings: vec![
                Finding::new("a \"file\" < was touched").with("files", "~ /etc/x\u{1b}[31m & more"),
            ],
        };
        let scenarios = BTreeMap::from([
            (Scenario::Install, Outcome::Passed { seconds: 1.5, cached: true }),
            (Scenario::Again, failed),
            (Scenario::Backup, Outcome::NotApplicable { why: "it has none".to_owned() }),
            (Scenario::Reboot, Outcome::NotRun),
        ]);
        vec![AppResults {
            app: "nginx".to_owned(),
            version: "1".to_owned(),
            digest: "d".to_owned(),
            scenarios,
        }]
    }

    #[test]
    fn junit_is_xml_whatever_the_evidence_holds() {
        let xml = to_junit(&results(), Duration::from_secs(3));
        assert!(
            xml.contains("<testsuites name=\"purvey lab test\" tests=\"3\" failures=\"1\" time=\"3.000\">"),
            "{xml}"
        );
        assert!(xml.contains("<failure message=\"a &quot;file&quot; &lt; was touched\">"), "{xml}");
        assert!(xml.contains("&amp; more") && !xml.contains('\u{1b}'), "{xml}");
        assert_eq!(xml.matches("<testcase").count(), 3);
    }

    #[test]
    fn json_has_each_scenario_that_was_asked_for() {
        let json = to_json(&results(), Duration::from_secs(3));
        assert_eq!((&json["passed"], &json["failed"], &json["cached"]), (&1.into(), &1.into(), &1.into()));
        let scenarios = json["apps"][0]["scenarios"].as_array().unwrap();
        assert_eq!(scenarios.len(), 3);
        assert_eq!(
            (&scenarios[1]["scenario"], &scenarios[1]["outcome"]),
            (&"again".into(), &"failed".into())
        );
    }

    #[test]
    fn a_scenario_of_several_runs_passes_only_as_a_whole() {
        let passed = || Outcome::Passed { seconds: 1.0, cached: false };
        let failed = || Outcome::Failed { seconds: 1.0, findings: vec![Finding::new("x")] };
        assert!(matches!(passed().join(passed()), Outcome::Passed { seconds, .. } if seconds > 1.9));
        assert!(passed().join(failed()).is_failure() && failed().join(passed()).is_failure());
        assert!(matches!(failed().join(failed()), Outcome::Failed { findings, .. } if findings.len() == 2));
        assert!(Outcome::NotRun.join(Outcome::Blocked { why: String::new() }).is_failure());
    }
}
