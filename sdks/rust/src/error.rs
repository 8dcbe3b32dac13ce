//! What a call that failed says.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::connect::ConnectError;

/// A failed call: the gRPC code, a stable reason, a text for people, and every bad field.
///
/// A cut connection is [`Code::Unavailable`], whatever the transport called it.
#[derive(Clone)]
pub struct Error(Box<Content>);

#[derive(Clone, Debug)]
struct Content {
    code: Code,
    message: String,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
    violations: Vec<FieldViolation>,
    retry_after: Option<Duration>,
    lasting: bool,
}

/// A field of a request that is not as it must be (`google.rpc.BadRequest.FieldViolation`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Such as `inputs.http_port`.
    pub field: String,
    /// What is wrong and what would be right.
    pub description: String,
    /// Stable, such as `INPUT_TOO_LARGE`; empty if the server gave none.
    pub code: String,
}

impl Error {
    /// The gRPC code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, for people. It comes from the other end: escape it before it reaches a terminal.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What happened, for programs: `google.rpc.ErrorInfo.reason`, such as `REQUEST_ID_REUSED`.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// `google.rpc.ErrorInfo.metadata`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.metadata
    }

    /// Every field that is wrong, in the server's order, or that something stands in the way of
    /// (`google.rpc.PreconditionFailure`, with `FAILED_PRECONDITION`).
    pub fn violations(&self) -> &[FieldViolation] {
        &self.0.violations
    }

    /// How long the server asks to wait before the next try (`google.rpc.RetryInfo`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later: the code is UNAVAILABLE or `RESOURCE_EXHAUSTED`, and the server's
    /// certificate is not what stands in the way. ABORTED is never repeated, because the caller decided on a state that
    /// is no longer there.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.code, Code::Unavailable | Code::ResourceExhausted) && !self.0.lasting
    }

    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Content {
            code,
            message: message.into(),
            reason: None,
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            retry_after: None,
            lasting: false,
        }))
    }

    fn of_transport(status: &Status) -> Self {
        let chain = || std::iter::successors(status.source(), |error| (*error).source());
        if chain().any(|error| error.is::<tonic::TimeoutExpired>()) {
            return Self::new(Code::DeadlineExceeded, "no answer in time");
        }
        if let Some(connect) = chain().find_map(|error| error.downcast_ref::<ConnectError>()) {
            let mut error = Self::new(Code::Unavailable, connect.to_string());
            error.0.lasting = connect.is_lasting();
            return error;
        }
        let innermost = chain().last().map(ToString::to_string).unwrap_or_default();
        Self::new(Code::Unavailable, format!("the connection was cut: {innermost}"))
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // Only a status that was made on this side has a source; one that was received never has.
        if status.source().is_some() {
            return Self::of_transport(&status);
        }
        let details = status.get_error_details();
        let mut error = Self::new(status.code(), status.message());
        if let Some(info) = details.error_info() {
            error.0.reason = Some(info.reason.clone());
            error.0.metadata = info.metadata.clone().into_iter().collect();
        }
        if let Some(request) = details.bad_request() {
            let violation = |violation: &tonic_types::FieldViolation| FieldViolation {
                field: violation.field.clone(),
                description: violation.description.clone(),
                code: violation.reason.clone(),
            };
            error.0.violations = request.field_violations.iter().map(violation).collect();
        }
        if let Some(failure) = details.precondition_failure() {
            let violation = |violation: &tonic_types::PreconditionViolation| FieldViolation {
                field: violation.subject.clone(),
                description: violation.description.clone(),
                code: violation.r#type.clone(),
            };
            error.0.violations.extend(failure.violations.iter().map(violation));
        }
        error.0.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.message.as_str() {
            "" => f.write_str(self.0.code.description()),
            message => f.write_str(message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn every_violation_reason_and_retry_delay_arrives() {
        let mut details =
            ErrorDetails::with_bad_request_violation("inputs.http_port", "80000 is more than 65535");
        details.add_bad_request_violation("inputs.server_name", "is required");
        details.set_error_info(
            "INVALID_INPUTS",
            "purvey",
            HashMap::from([("app".to_owned(), "nginx".to_owned())]),
        );
        details.set_retry_info(Some(Duration::from_secs(3)));
        let error =
            Error::from(Status::with_error_details(Code::InvalidArgument, "two inputs are wrong", details));
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.reason(), Some("INVALID_INPUTS"));
        assert_eq!(error.metadata()["app"], "nginx");
        let fields: Vec<_> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["inputs.http_port", "inputs.server_name"]);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
        assert!(!error.is_retryable());
    }

    #[test]
    fn only_unavailable_and_resource_exhausted_are_tried_again() {
        let retryable: Vec<i32> =
            (0..17).filter(|code| Error::new(Code::from(*code), "").is_retryable()).collect();
        assert_eq!(retryable, [Code::ResourceExhausted as i32, Code::Unavailable as i32]);
    }
}
