//! What changes an install that is there: a new version or inputs, its end, another try, a check of it.

use std::sync::Arc;

use purvey_contract::action::Action;
use purvey_contract::id::{InstallUid, JobId};
use purvey_contract::inputs::{EffectiveInputs, Inputs, SensitiveInputs};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::create::{Generated, Protected, completed, protect};
use super::hindrances::{self, Wanted};
use super::new_job::{self, NewJob};
use super::{Install, by_uid, etag, get};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::fleet::apps::{self, AppVersion};
use crate::fleet::audit;
use crate::fleet::job_state::{Event, Live};
use crate::fleet::jobs::Job;
use crate::fleet::leases::secret_context;
use crate::fleet::request_ids::{Begun, Request, Work, begin};
use crate::fleet::servers;
use crate::fleet::transitions::{Batch, Details};
use crate::policy::{Permission, Resource as _};

/// What an update sets.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The version; empty means the newest release.
    pub version: Option<String>,
    /// Inputs to set; null takes one away.
    pub inputs: Option<Inputs>,
    /// Lets the version be of a lower release than the one that is there.
    pub allow_downgrade: bool,
}

/// Changes version or inputs: a new generation with a job. What is wanted, missing and can be made up is made up, and shown
/// this once.
pub async fn update(
    cx: &Ctx,
    install: &Install,
    patch: &Patch,
    expected_etag: &str,
    validate_only: bool,
    request: &Request,
) -> Result<(Install, Generated), Error> {
    cx.authorize(Permission::InstallsUpdate, install)?;
    let wanted = patch.version.as_ref().unwrap_or(&install.version);
    let version = apps::usable_version(cx, &install.app, wanted).await?;
    if !patch.allow_downgrade {
        refuse_downgrade(cx, install, &version).await?;
    }
    retrying!(update_once(cx, install, patch, &version, expected_etag, validate_only, request))
}

/// Going back is seldom meant, and seldom what scripts are written for.
async fn refuse_downgrade(cx: &Ctx, install: &Install, wanted: &AppVersion) -> Result<(), Error> {
    let there = match install.observed_version.as_str() {
        "" => None,
        version => apps::version(cx, &install.app, version).await?,
    };
    let Some(there) = there.filter(|there| wanted.release < there.release) else { return Ok(()) };
    let message = format!(
        "{} has {} (release {}); {} (release {}) would be a downgrade, which has to be allowed in the request",
        install.describe(),
        there.version,
        there.release,
        wanted.version,
        wanted.release
    );
    Err(Error::precondition("DOWNGRADE_NOT_ALLOWED", message))
}

async fn update_once(
    cx: &Ctx,
    install: &Install,
    patch: &Patch,
    version: &Arc<AppVersion>,
    expected_etag: &str,
    validate_only: bool,
    request: &Request,
) -> Result<(Install, Generated), Error> {
    let mut work = match begin(cx, install.project, request).await? {
        Begun::Fresh(work) => work,
        Begun::Repeat(_) => return Ok((current(cx, install.uid).await?, Generated::new())),
    };
    hindrances::hold(work.connection(), &[install.server_uid]).await?;
    let stored = lock(work.connection(), install).await?;
    stored.expect_etag(install.uid, expected_etag)?;
    stored.expect_present(install)?;
    let given = stored.merged_inputs(cx, install.uid, patch.inputs.as_ref()).await?;
    let (inputs, generated) = completed(cx, &version.manifest, given)?;
    let action = if stored.observed_version.is_empty() {
        Action::Install
    } else if stored.version == version.version {
        Action::Reconfigure
    } else {
        Action::Upgrade
    };
    let wanted = Wanted { name: &install.name, action, version, inputs: &inputs.plain };
    refuse_hindered(cx, work.connection(), install, wanted).await?;
    if validate_only {
        return Ok((install.clone(), Generated::new()));
    }
    let protected = protect(cx, install.uid, &inputs.sensitive).await?;
    let next = NextGeneration { action, version, inputs: &inputs, protected: &protected };
    next.write(cx, &mut work, install, stored.generation, "installs.update").await?;
    work.commit(cx, &[install.uid.0]).await?;
    Ok((current(cx, install.uid).await?, generated))
}

