//! The fake's answers.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use purvey_proto::v1::app_service_server::AppService;
use purvey_proto::v1::identity_service_server::IdentityService;
use purvey_proto::v1::install_service_server::InstallService;
use purvey_proto::v1::job_service_server::JobService;
use purvey_proto::v1::server_service_server::ServerService;
use purvey_proto::v1::watch_jobs_response::Event;
use purvey_proto::v1::*;
use purvey_sdk::is_terminal;
use tonic::{Request, Response, Status};

use super::{FakeApi, JOB};

type Answer<T> = Result<Response<T>, Status>;

/// Written out, because `async_trait` does not see into macros.
macro_rules! not_faked {
    ($($method:ident($request:ident) -> $response:ident;)*) => {$(
        fn $method<'s, 'f>(&'s self, _: Request<$request>) -> BoxFuture<'f, Answer<$response>>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(async { Err(Status::unimplemented(concat!("not faked: ", stringify!($method)))) })
        }
    )*};
}

fn known_app(app: &str) -> Result<(), Status> {
    match app {
        "nginx" => Ok(()),
        other => Err(Status::not_found(format!("there is no app `{other}`"))),
    }
}

fn nginx() -> App {
    App {
        app: "nginx".to_owned(),
        publisher: "purvey".to_owned(),
        display_name: "nginx".to_owned(),
        description: "Web server".to_owned(),
        latest_version: "1.0.0".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl AppService for FakeApi {
    /// Three apps in pages of one.
    async fn list_apps(&self, request: Request<ListAppsRequest>) -> Answer<ListAppsResponse> {
        self.enter("ListApps", &request, "")?;
        let page: usize = request.get_ref().page_token.parse().unwrap_or(0);
        let names = ["apache", "mysql", "nginx"];
        let app = App { app: names[page].to_owned(), ..nginx() };
        let next_page_token = if page + 1 < names.len() { (page + 1).to_string() } else { String::new() };
        Ok(Response::new(ListAppsResponse { apps: vec![app], next_page_token }))
    }

    async fn get_app(&self, request: Request<GetAppRequest>) -> Answer<App> {
        self.enter("GetApp", &request, "")?;
        known_app(&request.get_ref().app)?;
        Ok(Response::new(nginx()))
    }

    async fn get_app_version(&self, request: Request<GetAppVersionRequest>) -> Answer<AppVersion> {
        self.enter("GetAppVersion", &request, "")?;
        known_app(&request.get_ref().app)?;
        let field = |name: &str, r#type: &str, sensitive| InputField {
            name: name.to_owned(),
            r#type: r#type.to_owned(),
            sensitive,
            ..Default::default()
        };
        Ok(Response::new(AppVersion {
            app: "nginx".to_owned(),
            version: "1.0.0".to_owned(),
            release: 1,
            inputs: vec![field("server_name", "domain", false), field("admin_password", "password", true)],
            ..Default::default()
        }))
    }

    not_faked! {
        list_app_versions(ListAppVersionsRequest) -> ListAppVersionsResponse;
        validate_inputs(ValidateInputsRequest) -> ValidateInputsResponse;
    }
}

#[tonic::async_trait]
impl ServerService for FakeApi {
    async fn list_servers(&self, request: Request<ListServersRequest>) -> Answer<ListServersResponse> {
        self.enter("ListServers", &request, "")?;
        let servers = self.lock().servers.clone();
        Ok(Response::new(ListServersResponse { servers, next_page_token: String::new() }))
    }

    async fn create_join_token(&self, request: Request<CreateJoinTokenRequest>) -> Answer<JoinToken> {
        self.enter("CreateJoinToken", &request, &request.get_ref().request_id)?;
        Ok(Response::new(JoinToken {
            uid: JOB.to_owned(),
            token: "pvj.a.b.c.main".to_owned(),
            agents_address: "purvey.example:5443".to_owned(),
            ..Default::default()
        }))
    }

    not_faked! {
        get_server(GetServerRequest) -> Server;
        update_server(UpdateServerRequest) -> Server;
        evict_server(EvictServerRequest) -> Server;
        ban_server(BanServerRequest) -> Server;
        confirm_server(ConfirmServerRequest) -> Server;
        list_join_tokens(ListJoinTokensRequest) -> ListJoinTokensResponse;
        revoke_join_token(RevokeJoinTokenRequest) -> JoinToken;
    }
}

impl FakeApi {
    fn install(&self) -> Install {
        let inner = self.lock();
        let ready = inner.job.state() == JobState::Succeeded;
        Install {
            install: inner.job.install.clone(),
            project: "default".to_owned(),
            server: inner.job.server.clone(),
            app: "nginx".to_owned(),
            version: "1.0.0".to_owned(),
            job: JOB.to_owned(),
            reconciling: !is_terminal(inner.job.state()),
            observed_state: if ready { ObservedState::Ready } else { ObservedState::Pending } as i32,
            ..Default::default()
        }
    }
}

#[tonic::async_trait]
impl InstallService for FakeApi {
    type WatchInstallsStream = BoxStream<'static, Result<WatchInstallsResponse, Status>>;

    async fn create_install(&self, request: Request<CreateInstallRequest>) -> Answer<Install> {
        self.enter("CreateInstall", &request, &request.get_ref().request_id)?;
        known_app(&request.get_ref().app)?;
        let mut install = self.install();
        let mut inner = self.lock();
        inner.created = Some(request.into_inner());
        install.generated_inputs = inner.generated.iter().cloned().collect();
        install.withheld_inputs = inner.withheld.clone();
        drop(inner);
        Ok(Response::new(install))
    }

    async fn get_install(&self, request: Request<GetInstallRequest>) -> Answer<Install> {
        self.enter("GetInstall", &request, "")?;
        Ok(Response::new(self.install()))
    }

    async fn list_installs(&self, request: Request<ListInstallsRequest>) -> Answer<ListInstallsResponse> {
        self.enter("ListInstalls", &request, "")?;
        Ok(Response::new(ListInstallsResponse {
            installs: vec![self.install()],
            next_page_token: String::new(),
        }))
    }

    async fn watch_installs(&self, _: Request<WatchInstallsRequest>) -> Answer<Self::WatchInstallsStream> {
        Err(Status::unimplemented("not faked"))
    }

    not_faked! {
        plan_install(PlanInstallRequest) -> PlanInstallResponse;
        batch_create_installs(BatchCreateInstallsRequest) -> BatchCreateInstallsResponse;
        update_install(UpdateInstallRequest) -> Install;
        delete_install(DeleteInstallRequest) -> Install;
        verify_install(VerifyInstallRequest) -> Job;
        backup_install(BackupInstallRequest) -> Job;
        restore_install(RestoreInstallRequest) -> Job;
    }
}

#[tonic::async_trait]
impl JobService for FakeApi {
    type WatchJobsStream = BoxStream<'static, Result<WatchJobsResponse, Status>>;
    type ReadLogsStream = BoxStream<'static, Result<ReadLogsResponse, Status>>;

    async fn get_job(&self, request: Request<GetJobRequest>) -> Answer<Job> {
        self.enter("GetJob", &request, "")?;
        match request.get_ref().job.as_str() {
            JOB => Ok(Response::new(self.lock().job.clone())),
            other => Err(Status::not_found(format!("there is no job `{other}`"))),
        }
    }

    async fn list_jobs(&self, request: Request<ListJobsRequest>) -> Answer<ListJobsResponse> {
        self.enter("ListJobs", &request, "")?;
        Ok(Response::new(ListJobsResponse {
            jobs: vec![self.lock().job.clone()],
            next_page_token: String::new(),
        }))
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Answer<Job> {
        self.enter("CancelJob", &request, &request.get_ref().request_id)?;
        Ok(Response::new(self.lock().job.clone()))
    }

    async fn watch_jobs(&self, request: Request<WatchJobsRequest>) -> Answer<Self::WatchJobsStream> {
        self.enter("WatchJobs", &request, "")?;
        let first = self.lock().job.clone();
        let said = |event| Ok(WatchJobsResponse { event: Some(event) });
        let mut opening = Vec::new();
        if !is_terminal(first.state()) {
            opening.push(said(Event::Job(first.clone())));
        }
        opening.push(said(Event::Synced(Synced {})));
        let changes =
            stream::unfold((self.clone(), self.changes(), first), |(fake, mut changes, last)| async move {
                loop {
                    changes.changed().await.ok()?;
                    let job = fake.lock().job.clone();
                    if job != last {
                        let event = WatchJobsResponse { event: Some(Event::Job(job.clone())) };
                        return Some((Ok(event), (fake, changes, job)));
                    }
                }
            });
        Ok(Response::new(stream::iter(opening).chain(changes).boxed()))
    }

    async fn read_logs(&self, request: Request<ReadLogsRequest>) -> Answer<Self::ReadLogsStream> {
        self.enter("ReadLogs", &request, "")?;
        let request = request.into_inner();
        let after = request.after.rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let (cut, stop) = {
            let mut inner = self.lock();
            (inner.log_cuts.pop_front(), inner.log_stops.pop_front())
        };
        let reader = LogReader {
            fake: self.clone(),
            changes: self.changes(),
            next: after,
            left_to_cut: cut,
            left_to_stop: stop,
            follow: request.follow,
        };
        Ok(Response::new(stream::unfold(Some(reader), LogReader::next).boxed()))
    }

    not_faked! {
        retry_job(RetryJobRequest) -> Job;
        get_receipt(GetReceiptRequest) -> Receipt;
        export_receipt(ExportReceiptRequest) -> ReceiptExport;
    }
}

struct LogReader {
    fake: FakeApi,
    changes: tokio::sync::watch::Receiver<u64>,
    next: usize,
    left_to_cut: Option<usize>,
    left_to_stop: Option<usize>,
    follow: bool,
}

impl LogReader {
    async fn next(reader: Option<Self>) -> Option<(Result<ReadLogsResponse, Status>, Option<Self>)> {
        let mut reader = reader?;
        loop {
            if reader.left_to_cut == Some(0) {
                return Some((Err(Status::unavailable("the control plane restarts")), None));
            }
            if reader.left_to_stop == Some(0) {
                return None;
            }
            let (line, ended) = {
                let inner = reader.fake.lock();
                (inner.lines.get(reader.next).cloned(), is_terminal(inner.job.state()))
            };
            if let Some(line) = line {
                reader.next += 1;
                reader.left_to_cut = reader.left_to_cut.map(|left| left - 1);
                reader.left_to_stop = reader.left_to_stop.map(|left| left - 1);
                return Some((Ok(ReadLogsResponse { lines: vec![line] }), Some(reader)));
            }
            if ended || !reader.follow {
                return None;
            }
            reader.changes.changed().await.ok()?;
        }
    }
}

#[tonic::async_trait]
impl IdentityService for FakeApi {
    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Answer<WhoAmIResponse> {
        self.enter("WhoAmI", &request, "")?;
        match request.metadata().get("authorization").and_then(|value| value.to_str().ok()) {
            Some("Bearer pv_good") => {
                let principal = "key:good".to_owned();
                Ok(Response::new(WhoAmIResponse { principal, ..Default::default() }))
            }
            _ => Err(Status::unauthenticated("the token is not known")),
        }
    }

    async fn create_api_key(&self, request: Request<CreateApiKeyRequest>) -> Answer<ApiKey> {
        self.enter("CreateApiKey", &request, &request.get_ref().request_id)?;
        let CreateApiKeyRequest { role, display_name, .. } = request.into_inner();
        Ok(Response::new(ApiKey {
            id: "good".to_owned(),
            secret: "pv_good".to_owned(),
            role,
            display_name,
            ..Default::default()
        }))
    }

    not_faked! {
        list_api_keys(ListApiKeysRequest) -> ListApiKeysResponse;
        revoke_api_key(RevokeApiKeyRequest) -> ApiKey;
    }
}
