//! How a machine becomes a server, keeps its certificate fresh, and is known again.
//!
//! Persisted: `servers`, `incarnations` and the use of `join_tokens`. Certificates are not: they follow from the CA.

use std::net::IpAddr;

use purvey_contract::dsse::PublicKey;
use purvey_contract::id::{Digest, Name, ProjectUid, ServerUid};
use purvey_contract::identity::{AgentKeyStatement, JoinToken, receipt_key_proof, renewal_proof};
use purvey_contract::seal::{self, Sealed};
use sqlx::types::Json;
use sqlx::types::ipnet::IpNet;
use sqlx::{Acquire as _, PgConnection};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

use super::audit;
use super::servers::{self, Facts, Labels};
use super::sessions::Agent;
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::pki::ca::Csr;
use crate::pki::peer::Peer;
use crate::policy::Principal;

/// How long a challenge for a renewal is good.
const CHALLENGE_LIFE_SECONDS: i64 = 300;

/// A machine that asks to be enrolled.
pub struct Enrolling {
    /// The join token, whole.
    pub token: String,
    /// The certificate request (PKCS#10, DER).
    pub csr: Vec<u8>,
    /// Signs receipts.
    pub receipt_key: Vec<u8>,
    /// The receipt key's signature over [`receipt_key_proof`].
    pub receipt_key_proof: Vec<u8>,
    /// X-Wing public key.
    pub sealing_key: Vec<u8>,
    /// What the machine is.
    pub facts: Facts,
    /// Where the call comes from.
    pub address: IpAddr,
}

/// A machine that is enrolled.
#[derive(Debug)]
pub struct Enrolled {
    /// The server.
    pub server: ServerUid,
    /// Its id.
    pub name: Name,
    /// Its project's id.
    pub project: Name,
    /// Which enrolment this is.
    pub incarnation: u32,
    /// Its certificate and the CA's (DER each).
    pub chain: Vec<Vec<u8>>,
    /// Its keys, countersigned (DSSE envelope, JSON).
    pub key_statement: Vec<u8>,
    /// What it must open to prove that it holds its sealing key.
    pub sealed_challenge: Sealed,
}

/// What was checked before the token.
struct Checked {
    token: JoinToken,
    csr: Csr,
    receipt_key: PublicKey,
    sealing_key: Vec<u8>,
    facts: Facts,
    address: IpAddr,
    /// Names the caller's keys: only the same ones may repeat the call.
    keys: Digest,
}

/// Exchanges a join token for an identity. A repeat by the same keys gets the same incarnation.
///
/// # Errors
/// `Invalid` for keys without proof; `Unauthenticated` for an unknown token; `FailedPrecondition` for one that was used,
/// revoked or has expired, or is not for this fleet, cell or address; `AlreadyExists` for a server's id that is taken.
pub async fn enroll(cx: &Ctx, machine: Enrolling) -> Result<Enrolled, Error> {
    let checked = check(cx, machine)?;
    retrying!(enroll_once(cx, &checked))
}

fn check(cx: &Ctx, machine: Enrolling) -> Result<Checked, Error> {
    let Enrolling { token, csr: request, receipt_key, receipt_key_proof: proof, sealing_key, facts, address } =
        machine;
    let token: JoinToken =
        token.parse().map_err(|error| Error::invalid("token", "INVALID_JOIN_TOKEN", format!("{error}")))?;
    let csr =
        Csr::verify(&request).map_err(|error| Error::invalid("csr", "INVALID_CSR", error.to_string()))?;
    let receipt_key = PublicKey::from_bytes(&receipt_key).ok_or_else(|| {
        Error::invalid("receipt_key", "INVALID_KEY", "an Ed25519 public key of 32 bytes is needed")
    })?;
    if !receipt_key.verify(&receipt_key_proof(token.uid, &request, &sealing_key), &proof) {
        let message = "the proof is not this key's signature over token, request and sealing key";
        return Err(Error::invalid("receipt_key.proof", "INVALID_PROOF", message));
    }
    if token.fleet_root != cx.keys.fleet_root() {
        return Err(Error::precondition("JOIN_TOKEN_OTHER_FLEET", "the join token is for another fleet"));
    }
    if token.cell != *cx.keys.cell() {
        let message =
            format!("the join token is for the cell `{}`, this is `{}`", token.cell, cx.keys.cell());
        return Err(Error::precondition("JOIN_TOKEN_OTHER_CELL", message));
    }
    let keys =
        [csr.key_digest().0, Digest::of(&receipt_key.to_bytes()).0, Digest::of(&sealing_key).0].concat();
    Ok(Checked { token, csr, receipt_key, sealing_key, facts, address, keys: Digest::of(&keys) })
}

