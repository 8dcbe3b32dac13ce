use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
const AT: Moment = Moment { now: NOW, jitter: 0.5 };

fn job(state: Live) -> Job {
    let (attempt, fence) = match state {
        Live::Waiting | Live::Queued => (0, 0),
        Live::Offered => (1, 0),
        Live::Running | Live::Cancelling => (1, 1),
    };
    Job {
        state,
        attempt,
        fence,
        attempts_ended: 0,
        ready_at: NOW,
        deadline: None,
        cancel_requested: state == Live::Cancelling,
        successor_waits: false,
        rules: Rules {
            max_attempts: 3,
            retry_initial: Duration::seconds(10),
            retry_max: Duration::seconds(60),
            timeout: Duration::seconds(100),
            idempotent: true,
            lost_after: Duration::hours(1),
        },
    }
}

fn ended(attempt: u32, outcome: Outcome) -> Event {
    Event::Ended { attempt, outcome, retryable: true }
}

#[test]
fn the_plain_road_is_queued_offered_running_succeeded() {
    let offered = step(&job(Live::Queued), &Event::Leased, AT).unwrap();
    assert_eq!(offered.state, State::Live(Live::Offered));
    assert_eq!((offered.job.attempt, offered.job.deadline), (1, Some(NOW + LEASE)));
    let running = step(&offered.job, &Event::Accepted { attempt: 1 }, AT).unwrap();
    assert_eq!(running.state, State::Live(Live::Running));
    assert_eq!(running.job.deadline, Some(NOW + Duration::seconds(3700)));
    let done = step(&running.job, &ended(1, Outcome::Succeeded), AT).unwrap();
    assert_eq!(done.state, State::Ended(Final::Succeeded));
    assert_eq!(done.effects, [Effect::Attempt(AttemptChange::Ended(1)), Effect::JobEnded(Final::Succeeded)]);
}

#[test]
fn a_lease_that_ends_unaccepted_costs_no_attempt() {
    let back = step(&job(Live::Offered), &Event::LeaseEnded { attempt: 1 }, AT).unwrap();
    assert_eq!((back.state, back.job.attempts_ended), (State::Live(Live::Queued), 0));
    assert_eq!(back.effects, [Effect::Attempt(AttemptChange::Void(1))]);
    assert_eq!(step(&job(Live::Offered), &Event::LeaseEnded { attempt: 7 }, AT), Err(Rejected::Duplicate));
}

#[test]
fn an_accepted_attempt_is_never_offered_again_on_silence() {
    for state in [Live::Running, Live::Cancelling] {
        assert_eq!(step(&job(state), &Event::Leased, AT), Err(Rejected::OutOfPlace));
        assert_eq!(step(&job(state), &Event::LeaseEnded { attempt: 1 }, AT), Err(Rejected::Duplicate));
        let mut silent = job(state);
        silent.deadline = Some(NOW);
        assert_eq!(step(&silent, &Event::DeadlinePassed, AT).unwrap().state, State::Ended(Final::Lost));
    }
}

#[test]
fn the_journal_decides_which_offered_attempt_runs() {
    let mut offered = job(Live::Offered);
    offered.attempt = 3;
    let adopted = step(&offered, &Event::Accepted { attempt: 1 }, AT).unwrap();
    assert_eq!((adopted.state, adopted.job.fence), (State::Live(Live::Running), 1));
    assert_eq!(
        adopted.effects,
        [Effect::Attempt(AttemptChange::Void(3)), Effect::Attempt(AttemptChange::Accepted(1))]
    );
    assert_eq!(step(&adopted.job, &Event::Accepted { attempt: 1 }, AT), Err(Rejected::Duplicate));
    assert_eq!(step(&adopted.job, &Event::Accepted { attempt: 3 }, AT), Err(Rejected::Stale));
    assert_eq!(step(&offered, &Event::Accepted { attempt: 4 }, AT), Err(Rejected::Stale));
}

#[test]
fn the_fence_keeps_ended_attempts_out() {
    let mut retried = job(Live::Offered);
    (retried.attempt, retried.fence, retried.attempts_ended) = (2, 1, 1);
    assert_eq!(step(&retried, &Event::Accepted { attempt: 1 }, AT), Err(Rejected::Stale));
    assert_eq!(step(&retried, &ended(1, Outcome::Succeeded), AT), Err(Rejected::Stale));
}

