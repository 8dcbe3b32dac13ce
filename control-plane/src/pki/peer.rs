//! What a client certificate says of the agent that showed it.

use purvey_contract::id::{Digest, ServerUid};
use time::OffsetDateTime;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// An agent, by its certificate. The certificate was good when it was shown; whether the incarnation still is,
/// `fleet::enrollment` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The server.
    pub server: ServerUid,
    /// Which enrolment of it.
    pub incarnation: u32,
    /// SHA-256 of the TLS key (`SubjectPublicKeyInfo`, DER).
    pub tls_key: Digest,
    /// When the certificate ends.
    pub not_after: OffsetDateTime,
}

impl Peer {
    /// Reads a certificate that this fleet's CA has issued; none if it is not an agent's.
    pub fn read(certificate: &[u8], trust_domain: &str) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let names = certificate.subject_alternative_name().ok()??;
        let [GeneralName::URI(uri)] = names.value.general_names.as_slice() else { return None };
        let server = uri.strip_prefix("spiffe://")?.strip_prefix(trust_domain)?.strip_prefix("/server/")?;
        let common_name = certificate.subject().iter_common_name().next()?.as_str().ok()?;
        Some(Self {
            server: server.parse().ok()?,
            incarnation: common_name.strip_prefix("incarnation ")?.parse().ok()?,
            tls_key: Digest::of(certificate.public_key().raw),
            not_after: certificate.validity().not_after.to_datetime(),
        })
    }

    /// Whether the certificate has ended.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.not_after <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::FleetKeys;
    use crate::pki::ca::{Csr, ServerNames};

    #[test]
    fn an_agent_s_certificate_names_server_incarnation_and_key() {
        let keys = FleetKeys::for_tests();
        let key = rcgen::KeyPair::generate().unwrap();
        let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
        let csr = Csr::verify(request.der()).unwrap();
        let server = ServerUid(uuid::Uuid::from_u128(7));
        let now = OffsetDateTime::now_utc();
        let certificate = keys.ca().issue_agent(&csr, keys.trust_domain(), server, 3, now).unwrap();
        let peer = Peer::read(&certificate, keys.trust_domain()).unwrap();
        assert_eq!((peer.server, peer.incarnation, peer.tls_key), (server, 3, csr.key_digest()));
        assert!(!peer.is_expired(now) && peer.is_expired(now + time::Duration::hours(25)));
        assert_eq!(Peer::read(&certificate, "other.test"), None);
    }

    #[test]
    fn the_control_plane_s_own_certificate_is_no_agent_s() {
        let keys = FleetKeys::for_tests();
        let names = ServerNames {
            uri: "spiffe://fleet.test/control-plane/main".to_owned(),
            ..ServerNames::default()
        };
        let (certificate, _) = keys.ca().issue_server(&names, OffsetDateTime::now_utc()).unwrap();
        assert_eq!(Peer::read(&certificate, keys.trust_domain()), None);
    }
}
