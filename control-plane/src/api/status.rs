//! The one table from a verb's error to `google.rpc.Status` with typed details (AIP-193).

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt as _};

use crate::error::Error;
use crate::fleet::group_commit::Chain;
use crate::metrics::DATABASE_UNAVAILABLE;

/// `ErrorInfo.domain` of every error.
pub const DOMAIN: &str = "purvey";
/// When a caller shall come back while the database is away.
const RETRY_SOON: Duration = Duration::from_millis(500);

/// What a caller learns of an error. What it does not learn is logged here, once, with its causes.
pub fn status(error: Error) -> Status {
    let message = error.to_string();
    let (code, reason) = code_and_reason(&error);
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    match &error {
        Error::Invalid(violations) => {
            details.set_bad_request(violations.iter().map(wire_violation).collect::<Vec<_>>());
        }
        Error::Hindered(hindrances) => {
            let wire = |one: &crate::error::FieldViolation| {
                PreconditionViolation::new(one.code, one.field.clone(), one.message.clone())
            };
            details.set_precondition_failure(hindrances.iter().map(wire).collect::<Vec<_>>());
        }
        Error::Exhausted { retry_after, .. } => {
            details.set_retry_info(Some(*retry_after));
        }
        Error::Unavailable(source) => {
            if source.is_some() {
                DATABASE_UNAVAILABLE.inc();
            }
            tracing::warn!(error = %Chain(&error), "a call failed for now");
            details.set_retry_info(Some(RETRY_SOON));
        }
        Error::Internal(_) | Error::Corrupt { .. } => {
            tracing::error!(error = %Chain(&error), "a call failed");
        }
        _ => {}
    }
    // Damaged rows are ours to know of.
    let shown = if code == Code::Internal { "internal error".to_owned() } else { message };
    Status::with_error_details(code, shown, details)
}

/// The same inside an answer, for one item of a batch.
pub fn to_rpc_status(error: Error) -> purvey_proto::google::rpc::Status {
    use prost::Message as _;
    let status = status(error);
    let details = tonic_types::Status::decode(status.details()).unwrap_or_default().details;
    let any = |any: prost_types::Any| purvey_proto::google::protobuf::Any {
        type_url: any.type_url,
        value: any.value,
    };
    purvey_proto::google::rpc::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: details.into_iter().map(any).collect(),
    }
}

fn code_and_reason(error: &Error) -> (Code, &'static str) {
    match error {
        Error::Invalid(violations) => (
            Code::InvalidArgument,
            if let [only] = violations.as_slice() { only.code } else { "INVALID_ARGUMENT" },
        ),
        Error::Unauthenticated(_) => (Code::Unauthenticated, "UNAUTHENTICATED"),
        Error::PermissionDenied { .. } => (Code::PermissionDenied, "PERMISSION_DENIED"),
        Error::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
        Error::AlreadyExists { .. } => (Code::AlreadyExists, "ALREADY_EXISTS"),
        Error::Hindered(hindrances) => (
            Code::FailedPrecondition,
            if let [only] = hindrances.as_slice() { only.code } else { "INSTALL_HINDERED" },
        ),
        Error::FailedPrecondition { reason, .. } => (Code::FailedPrecondition, reason),
        Error::Aborted { reason, .. } => (Code::Aborted, reason),
        Error::Exhausted { .. } => (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
        Error::Unavailable(_) => (Code::Unavailable, "UNAVAILABLE"),
        Error::Corrupt { .. } => (Code::Internal, "CORRUPT"),
        Error::Internal(_) => (Code::Internal, "INTERNAL"),
    }
}

fn wire_violation(violation: &crate::error::FieldViolation) -> FieldViolation {
    let crate::error::FieldViolation { field, code, message } = violation;
    FieldViolation { reason: (*code).to_owned(), ..FieldViolation::new(field.clone(), message.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let violation = |field: &str| crate::error::FieldViolation {
            field: field.to_owned(),
            code: "REQUIRED",
            message: "is needed".to_owned(),
        };
        let status = status(Error::Invalid(vec![violation("a"), violation("b")]));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let fields: Vec<_> =
            details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["a", "b"]);
    }

    #[test]
    fn a_caller_never_sees_sql_or_rows() {
        let error = Error::internal(sqlx::Error::ColumnNotFound("secret_hash".to_owned()));
        assert_eq!(status(error).message(), "internal error");
        let status = status(Error::corrupt("jobs", "state", "7"));
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    }

    #[test]
    fn a_briefly_absent_database_says_when_to_try_again() {
        let status = status(Error::from(sqlx::Error::PoolTimedOut));
        assert_eq!(status.code(), Code::Unavailable);
        assert!(status.get_error_details().retry_info().unwrap().retry_delay.is_some());
    }
}
