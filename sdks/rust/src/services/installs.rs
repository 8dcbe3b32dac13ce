use futures_util::stream::Stream;
use purvey_proto::v1::install_service_client::InstallServiceClient;
use purvey_proto::v1::{
    BackupInstallRequest, BatchCreateInstallsRequest, BatchCreateInstallsResponse, CreateInstallRequest,
    DeleteInstallRequest, GetInstallRequest, Install, Job, ListInstallsRequest, ListInstallsResponse,
    PlanInstallRequest, PlanInstallResponse, RestoreInstallRequest, UpdateInstallRequest,
    VerifyInstallRequest,
};

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::mutation::with_request_id;
use crate::pages::pages;
use crate::wait;

/// What should be where (`purvey.v1.InstallService`).
#[derive(Clone, Debug)]
pub struct Installs(pub(crate) Client);

impl Installs {
    /// What a create or update would do.
    pub async fn plan(&self, request: PlanInstallRequest) -> Result<PlanInstallResponse, Error> {
        unary!(self.0, InstallServiceClient.plan_install, request)
    }

    /// Makes an install and its job, and answers before the job has run.
    pub async fn create(&self, request: CreateInstallRequest) -> Result<Install, Error> {
        unary!(self.0, InstallServiceClient.create_install, with_request_id(request)?)
    }

    /// Makes an install and waits until its job has ended, for as long as that takes. A job that ended badly is no
    /// error: look at its state.
    pub async fn install_and_wait(&self, request: CreateInstallRequest) -> Result<(Install, Job), Error> {
        let made = self.create(request).await?;
        let job = wait::for_job(self.0.clone(), made.project.clone(), made.job.clone()).await?;
        let request = GetInstallRequest { project: made.project, server: made.server, install: made.install };
        Ok((self.get(request).await?, job))
    }

    /// Makes up to 1,000 installs in one transaction, with one status for each.
    pub async fn batch_create(
        &self,
        request: BatchCreateInstallsRequest,
    ) -> Result<BatchCreateInstallsResponse, Error> {
        unary!(self.0, InstallServiceClient.batch_create_installs, with_request_id(request)?)
    }

    /// One install.
    pub async fn get(&self, request: GetInstallRequest) -> Result<Install, Error> {
        unary!(self.0, InstallServiceClient.get_install, request)
    }

    /// One page of installs.
    pub async fn list(&self, request: ListInstallsRequest) -> Result<ListInstallsResponse, Error> {
        unary!(self.0, InstallServiceClient.list_installs, request)
    }

    /// All installs, page by page.
    pub fn list_all(
        &self,
        request: ListInstallsRequest,
    ) -> impl Stream<Item = Result<Install, Error>> + use<> {
        let installs = self.clone();
        pages(request, move |request| {
            let installs = installs.clone();
            async move { installs.list(request).await }
        })
    }

    /// Changes an install's version or inputs.
    pub async fn update(&self, request: UpdateInstallRequest) -> Result<Install, Error> {
        unary!(self.0, InstallServiceClient.update_install, with_request_id(request)?)
    }

    /// Wants the app gone.
    pub async fn delete(&self, request: DeleteInstallRequest) -> Result<Install, Error> {
        unary!(self.0, InstallServiceClient.delete_install, with_request_id(request)?)
    }

    /// Checks that the app works.
    pub async fn verify(&self, request: VerifyInstallRequest) -> Result<Job, Error> {
        unary!(self.0, InstallServiceClient.verify_install, with_request_id(request)?)
    }

    /// Backs the app's data up.
    pub async fn backup(&self, request: BackupInstallRequest) -> Result<Job, Error> {
        unary!(self.0, InstallServiceClient.backup_install, with_request_id(request)?)
    }

    /// Restores the app's data.
    pub async fn restore(&self, request: RestoreInstallRequest) -> Result<Job, Error> {
        unary!(self.0, InstallServiceClient.restore_install, with_request_id(request)?)
    }
}
