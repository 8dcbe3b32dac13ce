//! Who this host is: its three private keys, its certificate, and what the control plane called it.
//!
//! Persisted in `identity/`, mode 0600 in a folder of mode 0700: `tls.key` (PKCS#8, DER), `receipt.key` and `sealing.key`
//! (32 secret bytes each), while the TLS key is being replaced `tls-next.key`, `certificate.json`, `key-statement.json` (as countersigned), `sealing-proof`, and
//! `identity.json`, written last: the host is enrolled when it is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use purvey_contract::dsse::{PublicKey, SigningKey};
use purvey_contract::id::ServerUid;
use purvey_contract::seal::OpeningKey;
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::sign::{CertifiedKey, SigningKey as TlsKey};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::ambient::{Random, fraction};
use crate::certificate;
use crate::csr;
use crate::files;
use crate::paths::Paths;
use crate::tls::ClientCertificate;

const TLS_KEY: &str = "tls.key";
const NEXT_TLS_KEY: &str = "tls-next.key";
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Why the identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The host was never enrolled.
    #[error(
        "this host is not enrolled: make a join token (`purvey server token create`) and run `agent enroll`"
    )]
    NotEnrolled,
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A key cannot be made or used.
    #[error("the TLS key: {0}")]
    Key(String),
}

/// The private keys. They never leave the host.
pub struct Keys {
    tls: RwLock<Arc<dyn TlsKey>>,
    /// Signs receipts.
    pub receipt: SigningKey,
    /// Opens sealed inputs.
    pub sealing: OpeningKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({:?}, ..)", self.receipt)
    }
}

impl Keys {
    /// Reads the keys, and makes and stores those that are not there yet.
    ///
    /// # Errors
    /// They cannot be stored or read.
    pub fn load_or_create(paths: &Paths, random: &dyn Random) -> Result<Self, IdentityError> {
        let folder = paths.identity();
        files::make_folder(&folder, 0o700)
            .map_err(|source| IdentityError::Io { path: folder.clone(), source })?;
        let tls = tls_key(&folder.join(TLS_KEY))?;
        let seed = || {
            let mut seed = Zeroizing::new(vec![0; 32]);
            random.fill(&mut seed)?;
            Ok(seed)
        };
        let receipt = stored(&folder.join("receipt.key"), seed)?;
        let sealing = stored(&folder.join("sealing.key"), seed)?;
        let damaged = |path: PathBuf, why: &str| IdentityError::Damaged { path, why: why.to_owned() };
        Ok(Self {
            tls: RwLock::new(tls),
            receipt: SigningKey::from_seed(
                &*seed_of(&receipt).ok_or_else(|| damaged(folder.join("receipt.key"), "not 32 bytes"))?,
            ),
            sealing: OpeningKey::from_seed(
                &*seed_of(&sealing).ok_or_else(|| damaged(folder.join("sealing.key"), "not 32 bytes"))?,
            ),
        })
    }

    /// The TLS key.
    pub fn tls(&self) -> Arc<dyn TlsKey> {
        Arc::clone(&self.tls.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The TLS public key (`SubjectPublicKeyInfo`, DER).
    pub fn tls_public_key(&self) -> Vec<u8> {
        public(&*self.tls())
    }

    /// A request for a certificate (PKCS#10, DER). Its names are empty: only the public key counts.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn certificate_request(&self) -> Result<Vec<u8>, IdentityError> {
        request(&*self.tls())
    }

    /// The public half of the receipt key.
    pub fn receipt_public_key(&self) -> PublicKey {
        self.receipt.public_key()
    }
}

/// A request for a certificate of this key (PKCS#10, DER).
///
/// # Errors
/// The key cannot sign.
pub fn request(key: &dyn TlsKey) -> Result<Vec<u8>, IdentityError> {
    csr::request(key).map_err(|error| IdentityError::Key(error.to_string()))
}

/// The public half of a TLS key (`SubjectPublicKeyInfo`, DER).
fn public(key: &dyn TlsKey) -> Vec<u8> {
    key.public_key().map(|key| key.to_vec()).unwrap_or_default()
}

/// Reads a TLS key, and makes and stores one if there is none.
fn tls_key(path: &Path) -> Result<Arc<dyn TlsKey>, IdentityError> {
    let bytes = stored(path, || {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        Ok(Zeroizing::new(key.map_err(io::Error::other)?.as_ref().to_vec()))
    })?;
    any_ecdsa_type(&PrivatePkcs8KeyDer::from(bytes.as_slice()).into()).map_err(|_| IdentityError::Damaged {
        path: path.to_owned(),
        why: "not an ECDSA key in PKCS#8".to_owned(),
    })
}

fn seed_of(bytes: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    bytes.try_into().ok().map(Zeroizing::new)
}

fn stored(
    path: &Path,
    make: impl FnOnce() -> io::Result<Zeroizing<Vec<u8>>>,
) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let io = |source| IdentityError::Io { path: path.to_owned(), source };
    if let Some(bytes) = files::read_if_present(path, MAX_FILE_BYTES).map_err(io)? {
        return Ok(Zeroizing::new(bytes));
    }
    let bytes = make().map_err(io)?;
    files::write_atomically(path, &bytes, 0o600).map_err(io)?;
    Ok(bytes)
}

