//! `purvey.agent.v1.AgentService`: how agents get work and tell what became of it.

use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use purvey_contract::dsse::{Envelope, PublicKey};
use purvey_contract::id::{Digest, JobId, Name, ServerUid};
use purvey_proto::agent::agent_service_server::AgentService;
use purvey_proto::agent::{
    AcceptedAck, AttemptRef, GetBundleRequest, GetBundleResponse, HeldPublisher, JobOffer, LogAck,
    LogChunkPayload, PollJobsRequest, PollJobsResponse, ReceiptAck, ReportGoAway, ReportOpened,
    ReportRequest, ReportResponse, report_request, report_response,
};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

use super::enrollment::{facts_from_wire, heartbeat_from_wire, negotiate};
use super::streams::{Items, Source, items};
use crate::api::peer;
use crate::api::status::status;
use crate::api::wire::uuid;
use crate::ctx::{Ctx, Shared};
use crate::error::Error;
use crate::fleet::dispatch::{Answer, Dispatcher};
use crate::fleet::heartbeats::Heartbeat;
use crate::fleet::leases::{Offer, Waiting};
use crate::fleet::reports::{self, Chunk, Control, ControlEvent, Reply, Reports};
use crate::fleet::sessions::{self, Agent, Opening};
use crate::fleet::{enrollment, servers};
use crate::registry::{self, publishers};

/// A poll is answered after this time, less up to an eighth of it, if nothing came.
const POLL: Duration = Duration::from_secs(240);
/// Unacknowledged bytes of output that an attempt may have.
const LOG_CREDIT_BYTES: u64 = 1 << 20;
/// Bytes of a bundle in one message.
const BUNDLE_PIECE: usize = 64 << 10;
/// Attempts that a poll may name.
const MAX_HELD: usize = 256;
/// Publishers that a poll may name.
const MAX_PUBLISHERS: usize = 256;
/// A job runs alone on its server: two package managers would fight.
const SLOTS: u32 = 1;

/// The service.
pub(crate) struct Agents {
    pub(crate) shared: Arc<Shared>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) reports: Reports,
}

#[tonic::async_trait]
impl AgentService for Agents {
    async fn poll_jobs(
        &self,
        request: Request<PollJobsRequest>,
    ) -> Result<Response<PollJobsResponse>, Status> {
        let (cx, agent) = self.caller(&request).await?;
        let poll = request.into_inner();
        let answered = async {
            let protocol_version = negotiate(poll.versions)?;
            let poll = Poll::try_from(poll)?;
            let sealing_proven = match &poll.sealing_proof {
                Some(proof) => enrollment::prove_sealing(&cx, agent.server, agent.incarnation, proof).await?,
                None => false,
            };
            if let Some(heartbeat) = &poll.heartbeat {
                cx.heartbeats.note(agent.server, heartbeat.clone());
            }
            if let Some(facts) = &poll.facts {
                servers::save_facts(&cx, agent.server, facts).await?;
            }
            let mut response = if poll.epoch == 0 {
                self.open(&cx, agent, &poll).await?
            } else {
                self.wait(&cx, agent, &poll).await?
            };
            response.protocol_version = protocol_version;
            response.trust_version = cx.keys.trust_version();
            response.sealing_proven = sealing_proven;
            // Read when the answer is there: a job must not overtake what its publisher has revoked.
            let news = publishers::trusted(&cx).await?;
            response.publisher_documents = news.news(&poll.publishers).map(Envelope::to_json).collect();
            Ok(response)
        };
        answered.await.map(Response::new).map_err(status)
    }

    type ReportStream = Items<ReportResponse>;

    async fn report(
        &self,
        request: Request<Streaming<ReportRequest>>,
    ) -> Result<Response<Self::ReportStream>, Status> {
        let (cx, agent) = self.caller(&request).await?;
        let mut uplink = request.into_inner();
        let first = uplink.message().await?.and_then(|message| message.event);
        let Some(report_request::Event::Open(open)) = first else {
            return Err(status(Error::invalid(
                "open",
                "REQUIRED",
                "the first message of the stream must be `open`",
            )));
        };
        let epoch = i64::try_from(open.session_epoch).unwrap_or(i64::MAX);
        let opened = async {
            if !sessions::is_current(&cx, agent.server, epoch).await? {
                return Err(sessions::replaced());
            }
            sessions::receipt_key(&cx, agent).await
        };
        let receipt_key = opened.await.map_err(status)?;
        let (replies, downlink) = mpsc::unbounded_channel();
        self.dispatcher.open_stream(agent.server, epoch, replies.clone());
        let line = Line {
            agent,
            receipt_key,
            reports: self.reports.clone(),
            uplink,
            downlink,
            open: OpenStream { dispatcher: self.dispatcher.clone(), server: agent.server, epoch, replies },
            greeting: Some(ReportOpened { log_credit_bytes: LOG_CREDIT_BYTES }),
        };
        // Whatever was asked for while no stream was open is said now.
        cx.waker.mark_dirty([agent.server]);
        Ok(Response::new(items(line)))
    }

