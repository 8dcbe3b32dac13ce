//! What stands in the way of an install, as far as the control plane knows: the machine, and what else is on it.
//!
//! What is certain refuses a create or an update. The rest is told by a plan, and decided by the agent when it looks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use purvey_contract::action::Action;
use purvey_contract::id::{Name, ServerUid};
use purvey_contract::inputs::Inputs;
use purvey_contract::machine::{self, Machine, Need};
use purvey_contract::manifest::{Manifest, PortSource, Protocol};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::ctx::Ctx;
use crate::error::{Error, FieldViolation};
use crate::fleet::apps::{self, AppVersion};
use crate::fleet::servers::Facts;

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// Stable, such as `PORT_TAKEN`.
    pub code: &'static str,
    /// What of the request would have to change.
    pub field: String,
    /// What stands in the way, and what would help.
    pub message: String,
    /// Whether it is certain.
    pub blocking: bool,
}

/// Another install of the same server.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    pub(super) name: String,
    pub(super) version: Arc<AppVersion>,
    pub(super) inputs: Inputs,
    /// Whether it is to stay.
    pub(super) present: bool,
}

/// What is to be on a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) action: Action,
    pub(super) version: &'a AppVersion,
    pub(super) inputs: &'a Inputs,
}

/// Everything that stands in the way.
pub(super) fn find(server: &str, facts: &Facts, wanted: Wanted<'_>, there: &[Neighbour]) -> Vec<Hindrance> {
    let mut found = of_machine(server, facts, wanted);
    found.extend(of_neighbours(server, wanted, there));
    found.extend(in_use(server, facts, wanted, there));
    found
}

/// The machine is not what the app needs.
fn of_machine(server: &str, facts: &Facts, wanted: Wanted<'_>) -> Vec<Hindrance> {
    let known = |text: &'_ str| !text.is_empty();
    let machine = Machine {
        os: Some(facts.os.as_str()).filter(|os| known(os)),
        os_like: facts.os_like.iter().map(String::as_str).collect(),
        os_version: &facts.os_version,
        os_name: if known(&facts.os_name) { &facts.os_name } else { &facts.os },
        architecture: Some(facts.architecture.as_str()).filter(|name| known(name)),
        memory_bytes: Some(facts.memory_bytes).filter(|bytes| *bytes > 0),
        cpus: Some(facts.cpus).filter(|count| *count > 0),
        disk_free_bytes: Some(facts.disk_free_bytes).filter(|_| facts.disk_bytes > 0),
    };
    let app = &wanted.version.app.app;
    let lacks = machine::lacks(&wanted.version.manifest, wanted.action, &machine);
    let hindrance = |lack: machine::Lack| {
        let (code, what) = match lack.need {
            Need::Os => ("OS_UNSUPPORTED", "runs on"),
            Need::Architecture => ("ARCHITECTURE_UNSUPPORTED", "is for"),
            Need::Memory => ("MEMORY_TOO_SMALL", "needs"),
            Need::Processors => ("CPU_TOO_FEW", "needs"),
            Need::Disk => ("DISK_TOO_SMALL", "needs"),
        };
        Hindrance {
            code,
            field: "server".to_owned(),
            message: format!("{app} {what} {}, and {server} has {}", lack.needs, lack.has),
            // Free space comes and goes.
            blocking: lack.need != Need::Disk,
        }
    };
    lacks.into_iter().map(hindrance).collect()
}

/// Other installs want the same port, or cannot be beside the app.
pub(super) fn of_neighbours(server: &str, wanted: Wanted<'_>, there: &[Neighbour]) -> Vec<Hindrance> {
    let mut found = Vec::new();
    let manifest = &wanted.version.manifest;
    let ports = ports(manifest, wanted.inputs);
    for other in there.iter().filter(|other| other.name != wanted.name) {
        let theirs = &other.version.manifest;
        let leaving = if other.present { "" } else { ", which is being uninstalled" };
        if theirs.id == manifest.id && other.version.app == wanted.version.app {
            found.push(Hindrance {
                code: "APP_INSTALLED",
                field: "app".to_owned(),
                message: format!("{} is on {server} already, as `{}`{leaving}", manifest.id, other.name),
                blocking: other.present,
            });
            continue;
        }
        if let Some(why) = conflict(manifest, theirs) {
            found.push(Hindrance {
                code: "CONFLICT",
                field: "app".to_owned(),
                message: format!("{} cannot be beside `{}`{leaving}: {why}", manifest.id, other.name),
                blocking: other.present,
            });
        }
        let theirs = self::ports(theirs, &other.inputs);
        for (port, field) in &ports {
            if theirs.contains_key(port) {
                found.push(Hindrance {
                    code: "PORT_TAKEN",
                    field: field.clone(),
                    message: format!(
                        "port {} of {server} belongs to `{}`{leaving}; choose another one",
                        shown(*port),
                        other.name
                    ),
                    blocking: other.present,
                });
            }
        }
    }
    found
}

