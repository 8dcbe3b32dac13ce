//! `agent explain` and `agent policy check`: what the host decides and why, in words, off-line.

use std::io;
use std::path::Path;

use purvey_contract::refusal;
use serde::Serialize;

use crate::arguments::Output;
use crate::decisions::{Decision, Decisions, Ended, Record};
use crate::paths::Paths;
use crate::policy::{Policy, PolicyFileError};

/// How many decisions are shown if no job is named.
const SHOWN: usize = 20;

/// What a policy file means, and whether it is good.
pub fn policy(paths: &Paths, file: Option<&Path>, output: Output) -> (String, bool) {
    let host_file = paths.policy_file();
    let path = file.unwrap_or(&host_file);
    let read = match file {
        Some(file) => Policy::try_out(file),
        None => Policy::load(path),
    };
    let text = match output {
        Output::Table => policy_table(path, &read),
        Output::Json => policy_json(path, &read),
    };
    (text, read.is_ok())
}

fn policy_table(path: &Path, read: &Result<Policy, PolicyFileError>) -> String {
    match read {
        Ok(policy) => {
            let mut text = match policy.digest() {
                Some(digest) => format!("{} is good (sha256 {digest}). It means:\n", path.display()),
                None => format!("There is no {}. The built-in limits hold:\n", path.display()),
            };
            for sentence in policy.in_words() {
                text.push_str(&format!("  - {sentence}\n"));
            }
            text
        }
        Err(PolicyFileError::Invalid { path, problems }) => {
            let lines = problems.iter().map(|problem| {
                format!("{}:{}:{}: {}\n", path.display(), problem.line, problem.column, problem.message)
            });
            lines.collect::<String>() + "Until this is mended, every job is refused.\n"
        }
        Err(error) => format!("{}\nUntil this is mended, every job is refused.\n", whole(error)),
    }
}

fn policy_json(path: &Path, read: &Result<Policy, PolicyFileError>) -> String {
    let (digest, restricts, meaning) = match read {
        Ok(policy) => {
            (policy.digest().map(|digest| digest.to_string()), policy.restricts(), policy.in_words())
        }
        Err(_) => (None, Vec::new(), Vec::new()),
    };
    let problems: Vec<_> = match read {
        Ok(_) => Vec::new(),
        Err(PolicyFileError::Invalid { problems, .. }) => problems
            .iter()
            .map(|problem| {
                serde_json::json!({ "line": problem.line, "column": problem.column, "message": problem.message })
            })
            .collect(),
        Err(error) => vec![serde_json::json!({ "message": whole(error) })],
    };
    pretty(&serde_json::json!({
        "file": path,
        "valid": read.is_ok(),
        "sha256": digest,
        "restricts": restricts,
        "meaning": meaning,
        "problems": problems,
    }))
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Why a job ran or was refused, attempt by attempt; or what was decided last. Also whether anything is known.
///
/// # Errors
/// The record cannot be read.
pub fn job(paths: &Paths, job: Option<&str>, output: Output) -> io::Result<(String, bool)> {
    let records = Decisions::of(paths).read()?;
    let ends: Vec<&Ended> = records
        .iter()
        .filter_map(|record| match record {
            Record::Ended(ended) => Some(ended),
            Record::Decided(_) => None,
        })
        .collect();
    let mut decisions: Vec<&Decision> = records
        .iter()
        .filter_map(|record| match record {
            Record::Decided(decision) => Some(&**decision),
            Record::Ended(_) => None,
        })
        .collect();
    match job {
        Some(job) => decisions.retain(|decision| is_about(decision, job)),
        None => drop(decisions.drain(..decisions.len().saturating_sub(SHOWN))),
    }
    let present = Policy::load(&paths.policy_file()).ok().map(|policy| policy.digest());
    let told: Vec<Told<'_>> = decisions
        .iter()
        .map(|decision| Told {
            decision,
            advice: decision.refused.as_ref().and_then(|refused| refusal::advice(&refused.code)),
            policy_has_changed: has_looked_at_policy(decision)
                .then(|| present.is_some_and(|present| present != decision.policy)),
            ended: ends.iter().rev().find(|ended| Some(&ended.attempt) == decision.attempt.as_ref()).copied(),
        })
        .collect();
    let text = match (output, job) {
        (Output::Json, _) => pretty(&told),
        (Output::Table, Some(job)) if told.is_empty() => format!(
            "Nothing is recorded of a job {job:?}: it was never offered to this server, or so long ago that the record of it \
             is gone.\n`agent explain` shows what was decided last.\n"
        ),
        (Output::Table, None) if told.is_empty() => "This server was never offered a job.\n".to_owned(),
        (Output::Table, Some(_)) => told.iter().map(Told::at_length).collect::<Vec<_>>().join("\n"),
        (Output::Table, None) => told.iter().map(Told::in_a_line).collect(),
    };
    Ok((text, !told.is_empty()))
}

/// A job is named by its id, the beginning of it, or the digest of what was signed.
fn is_about(decision: &Decision, job: &str) -> bool {
    let is_long = job.len() >= 4;
    decision.attempt.as_ref().is_some_and(|attempt| is_long && attempt.job.starts_with(job))
        || is_long && decision.job_digest.to_string().starts_with(job)
}

/// A decision with what is known besides.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    decision: &'a Decision,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    /// None if the policy was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_has_changed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'a Ended>,
}

