//! A publisher's private keys: a file each, which only its owner may read and which is never replaced.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use purvey_contract::dsse::{PublicKey, SigningKey};
use zeroize::Zeroizing;

const PREFIX: &str = "purvey-publisher-key-1 ";
const ENDING: &str = ".key";

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Signs the publisher's documents.
    Root,
    /// Signs bundles.
    Signing,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Signing => "signing",
        }
    }
}

/// What people see of a key's id: enough to tell keys apart.
pub(crate) fn short(key: &PublicKey) -> String {
    key.id().to_string()[..16].to_owned()
}

/// Where a key lies in its publisher's folder.
pub(super) fn path(folder: &Path, purpose: Purpose, key: &PublicKey) -> PathBuf {
    folder.join(format!("{}-{}{ENDING}", purpose.as_str(), short(key)))
}

/// A new key.
///
/// # Errors
/// There is no randomness.
pub(super) fn fresh() -> Result<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).context("the operating system gives no random bytes")?;
    Ok(SigningKey::from_seed(&seed))
}

/// Writes a key where nothing is yet, and makes it durable.
///
/// # Errors
/// Something is there, or it cannot be written.
pub(super) fn write(path: &Path, key: &SigningKey) -> Result<()> {
    let digits = Zeroizing::new(key.seed().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let text = Zeroizing::new(format!("{PREFIX}{}\n", *digits));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("writing the key {} (keys are never replaced)", path.display()))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("writing the key {}", path.display()))
}

/// Reads a key.
///
/// # Errors
/// It is missing or no key, or others may read it.
pub(super) fn read(path: &Path) -> Result<SigningKey> {
    let mut file =
        std::fs::File::open(path).with_context(|| format!("reading the key {}", path.display()))?;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("others may read the key in {} (mode {mode:o}); run: chmod 600 {0}", path.display());
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).with_context(|| format!("reading the key {}", path.display()))?;
    let seed = text.trim().strip_prefix(PREFIX).and_then(unhex);
    let seed = seed.with_context(|| format!("{} holds no publisher's key", path.display()))?;
    Ok(SigningKey::from_seed(&seed))
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in seed.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(seed)
}
