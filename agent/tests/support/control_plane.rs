//! A scripted stand-in for the control plane: real TLS, real documents, and exactly the behaviour that a test asks for.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use agent::config::HostPort;
use purvey_contract::bundle::Bundle;
use purvey_contract::dsse::{Envelope, PublicKey};
use purvey_contract::id::Digest;
use purvey_contract::identity::{AgentKeyStatement, receipt_key_proof};
use purvey_contract::receipt::{LogChain, Receipt as SignedReceipt};
use purvey_contract::seal::{enrollment_info, seal};
use purvey_proto::agent as wire;
use purvey_proto::agent::agent_service_server::{AgentService, AgentServiceServer};
use purvey_proto::agent::enrollment_service_server::{EnrollmentService, EnrollmentServiceServer};
use purvey_proto::agent::report_request::Event as Up;
use purvey_proto::agent::report_response::Event as Down;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;
use tonic::{Request, Response, Status, Streaming};

use super::fleet::{CELL, DOMAIN, Fleet};

/// Makes an offer for the poll with this nonce.
pub type Offer = Box<dyn Fn(&Fleet, &[u8]) -> wire::JobOffer + Send>;

/// What the stand-in saw and what it shall do.
#[derive(Default)]
pub struct Script {
    pub offers: VecDeque<Offer>,
    pub bundles: BTreeMap<Digest, Vec<u8>>,
    pub cancels: Vec<wire::AttemptRef>,
    /// Withholds the acknowledgements of receipts.
    pub keep_receipts_waiting: bool,
    /// Withholds the acknowledgements of logs.
    pub keep_logs_waiting: bool,
    /// Says of every `accepted` that it is void.
    pub void_accepted: bool,
    pub certificate_life: Option<time::Duration>,
    /// How many unacknowledged bytes of each log it takes; 4096 if not said.
    pub credit: Option<u64>,
    pub trust_version: u64,
    /// How far its clock is ahead.
    pub clock_ahead: time::Duration,
    /// What it answers to whoever wants to be enrolled.
    pub enroll_refusal: Option<Status>,

    pub polls: Vec<wire::PollJobsRequest>,
    pub offered: Vec<wire::JobOffer>,
    pub streams: u64,
    pub accepted: Vec<(String, u32)>,
    /// The durable chunks of each attempt, and how often each came.
    pub chunks: BTreeMap<(String, u32), Vec<(Vec<u8>, u32)>>,
    pub progress: Vec<wire::Progress>,
    pub receipts: Vec<wire::Receipt>,
    pub renewals: u32,
    pub receipt_key: Option<PublicKey>,
    pub sealing_key: Vec<u8>,
    pub challenge_opened: bool,
    epoch: u64,
}

impl Script {
    /// The lines of an attempt's log.
    pub fn lines(&self, job: u128, attempt: u32) -> Vec<wire::LogLine> {
        use prost::Message as _;
        let key = (uuid::Uuid::from_u128(job).to_string(), attempt);
        let chunks = self.chunks.get(&key).cloned().unwrap_or_default();
        let decoded =
            chunks.iter().map(|(payload, _)| wire::LogChunkPayload::decode(payload.as_slice()).unwrap());
        decoded.flat_map(|chunk| chunk.lines).collect()
    }

    /// What the script itself wrote, joined by newlines.
    pub fn output(&self, job: u128, attempt: u32) -> String {
        let lines = self.lines(job, attempt);
        let own = lines.iter().filter(|line| line.stream() != wire::LogStream::Agent);
        own.map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect::<Vec<_>>().join("\n")
    }

    /// The receipts, each verified under the agent's registered key.
    pub fn verified_receipts(&self) -> Vec<SignedReceipt> {
        let key = self.receipt_key.unwrap();
        let verify = |receipt: &wire::Receipt| {
            Envelope::from_json(&receipt.envelope).unwrap().verify::<SignedReceipt>(&[key]).unwrap().document
        };
        self.receipts.iter().map(verify).collect()
    }

    /// The hash chain over an attempt's chunks.
    pub fn log_digest(&self, job: u128, attempt: u32) -> Digest {
        let mut chain = LogChain::default();
        for (payload, _) in &self.chunks[&(uuid::Uuid::from_u128(job).to_string(), attempt)] {
            chain.push(payload);
        }
        chain.digest()
    }
}

/// A running stand-in.
pub struct FakeControlPlane {
    pub fleet: Arc<Fleet>,
    pub address: HostPort,
    pub script: Arc<Mutex<Script>>,
    changed: watch::Sender<u64>,
    connections: Arc<Mutex<CancellationToken>>,
    stop: CancellationToken,
}

