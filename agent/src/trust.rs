//! The trust document that the agent holds: which keys speak for the fleet.
//!
//! Persisted: the newest document's envelope, exactly as it was signed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use purvey_contract::dsse::{DsseError, Envelope, MAX_ENVELOPE_BYTES};
use purvey_contract::trust::{TrustDocument, TrustError};

use crate::files;

/// The newest trust document, shared with whatever judges by it.
#[derive(Clone, Debug)]
pub struct HeldTrust {
    path: PathBuf,
    newest: Arc<RwLock<Arc<TrustDocument>>>,
}

/// Why there is no trust document to go by.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// The file cannot be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is no trust document signed by one of its own roots.
    #[error("{}: {source}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DsseError,
    },
    /// An offered document does not follow the one that is held.
    #[error(transparent)]
    Refused(#[from] TrustError),
}

impl HeldTrust {
    /// Reads what was stored. It was judged before it was stored, so that here its own roots suffice.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn load(path: &Path) -> Result<Self, TrustFileError> {
        let bytes = files::read_bounded(path, MAX_ENVELOPE_BYTES as u64)
            .map_err(|source| TrustFileError::Io { path: path.to_owned(), source })?;
        let read = || {
            let envelope = Envelope::from_json(&bytes)?;
            let roots = envelope.peek::<TrustDocument>()?.roots;
            Ok(envelope.verify::<TrustDocument>(&roots)?.document)
        };
        let document = read().map_err(|source| TrustFileError::Bad { path: path.to_owned(), source })?;
        Ok(Self::of(path, document))
    }

    /// Takes over a document that was judged already, and stores its envelope.
    ///
    /// # Errors
    /// It cannot be stored.
    pub fn start(path: &Path, document: TrustDocument, envelope: &Envelope) -> Result<Self, TrustFileError> {
        let held = Self::of(path, document);
        held.store(envelope)?;
        Ok(held)
    }

    fn of(path: &Path, document: TrustDocument) -> Self {
        Self { path: path.to_owned(), newest: Arc::new(RwLock::new(Arc::new(document))) }
    }

    /// The newest document.
    pub fn newest(&self) -> Arc<TrustDocument> {
        // A panic while the lock was held left the document as it was: it is replaced in one step.
        Arc::clone(&self.newest.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Goes through documents in ascending order, from the one that is held to the newest. Documents that are held
    /// already are passed over.
    ///
    /// # Errors
    /// A document does not follow, or the newest cannot be stored. What followed until then is kept.
    pub fn advance(&self, chain: &[Envelope]) -> Result<Arc<TrustDocument>, TrustFileError> {
        for envelope in chain {
            let held = self.newest();
            // Looked at before it is believed, only to tell an old document from a bad one.
            if envelope.peek::<TrustDocument>().is_ok_and(|document| document.version <= held.version) {
                continue;
            }
            let next = held.successor(envelope)?;
            self.store(envelope)?;
            *self.newest.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(next);
        }
        Ok(self.newest())
    }

    fn store(&self, envelope: &Envelope) -> Result<(), TrustFileError> {
        files::write_atomically(&self.path, &envelope.to_json(), 0o600)
            .map_err(|source| TrustFileError::Io { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use purvey_contract::dsse::SigningKey;
    use time::macros::datetime;

    use super::*;

    fn document(version: u64, root: &SigningKey) -> TrustDocument {
        TrustDocument {
            trust_domain: "fleet.example".to_owned(),
            cell: "main".to_owned(),
            version,
            issued: datetime!(2026-11-22 12:00 UTC),
            demo: false,
            roots: vec![root.public_key()],
            cas: vec![],
            job_keys: vec![],
            receipt_keys: vec![],
            audit_keys: vec![],
        }
    }

    #[test]
    fn documents_are_followed_stored_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.json");
        let (old, new) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let first = Envelope::sign(&document(1, &old), &[&old]);
        let held = HeldTrust::start(&path, document(1, &old), &first).unwrap();
        let chain = [
            first,
            Envelope::sign(&document(2, &new), &[&old, &new]),
            Envelope::sign(&document(5, &new), &[&new]),
        ];
        assert_eq!(held.advance(&chain).unwrap().version, 5);
        assert_eq!(HeldTrust::load(&path).unwrap().newest().version, 5);
        let forged = Envelope::sign(&document(6, &old), &[&old]);
        assert!(matches!(held.advance(&[forged]), Err(TrustFileError::Refused(_))));
        assert_eq!(HeldTrust::load(&path).unwrap().newest().version, 5);
    }

    #[test]
    fn a_damaged_file_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.json");
        let (root, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        std::fs::write(&path, Envelope::sign(&document(1, &root), &[&other]).to_json()).unwrap();
        assert!(matches!(HeldTrust::load(&path), Err(TrustFileError::Bad { .. })));
    }
}
