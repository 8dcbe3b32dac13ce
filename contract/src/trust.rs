//! The trust document: which keys speak for the fleet.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::dsse::{Document, DsseError, Envelope, KeyId, ListedKey, PublicKey};

/// Lists the fleet's CAs and keys. Signed by the fleet root key; after a change of root by the old and the new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustDocument {
    /// The fleet's name in identities: `spiffe://<trust_domain>/...`.
    pub trust_domain: String,
    /// The control plane in a fleet of several.
    pub cell: String,
    /// Only ever rises.
    pub version: u64,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    pub issued: OffsetDateTime,
    /// Marks a demo's trust domain, which real control planes refuse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// May sign the next trust document.
    pub roots: Vec<PublicKey>,
    /// Issue certificates.
    pub cas: Vec<ListedCa>,
    /// Sign jobs.
    pub job_keys: Vec<ListedKey>,
    /// Countersign receipts and agent key statements.
    pub receipt_keys: Vec<ListedKey>,
    /// Sign audit checkpoints.
    pub audit_keys: Vec<ListedKey>,
}

/// A CA certificate in the trust document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedCa {
    /// The certificate (DER, in base64).
    #[serde(with = "crate::dsse::base64_bytes")]
    pub certificate: Vec<u8>,
}

impl Document for TrustDocument {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.trust.v1+json";
}

/// Why a trust document is not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The envelope is bad, or no accepted root signed it.
    #[error("trust document: {0}")]
    Signature(#[from] DsseError),
    /// It does not come after the one that is held.
    #[error("trust document {offered} is not newer than {held}")]
    NotNewer {
        /// The version that is held.
        held: u64,
        /// The version that was offered.
        offered: u64,
    },
    /// It speaks of another fleet.
    #[error("the trust document is of the trust domain `{offered}`, not `{held}`")]
    OtherDomain {
        /// The domain that is held.
        held: String,
        /// The domain that was offered.
        offered: String,
    },
    /// No document in the chain was signed by the root that the join token names.
    #[error("the control plane does not hold the fleet root that the join token names ({0})")]
    UnknownRoot(KeyId),
}

impl TrustDocument {
    /// The first trust document that a machine takes over: signed by the root whose hash it was given, and then by each
    /// following root in turn. `chain` is in ascending order and ends with the newest.
    pub fn first(root: KeyId, chain: &[Envelope]) -> Result<Self, TrustError> {
        let mut held: Option<Self> = None;
        for envelope in chain {
            held = Some(match held {
                Some(held) => held.successor(envelope)?,
                None => {
                    let roots = envelope.peek::<Self>()?.roots;
                    match roots.into_iter().find(|key| key.id() == root) {
                        Some(key) => envelope.verify::<Self>(&[key])?.document,
                        None => continue,
                    }
                }
            });
        }
        held.ok_or(TrustError::UnknownRoot(root))
    }

    /// The next trust document: of a higher version, signed by a root of this one.
    pub fn successor(&self, envelope: &Envelope) -> Result<Self, TrustError> {
        let next = envelope.verify::<Self>(&self.roots)?.document;
        if next.version <= self.version {
            return Err(TrustError::NotNewer { held: self.version, offered: next.version });
        }
        if next.trust_domain != self.trust_domain {
            return Err(TrustError::OtherDomain {
                held: self.trust_domain.clone(),
                offered: next.trust_domain,
            });
        }
        if next.roots != self.roots {
            // A new root must have signed as well: proof that whoever is named holds the key.
            envelope.verify::<Self>(&next.roots)?;
        }
        Ok(next)
    }

    /// The keys that may sign jobs at that time.
    pub fn job_keys_at(&self, time: OffsetDateTime) -> Vec<PublicKey> {
        valid_at(&self.job_keys, time)
    }

    /// The keys that may countersign at that time.
    pub fn receipt_keys_at(&self, time: OffsetDateTime) -> Vec<PublicKey> {
        valid_at(&self.receipt_keys, time)
    }
}

