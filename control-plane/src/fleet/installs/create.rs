//! CreateInstall and BatchCreateInstalls: one verb, for one install or a thousand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use purvey_contract::action::Action;
use purvey_contract::id::{InstallUid, JobId, Name, ProjectUid};
use purvey_contract::inputs::{self, EffectiveInputs, Inputs, SensitiveInputs};
use purvey_contract::manifest::Manifest;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::hindrances::{self, Neighbour, Wanted};
use super::new_job::{self, NewJob};
use super::{Install, by_uid, violations};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::fleet::apps::{self, AppVersion};
use crate::fleet::job_state::Live;
use crate::fleet::leases::secret_context;
use crate::fleet::request_ids::{Begun, Request, begin};
use crate::fleet::servers::{self, Server};
use crate::fleet::{audit, projects};
use crate::policy::{Permission, Resource, Scope};

/// An install to be made.
#[derive(Clone, Debug, Default)]
pub struct NewInstall {
    /// The server's id.
    pub server: String,
    /// The install's id; empty means the app's.
    pub name: String,
    /// The app's id.
    pub app: String,
    /// The version; empty means the newest release.
    pub version: String,
    /// The inputs.
    pub inputs: Inputs,
}

/// An install that was made.
#[derive(Debug)]
pub struct Created {
    /// The install.
    pub install: Install,
    /// Passwords that were made up for it, by input: shown this once.
    pub generated: Generated,
    /// The inputs whose passwords an earlier answer to the same request has shown.
    pub withheld: Vec<String>,
}

/// Passwords that were made up, by input.
pub type Generated = BTreeMap<String, Zeroizing<String>>;

/// Makes up the passwords that are wanted and missing, and judges all inputs.
pub(super) fn completed(
    cx: &Ctx,
    manifest: &Manifest,
    mut given: Inputs,
) -> Result<(EffectiveInputs, Generated), Error> {
    let made_up = inputs::generate(manifest, &mut given, &mut |bytes| cx.fill_random(bytes));
    let inputs = inputs::validate(manifest, &given).map_err(violations)?;
    let of = |name: String| {
        let value = inputs.sensitive.get(&name)?.to_owned();
        Some((name, Zeroizing::new(value)))
    };
    let generated = made_up.into_iter().filter_map(of).collect();
    Ok((inputs, generated))
}

/// Everything that can be said of a new install before anything is written.
struct Prepared {
    server: Server,
    name: Name,
    version: Arc<AppVersion>,
    inputs: EffectiveInputs,
    generated: Generated,
}

impl Resource for Prepared {
    fn scope(&self) -> Scope {
        Scope::Project(self.server.project)
    }

    fn describe(&self) -> String {
        format!("install {}/{}", self.server.name, self.name)
    }
}

impl Prepared {
    /// # Errors
    /// Something stands in the way for certain. Another install of the app is for the index to find.
    fn refuse(&self, there: &[Neighbour]) -> Result<(), Error> {
        let (name, inputs) = (self.name.as_str(), &self.inputs.plain);
        let wanted = Wanted { name, action: Action::Install, version: &self.version, inputs };
        let mut found = hindrances::find(self.server.name.as_str(), &self.server.facts, wanted, there);
        found.retain(|one| one.code != "APP_INSTALLED");
        hindrances::refuse(found)
    }

    fn as_neighbour(&self) -> Neighbour {
        Neighbour {
            name: self.name.to_string(),
            version: Arc::clone(&self.version),
            inputs: self.inputs.plain.clone(),
            present: true,
        }
    }
}

/// Makes an install and its job.
pub async fn create(
    cx: &Ctx,
    project: ProjectUid,
    new: NewInstall,
    request: &Request,
) -> Result<Created, Error> {
    let mut made = create_many(cx, project, vec![new], request).await?;
    made.pop().unwrap_or_else(|| Err(Error::internal("one install gives one result")))
}

/// Checks all that `create` checks before it writes.
pub async fn validate(cx: &Ctx, project: ProjectUid, new: NewInstall) -> Result<(), Error> {
    let prepared = prepare(cx, project, new).await?;
    let mut connection = cx.db.acquire().await?;
    let there = hindrances::neighbours(cx, &mut connection, &[prepared.server.uid]).await?;
    prepared.refuse(there.get(&prepared.server.uid).map(Vec::as_slice).unwrap_or_default())
}

