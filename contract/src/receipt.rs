//! What became of an attempt, signed by the agent, and the control plane's word on when it heard of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::dsse::Document;
use crate::id::{Digest, JobId, ServerUid};

/// The end of one attempt, signed by the incarnation's receipt key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The server.
    pub server: ServerUid,
    /// Its incarnation.
    pub incarnation: u32,
    /// The job. None if the envelope's signature was not good: then nothing in it is believed.
    pub job: Option<JobId>,
    /// The attempt. None as with `job`.
    pub attempt: Option<u32>,
    /// SHA-256 of the signed job's payload.
    pub job_digest: Digest,
    /// How it ended.
    pub outcome: Outcome,
    /// The script's exit code, if it ended by exiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Why, for programs: a refusal's or failure's stable code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_code: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When the agent began with it, by its own clock.
    #[serde(with = "time::serde::rfc3339")]
    pub started: OffsetDateTime,
    /// When it ended, by the agent's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub ended: OffsetDateTime,
    /// SHA-256 of the host policy that was in force; none if there is no policy file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<Digest>,
    /// What held the script.
    pub sandbox: SandboxReport,
    /// The output.
    pub log: LogSummary,
    /// What the script wrote to `$PURVEY_OUTPUT`, in the order of its lines; sensitive values masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputValue>,
}

impl Document for Receipt {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.receipt.v1+json";
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The script ended with exit code 0.
    Succeeded,
    /// The script ended with another exit code, by a signal, or could not be started.
    Failed,
    /// Nothing was run.
    Refused,
    /// The script was stopped because its time was over.
    TimedOut,
    /// The script was stopped on request.
    Cancelled,
    /// The agent ended while the script ran; how far it came is unknown.
    Interrupted,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Succeeded, Self::Failed, Self::Refused, Self::TimedOut, Self::Cancelled, Self::Interrupted];

    /// The name in documents, SQL and API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What held the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxReport {
    /// `host` or `confined`; empty if nothing was run.
    pub profile: String,
    /// What was enforced, such as `cgroup.kill`.
    pub enforced: Vec<String>,
    /// What the profile asks for and this host could not give.
    pub missing: Vec<String>,
}

/// One line of `$PURVEY_OUTPUT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputValue {
    /// The name before the first `=`.
    pub name: String,
    /// What follows.
    pub value: String,
}

/// What a receipt vouches for of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSummary {
    /// How many chunks; also the last chunk's number.
    pub chunks: u64,
    /// How many lines.
    pub lines: u64,
    /// The chain over them ([`LogChain`]).
    pub digest: Digest,
}

/// The hash chain over an attempt's chunks: `h(0)` is 32 zero bytes, `h(n) = SHA-256(h(n-1) || n as u64 big-endian ||
/// payload n)`, the payload exactly as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogChain {
    chunks: u64,
    head: [u8; 32],
}

impl LogChain {
    /// Takes the next chunk in and answers its number, from 1.
    pub fn push(&mut self, payload: &[u8]) -> u64 {
        self.chunks += 1;
        let hash = Sha256::new()
            .chain_update(self.head)
            .chain_update(self.chunks.to_be_bytes())
            .chain_update(payload);
        self.head = hash.finalize().into();
        self.chunks
    }

    /// The number of chunks so far.
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// The chain's head.
    pub fn digest(&self) -> Digest {
        Digest(self.head)
    }
}

/// The control plane's word on when a receipt arrived, signed by a receipt key of the trust document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Countersignature {
    /// The fleet.
    pub trust_domain: String,
    /// SHA-256 of the receipt's payload.
    pub receipt: Digest,
    /// When it arrived, by the database's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub received: OffsetDateTime,
}

impl Document for Countersignature {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.countersignature.v1+json";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_chain_depends_on_every_byte_and_on_the_order() {
        let chain = |chunks: &[&[u8]]| {
            let mut chain = LogChain::default();
            for chunk in chunks {
                chain.push(chunk);
            }
            chain.digest()
        };
        assert_eq!(chain(&[]), Digest([0; 32]));
        let all = [
            chain(&[b"a", b"b"]),
            chain(&[b"b", b"a"]),
            chain(&[b"ab"]),
            chain(&[b"ab", b""]),
            chain(&[b"", b"ab"]),
        ];
        for (index, digest) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(digest));
        }
        // Fixed for ever: SHA-256 of 32 zero bytes, the number 1, and "a".
        assert_eq!(chain(&[b"a"]), {
            let mut bytes = vec![0; 39];
            bytes.extend([1, b'a']);
            Digest::of(&bytes)
        });
    }
}
