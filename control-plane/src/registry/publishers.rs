//! Publishers: whose bundles are taken, what of them servers would refuse, and which documents agents have yet to see.
//!
//! Persisted: `publisher_documents`, all versions. Agents decide for themselves whom they trust; here a publisher is known so
//! that nothing is offered that they would refuse, and so that what it revokes reaches them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use purvey_contract::dsse::{Envelope, MAX_ENVELOPE_BYTES};
use purvey_contract::id::Name;
use purvey_contract::publisher::{BundleStatement, Distrust, Lineage, PublisherDocument, Vouched};
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::ImportError;
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::fleet::{audit, projects};
use crate::policy::{Permission, Resource, Scope};

/// How long what was read is believed. What another replica takes over is known here after that.
const BELIEVED: Duration = Duration::from_secs(1);
/// Documents in one call.
pub const MAX_DOCUMENTS: usize = 32;
/// The ending of a document's name in a folder of bundles.
const ENDING: &str = ".publisher.json";

/// A publisher that is known here.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Its documents.
    pub lineage: Lineage,
    /// When the newest came.
    pub updated_at: OffsetDateTime,
}

impl Publisher {
    /// Its newest document.
    pub fn document(&self) -> &PublisherDocument {
        self.lineage.newest()
    }
}

impl Resource for Publisher {
    fn scope(&self) -> Scope {
        Scope::Fleet
    }

    fn describe(&self) -> String {
        format!("publisher {}", self.document().publisher)
    }
}

/// Why servers would refuse a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// As agents say it, such as `BUNDLE_REVOKED`.
    pub code: &'static str,
    /// The same in words.
    pub reason: String,
}

impl From<Distrust> for Withdrawn {
    fn from(distrust: Distrust) -> Self {
        Self { code: distrust.code(), reason: distrust.to_string() }
    }
}

/// All publishers as they were a moment ago.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// By id.
    pub publishers: Arc<BTreeMap<Name, Publisher>>,
    /// The database's time.
    pub now: OffsetDateTime,
}

impl Trusted {
    /// The statement, if servers that trust its publisher would believe it now.
    ///
    /// # Errors
    /// Why they would not.
    pub fn judge(&self, statement: &[u8]) -> Result<Vouched, Withdrawn> {
        let envelope = Envelope::from_json(statement).map_err(Distrust::Signature)?;
        let publisher = envelope.peek::<BundleStatement>().map_err(Distrust::Signature)?.app.publisher;
        let known = self.publishers.get(&publisher).ok_or_else(|| Withdrawn {
            code: "PUBLISHER_NOT_TRUSTED",
            reason: format!("the control plane does not know the publisher `{publisher}`"),
        })?;
        Ok(known.document().vouch(&envelope, self.now)?)
    }

    /// What an agent has yet to see that holds these versions.
    pub fn news<'a>(&'a self, held: &'a [(Name, u64)]) -> impl Iterator<Item = &'a Envelope> {
        let known = |(name, version): &'a (Name, u64)| Some((self.publishers.get(name)?, *version));
        held.iter().filter_map(known).flat_map(|(publisher, version)| publisher.lineage.since(version))
    }
}

/// Publishers that were read.
#[derive(Debug, Default)]
pub struct Publishers {
    kept: RwLock<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    trusted: Trusted,
    /// Count and time of the newest row: another one says that something changed.
    version: (i64, Option<OffsetDateTime>),
    read: Instant,
}

impl Publishers {
    /// Reads them anew from now on.
    pub fn forget(&self) {
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn kept(&self) -> Option<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All publishers, at most a second old.
pub async fn trusted(cx: &Ctx) -> Result<Trusted, Error> {
    let kept = cx.publishers.kept();
    if let Some(kept) = kept.as_ref().filter(|kept| kept.read.elapsed() < BELIEVED) {
        return Ok(kept.trusted.clone());
    }
    let read = Instant::now();
    let row = sqlx::query!(
        r#"SELECT purvey_now() AS "now!", count(*) AS "count!", max(created_at) AS newest FROM publisher_documents"#
    )
    .fetch_one(&cx.db)
    .await?;
    let version = (row.count, row.newest);
    let publishers = match kept.filter(|kept| kept.version == version) {
        Some(kept) => kept.trusted.publishers,
        None => Arc::new(load_all(cx).await?),
    };
    let trusted = Trusted { publishers, now: row.now };
    let kept = Kept { trusted: trusted.clone(), version, read };
    *cx.publishers.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    Ok(trusted)
}

async fn load_all(cx: &Ctx) -> Result<BTreeMap<Name, Publisher>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT publisher, version, envelope, created_at FROM publisher_documents ORDER BY publisher, version"
    )
    .fetch_all(&cx.db)
    .await?;
    let mut found = BTreeMap::new();
    for rows in rows.chunk_by(|a, b| a.publisher == b.publisher) {
        match assemble(rows) {
            Ok(Some(publisher)) => drop(found.insert(publisher.document().publisher.clone(), publisher)),
            Ok(None) => {}
            // One damaged row must not take the others with it.
            Err(error) => tracing::error!(%error, "a publisher cannot be read and counts as unknown"),
        }
    }
    Ok(found)
}

