//! `purvey.v1.ServerService`.

use std::sync::Arc;

use prost::Message as _;
use purvey_contract::id::Name;
use purvey_proto::v1::server_service_server::ServerService;
use purvey_proto::v1::{
    BanServerRequest, ConfirmServerRequest, CreateJoinTokenRequest, EvictServerRequest, GetServerRequest,
    JoinToken, JoinTokenState, ListJoinTokensRequest, ListJoinTokensResponse, ListServersRequest,
    ListServersResponse, RevokeJoinTokenRequest, Server, ServerDisk, ServerFacts, ServerHeartbeat,
    ServerHostPolicy, ServerState, UpdateServerRequest,
};
use tonic::{Request, Response, Status};
use zeroize::Zeroizing;

use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{duration, required, timestamp, uuid};
use crate::ctx::{Ctx, Shared};
use crate::error::{Error, retrying};
use crate::fleet::heartbeats::Heartbeat;
use crate::fleet::join_tokens::{self, NewJoinToken, TokenState};
use crate::fleet::projects::{self, Project};
use crate::fleet::request_ids::Request as Call;
use crate::fleet::servers::{self, Change, Disk, Facts, HostPolicy};

/// The service.
pub struct Servers(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl ServerService for Servers {
    async fn list_servers(
        &self,
        request: Request<ListServersRequest>,
    ) -> Result<Response<ListServersResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListServersRequest { project, page_size, page_token } = request.into_inner();
        let answered = async {
            let project = retrying!(projects::get(&cx, &project))?;
            let page = servers::list(&cx, &project, page_size, &page_token).await?;
            let servers =
                page.items.into_iter().map(|server| server_to_wire(&project.name, server)).collect();
            Ok(ListServersResponse { servers, next_page_token: page.next })
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn get_server(&self, request: Request<GetServerRequest>) -> Result<Response<Server>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetServerRequest { project, server } = request.into_inner();
        let answered = async {
            required("server", &server)?;
            let project = retrying!(projects::get(&cx, &project))?;
            Ok(server_to_wire(&project.name, servers::get(&cx, project.uid, &server).await?))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn update_server(&self, request: Request<UpdateServerRequest>) -> Result<Response<Server>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call = Call::new(&cx, "ServerService.UpdateServer", &wire.request_id, &wire.encode_to_vec())?;
            let UpdateServerRequest {
                project,
                server,
                labels,
                update_mask,
                etag,
                request_id: _,
                validate_only,
            } = wire;
            required("server", &server)?;
            let paths = update_mask.map(|mask| mask.paths).unwrap_or_default();
            if let Some(other) = paths.iter().find(|path| !matches!(path.as_str(), "labels" | "*")) {
                let message = format!("`{other}` cannot be changed; only `labels` can");
                return Err(Error::invalid("update_mask", "UNKNOWN_FIELD", message));
            }
            let change = Change {
                labels: Some(labels.into_iter().collect()),
                revision: revision(&etag)?,
                validate_only,
            };
            let project = retrying!(projects::get(&cx, &project))?;
            let server = servers::update(&cx, project.uid, &server, &change, &call).await?;
            Ok(server_to_wire(&project.name, server))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn evict_server(&self, request: Request<EvictServerRequest>) -> Result<Response<Server>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call = Call::new(&cx, "ServerService.EvictServer", &wire.request_id, &wire.encode_to_vec())?;
            let EvictServerRequest { project, server, request_id: _ } = wire;
            required("server", &server)?;
            let project = retrying!(projects::get(&cx, &project))?;
            Ok(server_to_wire(&project.name, servers::evict(&cx, project.uid, &server, &call).await?))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn ban_server(&self, request: Request<BanServerRequest>) -> Result<Response<Server>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call = Call::new(&cx, "ServerService.BanServer", &wire.request_id, &wire.encode_to_vec())?;
            let BanServerRequest { project, server, request_id: _ } = wire;
            required("server", &server)?;
            let project = retrying!(projects::get(&cx, &project))?;
            Ok(server_to_wire(&project.name, servers::ban(&cx, project.uid, &server, &call).await?))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn confirm_server(
        &self,
        request: Request<ConfirmServerRequest>,
    ) -> Result<Response<Server>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call =
                Call::new(&cx, "ServerService.ConfirmServer", &wire.request_id, &wire.encode_to_vec())?;
            let ConfirmServerRequest { project, server, incarnation, request_id: _ } = wire;
            required("server", &server)?;
            if incarnation == 0 {
                let message = "say which incarnation is meant; GetServer tells the present one";
                return Err(Error::invalid("incarnation", "REQUIRED", message));
            }
            let project = retrying!(projects::get(&cx, &project))?;
            let server = servers::confirm(&cx, project.uid, &server, incarnation, &call).await?;
            Ok(server_to_wire(&project.name, server))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn create_join_token(
        &self,
        request: Request<CreateJoinTokenRequest>,
    ) -> Result<Response<JoinToken>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call =
                Call::new(&cx, "ServerService.CreateJoinToken", &wire.request_id, &wire.encode_to_vec())?;
            let project = retrying!(projects::get(&cx, &wire.project))?;
            let made = join_tokens::create(&cx, &project, &NewJoinToken::try_from(wire)?, &call).await?;
            Ok(token_to_wire(&cx, &project, made.token, made.secret))
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn list_join_tokens(
        &self,
        request: Request<ListJoinTokensRequest>,
    ) -> Result<Response<ListJoinTokensResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListJoinTokensRequest { project, page_size, page_token } = request.into_inner();
        let answered = async {
            let project = retrying!(projects::get(&cx, &project))?;
            let page = join_tokens::list(&cx, &project, page_size, &page_token).await?;
            let join_tokens =
                page.items.into_iter().map(|token| token_to_wire(&cx, &project, token, None)).collect();
            Ok(ListJoinTokensResponse { join_tokens, next_page_token: page.next })
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn revoke_join_token(
        &self,
        request: Request<RevokeJoinTokenRequest>,
    ) -> Result<Response<JoinToken>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let answered = async {
            let call =
                Call::new(&cx, "ServerService.RevokeJoinToken", &wire.request_id, &wire.encode_to_vec())?;
            let RevokeJoinTokenRequest { project, uid, request_id: _ } = wire;
            let uid = uuid("uid", &uid)?;
            let project = retrying!(projects::get(&cx, &project))?;
            let token = join_tokens::revoke(&cx, &project, uid, &call).await?;
            Ok(token_to_wire(&cx, &project, token, None))
        };
        answered.await.map(Response::new).map_err(status)
    }
}

impl TryFrom<CreateJoinTokenRequest> for NewJoinToken {
    type Error = Error;

    fn try_from(wire: CreateJoinTokenRequest) -> Result<Self, Error> {
        let CreateJoinTokenRequest {
            project: _,
            server,
            labels,
            ttl,
            address_range,
            reenroll,
            request_id: _,
            validate_only,
        } = wire;
        if reenroll {
            required("server", &server)?;
        }
        Ok(Self {
            server,
            labels: labels.into_iter().collect(),
            ttl: duration("ttl", ttl)?,
            address_range,
            reenroll,
            validate_only,
        })
    }
}

fn revision(etag: &str) -> Result<Option<i64>, Error> {
    if etag.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Error::invalid("etag", "INVALID_ETAG", "an etag from an earlier answer is needed");
    etag.parse().map(Some).map_err(wrong)
}

fn server_to_wire(project: &Name, server: servers::Server) -> Server {
    let servers::Server {
        uid,
        project: _,
        name,
        labels,
        facts,
        state,
        incarnation,
        revision,
        created_at,
        connected,
        last_seen_at,
        heartbeat,
        is_unconfirmed,
    } = server;
    let state = match state {
        servers::ServerState::Active => ServerState::Active,
        servers::ServerState::Evicted => ServerState::Evicted,
        servers::ServerState::Banned => ServerState::Banned,
        servers::ServerState::Quarantined => ServerState::Quarantined,
    };
    Server {
        server: name.to_string(),
        uid: uid.to_string(),
        project: project.to_string(),
        etag: revision.to_string(),
        labels: labels.into_iter().collect(),
        state: state.into(),
        connected,
        last_seen_time: last_seen_at.map(timestamp),
        create_time: Some(timestamp(created_at)),
        incarnation,
        facts: Some(facts_to_wire(facts)),
        heartbeat: heartbeat.map(heartbeat_to_wire),
        unconfirmed: is_unconfirmed,
    }
}

fn heartbeat_to_wire((time, heartbeat): (time::OffsetDateTime, Heartbeat)) -> ServerHeartbeat {
    let Heartbeat { load_hundredths, memory_available_bytes, disk_free_bytes } = heartbeat;
    ServerHeartbeat {
        time: Some(timestamp(time)),
        load: f64::from(load_hundredths) / 100.0,
        memory_available_bytes,
        disk_free_bytes,
    }
}

fn facts_to_wire(facts: Facts) -> ServerFacts {
    let Facts {
        hostname,
        os,
        os_version,
        os_name,
        os_like: _,
        kernel,
        architecture,
        cpus,
        memory_bytes,
        disk_bytes,
        disk_free_bytes,
        tcp_ports,
        udp_ports,
        addresses,
        agent_version,
        cpu_model,
        disks,
        package_manager,
        virtualization,
        labels,
        policy: HostPolicy { digest, invalid, paused, restricts },
        digest: _,
    } = facts;
    let disks = disks.into_iter().map(|Disk { mount, filesystem, size_bytes }| ServerDisk {
        mount,
        filesystem,
        size_bytes,
    });
    ServerFacts {
        hostname,
        os,
        os_version,
        os_name,
        kernel,
        architecture,
        cpus,
        memory_bytes,
        disk_bytes,
        addresses,
        agent_version,
        cpu_model,
        disks: disks.collect(),
        package_manager,
        virtualization,
        labels: labels.into_iter().collect(),
        policy: Some(ServerHostPolicy { digest, invalid, paused, restricts }),
        disk_free_bytes,
        tcp_ports: tcp_ports.into_iter().map(u32::from).collect(),
        udp_ports: udp_ports.into_iter().map(u32::from).collect(),
    }
}

fn token_to_wire(
    cx: &Ctx,
    project: &Project,
    token: join_tokens::JoinToken,
    secret: Option<Zeroizing<String>>,
) -> JoinToken {
    let join_tokens::JoinToken {
        uid,
        project: _,
        server,
        labels,
        address_range,
        created_at,
        expires_at,
        state,
    } = token;
    let state = match state {
        TokenState::Unused => JoinTokenState::Unused,
        TokenState::Used => JoinTokenState::Used,
        TokenState::Expired => JoinTokenState::Expired,
        TokenState::Revoked => JoinTokenState::Revoked,
    };
    JoinToken {
        uid: if uid.is_nil() { String::new() } else { uid.to_string() },
        project: project.name.to_string(),
        server: server.map(|server| server.to_string()).unwrap_or_default(),
        labels: labels.into_iter().collect(),
        address_range: address_range.map(|range| range.to_string()).unwrap_or_default(),
        expire_time: Some(timestamp(expires_at)),
        create_time: Some(timestamp(created_at)),
        state: state.into(),
        token: secret.map(|secret| secret.to_string()).unwrap_or_default(),
        agents_address: cx.agents_address.clone(),
    }
}
