//! A publisher's documents, one after another.

use super::{Distrust, PublisherDocument};
use crate::dsse::Envelope;

/// A publisher's documents, each following the one before: from the one that is trusted by where it lies, to the newest.
///
/// A document that does not change the roots can be left out when the next one is there, because versions may skip.
#[derive(Clone, Debug)]
pub struct Lineage {
    links: Vec<Link>,
}

#[derive(Clone, Debug)]
struct Link {
    document: PublisherDocument,
    envelope: Envelope,
}

impl Lineage {
    /// Begins with a document that is trusted by where it lies.
    ///
    /// # Errors
    /// It is none, or not signed by one of its own roots.
    pub fn begin(envelope: Envelope) -> Result<Self, Distrust> {
        let document = PublisherDocument::from_host(&envelope)?;
        Ok(Self { links: vec![Link { document, envelope }] })
    }

    /// Takes over the next document. False if it is not newer than the newest, whatever it says.
    ///
    /// # Errors
    /// It claims to be newer and does not follow.
    pub fn advance(&mut self, envelope: &Envelope) -> Result<bool, Distrust> {
        let newest = self.newest();
        let claimed = envelope.peek::<PublisherDocument>().map_err(Distrust::Document)?;
        if claimed.publisher == newest.publisher && claimed.version <= newest.version {
            return Ok(false);
        }
        let document = newest.successor(envelope)?;
        self.links.push(Link { document, envelope: envelope.clone() });
        Ok(true)
    }

    /// What counts.
    pub fn newest(&self) -> &PublisherDocument {
        &self.links[self.links.len() - 1].document
    }

    /// The newest as it was signed.
    pub fn newest_envelope(&self) -> &Envelope {
        &self.links[self.links.len() - 1].envelope
    }

    /// What whoever holds this version needs to come to the newest: each document since that changed the roots, and the
    /// newest.
    pub fn since(&self, version: u64) -> impl Iterator<Item = &Envelope> {
        let last = self.links.len() - 1;
        let is_needed = move |at: usize| {
            let Link { document, .. } = &self.links[at];
            let changes_roots = at == 0 || document.roots != self.links[at - 1].document.roots;
            document.version > version && (at == last || changes_roots)
        };
        (0..self.links.len()).filter(move |at| is_needed(*at)).map(|at| &self.links[at].envelope)
    }

    /// What has to be kept beside the first document: what [`Self::since`] it gives.
    pub fn later(&self) -> impl Iterator<Item = &Envelope> {
        self.since(self.links[0].document.version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{document, key};
    use super::*;

    /// A document of that version with that root, signed by these.
    fn signed(version: u64, root: u8, by: &[u8]) -> Envelope {
        let mut next = document();
        (next.version, next.roots) = (version, vec![key(root).public_key()]);
        let keys: Vec<_> = by.iter().map(|byte| key(*byte)).collect();
        Envelope::sign(&next, &keys.iter().collect::<Vec<_>>())
    }

    /// Versions 1 and 2 under root 1, 3 and 4 under root 5, 5 to 7 under root 6.
    fn whole() -> Lineage {
        let mut lineage = Lineage::begin(signed(1, 1, &[1])).unwrap();
        let later =
            [(2, 1, &[1][..]), (3, 5, &[1, 5]), (4, 5, &[5]), (5, 6, &[5, 6]), (6, 6, &[6]), (7, 6, &[6])];
        for (version, root, by) in later {
            assert!(lineage.advance(&signed(version, root, by)).unwrap(), "{version}");
        }
        lineage
    }

    fn versions<'a>(envelopes: impl Iterator<Item = &'a Envelope>) -> Vec<u64> {
        envelopes.map(|envelope| envelope.peek::<PublisherDocument>().unwrap().version).collect()
    }

    #[test]
    fn only_changes_of_root_and_the_newest_are_needed() {
        let lineage = whole();
        assert_eq!(versions(lineage.since(1)), [3, 5, 7]);
        assert_eq!(versions(lineage.since(4)), [5, 7]);
        assert_eq!(versions(lineage.since(5)), [7]);
        assert_eq!(versions(lineage.since(6)), [7]);
        assert_eq!(versions(lineage.since(7)), [0; 0]);
        assert_eq!(versions(lineage.since(0)), [1, 3, 5, 7]);
    }

    #[test]
    fn whoever_holds_any_version_comes_to_the_newest_by_what_is_needed() {
        let lineage = whole();
        let held = [(1, 1, &[1][..]), (2, 1, &[1]), (3, 5, &[1, 5]), (4, 5, &[5]), (6, 6, &[6])];
        for (version, root, by) in held {
            let mut other = Lineage::begin(signed(version, root, by)).unwrap();
            for envelope in lineage.since(version) {
                assert!(other.advance(envelope).unwrap(), "{version}");
            }
            assert_eq!(other.newest().version, 7);
            // And again from what is kept.
            let mut again = Lineage::begin(signed(version, root, by)).unwrap();
            other.later().for_each(|envelope| assert!(again.advance(envelope).unwrap()));
            assert_eq!(again.newest(), other.newest());
        }
    }

    #[test]
    fn an_older_document_is_never_taken_back_and_a_foreign_one_never_taken() {
        let mut lineage = whole();
        assert!(!lineage.advance(&signed(6, 6, &[6])).unwrap());
        assert!(!lineage.advance(&signed(7, 6, &[6])).unwrap());
        assert!(matches!(lineage.advance(&signed(8, 6, &[5])), Err(Distrust::Document(_))));
        assert!(matches!(lineage.advance(&signed(8, 9, &[6])), Err(Distrust::Document(_))));
        let mut foreign = document();
        (foreign.version, foreign.publisher) = (9, "other".parse().unwrap());
        foreign.roots = vec![key(6).public_key()];
        let offered = lineage.advance(&Envelope::sign(&foreign, &[&key(6)]));
        assert!(matches!(offered, Err(Distrust::OtherDocument { .. })), "{offered:?}");
        assert_eq!(lineage.newest().version, 7);
    }
}
