//! A small caching HTTP proxy, so that servers without a road out can use apt.
//!
//! It forwards GET and HEAD to the hosts of this machine's own apt sources and to nobody else, through the proxy that
//! this machine's apt uses. Files that never change under their name (packages, and indexes by hash) are kept on disk.

mod cache;
mod upstream;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, RANGE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::apt::HostApt;
use crate::error::{Doing as _, LabError};
use cache::Cache;
pub(crate) use cache::hex;
use upstream::Upstream;

/// More than the servers of a large lab keep open.
const CONNECTIONS: usize = 512;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Body = http_body_util::combinators::BoxBody<Bytes, Failure>;

/// A running proxy; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Listens on a free port of `address`.
    pub(crate) async fn start(address: Ipv4Addr, apt: HostApt, folder: PathBuf) -> Result<Self, LabError> {
        let listener = TcpListener::bind((address, 0)).await;
        let listener =
            listener.doing::<LabError>(|| format!("listening on {address} for the servers' apt"))?;
        let address = listener.local_addr().doing::<LabError>(|| "asking for the proxy's port".to_owned())?;
        let cache = Cache::open(folder).doing::<LabError>(|| "opening the cache of packages".to_owned())?;
        let forward = Arc::new(Forward { upstream: Upstream::new(apt), cache });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, forward));
        Ok(Self { address, _tasks: tasks })
    }

    /// For `Acquire::http::Proxy` and `http_proxy`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

async fn accept(listener: TcpListener, forward: Arc<Forward>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: others will close theirs.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let forward = forward.clone();
        connections.spawn(async move {
            let service = service_fn(|request| {
                let forward = forward.clone();
                async move { Ok::<_, Infallible>(forward.answer(request).await) }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(120));
            // A client that goes away in the middle is its own affair.
            let _closed = http.serve_connection(TokioIo::new(stream), service).await;
            drop(permit);
        });
    }
}

#[derive(Debug)]
struct Forward {
    upstream: Upstream,
    cache: Cache,
}

impl Forward {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let uri = request.uri().clone();
        match self.try_answer(request).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(%uri, error, "the package proxy could not forward");
                say(StatusCode::BAD_GATEWAY, error.to_string())
            }
        }
    }

    async fn try_answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Failure> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(say(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD".to_owned()));
        }
        let uri = request.uri().clone();
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Ok(say(
                StatusCode::BAD_REQUEST,
                "this is a proxy: name the whole http:// address".to_owned(),
            ));
        };
        if !self.upstream.allows(authority) {
            return Ok(say(
                StatusCode::FORBIDDEN,
                format!("{authority} is none of this machine's apt sources"),
            ));
        }
        if *request.method() == Method::GET && is_immutable(&uri) {
            return self.cached(&uri).await;
        }
        let (head, _no_body) = request.into_parts();
        let mut onward = Request::new(());
        *onward.method_mut() = head.method;
        *onward.uri_mut() = uri;
        let passed = |name: &HeaderName| name != HOST && name != RANGE && !is_hop_by_hop(name);
        onward
            .headers_mut()
            .extend(head.headers.into_iter().filter(|(name, _)| name.as_ref().is_some_and(passed)));
        let mut response = self.upstream.send(onward).await?;
        strip(&mut response);
        Ok(response.map(|body| body.map_err(Into::into).boxed()))
    }

    /// Two servers that want the same file at the same time wait for one download.
    async fn cached(&self, uri: &Uri) -> Result<Response<Body>, Failure> {
        let place = self.cache.place(&uri.to_string()).await;
        if let Some(file) = place.open().await? {
            return file.response();
        }
        let mut request = Request::new(());
        *request.uri_mut() = uri.clone();
        let mut response = self.upstream.send(request).await?;
        if response.status() != StatusCode::OK {
            strip(&mut response);
            return Ok(response.map(|body| body.map_err(Into::into).boxed()));
        }
        let length = response.headers().get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
        place.fill(response.into_body(), length, by_hash(uri)).await?.response()
    }
}

/// Whether what lies under this name never changes.
fn is_immutable(uri: &Uri) -> bool {
    let path = uri.path();
    uri.query().is_none() && (path.ends_with(".deb") || path.contains("/by-hash/SHA256/"))
}

/// The digest that the name promises.
fn by_hash(uri: &Uri) -> Option<&str> {
    uri.path().split_once("/by-hash/SHA256/").map(|(_, hash)| hash)
}

/// RFC 9110, section 7.6.1.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    const NAMES: [&str; 8] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.as_str())
}

fn strip<B>(response: &mut Response<B>) {
    let names: Vec<_> = response.headers().keys().filter(|it| is_hop_by_hop(it)).cloned().collect();
    for name in names {
        response.headers_mut().remove(name);
    }
}

fn say(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Full::from(text + "\n").map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