    type GetBundleStream = Items<GetBundleResponse>;

    async fn get_bundle(
        &self,
        request: Request<GetBundleRequest>,
    ) -> Result<Response<Self::GetBundleStream>, Status> {
        let (cx, agent) = self.caller(&request).await?;
        let GetBundleRequest { digest, offset } = request.into_inner();
        let found = async {
            let digest = Digest::from_slice(&digest).ok_or_else(|| {
                Error::invalid("digest", "INVALID_DIGEST", "32 bytes of SHA-256 are needed")
            })?;
            registry::bundle_for_agent(&cx, digest, agent.server).await
        };
        let archive = found.await.map_err(status)?;
        let size = archive.len() as u64;
        let mut at = usize::try_from(offset).unwrap_or(usize::MAX).min(archive.len());
        let mut first = true;
        let pieces = std::iter::from_fn(move || {
            if at >= archive.len() && !std::mem::take(&mut first) {
                return None;
            }
            first = false;
            let end = archive.len().min(at + BUNDLE_PIECE);
            let data = archive.slice(at..end);
            at = end;
            Some(Ok(GetBundleResponse { size, data }))
        });
        Ok(Response::new(Box::pin(futures_util::stream::iter(pieces))))
    }
}

impl Agents {
    /// Who calls, by the certificate alone, and only while its incarnation lives.
    async fn caller<T>(&self, request: &Request<T>) -> Result<(Ctx, Agent), Status> {
        let peer = peer::identity(request)?;
        let cx = Ctx::system(Arc::clone(&self.shared));
        let agent = enrollment::check_incarnation(&cx, &peer).await.map_err(status)?;
        Ok((Ctx::new(Arc::clone(&self.shared), agent.principal()), agent))
    }

    async fn open(&self, cx: &Ctx, agent: Agent, poll: &Poll) -> Result<PollJobsResponse, Error> {
        let opening = Opening {
            journal_id: poll.journal_id.clone(),
            chain: poll.chain.clone(),
            held: poll.held.clone(),
            slots: SLOTS,
        };
        let opened = sessions::open(cx, agent, &opening).await?;
        Ok(PollJobsResponse {
            session_epoch: u64::try_from(opened.epoch).unwrap_or_default(),
            session_chain: opened.chain,
            cancels: opened.cancels.iter().map(attempt_ref).collect(),
            forget: opened.forget.iter().map(attempt_ref).collect(),
            facts_wanted: !servers::has_facts(cx, agent.server, &poll.facts_digest).await?,
            ..PollJobsResponse::default()
        })
    }

    async fn wait(&self, cx: &Ctx, agent: Agent, poll: &Poll) -> Result<PollJobsResponse, Error> {
        if !sessions::is_current(cx, agent.server, poll.epoch).await? {
            return Err(sessions::replaced());
        }
        let waiting = Waiting {
            server: agent.server,
            epoch: poll.epoch,
            free_slots: poll.free_slots,
            nonce: poll.nonce.clone(),
        };
        let answer = self.dispatcher.park(cx, waiting);
        let patience = POLL - POLL.mul_f64(cx.jitter() / 8.0);
        let jobs = match tokio::time::timeout(patience, answer).await {
            Ok(Ok(Answer::Jobs(offers))) => offers.into_iter().map(offer_to_wire).collect(),
            Ok(Ok(Answer::Replaced)) => return Err(sessions::replaced()),
            Ok(Ok(Answer::Ended)) => return Err(enrollment::ended(agent.server)),
            Ok(Ok(Answer::Draining)) => return Err(Error::Unavailable(None)),
            Ok(Err(_)) | Err(_) => Vec::new(),
        };
        let session_epoch = u64::try_from(poll.epoch).unwrap_or_default();
        Ok(PollJobsResponse { session_epoch, jobs, ..PollJobsResponse::default() })
    }
}

