//! Installs: the desired state of the fleet, and what is observed of it.
//!
//! Persisted: the install's row; each change of it in one transaction with its job and its audit row. Sensitive inputs are
//! stored encrypted by the KMS, with keyed hashes to compare them by.

mod change;
mod create;
mod hindrances;
mod new_job;
mod plan;

use std::collections::BTreeMap;

use purvey_contract::id::{InstallUid, JobId, ProjectUid, ServerUid};
use purvey_contract::inputs::Inputs;
use sqlx::types::Json;
use time::OffsetDateTime;

use super::job_state::Observed;
use super::projects::AllOf;
use crate::ctx::Ctx;
use crate::error::{Error, FieldViolation, retrying};
use crate::policy::{Permission, Resource, Scope};

pub use change::{Patch, delete, retry_job, start_action, update};
pub use create::{Created, Generated, NewInstall, create, create_many, validate};
pub use hindrances::Hindrance;
pub use plan::{Plan, plan};

/// An app on a server, as it should be and as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Install {
    /// Its uid.
    pub uid: InstallUid,
    /// Its id, unique on its server.
    pub name: String,
    /// Where it belongs.
    pub project: ProjectUid,
    /// Its server.
    pub server_uid: ServerUid,
    /// Its server's id.
    pub server: String,
    /// Who signs the app's bundles.
    pub publisher: String,
    /// The app.
    pub app: String,
    /// The version that should be there.
    pub version: String,
    /// The inputs that it should have, without the sensitive ones.
    pub inputs: Inputs,
    /// The names of the sensitive inputs that are set.
    pub sensitive_inputs: Vec<String>,
    /// Whether it should be there.
    pub present: bool,
    /// Counts the changes of what should be.
    pub generation: i64,
    /// The generation that `observed` speaks of.
    pub observed_generation: i64,
    /// What is there; none as long as nothing has run.
    pub observed: Option<Observed>,
    /// The version that is there.
    pub observed_version: String,
    /// What the last successful action said.
    pub outputs: BTreeMap<String, String>,
    /// The newest generation's job, or its latest retry.
    pub job: JobId,
    /// Whether that job is still to end.
    pub reconciling: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// When it was found gone, after it was deleted.
    pub deleted_at: Option<OffsetDateTime>,
}

impl Install {
    /// Changes with every change of what a caller can set (AIP-154).
    pub fn etag(&self) -> String {
        etag(self.uid, self.generation)
    }
}

impl Resource for Install {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("install {}/{}", self.server, self.name)
    }
}

/// Which installs a list or a watch is of.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this server's.
    pub server: Option<ServerUid>,
    /// Only the one of this id.
    pub name: Option<String>,
    /// Only this app's.
    pub app: Option<String>,
}

/// Reads installs as they are shown: what begins with `FROM`, and its parameters.
macro_rules! shown_installs {
    ($rest:literal, $($parameter:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT install_uid, server_uid, project_id, server_name, name, publisher, app, version,
                   inputs AS "inputs: Json<Inputs>", secret_macs AS "secret_macs: Json<BTreeMap<String, String>>", desired_state,
                   generation, observed_generation, observed_state, observed_version,
                   outputs AS "outputs: Json<BTreeMap<String, String>>", job_id, job_ended, created_at, updated_at, deleted_at
               "# + $rest,
            $($parameter),+
        )
    };
}

/// Reads one install.
pub async fn get(cx: &Ctx, project: ProjectUid, server: &str, name: &str) -> Result<Install, Error> {
    let filter = Filter { name: Some(name.to_owned()), ..Filter::default() };
    let found = retrying!(page(cx, project, &filter, Some(server), None, 1))?;
    let install =
        found.into_iter().next().ok_or_else(|| Error::not_found("install", format!("{server}/{name}")))?;
    cx.authorize(Permission::InstallsRead, &install)?;
    Ok(install)
}

