//! The fleet's keys: made once, wrapped by the KMS in the store, unwrapped here. They leave this module only as signatures,
//! certificates and MACs.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use purvey_contract::dsse::{Envelope, KeyId, SigningKey};
use purvey_contract::id::Name;
use purvey_contract::identity::AgentKeyStatement;
use purvey_contract::job::JobSpec;
use purvey_contract::receipt::Countersignature;
use purvey_contract::trust::TrustDocument;
use rustls_pki_types::CertificateDer;
use sha2::Sha256;
use zeroize::Zeroizing;

pub mod ca;
pub mod ca_file;
pub mod peer;
pub mod server_certificate;
mod store;
pub mod verifier;

pub use store::{FleetConfig, KeysError};

/// The fleet's keys. Cheap to clone.
#[derive(Clone)]
pub struct FleetKeys {
    held: Arc<Held>,
}

struct Held {
    root: SigningKey,
    job: SigningKey,
    receipt: SigningKey,
    mac: Zeroizing<[u8; 32]>,
    ca: ca::Ca,
    trust_domain: String,
    cell: Name,
    demo: bool,
    trust: ArcSwap<Vec<TrustVersion>>,
}

/// A version of the trust document.
struct TrustVersion {
    document: TrustDocument,
    /// The signed envelope (JSON).
    envelope: Vec<u8>,
}

impl FleetKeys {
    /// The fleet's name in identities.
    pub fn trust_domain(&self) -> &str {
        &self.held.trust_domain
    }

    /// This control plane's name in the fleet.
    pub fn cell(&self) -> &Name {
        &self.held.cell
    }

    /// Whether all this is only a demo.
    pub fn is_demo(&self) -> bool {
        self.held.demo
    }

    /// The name of the fleet root key, which join tokens carry.
    pub fn fleet_root(&self) -> KeyId {
        self.held.root.public_key().id()
    }

    /// The version of the newest trust document.
    pub fn trust_version(&self) -> u64 {
        self.held.trust.load().last().map_or(0, |newest| newest.document.version)
    }

    /// The newest trust document (envelope, JSON).
    pub fn trust_document(&self) -> Vec<u8> {
        self.held.trust.load().last().map(|newest| newest.envelope.clone()).unwrap_or_default()
    }

    /// What leads from a version to the newest: each trust document whose roots differ from its predecessor's and, last,
    /// the newest (envelopes, JSON). Empty if the version is the newest; from 0 it begins with the first.
    pub fn trust_chain(&self, from_version: u64) -> Vec<Vec<u8>> {
        let versions = self.held.trust.load();
        let newest = versions.len().saturating_sub(1);
        let needed = versions.iter().enumerate().filter(|(index, version)| {
            let predecessor = index.checked_sub(1).and_then(|before| versions.get(before));
            let new_roots = predecessor.is_none_or(|before| before.document.roots != version.document.roots);
            version.document.version > from_version && (new_roots || *index == newest)
        });
        needed.map(|(_, version)| version.envelope.clone()).collect()
    }

    /// Signs a job.
    pub fn sign_job(&self, job: &JobSpec) -> Envelope {
        Envelope::sign(job, &[&self.held.job])
    }

    /// Signs when a receipt arrived.
    pub fn countersign(&self, countersignature: &Countersignature) -> Envelope {
        Envelope::sign(countersignature, &[&self.held.receipt])
    }

    /// Signs which keys an incarnation has.
    pub fn sign_key_statement(&self, statement: &AgentKeyStatement) -> Envelope {
        Envelope::sign(statement, &[&self.held.receipt])
    }

    /// HMAC-SHA256 (RFC 2104) of the bytes for one purpose.
    pub fn mac(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&*self.held.mac) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(&purpose.len().to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// The fleet's CA.
    pub fn ca(&self) -> &ca::Ca {
        &self.held.ca
    }

    /// The certificates of all CAs of the newest trust document.
    pub fn ca_certificates(&self) -> Vec<CertificateDer<'static>> {
        let versions = self.held.trust.load();
        let newest = versions.last().map(|newest| newest.document.cas.as_slice()).unwrap_or_default();
        newest.iter().map(|ca| CertificateDer::from(ca.certificate.clone())).collect()
    }

    /// Keys of a fleet of their own, the same at every call.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        use std::sync::OnceLock;
        static KEYS: OnceLock<FleetKeys> = OnceLock::new();
        KEYS.get_or_init(|| {
            let config = FleetConfig {
                trust_domain: "fleet.test".to_owned(),
                cell: "main".parse().unwrap(),
                demo: false,
            };
            store::Fresh::generate(time::OffsetDateTime::now_utc(), &config)
                .unwrap()
                .into_keys(&config)
                .unwrap()
        })
        .clone()
    }
}

impl fmt::Debug for FleetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FleetKeys({}, trust version {})", self.trust_domain(), self.trust_version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_knows_the_root_s_hash_takes_the_chain_over() {
        let keys = FleetKeys::for_tests();
        let chain: Vec<_> =
            keys.trust_chain(0).iter().map(|json| Envelope::from_json(json).unwrap()).collect();
        let document = TrustDocument::first(keys.fleet_root(), &chain).unwrap();
        assert_eq!((document.version, document.cas.len()), (1, 1));
        assert!(keys.trust_chain(1).is_empty());
    }

    #[test]
    fn macs_of_different_purposes_differ() {
        let keys = FleetKeys::for_tests();
        assert_ne!(keys.mac("a", b"bc"), keys.mac("ab", b"c"));
        assert_eq!(keys.mac("a", b"b"), keys.mac("a", b"b"));
    }
}
