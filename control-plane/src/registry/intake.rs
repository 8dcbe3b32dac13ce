//! How a bundle comes into the catalogue, from a folder or through the API.

use std::borrow::Cow;

use purvey_contract::bundle::{self, Bundle, BundleError, transport};
use purvey_contract::dsse::Envelope;
use purvey_contract::id::Digest;
use purvey_contract::manifest::MANIFEST_FILE;
use purvey_contract::publisher::{BundleStatement, Vouched};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::publishers::{self, Trusted, Withdrawn};
use crate::ctx::Ctx;
use crate::error::{Error, FieldViolation, on_constraint, retrying};
use crate::fleet::{audit, projects};
use crate::policy::Permission;

/// What became of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What its statement says.
    pub statement: BundleStatement,
    /// The archive's size, in bytes.
    pub size: u64,
    /// When the catalogue got it.
    pub created_at: OffsetDateTime,
    /// True if it was not there before.
    pub created: bool,
    /// True if the statement took the place of an older one.
    pub statement_replaced: bool,
}

/// A bundle on its way in: what it is, and what was said of it.
pub(super) struct Offered {
    bundle: Bundle,
    manifest: String,
    said: BundleStatement,
    statement: Vec<u8>,
    /// True if its release must be higher than all others of the app.
    must_rise: bool,
}

impl Offered {
    /// Whether servers would take it.
    pub(super) fn judge(&self, trusted: &Trusted) -> Result<(), Withdrawn> {
        trusted.judge(&self.statement).map(drop)
    }

    /// Its app and version.
    pub(super) fn named(&self) -> (String, String) {
        (self.said.app.app.to_string(), self.said.version.clone())
    }
}

/// Lets the caller push, before anything is read of what it sends.
///
/// # Errors
/// `PermissionDenied`.
pub fn authorize(cx: &Ctx) -> Result<(), Error> {
    cx.authorize(Permission::BundlesPush, &projects::Fleet)
}

/// Takes a bundle that came through the API: an archive, compressed or not, and its publisher's statement. The same again
/// changes nothing.
///
/// # Errors
/// The archive is no bundle or the statement not about it; servers would refuse it; the app is another publisher's; version
/// or release are taken; the release does not rise.
pub async fn push(
    cx: &Ctx,
    archive: Vec<u8>,
    statement: Vec<u8>,
    validate_only: bool,
) -> Result<Taken, Error> {
    authorize(cx)?;
    let offered = open(archive, statement, true).await?;
    let trusted = retrying!(publishers::trusted(cx))?;
    let refused = |Withdrawn { code, reason }| Error::precondition(code, reason);
    offered.judge(&trusted).map_err(refused)?;
    retrying!(write(cx, &offered, &trusted, "bundles.push", validate_only))
}

/// Reads an archive and what is said of it, and compares.
///
/// # Errors
/// `Invalid`, with every problem of the manifest.
pub(super) async fn open(archive: Vec<u8>, statement: Vec<u8>, must_rise: bool) -> Result<Offered, Error> {
    // Milliseconds for the largest: others go on meanwhile.
    let opened = tokio::task::spawn_blocking(move || {
        let archive = match transport::expand(&archive)? {
            Cow::Borrowed(_) => archive,
            Cow::Owned(archive) => archive,
        };
        let bundle = bundle::open(archive)?;
        let manifest = bundle.files()?.remove(MANIFEST_FILE).ok_or(BundleError::NoManifest)?;
        Ok((bundle, manifest.contents))
    });
    let (bundle, manifest) = opened.await.map_err(Error::internal)?.map_err(|error| violations(&error))?;
    let manifest = String::from_utf8(manifest).map_err(Error::internal)?;
    let wrong = |code, why: String| Error::invalid("statement", code, why);
    let said: BundleStatement = Envelope::from_json(&statement)
        .and_then(|envelope| envelope.peek())
        .map_err(|error| wrong("BUNDLE_STATEMENT_INVALID", error.to_string()))?;
    said.check(&bundle).map_err(|mismatch| wrong("BUNDLE_STATEMENT_MISMATCH", mismatch.to_string()))?;
    Ok(Offered { bundle, manifest, said, statement, must_rise })
}

fn violations(error: &BundleError) -> Error {
    let BundleError::Manifest(problems) = error else {
        return Error::invalid("archive", error.code(), error.to_string());
    };
    let named = |problem: &purvey_contract::manifest::Problem| FieldViolation {
        field: "archive".to_owned(),
        code: problem.code,
        message: problem.to_string(),
    };
    Error::Invalid(problems.iter().map(named).collect())
}

/// A version of the app that is in the catalogue.
struct Sibling {
    publisher: String,
    version: String,
    release: i64,
    digest: Vec<u8>,
    statement: Vec<u8>,
    created_at: OffsetDateTime,
}

