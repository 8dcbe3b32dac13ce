//! `purvey.v1.JobService`.

use std::sync::Arc;

use prost::Message as _;
use purvey_contract::action::Action;
use purvey_proto::agent::{LogChunkPayload, LogStream as ChunkStream};
use purvey_proto::v1::job_service_server::JobService;
use purvey_proto::v1::{
    CancelJobRequest, ExportReceiptRequest, GetJobRequest, GetReceiptRequest, Job, JobAction, JobState,
    ListJobsRequest, ListJobsResponse, LogLine, LogStream, ReadLogsRequest, ReadLogsResponse, Receipt,
    ReceiptExport, RetryJobRequest, Synced, WatchJobsRequest, WatchJobsResponse, watch_jobs_response,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::installs::server_filter;
use super::streams::{Items, Source, items};
use crate::api::authn;
use crate::api::status::status;
use crate::api::wire::{required, timestamp, uuid};
use crate::ctx::Shared;
use crate::error::Error;
use crate::fleet::job_state::{Final, Live, State};
use crate::fleet::logs::{self, Cursor, Next, StoredChunk};
use crate::fleet::projects::{self, Project};
use crate::fleet::receipts::{self, StoredReceipt};
use crate::fleet::watches::{self, Said};
use crate::fleet::{installs, jobs, pages, request_ids};

/// The service.
pub(crate) struct Jobs(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl JobService for Jobs {
    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetJobRequest { project, job } = request.into_inner();
        let found = async {
            let project = projects::get(&cx, &project).await?;
            Ok(to_wire(&project, jobs::get(&cx, project.uid, uuid("job", &job)?).await?))
        };
        found.await.map(Response::new).map_err(status)
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ListJobsRequest { project, server, install, states, page_size, page_token } =
            request.into_inner();
        let listed = async {
            let project = projects::get(&cx, &project).await?;
            let question = format!("jobs {} {server} {install} {states:?}", project.uid);
            let size = pages::size(page_size)?;
            let before = pages::cursor::<uuid::Uuid>(&cx.keys, &question, &page_token)?;
            let mut filter =
                jobs::Filter { server: server_filter(&cx, &project, &server).await?, ..Default::default() };
            if !install.is_empty() {
                required("server", &server)?;
                filter.install = Some(installs::get(&cx, project.uid, &server, &install).await?.uid);
            }
            filter.states = states.into_iter().map(state_name).collect::<Result<_, _>>()?;
            let found = jobs::list(&cx, project.uid, &filter, before.map(Into::into), size + 1).await?;
            let page = pages::Page::cut(found, size, &cx.keys, &question, |last| last.id);
            let jobs = page.items.into_iter().map(|job| to_wire(&project, job)).collect();
            Ok(ListJobsResponse { jobs, next_page_token: page.next })
        };
        listed.await.map(Response::new).map_err(status)
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let cancelled = async {
            let call = request_ids::Request::new(
                &cx,
                "JobService.CancelJob",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let project = projects::get(&cx, &wire.project).await?;
            let job = jobs::cancel(&cx, project.uid, uuid("job", &wire.job)?, &call).await?;
            Ok(to_wire(&project, job))
        };
        cancelled.await.map(Response::new).map_err(status)
    }

    async fn retry_job(&self, request: Request<RetryJobRequest>) -> Result<Response<Job>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let wire = request.into_inner();
        let retried = async {
            let call = request_ids::Request::new(
                &cx,
                "JobService.RetryJob",
                &wire.request_id,
                &wire.encode_to_vec(),
            )?;
            let project = projects::get(&cx, &wire.project).await?;
            let job = jobs::retry(&cx, project.uid, uuid("job", &wire.job)?, &call).await?;
            Ok(to_wire(&project, job))
        };
        retried.await.map(Response::new).map_err(status)
    }

    type WatchJobsStream = Items<WatchJobsResponse>;

    async fn watch_jobs(
        &self,
        request: Request<WatchJobsRequest>,
    ) -> Result<Response<Self::WatchJobsStream>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let WatchJobsRequest { project, job, server } = request.into_inner();
        let watch = async {
            let project = projects::get(&cx, &project).await?;
            let mut filter =
                jobs::Filter { server: server_filter(&cx, &project, &server).await?, ..Default::default() };
            if !job.is_empty() {
                filter.job = Some(jobs::get(&cx, project.uid, uuid("job", &job)?).await?.id);
            }
            Ok((watches::jobs(&cx, project.uid, filter)?, project))
        };
        let (watch, project) = watch.await.map_err(status)?;
        Ok(Response::new(items(Watched { watch, project })))
    }

    type ReadLogsStream = Items<ReadLogsResponse>;

    async fn read_logs(
        &self,
        request: Request<ReadLogsRequest>,
    ) -> Result<Response<Self::ReadLogsStream>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ReadLogsRequest { project, job, follow, after } = request.into_inner();
        let reader = async {
            let project = projects::get(&cx, &project).await?;
            let after = if after.is_empty() { Cursor::default() } else { after.parse()? };
            logs::read(&cx, project.uid, uuid("job", &job)?, after, follow).await
        };
        let reader = reader.await.map_err(status)?;
        Ok(Response::new(items(reader)))
    }

    async fn get_receipt(&self, request: Request<GetReceiptRequest>) -> Result<Response<Receipt>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let GetReceiptRequest { project, job, attempt } = request.into_inner();
        let found = async {
            let project = projects::get(&cx, &project).await?;
            Ok(receipt(receipts::get(&cx, project.uid, uuid("job", &job)?, attempt).await?))
        };
        found.await.map(Response::new).map_err(status)
    }

    async fn export_receipt(
        &self,
        request: Request<ExportReceiptRequest>,
    ) -> Result<Response<ReceiptExport>, Status> {
        let cx = authn::cx(&self.0, &request)?;
        let ExportReceiptRequest { project, job, attempt } = request.into_inner();
        let exported = async {
            let project = projects::get(&cx, &project).await?;
            receipts::export(&cx, project.uid, uuid("job", &job)?, attempt).await
        };
        let (receipt, trust_documents) = exported.await.map_err(status)?;
        Ok(Response::new(ReceiptExport {
            job_envelope: receipt.job_envelope,
            receipt: receipt.envelope,
            countersignature: receipt.countersignature,
            key_statement: receipt.key_statement,
            trust_documents,
        }))
    }
}

