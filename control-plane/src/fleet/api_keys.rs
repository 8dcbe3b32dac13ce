//! API keys: the credentials of service accounts, and the bootstrap token that makes the first of them.
//!
//! A key is `pv_<id>_<secret>_<crc>`: 32, 64 and 8 hexadecimal digits. The checksum lets a mistyped key be told from a wrong
//! one, and scanners find leaked ones.
//!
//! Persisted: `api_keys` (SHA-256 of the whole key) and `bootstrap_tokens`. Not persisted: the keys themselves, and uses of
//! the last minute.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use purvey_contract::id::{Digest, ProjectUid};
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::pages::{self, Page};
use super::request_ids::{self, Begun, Request};
use super::{audit, projects};
use crate::ctx::{Ctx, Shared};
use crate::error::{Error, retrying};
use crate::policy::{Permission, Principal, Resource, Role, Scope};

/// How long a checked key is believed without asking the store again.
const BELIEVED: Duration = Duration::from_secs(10);
const MAX_BELIEVED: usize = 10_000;
const MAX_DISPLAY_NAME: usize = 200;
/// Ten years.
const MAX_TTL: time::Duration = time::Duration::days(3650);

/// A credential of a service account, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The id; not secret.
    pub id: String,
    /// What it is for.
    pub display_name: String,
    /// Where it may act; none means everywhere.
    pub project: Option<ProjectUid>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

impl Resource for ApiKey {
    fn scope(&self) -> Scope {
        self.project.map_or(Scope::Fleet, Scope::Project)
    }

    fn describe(&self) -> String {
        format!("API key {}", self.id)
    }
}

/// The keys of a project, or all.
struct Keys(Option<ProjectUid>);

impl Resource for Keys {
    fn scope(&self) -> Scope {
        self.0.map_or(Scope::Fleet, Scope::Project)
    }

    fn describe(&self) -> String {
        "API keys".to_owned()
    }
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What it is for.
    pub display_name: String,
    /// The id of the project where it may act; empty means everywhere.
    pub project: String,
    /// What it may do.
    pub role: Role,
    /// How long it lives; none means for ever.
    pub ttl: Option<time::Duration>,
}

/// A key as the call that made it answers.
#[derive(Debug)]
pub struct Created {
    /// The key.
    pub key: ApiKey,
    /// The whole key, unless this was a repeat: a secret is never shown twice.
    pub secret: Option<Zeroizing<String>>,
}

/// Makes a key. Made by the bootstrap token, it is an admin's, and spends the token.
///
/// # Errors
/// `Invalid` for a bad name, role or time to live; `PermissionDenied` for a role above the caller's.
pub async fn create(cx: &Ctx, new: NewApiKey, request: &Request) -> Result<Created, Error> {
    let project = match new.project.as_str() {
        "" => None,
        name => Some(projects::get(cx, name).await?.uid),
    };
    cx.authorize(Permission::ApiKeysCreate, &Keys(project))?;
    check(cx, &new, project)?;
    retrying!(create_once(cx, &new, project, request))
}

fn check(cx: &Ctx, new: &NewApiKey, project: Option<ProjectUid>) -> Result<(), Error> {
    if new.display_name.trim().is_empty() || new.display_name.chars().count() > MAX_DISPLAY_NAME {
        let message = format!("say in 1 to {MAX_DISPLAY_NAME} characters what the key is for");
        return Err(Error::invalid("display_name", "INVALID_LENGTH", message));
    }
    if new.ttl.is_some_and(|ttl| ttl < time::Duration::MINUTE || ttl > MAX_TTL) {
        return Err(Error::invalid(
            "ttl",
            "OUT_OF_RANGE",
            "a key lives one minute to ten years, or for ever",
        ));
    }
    let denied = || Error::PermissionDenied {
        permission: Permission::ApiKeysCreate.as_str(),
        resource: format!("role {}", new.role.as_str()),
    };
    match &cx.principal {
        Principal::ApiKey { role, .. } if *role < new.role => Err(denied()),
        Principal::Bootstrap if new.role != Role::Admin || project.is_some() => Err(Error::invalid(
            "role",
            "BOOTSTRAP_MAKES_ADMIN",
            "the bootstrap token makes one key with the role `admin` in all projects; that key makes others",
        )),
        _ => Ok(()),
    }
}

