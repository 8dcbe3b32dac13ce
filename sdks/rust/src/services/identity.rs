use futures_util::stream::Stream;
use purvey_proto::v1::identity_service_client::IdentityServiceClient;
use purvey_proto::v1::{
    ApiKey, CreateApiKeyRequest, ListApiKeysRequest, ListApiKeysResponse, RevokeApiKeyRequest, WhoAmIRequest,
    WhoAmIResponse,
};

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::mutation::with_request_id;
use crate::pages::pages;

/// Who calls, and API keys (`purvey.v1.IdentityService`).
#[derive(Clone, Debug)]
pub struct Identity(pub(crate) Client);

impl Identity {
    /// Who the caller is and what it may do.
    pub async fn who_am_i(&self) -> Result<WhoAmIResponse, Error> {
        unary!(self.0, IdentityServiceClient.who_am_i, WhoAmIRequest {})
    }

    /// Makes an API key. Its secret is in this answer only.
    pub async fn create_api_key(&self, request: CreateApiKeyRequest) -> Result<ApiKey, Error> {
        unary!(self.0, IdentityServiceClient.create_api_key, with_request_id(request)?)
    }

    /// One page of API keys.
    pub async fn list_api_keys(&self, request: ListApiKeysRequest) -> Result<ListApiKeysResponse, Error> {
        unary!(self.0, IdentityServiceClient.list_api_keys, request)
    }

    /// All API keys, newest first, page by page.
    pub fn list_all_api_keys(
        &self,
        request: ListApiKeysRequest,
    ) -> impl Stream<Item = Result<ApiKey, Error>> + use<> {
        let identity = self.clone();
        pages(request, move |request| {
            let identity = identity.clone();
            async move { identity.list_api_keys(request).await }
        })
    }

    /// Makes an API key unusable.
    pub async fn revoke_api_key(&self, request: RevokeApiKeyRequest) -> Result<ApiKey, Error> {
        unary!(self.0, IdentityServiceClient.revoke_api_key, with_request_id(request)?)
    }
}
