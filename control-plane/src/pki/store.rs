//! Makes the fleet's keys at the first start and finds them again at every later one.
//!
//! Persisted: `fleet_keys` (private parts wrapped by the KMS) and `trust_documents`. Not persisted: anything in clear.

use arc_swap::ArcSwap;
use purvey_contract::dsse::{Envelope, ListedKey, SigningKey};
use purvey_contract::id::{Digest, Name};
use purvey_contract::trust::{ListedCa, TrustDocument};
use sqlx::{Connection as _, PgConnection};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::ca::{Ca, CaError};
use super::{FleetKeys, Held, TrustVersion};
use crate::error::Error;
use crate::fleet::projects;
use crate::kms::Kms;
use std::sync::Arc;

/// How long keys count before a new trust document must follow.
const LIFE: Duration = Duration::days(3650);
/// Hosts whose clocks are a little behind must believe a fresh key.
const BACKDATED: Duration = Duration::hours(1);
/// Taken while keys are looked for and made, so that two replicas that start together make one set.
const ADVISORY_LOCK: i64 = 0x7075_7276_6579_0001;

/// What the configuration says of the fleet.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// The fleet's name in identities.
    pub trust_domain: String,
    /// This control plane's name in the fleet.
    pub cell: Name,
    /// Whether all this is only a demo.
    pub demo: bool,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store holds a demo's keys.
    #[error("this database belongs to a demo; a control plane for real use needs a database of its own")]
    DemoDatabase,
    /// The store holds real keys.
    #[error("this database belongs to a control plane for real use; a demo needs a database of its own")]
    RealDatabase,
    /// The store belongs to another fleet or cell.
    #[error("this database is of {what} `{stored}`, but the configuration says `{configured}`")]
    OtherFleet {
        /// Trust domain or cell.
        what: &'static str,
        /// What the store says.
        stored: String,
        /// What the configuration says.
        configured: String,
    },
    /// A key cannot be unwrapped.
    #[error("the fleet's {purpose} key cannot be unwrapped; is `kms.key_file` the one it was made with?")]
    Unwrap {
        /// Which.
        purpose: &'static str,
        /// Why.
        #[source]
        source: Error,
    },
    /// A key is missing or malformed.
    #[error("the fleet's {0} key in the database is missing or damaged")]
    Damaged(&'static str),
    /// The CA cannot be made or read.
    #[error("the fleet's CA cannot be used")]
    Ca(#[from] CaError),
    /// The KMS cannot wrap.
    #[error("a key cannot be wrapped")]
    Wrap(#[source] Error),
    /// The store cannot be used.
    #[error("the fleet's keys cannot be read or written")]
    Database(#[from] sqlx::Error),
    /// There is no randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

impl FleetKeys {
    /// The fleet's keys from the store; made if there are none.
    ///
    /// # Errors
    /// The store is another fleet's or a demo's, the KMS does not hold the keys' wrapping key, or a row is damaged.
    pub async fn load_or_create(
        connection: &mut PgConnection,
        kms: &Kms,
        config: &FleetConfig,
    ) -> Result<Self, KeysError> {
        let mut tx = connection.begin().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", ADVISORY_LOCK).execute(&mut *tx).await?;
        let there = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM trust_documents) AS "there!""#)
            .fetch_one(&mut *tx)
            .await?;
        if !there {
            let now = sqlx::query_scalar!(r#"SELECT purvey_now() AS "now!""#).fetch_one(&mut *tx).await?;
            Fresh::generate(now, config)?.write(&mut tx, kms).await?;
            tracing::info!(fleet.trust_domain = config.trust_domain, "made the fleet's keys");
        }
        let keys = load(&mut tx, kms, config).await?;
        tx.commit().await?;
        Ok(keys)
    }
}

/// Keys that are not in the store yet.
pub(super) struct Fresh {
    root: SigningKey,
    job: SigningKey,
    receipt: SigningKey,
    audit: SigningKey,
    mac: Zeroizing<[u8; 32]>,
    ca: Ca,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    trust: TrustDocument,
}

impl Fresh {
    pub(super) fn generate(now: OffsetDateTime, config: &FleetConfig) -> Result<Self, KeysError> {
        let now = now.replace_nanosecond(0).unwrap_or(now);
        let (not_before, not_after) = (now - BACKDATED, now + LIFE);
        let (root, job, receipt, audit) = (signing_key()?, signing_key()?, signing_key()?, signing_key()?);
        let listed =
            |key: &SigningKey| vec![ListedKey { public_key: key.public_key(), not_before, not_after }];
        let ca = Ca::generate(&config.trust_domain, not_before, not_after)?;
        let trust = TrustDocument {
            trust_domain: config.trust_domain.clone(),
            cell: config.cell.to_string(),
            version: 1,
            issued: now,
            demo: config.demo,
            roots: vec![root.public_key()],
            cas: vec![ListedCa { certificate: ca.certificate().to_vec() }],
            job_keys: listed(&job),
            receipt_keys: listed(&receipt),
            audit_keys: listed(&audit),
        };
        Ok(Self { root, job, receipt, audit, mac: random()?, ca, not_before, not_after, trust })
    }

    async fn write(&self, connection: &mut PgConnection, kms: &Kms) -> Result<(), KeysError> {
        for (purpose, key) in
            [("root", &self.root), ("job", &self.job), ("receipt", &self.receipt), ("audit", &self.audit)]
        {
            self.write_key(connection, kms, purpose, key.public_key().id().0, &*key.seed(), &[]).await?;
        }
        let ca_id = Digest::of(self.ca.certificate());
        self.write_key(connection, kms, "ca", ca_id, &self.ca.private_key(), self.ca.certificate()).await?;
        let mac_id: [u8; 32] = *random()?;
        self.write_key(connection, kms, "mac", Digest(mac_id), &*self.mac, &[]).await?;
        sqlx::query!(
            "INSERT INTO trust_documents (version, project_id, envelope) VALUES (1, $1, $2)",
            projects::DEFAULT.0,
            Envelope::sign(&self.trust, &[&self.root]).to_json(),
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn write_key(
        &self,
        connection: &mut PgConnection,
        kms: &Kms,
        purpose: &str,
        id: Digest,
        secret: &[u8],
        certificate: &[u8],
    ) -> Result<(), KeysError> {
        let wrapped = kms.encrypt(&context(purpose, &id), secret).await.map_err(KeysError::Wrap)?;
        sqlx::query!(
            "INSERT INTO fleet_keys (key_id, project_id, purpose, wrapped, certificate, not_before, not_after)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &id.0,
            projects::DEFAULT.0,
            purpose,
            wrapped,
            certificate,
            self.not_before,
            self.not_after,
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn into_keys(self, config: &FleetConfig) -> Result<FleetKeys, KeysError> {
        let envelope = Envelope::sign(&self.trust, &[&self.root]).to_json();
        Ok(FleetKeys {
            held: Arc::new(Held {
                root: self.root,
                job: self.job,
                receipt: self.receipt,
                mac: self.mac,
                ca: self.ca,
                trust_domain: config.trust_domain.clone(),
                cell: config.cell.clone(),
                demo: config.demo,
                trust: ArcSwap::from_pointee(vec![TrustVersion { document: self.trust, envelope }]),
            }),
        })
    }
}

async fn load(
    connection: &mut PgConnection,
    kms: &Kms,
    config: &FleetConfig,
) -> Result<FleetKeys, KeysError> {
    let trust = load_trust(connection).await?;
    let newest = &trust.last().ok_or(KeysError::Damaged("root"))?.document;
    check_fleet(newest, config)?;
    let key = |bytes: Zeroizing<Vec<u8>>, purpose| {
        let seed: Result<[u8; 32], _> = bytes.as_slice().try_into();
        seed.map(Zeroizing::new).map_err(|_| KeysError::Damaged(purpose))
    };
    let (root, _) = unwrap(connection, kms, "root").await?;
    let (job, _) = unwrap(connection, kms, "job").await?;
    let (receipt, _) = unwrap(connection, kms, "receipt").await?;
    let (mac, _) = unwrap(connection, kms, "mac").await?;
    let (ca, certificate) = unwrap(connection, kms, "ca").await?;
    Ok(FleetKeys {
        held: Arc::new(Held {
            root: SigningKey::from_seed(&*key(root, "root")?),
            job: SigningKey::from_seed(&*key(job, "job")?),
            receipt: SigningKey::from_seed(&*key(receipt, "receipt")?),
            mac: key(mac, "mac")?,
            ca: Ca::load(&ca, certificate)?,
            trust_domain: config.trust_domain.clone(),
            cell: config.cell.clone(),
            demo: config.demo,
            trust: ArcSwap::from_pointee(trust),
        }),
    })
}

fn check_fleet(newest: &TrustDocument, config: &FleetConfig) -> Result<(), KeysError> {
    match (newest.demo, config.demo) {
        (true, false) => return Err(KeysError::DemoDatabase),
        (false, true) => return Err(KeysError::RealDatabase),
        _ => {}
    }
    let other = |what, stored: &str, configured: &str| {
        let (stored, configured) = (stored.to_owned(), configured.to_owned());
        Err(KeysError::OtherFleet { what, stored, configured })
    };
    if newest.trust_domain != config.trust_domain {
        return other("the trust domain", &newest.trust_domain, &config.trust_domain);
    }
    if newest.cell != config.cell.as_str() {
        return other("the cell", &newest.cell, config.cell.as_str());
    }
    Ok(())
}

async fn load_trust(connection: &mut PgConnection) -> Result<Vec<TrustVersion>, KeysError> {
    let rows =
        sqlx::query!("SELECT envelope FROM trust_documents ORDER BY version").fetch_all(connection).await?;
    let read = |envelope: Vec<u8>| {
        let document =
            Envelope::from_json(&envelope).and_then(|envelope| envelope.peek::<TrustDocument>()).ok()?;
        Some(TrustVersion { document, envelope })
    };
    rows.into_iter().map(|row| read(row.envelope).ok_or(KeysError::Damaged("root"))).collect()
}

/// The newest key of a purpose in clear, and its certificate.
async fn unwrap(
    connection: &mut PgConnection,
    kms: &Kms,
    purpose: &'static str,
) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), KeysError> {
    let row = sqlx::query!(
        "SELECT key_id, wrapped, certificate FROM fleet_keys WHERE purpose = $1 AND retired_at IS NULL
         ORDER BY created_at DESC LIMIT 1",
        purpose,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(KeysError::Damaged(purpose))?;
    let id = Digest::from_slice(&row.key_id).ok_or(KeysError::Damaged(purpose))?;
    let secret = kms
        .decrypt(&context(purpose, &id), &row.wrapped)
        .await
        .map_err(|source| KeysError::Unwrap { purpose, source })?;
    Ok((secret, row.certificate))
}

fn context(purpose: &str, id: &Digest) -> String {
    format!("fleet key {purpose} {id}")
}

fn signing_key() -> Result<SigningKey, KeysError> {
    Ok(SigningKey::from_seed(&*random()?))
}

fn random() -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes)?;
    Ok(bytes)
}
