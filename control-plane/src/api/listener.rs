//! Accepts connections: TCP, TLS, HTTP. One task a connection; what is known of it is found out once.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use super::peer::Connected;
use crate::fleet::connections::Connections;
use crate::metrics::Metrics;
use crate::pki::peer::Peer;

/// A fleet that comes back at once must find room: what does not fit is tried again by TCP after a second or more.
const BACKLOG: u32 = 4096;
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const STREAM_WINDOW: u32 = 256 * 1024;
/// At least four streams can be full without one stopping the others.
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;
const MAX_FRAME: u32 = 16 * 1024;
const MAX_HEADER_LIST: u32 = 16 * 1024;
const MAX_SEND_BUFFER: usize = 64 * 1024;
/// An agent has a poll, a report stream, a bundle and little else.
const AGENT_STREAMS: u32 = 16;
const API_STREAMS: u32 = 200;
/// Accepting failed for want of something, such as file descriptors: time for others to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// When connections end.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Takes no new calls, ends when the present ones have ended.
    pub soft: CancellationToken,
    /// Ends now.
    pub hard: CancellationToken,
    /// Every connection and every call in one.
    pub tracker: TaskTracker,
}

/// Runs what hyper spawns where it is tracked.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

/// Binds an address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves anybody, with TLS or without.
pub async fn serve_public(listener: TcpListener, tls: Option<Arc<ServerConfig>>, router: Router, stop: Stop) {
    let acceptor = tls.map(TlsAcceptor::from);
    while let Some((tcp, address)) = accept(&listener, &stop).await {
        let (acceptor, router, stop_here) = (acceptor.clone(), router.clone(), stop.clone());
        stop.tracker.spawn(async move {
            match acceptor {
                None => serve_any(tcp, router, &stop_here).await,
                Some(acceptor) => match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(tcp)).await {
                    Ok(Ok(stream)) => serve_any(stream, router, &stop_here).await,
                    Ok(Err(error)) => {
                        tracing::debug!(peer = %address, error = %error, "a TLS handshake failed")
                    }
                    Err(_) => tracing::debug!(peer = %address, "a TLS handshake took too long"),
                },
            }
        });
    }
}

/// What serving agents needs besides.
#[derive(Clone)]
pub struct AgentsSide {
    /// Where identities come from.
    pub trust_domain: Arc<str>,
    /// Live connections, to be cut.
    pub connections: Connections,
    /// Counts connections.
    pub metrics: Metrics,
    /// Lets so many handshakes happen at a time.
    pub handshakes: Arc<Semaphore>,
}

/// Serves agents, over TLS with client certificates.
pub async fn serve_agents(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    side: AgentsSide,
    stop: Stop,
) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        // Before accepting: who has to wait waits in the kernel, at no cost here.
        let Ok(permit) = Arc::clone(&side.handshakes).acquire_owned().await else { return };
        let Some((tcp, address)) = accept(&listener, &stop).await else { return };
        let (acceptor, router, side, stop_here) =
            (acceptor.clone(), router.clone(), side.clone(), stop.clone());
        stop.tracker.spawn(async move {
            let stream = match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(tcp)).await {
                Ok(Ok(stream)) => stream,
                failed => {
                    side.metrics.handshakes_failed.inc();
                    let error = failed.map(|failed| failed.err()).ok().flatten();
                    let error =
                        error.map_or_else(|| "it took too long".to_owned(), |error| error.to_string());
                    tracing::debug!(peer = %address, error, "an agent's TLS handshake failed");
                    return;
                }
            };
            drop(permit);
            serve_agent(stream, address, router, &side, &stop_here).await;
        });
    }
}

async fn serve_agent(
    stream: TlsStream<TcpStream>,
    address: SocketAddr,
    router: Router,
    side: &AgentsSide,
    stop: &Stop,
) {
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let peer = match certificate.map(|certificate| Peer::read(certificate, &side.trust_domain)) {
        None => None,
        Some(Some(peer)) => Some(peer),
        Some(None) => {
            tracing::warn!(peer = %address, "a certificate of the fleet that is no agent's was shown");
            return;
        }
    };
    let (_registration, cut) = match peer {
        Some(peer) => {
            let (registration, cut) = side.connections.register(peer.server, peer.incarnation);
            (Some(registration), cut)
        }
        None => (None, CancellationToken::new()),
    };
    let _counted = Counted::new(side.metrics.clone());
    let connected = Connected { address: address.ip().to_canonical(), peer };
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(connected);
        router.clone().call(request)
    });
    let mut builder = hyper::server::conn::http2::Builder::new(Tracked(stop.tracker.clone()));
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(MAX_FRAME)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_concurrent_streams(AGENT_STREAMS)
        .max_send_buf_size(MAX_SEND_BUFFER);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut soft = std::pin::pin!(stop.soft.cancelled());
    let mut draining = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %address, error = %error, "an agent's connection broke");
                }
                return;
            }
            () = cut.cancelled() => return,
            () = stop.hard.cancelled() => return,
            () = soft.as_mut(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn serve_any<S>(stream: S, router: Router, stop: &Stop)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = auto::Builder::new(Tracked(stop.tracker.clone()));
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HANDSHAKE_LIMIT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(MAX_FRAME)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_concurrent_streams(API_STREAMS);
    let service = hyper_util::service::TowerToHyperService::new(router);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut soft = std::pin::pin!(stop.soft.cancelled());
    let mut draining = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error = %error, "a connection broke");
                }
                return;
            }
            () = stop.hard.cancelled() => return,
            () = soft.as_mut(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The next connection; none when this replica drains.
async fn accept(listener: &TcpListener, stop: &Stop) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.soft.cancelled() => return None,
        };
        match accepted {
            Ok((tcp, address)) => {
                // Small answers must not wait for more.
                let _ = tcp.set_nodelay(true);
                return Some((tcp, address));
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Counts a connection for as long as it lives.
struct Counted(Metrics);

impl Counted {
    fn new(metrics: Metrics) -> Self {
        metrics.agent_connections.inc();
        Self(metrics)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.agent_connections.dec();
    }
}
