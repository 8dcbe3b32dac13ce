//! `purvey.v1.InstallService`.

use std::sync::Arc;

use prost::Message as _;
use purvey_contract::action::Action;
use purvey_proto::google::rpc;
use purvey_proto::v1::install_service_server::InstallService;
use purvey_proto::v1::{
    BackupInstallRequest, BatchCreateInstallsRequest, BatchCreateInstallsResponse, BatchCreateInstallsResult,
    CreateInstallRequest, DeleteInstallRequest, DesiredState, GetInstallRequest, Install, Job,
    ListInstallsRequest, ListInstallsResponse, ObservedState, PlanInstallRequest, PlanInstallResponse,
    PlanProblem, RestoreInstallRequest, Synced, UpdateInstallRequest, VerifyInstallRequest,
    WatchInstallsRequest, WatchInstallsResponse, watch_installs_response,
};
use tonic::{Request, Response, Status};

use super::jobs;
use super::streams::{Items, Source, items};
use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{inputs_from_wire, inputs_to_wire, required, timestamp};
use crate::ctx::{Ctx, Shared};
use crate::error::Error;
use crate::fleet::installs::{self, Created, Generated, Hindrance, NewInstall, Patch};
use crate::fleet::job_state::Observed;
use crate::fleet::projects::{self, Project};
use crate::fleet::request_ids;
use crate::fleet::watches::{self, Said};
use crate::fleet::{pages, servers};

fn problem(hindrance: Hindrance) -> PlanProblem {
    let Hindrance { code, field, message, blocking } = hindrance;
    PlanProblem { code: code.to_owned(), field, message, blocking }
}

/// At most this many in one BatchCreateInstalls.
const MAX_BATCH: usize = 1000;

