//! Judges the certificates that agents show in the TLS handshake.
//!
//! A certificate is not required: `GetTrust` and `Enroll` have none. One that has expired within the grace period passes here, so
//! that its agent can ask for a new one; what else it may not do is decided per method (`api/agents.rs`).

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::ca::GRACE;

/// Accepts certificates of the fleet's CAs, expired ones within grace, and none at all.
pub struct AgentVerifier {
    strict: Arc<dyn ClientCertVerifier>,
}

impl AgentVerifier {
    /// A verifier for these CAs.
    ///
    /// # Errors
    /// There is no CA.
    pub fn new(
        cas: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(cas);
        let strict = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .clear_root_hint_subjects()
            .build()?;
        Ok(Self { strict })
    }
}

impl ClientCertVerifier for AgentVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.strict.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        match self.strict.verify_client_cert(end_entity, intermediates, now) {
            Err(rustls::Error::InvalidCertificate(
                expired @ (CertificateError::Expired | CertificateError::ExpiredContext { .. }),
            )) => {
                // Only its time is forgiven: everything else is verified again, as of its last second.
                let ended = within_grace(end_entity, now).ok_or(expired)?;
                self.strict.verify_client_cert(end_entity, intermediates, ended)
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

/// The certificate's last second, if that is not too long ago.
fn within_grace(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<UnixTime> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let ended = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    let grace = u64::try_from(GRACE.whole_seconds()).ok()?;
    let last = std::time::Duration::from_secs(ended.checked_sub(1)?);
    (now.as_secs() < ended.checked_add(grace)?).then(|| UnixTime::since_unix_epoch(last))
}

impl fmt::Debug for AgentVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentVerifier")
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::pki::FleetKeys;
    use crate::pki::ca::Csr;
    use purvey_contract::id::ServerUid;

    fn judged(age: Duration) -> bool {
        let keys = FleetKeys::for_tests();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = AgentVerifier::new(keys.ca_certificates(), provider).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
        let csr = Csr::verify(request.der()).unwrap();
        let now = OffsetDateTime::now_utc();
        let server = ServerUid(uuid::Uuid::from_u128(7));
        let certificate = keys.ca().issue_agent(&csr, keys.trust_domain(), server, 1, now).unwrap();
        let then = UnixTime::since_unix_epoch((now + age - OffsetDateTime::UNIX_EPOCH).unsigned_abs());
        verifier.verify_client_cert(&certificate, &[], then).is_ok()
    }

    #[test]
    fn a_certificate_passes_until_grace_is_over() {
        assert!(judged(Duration::ZERO));
        assert!(judged(Duration::hours(25)));
        assert!(judged(Duration::days(30)));
        assert!(!judged(Duration::days(32)));
        assert!(!judged(-Duration::hours(1)));
    }

    #[test]
    fn another_fleet_s_certificate_does_not_pass() {
        let keys = FleetKeys::for_tests();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = AgentVerifier::new(keys.ca_certificates(), provider).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let foreign = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        assert!(verifier.verify_client_cert(foreign.der(), &[], UnixTime::now()).is_err());
    }
}