fn valid_at(keys: &[ListedKey], time: OffsetDateTime) -> Vec<PublicKey> {
    keys.iter().filter(|key| key.is_valid_at(time)).map(|key| key.public_key).collect()
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;
    use crate::dsse::SigningKey;

    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32])
    }

    fn document(version: u64, root: &SigningKey) -> TrustDocument {
        TrustDocument {
            trust_domain: "fleet.example".to_owned(),
            cell: "main".to_owned(),
            version,
            issued: NOW,
            demo: false,
            roots: vec![root.public_key()],
            cas: vec![ListedCa { certificate: vec![1, 2, 3] }],
            job_keys: vec![ListedKey {
                public_key: key(9).public_key(),
                not_before: NOW,
                not_after: NOW + Duration::days(1),
            }],
            receipt_keys: vec![],
            audit_keys: vec![],
        }
    }

    #[test]
    fn the_first_document_must_be_signed_by_the_root_whose_hash_is_known() {
        let (root, other) = (key(1), key(2));
        let good = Envelope::sign(&document(1, &root), &[&root]);
        assert_eq!(
            TrustDocument::first(root.public_key().id(), std::slice::from_ref(&good)).unwrap().version,
            1
        );
        assert_eq!(
            TrustDocument::first(other.public_key().id(), &[good]),
            Err(TrustError::UnknownRoot(other.public_key().id()))
        );
        let forged = Envelope::sign(&document(1, &root), &[&other]);
        assert!(matches!(
            TrustDocument::first(root.public_key().id(), &[forged]),
            Err(TrustError::Signature(DsseError::Untrusted(_)))
        ));
    }

    #[test]
    fn a_successor_is_newer_and_signed_by_the_root_that_is_held() {
        let root = key(1);
        let held = document(5, &root);
        let next = |version, signer: &SigningKey| {
            held.successor(&Envelope::sign(&document(version, &root), &[signer]))
        };
        assert_eq!(next(6, &root).unwrap().version, 6);
        assert_eq!(next(5, &root), Err(TrustError::NotNewer { held: 5, offered: 5 }));
        assert_eq!(next(4, &root), Err(TrustError::NotNewer { held: 5, offered: 4 }));
        assert!(next(6, &key(2)).is_err());
    }

    #[test]
    fn a_new_root_needs_both_signatures() {
        let (old, new) = (key(1), key(2));
        let held = document(1, &old);
        let rotated = document(2, &new);
        assert!(held.successor(&Envelope::sign(&rotated, &[&new])).is_err());
        assert!(held.successor(&Envelope::sign(&rotated, &[&old])).is_err());
        assert_eq!(held.successor(&Envelope::sign(&rotated, &[&old, &new])).unwrap().version, 2);
        let chain = [
            Envelope::sign(&held, &[&old]),
            Envelope::sign(&rotated, &[&old, &new]),
            Envelope::sign(&document(3, &new), &[&new]),
        ];
        assert_eq!(TrustDocument::first(old.public_key().id(), &chain).unwrap().version, 3);
        assert_eq!(TrustDocument::first(new.public_key().id(), &chain).unwrap().version, 3);
    }

    #[test]
    fn another_fleet_s_document_is_refused_even_under_the_same_root() {
        let root = key(1);
        let mut other = document(2, &root);
        other.trust_domain = "other.example".to_owned();
        assert!(matches!(
            document(1, &root).successor(&Envelope::sign(&other, &[&root])),
            Err(TrustError::OtherDomain { .. })
        ));
    }

    #[test]
    fn a_job_key_counts_only_in_its_time() {
        let document = document(1, &key(1));
        assert_eq!(document.job_keys_at(NOW).len(), 1);
        assert!(document.job_keys_at(NOW - Duration::seconds(1)).is_empty());
        assert!(document.job_keys_at(NOW + Duration::days(1)).is_empty());
    }
}
