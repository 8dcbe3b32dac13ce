//! Publishers: who may sign which bundles, and the statement that names one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::bundle::Bundle;
use crate::dsse::{Document, DsseError, Envelope, KeyId, ListedKey, PublicKey};
use crate::id::{AppRef, Digest, Name};

mod distrust;
mod lineage;

pub use distrust::Distrust;
pub use lineage::Lineage;

/// The most root keys of a publisher.
pub const MAX_ROOTS: usize = 8;
/// The most signing keys that a document lists, expired and revoked ones included.
pub const MAX_SIGNING_KEYS: usize = 64;

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

/// A statement that its publisher stands by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// What was signed.
    pub statement: BundleStatement,
    /// The key that signed it, as the document lists it.
    pub key: ListedKey,
}

impl BundleStatement {
    /// What there is to say of a bundle.
    pub fn of(bundle: &Bundle, issued: OffsetDateTime) -> Self {
        let manifest = &bundle.manifest;
        Self {
            app: AppRef { publisher: manifest.publisher.clone(), app: manifest.id.clone() },
            version: manifest.version.clone(),
            release: manifest.release,
            bundle: bundle.digest,
            issued,
        }
    }

    /// Whether it speaks of this bundle: the digest, and all that the manifest says of itself.
    ///
    /// # Errors
    /// What it speaks of, and what the bundle is.
    pub fn check(&self, bundle: &Bundle) -> Result<(), StatementMismatch> {
        let real = Self::of(bundle, self.issued);
        if *self == real {
            return Ok(());
        }
        Err(StatementMismatch { said: self.to_string(), found: real.to_string() })
    }
}

impl fmt::Display for BundleStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, version, release, bundle, issued: _ } = self;
        write!(f, "{app} {version} (release {release}, {bundle})")
    }
}

/// A statement is not about the bundle that it came with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the statement speaks of {said}, the bundle is {found}")]
pub struct StatementMismatch {
    /// What the statement speaks of.
    pub said: String,
    /// What the bundle is.
    pub found: String,
}

impl PublisherDocument {
    /// Reads a root document that is trusted by where it lies: signed by one of its own roots.
    ///
    /// # Errors
    /// It is none, or not signed so.
    pub fn from_host(envelope: &Envelope) -> Result<Self, Distrust> {
        let claimed = envelope.peek::<Self>().and_then(Self::bounded).map_err(Distrust::Document)?;
        Ok(envelope.verify::<Self>(&claimed.roots).map_err(Distrust::Document)?.document)
    }

    /// The next root document: of a higher version, signed by a root of this one, and by a new root if there is one.
    ///
    /// # Errors
    /// It is none, of another publisher, not newer, or not signed so.
    pub fn successor(&self, envelope: &Envelope) -> Result<Self, Distrust> {
        let next = envelope.verify::<Self>(&self.roots).and_then(|next| next.document.bounded());
        let next = next.map_err(Distrust::Document)?;
        if next.publisher != self.publisher {
            return Err(Distrust::OtherDocument { held: self.publisher.clone(), offered: next.publisher });
        }
        if next.version <= self.version {
            return Err(Distrust::NotNewer { held: self.version, offered: next.version });
        }
        if next.roots != self.roots {
            envelope.verify::<Self>(&next.roots).map_err(Distrust::Document)?;
        }
        Ok(next)
    }

    /// Each listed key costs a verification; nobody needs many.
    fn bounded(self) -> Result<Self, DsseError> {
        let good = (1..=MAX_ROOTS).contains(&self.roots.len()) && self.signing_keys.len() <= MAX_SIGNING_KEYS;
        if good { Ok(self) } else { Err(DsseError::TooLarge) }
    }

    /// The statement, if this publisher stands by it at that time.
    ///
    /// # Errors
    /// Why not: for a statement with several signatures, what is wrong with the first that is one of this publisher's.
    pub fn verify_statement(
        &self,
        envelope: &Envelope,
        now: OffsetDateTime,
    ) -> Result<BundleStatement, Distrust> {
        self.vouch(envelope, now).map(|vouched| vouched.statement)
    }

    /// The same, with the key that signed it.
    ///
    /// # Errors
    /// As [`Self::verify_statement`].
    pub fn vouch(&self, envelope: &Envelope, now: OffsetDateTime) -> Result<Vouched, Distrust> {
        let keys: Vec<PublicKey> = self.signing_keys.iter().map(|key| key.public_key).collect();
        let statement = envelope.verify::<BundleStatement>(&keys).map_err(Distrust::Signature)?.document;
        self.judge(&statement)?;
        let signed = |key: &&ListedKey| envelope.verify::<BundleStatement>(&[key.public_key]).is_ok();
        let mut worst = None;
        for key in self.signing_keys.iter().filter(signed) {
            let id = key.public_key.id();
            if self.revoked_keys.contains(&id) {
                worst.get_or_insert(Distrust::KeyRevoked(id));
            } else if !key.is_valid_at(now) {
                worst.get_or_insert(Distrust::KeyExpired(id));
            } else {
                return Ok(Vouched { statement, key: key.clone() });
            }
        }
        // There is one: a listed key signed it, and was not good enough.
        Err(worst.unwrap_or(Distrust::Signature(DsseError::Untrusted(String::new()))))
    }

    /// What is wrong with a statement whoever signed it.
    fn judge(&self, statement: &BundleStatement) -> Result<(), Distrust> {
        if statement.app.publisher != self.publisher {
            return Err(Distrust::OtherPublisher {
                publisher: self.publisher.clone(),
                statement: statement.app.clone(),
            });
        }
        if self.revoked_bundles.contains(&statement.bundle) {
            return Err(Distrust::BundleRevoked(statement.bundle));
        }
        let floor = self.floors.get(&statement.app.app).copied().unwrap_or(0);
        if statement.release < floor {
            return Err(Distrust::BelowFloor { release: statement.release, floor });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