/// Makes installs with their jobs in one transaction, and answers for each by itself.
pub async fn create_many(
    cx: &Ctx,
    project: ProjectUid,
    new: Vec<NewInstall>,
    request: &Request,
) -> Result<Vec<Result<Created, Error>>, Error> {
    cx.authorize(Permission::InstallsCreate, &projects::AllOf { project, kind: "installs" })?;
    let mut prepared = Vec::with_capacity(new.len());
    for new in new {
        prepared.push(prepare(cx, project, new).await);
    }
    let good: Vec<&Prepared> = prepared.iter().flatten().collect();
    if good.is_empty() {
        return Ok(prepared.into_iter().map(|one| Err(one.err().unwrap_or_else(unmade))).collect());
    }
    let Written { made, repeated } = retrying!(write(cx, project, &good, request))?;
    let uids: Vec<_> = made.iter().filter_map(|one| one.as_ref().ok().copied().flatten()).collect();
    let installs = by_uid(cx, &uids).await?;
    let mut installs: HashMap<InstallUid, Install> =
        installs.into_iter().map(|install| (install.uid, install)).collect();
    let mut made = made.into_iter();
    let answer = |one: Result<Prepared, Error>| {
        let prepared = one?;
        let (server, name, app) = (&prepared.server.name, &prepared.name, &prepared.version.app.app);
        // A server has an app once: under another id it is in the way as well.
        let in_the_way =
            if name == app { String::new() } else { format!(", or another install of {app} there") };
        let exists =
            || Error::AlreadyExists { kind: "install", name: format!("{server}/{name}{in_the_way}") };
        let uid = made.next().unwrap_or(Ok(None))?.ok_or_else(exists)?;
        let install = installs.remove(&uid).ok_or_else(unmade)?;
        let (generated, withheld) = match repeated {
            true => (Generated::new(), prepared.generated.into_keys().collect()),
            false => (prepared.generated, Vec::new()),
        };
        Ok(Created { install, generated, withheld })
    };
    Ok(prepared.into_iter().map(answer).collect())
}

fn unmade() -> Error {
    Error::internal("an install that was made cannot be read")
}

async fn prepare(cx: &Ctx, project: ProjectUid, new: NewInstall) -> Result<Prepared, Error> {
    let server = retrying!(servers::load(cx, project, &new.server))?
        .ok_or_else(|| Error::not_found("server", &new.server))?;
    let version = apps::usable_version(cx, &new.app, &new.version).await?;
    let name = if new.name.is_empty() { version.app.app.to_string() } else { new.name };
    let name: Name =
        name.parse().map_err(|error| Error::invalid("install", "INVALID_ID", format!("{error}")))?;
    if server.state == servers::ServerState::Banned {
        return Err(Error::precondition("SERVER_BANNED", format!("server `{}` is banned", server.name)));
    }
    let (inputs, generated) = completed(cx, &version.manifest, new.inputs)?;
    let prepared = Prepared { server, name, version, inputs, generated };
    cx.authorize(Permission::InstallsCreate, &prepared)?;
    Ok(prepared)
}

struct Written {
    /// For each prepared install its uid if it was made, nothing if there is one already, or what stands in its way.
    made: Vec<Result<Option<InstallUid>, Error>>,
    repeated: bool,
}

/// Takes out what something stands in the way of, earlier ones of the same call included.
async fn sort_out(
    cx: &Ctx,
    connection: &mut PgConnection,
    new: &[&Prepared],
) -> Result<Vec<Result<(), Error>>, Error> {
    let servers: Vec<_> = new.iter().map(|one| one.server.uid).collect();
    hindrances::hold(connection, &servers).await?;
    let mut there = hindrances::neighbours(cx, connection, &servers).await?;
    let mut judged = Vec::with_capacity(new.len());
    for one in new {
        let beside = there.entry(one.server.uid).or_default();
        let verdict = one.refuse(beside);
        if verdict.is_ok() {
            beside.push(one.as_neighbour());
        }
        judged.push(verdict);
    }
    Ok(judged)
}

