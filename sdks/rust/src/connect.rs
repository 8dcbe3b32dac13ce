//! Where the control plane is and how to reach it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tonic::transport::Channel;

use crate::retry::RetryPolicy;
use crate::tls::{Roots, Tls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// A control plane's public API: its URL, whom to trust for it, and who is calling.
#[derive(Clone)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    roots: Roots,
    user_agent: String,
    pub(crate) token: Option<SecretString>,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) patience: Duration,
}

/// Why an endpoint cannot be used. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The URL has no host, another scheme, or a path.
    #[error(
        "`{url}` is not the URL of a control plane: {wrong}; it looks like `https://purvey.example:5000`"
    )]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        wrong: &'static str,
    },
    /// The CA file is missing, unreadable or holds no certificate.
    #[error("CA file `{}`: {wrong}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        wrong: String,
    },
    /// The PEM text holds no certificate, or a bad one.
    #[error("CA certificates: {0}")]
    Ca(String),
    /// The token has characters that no token has.
    #[error("the token holds characters that cannot be sent; copy it whole and on one line")]
    Token,
    /// The TLS library refused its set-up.
    #[error("TLS: {0}")]
    Tls(String),
}

impl Endpoint {
    /// The control plane at `https://HOST[:PORT]`, or at `http://HOST[:PORT]` on this machine's loopback only.
    ///
    /// Without [`Self::with_ca_file`] or [`Self::with_ca_pem`] the operating system's CA bundle is trusted.
    pub fn new(url: &str) -> Result<Self, EndpointError> {
        let wrong = |wrong| EndpointError::Url { url: url.chars().take(200).collect(), wrong };
        let uri: Uri = url.trim().parse().map_err(|_| wrong("it does not parse"))?;
        let parts = uri.into_parts();
        let authority = parts.authority.ok_or_else(|| wrong("it has no host"))?;
        let scheme = parts.scheme.ok_or_else(|| wrong("it has no scheme"))?;
        if parts.path_and_query.is_some_and(|path| path != "/") {
            return Err(wrong("it has a path"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("it names a user"));
        }
        if scheme == Scheme::HTTP && !is_loopback(authority.host()) {
            return Err(wrong("plain text is for loopback only"));
        }
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(wrong("its scheme is neither https nor http"));
        }
        Ok(Self {
            scheme,
            authority,
            roots: Roots::System,
            user_agent: concat!("purvey-sdk-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            token: None,
            deadline: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            patience: Duration::from_secs(300),
        })
    }

    /// Says who calls: an API key or the bootstrap token, sent as `authorization: Bearer`.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Trusts the CAs of this PEM file, and no others.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.roots = Roots::File(path.as_ref().to_owned());
        self
    }

    /// Trusts the CAs of this PEM text, and no others.
    #[must_use]
    pub fn with_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Roots::Pem(pem.into());
        self
    }

    /// Names the calling program in `user-agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long a unary call may take, its retries included; 30 seconds if not said. Streams have no deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How calls are repeated.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How long a follower keeps trying to reconnect after a cut before it gives up; 5 minutes if not said.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The URL, as it is used.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    pub(crate) fn channel(&self) -> Result<Channel, EndpointError> {
        let tls = match self.scheme == Scheme::HTTPS {
            true => Some(Tls::new(&self.roots, self.authority.host())?),
            false => None,
        };
        let address = Address {
            host: self.authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: self.authority.port_u16().unwrap_or(if tls.is_some() { 443 } else { 80 }),
        };
        let bad_url = |wrong| EndpointError::Url { url: self.url(), wrong };
        // tonic's own TLS would refuse an `https` target without its own configuration; the origin says the true scheme.
        let target = format!("http://{}", self.authority);
        let origin: Uri = self.url().parse().map_err(|_| bad_url("it does not parse"))?;
        let channel = tonic::transport::Endpoint::from_shared(target)
            .and_then(|endpoint| endpoint.user_agent(self.user_agent.clone()))
            .map_err(|_| bad_url("it does not parse"))?
            .origin(origin)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .connect_with_connector_lazy(tower::service_fn(move |_: Uri| {
                connect(address.clone(), tls.clone())
            }));
        Ok(channel)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url())
            .field("roots", &self.roots)
            .finish_non_exhaustive()
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[derive(Clone)]
struct Address {
    host: String,
    port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Why no connection came about. Found again in the chain of a status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("cannot connect to {address}: {source}")]
    Tcp { address: String, source: std::io::Error },
    /// Trying again would meet the same certificate.
    #[error("the certificate of {address} is not accepted: {reason}")]
    Certificate { address: String, reason: String },
    #[error("no TLS connection with {address}: {source}")]
    Tls { address: String, source: std::io::Error },
    #[error("{address} does not speak HTTP/2: it is not a control plane's API")]
    NotHttp2 { address: String },
}

impl ConnectError {
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::Certificate { .. } | Self::NotHttp2 { .. })
    }
}

pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

async fn connect(address: Address, tls: Option<Tls>) -> Result<TokioIo<Box<dyn Io>>, ConnectError> {
    let tcp = TcpStream::connect((address.host.as_str(), address.port))
        .await
        .and_then(|tcp| tcp.set_nodelay(true).map(|()| tcp))
        .map_err(|source| ConnectError::Tcp { address: address.to_string(), source })?;
    let io: Box<dyn Io> = match tls {
        Some(tls) => Box::new(tls.connect(tcp, &address.to_string()).await?),
        None => Box::new(tcp),
    };
    Ok(TokioIo::new(io))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_goes_anywhere_and_plain_text_to_loopback_only() {
        for good in [
            "https://purvey.example:5000",
            "https://10.0.0.1",
            "https://[2001:db8::1]:5000/",
            "http://127.0.0.1:5000",
            "http://localhost:5000",
            "http://[::1]:5000",
        ] {
            assert!(Endpoint::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "purvey.example:5000",
            "http://purvey.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "ftp://localhost",
            "https://purvey.example/v1",
            "https://user@purvey.example",
        ] {
            assert!(matches!(Endpoint::new(bad), Err(EndpointError::Url { .. })), "{bad}");
        }
    }

    #[test]
    fn a_token_does_not_show_in_debug() {
        let endpoint = Endpoint::new("https://purvey.example").unwrap().with_token("pvk_secret");
        assert!(!format!("{endpoint:?}").contains("secret"));
    }

    #[test]
    fn a_missing_ca_file_is_named() {
        let endpoint = Endpoint::new("https://purvey.example").unwrap().with_ca_file("/nowhere/ca.pem");
        let error = endpoint.channel().unwrap_err();
        assert!(error.to_string().starts_with("CA file `/nowhere/ca.pem`: "), "{error}");
    }
}
