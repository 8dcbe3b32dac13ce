//! What may follow what: the state machine of jobs and their attempts, one pure function without I/O.
//!
//! [`step`] says for a job's present state and an event what the job becomes and what else must happen. SQL applies that
//! (`transitions.rs`; `leases.rs` for many jobs in one statement), and one test drives every state and event through both.

use purvey_contract::action::Action;
use purvey_contract::receipt::Outcome;
use time::{Duration, OffsetDateTime};

/// How long an offer is on its way before it is void.
pub const LEASE: Duration = Duration::seconds(30);

/// Where a live job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Live {
    /// Behind another job of its install.
    Waiting,
    /// Ready for its agent, from `ready_at` on.
    Queued,
    /// On its way to its agent.
    Offered,
    /// In its agent's journal.
    Running,
    /// In its agent's journal, and asked to stop.
    Cancelling,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Final {
    /// Well.
    Succeeded,
    /// Badly.
    Failed,
    /// The agent would not run it.
    Refused,
    /// On request.
    Cancelled,
    /// A newer generation took its place.
    Superseded,
    /// The agent never said.
    Lost,
}

/// A job's state: live or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It goes on.
    Live(Live),
    /// It is over, for ever.
    Ended(Final),
}

/// What of a job decides its next state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Where it stands.
    pub state: Live,
    /// The latest attempt that was offered; 0 before the first.
    pub attempt: u32,
    /// The highest attempt that was accepted; while running or cancelling, the one that runs.
    pub fence: u32,
    /// How many attempts ended.
    pub attempts_ended: u32,
    /// When it may be offered.
    pub ready_at: OffsetDateTime,
    /// While offered: when the offer is void. While running or cancelling: when it is given up for lost.
    pub deadline: Option<OffsetDateTime>,
    /// Whether its end was asked for.
    pub cancel_requested: bool,
    /// Whether a newer job of its install waits for its end.
    pub successor_waits: bool,
    /// What does not change.
    pub rules: Rules,
}

/// What the manifest says of the action, and the fleet of silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// The backoff's first ceiling.
    pub retry_initial: Duration,
    /// The backoff's last ceiling.
    pub retry_max: Duration,
    /// How long an attempt may run.
    pub timeout: Duration,
    /// Whether it may be run again after it was cut off.
    pub idempotent: bool,
    /// How long past its timeout an accepted attempt may be silent.
    pub lost_after: Duration,
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its predecessor ended.
    Activated,
    /// It was leased to its agent.
    Leased,
    /// The lease's answer could not be written, or its time is over, or the session that held it is gone.
    LeaseEnded {
        /// Which offer.
        attempt: u32,
    },
    /// The agent has an attempt in its journal.
    Accepted {
        /// Which.
        attempt: u32,
    },
    /// An attempt ended by the agent's word.
    Ended {
        /// Which.
        attempt: u32,
        /// How.
        outcome: Outcome,
        /// Whether the exit code is one that another attempt can mend.
        retryable: bool,
    },
    /// Somebody asked for its end.
    CancelRequested,
    /// A newer generation of its install was made.
    Superseded,
    /// Its agent was silent for too long.
    DeadlinePassed,
    /// Its agent no longer knows of the attempt it had accepted.
    Forgotten,
}

/// What becomes of the attempt that an event was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptChange {
    /// It was offered.
    Offered(u32),
    /// It is void: never accepted, and no longer to be.
    Void(u32),
    /// It was accepted.
    Accepted(u32),
    /// It ended.
    Ended(u32),
}

/// What else must happen, outside the job's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write this of an attempt.
    Attempt(AttemptChange),
    /// Tell the agent to stop this attempt.
    Stop(u32),
    /// Make the waiting job of the install active, and the install say what is there.
    JobEnded(Final),
}

/// What an event makes of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands now.
    pub state: State,
    /// The job's other fields, as they are from now on.
    pub job: Job,
    /// What else must happen, in this order.
    pub effects: Vec<Effect>,
}

/// Why an event changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It has been taken in already.
    Duplicate,
    /// It is about an attempt that no longer counts: the agent must stop it.
    Stale,
    /// It cannot happen in this state.
    OutOfPlace,
}

/// The moment of an event: the database's time, and a random number in [0, 1) for the backoff.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time.
    pub now: OffsetDateTime,
    /// The draw.
    pub jitter: f64,
}

