//! Calls that change something carry a request id, so that a repeat after a lost answer changes nothing twice.

use purvey_proto::v1;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::error::Error;

/// A request with a `request_id`.
pub trait Mutation {
    /// The field; empty until the call is made or the caller set it.
    fn request_id_mut(&mut self) -> &mut String;
}

macro_rules! mutations {
    ($($request:ident),* $(,)?) => {$(
        impl Mutation for v1::$request {
            fn request_id_mut(&mut self) -> &mut String {
                &mut self.request_id
            }
        }
    )*};
}

mutations!(
    BackupInstallRequest,
    BanServerRequest,
    ConfirmServerRequest,
    BatchCreateInstallsRequest,
    CancelJobRequest,
    CreateApiKeyRequest,
    CreateInstallRequest,
    CreateJoinTokenRequest,
    DeleteInstallRequest,
    EvictServerRequest,
    RestoreInstallRequest,
    RetryJobRequest,
    RevokeApiKeyRequest,
    RevokeJoinTokenRequest,
    UpdateInstallRequest,
    UpdateServerRequest,
    VerifyInstallRequest,
);

/// A fresh request id (`UUIDv4`). Fails if the operating system gives no random bytes.
pub fn new_request_id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Error::new(tonic::Code::Internal, format!("no random bytes: {error}")))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// The request with a request id: the caller's, or one that is made here once and kept for all repeats.
pub(crate) fn with_request_id<Q: Mutation>(mut request: Q) -> Result<Q, Error> {
    let id = request.request_id_mut();
    if id.is_empty() {
        *id = new_request_id()?;
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_s_request_id_is_kept_and_a_missing_one_is_made() {
        let made = with_request_id(v1::CancelJobRequest::default()).unwrap().request_id;
        assert_eq!(made.parse::<uuid::Uuid>().unwrap().get_version_num(), 4);
        let own = v1::CancelJobRequest { request_id: "mine".to_owned(), ..Default::default() };
        assert_eq!(with_request_id(own).unwrap().request_id, "mine");
    }
}