/// A poll, checked.
struct Poll {
    epoch: i64,
    nonce: Vec<u8>,
    journal_id: String,
    facts_digest: Vec<u8>,
    free_slots: u32,
    held: Vec<(JobId, u32)>,
    facts: Option<servers::Facts>,
    chain: Vec<u8>,
    heartbeat: Option<Heartbeat>,
    sealing_proof: Option<Vec<u8>>,
    publishers: Vec<(Name, u64)>,
}

impl TryFrom<PollJobsRequest> for Poll {
    type Error = Error;

    fn try_from(wire: PollJobsRequest) -> Result<Self, Error> {
        let PollJobsRequest {
            versions: _,
            session_epoch,
            nonce,
            journal_id,
            trust_version: _,
            facts_digest,
            free_slots,
            held,
            facts,
            sealing_proof,
            publishers,
            session_chain,
            heartbeat,
        } = wire;
        if nonce.len() != 32 {
            return Err(Error::invalid("nonce", "INVALID_LENGTH", "32 random bytes are needed"));
        }
        if journal_id.is_empty() || journal_id.len() > 64 {
            return Err(Error::invalid("journal_id", "INVALID_LENGTH", "1 to 64 characters are needed"));
        }
        if held.len() > MAX_HELD {
            return Err(Error::invalid(
                "held",
                "TOO_MANY",
                format!("at most {MAX_HELD} attempts can be held"),
            ));
        }
        if publishers.len() > MAX_PUBLISHERS {
            return Err(Error::invalid(
                "publishers",
                "TOO_MANY",
                format!("at most {MAX_PUBLISHERS} publishers can be named"),
            ));
        }
        let publisher = |held: HeldPublisher| {
            let name = held.publisher.parse();
            let invalid = |error| Error::invalid("publishers.publisher", "INVALID_ID", format!("{error}"));
            Ok((name.map_err(|error: purvey_contract::id::InvalidId| invalid(error))?, held.version))
        };
        if session_chain.len() > 64 {
            return Err(Error::invalid("session_chain", "INVALID_LENGTH", "at most 64 bytes are given"));
        }
        let held = held.into_iter().map(|held| Ok((uuid("held.job_id", &held.job_id)?, held.attempt)));
        Ok(Self {
            epoch: i64::try_from(session_epoch).unwrap_or(i64::MAX),
            nonce,
            journal_id,
            facts_digest,
            free_slots: free_slots.min(SLOTS),
            held: held.collect::<Result<_, Error>>()?,
            facts: facts.map(facts_from_wire).transpose()?,
            publishers: publishers.into_iter().map(publisher).collect::<Result<_, Error>>()?,
            chain: session_chain,
            heartbeat: heartbeat.map(heartbeat_from_wire),
            sealing_proof: (!sealing_proof.is_empty()).then_some(sealing_proof),
        })
    }
}

/// One report stream, both ways. Reading it drives both: nothing runs beside it.
struct Line {
    agent: Agent,
    receipt_key: PublicKey,
    reports: Reports,
    uplink: Streaming<ReportRequest>,
    downlink: mpsc::UnboundedReceiver<Reply>,
    open: OpenStream,
    greeting: Option<ReportOpened>,
}

impl Source for Line {
    type Item = ReportResponse;

    async fn more(&mut self) -> Result<Option<Vec<ReportResponse>>, Status> {
        Ok(self.next().await?.map(|response| vec![response]))
    }
}

