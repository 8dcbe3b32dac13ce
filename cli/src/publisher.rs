//! A publisher's side: keys, the documents that servers trust, and signed bundles.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use purvey_contract::bundle::{self, Bundle};
use purvey_contract::dsse::{Envelope, ListedKey, SigningKey};
use purvey_contract::id::{AppRef, Name};
use purvey_contract::publisher::{BundleStatement, PublisherDocument};
use time::{Duration, OffsetDateTime};

mod book;
pub(crate) mod files;
pub(crate) mod judge;
mod keys;

pub(crate) use book::{Book, ends_soon};
pub(crate) use keys::short;

/// The time in documents and statements: whole seconds are enough.
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().truncate_to_second()
}

/// Servers' clocks may be a little behind ours.
const BACKDATED: Duration = Duration::minutes(5);

/// A publisher that can sign bundles.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) name: Name,
    /// What servers hold to trust it: the document (an envelope in JSON).
    pub(crate) document: Vec<u8>,
    signing: SigningKey,
    /// How long the key is good.
    pub(crate) until: OffsetDateTime,
}

/// A bundle that was signed.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) app: AppRef,
    pub(crate) version: String,
    pub(crate) bundle: PathBuf,
}

/// Packs an app's folder, with the shell library `lib` beside it if there is one.
///
/// # Errors
/// It cannot be read, or is not valid.
pub(crate) fn pack(folder: &Path) -> Result<Bundle> {
    let folder = folder.canonicalize().with_context(|| format!("the app in {}", folder.display()))?;
    let lib = folder.parent().map(|parent| parent.join("lib")).filter(|lib| lib.join("purvey.sh").is_file());
    let packed = bundle::build(&folder, lib.as_deref());
    packed.with_context(|| format!("the app in {}", folder.display()))
}

impl Publisher {
    /// Makes a demo's publisher, whose keys are forgotten with it.
    ///
    /// # Errors
    /// There is no randomness.
    pub(crate) fn of_a_demo(name: Name, life: Duration) -> Result<Self> {
        let (root, signing) = (keys::fresh()?, keys::fresh()?);
        let document = PublisherDocument { demo: true, ..first_document(&name, &root, &signing, life) };
        let until = now() + life;
        Ok(Self { name, document: Envelope::sign(&document, &[&root]).to_json(), signing, until })
    }

    /// A statement about a bundle (an envelope in JSON).
    ///
    /// # Errors
    /// It is another publisher's app.
    pub(crate) fn vouch(&self, bundle: &Bundle) -> Result<Vec<u8>> {
        let statement = BundleStatement::of(bundle, now());
        if statement.app.publisher != self.name {
            bail!("{} is not an app of the publisher {}", statement.app, self.name);
        }
        Ok(Envelope::sign(&statement, &[&self.signing]).to_json())
    }

    /// Signs a bundle into a catalogue: `<app>-<version>.bundle` beside `<app>-<version>.statement.json`, and beside both
    /// the publisher's document, by which a control plane knows it.
    ///
    /// # Errors
    /// It is another publisher's app, or cannot be written.
    pub(crate) fn sign(&self, bundle: &Bundle, catalogue: &Path) -> Result<Signed> {
        let statement = self.vouch(bundle)?;
        let manifest = &bundle.manifest;
        std::fs::create_dir_all(catalogue).with_context(|| format!("making {}", catalogue.display()))?;
        files::write(&catalogue.join(format!("{}.publisher.json", self.name)), &self.document)?;
        let path = catalogue.join(files::bundle_name(manifest));
        // The statement first: a bundle without one would be an error to whoever reads the folder meanwhile.
        files::write(&files::statement_beside(&path), &statement)?;
        files::write(&path, &bundle.archive)?;
        let app = AppRef { publisher: self.name.clone(), app: manifest.id.clone() };
        Ok(Signed { app, version: manifest.version.clone(), bundle: path })
    }
}

fn first_document(name: &Name, root: &SigningKey, signing: &SigningKey, life: Duration) -> PublisherDocument {
    let now = now();
    PublisherDocument {
        publisher: name.clone(),
        version: 1,
        issued: now,
        demo: false,
        roots: vec![root.public_key()],
        signing_keys: vec![ListedKey {
            public_key: signing.public_key(),
            not_before: now - BACKDATED,
            not_after: now + life,
        }],
        revoked_keys: Vec::new(),
        revoked_bundles: Vec::new(),
        floors: Default::default(),
    }
}

#[cfg(test)]
mod tests;
