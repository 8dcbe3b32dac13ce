//! How a command fails: what is said, what would help, and the exit code.

use std::fmt::{self, Write as _};

use miette::Diagnostic;
use purvey_contract::refusal;
use purvey_sdk::{Code, EndpointError, Error as ApiError, v1};

use crate::config::ConfigError;
use crate::output::escape;
use crate::receipt::ReceiptError;
use crate::words;

/// Why a command ended without success.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line is wrong in a way that clap cannot see.
    #[error("{message}")]
    Usage { message: String, help: Option<String> },
    /// The control plane said no, or nothing.
    #[error("{}", ApiText(error))]
    Api { error: ApiError },
    /// The URL, CA or token cannot be used.
    #[error("{0}")]
    Endpoint(#[from] EndpointError),
    /// No control plane is known.
    #[error("not signed in to a control plane")]
    NotSignedIn,
    /// The job ended, and not with success.
    #[error("{}", JobText(.0))]
    Job(Box<v1::Job>),
    /// The receipt does not prove anything.
    #[error("the receipt is not good: {0}")]
    Receipt(#[from] ReceiptError),
    /// The configuration file.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// A file or stream.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A file that was named on the command line.
    #[error("{path}: {error}")]
    File { path: String, error: std::io::Error },
    /// Something that runs on this host for us. With the ends of logs, where they may help.
    #[error("{message}{}{evidence}", if evidence.is_empty() { "" } else { "\n\n" })]
    Local { message: String, evidence: String },
    /// What was looked at is not good; what is wrong with it was said.
    #[error("errors were found: {0}")]
    Findings(usize),
    /// Servers would refuse a bundle, for the reason that they would name.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    /// Ctrl-C. What is to be said about it was said.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn usage_with(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// The whole chain of what went wrong on this host.
    pub(crate) fn local(error: anyhow::Error) -> Self {
        Self::Local { message: format!("{error:#}"), evidence: String::new() }
    }

    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        |error| Self::File { path, error }
    }

    /// The exit code, as `purvey --help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Endpoint(EndpointError::Url { .. }) => 2,
            Self::Job(_) => 3,
            Self::NotSignedIn => 5,
            Self::Api { error } => match error.code() {
                Code::NotFound => 4,
                Code::Unauthenticated | Code::PermissionDenied => 5,
                Code::InvalidArgument => 6,
                Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => 7,
                _ => 1,
            },
            Self::Interrupted => 130,
            Self::Endpoint(_)
            | Self::Receipt(_)
            | Self::Config(_)
            | Self::Io(_)
            | Self::File { .. }
            | Self::Refused { .. }
            | Self::Local { .. }
            | Self::Findings(_) => 1,
        }
    }

    /// A stable word for programs: the server's reason where it gave one.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Usage { .. } => "USAGE".to_owned(),
            Self::Api { error } => match error.reason() {
                Some(reason) => reason.to_owned(),
                None => words::code(error.code()).to_owned(),
            },
            Self::Endpoint(_) => "ENDPOINT".to_owned(),
            Self::NotSignedIn => "NOT_SIGNED_IN".to_owned(),
            Self::Job(job) if !job.reason_code.is_empty() => job.reason_code.clone(),
            Self::Job(job) => job.state().as_str_name().to_owned(),
            Self::Receipt(_) => "RECEIPT".to_owned(),
            Self::Config(_) => "CONFIG".to_owned(),
            Self::Io(_) | Self::File { .. } => "IO".to_owned(),
            Self::Local { .. } => "LOCAL".to_owned(),
            Self::Refused { code, .. } => (*code).to_owned(),
            Self::Findings(_) => "FINDINGS".to_owned(),
            Self::Interrupted => "INTERRUPTED".to_owned(),
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::Usage { help, .. } => help.clone(),
            Self::NotSignedIn => Some("sign in: purvey login https://HOST:5000".to_owned()),
            Self::Api { error } if error.reason() == Some("DOWNGRADE_NOT_ALLOWED") => {
                Some("if that is meant, say --allow-downgrade".to_owned())
            }
            Self::Api { error } => match error.code() {
                Code::Unauthenticated => {
                    Some("the token is missing, expired or revoked; sign in again: purvey login".to_owned())
                }
                Code::PermissionDenied => Some("see what this token may do: purvey whoami".to_owned()),
                Code::Aborted => {
                    Some("somebody else changed it in the meantime; look at it and try again".to_owned())
                }
                Code::Unavailable if !error.is_retryable() => Some(
                    "trust the fleet's own CA with --ca FILE, or check that the URL is the control plane's"
                        .to_owned(),
                ),
                Code::Unavailable => Some("check the URL and that the control plane runs".to_owned()),
                _ => None,
            },
            Self::Job(job) => Some(format!("its output: purvey job logs {}", escape(&job.job))),
            Self::Config(error) => error.help(),
            _ => None,
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Api { error }
    }
}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.advice().map(|advice| Box::new(advice) as Box<dyn fmt::Display>)
    }
}

/// The message and one line for each bad field.
struct ApiText<'a>(&'a ApiError);

impl fmt::Display for ApiText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.0.to_string()))?;
        for violation in self.0.violations() {
            let field = violation.field.strip_prefix("inputs.").unwrap_or(&violation.field);
            write!(f, "\n- {}: {}", escape(field), escape(&violation.description))?;
        }
        Ok(())
    }
}

/// How the job ended, the script's exit code included.
struct JobText<'a>(&'a v1::Job);

impl fmt::Display for JobText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let job = self.0;
        let mut text = format!("{} of {} on {} ", words::action(job.action()), job.install, job.server);
        text.push_str(match job.state() {
            v1::JobState::Failed => "failed",
            v1::JobState::Refused => "was refused by the agent",
            v1::JobState::Cancelled => "was cancelled",
            v1::JobState::Superseded => "was superseded by a newer change",
            v1::JobState::Lost => "was lost: the agent never said what became of it",
            _ => "did not succeed",
        });
        if let Some(code) = job.exit_code {
            write!(text, " with exit code {code}")?;
        }
        if !job.reason.is_empty() {
            write!(text, ": {}", job.reason)?;
        }
        if !job.reason_code.is_empty() {
            write!(text, " ({})", job.reason_code)?;
        }
        f.write_str(&escape(&text))?;
        match refusal::advice(&job.reason_code) {
            Some(advice) => write!(f, "\nwhat to do: {advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_job_says_why_and_what_to_do() {
        let job = v1::Job {
            install: "web".to_owned(),
            server: "one".to_owned(),
            state: v1::JobState::Refused.into(),
            reason: "the host's policy says pause".to_owned(),
            reason_code: "POLICY_PAUSED".to_owned(),
            ..Default::default()
        };
        let text = JobText(&job).to_string();
        assert!(
            text.contains("refused by the agent: the host's policy says pause (POLICY_PAUSED)\n"),
            "{text}"
        );
        assert!(text.contains("what to do: the host's administrator has paused it"), "{text}");
    }
}
