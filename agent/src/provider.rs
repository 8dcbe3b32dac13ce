//! The cryptography of TLS, cut down to what this protocol uses.
//!
//! The provider that comes with rustls also carries RSA, Ed25519, TLS 1.2 and rarer curves, which would be a quarter of
//! this program. Control plane and agents speak TLS 1.3 with ECDSA certificates on P-256 or P-384 and nothing else.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{cipher_suite, kx_group, sign};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme};
use rustls_pki_types::PrivateKeyDer;
use webpki::aws_lc_rs as algorithm;

/// Makes this the process's provider. The first thing in `main`.
pub fn install() {
    // An error says that one is installed already, which can only be the same.
    let _ = provider().install_default();
}

/// The provider.
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ],
        // The first holds against quantum computers as well; the others are for peers that lack it.
        kx_groups: vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1],
        signature_verification_algorithms: ALGORITHMS,
        secure_random: &SystemRandom,
        key_provider: &EcdsaKeys,
    }
}

static ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithm::ECDSA_P256_SHA256,
        algorithm::ECDSA_P256_SHA384,
        algorithm::ECDSA_P384_SHA256,
        algorithm::ECDSA_P384_SHA384,
    ],
    // In TLS 1.3 the curve is part of the scheme (RFC 8446, section 4.2.3).
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[algorithm::ECDSA_P256_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[algorithm::ECDSA_P384_SHA384]),
    ],
};

#[derive(Debug)]
struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        getrandom::fill(buffer).map_err(|_| GetRandomFailed)
    }
}

#[derive(Debug)]
struct EcdsaKeys;

impl KeyProvider for EcdsaKeys {
    fn load_private_key(&self, key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        sign::any_ecdsa_type(&key)
    }
}
