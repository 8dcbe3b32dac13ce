//! A control plane on loopback over a database of its own, and callers with every right in it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use control_plane::app::{App, Roles};
use control_plane::config::Config;
use control_plane::ctx::Ctx;
use control_plane::registry::{self, Found, publishers};
use purvey_contract::dsse::KeyId;
use purvey_contract::receipt::{LogChain, Outcome};
use purvey_proto::google::protobuf::value::Kind;
use purvey_proto::google::protobuf::{Struct, Value};
use purvey_proto::v1::app_service_client::AppServiceClient;
use purvey_proto::v1::identity_service_client::IdentityServiceClient;
use purvey_proto::v1::install_service_client::InstallServiceClient;
use purvey_proto::v1::job_service_client::JobServiceClient;
use purvey_proto::v1::registry_service_client::RegistryServiceClient;
use purvey_proto::v1::server_service_client::ServerServiceClient;
use purvey_proto::v1::{
    CreateInstallRequest, CreateJoinTokenRequest, GetInstallRequest, GetJobRequest, Install, Job, JobState,
    ReadLogsRequest,
};
use sqlx::postgres::PgPoolOptions;
use sqlx::{ConnectOptions as _, PgPool};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::database;
use crate::publishing::{document_of, packed, vouched};
use crate::scripted_agent::{Offered, Report, ScriptedAgent};

pub(crate) const HELLO: &str = r#"
id: hello
name: Hello
version: 1.0.0
publisher: test
release: 1
description: Says hello.
category: test
author: Test
inputs:
  - {name: title, type: string, label: Title, required: true}
  - {name: port, type: port, label: Port, default: 80}
  - {name: password, type: password, label: Password}
install_script: install.sh
uninstall_script: uninstall.sh
verify_script: verify.sh
timeout_seconds: 60
idempotent: true
retry: {max_attempts: 2, initial_seconds: 1, max_seconds: 1}
"#;

/// A running control plane.
pub(crate) struct TestApp {
    config: String,
    folder: tempfile::TempDir,
    db: PgPool,
    running: Option<Running>,
    addresses: control_plane::app::Addresses,
    fleet_root: KeyId,
    key: MetadataValue<Ascii>,
}