async fn refuse_hindered(
    cx: &Ctx,
    connection: &mut PgConnection,
    install: &Install,
    wanted: Wanted<'_>,
) -> Result<(), Error> {
    let there = hindrances::neighbours(cx, connection, &[install.server_uid]).await?;
    let there = there.get(&install.server_uid).map(Vec::as_slice).unwrap_or_default();
    let facts = servers::facts(connection, install.server_uid).await?;
    hindrances::refuse(hindrances::find(&install.server, &facts, wanted, there))
}

/// Wants the app gone: a new generation with an uninstall job.
pub async fn delete(
    cx: &Ctx,
    install: &Install,
    expected_etag: &str,
    validate_only: bool,
    request: &Request,
) -> Result<Install, Error> {
    cx.authorize(Permission::InstallsDelete, install)?;
    let version = apps::usable_version(cx, &install.app, &install.version).await?;
    expect_script(&version, Action::Uninstall)?;
    retrying!(delete_once(cx, install, &version, expected_etag, validate_only, request))
}

async fn delete_once(
    cx: &Ctx,
    install: &Install,
    version: &Arc<AppVersion>,
    expected_etag: &str,
    validate_only: bool,
    request: &Request,
) -> Result<Install, Error> {
    let mut work = match begin(cx, install.project, request).await? {
        Begun::Fresh(work) => work,
        Begun::Repeat(_) => return current(cx, install.uid).await,
    };
    let stored = lock(work.connection(), install).await?;
    stored.expect_etag(install.uid, expected_etag)?;
    stored.expect_present(install)?;
    if validate_only {
        return Ok(install.clone());
    }
    let inputs = EffectiveInputs { plain: stored.inputs.clone(), sensitive: SensitiveInputs::default() };
    let protected = Protected { ciphertext: stored.secret_inputs.clone(), macs: stored.secret_macs.clone() };
    let next = NextGeneration { action: Action::Uninstall, version, inputs: &inputs, protected: &protected };
    next.write(cx, &mut work, install, stored.generation, "installs.delete").await?;
    work.commit(cx, &[install.uid.0]).await?;
    current(cx, install.uid).await
}

/// Starts a check, a backup or a restore: a job without a new generation.
pub async fn start_action(
    cx: &Ctx,
    install: &Install,
    action: Action,
    request: &Request,
) -> Result<JobId, Error> {
    let permission = match action {
        Action::Backup => Permission::InstallsBackup,
        Action::Restore => Permission::InstallsRestore,
        _ => Permission::InstallsVerify,
    };
    cx.authorize(permission, install)?;
    let version = apps::usable_version(cx, &install.app, &install.version).await?;
    expect_script(&version, action)?;
    retrying!(side_job(cx, install, &version, action, None, permission.as_str(), request))
}

/// Makes a new job for the current generation of an ended job's install.
pub async fn retry_job(cx: &Ctx, job: &Job, request: &Request) -> Result<JobId, Error> {
    let gone = || {
        Error::precondition("INSTALL_GONE", format!("the install of job {} does not exist any more", job.id))
    };
    if job.ended_at.is_none() {
        return Err(Error::precondition("JOB_ACTIVE", format!("job {} has not ended", job.id)));
    }
    let install = get(cx, job.project, &job.server, &job.install).await.map_err(|error| match error {
        Error::NotFound { .. } => gone(),
        other => other,
    })?;
    if install.uid != job.install_uid {
        return Err(gone());
    }
    if install.generation != job.generation {
        return Err(Error::precondition(
            "GENERATION_PASSED",
            format!(
                "job {} was for generation {}; the install is at {}",
                job.id, job.generation, install.generation
            ),
        ));
    }
    let version = apps::usable_version(cx, &install.app, &job.version).await?;
    side_job(cx, &install, &version, job.action, Some(job.id), "jobs.retry", request).await
}

