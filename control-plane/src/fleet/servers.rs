//! Servers: enrolled machines, what is known of them, and how their identity is ended.
//!
//! Persisted: `servers`, and the end of `incarnations` and `agent_sessions`. Enrolling them is `enrollment`.

use std::collections::BTreeMap;

use purvey_contract::id::{Name, ProjectUid, ServerUid};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit;
use super::heartbeats::Heartbeat;
use super::pages::{self, Page};
use super::projects::{AllOf, Project};
use super::request_ids::{self, Begun, Request};
use crate::ctx::Ctx;
use crate::error::{Error, FieldViolation, retrying};
use crate::policy::{Permission, Resource, Scope};

/// The most labels of a server.
pub const MAX_LABELS: usize = 64;
const MAX_LABEL_KEY: usize = 128;
const MAX_LABEL_VALUE: usize = 256;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// An enrolled machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// The durable uid.
    pub uid: ServerUid,
    /// The project.
    pub project: ProjectUid,
    /// The id, unique in its project.
    pub name: Name,
    /// From the token and the API.
    pub labels: Labels,
    /// What the agent says of the machine.
    pub facts: Facts,
    /// May it work.
    pub state: ServerState,
    /// The latest enrolment.
    pub incarnation: u32,
    /// Counts the changes of what a caller can set: the etag.
    pub revision: i64,
    /// When it was first enrolled.
    pub created_at: OffsetDateTime,
    /// Whether the agent is connected.
    pub connected: bool,
    /// When the agent was last heard of.
    pub last_seen_at: Option<OffsetDateTime>,
    /// How the machine fared, and when that was.
    pub heartbeat: Option<(OffsetDateTime, Heartbeat)>,
    /// Whether it waits for [`confirm`] before it is given secrets.
    pub is_unconfirmed: bool,
}

impl Resource for Server {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("server {}", self.name)
    }
}

impl Server {
    /// Whether it may never work again.
    pub fn is_banned(&self) -> bool {
        self.state == ServerState::Banned
    }
}

/// May a server work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// Yes.
    Active,
    /// No: its incarnation was ended; it may enrol again.
    Evicted,
    /// No, and it may not enrol again.
    Banned,
    /// No: two machines claimed to be it.
    Quarantined,
}

impl ServerState {
    const ALL: [Self; 4] = [Self::Active, Self::Evicted, Self::Banned, Self::Quarantined];

    /// The name in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Evicted => "evicted",
            Self::Banned => "banned",
            Self::Quarantined => "quarantined",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What an agent says of its machine. Believed for display and warnings, never for rights.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The host's name.
    pub hostname: String,
    /// `ID` of os-release, such as `debian`.
    pub os: String,
    /// `VERSION_ID` of os-release, such as `12`.
    pub os_version: String,
    /// `PRETTY_NAME` of os-release.
    pub os_name: String,
    /// Families of `os` in order of likeness.
    pub os_like: Vec<String>,
    /// The kernel's release.
    pub kernel: String,
    /// Such as `x86_64`.
    pub architecture: String,
    /// Cores that the agent may use.
    pub cpus: u32,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Bytes of the root file system.
    pub disk_bytes: u64,
    /// What of it is free, in steps of 64 MiB.
    pub disk_free_bytes: u64,
    /// TCP ports that programs listen on.
    pub tcp_ports: Vec<u16>,
    /// UDP ports on which programs take datagrams from anybody.
    pub udp_ports: Vec<u16>,
    /// The host's addresses.
    pub addresses: Vec<String>,
    /// The agent's version.
    pub agent_version: String,
    /// The processor's model.
    pub cpu_model: String,
    /// File systems on the machine's own disks.
    pub disks: Vec<Disk>,
    /// What installs packages.
    pub package_manager: String,
    /// What the machine is virtualised by.
    pub virtualization: String,
    /// Labels from the host's own file, all under `host/`.
    pub labels: Labels,
    /// What the host's policy is.
    pub policy: HostPolicy,
    /// SHA-256 of the form in which the agent sent them.
    #[serde(skip)]
    pub digest: Vec<u8>,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Its kind.
    pub filesystem: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// What a host's administrator allows, in summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostPolicy {
    /// SHA-256 of the policy file, in hexadecimal; empty if there is none.
    pub digest: String,
    /// Whether it is broken, so that every job is refused.
    pub invalid: bool,
    /// Whether it refuses every job for now.
    pub paused: bool,
    /// The keys by which it restricts something.
    pub restricts: Vec<String>,
}

