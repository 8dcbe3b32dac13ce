//! One session after another with the control plane: a long poll for work and a stream for reports, on one connection.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use purvey_contract::id::Digest;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use purvey_proto::agent::report_response::Event as Down;
use purvey_proto::agent::{Facts, PollJobsRequest, PollJobsResponse, ReportResponse};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use crate::attempts::Agent;
use crate::exec::runner::Stop;
use crate::facts;
use crate::failpoint;
use crate::identity::Chain;
use crate::notify;
use crate::publishers;
use crate::renewing::RenewalRequest;
use crate::replacement::Program;
use crate::retry::Pauses;
use crate::tls::{self, ServerCheck};
use crate::upkeep::{self, Renewal};
use crate::uplink::Uplink;

mod memory;

use memory::Memory;

/// How long reports may still be delivered when nothing runs any more.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);
/// The control plane answers a poll after four minutes at the latest. One that lives on beyond this has lost it.
const POLL_LIMIT: Duration = Duration::from_secs(360);
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// Polls that are answered at once with nothing to do follow each other no faster.
const POLL_PERIOD: Duration = Duration::from_secs(1);
/// A session that lasted so long was a success: the next pause is short again.
const SETTLED: Duration = Duration::from_secs(30);
/// How long to wait when a renewal failed.
const RENEWAL_RETRY: Duration = Duration::from_secs(300);

/// How the agent is asked to end, or to look again.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Take no more jobs; let the running script finish within the limit.
    pub soft: CancellationToken,
    /// End now.
    pub hard: CancellationToken,
    /// Look again at what the host's administrator wrote (SIGHUP).
    pub reload: Arc<Notify>,
}

/// Why a session ended.
#[derive(Debug)]
enum End {
    /// The agent is done.
    Shutdown,
    /// Another program is in the place of the agent's own.
    Replaced,
    /// Nothing is wrong: go on with another connection.
    Again(&'static str),
    /// The control plane said no.
    Refused(Status),
    /// The connection or the control plane failed.
    Lost(String),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::FailedPrecondition | Code::PermissionDenied | Code::Unauthenticated | Code::Aborted => {
                Self::Refused(status)
            }
            _ => Self::Lost(describe(&status)),
        }
    }
}

fn describe(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

/// How far the agent is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    Finishing { until: Instant },
    Stopping,
    Flushing { until: Instant },
    Done,
}

/// Why the agent serves no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to end.
    Asked,
    /// It has to become the program that is now in the place of its own.
    Replaced(Program),
}

/// Serves until asked to end, or until it has to become another program.
pub async fn run(mut agent: Agent, shutdown: Shutdown) -> Ended {
    let mut pauses = Pauses::default();
    let mut phase = Phase::Serving;
    let mut memory = Memory::default();
    loop {
        let began = agent.monotonic();
        let end = match connect(&mut agent, &shutdown, &mut phase).await {
            Ok(channel) => {
                let mut session = Session::new(channel, &shutdown);
                match session.serve(&mut agent, &mut phase, &mut memory).await {
                    Ok(never) => match never {},
                    Err(end) => end,
                }
            }
            Err(end) => end,
        };
        if agent.monotonic() - began >= SETTLED {
            pauses.reset();
        }
        let end = if phase == Phase::Serving && agent.is_replaced() { End::Replaced } else { end };
        match end {
            End::Shutdown => break,
            End::Replaced => {
                if let Some(program) = agent.program.take() {
                    tracing::info!("the agent's program was replaced: becoming the new one");
                    return Ended::Replaced(program);
                }
            }
            End::Again(why) => tracing::info!(why, "reconnecting"),
            End::Refused(status) => {
                tracing::warn!(
                    code = ?status.code(), message = status.message(), meaning = meaning(&status),
                    "the control plane refused the session"
                );
            }
            End::Lost(error) => tracing::warn!(error, "the control plane is out of reach"),
        }
        notify::status("not connected to the control plane; trying again");
        let pause = Instant::now() + pauses.next(&*agent.random);
        if wait(&mut agent, &shutdown, &mut phase, pause).await {
            break;
        }
    }
    tracing::info!("the agent ends");
    Ended::Asked
}

