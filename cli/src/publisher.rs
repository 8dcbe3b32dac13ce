//! A publisher's side: keys, the root document that servers trust, and signed bundles.

use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use purvey_contract::bundle;
use purvey_contract::dsse::{Envelope, ListedKey, SigningKey};
use purvey_contract::id::{AppRef, Name};
use purvey_contract::publisher::{BundleStatement, PublisherDocument};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::local::folders::write_private;

/// Servers' clocks may be a little behind ours.
const BACKDATED: Duration = Duration::minutes(5);
const PREFIX: &str = "purvey-publisher-key-1 ";
const ROOT_KEY: &str = "root.key";
const SIGNING_KEY: &str = "signing.key";
const DOCUMENT: &str = "document.json";

/// A publisher that can sign.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) name: Name,
    /// What servers hold to trust it: the root document (an envelope in JSON).
    pub(crate) document: Vec<u8>,
    signing: SigningKey,
}

/// A bundle that was signed.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) app: AppRef,
    pub(crate) version: String,
    pub(crate) bundle: PathBuf,
}

/// An app's folder, packed.
pub(crate) struct Packed(bundle::Bundle);

/// Packs an app's folder, with the shell library `lib` beside it if there is one.
///
/// # Errors
/// It cannot be read, or is not valid.
pub(crate) fn pack(folder: &Path) -> Result<Packed> {
    let folder = folder.canonicalize().with_context(|| format!("the app in {}", folder.display()))?;
    let lib = folder.parent().map(|parent| parent.join("lib")).filter(|lib| lib.join("purvey.sh").is_file());
    let packed = bundle::build(&folder, lib.as_deref());
    packed.map(Packed).with_context(|| format!("the app in {}", folder.display()))
}

impl Packed {
    /// Whose app its manifest says that it is.
    pub(crate) fn publisher(&self) -> &Name {
        &self.0.manifest.publisher
    }
}

impl Publisher {
    /// Makes fresh keys, which are forgotten unless a folder is given to keep them in.
    ///
    /// # Errors
    /// There is no randomness, or the folder holds keys already.
    pub(crate) fn create(name: Name, demo: bool, life: Duration, keep: Option<&Path>) -> Result<Self> {
        let (root, signing) = (fresh_key()?, fresh_key()?);
        let now = OffsetDateTime::now_utc();
        let document = PublisherDocument {
            publisher: name.clone(),
            version: 1,
            issued: now,
            demo,
            roots: vec![root.public_key()],
            signing_keys: vec![ListedKey {
                public_key: signing.public_key(),
                not_before: now - BACKDATED,
                not_after: now + life,
            }],
            revoked_keys: Vec::new(),
            revoked_bundles: Vec::new(),
            floors: Default::default(),
        };
        let document = Envelope::sign(&document, &[&root]).to_json();
        if let Some(folder) = keep {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("making {}", folder.display()))?;
            let taken = [ROOT_KEY, SIGNING_KEY, DOCUMENT].into_iter().find(|name| folder.join(name).exists());
            if let Some(taken) = taken {
                bail!("{} is there already; keys are never replaced", folder.join(taken).display());
            }
            write_key(&folder.join(ROOT_KEY), &root)?;
            write_key(&folder.join(SIGNING_KEY), &signing)?;
            let path = Self::document_file(folder);
            std::fs::write(&path, &document).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Self { name, document, signing })
    }

    /// Reads what [`Self::create`] kept.
    ///
    /// # Errors
    /// A file is missing, others may read a key, or they do not belong together.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = Self::document_file(folder);
        let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let read = Envelope::from_json(&bytes).with_context(|| path.display().to_string())?;
        let document = PublisherDocument::from_host(&read).with_context(|| path.display().to_string())?;
        let key_file = folder.join(SIGNING_KEY);
        let signing = read_key(&key_file)?;
        let now = OffsetDateTime::now_utc();
        let is_it = |listed: &ListedKey| listed.public_key == signing.public_key() && listed.is_valid_at(now);
        if !document.signing_keys.iter().any(is_it) {
            bail!("{} is not among the keys of {} that are valid now", key_file.display(), path.display());
        }
        Ok(Self { name: document.publisher, document: bytes, signing })
    }

    /// Where the root document lies among the keys.
    pub(crate) fn document_file(folder: &Path) -> PathBuf {
        folder.join(DOCUMENT)
    }

    /// Signs a bundle into a catalogue: `<app>-<version>.bundle` beside `<app>-<version>.statement.json`.
    ///
    /// # Errors
    /// It is another publisher's app, or cannot be written.
    pub(crate) fn sign(&self, packed: &Packed, catalogue: &Path) -> Result<Signed> {
        let Packed(bundle) = packed;
        let manifest = &bundle.manifest;
        let app = AppRef { publisher: manifest.publisher.clone(), app: manifest.id.clone() };
        if app.publisher != self.name {
            bail!("{app} is not an app of the publisher {}", self.name);
        }
        let statement = BundleStatement {
            app: app.clone(),
            version: manifest.version.clone(),
            release: manifest.release,
            bundle: bundle.digest,
            issued: OffsetDateTime::now_utc(),
        };
        std::fs::create_dir_all(catalogue).with_context(|| format!("making {}", catalogue.display()))?;
        let path = |ending: &str| catalogue.join(format!("{}-{}.{ending}", app.app, statement.version));
        // By it the control plane knows the publisher.
        let document = catalogue.join(format!("{}.publisher.json", self.name));
        std::fs::write(&document, &self.document)
            .with_context(|| format!("writing {}", document.display()))?;
        let envelope = Envelope::sign(&statement, &[&self.signing]).to_json();
        // The statement first: a bundle without one would be an error to whoever reads the folder meanwhile.
        for (ending, content) in [("statement.json", &envelope), ("bundle", &bundle.archive)] {
            let path = path(ending);
            std::fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Signed { bundle: path("bundle"), app, version: statement.version })
    }
}

