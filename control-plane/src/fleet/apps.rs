//! The catalogue as callers and verbs read it. What puts bundles into it is `registry`.
//!
//! Persisted: `app_versions`. Of a version only the statement may change. Not persisted: parsed manifests, and what servers
//! would refuse: that is found out of statements and publishers' documents.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use purvey_contract::id::{AppRef, Digest, Name};
use purvey_contract::inputs::{self, EffectiveInputs, Inputs, Violation};
use purvey_contract::manifest::Manifest;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::pages::{self, Page};
use super::projects::Fleet;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::policy::{Permission, Resource, Scope};
use crate::registry::publishers::{self, Withdrawn};

/// How long the newest version of an app is believed to be the newest, and a version to stand as it did.
const BELIEVED: Duration = Duration::from_secs(1);
const MAX_KEPT: usize = 1000;

/// One immutable bundle of an app.
#[derive(Clone, Debug)]
pub struct AppVersion {
    /// Publisher and app.
    pub app: AppRef,
    /// The version that people read.
    pub version: String,
    /// Orders the versions of an app.
    pub release: u64,
    /// The bundle.
    pub digest: Digest,
    /// What it is and needs.
    pub manifest: Manifest,
    /// The archive's size, in bytes.
    pub size: u64,
    /// When the catalogue got it.
    pub created_at: OffsetDateTime,
}

impl Resource for AppVersion {
    fn scope(&self) -> Scope {
        Scope::Fleet
    }

    fn describe(&self) -> String {
        format!("app {} {}", self.app, self.version)
    }
}

/// A version, and how it stands with servers.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The version.
    pub version: Arc<AppVersion>,
    /// Why servers would refuse it now, if they would.
    pub withdrawn: Option<Withdrawn>,
}

/// A catalogue entry: its newest version that servers would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Publisher and app.
    pub app: AppRef,
    /// The name that people read.
    pub display_name: String,
    /// One or two sentences.
    pub description: String,
    /// The heading it stands under.
    pub category: String,
    /// The software's home page.
    pub homepage: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The newest version that servers would take; empty if there is none.
    pub latest_version: String,
}

impl App {
    fn of(shown: &Shown) -> Self {
        let Shown { version, withdrawn } = shown;
        let manifest = &version.manifest;
        Self {
            app: version.app.clone(),
            display_name: manifest.name.clone(),
            description: manifest.description.clone(),
            category: manifest.category.clone(),
            homepage: manifest.homepage.clone().unwrap_or_default(),
            tags: manifest.tags.clone(),
            latest_version: if withdrawn.is_none() { version.version.clone() } else { String::new() },
        }
    }
}

/// Versions that were read.
#[derive(Debug, Default)]
pub struct Catalogue {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    versions: HashMap<(String, String), Arc<AppVersion>>,
    newest: HashMap<String, (String, Instant)>,
    standings: HashMap<(String, String), (Option<Withdrawn>, Instant)>,
}

impl Catalogue {
    /// Reads everything anew from now on.
    pub fn forget(&self) {
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    fn version(&self, app: &str, version: &str) -> Option<Arc<AppVersion>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.versions.get(&(app.to_owned(), version.to_owned())).cloned()
    }

    fn newest(&self, app: &str) -> Option<String> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.newest.get(app).filter(|(_, until)| *until > Instant::now()).map(|(version, _)| version.clone())
    }

    fn standing(&self, app: &str, version: &str) -> Option<Option<Withdrawn>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let standing = kept.standings.get(&(app.to_owned(), version.to_owned()));
        standing.filter(|(_, until)| *until > Instant::now()).map(|(withdrawn, _)| withdrawn.clone())
    }

    fn keep_standing(&self, app: &str, version: &str, withdrawn: Option<Withdrawn>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.standings.len() >= MAX_KEPT {
            kept.standings.clear();
        }
        kept.standings.insert((app.to_owned(), version.to_owned()), (withdrawn, Instant::now() + BELIEVED));
    }

    fn keep_newest(&self, app: &str, version: &str) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.newest.len() >= MAX_KEPT {
            kept.newest.clear();
        }
        kept.newest.insert(app.to_owned(), (version.to_owned(), Instant::now() + BELIEVED));
    }

    fn keep(&self, version: Arc<AppVersion>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.versions.len() >= MAX_KEPT {
            kept.versions.clear();
        }
        let app = version.app.app.to_string();
        kept.versions.insert((app, version.version.clone()), version);
    }
}