/// What a refusal means for the one who reads the log.
fn meaning(status: &Status) -> &'static str {
    if upkeep::gives_reason(status, upkeep::VERSION_UNSUPPORTED) {
        return "this agent and the control plane have no protocol version in common; upgrade the older one";
    }
    match status.code() {
        Code::Unauthenticated => {
            "the certificate is not accepted; it may have expired for longer than can be renewed"
        }
        Code::PermissionDenied => "this server may have been evicted or banned",
        Code::Aborted => "another session of this server has taken over",
        _ => "",
    }
}

/// Moves the agent on its way out, and answers whether it has arrived.
fn advance(phase: &mut Phase, agent: &Agent, shutdown: &Shutdown) -> bool {
    let now = Instant::now();
    loop {
        let runs = agent.running().next().is_some();
        let next = match *phase {
            Phase::Serving if shutdown.soft.is_cancelled() || shutdown.hard.is_cancelled() => {
                notify::stopping();
                tracing::info!("the agent is asked to end and takes no more jobs");
                Phase::Finishing { until: now + agent.config.stop_limit() }
            }
            Phase::Finishing { .. } | Phase::Stopping if !runs => {
                Phase::Flushing { until: now + FLUSH_LIMIT }
            }
            Phase::Finishing { until } if now >= until || shutdown.hard.is_cancelled() => {
                for id in agent.running() {
                    agent.stop(id, Stop::Shutdown);
                }
                Phase::Stopping
            }
            Phase::Flushing { until }
                if now >= until || !agent.has_unreported() || shutdown.hard.is_cancelled() =>
            {
                Phase::Done
            }
            same => {
                return same == Phase::Done;
            }
        };
        *phase = next;
    }
}

/// When [`advance`] has to look again.
fn look_again(phase: Phase) -> Option<Instant> {
    match phase {
        Phase::Finishing { until } | Phase::Flushing { until } => Some(until),
        Phase::Serving | Phase::Stopping | Phase::Done => None,
    }
}

