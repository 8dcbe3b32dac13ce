//! The API's enumerations as people read them.

use purvey_sdk::Code;
use purvey_sdk::v1::{
    DesiredState, JobAction, JobState, JoinTokenState, LogStream, ObservedState, ServerState,
};

pub(crate) fn job_state(state: JobState) -> &'static str {
    match state {
        JobState::Unspecified => "?",
        JobState::Waiting => "waiting",
        JobState::Queued => "queued",
        JobState::Offered => "offered",
        JobState::Running => "running",
        JobState::Cancelling => "cancelling",
        JobState::Succeeded => "succeeded",
        JobState::Failed => "failed",
        JobState::Refused => "refused",
        JobState::Cancelled => "cancelled",
        JobState::Superseded => "superseded",
        JobState::Lost => "lost",
    }
}

/// Every job state that can be asked for on the command line.
pub(crate) const JOB_STATES: [JobState; 11] = [
    JobState::Waiting,
    JobState::Queued,
    JobState::Offered,
    JobState::Running,
    JobState::Cancelling,
    JobState::Succeeded,
    JobState::Failed,
    JobState::Refused,
    JobState::Cancelled,
    JobState::Superseded,
    JobState::Lost,
];

pub(crate) fn action(action: JobAction) -> &'static str {
    match action {
        JobAction::Unspecified => "?",
        JobAction::Install => "install",
        JobAction::Upgrade => "upgrade",
        JobAction::Reconfigure => "reconfigure",
        JobAction::Verify => "verify",
        JobAction::Backup => "backup",
        JobAction::Restore => "restore",
        JobAction::Uninstall => "uninstall",
    }
}

pub(crate) fn observed(state: ObservedState) -> &'static str {
    match state {
        ObservedState::Unspecified => "?",
        ObservedState::Pending => "pending",
        ObservedState::Ready => "ready",
        ObservedState::Failed => "failed",
        ObservedState::Degraded => "degraded",
        ObservedState::Unknown => "unknown",
        ObservedState::Absent => "absent",
    }
}

pub(crate) fn desired(state: DesiredState) -> &'static str {
    match state {
        DesiredState::Unspecified => "?",
        DesiredState::Present => "present",
        DesiredState::Absent => "absent",
    }
}

pub(crate) fn server_state(state: ServerState) -> &'static str {
    match state {
        ServerState::Unspecified => "?",
        ServerState::Active => "active",
        ServerState::Evicted => "evicted",
        ServerState::Banned => "banned",
        ServerState::Quarantined => "quarantined",
    }
}

pub(crate) fn join_token_state(state: JoinTokenState) -> &'static str {
    match state {
        JoinTokenState::Unspecified => "?",
        JoinTokenState::Unused => "unused",
        JoinTokenState::Used => "used",
        JoinTokenState::Expired => "expired",
        JoinTokenState::Revoked => "revoked",
    }
}

pub(crate) fn log_stream(stream: LogStream) -> &'static str {
    match stream {
        LogStream::Unspecified => "?",
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
        LogStream::Agent => "agent",
    }
}

/// The name of a gRPC code in `google.rpc.Code`.
pub(crate) fn code(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