/// A version of an app; an empty version means the newest that servers would take, or the newest if they would take none.
/// None if there is none.
///
/// Also for verbs that have authorised their caller on something else.
pub async fn version(cx: &Ctx, app: &str, version: &str) -> Result<Option<Arc<AppVersion>>, Error> {
    let wanted = match version {
        "" => newest(cx, app).await?,
        version => Some(version.to_owned()),
    };
    let Some(wanted) = wanted else { return Ok(None) };
    if let Some(found) = cx.catalogue.version(app, &wanted) {
        return Ok(Some(found));
    }
    read(cx, &mut *cx.db.acquire().await?, app, &wanted).await
}

/// A version by its name inside a transaction, which must not wait for another connection than its own.
pub(super) async fn version_on(
    cx: &Ctx,
    connection: &mut PgConnection,
    app: &str,
    version: &str,
) -> Result<Arc<AppVersion>, Error> {
    if let Some(found) = cx.catalogue.version(app, version) {
        return Ok(found);
    }
    let found = read(cx, connection, app, version).await?;
    found.ok_or_else(|| Error::not_found("app version", format!("{app} {version}")))
}

async fn read(
    cx: &Ctx,
    connection: &mut PgConnection,
    app: &str,
    version: &str,
) -> Result<Option<Arc<AppVersion>>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT v.publisher, v.app, v.version, v.release, v.digest, v.manifest, v.created_at,
               octet_length(b.archive)::bigint AS "size!"
           FROM app_versions v JOIN bundles b ON b.digest = v.digest
           WHERE v.app = $1 AND v.version = $2"#,
        app,
        version,
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let found = Arc::new(AppVersion::try_from(row)?);
    cx.catalogue.keep(Arc::clone(&found));
    Ok(Some(found))
}

/// The newest version that servers would take, or the newest.
async fn newest(cx: &Ctx, app: &str) -> Result<Option<String>, Error> {
    if let Some(newest) = cx.catalogue.newest(app) {
        return Ok(Some(newest));
    }
    let trusted = publishers::trusted(cx).await?;
    let rows =
        sqlx::query!("SELECT version, statement FROM app_versions WHERE app = $1 ORDER BY release DESC", app)
            .fetch_all(&cx.db)
            .await?;
    let good = rows.iter().find(|row| trusted.judge(&row.statement).is_ok());
    let newest = good.or(rows.first()).map(|row| row.version.clone());
    if let Some(newest) = &newest {
        cx.catalogue.keep_newest(app, newest);
    }
    Ok(newest)
}

/// Why servers would refuse a version now, if they would.
async fn withdrawn(cx: &Ctx, version: &AppVersion) -> Result<Option<Withdrawn>, Error> {
    let app = version.app.app.as_str();
    if let Some(known) = cx.catalogue.standing(app, &version.version) {
        return Ok(known);
    }
    let trusted = publishers::trusted(cx).await?;
    let statement = sqlx::query_scalar!(
        "SELECT statement FROM app_versions WHERE app = $1 AND version = $2",
        app,
        version.version
    )
    .fetch_one(&cx.db)
    .await?;
    let found = trusted.judge(&statement).err();
    cx.catalogue.keep_standing(app, &version.version, found.clone());
    Ok(found)
}

