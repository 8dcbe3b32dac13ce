use clap::{Subcommand, ValueEnum};
use comfy_table::Cell;
use futures_util::TryStreamExt as _;
use purvey_sdk::protobuf::Duration;
use purvey_sdk::v1::{self, CreateApiKeyRequest, ListApiKeysRequest, RevokeApiKeyRequest};

use super::span;
use crate::failure::Failure;
use crate::output::{Tone, ago, escape, toned};
use crate::prompt;
use crate::session::Session;

/// Make and revoke API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make an API key and print it, this once
    Create {
        /// What it is for
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = Role::Viewer)]
        role: Role,
        /// How long it is good, such as 90d; for ever if not said
        #[arg(long, value_name = "SPAN", value_parser = span::parse)]
        ttl: Option<Duration>,
        /// Make it good in all projects, not only in the one of `--project`
        #[arg(long)]
        all_projects: bool,
    },
    /// List API keys, newest first
    List,
    /// Make an API key unusable
    Revoke {
        /// The key's id (`purvey key list`)
        id: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// What a key may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Role {
    /// Everything
    Admin,
    /// Servers, installs and jobs
    Operator,
    /// Installs and jobs
    Developer,
    /// Look
    Viewer,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }
}

pub(crate) async fn run(session: &Session, command: Key) -> Result<(), Failure> {
    let identity = session.client.identity();
    match command {
        Key::Create { name, role, ttl, all_projects } => {
            let request = CreateApiKeyRequest {
                display_name: name,
                project: if all_projects { String::new() } else { session.project.clone() },
                role: role.as_str().to_owned(),
                ttl,
                request_id: String::new(),
            };
            let key = identity.create_api_key(request).await?;
            session.out.note("Keep this key: it is shown only now.");
            session.out.resource(&key, || escape(&key.secret).into_owned())
        }
        Key::List => {
            let keys: Vec<v1::ApiKey> =
                identity.list_all_api_keys(ListApiKeysRequest::default()).try_collect().await?;
            session.out.list(
                "api_keys",
                &keys,
                &["ID", "NAME", "ROLE", "PROJECT", "STATE", "USED", "MADE"],
                |key| {
                    vec![
                        Cell::new(escape(&key.id)),
                        Cell::new(escape(&key.display_name)),
                        Cell::new(escape(&key.role)),
                        Cell::new(escape(if key.project.is_empty() { "all" } else { &key.project })),
                        state(key),
                        Cell::new(ago(key.last_use_time.as_ref())),
                        Cell::new(ago(key.create_time.as_ref())),
                    ]
                },
            )
        }
        Key::Revoke { id, yes } => {
            prompt::confirm(&format!("Make the key {} unusable?", escape(&id)), yes)?;
            let key = identity.revoke_api_key(RevokeApiKeyRequest { id, ..Default::default() }).await?;
            session.out.resource(&key, || format!("{} is revoked", escape(&key.id)))
        }
    }
}

fn state(key: &v1::ApiKey) -> Cell {
    match (&key.revoke_time, &key.expire_time) {
        (Some(_), _) => toned("revoked", Tone::Bad),
        (None, Some(_)) => toned(&format!("ends {}", ago(key.expire_time.as_ref())), Tone::Plain),
        (None, None) => toned("good", Tone::Good),
    }
}
