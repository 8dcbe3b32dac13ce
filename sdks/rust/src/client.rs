//! The client, and how one call is made.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use purvey_proto::v1;
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};

use crate::connect::{Endpoint, EndpointError};
use crate::error::Error;
use crate::retry::RetryPolicy;
use crate::services::{Apps, Identity, Installs, Jobs, Registry, Servers};

/// What generated clients speak through: HTTP/2 over TLS with the bearer token on every call.
pub type Transport = InterceptedService<Channel, Bearer>;

/// A connection with one control plane. Cheap to clone; clones share the connection, which is made at the first call and
/// again whenever it was lost.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    settings: Arc<Settings>,
}

#[derive(Debug)]
struct Settings {
    deadline: Duration,
    retry: RetryPolicy,
    patience: Duration,
}

/// Puts the token on every call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(header) = &self.0 {
            request.metadata_mut().insert("authorization", header.clone());
        }
        Ok(request)
    }
}

impl Client {
    /// Checks the endpoint and reads its CA file. Must be called in a Tokio runtime. Nothing is sent before the first
    /// call.
    pub fn connect(endpoint: &Endpoint) -> Result<Self, EndpointError> {
        let bearer = match &endpoint.token {
            None => None,
            Some(token) => {
                let mut header: MetadataValue<Ascii> =
                    format!("Bearer {}", token.expose_secret()).parse().map_err(|_| EndpointError::Token)?;
                header.set_sensitive(true);
                Some(header)
            }
        };
        Ok(Self {
            transport: InterceptedService::new(endpoint.channel()?, Bearer(bearer)),
            settings: Arc::new(Settings {
                deadline: endpoint.deadline,
                retry: endpoint.retry.clone(),
                patience: endpoint.patience,
            }),
        })
    }

    /// The catalogue.
    pub fn apps(&self) -> Apps {
        Apps(self.clone())
    }

    /// The fleet and its join tokens.
    pub fn servers(&self) -> Servers {
        Servers(self.clone())
    }

    /// What should be where.
    pub fn installs(&self) -> Installs {
        Installs(self.clone())
    }

    /// The work that installs cause.
    pub fn jobs(&self) -> Jobs {
        Jobs(self.clone())
    }

    /// Bundles and publishers.
    pub fn registry(&self) -> Registry {
        Registry(self.clone())
    }

    /// Who calls, and API keys.
    pub fn identity(&self) -> Identity {
        Identity(self.clone())
    }

    /// The generated clients: no deadline, no retry, no request id, errors as `tonic::Status`.
    pub fn raw(&self) -> Raw {
        Raw { transport: self.transport.clone() }
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.settings.retry
    }

    pub(crate) fn patience(&self) -> Duration {
        self.settings.patience
    }

    /// Makes a unary call within the deadline, repeated as the policy says.
    pub(crate) async fn call<Q, R, F, Fut>(&self, request: Q, send: F) -> Result<R, Error>
    where
        Q: Clone,
        F: Fn(Transport, Request<Q>) -> Fut,
        Fut: Future<Output = Result<Response<R>, Status>>,
    {
        self.call_within(self.settings.deadline, request, send).await
    }

    /// The same within this time.
    pub(crate) async fn call_within<Q, R, F, Fut>(
        &self,
        deadline: Duration,
        request: Q,
        send: F,
    ) -> Result<R, Error>
    where
        Q: Clone,
        F: Fn(Transport, Request<Q>) -> Fut,
        Fut: Future<Output = Result<Response<R>, Status>>,
    {
        let ends = Instant::now() + deadline;
        let mut backoff = self.settings.retry.backoff();
        let mut attempt = 1;
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            let mut request = Request::new(request.clone());
            request.set_timeout(left);
            let error = match tokio::time::timeout(left, send(self.transport.clone(), request)).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => Error::from(status),
                Err(_) => return Err(Error::new(Code::DeadlineExceeded, "no answer in time")),
            };
            let pause = backoff.pause(error.retry_after());
            if !error.is_retryable()
                || attempt >= self.settings.retry.max_attempts
                || Instant::now() + pause >= ends
            {
                return Err(error);
            }
            attempt += 1;
            tokio::time::sleep(pause).await;
        }
    }

    /// Opens a server stream. The deadline covers the opening only.
    pub(crate) async fn open<Q, R, F, Fut>(&self, request: Q, send: F) -> Result<tonic::Streaming<R>, Error>
    where
        F: FnOnce(Transport, Request<Q>) -> Fut,
        Fut: Future<Output = Result<Response<tonic::Streaming<R>>, Status>>,
    {
        match tokio::time::timeout(
            self.settings.deadline,
            send(self.transport.clone(), Request::new(request)),
        )
        .await
        {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(Error::from(status)),
            Err(_) => Err(Error::new(Code::Unavailable, "no answer in time")),
        }
    }
}

/// The generated clients of one connection.
#[derive(Clone, Debug)]
pub struct Raw {
    transport: Transport,
}

impl Raw {
    /// `purvey.v1.AppService`.
    pub fn apps(&self) -> v1::app_service_client::AppServiceClient<Transport> {
        v1::app_service_client::AppServiceClient::new(self.transport.clone())
    }

    /// `purvey.v1.ServerService`.
    pub fn servers(&self) -> v1::server_service_client::ServerServiceClient<Transport> {
        v1::server_service_client::ServerServiceClient::new(self.transport.clone())
    }

    /// `purvey.v1.InstallService`.
    pub fn installs(&self) -> v1::install_service_client::InstallServiceClient<Transport> {
        v1::install_service_client::InstallServiceClient::new(self.transport.clone())
    }

    /// `purvey.v1.JobService`.
    pub fn jobs(&self) -> v1::job_service_client::JobServiceClient<Transport> {
        v1::job_service_client::JobServiceClient::new(self.transport.clone())
    }

    /// `purvey.v1.RegistryService`.
    pub fn registry(&self) -> v1::registry_service_client::RegistryServiceClient<Transport> {
        v1::registry_service_client::RegistryServiceClient::new(self.transport.clone())
    }

    /// `purvey.v1.IdentityService`.
    pub fn identity(&self) -> v1::identity_service_client::IdentityServiceClient<Transport> {
        v1::identity_service_client::IdentityServiceClient::new(self.transport.clone())
    }
}
