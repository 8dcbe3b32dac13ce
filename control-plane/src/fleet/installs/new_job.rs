//! Making jobs: many rows in one statement.

use purvey_contract::action::Action;
use purvey_contract::id::{InstallUid, JobId, ProjectUid, ServerUid};
use purvey_contract::inputs::Inputs;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::error::Error;
use crate::fleet::apps::AppVersion;
use crate::fleet::job_state::Live;

/// A job to be made.
pub(super) struct NewJob<'a> {
    pub(super) id: JobId,
    pub(super) project: ProjectUid,
    pub(super) server: ServerUid,
    pub(super) server_name: &'a str,
    pub(super) install: InstallUid,
    pub(super) install_name: &'a str,
    pub(super) version: &'a AppVersion,
    pub(super) action: Action,
    pub(super) generation: i64,
    pub(super) inputs: &'a Inputs,
    pub(super) secret_inputs: &'a [u8],
    pub(super) requested_by: &'a str,
    pub(super) retry_of: Option<JobId>,
    pub(super) state: Live,
}

/// New ids by the database's time, in rising order.
pub(super) async fn fresh_ids(connection: &mut PgConnection, count: usize) -> Result<Vec<Uuid>, Error> {
    let mut ids = sqlx::query_scalar!(
        r#"SELECT purvey_uuid7(purvey_now()) AS "id!" FROM generate_series(1, $1::bigint)"#,
        i64::try_from(count).unwrap_or(i64::MAX),
    )
    .fetch_all(connection)
    .await?;
    ids.sort_unstable();
    Ok(ids)
}

/// Writes the jobs.
pub(super) async fn insert(connection: &mut PgConnection, jobs: &[NewJob<'_>]) -> Result<(), Error> {
    let rules = |job: &NewJob<'_>| {
        let manifest = &job.version.manifest;
        let seconds = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        (
            seconds(manifest.retry.max_attempts),
            seconds(manifest.retry.initial_seconds),
            seconds(manifest.retry.max_seconds),
            seconds(manifest.timeout_seconds),
        )
    };
    let ids: Vec<_> = jobs.iter().map(|job| job.id.0).collect();
    let servers: Vec<_> = jobs.iter().map(|job| job.server.0).collect();
    let projects: Vec<_> = jobs.iter().map(|job| job.project.0).collect();
    let installs: Vec<_> = jobs.iter().map(|job| job.install.0).collect();
    let server_names: Vec<_> = jobs.iter().map(|job| job.server_name.to_owned()).collect();
    let install_names: Vec<_> = jobs.iter().map(|job| job.install_name.to_owned()).collect();
    let publishers: Vec<_> = jobs.iter().map(|job| job.version.app.publisher.to_string()).collect();
    let apps: Vec<_> = jobs.iter().map(|job| job.version.app.app.to_string()).collect();
    let versions: Vec<_> = jobs.iter().map(|job| job.version.version.clone()).collect();
    let releases: Vec<_> =
        jobs.iter().map(|job| i64::try_from(job.version.release).unwrap_or(i64::MAX)).collect();
    let digests: Vec<_> = jobs.iter().map(|job| job.version.digest.0.to_vec()).collect();
    let actions: Vec<_> = jobs.iter().map(|job| job.action.as_str().to_owned()).collect();
    let generations: Vec<_> = jobs.iter().map(|job| job.generation).collect();
    let inputs: Vec<_> = jobs.iter().map(|job| Json(job.inputs)).collect();
    let secrets: Vec<_> = jobs.iter().map(|job| job.secret_inputs.to_vec()).collect();
    let requesters: Vec<_> = jobs.iter().map(|job| job.requested_by.to_owned()).collect();
    let retries: Vec<_> = jobs.iter().map(|job| job.retry_of.map(|of| of.0)).collect();
    let states: Vec<_> = jobs.iter().map(|job| job.state.as_str().to_owned()).collect();
    let attempts: Vec<_> = jobs.iter().map(|job| rules(job).0).collect();
    let initials: Vec<_> = jobs.iter().map(|job| rules(job).1).collect();
    let maxima: Vec<_> = jobs.iter().map(|job| rules(job).2).collect();
    let timeouts: Vec<_> = jobs.iter().map(|job| rules(job).3).collect();
    let idempotent: Vec<_> =
        jobs.iter().map(|job| job.version.manifest.idempotent || job.action == Action::Verify).collect();
    sqlx::query!(
        "INSERT INTO jobs (job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version,
             release, digest, action, generation, inputs, secret_inputs, requested_by, retry_of, state, max_attempts,
             retry_initial_seconds, retry_max_seconds, timeout_seconds, idempotent)
         SELECT job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version,
             release, digest, action, generation, inputs, secret_inputs, requested_by, retry_of, state, max_attempts,
             retry_initial_seconds, retry_max_seconds, timeout_seconds, idempotent
         FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::bigint[], $11::bytea[], $12::text[], $13::bigint[], $14::jsonb[], $15::bytea[],
                     $16::text[], $17::uuid[], $18::text[], $19::int[], $20::int[], $21::int[], $22::int[], $23::bool[])
             AS made(job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version,
                     release, digest, action, generation, inputs, secret_inputs, requested_by, retry_of, state, max_attempts,
                     retry_initial_seconds, retry_max_seconds, timeout_seconds, idempotent)",
        &ids,
        &servers,
        &projects,
        &installs,
        &server_names,
        &install_names,
        &publishers,
        &apps,
        &versions,
        &releases,
        &digests,
        &actions,
        &generations,
        &inputs as &[Json<&Inputs>],
        &secrets,
        &requesters,
        &retries as &[Option<Uuid>],
        &states,
        &attempts,
        &initials,
        &maxima,
        &timeouts,
        &idempotent,
    )
    .execute(connection)
    .await?;
    Ok(())
}