/// What the event makes of the job.
pub fn step(job: &Job, event: &Event, at: Moment) -> Result<Step, Rejected> {
    use Live::{Cancelling, Offered, Queued, Running, Waiting};
    match (event, job.state) {
        (Event::Activated, Waiting) => Ok(go_on(job, Queued, vec![]).ready(at.now)),
        (Event::Activated, _) => Err(Rejected::OutOfPlace),

        (Event::Leased, Queued) if job.ready_at <= at.now => {
            let attempt = job.attempt + 1;
            let mut step = go_on(job, Offered, vec![Effect::Attempt(AttemptChange::Offered(attempt))]);
            step.job.attempt = attempt;
            step.job.deadline = Some(at.now + LEASE);
            Ok(step)
        }
        (Event::Leased, _) => Err(Rejected::OutOfPlace),

        (Event::LeaseEnded { attempt }, Offered) if *attempt == job.attempt => {
            Ok(go_on(job, Queued, vec![Effect::Attempt(AttemptChange::Void(*attempt))]).ready(at.now))
        }
        (Event::LeaseEnded { .. }, _) => Err(Rejected::Duplicate),

        (Event::Accepted { attempt }, Running | Cancelling) if *attempt == job.fence => {
            Err(Rejected::Duplicate)
        }
        (Event::Accepted { attempt }, Queued | Offered) if job.may_adopt(*attempt) => {
            Ok(accept(job, *attempt, at))
        }
        (Event::Accepted { .. }, _) => Err(Rejected::Stale),

        (Event::Ended { attempt, outcome, retryable }, Running | Cancelling) if *attempt == job.fence => {
            Ok(end_attempt(job, *outcome, *retryable, vec![], at))
        }
        // A refusal comes without an acceptance, and an acceptance may be overtaken by its receipt.
        (Event::Ended { attempt, outcome, retryable }, Queued | Offered) if job.may_adopt(*attempt) => {
            let accepted = accept(job, *attempt, at);
            Ok(end_attempt(&accepted.job, *outcome, *retryable, accepted.effects, at))
        }
        (Event::Ended { .. }, _) => Err(Rejected::Stale),

        (Event::CancelRequested, Waiting | Queued) => Ok(finish(job, Final::Cancelled, vec![]).cancelled()),
        (Event::CancelRequested, Offered) => {
            let void = Effect::Attempt(AttemptChange::Void(job.attempt));
            Ok(finish(job, Final::Cancelled, vec![void]).cancelled())
        }
        (Event::CancelRequested, Running) => {
            Ok(go_on(job, Cancelling, vec![Effect::Stop(job.fence)]).keeping_deadline(job).cancelled())
        }
        (Event::CancelRequested, Cancelling) => Err(Rejected::Duplicate),

        (Event::Superseded, Waiting | Queued) => Ok(finish(job, Final::Superseded, vec![])),
        (Event::Superseded, Offered) => {
            Ok(finish(job, Final::Superseded, vec![Effect::Attempt(AttemptChange::Void(job.attempt))]))
        }
        (Event::Superseded, Running | Cancelling) => Err(Rejected::OutOfPlace),

        (Event::DeadlinePassed, Running | Cancelling)
            if job.deadline.is_some_and(|deadline| deadline <= at.now) =>
        {
            Ok(lose(job))
        }
        (Event::DeadlinePassed, _) => Err(Rejected::Duplicate),
        (Event::Forgotten, Running | Cancelling) => Ok(lose(job)),
        (Event::Forgotten, _) => Err(Rejected::Duplicate),
    }
}

impl Job {
    /// Whether the agent's journal may decide that this is the attempt that runs: offered once, and above the fence.
    fn may_adopt(&self, attempt: u32) -> bool {
        self.fence < attempt && attempt <= self.attempt
    }

    /// Exponential backoff with full jitter: a random part of a ceiling that doubles with each ended attempt.
    fn backoff(&self, jitter: f64) -> Duration {
        let doublings = self.attempts_ended.min(30);
        let ceiling = (self.rules.retry_initial * 2i32.pow(doublings)).min(self.rules.retry_max);
        ceiling * jitter
    }
}

fn go_on(job: &Job, state: Live, effects: Vec<Effect>) -> Step {
    Step { state: State::Live(state), job: Job { state, deadline: None, ..job.clone() }, effects }
}