struct TokenRow {
    project: ProjectUid,
    project_name: Name,
    server_name: String,
    server: Option<ServerUid>,
    labels: Labels,
    used_by: Option<(ServerUid, i32)>,
    now: OffsetDateTime,
}

async fn enroll_once(cx: &Ctx, machine: &Checked) -> Result<Enrolled, Error> {
    let mut tx = cx.begin().await?;
    let token = take_token(&mut tx, machine).await?;
    if let Some((server, incarnation)) = token.used_by {
        let again = repeat(cx, &mut tx, machine, server, incarnation, &token).await;
        tx.commit().await?;
        return again;
    }
    let (server, name, incarnation) = match token.server {
        Some(server) => take_over(&mut tx, server, &token, machine).await?,
        None => create_server(&mut tx, &token, machine).await?,
    };
    let challenge: [u8; 32] = cx.random_bytes();
    let info = seal::enrollment_info(cx.keys.trust_domain(), server, incarnation);
    let sealed = seal::seal(&machine.sealing_key, &info, &challenge).map_err(|_| {
        Error::invalid("sealing_key", "INVALID_KEY", "an X-Wing public key of 1216 bytes is needed")
    })?;
    let statement = cx.keys.sign_key_statement(&AgentKeyStatement {
        trust_domain: cx.keys.trust_domain().to_owned(),
        cell: cx.keys.cell().to_string(),
        server,
        incarnation,
        tls_key: machine.csr.key_digest(),
        receipt_key: machine.receipt_key,
        sealing_key: machine.sealing_key.clone(),
        registered: token.now,
    });
    let key_statement = statement.to_json();
    sqlx::query!(
        "INSERT INTO incarnations (server_uid, incarnation, project_id, tls_key, receipt_key, sealing_key,
             sealing_challenge, sealed_challenge, key_statement, join_token, secrets_allowed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        server.0,
        to_stored(incarnation),
        token.project.0,
        &machine.csr.key_digest().0,
        &machine.receipt_key.to_bytes(),
        machine.sealing_key,
        &Digest::of(&challenge).0,
        serde_json::to_vec(&sealed).map_err(Error::internal)?,
        key_statement,
        machine.token.uid,
        // Whoever has taken an existing server's place gets its secrets only after an operator said so.
        incarnation == 1,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE join_tokens SET used_at = purvey_now(), used_by_key = $2, used_server = $3, used_incarnation = $4
         WHERE token_uid = $1 AND used_at IS NULL",
        machine.token.uid,
        &machine.keys.0,
        server.0,
        to_stored(incarnation),
    )
    .execute(&mut *tx)
    .await?;
    let agent = Ctx::new(cx.shared().clone(), Principal::Agent { server, incarnation });
    let details = serde_json::json!({
        "incarnation": incarnation, "join_token": machine.token.uid, "address": machine.address,
    });
    audit::record(&mut tx, &agent, token.project, "servers.enroll", &format!("server {name}"), &details)
        .await?;
    tx.commit().await?;
    // Connections of an incarnation that this one has replaced.
    cx.connections.cut(server, incarnation.saturating_sub(1));
    tracing::info!(server.id = %server, server.name = %name, server.incarnation = incarnation, "enrolled");
    let chain = chain(cx, &machine.csr, server, incarnation, token.now)?;
    Ok(Enrolled {
        server,
        name,
        project: token.project_name,
        incarnation,
        chain,
        key_statement,
        sealed_challenge: sealed,
    })
}

