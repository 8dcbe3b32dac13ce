//! The certificate that the listeners show: issued by the fleet's CA, issued anew at half its life, without a restart.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;
use time::OffsetDateTime;

use super::FleetKeys;
use super::ca::{CaError, SERVER_LIFE, ServerNames};

/// Shows the newest certificate.
pub struct ServerCertificate {
    keys: FleetKeys,
    names: ServerNames,
    provider: Arc<CryptoProvider>,
    current: ArcSwapOption<Issued>,
}

struct Issued {
    key: Arc<CertifiedKey>,
    at: OffsetDateTime,
}

/// The certificate cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The CA refuses.
    #[error("the listeners' certificate cannot be issued")]
    Ca(#[from] CaError),
    /// The key cannot be used.
    #[error("the listeners' key cannot be used")]
    Key(#[from] rustls::Error),
}

impl ServerCertificate {
    /// Issues the first one.
    pub fn new(
        keys: FleetKeys,
        names: ServerNames,
        provider: Arc<CryptoProvider>,
        now: OffsetDateTime,
    ) -> Result<Self, IssueError> {
        let this = Self { keys, names, provider, current: ArcSwapOption::empty() };
        this.renew(now)?;
        Ok(this)
    }

    /// Issues a new one if half of the present one's life is over.
    pub fn renew(&self, now: OffsetDateTime) -> Result<(), IssueError> {
        if self.current.load().as_ref().is_some_and(|current| now < current.at + SERVER_LIFE / 2) {
            return Ok(());
        }
        let (certificate, key) = self.keys.ca().issue_server(&self.names, now)?;
        let key = self.provider.key_provider.load_private_key(PrivateKeyDer::from(key))?;
        let key = Arc::new(CertifiedKey::new(vec![certificate], key));
        self.current.store(Some(Arc::new(Issued { key, at: now })));
        Ok(())
    }
}

impl ResolvesServerCert for ServerCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.load().as_ref().map(|issued| Arc::clone(&issued.key))
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerCertificate({})", self.names.uri)
    }
}