struct Running {
    cx: Ctx,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl TestApp {
    /// Starts one over a new database.
    pub(crate) async fn start() -> Self {
        let database = database::fresh().await;
        Self::start_over(database.to_url_lossy().as_str()).await
    }

    /// Starts one over this database, which is empty or migrated.
    pub(crate) async fn start_over(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "[database]\nurl = '{url}'\nmax_connections = 8\n\
             [api]\nlisten = '127.0.0.1:0'\nplaintext = true\n\
             [agents]\nlisten = '127.0.0.1:0'\nadvertise = 'localhost:5443'\n\
             [ops]\nlisten = '127.0.0.1:0'\n\
             [fleet]\ntrust_domain = 'test.example'\n\
             [kms]\nkey_file = '{}'\n\
             [bootstrap]\ntoken_file = '{}'\n\
             [timings]\ndrain_seconds = 2\n",
            at("kms.key"),
            at("bootstrap-token"),
        );
        let (running, addresses, fleet_root) = run(&config).await;
        let token = std::fs::read_to_string(folder.path().join("bootstrap-token")).unwrap();
        let db = PgPoolOptions::new().max_connections(3).connect_lazy(url).unwrap();
        let mut app = Self {
            config,
            folder,
            db,
            running: Some(running),
            addresses,
            fleet_root,
            key: bearer(token.trim()),
        };
        let made = purvey_proto::v1::identity_service_client::IdentityServiceClient::with_interceptor(
            app.channel(),
            Bearer(app.key.clone()),
        )
        .create_api_key(purvey_proto::v1::CreateApiKeyRequest {
            display_name: "tests".to_owned(),
            role: "admin".to_owned(),
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
        app.key = bearer(&made.secret);
        publishers::import(app.cx(), &document_of(1)).await.unwrap();
        app
    }

    /// Ends it in good form and starts it again on the same addresses.
    pub(crate) async fn restart(&mut self) {
        let running = self.running.take().unwrap();
        let _ = running.stop.send(());
        running.task.await.unwrap();
        let fixed = self
            .config
            .replacen("127.0.0.1:0", &self.addresses.api.unwrap().to_string(), 1)
            .replacen("127.0.0.1:0", &self.addresses.agents.unwrap().to_string(), 1);
        let (running, addresses, _) = run(&fixed).await;
        self.running = Some(running);
        self.addresses = addresses;
    }

    /// Puts an app into the catalogue that takes a title, a port and a password.
    pub(crate) async fn publish_hello(&self) {
        self.publish(HELLO).await;
    }

    /// Puts an app into the catalogue whose scripts do nothing.
    pub(crate) async fn publish(&self, manifest: &str) {
        let nothing = "#!/bin/bash\nexit 0\n";
        self.publish_with(
            manifest,
            &[("install.sh", nothing), ("uninstall.sh", nothing), ("verify.sh", nothing)],
        )
        .await;
    }

    /// Puts an app with these scripts into the catalogue.
    pub(crate) async fn publish_with(&self, manifest: &str, scripts: &[(&str, &str)]) {
        let bundle = packed(manifest, scripts);
        let statement = vouched(&bundle);
        let imported = registry::import(self.cx(), bundle.archive, statement).await.unwrap();
        assert!(!matches!(imported.found, Found::Refused(_)), "{imported:?}");
    }

    /// A join token for a server of that id.
    pub(crate) async fn join_token(&self, server: &str) -> String {
        let request = CreateJoinTokenRequest { server: server.to_owned(), ..Default::default() };
        self.servers().create_join_token(request).await.unwrap().into_inner().token
    }

    /// A scripted agent on a new server.
    pub(crate) async fn enrolled(&self, server: &str) -> ScriptedAgent {
        let token = self.join_token(server).await;
        ScriptedAgent::enroll(self.agents_address(), &token).await.unwrap()
    }

    /// Makes an install of `hello`.
    pub(crate) async fn create_hello(&self, server: &str, values: &[(&str, serde_json::Value)]) -> Install {
        let request = CreateInstallRequest {
            server: server.to_owned(),
            app: "hello".to_owned(),
            inputs: inputs(values),
            ..Default::default()
        };
        self.installs().create_install(request).await.unwrap().into_inner()
    }

    /// Plays an agent's part in one job, to its end.
    pub(crate) async fn run(
        &self,
        agent: &mut ScriptedAgent,
        report: &mut Report,
        outcome: Outcome,
        exit_code: Option<i32>,
    ) -> Offered {
        let job = agent.poll().await.unwrap().into_iter().next().expect("a job within ten seconds");
        report.accepted(&job);
        assert!(!report.accepted_ack().await);
        report.receipt(&job, agent.receipt(&job, outcome, exit_code, &LogChain::default()));
        report.receipt_ack().await.unwrap();
        job
    }

    pub(crate) async fn install(&self, server: &str, install: &str) -> Install {
        let request = GetInstallRequest {
            server: server.to_owned(),
            install: install.to_owned(),
            ..Default::default()
        };
        self.installs().get_install(request).await.unwrap().into_inner()
    }

    pub(crate) async fn job(&self, job: &str) -> Job {
        self.jobs()
            .get_job(GetJobRequest { job: job.to_owned(), ..Default::default() })
            .await
            .unwrap()
            .into_inner()
    }

    /// What an attempt's receipt says.
    pub(crate) async fn receipt(&self, job: &str, attempt: u32) -> purvey_proto::v1::Receipt {
        let request =
            purvey_proto::v1::GetReceiptRequest { job: job.to_owned(), attempt, ..Default::default() };
        self.jobs().get_receipt(request).await.unwrap().into_inner()
    }

    /// Waits until a job is in that state.
    pub(crate) async fn wait_for(&self, job: &str, state: JobState) -> Job {
        for _ in 0..200 {
            let now = self.job(job).await;
            if now.state() == state {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("job {job} is {:?}, not {state:?}", self.job(job).await.state());
    }

    /// All of an ended job's output after a cursor: cursors and texts.
    pub(crate) async fn logs(&self, job: &str, after: &str) -> Vec<(String, String)> {
        self.read_logs(job, after, true).await
    }

    /// What there is now of a job's output.
    pub(crate) async fn logs_now(&self, job: &str) -> Vec<(String, String)> {
        self.read_logs(job, "", false).await
    }

    async fn read_logs(&self, job: &str, after: &str, follow: bool) -> Vec<(String, String)> {
        let request =
            ReadLogsRequest { job: job.to_owned(), after: after.to_owned(), follow, ..Default::default() };
        let mut stream = self.jobs().read_logs(request).await.unwrap().into_inner();
        let mut lines = Vec::new();
        while let Some(page) = stream.message().await.unwrap() {
            lines.extend(page.lines.into_iter().map(|line| (line.cursor, line.text)));
        }
        lines
    }

    /// Moves the database's clock forward for this control plane, for good.
    pub(crate) async fn pass(&self, seconds: u32) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "CREATE OR REPLACE FUNCTION purvey_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
             AS 'SELECT clock_timestamp() + interval ''{seconds} seconds'''"
        )))
        .execute(&self.db)
        .await
        .unwrap();
    }

