//! The publishers that this host trusts, and what counts of each.
//!
//! Persisted: under `/etc/purvey/publishers.d` a publisher's first document, which whoever administers the host put there,
//! and which alone makes the publisher trusted; the agent never writes it. Beside the agent's own state the documents that
//! followed, exactly as they were signed. They come from the control plane and prove themselves: each is signed by a root of
//! the one before. When the first document is replaced, only what follows from the new one counts.

use std::fs;
use std::io;

use purvey_contract::dsse::{Envelope, MAX_ENVELOPE_BYTES};
use purvey_contract::id::Name;
use purvey_contract::publisher::{Distrust, Lineage, PublisherDocument};
use purvey_proto::agent::HeldPublisher;

use crate::files;
use crate::paths::Paths;
use crate::verify::Refusal;

/// Documents that changed the roots are kept besides the newest; nobody changes them often.
const MAX_LATER_BYTES: u64 = 4 * MAX_ENVELOPE_BYTES as u64;

/// What counts of a publisher on this host: the newest document.
///
/// # Errors
/// It is not trusted here; a file is bad, or not the agent's user's own.
pub fn load(publisher: &Name, paths: &Paths) -> Result<PublisherDocument, Refusal> {
    lineage(publisher, paths).map(|lineage| lineage.newest().clone())
}

/// The publishers that are trusted, each with the version that counts.
pub fn held(paths: &Paths) -> Vec<HeldPublisher> {
    let names = fs::read_dir(paths.publishers()).into_iter().flatten();
    let names = names.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<Name>().ok());
    let version = |publisher: &Name| match lineage(publisher, paths) {
        Ok(lineage) => Some(lineage.newest().version),
        // What followed is damaged: it is asked for anew.
        Err(_) => first(publisher, paths).ok().map(|lineage| lineage.newest().version),
    };
    names
        .filter_map(|publisher| {
            Some(HeldPublisher { version: version(&publisher)?, publisher: publisher.to_string() })
        })
        .collect()
}

/// Takes over documents that the control plane passed on, in ascending order. Those that do not follow from what the host
/// trusts are left alone.
pub fn take(documents: &[Vec<u8>], paths: &Paths) {
    for document in documents {
        match take_one(document, paths) {
            Ok(None) => {}
            Ok(Some(taken)) => tracing::info!(
                publisher = %taken.publisher, publisher.version = taken.version,
                "the publisher's newer document is taken over"
            ),
            Err(refusal) => tracing::warn!(
                code = refusal.code(), reason = %refusal, "a publisher's document is not taken over"
            ),
        }
    }
}

fn take_one(document: &[u8], paths: &Paths) -> Result<Option<PublisherDocument>, Refusal> {
    let envelope = Envelope::from_json(document).map_err(Distrust::Document)?;
    let publisher = envelope.peek::<PublisherDocument>().map_err(Distrust::Document)?.publisher;
    let mut lineage = match lineage(&publisher, paths) {
        Err(Refusal::PublisherFile { .. }) => first(&publisher, paths)?,
        other => other?,
    };
    if !lineage.advance(&envelope)? {
        return Ok(None);
    }
    let mut lines = Vec::new();
    for envelope in lineage.later() {
        lines.extend(envelope.to_json());
        lines.push(b'\n');
    }
    let path = paths.later_publisher(&publisher);
    let stored = files::make_folder(&paths.later_publishers(), 0o700)
        .and_then(|()| files::write_atomically(&path, &lines, 0o600));
    stored
        .map_err(|error| Refusal::PublisherFile { publisher, why: format!("{}: {error}", path.display()) })?;
    Ok(Some(lineage.newest().clone()))
}

/// The first document, and what followed from it.
fn lineage(publisher: &Name, paths: &Paths) -> Result<Lineage, Refusal> {
    let mut lineage = first(publisher, paths)?;
    let path = paths.later_publisher(publisher);
    let bad = |why: String| Refusal::PublisherFile {
        publisher: publisher.clone(),
        why: format!("{}: {why}", path.display()),
    };
    let stored = files::read_if_present(&path, MAX_LATER_BYTES).map_err(|error| bad(error.to_string()))?;
    for line in stored.iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n')) {
        if line.is_empty() {
            continue;
        }
        let envelope = Envelope::from_json(line).map_err(|error| bad(error.to_string()))?;
        if let Err(error) = lineage.advance(&envelope) {
            tracing::warn!(%publisher, %error, "documents of a publisher do not follow from its first one any more");
            break;
        }
    }
    Ok(lineage)
}

