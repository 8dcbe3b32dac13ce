//! What a publisher keeps: its keys, and every document that it has signed. Each change is a new document.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use purvey_contract::dsse::{Envelope, KeyId, ListedKey, PublicKey, SigningKey};
use purvey_contract::id::{Digest, Name};
use purvey_contract::publisher::{Lineage, MAX_SIGNING_KEYS, PublisherDocument};
use time::{Duration, OffsetDateTime};

use super::keys::{self, Purpose, short};
use super::{BACKDATED, Publisher};

/// A key that ends within this time is warned of.
const SOON: Duration = Duration::days(30);
/// The newest document, for people to copy.
const NEWEST: &str = "document.json";
/// All documents, by version.
const DOCUMENTS: &str = "documents";

/// A publisher's folder.
#[derive(Debug)]
pub(crate) struct Book {
    folder: PathBuf,
    lineage: Lineage,
}

impl Book {
    /// Makes a publisher: a root key, a signing key that is good for `life`, and the first document. The root key goes to
    /// `root_file` if one is named.
    ///
    /// # Errors
    /// The folder has a publisher already, or something cannot be written.
    pub(crate) fn create(
        folder: &Path,
        name: &Name,
        life: Duration,
        root_file: Option<&Path>,
    ) -> Result<Self> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join(DOCUMENTS));
        made.with_context(|| format!("making {}", folder.display()))?;
        if folder.join(NEWEST).exists() || !versions(folder)?.is_empty() {
            bail!("{} has a publisher already; keys are never replaced", folder.display());
        }
        let (root, signing) = (keys::fresh()?, keys::fresh()?);
        let document = super::first_document(name, &root, &signing, life);
        let root_path = keys::path(folder, Purpose::Root, &root.public_key());
        keys::write(root_file.unwrap_or(&root_path), &root)?;
        keys::write(&keys::path(folder, Purpose::Signing, &signing.public_key()), &signing)?;
        let envelope = Envelope::sign(&document, &[&root]);
        let lineage = Lineage::begin(envelope.clone()).context("the document that was just made")?;
        let book = Self { folder: folder.to_owned(), lineage };
        book.store(&envelope, 1)?;
        Ok(book)
    }

    /// Reads what was kept. Every document must follow from the one before, as servers demand.
    ///
    /// # Errors
    /// A document is missing, damaged, or does not follow.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let mut lineage: Option<Lineage> = None;
        for version in versions(folder)? {
            let path = document_path(folder, version);
            let what = || path.display().to_string();
            let bytes = std::fs::read(&path).with_context(what)?;
            let envelope = Envelope::from_json(&bytes).with_context(what)?;
            match &mut lineage {
                None => lineage = Some(Lineage::begin(envelope).with_context(what)?),
                Some(lineage) => drop(lineage.advance(&envelope).with_context(what)?),
            }
        }
        let lineage = lineage.with_context(|| format!("there is no publisher in {}", folder.display()))?;
        let book = Self { folder: folder.to_owned(), lineage };
        // A crash may have come between the two files.
        if std::fs::read(book.newest_file()).ok() != Some(book.newest()) {
            replace(&book.newest_file(), &book.newest())?;
        }
        Ok(book)
    }

    /// The newest document.
    pub(crate) fn document(&self) -> &PublisherDocument {
        self.lineage.newest()
    }

    /// The newest document as it was signed (an envelope in JSON).
    pub(crate) fn newest(&self) -> Vec<u8> {
        self.lineage.newest_envelope().to_json()
    }

    /// Where the newest document lies.
    pub(crate) fn newest_file(&self) -> PathBuf {
        self.folder.join(NEWEST)
    }

    /// Where all this lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What whoever holds this version has yet to see.
    pub(crate) fn since(&self, version: u64) -> Vec<Vec<u8>> {
        self.lineage.since(version).map(Envelope::to_json).collect()
    }

    /// A listed signing key by the beginning of its id.
    ///
    /// # Errors
    /// None or several begin so.
    pub(crate) fn find(&self, beginning: &str) -> Result<&ListedKey> {
        let begins = |key: &&ListedKey| key.public_key.id().to_string().starts_with(beginning);
        let found: Vec<&ListedKey> = self.document().signing_keys.iter().filter(begins).collect();
        match (found.as_slice(), beginning.len()) {
            ([one], 8..) => Ok(one),
            (_, ..8) => bail!("`{beginning}` is too short: give at least 8 digits of the key's id"),
            ([], _) => bail!("{} lists no signing key `{beginning}`", self.document().publisher),
            _ => bail!("several signing keys begin with `{beginning}`: give more of the id"),
        }
    }

    /// Whether the key's private part is here.
    pub(crate) fn has(&self, key: &PublicKey) -> bool {
        [Purpose::Root, Purpose::Signing]
            .iter()
            .any(|purpose| keys::path(&self.folder, *purpose, key).is_file())
    }

    /// Adds a fresh signing key.
    ///
    /// # Errors
    /// There are too many, or the root key is not there.
    pub(crate) fn add_key(&mut self, life: Duration, root_file: Option<&Path>) -> Result<ListedKey> {
        if self.document().signing_keys.len() >= MAX_SIGNING_KEYS {
            bail!("a document lists at most {MAX_SIGNING_KEYS} signing keys, and this one does");
        }
        let root = self.root(root_file)?;
        let (key, now) = (keys::fresh()?, super::now());
        let public_key = key.public_key();
        let listed = ListedKey { public_key, not_before: now - BACKDATED, not_after: now + life };
        keys::write(&keys::path(&self.folder, Purpose::Signing, &public_key), &key)?;
        self.change(&[&root], |document| document.signing_keys.push(listed.clone()))?;
        Ok(listed)
    }

    /// Ends a signing key, and with it everything that it has signed.
    ///
    /// # Errors
    /// It is revoked already, or the root key is not there.
    pub(crate) fn revoke_key(&mut self, key: KeyId, root_file: Option<&Path>) -> Result<()> {
        if self.document().revoked_keys.contains(&key) {
            bail!("the key {key} is revoked already");
        }
        let root = self.root(root_file)?;
        self.change(&[&root], |document| document.revoked_keys.push(key))
    }

    /// Ends a bundle.
    ///
    /// # Errors
    /// It is revoked already, or the root key is not there.
    pub(crate) fn revoke_bundle(&mut self, bundle: Digest, root_file: Option<&Path>) -> Result<()> {
        if self.document().revoked_bundles.contains(&bundle) {
            bail!("the bundle {bundle} is revoked already");
        }
        let root = self.root(root_file)?;
        self.change(&[&root], |document| document.revoked_bundles.push(bundle))
    }

    /// Sets the lowest release of an app that may run.
    ///
    /// # Errors
    /// It would be lower than now and that is not allowed, or the root key is not there.
    pub(crate) fn set_floor(
        &mut self,
        app: &Name,
        release: u64,
        may_lower: bool,
        root_file: Option<&Path>,
    ) -> Result<()> {
        let now = self.document().floors.get(app).copied().unwrap_or(0);
        if release == now {
            bail!("the lowest release of {app} is {now} already");
        }
        if release < now && !may_lower {
            bail!("the lowest release of {app} is {now}; to let {release} run again, say --lower");
        }
        let root = self.root(root_file)?;
        self.change(&[&root], |document| {
            document.floors.insert(app.clone(), release);
        })
    }

    /// Puts a fresh root key in the place of the present ones. Both sign the document that says so.
    ///
    /// # Errors
    /// A key file cannot be read or written.
    pub(crate) fn rotate_root(
        &mut self,
        old_file: Option<&Path>,
        new_file: Option<&Path>,
    ) -> Result<PublicKey> {
        let (old, new) = (self.root(old_file)?, keys::fresh()?);
        let public_key = new.public_key();
        let path = keys::path(&self.folder, Purpose::Root, &public_key);
        keys::write(new_file.unwrap_or(&path), &new)?;
        self.change(&[&old, &new], |document| document.roots = vec![public_key])?;
        Ok(public_key)
    }

    /// What signs bundles now: of the keys that are here, listed and good, the one that is good for longest.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn signer(&self) -> Result<Publisher> {
        let mut usable = self.usable_keys();
        usable.sort_by_key(|listed| listed.not_after);
        let here = usable
            .iter()
            .rev()
            .find(|listed| keys::path(&self.folder, Purpose::Signing, &listed.public_key).is_file());
        let name = &self.document().publisher;
        let Some(listed) = here else {
            let elsewhere =
                if usable.is_empty() { "none is good now" } else { "the good ones are kept elsewhere" };
            bail!(
                "no signing key of {name} in {} can be used: {elsewhere}; make one: purvey publisher key add {name}",
                self.folder.display()
            );
        };
        let signing = keys::read(&keys::path(&self.folder, Purpose::Signing, &listed.public_key))?;
        if signing.public_key() != listed.public_key {
            bail!(
                "the key file of {} in {} holds another key",
                short(&listed.public_key),
                self.folder.display()
            );
        }
        Ok(Publisher { name: name.clone(), document: self.newest(), signing, until: listed.not_after })
    }

    fn usable_keys(&self) -> Vec<&ListedKey> {
        let (document, now) = (self.document(), OffsetDateTime::now_utc());
        let revoked = |key: &ListedKey| document.revoked_keys.contains(&key.public_key.id());
        document.signing_keys.iter().filter(|key| key.is_valid_at(now) && !revoked(key)).collect()
    }

    /// What its owner should know: keys that end soon, or that none is left.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let name = &self.document().publisher;
        let usable = self.usable_keys();
        let Some(last) = usable.iter().map(|key| key.not_after).max() else {
            return vec![format!(
                "no signing key is good now: servers refuse all bundles of {name}. Make one: purvey publisher key add {name}"
            )];
        };
        ends_soon(name, last).into_iter().collect()
    }

    fn root(&self, given: Option<&Path>) -> Result<SigningKey> {
        let roots = &self.document().roots;
        if let Some(path) = given {
            let root = keys::read(path)?;
            if !roots.contains(&root.public_key()) {
                let name = &self.document().publisher;
                bail!("the key in {} is no root key of {name}", path.display());
            }
            return Ok(root);
        }
        let paths = roots.iter().map(|root| keys::path(&self.folder, Purpose::Root, root));
        let Some(path) = paths.into_iter().find(|path| path.is_file()) else {
            bail!(
                "the root key of {} is not in {}; say where it is: --root-key FILE",
                self.document().publisher,
                self.folder.display()
            );
        };
        let root = keys::read(&path)?;
        if !roots.contains(&root.public_key()) {
            bail!("{} holds another key than its name says", path.display());
        }
        Ok(root)
    }

    /// Signs the next document, and takes it only as a server would.
    fn change(&mut self, by: &[&SigningKey], change: impl FnOnce(&mut PublisherDocument)) -> Result<()> {
        let mut next = self.document().clone();
        next.version += 1;
        next.issued = super::now();
        change(&mut next);
        let envelope = Envelope::sign(&next, by);
        self.lineage.advance(&envelope).context("the new document would not be believed")?;
        self.store(&envelope, next.version)
    }

    fn store(&self, envelope: &Envelope, version: u64) -> Result<()> {
        let path = document_path(&self.folder, version);
        let bytes = envelope.to_json();
        create(&path, &bytes).with_context(|| {
            format!("writing {}; if somebody else made a change at the same time, try again", path.display())
        })?;
        replace(&self.newest_file(), &bytes)
    }
}