/// The service.
pub(crate) struct Installs(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl InstallService for Installs {
    async fn plan_install(
        &self,
        request: Request<PlanInstallRequest>,
    ) -> Result<Response<PlanInstallResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let PlanInstallRequest { project, server, app, version, inputs, install } = request.into_inner();
        let planned = async {
            required("server", &server)?;
            required("app", &app)?;
            let project = projects::get(&cx, &project).await?;
            let wanted = NewInstall { server, name: install, app, version, inputs: inputs_from_wire(inputs) };
            installs::plan(&cx, project.uid, &wanted).await
        };
        let installs::Plan { action, version, digest, inputs, changed, hindrances } =
            planned.await.map_err(status)?;
        Ok(Response::new(PlanInstallResponse {
            action: action.map(|action| action.as_str().to_owned()).unwrap_or_default(),
            version,
            digest: digest.to_string(),
            effective_inputs: Some(inputs_to_wire(&inputs)),
            changed_inputs: changed,
            problems: hindrances.into_iter().map(problem).collect(),
        }))
    }

    async fn create_install(
        &self,
        request: Request<CreateInstallRequest>,
    ) -> Result<Response<Install>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let created = async {
            let call = request_ids::Request::new(
                &cx,
                "InstallService.CreateInstall",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let project = projects::get(&cx, &wire.project).await?;
            let validate_only = wire.validate_only;
            let new = new_install(wire)?;
            if validate_only {
                installs::validate(&cx, project.uid, new.clone()).await?;
                return Ok(proposed(&project, new));
            }
            let created = installs::create(&cx, project.uid, new, &call).await?;
            Ok(created_to_wire(&project, created))
        };
        created.await.map(Response::new).map_err(status)
    }

    async fn batch_create_installs(
        &self,
        request: Request<BatchCreateInstallsRequest>,
    ) -> Result<Response<BatchCreateInstallsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let made = async {
            let call = request_ids::Request::new(
                &cx,
                "InstallService.BatchCreateInstalls",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let project = projects::get(&cx, &wire.project).await?;
            if wire.requests.len() > MAX_BATCH {
                let message = format!("at most {MAX_BATCH} installs can be made at once");
                return Err(Error::invalid("requests", "TOO_MANY", message));
            }
            let new = wire.requests.into_iter().enumerate().map(|(index, item)| batch_item(index, item));
            let new = new.collect::<Result<Vec<_>, Error>>()?;
            let made = installs::create_many(&cx, project.uid, new, &call).await?;
            let result = |one: Result<Created, Error>| match one {
                Ok(created) => BatchCreateInstallsResult {
                    install: Some(created_to_wire(&project, created)),
                    status: Some(rpc::Status::default()),
                },
                Err(error) => BatchCreateInstallsResult { install: None, status: Some(rpc_status(error)) },
            };
            Ok(BatchCreateInstallsResponse { results: made.into_iter().map(result).collect() })
        };
        made.await.map(Response::new).map_err(status)
    }

    async fn get_install(&self, request: Request<GetInstallRequest>) -> Result<Response<Install>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetInstallRequest { project, server, install } = request.into_inner();
        let (project, install) = find(&cx, &project, &server, &install).await.map_err(status)?;
        Ok(Response::new(to_wire(&project, install, Generated::new())))
    }

    async fn list_installs(
        &self,
        request: Request<ListInstallsRequest>,
    ) -> Result<Response<ListInstallsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListInstallsRequest { project, server, app, page_size, page_token } = request.into_inner();
        let listed = async {
            let project = projects::get(&cx, &project).await?;
            let question = format!("installs {} {server} {app}", project.uid);
            let size = pages::size(page_size)?;
            let after = pages::cursor(&cx.keys, &question, &page_token)?;
            let filter = installs::Filter {
                server: server_filter(&cx, &project, &server).await?,
                app: (!app.is_empty()).then_some(app),
                name: None,
            };
            let found = installs::list(&cx, project.uid, &filter, after, size + 1).await?;
            let page = pages::Page::cut(found, size, &cx.keys, &question, |last| {
                (last.server.clone(), last.name.clone())
            });
            let installs = page.items.into_iter().map(|install| to_wire(&project, install, Generated::new()));
            Ok(ListInstallsResponse { installs: installs.collect(), next_page_token: page.next })
        };
        listed.await.map(Response::new).map_err(status)
    }

    async fn update_install(
        &self,
        request: Request<UpdateInstallRequest>,
    ) -> Result<Response<Install>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let updated = async {
            let call = request_ids::Request::new(
                &cx,
                "InstallService.UpdateInstall",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let (project, install) = find(&cx, &wire.project, &wire.server, &wire.install).await?;
            let patch = patch(&wire)?;
            let (updated, generated) =
                installs::update(&cx, &install, &patch, &wire.etag, wire.validate_only, &call).await?;
            Ok(to_wire(&project, updated, generated))
        };
        updated.await.map(Response::new).map_err(status)
    }

    async fn delete_install(
        &self,
        request: Request<DeleteInstallRequest>,
    ) -> Result<Response<Install>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let deleted = async {
            let call = request_ids::Request::new(
                &cx,
                "InstallService.DeleteInstall",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let (project, install) = find(&cx, &wire.project, &wire.server, &wire.install).await?;
            let deleted = installs::delete(&cx, &install, &wire.etag, wire.validate_only, &call).await?;
            Ok(to_wire(&project, deleted, Generated::new()))
        };
        deleted.await.map(Response::new).map_err(status)
    }

    async fn verify_install(&self, request: Request<VerifyInstallRequest>) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let call = ("InstallService.VerifyInstall", wire.request_id.as_str(), wire.encode_to_vec());
        start(&cx, Action::Verify, call, (&wire.project, &wire.server, &wire.install)).await
    }

    async fn backup_install(&self, request: Request<BackupInstallRequest>) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let call = ("InstallService.BackupInstall", wire.request_id.as_str(), wire.encode_to_vec());
        start(&cx, Action::Backup, call, (&wire.project, &wire.server, &wire.install)).await
    }

    async fn restore_install(
        &self,
        request: Request<RestoreInstallRequest>,
    ) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let call = ("InstallService.RestoreInstall", wire.request_id.as_str(), wire.encode_to_vec());
        start(&cx, Action::Restore, call, (&wire.project, &wire.server, &wire.install)).await
    }

    type WatchInstallsStream = Items<WatchInstallsResponse>;

    async fn watch_installs(
        &self,
        request: Request<WatchInstallsRequest>,
    ) -> Result<Response<Self::WatchInstallsStream>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let WatchInstallsRequest { project, server, install } = request.into_inner();
        let watch = async {
            let project = projects::get(&cx, &project).await?;
            if !install.is_empty() {
                required("server", &server)?;
            }
            let filter = installs::Filter {
                server: server_filter(&cx, &project, &server).await?,
                name: (!install.is_empty()).then_some(install),
                app: None,
            };
            Ok((watches::installs(&cx, project.uid, filter)?, project))
        };
        let (watch, project) = watch.await.map_err(status)?;
        Ok(Response::new(items(Watched { watch, project })))
    }
}

