//! Signed documents: DSSE envelopes (Dead Simple Signing Envelope, protocol 1.0.2) over exact bytes, Ed25519 signatures.
//!
//! Every kind of document has a payload type of its own, which the signature covers, so that a key's signature under one
//! kind says nothing under another.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::id::Digest;

/// An envelope in its JSON form is refused unread when larger.
pub const MAX_ENVELOPE_BYTES: usize = 512 * 1024;
const MAX_SIGNATURES: usize = 8;

/// A kind of document that can be signed.
pub trait Document: Serialize + DeserializeOwned {
    /// The DSSE payload type.
    const PAYLOAD_TYPE: &'static str;
}

/// What is wrong with an envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DsseError {
    /// It is larger than [`MAX_ENVELOPE_BYTES`] or has more than eight signatures.
    #[error("the envelope is too large")]
    TooLarge,
    /// It is not a DSSE envelope in JSON.
    #[error("not a DSSE envelope: {0}")]
    Malformed(String),
    /// It is a document of another kind.
    #[error("the payload type is `{found}`, not `{wanted}`")]
    WrongType {
        /// What it is.
        found: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// None of its signatures is a good one by a key that may sign it.
    #[error("no signature by an accepted key (signed by {0})")]
    Untrusted(String),
    /// The signature is good and the payload does not parse.
    #[error("the signed payload is malformed: {0}")]
    Payload(String),
}

/// The name of a public key: SHA-256 over its raw 32 bytes, in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub Digest);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An Ed25519 public key (RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// The key whose raw 32 bytes these are; none if they are no key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    /// The raw 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        KeyId(Digest::of(self.0.as_bytes()))
    }

    /// Whether the signature over the message is this key's.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = BASE64.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        Self::from_bytes(&bytes).ok_or_else(|| serde::de::Error::custom("not an Ed25519 public key"))
    }
}

/// An Ed25519 private key. Wiped from memory when dropped; has no Debug content.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of these 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public part.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature over the message (64 bytes).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public_key().id())
    }
}

/// A public key in a signed list, with the time in which its signatures count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedKey {
    /// The key.
    pub public_key: PublicKey,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
}

impl ListedKey {
    /// Whether signatures count at that time.
    pub fn is_valid_at(&self, time: OffsetDateTime) -> bool {
        self.not_before <= time && time < self.not_after
    }
}

/// A signed document, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct EnvelopeSignature {
    key_id: String,
    signature: Vec<u8>,
}

/// A document whose signature was good, and the key that made it.
#[derive(Clone, Debug)]
pub struct Verified<D> {
    /// What was signed.
    pub document: D,
    /// Who signed it.
    pub key: PublicKey,
    /// SHA-256 over the signed payload.
    pub payload_digest: Digest,
}

impl Envelope {
    /// Signs the document.
    pub fn sign<D: Document>(document: &D, keys: &[&SigningKey]) -> Self {
        // Documents are plain structs of texts, numbers and lists: they always have a JSON form.
        let payload = serde_json::to_vec(document).unwrap_or_default();
        let message = pae(D::PAYLOAD_TYPE, &payload);
        let signatures = keys
            .iter()
            .map(|key| EnvelopeSignature {
                key_id: key.public_key().id().to_string(),
                signature: key.sign(&message).to_vec(),
            })
            .collect();
        Self { payload_type: D::PAYLOAD_TYPE.to_owned(), payload, signatures }
    }

