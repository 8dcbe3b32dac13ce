//! TLS to the API port: rustls over aws-lc-rs, HTTP/2 by ALPN.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connect::{ConnectError, EndpointError};

/// Where Debian, Fedora, SUSE and Alpine keep the CAs that the operating system trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whose certificates are accepted.
#[derive(Clone)]
pub(crate) enum Roots {
    System,
    File(PathBuf),
    Pem(Vec<u8>),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Pem(_) => f.write_str("Pem"),
        }
    }
}

impl Roots {
    fn load(&self) -> Result<RootCertStore, EndpointError> {
        let of_file = |path: PathBuf| {
            let wrong = |wrong: String| EndpointError::CaFile { path: path.clone(), wrong };
            let pem = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
            store(&pem).map_err(wrong)
        };
        match self {
            Self::Pem(pem) => store(pem).map_err(EndpointError::Ca),
            Self::File(path) => of_file(path.clone()),
            Self::System => match SYSTEM_BUNDLES.iter().map(PathBuf::from).find(|path| path.exists()) {
                Some(path) => of_file(path),
                None => Err(EndpointError::Ca(
                    "this system has no CA bundle; name the control plane's CA file".to_owned(),
                )),
            },
        }
    }
}

fn store(pem: &[u8]) -> Result<RootCertStore, String> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("not PEM: {error}"))?;
    let mut store = RootCertStore::empty();
    // A system bundle may hold a certificate that rustls cannot use; one usable certificate is enough.
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 { Err("it holds no usable CA certificate".to_owned()) } else { Ok(store) }
}

/// Makes TLS connections with one server.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl Tls {
    pub(crate) fn new(roots: &Roots, host: &str) -> Result<Self, EndpointError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let server = ServerName::try_from(bare).map_err(|_| EndpointError::Url {
            url: host.to_owned(),
            wrong: "its host is neither a name nor an address",
        })?;
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| EndpointError::Tls(error.to_string()))?
                .with_root_certificates(roots.load()?)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), server })
    }

    pub(crate) async fn connect(
        &self,
        tcp: TcpStream,
        address: &str,
    ) -> Result<TlsStream<TcpStream>, ConnectError> {
        let stream = self
            .connector
            .connect(self.server.clone(), tcp)
            .await
            .map_err(|source| failure(address.to_owned(), source))?;
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Ok(stream),
            _ => Err(ConnectError::NotHttp2 { address: address.to_owned() }),
        }
    }
}

fn failure(address: String, source: std::io::Error) -> ConnectError {
    let tls = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(error @ rustls::Error::InvalidCertificate(_)) => {
            ConnectError::Certificate { address, reason: error.to_string() }
        }
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
            ConnectError::NotHttp2 { address }
        }
        _ => ConnectError::Tls { address, source },
    }
}
