//! Who did what. A verb writes its row in its own transaction; refusals are counted and written now and then.
//!
//! Persisted: `audit_entries`. Not persisted: refusals of the last seconds before a crash.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use purvey_contract::id::ProjectUid;
use sqlx::{PgConnection, PgPool};

use super::projects;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::policy::{Permission, Principal, Scope};

/// Distinct refusals that are kept apart between two writes; further ones are counted together.
const MAX_DENIALS: usize = 1000;

/// Notes that the caller did something, in the transaction in which it is done. `resource` is what
/// [`Resource::describe`](crate::policy::Resource::describe) says; `details` never holds a secret.
pub async fn record(
    connection: &mut PgConnection,
    cx: &Ctx,
    project: ProjectUid,
    action: &str,
    resource: &str,
    details: &serde_json::Value,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO audit_entries (project_id, principal, action, resource, allowed, details)
         VALUES ($1, $2, $3, $4, true, $5)",
        project.0,
        cx.principal.name(),
        action,
        resource,
        details,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The same for many resources of one project in one statement: what each is called, and its details.
pub async fn record_many(
    connection: &mut PgConnection,
    cx: &Ctx,
    project: ProjectUid,
    action: &str,
    entries: &[(String, serde_json::Value)],
) -> Result<(), Error> {
    let (resources, details): (Vec<String>, Vec<serde_json::Value>) = entries.iter().cloned().unzip();
    sqlx::query!(
        "INSERT INTO audit_entries (project_id, principal, action, resource, allowed, details)
         SELECT $1, $2, $3, resource, true, details
         FROM UNNEST($4::text[], $5::jsonb[]) AS done(resource, details)",
        project.0,
        cx.principal.name(),
        action,
        &resources,
        &details,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Refusals since they were last written: one count for each principal, action and place, so that a flood of them costs
/// neither memory nor rows.
#[derive(Debug, Default)]
pub struct Denials {
    counted: Mutex<HashMap<Denial, i64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Denial {
    principal: String,
    permission: &'static str,
    project: ProjectUid,
}

impl Denials {
    /// Counts a refusal.
    pub fn count(&self, principal: &Principal, permission: Permission, scope: Scope) {
        let project = match scope {
            Scope::Project(project) => project,
            Scope::Fleet => projects::DEFAULT,
        };
        let mut denial = Denial { principal: principal.name(), permission: permission.as_str(), project };
        let mut counted = self.lock();
        if counted.len() >= MAX_DENIALS && !counted.contains_key(&denial) {
            denial =
                Denial { principal: "(many)".to_owned(), permission: "(many)", project: projects::DEFAULT };
        }
        *counted.entry(denial).or_default() += 1;
    }

    /// Writes what was counted. What cannot be written is counted on.
    pub async fn flush(&self, db: &PgPool) -> Result<(), Error> {
        let counted = std::mem::take(&mut *self.lock());
        if counted.is_empty() {
            return Ok(());
        }
        let projects: Vec<_> = counted.keys().map(|denial| denial.project.0).collect();
        let principals: Vec<_> = counted.keys().map(|denial| denial.principal.clone()).collect();
        let actions: Vec<_> = counted.keys().map(|denial| denial.permission.to_owned()).collect();
        let times: Vec<_> = counted.values().copied().collect();
        let written = sqlx::query!(
            "INSERT INTO audit_entries (project_id, principal, action, resource, allowed, times)
             SELECT project_id, principal, action, '', false, times
             FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS d(project_id, principal, action, times)",
            &projects,
            &principals,
            &actions,
            &times,
        )
        .execute(db)
        .await;
        if let Err(error) = written {
            let mut lost = self.lock();
            for (denial, times) in counted {
                *lost.entry(denial).or_default() += times;
            }
            return Err(error.into());
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Denial, i64>> {
        // The map is whole after any panic: every change to it is a single call.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_and_bounded() {
        let denials = Denials::default();
        let key = |number: usize| Principal::ApiKey {
            id: number.to_string(),
            role: crate::policy::Role::Viewer,
            project: None,
        };
        for _ in 0..3 {
            denials.count(&key(0), Permission::InstallsCreate, Scope::Fleet);
        }
        for number in 0..5000 {
            denials.count(&key(number), Permission::InstallsCreate, Scope::Fleet);
        }
        let counted = denials.lock();
        assert_eq!(counted.len(), MAX_DENIALS + 1);
        assert_eq!(counted.values().sum::<i64>(), 5003);
        assert_eq!(counted.values().filter(|times| **times == 4).count(), 1);
    }
}
