//! Whether to do what a job says: every check in its order, the first failure refuses with a typed reason.
//!
//! Signature, then server, incarnation, nonce and expiry, then format and action ([`authenticate`]); host policy, the
//! publisher's statement, policy again, bundle, manifest, sealed inputs, inputs, the host's own properties ([`judge`]).

use std::time::{Duration, Instant};

use purvey_contract::action::Action;
use purvey_contract::bundle::{self, Bundle};
use purvey_contract::dsse::{Document, DsseError, Envelope};
use purvey_contract::id::{Digest, JobId, Name, ServerUid};
use purvey_contract::inputs::{self, EffectiveInputs, SensitiveInputs};
use purvey_contract::job::{JobSpec, SPEC_VERSION};
use purvey_contract::manifest::{Manifest, Profile};
use purvey_contract::publisher::{BundleStatement, Distrust};
use purvey_contract::seal::{OpeningKey, job_inputs_info};
use purvey_contract::trust::TrustDocument;
use purvey_proto::agent::{Facts, JobOffer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ambient::Clock;
use crate::bundles::{Cache, FetchError, Source};
use crate::facts;
use crate::identity::Named;
use crate::journal::AttemptId;
use crate::paths::Paths;
use crate::policy::{DailyCount, Denied, Policy, PolicyFileError, is_destructive};
use crate::publishers;

/// How far the agent's clock may be behind the control plane's before signatures' times mean nothing.
const CLOCK_BOUND: time::Duration = time::Duration::minutes(5);

/// Why a job is not done. Each has a stable code ([`Self::code`]).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The envelope is no envelope.
    #[error("the job's envelope: {0}")]
    EnvelopeMalformed(DsseError),
    /// No job key of the trust document signed it.
    #[error("the job's envelope: {0}")]
    EnvelopeUntrusted(DsseError),
    /// It is for another fleet, control plane or server.
    #[error("the job is for {0}, not for this server")]
    WrongServer(String),
    /// It is for another enrolment of this server.
    #[error("the job is for incarnation {found} of this server, which is {held}")]
    WrongIncarnation {
        /// The job's.
        found: u32,
        /// The server's.
        held: u32,
    },
    /// It does not answer the poll that is pending: a replay.
    #[error("the job does not answer the pending poll")]
    WrongNonce,
    /// Its time is over.
    #[error("the job expired at {0}")]
    Expired(OffsetDateTime),
    /// It comes from the future: this host's clock is wrong.
    #[error("the job was signed at {0}, which is yet to come; check this host's clock")]
    ClockOff(OffsetDateTime),
    /// A later format, which may restrict what this agent would not notice.
    #[error("the job has format {0}, and this agent knows {SPEC_VERSION}; upgrade the agent")]
    SpecVersion(u32),
    /// An unknown action.
    #[error("the job's action `{0}` is unknown; upgrade the agent")]
    UnknownAction(String),
    /// It is signed, and not a job.
    #[error("the job is malformed: {0}")]
    Malformed(String),
    /// The policy file is broken.
    #[error("host policy: {0}")]
    PolicyFile(#[from] PolicyFileError),
    /// The policy says no.
    #[error(transparent)]
    Policy(#[from] Denied),
    /// How many destructive jobs there were today is unknown.
    #[error("the daily count of destructive jobs cannot be read: {0}")]
    DailyCount(std::io::Error),
    /// This host does not trust the publisher.
    #[error("this host does not trust the publisher `{0}`: there is no {path}", path = publisher_path(.0))]
    PublisherUnknown(Name),
    /// The publisher's document on this host cannot be relied on.
    #[error("the publisher `{publisher}`'s document on this host: {why}")]
    PublisherFile {
        /// Whose.
        publisher: Name,
        /// What is wrong.
        why: String,
    },
    /// The publisher does not stand by the bundle.
    #[error(transparent)]
    Distrust(#[from] Distrust),
    /// The publisher's statement is about another bundle than the job's.
    #[error("the publisher's statement is about {statement}, and the job about {job}")]
    StatementMismatch {
        /// What the statement is about.
        statement: String,
        /// What the job is about.
        job: String,
    },
    /// The bundle cannot be had.
    #[error(transparent)]
    BundleUnavailable(FetchError),
    /// The bundle is not the one that was signed.
    #[error("the bundle has the digest {found}, not {wanted}")]
    BundleAltered {
        /// What it has.
        found: Digest,
        /// What was signed.
        wanted: Digest,
    },
    /// The archive is no bundle.
    #[error("the bundle is invalid: {0}")]
    BundleInvalid(String),
    /// The manifest is of another app, version or release than was signed.
    #[error("the bundle's manifest is of {0}")]
    ManifestMismatch(String),
    /// The app has no script for the action.
    #[error("the app has no script for `{0}`")]
    NoScript(Action),
    /// The sealed inputs do not open.
    #[error("the sealed inputs cannot be opened with this server's key")]
    SealedInputs,
    /// The inputs do not fit the manifest that the publisher signed.
    #[error("the inputs do not fit the manifest: {0}")]
    Inputs(String),
    /// The system is not one that the app runs on.
    #[error("the app does not run on {0}")]
    OperatingSystem(String),
    /// The machine is too small.
    #[error("the host has {has}, and the app needs {needs}")]
    Resources {
        /// What there is.
        has: String,
        /// What is needed.
        needs: String,
    },
    /// The script asks for a sandbox that this host cannot enforce.
    #[error("the app asks for the sandbox `confined`, which this host cannot enforce: {0}")]
    SandboxUnavailable(String),
    /// Another attempt works on the install, or all slots are taken.
    #[error("{0}")]
    Busy(String),
    /// The attempt ran before.
    #[error("attempt {0} of this job was taken on before, and so was a later one")]
    Superseded(u32),
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Journal(std::io::Error),
}

fn publisher_path(publisher: &Name) -> String {
    format!("/etc/purvey/publishers.d/{publisher}")
}

impl Refusal {
    /// Stable, for receipts and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EnvelopeMalformed(_) => "ENVELOPE_MALFORMED",
            Self::EnvelopeUntrusted(_) => "ENVELOPE_UNTRUSTED",
            Self::WrongServer(_) => "WRONG_SERVER",
            Self::WrongIncarnation { .. } => "WRONG_INCARNATION",
            Self::WrongNonce => "NONCE_MISMATCH",
            Self::Expired(_) => "JOB_EXPIRED",
            Self::ClockOff(_) => "CLOCK_OFF",
            Self::SpecVersion(_) => "SPEC_VERSION_UNSUPPORTED",
            Self::UnknownAction(_) => "ACTION_UNKNOWN",
            Self::Malformed(_) => "JOB_MALFORMED",
            Self::PolicyFile(_) => "POLICY_INVALID",
            Self::Policy(denied) => denied.code(),
            Self::DailyCount(_) => "POLICY_DAILY_LIMIT",
            Self::PublisherUnknown(_) => "PUBLISHER_NOT_TRUSTED",
            Self::PublisherFile { .. } => "PUBLISHER_DOCUMENT_INVALID",
            Self::Distrust(distrust) => distrust.code(),
            Self::StatementMismatch { .. } => "BUNDLE_STATEMENT_MISMATCH",
            Self::BundleUnavailable(_) => "BUNDLE_UNAVAILABLE",
            Self::BundleAltered { .. } => "BUNDLE_ALTERED",
            Self::BundleInvalid(_) => "BUNDLE_INVALID",
            Self::ManifestMismatch(_) => "MANIFEST_MISMATCH",
            Self::NoScript(_) => "ACTION_NOT_SUPPORTED",
            Self::SealedInputs => "SEALED_INPUTS_UNREADABLE",
            Self::Inputs(_) => "INPUTS_INVALID",
            Self::OperatingSystem(_) => "OS_UNSUPPORTED",
            Self::Resources { .. } => "RESOURCES_INSUFFICIENT",
            Self::SandboxUnavailable(_) => "SANDBOX_UNAVAILABLE",
            Self::Busy(_) => "SERVER_BUSY",
            Self::Superseded(_) => "ATTEMPT_SUPERSEDED",
            Self::Journal(_) => "JOURNAL_UNWRITABLE",
        }
    }
}

/// A job whose signature is good, and that is for this server, now.
#[derive(Clone, Debug)]
pub struct AuthenticJob {
    /// What it says.
    pub spec: JobSpec,
    /// SHA-256 of the signed payload.
    pub digest: Digest,
    /// Until when it may be accepted, on the clock that only goes forward.
    pub accept_until: Instant,
}

impl AuthenticJob {
    /// The attempt.
    pub fn id(&self) -> AttemptId {
        AttemptId { job: self.spec.job, attempt: self.spec.attempt }
    }
}

/// A job that was refused before anything in it was believed, or because of what it says of itself.
#[derive(Debug)]
pub struct NotAuthentic {
    /// Why.
    pub refusal: Refusal,
    /// Which attempt, if the signature was good.
    pub id: Option<AttemptId>,
    /// SHA-256 of the payload, or of the envelope if it is none.
    pub digest: Digest,
}

/// What is needed to be sure that a job is the control plane's, for this server, now.
#[derive(Debug)]
pub struct Audience<'a> {
    /// Whose keys sign jobs.
    pub trust: &'a TrustDocument,
    /// Who this server is.
    pub named: &'a Named,
    /// The pending poll's.
    pub nonce: &'a [u8],
    /// The wall clock.
    pub now: OffsetDateTime,
    /// The clock that only goes forward.
    pub monotonic: Instant,
}