/// Locks the token and judges it.
async fn take_token(connection: &mut PgConnection, machine: &Checked) -> Result<TokenRow, Error> {
    let unknown =
        || Error::Unauthenticated("the join token is not known here; was it copied whole?".to_owned());
    let row = sqlx::query!(
        r#"SELECT t.project_id, p.name AS project, secret_hash, server_name, server_uid, labels AS "labels: Json<Labels>",
               address_range AS "address_range: IpNet", expires_at <= purvey_now() AS "expired!", revoked_at, used_at,
               used_by_key, used_server, used_incarnation, purvey_now() AS "now!"
           FROM join_tokens t JOIN projects p ON p.project_id = t.project_id WHERE token_uid = $1 FOR UPDATE OF t"#,
        machine.token.uid,
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(unknown)?;
    if !bool::from(machine.token.secret_hash().0.as_slice().ct_eq(&row.secret_hash)) {
        return Err(unknown());
    }
    let used_by = match (row.used_at, row.used_by_key, row.used_server, row.used_incarnation) {
        (None, ..) => None,
        // A repeat is good for as long as its incarnation lives: the answer may have been lost.
        (Some(_), Some(key), Some(server), Some(incarnation)) if key == machine.keys.0 => {
            Some((ServerUid(server), incarnation))
        }
        (Some(at), ..) => {
            let message = format!("the join token was used at {at}; make a new one for each server");
            return Err(Error::precondition("JOIN_TOKEN_USED", message));
        }
    };
    if used_by.is_none() && row.revoked_at.is_some() {
        return Err(Error::precondition("JOIN_TOKEN_REVOKED", "the join token was revoked; make a new one"));
    }
    if used_by.is_none() && row.expired {
        return Err(Error::precondition("JOIN_TOKEN_EXPIRED", "the join token has expired; make a new one"));
    }
    if let Some(range) = row.address_range.filter(|range| !range.contains(&machine.address)) {
        let message = format!("the join token may be used from {range} only, not from {}", machine.address);
        return Err(Error::precondition("JOIN_TOKEN_OTHER_ADDRESS", message));
    }
    Ok(TokenRow {
        project: ProjectUid(row.project_id),
        project_name: row.project.parse().map_err(|_| Error::corrupt("projects", "name", row.project_id))?,
        server_name: row.server_name,
        server: row.server_uid.map(ServerUid),
        labels: row.labels.0,
        used_by,
        now: row.now,
    })
}

/// Makes a server that was not there.
async fn create_server(
    connection: &mut PgConnection,
    token: &TokenRow,
    machine: &Checked,
) -> Result<(ServerUid, Name, u32), Error> {
    let name = match token.server_name.as_str() {
        "" => name_of_host(&machine.facts.hostname)?,
        name => name.parse().map_err(|_| Error::corrupt("join_tokens", "server_name", machine.token.uid))?,
    };
    let uid = sqlx::query_scalar!(
        "INSERT INTO servers (server_uid, project_id, name, labels, facts, facts_digest, incarnation)
         VALUES (purvey_uuid7(purvey_now()), $1, $2, $3, $4, $5, 1) RETURNING server_uid",
        token.project.0,
        name.as_str(),
        Json(&token.labels) as _,
        Json(&machine.facts) as _,
        machine.facts.digest,
    )
    .fetch_one(connection)
    .await
    .map_err(crate::error::on_constraint("servers_project_name_key", || Error::AlreadyExists {
        kind: "server",
        name: name.to_string(),
    }))?;
    Ok((ServerUid(uid), name, 1))
}

/// Begins another incarnation of a server, and ends the present one.
async fn take_over(
    connection: &mut PgConnection,
    server: ServerUid,
    token: &TokenRow,
    machine: &Checked,
) -> Result<(ServerUid, Name, u32), Error> {
    let mut savepoint = connection.begin().await?;
    servers::end_incarnation(&mut savepoint, server, "enrolled again").await?;
    let row = sqlx::query!(
        "UPDATE servers SET incarnation = incarnation + 1, state = 'active', revision = revision + 1, facts = $2,
             facts_digest = $3, labels = CASE WHEN $4 THEN labels ELSE $5 END
         WHERE server_uid = $1 AND state <> 'banned' RETURNING name, incarnation",
        server.0,
        Json(&machine.facts) as _,
        machine.facts.digest,
        token.labels.is_empty(),
        Json(&token.labels) as _,
    )
    .fetch_optional(&mut *savepoint)
    .await?
    .ok_or_else(|| Error::precondition("SERVER_BANNED", "this server is banned and cannot be enrolled again"))?;
    savepoint.commit().await?;
    let name = row.name.parse().map_err(|_| Error::corrupt("servers", "name", server))?;
    let incarnation =
        u32::try_from(row.incarnation).map_err(|_| Error::corrupt("servers", "incarnation", server))?;
    Ok((server, name, incarnation))
}

/// The same answer again.
async fn repeat(
    cx: &Ctx,
    connection: &mut PgConnection,
    machine: &Checked,
    server: ServerUid,
    incarnation: i32,
    token: &TokenRow,
) -> Result<Enrolled, Error> {
    let row = sqlx::query!(
        "SELECT s.name, i.key_statement, i.sealed_challenge, i.ended_at
         FROM incarnations i JOIN servers s ON s.server_uid = i.server_uid
         WHERE i.server_uid = $1 AND i.incarnation = $2",
        server.0,
        incarnation,
    )
    .fetch_one(connection)
    .await?;
    if row.ended_at.is_some() {
        return Err(ended(server));
    }
    let corrupt = |column| Error::corrupt("incarnations", column, format!("{server} {incarnation}"));
    let incarnation = u32::try_from(incarnation).map_err(|_| corrupt("incarnation"))?;
    Ok(Enrolled {
        server,
        name: row.name.parse().map_err(|_| Error::corrupt("servers", "name", server))?,
        project: token.project_name.clone(),
        incarnation,
        chain: chain(cx, &machine.csr, server, incarnation, token.now)?,
        key_statement: row.key_statement,
        sealed_challenge: serde_json::from_slice(&row.sealed_challenge)
            .map_err(|_| corrupt("sealed_challenge"))?,
    })
}

/// A machine that asks for a new certificate.
pub struct Renewing {
    /// The certificate request (PKCS#10, DER), of the same key or a new one.
    pub csr: Vec<u8>,
    /// With an expired certificate: the challenge.
    pub challenge: Vec<u8>,
    /// With an expired certificate: the receipt key's signature over [`renewal_proof`].
    pub challenge_signature: Vec<u8>,
}

/// A new certificate for the caller's incarnation, with the CA's (DER each).
///
/// # Errors
/// `Unauthenticated` if the certificate has expired and the challenge is not answered; [`ended`].
pub async fn renew(cx: &Ctx, peer: &Peer, asked: &Renewing) -> Result<Vec<Vec<u8>>, Error> {
    let csr =
        Csr::verify(&asked.csr).map_err(|error| Error::invalid("csr", "INVALID_CSR", error.to_string()))?;
    let live = retrying!(live(cx, peer))?;
    if peer.is_expired(cx.clock.now()) {
        answer_challenge(cx, peer, asked, &live)?;
    }
    let digest = csr.key_digest();
    if digest != peer.tls_key {
        retrying!(register_key(cx, peer, digest))?;
    }
    chain(cx, &csr, peer.server, peer.incarnation, live.now)
}

fn answer_challenge(cx: &Ctx, peer: &Peer, asked: &Renewing, live: &Live) -> Result<(), Error> {
    let refused = |message: &str| Error::Unauthenticated(message.to_owned());
    if !is_challenge(cx, &asked.challenge) {
        return Err(refused(
            "the client certificate has expired: renewing it needs a fresh challenge from GetTrust, signed by the receipt key",
        ));
    }
    let statement = renewal_proof(peer.server, peer.incarnation, &asked.challenge, &asked.csr);
    if live.receipt_key.verify(&statement, &asked.challenge_signature) {
        Ok(())
    } else {
        Err(refused("the challenge was not signed by this incarnation's receipt key"))
    }
}

async fn register_key(cx: &Ctx, peer: &Peer, key: Digest) -> Result<(), Error> {
    let updated = sqlx::query!(
        "UPDATE incarnations SET next_tls_key = CASE WHEN tls_key = $3 THEN NULL ELSE $3 END
         WHERE server_uid = $1 AND incarnation = $2 AND ended_at IS NULL",
        peer.server.0,
        to_stored(peer.incarnation),
        &key.0,
    )
    .execute(&cx.db)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(ended(peer.server)) }
}

