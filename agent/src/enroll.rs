//! How a host becomes a server: `agent enroll`.
//!
//! The trust document is fetched over a connection that proves nothing and judged by the fleet root in the join token;
//! only then, over a connection under one of its CAs, the token is sent. Keys are made once and used again by every
//! repetition, so that a lost answer does not burn the token.

use purvey_contract::dsse::{DsseError, Envelope};
use purvey_contract::id::Digest;
use purvey_contract::identity::{AgentKeyStatement, JoinToken, receipt_key_proof, server_spiffe_id};
use purvey_contract::seal::{self, Sealed};
use purvey_contract::trust::{TrustDocument, TrustError};
use purvey_proto::agent::enrollment_service_client::EnrollmentServiceClient;
use purvey_proto::agent::{EnrollRequest, EnrollResponse, PublicKey};
use tonic::{Code, Status};

use crate::ambient::{Clock, Random};
use crate::certificate;
use crate::config::{Config, HostPort};
use crate::facts;
use crate::files;
use crate::identity::{Chain, Identity, IdentityError, Keys, Named};
use crate::paths::Paths;
use crate::refusal::spell;
use crate::tls::{self, ClientCertificate, ConnectError, ServerCheck};
use crate::trust::{HeldTrust, TrustFileError};
use crate::upkeep;
use crate::verify::CLOCK_BOUND;

/// How an enrolment went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// The host is a server now.
    Now(Named),
    /// It was one before.
    Already(Named),
}