/// The server of that id, if there is one. The caller authorises.
pub async fn load(cx: &Ctx, project: ProjectUid, name: &str) -> Result<Option<Server>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT s.server_uid, s.project_id, s.name, s.labels AS "labels: Json<Labels>", s.facts AS "facts: Json<Facts>",
               s.state, s.incarnation, s.revision, s.created_at,
               a.connected AS "connected?", a.last_seen_at AS "last_seen_at?",
               h.seen_at AS "heartbeat_at?", h.body AS "heartbeat?: Json<Heartbeat>",
               i.ended_at IS NULL AND NOT i.secrets_allowed AS "is_unconfirmed!"
           FROM servers s JOIN incarnations i ON i.server_uid = s.server_uid AND i.incarnation = s.incarnation
           LEFT JOIN agent_sessions a ON a.server_uid = s.server_uid
           LEFT JOIN heartbeats h ON h.server_uid = s.server_uid
           WHERE s.project_id = $1 AND s.name = $2"#,
        project.0,
        name,
    )
    .fetch_optional(&cx.db)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads one server.
pub async fn get(cx: &Ctx, project: ProjectUid, name: &str) -> Result<Server, Error> {
    let server = retrying!(load(cx, project, name))?.ok_or_else(|| Error::not_found("server", name))?;
    cx.authorize(Permission::ServersRead, &server)?;
    Ok(server)
}

/// A project's servers, by id.
pub async fn list(
    cx: &Ctx,
    project: &Project,
    page_size: i32,
    page_token: &str,
) -> Result<Page<Server>, Error> {
    cx.authorize(Permission::ServersRead, &AllOf { project: project.uid, kind: "servers" })?;
    let question = format!("servers {}", project.uid);
    let size = pages::size(page_size)?;
    let after: Option<String> = pages::cursor(&cx.keys, &question, page_token)?;
    let after = after.unwrap_or_default();
    let servers = retrying!(list_once(cx, project.uid, &after, size + 1))?;
    Ok(Page::cut(servers, size, &cx.keys, &question, |last| last.name.to_string()))
}

async fn list_once(cx: &Ctx, project: ProjectUid, after: &str, limit: i64) -> Result<Vec<Server>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT s.server_uid, s.project_id, s.name, s.labels AS "labels: Json<Labels>", s.facts AS "facts: Json<Facts>",
               s.state, s.incarnation, s.revision, s.created_at,
               a.connected AS "connected?", a.last_seen_at AS "last_seen_at?",
               h.seen_at AS "heartbeat_at?", h.body AS "heartbeat?: Json<Heartbeat>",
               i.ended_at IS NULL AND NOT i.secrets_allowed AS "is_unconfirmed!"
           FROM servers s JOIN incarnations i ON i.server_uid = s.server_uid AND i.incarnation = s.incarnation
           LEFT JOIN agent_sessions a ON a.server_uid = s.server_uid
           LEFT JOIN heartbeats h ON h.server_uid = s.server_uid
           WHERE s.project_id = $1 AND s.name > $2 ORDER BY s.name LIMIT $3"#,
        project.0,
        after,
        limit,
    )
    .fetch_all(&cx.db)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// A change of what a caller can set.
#[derive(Clone, Debug)]
pub struct Change {
    /// All labels that it shall have; none leaves them.
    pub labels: Option<Labels>,
    /// The revision that it must have; none takes any.
    pub revision: Option<i64>,
    /// Checks everything and changes nothing.
    pub validate_only: bool,
}

/// Changes a server's labels.
///
/// # Errors
/// `Aborted` (`ETAG_MISMATCH`) if it was changed since it was read.
pub async fn update(
    cx: &Ctx,
    project: ProjectUid,
    name: &str,
    change: &Change,
    request: &Request,
) -> Result<Server, Error> {
    let server = retrying!(load(cx, project, name))?.ok_or_else(|| Error::not_found("server", name))?;
    cx.authorize(Permission::ServersUpdate, &server)?;
    if let Some(labels) = &change.labels {
        check_labels("labels", labels)?;
    }
    if change.validate_only {
        if change.revision.is_some_and(|revision| revision != server.revision) {
            return Err(changed_meanwhile());
        }
        let labels = change.labels.clone().unwrap_or_else(|| server.labels.clone());
        return Ok(Server { labels, ..server });
    }
    retrying!(update_once(cx, &server, change, request))?;
    reload(cx, &server).await
}

async fn update_once(cx: &Ctx, server: &Server, change: &Change, request: &Request) -> Result<(), Error> {
    let Begun::Fresh(mut work) = request_ids::begin(cx, server.project, request).await? else {
        return Ok(());
    };
    let updated = sqlx::query!(
        "UPDATE servers SET labels = coalesce($3, labels), revision = revision + 1
         WHERE server_uid = $1 AND revision = coalesce($2, revision)",
        server.uid.0,
        change.revision,
        change.labels.as_ref().map(Json) as _,
    )
    .execute(work.connection())
    .await?;
    if updated.rows_affected() != 1 {
        return Err(changed_meanwhile());
    }
    let details = serde_json::json!({ "labels": change.labels });
    audit::record(work.connection(), cx, server.project, "servers.update", &server.describe(), &details)
        .await?;
    work.commit(cx, &[server.uid.0]).await
}

