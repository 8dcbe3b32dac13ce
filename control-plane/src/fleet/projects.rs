//! Projects: the tenants. `default` is there from the start.
//!
//! Persisted: `projects`. A project is never renamed or removed, so what was once read is kept.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use purvey_contract::id::{Name, ProjectUid};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::policy::{Resource, Scope};

/// The uid of the project `default`, as the first migration made it.
pub const DEFAULT: ProjectUid = ProjectUid(uuid::Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));

/// The name that an empty one stands for.
pub const DEFAULT_NAME: &str = "default";

/// How many projects are kept in memory.
const MAX_KEPT: usize = 10_000;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The uid.
    pub uid: ProjectUid,
    /// The id.
    pub name: Name,
}

impl Resource for Project {
    fn scope(&self) -> Scope {
        Scope::Project(self.uid)
    }

    fn describe(&self) -> String {
        format!("project {}", self.name)
    }
}

/// All of a kind in a project: what a list or a watch is authorised on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllOf {
    /// The project.
    pub project: ProjectUid,
    /// Such as `installs`.
    pub kind: &'static str,
}

impl Resource for AllOf {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("the {} of the project", self.kind)
    }
}

/// Everything that belongs to no project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fleet;

impl Resource for Fleet {
    fn scope(&self) -> Scope {
        Scope::Fleet
    }

    fn describe(&self) -> String {
        "the fleet".to_owned()
    }
}

/// Projects that were read.
#[derive(Debug, Default)]
pub struct Projects {
    kept: RwLock<HashMap<Name, Arc<Project>>>,
}

/// The project of that id; an empty id means `default`.
///
/// # Errors
/// `Invalid` if it is no id, `NotFound` if there is none.
pub async fn get(cx: &Ctx, name: &str) -> Result<Arc<Project>, Error> {
    let name = if name.is_empty() { DEFAULT_NAME } else { name };
    let name: Name =
        name.parse().map_err(|error| Error::invalid("project", "INVALID_ID", format!("{error}")))?;
    let missing = || Error::not_found("project", &name);
    lookup(cx, &name).await?.ok_or_else(missing)
}

/// The project of that id, if there is one.
pub async fn lookup(cx: &Ctx, name: &Name) -> Result<Option<Arc<Project>>, Error> {
    if let Some(project) = cx.projects.kept.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Ok(Some(Arc::clone(project)));
    }
    let row = sqlx::query!("SELECT project_id FROM projects WHERE name = $1", name.as_str())
        .fetch_optional(&cx.db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let project = Arc::new(Project { uid: ProjectUid(row.project_id), name: name.clone() });
    cx.projects.keep(&project);
    Ok(Some(project))
}

/// The project of that uid, if there is one.
pub async fn by_uid(cx: &Ctx, uid: ProjectUid) -> Result<Option<Arc<Project>>, Error> {
    let kept = |projects: &Projects| {
        let kept = projects.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.values().find(|project| project.uid == uid).cloned()
    };
    if let Some(project) = kept(&cx.projects) {
        return Ok(Some(project));
    }
    let row =
        sqlx::query!("SELECT name FROM projects WHERE project_id = $1", uid.0).fetch_optional(&cx.db).await?;
    let Some(row) = row else { return Ok(None) };
    let name = row.name.parse().map_err(|_| Error::corrupt("projects", "name", uid))?;
    let project = Arc::new(Project { uid, name });
    cx.projects.keep(&project);
    Ok(Some(project))
}

impl Projects {
    fn keep(&self, project: &Arc<Project>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(project.name.clone(), Arc::clone(project));
    }
}
