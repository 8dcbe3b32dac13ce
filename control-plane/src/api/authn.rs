//! Finds out who calls the public API: `authorization: Bearer <API key or bootstrap token>`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tonic::Status;

use super::permissions;
use super::status::status;
use crate::ctx::{Ctx, Shared};
use crate::error::{Error, retrying};
use crate::fleet::api_keys;
use crate::policy::{Permission, Principal};

/// The call of whoever sent this request.
///
/// # Errors
/// UNAUTHENTICATED if [`authenticate`] has not run or has let an anonymous caller pass.
pub fn cx<T>(shared: &Arc<Shared>, request: &tonic::Request<T>) -> Result<Ctx, Status> {
    match request.extensions().get::<Principal>() {
        Some(principal) => Ok(Ctx::new(Arc::clone(shared), principal.clone())),
        None => Err(status(Error::Unauthenticated("who calls is not known".to_owned()))),
    }
}

/// Lets a call pass if its method is served and its caller is known, and notes who that is.
pub async fn authenticate(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let Some(needed) = permissions::public(request.uri().path()) else {
        return refuse(Status::unimplemented("there is no such method"));
    };
    if needed == Permission::Anonymous {
        return next.run(request).await;
    }
    let Some(token) = bearer(&request) else {
        let message = "credentials are needed: `authorization: Bearer <API key>`".to_owned();
        return refuse(status(Error::Unauthenticated(message)));
    };
    let known = retrying!(api_keys::authenticate(&shared, &token));
    match known {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(error) => refuse(status(error)),
    }
}

/// An answer that is nothing but a status.
pub(super) fn refuse(status: Status) -> Response {
    status.into_http()
}

fn bearer(request: &Request) -> Option<zeroize::Zeroizing<String>> {
    let header = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| zeroize::Zeroizing::new(token.trim().to_owned()))
}