/// The fields that say whom a job is for, whatever else its format has.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    spec_version: u32,
    trust_domain: String,
    cell: String,
    server: ServerUid,
    incarnation: u32,
    job: JobId,
    attempt: u32,
    action: String,
    #[serde(with = "time::serde::rfc3339")]
    issued: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires: OffsetDateTime,
    nonce: String,
}

impl Document for Header {
    const PAYLOAD_TYPE: &'static str = JobSpec::PAYLOAD_TYPE;
}

/// Checks the signature, and that the job is for this server, this incarnation, this poll, now, and in a known format.
///
/// # Errors
/// The first check that failed.
pub fn authenticate(offer: &JobOffer, audience: &Audience<'_>) -> Result<AuthenticJob, Box<NotAuthentic>> {
    let envelope = Envelope::from_json(&offer.envelope).map_err(|error| NotAuthentic {
        refusal: Refusal::EnvelopeMalformed(error),
        id: None,
        digest: Digest::of(&offer.envelope),
    })?;
    let digest = envelope.payload_digest();
    let keys = audience.trust.job_keys_at(audience.now);
    let header = envelope.verify::<Header>(&keys).map_err(|error| {
        let refusal = match error {
            DsseError::Payload(why) => Refusal::Malformed(why),
            error => Refusal::EnvelopeUntrusted(error),
        };
        NotAuthentic { refusal, id: None, digest }
    })?;
    let header = header.document;
    let id = Some(AttemptId { job: header.job, attempt: header.attempt });
    let refuse = |refusal| Box::new(NotAuthentic { refusal, id, digest });
    check_header(&header, audience).map_err(refuse)?;
    let spec = envelope
        .verify::<JobSpec>(&keys)
        .map_err(|error| refuse(Refusal::Malformed(error.to_string())))?
        .document;
    if spec.nonce != audience.nonce {
        return Err(refuse(Refusal::WrongNonce));
    }
    let life = Duration::try_from(header.expires - header.issued).unwrap_or_default();
    Ok(AuthenticJob { spec, digest, accept_until: audience.monotonic + life })
}