struct Row {
    publisher: String,
    version: i64,
    envelope: Vec<u8>,
    created_at: OffsetDateTime,
}

/// A publisher out of its rows, by version.
fn assemble(rows: &[Row]) -> Result<Option<Publisher>, Error> {
    let mut publisher: Option<Publisher> = None;
    for Row { publisher: name, version, envelope, created_at } in rows {
        let corrupt = || Error::corrupt("publisher_documents", "envelope", format!("{name} {version}"));
        let envelope = Envelope::from_json(envelope).map_err(|_| corrupt())?;
        match &mut publisher {
            None => {
                let lineage = Lineage::begin(envelope).map_err(|_| corrupt())?;
                publisher = Some(Publisher { lineage, updated_at: *created_at });
            }
            Some(publisher) => {
                publisher.lineage.advance(&envelope).map_err(|_| corrupt())?;
                publisher.updated_at = *created_at;
            }
        }
    }
    Ok(publisher)
}

/// Reads one publisher.
pub async fn get(cx: &Ctx, name: &str) -> Result<Publisher, Error> {
    let trusted = retrying!(trusted(cx))?;
    let found = name.parse::<Name>().ok().and_then(|name| trusted.publishers.get(&name).cloned());
    let found = found.ok_or_else(|| Error::not_found("publisher", name))?;
    cx.authorize(Permission::PublishersRead, &found)?;
    Ok(found)
}

/// Lists publishers by id.
pub async fn list(
    cx: &Ctx,
    page_size: i32,
    page_token: &str,
) -> Result<crate::fleet::pages::Page<Publisher>, Error> {
    use crate::fleet::pages::{self, Page};
    cx.authorize(Permission::PublishersRead, &projects::Fleet)?;
    let size = pages::size(page_size)?;
    let after: Option<Name> = pages::cursor(&cx.keys, "publishers", page_token)?;
    let trusted = retrying!(trusted(cx))?;
    let is_later = |(name, _): &(&Name, &Publisher)| after.as_ref().is_none_or(|after| *name > after);
    let later = trusted.publishers.iter().filter(is_later);
    let page =
        later.take(usize::try_from(size).unwrap_or_default() + 1).map(|(_, one)| one.clone()).collect();
    Ok(Page::cut(page, size, &cx.keys, "publishers", |last| last.document().publisher.clone()))
}

/// Takes over a publisher's documents, in ascending order. Those that are known are passed over. `validate_only` judges and
/// keeps nothing.
///
/// # Errors
/// One does not follow; it is of the same version as a known one and says something else; it is a demo's; the publisher is
/// not known and the caller may not make it so.
pub async fn push(cx: &Ctx, documents: &[Vec<u8>], validate_only: bool) -> Result<Publisher, Error> {
    cx.authorize(Permission::PublishersPush, &projects::Fleet)?;
    let wrong = |at: usize, code, why: String| Error::invalid(format!("documents[{at}]"), code, why);
    if documents.is_empty() || documents.len() > MAX_DOCUMENTS {
        let why = format!("1 to {MAX_DOCUMENTS} documents are needed");
        return Err(Error::invalid("documents", "INVALID_COUNT", why));
    }
    let mut envelopes = Vec::with_capacity(documents.len());
    let mut of: Option<Name> = None;
    for (at, document) in documents.iter().enumerate() {
        let read = || {
            let envelope = Envelope::from_json(document)?;
            let claimed = envelope.peek::<PublisherDocument>()?;
            Ok((envelope, claimed))
        };
        let (envelope, claimed) = read().map_err(|error: purvey_contract::dsse::DsseError| {
            wrong(at, "PUBLISHER_DOCUMENT_INVALID", error.to_string())
        })?;
        if of.as_ref().is_some_and(|of| *of != claimed.publisher) {
            return Err(wrong(
                at,
                "OTHER_PUBLISHER",
                "all documents of a call are one publisher's".to_owned(),
            ));
        }
        refuse_demo(cx, &claimed)?;
        of = Some(claimed.publisher);
        envelopes.push(envelope);
    }
    let name = of.ok_or_else(|| Error::internal("there is a document, and no publisher"))?;
    retrying!(push_once(cx, &name, &envelopes, validate_only))
}

