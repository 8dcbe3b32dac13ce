//! Publishers: who may sign which bundles, and the statement that names one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::dsse::{Document, DsseError, Envelope, KeyId, ListedKey, PublicKey};
use crate::id::{AppRef, Digest, Name};

/// A publisher's root document: signed by one of its own root keys. A host trusts a publisher by holding one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublisherDocument {
    /// Who.
    pub publisher: Name,
    /// Only ever rises.
    pub version: u64,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    pub issued: OffsetDateTime,
    /// Marks a demo's publisher, which real control planes refuse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// May sign the next root document.
    pub roots: Vec<PublicKey>,
    /// May sign bundles.
    pub signing_keys: Vec<ListedKey>,
    /// Signing keys whose signatures no longer count, whenever made.
    #[serde(default)]
    pub revoked_keys: Vec<KeyId>,
    /// Bundles that must not run.
    #[serde(default)]
    pub revoked_bundles: Vec<Digest>,
    /// The lowest release that may run, by app.
    #[serde(default)]
    pub floors: BTreeMap<Name, u64>,
}

impl Document for PublisherDocument {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.publisher.v1+json";
}

/// What a publisher says of one bundle: the bundle's detached signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleStatement {
    /// Who vouches, and for which app.
    pub app: AppRef,
    /// The version, for people.
    pub version: String,
    /// Orders the versions of the app.
    pub release: u64,
    /// The canonical archive's digest.
    pub bundle: Digest,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    pub issued: OffsetDateTime,
}

impl Document for BundleStatement {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.bundle.v1+json";
}

/// Why a bundle's statement is not believed. Each has a stable code ([`Self::code`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// The publisher's root document is bad.
    #[error("publisher document: {0}")]
    Document(DsseError),
    /// The statement is bad, or none of the publisher's keys signed it.
    #[error("bundle statement: {0}")]
    Signature(DsseError),
    /// The statement is of another publisher than the document.
    #[error("`{statement}` is not an app of the publisher `{publisher}`")]
    OtherPublisher {
        /// Whose document it is.
        publisher: Name,
        /// What the statement is of.
        statement: AppRef,
    },
    /// The key that signed the statement has expired, or is not valid yet.
    #[error("the signing key {0} is not valid now")]
    KeyExpired(KeyId),
    /// The key that signed the statement was revoked.
    #[error("the signing key {0} was revoked")]
    KeyRevoked(KeyId),
    /// The publisher revoked the bundle.
    #[error("the bundle {0} was revoked by its publisher")]
    BundleRevoked(Digest),
    /// The publisher no longer lets so old a release run.
    #[error("release {release} is below the publisher's lowest, {floor}")]
    BelowFloor {
        /// The bundle's release.
        release: u64,
        /// The lowest that may run.
        floor: u64,
    },
    /// The document does not come after the one that is held.
    #[error("publisher document {offered} is not newer than {held}")]
    NotNewer {
        /// The version that is held.
        held: u64,
        /// The version that was offered.
        offered: u64,
    },
}

impl Distrust {
    /// Stable, for receipts and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Document(_) | Self::NotNewer { .. } => "PUBLISHER_DOCUMENT_INVALID",
            Self::Signature(_) => "BUNDLE_STATEMENT_UNTRUSTED",
            Self::OtherPublisher { .. } => "PUBLISHER_NOT_TRUSTED_FOR_APP",
            Self::KeyExpired(_) => "PUBLISHER_KEY_EXPIRED",
            Self::KeyRevoked(_) => "PUBLISHER_KEY_REVOKED",
            Self::BundleRevoked(_) => "BUNDLE_REVOKED",
            Self::BelowFloor { .. } => "RELEASE_BELOW_FLOOR",
        }
    }
}

impl PublisherDocument {
    /// Reads a root document that is trusted by where it lies: signed by one of its own roots.
    pub fn from_host(envelope: &Envelope) -> Result<Self, Distrust> {
        let roots = envelope.peek::<Self>().map_err(Distrust::Document)?.roots;
        Ok(envelope.verify::<Self>(&roots).map_err(Distrust::Document)?.document)
    }

    /// The next root document: of a higher version, signed by a root of this one, and by a new root if there is one.
    pub fn successor(&self, envelope: &Envelope) -> Result<Self, Distrust> {
        let next = envelope.verify::<Self>(&self.roots).map_err(Distrust::Document)?.document;
        if next.publisher != self.publisher || next.version <= self.version {
            return Err(Distrust::NotNewer { held: self.version, offered: next.version });
        }
        if next.roots != self.roots {
            envelope.verify::<Self>(&next.roots).map_err(Distrust::Document)?;
        }
        Ok(next)
    }

