//! The pure state machine and the SQL say the same: every state and event is driven through both and compared.

use control_plane::fleet::job_state::{AttemptChange, Effect, Event, LEASE, Live, Moment, State, step};
use control_plane::fleet::leases::{self, Waiting};
use control_plane::fleet::transitions::{Batch, Details};
use purvey_contract::id::{InstallUid, JobId};
use purvey_contract::receipt::Outcome;
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::database;
use crate::harness::TestApp;

const PROJECT: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);
const LOST_AFTER: Duration = Duration::HOUR;

/// A stored job to begin with.
#[derive(Clone, Copy, Debug)]
struct Given {
    state: Live,
    attempt: i32,
    fence: i32,
    attempts_ended: i32,
    /// Whether another job of the install waits for it.
    successor: bool,
    idempotent: bool,
}

struct Stored {
    job: JobId,
    install: InstallUid,
    successor: Option<JobId>,
}

#[tokio::test]
async fn every_state_and_event_does_in_sql_what_it_does_in_the_state_machine() {
    let db = database::pool().await;
    let mut compared = 0;
    for given in all_given() {
        for event in all_events() {
            compare(&db, given, &event).await;
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[tokio::test]
async fn the_lease_statement_does_what_the_state_machine_does_on_leased() {
    let app = TestApp::start().await;
    app.publish_hello().await;
    let mut agent = app.enrolled("web-1").await;
    let epoch = i64::try_from(agent.open(&[]).await.unwrap().session_epoch).unwrap();
    let waiting = Waiting { server: agent.server, epoch, free_slots: 1, nonce: vec![7; 32] };
    let mut leased = 0;
    for given in all_given() {
        for ready_in_seconds in [-1.0, 60.0] {
            let what = format!("{given:?}, ready in {ready_in_seconds} s");
            let stored = insert(app.db(), given).await;
            sqlx::query(
                "UPDATE jobs SET server_uid = $2, app = 'hello', version = '1.0.0', digest = v.digest,
                     ready_at = purvey_now() + make_interval(secs => $3)
                 FROM app_versions v WHERE job_id = $1",
            )
            .bind(stored.job.0)
            .bind(agent.server.0)
            .bind(ready_in_seconds)
            .execute(app.db())
            .await
            .unwrap();
            let mut tx = app.db().begin().await.unwrap();
            let batch = Batch::lock(&mut tx, LOST_AFTER, &[stored.job]).await.unwrap();
            let expected = step(
                &batch.get(stored.job).unwrap().job,
                &Event::Leased,
                Moment { now: batch.now(), jitter: 0.0 },
            );
            tx.rollback().await.unwrap();

            // A session that another writer holds for a moment, such as the one that keeps it alive, is skipped.
            let offers = loop {
                let leased = leases::lease(app.cx(), std::slice::from_ref(&waiting)).await.unwrap();
                if leased.skipped.is_empty() {
                    break leased.offers;
                }
            };
            assert_eq!(offers.len(), usize::from(expected.is_ok()), "{what}");
            if let Ok(next) = expected {
                leased += 1;
                let (state, attempt, fence, seconds): (String, i32, i32, f64) = sqlx::query_as(
                    "SELECT state, attempt, fence, extract(epoch FROM deadline - purvey_now())::float8
                     FROM jobs WHERE job_id = $1",
                )
                .bind(stored.job.0)
                .fetch_one(app.db())
                .await
                .unwrap();
                assert_eq!(state, next.state.as_str(), "{what}");
                assert_eq!((attempt, fence), (signed(next.job.attempt), signed(next.job.fence)), "{what}");
                assert_eq!(attempt_state(app.db(), stored.job, next.job.attempt).await, "offered", "{what}");
                assert!(
                    (seconds - LEASE.as_seconds_f64()).abs() < 5.0,
                    "{what}: the lease ends in {seconds} s"
                );
            }
            sqlx::query("DELETE FROM jobs").execute(app.db()).await.unwrap();
        }
    }
    assert!(leased > 5, "{leased}");
}

fn all_given() -> Vec<Given> {
    let mut all = Vec::new();
    for (state, attempt, fence) in [
        (Live::Waiting, 0, 0),
        (Live::Queued, 0, 0),
        (Live::Queued, 2, 1),
        (Live::Queued, 2, 2),
        (Live::Offered, 1, 0),
        (Live::Offered, 3, 1),
        (Live::Running, 1, 1),
        (Live::Running, 3, 2),
        (Live::Cancelling, 2, 2),
    ] {
        for attempts_ended in [0, 2] {
            for successor in [false, true] {
                for idempotent in [false, true] {
                    if successor && state == Live::Waiting {
                        continue;
                    }
                    all.push(Given { state, attempt, fence, attempts_ended, successor, idempotent });
                }
            }
        }
    }
    all
}

fn all_events() -> Vec<Event> {
    let mut all = vec![
        Event::Activated,
        Event::Leased,
        Event::CancelRequested,
        Event::Superseded,
        Event::DeadlinePassed,
        Event::Forgotten,
    ];
    for attempt in 0..=3 {
        all.push(Event::LeaseEnded { attempt });
        all.push(Event::Accepted { attempt });
        for outcome in Outcome::ALL {
            for retryable in [false, true] {
                all.push(Event::Ended { attempt, outcome, retryable });
            }
        }
    }
    all
}

async fn compare(db: &PgPool, given: Given, event: &Event) {
    let what = format!("{given:?} on {event:?}");
    let stored = insert(db, given).await;
    let jitter = 0.25;

    let mut tx = db.begin().await.unwrap();
    let mut batch = Batch::lock(&mut tx, LOST_AFTER, &[stored.job]).await.unwrap();
    let before = batch.get(stored.job).unwrap().job.clone();
    let now = batch.now();
    let expected = step(&before, event, Moment { now, jitter });
    let applied = batch.apply(stored.job, event, Details::default(), jitter);
    assert_eq!(applied, expected.as_ref().map(|next| next.state).map_err(|rejected| *rejected), "{what}");
    batch.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let row = sqlx::query_as::<_, Row>(
        "SELECT state, attempt, fence, attempts_ended, ready_at, deadline, cancel_requested_at IS NOT NULL AS cancelled,
             false AS ended FROM jobs WHERE job_id = $1
         UNION ALL
         SELECT state, attempt, fence, attempts_ended, ready_at, NULL, cancel_requested_at IS NOT NULL, true
         FROM finished_jobs WHERE job_id = $1",
    )
    .bind(stored.job.0)
    .fetch_all(db)
    .await
    .unwrap();
    let [row] = &row[..] else { panic!("{what}: the job is there {} times", row.len()) };

    let (state, job, effects) = match expected {
        Ok(next) => (next.state, next.job, next.effects),
        Err(_) => (State::Live(before.state), before.clone(), Vec::new()),
    };
    assert_eq!(row.state, state.as_str(), "{what}");
    assert_eq!(row.ended, matches!(state, State::Ended(_)), "{what}");
    assert_eq!((row.attempt, row.fence), (signed(job.attempt), signed(job.fence)), "{what}");
    assert_eq!(row.attempts_ended, signed(job.attempts_ended), "{what}");
    assert_eq!(row.cancelled, job.cancel_requested, "{what}");
    if !row.ended {
        assert!((row.ready_at - job.ready_at).abs() < Duration::MILLISECOND, "{what}");
        let apart = row.deadline.zip(job.deadline).map(|(is, wanted)| (is - wanted).abs());
        assert_eq!(row.deadline.is_some(), job.deadline.is_some(), "{what}");
        assert!(apart.is_none_or(|apart| apart < Duration::MILLISECOND), "{what}");
    }
    for effect in &effects {
        if let Effect::Attempt(change) = effect {
            let (attempt, wanted) = match change {
                AttemptChange::Offered(attempt) => (attempt, "offered"),
                AttemptChange::Void(attempt) => (attempt, "void"),
                AttemptChange::Accepted(attempt) => (attempt, "accepted"),
                AttemptChange::Ended(attempt) => (attempt, "ended"),
            };
            // The last word on an attempt is what stands: accepted and ended may come in one step.
            let last = effects.iter().rev().find_map(|later| match later {
                Effect::Attempt(AttemptChange::Ended(other)) if other == attempt => Some("ended"),
                _ => None,
            });
            // `Leased` is written with the lease, in `leases.rs`.
            if *event != Event::Leased {
                assert_eq!(attempt_state(db, stored.job, *attempt).await, last.unwrap_or(wanted), "{what}");
            }
        }
    }
    let ended = effects.iter().any(|effect| matches!(effect, Effect::JobEnded(_)));
    if let Some(successor) = stored.successor {
        let is: String = sqlx::query_scalar("SELECT state FROM jobs WHERE job_id = $1")
            .bind(successor.0)
            .fetch_one(db)
            .await
            .unwrap();
        assert_eq!(is, if ended { "queued" } else { "waiting" }, "{what}");
    }
    let job_ended: bool = sqlx::query_scalar("SELECT job_ended FROM installs WHERE install_uid = $1")
        .bind(stored.install.0)
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(job_ended, ended, "{what}");
}

#[derive(sqlx::FromRow)]
struct Row {
    state: String,
    attempt: i32,
    fence: i32,
    attempts_ended: i32,
    ready_at: OffsetDateTime,
    deadline: Option<OffsetDateTime>,
    cancelled: bool,
    ended: bool,
}

async fn insert(db: &PgPool, given: Given) -> Stored {
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(
            sqlx::query_scalar::<_, Uuid>("SELECT purvey_uuid7(purvey_now())").fetch_one(db).await.unwrap(),
        );
    }
    ids.sort_unstable();
    let [install, server, job, successor] = ids[..] else { unreachable!() };
    sqlx::query(
        "INSERT INTO installs (install_uid, server_uid, project_id, server_name, name, publisher, app, version, release, digest,
             inputs, desired_state, generation, job_id)
         VALUES ($1, $2, $3, 'web-1', 'nginx', 'purvey', 'nginx', '1', 1, '', '{}', 'present', 1, $4)",
    )
    .bind(install)
    .bind(server)
    .bind(PROJECT)
    .bind(job)
    .execute(db)
    .await
    .unwrap();
    insert_job(db, given, install, server, job).await;
    for attempt in 1..=given.attempt {
        let state = match given.state {
            Live::Offered if attempt == given.attempt => "offered",
            Live::Running | Live::Cancelling if attempt == given.fence => "accepted",
            _ if attempt <= given.fence => "ended",
            _ => "void",
        };
        sqlx::query(
            "INSERT INTO attempts (job_id, server_uid, attempt, project_id, incarnation, state, envelope, job_digest)
             VALUES ($1, $2, $3, $4, 1, $5, '', '')",
        )
        .bind(job)
        .bind(server)
        .bind(attempt)
        .bind(PROJECT)
        .bind(state)
        .execute(db)
        .await
        .unwrap();
    }
    if given.successor {
        let waits = Given { state: Live::Waiting, attempt: 0, fence: 0, attempts_ended: 0, ..given };
        insert_job(db, waits, install, server, successor).await;
    }
    Stored {
        job: JobId(job),
        install: InstallUid(install),
        successor: given.successor.then_some(JobId(successor)),
    }
}

async fn insert_job(db: &PgPool, given: Given, install: Uuid, server: Uuid, job: Uuid) {
    sqlx::query(
        "INSERT INTO jobs (job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version,
             release, digest, action, generation, inputs, requested_by, max_attempts, retry_initial_seconds,
             retry_max_seconds, timeout_seconds, idempotent, state, attempt, fence, attempts_ended, deadline,
             cancel_requested_at)
         VALUES ($1, $2, $3, $4, 'web-1', 'nginx', 'purvey', 'nginx', '1', 1, '', 'install', 1, '{}', 'test', 3, 10, 60, 100,
             $5, $6, $7, $8, $9,
             CASE WHEN $6 IN ('offered', 'running', 'cancelling') THEN purvey_now() - interval '1 second' END,
             CASE WHEN $6 = 'cancelling' THEN purvey_now() END)",
    )
    .bind(job)
    .bind(server)
    .bind(PROJECT)
    .bind(install)
    .bind(given.idempotent)
    .bind(given.state.as_str())
    .bind(given.attempt)
    .bind(given.fence)
    .bind(given.attempts_ended)
    .execute(db)
    .await
    .unwrap();
}

async fn attempt_state(db: &PgPool, job: JobId, attempt: u32) -> String {
    sqlx::query_scalar("SELECT state FROM attempts WHERE job_id = $1 AND attempt = $2")
        .bind(job.0)
        .bind(signed(attempt))
        .fetch_one(db)
        .await
        .unwrap()
}

fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap()
}
