//! Why a job is not done.

use purvey_contract::action::Action;
use purvey_contract::dsse::DsseError;
use purvey_contract::id::{Digest, Name};
use purvey_contract::job::SPEC_VERSION;
use purvey_contract::publisher::Distrust;
use time::OffsetDateTime;

use crate::bundles::FetchError;
use crate::policy::{Denied, PolicyFileError};

/// Why a job is not done. Each has a stable code ([`Self::code`]).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The envelope is no envelope.
    #[error("the job's envelope: {0}")]
    EnvelopeMalformed(DsseError),
    /// No job key of the trust document signed it.
    #[error("the job's envelope: {0}")]
    EnvelopeUntrusted(DsseError),
    /// It is for another fleet, control plane or server.
    #[error("the job is for {0}, not for this server")]
    WrongServer(String),
    /// It is for another enrolment of this server.
    #[error("the job is for incarnation {found} of this server, which is {held}")]
    WrongIncarnation {
        /// The job's.
        found: u32,
        /// The server's.
        held: u32,
    },
    /// It does not answer the poll that is pending: a replay.
    #[error("the job does not answer the pending poll")]
    WrongNonce,
    /// Its time is over.
    #[error("the job expired at {0}")]
    Expired(OffsetDateTime),
    /// It was signed at a time that cannot be: the poll that it answers was sent after it, or it is yet to come.
    #[error(
        "the job was signed at {issued} by the control plane's clock, and this host's clock is {} {}", spell(*off),
        if *is_ahead { "ahead" } else { "behind" }
    )]
    ClockOff {
        /// When it was signed.
        issued: OffsetDateTime,
        /// How far the host's clock is off, at least.
        off: time::Duration,
        /// Whether the host's clock is ahead.
        is_ahead: bool,
    },
    /// A later format, which may restrict what this agent would not notice.
    #[error("the job has format {0}, and this agent knows {SPEC_VERSION}; upgrade the agent")]
    SpecVersion(u32),
    /// An unknown action.
    #[error("the job's action `{0}` is unknown; upgrade the agent")]
    UnknownAction(String),
    /// It is signed, and not a job.
    #[error("the job is malformed: {0}")]
    Malformed(String),
    /// The policy file is broken.
    #[error("host policy: {0}")]
    PolicyFile(#[from] PolicyFileError),
    /// The policy says no.
    #[error(transparent)]
    Policy(#[from] Denied),
    /// How many destructive jobs there were today is unknown.
    #[error("the daily count of destructive jobs cannot be read: {0}")]
    DailyCount(std::io::Error),
    /// This host does not trust the publisher.
    #[error("this host does not trust the publisher `{0}`: there is no {path}", path = publisher_path(.0))]
    PublisherUnknown(Name),
    /// The publisher's document on this host cannot be relied on.
    #[error("the publisher `{publisher}`'s document on this host: {why}")]
    PublisherFile {
        /// Whose.
        publisher: Name,
        /// What is wrong.
        why: String,
    },
    /// The publisher does not stand by the bundle.
    #[error(transparent)]
    Distrust(#[from] Distrust),
    /// The publisher's statement is about another bundle than the job's.
    #[error("the publisher's statement is about {statement}, and the job about {job}")]
    StatementMismatch {
        /// What the statement is about.
        statement: String,
        /// What the job is about.
        job: String,
    },
    /// The bundle cannot be had.
    #[error(transparent)]
    BundleUnavailable(FetchError),
    /// The bundle is not the one that was signed.
    #[error("the bundle has the digest {found}, not {wanted}")]
    BundleAltered {
        /// What it has.
        found: Digest,
        /// What was signed.
        wanted: Digest,
    },
    /// The archive is no bundle.
    #[error("the bundle is invalid: {0}")]
    BundleInvalid(String),
    /// The manifest is of another app, version or release than was signed.
    #[error("the bundle's manifest is of {0}")]
    ManifestMismatch(String),
    /// The app has no script for the action.
    #[error("the app has no script for `{0}`")]
    NoScript(Action),
    /// The sealed inputs do not open.
    #[error("the sealed inputs cannot be opened with this server's key")]
    SealedInputs,
    /// The inputs do not fit the manifest that the publisher signed.
    #[error("the inputs do not fit the manifest: {0}")]
    Inputs(String),
    /// The system is not one that the app runs on.
    #[error("the app does not run on {0}")]
    OperatingSystem(String),
    /// The machine is too small.
    #[error("the host has {has}, and the app needs {needs}")]
    Resources {
        /// What there is.
        has: String,
        /// What is needed.
        needs: String,
    },
    /// The script asks for a sandbox that this host cannot enforce.
    #[error("the app asks for the sandbox `confined`, which this host cannot enforce: {0}")]
    SandboxUnavailable(String),
    /// Another attempt works on the install, or all slots are taken.
    #[error("{0}")]
    Busy(String),
    /// The attempt ran before.
    #[error("attempt {0} of this job was taken on before, and so was a later one")]
    Superseded(u32),
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Journal(std::io::Error),
}

/// A length of time for people, such as `2 h 5 min`.
pub(crate) fn spell(length: time::Duration) -> String {
    let (hours, minutes) = (length.whole_hours(), length.whole_minutes() % 60);
    match (hours, minutes) {
        (0, 0) => format!("{} s", length.whole_seconds()),
        (0, minutes) => format!("{minutes} min"),
        (hours, _) if hours >= 48 => format!("{} days", hours / 24),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn publisher_path(publisher: &Name) -> String {
    format!("/etc/purvey/publishers.d/{publisher}")
}

impl Refusal {
    /// Stable, for receipts and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EnvelopeMalformed(_) => "ENVELOPE_MALFORMED",
            Self::EnvelopeUntrusted(_) => "ENVELOPE_UNTRUSTED",
            Self::WrongServer(_) => "WRONG_SERVER",
            Self::WrongIncarnation { .. } => "WRONG_INCARNATION",
            Self::WrongNonce => "NONCE_MISMATCH",
            Self::Expired(_) => "JOB_EXPIRED",
            Self::ClockOff { .. } => "CLOCK_OFF",
            Self::SpecVersion(_) => "SPEC_VERSION_UNSUPPORTED",
            Self::UnknownAction(_) => "ACTION_UNKNOWN",
            Self::Malformed(_) => "JOB_MALFORMED",
            Self::PolicyFile(_) => "POLICY_INVALID",
            Self::Policy(denied) => denied.code(),
            Self::DailyCount(_) => "POLICY_DAILY_LIMIT",
            Self::PublisherUnknown(_) => "PUBLISHER_NOT_TRUSTED",
            Self::PublisherFile { .. } => "PUBLISHER_DOCUMENT_INVALID",
            Self::Distrust(distrust) => distrust.code(),
            Self::StatementMismatch { .. } => "BUNDLE_STATEMENT_MISMATCH",
            Self::BundleUnavailable(_) => "BUNDLE_UNAVAILABLE",
            Self::BundleAltered { .. } => "BUNDLE_ALTERED",
            Self::BundleInvalid(_) => "BUNDLE_INVALID",
            Self::ManifestMismatch(_) => "MANIFEST_MISMATCH",
            Self::NoScript(_) => "ACTION_NOT_SUPPORTED",
            Self::SealedInputs => "SEALED_INPUTS_UNREADABLE",
            Self::Inputs(_) => "INPUTS_INVALID",
            Self::OperatingSystem(_) => "OS_UNSUPPORTED",
            Self::Resources { .. } => "RESOURCES_INSUFFICIENT",
            Self::SandboxUnavailable(_) => "SANDBOX_UNAVAILABLE",
            Self::Busy(_) => "SERVER_BUSY",
            Self::Superseded(_) => "ATTEMPT_SUPERSEDED",
            Self::Journal(_) => "JOURNAL_UNWRITABLE",
        }
    }
}