impl Drop for FakeControlPlane {
    fn drop(&mut self) {
        self.stop.cancel();
        self.cut();
    }
}

impl FakeControlPlane {
    pub async fn start(fleet: Fleet) -> Self {
        let name = fleet.control_plane_name();
        Self::start_as(fleet, &name).await
    }

    /// Starts it with a certificate of this name.
    pub async fn start_as(fleet: Fleet, name: &str) -> Self {
        Self::start_at(fleet, name, "127.0.0.1").await
    }

    /// Starts it with a certificate of this name, at this address.
    pub async fn start_at(fleet: Fleet, name: &str, ip: &str) -> Self {
        let fleet = Arc::new(fleet);
        let script = Arc::new(Mutex::new(Script { trust_version: 1, ..Script::default() }));
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (changed, _) = watch::channel(0);
        let fake = Self {
            address: format!("{ip}:{port}").parse().unwrap(),
            script,
            changed,
            connections: Arc::default(),
            stop: CancellationToken::new(),
            fleet,
        };
        let tls = tokio_rustls::TlsAcceptor::from(Arc::new(fake.fleet.server_config(name)));
        let (incoming, connections) = mpsc::channel(16);
        let (cuts, stop) = (Arc::clone(&fake.connections), fake.stop.clone());
        tokio::spawn(async move {
            while let Some(Ok((tcp, _))) = stop.run_until_cancelled(listener.accept()).await {
                let cut = cuts.lock().unwrap().child_token();
                let (tls, incoming) = (tls.clone(), incoming.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = tls.accept(tcp).await {
                        let _ = incoming.send(Ok::<_, std::io::Error>(Connection { stream, cut })).await;
                    }
                });
            }
        });
        let service = Service {
            fleet: Arc::clone(&fake.fleet),
            script: Arc::clone(&fake.script),
            changed: fake.changed.clone(),
        };
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(EnrollmentServiceServer::new(service.clone()))
                .add_service(AgentServiceServer::new(service))
                .serve_with_incoming_shutdown(
                    ReceiverStream::new(connections),
                    fake.stop.clone().cancelled_owned(),
                ),
        );
        fake
    }

    /// Breaks every connection that is open, as a cut cable would.
    pub fn cut(&self) {
        std::mem::take(&mut *self.connections.lock().unwrap()).cancel();
    }

    pub fn with<T>(&self, step: impl FnOnce(&mut Script) -> T) -> T {
        let result = step(&mut self.script.lock().unwrap());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Offers a job once, and serves its bundle.
    pub fn offer(&self, bundle: &Bundle, offer: impl Fn(&Fleet, &[u8]) -> wire::JobOffer + Send + 'static) {
        self.with(|script| {
            script.bundles.insert(bundle.digest, bundle.archive.clone());
            script.offers.push_back(Box::new(offer));
        });
    }

    /// Offers a plain good job.
    pub fn offer_job(&self, job: u128, attempt: u32, bundle: &Bundle) {
        let (copy, statement) = (bundle.clone(), self.fleet.signed_statement(bundle));
        self.offer(bundle, move |fleet, nonce| wire::JobOffer {
            envelope: fleet.sign(&fleet.job(job, attempt, &copy, nonce)),
            bundle_statement: statement.clone(),
        });
    }

    /// Waits until the test's condition holds.
    pub async fn until(&self, what: &str, condition: impl Fn(&Script) -> bool) {
        self.until_within(Duration::from_secs(30), what, condition).await;
    }

    /// The same, for what takes long.
    pub async fn until_within(&self, limit: Duration, what: &str, condition: impl Fn(&Script) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !condition(&self.script.lock().unwrap()) {
                changed.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(limit, wait).await.is_err() {
            let script = self.script.lock().unwrap();
            let receipts = script.verified_receipts();
            panic!("never: {what}; accepted {:?}, receipts {receipts:#?}", script.accepted);
        }
    }
}

struct Connection {
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    cut: CancellationToken,
}

impl Connection {
    fn check(&self) -> std::io::Result<()> {
        if self.cut.is_cancelled() { Err(std::io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.check()?;
        // Wakes this connection when it is cut.
        let cut = self.cut.clone();
        let waker = cx.waker().clone();
        tokio::spawn(async move {
            if tokio::time::timeout(Duration::from_secs(30), cut.cancelled()).await.is_ok() {
                waker.wake();
            }
        });
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[derive(Clone)]
struct Service {
    fleet: Arc<Fleet>,
    script: Arc<Mutex<Script>>,
    changed: watch::Sender<u64>,
}

impl Service {
    fn with<T>(&self, step: impl FnOnce(&mut Script) -> T) -> T {
        let result = step(&mut self.script.lock().unwrap());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    fn hear(&self, event: Up) -> Vec<Down> {
        self.with(|script| match event {
            Up::Open(_) => {
                vec![Down::Opened(wire::ReportOpened { log_credit_bytes: script.credit.unwrap_or(4096) })]
            }
            Up::Accepted(accepted) => {
                let attempt = accepted.attempt.unwrap();
                script.accepted.push((attempt.job_id.clone(), attempt.attempt));
                vec![Down::AcceptedAck(wire::AcceptedAck {
                    attempt: Some(attempt),
                    stop: script.void_accepted,
                })]
            }
            Up::LogChunk(chunk) => {
                let attempt = chunk.attempt.unwrap();
                let chunks = script.chunks.entry((attempt.job_id.clone(), attempt.attempt)).or_default();
                let index = usize::try_from(chunk.chunk_seq).unwrap() - 1;
                assert!(index <= chunks.len(), "a gap before chunk {}", chunk.chunk_seq);
                match chunks.get_mut(index) {
                    Some((held, count)) => {
                        assert_eq!(*held, chunk.payload, "a chunk was resent with other bytes");
                        *count += 1;
                    }
                    None => chunks.push((chunk.payload.to_vec(), 1)),
                }
                let chunk_seq = chunks.len() as u64;
                if script.keep_logs_waiting {
                    return vec![];
                }
                vec![Down::LogAck(wire::LogAck {
                    attempt: Some(attempt),
                    chunk_seq,
                    credit_bytes: script.credit.unwrap_or(4096),
                })]
            }
            Up::Progress(progress) => {
                script.progress.push(progress);
                vec![]
            }
            Up::Receipt(receipt) => {
                script.receipts.push(receipt.clone());
                if script.keep_receipts_waiting {
                    return vec![];
                }
                let ack = wire::ReceiptAck { attempt: receipt.attempt, ..wire::ReceiptAck::default() };
                vec![Down::ReceiptAck(ack)]
            }
        })
    }
}

#[tonic::async_trait]
impl EnrollmentService for Service {
    async fn get_trust(
        &self,
        _request: Request<wire::GetTrustRequest>,
    ) -> Result<Response<wire::GetTrustResponse>, Status> {
        let version = self.with(|script| script.trust_version);
        Ok(Response::new(wire::GetTrustResponse {
            versions: Some(wire::VersionRange { min: 1, max: 1 }),
            trust_documents: vec![self.fleet.trust_envelope(version).to_json()],
            challenge: b"challenge".to_vec(),
            time_unix_millis: i64::try_from(
                (OffsetDateTime::now_utc() + self.with(|script| script.clock_ahead)).unix_timestamp_nanos()
                    / 1_000_000,
            )
            .unwrap(),
        }))
    }

    async fn enroll(
        &self,
        request: Request<wire::EnrollRequest>,
    ) -> Result<Response<wire::EnrollResponse>, Status> {
        let request = request.into_inner();
        if let Some(refusal) = self.with(|script| script.enroll_refusal.clone()) {
            return Err(refusal);
        }
        let token = self.fleet.token();
        if request.token != *token.reveal() {
            return Err(Status::unauthenticated("the join token is unknown"));
        }
        let (receipt, sealing) = (request.receipt_key.unwrap(), request.sealing_key.unwrap());
        let receipt_key = PublicKey::from_bytes(&receipt.public_key).unwrap();
        let proof = receipt_key_proof(token.uid, &request.csr, &sealing.public_key);
        assert!(receipt_key.verify(&proof, &receipt.proof));
        let statement = AgentKeyStatement {
            trust_domain: DOMAIN.to_owned(),
            cell: CELL.to_owned(),
            server: self.fleet.server,
            incarnation: 1,
            tls_key: self.fleet.tls_key(&request.csr),
            receipt_key,
            sealing_key: sealing.public_key.clone(),
            registered: OffsetDateTime::now_utc(),
        };
        let info = enrollment_info(DOMAIN, self.fleet.server, 1);
        let challenge = seal(&sealing.public_key, &info, &[0x5a; 32]).unwrap();
        let life = self.with(|script| {
            script.receipt_key = Some(receipt_key);
            script.sealing_key = sealing.public_key;
            script.certificate_life.unwrap_or(time::Duration::hours(24))
        });
        Ok(Response::new(wire::EnrollResponse {
            protocol_version: 1,
            server_uid: self.fleet.server.to_string(),
            server: "web-1".to_owned(),
            project: "default".to_owned(),
            incarnation: 1,
            certificate_chain: self.fleet.issue(&request.csr, life),
            key_statement: Envelope::sign(&statement, &[&self.fleet.receipt_key]).to_json(),
            sealed_challenge: Some(wire::Sealed { enc: challenge.enc, ciphertext: challenge.ciphertext }),
            trust_document: self.fleet.trust_envelope(1).to_json(),
        }))
    }

    async fn renew(
        &self,
        request: Request<wire::RenewRequest>,
    ) -> Result<Response<wire::RenewResponse>, Status> {
        self.with(|script| script.renewals += 1);
        Ok(Response::new(wire::RenewResponse {
            certificate_chain: self.fleet.issue(&request.into_inner().csr, time::Duration::hours(24)),
            trust_version: 1,
        }))
    }
}

#[tonic::async_trait]
impl AgentService for Service {
    async fn poll_jobs(
        &self,
        request: Request<wire::PollJobsRequest>,
    ) -> Result<Response<wire::PollJobsResponse>, Status> {
        let request = request.into_inner();
        let mut changed = self.changed.subscribe();
        let epoch = self.with(|script| {
            script.polls.push(request.clone());
            script.challenge_opened |= request.sealing_proof == [0x5a; 32];
            if request.session_epoch == 0 {
                script.epoch += 1;
            }
            script.epoch
        });
        if request.session_epoch != 0 && request.session_epoch != epoch {
            return Err(Status::aborted("another session has taken over"));
        }
        loop {
            let answer = {
                let mut script = self.script.lock().unwrap();
                if script.epoch != epoch {
                    return Err(Status::aborted("another session has taken over"));
                }
                let may_offer = request.session_epoch != 0 && request.free_slots > 0;
                let offer = if may_offer { script.offers.pop_front() } else { None };
                let jobs: Vec<wire::JobOffer> =
                    offer.iter().map(|offer| offer(&self.fleet, &request.nonce)).collect();
                script.offered.extend(jobs.iter().cloned());
                wire::PollJobsResponse {
                    protocol_version: 1,
                    session_epoch: epoch,
                    jobs,
                    cancels: if request.session_epoch == 0 {
                        vec![]
                    } else {
                        std::mem::take(&mut script.cancels)
                    },
                    forget: vec![],
                    trust_version: script.trust_version,
                    facts_wanted: false,
                    sealing_proven: script.challenge_opened,
                    session_chain: if request.session_epoch == 0 { vec![epoch as u8; 16] } else { vec![] },
                    publisher_documents: Vec::new(),
                }
            };
            let has_news = !answer.jobs.is_empty() || !answer.cancels.is_empty();
            if has_news || request.session_epoch == 0 || answer.trust_version > request.trust_version {
                return Ok(Response::new(answer));
            }
            changed.changed().await.map_err(|_| Status::unavailable("ends"))?;
        }
    }

    type ReportStream = ReceiverStream<Result<wire::ReportResponse, Status>>;

    async fn report(
        &self,
        request: Request<Streaming<wire::ReportRequest>>,
    ) -> Result<Response<Self::ReportStream>, Status> {
        self.with(|script| script.streams += 1);
        let mut requests = request.into_inner();
        let (sender, receiver) = mpsc::channel(64);
        let service = self.clone();
        tokio::spawn(async move {
            while let Ok(Some(wire::ReportRequest { event: Some(event) })) = requests.message().await {
                for answer in service.hear(event) {
                    if sender.send(Ok(wire::ReportResponse { event: Some(answer) })).await.is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    type GetBundleStream = ReceiverStream<Result<wire::GetBundleResponse, Status>>;

    async fn get_bundle(
        &self,
        request: Request<wire::GetBundleRequest>,
    ) -> Result<Response<Self::GetBundleStream>, Status> {
        let digest = Digest::from_slice(&request.into_inner().digest);
        let digest = digest.ok_or_else(|| Status::invalid_argument("no digest"))?;
        let archive = self.with(|script| script.bundles.get(&digest).cloned());
        let archive = archive.ok_or_else(|| Status::not_found("no such bundle"))?;
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut size = archive.len() as u64;
            for piece in archive.chunks(1000) {
                let piece = wire::GetBundleResponse { size, data: piece.to_vec().into() };
                size = 0;
                if sender.send(Ok(piece)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
