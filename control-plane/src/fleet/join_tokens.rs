//! Join tokens: each lets one machine join the fleet, once, within hours.
//!
//! Persisted: `join_tokens`, with the secret as a hash. Using one is `enrollment`.

use ipnet::IpNet;
use purvey_contract::id::{Name, ProjectUid, ServerUid};
use purvey_contract::identity::JoinToken as Secret;
use sqlx::types::Json;
use sqlx::types::ipnet::IpNet as SqlIpNet;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::audit;
use super::pages::{self, Page};
use super::projects::{AllOf, Project};
use super::request_ids::{self, Begun, Request};
use super::servers::{self, Labels};
use crate::ctx::Ctx;
use crate::error::{Error, retrying};
use crate::policy::{Permission, Resource, Scope};

const DEFAULT_TTL: Duration = Duration::hours(1);
const MIN_TTL: Duration = Duration::minutes(1);
const MAX_TTL: Duration = Duration::days(7);

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinToken {
    /// The uid; not secret.
    pub uid: Uuid,
    /// The project that the server will belong to.
    pub project: ProjectUid,
    /// The id that the server will have; none means its host name.
    pub server: Option<Name>,
    /// Labels that the server will have.
    pub labels: Labels,
    /// Where it may be used from; none means anywhere.
    pub address_range: Option<IpNet>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends by itself.
    pub expires_at: OffsetDateTime,
    /// What became of it.
    pub state: TokenState,
}

impl Resource for JoinToken {
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }

    fn describe(&self) -> String {
        format!("join token {}", self.uid)
    }
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It can be used.
    Unused,
    /// It was used.
    Used,
    /// It was not used in time.
    Expired,
    /// It was revoked.
    Revoked,
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewJoinToken {
    /// The id that the server will have; empty means its host name.
    pub server: String,
    /// Labels that the server will have.
    pub labels: Labels,
    /// How long it can be used; none means an hour.
    pub ttl: Option<Duration>,
    /// Where it may be used from (CIDR); empty means anywhere.
    pub address_range: String,
    /// Enrols the existing server again.
    pub reenroll: bool,
    /// Checks everything and makes nothing.
    pub validate_only: bool,
}

/// A token as the call that made it answers.
pub struct Created {
    /// The token.
    pub token: JoinToken,
    /// The token itself, unless this was a repeat or nothing was made.
    pub secret: Option<Zeroizing<String>>,
}

/// What was checked.
struct Checked {
    server: Option<Name>,
    server_uid: Option<ServerUid>,
    labels: Labels,
    ttl: Duration,
    address_range: Option<IpNet>,
}

