//! The far side, scripted: an agent that speaks the real protocol over real mTLS, and does exactly what a test says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use prost::Message as _;
use purvey_contract::dsse::{Envelope, PublicKey, SigningKey, Verified};
use purvey_contract::id::ServerUid;
use purvey_contract::identity::{self, JoinToken};
use purvey_contract::job::JobSpec;
use purvey_contract::receipt::{LogChain, LogSummary, Outcome, OutputValue, Receipt, SandboxReport};
use purvey_contract::seal::{self, OpeningKey, Sealed};
use purvey_contract::trust::TrustDocument;
use purvey_proto::agent as wire;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use purvey_proto::agent::enrollment_service_client::EnrollmentServiceClient;
use purvey_proto::agent::{AttemptRef, report_request, report_response};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

const VERSIONS: wire::VersionRange = wire::VersionRange { min: 1, max: 1 };

/// An enrolled agent.
pub(crate) struct ScriptedAgent {
    pub(crate) server: ServerUid,
    pub(crate) incarnation: u32,
    pub(crate) epoch: u64,
    pub(crate) journal_id: String,
    /// What the last session gave.
    pub(crate) session_chain: Vec<u8>,
    address: SocketAddr,
    trust: TrustDocument,
    tls_key: rcgen::KeyPair,
    chain: Vec<Vec<u8>>,
    receipt_key: SigningKey,
    opening_key: OpeningKey,
    sealing_proof: Vec<u8>,
    client: AgentServiceClient<Channel>,
}

/// A job as it was offered, its signature verified.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) spec: JobSpec,
    pub(crate) digest: purvey_contract::id::Digest,
}

impl Offered {
    pub(crate) fn attempt(&self) -> AttemptRef {
        AttemptRef { job_id: self.spec.job.to_string(), attempt: self.spec.attempt }
    }
}

impl ScriptedAgent {
    /// Enrols with a join token.
    pub(crate) async fn enroll(address: SocketAddr, token: &str) -> Result<Self, Status> {
        let seed: u8 = rand::random();
        let keys = Keys::new(seed);
        Self::enroll_with(address, token, &keys).await
    }

    /// Enrols with these keys.
    pub(crate) async fn enroll_with(address: SocketAddr, token: &str, keys: &Keys) -> Result<Self, Status> {
        let parsed: JoinToken = token.parse().expect("a join token");
        let first = channel(address, None, None).await;
        let mut client = EnrollmentServiceClient::new(first);
        let trust = client
            .get_trust(wire::GetTrustRequest { versions: Some(VERSIONS), trust_version: 0 })
            .await?
            .into_inner();
        let documents: Vec<Envelope> =
            trust.trust_documents.iter().map(|document| Envelope::from_json(document).unwrap()).collect();
        let trust = TrustDocument::first(parsed.fleet_root, &documents)
            .expect("the token's root signed the document");

        let csr = keys.csr();
        let sealing = keys.opening().public_key();
        let receipt_key = keys.receipt();
        let proof = receipt_key.sign(&identity::receipt_key_proof(parsed.uid, &csr, &sealing));
        let second = channel(address, Some(&trust), None).await;
        let enrolled = EnrollmentServiceClient::new(second)
            .enroll(wire::EnrollRequest {
                versions: Some(VERSIONS),
                token: token.to_owned(),
                csr,
                receipt_key: Some(wire::PublicKey {
                    algorithm: "ed25519".to_owned(),
                    public_key: receipt_key.public_key().to_bytes().to_vec(),
                    proof: proof.to_vec(),
                }),
                sealing_key: Some(wire::PublicKey {
                    algorithm: "x-wing".to_owned(),
                    public_key: sealing,
                    proof: Vec::new(),
                }),
                facts: Some(wire::Facts {
                    hostname: "scripted".to_owned(),
                    os: "debian".to_owned(),
                    ..Default::default()
                }),
            })
            .await?
            .into_inner();
        let server: ServerUid = enrolled.server_uid.parse().unwrap();
        let sealed = enrolled.sealed_challenge.unwrap();
        let sealed = Sealed { enc: sealed.enc, ciphertext: sealed.ciphertext };
        let info = seal::enrollment_info(&trust.trust_domain, server, enrolled.incarnation);
        let sealing_proof =
            keys.opening().open(&sealed, &info).expect("the challenge is for our key").to_vec();
        let tls_key = keys.tls();
        let client_identity = (enrolled.certificate_chain.clone(), tls_key.serialize_der());
        let third = channel(address, Some(&trust), Some(client_identity)).await;
        Ok(Self {
            server,
            incarnation: enrolled.incarnation,
            epoch: 0,
            journal_id: uuid::Uuid::now_v7().to_string(),
            session_chain: Vec::new(),
            address,
            trust,
            tls_key,
            chain: enrolled.certificate_chain,
            receipt_key,
            opening_key: keys.opening(),
            sealing_proof,
            client: AgentServiceClient::new(third),
        })
    }