#[test]
fn a_retryable_failure_is_tried_again_after_a_jittered_exponential_pause_up_to_the_limit() {
    let mut running = job(Live::Running);
    for (ended_before, ceiling) in [(0, 10), (1, 20)] {
        running.attempts_ended = ended_before;
        let again = step(&running, &ended(1, Outcome::Failed), AT).unwrap();
        assert_eq!(again.state, State::Live(Live::Queued));
        assert_eq!(again.job.ready_at, NOW + Duration::seconds(ceiling) * 0.5);
    }
    running.attempts_ended = 2;
    assert_eq!(step(&running, &ended(1, Outcome::Failed), AT).unwrap().state, State::Ended(Final::Failed));
    running.attempts_ended = 0;
    let validation = Event::Ended { attempt: 1, outcome: Outcome::Failed, retryable: false };
    assert_eq!(step(&running, &validation, AT).unwrap().state, State::Ended(Final::Failed));
}

#[test]
fn an_interrupted_action_is_repeated_only_if_it_is_idempotent() {
    let mut running = job(Live::Running);
    let interrupted = ended(1, Outcome::Interrupted);
    assert_eq!(step(&running, &interrupted, AT).unwrap().state, State::Live(Live::Queued));
    running.rules.idempotent = false;
    assert_eq!(step(&running, &interrupted, AT).unwrap().state, State::Ended(Final::Failed));
}

#[test]
fn nothing_is_tried_again_while_a_newer_job_waits() {
    let mut running = job(Live::Running);
    running.successor_waits = true;
    assert_eq!(step(&running, &ended(1, Outcome::Failed), AT).unwrap().state, State::Ended(Final::Failed));
}

#[test]
fn a_running_job_s_receipt_wins_over_the_cancellation() {
    let cancelling = step(&job(Live::Running), &Event::CancelRequested, AT).unwrap();
    assert_eq!(cancelling.effects, [Effect::Stop(1)]);
    for (outcome, state) in [
        (Outcome::Succeeded, Final::Succeeded),
        (Outcome::Cancelled, Final::Cancelled),
        (Outcome::Failed, Final::Failed),
        (Outcome::Interrupted, Final::Cancelled),
    ] {
        assert_eq!(step(&cancelling.job, &ended(1, outcome), AT).unwrap().state, State::Ended(state));
    }
}

#[test]
fn a_refusal_without_acceptance_ends_the_job() {
    let refused = step(&job(Live::Offered), &ended(1, Outcome::Refused), AT).unwrap();
    assert_eq!(refused.state, State::Ended(Final::Refused));
}

#[test]
fn only_what_ran_says_something_new_of_the_install() {
    assert_eq!(observe(Action::Install, Final::Succeeded, true), Some(Observed::Ready));
    assert_eq!(observe(Action::Uninstall, Final::Succeeded, true), Some(Observed::Absent));
    assert_eq!(observe(Action::Verify, Final::Failed, true), Some(Observed::Degraded));
    assert_eq!(observe(Action::Upgrade, Final::Lost, true), Some(Observed::Unknown));
    assert_eq!(observe(Action::Backup, Final::Failed, true), None);
    for state in Final::ALL {
        assert_eq!(observe(Action::Install, *state, false), None);
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let outcome = proptest::sample::select(Outcome::ALL.to_vec());
    prop_oneof![
        Just(Event::Activated),
        Just(Event::Leased),
        (0u32..5).prop_map(|attempt| Event::LeaseEnded { attempt }),
        (0u32..5).prop_map(|attempt| Event::Accepted { attempt }),
        (0u32..5, outcome, any::<bool>()).prop_map(|(attempt, outcome, retryable)| Event::Ended {
            attempt,
            outcome,
            retryable
        }),
        Just(Event::CancelRequested),
        Just(Event::Superseded),
        Just(Event::DeadlinePassed),
        Just(Event::Forgotten),
    ]
}

proptest! {
    #[test]
    fn no_history_accepts_an_attempt_twice_or_runs_two_at_once(events in proptest::collection::vec(any_event(), 0..60)) {
        let mut job = job(Live::Queued);
        let mut now = NOW;
        let mut accepted = Vec::new();
        for event in events {
            now += Duration::minutes(7);
            let Ok(next) = step(&job, &event, Moment { now, jitter: 0.3 }) else { continue };
            for effect in &next.effects {
                if let Effect::Attempt(AttemptChange::Accepted(attempt)) = effect {
                    prop_assert!(!accepted.contains(attempt));
                    prop_assert!(accepted.iter().all(|earlier| earlier < attempt));
                    accepted.push(*attempt);
                }
            }
            prop_assert!(next.job.fence <= next.job.attempt);
            prop_assert!(next.job.attempts_ended <= next.job.rules.max_attempts);
            match next.state {
                State::Live(state) => {
                    prop_assert_eq!(state, next.job.state);
                    prop_assert!(!next.effects.iter().any(|effect| matches!(effect, Effect::JobEnded(_))));
                }
                State::Ended(state) => {
                    prop_assert_eq!(next.effects.last(), Some(&Effect::JobEnded(state)));
                    return Ok(());
                }
            }
            job = next.job;
        }
    }
}