/// The same as [`version`], or the error that names what is missing.
///
/// # Errors
/// `NotFound` for the app, or for the version of an app that has others.
pub async fn existing_version(cx: &Ctx, app: &str, version: &str) -> Result<Arc<AppVersion>, Error> {
    match self::version(cx, app, version).await? {
        Some(found) => Ok(found),
        None if !version.is_empty() && self::version(cx, app, "").await?.is_some() => {
            Err(Error::not_found("app version", format!("{app} {version}")))
        }
        None => Err(Error::not_found("app", app)),
    }
}

/// A version for which a job can be made.
///
/// # Errors
/// As [`existing_version`]; `FailedPrecondition` with the agents' own reason if they would refuse it.
pub async fn usable_version(cx: &Ctx, app: &str, version: &str) -> Result<Arc<AppVersion>, Error> {
    let found = existing_version(cx, app, version).await?;
    let Some(Withdrawn { code, reason }) = withdrawn(cx, &found).await? else { return Ok(found) };
    let newest = existing_version(cx, app, "").await?;
    let instead = match withdrawn(cx, &newest).await? {
        None => format!("; use version {}", newest.version),
        Some(_) => "; no other version can be used either".to_owned(),
    };
    let message = format!("servers refuse {} {}: {reason}{instead}", found.app, found.version);
    Err(Error::precondition(code, message))
}

/// Reads one version.
pub async fn get_version(cx: &Ctx, app: &str, version: &str) -> Result<Shown, Error> {
    let version = existing_version(cx, app, version).await?;
    cx.authorize(Permission::AppsRead, &*version)?;
    Ok(Shown { withdrawn: withdrawn(cx, &version).await?, version })
}

/// Reads one app.
pub async fn get(cx: &Ctx, app: &str) -> Result<App, Error> {
    Ok(App::of(&get_version(cx, app, "").await?))
}

/// The apps whose id, name, description, category or tags contain each of the query's words, by id.
pub async fn list(cx: &Ctx, query: &str, page_size: i32, page_token: &str) -> Result<Page<App>, Error> {
    cx.authorize(Permission::AppsRead, &Fleet)?;
    let words = like_patterns(query)?;
    let question = format!("apps {words:?}");
    let size = pages::size(page_size)?;
    let after: Option<String> = pages::cursor(&cx.keys, &question, page_token)?;
    let rows = sqlx::query!(
        "SELECT newest.publisher, newest.app, newest.version, newest.manifest, newest.statement FROM (
             SELECT DISTINCT ON (app) publisher, app, version, manifest, statement, display_name, description, category,
                 tags
             FROM app_versions WHERE app > $1 ORDER BY app, release DESC
         ) newest
         WHERE lower(concat_ws(' ', newest.app, newest.display_name, newest.description, newest.category,
             array_to_string(newest.tags, ' '))) LIKE ALL($2)
         ORDER BY newest.app LIMIT $3",
        after.unwrap_or_default(),
        &words,
        size + 1,
    )
    .fetch_all(&cx.db)
    .await?;
    let trusted = publishers::trusted(cx).await?;
    let mut apps = Vec::with_capacity(rows.len());
    for row in rows {
        if trusted.judge(&row.statement).is_err()
            && let Some(version) = self::version(cx, &row.app, "").await?
        {
            let withdrawn = withdrawn(cx, &version).await?;
            apps.push(App::of(&Shown { version, withdrawn }));
            continue;
        }
        let manifest = parse_manifest(&row.app, &row.version, &row.manifest)?;
        apps.push(App {
            app: app_ref(&row.publisher, &row.app)?,
            display_name: manifest.name,
            description: manifest.description,
            category: manifest.category,
            homepage: manifest.homepage.unwrap_or_default(),
            tags: manifest.tags,
            latest_version: row.version,
        });
    }
    Ok(Page::cut(apps, size, &cx.keys, &question, |last| last.app.app.to_string()))
}