    /// Reads the JSON form, without judging it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DsseError> {
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(DsseError::TooLarge);
        }
        let wire: EnvelopeJson =
            serde_json::from_slice(bytes).map_err(|error| DsseError::Malformed(error.to_string()))?;
        if wire.signatures.len() > MAX_SIGNATURES {
            return Err(DsseError::TooLarge);
        }
        let decode =
            |text: &str| BASE64.decode(text).map_err(|error| DsseError::Malformed(error.to_string()));
        Ok(Self {
            payload_type: wire.payload_type,
            payload: decode(&wire.payload)?,
            signatures: wire
                .signatures
                .into_iter()
                .map(|signature| {
                    Ok(EnvelopeSignature { key_id: signature.keyid, signature: decode(&signature.sig)? })
                })
                .collect::<Result<_, DsseError>>()?,
        })
    }

    /// The JSON form.
    pub fn to_json(&self) -> Vec<u8> {
        let wire = EnvelopeJson {
            payload_type: self.payload_type.clone(),
            payload: BASE64.encode(&self.payload),
            signatures: self
                .signatures
                .iter()
                .map(|signature| SignatureJson {
                    keyid: signature.key_id.clone(),
                    sig: BASE64.encode(&signature.signature),
                })
                .collect(),
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// The document, if one of the keys signed it and it is of this kind.
    pub fn verify<D: Document>(&self, keys: &[PublicKey]) -> Result<Verified<D>, DsseError> {
        self.check_type::<D>()?;
        let message = pae(&self.payload_type, &self.payload);
        // A key id is only a hint (DSSE, section "Signature Definition"): every accepted key is tried.
        let key = keys
            .iter()
            .find(|key| self.signatures.iter().any(|signed| key.verify(&message, &signed.signature)))
            .ok_or_else(|| DsseError::Untrusted(self.signers()))?;
        Ok(Verified { document: self.parse()?, key: *key, payload_digest: self.payload_digest() })
    }

    /// The document without looking at its signatures: only to find out which keys to verify it with.
    pub fn peek<D: Document>(&self) -> Result<D, DsseError> {
        self.check_type::<D>()?;
        self.parse()
    }

    /// SHA-256 over the payload.
    pub fn payload_digest(&self) -> Digest {
        Digest::of(&self.payload)
    }

    fn check_type<D: Document>(&self) -> Result<(), DsseError> {
        if self.payload_type == D::PAYLOAD_TYPE {
            return Ok(());
        }
        let found = self.payload_type.chars().take(80).collect();
        Err(DsseError::WrongType { found, wanted: D::PAYLOAD_TYPE })
    }

    fn parse<D: Document>(&self) -> Result<D, DsseError> {
        serde_json::from_slice(&self.payload).map_err(|error| DsseError::Payload(error.to_string()))
    }

    fn signers(&self) -> String {
        let ids: Vec<String> =
            self.signatures.iter().map(|signed| signed.key_id.chars().take(64).collect()).collect();
        if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeJson {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<SignatureJson>,
}

#[derive(Serialize, Deserialize)]
struct SignatureJson {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// Pre-authentication encoding: what is signed (DSSE protocol, section "Signature Definition").
fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}

/// Bytes as standard base64 in JSON: `#[serde(with = "crate::dsse::base64_bytes")]`.
pub(crate) mod base64_bytes {
    use super::{BASE64, Deserialize};
    use base64::Engine as _;

    pub(crate) fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        BASE64.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        text: String,
    }

    impl Document for Note {
        const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.test.v1+json";
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Other {
        text: String,
    }

    impl Document for Other {
        const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.other.v1+json";
    }

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32])
    }

    fn note() -> Note {
        Note { text: "hello".to_owned() }
    }

    #[test]
    fn the_pre_authentication_encoding_is_the_specification_s() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }

    #[test]
    fn ed25519_gives_the_vector_of_rfc_8032() {
        // RFC 8032, section 7.1, TEST 2.
        let seed: Vec<u8> = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = SigningKey::from_seed(&seed.try_into().unwrap());
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(key.public_key().to_bytes().to_vec(), public);
        let signature = hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        assert_eq!(key.sign(&[0x72]).to_vec(), signature);
        assert!(key.public_key().verify(&[0x72], &signature));
    }

    #[test]
    fn a_signed_document_comes_back_under_its_key_only() {
        let envelope = Envelope::from_json(&Envelope::sign(&note(), &[&key(1)]).to_json()).unwrap();
        let verified: Verified<Note> = envelope.verify(&[key(2).public_key(), key(1).public_key()]).unwrap();
        assert_eq!(verified.document, note());
        assert_eq!(verified.key, key(1).public_key());
        assert!(matches!(
            envelope.verify::<Note>(&[key(2).public_key()]),
            Err(DsseError::Untrusted(signer)) if signer == key(1).public_key().id().to_string()
        ));
        assert!(envelope.verify::<Note>(&[]).is_err());
    }

    #[test]
    fn a_signature_says_nothing_under_another_payload_type() {
        let mut envelope = Envelope::sign(&note(), &[&key(1)]);
        assert!(matches!(envelope.verify::<Other>(&[key(1).public_key()]), Err(DsseError::WrongType { .. })));
        envelope.payload_type = Other::PAYLOAD_TYPE.to_owned();
        assert!(matches!(envelope.verify::<Other>(&[key(1).public_key()]), Err(DsseError::Untrusted(_))));
    }

    #[test]
    fn any_flipped_bit_of_payload_or_signature_is_found() {
        let good = Envelope::sign(&note(), &[&key(1)]);
        for index in 0..good.payload.len() {
            let mut bad = good.clone();
            bad.payload[index] ^= 1;
            assert!(bad.verify::<Note>(&[key(1).public_key()]).is_err());
        }
        for index in 0..64 {
            let mut bad = good.clone();
            bad.signatures[0].signature[index] ^= 1;
            assert!(bad.verify::<Note>(&[key(1).public_key()]).is_err());
        }
    }

    #[test]
    fn a_hostile_envelope_is_an_error() {
        for bad in [&b""[..], b"{}", b"[]", b"{\"payloadType\":1}", &[0xff; 10]] {
            assert!(matches!(Envelope::from_json(bad), Err(DsseError::Malformed(_))));
        }
        assert_eq!(Envelope::from_json(&vec![b' '; MAX_ENVELOPE_BYTES + 1]), Err(DsseError::TooLarge));
    }

    #[test]
    fn a_private_key_does_not_show_in_debug() {
        let shown = format!("{:?}", key(7));
        assert!(!shown.contains("0707"), "{shown}");
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}
