//! The agent's hands: which attempts it has taken on, in which state each is, and what moves it on.
//!
//! One task owns all of this. Judging a job and running its script are tasks of their own that report by events.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use purvey_contract::receipt::Outcome;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use purvey_proto::agent::{AttemptRef, Facts, HeldAttempt, JobOffer, Receipt};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;

use crate::ambient::{Clock, Random};
use crate::bundles::{Cache, FetchError};
use crate::config::Config;
use crate::exec::cgroup::Cgroups;
use crate::exec::orphans;
use crate::exec::outputs::Progress;
use crate::exec::runner::{self, Runner, Stop};
use crate::exec::sandbox;
use crate::facts;
use crate::files;
use crate::identity::{Chain, Identity};
use crate::installed;
use crate::journal::{AttemptId, Entry, Found, Journal};
use crate::logs::{LogWriter, Masker, SharedSpool};
use crate::notify;
use crate::paths::Paths;
use crate::policy::DailyCount;
use crate::receipts::{self, Ending};
use crate::spool::Spool;
use crate::trust::HeldTrust;
use crate::verify::{self, Audience, AuthenticJob, HostView, NotReady, Ready, Refusal};

const GRACE: Duration = Duration::from_secs(10);
/// A log that nobody acknowledged for so long will not be wanted any more.
const KEEP_LOGS: time::Duration = time::Duration::days(7);
/// Answers to jobs that were not believed are not kept for ever.
const MAX_ANSWERS: usize = 16;

/// What the agent is built from.
pub struct Host {
    /// Where everything lies.
    pub paths: Paths,
    /// Its settings.
    pub config: Config,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// The agent's own program, which scripts are started through.
    pub program: PathBuf,
    /// Whether a service manager gave the agent a cgroup of its own.
    pub is_delegated: bool,
}

/// Something that happened to an attempt.
#[derive(Debug)]
pub enum Event {
    /// A job was judged.
    Judged(AttemptId, Box<AuthenticJob>, Box<Result<Ready, NotReady>>),
    /// A script said how far it is.
    Progress(AttemptId, Progress),
    /// A script has ended.
    Ended(AttemptId, Box<Ending>),
}

/// An attempt of which something is still to be done or sent.
#[derive(Default)]
pub struct Live {
    /// Its log, until all of it is acknowledged.
    pub spool: Option<SharedSpool>,
    /// Stops its script, while that runs.
    running: Option<watch::Sender<Stop>>,
    /// How far its script says it is.
    pub progress: Option<Progress>,
}

/// Everything that outlives a connection.
pub struct Agent {
    /// Where everything lies.
    pub paths: Paths,
    /// Its settings.
    pub config: Config,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Who the host is.
    pub identity: Arc<Identity>,
    /// The certificate in use.
    pub chain: Chain,
    /// Whom it trusts.
    pub trust: HeldTrust,
    /// What the attempts went through.
    pub journal: Journal,
    /// Attempts of which something is still to be done or sent.
    pub live: BTreeMap<AttemptId, Live>,
    /// Receipts for jobs whose signature was not good: sent once.
    pub answers: Vec<Receipt>,
    /// Attempts whose acceptance and receipt must be said again.
    pub again: BTreeSet<AttemptId>,
    /// Told when a log has grown.
    pub grew: Arc<Notify>,
    judging: BTreeSet<AttemptId>,
    unwritten: Vec<(AttemptId, String)>,
    cache: Cache,
    runner: Arc<Runner>,
    confined: Result<(), String>,
    events: mpsc::UnboundedSender<Event>,
    happened: mpsc::UnboundedReceiver<Event>,
    watchdog: Option<tokio::time::Interval>,
    tasks: TaskTracker,
}