fn fresh_key() -> Result<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).context("the operating system gives no random bytes")?;
    Ok(SigningKey::from_seed(&seed))
}

fn write_key(path: &Path, key: &SigningKey) -> Result<()> {
    let digits = key.seed().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let text = Zeroizing::new(format!("{PREFIX}{}\n", *Zeroizing::new(digits)));
    write_private(path, text.as_bytes())
}

fn read_key(path: &Path) -> Result<SigningKey> {
    let mut file = std::fs::File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("others may read the key in {} (mode {mode:o}); run: chmod 600 {0}", path.display());
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).with_context(|| format!("reading {}", path.display()))?;
    let seed = text.trim().strip_prefix(PREFIX).and_then(unhex);
    let seed = seed.with_context(|| format!("{} holds no publisher's key", path.display()))?;
    Ok(SigningKey::from_seed(&seed))
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in seed.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(seed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn installer(app: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers").join(app)
    }

    #[test]
    fn the_shipped_apps_are_signed_by_a_key_that_the_document_lists() {
        let catalogue = tempfile::tempdir().unwrap();
        let publisher = Publisher::create("purvey".parse().unwrap(), true, Duration::days(1), None).unwrap();
        let document =
            PublisherDocument::from_host(&Envelope::from_json(&publisher.document).unwrap()).unwrap();
        assert!(document.demo);
        for app in ["nginx", "hello-site"] {
            let signed = publisher.sign(&pack(&installer(app)).unwrap(), catalogue.path()).unwrap();
            let bundle = bundle::open(std::fs::read(&signed.bundle).unwrap()).unwrap();
            let statement = std::fs::read(signed.bundle.with_extension("statement.json")).unwrap();
            let statement = Envelope::from_json(&statement).unwrap();
            let statement = document.verify_statement(&statement, OffsetDateTime::now_utc()).unwrap();
            assert_eq!((statement.bundle, statement.app), (bundle.digest, signed.app));
        }
    }

    #[test]
    fn kept_keys_sign_again_are_private_and_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, catalogue) = (folder.path().join("keys"), folder.path().join("catalogue"));
        let create = || Publisher::create("purvey".parse().unwrap(), false, Duration::days(1), Some(&keys));
        create().unwrap();
        assert!(create().unwrap_err().to_string().contains("there already"));
        let publisher = Publisher::open(&keys).unwrap();
        publisher.sign(&pack(&installer("nginx")).unwrap(), &catalogue).unwrap();
        let signing = keys.join(SIGNING_KEY);
        assert_eq!(std::fs::metadata(&signing).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&signing, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Publisher::open(&keys).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn an_app_of_another_publisher_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let publisher = Publisher::create("acme".parse().unwrap(), false, Duration::days(1), None).unwrap();
        let error = publisher.sign(&pack(&installer("nginx")).unwrap(), folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "purvey/nginx is not an app of the publisher acme");
    }

    #[test]
    fn an_app_that_is_not_there_is_named() {
        let error = pack(&installer("nothing")).err().unwrap();
        assert!(format!("{error:#}").contains("installers/nothing"), "{error:#}");
    }
}