async fn create_once(
    cx: &Ctx,
    new: &NewApiKey,
    project: Option<ProjectUid>,
    request: &Request,
) -> Result<Created, Error> {
    let home = project.unwrap_or(projects::DEFAULT);
    let mut work = match request_ids::begin(cx, home, request).await? {
        Begun::Fresh(work) => work,
        Begun::Repeat(made) => {
            let id = made.first().map(|id| id.simple().to_string()).unwrap_or_default();
            let key = get(cx, &id).await?.ok_or_else(|| Error::not_found("API key", id))?;
            return Ok(Created { key, secret: None });
        }
    };
    let uid = uuid::Builder::from_random_bytes(cx.random_bytes()).into_uuid();
    let id = uid.simple().to_string();
    let secret = compose(&id, &Zeroizing::new(cx.random_bytes()));
    let row = sqlx::query!(
        r#"INSERT INTO api_keys (key_id, project_id, all_projects, display_name, role, secret_hash, created_by, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, purvey_now() + $8 * interval '1 second')
           RETURNING created_at, expires_at"#,
        id,
        home.0,
        project.is_none(),
        new.display_name,
        new.role.as_str(),
        &Digest::of(secret.as_bytes()).0,
        cx.principal.name(),
        new.ttl.map(|ttl| ttl.as_seconds_f64()),
    )
    .fetch_one(work.connection())
    .await?;
    if cx.principal == Principal::Bootstrap {
        spend_bootstrap(work.connection()).await?;
    }
    let key = ApiKey {
        id,
        display_name: new.display_name.clone(),
        project,
        role: new.role,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let details = serde_json::json!({ "role": new.role.as_str(), "display_name": new.display_name });
    audit::record(work.connection(), cx, home, "apiKeys.create", &key.describe(), &details).await?;
    work.commit(cx, &[uid]).await?;
    Ok(Created { key, secret: Some(secret) })
}

async fn spend_bootstrap(connection: &mut sqlx::PgConnection) -> Result<(), Error> {
    let spent = sqlx::query!(
        "UPDATE bootstrap_tokens SET spent_at = purvey_now() WHERE spent_at IS NULL AND expires_at > purvey_now()"
    )
    .execute(connection)
    .await?;
    if spent.rows_affected() == 0 {
        return Err(Error::Unauthenticated("the bootstrap token was spent or has expired".to_owned()));
    }
    Ok(())
}

/// The key of that id, if there is one.
pub async fn get(cx: &Ctx, id: &str) -> Result<Option<ApiKey>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT key_id, project_id, all_projects, display_name, role, created_at, expires_at, last_used_at, revoked_at
         FROM api_keys WHERE key_id = $1",
        id
    )
    .fetch_optional(&cx.db)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// The keys that the caller may see, newest first.
pub async fn list(cx: &Ctx, page_size: i32, page_token: &str) -> Result<Page<ApiKey>, Error> {
    let project = match &cx.principal {
        Principal::ApiKey { project, .. } => *project,
        _ => None,
    };
    cx.authorize(Permission::ApiKeysRead, &Keys(project))?;
    let question = format!("api_keys {project:?}");
    let size = pages::size(page_size)?;
    let after: Option<(i64, String)> = pages::cursor(&cx.keys, &question, page_token)?;
    let (micros, id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        "SELECT key_id, project_id, all_projects, display_name, role, created_at, expires_at, last_used_at, revoked_at
         FROM api_keys
         WHERE ($1::uuid IS NULL OR (project_id = $1 AND NOT all_projects))
             AND ($2::bigint IS NULL
                 OR created_at < timestamptz 'epoch' + $2 * interval '1 microsecond'
                 OR (created_at = timestamptz 'epoch' + $2 * interval '1 microsecond' AND key_id > $3))
         ORDER BY created_at DESC, key_id LIMIT $4",
        project.map(|project| project.0),
        micros,
        id,
        size + 1,
    )
    .fetch_all(&cx.db)
    .await?;
    let keys = rows.into_iter().map(ApiKey::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(keys, size, &cx.keys, &question, |last| (micros_of(last.created_at), last.id.clone())))
}

/// Makes a key unusable: here at once, on other replicas within ten seconds. Doing it again changes nothing.
pub async fn revoke(cx: &Ctx, id: &str, request: &Request) -> Result<ApiKey, Error> {
    let key = get(cx, id).await?.ok_or_else(|| Error::not_found("API key", id))?;
    cx.authorize(Permission::ApiKeysRevoke, &key)?;
    retrying!(revoke_once(cx, &key, request))?;
    cx.api_keys.forget(id);
    get(cx, id).await?.ok_or_else(|| Error::not_found("API key", id))
}