fn changed_meanwhile() -> Error {
    Error::Aborted {
        reason: "ETAG_MISMATCH",
        message: "the server was changed since it was read; read it again and decide again".to_owned(),
    }
}

/// Ends the server's incarnation and its live connections. It may enrol again with a token made for it.
pub async fn evict(cx: &Ctx, project: ProjectUid, name: &str, request: &Request) -> Result<Server, Error> {
    end(cx, project, name, ServerState::Evicted, request).await
}

/// Ends the server's incarnation and its live connections, and forbids another.
pub async fn ban(cx: &Ctx, project: ProjectUid, name: &str, request: &Request) -> Result<Server, Error> {
    end(cx, project, name, ServerState::Banned, request).await
}

async fn end(
    cx: &Ctx,
    project: ProjectUid,
    name: &str,
    state: ServerState,
    request: &Request,
) -> Result<Server, Error> {
    let server = retrying!(load(cx, project, name))?.ok_or_else(|| Error::not_found("server", name))?;
    cx.authorize(Permission::ServersEvict, &server)?;
    retrying!(end_once(cx, &server, state, request))?;
    cx.connections.cut(server.uid, server.incarnation);
    reload(cx, &server).await
}

async fn end_once(cx: &Ctx, server: &Server, state: ServerState, request: &Request) -> Result<(), Error> {
    let Begun::Fresh(mut work) = request_ids::begin(cx, server.project, request).await? else {
        return Ok(());
    };
    // Lock order: the session comes first.
    end_incarnation(work.connection(), server.uid, state.as_str()).await?;
    sqlx::query!(
        // A banned server stays so.
        "UPDATE servers SET state = $2, revision = revision + 1
         WHERE server_uid = $1 AND state <> $2 AND (state <> 'banned')",
        server.uid.0,
        state.as_str(),
    )
    .execute(work.connection())
    .await?;
    let action = if state == ServerState::Banned { "servers.ban" } else { "servers.evict" };
    let details = serde_json::json!({ "incarnation": server.incarnation });
    audit::record(work.connection(), cx, server.project, action, &server.describe(), &details).await?;
    work.wake(server.uid);
    work.commit(cx, &[server.uid.0]).await
}

/// Ends whatever incarnation lives. The raised epoch ends polls and streams on every replica.
pub(super) async fn end_incarnation(
    connection: &mut PgConnection,
    server: ServerUid,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE agent_sessions SET epoch = epoch + 1, connected = false WHERE server_uid = $1",
        server.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE incarnations SET ended_at = purvey_now(), ended_reason = $2 WHERE server_uid = $1 AND ended_at IS NULL",
        server.0,
        reason,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets the server's present incarnation have secrets: somebody says that the machine is the one that it claims to be.
///
/// # Errors
/// `FailedPrecondition` (`INCARNATION_NOT_PRESENT`) if another incarnation was meant.
pub async fn confirm(
    cx: &Ctx,
    project: ProjectUid,
    name: &str,
    incarnation: u32,
    request: &Request,
) -> Result<Server, Error> {
    let server = retrying!(load(cx, project, name))?.ok_or_else(|| Error::not_found("server", name))?;
    cx.authorize(Permission::ServersConfirm, &server)?;
    retrying!(confirm_once(cx, &server, incarnation, request))?;
    reload(cx, &server).await
}

async fn confirm_once(cx: &Ctx, server: &Server, incarnation: u32, request: &Request) -> Result<(), Error> {
    let Begun::Fresh(mut work) = request_ids::begin(cx, server.project, request).await? else {
        return Ok(());
    };
    let confirmed = sqlx::query!(
        "UPDATE incarnations i SET secrets_allowed = true FROM servers s
         WHERE i.server_uid = $1 AND i.incarnation = $2 AND i.ended_at IS NULL AND s.server_uid = i.server_uid
             AND s.incarnation = i.incarnation AND s.state = 'active'",
        server.uid.0,
        i32::try_from(incarnation).unwrap_or(i32::MAX),
    )
    .execute(work.connection())
    .await?;
    if confirmed.rows_affected() != 1 {
        let message = format!(
            "incarnation {incarnation} of this server is not its living one (that is {}); look at the server again",
            server.incarnation
        );
        return Err(Error::precondition("INCARNATION_NOT_PRESENT", message));
    }
    let details = serde_json::json!({ "incarnation": incarnation });
    audit::record(work.connection(), cx, server.project, "servers.confirm", &server.describe(), &details)
        .await?;
    // Jobs with secrets have waited for this.
    work.wake(server.uid);
    work.commit(cx, &[server.uid.0]).await
}

async fn reload(cx: &Ctx, server: &Server) -> Result<Server, Error> {
    let again = retrying!(load(cx, server.project, server.name.as_str()))?;
    again.ok_or_else(|| Error::not_found("server", &server.name))
}

/// What the agent says of a server's machine.
pub(super) async fn facts(connection: &mut PgConnection, server: ServerUid) -> Result<Facts, Error> {
    let facts = sqlx::query_scalar!(
        r#"SELECT facts AS "facts: Json<Facts>" FROM servers WHERE server_uid = $1"#,
        server.0
    );
    Ok(facts.fetch_one(connection).await?.0)
}

/// Whether the facts that the agent last sent are in the store.
pub async fn has_facts(cx: &Ctx, server: ServerUid, digest: &[u8]) -> Result<bool, Error> {
    let has = sqlx::query_scalar!(
        r#"SELECT facts_digest = $2 AND $2 <> '' AS "has!" FROM servers WHERE server_uid = $1"#,
        server.0,
        digest,
    )
    .fetch_optional(&cx.db)
    .await?;
    Ok(has.unwrap_or(false))
}

/// Stores what an agent says of its machine.
pub async fn save_facts(cx: &Ctx, server: ServerUid, facts: &Facts) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE servers SET facts = $2, facts_digest = $3 WHERE server_uid = $1 AND facts_digest <> $3",
        server.0,
        Json(facts) as _,
        facts.digest,
    )
    .execute(&cx.db)
    .await?;
    Ok(())
}

