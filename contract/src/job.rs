//! The signed order: what one agent shall do, once.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::action::Action;
use crate::dsse::{Document, base64_bytes};
use crate::id::{AppRef, Digest, InstallUid, JobId, Name, ServerUid};
use crate::inputs::Inputs;
use crate::seal::Sealed;

/// The version of the job format that this build writes. A new field that restricts what may run raises it; an agent
/// refuses a higher one than it knows.
pub const SPEC_VERSION: u32 = 1;

/// One attempt of one job for one incarnation of one server, in answer to one poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// The version of this format.
    pub spec_version: u32,
    /// The fleet.
    pub trust_domain: String,
    /// The control plane.
    pub cell: String,
    /// The project's id.
    pub project: Name,
    /// The server it is for.
    pub server: ServerUid,
    /// The server's incarnation it is for.
    pub incarnation: u32,
    /// The job.
    pub job: JobId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The install.
    pub install: InstallUid,
    /// The install's id.
    pub install_name: Name,
    /// The install's generation.
    pub generation: i64,
    /// What to do.
    pub action: Action,
    /// The app.
    pub app: AppRef,
    /// Its version, for people.
    pub version: String,
    /// Its release, for the publisher's floor.
    pub release: u64,
    /// The bundle.
    pub bundle: Digest,
    /// Inputs that are no secret, as validated.
    pub inputs: Inputs,
    /// Sensitive inputs: a JSON object of texts, sealed to the incarnation's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_inputs: Option<Sealed>,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    pub issued: OffsetDateTime,
    /// When it may no longer be accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
    /// The poll that it answers.
    #[serde(with = "base64_bytes")]
    pub nonce: Vec<u8>,
}

impl Document for JobSpec {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.job.v1+json";
}