/// Some program that is none of the installs' listens on a port.
fn in_use(server: &str, facts: &Facts, wanted: Wanted<'_>, there: &[Neighbour]) -> Vec<Hindrance> {
    let known: Vec<_> = there.iter().map(|one| ports(&one.version.manifest, &one.inputs)).collect();
    let is_free = |(port, _): &(&(u16, Protocol), &String)| {
        let (number, protocol) = port;
        let listening = match protocol {
            Protocol::Tcp => &facts.tcp_ports,
            Protocol::Udp => &facts.udp_ports,
        };
        !listening.contains(number) || known.iter().any(|ports| ports.contains_key(*port))
    };
    let taken = ports(&wanted.version.manifest, wanted.inputs);
    let taken = taken.iter().filter(|port| !is_free(port));
    taken
        .map(|(port, field)| Hindrance {
            code: "PORT_IN_USE",
            field: field.clone(),
            message: format!(
                "a program on {server} listens on port {} already; choose another one",
                shown(*port)
            ),
            blocking: false,
        })
        .collect()
}

/// The ports that an app has with these inputs, and which field of a request each comes from.
fn ports(manifest: &Manifest, inputs: &Inputs) -> BTreeMap<(u16, Protocol), String> {
    let numbered = manifest.ports.iter().filter_map(|port| {
        let field = match &port.port {
            PortSource::Fixed(_) => "app".to_owned(),
            PortSource::Input(name) => format!("inputs.{name}"),
        };
        Some(((port.number(inputs)?, port.protocol), field))
    });
    numbered.collect()
}

fn shown((number, protocol): (u16, Protocol)) -> String {
    match protocol {
        Protocol::Tcp => number.to_string(),
        Protocol::Udp => format!("{number}/udp"),
    }
}

/// Why two apps cannot be on one server.
fn conflict(one: &Manifest, other: &Manifest) -> Option<String> {
    let names = |of: &Manifest, name: &Name| of.id == *name || of.provides.contains(name);
    let ruled_out = |by: &Manifest, out: &Manifest| {
        let name = by.conflicts.iter().find(|name| names(out, name))?;
        let what = if out.id == *name { String::new() } else { format!(", which {} is", out.id) };
        Some(format!("{} rules out {name}{what}", by.id))
    };
    ruled_out(one, other).or_else(|| ruled_out(other, one))
}

/// The refusal for what is certain.
///
/// # Errors
/// `Hindered`, with all of it.
pub(super) fn refuse(found: Vec<Hindrance>) -> Result<(), Error> {
    let violation =
        |one: Hindrance| FieldViolation { field: one.field, code: one.code, message: one.message };
    let certain: Vec<_> = found.into_iter().filter(|one| one.blocking).map(violation).collect();
    if certain.is_empty() { Ok(()) } else { Err(Error::Hindered(certain)) }
}

/// Holds back other creates and updates on these servers until the end of the transaction, so that two of them cannot both
/// find a port free. Before any lock on an install.
pub(super) async fn hold(connection: &mut PgConnection, servers: &[ServerUid]) -> Result<(), Error> {
    let wanted: Vec<_> = servers.iter().map(|server| server.0).collect();
    sqlx::query!(
        "SELECT server_uid FROM servers WHERE server_uid = ANY($1) ORDER BY server_uid FOR NO KEY UPDATE",
        &wanted
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// What is on these servers.
pub(super) async fn neighbours(
    cx: &Ctx,
    connection: &mut PgConnection,
    servers: &[ServerUid],
) -> Result<HashMap<ServerUid, Vec<Neighbour>>, Error> {
    let wanted: Vec<_> = servers.iter().map(|server| server.0).collect();
    let rows = sqlx::query!(
        r#"SELECT server_uid, name, app, version, desired_state, inputs AS "inputs: Json<Inputs>"
           FROM installs WHERE server_uid = ANY($1) AND deleted_at IS NULL ORDER BY server_uid, name"#,
        &wanted
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut found: HashMap<ServerUid, Vec<Neighbour>> = HashMap::new();
    for row in rows {
        let neighbour = Neighbour {
            name: row.name,
            version: apps::version_on(cx, connection, &row.app, &row.version).await?,
            inputs: row.inputs.0,
            present: row.desired_state == "present",
        };
        found.entry(ServerUid(row.server_uid)).or_default().push(neighbour);
    }
    Ok(found)
}