impl Agent {
    /// Reads what is stored, and finishes what a former run of the agent left unfinished.
    ///
    /// # Errors
    /// Something that the agent cannot do without is missing or damaged.
    pub async fn open(host: Host) -> anyhow::Result<Self> {
        let Host { paths, config, clock, random, program, is_delegated } = host;
        files::make_folder(&paths.state(), 0o711)?;
        let (identity, chain) = Identity::load(&paths, &*random)?;
        let trust = HeldTrust::load(&paths.trust())?;
        let (journal, found) = Journal::open(&paths.journal(), &*random)?;
        match found {
            Found::Whole | Found::New => {}
            Found::TornTail => {
                tracing::warn!("the journal's last record was cut off by a crash and is dropped")
            }
            Found::Damaged => {
                tracing::error!("the journal is damaged; a new one was begun, the old one put aside")
            }
        }
        let cgroups = Cgroups::take_over(is_delegated)
            .inspect_err(|error| tracing::warn!(%error, "no cgroups; scripts are ended by process group"))
            .ok();
        if cgroups.is_none() {
            orphans::adopt();
        }
        let runner = Runner {
            stage: program,
            paths: paths.clone(),
            cgroups,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            grace: GRACE,
        };
        let (events, happened) = mpsc::unbounded_channel();
        let mut agent = Self {
            cache: Cache::new(paths.clone()),
            runner: Arc::new(runner),
            confined: sandbox::can_confine(),
            identity: Arc::new(identity),
            live: BTreeMap::new(),
            answers: Vec::new(),
            again: BTreeSet::new(),
            grew: Arc::default(),
            judging: BTreeSet::new(),
            unwritten: Vec::new(),
            watchdog: notify::watchdog_interval().map(tokio::time::interval),
            tasks: TaskTracker::new(),
            paths,
            config,
            clock,
            random,
            chain,
            trust,
            journal,
            events,
            happened,
        };
        agent.recover().await?;
        Ok(agent)
    }

    async fn recover(&mut self) -> io::Result<()> {
        match fs::remove_dir_all(self.paths.attempts()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let now = self.clock.now();
        let entries: Vec<(AttemptId, Entry)> =
            self.journal.entries().map(|(id, entry)| (id, entry.clone())).collect();
        let known: BTreeSet<String> = entries
            .iter()
            .filter(|(_, entry)| !entry.delivered || now - entry.started < KEEP_LOGS)
            .map(|(id, _)| id.to_string())
            .collect();
        files::make_folder(&self.paths.spools(), 0o700)?;
        for spool in fs::read_dir(self.paths.spools())? {
            let spool = spool?;
            if !spool.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_dir_all(spool.path())?;
            }
        }
        for (id, entry) in entries {
            let path = self.paths.spool(id.job, id.attempt);
            let unfinished = entry.accepted && entry.receipt.is_none();
            if entry.delivered && !path.exists() {
                continue;
            }
            let spool = if unfinished || path.exists() {
                Some(SharedSpool::new(Spool::open(&path)?, Arc::clone(&self.grew)))
            } else {
                None
            };
            if let Some(spool) = spool.clone().filter(|_| unfinished) {
                self.interrupted(id, &entry, spool).await?;
            }
            self.live.insert(id, Live { spool, ..Live::default() });
            self.settle(id);
        }
        Ok(())
    }

    /// The agent ended while this attempt ran. It is reported, and never run again.
    async fn interrupted(&mut self, id: AttemptId, entry: &Entry, spool: SharedSpool) -> io::Result<()> {
        tracing::warn!(job.id = %id.job, job.attempt = id.attempt, "an attempt was interrupted by the agent's end");
        match self.runner.cgroups.as_ref().and_then(|cgroups| cgroups.leftover(id)) {
            Some(group) => {
                if let Err(error) = group.destroy().await {
                    tracing::error!(%error, job.id = %id.job, "what a former agent left running cannot be ended");
                }
            }
            None => drop(orphans::end(id, None).await),
        }
        let mut log = LogWriter::new(spool, Arc::clone(&self.clock), Arc::new(Masker::default()));
        log.agent("the agent ended while this ran and does not run it again: interrupted");
        let ending = Ending::interrupted(entry.started, self.clock.now(), log.finish());
        let receipt = receipts::sign(&self.identity, Some(id), entry.job_digest, ending);
        self.journal.end(id, receipt)
    }