/// An app's versions, newest release first.
pub async fn list_versions(
    cx: &Ctx,
    app: &str,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Shown>, Error> {
    get_version(cx, app, "").await?;
    let question = format!("app_versions {app}");
    let size = pages::size(page_size)?;
    let before: Option<i64> = pages::cursor(&cx.keys, &question, page_token)?;
    let trusted = publishers::trusted(cx).await?;
    let rows = sqlx::query!(
        r#"SELECT v.publisher, v.app, v.version, v.release, v.digest, v.statement, v.manifest, v.created_at,
               octet_length(b.archive)::bigint AS "size!"
           FROM app_versions v JOIN bundles b ON b.digest = v.digest
           WHERE v.app = $1 AND ($2::bigint IS NULL OR v.release < $2)
           ORDER BY v.release DESC LIMIT $3"#,
        app,
        before,
        size + 1,
    )
    .fetch_all(&cx.db)
    .await?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in rows {
        let withdrawn = trusted.judge(&row.statement).err();
        let row = Row {
            publisher: row.publisher,
            app: row.app,
            version: row.version,
            release: row.release,
            digest: row.digest,
            manifest: row.manifest,
            created_at: row.created_at,
            size: row.size,
        };
        versions.push(Shown { version: Arc::new(AppVersion::try_from(row)?), withdrawn });
    }
    Ok(Page::cut(versions, size, &cx.keys, &question, |last| last.version.release))
}

/// Judges inputs against a version's manifest: effective inputs or all that is wrong.
pub async fn validate_inputs(
    cx: &Ctx,
    app: &str,
    version: &str,
    given: &Inputs,
) -> Result<Result<EffectiveInputs, Vec<Violation>>, Error> {
    let version = get_version(cx, app, version).await?.version;
    let mut given = given.clone();
    // What an install would make up is not missing. These values are thrown away.
    inputs::generate(&version.manifest, &mut given, &mut |bytes| bytes.fill(0x55));
    Ok(inputs::validate(&version.manifest, &given))
}

/// The words of a query as LIKE patterns.
pub(crate) fn like_patterns(query: &str) -> Result<Vec<String>, Error> {
    let words: Vec<String> = query.split_whitespace().map(like_pattern).collect();
    if words.len() > 20 {
        return Err(Error::invalid("query", "TOO_MANY_WORDS", "search for at most 20 words"));
    }
    Ok(words)
}

/// A word as a LIKE pattern that contains it.
fn like_pattern(word: &str) -> String {
    let escaped = word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

fn app_ref(publisher: &str, app: &str) -> Result<AppRef, Error> {
    let name =
        |text: &str, column| text.parse::<Name>().map_err(|_| Error::corrupt("app_versions", column, app));
    Ok(AppRef { publisher: name(publisher, "publisher")?, app: name(app, "app")? })
}

fn parse_manifest(app: &str, version: &str, text: &str) -> Result<Manifest, Error> {
    Manifest::parse(text).map_err(|_| Error::corrupt("app_versions", "manifest", format!("{app} {version}")))
}

struct Row {
    publisher: String,
    app: String,
    version: String,
    release: i64,
    digest: Vec<u8>,
    manifest: String,
    created_at: OffsetDateTime,
    size: i64,
}

impl TryFrom<Row> for AppVersion {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row { publisher, app, version, release, digest, manifest, created_at, size } = row;
        let corrupt = |column| Error::corrupt("app_versions", column, format!("{app} {version}"));
        Ok(Self {
            app: app_ref(&publisher, &app)?,
            release: u64::try_from(release).map_err(|_| corrupt("release"))?,
            digest: Digest::from_slice(&digest).ok_or_else(|| corrupt("digest"))?,
            manifest: parse_manifest(&app, &version, &manifest)?,
            size: u64::try_from(size).map_err(|_| corrupt("size"))?,
            version,
            created_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_searched_word_is_taken_literally() {
        assert_eq!(like_pattern("Web_50%\\"), "%web\\_50\\%\\\\%");
    }
}
