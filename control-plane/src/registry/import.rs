//! Takes packaged bundles into the catalogue.
//!
//! A folder holds, for each, `<app>-<version>.bundle` (the canonical archive) beside `<app>-<version>.statement.json` (the
//! publisher's statement, a DSSE envelope). The statement is kept as it is: whether its publisher is trusted, each agent
//! decides. Here it must only speak of this bundle.

use std::path::{Path, PathBuf};

use purvey_contract::bundle::{self, Bundle, BundleError};
use purvey_contract::dsse::{DsseError, Envelope};
use purvey_contract::manifest::MANIFEST_FILE;
use purvey_contract::publisher::BundleStatement;

use crate::ctx::Ctx;
use crate::error::{Error, on_constraint};
use crate::fleet::{audit, projects};

const BUNDLE: &str = "bundle";
const STATEMENT: &str = "statement.json";

/// What an import found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The app.
    pub app: String,
    /// The version.
    pub version: String,
    /// False if it was there already.
    pub new: bool,
}

/// Why a bundle is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no bundle.
    #[error("not a bundle")]
    Bundle(#[from] BundleError),
    /// The statement is none.
    #[error("not a publisher's statement")]
    Statement(#[from] DsseError),
    /// The statement is of another bundle.
    #[error("the statement speaks of {said}, the bundle is {found}")]
    Mismatch {
        /// What the statement says.
        said: String,
        /// What the bundle is.
        found: String,
    },
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] Error),
    /// One file of a folder is wrong.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<ImportError>,
    },
}

/// Takes all bundles of a folder, in the order of their names.
///
/// # Errors
/// The first file that is wrong. What came before it stays.
pub async fn folder(cx: &Ctx, folder: &Path) -> Result<Vec<Imported>, ImportError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ImportError::Io { path, source }
    };
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir(folder).await.map_err(io(folder))?;
    while let Some(entry) = entries.next_entry().await.map_err(io(folder))? {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == BUNDLE) {
            found.push(path);
        }
    }
    found.sort();
    let mut imported = Vec::with_capacity(found.len());
    for path in found {
        let one = async {
            let archive = tokio::fs::read(&path).await.map_err(io(&path))?;
            let beside = path.with_extension(STATEMENT);
            let statement = tokio::fs::read(&beside).await.map_err(io(&beside))?;
            import(cx, archive, statement).await
        };
        let source = |source| ImportError::File { path: path.clone(), source: Box::new(source) };
        imported.push(one.await.map_err(source)?);
    }
    cx.catalogue.forget();
    Ok(imported)
}

/// Takes one bundle. Taking it again changes nothing.
///
/// # Errors
/// The archive or the statement is bad, or they do not belong together; `AlreadyExists` if the app has this version or
/// release with another bundle.
pub async fn import(cx: &Ctx, archive: Vec<u8>, statement: Vec<u8>) -> Result<Imported, ImportError> {
    let bundle = bundle::open(archive)?;
    let said: BundleStatement = Envelope::from_json(&statement)?.peek()?;
    check(&bundle, &said)?;
    let manifest = manifest_text(&bundle)?;
    Ok(store(cx, &bundle, &said, &statement, &manifest).await?)
}

fn check(bundle: &Bundle, said: &BundleStatement) -> Result<(), ImportError> {
    let manifest = &bundle.manifest;
    let describe =
        |publisher: &dyn std::fmt::Display,
         app: &dyn std::fmt::Display,
         version: &str,
         release: u64,
         digest| { format!("{publisher}/{app} {version} (release {release}, {digest})") };
    let found =
        describe(&manifest.publisher, &manifest.id, &manifest.version, manifest.release, bundle.digest);
    let said = describe(&said.app.publisher, &said.app.app, &said.version, said.release, said.bundle);
    if said == found { Ok(()) } else { Err(ImportError::Mismatch { said, found }) }
}

fn manifest_text(bundle: &Bundle) -> Result<String, ImportError> {
    let file = bundle.files()?.remove(MANIFEST_FILE).ok_or(BundleError::NoManifest)?;
    Ok(String::from_utf8(file.contents).map_err(Error::internal)?)
}

async fn store(
    cx: &Ctx,
    bundle: &Bundle,
    said: &BundleStatement,
    statement: &[u8],
    manifest: &str,
) -> Result<Imported, Error> {
    let (app, version) = (said.app.app.to_string(), said.version.clone());
    let taken = || Error::AlreadyExists { kind: "app version", name: format!("{app} {version}") };
    let mut tx = cx.db.begin().await?;
    sqlx::query!(
        "INSERT INTO bundles (digest, project_id, archive) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
        &bundle.digest.0,
        projects::DEFAULT.0,
        bundle.archive,
    )
    .execute(&mut *tx)
    .await?;
    let inserted =
        sqlx::query!(
        "INSERT INTO app_versions (publisher, app, version, project_id, release, digest, statement, manifest,
             display_name, description, category, tags)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT ON CONSTRAINT app_versions_pkey DO NOTHING",
        said.app.publisher.as_str(),
        app,
        version,
        projects::DEFAULT.0,
        i64::try_from(said.release).map_err(|_| Error::invalid("release", "TOO_LARGE", "at most 2^63 - 1"))?,
        &bundle.digest.0,
        statement,
        manifest,
        bundle.manifest.name,
        bundle.manifest.description,
        bundle.manifest.category,
        &bundle.manifest.tags,
    )
        .execute(&mut *tx)
        .await
        .map_err(on_constraint("app_versions_release_key", taken))?;
    let new = inserted.rows_affected() == 1;
    if !new {
        let there =
            sqlx::query!("SELECT digest FROM app_versions WHERE app = $1 AND version = $2", app, version)
                .fetch_one(&mut *tx)
                .await?;
        if there.digest != bundle.digest.0 {
            return Err(taken());
        }
        return Ok(Imported { app, version, new });
    }
    let details = serde_json::json!({ "digest": bundle.digest.to_string(), "release": said.release });
    let resource = format!("app {} {version}", said.app);
    audit::record(&mut tx, cx, projects::DEFAULT, "apps.import", &resource, &details).await?;
    tx.commit().await?;
    cx.catalogue.forget();
    Ok(Imported { app, version, new })
}
