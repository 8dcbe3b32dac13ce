//! TLS to the control plane: version 1.3 only, the peer judged by the trust document.

use std::fmt;
use std::io;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use purvey_contract::identity::control_plane_spiffe_id;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tonic::transport::{Channel, Endpoint};

use crate::certificate::names_uri;
use crate::config::HostPort;
use crate::provider;
use crate::trust::HeldTrust;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// How the server's certificate is judged.
#[derive(Clone, Debug)]
pub enum ServerCheck {
    /// Not at all: only to fetch the trust document, which is signed itself.
    Unverified,
    /// It must be for servers, issued by a listed CA, and name the control plane of the trust document.
    Listed(HeldTrust),
}

/// The certificate that the agent shows. Replacing it changes what the next connection shows.
#[derive(Clone, Default)]
pub struct ClientCertificate(Arc<RwLock<Option<Arc<CertifiedKey>>>>);

impl ClientCertificate {
    /// Shows this one from the next connection on.
    pub fn replace(&self, certified: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(certified);
    }

    fn current(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(..)")
    }
}

impl ResolvesClientCert for ClientCertificate {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.current()
    }

    fn has_certs(&self) -> bool {
        self.current().is_some()
    }
}

/// The TLS settings for one kind of connection.
///
/// # Errors
/// The provider lacks TLS 1.3.
pub fn client_config(
    check: ServerCheck,
    certificate: ClientCertificate,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(provider::provider());
    let verifier = Verifier { check, algorithms: provider.signature_verification_algorithms };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(certificate));
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would go on with the certificate of its first handshake.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct Verifier {
    check: ServerCheck,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ServerCheck::Listed(trust) = &self.check else {
            return Ok(ServerCertVerified::assertion());
        };
        let trust = trust.newest();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(
            trust.cas.iter().map(|ca| CertificateDer::from(ca.certificate.as_slice())),
        );
        let parsed = ParsedCertificate::try_from(end_entity)?;
        // Checks the chain, the time, and that the certificate is for servers.
        verify_server_cert_signed_by_trust_anchor(&parsed, &roots, intermediates, now, self.algorithms.all)?;
        let wanted = control_plane_spiffe_id(&trust.trust_domain, &trust.cell);
        if names_uri(end_entity, &wanted) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::NotValidForName.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::PeerIncompatible(rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("`{host}` cannot be resolved; check the name and this host's DNS settings")]
    Resolve {
        /// The name.
        host: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nobody answers.
    #[error("{address} cannot be reached; check the address, the port, and firewalls in between")]
    Tcp {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The TLS handshake failed.
    #[error("TLS with {address} failed: {}", explain(source))]
    Tls {
        /// With whom.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The settings are impossible.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
    /// HTTP/2 did not come up.
    #[error("HTTP/2 with {address} failed")]
    Http {
        /// With whom.
        address: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
}

/// What a failed handshake usually means.
fn explain(error: &io::Error) -> &'static str {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return "the connection broke; is this the port for agents?";
    };
    match tls {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "the control plane's certificate is not valid now; check this host's clock"
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "the control plane's certificate is not of this fleet's CAs; is this the right control plane?"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is of this fleet, but not the control plane's"
            }
            _ => "the control plane's certificate is not accepted",
        },
        rustls::Error::AlertReceived(_) => "the control plane refused this agent's certificate or protocol",
        rustls::Error::InvalidMessage(_) => "the peer does not speak TLS; is this the port for agents?",
        _ => "the handshake failed",
    }
}

/// Connects, and answers with a channel that lives as long as this connection: it never reconnects by itself.
///
/// # Errors
/// By the step that failed.
pub async fn connect(
    to: &HostPort,
    check: ServerCheck,
    certificate: ClientCertificate,
) -> Result<Channel, ConnectError> {
    let address = to.to_string();
    let config = client_config(check, certificate)?;
    let tcp = tcp(to).await?;
    let tls = async {
        let name = ServerName::try_from(to.host.clone()).map_err(io::Error::other)?;
        within(tokio_rustls::TlsConnector::from(config).connect(name, tcp)).await
    };
    let tls = tls.await.map_err(|source| ConnectError::Tls { address: address.clone(), source })?;
    let mut once = Some(TokioIo::new(tls));
    let connector = tower::service_fn(move |_uri| {
        std::future::ready(once.take().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)))
    });
    let http = |source| ConnectError::Http { address: address.clone(), source };
    // The scheme of the endpoint only says that the connector's bytes are not to be wrapped once more.
    Endpoint::from_shared(format!("http://{address}"))
        .map_err(http)?
        .origin(format!("https://{address}").parse().unwrap_or_default())
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .buffer_size(16)
        .connect_with_connector(connector)
        .await
        .map_err(http)
}

async fn tcp(to: &HostPort) -> Result<TcpStream, ConnectError> {
    let resolve = |source| ConnectError::Resolve { host: to.host.clone(), source };
    let unreachable = |source| ConnectError::Tcp { address: to.to_string(), source };
    let addresses: Vec<_> =
        within(tokio::net::lookup_host((to.host.as_str(), to.port))).await.map_err(resolve)?.collect();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match within(TcpStream::connect(address)).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(unreachable)?;
                keep_alive(&stream).map_err(unreachable)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    rustix::net::sockopt::set_socket_keepalive(stream, true)?;
    rustix::net::sockopt::set_tcp_keepidle(stream, KEEP_ALIVE_INTERVAL)?;
    rustix::net::sockopt::set_tcp_keepintvl(stream, KEEP_ALIVE_TIMEOUT)?;
    rustix::net::sockopt::set_tcp_keepcnt(stream, 3)?;
    Ok(())
}

async fn within<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(CONNECT_TIMEOUT, step).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
