//! The publisher `test`: its keys and documents, and what it signs.

use std::time::Duration;

use purvey_contract::bundle::{self, Bundle, File, Files};
use purvey_contract::dsse::{Envelope, ListedKey, SigningKey};
use purvey_contract::publisher::{BundleStatement, PublisherDocument};
use time::OffsetDateTime;
use time::macros::datetime;

/// Signs the documents of `test`.
pub(crate) const ROOT: u8 = 1;
/// Signs its bundles.
pub(crate) const SIGNER: u8 = 2;
/// May sign its bundles as well.
pub(crate) const SECOND: u8 = 3;

pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32])
}

/// The document of that version, which says nothing special.
pub(crate) fn document(version: u64) -> PublisherDocument {
    let listed = |byte| ListedKey {
        public_key: key(byte).public_key(),
        not_before: datetime!(2026-01-01 0:00 UTC),
        not_after: datetime!(2126-01-01 0:00 UTC),
    };
    PublisherDocument {
        publisher: "test".parse().unwrap(),
        version,
        issued: datetime!(2026-01-01 0:00 UTC),
        demo: false,
        roots: vec![key(ROOT).public_key()],
        signing_keys: vec![listed(SIGNER), listed(SECOND)],
        revoked_keys: vec![],
        revoked_bundles: vec![],
        floors: Default::default(),
    }
}

/// The same, signed by the root.
pub(crate) fn document_of(version: u64) -> Vec<u8> {
    signed(&document(version), &[ROOT])
}

pub(crate) fn signed(document: &PublisherDocument, by: &[u8]) -> Vec<u8> {
    let keys: Vec<SigningKey> = by.iter().map(|byte| key(*byte)).collect();
    Envelope::sign(document, &keys.iter().collect::<Vec<_>>()).to_json()
}

/// A bundle of this manifest and these scripts.
pub(crate) fn packed(manifest: &str, scripts: &[(&str, &str)]) -> Bundle {
    let file = |text: &str, executable| File { contents: text.as_bytes().to_vec(), executable };
    let mut files = Files::from([("manifest.yml".to_owned(), file(manifest.trim_start(), false))]);
    files.extend(scripts.iter().map(|(name, script)| ((*name).to_owned(), file(script, true))));
    bundle::pack(&files).unwrap()
}

/// What there is to say of it now.
pub(crate) fn statement(bundle: &Bundle) -> BundleStatement {
    BundleStatement::of(bundle, OffsetDateTime::now_utc())
}

/// The statement, signed by the usual key.
pub(crate) fn vouched(bundle: &Bundle) -> Vec<u8> {
    vouched_by(&statement(bundle), SIGNER)
}

pub(crate) fn vouched_by(statement: &BundleStatement, by: u8) -> Vec<u8> {
    Envelope::sign(statement, &[&key(by)]).to_json()
}

/// The same in that time.
pub(crate) fn later(statement: &BundleStatement, by: Duration) -> BundleStatement {
    BundleStatement { issued: statement.issued + by, ..statement.clone() }
}
