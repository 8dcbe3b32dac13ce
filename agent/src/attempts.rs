//! The agent's hands: which attempts it has taken on, in which state each is, and what moves it on.
//!
//! One task owns all of this. Judging a job and running its script are tasks of their own that report by events.

mod ending;
mod intake;
mod recovery;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use purvey_proto::agent::{HeldAttempt, Receipt};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::TaskTracker;

use crate::ambient::{Clock, Random};
use crate::bundles::Cache;
use crate::config::Config;
use crate::decisions::Decisions;
use crate::exec::cgroup::Cgroups;
use crate::exec::orphans;
use crate::exec::outputs::Progress;
use crate::exec::probe::{self, Profiles};
use crate::exec::runner::{Runner, Stop};
use crate::files;
use crate::identity::{Chain, Identity};
use crate::journal::{AttemptId, Found, Journal};
use crate::logs::{LogLimits, SharedSpool};
use crate::notify;
use crate::paths::Paths;
use crate::receipts::Ending;
use crate::replacement::Program;
use crate::trust::HeldTrust;
use crate::verify::{AuthenticJob, NotReady, Ready};

const GRACE: Duration = Duration::from_secs(10);
/// How long to wait for room on a full disk.
const WRITE_AGAIN: Duration = Duration::from_secs(5);

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
    /// It is time to try again what could not be written.
    WriteAgain,
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
    /// What the agent was started from, where it shall follow when that is replaced.
    pub program: Option<Program>,
    /// Told when a log has grown.
    pub grew: Arc<Notify>,
    judging: BTreeSet<AttemptId>,
    unwritten: Vec<(AttemptId, String)>,
    is_unwritten_said: bool,
    cache: Cache,
    runner: Arc<Runner>,
    confined: Result<(), String>,
    decisions: Decisions,
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
        let cgroups = Cgroups::take_over(is_delegated)
            .inspect_err(|error| tracing::warn!(%error, "no cgroups; scripts are ended by process group"))
            .ok();
        if cgroups.is_none() {
            orphans::adopt();
        }
        match found {
            Found::Whole | Found::New => {}
            Found::TornTail => {
                tracing::warn!("the journal's last record was cut off by a crash and is dropped")
            }
            Found::Damaged => {
                if let Some(cgroups) = cgroups.as_ref().filter(|_| is_delegated) {
                    cgroups.end_leftovers().await;
                }
                tracing::error!("the journal is damaged; a new one was begun, the old one put aside")
            }
        }
        let runner = Runner {
            stage: program,
            paths: paths.clone(),
            cgroups,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            grace: GRACE,
            log_limits: LogLimits::default(),
        };
        let (events, happened) = mpsc::unbounded_channel();
        let mut agent = Self {
            cache: Cache::new(paths.clone()),
            confined: confined(&runner.stage),
            decisions: Decisions::of(&paths),
            runner: Arc::new(runner),
            identity: Arc::new(identity),
            live: BTreeMap::new(),
            answers: Vec::new(),
            again: BTreeSet::new(),
            program: None,
            grew: Arc::default(),
            judging: BTreeSet::new(),
            unwritten: Vec::new(),
            is_unwritten_said: false,
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
        agent.journal.forget_old(agent.clock.now())?;
        agent.recover().await?;
        Ok(agent)
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
                () = tokio::time::sleep(WRITE_AGAIN), if !self.unwritten.is_empty() => {
                    return Event::WriteAgain;
                }
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
            Event::WriteAgain => self.write_receipts(),
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

    /// Whether nothing runs, so that the agent can become the program that has replaced its own, and whether one has.
    pub fn is_replaced(&mut self) -> bool {
        let is_idle = self.running().next().is_none() && self.judging.is_empty() && self.unwritten.is_empty();
        is_idle && self.program.as_mut().is_some_and(Program::is_replaced)
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

    /// The clock that only goes forward.
    pub fn monotonic(&self) -> Instant {
        self.clock.monotonic()
    }
}

/// Why this host cannot hold confined scripts, if it cannot: their jobs are refused then.
fn confined(stage: &Path) -> Result<(), String> {
    let Profiles { host, confined } = probe::profiles(stage);
    tracing::info!(
        enforced = host.enforced.join(" "),
        missing = host.missing.join(" "),
        "the sandbox `host`"
    );
    let confined =
        confined.inspect_err(|why| tracing::warn!(why, "no sandbox `confined`: its jobs are refused"))?;
    let (enforced, missing) = (confined.enforced.join(" "), confined.missing.join(" "));
    tracing::info!(enforced, missing, "the sandbox `confined`");
    Ok(())
}
