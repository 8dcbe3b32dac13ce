//! Connections to the mirrors, straight or through the machine's own proxy, kept open for the next request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::http::uri::{Authority, PathAndQuery};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Failure;
use crate::apt::HostApt;

const CONNECT_LIMIT: Duration = Duration::from_secs(20);
const ANSWER_LIMIT: Duration = Duration::from_secs(120);
/// Idle connections that are kept to one mirror.
const KEPT: usize = 8;

type Sender = SendRequest<Empty<Bytes>>;

#[derive(Debug)]
pub(super) struct Upstream {
    apt: HostApt,
    idle: Mutex<HashMap<String, Vec<Sender>>>,
    connections: Mutex<JoinSet<()>>,
}

impl Upstream {
    pub(super) fn new(apt: HostApt) -> Self {
        Self { apt, idle: Mutex::default(), connections: Mutex::default() }
    }

    pub(super) fn allows(&self, authority: &Authority) -> bool {
        self.apt.hosts.contains(authority.as_str().strip_suffix(":80").unwrap_or(authority.as_str()))
    }

    /// Sends a request whose URI is absolute, and answers with the head of the response.
    pub(super) async fn send(&self, mut request: Request<()>) -> Result<Response<Incoming>, Failure> {
        let uri = request.uri().clone();
        let authority = uri.authority().ok_or("no host")?;
        request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
        let proxy = self.apt.proxy_for(authority.host());
        let peer = match proxy {
            Some(proxy) => {
                let host = proxy.host_str().ok_or("the proxy has no host")?;
                if !proxy.username().is_empty() {
                    let word = basic(proxy.username(), proxy.password().unwrap_or_default());
                    request.headers_mut().insert(PROXY_AUTHORIZATION, HeaderValue::from_str(&word)?);
                }
                format!("{host}:{}", proxy.port_or_known_default().unwrap_or(80))
            }
            None => {
                let path = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
                *request.uri_mut() = Uri::from(path);
                format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80))
            }
        };
        // A kept connection may have been closed by the other side just now; a new one has not.
        if let Some(sender) = self.take(&peer)
            && let Ok(response) = self.send_on(sender, &peer, &request).await
        {
            return Ok(response);
        }
        let stream = timeout(CONNECT_LIMIT, TcpStream::connect(&peer)).await;
        let stream = stream
            .map_err(|_| format!("{peer} does not answer"))?
            .map_err(|error| format!("{peer}: {error}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            while connections.try_join_next().is_some() {}
            connections.spawn(async move {
                // Its failure reaches whoever waits for a response on it.
                let _closed = connection.await;
            });
        }
        self.send_on(sender, &peer, &request).await
    }

    async fn send_on(
        &self,
        mut sender: Sender,
        peer: &str,
        request: &Request<()>,
    ) -> Result<Response<Incoming>, Failure> {
        sender.ready().await?;
        let response =
            timeout(ANSWER_LIMIT, sender.send_request(request.clone().map(|()| Empty::new()))).await;
        let response = response.map_err(|_| format!("{peer} took too long to answer"))??;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.entry(peer.to_owned()).or_default();
        kept.retain(|it| !it.is_closed());
        if kept.len() < KEPT {
            kept.push(sender);
        }
        Ok(response)
    }

    /// A connection whose last response has been read to its end.
    fn take(&self, peer: &str) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(peer)?;
        let ready = kept.iter().position(SendRequest::is_ready)?;
        Some(kept.swap_remove(ready))
    }
}

/// RFC 7617. What the URL holds percent-encoded is sent as it was meant.
fn basic(user: &str, password: &str) -> String {
    let decode = |it: &str| {
        let form = format!("v={}", it.replace('+', "%2B"));
        url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, it)| it.into_owned()).unwrap_or_default()
    };
    use base64::Engine as _;
    let word =
        base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", decode(user), decode(password)));
    format!("Basic {word}")
}
