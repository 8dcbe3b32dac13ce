//! Receipts: what became of an attempt, signed with the key that never leaves this host.

use purvey_contract::dsse::Envelope;
use purvey_contract::id::Digest;
use purvey_contract::receipt::{LogChain, LogSummary, Outcome, OutputValue, Receipt, SandboxReport};
use time::OffsetDateTime;

use crate::identity::Identity;
use crate::journal::AttemptId;
use crate::verify::Refusal;

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Ending {
    /// In a word.
    pub outcome: Outcome,
    /// The script's exit code, if it ended by exiting.
    pub exit_code: Option<i32>,
    /// Why, for programs.
    pub reason_code: String,
    /// Why, for people.
    pub reason: String,
    /// When the agent began with it.
    pub started: OffsetDateTime,
    /// When it ended.
    pub ended: OffsetDateTime,
    /// The policy file in force.
    pub policy_digest: Option<Digest>,
    /// What held the script.
    pub sandbox: SandboxReport,
    /// The output.
    pub log: LogSummary,
    /// What the script reported.
    pub outputs: Vec<OutputValue>,
}

impl Ending {
    /// Nothing was run.
    pub fn refused(refusal: &Refusal, policy_digest: Option<Digest>, now: OffsetDateTime) -> Self {
        Self {
            outcome: Outcome::Refused,
            exit_code: None,
            reason_code: refusal.code().to_owned(),
            reason: clip(&refusal.to_string()),
            started: now,
            ended: now,
            policy_digest,
            sandbox: SandboxReport::default(),
            log: LogSummary { chunks: 0, lines: 0, digest: LogChain::default().digest() },
            outputs: Vec::new(),
        }
    }

    /// The agent ended while the script ran.
    pub fn interrupted(started: OffsetDateTime, now: OffsetDateTime, log: LogSummary) -> Self {
        Self {
            outcome: Outcome::Interrupted,
            exit_code: None,
            reason_code: "AGENT_RESTARTED".to_owned(),
            reason: "the agent ended while the script ran; how far it came is unknown".to_owned(),
            started,
            ended: now,
            policy_digest: None,
            sandbox: SandboxReport::default(),
            log,
            outputs: Vec::new(),
        }
    }
}

/// Signs the receipt of an attempt; of none if the job's signature was not good. Answers the envelope in JSON.
pub fn sign(identity: &Identity, id: Option<AttemptId>, job_digest: Digest, ending: Ending) -> String {
    let Ending {
        outcome,
        exit_code,
        reason_code,
        reason,
        started,
        ended,
        policy_digest,
        sandbox,
        log,
        outputs,
    } = ending;
    let receipt = Receipt {
        server: identity.named.server,
        incarnation: identity.named.incarnation,
        job: id.map(|id| id.job),
        attempt: id.map(|id| id.attempt),
        job_digest,
        outcome,
        exit_code,
        reason_code,
        reason,
        started,
        ended,
        policy_digest,
        sandbox,
        log,
        outputs,
    };
    let envelope = Envelope::sign(&receipt, &[&identity.keys.receipt]);
    // JSON is always UTF-8.
    String::from_utf8(envelope.to_json()).unwrap_or_default()
}

fn clip(text: &str) -> String {
    text.chars().take(2000).collect()
}
