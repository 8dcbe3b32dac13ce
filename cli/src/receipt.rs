//! Verifying an exported receipt with nothing but the fleet root's hash: from the root to the trust documents, from those
//! to the agent's keys, the time of arrival and the job, and from the agent's keys to the receipt.

use purvey_contract::dsse::{DsseError, Envelope, KeyId, PublicKey, Verified};
use purvey_contract::identity::AgentKeyStatement;
use purvey_contract::job::JobSpec;
use purvey_contract::receipt::{Countersignature, Receipt};
use purvey_contract::trust::{TrustDocument, TrustError};
use purvey_sdk::v1::ReceiptExport;
use time::OffsetDateTime;

/// What a good export proves.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// What the agent says.
    pub(crate) receipt: Receipt,
    /// What it was told to do.
    pub(crate) job: JobSpec,
    /// When the receipt arrived, by the control plane's word.
    pub(crate) received: OffsetDateTime,
    /// Which key of the agent signed it.
    pub(crate) agent_key: KeyId,
}

/// Why an export proves nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiptError {
    #[error("its {part} is not good: {error}")]
    Envelope { part: &'static str, error: DsseError },
    #[error("{0}")]
    Trust(#[from] TrustError),
    #[error("{0}")]
    Mismatch(&'static str),
}

/// Verifies the export; `root` is the hash of the fleet root key, known from elsewhere.
pub(crate) fn verify(export: &ReceiptExport, root: KeyId) -> Result<Proof, ReceiptError> {
    let trust = Trust::read(&export.trust_documents, root)?;
    let receipt = envelope("receipt", &export.receipt)?;
    let countersignature =
        trust.countersignature(&envelope("countersignature", &export.countersignature)?)?;
    if countersignature.receipt != receipt.payload_digest() {
        return Err(ReceiptError::Mismatch("the countersignature is of another receipt"));
    }
    let statement = trust.key_statement(&envelope("key statement", &export.key_statement)?)?;
    if statement.registered > countersignature.received {
        return Err(ReceiptError::Mismatch("the agent's key was registered after the receipt arrived"));
    }
    let receipt: Verified<Receipt> = checked("receipt", &receipt, &[statement.receipt_key])?;
    let told = &receipt.document;
    if (told.server, told.incarnation) != (statement.server, statement.incarnation) {
        return Err(ReceiptError::Mismatch("the agent's key is of another server or incarnation"));
    }
    let job = trust.job(&envelope("job", &export.job_envelope)?)?;
    if told.job_digest != job.payload_digest {
        return Err(ReceiptError::Mismatch("the receipt is of another job"));
    }
    let job = job.document;
    // A receipt of a refused envelope names no job: its agent believed nothing in it but its digest.
    let names_another =
        told.job.is_some_and(|id| id != job.job) || told.attempt.is_some_and(|n| n != job.attempt);
    if names_another || (told.server, told.incarnation) != (job.server, job.incarnation) {
        return Err(ReceiptError::Mismatch(
            "the job is for another server, or the receipt names another job",
        ));
    }
    Ok(Proof {
        received: countersignature.received,
        agent_key: receipt.key.id(),
        receipt: receipt.document,
        job,
    })
}

/// The trust documents of the export that the root vouches for, oldest first.
struct Trust(Vec<TrustDocument>);

impl Trust {
    fn read(documents: &[Vec<u8>], root: KeyId) -> Result<Self, ReceiptError> {
        let chain: Vec<Envelope> =
            documents.iter().map(|bytes| envelope("trust document", bytes)).collect::<Result<_, _>>()?;
        let mut trusted: Vec<TrustDocument> = Vec::new();
        for envelope in &chain {
            let next = match trusted.last() {
                Some(held) => held.successor(envelope)?,
                None => match TrustDocument::first(root, std::slice::from_ref(envelope)) {
                    // Older documents, of an older root, may stand before the first that the root signed.
                    Err(TrustError::UnknownRoot(_)) => continue,
                    other => other?,
                },
            };
            trusted.push(next);
        }
        match trusted.is_empty() {
            true => Err(TrustError::UnknownRoot(root).into()),
            false => Ok(Self(trusted)),
        }
    }

    /// The document in force at that time: the newest that had been issued. Where the export begins later, the oldest:
    /// the root vouches there for each key's own time.
    fn at(&self, time: OffsetDateTime) -> &TrustDocument {
        self.0.iter().rev().find(|document| document.issued <= time).unwrap_or(&self.0[0])
    }

    fn countersignature(&self, envelope: &Envelope) -> Result<Countersignature, ReceiptError> {
        let part = "countersignature";
        let received = envelope
            .peek::<Countersignature>()
            .map_err(|error| ReceiptError::Envelope { part, error })?
            .received;
        let document = self.at(received);
        let signed: Verified<Countersignature> =
            checked(part, envelope, &document.receipt_keys_at(received))?;
        self.same_domain(&signed.document.trust_domain)?;
        Ok(signed.document)
    }

    fn key_statement(&self, envelope: &Envelope) -> Result<AgentKeyStatement, ReceiptError> {
        let part = "key statement";
        let registered = envelope
            .peek::<AgentKeyStatement>()
            .map_err(|error| ReceiptError::Envelope { part, error })?
            .registered;
        let document = self.at(registered);
        let signed: Verified<AgentKeyStatement> =
            checked(part, envelope, &document.receipt_keys_at(registered))?;
        self.same_domain(&signed.document.trust_domain)?;
        Ok(signed.document)
    }

    fn job(&self, envelope: &Envelope) -> Result<Verified<JobSpec>, ReceiptError> {
        let part = "job";
        let issued =
            envelope.peek::<JobSpec>().map_err(|error| ReceiptError::Envelope { part, error })?.issued;
        let document = self.at(issued);
        let signed: Verified<JobSpec> = checked(part, envelope, &document.job_keys_at(issued))?;
        self.same_domain(&signed.document.trust_domain)?;
        Ok(signed)
    }

    fn same_domain(&self, domain: &str) -> Result<(), ReceiptError> {
        match self.0.iter().all(|document| document.trust_domain == domain) {
            true => Ok(()),
            false => Err(ReceiptError::Mismatch("a part of it is of another fleet")),
        }
    }
}

fn envelope(part: &'static str, bytes: &[u8]) -> Result<Envelope, ReceiptError> {
    Envelope::from_json(bytes).map_err(|error| ReceiptError::Envelope { part, error })
}

fn checked<D: purvey_contract::dsse::Document>(
    part: &'static str,
    envelope: &Envelope,
    keys: &[PublicKey],
) -> Result<Verified<D>, ReceiptError> {
    envelope.verify(keys).map_err(|error| ReceiptError::Envelope { part, error })
}

#[cfg(test)]
mod tests;