fn check_header(header: &Header, audience: &Audience<'_>) -> Result<(), Refusal> {
    let named = audience.named;
    if header.trust_domain != named.trust_domain || header.cell != named.cell {
        return Err(Refusal::WrongServer(format!("{} of `{}`", header.cell, header.trust_domain)));
    }
    if header.server != named.server {
        return Err(Refusal::WrongServer(header.server.to_string()));
    }
    if header.incarnation != named.incarnation {
        return Err(Refusal::WrongIncarnation { found: header.incarnation, held: named.incarnation });
    }
    if header.nonce != base64(audience.nonce) {
        return Err(Refusal::WrongNonce);
    }
    if header.issued > audience.now + CLOCK_BOUND {
        return Err(Refusal::ClockOff(header.issued));
    }
    if header.expires <= audience.now {
        return Err(Refusal::Expired(header.expires));
    }
    if header.spec_version > SPEC_VERSION {
        return Err(Refusal::SpecVersion(header.spec_version));
    }
    if Action::from_name(&header.action).is_none() {
        return Err(Refusal::UnknownAction(header.action.chars().take(40).collect()));
    }
    if header.attempt == 0 {
        return Err(Refusal::Malformed("attempt 0".to_owned()));
    }
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// What [`judge`] needs of the host.
pub struct HostView<'a> {
    /// Where policy and publishers lie.
    pub paths: &'a Paths,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Opens sealed inputs.
    pub sealing: &'a OpeningKey,
    /// What the host is.
    pub facts: &'a Facts,
    /// Bundles that are here already.
    pub cache: &'a Cache,
    /// The release of the install that is there now, if any.
    pub installed_release: Option<u64>,
    /// Why `confined` cannot be enforced here, if it cannot.
    pub confined: Result<(), String>,
}