/// Says that the last good key ends soon, if it does.
pub(crate) fn ends_soon(name: &Name, last: OffsetDateTime) -> Option<String> {
    let left = last - OffsetDateTime::now_utc();
    (left < SOON).then(|| {
        format!(
            "the signing key is good for {} more days (until {}), and so is what it signs. Make another and sign anew: \
             purvey publisher key add {name}",
            left.whole_days().max(0),
            last.date()
        )
    })
}

fn document_path(folder: &Path, version: u64) -> PathBuf {
    folder.join(DOCUMENTS).join(format!("{version}.json"))
}

/// The versions that are kept, in ascending order.
fn versions(folder: &Path) -> Result<Vec<u64>> {
    let path = folder.join(DOCUMENTS);
    let entries = match std::fs::read_dir(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("reading {}", path.display()))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.with_context(|| format!("reading {}", path.display()))?.file_name();
        found.extend(name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Writes a file that is not there yet, whole or not at all.
fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = write_new(path, bytes)?;
    let linked = std::fs::hard_link(&new, path);
    std::fs::remove_file(&new)?;
    linked?;
    sync_parent(path)
}

/// Replaces a file in one step.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let replaced = || {
        std::fs::rename(write_new(path, bytes)?, path)?;
        sync_parent(path)
    };
    replaced().with_context(|| format!("writing {}", path.display()))
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(new)
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}
