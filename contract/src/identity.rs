//! How a machine becomes a server: join tokens, proofs of possession, and the statement of an agent's keys.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::dsse::{Document, KeyId, PublicKey, base64_bytes};
use crate::id::{Digest, Name, ServerUid};

/// A join token: `pvj.<uid>.<secret>.<fleet root>.<cell>`, all but the cell in base64url.
///
/// It carries the hash of the fleet root, so that the machine can judge the control plane before it sends the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// Names the token; not secret.
    pub uid: Uuid,
    /// 256 random bits; known to the token's bearer, stored as a hash.
    pub secret: Zeroizing<[u8; 32]>,
    /// The fleet root that must have signed the trust document.
    pub fleet_root: KeyId,
    /// The control plane that made the token.
    pub cell: Name,
}

impl JoinToken {
    /// The whole token. Whoever reads it can join a server to the fleet.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "pvj.{}.{}.{}.{}",
            BASE64_URL.encode(self.uid),
            BASE64_URL.encode(*self.secret),
            BASE64_URL.encode(self.fleet_root.0.0),
            self.cell
        ))
    }

    /// What is stored of the secret.
    pub fn secret_hash(&self) -> Digest {
        Digest::of(&*self.secret)
    }
}

/// The text is not a join token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a join token: it begins with `pvj.` and has four more parts; copy it whole")]
pub struct InvalidJoinToken;

impl FromStr for JoinToken {
    type Err = InvalidJoinToken;

    fn from_str(text: &str) -> Result<Self, InvalidJoinToken> {
        let bytes = |part: &str| BASE64_URL.decode(part).map(Zeroizing::new).map_err(|_| InvalidJoinToken);
        let parts: Vec<&str> = text.trim().split('.').collect();
        let ["pvj", uid, secret, root, cell] = parts[..] else {
            return Err(InvalidJoinToken);
        };
        let secret: [u8; 32] = bytes(secret)?.as_slice().try_into().map_err(|_| InvalidJoinToken)?;
        Ok(Self {
            uid: Uuid::from_slice(&bytes(uid)?).map_err(|_| InvalidJoinToken)?,
            secret: Zeroizing::new(secret),
            fleet_root: KeyId(Digest::from_slice(&bytes(root)?).ok_or(InvalidJoinToken)?),
            cell: cell.parse().map_err(|_| InvalidJoinToken)?,
        })
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinToken({}, ..)", self.uid)
    }
}

/// The public keys of one incarnation, countersigned by the control plane. Kept for as long as its receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentKeyStatement {
    /// The fleet.
    pub trust_domain: String,
    /// The control plane that enrolled it.
    pub cell: String,
    /// The server.
    pub server: ServerUid,
    /// Which enrolment of it.
    pub incarnation: u32,
    /// SHA-256 of the TLS key (SubjectPublicKeyInfo, DER).
    pub tls_key: Digest,
    /// Signs receipts.
    pub receipt_key: PublicKey,
    /// X-Wing public key that inputs are sealed to.
    #[serde(with = "base64_bytes")]
    pub sealing_key: Vec<u8>,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub registered: OffsetDateTime,
}

impl Document for AgentKeyStatement {
    const PAYLOAD_TYPE: &'static str = "application/vnd.purvey.agent-keys.v1+json";
}

/// What the receipt key signs at enrolment: that whoever holds it asks for this TLS key and this sealing key with this token.
pub fn receipt_key_proof(token: Uuid, csr: &[u8], sealing_key: &[u8]) -> Vec<u8> {
    format!("purvey receipt key proof v1\n{token}\n{}\n{}", Digest::of(csr), Digest::of(sealing_key))
        .into_bytes()
}

/// What the receipt key signs to renew an expired certificate.
pub fn renewal_proof(server: ServerUid, incarnation: u32, challenge: &[u8], csr: &[u8]) -> Vec<u8> {
    format!(
        "purvey renewal proof v1\n{server}\n{incarnation}\n{}\n{}",
        Digest::of(challenge),
        Digest::of(csr)
    )
    .into_bytes()
}

/// The name that a server's certificate carries as its one URI (SPIFFE ID).
pub fn server_spiffe_id(trust_domain: &str, server: ServerUid) -> String {
    format!("spiffe://{trust_domain}/server/{server}")
}

/// The name that the control plane's certificate carries as a URI. An agent accepts no other.
pub fn control_plane_spiffe_id(trust_domain: &str, cell: &str) -> String {
    format!("spiffe://{trust_domain}/control-plane/{cell}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> JoinToken {
        JoinToken {
            uid: Uuid::from_u128(0x0193_5f3a_0000_7000_8000_0000_0000_0001),
            secret: Zeroizing::new([7; 32]),
            fleet_root: KeyId(Digest::of(b"root")),
            cell: "main".parse().unwrap(),
        }
    }

    #[test]
    fn a_join_token_is_written_and_read_back() {
        let text = token().reveal();
        assert_eq!(text.parse::<JoinToken>().unwrap(), token());
        assert_eq!(format!(" {}\n", *text).parse::<JoinToken>().unwrap(), token());
        for bad in ["", "pvj", &text[..text.len() - 8], &text.replace("pvj", "pv"), &format!("{}.x", *text)] {
            assert!(bad.parse::<JoinToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_join_token_s_secret_does_not_show_in_debug() {
        assert_eq!(format!("{:?}", token()), "JoinToken(01935f3a-0000-7000-8000-000000000001, ..)");
    }
}