async fn revoke_once(cx: &Ctx, key: &ApiKey, request: &Request) -> Result<(), Error> {
    let home = key.project.unwrap_or(projects::DEFAULT);
    let Begun::Fresh(mut work) = request_ids::begin(cx, home, request).await? else { return Ok(()) };
    let revoked = sqlx::query!(
        "UPDATE api_keys SET revoked_at = purvey_now() WHERE key_id = $1 AND revoked_at IS NULL",
        key.id
    )
    .execute(work.connection())
    .await?;
    if revoked.rows_affected() == 1 {
        let details = serde_json::json!({});
        audit::record(work.connection(), cx, home, "apiKeys.revoke", &key.describe(), &details).await?;
    }
    work.commit(cx, &[]).await
}

/// Keys that were checked a moment ago, and which were used since that was last written.
#[derive(Debug, Default)]
pub struct KeyCache {
    believed: Mutex<HashMap<String, Believed>>,
    used: Mutex<HashSet<String>>,
}

#[derive(Clone, Debug)]
struct Believed {
    secret_hash: [u8; 32],
    principal: Principal,
    until: Instant,
}

impl KeyCache {
    fn forget(&self, id: &str) {
        lock(&self.believed).remove(id);
    }

    fn find(&self, id: &str) -> Option<Believed> {
        lock(&self.believed).get(id).filter(|believed| believed.until > Instant::now()).cloned()
    }

    fn believe(&self, id: &str, believed: Believed) {
        let mut all = lock(&self.believed);
        if all.len() >= MAX_BELIEVED {
            all.clear();
        }
        all.insert(id.to_owned(), believed);
    }

    /// Writes which keys were used.
    pub async fn flush(&self, db: &sqlx::PgPool) -> Result<(), Error> {
        let used: Vec<String> = std::mem::take(&mut *lock(&self.used)).into_iter().collect();
        if used.is_empty() {
            return Ok(());
        }
        let written = sqlx::query!(
            "UPDATE api_keys SET last_used_at = date_trunc('minute', purvey_now())
             WHERE key_id = ANY($1) AND (last_used_at IS NULL OR last_used_at < date_trunc('minute', purvey_now()))",
            &used,
        )
        .execute(db)
        .await;
        if let Err(error) = written {
            lock(&self.used).extend(used);
            return Err(error.into());
        }
        Ok(())
    }
}

/// Who shows this token: an API key or the bootstrap token.
///
/// # Errors
/// `Unauthenticated`, the same for whatever is wrong with a well-formed key.
pub async fn authenticate(shared: &Shared, token: &str) -> Result<Principal, Error> {
    if let Some(secret) = token.strip_prefix("pvb_") {
        return authenticate_bootstrap(shared, secret).await;
    }
    let id = key_id(token).ok_or_else(|| {
        Error::Unauthenticated(
            "this is not an API key, or not a whole one: `pv_<id>_<secret>_<checksum>`".to_owned(),
        )
    })?;
    let unknown = || Error::Unauthenticated("the API key is unknown, revoked or expired".to_owned());
    let believed = match shared.api_keys.find(id) {
        Some(believed) => believed,
        None => {
            let believed = look_up(shared, id).await?.ok_or_else(unknown)?;
            shared.api_keys.believe(id, believed.clone());
            believed
        }
    };
    if !bool::from(Digest::of(token.as_bytes()).0.ct_eq(&believed.secret_hash)) {
        return Err(unknown());
    }
    let mut used = lock(&shared.api_keys.used);
    if !used.contains(id) {
        used.insert(id.to_owned());
    }
    Ok(believed.principal)
}

async fn look_up(shared: &Shared, id: &str) -> Result<Option<Believed>, Error> {
    let row = sqlx::query!(
        "SELECT secret_hash, role, project_id, all_projects FROM api_keys
         WHERE key_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > purvey_now())",
        id
    )
    .fetch_optional(&shared.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let corrupt = |column| Error::corrupt("api_keys", column, id);
    let principal = Principal::ApiKey {
        id: id.to_owned(),
        role: Role::from_name(&row.role).ok_or_else(|| corrupt("role"))?,
        project: (!row.all_projects).then_some(ProjectUid(row.project_id)),
    };
    let secret_hash = row.secret_hash.try_into().map_err(|_| corrupt("secret_hash"))?;
    Ok(Some(Believed { secret_hash, principal, until: Instant::now() + BELIEVED }))
}