async fn find(
    cx: &Ctx,
    project: &str,
    server: &str,
    install: &str,
) -> Result<(Arc<Project>, installs::Install), Error> {
    required("server", server)?;
    required("install", install)?;
    let project = projects::get(cx, project).await?;
    let install = installs::get(cx, project.uid, server, install).await?;
    Ok((project, install))
}

async fn start(
    cx: &Ctx,
    action: Action,
    (method, request_id, body): (&'static str, &str, Vec<u8>),
    (project, server, install): (&str, &str, &str),
) -> Result<Response<Job>, Status> {
    let started = async {
        let call = request_ids::Request::new(cx, method, request_id, &body)?;
        let (project, install) = find(cx, project, server, install).await?;
        let job = installs::start_action(cx, &install, action, &call).await?;
        let job = crate::fleet::jobs::get(cx, project.uid, job).await?;
        Ok(jobs::to_wire(&project, job))
    };
    started.await.map(Response::new).map_err(status)
}

/// The uid of the server that a list is narrowed to; none if it is not.
pub(super) async fn server_filter(
    cx: &Ctx,
    project: &Project,
    server: &str,
) -> Result<Option<purvey_contract::id::ServerUid>, Error> {
    if server.is_empty() {
        return Ok(None);
    }
    let found = crate::error::retrying!(servers::load(cx, project.uid, server))?;
    found.map(|found| Some(found.uid)).ok_or_else(|| Error::not_found("server", server))
}

fn new_install(wire: CreateInstallRequest) -> Result<NewInstall, Error> {
    let CreateInstallRequest {
        project: _,
        server,
        install,
        app,
        version,
        inputs,
        request_id: _,
        validate_only: _,
    } = wire;
    required("server", &server)?;
    required("app", &app)?;
    Ok(NewInstall { server, name: install, app, version, inputs: inputs_from_wire(inputs) })
}

fn batch_item(index: usize, wire: CreateInstallRequest) -> Result<NewInstall, Error> {
    if !wire.project.is_empty() || !wire.request_id.is_empty() || wire.validate_only {
        return Err(Error::invalid(
            format!("requests[{index}]"),
            "NOT_ALLOWED",
            "project, request_id and validate_only belong to the batch, not to its items",
        ));
    }
    new_install(wire).map_err(|error| match error {
        Error::Invalid(violations) => {
            let inside = |mut violation: crate::error::FieldViolation| {
                violation.field = format!("requests[{index}].{}", violation.field);
                violation
            };
            Error::Invalid(violations.into_iter().map(inside).collect())
        }
        other => other,
    })
}

/// An error as one item's status, with all its details.
fn rpc_status(error: Error) -> rpc::Status {
    let error = status(error);
    let plain = || rpc::Status {
        code: error.code().into(),
        message: error.message().to_owned(),
        details: Vec::new(),
    };
    // tonic carries the whole google.rpc.Status, encoded, as its details.
    rpc::Status::decode(error.details()).ok().filter(|whole| whole.code != 0).unwrap_or_else(plain)
}

fn patch(wire: &UpdateInstallRequest) -> Result<Patch, Error> {
    let mask = wire.update_mask.as_ref().map(|mask| mask.paths.as_slice()).unwrap_or_default();
    for path in mask {
        if !matches!(path.as_str(), "version" | "inputs" | "*") {
            let message = format!("`{path}` cannot be changed; `version` and `inputs` can");
            return Err(Error::invalid("update_mask", "UNKNOWN_PATH", message));
        }
    }
    let named = |name: &str, is_set: bool| {
        if mask.is_empty() { is_set } else { mask.iter().any(|path| path == name || path == "*") }
    };
    Ok(Patch {
        version: named("version", !wire.version.is_empty()).then(|| wire.version.clone()),
        inputs: named("inputs", wire.inputs.is_some()).then(|| inputs_from_wire(wire.inputs.clone())),
        allow_downgrade: wire.allow_downgrade,
    })
}

/// What `validate_only` answers: the install as it was asked for, which does not exist.
fn proposed(project: &Project, new: NewInstall) -> Install {
    Install {
        install: if new.name.is_empty() { new.app.clone() } else { new.name },
        project: project.name.to_string(),
        server: new.server,
        app: new.app,
        version: new.version,
        desired_state: DesiredState::Present.into(),
        ..Install::default()
    }
}

/// A watch with what its answers need.
struct Watched {
    watch: watches::InstallWatch,
    project: Arc<Project>,
}

impl Source for Watched {
    type Item = WatchInstallsResponse;

    async fn more(&mut self) -> Result<Option<Vec<WatchInstallsResponse>>, Status> {
        let news = self.watch.next().await.map_err(status)?;
        Ok(Some(news.into_iter().map(|said| said_to_wire(&self.project, said)).collect()))
    }
}

fn said_to_wire(project: &Project, said: Said<installs::Install>) -> WatchInstallsResponse {
    use watch_installs_response::Event;
    let event = match said {
        Said::Is(install) => Event::Install(to_wire(project, install, Generated::new())),
        Said::Gone(uid) => Event::DeletedUid(uid.to_string()),
        Said::Synced => Event::Synced(Synced {}),
    };
    WatchInstallsResponse { event: Some(event) }
}

fn created_to_wire(project: &Project, created: Created) -> Install {
    let Created { install, generated, withheld } = created;
    Install { withheld_inputs: withheld, ..to_wire(project, install, generated) }
}

fn to_wire(project: &Project, install: installs::Install, generated: Generated) -> Install {
    let etag = install.etag();
    let installs::Install {
        uid,
        name,
        project: _,
        server_uid: _,
        server,
        publisher,
        app,
        version,
        inputs,
        sensitive_inputs,
        present,
        generation,
        observed_generation,
        observed,
        observed_version,
        outputs,
        job,
        reconciling,
        created_at,
        updated_at,
        deleted_at: _,
    } = install;
    let desired_state = if present { DesiredState::Present } else { DesiredState::Absent };
    let observed_state = match observed {
        None => ObservedState::Pending,
        Some(Observed::Ready) => ObservedState::Ready,
        Some(Observed::Failed) => ObservedState::Failed,
        Some(Observed::Degraded) => ObservedState::Degraded,
        Some(Observed::Unknown) => ObservedState::Unknown,
        Some(Observed::Absent) => ObservedState::Absent,
    };
    Install {
        install: name,
        uid: uid.to_string(),
        project: project.name.to_string(),
        server,
        app,
        publisher,
        version,
        inputs: Some(inputs_to_wire(&inputs)),
        sensitive_inputs,
        desired_state: desired_state.into(),
        generation,
        observed_generation,
        observed_state: observed_state.into(),
        observed_version,
        reconciling,
        job: job.to_string(),
        etag,
        create_time: Some(timestamp(created_at)),
        update_time: Some(timestamp(updated_at)),
        outputs: outputs.into_iter().collect(),
        generated_inputs: generated.into_iter().map(|(name, secret)| (name, secret.to_string())).collect(),
        withheld_inputs: Vec::new(),
    }
}
