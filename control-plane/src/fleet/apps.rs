//! The catalogue as callers and verbs read it. What puts bundles into it is `registry`.
//!
//! Persisted: `app_versions`, which never change once written. Not persisted: parsed manifests.

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

/// How long the newest version of an app is believed to be the newest.
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
    /// The publisher's signed statement (DSSE envelope, JSON).
    pub statement: Vec<u8>,
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

/// A catalogue entry: its newest version.
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
    /// The newest version.
    pub latest_version: String,
}

impl App {
    fn of(version: &AppVersion) -> Self {
        let manifest = &version.manifest;
        Self {
            app: version.app.clone(),
            display_name: manifest.name.clone(),
            description: manifest.description.clone(),
            category: manifest.category.clone(),
            homepage: manifest.homepage.clone().unwrap_or_default(),
            tags: manifest.tags.clone(),
            latest_version: version.version.clone(),
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

    fn keep(&self, version: Arc<AppVersion>, is_newest: bool) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.versions.len() >= MAX_KEPT {
            *kept = Kept::default();
        }
        let app = version.app.app.to_string();
        if is_newest {
            kept.newest.insert(app.clone(), (version.version.clone(), Instant::now() + BELIEVED));
        }
        kept.versions.insert((app, version.version.clone()), version);
    }
}

/// A version of an app; an empty version means the newest release. None if there is none.
///
/// Also for verbs that have authorised their caller on something else.
pub async fn version(cx: &Ctx, app: &str, version: &str) -> Result<Option<Arc<AppVersion>>, Error> {
    match kept(cx, app, version) {
        Some(found) => Ok(Some(found)),
        None => read(cx, &mut *cx.db.acquire().await?, app, version).await,
    }
}

/// The same inside a transaction, which must not wait for another connection than its own.
pub(super) async fn version_on(
    cx: &Ctx,
    connection: &mut PgConnection,
    app: &str,
    version: &str,
) -> Result<Arc<AppVersion>, Error> {
    if let Some(found) = kept(cx, app, version) {
        return Ok(found);
    }
    let found = read(cx, connection, app, version).await?;
    found.ok_or_else(|| Error::not_found("app version", format!("{app} {version}")))
}

fn kept(cx: &Ctx, app: &str, version: &str) -> Option<Arc<AppVersion>> {
    let wanted = if version.is_empty() { cx.catalogue.newest(app) } else { Some(version.to_owned()) };
    cx.catalogue.version(app, &wanted?)
}

async fn read(
    cx: &Ctx,
    connection: &mut PgConnection,
    app: &str,
    version: &str,
) -> Result<Option<Arc<AppVersion>>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT v.publisher, v.app, v.version, v.release, v.digest, v.statement, v.manifest, v.created_at,
               octet_length(b.archive)::bigint AS "size!"
           FROM app_versions v JOIN bundles b ON b.digest = v.digest
           WHERE v.app = $1 AND (v.version = $2 OR $2 = '')
           ORDER BY v.release DESC LIMIT 1"#,
        app,
        version,
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let found = Arc::new(AppVersion::try_from(row)?);
    cx.catalogue.keep(Arc::clone(&found), version.is_empty());
    Ok(Some(found))
}

/// The same, or the error that names what is missing.
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

/// Reads one version.
pub async fn get_version(cx: &Ctx, app: &str, version: &str) -> Result<Arc<AppVersion>, Error> {
    let found = existing_version(cx, app, version).await?;
    cx.authorize(Permission::AppsRead, &*found)?;
    Ok(found)
}

/// Reads one app.
pub async fn get(cx: &Ctx, app: &str) -> Result<App, Error> {
    Ok(App::of(&*get_version(cx, app, "").await?))
}

/// The apps whose id, name, description, category or tags contain each of the query's words, by id.
pub async fn list(cx: &Ctx, query: &str, page_size: i32, page_token: &str) -> Result<Page<App>, Error> {
    cx.authorize(Permission::AppsRead, &Fleet)?;
    let words: Vec<String> = query.split_whitespace().map(like_pattern).collect();
    if words.len() > 20 {
        return Err(Error::invalid("query", "TOO_MANY_WORDS", "search for at most 20 words"));
    }
    let question = format!("apps {words:?}");
    let size = pages::size(page_size)?;
    let after: Option<String> = pages::cursor(&cx.keys, &question, page_token)?;
    let rows = sqlx::query!(
        "SELECT newest.publisher, newest.app, newest.version, newest.manifest FROM (
             SELECT DISTINCT ON (app) publisher, app, version, manifest, display_name, description, category, tags
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
    let mut apps = Vec::with_capacity(rows.len());
    for row in rows {
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
) -> Result<Page<AppVersion>, Error> {
    get_version(cx, app, "").await?;
    let question = format!("app_versions {app}");
    let size = pages::size(page_size)?;
    let before: Option<i64> = pages::cursor(&cx.keys, &question, page_token)?;
    let rows = sqlx::query_as!(
        Row,
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
    let versions = rows.into_iter().map(AppVersion::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(versions, size, &cx.keys, &question, |last| last.release))
}

/// Judges inputs against a version's manifest: effective inputs or all that is wrong.
pub async fn validate_inputs(
    cx: &Ctx,
    app: &str,
    version: &str,
    given: &Inputs,
) -> Result<Result<EffectiveInputs, Vec<Violation>>, Error> {
    let version = get_version(cx, app, version).await?;
    let mut given = given.clone();
    // What an install would make up is not missing. These values are thrown away.
    inputs::generate(&version.manifest, &mut given, &mut |bytes| bytes.fill(0x55));
    Ok(inputs::validate(&version.manifest, &given))
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
    statement: Vec<u8>,
    manifest: String,
    created_at: OffsetDateTime,
    size: i64,
}

impl TryFrom<Row> for AppVersion {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row { publisher, app, version, release, digest, statement, manifest, created_at, size } = row;
        let corrupt = |column| Error::corrupt("app_versions", column, format!("{app} {version}"));
        Ok(Self {
            app: app_ref(&publisher, &app)?,
            release: u64::try_from(release).map_err(|_| corrupt("release"))?,
            digest: Digest::from_slice(&digest).ok_or_else(|| corrupt("digest"))?,
            manifest: parse_manifest(&app, &version, &manifest)?,
            size: u64::try_from(size).map_err(|_| corrupt("size"))?,
            version,
            statement,
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