    pub(crate) fn apps(&self) -> AppServiceClient<InterceptedService<Channel, Bearer>> {
        AppServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    pub(crate) fn registry(&self) -> RegistryServiceClient<InterceptedService<Channel, Bearer>> {
        RegistryServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    pub(crate) fn identity(&self) -> IdentityServiceClient<InterceptedService<Channel, Bearer>> {
        IdentityServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    /// The same control plane for whoever shows this token.
    pub(crate) fn with_token(&self, token: &str) -> Caller {
        Caller { channel: self.channel(), bearer: Bearer(bearer(token)) }
    }

    /// The bootstrap token's file.
    pub(crate) fn bootstrap_file(&self) -> std::path::PathBuf {
        self.folder.path().join("bootstrap-token")
    }

    pub(crate) fn addresses(&self) -> control_plane::app::Addresses {
        self.addresses
    }

    pub(crate) fn installs(&self) -> InstallServiceClient<InterceptedService<Channel, Bearer>> {
        InstallServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    pub(crate) fn jobs(&self) -> JobServiceClient<InterceptedService<Channel, Bearer>> {
        JobServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    pub(crate) fn servers(&self) -> ServerServiceClient<InterceptedService<Channel, Bearer>> {
        ServerServiceClient::with_interceptor(self.channel(), Bearer(self.key.clone()))
    }

    pub(crate) fn channel(&self) -> Channel {
        let url = format!("http://{}", self.addresses.api.unwrap());
        Endpoint::from_shared(url).unwrap().connect_lazy()
    }

    pub(crate) fn agents_address(&self) -> SocketAddr {
        self.addresses.agents.unwrap()
    }

    pub(crate) fn fleet_root(&self) -> KeyId {
        self.fleet_root
    }

    pub(crate) fn db(&self) -> &PgPool {
        &self.db
    }

    pub(crate) fn cx(&self) -> &Ctx {
        &self.running.as_ref().unwrap().cx
    }
}

async fn run(config: &str) -> (Running, control_plane::app::Addresses, KeyId) {
    let config = Config::from_text("test", config, []).unwrap();
    let app = App::start(&config, Roles::default()).await.unwrap();
    let addresses = app.addresses;
    let cx = Ctx::system(std::sync::Arc::clone(app.shared()));
    let fleet_root = cx.keys.fleet_root();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let shutdown = async { drop(stopped.await) };
        app.run_until(shutdown, std::future::pending()).await.unwrap();
    });
    (Running { cx, stop, task }, addresses, fleet_root)
}

/// Somebody else.
pub(crate) struct Caller {
    channel: Channel,
    bearer: Bearer,
}

impl Caller {
    pub(crate) fn registry(&self) -> RegistryServiceClient<InterceptedService<Channel, Bearer>> {
        RegistryServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn apps(&self) -> AppServiceClient<InterceptedService<Channel, Bearer>> {
        AppServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn identity(&self) -> IdentityServiceClient<InterceptedService<Channel, Bearer>> {
        IdentityServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn servers(&self) -> ServerServiceClient<InterceptedService<Channel, Bearer>> {
        ServerServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
}

/// Puts the API key into each call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

fn bearer(token: &str) -> MetadataValue<Ascii> {
    format!("Bearer {token}").parse().unwrap()
}

/// Inputs on the wire.
pub(crate) fn inputs(values: &[(&str, serde_json::Value)]) -> Option<Struct> {
    let kind = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Kind::StringValue(text.clone()),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap()),
        other => panic!("not used in tests: {other}"),
    };
    let field =
        |(name, value): &(&str, serde_json::Value)| ((*name).to_owned(), Value { kind: Some(kind(value)) });
    Some(Struct { fields: values.iter().map(field).collect() })
}

/// The fields that an error complains of, in order.
pub(crate) fn violated_fields(error: &Status) -> Vec<String> {
    let details = error.get_error_details();
    let violations = details.bad_request().expect("field violations").field_violations.clone();
    violations.into_iter().map(|violation| violation.field).collect::<BTreeSet<_>>().into_iter().collect()
}
