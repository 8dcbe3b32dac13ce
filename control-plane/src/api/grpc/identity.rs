//! `purvey.v1.IdentityService`.

use std::sync::Arc;

use prost::Message as _;
use purvey_proto::v1::identity_service_server::IdentityService;
use purvey_proto::v1::{
    ApiKey, CreateApiKeyRequest, ListApiKeysRequest, ListApiKeysResponse, RevokeApiKeyRequest, WhoAmIRequest,
    WhoAmIResponse,
};
use tonic::{Request, Response, Status};
use zeroize::Zeroizing;

use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{duration, required, timestamp};
use crate::ctx::{Ctx, Shared};
use crate::error::{Error, retrying};
use crate::fleet::api_keys::{self, NewApiKey};
use crate::fleet::projects;
use crate::fleet::request_ids::Request as Call;
use crate::policy::{Principal, Role};

/// The service.
pub struct Identity(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl IdentityService for Identity {
    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let WhoAmIRequest {} = request.into_inner();
        let answered = async {
            let (project, expires_at) = match &cx.principal {
                Principal::ApiKey { id, project, .. } => {
                    let key = retrying!(api_keys::get(&cx, id))?;
                    (project_name(&cx, *project).await?, key.and_then(|key| key.expires_at))
                }
                _ => (String::new(), None),
            };
            Ok(WhoAmIResponse {
                principal: cx.principal.name(),
                permissions: cx
                    .principal
                    .permissions()
                    .into_iter()
                    .map(|one| one.as_str().to_owned())
                    .collect(),
                project,
                expire_time: expires_at.map(timestamp),
            })
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<ApiKey>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call =
                Call::new(&cx, "IdentityService.CreateApiKey", &wire.request_id, &wire.encode_to_vec())?;
            let made = api_keys::create(&cx, NewApiKey::try_from(wire)?, &call).await?;
            to_wire(&cx, made.key, made.secret).await
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListApiKeysRequest { page_size, page_token } = request.into_inner();
        let answered = async {
            let page = retrying!(api_keys::list(&cx, page_size, &page_token))?;
            let mut keys = Vec::with_capacity(page.items.len());
            for key in page.items {
                keys.push(to_wire(&cx, key, None).await?);
            }
            Ok(ListApiKeysResponse { api_keys: keys, next_page_token: page.next })
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn revoke_api_key(
        &self,
        request: Request<RevokeApiKeyRequest>,
    ) -> Result<Response<ApiKey>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call =
                Call::new(&cx, "IdentityService.RevokeApiKey", &wire.request_id, &wire.encode_to_vec())?;
            let RevokeApiKeyRequest { id, request_id: _ } = wire;
            required("id", &id)?;
            let key = api_keys::revoke(&cx, &id, &call).await?;
            to_wire(&cx, key, None).await
        };
        answered.await.map(Response::new).map_err(status)
    }
}

impl TryFrom<CreateApiKeyRequest> for NewApiKey {
    type Error = Error;

    fn try_from(wire: CreateApiKeyRequest) -> Result<Self, Error> {
        let CreateApiKeyRequest { display_name, project, role, ttl, request_id: _ } = wire;
        required("role", &role)?;
        let role = Role::from_name(&role).ok_or_else(|| {
            Error::invalid("role", "UNKNOWN_ROLE", "a role is `admin`, `operator`, `developer` or `viewer`")
        })?;
        Ok(Self { display_name, project, role, ttl: duration("ttl", ttl)? })
    }
}

async fn to_wire(
    cx: &Ctx,
    key: api_keys::ApiKey,
    secret: Option<Zeroizing<String>>,
) -> Result<ApiKey, Error> {
    let api_keys::ApiKey {
        id,
        display_name,
        project,
        role,
        created_at,
        expires_at,
        last_used_at,
        revoked_at,
    } = key;
    Ok(ApiKey {
        id,
        display_name,
        project: project_name(cx, project).await?,
        role: role.as_str().to_owned(),
        expire_time: expires_at.map(timestamp),
        create_time: Some(timestamp(created_at)),
        last_use_time: last_used_at.map(timestamp),
        revoke_time: revoked_at.map(timestamp),
        secret: secret.map(|secret| secret.to_string()).unwrap_or_default(),
    })
}

async fn project_name(cx: &Ctx, project: Option<purvey_contract::id::ProjectUid>) -> Result<String, Error> {
    let Some(uid) = project else { return Ok(String::new()) };
    let project = retrying!(projects::by_uid(cx, uid))?;
    Ok(project.map(|project| project.name.to_string()).unwrap_or_default())
}
