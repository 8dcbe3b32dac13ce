//! Whether servers would run a bundle: the same code as theirs, in their order.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use purvey_contract::bundle::Bundle;
use purvey_contract::dsse::{Envelope, MAX_ENVELOPE_BYTES};
use purvey_contract::publisher::{Distrust, PublisherDocument, Vouched};
use time::OffsetDateTime;

/// Why servers would refuse a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// As receipts name it.
    pub(crate) code: &'static str,
    /// The same in words.
    pub(crate) reason: String,
}

/// Judges a bundle and its statement by a publisher's document, as a server that holds it would at that time.
///
/// # Errors
/// What a server would say.
pub(crate) fn judge(
    document: &PublisherDocument,
    statement: &[u8],
    bundle: &Bundle,
    at: OffsetDateTime,
) -> Result<Vouched, Refused> {
    let refused = |distrust: Distrust| Refused { code: distrust.code(), reason: distrust.to_string() };
    let envelope = Envelope::from_json(statement).map_err(|error| refused(Distrust::Signature(error)))?;
    let vouched = document.vouch(&envelope, at).map_err(refused)?;
    vouched
        .statement
        .check(bundle)
        .map_err(|mismatch| Refused { code: "BUNDLE_STATEMENT_MISMATCH", reason: mismatch.to_string() })?;
    Ok(vouched)
}

/// Reads a publisher's document that is trusted by where it lies.
///
/// # Errors
/// It cannot be read, or none of its own roots has signed it.
pub(crate) fn read_document(path: &Path) -> Result<PublisherDocument> {
    let what = || path.display().to_string();
    let envelope = Envelope::from_json(&read_envelope(path)?).with_context(what)?;
    PublisherDocument::from_host(&envelope).with_context(what)
}

/// Reads a file that holds an envelope.
///
/// # Errors
/// It cannot be read, or is larger than an envelope can be.
pub(crate) fn read_envelope(path: &Path) -> Result<Vec<u8>> {
    let what = || path.display().to_string();
    let size = std::fs::metadata(path).with_context(what)?.len();
    if size > MAX_ENVELOPE_BYTES as u64 {
        anyhow::bail!("{} is too large ({size} bytes) for what it should be", path.display());
    }
    std::fs::read(path).with_context(what)
}

/// The statement that belongs to a bundle's file: the named one, or the one beside it, if it is there.
pub(crate) fn statement_file(bundle: &Path, named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| Some(super::files::statement_beside(bundle)).filter(|path| path.is_file()))
}