pub(super) async fn write(
    cx: &Ctx,
    offered: &Offered,
    trusted: &Trusted,
    action: &str,
    validate_only: bool,
) -> Result<Taken, Error> {
    let Offered { bundle, said, statement, .. } = offered;
    let app = said.app.app.as_str();
    let mut tx = cx.begin().await?;
    // Nobody else adds a version of the app meanwhile: releases rise for everybody.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('app ' || $1::text, 0))", app)
        .execute(&mut *tx)
        .await?;
    let siblings = sqlx::query_as!(
        Sibling,
        "SELECT publisher, version, release, digest, statement, created_at FROM app_versions WHERE app = $1",
        app,
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut taken = Taken {
        statement: said.clone(),
        size: bundle.archive.len() as u64,
        created_at: trusted.now,
        created: false,
        statement_replaced: false,
    };
    let details = serde_json::json!({ "digest": bundle.digest.to_string(), "release": said.release });
    let resource = format!("app {} {}", said.app, said.version);
    if let Some(there) =
        siblings.iter().find(|sibling| Digest::from_slice(&sibling.digest) == Some(bundle.digest))
    {
        taken.created_at = there.created_at;
        taken.statement_replaced = is_newer(trusted, statement, &there.statement);
        if taken.statement_replaced && !validate_only {
            sqlx::query!(
                "UPDATE app_versions SET statement = $3 WHERE app = $1 AND version = $2",
                app,
                said.version,
                statement
            )
            .execute(&mut *tx)
            .await?;
            audit::record(&mut tx, cx, projects::DEFAULT, "bundles.resign", &resource, &details).await?;
            tx.commit().await?;
            cx.catalogue.forget();
        }
        return Ok(taken);
    }
    check_siblings(offered, &siblings)?;
    taken.created = true;
    if validate_only {
        return Ok(taken);
    }
    taken.created_at = insert(&mut tx, offered).await?;
    audit::record(&mut tx, cx, projects::DEFAULT, action, &resource, &details).await?;
    tx.commit().await?;
    cx.catalogue.forget();
    Ok(taken)
}

/// Whether a statement about the same bundle is to take the place of the one that is there: it counts, and the other one
/// does not or is older.
fn is_newer(trusted: &Trusted, offered: &[u8], there: &[u8]) -> bool {
    match (trusted.judge(offered), trusted.judge(there)) {
        (Ok(_), Err(_)) => true,
        (Ok(Vouched { statement: new, .. }), Ok(Vouched { statement: old, .. })) => new.issued > old.issued,
        (Err(_), _) => false,
    }
}

fn check_siblings(offered: &Offered, siblings: &[Sibling]) -> Result<(), Error> {
    let said = &offered.said;
    let (app, release) = (&said.app, said.release);
    if let Some(other) = siblings.iter().find(|sibling| sibling.publisher != app.publisher.as_str()) {
        let message = format!(
            "the app `{}` is of the publisher `{}` here; an app's id belongs to one publisher",
            app.app, other.publisher
        );
        return Err(Error::precondition("APP_TAKEN", message));
    }
    let digest = |sibling: &Sibling| {
        Digest::from_slice(&sibling.digest).map(|digest| digest.to_string()).unwrap_or_default()
    };
    if let Some(other) = siblings.iter().find(|sibling| sibling.version == said.version) {
        let message = format!(
            "{app} {} is another bundle here ({}); a version never changes, so give this one the next version and release",
            said.version,
            digest(other)
        );
        return Err(Error::precondition("VERSION_TAKEN", message));
    }
    let of_release = |sibling: &&Sibling| u64::try_from(sibling.release) == Ok(release);
    if let Some(other) = siblings.iter().find(of_release) {
        let message =
            format!("release {release} of {app} is version {} here; give this one the next", other.version);
        return Err(Error::precondition("RELEASE_TAKEN", message));
    }
    let highest = siblings.iter().max_by_key(|sibling| sibling.release);
    let higher =
        highest.filter(|highest| u64::try_from(highest.release).is_ok_and(|highest| highest > release));
    if let Some(highest) = higher.filter(|_| offered.must_rise) {
        let message = format!(
            "release {release} of {app} {} comes after release {} ({}); releases rise",
            said.version, highest.release, highest.version
        );
        return Err(Error::precondition("RELEASE_NOT_RISING", message));
    }
    Ok(())
}

async fn insert(connection: &mut PgConnection, offered: &Offered) -> Result<OffsetDateTime, Error> {
    let Offered { bundle, manifest, said, statement, must_rise: _ } = offered;
    sqlx::query!(
        "INSERT INTO bundles (digest, project_id, archive) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
        &bundle.digest.0,
        projects::DEFAULT.0,
        bundle.archive,
    )
    .execute(&mut *connection)
    .await?;
    let release = i64::try_from(said.release)
        .map_err(|_| Error::invalid("release", "TOO_LARGE", "a release is at most 2^63 - 1"))?;
    let taken = || Error::Aborted {
        reason: "CATALOGUE_CHANGED",
        message: format!("{} was changed meanwhile; try again", said.app),
    };
    let created_at = sqlx::query_scalar!(
        "INSERT INTO app_versions (publisher, app, version, project_id, release, digest, statement, manifest,
             display_name, description, category, tags)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         RETURNING created_at",
        said.app.publisher.as_str(),
        said.app.app.as_str(),
        said.version,
        projects::DEFAULT.0,
        release,
        &bundle.digest.0,
        statement,
        manifest,
        bundle.manifest.name,
        bundle.manifest.description,
        bundle.manifest.category,
        &bundle.manifest.tags,
    )
    .fetch_one(connection)
    .await
    .map_err(on_constraint("app_versions_pkey", taken))?;
    Ok(created_at)
}
