//! Finds out which agent calls, and whether its certificate is good enough for the method.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tonic::Status;

use super::authn::refuse;
use super::permissions::{self, Certificate};
use super::status::status;
use crate::clock::Clock;
use crate::error::Error;
use crate::pki::peer::Peer;

/// What is known of a connection to the agents' listener; found out once, at its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Connected {
    /// Where it comes from.
    pub address: IpAddr,
    /// The agent, if it showed a certificate.
    pub peer: Option<Peer>,
}

/// The agent that calls.
///
/// # Errors
/// UNAUTHENTICATED if it showed no certificate.
pub fn identity<T>(request: &tonic::Request<T>) -> Result<Peer, Status> {
    connected(request)?.peer.ok_or_else(|| refused("a client certificate is needed"))
}

/// The connection of a call.
///
/// # Errors
/// UNAUTHENTICATED if the call did not come over the agents' listener.
pub fn connected<T>(request: &tonic::Request<T>) -> Result<Connected, Status> {
    request.extensions().get().copied().ok_or_else(|| refused("this is served on the agents' listener only"))
}

/// Lets a call pass if its method is served and the connection's certificate is good enough for it.
pub async fn check(State(clock): State<Clock>, request: Request, next: Next) -> Response {
    let Some(needed) = permissions::agents(request.uri().path()) else {
        return refuse(Status::unimplemented("there is no such method"));
    };
    let peer = request.extensions().get::<Connected>().and_then(|connected| connected.peer);
    let expired = peer.is_some_and(|peer| peer.is_expired(clock.now()));
    match (needed, peer) {
        (Certificate::None, _) | (Certificate::ValidOrExpired, Some(_)) => next.run(request).await,
        (Certificate::Valid, Some(_)) if !expired => next.run(request).await,
        (Certificate::Valid, Some(_)) => refuse(refused("the client certificate has expired; renew it")),
        (_, None) => refuse(refused("a client certificate is needed")),
    }
}

fn refused(message: &str) -> Status {
    status(Error::Unauthenticated(message.to_owned()))
}