/// A job for the install's present generation, refused while another one is active.
async fn side_job(
    cx: &Ctx,
    install: &Install,
    version: &Arc<AppVersion>,
    action: Action,
    retry_of: Option<JobId>,
    audit_action: &'static str,
    request: &Request,
) -> Result<JobId, Error> {
    let mut work = match begin(cx, install.project, request).await? {
        Begun::Fresh(work) => work,
        Begun::Repeat(made) => {
            return made
                .first()
                .copied()
                .map(JobId)
                .ok_or_else(|| Error::corrupt("request_ids", "made", install.uid));
        }
    };
    let stored = lock(work.connection(), install).await?;
    if retry_of.is_none() {
        stored.expect_present(install)?;
    }
    let batch = Batch::lock_installs(work.connection(), cx.lost_after(), &[install.uid]).await?;
    if let Some(active) = batch.live_jobs_of(install.uid).first() {
        return Err(Error::precondition(
            "JOB_ACTIVE",
            format!("job {active} of {} has not ended; wait for it or cancel it", install.describe()),
        ));
    }
    if stored.generation != install.generation {
        return Err(Error::Aborted {
            reason: "GENERATION_PASSED",
            message: format!("{} was changed meanwhile", install.describe()),
        });
    }
    let id = fresh_job_id(work.connection()).await?;
    let job = NewJob {
        id,
        project: install.project,
        server: install.server_uid,
        server_name: &install.server,
        install: install.uid,
        install_name: &install.name,
        version,
        action,
        generation: stored.generation,
        inputs: &stored.inputs,
        secret_inputs: &stored.secret_inputs,
        requested_by: &cx.principal.name(),
        retry_of,
        state: Live::Queued,
    };
    new_job::insert(work.connection(), &[job]).await?;
    if !matches!(action, Action::Verify | Action::Backup | Action::Restore) {
        set_job(work.connection(), install.uid, id).await?;
    }
    let details = serde_json::json!({ "job": id, "action": action, "retry_of": retry_of });
    audit::record(work.connection(), cx, install.project, audit_action, &install.describe(), &details)
        .await?;
    work.wake(install.server_uid);
    work.commit(cx, &[id.0]).await?;
    Ok(id)
}

/// What the next generation is.
struct NextGeneration<'a> {
    action: Action,
    version: &'a AppVersion,
    inputs: &'a EffectiveInputs,
    protected: &'a Protected,
}

impl NextGeneration<'_> {
    /// Writes it with its one job, which takes the place of whatever has not been accepted yet.
    async fn write(
        &self,
        cx: &Ctx,
        work: &mut Work,
        install: &Install,
        generation: i64,
        audit_action: &'static str,
    ) -> Result<(), Error> {
        let mut batch = Batch::lock_installs(work.connection(), cx.lost_after(), &[install.uid]).await?;
        // The waiting one first: else the end of the active one would make it active.
        for older in batch.live_jobs_of(install.uid).into_iter().rev() {
            let details = Details {
                reason_code: "SUPERSEDED".to_owned(),
                reason: format!("generation {} took its place", generation + 1),
                ..Details::default()
            };
            // Rejected if it has been accepted: then the new job waits for it.
            let _ = batch.apply(older, &Event::Superseded, details, 0.0);
        }
        batch.write(work.connection()).await?;
        let state = if batch.live_jobs_of(install.uid).is_empty() { Live::Queued } else { Live::Waiting };
        let id = fresh_job_id(work.connection()).await?;
        let job = NewJob {
            id,
            project: install.project,
            server: install.server_uid,
            server_name: &install.server,
            install: install.uid,
            install_name: &install.name,
            version: self.version,
            action: self.action,
            generation: generation + 1,
            inputs: &self.inputs.plain,
            secret_inputs: &self.protected.ciphertext,
            requested_by: &cx.principal.name(),
            retry_of: None,
            state,
        };
        new_job::insert(work.connection(), &[job]).await?;
        let written = sqlx::query!(
            "UPDATE installs SET generation = $2 + 1, desired_state = $3, version = $4, release = $5, digest = $6, inputs = $7,
                 secret_inputs = $8, secret_macs = $9, job_id = $10, job_ended = false, updated_at = purvey_now(),
                 changed_xid = pg_current_xact_id()
             WHERE install_uid = $1 AND generation = $2",
            install.uid.0,
            generation,
            if self.action == Action::Uninstall { "absent" } else { "present" },
            self.version.version,
            i64::try_from(self.version.release).unwrap_or(i64::MAX),
            &self.version.digest.0,
            Json(&self.inputs.plain) as _,
            self.protected.ciphertext,
            Json(&self.protected.macs) as _,
            id.0,
        )
        .execute(work.connection())
        .await?;
        if written.rows_affected() != 1 {
            return Err(Error::internal("a locked install changed"));
        }
        let details = serde_json::json!({
            "app": install.app, "version": self.version.version, "generation": generation + 1, "job": id,
        });
        audit::record(work.connection(), cx, install.project, audit_action, &install.describe(), &details)
            .await?;
        work.wake(install.server_uid);
        Ok(())
    }
}

