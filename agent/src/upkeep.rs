//! What keeps an identity alive: newer trust documents and renewed certificates.

use std::sync::Arc;

use purvey_contract::dsse::Envelope;
use purvey_contract::identity::renewal_proof;
use purvey_proto::agent::enrollment_service_client::EnrollmentServiceClient;
use purvey_proto::agent::{GetTrustRequest, GetTrustResponse, RenewRequest, VersionRange};
use tonic::transport::Channel;

use crate::identity::{self, Chain, Identity};
use crate::trust::HeldTrust;

/// The protocol versions that this agent speaks.
pub fn versions() -> VersionRange {
    let range = purvey_proto::PROTOCOL_VERSIONS;
    VersionRange { min: *range.start(), max: *range.end() }
}

/// Whether a refusal gives this reason. It stands in the status's details (`google.rpc.ErrorInfo`), as plain text among a
/// few length bytes: reading them as a message would cost the agent the whole error model.
pub fn gives_reason(status: &tonic::Status, reason: &str) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(reason.len()).any(|window| window == reason.as_bytes());
    holds(status.details()) || holds(status.message().as_bytes())
}

/// The reason with which a control plane says that there is no common protocol version.
pub const VERSION_UNSUPPORTED: &str = "PROTOCOL_VERSION_UNSUPPORTED";

/// Fetches the trust documents that follow the one that is held.
///
/// # Errors
/// The call failed.
pub async fn get_trust(channel: Channel, held: u64) -> Result<GetTrustResponse, tonic::Status> {
    let request = GetTrustRequest { versions: Some(versions()), trust_version: held };
    Ok(EnrollmentServiceClient::new(channel).get_trust(request).await?.into_inner())
}

/// Takes over newer trust documents.
///
/// # Errors
/// They cannot be fetched, do not follow, or cannot be stored.
pub async fn refresh_trust(channel: Channel, trust: HeldTrust) -> anyhow::Result<()> {
    let held = trust.newest().version;
    let answer = get_trust(channel, held).await?;
    let newest = trust.advance(&envelopes(&answer.trust_documents)?)?;
    tracing::info!(trust.version = newest.version, "the trust document is taken over");
    Ok(())
}

/// Reads envelopes in JSON.
///
/// # Errors
/// One is none.
pub fn envelopes(documents: &[Vec<u8>]) -> Result<Vec<Envelope>, purvey_contract::dsse::DsseError> {
    documents.iter().map(|document| Envelope::from_json(document)).collect()
}

/// How a certificate is renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// The present one has expired: it needs a signed challenge.
    pub is_expired: bool,
    /// With another key, which takes the present one's place.
    pub rotates_key: bool,
}

/// Renews the certificate.
///
/// # Errors
/// The control plane refuses, or the answer cannot be used or stored.
pub async fn renew(channel: Channel, identity: Arc<Identity>, how: Renewal) -> anyhow::Result<Chain> {
    let key = if how.rotates_key { identity.next_tls_key()? } else { identity.keys.tls() };
    let csr = identity::request(&*key)?;
    let mut request = RenewRequest { csr, ..RenewRequest::default() };
    if how.is_expired {
        let challenge = get_trust(channel.clone(), 0).await?.challenge;
        let named = &identity.named;
        let proof = renewal_proof(named.server, named.incarnation, &challenge, &request.csr);
        request.challenge_signature = identity.keys.receipt.sign(&proof).to_vec();
        request.challenge = challenge;
    }
    let answer = EnrollmentServiceClient::new(channel).renew(request).await?.into_inner();
    let chain = Chain::read(answer.certificate_chain, &*key).map_err(anyhow::Error::msg)?;
    identity.renewed(&chain, key)?;
    tracing::info!(until = %chain.not_after(), new_key = how.rotates_key, "the certificate is renewed");
    Ok(chain)
}
