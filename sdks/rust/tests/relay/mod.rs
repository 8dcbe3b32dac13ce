//! A relay in front of the fake, whose connections can be cut as a network cuts them; with TLS if asked for.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    connections: Arc<Mutex<JoinSet<()>>>,
    _listener: JoinSet<()>,
}

/// A CA made for one test, and the certificate of `localhost` that it signed.
pub(crate) struct TlsFiles {
    pub(crate) ca_pem: String,
    acceptor: TlsAcceptor,
}

impl TlsFiles {
    pub(crate) fn new(alpn: &[u8]) -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        Self { ca_pem, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

impl Relay {
    pub(crate) async fn start(backend: SocketAddr, tls: Option<&TlsFiles>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections: Arc<Mutex<JoinSet<()>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let acceptor = tls.map(|tls| tls.acceptor.clone());
        let all = connections.clone();
        tasks.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                all.lock().unwrap().spawn(async move {
                    match acceptor {
                        Some(acceptor) => {
                            if let Ok(near) = acceptor.accept(near).await {
                                carry(near, backend).await;
                            }
                        }
                        None => carry(near, backend).await,
                    }
                });
            }
        });
        Self { address, connections, _listener: tasks }
    }

    /// Drops every connection that there is. New ones are taken.
    pub(crate) fn cut(&self) {
        self.connections.lock().unwrap().abort_all();
    }
}

async fn carry(mut near: impl AsyncRead + AsyncWrite + Unpin, backend: SocketAddr) {
    let mut far = TcpStream::connect(backend).await.unwrap();
    // Ends with an error when either side goes away, which is what tests do to it.
    let _ = copy_bidirectional(&mut near, &mut far).await;
}