    /// Connects anew, as after a cut.
    pub(crate) async fn reconnect(&mut self) {
        let identity = (self.chain.clone(), self.tls_key.serialize_der());
        self.client = AgentServiceClient::new(channel(self.address, Some(&self.trust), Some(identity)).await);
    }

    /// Another holder of the same identity.
    pub(crate) fn clone_identity(&self) -> Self {
        Self {
            server: self.server,
            incarnation: self.incarnation,
            epoch: 0,
            journal_id: self.journal_id.clone(),
            session_chain: self.session_chain.clone(),
            address: self.address,
            trust: self.trust.clone(),
            tls_key: rcgen::KeyPair::from_pem(&self.tls_key.serialize_pem()).unwrap(),
            chain: self.chain.clone(),
            receipt_key: SigningKey::from_seed(&self.receipt_key.seed()),
            opening_key: OpeningKey::from_seed(self.opening_key.seed()),
            sealing_proof: self.sealing_proof.clone(),
            client: self.client.clone(),
        }
    }

    /// Connects anew without showing a certificate.
    pub(crate) async fn forget_identity(&mut self) {
        self.client = AgentServiceClient::new(channel(self.address, Some(&self.trust), None).await);
    }

    /// Asks for a new certificate of the same key, or of these, and takes it over.
    pub(crate) async fn renew(&mut self, keys: Option<&Keys>) -> Result<(), Status> {
        let request = wire::RenewRequest { csr: self.csr(keys), ..Default::default() };
        self.renew_by(request, keys).await
    }

    /// The same with an expired certificate, answering a challenge.
    pub(crate) async fn renew_expired(&mut self, challenge: Vec<u8>) -> Result<(), Status> {
        let csr = self.csr(None);
        let statement = identity::renewal_proof(self.server, self.incarnation, &challenge, &csr);
        let challenge_signature = self.receipt_key.sign(&statement).to_vec();
        self.renew_by(wire::RenewRequest { csr, challenge, challenge_signature }, None).await
    }

    /// A challenge, as anybody gets it.
    pub(crate) async fn challenge(&self) -> Vec<u8> {
        let mut client = EnrollmentServiceClient::new(channel(self.address, None, None).await);
        let request = wire::GetTrustRequest { versions: Some(VERSIONS), trust_version: self.trust.version };
        let trust = client.get_trust(request).await.unwrap().into_inner();
        assert!(trust.trust_documents.is_empty(), "there is nothing newer");
        trust.challenge
    }

    async fn renew_by(&mut self, request: wire::RenewRequest, keys: Option<&Keys>) -> Result<(), Status> {
        let identity = (self.chain.clone(), self.tls_key.serialize_der());
        let channel = channel(self.address, Some(&self.trust), Some(identity)).await;
        self.chain =
            EnrollmentServiceClient::new(channel).renew(request).await?.into_inner().certificate_chain;
        if let Some(keys) = keys {
            self.tls_key = keys.tls();
        }
        Ok(())
    }

    fn csr(&self, keys: Option<&Keys>) -> Vec<u8> {
        match keys {
            Some(keys) => keys.csr(),
            None => {
                let params = rcgen::CertificateParams::default();
                params.serialize_request(&self.tls_key).unwrap().der().to_vec()
            }
        }
    }