/// What the control plane called this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The server's durable uid.
    pub server: ServerUid,
    /// Its id in its project.
    pub name: String,
    /// The project's id.
    pub project: String,
    /// Which enrolment of it.
    pub incarnation: u32,
    /// The fleet.
    pub trust_domain: String,
    /// The control plane that enrolled it.
    pub cell: String,
}

/// The leaf certificate and the CA that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    certificates: Vec<Vec<u8>>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Chain {
    /// Reads certificates (DER), leaf first.
    ///
    /// # Errors
    /// There is none, or the leaf is no certificate or not of this key.
    pub fn read(certificates: Vec<Vec<u8>>, key: &dyn TlsKey) -> Result<Self, String> {
        let leaf = certificates.first().ok_or("there is no certificate")?;
        if certificate::public_key(leaf).map_err(|error| error.to_string())? != public(key) {
            return Err("the certificate is of another key".to_owned());
        }
        let (not_before, not_after) = certificate::validity(leaf).map_err(|error| error.to_string())?;
        Ok(Self { not_before, not_after, certificates })
    }

    /// The leaf (DER).
    pub fn leaf(&self) -> &[u8] {
        self.certificates.first().map_or(&[], Vec::as_slice)
    }

    /// Until when it is valid.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// From when it is valid.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// When to renew it: at half of its life, a tenth of it earlier or later, so that a fleet enrolled in one go does not
    /// renew in one go.
    pub fn renew_at(&self, random: &dyn Random) -> OffsetDateTime {
        let life = (self.not_after - self.not_before).max(Duration::ZERO);
        self.not_before + life * (0.45 + 0.1 * fraction(random))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainFile {
    certificates: Vec<String>,
}

/// The identity of an enrolled host.
#[derive(Debug)]
pub struct Identity {
    /// Its private keys.
    pub keys: Keys,
    /// What it is called.
    pub named: Named,
    /// What TLS shows.
    pub certificate: ClientCertificate,
    folder: PathBuf,
}

impl Identity {
    /// Whether the host was enrolled.
    pub fn exists(paths: &Paths) -> bool {
        paths.identity().join("identity.json").exists()
    }

    /// Reads the identity and its certificate.
    ///
    /// # Errors
    /// The host is not enrolled, or a file is damaged.
    pub fn load(paths: &Paths, random: &dyn Random) -> Result<(Self, Chain), IdentityError> {
        if !Self::exists(paths) {
            return Err(IdentityError::NotEnrolled);
        }
        let folder = paths.identity();
        let named: Named = read_json(&folder.join("identity.json"))?;
        let keys = Keys::load_or_create(paths, random)?;
        let path = folder.join("certificate.json");
        let file: ChainFile = read_json(&path)?;
        let damaged = |why: String| IdentityError::Damaged { path: path.clone(), why };
        let certificates = file.certificates.iter().map(|text| BASE64.decode(text));
        let certificates: Vec<Vec<u8>> =
            certificates.collect::<Result<_, _>>().map_err(|error| damaged(error.to_string()))?;
        let identity = Self { keys, named, certificate: ClientCertificate::default(), folder };
        let chain = match Chain::read(certificates.clone(), &*identity.keys.tls()) {
            Ok(chain) => chain,
            // The agent ended between storing the certificate of a new key and taking the key in use.
            Err(why) if identity.folder.join(NEXT_TLS_KEY).exists() => {
                let next = identity.next_tls_key()?;
                let chain = Chain::read(certificates, &*next).map_err(|_| damaged(why))?;
                identity.take_next_key(next)?;
                chain
            }
            Err(why) => return Err(damaged(why)),
        };
        identity.show(&chain);
        Ok((identity, chain))
    }

    /// Stores what an enrolment gave.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn store(
        paths: &Paths,
        named: &Named,
        chain: &Chain,
        key_statement: &[u8],
        sealing_proof: &[u8],
    ) -> Result<(), IdentityError> {
        let folder = paths.identity();
        write(&folder.join("certificate.json"), &chain_json(chain))?;
        write(&folder.join("key-statement.json"), key_statement)?;
        write(&folder.join("sealing-proof"), sealing_proof)?;
        write(&folder.join("identity.json"), &serde_json::to_vec(named).unwrap_or_default())
    }

    /// The certificates as they are stored, to be compared.
    pub fn stored_certificates(paths: &Paths) -> Option<Vec<u8>> {
        files::read_bounded(&paths.identity().join("certificate.json"), MAX_FILE_BYTES).ok()
    }

    /// The TLS key that shall take the present one's place. Stored before it is told to anybody, so that a lost answer is
    /// repeated with the same key.
    ///
    /// # Errors
    /// It cannot be stored or read.
    pub fn next_tls_key(&self) -> Result<Arc<dyn TlsKey>, IdentityError> {
        tls_key(&self.folder.join(NEXT_TLS_KEY))
    }

    /// Takes over a renewed certificate of this key: stores it, and shows it from the next connection on.
    ///
    /// # Errors
    /// It cannot be stored.
    pub fn renewed(&self, chain: &Chain, key: Arc<dyn TlsKey>) -> Result<(), IdentityError> {
        write(&self.folder.join("certificate.json"), &chain_json(chain))?;
        if public(&*key) != self.keys.tls_public_key() {
            self.take_next_key(key)?;
        }
        self.show(chain);
        Ok(())
    }

    fn take_next_key(&self, key: Arc<dyn TlsKey>) -> Result<(), IdentityError> {
        let path = self.folder.join(TLS_KEY);
        match fs::rename(self.folder.join(NEXT_TLS_KEY), &path).and_then(|()| files::sync_parent(&path)) {
            // Another command of this program has read the identity in between, and done it.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && public(&*tls_key(&path)?) == public(&*key) => {}
            done => done.map_err(|source| IdentityError::Io { path, source })?,
        }
        *self.keys.tls.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }

    /// The opened challenge that proves possession of the sealing key, until it was taken note of.
    pub fn sealing_proof(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.join("sealing-proof")).ok()
    }

    /// The proof was taken note of.
    pub fn sealing_proven(&self) {
        // Sent again with the next poll if it cannot be removed: harmless.
        let _ = fs::remove_file(self.folder.join("sealing-proof"));
    }

    fn show(&self, chain: &Chain) {
        let key = self.keys.tls();
        let certificates = chain.certificates.iter().cloned().map(CertificateDer::from).collect();
        self.certificate.replace(Arc::new(CertifiedKey::new(certificates, key)));
    }
}