/// A watch with what its answers need.
struct Watched {
    watch: watches::JobWatch,
    project: Arc<Project>,
}

impl Source for Watched {
    type Item = WatchJobsResponse;

    async fn more(&mut self) -> Result<Option<Vec<WatchJobsResponse>>, Status> {
        let news = self.watch.next().await.map_err(status)?;
        Ok(Some(news.into_iter().map(|said| said_to_wire(&self.project, said)).collect()))
    }
}

impl Source for logs::Reader {
    type Item = ReadLogsResponse;

    async fn more(&mut self) -> Result<Option<Vec<ReadLogsResponse>>, Status> {
        let after = self.after();
        let Some(next) = self.next().await.map_err(status)? else { return Ok(None) };
        let responses = match next {
            Next::Chunks(chunks) => {
                let chunks = chunks.iter().map(|chunk| ReadLogsResponse { lines: lines(chunk, after) });
                chunks.filter(|response| !response.lines.is_empty()).collect()
            }
            Next::Incomplete(at) => vec![ReadLogsResponse { lines: vec![incomplete(at)] }],
        };
        Ok(Some(responses))
    }
}

fn said_to_wire(project: &Project, said: Said<jobs::Job>) -> WatchJobsResponse {
    use watch_jobs_response::Event;
    let event = match said {
        Said::Is(job) => Some(Event::Job(to_wire(project, job))),
        Said::Synced => Some(Event::Synced(Synced {})),
        // Jobs end; they are never gone.
        Said::Gone(_) => None,
    };
    WatchJobsResponse { event }
}

/// A chunk's lines that come after a cursor.
fn lines(chunk: &StoredChunk, after: Cursor) -> Vec<LogLine> {
    // What does not parse was checked when it came; it is shown as nothing rather than as an error for ever.
    let payload = LogChunkPayload::decode(chunk.payload.as_slice()).unwrap_or_default();
    let numbered = payload.lines.into_iter().zip(payload.first_line..);
    let is_new = |number: u64| Cursor { attempt: chunk.attempt, line: number } > after;
    numbered
        .filter(|(_, number)| is_new(*number))
        .map(|(line, number)| LogLine {
            cursor: Cursor { attempt: chunk.attempt, line: number }.to_string(),
            attempt: chunk.attempt,
            number,
            time: OffsetDateTime::from_unix_timestamp_nanos(i128::from(line.time_unix_micros) * 1000)
                .ok()
                .map(timestamp),
            stream: stream(line.stream()).into(),
            text: String::from_utf8_lossy(&line.text).into_owned(),
            continued: line.continued,
            dropped_bytes: line.dropped_bytes,
            incomplete: false,
        })
        .collect()
}

