use futures_util::stream::Stream;
use purvey_proto::v1::server_service_client::ServerServiceClient;
use purvey_proto::v1::{
    BanServerRequest, ConfirmServerRequest, CreateJoinTokenRequest, EvictServerRequest, GetServerRequest,
    JoinToken, ListJoinTokensRequest, ListJoinTokensResponse, ListServersRequest, ListServersResponse,
    RevokeJoinTokenRequest, Server, UpdateServerRequest,
};

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::mutation::with_request_id;
use crate::pages::pages;

/// The fleet and its join tokens (`purvey.v1.ServerService`).
#[derive(Clone, Debug)]
pub struct Servers(pub(crate) Client);

impl Servers {
    /// One page of servers.
    pub async fn list(&self, request: ListServersRequest) -> Result<ListServersResponse, Error> {
        unary!(self.0, ServerServiceClient.list_servers, request)
    }

    /// All servers, page by page.
    pub fn list_all(&self, request: ListServersRequest) -> impl Stream<Item = Result<Server, Error>> + use<> {
        let servers = self.clone();
        pages(request, move |request| {
            let servers = servers.clone();
            async move { servers.list(request).await }
        })
    }

    /// One server.
    pub async fn get(&self, request: GetServerRequest) -> Result<Server, Error> {
        unary!(self.0, ServerServiceClient.get_server, request)
    }

    /// Changes a server's labels.
    pub async fn update(&self, request: UpdateServerRequest) -> Result<Server, Error> {
        unary!(self.0, ServerServiceClient.update_server, with_request_id(request)?)
    }

    /// Ends the server's incarnation; it may enrol again.
    pub async fn evict(&self, request: EvictServerRequest) -> Result<Server, Error> {
        unary!(self.0, ServerServiceClient.evict_server, with_request_id(request)?)
    }

    /// Ends the server's incarnation and forbids another.
    pub async fn ban(&self, request: BanServerRequest) -> Result<Server, Error> {
        unary!(self.0, ServerServiceClient.ban_server, with_request_id(request)?)
    }

    /// Lets a server that was enrolled again have secrets.
    pub async fn confirm(&self, request: ConfirmServerRequest) -> Result<Server, Error> {
        unary!(self.0, ServerServiceClient.confirm_server, with_request_id(request)?)
    }

    /// Makes a single-use join token. The token is in this answer only.
    pub async fn create_join_token(&self, request: CreateJoinTokenRequest) -> Result<JoinToken, Error> {
        unary!(self.0, ServerServiceClient.create_join_token, with_request_id(request)?)
    }

    /// One page of join tokens.
    pub async fn list_join_tokens(
        &self,
        request: ListJoinTokensRequest,
    ) -> Result<ListJoinTokensResponse, Error> {
        unary!(self.0, ServerServiceClient.list_join_tokens, request)
    }

    /// All join tokens, newest first, page by page.
    pub fn list_all_join_tokens(
        &self,
        request: ListJoinTokensRequest,
    ) -> impl Stream<Item = Result<JoinToken, Error>> + use<> {
        let servers = self.clone();
        pages(request, move |request| {
            let servers = servers.clone();
            async move { servers.list_join_tokens(request).await }
        })
    }

    /// Makes a join token unusable.
    pub async fn revoke_join_token(&self, request: RevokeJoinTokenRequest) -> Result<JoinToken, Error> {
        unary!(self.0, ServerServiceClient.revoke_join_token, with_request_id(request)?)
    }
}