async fn push_once(
    cx: &Ctx,
    name: &Name,
    envelopes: &[Envelope],
    validate_only: bool,
) -> Result<Publisher, Error> {
    let invalid = |at: usize, distrust: &Distrust| {
        Error::invalid(format!("documents[{at}]"), distrust.code(), distrust.to_string())
    };
    let mut tx = cx.begin().await?;
    let rows = lock(&mut tx, name).await?;
    let mut fresh = Vec::new();
    let mut publisher = assemble(&rows)?;
    for (at, envelope) in envelopes.iter().enumerate() {
        match &mut publisher {
            None => {
                let lineage = Lineage::begin(envelope.clone()).map_err(|distrust| invalid(at, &distrust))?;
                let first = Publisher { lineage, updated_at: OffsetDateTime::UNIX_EPOCH };
                cx.authorize(Permission::PublishersTrust, &first)?;
                publisher = Some(first);
                fresh.push(envelope);
            }
            Some(publisher) => {
                if publisher.lineage.advance(envelope).map_err(|distrust| invalid(at, &distrust))? {
                    fresh.push(envelope);
                } else {
                    refuse_conflict(&rows, envelope)?;
                }
            }
        }
    }
    let mut publisher = publisher.ok_or_else(|| Error::not_found("publisher", name))?;
    if fresh.is_empty() || validate_only {
        return Ok(publisher);
    }
    publisher.updated_at = store(cx, &mut tx, &fresh, "publishers.push").await?;
    tx.commit().await?;
    changed(cx);
    Ok(publisher)
}

/// A document that claims to be a version that is known must be that one.
fn refuse_conflict(rows: &[Row], envelope: &Envelope) -> Result<(), Error> {
    let Ok(claimed) = envelope.peek::<PublisherDocument>() else { return Ok(()) };
    let same = rows.iter().find(|row| u64::try_from(row.version) == Ok(claimed.version));
    let known = same.and_then(|row| Envelope::from_json(&row.envelope).ok());
    if known.is_none_or(|known| known.payload_digest() == envelope.payload_digest()) {
        return Ok(());
    }
    let (publisher, version) = (&claimed.publisher, claimed.version);
    Err(Error::precondition(
        "PUBLISHER_DOCUMENT_CONFLICT",
        format!(
            "version {version} of the publisher `{publisher}` is another document here; make the next version"
        ),
    ))
}

fn refuse_demo(cx: &Ctx, document: &PublisherDocument) -> Result<(), Error> {
    if !document.demo || cx.keys.is_demo() {
        return Ok(());
    }
    Err(Error::precondition(
        "DEMO_PUBLISHER",
        format!(
            "the publisher `{}` is a demo's; a control plane for real use does not take it",
            document.publisher
        ),
    ))
}

/// Nobody else changes the publisher until the transaction ends. Answers its rows.
async fn lock(connection: &mut PgConnection, name: &Name) -> Result<Vec<Row>, Error> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('publisher ' || $1::text, 0))",
        name.as_str()
    )
    .execute(&mut *connection)
    .await?;
    let rows = sqlx::query_as!(
        Row,
        "SELECT publisher, version, envelope, created_at FROM publisher_documents WHERE publisher = $1 ORDER BY version",
        name.as_str(),
    );
    Ok(rows.fetch_all(connection).await?)
}

