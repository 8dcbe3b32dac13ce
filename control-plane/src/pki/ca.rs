//! The fleet's CA: ECDSA P-256. From a request only the public key is taken; everything else comes from the templates here.

use std::net::IpAddr;

use purvey_contract::id::{Digest, ServerUid};
use purvey_contract::identity::server_spiffe_id;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
    SubjectPublicKeyInfo,
};
use rustls_pki_types::{CertificateDer, CertificateSigningRequestDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;
use zeroize::Zeroizing;

/// How long an agent's certificate counts.
pub const AGENT_LIFE: Duration = Duration::hours(24);
/// How long after its end an agent's certificate still serves to ask for a new one.
pub const GRACE: Duration = Duration::days(30);
/// How long the control plane's own certificate counts.
pub const SERVER_LIFE: Duration = Duration::days(7);
/// Hosts whose clocks are a little behind must believe a fresh certificate.
const BACKDATED: Duration = Duration::minutes(5);
/// Larger requests are not looked at.
const MAX_CSR_BYTES: usize = 8 * 1024;

/// The CA.
pub struct Ca {
    certificate: CertificateDer<'static>,
    private_key: Zeroizing<Vec<u8>>,
    issuer: Issuer<'static, KeyPair>,
}

/// The CA cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A key or certificate cannot be made or parsed.
    #[error("a key or certificate cannot be made or read")]
    Certificate(#[from] rcgen::Error),
    /// There is no randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

/// The names of the control plane in its own certificate.
#[derive(Clone, Debug, Default)]
pub struct ServerNames {
    /// The SPIFFE ID.
    pub uri: String,
    /// Host names.
    pub dns: Vec<String>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
}

impl Ca {
    pub(super) fn generate(
        trust_domain: &str,
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = template(&format!("{trust_domain} fleet CA"), not_before, not_after)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.der().to_vec();
        Self::load(&Zeroizing::new(key.serialize_der()), certificate)
    }

    pub(super) fn load(private_key: &Zeroizing<Vec<u8>>, certificate: Vec<u8>) -> Result<Self, CaError> {
        let key = KeyPair::try_from(private_key.as_slice())?;
        let certificate = CertificateDer::from(certificate);
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, private_key: private_key.clone(), issuer })
    }

    pub(super) fn private_key(&self) -> Zeroizing<Vec<u8>> {
        self.private_key.clone()
    }

    /// The CA's own certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A leaf for an agent's key: for clients only, named by the server's SPIFFE ID and nothing else.
    pub fn issue_agent(
        &self,
        request: &Csr,
        trust_domain: &str,
        server: ServerUid,
        incarnation: u32,
        now: OffsetDateTime,
    ) -> Result<CertificateDer<'static>, CaError> {
        let mut params = template(&format!("incarnation {incarnation}"), now - BACKDATED, now + AGENT_LIFE)?;
        params.subject_alt_names =
            vec![SanType::URI(Ia5String::try_from(server_spiffe_id(trust_domain, server))?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = SubjectPublicKeyInfo::from_der(&request.public_key)?;
        self.issue(&params, &key)
    }

    /// A leaf for the control plane itself, with a fresh key: for servers only.
    pub fn issue_server(
        &self,
        names: &ServerNames,
        now: OffsetDateTime,
    ) -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), CaError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = template("Purvey control plane", now - BACKDATED, now + SERVER_LIFE)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(names.uri.as_str())?)];
        for name in &names.dns {
            params.subject_alt_names.push(SanType::DnsName(Ia5String::try_from(name.as_str())?));
        }
        params.subject_alt_names.extend(names.addresses.iter().copied().map(SanType::IpAddress));
        let certificate = self.issue(&params, &key)?;
        Ok((certificate, PrivatePkcs8KeyDer::from(key.serialize_der())))
    }

    fn issue(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<CertificateDer<'static>, CaError> {
        Ok(params.signed_by(key, &self.issuer)?.der().clone())
    }
}

fn template(
    common_name: &str,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
) -> Result<CertificateParams, CaError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial)?;
    // A serial number is positive (RFC 5280, section 4.1.2.2).
    serial[0] &= 0x7f;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.serial_number = Some(SerialNumber::from(serial.to_vec()));
    params.not_before = not_before;
    params.not_after = not_after;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// A certificate request whose self-signature was good: whoever made it holds the key.
#[derive(Clone, Debug)]
pub struct Csr {
    /// The `SubjectPublicKeyInfo` (DER).
    pub public_key: Vec<u8>,
}

/// Not a request that is answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate request (PKCS#10, DER) with a good signature by an ECDSA P-256 or Ed25519 key")]
pub struct InvalidCsr;

impl Csr {
    /// Reads and verifies a PKCS#10 request (RFC 2986, DER). What it asks for is ignored.
    pub fn verify(der: &[u8]) -> Result<Self, InvalidCsr> {
        if der.len() > MAX_CSR_BYTES {
            return Err(InvalidCsr);
        }
        let verified = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(der))
            .map_err(|_| InvalidCsr)?;
        let algorithm = verified.public_key.algorithm();
        if algorithm != &rcgen::PKCS_ECDSA_P256_SHA256 && algorithm != &rcgen::PKCS_ED25519 {
            return Err(InvalidCsr);
        }
        let (_, parsed) = X509CertificationRequest::from_der(der).map_err(|_| InvalidCsr)?;
        Ok(Self { public_key: parsed.certification_request_info.subject_pki.raw.to_vec() })
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn key_digest(&self) -> Digest {
        Digest::of(&self.public_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_must_be_signed_by_its_own_key() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let csr = CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
        assert_eq!(Csr::verify(&csr).unwrap().public_key, key.subject_public_key_info());
        let mut forged = csr.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert!(Csr::verify(&forged).is_err());
        assert!(Csr::verify(b"").is_err());
        assert!(Csr::verify(&csr[..csr.len() - 1]).is_err());
    }

    #[test]
    fn a_request_by_an_unusual_key_is_refused() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let csr = CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
        assert_eq!(Csr::verify(&csr).unwrap_err(), InvalidCsr);
    }
}