fn finish(job: &Job, state: Final, mut effects: Vec<Effect>) -> Step {
    effects.push(Effect::JobEnded(state));
    Step { state: State::Ended(state), job: Job { deadline: None, ..job.clone() }, effects }
}

fn accept(job: &Job, attempt: u32, at: Moment) -> Step {
    let mut effects = Vec::new();
    if job.state == Live::Offered && job.attempt != attempt {
        effects.push(Effect::Attempt(AttemptChange::Void(job.attempt)));
    }
    effects.push(Effect::Attempt(AttemptChange::Accepted(attempt)));
    let mut step = go_on(job, Live::Running, effects);
    step.job.fence = attempt;
    step.job.deadline = Some(at.now + job.rules.timeout + job.rules.lost_after);
    step
}

fn end_attempt(job: &Job, outcome: Outcome, retryable: bool, mut effects: Vec<Effect>, at: Moment) -> Step {
    effects.push(Effect::Attempt(AttemptChange::Ended(job.fence)));
    let may_repeat = match outcome {
        Outcome::Failed => retryable,
        Outcome::TimedOut | Outcome::Interrupted => job.rules.idempotent,
        Outcome::Succeeded | Outcome::Refused | Outcome::Cancelled => false,
    };
    let again = may_repeat
        && job.state == Live::Running
        && !job.successor_waits
        && job.attempts_ended + 1 < job.rules.max_attempts;
    let mut step = if again {
        go_on(job, Live::Queued, effects).ready(at.now + job.backoff(at.jitter))
    } else {
        let state = match outcome {
            Outcome::Succeeded => Final::Succeeded,
            Outcome::Refused => Final::Refused,
            Outcome::Cancelled => Final::Cancelled,
            // Asked to stop and cut off: that is what was asked for.
            Outcome::Interrupted if job.cancel_requested => Final::Cancelled,
            Outcome::Failed | Outcome::TimedOut | Outcome::Interrupted => Final::Failed,
        };
        finish(job, state, effects)
    };
    step.job.attempts_ended = job.attempts_ended + 1;
    step
}

fn lose(job: &Job) -> Step {
    finish(job, Final::Lost, vec![Effect::Attempt(AttemptChange::Ended(job.fence))])
}

impl Step {
    fn ready(mut self, at: OffsetDateTime) -> Self {
        self.job.ready_at = at;
        self
    }

    fn cancelled(mut self) -> Self {
        self.job.cancel_requested = true;
        self
    }

    fn keeping_deadline(mut self, job: &Job) -> Self {
        self.job.deadline = job.deadline;
        self
    }
}

/// What the end of a job says of what is on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// It is there and works.
    Ready,
    /// Some of it may be there.
    Failed,
    /// It is there and does not work.
    Degraded,
    /// Nobody knows.
    Unknown,
    /// It is gone.
    Absent,
}

/// What the end of a job says of what is on the server; none if nothing new. `ran` tells whether its script may have run.
pub fn observe(action: Action, state: Final, ran: bool) -> Option<Observed> {
    if !ran {
        return None;
    }
    match (state, action) {
        (Final::Succeeded, Action::Uninstall) => Some(Observed::Absent),
        (_, Action::Backup) => None,
        (Final::Succeeded, _) => Some(Observed::Ready),
        (Final::Failed, Action::Verify) => Some(Observed::Degraded),
        (_, Action::Verify) => None,
        (Final::Failed | Final::Cancelled, _) => Some(Observed::Failed),
        (Final::Lost, _) => Some(Observed::Unknown),
        (Final::Refused | Final::Superseded, _) => None,
    }
}

macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal,)* }) => {
        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in SQL.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

names!(Live {
    Waiting => "waiting",
    Queued => "queued",
    Offered => "offered",
    Running => "running",
    Cancelling => "cancelling",
});
names!(Final {
    Succeeded => "succeeded",
    Failed => "failed",
    Refused => "refused",
    Cancelled => "cancelled",
    Superseded => "superseded",
    Lost => "lost",
});
names!(Observed {
    Ready => "ready",
    Failed => "failed",
    Degraded => "degraded",
    Unknown => "unknown",
    Absent => "absent",
});

impl State {
    /// The name in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live(state) => state.as_str(),
            Self::Ended(state) => state.as_str(),
        }
    }
}

#[cfg(test)]
#[path = "job_state_tests.rs"]
mod tests;
