//! What can go wrong in a verb, without a word about transports. `api/status.rs` maps each to gRPC and HTTP.

use std::time::Duration;

/// A verb's error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong: every field that is, at once.
    #[error("{}", show_violations(.0))]
    Invalid(Vec<FieldViolation>),
    /// The caller did not say who it is, or not so that it can be believed.
    #[error("{0}")]
    Unauthenticated(String),
    /// The caller may not do this.
    #[error("permission `{permission}` is needed on {resource}")]
    PermissionDenied {
        /// What is needed.
        permission: &'static str,
        /// On what.
        resource: String,
    },
    /// There is no such thing, or the caller may not know of it.
    #[error("{kind} `{name}` does not exist")]
    NotFound {
        /// Such as `install`.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// There is one already.
    #[error("{kind} `{name}` exists already")]
    AlreadyExists {
        /// Such as `install`.
        kind: &'static str,
        /// What was to be made.
        name: String,
    },
    /// Right as such, and not possible as things stand.
    #[error("{message}")]
    FailedPrecondition {
        /// Stable, such as `JOB_ACTIVE`.
        reason: &'static str,
        /// What stands in the way, and what to do.
        message: String,
    },
    /// Right as such, and something stands in the way: all of it, at once.
    #[error("{}", show_messages(.0))]
    Hindered(Vec<FieldViolation>),
    /// Somebody else was faster: read again, then decide again.
    #[error("{message}")]
    Aborted {
        /// Stable, such as `ETAG_MISMATCH`.
        reason: &'static str,
        /// What happened.
        message: String,
    },
    /// Too much at once.
    #[error("{message}")]
    Exhausted {
        /// What there is too much of.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// Not now: the database cannot be reached, or this replica is draining.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Option<sqlx::Error>),
    /// A stored row is not what it should be.
    #[error("stored data is damaged: {table}.{column} of {row}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
    },
    /// A fault of ours. The caller learns no more than that.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field, as the API names it: `inputs.http_port`.
    pub field: String,
    /// Stable, such as `REQUIRED`.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Error {
    /// A request with one wrong field.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldViolation { field: field.into(), code, message: message.into() }])
    }

    /// No such thing.
    pub fn not_found(kind: &'static str, name: impl ToString) -> Self {
        Self::NotFound { kind, name: name.to_string() }
    }

    /// Not possible as things stand.
    pub fn precondition(reason: &'static str, message: impl Into<String>) -> Self {
        Self::FailedPrecondition { reason, message: message.into() }
    }

    /// A stored value that does not parse.
    pub fn corrupt(table: &'static str, column: &'static str, row: impl ToString) -> Self {
        Self::Corrupt { table, column, row: row.to_string() }
    }

    /// A fault of ours.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Whether the same call may well succeed in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_transient(&error) { Self::Unavailable(Some(error)) } else { Self::Internal(Box::new(error)) }
    }
}

/// Whether the database may answer the same statement in a moment: connection loss, start-up, shutdown, deadlock,
/// serialization failure, read-only standby after a switch-over.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // Class 08: connection; 53: resources; 57P: operator intervention; 25006: read-only transaction.
            code.starts_with("08")
                || code.starts_with("53")
                || code.starts_with("57P")
                || matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "25006")
        }),
        _ => false,
    }
}

/// Maps the violation of a named constraint to a domain error; anything else stays what it was.
pub(crate) fn on_constraint(name: &str, domain: impl FnOnce() -> Error) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| match &error {
        sqlx::Error::Database(database) if database.constraint() == Some(name) => domain(),
        _ => error.into(),
    }
}

fn show_violations(violations: &[FieldViolation]) -> String {
    let shown: Vec<String> =
        violations.iter().map(|violation| format!("{}: {}", violation.field, violation.message)).collect();
    shown.join("; ")
}

fn show_messages(violations: &[FieldViolation]) -> String {
    violations.iter().map(|violation| violation.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Runs a verb's transaction again while the database is only briefly away, for up to ten seconds in all. What runs must be
/// idempotent: a commit whose answer was lost may have happened.
macro_rules! retrying {
    ($attempt:expr) => {{
        let mut pause = crate::error::Pause::default();
        loop {
            match $attempt.await {
                Err(error) if crate::error::Error::is_transient(&error) => match pause.next() {
                    Some(delay) => {
                        tracing::debug!(error = %error, "the database is briefly away; trying again");
                        tokio::time::sleep(delay).await;
                    }
                    None => break Err(error),
                },
                done => break done,
            }
        }
    }};
}
pub(crate) use retrying;

/// The pauses of [`retrying`]: 20 ms doubling up to 1 s, ten seconds in all.
#[derive(Default)]
pub(crate) struct Pause {
    taken: u32,
}

impl Pause {
    pub(crate) fn next(&mut self) -> Option<Duration> {
        self.taken += 1;
        let delay = Duration::from_millis(20) * 2u32.pow(self.taken.min(7) - 1);
        (self.taken <= 16).then(|| delay.min(Duration::from_secs(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_end_after_about_ten_seconds() {
        let mut pause = Pause::default();
        let total: Duration = std::iter::from_fn(|| pause.next()).sum();
        assert!(total > Duration::from_secs(8) && total < Duration::from_secs(13), "{total:?}");
    }
}