fn has_looked_at_policy(decision: &Decision) -> bool {
    decision.checks.iter().any(|check| check.check == "policy file" && check.passed)
}

impl Told<'_> {
    fn title(&self) -> String {
        match &self.decision.attempt {
            Some(attempt) => format!("job {}, attempt {}", attempt.job, attempt.number),
            None => format!("an unsigned job (sha256 {})", self.decision.job_digest),
        }
    }

    fn verdict(&self) -> String {
        match (&self.decision.refused, self.ended) {
            (Some(refused), _) => format!("refused: {}", refused.code),
            (None, None) => "accepted; its end is not recorded".to_owned(),
            (None, Some(ended)) => format!("accepted, {}", ended.outcome),
        }
    }

    fn in_a_line(&self) -> String {
        let what = self.decision.about.as_ref().map_or_else(String::new, |about| {
            format!("  {} of {} {}", about.action, about.app, about.version)
        });
        format!("{}  {}  {}{what}\n", when(self.decision.at), self.title(), self.verdict())
    }

    fn at_length(&self) -> String {
        let Decision { at, attempt: _, job_digest, about, policy, checks, refused } = self.decision;
        let mut text = format!("{}: {}\n", self.title(), self.verdict());
        if let Some(about) = about {
            text.push_str(&format!(
                "  {} of {} {} (release {}) for the install {}, asked for by {}\n",
                about.action, about.app, about.version, about.release, about.install, about.requested_by
            ));
        }
        text.push_str(&format!("  decided {}, signed job sha256 {job_digest}\n", when(*at)));
        if let Some(changed) = self.policy_has_changed {
            let file = policy.map_or_else(|| "none".to_owned(), |digest| format!("sha256 {digest}"));
            let since = if changed { "; it has been changed since" } else { "" };
            text.push_str(&format!("  policy file then: {file}{since}\n"));
        }
        let width = checks.iter().map(|check| check.check.chars().count()).max().unwrap_or_default();
        for check in checks {
            let verdict = if check.passed { "ok" } else { "NO" };
            text.push_str(&format!("  {verdict}  {:width$}  {}\n", check.check, check.detail));
        }
        if refused.is_some() {
            text.push_str("  What came after was not looked at, and nothing was run.\n");
        }
        if let Some(advice) = self.advice {
            text.push_str(&format!("  -> {advice}\n"));
        }
        if let Some(Ended { at, attempt: _, outcome, exit_code, reason }) = self.ended {
            let code = exit_code.map_or_else(String::new, |code| format!(", exit code {code}"));
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            text.push_str(&format!("  ended {}: {outcome}{code}{reason}\n", when(*at)));
        }
        text
    }
}

/// To the second, UTC.
fn when(at: time::OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second())
}