async fn store(
    cx: &Ctx,
    connection: &mut PgConnection,
    documents: &[&Envelope],
    action: &str,
) -> Result<OffsetDateTime, Error> {
    let mut at = OffsetDateTime::UNIX_EPOCH;
    for envelope in documents {
        let document: PublisherDocument = envelope.peek().map_err(Error::internal)?;
        let version = i64::try_from(document.version)
            .map_err(|_| Error::invalid("documents", "TOO_LARGE", "a version is at most 2^63 - 1"))?;
        at = sqlx::query_scalar!(
            "INSERT INTO publisher_documents (publisher, version, project_id, envelope) VALUES ($1, $2, $3, $4)
             RETURNING created_at",
            document.publisher.as_str(),
            version,
            projects::DEFAULT.0,
            envelope.to_json(),
        )
        .fetch_one(&mut *connection)
        .await?;
        let details = serde_json::json!({
            "version": document.version, "document": envelope.payload_digest().to_string(),
        });
        let resource = format!("publisher {}", document.publisher);
        audit::record(connection, cx, projects::DEFAULT, action, &resource, &details).await?;
    }
    Ok(at)
}

fn changed(cx: &Ctx) {
    cx.publishers.forget();
    cx.catalogue.forget();
}

/// Takes over the documents of a folder of the configuration: those that end in `.publisher.json`, or in a folder of
/// publishers all. Answers how many publishers it found.
///
/// # Errors
/// A file cannot be read, or is no document.
pub async fn folder(cx: &Ctx, folder: &Path, among_bundles: bool) -> Result<usize, ImportError> {
    let mut found = super::import::list(folder, |name| {
        if among_bundles { name.ends_with(ENDING) } else { !name.starts_with('.') }
    })
    .await?;
    found.sort();
    for path in &found {
        let io = |source| ImportError::Io { path: path.clone(), source };
        let file = |source| ImportError::File { path: path.clone(), source: Box::new(source) };
        let size = tokio::fs::metadata(path).await.map_err(io)?.len();
        if size > MAX_ENVELOPE_BYTES as u64 {
            let why = format!("a document has at most {MAX_ENVELOPE_BYTES} bytes");
            return Err(file(Error::invalid("document", "TOO_LARGE", why)));
        }
        let bytes = tokio::fs::read(path).await.map_err(io)?;
        import(cx, &bytes).await.map_err(file)?;
    }
    Ok(found.len())
}

/// Takes over a document that is trusted by where it lay. One that follows from what is known is added; an older one changes
/// nothing; one that does neither begins anew, and what was known is forgotten.
///
/// # Errors
/// It is no document that one of its own roots has signed; it is a demo's.
pub async fn import(cx: &Ctx, document: &[u8]) -> Result<(), Error> {
    let read = || -> Result<_, Distrust> {
        let envelope = Envelope::from_json(document).map_err(Distrust::Document)?;
        Ok((Lineage::begin(envelope.clone())?, envelope))
    };
    let (offered, envelope) =
        read().map_err(|distrust| Error::invalid("document", distrust.code(), distrust.to_string()))?;
    refuse_demo(cx, offered.newest())?;
    retrying!(import_once(cx, &offered, &envelope))
}

async fn import_once(cx: &Ctx, offered: &Lineage, envelope: &Envelope) -> Result<(), Error> {
    let name = &offered.newest().publisher;
    let mut tx = cx.begin().await?;
    let rows = lock(&mut tx, name).await?;
    let Some(mut known) = assemble(&rows)? else {
        return finish(cx, tx, envelope, "publishers.import").await;
    };
    match known.lineage.advance(envelope) {
        Ok(true) => finish(cx, tx, envelope, "publishers.import").await,
        Ok(false) if leads_to(offered, envelope, &known.lineage) => Ok(()),
        Ok(false) | Err(_) => {
            tracing::warn!(
                publisher = %name, held = known.document().version, offered = offered.newest().version,
                "the publisher begins anew with the document in the folder, which does not follow from what was known"
            );
            sqlx::query!("DELETE FROM publisher_documents WHERE publisher = $1", name.as_str())
                .execute(&mut *tx)
                .await?;
            finish(cx, tx, envelope, "publishers.replace").await
        }
    }
}

async fn finish(
    cx: &Ctx,
    mut tx: sqlx::Transaction<'_, sqlx::Postgres>,
    envelope: &Envelope,
    action: &str,
) -> Result<(), Error> {
    store(cx, &mut tx, &[envelope], action).await?;
    tx.commit().await?;
    changed(cx);
    Ok(())
}

/// Whether an older document is one of those that are known, or one that they follow from.
fn leads_to(older: &Lineage, envelope: &Envelope, known: &Lineage) -> bool {
    let is_it = |held: &Envelope| held.payload_digest() == envelope.payload_digest();
    let mut older = older.clone();
    known.since(0).any(|held| is_it(held) || older.advance(held).is_ok_and(|advanced| advanced))
}