    /// The statement, if this publisher stands by it at that time.
    pub fn verify_statement(
        &self,
        envelope: &Envelope,
        now: OffsetDateTime,
    ) -> Result<BundleStatement, Distrust> {
        let keys: Vec<PublicKey> = self.signing_keys.iter().map(|key| key.public_key).collect();
        let verified = envelope.verify::<BundleStatement>(&keys).map_err(Distrust::Signature)?;
        let (statement, key) = (verified.document, verified.key.id());
        if statement.app.publisher != self.publisher {
            return Err(Distrust::OtherPublisher {
                publisher: self.publisher.clone(),
                statement: statement.app,
            });
        }
        if self.revoked_keys.contains(&key) {
            return Err(Distrust::KeyRevoked(key));
        }
        let valid = |listed: &ListedKey| listed.public_key == verified.key && listed.is_valid_at(now);
        if !self.signing_keys.iter().any(valid) {
            return Err(Distrust::KeyExpired(key));
        }
        if self.revoked_bundles.contains(&statement.bundle) {
            return Err(Distrust::BundleRevoked(statement.bundle));
        }
        let floor = self.floors.get(&statement.app.app).copied().unwrap_or(0);
        if statement.release < floor {
            return Err(Distrust::BelowFloor { release: statement.release, floor });
        }
        Ok(statement)
    }
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

    fn document() -> PublisherDocument {
        PublisherDocument {
            publisher: "acme".parse().unwrap(),
            version: 1,
            issued: NOW,
            demo: false,
            roots: vec![key(1).public_key()],
            signing_keys: vec![ListedKey {
                public_key: key(2).public_key(),
                not_before: NOW - Duration::days(1),
                not_after: NOW + Duration::days(1),
            }],
            revoked_keys: vec![],
            revoked_bundles: vec![],
            floors: BTreeMap::from([("nginx".parse().unwrap(), 3)]),
        }
    }

    fn statement(app: &str, release: u64) -> BundleStatement {
        BundleStatement {
            app: app.parse().unwrap(),
            version: "1.0.0".to_owned(),
            release,
            bundle: Digest::of(b"bundle"),
            issued: NOW,
        }
    }

    fn judge(
        document: &PublisherDocument,
        statement: &BundleStatement,
        signer: u8,
    ) -> Result<(), &'static str> {
        let envelope = Envelope::sign(statement, &[&key(signer)]);
        document.verify_statement(&envelope, NOW).map(drop).map_err(|distrust| distrust.code())
    }

    #[test]
    fn a_statement_needs_a_valid_key_an_own_app_and_a_release_at_the_floor() {
        assert_eq!(judge(&document(), &statement("acme/nginx", 3), 2), Ok(()));
        assert_eq!(judge(&document(), &statement("acme/other", 0), 2), Ok(()));
        assert_eq!(judge(&document(), &statement("acme/nginx", 2), 2), Err("RELEASE_BELOW_FLOOR"));
        assert_eq!(judge(&document(), &statement("evil/nginx", 9), 2), Err("PUBLISHER_NOT_TRUSTED_FOR_APP"));
        // The root key signs documents, not bundles.
        assert_eq!(judge(&document(), &statement("acme/nginx", 9), 1), Err("BUNDLE_STATEMENT_UNTRUSTED"));
    }

    #[test]
    fn expiry_and_revocation_end_a_key_and_revocation_ends_a_bundle() {
        let mut expired = document();
        expired.signing_keys[0].not_after = NOW;
        assert_eq!(judge(&expired, &statement("acme/nginx", 3), 2), Err("PUBLISHER_KEY_EXPIRED"));
        let mut revoked = document();
        revoked.revoked_keys.push(key(2).public_key().id());
        assert_eq!(judge(&revoked, &statement("acme/nginx", 3), 2), Err("PUBLISHER_KEY_REVOKED"));
        let mut bundle = document();
        bundle.revoked_bundles.push(Digest::of(b"bundle"));
        assert_eq!(judge(&bundle, &statement("acme/nginx", 3), 2), Err("BUNDLE_REVOKED"));
    }

    #[test]
    fn a_root_document_is_signed_by_its_own_root_and_succeeded_by_a_newer_one() {
        let held = PublisherDocument::from_host(&Envelope::sign(&document(), &[&key(1)])).unwrap();
        assert!(PublisherDocument::from_host(&Envelope::sign(&document(), &[&key(2)])).is_err());
        let mut next = document();
        assert!(held.successor(&Envelope::sign(&next, &[&key(1)])).is_err());
        next.version = 2;
        assert_eq!(held.successor(&Envelope::sign(&next, &[&key(1)])).unwrap().version, 2);
        next.roots = vec![key(5).public_key()];
        assert!(held.successor(&Envelope::sign(&next, &[&key(1)])).is_err());
        assert!(held.successor(&Envelope::sign(&next, &[&key(1), &key(5)])).is_ok());
    }
}
