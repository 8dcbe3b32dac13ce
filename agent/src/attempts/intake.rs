//! From an offer to a running script or a refusal: the journal decides, the verdict follows, the journal is written.

use std::sync::Arc;
use std::time::Duration;

use purvey_contract::id::Digest;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use purvey_proto::agent::{Facts, JobOffer, Receipt};
use tokio::sync::watch;
use tonic::transport::Channel;

use super::{Agent, Event, Live};
use crate::bundles::FetchError;
use crate::decisions::{About, Decision};
use crate::exec::cgroup::Cgroups;
use crate::exec::runner::{self, Stop};
use crate::facts;
use crate::failpoint;
use crate::installed;
use crate::journal::{AttemptId, Entry};
use crate::logs::SharedSpool;
use crate::policy::{DailyCount, Policy};
use crate::receipts::{self, Ending};
use crate::spool::Spool;
use crate::verify::{self, Audience, AuthenticJob, HostView, NotReady, Ready, Refusal};

/// Answers to jobs that were not believed are not kept for ever.
const MAX_ANSWERS: usize = 16;
/// All logs together that a control plane has not acknowledged. It gets no more until it has.
const MAX_LOG_BYTES: u64 = 256 * 1024 * 1024;

impl Agent {
    /// A job was offered in answer to the poll with this nonce, which was sent so long ago.
    pub fn offered(
        &mut self,
        offer: JobOffer,
        nonce: &[u8],
        polled_ago: Duration,
        client: AgentServiceClient<Channel>,
    ) {
        failpoint::reached(failpoint::OFFERED);
        let trust = self.trust.newest();
        let audience = Audience {
            trust: &trust,
            named: &self.identity.named,
            nonce,
            polled_ago,
            now: self.clock.now(),
            monotonic: self.clock.monotonic(),
        };
        match verify::authenticate(&offer, &audience) {
            Err(not) => {
                let ending = Ending::refused(&not.refusal, None, self.clock.now());
                tracing::warn!(code = not.refusal.code(), reason = %not.refusal, "a job is refused");
                self.decisions.decided(Decision {
                    at: self.clock.now(),
                    attempt: not.id.map(Into::into),
                    job_digest: not.digest,
                    about: None,
                    policy: None,
                    checks: not.checks.into_list(),
                    refused: Some((&not.refusal).into()),
                });
                let envelope = receipts::sign(&self.identity, not.id, not.digest, ending);
                let attempt = not.id.map(AttemptId::to_wire);
                if self.answers.len() < MAX_ANSWERS {
                    self.answers.push(Receipt { attempt, envelope: envelope.into_bytes() });
                }
            }
            Ok(job) => self.consider(job, offer.bundle_statement, client),
        }
    }

    /// The journal decides: what it holds is answered for, and not run a second time.
    fn consider(&mut self, job: AuthenticJob, statement: Vec<u8>, client: AgentServiceClient<Channel>) {
        let id = job.id();
        if self.judging.contains(&id) {
            return;
        }
        if let Some((held, entry)) = self.journal.latest(id.job) {
            let is_new = id.attempt > held.attempt && (entry.delivered || !entry.accepted);
            if !is_new {
                tracing::info!(job.id = %id.job, offered = id.attempt, held = held.attempt, "the journal holds the job");
                if entry.delivered && id.attempt < held.attempt {
                    let refusal = Refusal::Superseded(id.attempt);
                    self.refuse(&job, &refusal, None);
                } else {
                    self.live.entry(held).or_default();
                    self.again.insert(held);
                }
                return;
            }
        }
        failpoint::reached(failpoint::AUTHENTIC);
        self.judging.insert(id);
        let facts = facts::gather();
        self.judge(job, statement, facts, client);
    }

    fn judge(
        &self,
        mut job: AuthenticJob,
        statement: Vec<u8>,
        facts: Facts,
        mut client: AgentServiceClient<Channel>,
    ) {
        let (paths, clock, cache) = (self.paths.clone(), Arc::clone(&self.clock), self.cache.clone());
        let (identity, confined, events) =
            (Arc::clone(&self.identity), self.confined.clone(), self.events.clone());
        let controllers = self.runner.cgroups.as_ref().map(Cgroups::controllers).unwrap_or_default();
        let installed_release =
            installed::look_up(&self.paths, job.spec.install).map(|installed| installed.release);
        self.tasks.spawn(async move {
            let host = HostView {
                paths: &paths,
                clock: &*clock,
                sealing: &identity.keys.sealing,
                facts: &facts,
                cache: &cache,
                installed_release,
                confined,
                controllers: &controllers,
            };
            let mut checks = job.checks.clone();
            let verdict = verify::judge(&job, &statement, &host, &mut client, &mut checks).await;
            job.checks = checks;
            // The agent is gone only when the process ends.
            let _ = events.send(Event::Judged(job.id(), Box::new(job), Box::new(verdict)));
        });
    }

    pub(super) fn judged(&mut self, id: AttemptId, job: &AuthenticJob, verdict: Result<Ready, NotReady>) {
        // Cancelled while it was judged.
        if !self.judging.remove(&id) {
            return;
        }
        match verdict {
            Ok(ready) => {
                let policy_digest = ready.policy_digest;
                match self.accept(id, ready) {
                    Ok(()) => self.record(job, None, policy_digest),
                    Err(refusal) => self.refuse(job, &refusal, policy_digest),
                }
            }
            Err(NotReady::Refused { refusal, policy_digest }) => self.refuse(job, &refusal, policy_digest),
            Err(NotReady::Broken(error)) => {
                let error: &FetchError = &error;
                tracing::warn!(%error, job.id = %id.job, "a job cannot be judged; it will be offered again");
            }
        }
    }

