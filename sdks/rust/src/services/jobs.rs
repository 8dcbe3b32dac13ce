use futures_util::stream::Stream;
use purvey_proto::v1::job_service_client::JobServiceClient;
use purvey_proto::v1::{
    CancelJobRequest, ExportReceiptRequest, GetJobRequest, GetReceiptRequest, Job, ListJobsRequest,
    ListJobsResponse, LogLine, ReadLogsRequest, Receipt, ReceiptExport, RetryJobRequest,
};

use super::unary;
use crate::client::Client;
use crate::error::Error;
use crate::follow::{self, Followed};
use crate::mutation::with_request_id;
use crate::pages::pages;
use crate::wait;

/// The work that installs cause (`purvey.v1.JobService`).
#[derive(Clone, Debug)]
pub struct Jobs(pub(crate) Client);

impl Jobs {
    /// One job.
    pub async fn get(&self, request: GetJobRequest) -> Result<Job, Error> {
        unary!(self.0, JobServiceClient.get_job, request)
    }

    /// One page of jobs.
    pub async fn list(&self, request: ListJobsRequest) -> Result<ListJobsResponse, Error> {
        unary!(self.0, JobServiceClient.list_jobs, request)
    }

    /// All jobs, newest first, page by page.
    pub fn list_all(&self, request: ListJobsRequest) -> impl Stream<Item = Result<Job, Error>> + use<> {
        let jobs = self.clone();
        pages(request, move |request| {
            let jobs = jobs.clone();
            async move { jobs.list(request).await }
        })
    }

    /// Asks for a job's end.
    pub async fn cancel(&self, request: CancelJobRequest) -> Result<Job, Error> {
        unary!(self.0, JobServiceClient.cancel_job, with_request_id(request)?)
    }

    /// Makes a new job for the current generation of an ended job's install.
    pub async fn retry(&self, request: RetryJobRequest) -> Result<Job, Error> {
        unary!(self.0, JobServiceClient.retry_job, with_request_id(request)?)
    }

    /// The job's state now and after every change, until it is terminal. Survives cut connections and restarts of the
    /// control plane; says so in between. States may merge.
    pub fn watch(
        &self,
        project: &str,
        job: &str,
    ) -> impl Stream<Item = Result<Followed<Job>, Error>> + use<> {
        follow::job(self.0.clone(), project.to_owned(), job.to_owned())
    }

    /// Waits until the job has ended. A bad end is no error: look at the state.
    pub async fn wait(&self, project: &str, job: &str) -> Result<Job, Error> {
        wait::for_job(self.0.clone(), project.to_owned(), job.to_owned()).await
    }

    /// A job's output after the request's cursor: each line once and in order, over cut connections and restarts of the
    /// control plane. With `follow` it ends when the job has ended and all its output was said, else with the present
    /// output.
    pub fn follow_logs(
        &self,
        request: ReadLogsRequest,
    ) -> impl Stream<Item = Result<Followed<LogLine>, Error>> + use<> {
        follow::logs(self.0.clone(), request)
    }

    /// What a job's receipt says.
    pub async fn receipt(&self, request: GetReceiptRequest) -> Result<Receipt, Error> {
        unary!(self.0, JobServiceClient.get_receipt, request)
    }

    /// All that is needed to verify a job's receipt off-line.
    pub async fn export_receipt(&self, request: ExportReceiptRequest) -> Result<ReceiptExport, Error> {
        unary!(self.0, JobServiceClient.export_receipt, request)
    }
}