async fn write(
    cx: &Ctx,
    project: ProjectUid,
    new: &[&Prepared],
    request: &Request,
) -> Result<Written, Error> {
    let mut work = match begin(cx, project, request).await? {
        Begun::Fresh(work) => work,
        // A nil uid stands for one that was not made.
        Begun::Repeat(made) => {
            let made = made.into_iter().map(|uid| Ok((!uid.is_nil()).then_some(InstallUid(uid)))).collect();
            return Ok(Written { made, repeated: true });
        }
    };
    let judged = sort_out(cx, work.connection(), new).await?;
    if judged.iter().all(Result::is_err) {
        // Nothing is remembered either: the same call may succeed once the way is free.
        let made = judged.into_iter().map(|verdict| verdict.map(|()| None)).collect();
        return Ok(Written { made, repeated: false });
    }
    let all = new;
    let new: Vec<&Prepared> =
        all.iter().zip(&judged).filter(|(_, verdict)| verdict.is_ok()).map(|(one, _)| *one).collect();
    let new = new.as_slice();
    let ids = new_job::fresh_ids(work.connection(), 2 * new.len()).await?;
    let (install_ids, job_ids) = ids.split_at(new.len());
    let mut secrets = Vec::with_capacity(new.len());
    for (one, uid) in new.iter().zip(install_ids) {
        secrets.push(protect(cx, InstallUid(*uid), &one.inputs.sensitive).await?);
    }
    let server_uids: Vec<_> = new.iter().map(|one| one.server.uid.0).collect();
    let server_names: Vec<_> = new.iter().map(|one| one.server.name.to_string()).collect();
    let names: Vec<_> = new.iter().map(|one| one.name.to_string()).collect();
    let publishers: Vec<_> = new.iter().map(|one| one.version.app.publisher.to_string()).collect();
    let apps: Vec<_> = new.iter().map(|one| one.version.app.app.to_string()).collect();
    let versions: Vec<_> = new.iter().map(|one| one.version.version.clone()).collect();
    let releases: Vec<_> =
        new.iter().map(|one| i64::try_from(one.version.release).unwrap_or(i64::MAX)).collect();
    let digests: Vec<_> = new.iter().map(|one| one.version.digest.0.to_vec()).collect();
    let plain: Vec<_> = new.iter().map(|one| Json(&one.inputs.plain)).collect();
    let ciphertexts: Vec<_> = secrets.iter().map(|secret| secret.ciphertext.clone()).collect();
    let macs: Vec<_> = secrets.iter().map(|secret| Json(&secret.macs)).collect();
    let made = sqlx::query_scalar!(
        "INSERT INTO installs (install_uid, server_uid, project_id, server_name, name, publisher, app, version, release, digest,
             inputs, secret_inputs, secret_macs, desired_state, generation, job_id)
         SELECT install_uid, server_uid, $14, server_name, name, publisher, app, version, release, digest,
             inputs, secret_inputs, secret_macs, 'present', 1, job_id
         FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                     $9::bytea[], $10::jsonb[], $11::bytea[], $12::jsonb[], $13::uuid[])
             AS new(install_uid, server_uid, server_name, name, publisher, app, version, release, digest, inputs,
                    secret_inputs, secret_macs, job_id)
         ORDER BY install_uid
         ON CONFLICT DO NOTHING
         RETURNING install_uid",
        install_ids,
        &server_uids,
        &server_names,
        &names,
        &publishers,
        &apps,
        &versions,
        &releases,
        &digests,
        &plain as &[Json<&Inputs>],
        &ciphertexts,
        &macs as &[Json<&BTreeMap<String, String>>],
        job_ids,
        project.0,
    )
    .fetch_all(work.connection())
    .await?;

    let requested_by = cx.principal.name();
    let mut jobs = Vec::with_capacity(made.len());
    let mut uids = Vec::with_capacity(new.len());
    for (index, one) in new.iter().enumerate() {
        let uid = install_ids[index];
        if !made.contains(&uid) {
            uids.push(None);
            continue;
        }
        uids.push(Some(InstallUid(uid)));
        jobs.push(NewJob {
            id: JobId(job_ids[index]),
            project,
            server: one.server.uid,
            server_name: &server_names[index],
            install: InstallUid(uid),
            install_name: &names[index],
            version: &one.version,
            action: Action::Install,
            generation: 1,
            inputs: &one.inputs.plain,
            secret_inputs: &ciphertexts[index],
            requested_by: &requested_by,
            retry_of: None,
            state: Live::Queued,
        });
        work.wake(one.server.uid);
    }
    new_job::insert(work.connection(), &jobs).await?;
    let entries: Vec<(String, serde_json::Value)> = jobs
        .iter()
        .map(|job| {
            let details = serde_json::json!({
                "app": job.version.app.app.as_str(), "version": job.version.version, "job": job.id,
            });
            (format!("install {}/{}", job.server_name, job.install_name), details)
        })
        .collect();
    audit::record_many(work.connection(), cx, project, "installs.create", &entries).await?;
    let mut uids = uids.into_iter();
    let made: Vec<_> = judged.into_iter().map(|verdict| verdict.map(|()| uids.next().flatten())).collect();
    let uid = |one: &Result<Option<InstallUid>, Error>| one.as_ref().ok().copied().flatten();
    let remembered: Vec<Uuid> = made.iter().map(|one| uid(one).map_or(Uuid::nil(), |uid| uid.0)).collect();
    work.commit(cx, &remembered).await?;
    Ok(Written { made, repeated: false })
}

/// Sensitive inputs as they are stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Protected {
    /// Encrypted by the KMS; empty if there are none.
    pub(super) ciphertext: Vec<u8>,
    /// A keyed hash of each, to see a change by.
    pub(super) macs: BTreeMap<String, String>,
}

pub(super) async fn protect(
    cx: &Ctx,
    install: InstallUid,
    secrets: &SensitiveInputs,
) -> Result<Protected, Error> {
    if secrets.is_empty() {
        return Ok(Protected::default());
    }
    let mac = |name: &str, value: &str| {
        let message = Zeroizing::new(format!("{install}\n{name}\n{value}").into_bytes());
        purvey_contract::id::Digest(cx.keys.mac("input", &message)).to_string()
    };
    Ok(Protected {
        ciphertext: cx.kms.encrypt(&secret_context(install), &secrets.to_plaintext()).await?,
        macs: secrets.iter().map(|(name, value)| (name.to_owned(), mac(name, value))).collect(),
    })
}