/// Makes a token.
///
/// # Errors
/// `Invalid`; `AlreadyExists` for the id of a server that is enrolled, unless it is to be enrolled again;
/// `FailedPrecondition` (`SERVER_BANNED`).
pub async fn create(
    cx: &Ctx,
    project: &Project,
    new: &NewJoinToken,
    request: &Request,
) -> Result<Created, Error> {
    cx.authorize(Permission::JoinTokensCreate, &AllOf { project: project.uid, kind: "join tokens" })?;
    let checked = check(cx, project, new).await?;
    if new.validate_only {
        let now = sqlx::query_scalar!(r#"SELECT purvey_now() AS "now!""#).fetch_one(&cx.db).await?;
        return Ok(Created {
            token: JoinToken {
                uid: Uuid::nil(),
                project: project.uid,
                server: checked.server,
                labels: checked.labels,
                address_range: checked.address_range,
                created_at: now,
                expires_at: now + checked.ttl,
                state: TokenState::Unused,
            },
            secret: None,
        });
    }
    retrying!(create_once(cx, project, &checked, request))
}

async fn check(cx: &Ctx, project: &Project, new: &NewJoinToken) -> Result<Checked, Error> {
    servers::check_labels("labels", &new.labels)?;
    let server: Option<Name> = match new.server.as_str() {
        "" => None,
        name => {
            Some(name.parse().map_err(|error| Error::invalid("server", "INVALID_ID", format!("{error}")))?)
        }
    };
    let ttl = new.ttl.unwrap_or(DEFAULT_TTL);
    if !(MIN_TTL..=MAX_TTL).contains(&ttl) {
        return Err(Error::invalid("ttl", "OUT_OF_RANGE", "a join token lives one minute to seven days"));
    }
    let address_range = match new.address_range.as_str() {
        "" => None,
        range => Some(parse_range(range).ok_or_else(|| {
            Error::invalid("address_range", "INVALID_CIDR", "an address range such as 10.1.0.0/16 is needed")
        })?),
    };
    let existing = match &server {
        Some(name) => retrying!(servers::load(cx, project.uid, name.as_str()))?,
        None => None,
    };
    let server_uid = match (existing, new.reenroll) {
        (Some(existing), true) if existing.is_banned() => {
            let message = format!("server `{}` is banned and cannot be enrolled again", existing.name);
            return Err(Error::precondition("SERVER_BANNED", message));
        }
        (Some(existing), true) => Some(existing.uid),
        (Some(existing), false) => {
            return Err(Error::AlreadyExists { kind: "server", name: existing.name.to_string() });
        }
        (None, true) => return Err(Error::not_found("server", &new.server)),
        (None, false) => None,
    };
    Ok(Checked { server, server_uid, labels: new.labels.clone(), ttl, address_range })
}

fn parse_range(text: &str) -> Option<IpNet> {
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    range.ok().map(|range| range.trunc())
}

async fn create_once(
    cx: &Ctx,
    project: &Project,
    new: &Checked,
    request: &Request,
) -> Result<Created, Error> {
    let mut work = match request_ids::begin(cx, project.uid, request).await? {
        Begun::Fresh(work) => work,
        Begun::Repeat(made) => {
            let uid = made.first().copied().unwrap_or_default();
            let token =
                load(cx, project.uid, uid).await?.ok_or_else(|| Error::not_found("join token", uid))?;
            return Ok(Created { token, secret: None });
        }
    };
    let uid = sqlx::query_scalar!(r#"SELECT purvey_uuid7(purvey_now()) AS "uid!""#)
        .fetch_one(work.connection())
        .await?;
    let secret = Secret {
        uid,
        secret: Zeroizing::new(cx.random_bytes()),
        fleet_root: cx.keys.fleet_root(),
        cell: cx.keys.cell().clone(),
    };
    let row = sqlx::query!(
        "INSERT INTO join_tokens
             (token_uid, project_id, secret_hash, server_name, server_uid, labels, address_range, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, purvey_now() + $9 * interval '1 second')
         RETURNING created_at, expires_at",
        uid,
        project.uid.0,
        &secret.secret_hash().0,
        new.server.as_ref().map_or("", Name::as_str),
        new.server_uid.map(|server| server.0),
        Json(&new.labels) as _,
        new.address_range as Option<SqlIpNet>,
        cx.principal.name(),
        new.ttl.as_seconds_f64(),
    )
    .fetch_one(work.connection())
    .await?;
    let token = JoinToken {
        uid,
        project: project.uid,
        server: new.server.clone(),
        labels: new.labels.clone(),
        address_range: new.address_range,
        created_at: row.created_at,
        expires_at: row.expires_at,
        state: TokenState::Unused,
    };
    let details = serde_json::json!({
        "server": token.server, "labels": token.labels, "address_range": token.address_range,
        "reenroll": new.server_uid.is_some(),
    });
    audit::record(work.connection(), cx, project.uid, "joinTokens.create", &token.describe(), &details)
        .await?;
    work.commit(cx, &[uid]).await?;
    Ok(Created { token, secret: Some(secret.reveal()) })
}

async fn load(cx: &Ctx, project: ProjectUid, uid: Uuid) -> Result<Option<JoinToken>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT token_uid, project_id, server_name, labels AS "labels: Json<Labels>", address_range, created_at,
               expires_at, revoked_at, used_at, expires_at <= purvey_now() AS "expired!"
           FROM join_tokens WHERE project_id = $1 AND token_uid = $2"#,
        project.0,
        uid,
    )
    .fetch_optional(&cx.db)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// A project's tokens, newest first.
pub async fn list(
    cx: &Ctx,
    project: &Project,
    page_size: i32,
    page_token: &str,
) -> Result<Page<JoinToken>, Error> {
    cx.authorize(Permission::JoinTokensRead, &AllOf { project: project.uid, kind: "join tokens" })?;
    let question = format!("join_tokens {}", project.uid);
    let size = pages::size(page_size)?;
    let before: Option<Uuid> = pages::cursor(&cx.keys, &question, page_token)?;
    let tokens = retrying!(list_once(cx, project.uid, before, size + 1))?;
    Ok(Page::cut(tokens, size, &cx.keys, &question, |last| last.uid))
}

async fn list_once(
    cx: &Ctx,
    project: ProjectUid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<JoinToken>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT token_uid, project_id, server_name, labels AS "labels: Json<Labels>", address_range, created_at,
               expires_at, revoked_at, used_at, expires_at <= purvey_now() AS "expired!"
           FROM join_tokens WHERE project_id = $1 AND ($2::uuid IS NULL OR token_uid < $2)
           ORDER BY token_uid DESC LIMIT $3"#,
        project.0,
        before,
        limit,
    )
    .fetch_all(&cx.db)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Makes a token unusable. A used one stays used.
pub async fn revoke(cx: &Ctx, project: &Project, uid: Uuid, request: &Request) -> Result<JoinToken, Error> {
    let missing = || Error::not_found("join token", uid);
    let token = retrying!(load(cx, project.uid, uid))?.ok_or_else(missing)?;
    cx.authorize(Permission::JoinTokensRevoke, &token)?;
    retrying!(revoke_once(cx, &token, request))?;
    retrying!(load(cx, project.uid, uid))?.ok_or_else(missing)
}

async fn revoke_once(cx: &Ctx, token: &JoinToken, request: &Request) -> Result<(), Error> {
    let Begun::Fresh(mut work) = request_ids::begin(cx, token.project, request).await? else { return Ok(()) };
    let revoked = sqlx::query!(
        "UPDATE join_tokens SET revoked_at = purvey_now()
         WHERE token_uid = $1 AND revoked_at IS NULL AND used_at IS NULL",
        token.uid
    )
    .execute(work.connection())
    .await?;
    if revoked.rows_affected() == 1 {
        let details = serde_json::json!({});
        audit::record(work.connection(), cx, token.project, "joinTokens.revoke", &token.describe(), &details)
            .await?;
    }
    work.commit(cx, &[token.uid]).await
}

struct Row {
    token_uid: Uuid,
    project_id: Uuid,
    server_name: String,
    labels: Json<Labels>,
    address_range: Option<SqlIpNet>,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    revoked_at: Option<OffsetDateTime>,
    used_at: Option<OffsetDateTime>,
    expired: bool,
}

impl TryFrom<Row> for JoinToken {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row {
            token_uid,
            project_id,
            server_name,
            labels,
            address_range,
            created_at,
            expires_at,
            revoked_at,
            used_at,
            expired,
        } = row;
        let server = match server_name.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| Error::corrupt("join_tokens", "server_name", token_uid))?),
        };
        let state = match (used_at, revoked_at, expired) {
            (Some(_), _, _) => TokenState::Used,
            (None, Some(_), _) => TokenState::Revoked,
            (None, None, true) => TokenState::Expired,
            (None, None, false) => TokenState::Unused,
        };
        Ok(Self {
            uid: token_uid,
            project: ProjectUid(project_id),
            server,
            labels: labels.0,
            address_range,
            created_at,
            expires_at,
            state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_range_is_a_network_or_one_address() {
        assert_eq!(parse_range("10.1.2.3/16").unwrap().to_string(), "10.1.0.0/16");
        assert_eq!(parse_range("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
        assert_eq!(parse_range("fd00::1").unwrap().to_string(), "fd00::1/128");
        assert!(parse_range("10.1.2.3/33").is_none() && parse_range("web").is_none());
    }
}