    /// The next thing that happens. Tells the service manager meanwhile that the agent is alive. Cancel-safe.
    pub async fn next_event(&mut self) -> Event {
        loop {
            let alive = async {
                match &mut self.watchdog {
                    Some(watchdog) => drop(watchdog.tick().await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // The agent holds a sender itself: the channel never ends.
                Some(event) = self.happened.recv() => return event,
                () = alive => notify::alive(),
            }
        }
    }

    /// Does something that takes time, while attempts go on.
    pub async fn meanwhile<F: Future>(&mut self, step: F) -> F::Output {
        tokio::pin!(step);
        loop {
            tokio::select! {
                output = &mut step => return output,
                event = self.next_event() => self.on(event),
            }
        }
    }

    /// Takes note of what happened.
    pub fn on(&mut self, event: Event) {
        match event {
            Event::Judged(id, job, verdict) => self.judged(id, &job, *verdict),
            Event::Progress(id, progress) => {
                if let Some(live) = self.live.get_mut(&id) {
                    live.progress = Some(progress);
                }
            }
            Event::Ended(id, ending) => self.ended(id, *ending),
        }
    }

    /// How many jobs can be taken on now.
    pub fn free_slots(&self) -> u32 {
        let taken = self.judging.len() + self.running().count();
        self.config.slots.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// Attempts whose script runs.
    pub fn running(&self) -> impl Iterator<Item = AttemptId> {
        self.live.iter().filter(|(_, live)| live.running.is_some()).map(|(id, _)| *id)
    }

    /// Whether something was not reported to the end.
    pub fn has_unreported(&self) -> bool {
        !self.live.is_empty() || !self.answers.is_empty()
    }

    /// What the agent says it holds.
    pub fn held(&self) -> Vec<HeldAttempt> {
        let held = self.journal.held();
        held.map(|(id, _)| HeldAttempt { job_id: id.job.to_string(), attempt: id.attempt }).collect()
    }

    /// A job was offered in answer to the poll with this nonce.
    pub fn offered(&mut self, offer: JobOffer, nonce: &[u8], client: AgentServiceClient<Channel>) {
        let trust = self.trust.newest();
        let audience = Audience {
            trust: &trust,
            named: &self.identity.named,
            nonce,
            now: self.clock.now(),
            monotonic: self.clock.monotonic(),
        };
        match verify::authenticate(&offer, &audience) {
            Err(not) => {
                let ending = Ending::refused(&not.refusal, None, self.clock.now());
                tracing::warn!(code = not.refusal.code(), reason = %not.refusal, "a job is refused");
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
        self.judging.insert(id);
        let facts = facts::gather();
        self.judge(job, statement, facts, client);
    }

    fn judge(
        &self,
        job: AuthenticJob,
        statement: Vec<u8>,
        facts: Facts,
        mut client: AgentServiceClient<Channel>,
    ) {
        let (paths, clock, cache) = (self.paths.clone(), Arc::clone(&self.clock), self.cache.clone());
        let (identity, confined, events) =
            (Arc::clone(&self.identity), self.confined.clone(), self.events.clone());
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
            };
            let verdict = verify::judge(job.clone(), &statement, &host, &mut client).await;
            // The agent is gone only when the process ends.
            let _ = events.send(Event::Judged(job.id(), Box::new(job), Box::new(verdict)));
        });
    }

    fn judged(&mut self, id: AttemptId, job: &AuthenticJob, verdict: Result<Ready, NotReady>) {
        // Cancelled while it was judged.
        if !self.judging.remove(&id) {
            return;
        }
        match verdict {
            Ok(ready) => {
                let policy_digest = ready.policy_digest;
                if let Err(refusal) = self.accept(id, ready) {
                    self.refuse(job, &refusal, policy_digest);
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
        let spec = &ready.job.spec;
        let same = |entry: &Entry| entry.install == spec.install;
        if self.running().filter_map(|id| self.journal.get(id)).any(same) {
            return Err(Refusal::Busy(format!("another job works on the install `{}`", spec.install_name)));
        }
        if self.free_slots() == 0 {
            return Err(Refusal::Busy("the agent is at work on another job".to_owned()));
        }
        let entry = entry(&ready.job, true, None, self.clock.now());
        let path = self.paths.spool(id.job, id.attempt);
        let spool = Spool::open(&path).map_err(Refusal::Journal)?;
        if ready.is_destructive {
            DailyCount::at(self.paths.daily_count()).add(self.clock.now()).map_err(Refusal::DailyCount)?;
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
    fn refuse(
        &mut self,
        job: &AuthenticJob,
        refusal: &Refusal,
        policy_digest: Option<purvey_contract::id::Digest>,
    ) {
        let id = job.id();
        tracing::warn!(job.id = %id.job, code = refusal.code(), reason = %refusal, "a job is refused");
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

    fn ended(&mut self, id: AttemptId, ending: Ending) {
        let digest = self.journal.get(id).map(|entry| entry.job_digest);
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        live.running = None;
        let succeeded = ending.outcome == Outcome::Succeeded;
        tracing::info!(
            job.id = %id.job, job.attempt = id.attempt, outcome = ending.outcome.as_str(), exit_code = ending.exit_code,
            reason = if succeeded { "" } else { ending.reason.as_str() }, "a job has ended"
        );
        let Some(digest) = digest else {
            // Forgotten while it ran.
            self.drop_log(id);
            self.live.remove(&id);
            return;
        };
        let receipt = receipts::sign(&self.identity, Some(id), digest, ending);
        self.unwritten.push((id, receipt));
        self.write_receipts();
    }

    /// Writes receipts to the journal. Those that cannot be written now, on a full disk, are kept and tried again; after a
    /// restart their attempts are reported as interrupted, which is what can be proven then.
    pub fn write_receipts(&mut self) {
        let receipts = std::mem::take(&mut self.unwritten);
        for (id, receipt) in receipts {
            if let Err(error) = self.journal.end(id, receipt.clone()) {
                tracing::error!(%error, job.id = %id.job, "a receipt cannot be written to the journal; it is tried again");
                self.unwritten.push((id, receipt));
            }
        }
    }

    /// Somebody wants an attempt stopped.
    pub fn cancel(&mut self, attempt: &AttemptRef) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        if self.judging.remove(&id) {
            tracing::info!(job.id = %id.job, "a job is cancelled before it was accepted");
        }
        self.stop(id, Stop::Cancel);
    }

    /// The control plane considers an attempt ended, or never wanted it.
    pub fn forget(&mut self, attempt: &AttemptRef) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        self.judging.remove(&id);
        self.unwritten.retain(|(unwritten, _)| *unwritten != id);
        self.stop(id, Stop::Cancel);
        tracing::info!(job.id = %id.job, job.attempt = id.attempt, "an attempt is forgotten");
        if let Err(error) = self.journal.forget(id) {
            tracing::error!(%error, "the journal cannot be written");
        }
        // A running script still writes to its log; that goes when it ends.
        if self.live.get(&id).is_none_or(|live| live.running.is_none()) {
            self.drop_log(id);
            self.live.remove(&id);
        }
    }

    /// Stops a running script.
    pub fn stop(&self, id: AttemptId, why: Stop) {
        if let Some(running) = self.live.get(&id).and_then(|live| live.running.as_ref()) {
            running.send_replace(why);
        }
    }

    /// The control plane has the receipt, or does not want it.
    pub fn receipt_acknowledged(&mut self, attempt: &AttemptRef, rejected: &str) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        if !rejected.is_empty() {
            tracing::warn!(job.id = %id.job, job.attempt = id.attempt, reason = rejected, "a receipt was not wanted");
            self.drop_log(id);
        }
        if self.journal.get(id).is_some_and(|entry| entry.receipt.is_some())
            && let Err(error) = self.journal.delivered(id)
        {
            tracing::error!(%error, "the journal cannot be written");
        }
        self.settle(id);
    }

    /// Chunks up to this one are durable elsewhere.
    pub fn log_acknowledged(&mut self, id: AttemptId, chunk: u64, bytes: u64) {
        if let Some(spool) = self.live.get(&id).and_then(|live| live.spool.as_ref()) {
            spool.with(|spool| spool.acknowledge(chunk, bytes));
        }
        self.settle(id);
    }

    /// Lets go of an attempt of which nothing is left to do.
    pub fn settle(&mut self, id: AttemptId) {
        let Some(live) = self.live.get(&id) else { return };
        let reported = self.journal.get(id).is_none_or(|entry| entry.delivered);
        let drained = live.spool.as_ref().is_none_or(|spool| spool.with(|spool| spool.is_drained()));
        if live.running.is_none() && reported && drained {
            self.drop_log(id);
            self.live.remove(&id);
        }
    }

    fn drop_log(&mut self, id: AttemptId) {
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        if live.spool.take().is_some()
            && let Err(error) = fs::remove_dir_all(self.paths.spool(id.job, id.attempt))
        {
            tracing::warn!(%error, job.id = %id.job, "a log cannot be removed");
        }
    }

    /// The clock that only goes forward.
    pub fn monotonic(&self) -> Instant {
        self.clock.monotonic()
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