    /// Opens a session, holding these attempts.
    pub(crate) async fn open(&mut self, held: &[AttemptRef]) -> Result<wire::PollJobsResponse, Status> {
        self.epoch = 0;
        let held =
            held.iter().map(|held| wire::HeldAttempt { job_id: held.job_id.clone(), attempt: held.attempt });
        let mut request = self.request(vec![0; 32]);
        request.held = held.collect();
        let opened = self.client.poll_jobs(request).await?.into_inner();
        self.epoch = opened.session_epoch;
        self.session_chain.clone_from(&opened.session_chain);
        Ok(opened)
    }

    /// Opens a session and says what its machine is.
    pub(crate) async fn tell(&mut self, facts: wire::Facts) {
        self.epoch = 0;
        let request = wire::PollJobsRequest { facts: Some(facts), ..self.request(vec![0; 32]) };
        let opened = self.client.poll_jobs(request).await.unwrap().into_inner();
        self.epoch = opened.session_epoch;
        self.session_chain = opened.session_chain;
    }

    /// Opens a session and says how its machine fares.
    pub(crate) async fn say(&mut self, heartbeat: wire::Heartbeat) {
        self.epoch = 0;
        let request = wire::PollJobsRequest { heartbeat: Some(heartbeat), ..self.request(vec![0; 32]) };
        let opened = self.client.poll_jobs(request).await.unwrap().into_inner();
        self.epoch = opened.session_epoch;
        self.session_chain = opened.session_chain;
    }

    /// Polls until something comes, for at most ten seconds. Every offer's signature, addressee and nonce are checked.
    pub(crate) async fn poll(&mut self) -> Result<Vec<Offered>, Status> {
        self.poll_for(Duration::from_secs(10)).await
    }

    /// Polls for so long; nothing if nothing came.
    pub(crate) async fn poll_for(&mut self, patience: Duration) -> Result<Vec<Offered>, Status> {
        let nonce: [u8; 32] = rand::random();
        let request = self.request(nonce.to_vec());
        let Ok(response) = tokio::time::timeout(patience, self.client.poll_jobs(request)).await else {
            return Ok(Vec::new());
        };
        let response = response?.into_inner();
        Ok(response.jobs.iter().map(|offer| self.check(offer, &nonce)).collect())
    }

    /// Opens a report stream of the session.
    pub(crate) async fn report(&mut self) -> Result<Report, Status> {
        let (up, receiver) = mpsc::unbounded_channel();
        let open = wire::ReportOpen { session_epoch: self.epoch };
        up.send(wire::ReportRequest { event: Some(report_request::Event::Open(open)) }).unwrap();
        let down = self.client.report(UnboundedReceiverStream::new(receiver)).await?.into_inner();
        let mut report = Report { up, down };
        match report.next().await? {
            report_response::Event::Opened(_) => Ok(report),
            other => panic!("a stream begins with `opened`, not {other:?}"),
        }
    }

    /// The whole bundle of a job.
    pub(crate) async fn bundle(&mut self, digest: purvey_contract::id::Digest) -> Result<Vec<u8>, Status> {
        let request = wire::GetBundleRequest { digest: digest.0.to_vec(), offset: 0 };
        let mut pieces = self.client.get_bundle(request).await?.into_inner();
        let mut archive = Vec::new();
        while let Some(piece) = pieces.message().await? {
            archive.extend_from_slice(&piece.data);
        }
        Ok(archive)
    }

    /// What a job's sealed inputs say.
    pub(crate) fn open_sealed(&self, job: &Offered) -> serde_json::Value {
        let spec = &job.spec;
        let info = seal::job_inputs_info(
            &spec.trust_domain,
            spec.server,
            spec.incarnation,
            spec.job,
            spec.attempt,
            spec.bundle,
        );
        let plain =
            self.opening_key.open(spec.sealed_inputs.as_ref().expect("sealed inputs"), &info).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }

    /// A receipt, signed.
    pub(crate) fn receipt(
        &self,
        job: &Offered,
        outcome: Outcome,
        exit_code: Option<i32>,
        log: &LogChain,
    ) -> Vec<u8> {
        self.sign(&Receipt {
            server: self.server,
            incarnation: self.incarnation,
            job: Some(job.spec.job),
            attempt: Some(job.spec.attempt),
            job_digest: job.digest,
            outcome,
            exit_code,
            reason_code: String::new(),
            reason: String::new(),
            started: OffsetDateTime::now_utc(),
            ended: OffsetDateTime::now_utc(),
            policy_digest: None,
            sandbox: SandboxReport::default(),
            log: LogSummary { chunks: log.chunks(), lines: log.chunks(), digest: log.digest() },
            outputs: vec![OutputValue { name: "url".to_owned(), value: "http://example.com".to_owned() }],
        })
    }

    /// Signs any receipt by this agent's key.
    pub(crate) fn sign(&self, receipt: &Receipt) -> Vec<u8> {
        Envelope::sign(receipt, &[&self.receipt_key]).to_json()
    }

    fn request(&self, nonce: Vec<u8>) -> wire::PollJobsRequest {
        wire::PollJobsRequest {
            versions: Some(VERSIONS),
            session_epoch: self.epoch,
            nonce,
            journal_id: self.journal_id.clone(),
            trust_version: self.trust.version,
            facts_digest: Vec::new(),
            free_slots: 1,
            held: Vec::new(),
            facts: None,
            sealing_proof: self.sealing_proof.clone(),
            publishers: Vec::new(),
            session_chain: if self.epoch == 0 { self.session_chain.clone() } else { Vec::new() },
            heartbeat: None,
        }
    }

    fn check(&self, offer: &wire::JobOffer, nonce: &[u8]) -> Offered {
        let keys: Vec<PublicKey> = self.trust.job_keys.iter().map(|key| key.public_key).collect();
        let envelope = Envelope::from_json(&offer.envelope).unwrap();
        let Verified { document: spec, payload_digest, .. } =
            envelope.verify::<JobSpec>(&keys).expect("a job key's signature");
        assert_eq!((spec.server, spec.incarnation), (self.server, self.incarnation));
        assert_eq!(spec.nonce, nonce);
        Offered { spec, digest: payload_digest }
    }
}

/// An agent's private keys, from one byte.
pub(crate) struct Keys {
    seed: u8,
    tls: String,
}

impl Keys {
    pub(crate) fn new(seed: u8) -> Self {
        let tls = rcgen::KeyPair::generate().unwrap().serialize_pem();
        Self { seed, tls }
    }

    fn tls(&self) -> rcgen::KeyPair {
        rcgen::KeyPair::from_pem(&self.tls).unwrap()
    }

    fn receipt(&self) -> SigningKey {
        SigningKey::from_seed(&[self.seed; 32])
    }

    fn opening(&self) -> OpeningKey {
        OpeningKey::from_seed(&[self.seed ^ 0xff; 32])
    }

    fn csr(&self) -> Vec<u8> {
        let params = rcgen::CertificateParams::default();
        params.serialize_request(&self.tls()).unwrap().der().to_vec()
    }
}

/// A report stream.
pub(crate) struct Report {
    up: mpsc::UnboundedSender<wire::ReportRequest>,
    down: Streaming<wire::ReportResponse>,
}

impl Report {
    /// Sends anything.
    pub(crate) fn send(&self, event: report_request::Event) {
        // A stream that the other side has ended is seen by `next`.
        let _ = self.up.send(wire::ReportRequest { event: Some(event) });
    }

    /// Says that the job is in the journal.
    pub(crate) fn accepted(&self, job: &Offered) {
        let job_digest = job.digest.0.to_vec();
        self.send(report_request::Event::Accepted(wire::Accepted {
            attempt: Some(job.attempt()),
            job_digest,
        }));
    }

    /// Sends a chunk of lines, and takes it into the chain.
    pub(crate) fn log(&self, job: &Offered, chain: &mut LogChain, first_line: u64, lines: &[&str]) {
        let payload = chunk(first_line, lines);
        let chunk_seq = chain.push(&payload);
        self.chunk(job, chunk_seq, payload);
    }