fn incomplete(at: Cursor) -> LogLine {
    LogLine { attempt: at.attempt, stream: LogStream::Agent.into(), incomplete: true, ..LogLine::default() }
}

fn stream(stream: ChunkStream) -> LogStream {
    match stream {
        ChunkStream::Unspecified => LogStream::Unspecified,
        ChunkStream::Stdout => LogStream::Stdout,
        ChunkStream::Stderr => LogStream::Stderr,
        ChunkStream::Agent => LogStream::Agent,
    }
}

fn state_name(state: i32) -> Result<&'static str, Error> {
    let state = JobState::try_from(state).unwrap_or_default();
    let found = Live::ALL
        .iter()
        .map(|live| State::Live(*live))
        .chain(Final::ALL.iter().map(|ended| State::Ended(*ended)))
        .find(|known| state_to_wire(*known) == state);
    found.map(State::as_str).ok_or_else(|| {
        Error::invalid("states", "UNKNOWN_VALUE", "a job state such as JOB_STATE_RUNNING is needed")
    })
}

fn state_to_wire(state: State) -> JobState {
    match state {
        State::Live(Live::Waiting) => JobState::Waiting,
        State::Live(Live::Queued) => JobState::Queued,
        State::Live(Live::Offered) => JobState::Offered,
        State::Live(Live::Running) => JobState::Running,
        State::Live(Live::Cancelling) => JobState::Cancelling,
        State::Ended(Final::Succeeded) => JobState::Succeeded,
        State::Ended(Final::Failed) => JobState::Failed,
        State::Ended(Final::Refused) => JobState::Refused,
        State::Ended(Final::Cancelled) => JobState::Cancelled,
        State::Ended(Final::Superseded) => JobState::Superseded,
        State::Ended(Final::Lost) => JobState::Lost,
    }
}

fn action_to_wire(action: Action) -> JobAction {
    match action {
        Action::Install => JobAction::Install,
        Action::Upgrade => JobAction::Upgrade,
        Action::Reconfigure => JobAction::Reconfigure,
        Action::Verify => JobAction::Verify,
        Action::Backup => JobAction::Backup,
        Action::Restore => JobAction::Restore,
        Action::Uninstall => JobAction::Uninstall,
    }
}

pub(super) fn to_wire(project: &Project, job: jobs::Job) -> Job {
    let jobs::Job {
        id,
        project: _,
        server_uid: _,
        server,
        install_uid,
        install,
        app,
        version,
        action,
        generation,
        state,
        attempt,
        max_attempts,
        ready_at,
        exit_code,
        reason_code,
        reason,
        progress_percent,
        progress_message,
        requested_by,
        retry_of,
        cancel_requested_at,
        created_at,
        started_at,
        ended_at,
        unreachable,
    } = job;
    Job {
        job: id.to_string(),
        project: project.name.to_string(),
        server,
        install,
        install_uid: install_uid.to_string(),
        app,
        version,
        action: action_to_wire(action).into(),
        generation,
        state: state_to_wire(state).into(),
        attempt,
        max_attempts,
        next_attempt_time: ready_at.map(timestamp),
        exit_code,
        reason,
        reason_code,
        progress_percent,
        progress_message,
        requested_by,
        retry_of: retry_of.map(|job| job.to_string()).unwrap_or_default(),
        cancel_requested_time: cancel_requested_at.map(timestamp),
        create_time: Some(timestamp(created_at)),
        start_time: started_at.map(timestamp),
        end_time: ended_at.map(timestamp),
        unreachable,
    }
}

fn receipt(stored: StoredReceipt) -> Receipt {
    let said = stored.receipt;
    Receipt {
        job: stored.job.to_string(),
        attempt: stored.attempt,
        server_uid: said.server.to_string(),
        incarnation: said.incarnation,
        outcome: said.outcome.as_str().to_owned(),
        exit_code: said.exit_code,
        reason_code: said.reason_code,
        reason: said.reason,
        start_time: Some(timestamp(said.started)),
        end_time: Some(timestamp(said.ended)),
        receive_time: Some(timestamp(stored.received_at)),
        log_chunks: said.log.chunks,
        log_digest: said.log.digest.to_string(),
        job_digest: said.job_digest.to_string(),
        sandbox_profile: said.sandbox.profile,
        sandbox_enforced: said.sandbox.enforced,
        sandbox_missing: said.sandbox.missing,
        // Nothing is stored whose signature was not good (`reports::verify_receipt`).
        verified: true,
    }
}
