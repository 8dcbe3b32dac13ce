//! Sealing to one agent: HPKE (RFC 9180) base mode with X-Wing (X25519 + ML-KEM-768), HKDF-SHA256, ChaCha20-Poly1305.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::dsse::base64_bytes;
use crate::id::{Digest, JobId, ServerUid};

/// What went wrong. Never says more, so that nothing can be learnt from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not an X-Wing key.
    #[error("not an X-Wing key")]
    BadKey,
    /// The ciphertext is not for this key and purpose.
    #[error("the sealed value cannot be opened by this key for this purpose")]
    CannotOpen,
}

/// The private key that opens what is sealed to an agent: 32 secret bytes, wiped when dropped.
pub struct OpeningKey(Zeroizing<[u8; 32]>);

impl OpeningKey {
    /// The key that follows from these 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*seed))
    }

    /// The 32 secret bytes.
    pub fn seed(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public part (1,216 bytes).
    pub fn public_key(&self) -> Vec<u8> {
        XWing::derive_keypair(&*self.0).1.to_bytes().to_vec()
    }

    /// Opens what was sealed to this key for this purpose.
    pub fn open(&self, sealed: &Sealed, info: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (private, _) = XWing::derive_keypair(&*self.0);
        let enc =
            <XWing as hpke::Kem>::EncappedKey::from_bytes(&sealed.enc).map_err(|_| SealError::CannotOpen)?;
        let mut context =
            hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeR::Base, &private, &enc, info)
                .map_err(|_| SealError::CannotOpen)?;
        context.open(&sealed.ciphertext, b"").map(Zeroizing::new).map_err(|_| SealError::CannotOpen)
    }
}

impl std::fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpeningKey(..)")
    }
}

/// A ciphertext for one key and purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The encapsulated key (1,120 bytes).
    #[serde(with = "base64_bytes")]
    pub enc: Vec<u8>,
    /// The ciphertext with its tag.
    #[serde(with = "base64_bytes")]
    pub ciphertext: Vec<u8>,
}

/// Seals the plaintext to the X-Wing public key for one purpose, which opening must name again.
pub fn seal(public_key: &[u8], info: &[u8], plaintext: &[u8]) -> Result<Sealed, SealError> {
    let public = <XWing as hpke::Kem>::PublicKey::from_bytes(public_key).map_err(|_| SealError::BadKey)?;
    let (enc, mut context) =
        hpke::setup_sender::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeS::Base, &public, info)
            .map_err(|_| SealError::BadKey)?;
    let ciphertext = context.seal(plaintext, b"").map_err(|_| SealError::BadKey)?;
    Ok(Sealed { enc: enc.to_bytes().to_vec(), ciphertext })
}

/// The purpose of a job's sealed inputs: one attempt of one job on one incarnation of one server.
pub fn job_inputs_info(
    trust_domain: &str,
    server: ServerUid,
    incarnation: u32,
    job: JobId,
    attempt: u32,
    bundle: Digest,
) -> Vec<u8> {
    format!("purvey job inputs v1\n{trust_domain}\n{server}\n{incarnation}\n{job}\n{attempt}\n{bundle}")
        .into_bytes()
}

/// The purpose of the challenge by which an agent proves that it holds its sealing key.
pub fn enrollment_info(trust_domain: &str, server: ServerUid, incarnation: u32) -> Vec<u8> {
    format!("purvey sealing key proof v1\n{trust_domain}\n{server}\n{incarnation}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_key_and_purpose_only() {
        let key = OpeningKey::from_seed(&[3; 32]);
        let sealed = seal(&key.public_key(), b"purpose", b"secret").unwrap();
        assert_eq!(sealed.enc.len(), 1120);
        assert_eq!(key.open(&sealed, b"purpose").unwrap().as_slice(), b"secret");
        assert_eq!(key.open(&sealed, b"another"), Err(SealError::CannotOpen));
        assert_eq!(OpeningKey::from_seed(&[4; 32]).open(&sealed, b"purpose"), Err(SealError::CannotOpen));
        let mut altered = sealed.clone();
        altered.ciphertext[0] ^= 1;
        assert_eq!(key.open(&altered, b"purpose"), Err(SealError::CannotOpen));
        altered.enc.pop();
        assert_eq!(key.open(&altered, b"purpose"), Err(SealError::CannotOpen));
    }

    #[test]
    fn sealing_twice_gives_two_ciphertexts() {
        let key = OpeningKey::from_seed(&[3; 32]).public_key();
        assert_ne!(seal(&key, b"p", b"secret"), seal(&key, b"p", b"secret"));
        assert_eq!(seal(b"short", b"p", b"secret"), Err(SealError::BadKey));
    }
}
