//! A fleet's keys and documents, and jobs signed with them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use agent::paths::Paths;
use purvey_contract::action::Action;
use purvey_contract::bundle::Bundle;
use purvey_contract::dsse::{Envelope, ListedKey, SigningKey};
use purvey_contract::id::{InstallUid, JobId, ServerUid};
use purvey_contract::identity::{JoinToken, control_plane_spiffe_id, server_spiffe_id};
use purvey_contract::inputs::SensitiveInputs;
use purvey_contract::job::{JobSpec, SPEC_VERSION};
use purvey_contract::publisher::{BundleStatement, PublisherDocument};
use purvey_contract::seal::{job_inputs_info, seal};
use purvey_contract::trust::{ListedCa, TrustDocument};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};
use rustls_pki_types::{CertificateSigningRequestDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub const DOMAIN: &str = "fleet.example";
pub const CELL: &str = "main";

/// The keys of a fleet and of one publisher.
pub struct Fleet {
    pub root: SigningKey,
    pub job_key: SigningKey,
    pub receipt_key: SigningKey,
    pub publisher_root: SigningKey,
    pub publisher_key: SigningKey,
    pub server: ServerUid,
    ca: CertifiedIssuer<'static, KeyPair>,
}

impl Fleet {
    pub fn new() -> Self {
        agent::provider::install();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = |byte: u8| SigningKey::from_seed(&[byte; 32]);
        Self {
            root: key(1),
            job_key: key(2),
            receipt_key: key(3),
            publisher_root: key(4),
            publisher_key: key(5),
            server: ServerUid(Uuid::from_u128(0x1234)),
            ca: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(),
        }
    }

    pub fn trust_document(&self, version: u64) -> TrustDocument {
        let now = OffsetDateTime::now_utc();
        let listed = |key: &SigningKey| ListedKey {
            public_key: key.public_key(),
            not_before: now - Duration::days(1),
            not_after: now + Duration::days(1),
        };
        TrustDocument {
            trust_domain: DOMAIN.to_owned(),
            cell: CELL.to_owned(),
            version,
            issued: now,
            demo: false,
            roots: vec![self.root.public_key()],
            cas: vec![ListedCa { certificate: self.ca.der().to_vec() }],
            job_keys: vec![listed(&self.job_key)],
            receipt_keys: vec![listed(&self.receipt_key)],
            audit_keys: vec![],
        }
    }

    pub fn trust_envelope(&self, version: u64) -> Envelope {
        Envelope::sign(&self.trust_document(version), &[&self.root])
    }

    pub fn token(&self) -> JoinToken {
        JoinToken {
            uid: Uuid::from_u128(7),
            secret: [9; 32].into(),
            fleet_root: self.root.public_key().id(),
            cell: CELL.parse().unwrap(),
        }
    }

    /// A host's `publishers.d`, with this publisher in it.
    pub fn trust_publisher(&self, paths: &Paths) {
        self.write_publisher(paths, &self.publisher_document());
    }

    pub fn publisher_document(&self) -> PublisherDocument {
        let now = OffsetDateTime::now_utc();
        PublisherDocument {
            publisher: "acme".parse().unwrap(),
            version: 1,
            issued: now,
            demo: false,
            roots: vec![self.publisher_root.public_key()],
            signing_keys: vec![ListedKey {
                public_key: self.publisher_key.public_key(),
                not_before: now - Duration::days(1),
                not_after: now + Duration::days(1),
            }],
            revoked_keys: vec![],
            revoked_bundles: vec![],
            floors: BTreeMap::new(),
        }
    }

    pub fn write_publisher(&self, paths: &Paths, document: &PublisherDocument) {
        fs::create_dir_all(paths.publishers()).unwrap();
        let path = paths.publishers().join("acme");
        fs::write(&path, Envelope::sign(document, &[&self.publisher_root]).to_json()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }

    pub fn statement(&self, bundle: &Bundle) -> BundleStatement {
        BundleStatement {
            app: "acme/hello".parse().unwrap(),
            version: "1.0.0".to_owned(),
            release: 5,
            bundle: bundle.digest,
            issued: OffsetDateTime::now_utc(),
        }
    }

    pub fn signed_statement(&self, bundle: &Bundle) -> Vec<u8> {
        Envelope::sign(&self.statement(bundle), &[&self.publisher_key]).to_json()
    }

    /// A good job for the first incarnation.
    pub fn job(&self, job: u128, attempt: u32, bundle: &Bundle, nonce: &[u8]) -> JobSpec {
        let now = OffsetDateTime::now_utc();
        JobSpec {
            spec_version: SPEC_VERSION,
            trust_domain: DOMAIN.to_owned(),
            cell: CELL.to_owned(),
            project: "default".parse().unwrap(),
            server: self.server,
            incarnation: 1,
            job: JobId(Uuid::from_u128(job)),
            attempt,
            install: InstallUid(Uuid::from_u128(job + 1000)),
            install_name: "hello".parse().unwrap(),
            generation: 1,
            action: Action::Install,
            app: "acme/hello".parse().unwrap(),
            version: "1.0.0".to_owned(),
            release: 5,
            bundle: bundle.digest,
            inputs: serde_json::Map::new(),
            sealed_inputs: None,
            requested_by: "users/test".to_owned(),
            issued: now,
            expires: now + Duration::minutes(2),
            nonce: nonce.to_vec(),
        }
    }

    pub fn sign(&self, job: &JobSpec) -> Vec<u8> {
        Envelope::sign(job, &[&self.job_key]).to_json()
    }

    /// Seals secrets to a server's key as a lease does.
    pub fn seal(&self, job: &mut JobSpec, secrets: &[(&str, &str)], sealing_key: &[u8]) {
        let secrets: SensitiveInputs =
            secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let info = job_inputs_info(DOMAIN, job.server, job.incarnation, job.job, job.attempt, job.bundle);
        job.sealed_inputs = Some(seal(sealing_key, &info, &secrets.to_plaintext()).unwrap());
    }

    /// A server certificate for the agents' listener.
    pub fn server_config(&self, name: &str) -> rustls::ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(name.try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.ca.der().clone()).unwrap();
        let clients =
            rustls::server::WebPkiClientVerifier::builder(roots.into()).allow_unauthenticated().build();
        let mut config = rustls::ServerConfig::builder()
            .with_client_cert_verifier(clients.unwrap())
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    pub fn control_plane_name(&self) -> String {
        control_plane_spiffe_id(DOMAIN, CELL)
    }

    /// A leaf for the public key of a request, valid for this long.
    pub fn issue(&self, csr: &[u8], life: Duration) -> Vec<Vec<u8>> {
        let csr = CertificateSigningRequestDer::from(csr.to_vec());
        let mut request = CertificateSigningRequestParams::from_der(&csr).unwrap();
        request.params = CertificateParams::default();
        request.params.not_before = OffsetDateTime::now_utc() - Duration::seconds(1);
        request.params.not_after = OffsetDateTime::now_utc() + life;
        let name = server_spiffe_id(DOMAIN, self.server);
        request.params.subject_alt_names = vec![SanType::URI(name.as_str().try_into().unwrap())];
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        vec![request.signed_by(&self.ca).unwrap().der().to_vec(), self.ca.der().to_vec()]
    }

    /// SHA-256 of the public key in a request.
    pub fn tls_key(&self, csr: &[u8]) -> purvey_contract::id::Digest {
        use x509_parser::prelude::FromDer as _;
        let (_, request) =
            x509_parser::certification_request::X509CertificationRequest::from_der(csr).unwrap();
        request.verify_signature().unwrap();
        purvey_contract::id::Digest::of(request.certification_request_info.subject_pki.raw)
    }
}