/// Whether these can be labels: at most [`MAX_LABELS`], keys of letters, digits, dots, slashes, hyphens and underscores.
/// Keys under `host/` are the host's own.
///
/// # Errors
/// `Invalid`, with every wrong label.
pub fn check_labels(field: &str, labels: &Labels) -> Result<(), Error> {
    let mut wrong = Vec::new();
    let mut say = |key: &str, code, message: &str| {
        let key: String = key.chars().take(MAX_LABEL_KEY).collect();
        wrong.push(FieldViolation { field: format!("{field}.{key}"), code, message: message.to_owned() });
    };
    if labels.len() > MAX_LABELS {
        say("", "TOO_MANY", "at most 64 labels can be set");
    }
    for (key, value) in labels {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_".contains(&byte);
        if key.is_empty() || key.len() > MAX_LABEL_KEY || !key.bytes().all(allowed) {
            say(
                key,
                "INVALID_LABEL",
                "a key has 1 to 128 letters, digits, dots, slashes, hyphens and underscores",
            );
        } else if key.starts_with("host/") {
            say(key, "RESERVED_LABEL", "keys under `host/` come from the host's own file");
        }
        if value.len() > MAX_LABEL_VALUE || value.chars().any(char::is_control) {
            say(key, "INVALID_LABEL", "a value has at most 256 bytes and no control characters");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

struct Row {
    server_uid: Uuid,
    project_id: Uuid,
    name: String,
    labels: Json<Labels>,
    facts: Json<Facts>,
    state: String,
    incarnation: i32,
    revision: i64,
    created_at: OffsetDateTime,
    connected: Option<bool>,
    last_seen_at: Option<OffsetDateTime>,
    heartbeat_at: Option<OffsetDateTime>,
    heartbeat: Option<Json<Heartbeat>>,
    is_unconfirmed: bool,
}

impl TryFrom<Row> for Server {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row {
            server_uid,
            project_id,
            name,
            labels,
            facts,
            state,
            incarnation,
            revision,
            created_at,
            connected,
            last_seen_at,
            heartbeat_at,
            heartbeat,
            is_unconfirmed,
        } = row;
        let corrupt = |column| Error::corrupt("servers", column, server_uid);
        Ok(Self {
            uid: ServerUid(server_uid),
            project: ProjectUid(project_id),
            name: name.parse().map_err(|_| corrupt("name"))?,
            labels: labels.0,
            facts: facts.0,
            state: ServerState::from_name(&state).ok_or_else(|| corrupt("state"))?,
            incarnation: u32::try_from(incarnation).map_err(|_| corrupt("incarnation"))?,
            revision,
            created_at,
            connected: connected.unwrap_or(false),
            last_seen_at,
            heartbeat: heartbeat_at.zip(heartbeat.map(|heartbeat| heartbeat.0)),
            is_unconfirmed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_label_is_named_and_host_labels_are_the_host_s() {
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Labels>()
        };
        assert!(check_labels("labels", &labels(&[("env", "prod"), ("a/b.c-d_e", "")])).is_ok());
        let Err(Error::Invalid(wrong)) =
            check_labels("labels", &labels(&[("host/x", "1"), ("a b", "1"), ("c", "\n"), ("d", "ok")]))
        else {
            panic!("accepted")
        };
        let fields: Vec<_> = wrong.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["labels.a b", "labels.c", "labels.host/x"]);
    }
}