/// A job that may run.
#[derive(Debug)]
pub struct Ready {
    /// The job.
    pub job: AuthenticJob,
    /// Its bundle.
    pub bundle: Bundle,
    /// Its inputs, as the manifest has them.
    pub inputs: EffectiveInputs,
    /// The policy file in force.
    pub policy_digest: Option<Digest>,
    /// Whether it counts against the daily limit.
    pub is_destructive: bool,
}

/// Why [`judge`] did not let a job through.
#[derive(Debug)]
pub enum NotReady {
    /// It must not run.
    Refused {
        /// Why.
        refusal: Box<Refusal>,
        /// The policy file in force.
        policy_digest: Option<Digest>,
    },
    /// The connection broke before enough was known: the job will be offered again.
    Broken(FetchError),
}

/// Checks policy, publisher, bundle, inputs and host.
///
/// # Errors
/// The first check that failed.
pub async fn judge(
    job: AuthenticJob,
    statement: &[u8],
    host: &HostView<'_>,
    source: &mut impl Source,
) -> Result<Ready, NotReady> {
    let policy = Policy::load(&host.paths.policy_file())
        .map_err(|error| NotReady::Refused { refusal: Box::new(error.into()), policy_digest: None })?;
    let policy_digest = policy.digest();
    let refused = |refusal: Refusal| NotReady::Refused { refusal: Box::new(refusal), policy_digest };
    let spec = &job.spec;
    let is_destructive = check_publisher(spec, statement, host, &policy).map_err(refused)?;
    let archive = match host.cache.get(spec.bundle) {
        Some(archive) => archive,
        None => match source.fetch(spec.bundle).await {
            Ok(archive) => archive,
            Err(broken @ FetchError::Broken(_)) => return Err(NotReady::Broken(broken)),
            Err(error) => return Err(refused(Refusal::BundleUnavailable(error))),
        },
    };
    let bundle = open_bundle(spec, archive, host).map_err(refused)?;
    let inputs = open_inputs(spec, &bundle.manifest, host).map_err(refused)?;
    check_host(&bundle.manifest, host).map_err(refused)?;
    if host.clock.monotonic() >= job.accept_until {
        return Err(refused(Refusal::Expired(spec.expires)));
    }
    Ok(Ready { bundle, inputs, policy_digest, is_destructive, job })
}

fn check_publisher(
    spec: &JobSpec,
    statement: &[u8],
    host: &HostView<'_>,
    policy: &Policy,
) -> Result<bool, Refusal> {
    policy.allows_action(spec.action)?;
    let publisher = publishers::load(&spec.app.publisher, host.paths)?;
    let envelope = Envelope::from_json(statement).map_err(Distrust::Signature)?;
    let statement = publisher.verify_statement(&envelope, host.clock.now())?;
    let BundleStatement { app, version, release, bundle, issued: _ } = &statement;
    if (app, version, *release, *bundle) != (&spec.app, &spec.version, spec.release, spec.bundle) {
        return Err(Refusal::StatementMismatch {
            statement: format!("{app} {version} (release {release}, {bundle})"),
            job: format!("{} {} (release {}, {})", spec.app, spec.version, spec.release, spec.bundle),
        });
    }
    policy.allows_app(app)?;
    let is_downgrade = host.installed_release.is_some_and(|installed| *release < installed);
    let is_destructive = is_destructive(spec.action, is_downgrade);
    if is_destructive {
        let count = DailyCount::at(host.paths.daily_count());
        policy.allows_another(count.today(host.clock.now()).map_err(Refusal::DailyCount)?)?;
    }
    Ok(is_destructive)
}