/// A challenge for renewing with an expired certificate. Good for five minutes, on every replica; nothing is kept.
pub fn challenge(cx: &Ctx) -> Vec<u8> {
    let mut challenge = cx.clock.now().unix_timestamp().to_be_bytes().to_vec();
    challenge.extend_from_slice(&cx.random_bytes::<16>());
    let mac = cx.keys.mac("renewal challenge", &challenge);
    challenge.extend_from_slice(&mac);
    challenge
}

fn is_challenge(cx: &Ctx, challenge: &[u8]) -> bool {
    let Some((said, mac)) = challenge.split_last_chunk::<32>() else { return false };
    let Some((time, _)) = said.split_first_chunk::<8>() else { return false };
    let age = cx.clock.now().unix_timestamp().saturating_sub(i64::from_be_bytes(*time));
    bool::from(cx.keys.mac("renewal challenge", said).ct_eq(mac)) && age.abs() <= CHALLENGE_LIFE_SECONDS
}

struct Live {
    agent: Agent,
    receipt_key: PublicKey,
    now: OffsetDateTime,
}

/// Who the certificate's agent is, if its incarnation lives and the key is the one on record. Believed for ten seconds:
/// an end cuts the connection at once.
///
/// # Errors
/// [`ended`].
pub async fn check_incarnation(cx: &Ctx, peer: &Peer) -> Result<Agent, Error> {
    if let Some(agent) = cx.connections.believed(peer.server, peer.incarnation, peer.tls_key) {
        return Ok(agent);
    }
    let agent = retrying!(live(cx, peer))?.agent;
    cx.connections.believe(agent, peer.tls_key);
    Ok(agent)
}