/// The document that makes the publisher trusted here.
fn first(publisher: &Name, paths: &Paths) -> Result<Lineage, Refusal> {
    let bad = |why: String| Refusal::PublisherFile { publisher: publisher.clone(), why };
    let path = paths.publisher(publisher);
    let read: io::Result<Option<Vec<u8>>> = files::read_if_present(&path, MAX_ENVELOPE_BYTES as u64);
    let bytes = read.map_err(|error| bad(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| Refusal::PublisherUnknown(publisher.clone()))?;
    for path in [paths.publishers(), path] {
        files::check_owned(&path).map_err(|error| bad(error.to_string()))?;
    }
    let envelope = Envelope::from_json(&bytes).map_err(|error| bad(error.to_string()))?;
    let lineage = Lineage::begin(envelope)?;
    let found = &lineage.newest().publisher;
    if found == publisher { Ok(lineage) } else { Err(bad(format!("it is `{found}`'s"))) }
}

#[cfg(test)]
mod tests {
    use purvey_contract::dsse::SigningKey;
    use time::macros::datetime;

    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32])
    }

    fn signed(version: u64, root: u8, by: &[u8]) -> Vec<u8> {
        let document = PublisherDocument {
            publisher: "acme".parse().unwrap(),
            version,
            issued: datetime!(2026-11-22 12:00 UTC),
            demo: false,
            roots: vec![key(root).public_key()],
            signing_keys: vec![],
            revoked_keys: vec![],
            revoked_bundles: vec![],
            floors: Default::default(),
        };
        let keys: Vec<_> = by.iter().map(|byte| key(*byte)).collect();
        Envelope::sign(&document, &keys.iter().collect::<Vec<_>>()).to_json()
    }

    fn host(first: &[u8]) -> (tempfile::TempDir, Paths) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        fs::create_dir_all(paths.publishers()).unwrap();
        fs::create_dir_all(paths.state()).unwrap();
        fs::write(paths.publishers().join("acme"), first).unwrap();
        (folder, paths)
    }

    fn version(paths: &Paths) -> u64 {
        load(&"acme".parse().unwrap(), paths).unwrap().version
    }

    #[test]
    fn newer_documents_are_taken_over_kept_and_never_given_up_for_older_ones() {
        let (_folder, paths) = host(&signed(1, 1, &[1]));
        assert_eq!(version(&paths), 1);
        take(&[signed(2, 1, &[1]), signed(4, 2, &[1, 2]), signed(7, 2, &[2])], &paths);
        assert_eq!(version(&paths), 7);
        take(&[signed(3, 1, &[1]), signed(6, 2, &[2]), signed(7, 2, &[2])], &paths);
        assert_eq!(version(&paths), 7);
        assert_eq!(held(&paths), [HeldPublisher { publisher: "acme".to_owned(), version: 7 }]);
        // Two lines: the change of root, and the newest.
        let kept = fs::read(paths.later_publisher(&"acme".parse().unwrap())).unwrap();
        assert_eq!(kept.iter().filter(|byte| **byte == b'\n').count(), 2);
        // The package puts its old document back.
        fs::write(paths.publishers().join("acme"), signed(1, 1, &[1])).unwrap();
        assert_eq!(version(&paths), 7);
        // The administrator is ahead of the control plane.
        fs::write(paths.publishers().join("acme"), signed(9, 2, &[2])).unwrap();
        assert_eq!(version(&paths), 9);
    }

    #[test]
    fn a_document_that_the_held_root_did_not_sign_is_left_alone() {
        let (_folder, paths) = host(&signed(1, 1, &[1]));
        take(&[signed(2, 1, &[5]), signed(3, 5, &[5]), signed(4, 5, &[1]), b"{}".to_vec()], &paths);
        assert_eq!(version(&paths), 1);
        assert!(!paths.later_publishers().exists());
    }

    #[test]
    fn a_publisher_that_the_host_does_not_trust_is_not_taken_over() {
        let (_folder, paths) = host(&signed(1, 1, &[1]));
        fs::remove_file(paths.publishers().join("acme")).unwrap();
        take(&[signed(2, 1, &[1])], &paths);
        assert!(matches!(load(&"acme".parse().unwrap(), &paths), Err(Refusal::PublisherUnknown(_))));
        assert_eq!(held(&paths), []);
    }

    #[test]
    fn a_new_beginning_by_the_administrator_ends_what_followed_from_the_old_one() {
        let (_folder, paths) = host(&signed(1, 1, &[1]));
        // A thief of the old root is far ahead.
        take(&[signed(1000, 3, &[1, 3])], &paths);
        assert_eq!(version(&paths), 1000);
        fs::write(paths.publishers().join("acme"), signed(2, 9, &[9])).unwrap();
        assert_eq!(version(&paths), 2);
        take(&[signed(1001, 3, &[3])], &paths);
        assert_eq!(version(&paths), 2);
        take(&[signed(3, 9, &[9])], &paths);
        assert_eq!(version(&paths), 3);
    }

    #[test]
    fn damage_refuses_until_the_documents_came_again() {
        let (_folder, paths) = host(&signed(1, 1, &[1]));
        take(&[signed(5, 1, &[1])], &paths);
        fs::write(paths.later_publisher(&"acme".parse().unwrap()), b"damaged\n").unwrap();
        let refused = load(&"acme".parse().unwrap(), &paths).unwrap_err();
        assert_eq!(refused.code(), "PUBLISHER_DOCUMENT_INVALID");
        assert_eq!(held(&paths)[0].version, 1);
        take(&[signed(5, 1, &[1])], &paths);
        assert_eq!(version(&paths), 5);
    }
}
