//! AES-256-GCM (NIST SP 800-38D) under keys that lie in a file of mode 0600.
//!
//! The file has one key a line, `purvey-kms-key-1 <64 hexadecimal digits>`, the newest first: that one encrypts, all decrypt.
//! A ciphertext is `1 || key id (8 bytes) || nonce (12 bytes) || ciphertext and tag`. Nonces are random: one key is good for
//! 2^32 encryptions.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const PREFIX: &str = "purvey-kms-key-1 ";
const VERSION: u8 = 1;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 12;

/// Keys from a file.
#[derive(Clone)]
pub struct KeyFile {
    keys: Arc<Vec<Key>>,
}

struct Key {
    id: [u8; ID_BYTES],
    cipher: Aes256Gcm,
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or made.
    #[error("the key file {} cannot be {doing}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Read or made.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner may read it.
    #[error("others may read the key file {} (mode {mode:o}); run: chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds something else.
    #[error("{}:{line}: not a key: `purvey-kms-key-1` and 64 hexadecimal digits are expected", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// There is no randomness.
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

/// Why something cannot be encrypted or decrypted. Says nothing of the plaintext.
#[derive(Debug, thiserror::Error)]
pub(super) enum CipherError {
    #[error("the ciphertext is of no known version")]
    Version,
    #[error("the ciphertext's key {0} is not in the key file")]
    UnknownKey(String),
    #[error("the ciphertext was altered or is not for this purpose")]
    Altered,
    #[error("encryption failed")]
    Encrypt,
    #[error("the operating system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

impl KeyFile {
    pub(super) fn open_or_create(path: &Path) -> Result<Self, KeyFileError> {
        let io = |doing| move |source| KeyFileError::Io { path: path.to_owned(), doing, source };
        let mut file = match OpenOptions::new().read(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                create(path)?;
                OpenOptions::new().read(true).open(path).map_err(io("read"))?
            }
            Err(error) => return Err(io("read")(error)),
        };
        let mode = file.metadata().map_err(io("read"))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(io("read"))?;
        let malformed = |line| KeyFileError::Malformed { path: path.to_owned(), line };
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let key = line.trim().strip_prefix(PREFIX).and_then(unhex).ok_or_else(|| malformed(index + 1))?;
            keys.push(Key::new(&key));
        }
        if keys.is_empty() {
            return Err(malformed(1));
        }
        Ok(Self { keys: Arc::new(keys) })
    }

    /// Keys that are in no file. The first one encrypts.
    #[cfg(test)]
    pub(crate) fn of(keys: &[[u8; 32]]) -> Self {
        Self { keys: Arc::new(keys.iter().map(Key::new).collect()) }
    }

    pub(super) fn encrypt(&self, context: &str, plaintext: &[u8]) -> Result<Vec<u8>, CipherError> {
        let key = self.keys.first().ok_or(CipherError::Encrypt)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: plaintext, aad: context.as_bytes() };
        let sealed = key.cipher.encrypt(&nonce.into(), payload).map_err(|_| CipherError::Encrypt)?;
        Ok([&[VERSION], key.id.as_slice(), &nonce, &sealed].concat())
    }

    pub(super) fn decrypt(
        &self,
        context: &str,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        let rest = ciphertext.strip_prefix(&[VERSION]).ok_or(CipherError::Version)?;
        let (id, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(CipherError::Altered)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CipherError::Altered)?;
        let key =
            self.keys.iter().find(|key| key.id == *id).ok_or_else(|| CipherError::UnknownKey(hex(id)))?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        key.cipher.decrypt(&(*nonce).into(), payload).map(Zeroizing::new).map_err(|_| CipherError::Altered)
    }
}

impl Key {
    fn new(secret: &[u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"purvey kms key id v1\n").chain_update(secret).finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Self { id, cipher: Aes256Gcm::new(&(*secret).into()) }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| hex(&key.id))).finish()
    }
}

/// Makes the file with one fresh key. Of two processes that try, one makes it and the other finds it.
fn create(path: &Path) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), doing: "made", source };
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret)?;
    let line = Zeroizing::new(format!("{PREFIX}{}\n", *Zeroizing::new(hex(&*secret))));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        // Unlike a rename, a link never replaces a key that is there already.
        match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    })();
    let _ = std::fs::remove_file(&draft);
    written.and_then(|()| std::fs::File::open(folder)?.sync_all()).map_err(io)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_was_encrypted_is_decrypted_under_its_context_only() {
        let keys = KeyFile::of(&[[1; 32]]);
        let sealed = keys.encrypt("install 1 inputs", b"secret").unwrap();
        assert_eq!(keys.decrypt("install 1 inputs", &sealed).unwrap().as_slice(), b"secret");
        assert!(matches!(keys.decrypt("install 2 inputs", &sealed), Err(CipherError::Altered)));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(keys.decrypt("install 1 inputs", &altered).is_err(), "{at}");
            assert!(keys.decrypt("install 1 inputs", &sealed[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn a_former_key_still_decrypts() {
        let old = KeyFile::of(&[[1; 32]]);
        let rotated = KeyFile::of(&[[2; 32], [1; 32]]);
        let sealed = old.encrypt("c", b"secret").unwrap();
        assert_eq!(rotated.decrypt("c", &sealed).unwrap().as_slice(), b"secret");
        let sealed = rotated.encrypt("c", b"secret").unwrap();
        assert!(matches!(old.decrypt("c", &sealed), Err(CipherError::UnknownKey(_))));
    }

    #[test]
    fn the_file_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms/key");
        let sealed = KeyFile::open_or_create(&path).unwrap().encrypt("c", b"secret").unwrap();
        assert_eq!(
            KeyFile::open_or_create(&path).unwrap().decrypt("c", &sealed).unwrap().as_slice(),
            b"secret"
        );
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(KeyFile::open_or_create(&path), Err(KeyFileError::Exposed { mode: 0o644, .. })));
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{PREFIX}{}\npassword\n", "ab".repeat(32))).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(KeyFile::open_or_create(&path), Err(KeyFileError::Malformed { line: 2, .. })));
    }
}