fn chain_json(chain: &Chain) -> Vec<u8> {
    let file = ChainFile { certificates: chain.certificates.iter().map(|der| BASE64.encode(der)).collect() };
    serde_json::to_vec(&file).unwrap_or_default()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), IdentityError> {
    files::write_atomically(path, bytes, 0o600)
        .map_err(|source| IdentityError::Io { path: path.to_owned(), source })
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, IdentityError> {
    let bytes = files::read_bounded(path, MAX_FILE_BYTES)
        .map_err(|source| IdentityError::Io { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| IdentityError::Damaged { path: path.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::ambient::Host;

    #[test]
    fn keys_are_made_once_and_nobody_else_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        let first = Keys::load_or_create(&paths, &Host).unwrap();
        let again = Keys::load_or_create(&paths, &Host).unwrap();
        assert_eq!(first.tls_public_key(), again.tls_public_key());
        assert_eq!(first.receipt_public_key(), again.receipt_public_key());
        assert_eq!(first.sealing.seed(), again.sealing.seed());
        for file in ["tls.key", "receipt.key", "sealing.key"] {
            let mode = fs::metadata(paths.identity().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        assert_eq!(fs::metadata(paths.identity()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_key_is_an_error_and_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        Keys::load_or_create(&paths, &Host).unwrap();
        fs::write(paths.identity().join("receipt.key"), b"short").unwrap();
        assert!(matches!(Keys::load_or_create(&paths, &Host), Err(IdentityError::Damaged { .. })));
        assert_eq!(fs::read(paths.identity().join("receipt.key")).unwrap(), b"short");
    }

    #[test]
    fn a_new_key_is_the_same_until_it_is_taken_and_then_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        let keys = Keys::load_or_create(&paths, &Host).unwrap();
        let old = keys.tls_public_key();
        let named = Named {
            server: ServerUid(uuid::Uuid::nil()),
            name: String::new(),
            project: String::new(),
            incarnation: 1,
            trust_domain: String::new(),
            cell: String::new(),
        };
        let certificate = ClientCertificate::default();
        let identity = Identity { keys, named, certificate, folder: paths.identity() };
        let next = identity.next_tls_key().unwrap();
        assert_eq!(public(&*next), public(&*identity.next_tls_key().unwrap()));
        assert_ne!(public(&*next), old);
        assert_eq!(identity.keys.tls_public_key(), old);
        identity.take_next_key(Arc::clone(&next)).unwrap();
        assert_eq!(identity.keys.tls_public_key(), public(&*next));
        let again = Keys::load_or_create(&paths, &Host).unwrap();
        assert_eq!(again.tls_public_key(), public(&*next));
        assert!(!paths.identity().join(NEXT_TLS_KEY).exists());
    }

    #[test]
    fn a_certificate_is_renewed_around_half_of_its_life() {
        let not_before = OffsetDateTime::UNIX_EPOCH;
        let chain = Chain { certificates: vec![], not_before, not_after: not_before + Duration::hours(24) };
        let hours = (chain.renew_at(&Host) - not_before).as_seconds_f64() / 3600.0;
        assert!((10.8..=13.2).contains(&hours), "{hours}");
    }
}
