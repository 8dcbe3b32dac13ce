//! A fake of the public API for tests of its clients: it speaks real gRPC over real sockets, holds one install and one
//! job, and fails when it is told to.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod registry;
mod services;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use purvey_proto::v1::{self, Job, JobState, LogLine, LogStream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Status};

/// The job that the fake holds.
pub(crate) const JOB: &str = "01935f3a-0000-7000-8000-000000000001";

/// The fake's state, shared by its services and the test.
#[derive(Clone)]
pub(crate) struct FakeApi(Arc<Shared>);

struct Shared {
    inner: Mutex<Inner>,
    /// Counts changes of `inner`, for streams to wait on.
    changes: watch::Sender<u64>,
    tasks: Mutex<JoinSet<()>>,
}

pub(crate) struct Inner {
    /// `Method authorization request_id` of each call, in order.
    pub(crate) calls: Vec<Call>,
    /// Answers of the next unary calls, in order, instead of the usual ones.
    pub(crate) failures: VecDeque<Status>,
    /// After how many lines the next log streams end with UNAVAILABLE.
    pub(crate) log_cuts: VecDeque<usize>,
    /// After how many lines the next log streams end in good form, as a proxy might do.
    pub(crate) log_stops: VecDeque<usize>,
    pub(crate) job: Job,
    pub(crate) lines: Vec<LogLine>,
    pub(crate) servers: Vec<v1::Server>,
    pub(crate) created: Option<v1::CreateInstallRequest>,
    /// Passwords that the next creates make up, and those that they withhold.
    pub(crate) generated: Vec<(String, String)>,
    pub(crate) withheld: Vec<String>,
    /// The last bundle that was pushed: its header, and how many bytes each piece had.
    pub(crate) pushed: Option<(v1::PushBundleHeader, Vec<usize>)>,
    /// What a pull gives: the size that its header says, and the pieces.
    pub(crate) bundle: (u64, Vec<Vec<u8>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) authorization: String,
    pub(crate) request_id: String,
}

impl FakeApi {
    pub(crate) fn new() -> Self {
        let job = Job {
            job: JOB.to_owned(),
            project: "default".to_owned(),
            server: "web-1".to_owned(),
            install: "nginx".to_owned(),
            app: "nginx".to_owned(),
            version: "1.0.0".to_owned(),
            action: v1::JobAction::Install as i32,
            state: JobState::Running as i32,
            attempt: 1,
            max_attempts: 3,
            ..Default::default()
        };
        let inner = Inner {
            calls: Vec::new(),
            failures: VecDeque::new(),
            log_cuts: VecDeque::new(),
            log_stops: VecDeque::new(),
            job,
            lines: Vec::new(),
            servers: Vec::new(),
            created: None,
            generated: Vec::new(),
            withheld: Vec::new(),
            pushed: None,
            bundle: (0, Vec::new()),
        };
        Self(Arc::new(Shared {
            inner: Mutex::new(inner),
            changes: watch::Sender::new(0),
            tasks: Mutex::default(),
        }))
    }

    /// Looks at the state, or changes it and wakes the streams.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.lock());
        self.0.changes.send_modify(|count| *count += 1);
        result
    }

    /// Adds a line of output.
    pub(crate) fn say(&self, text: &str) {
        self.with(|inner| {
            let number = inner.lines.len() as u64 + 1;
            inner.lines.push(LogLine {
                cursor: format!("1:{number}"),
                attempt: 1,
                number,
                stream: LogStream::Stdout as i32,
                text: text.to_owned(),
                ..Default::default()
            });
        });
    }

    /// Ends the job.
    pub(crate) fn end(&self, state: JobState, exit_code: Option<i32>) {
        self.with(|inner| {
            inner.job.state = state as i32;
            inner.job.exit_code = exit_code;
        });
    }

    pub(crate) fn methods(&self) -> Vec<&'static str> {
        self.lock().calls.iter().map(|call| call.method).collect()
    }

    /// Serves on a free port of the loopback, for as long as the runtime lives.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = tonic::transport::Server::builder()
            .add_service(v1::app_service_server::AppServiceServer::new(self.clone()))
            .add_service(v1::server_service_server::ServerServiceServer::new(self.clone()))
            .add_service(v1::install_service_server::InstallServiceServer::new(self.clone()))
            .add_service(v1::job_service_server::JobServiceServer::new(self.clone()))
            .add_service(v1::registry_service_server::RegistryServiceServer::new(self.clone()))
            .add_service(v1::identity_service_server::IdentityServiceServer::new(self.clone()));
        let served =
            async move { routes.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap() };
        self.0.tasks.lock().unwrap().spawn(served);
        address
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Notes the call, and fails it if that is planned.
    fn enter<T>(&self, method: &'static str, request: &Request<T>, request_id: &str) -> Result<(), Status> {
        let authorization = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let call = Call {
            method,
            authorization: authorization.unwrap_or_default().to_owned(),
            request_id: request_id.to_owned(),
        };
        let mut inner = self.lock();
        inner.calls.push(call);
        inner.failures.pop_front().map_or(Ok(()), Err)
    }
}
