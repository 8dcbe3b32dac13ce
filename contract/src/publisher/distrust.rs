//! Why a publisher's word is not taken.

use crate::dsse::{DsseError, KeyId};
use crate::id::{AppRef, Digest, Name};

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
    /// The document is another publisher's.
    #[error("the document is of the publisher `{offered}`, not of `{held}`")]
    OtherDocument {
        /// Whose document is held.
        held: Name,
        /// Whose was offered.
        offered: Name,
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
            Self::Document(_) | Self::OtherDocument { .. } | Self::NotNewer { .. } => {
                "PUBLISHER_DOCUMENT_INVALID"
            }
            Self::Signature(_) => "BUNDLE_STATEMENT_UNTRUSTED",
            Self::OtherPublisher { .. } => "PUBLISHER_NOT_TRUSTED_FOR_APP",
            Self::KeyExpired(_) => "PUBLISHER_KEY_EXPIRED",
            Self::KeyRevoked(_) => "PUBLISHER_KEY_REVOKED",
            Self::BundleRevoked(_) => "BUNDLE_REVOKED",
            Self::BelowFloor { .. } => "RELEASE_BELOW_FLOOR",
        }
    }
}