async fn live(cx: &Ctx, peer: &Peer) -> Result<Live, Error> {
    let row = sqlx::query!(
        r#"SELECT i.project_id, i.tls_key, i.next_tls_key, i.receipt_key, purvey_now() AS "now!"
           FROM incarnations i JOIN servers s ON s.server_uid = i.server_uid
           WHERE i.server_uid = $1 AND i.incarnation = $2 AND i.ended_at IS NULL AND s.state = 'active'"#,
        peer.server.0,
        to_stored(peer.incarnation),
    )
    .fetch_optional(&cx.db)
    .await?
    .ok_or_else(|| ended(peer.server))?;
    if row.tls_key != peer.tls_key.0 {
        if row.next_tls_key.is_none_or(|next| next != peer.tls_key.0) {
            return Err(ended(peer.server));
        }
        // The new key has arrived: the old one is over.
        sqlx::query!(
            "UPDATE incarnations SET tls_key = next_tls_key, next_tls_key = NULL
             WHERE server_uid = $1 AND incarnation = $2 AND next_tls_key = $3",
            peer.server.0,
            to_stored(peer.incarnation),
            &peer.tls_key.0,
        )
        .execute(&cx.db)
        .await?;
    }
    Ok(Live {
        agent: Agent {
            server: peer.server,
            incarnation: peer.incarnation,
            project: ProjectUid(row.project_id),
        },
        receipt_key: PublicKey::from_bytes(&row.receipt_key)
            .ok_or_else(|| Error::corrupt("incarnations", "receipt_key", peer.server))?,
        now: row.now,
    })
}

/// Takes the opened challenge, and answers whether the incarnation has proven that it holds its sealing key.
pub async fn prove_sealing(
    cx: &Ctx,
    server: ServerUid,
    incarnation: u32,
    proof: &[u8],
) -> Result<bool, Error> {
    let proven = sqlx::query_scalar!(
        r#"UPDATE incarnations
           SET sealing_challenge = CASE WHEN sealing_challenge = $3 THEN '' ELSE sealing_challenge END
           WHERE server_uid = $1 AND incarnation = $2
           RETURNING sealing_challenge = '' AS "proven!""#,
        server.0,
        to_stored(incarnation),
        &Digest::of(proof).0,
    )
    .fetch_optional(&cx.db)
    .await?
    .unwrap_or(false);
    if proven {
        // Jobs with secrets have waited for this.
        cx.waker.mark_dirty([server]);
    }
    Ok(proven)
}

/// The error of an incarnation that has ended.
pub fn ended(server: ServerUid) -> Error {
    Error::precondition(
        "INCARNATION_ENDED",
        format!(
            "this identity of server {server} was ended (evicted, banned, quarantined or enrolled again)"
        ),
    )
}

fn chain(
    cx: &Ctx,
    csr: &Csr,
    server: ServerUid,
    incarnation: u32,
    now: OffsetDateTime,
) -> Result<Vec<Vec<u8>>, Error> {
    let ca = cx.keys.ca();
    let leaf =
        ca.issue_agent(csr, cx.keys.trust_domain(), server, incarnation, now).map_err(Error::internal)?;
    Ok(vec![leaf.to_vec(), ca.certificate().to_vec()])
}

/// A server's id out of a host's name: its first label, in lower case.
fn name_of_host(hostname: &str) -> Result<Name, Error> {
    let label = hostname.split('.').next().unwrap_or_default().to_ascii_lowercase();
    label.parse().map_err(|_| {
        let message = "the host's name is no server id; make a join token that names the server";
        Error::invalid("facts.hostname", "INVALID_ID", message)
    })
}

fn to_stored(incarnation: u32) -> i32 {
    i32::try_from(incarnation).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_after_the_first_label_of_its_host() {
        assert_eq!(name_of_host("Web-1.example.com").unwrap().as_str(), "web-1");
        for bad in ["", ".example", "web_1", "-a"] {
            assert!(name_of_host(bad).is_err(), "{bad}");
        }
    }
}