/// Why a host could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The control plane is not the token's.
    #[error("the control plane at {address} is not the one that made the token: {source}")]
    NotTheFleet {
        /// Where.
        address: HostPort,
        /// Why.
        source: TrustError,
    },
    /// The control plane is another cell of the fleet.
    #[error(
        "the token is for the cell `{wanted}`, and {address} is the cell `{found}`; name the other one's address"
    )]
    OtherCell {
        /// Where.
        address: HostPort,
        /// The token's.
        wanted: String,
        /// The control plane's.
        found: String,
    },
    /// The clocks are too far apart for anything signed to be judged.
    #[error(
        "this host's clock is {} {} the control plane's: set it (`timedatectl set-ntp true`) and run this again; the token \
         was not used", spell(off.abs()), if off.is_negative() { "behind" } else { "ahead of" }
    )]
    Clock {
        /// The host's time less the control plane's.
        off: time::Duration,
    },
    /// The control plane said no.
    #[error("{}", explain(.0))]
    Refused(Status),
    /// The answer does not prove what it should.
    #[error("the control plane's answer is not accepted: {0}")]
    BadAnswer(String),
    /// The keys cannot be made or stored.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The trust document cannot be stored.
    #[error(transparent)]
    Trust(#[from] TrustFileError),
    /// Something else cannot be stored.
    #[error("{what}: {source}")]
    Store {
        /// What.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

impl From<DsseError> for EnrollError {
    fn from(error: DsseError) -> Self {
        Self::BadAnswer(error.to_string())
    }
}

/// What a refused enrolment means, and what to do.
fn explain(status: &Status) -> String {
    let message = status.message();
    let says = |reason: &str| upkeep::gives_reason(status, reason);
    let advice = match status.code() {
        Code::FailedPrecondition if says("JOIN_TOKEN_OTHER_ADDRESS") => {
            "; run this from such an address, or make a token without `--from`"
        }
        Code::FailedPrecondition if says("JOIN_TOKEN_OTHER_FLEET") || says("JOIN_TOKEN_OTHER_CELL") => {
            "; name the address of the control plane that made the token (`--control-plane`)"
        }
        Code::FailedPrecondition if says("SERVER_BANNED") || says("INCARNATION_ENDED") => {
            "; ask whoever administers the fleet"
        }
        Code::FailedPrecondition if says("JOIN_TOKEN_") => "; make one with `purvey server token create`",
        Code::Unauthenticated | Code::PermissionDenied | Code::NotFound => {
            "; make a new token with `purvey server token create`"
        }
        Code::FailedPrecondition if upkeep::gives_reason(status, upkeep::VERSION_UNSUPPORTED) => {
            "; this agent and the control plane have no protocol version in common"
        }
        Code::AlreadyExists => "; a token made for that server (`--server`) lets it enrol again",
        Code::Unavailable => "; try again in a moment, the token is still good",
        _ => "",
    };
    format!("the control plane refused the enrolment: {message}{advice}")
}

/// Enrols the host.
///
/// # Errors
/// What went wrong, and what to do. The token is still good unless the control plane said otherwise.
pub async fn enroll(
    paths: &Paths,
    control_plane: &HostPort,
    token: &JoinToken,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Enrolled, EnrollError> {
    if Identity::exists(paths) {
        let (identity, _) = Identity::load(paths, random)?;
        write_config(paths, control_plane)?;
        return Ok(Enrolled::Already(identity.named));
    }
    let store = |what: &str| {
        let what = what.to_owned();
        move |source| EnrollError::Store { what, source }
    };
    files::make_folder(&paths.state(), 0o711).map_err(store("the agent's folder cannot be made"))?;
    let keys = Keys::load_or_create(paths, random)?;
    let trust = first_trust(paths, control_plane, token, clock).await?;

    let check = ServerCheck::Listed(trust.clone());
    let channel = tls::connect(control_plane, check, ClientCertificate::default()).await?;
    let request = request(paths, &keys, token)?;
    let answer = EnrollmentServiceClient::new(channel).enroll(request).await.map_err(EnrollError::Refused)?;
    let answer = answer.into_inner();

    trust.advance(&[Envelope::from_json(&answer.trust_document)?])?;
    let trust = trust.newest();
    let judged = judge(&answer, &trust, &keys, clock)?;
    Identity::store(paths, &judged.named, &judged.chain, &answer.key_statement, &judged.sealing_proof)?;
    write_config(paths, control_plane)?;
    Ok(Enrolled::Now(judged.named))
}

fn write_config(paths: &Paths, control_plane: &HostPort) -> Result<(), EnrollError> {
    Config::write_control_plane(&paths.config_file(), control_plane)
        .map_err(|source| EnrollError::Store { what: paths.config_file().display().to_string(), source })
}

/// Fetches the trust document and judges it by the token.
async fn first_trust(
    paths: &Paths,
    address: &HostPort,
    token: &JoinToken,
    clock: &dyn Clock,
) -> Result<HeldTrust, EnrollError> {
    let channel = tls::connect(address, ServerCheck::Unverified, ClientCertificate::default()).await?;
    let answer = upkeep::get_trust(channel, 0).await.map_err(EnrollError::Refused)?;
    check_clock(answer.time_unix_millis, clock)?;
    let chain = upkeep::envelopes(&answer.trust_documents)?;
    let not_the_fleet = |source| EnrollError::NotTheFleet { address: address.clone(), source };
    let document = TrustDocument::first(token.fleet_root, &chain).map_err(not_the_fleet)?;
    if document.cell != token.cell.as_str() {
        return Err(EnrollError::OtherCell {
            address: address.clone(),
            wanted: token.cell.to_string(),
            found: document.cell,
        });
    }
    let newest = chain.last().ok_or(TrustError::UnknownRoot(token.fleet_root)).map_err(not_the_fleet)?;
    Ok(HeldTrust::start(&paths.trust(), document, newest)?)
}

/// Anybody could have said the time. All that it can do is to keep this host from being enrolled.
fn check_clock(said_millis: i64, clock: &dyn Clock) -> Result<(), EnrollError> {
    let said = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(said_millis) * 1_000_000);
    match said.map(|said| clock.now() - said) {
        Ok(off) if said_millis != 0 && off.abs() > CLOCK_BOUND => Err(EnrollError::Clock { off }),
        _ => Ok(()),
    }
}

fn request(paths: &Paths, keys: &Keys, token: &JoinToken) -> Result<EnrollRequest, EnrollError> {
    let csr = keys.certificate_request()?;
    let sealing_key = keys.sealing.public_key();
    let proof = keys.receipt.sign(&receipt_key_proof(token.uid, &csr, &sealing_key)).to_vec();
    Ok(EnrollRequest {
        versions: Some(upkeep::versions()),
        token: token.reveal().to_string(),
        receipt_key: Some(PublicKey {
            algorithm: "ed25519".to_owned(),
            public_key: keys.receipt_public_key().to_bytes().to_vec(),
            proof,
        }),
        sealing_key: Some(PublicKey {
            algorithm: "x-wing".to_owned(),
            public_key: sealing_key,
            proof: Vec::new(),
        }),
        csr,
        facts: Some(facts::told(paths)),
    })
}

struct Judged {
    named: Named,
    chain: Chain,
    sealing_proof: Vec<u8>,
}

/// Checks that the answer speaks of this host's keys and nothing else.
fn judge(
    answer: &EnrollResponse,
    trust: &TrustDocument,
    keys: &Keys,
    clock: &dyn Clock,
) -> Result<Judged, EnrollError> {
    let bad = |why: &str| EnrollError::BadAnswer(why.to_owned());
    let server = answer.server_uid.parse().map_err(|_| bad("its server uid is none"))?;
    let statement = Envelope::from_json(&answer.key_statement)?;
    let signers = trust.receipt_keys_at(clock.now());
    if signers.is_empty() {
        return Err(bad("no receipt key of the trust document is valid now; check this host's clock"));
    }
    let statement: AgentKeyStatement = statement.verify(&signers)?.document;
    let AgentKeyStatement {
        trust_domain,
        cell,
        server: stated,
        incarnation,
        tls_key,
        receipt_key,
        sealing_key,
        registered: _,
    } = &statement;
    if (trust_domain, cell) != (&trust.trust_domain, &trust.cell)
        || (*stated, *incarnation) != (server, answer.incarnation)
        || *tls_key != Digest::of(&keys.tls_public_key())
        || *receipt_key != keys.receipt_public_key()
        || *sealing_key != keys.sealing.public_key()
    {
        return Err(bad("the key statement is not about this host's keys"));
    }
    let chain =
        Chain::read(answer.certificate_chain.clone(), &*keys.tls()).map_err(EnrollError::BadAnswer)?;
    if !certificate::names_uri(chain.leaf(), &server_spiffe_id(trust_domain, server)) {
        return Err(bad("the certificate does not name this server"));
    }
    let challenge = answer.sealed_challenge.as_ref().ok_or_else(|| bad("there is no sealed challenge"))?;
    let sealed = Sealed { enc: challenge.enc.clone(), ciphertext: challenge.ciphertext.clone() };
    let info = seal::enrollment_info(trust_domain, server, *incarnation);
    let opened = keys.sealing.open(&sealed, &info).map_err(|_| bad("the sealed challenge does not open"))?;
    Ok(Judged {
        named: Named {
            server,
            name: answer.server.clone(),
            project: answer.project.clone(),
            incarnation: *incarnation,
            trust_domain: trust_domain.clone(),
            cell: cell.clone(),
        },
        chain,
        sealing_proof: opened.to_vec(),
    })
}
