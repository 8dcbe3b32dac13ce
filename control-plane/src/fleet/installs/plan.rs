//! PlanInstall: what a create or an update would do, without doing it.

use purvey_contract::action::Action;
use purvey_contract::id::{Digest, ProjectUid};
use purvey_contract::inputs::{self, Inputs};

use super::hindrances::{self, Hindrance, Wanted};
use super::{Filter, NewInstall, page, violations};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::fleet::{apps, servers};
use crate::policy::Permission;

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the job would do; none if nothing would change.
    pub action: Option<Action>,
    /// The version that would be there.
    pub version: String,
    /// Its bundle.
    pub digest: Digest,
    /// The inputs as the job would carry them, without the sensitive ones.
    pub inputs: Inputs,
    /// The names of inputs that would change. Sensitive ones that are given count as changed.
    pub changed: Vec<String>,
    /// What stands in the way, as far as is known here.
    pub hindrances: Vec<Hindrance>,
}

/// Plans.
pub async fn plan(cx: &Ctx, project: ProjectUid, wanted: &NewInstall) -> Result<Plan, Error> {
    let server = retrying!(servers::load(cx, project, &wanted.server))?
        .ok_or_else(|| Error::not_found("server", &wanted.server))?;
    cx.authorize(Permission::InstallsRead, &server)?;
    let version = apps::usable_version(cx, &wanted.app, &wanted.version).await?;
    let name = if wanted.name.is_empty() { &wanted.app } else { &wanted.name };
    let here = Filter { server: Some(server.uid), ..Filter::default() };
    let installs = retrying!(page(cx, project, &here, None, None, 1000))?;
    let existing = installs.iter().find(|install| install.name == *name);

    let mut given = existing.map(|install| install.inputs.clone()).unwrap_or_default();
    given.extend(wanted.inputs.clone());
    // A stored secret stays as it is: it stands in for itself.
    let kept: Vec<&String> = existing
        .iter()
        .flat_map(|install| &install.sensitive_inputs)
        .filter(|input| !wanted.inputs.contains_key(*input))
        .collect();
    // What would be made up is not missing. These values are thrown away.
    inputs::generate(&version.manifest, &mut given, &mut |bytes| bytes.fill(0x55));
    let effective = match inputs::validate(&version.manifest, &given) {
        Ok(effective) => effective.plain,
        Err(found) => {
            let real: Vec<_> = found
                .into_iter()
                .filter(|violation| !kept.iter().any(|input| violation.field == format!("inputs.{input}")))
                .collect();
            if !real.is_empty() {
                return Err(violations(real));
            }
            let is_secret = |name: &String| version.manifest.sensitive_inputs().any(|secret| secret == name);
            given.retain(|name, _| !is_secret(name));
            given.clone()
        }
    };
    let changed: Vec<String> = match existing {
        None => effective.keys().cloned().collect(),
        Some(install) => {
            let differs = |name: &&String| install.inputs.get(*name) != effective.get(*name);
            let plain = effective.keys().filter(differs).cloned();
            let secret = version.manifest.sensitive_inputs().filter(|name| wanted.inputs.contains_key(*name));
            plain.chain(secret.map(ToOwned::to_owned)).collect()
        }
    };
    let action = match existing {
        None => Some(Action::Install),
        Some(install) if install.observed_version.is_empty() => Some(Action::Install),
        Some(install) if install.version != version.version => Some(Action::Upgrade),
        Some(_) if changed.is_empty() => None,
        Some(_) => Some(Action::Reconfigure),
    };
    let mut connection = cx.db.acquire().await?;
    let there = hindrances::neighbours(cx, &mut connection, &[server.uid]).await?;
    drop(connection);
    let there = there.get(&server.uid).map(Vec::as_slice).unwrap_or_default();
    let hindrances = match action {
        None => Vec::new(),
        Some(action) => {
            let wanted = Wanted { name, action, version: &version, inputs: &effective };
            hindrances::find(server.name.as_str(), &server.facts, wanted, there)
        }
    };
    let (version, digest) = (version.version.clone(), version.digest);
    Ok(Plan { action, version, digest, hindrances, inputs: effective, changed })
}