fn open_bundle(spec: &JobSpec, archive: Vec<u8>, host: &HostView<'_>) -> Result<Bundle, Refusal> {
    let found = Digest::of(&archive);
    if found != spec.bundle {
        return Err(Refusal::BundleAltered { found, wanted: spec.bundle });
    }
    if let Err(error) = host.cache.put(found, &archive) {
        tracing::warn!(%error, "a bundle cannot be kept");
    }
    let bundle = bundle::open(archive).map_err(|error| Refusal::BundleInvalid(error.to_string()))?;
    let manifest = &bundle.manifest;
    let real = BundleStatement::of(&bundle, spec.issued);
    if (&real.app, &real.version, real.release) != (&spec.app, &spec.version, spec.release) {
        return Err(Refusal::ManifestMismatch(real.to_string()));
    }
    if manifest.script(spec.action).is_none() {
        return Err(Refusal::NoScript(spec.action));
    }
    Ok(bundle)
}

fn open_inputs(spec: &JobSpec, manifest: &Manifest, host: &HostView<'_>) -> Result<EffectiveInputs, Refusal> {
    let sensitive = match &spec.sealed_inputs {
        None => SensitiveInputs::default(),
        Some(sealed) => {
            let info = job_inputs_info(
                &spec.trust_domain,
                spec.server,
                spec.incarnation,
                spec.job,
                spec.attempt,
                spec.bundle,
            );
            let text = host.sealing.open(sealed, &info).map_err(|_| Refusal::SealedInputs)?;
            SensitiveInputs::from_plaintext(&text).ok_or(Refusal::SealedInputs)?
        }
    };
    inputs::validate(manifest, &EffectiveInputs::join(&spec.inputs, &sensitive)).map_err(|violations| {
        // A violation never holds the value of a sensitive input.
        Refusal::Inputs(violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })
}

fn check_host(manifest: &Manifest, host: &HostView<'_>) -> Result<(), Refusal> {
    let facts = host.facts;
    let like: Vec<&str> = facts.os_like.iter().map(String::as_str).collect();
    if !manifest.os_requirements.accepts(&facts.os, &like, &facts.os_version) {
        let name = if facts.os_name.is_empty() { "an unknown system" } else { &facts.os_name };
        return Err(Refusal::OperatingSystem(name.to_owned()));
    }
    let needs = &manifest.resource_requirements;
    let architecture = facts::debian_architecture(&facts.architecture);
    if !needs.architectures.is_empty() && !needs.architectures.iter().any(|name| name == architecture) {
        return Err(lacking(architecture.to_owned(), needs.architectures.join(" or ")));
    }
    // The kernel keeps some of the machine's memory for itself: a machine sold with 512 MiB shows less.
    let memory = facts.memory_bytes / (1024 * 1024);
    if memory < needs.min_ram_mb - needs.min_ram_mb / 8 {
        return Err(lacking(format!("{memory} MiB of memory"), format!("{} MiB", needs.min_ram_mb)));
    }
    if facts.cpus < needs.min_cpu_cores {
        return Err(lacking(format!("{} processors", facts.cpus), needs.min_cpu_cores.to_string()));
    }
    let free = facts::disk(std::path::Path::new("/")).map_or(u64::MAX, |disk| disk.free) / (1024 * 1024);
    if free < needs.min_disk_mb {
        return Err(lacking(format!("{free} MiB free on /"), format!("{} MiB", needs.min_disk_mb)));
    }
    match (&host.confined, manifest.sandbox.profile) {
        (Err(why), Profile::Confined) => Err(Refusal::SandboxUnavailable(why.clone())),
        _ => Ok(()),
    }
}

fn lacking(has: String, needs: String) -> Refusal {
    Refusal::Resources { has, needs }
}