    /// Takes a job on: journal first, then the script.
    fn accept(&mut self, id: AttemptId, ready: Ready) -> Result<(), Refusal> {
        failpoint::reached(failpoint::JUDGED);
        let spec = &ready.job.spec;
        let same = |entry: &Entry| entry.install == spec.install;
        if self.running().filter_map(|id| self.journal.get(id)).any(same) {
            return Err(Refusal::Busy(format!("another job works on the install `{}`", spec.install_name)));
        }
        let waiting = self.live.values().filter_map(|live| live.spool.as_ref());
        if waiting.map(|spool| spool.with(|spool| spool.unacknowledged_bytes())).sum::<u64>() > MAX_LOG_BYTES
        {
            return Err(Refusal::Busy(
                "the logs of earlier jobs wait to be acknowledged and take too much room".to_owned(),
            ));
        }
        if self.free_slots() == 0 {
            return Err(Refusal::Busy("the agent is at work on another job".to_owned()));
        }
        let entry = entry(&ready.job, true, None, self.clock.now());
        let path = self.paths.spool(id.job, id.attempt);
        let spool = Spool::open(&path).map_err(Refusal::Journal)?;
        failpoint::reached(failpoint::SPOOL_MADE);
        if ready.is_counted {
            let count = DailyCount::at(self.paths.daily_count());
            count.add(self.clock.now(), ready.is_destructive).map_err(Refusal::DailyCount)?;
        }
        self.journal.take(id, entry).map_err(Refusal::Journal)?;
        tracing::info!(
            job.id = %id.job, job.attempt = id.attempt, app = %spec.app, version = spec.version, action = %spec.action,
            requested_by = spec.requested_by, "a job is accepted"
        );
        let spool = SharedSpool::new(spool, Arc::clone(&self.grew));
        let (stop, stopped) = watch::channel(Stop::No);
        let (runner, events) = (Arc::clone(&self.runner), self.events.clone());
        let log = spool.clone();
        self.tasks.spawn(async move {
            let progress = |progress| drop(events.send(Event::Progress(id, progress)));
            let ending = runner::run(&runner, ready, log, stopped, progress).await;
            let _ = events.send(Event::Ended(id, Box::new(ending)));
        });
        self.live.insert(id, Live { spool: Some(spool), running: Some(stop), progress: None });
        Ok(())
    }

    /// Says no to a job whose signature was good, with a receipt that is kept until it has arrived.
    fn refuse(&mut self, job: &AuthenticJob, refusal: &Refusal, policy_digest: Option<Digest>) {
        let id = job.id();
        tracing::warn!(job.id = %id.job, code = refusal.code(), reason = %refusal, "a job is refused");
        self.record(job, Some(refusal), policy_digest);
        let now = self.clock.now();
        let ending = Ending::refused(refusal, policy_digest, now);
        let receipt = receipts::sign(&self.identity, Some(id), job.digest, ending);
        match self.journal.take(id, entry(job, false, Some(receipt.clone()), now)) {
            Ok(()) => drop(self.live.insert(id, Live::default())),
            Err(error) => {
                // A full disk must not keep the refusal from being heard.
                tracing::error!(%error, "the journal cannot be written");
                if self.answers.len() < MAX_ANSWERS {
                    self.answers
                        .push(Receipt { attempt: Some(id.to_wire()), envelope: receipt.into_bytes() });
                }
            }
        }
    }

    /// Says in the agent's own log what the host's policy is now.
    pub fn look_at_policy(&self) {
        match Policy::load(&self.paths.policy_file()) {
            Ok(policy) => tracing::info!(
                sha256 = policy.digest().map(|digest| digest.to_string()).unwrap_or_default(),
                restricts = policy.restricts().join(" "),
                "the host's policy is read"
            ),
            Err(error) => tracing::error!(%error, "the host's policy is invalid: every job is refused"),
        }
    }

    /// For `agent explain`.
    fn record(&self, job: &AuthenticJob, refusal: Option<&Refusal>, policy: Option<Digest>) {
        let mut checks = job.checks.clone();
        match refusal {
            Some(refusal) if !checks.has_failed() => checks.failed("taking it on", refusal),
            Some(_) => {}
            None => checks.passed("taking it on", "written to the journal"),
        }
        self.decisions.decided(Decision {
            at: self.clock.now(),
            attempt: Some(job.id().into()),
            job_digest: job.digest,
            about: Some(About::from(&job.spec)),
            policy,
            checks: checks.into_list(),
            refused: refusal.map(Into::into),
        });
    }
}

fn entry(
    job: &AuthenticJob,
    accepted: bool,
    receipt: Option<String>,
    started: time::OffsetDateTime,
) -> Entry {
    let spec = &job.spec;
    Entry {
        install: spec.install,
        install_name: spec.install_name.to_string(),
        action: spec.action,
        app: spec.app.clone(),
        version: spec.version.clone(),
        job_digest: job.digest,
        accepted,
        started,
        receipt,
        delivered: false,
    }
}