/// What of an install's row decides a change of it.
struct Stored {
    generation: i64,
    present: bool,
    version: String,
    observed_version: String,
    inputs: Inputs,
    secret_inputs: Vec<u8>,
    secret_macs: std::collections::BTreeMap<String, String>,
}

async fn lock(connection: &mut PgConnection, install: &Install) -> Result<Stored, Error> {
    let row = sqlx::query!(
        r#"SELECT generation, desired_state, version, observed_version, inputs AS "inputs: Json<Inputs>", secret_inputs,
               secret_macs AS "secret_macs: Json<std::collections::BTreeMap<String, String>>"
           FROM installs WHERE install_uid = $1 AND deleted_at IS NULL FOR UPDATE"#,
        install.uid.0
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::not_found("install", format!("{}/{}", install.server, install.name)))?;
    Ok(Stored {
        generation: row.generation,
        present: row.desired_state == "present",
        version: row.version,
        observed_version: row.observed_version,
        inputs: row.inputs.0,
        secret_inputs: row.secret_inputs,
        secret_macs: row.secret_macs.0,
    })
}

impl Stored {
    fn expect_etag(&self, uid: InstallUid, expected: &str) -> Result<(), Error> {
        let is = etag(uid, self.generation);
        if expected.is_empty() || expected == is {
            return Ok(());
        }
        Err(Error::Aborted {
            reason: "ETAG_MISMATCH",
            message: format!("the etag is `{is}`, not `{expected}`: read the install again"),
        })
    }

    fn expect_present(&self, install: &Install) -> Result<(), Error> {
        if self.present {
            return Ok(());
        }
        Err(Error::precondition("INSTALL_DELETED", format!("{} is being deleted", install.describe())))
    }

    /// The stored inputs, the sensitive ones opened, with a patch over them.
    async fn merged_inputs(
        &self,
        cx: &Ctx,
        uid: InstallUid,
        patch: Option<&Inputs>,
    ) -> Result<Inputs, Error> {
        let secrets = if self.secret_inputs.is_empty() {
            SensitiveInputs::default()
        } else {
            let plain = cx.kms.decrypt(&secret_context(uid), &self.secret_inputs).await?;
            SensitiveInputs::from_plaintext(&plain)
                .ok_or_else(|| Error::corrupt("installs", "secret_inputs", uid))?
        };
        let mut merged = EffectiveInputs::join(&self.inputs, &secrets);
        for (name, value) in patch.into_iter().flatten() {
            if value.is_null() {
                merged.remove(name);
            } else {
                merged.insert(name.clone(), value.clone());
            }
        }
        Ok(merged)
    }
}

async fn current(cx: &Ctx, uid: InstallUid) -> Result<Install, Error> {
    let found = by_uid(cx, &[uid]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("install", uid))
}

async fn fresh_job_id(connection: &mut PgConnection) -> Result<JobId, Error> {
    let ids = new_job::fresh_ids(connection, 1).await?;
    ids.first().copied().map(JobId).ok_or_else(|| Error::internal("the database gave no id"))
}

async fn set_job(connection: &mut PgConnection, install: InstallUid, job: JobId) -> Result<(), Error> {
    let written = sqlx::query!(
        "UPDATE installs SET job_id = $2, job_ended = false, updated_at = purvey_now(), changed_xid = pg_current_xact_id()
         WHERE install_uid = $1",
        install.0,
        job.0,
    )
    .execute(connection)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Error::internal("a locked install is gone")) }
}

fn expect_script(version: &AppVersion, action: Action) -> Result<(), Error> {
    if version.manifest.script(action).is_some() {
        return Ok(());
    }
    Err(Error::precondition(
        "ACTION_NOT_SUPPORTED",
        format!("{} {} has no script for `{action}`", version.app, version.version),
    ))
}