    /// Sends a chunk as it is.
    pub(crate) fn chunk(&self, job: &Offered, chunk_seq: u64, payload: Vec<u8>) {
        let chunk = wire::LogChunk { attempt: Some(job.attempt()), chunk_seq, payload: payload.into() };
        self.send(report_request::Event::LogChunk(chunk));
    }

    /// Sends a receipt.
    pub(crate) fn receipt(&self, job: &Offered, envelope: Vec<u8>) {
        self.send(report_request::Event::Receipt(wire::Receipt { attempt: Some(job.attempt()), envelope }));
    }

    /// The next answer, within ten seconds.
    pub(crate) async fn next(&mut self) -> Result<report_response::Event, Status> {
        let message = tokio::time::timeout(Duration::from_secs(10), self.down.message()).await;
        let message = message.expect("an answer within ten seconds")?;
        Ok(message.expect("the stream goes on").event.expect("an event"))
    }

    /// Whether an acceptance was taken in; true means that it must stop.
    pub(crate) async fn accepted_ack(&mut self) -> bool {
        match self.next().await.unwrap() {
            report_response::Event::AcceptedAck(ack) => ack.stop,
            other => panic!("not an acknowledgement of an acceptance: {other:?}"),
        }
    }

    /// Up to where chunks are durable.
    pub(crate) async fn log_ack(&mut self) -> u64 {
        match self.next().await.unwrap() {
            report_response::Event::LogAck(ack) => ack.chunk_seq,
            other => panic!("not an acknowledgement of a chunk: {other:?}"),
        }
    }

    /// The countersignature of a receipt, or why there is none.
    pub(crate) async fn receipt_ack(&mut self) -> Result<Vec<u8>, String> {
        match self.next().await.unwrap() {
            report_response::Event::ReceiptAck(ack) if ack.rejected.is_empty() => Ok(ack.countersignature),
            report_response::Event::ReceiptAck(ack) => Err(ack.rejected),
            other => panic!("not an acknowledgement of a receipt: {other:?}"),
        }
    }
}

/// A chunk's payload.
pub(crate) fn chunk(first_line: u64, lines: &[&str]) -> Vec<u8> {
    let line = |text: &&str| wire::LogLine {
        time_unix_micros: 1,
        stream: wire::LogStream::Stdout.into(),
        text: text.as_bytes().to_vec(),
        continued: false,
        dropped_bytes: 0,
    };
    wire::LogChunkPayload { first_line, lines: lines.iter().map(line).collect() }.encode_to_vec()
}

async fn channel(
    address: SocketAddr,
    trust: Option<&TrustDocument>,
    identity: Option<(Vec<Vec<u8>>, Vec<u8>)>,
) -> Channel {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap();
    let builder = match trust {
        Some(trust) => {
            let mut roots = rustls::RootCertStore::empty();
            for ca in &trust.cas {
                roots.add(CertificateDer::from(ca.certificate.clone())).unwrap();
            }
            builder.with_root_certificates(roots)
        }
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(nobody::TrustNobody)),
    };
    let mut config = match identity {
        Some((chain, key)) => {
            let chain = chain.into_iter().map(CertificateDer::from).collect();
            builder.with_client_auth_cert(chain, PrivateKeyDer::try_from(key).unwrap()).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let connect = tower::service_fn(move |_: http::Uri| {
        let connector = connector.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from("localhost").unwrap();
            Ok::<_, std::io::Error>(TokioIo::new(connector.connect(name, stream).await?))
        }
    });
    Endpoint::from_static("https://localhost").connect_with_connector_lazy(connect)
}

mod nobody {
    //! For the first exchange, whose answer is believed by its signature alone.

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};
    use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

    #[derive(Debug)]
    pub(super) struct TrustNobody;

    impl ServerCertVerifier for TrustNobody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            rustls::crypto::aws_lc_rs::default_provider()
                .signature_verification_algorithms
                .supported_schemes()
        }
    }
}