/// Lists installs by server and id, from after `after`.
pub async fn list(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<Install>, Error> {
    cx.authorize(Permission::InstallsRead, &AllOf { project, kind: "installs" })?;
    retrying!(page(cx, project, filter, None, after.clone(), limit))
}

async fn page(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    server_name: Option<&str>,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<Install>, Error> {
    let (after_server, after_name) = after.unzip();
    let rows = shown_installs!(
        "FROM installs
           WHERE project_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR server_uid = $2)
               AND ($3::text IS NULL OR server_name = $3) AND ($4::text IS NULL OR name = $4)
               AND ($5::text IS NULL OR app = $5) AND ($6::text IS NULL OR (server_name, name) > ($6, $7))
           ORDER BY server_name, name LIMIT $8",
        project.0,
        filter.server.map(|server| server.0),
        server_name,
        filter.name,
        filter.app,
        after_server,
        after_name,
        limit,
    )
    .fetch_all(&cx.db)
    .await?;
    rows.into_iter().map(Install::try_from).collect()
}

/// Reads installs by uid, deleted ones too, in the order of the uids.
async fn by_uid(cx: &Ctx, uids: &[InstallUid]) -> Result<Vec<Install>, Error> {
    let wanted: Vec<_> = uids.iter().map(|uid| uid.0).collect();
    let rows = shown_installs!(
        "FROM installs JOIN UNNEST($1::uuid[]) WITH ORDINALITY AS wanted(uid, place) ON install_uid = wanted.uid
           ORDER BY wanted.place",
        &wanted,
    )
    .fetch_all(&cx.db)
    .await?;
    rows.into_iter().map(Install::try_from).collect()
}

/// For watches: what changed since the snapshot `since` (or all that is there), deleted ones too, with the snapshot that this
/// was read at.
pub(super) async fn changed(
    cx: &Ctx,
    project: ProjectUid,
    filter: &Filter,
    since: Option<u64>,
) -> Result<(Vec<Install>, u64), Error> {
    let mut tx = cx.begin().await?;
    let horizon = super::watches::snapshot(&mut tx).await?;
    let rows = shown_installs!(
        "FROM installs
           WHERE project_id = $1 AND ($2::uuid IS NULL OR server_uid = $2) AND ($3::text IS NULL OR name = $3)
               AND (CASE WHEN $4::text IS NULL THEN deleted_at IS NULL ELSE changed_xid >= $4::text::xid8 END)
           ORDER BY server_name, name",
        project.0,
        filter.server.map(|server| server.0),
        filter.name,
        since.map(|xid| xid.to_string()),
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((rows.into_iter().map(Install::try_from).collect::<Result<_, _>>()?, horizon))
}

fn etag(uid: InstallUid, generation: i64) -> String {
    format!("{generation}-{}", &uid.0.simple().to_string()[20..])
}

/// The manifest's violations as the API names them.
fn violations(found: Vec<purvey_contract::inputs::Violation>) -> Error {
    let named = |violation: purvey_contract::inputs::Violation| FieldViolation {
        field: violation.field,
        code: violation.code,
        message: violation.message,
    };
    Error::Invalid(found.into_iter().map(named).collect())
}

struct Row {
    install_uid: uuid::Uuid,
    server_uid: uuid::Uuid,
    project_id: uuid::Uuid,
    server_name: String,
    name: String,
    publisher: String,
    app: String,
    version: String,
    inputs: Json<Inputs>,
    secret_macs: Json<BTreeMap<String, String>>,
    desired_state: String,
    generation: i64,
    observed_generation: i64,
    observed_state: String,
    observed_version: String,
    outputs: Json<BTreeMap<String, String>>,
    job_id: uuid::Uuid,
    job_ended: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    deleted_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Install {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("installs", column, row.install_uid);
        let observed = match row.observed_state.as_str() {
            "pending" => None,
            state => Some(Observed::from_name(state).ok_or_else(|| corrupt("observed_state"))?),
        };
        Ok(Self {
            uid: InstallUid(row.install_uid),
            name: row.name,
            project: ProjectUid(row.project_id),
            server_uid: ServerUid(row.server_uid),
            server: row.server_name,
            publisher: row.publisher,
            app: row.app,
            version: row.version,
            inputs: row.inputs.0,
            sensitive_inputs: row.secret_macs.0.into_keys().collect(),
            present: row.desired_state == "present",
            generation: row.generation,
            observed_generation: row.observed_generation,
            observed,
            observed_version: row.observed_version,
            outputs: row.outputs.0,
            job: JobId(row.job_id),
            reconciling: !row.job_ended,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}