async fn authenticate_bootstrap(shared: &Shared, secret: &str) -> Result<Principal, Error> {
    let hash = Digest::of(secret.as_bytes());
    let good = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM bootstrap_tokens
           WHERE secret_hash = $1 AND spent_at IS NULL AND expires_at > purvey_now()) AS "good!""#,
        &hash.0
    )
    .fetch_one(&shared.db)
    .await?;
    if good {
        Ok(Principal::Bootstrap)
    } else {
        Err(Error::Unauthenticated("the bootstrap token is unknown, spent or expired".to_owned()))
    }
}

/// A bootstrap token, if one is needed: while no admin key has ever been used. `held` is the one in the file, which is kept
/// for as long as it is good. A new one is `pvb_` and 64 hexadecimal digits, and good for an hour.
pub async fn bootstrap_token(
    shared: &Shared,
    held: Option<&str>,
) -> Result<Option<Zeroizing<String>>, Error> {
    let needed = !sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM api_keys
           WHERE role = 'admin' AND all_projects AND revoked_at IS NULL AND last_used_at IS NOT NULL
               AND (expires_at IS NULL OR expires_at > purvey_now())) AS "there!""#
    )
    .fetch_one(&shared.db)
    .await?;
    if !needed {
        return Ok(None);
    }
    if let Some(secret) = held.and_then(|held| held.trim().strip_prefix("pvb_"))
        && authenticate_bootstrap(shared, secret).await.is_ok()
    {
        return Ok(None);
    }
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).map_err(Error::internal)?;
    let secret = hex(&*secret);
    sqlx::query!(
        "INSERT INTO bootstrap_tokens (secret_hash, expires_at) VALUES ($1, purvey_now() + interval '1 hour')",
        &Digest::of(secret.as_bytes()).0
    )
    .execute(&shared.db)
    .await?;
    Ok(Some(Zeroizing::new(format!("pvb_{}", *secret))))
}

/// The whole key.
fn compose(id: &str, secret: &[u8; 32]) -> Zeroizing<String> {
    let body = Zeroizing::new(format!("pv_{id}_{}", *hex(secret)));
    Zeroizing::new(format!("{}_{:08x}", *body, crc32fast::hash(body.as_bytes())))
}

/// The id in a key whose form and checksum are right.
fn key_id(token: &str) -> Option<&str> {
    let (body, checksum) = token.rsplit_once('_')?;
    let parts: Vec<&str> = body.split('_').collect();
    let ["pv", id, secret] = parts[..] else { return None };
    let good = id.len() == 32
        && secret.len() == 64
        && checksum.len() == 8
        && u32::from_str_radix(checksum, 16).ok()? == crc32fast::hash(body.as_bytes());
    (good && Uuid::try_parse(id).is_ok()).then_some(id)
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    use std::fmt::Write as _;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn micros_of(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Whole after any panic: every change is a single call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Row {
    key_id: String,
    project_id: Uuid,
    all_projects: bool,
    display_name: String,
    role: String,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    last_used_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row {
            key_id,
            project_id,
            all_projects,
            display_name,
            role,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        } = row;
        let role = Role::from_name(&role).ok_or_else(|| Error::corrupt("api_keys", "role", &key_id))?;
        let project = (!all_projects).then_some(ProjectUid(project_id));
        Ok(Self { id: key_id, display_name, project, role, created_at, expires_at, last_used_at, revoked_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_typing_error_is_told_from_a_wrong_one() {
        let id = Uuid::from_u128(7).simple().to_string();
        let key = compose(&id, &[9; 32]);
        assert_eq!(key_id(&key), Some(id.as_str()));
        for at in 0..key.len() {
            let mut typo = key.to_string().into_bytes();
            typo[at] = if typo[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(key_id(std::str::from_utf8(&typo).unwrap()), None, "{at}");
        }
        for bad in ["", "pv", "pv___", "pvb_00", &key[1..], &key[..key.len() - 1]] {
            assert_eq!(key_id(bad), None, "{bad}");
        }
    }
}