/// Resolves when the way out takes its next turn.
async fn turn(phase: Phase, shutdown: &Shutdown) {
    let soft = async {
        match phase {
            Phase::Serving => shutdown.soft.cancelled().await,
            _ => std::future::pending().await,
        }
    };
    let hard = async {
        match phase {
            Phase::Stopping | Phase::Done => std::future::pending().await,
            _ => shutdown.hard.cancelled().await,
        }
    };
    tokio::select! {
        () = soft => {}
        () = hard => {}
        () = until(look_again(phase)) => {}
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Waits, while attempts go on. True if the agent is done.
async fn wait(agent: &mut Agent, shutdown: &Shutdown, phase: &mut Phase, pause: Instant) -> bool {
    loop {
        if advance(phase, agent, shutdown) {
            return true;
        }
        tokio::select! {
            () = tokio::time::sleep_until(pause) => return false,
            () = turn(*phase, shutdown) => {}
            event = agent.next_event() => agent.on(event),
        }
    }
}

async fn connect(agent: &mut Agent, shutdown: &Shutdown, phase: &mut Phase) -> Result<Channel, End> {
    let to = agent.config.control_plane.clone();
    let check = ServerCheck::Listed(agent.trust.clone());
    let connecting = tls::connect(&to, check, agent.identity.certificate.clone());
    tokio::pin!(connecting);
    loop {
        if advance(phase, agent, shutdown) {
            return Err(End::Shutdown);
        }
        tokio::select! {
            channel = &mut connecting => return channel.map_err(|error| End::Lost(chain_of(&error))),
            () = turn(*phase, shutdown) => {}
            event = agent.next_event() => agent.on(event),
        }
    }
}

/// An error with its causes.
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

type Pending<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// A poll that waits for its answer.
struct Poll {
    nonce: [u8; 32],
    free_slots: u32,
    began: Instant,
    facts: Option<Digest>,
}

struct Session<'a> {
    shutdown: &'a Shutdown,
    channel: Channel,
    client: AgentServiceClient<Channel>,
    epoch: u64,
    poll: Option<Poll>,
    answer: Pending<Result<PollJobsResponse, Status>>,
    next_poll: Instant,
    facts_wanted: bool,
    trust: Pending<anyhow::Result<()>>,
    renewal: Pending<anyhow::Result<Chain>>,
    renew_at: Instant,
    has_new_certificate: bool,
}

impl<'a> Session<'a> {
    fn new(channel: Channel, shutdown: &'a Shutdown) -> Self {
        let now = Instant::now();
        Self {
            client: AgentServiceClient::new(channel.clone()),
            channel,
            shutdown,
            epoch: 0,
            poll: None,
            answer: None,
            next_poll: now,
            facts_wanted: false,
            trust: None,
            renewal: None,
            renew_at: now,
            has_new_certificate: false,
        }
    }

    async fn serve(
        &mut self,
        agent: &mut Agent,
        phase: &mut Phase,
        memory: &mut Memory,
    ) -> Result<std::convert::Infallible, End> {
        if agent.chain.not_after() <= agent.clock.now() {
            let renewing = upkeep::renew(
                self.channel.clone(),
                agent.identity.clone(),
                Renewal { is_expired: true, rotates_key: false },
            );
            agent.chain = call(agent, renewing).await?.map_err(|error| End::Lost(format!("{error:#}")))?;
            return Err(End::Again("the expired certificate is renewed"));
        }
        self.plan_renewal(agent);
        self.open(agent, memory).await?;
        let (mut uplink, messages) = Uplink::begin(self.epoch);
        let mut client = self.client.clone();
        let opening = client.report(ReceiverStream::new(messages));
        let mut downlink = call(agent, opening).await??.into_inner();
        notify::status(&format!("connected to {}", agent.config.control_plane));
        tracing::info!(control_plane = %agent.config.control_plane, session.epoch = self.epoch, "connected");
        loop {
            if advance(phase, agent, self.shutdown) {
                return Err(End::Shutdown);
            }
            self.start_what_is_due(agent, *phase, memory)?;
            uplink.pump(agent);
            self.step(agent, *phase, memory, &mut uplink, &mut downlink).await?;
        }
    }

    /// Opens the session by a poll that is answered at once.
    async fn open(&mut self, agent: &mut Agent, memory: &mut Memory) -> Result<(), End> {
        self.start_poll(agent, memory)?;
        let (Some(poll), Some(answer)) = (self.poll.take(), self.answer.take()) else {
            return Err(End::Lost("no poll".to_owned()));
        };
        let answer = call(agent, answer).await??;
        let versions = purvey_proto::PROTOCOL_VERSIONS;
        if !versions.contains(&answer.protocol_version) {
            return Err(End::Lost(format!("the control plane speaks version {}", answer.protocol_version)));
        }
        self.epoch = answer.session_epoch;
        if !answer.session_chain.is_empty() {
            memory.keep_chain(agent, answer.session_chain.clone());
        }
        self.answered(agent, &poll, answer, memory);
        self.next_poll = Instant::now();
        Ok(())
    }

    /// Waits for one thing to happen and takes note of it.
    async fn step(
        &mut self,
        agent: &mut Agent,
        phase: Phase,
        memory: &mut Memory,
        uplink: &mut Uplink,
        downlink: &mut Streaming<ReportResponse>,
    ) -> Result<(), End> {
        let grew = agent.grew.clone();
        let poll_due = (self.poll.is_none() && phase == Phase::Serving).then_some(self.next_poll);
        let renew_due = self.renewal.is_none().then_some(self.renew_at);
        tokio::select! {
            message = downlink.message() => match message? {
                Some(message) => heard(agent, uplink, message)?,
                None => return Err(End::Again("the control plane closed the stream")),
            },
            answer = pending(&mut self.answer) => {
                let answer = answer?;
                if let Some(poll) = self.poll.take() {
                    self.answered(agent, &poll, answer, memory);
                    if self.has_new_certificate && agent.running().next().is_none() {
                        return Err(End::Again("the certificate is renewed"));
                    }
                }
            }
            event = agent.next_event() => agent.on(event),
            () = grew.notified() => {}
            () = uplink.room() => {}
            () = turn(phase, self.shutdown) => {}
            () = self.shutdown.reload.notified() => self.reload(agent),
            () = until(poll_due) => {}
            () = until(renew_due) => self.renew(agent, agent.config.rotate_key_on_renewal),
            result = pending(&mut self.trust) => {
                if let Err(error) = result {
                    tracing::error!(error = format!("{error:#}"), "the newer trust document is not taken over");
                }
            }
            result = pending(&mut self.renewal) => match result {
                Ok(chain) => {
                    agent.chain = chain;
                    self.has_new_certificate = true;
                    self.plan_renewal(agent);
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the certificate cannot be renewed; trying again");
                    self.renew_at = Instant::now() + RENEWAL_RETRY;
                }
            },
        }
        Ok(())
    }

    fn start_what_is_due(&mut self, agent: &mut Agent, phase: Phase, memory: &Memory) -> Result<(), End> {
        if phase != Phase::Serving {
            // Its answer could only bring work that will not be done.
            (self.poll, self.answer) = (None, None);
            return Ok(());
        }
        if !agent.has_unreported() && agent.is_replaced() {
            return Err(End::Replaced);
        }
        match &self.poll {
            // Nothing could be offered to this poll; a new one says that there is room.
            Some(poll) if poll.free_slots == 0 && agent.free_slots() > 0 => {}
            Some(poll) if poll.began.elapsed() > POLL_LIMIT => {
                return Err(End::Lost("a poll was never answered".to_owned()));
            }
            Some(_) => return Ok(()),
            None if Instant::now() < self.next_poll => return Ok(()),
            None => {}
        }
        self.start_poll(agent, memory)
    }

    fn start_poll(&mut self, agent: &Agent, memory: &Memory) -> Result<(), End> {
        let mut nonce = [0; 32];
        agent.random.fill(&mut nonce).map_err(|error| End::Lost(format!("no randomness: {error}")))?;
        let free_slots = agent.free_slots();
        let (facts, digest) = self.facts(agent, memory);
        let request = PollJobsRequest {
            versions: Some(upkeep::versions()),
            session_epoch: self.epoch,
            nonce: nonce.to_vec(),
            journal_id: agent.journal.id().to_owned(),
            trust_version: agent.trust.newest().version,
            facts_digest: digest.0.to_vec(),
            free_slots,
            held: agent.held(),
            sealing_proof: agent.identity.sealing_proof().unwrap_or_default(),
            session_chain: if self.epoch == 0 { memory.chain(agent) } else { Vec::new() },
            heartbeat: Some(facts::heartbeat()),
            facts: facts.clone(),
            publishers: publishers::held(&agent.paths),
        };
        let mut client = self.client.clone();
        self.answer = Some(Box::pin(async move {
            let answer = tokio::time::timeout(POLL_LIMIT, client.poll_jobs(request)).await;
            answer
                .unwrap_or_else(|_| Err(Status::deadline_exceeded("a poll was never answered")))
                .map(|answer| answer.into_inner())
        }));
        self.poll = Some(Poll { nonce, free_slots, began: Instant::now(), facts: facts.map(|_| digest) });
        Ok(())
    }

    /// The facts if they have to be sent, and their digest.
    fn facts(&self, agent: &Agent, memory: &Memory) -> (Option<Facts>, Digest) {
        let facts = facts::told(&agent.paths);
        let digest = facts::digest(&facts);
        let is_news = self.facts_wanted || memory.sent_facts != Some(digest);
        (is_news.then_some(facts), digest)
    }

    fn answered(&mut self, agent: &mut Agent, poll: &Poll, answer: PollJobsResponse, memory: &mut Memory) {
        let PollJobsResponse {
            protocol_version: _,
            session_epoch: _,
            jobs,
            cancels,
            forget,
            trust_version,
            facts_wanted,
            sealing_proven,
            publisher_documents,
            session_chain: _,
        } = answer;
        if poll.facts.is_some() {
            memory.sent_facts = poll.facts;
        }
        self.facts_wanted = facts_wanted;
        let is_idle = jobs.is_empty() && !facts_wanted;
        self.next_poll = if is_idle { poll.began + POLL_PERIOD } else { Instant::now() };
        if sealing_proven {
            agent.identity.sealing_proven();
        }
        cancels.iter().for_each(|attempt| agent.cancel(attempt));
        forget.iter().for_each(|attempt| agent.forget(attempt));
        // Before the jobs: what a publisher has revoked must not run any more.
        publishers::take(&publisher_documents, &agent.paths);
        for offer in jobs {
            agent.offered(offer, &poll.nonce, poll.began.elapsed(), self.client.clone());
        }
        if trust_version > agent.trust.newest().version && self.trust.is_none() {
            self.trust = Some(Box::pin(upkeep::refresh_trust(self.channel.clone(), agent.trust.clone())));
        }
    }

    /// The policy is read anew for every job. What is new about it is said now, here and to the control plane.
    fn reload(&mut self, agent: &Agent) {
        agent.look_at_policy();
        match RenewalRequest::take(&agent.paths) {
            Some(request) if self.renewal.is_none() => self.renew(agent, request.rotates_key),
            _ => {}
        }
        (self.poll, self.answer) = (None, None);
        self.next_poll = Instant::now();
    }

    fn plan_renewal(&mut self, agent: &Agent) {
        let due = agent.chain.renew_at(&*agent.random) - agent.clock.now();
        self.renew_at = Instant::now() + Duration::try_from(due).unwrap_or_default();
    }

    fn renew(&mut self, agent: &Agent, rotates_key: bool) {
        let how = Renewal { is_expired: false, rotates_key };
        self.renewal = Some(Box::pin(upkeep::renew(self.channel.clone(), agent.identity.clone(), how)));
    }
}

/// A call that must be answered soon.
async fn call<T>(agent: &mut Agent, call: impl Future<Output = T>) -> Result<T, End> {
    let late = |_| End::Lost("no answer in time".to_owned());
    agent.meanwhile(tokio::time::timeout(CALL_LIMIT, call)).await.map_err(late)
}

/// The result of something that goes on beside the rest; never, if nothing does.
async fn pending<T>(slot: &mut Pending<T>) -> T {
    match slot {
        Some(future) => {
            let result = future.await;
            *slot = None;
            result
        }
        None => std::future::pending().await,
    }
}

/// The control plane said something on the stream.
fn heard(agent: &mut Agent, uplink: &mut Uplink, message: ReportResponse) -> Result<(), End> {
    match message.event {
        Some(Down::Opened(opened)) => uplink.opened(opened.log_credit_bytes),
        Some(Down::AcceptedAck(ack)) => {
            failpoint::reached(failpoint::ACCEPTED_ACKNOWLEDGED);
            if let Some(attempt) = ack.attempt.as_ref().filter(|_| ack.stop) {
                agent.cancel(attempt);
            }
        }
        Some(Down::LogAck(ack)) => {
            if let Some((id, bytes)) = uplink.acknowledged(&ack) {
                agent.log_acknowledged(id, ack.chunk_seq, bytes);
            }
        }
        Some(Down::ReceiptAck(ack)) => {
            if let Some(attempt) = &ack.attempt {
                agent.receipt_acknowledged(attempt, &ack.rejected);
            }
        }
        Some(Down::Cancel(attempt)) => agent.cancel(&attempt),
        Some(Down::GoAway(_)) => return Err(End::Again("the replica is draining")),
        // A later protocol's message that this agent did not ask for.
        None => {}
    }
    Ok(())
}
