//! The key management service: what must not lie in the store in clear is wrapped here. One backend for now, a key file.

use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Error;

mod key_file;

pub use key_file::{KeyFile, KeyFileError};

/// Wraps and unwraps. Every ciphertext begins with a version byte and names its key, so that keys can be rotated.
#[derive(Clone, Debug)]
pub enum Kms {
    /// Keys in a file of this host, outside the data folder.
    KeyFile(KeyFile),
}

impl Kms {
    /// The backend with keys in a file, which is made (mode 0600) if it is not there.
    ///
    /// # Errors
    /// The file cannot be read or made, others may read it, or it holds something else.
    pub fn key_file(path: &Path) -> Result<Self, KeyFileError> {
        KeyFile::open_or_create(path).map(Self::KeyFile)
    }

    /// Encrypts under the newest key. `context` says what it is, and must be named again to decrypt.
    pub async fn encrypt(&self, context: &str, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::KeyFile(keys) => keys.encrypt(context, plaintext).map_err(Error::internal),
        }
    }

    /// Decrypts what [`Kms::encrypt`] gave, under the same context.
    ///
    /// # Errors
    /// [`Error::Internal`] if the key is not there any more, the context is another one, or the bytes were altered.
    pub async fn decrypt(&self, context: &str, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self {
            Self::KeyFile(keys) => keys.decrypt(context, ciphertext).map_err(Error::internal),
        }
    }
}