impl Line {
    async fn next(&mut self) -> Result<Option<ReportResponse>, Status> {
        if let Some(greeting) = self.greeting.take() {
            return Ok(Some(ReportResponse { event: Some(report_response::Event::Opened(greeting)) }));
        }
        loop {
            tokio::select! {
                biased;
                reply = self.downlink.recv() => match reply {
                    Some(Reply::Replaced) => return Err(status(sessions::replaced())),
                    Some(reply) => return Ok(Some(reply_to_wire(reply))),
                    None => return Ok(None),
                },
                message = self.uplink.message() => match message? {
                    Some(message) => self.take(message).await.map_err(status)?,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn take(&self, message: ReportRequest) -> Result<(), Error> {
        use report_request::Event;
        let replies = self.open.replies.clone();
        let agent = self.agent;
        let event = match message.event {
            None => return Err(Error::invalid("event", "REQUIRED", "a report must say something")),
            Some(Event::Open(_)) => {
                return Err(Error::invalid(
                    "open",
                    "NOT_ALLOWED",
                    "`open` is the first message and no other",
                ));
            }
            Some(Event::LogChunk(chunk)) => {
                let (job, attempt) = named(chunk.attempt)?;
                if chunk.payload.len() > reports::MAX_CHUNK_BYTES {
                    let message = format!("at most {} bytes are allowed", reports::MAX_CHUNK_BYTES);
                    return Err(Error::invalid("log_chunk.payload", "TOO_LARGE", message));
                }
                let payload = LogChunkPayload::decode(chunk.payload.as_ref()).map_err(|error| {
                    Error::invalid(
                        "log_chunk.payload",
                        "MALFORMED",
                        format!("not a LogChunkPayload: {error}"),
                    )
                })?;
                let chunk = Chunk {
                    agent,
                    job,
                    attempt,
                    chunk_seq: chunk.chunk_seq,
                    first_line: payload.first_line,
                    lines: u32::try_from(payload.lines.len()).unwrap_or(u32::MAX),
                    payload: chunk.payload.to_vec(),
                    replies,
                };
                return self.reports.output(chunk).await;
            }
            Some(Event::Accepted(accepted)) => {
                let (job, attempt) = named(accepted.attempt)?;
                let job_digest = Digest::from_slice(&accepted.job_digest).ok_or_else(|| {
                    Error::invalid("accepted.job_digest", "INVALID_DIGEST", "32 bytes of SHA-256 are needed")
                })?;
                ControlEvent::Accepted { job, attempt, job_digest }
            }
            Some(Event::Progress(progress)) => {
                let (job, attempt) = named(progress.attempt)?;
                let message = progress.message.chars().filter(|char| *char != '\0').take(500).collect();
                ControlEvent::Progress { job, attempt, percent: progress.percent, message }
            }
            Some(Event::Receipt(receipt)) => {
                match reports::verify_receipt(agent, self.receipt_key, receipt.envelope) {
                    Ok(event) => event,
                    Err(error) => {
                        let (job, attempt) = named(receipt.attempt)?;
                        tracing::warn!(server.id = %agent.server, job.id = %job, error = %error, "a receipt does not verify");
                        ControlEvent::BadReceipt { job, attempt, why: error.to_string() }
                    }
                }
            }
        };
        tracing::trace!(server.id = %agent.server, "a report came");
        self.reports.control(Control { agent, event, replies }).await
    }
}

/// Keeps a stream registered for as long as it is there.
struct OpenStream {
    dispatcher: Dispatcher,
    server: ServerUid,
    epoch: i64,
    replies: mpsc::UnboundedSender<Reply>,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.dispatcher.close_stream(self.server, self.epoch, &self.replies);
    }
}

fn named(attempt: Option<AttemptRef>) -> Result<(JobId, u32), Error> {
    let attempt = attempt.ok_or_else(|| Error::invalid("attempt", "REQUIRED", "this field is required"))?;
    Ok((uuid("attempt.job_id", &attempt.job_id)?, attempt.attempt))
}

fn attempt_ref((job, attempt): &(JobId, u32)) -> AttemptRef {
    AttemptRef { job_id: job.to_string(), attempt: *attempt }
}

fn offer_to_wire(offer: Offer) -> JobOffer {
    let Offer { server: _, job: _, attempt: _, envelope, statement } = offer;
    JobOffer { envelope, bundle_statement: statement }
}

fn reply_to_wire(reply: Reply) -> ReportResponse {
    use report_response::Event;
    let event = match reply {
        Reply::Accepted { job, attempt, stop } => {
            Event::AcceptedAck(AcceptedAck { attempt: Some(attempt_ref(&(job, attempt))), stop })
        }
        Reply::Logged { job, attempt, chunk_seq } => Event::LogAck(LogAck {
            attempt: Some(attempt_ref(&(job, attempt))),
            chunk_seq,
            credit_bytes: LOG_CREDIT_BYTES,
        }),
        Reply::Received { job, attempt, outcome } => {
            let attempt = job.zip(attempt).map(|named| attempt_ref(&named));
            let (countersignature, rejected) = match outcome {
                Ok(countersignature) => (countersignature, String::new()),
                Err(reason) => (Vec::new(), reason.to_owned()),
            };
            Event::ReceiptAck(ReceiptAck { attempt, countersignature, rejected })
        }
        Reply::Cancel { job, attempt } => Event::Cancel(attempt_ref(&(job, attempt))),
        // `Replaced` ends the stream before it gets here.
        Reply::GoAway | Reply::Replaced => Event::GoAway(ReportGoAway {}),
    };
    ReportResponse { event: Some(event) }
}
