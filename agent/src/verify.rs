//! Whether to do what a job says: every check in its order, the first failure refuses with a typed reason.
//!
//! Signature, then server, incarnation, nonce and expiry, then format and action ([`authenticate`]); host policy, the
//! publisher's statement, policy again, bundle, manifest, sealed inputs, inputs, the host's own properties ([`judge`]).

use std::time::{Duration, Instant};

use purvey_contract::action::Action;
use purvey_contract::bundle::{self, Bundle};
use purvey_contract::dsse::{Document, DsseError, Envelope};
use purvey_contract::id::{Digest, JobId, ServerUid};
use purvey_contract::inputs::{self, EffectiveInputs, SensitiveInputs};
use purvey_contract::job::{JobSpec, SPEC_VERSION};
use purvey_contract::machine::{self, Lack, Machine, Need};
use purvey_contract::manifest::{Manifest, Profile};
use purvey_contract::publisher::{BundleStatement, Distrust};
use purvey_contract::seal::{OpeningKey, job_inputs_info};
use purvey_contract::trust::TrustDocument;
use purvey_proto::agent::{Facts, JobOffer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ambient::Clock;
use crate::bundles::{Cache, FetchError, Source};
use crate::decisions::Checks;
use crate::facts;
use crate::identity::Named;
use crate::journal::AttemptId;
use crate::paths::Paths;
use crate::policy::{DailyCount, Policy, Script, is_destructive};
use crate::publishers;
pub use crate::refusal::Refusal;

/// How far the agent's clock and the control plane's may be apart before signatures' times mean nothing.
pub const CLOCK_BOUND: time::Duration = time::Duration::minutes(5);

/// A job whose signature is good, and that is for this server, now.
#[derive(Clone, Debug)]
pub struct AuthenticJob {
    /// What it says.
    pub spec: JobSpec,
    /// SHA-256 of the signed payload.
    pub digest: Digest,
    /// Until when it may be accepted, on the clock that only goes forward.
    pub accept_until: Instant,
    /// What was looked at so far.
    pub checks: Checks,
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
    /// What was looked at.
    pub checks: Checks,
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
    /// How long ago that poll was sent, by the clock that only goes forward.
    pub polled_ago: Duration,
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
    let mut checks = Checks::default();
    let (mut id, mut digest) = (None, Digest::of(&offer.envelope));
    match look(offer, audience, &mut checks, &mut id, &mut digest) {
        Ok((spec, life)) => {
            Ok(AuthenticJob { spec, digest, accept_until: audience.monotonic + life, checks })
        }
        Err(refusal) => Err(Box::new(NotAuthentic { refusal, id, digest, checks })),
    }
}

fn look(
    offer: &JobOffer,
    audience: &Audience<'_>,
    checks: &mut Checks,
    id: &mut Option<AttemptId>,
    digest: &mut Digest,
) -> Result<(JobSpec, Duration), Refusal> {
    let keys = audience.trust.job_keys_at(audience.now);
    let signed =
        Envelope::from_json(&offer.envelope).map_err(Refusal::EnvelopeMalformed).and_then(|envelope| {
            *digest = envelope.payload_digest();
            let header = envelope.verify::<Header>(&keys).map_err(|error| match error {
                DsseError::Payload(why) => Refusal::Malformed(why),
                error => Refusal::EnvelopeUntrusted(error),
            })?;
            Ok((envelope, header))
        });
    let (envelope, header) = checks.note("signature", signed, |(_, header)| {
        format!("by the job key {} of trust document {}", header.key.id(), audience.trust.version)
    })?;
    let header = header.document;
    *id = Some(AttemptId { job: header.job, attempt: header.attempt });
    checks.note("addressee", addressee(&header, audience), |()| {
        format!("this server, incarnation {}", header.incarnation)
    })?;
    checks.note("nonce", nonce(&header, audience), |()| "answers the pending poll".to_owned())?;
    checks.note("time", time(&header, audience), |()| {
        format!("signed at {}, to be accepted until {}", header.issued, header.expires)
    })?;
    checks.note("format", format(&header), |()| {
        format!("version {}, {}", header.spec_version, header.action)
    })?;
    let spec = envelope
        .verify::<JobSpec>(&keys)
        .map_err(|error| Refusal::Malformed(error.to_string()))
        .and_then(|spec| {
            // The header's nonce is base64 in any form; this is what it means.
            if spec.document.nonce == audience.nonce { Ok(spec.document) } else { Err(Refusal::WrongNonce) }
        });
    let spec = spec.inspect_err(|refusal| checks.failed("format", refusal))?;
    Ok((spec, Duration::try_from(header.expires - header.issued).unwrap_or_default()))
}

fn addressee(header: &Header, audience: &Audience<'_>) -> Result<(), Refusal> {
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
    Ok(())
}

fn nonce(header: &Header, audience: &Audience<'_>) -> Result<(), Refusal> {
    if header.nonce == base64(audience.nonce) { Ok(()) } else { Err(Refusal::WrongNonce) }
}

/// The nonce says that the job was signed between the poll and now: whatever else its times say is a clock's error.
fn time(header: &Header, audience: &Audience<'_>) -> Result<(), Refusal> {
    let (issued, polled) = (header.issued, audience.now - audience.polled_ago);
    if issued > audience.now + CLOCK_BOUND {
        return Err(Refusal::ClockOff { issued, off: issued - audience.now, is_ahead: false });
    }
    if issued < polled - CLOCK_BOUND {
        return Err(Refusal::ClockOff { issued, off: polled - issued, is_ahead: true });
    }
    if header.expires <= audience.now { Err(Refusal::Expired(header.expires)) } else { Ok(()) }
}

fn format(header: &Header) -> Result<(), Refusal> {
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
    /// The cgroup controllers that can hold scripts here.
    pub controllers: &'a [&'static str],
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
    /// Whether it counts against the daily limit of uninstalls, restores and downgrades.
    pub is_destructive: bool,
    /// Whether it has to be counted at all.
    pub is_counted: bool,
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

/// Checks policy, publisher, bundle, inputs and host, and notes each check.
///
/// # Errors
/// The first check that failed.
pub async fn judge(
    job: &AuthenticJob,
    statement: &[u8],
    host: &HostView<'_>,
    source: &mut impl Source,
    checks: &mut Checks,
) -> Result<Ready, NotReady> {
    let policy = Policy::load(&host.paths.policy_file()).map_err(Refusal::from);
    let policy = checks
        .note("policy file", policy, |policy| match policy.digest() {
            Some(digest) => format!("sha256 {digest}"),
            None => "none: the built-in limits".to_owned(),
        })
        .map_err(|refusal| NotReady::Refused { refusal: Box::new(refusal), policy_digest: None })?;
    let policy_digest = policy.digest();
    let refused = |refusal: Refusal| NotReady::Refused { refusal: Box::new(refusal), policy_digest };
    let spec = &job.spec;
    let now = policy.allows_now(spec.action, host.clock.now()).map_err(Refusal::from);
    checks
        .note("policy: pause, action, hours", now, |()| format!("`{}` may be done now", spec.action))
        .map_err(refused)?;
    let publisher = check_publisher(spec, statement, host);
    checks.note("publisher", publisher, |vouched| vouched.clone()).map_err(refused)?;
    let counting = check_app(spec, host, &policy);
    let (is_destructive, is_counted) = checks
        .note("policy: app, release, limits", counting, |_| {
            format!("{} release {} may run", spec.app, spec.release)
        })
        .map_err(refused)?;
    let archive = match host.cache.get(spec.bundle) {
        Some(archive) => Ok(archive),
        None => match source.fetch(spec.bundle).await {
            Err(broken @ FetchError::Broken(_)) => return Err(NotReady::Broken(broken)),
            other => other.map_err(Refusal::BundleUnavailable),
        },
    };
    let bundle = archive.and_then(|archive| open_bundle(spec, archive, host));
    let mut bundle = checks
        .note("bundle", bundle, |bundle| format!("{}, with a script for it", bundle.digest))
        .map_err(refused)?;
    let inputs = open_inputs(spec, &bundle.manifest, host);
    let inputs = checks
        .note("inputs", inputs, |inputs| {
            format!(
                "{} plain and {} secret ones fit the manifest",
                inputs.plain.len(),
                inputs.sensitive.len()
            )
        })
        .map_err(refused)?;
    let fits = check_host(spec.action, &bundle.manifest, host);
    checks.note("host", fits, |()| "system, resources and sandbox are there".to_owned()).map_err(refused)?;
    let script =
        Script { app: &spec.app, manifest: &bundle.manifest, inputs: &inputs, controllers: host.controllers };
    let allowed = policy.allows_script(&script).map_err(Refusal::from);
    checks
        .note("policy: user, paths, network, inputs, resources", allowed, |()| {
            format!("the sandbox `{}`, and what it asks for", bundle.manifest.sandbox.profile.as_str())
        })
        .map_err(refused)?;
    policy.bound(&mut bundle.manifest.sandbox);
    if host.clock.monotonic() >= job.accept_until {
        let late = Refusal::Expired(spec.expires);
        checks.failed("time", &late);
        return Err(refused(late));
    }
    Ok(Ready { bundle, inputs, policy_digest, is_destructive, is_counted, job: job.clone() })
}

/// Whether the publisher stands by the bundle, and how that is known.
fn check_publisher(spec: &JobSpec, statement: &[u8], host: &HostView<'_>) -> Result<String, Refusal> {
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
    Ok(format!("{} vouches for it, by its document {}", publisher.publisher, publisher.version))
}

/// Whether the job counts as destructive, and whether it has to be counted.
fn check_app(spec: &JobSpec, host: &HostView<'_>, policy: &Policy) -> Result<(bool, bool), Refusal> {
    policy.allows_app(&spec.app)?;
    policy.allows_release(host.installed_release, spec.release)?;
    let is_downgrade = host.installed_release.is_some_and(|installed| spec.release < installed);
    let is_destructive = is_destructive(spec.action, is_downgrade);
    let is_counted = is_destructive || policy.rules().daily_jobs.is_some();
    if is_counted {
        let today =
            DailyCount::at(host.paths.daily_count()).today(host.clock.now()).map_err(Refusal::DailyCount)?;
        policy.allows_another(today, is_destructive)?;
    }
    Ok((is_destructive, is_counted))
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

fn check_host(action: Action, manifest: &Manifest, host: &HostView<'_>) -> Result<(), Refusal> {
    let facts = host.facts;
    let machine = Machine {
        os: Some(&facts.os),
        os_like: facts.os_like.iter().map(String::as_str).collect(),
        os_version: &facts.os_version,
        os_name: &facts.os_name,
        architecture: Some(&facts.architecture),
        memory_bytes: Some(facts.memory_bytes),
        cpus: Some(facts.cpus),
        // As it is now, and not as it was told.
        disk_free_bytes: facts::disk(std::path::Path::new("/")).map(|disk| disk.free),
    };
    match machine::lacks(manifest, action, &machine).into_iter().next() {
        Some(Lack { need: Need::Os, has, needs: _ }) => return Err(Refusal::OperatingSystem(has)),
        Some(Lack { need: _, has, needs }) => return Err(Refusal::Resources { has, needs }),
        None => {}
    }
    match (&host.confined, manifest.sandbox.profile) {
        (Err(why), Profile::Confined) => Err(Refusal::SandboxUnavailable(why.clone())),
        _ => Ok(()),
    }
}
