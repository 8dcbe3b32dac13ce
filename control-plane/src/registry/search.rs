//! Bundles as they are found and copied.

use bytes::Bytes;
use purvey_contract::dsse::Envelope;
use purvey_contract::id::Digest;
use purvey_contract::publisher::BundleStatement;
use time::OffsetDateTime;

use super::publishers::{self, Trusted, Withdrawn};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::fleet::pages::{self, Page};
use crate::fleet::{apps, projects};
use crate::policy::Permission;

/// A bundle in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What its statement says.
    pub said: BundleStatement,
    /// The statement as it was signed (DSSE envelope, JSON).
    pub statement: Vec<u8>,
    /// The archive's size, in bytes.
    pub size: u64,
    /// When the catalogue got it.
    pub created_at: OffsetDateTime,
    /// Why servers would refuse it, if they would.
    pub withdrawn: Option<Withdrawn>,
}

/// The bundles of which publisher, app, version, name, description, category or tags contain each of the query's words: by
/// app, newest release first.
pub async fn search(
    cx: &Ctx,
    query: &str,
    publisher: &str,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Listed>, Error> {
    cx.authorize(Permission::BundlesRead, &projects::Fleet)?;
    let words = apps::like_patterns(query)?;
    let question = format!("bundles {publisher} {words:?}");
    let size = pages::size(page_size)?;
    let after: Option<(String, i64)> = pages::cursor(&cx.keys, &question, page_token)?;
    let (app, release) = after.unzip();
    let trusted = retrying!(publishers::trusted(cx))?;
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT v.app, v.version, v.statement, v.created_at, octet_length(b.archive)::bigint AS "size!"
           FROM app_versions v JOIN bundles b ON b.digest = v.digest
           WHERE ($1::text IS NULL OR v.app > $1 OR (v.app = $1 AND v.release < $2))
               AND ($3 = '' OR v.publisher = $3)
               AND lower(concat_ws(' ', v.publisher, v.app, v.version, v.display_name, v.description, v.category,
                   array_to_string(v.tags, ' '))) LIKE ALL($4)
           ORDER BY v.app, v.release DESC LIMIT $5"#,
        app,
        release,
        publisher,
        &words,
        size + 1,
    )
    .fetch_all(&cx.db)
    .await?;
    let found = rows.into_iter().map(|row| row.listed(&trusted)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(found, size, &cx.keys, &question, |last| (last.said.app.app.to_string(), last.said.release)))
}

/// One bundle, by its digest.
///
/// # Errors
/// `NotFound`.
pub async fn by_digest(cx: &Ctx, digest: Digest) -> Result<Listed, Error> {
    let trusted = publishers::trusted(cx).await?;
    let row = sqlx::query_as!(
        Row,
        r#"SELECT v.app, v.version, v.statement, v.created_at, octet_length(b.archive)::bigint AS "size!"
           FROM app_versions v JOIN bundles b ON b.digest = v.digest
           WHERE v.digest = $1"#,
        &digest.0,
    )
    .fetch_optional(&cx.db)
    .await?;
    row.ok_or_else(|| Error::not_found("bundle", digest))?.listed(&trusted)
}

/// A copy of a bundle.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// What it is.
    pub listed: Listed,
    /// The canonical archive.
    pub archive: Bytes,
    /// Its publisher's newest document (DSSE envelope, JSON), if the publisher is known.
    pub document: Option<Vec<u8>>,
}

/// A copy of a bundle: by digest, or else of an app's version.
///
/// # Errors
/// `NotFound`.
pub async fn pull(cx: &Ctx, digest: Option<Digest>, app: &str, version: &str) -> Result<Pulled, Error> {
    cx.authorize(Permission::BundlesRead, &projects::Fleet)?;
    let digest = match digest {
        Some(digest) => digest,
        None => retrying!(apps::existing_version(cx, app, version))?.digest,
    };
    let listed = retrying!(by_digest(cx, digest))?;
    let archive = retrying!(super::archive(cx, digest))?;
    let trusted = retrying!(publishers::trusted(cx))?;
    let publisher = trusted.publishers.get(&listed.said.app.publisher);
    let document = publisher.map(|publisher| publisher.lineage.newest_envelope().to_json());
    Ok(Pulled { listed, archive, document })
}

struct Row {
    app: String,
    version: String,
    statement: Vec<u8>,
    created_at: OffsetDateTime,
    size: i64,
}

impl Row {
    fn listed(self, trusted: &Trusted) -> Result<Listed, Error> {
        let Self { app, version, statement, created_at, size } = self;
        let corrupt = |column| Error::corrupt("app_versions", column, format!("{app} {version}"));
        let said = Envelope::from_json(&statement).and_then(|envelope| envelope.peek());
        Ok(Listed {
            said: said.map_err(|_| corrupt("statement"))?,
            withdrawn: trusted.judge(&statement).err(),
            size: u64::try_from(size).map_err(|_| corrupt("size"))?,
            statement,
            created_at,
        })
    }
}
