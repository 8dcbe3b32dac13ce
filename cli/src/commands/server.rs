use std::collections::HashMap;

use clap::{Args, Subcommand};
use comfy_table::Cell;
use futures_util::TryStreamExt as _;
use purvey_sdk::protobuf::{Duration, FieldMask};
use purvey_sdk::v1::{
    self, BanServerRequest, ConfirmServerRequest, CreateJoinTokenRequest, EvictServerRequest,
    GetServerRequest, JoinTokenState, ListJoinTokensRequest, ListServersRequest, RevokeJoinTokenRequest,
    ServerState, UpdateServerRequest,
};

use super::span;
use crate::failure::Failure;
use crate::inputs::Assignment;
use crate::output::{Details, Tone, ago, escape, timestamp, toned};
use crate::session::Session;
use crate::{prompt, words};

/// See and enrol servers.
#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// List all servers
    List,
    /// Show one server
    Show {
        /// The server
        server: String,
    },
    /// Set and remove a server's labels
    Label {
        /// The server
        server: String,
        /// NAME=VALUE to set one, NAME- to remove one
        #[arg(required = true, value_name = "NAME=VALUE|NAME-")]
        labels: Vec<String>,
    },
    /// End a server's enrolment and cut its connections; it may enrol again with a token made for it
    Evict(Ending),
    /// End a server's enrolment, cut its connections and forbid another
    Ban(Ending),
    /// Let a server that was enrolled again have secrets: it is the machine that it claims to be
    Confirm(Ending),
    /// Tokens that let a machine join the fleet
    #[command(subcommand)]
    Token(Token),
}

/// The server that is meant.
#[derive(Args, Debug)]
pub(crate) struct Ending {
    /// The server
    server: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Tokens that let a machine join the fleet.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a single-use token and print the one line to run on the new server
    Create {
        /// The id that the server will have; its host name if not said
        server: Option<String>,
        /// Give the server a label (repeat for more)
        #[arg(long, value_name = "NAME=VALUE")]
        label: Vec<Assignment>,
        /// How long the token is good: 1m to 7d; an hour if not said
        #[arg(long, value_name = "SPAN", value_parser = span::parse)]
        ttl: Option<Duration>,
        /// The addresses it may be used from (CIDR); any if not said
        #[arg(long, value_name = "RANGE")]
        from: Option<String>,
        /// Enrol an existing server again, which ends its present enrolment
        #[arg(long, requires = "server")]
        reenroll: bool,
    },
    /// List tokens, newest first
    List,
    /// Make a token unusable
    Revoke {
        /// The token's uid (`purvey server token list`)
        uid: String,
    },
}

pub(crate) async fn run(session: &Session, command: Server) -> Result<(), Failure> {
    match command {
        Server::List => list(session).await,
        Server::Show { server } => {
            let request = GetServerRequest { project: session.project.clone(), server };
            show(session, &session.client.servers().get(request).await?)
        }
        Server::Label { server, labels } => label(session, server, &labels).await,
        Server::Evict(Ending { server, yes }) => {
            prompt::confirm(&format!("End the enrolment of {}?", escape(&server)), yes)?;
            let request =
                EvictServerRequest { project: session.project.clone(), server, ..Default::default() };
            show(session, &session.client.servers().evict(request).await?)
        }
        Server::Ban(Ending { server, yes }) => {
            prompt::confirm(&format!("Ban {} from the fleet for ever?", escape(&server)), yes)?;
            let request = BanServerRequest { project: session.project.clone(), server, ..Default::default() };
            show(session, &session.client.servers().ban(request).await?)
        }
        Server::Confirm(Ending { server, yes }) => confirm(session, server, yes).await,
        Server::Token(token) => run_token(session, token).await,
    }
}

/// The incarnation that was looked at is the one that is confirmed.
async fn confirm(session: &Session, server: String, yes: bool) -> Result<(), Failure> {
    let project = session.project.clone();
    let request = GetServerRequest { project: project.clone(), server };
    let held = session.client.servers().get(request).await?;
    let facts = held.facts.unwrap_or_default();
    let question = format!(
        "Give {} (incarnation {}, host {}, addresses {}) the secrets of its installs?",
        held.server,
        held.incarnation,
        facts.hostname,
        facts.addresses.join(", ")
    );
    prompt::confirm(&escape(&question), yes)?;
    let request = ConfirmServerRequest {
        project,
        server: held.server,
        incarnation: held.incarnation,
        ..Default::default()
    };
    show(session, &session.client.servers().confirm(request).await?)
}

async fn list(session: &Session) -> Result<(), Failure> {
    let request = ListServersRequest { project: session.project.clone(), ..Default::default() };
    let servers: Vec<v1::Server> = session.client.servers().list_all(request).try_collect().await?;
    session.out.list(
        "servers",
        &servers,
        &["SERVER", "STATE", "SEEN", "SYSTEM", "AGENT", "LABELS"],
        |server| {
            let facts = server.facts.clone().unwrap_or_default();
            vec![
                Cell::new(escape(&server.server)),
                state(server),
                Cell::new(if server.connected {
                    "now".to_owned()
                } else {
                    ago(server.last_seen_time.as_ref())
                }),
                Cell::new(escape(format!("{} {}", facts.os, facts.os_version).trim())),
                Cell::new(escape(&facts.agent_version)),
                Cell::new(escape(&pairs(&server.labels))),
            ]
        },
    )
}

fn state(server: &v1::Server) -> Cell {
    match (server.state(), server.connected) {
        (ServerState::Active, true) => toned("connected", Tone::Good),
        (ServerState::Active, false) => toned("away", Tone::Busy),
        (other, _) => toned(words::server_state(other), Tone::Bad),
    }
}

fn show(session: &Session, server: &v1::Server) -> Result<(), Failure> {
    session.out.resource(server, || {
        let facts = server.facts.clone().unwrap_or_default();
        Details::default()
            .line("server", &server.server)
            .line("uid", &server.uid)
            .line("project", &server.project)
            .line("state", words::server_state(server.state()))
            .line("connected", if server.connected { "yes" } else { "no" })
            .line("last seen", timestamp(server.last_seen_time.as_ref()))
            .line("enrolled", timestamp(server.create_time.as_ref()))
            .line("incarnation", server.incarnation.to_string())
            .line("secrets", if server.unconfirmed { "none until `purvey server confirm`" } else { "" })
            .line("labels", pairs(&server.labels))
            .line("host labels", pairs(&facts.labels))
            .line("host policy", facts.policy.as_ref().map(host_policy).unwrap_or_default())
            .line("hostname", &facts.hostname)
            .line("system", &facts.os_name)
            .line("kernel", format!("{} {}", facts.kernel, facts.architecture).trim())
            .line("virtualization", &facts.virtualization)
            .line("packages", &facts.package_manager)
            .line("cpus", format!("{} {}", facts.cpus, facts.cpu_model).trim())
            .line(
                "load",
                server
                    .heartbeat
                    .as_ref()
                    .map(|heartbeat| format!("{:.2}", heartbeat.load))
                    .unwrap_or_default(),
            )
            .line("memory", memory(server.heartbeat.as_ref(), facts.memory_bytes))
            .line("disk", disks(&facts, server.heartbeat.as_ref()))
            .line("free disk", mebibytes(facts.disk_free_bytes))
            .line("ports", ports(&facts.tcp_ports, &facts.udp_ports))
            .line("addresses", facts.addresses.join(", "))
            .line("agent", &facts.agent_version)
            .text()
    })
}

fn memory(heartbeat: Option<&v1::ServerHeartbeat>, bytes: u64) -> String {
    match heartbeat {
        Some(heartbeat) => {
            format!("{}, {} available", mebibytes(bytes), mebibytes(heartbeat.memory_available_bytes))
        }
        None => mebibytes(bytes),
    }
}

fn disks(facts: &v1::ServerFacts, heartbeat: Option<&v1::ServerHeartbeat>) -> String {
    if facts.disks.is_empty() {
        return mebibytes(facts.disk_bytes);
    }
    let free = |at: usize| heartbeat.and_then(|heartbeat| heartbeat.disk_free_bytes.get(at));
    let told = facts.disks.iter().enumerate().map(|(at, disk)| {
        let free = free(at).map(|free| format!(", {} free", mebibytes(*free))).unwrap_or_default();
        format!("{} ({}) {}{free}", disk.mount, disk.filesystem, mebibytes(disk.size_bytes))
    });
    told.collect::<Vec<_>>().join("; ")
}

fn host_policy(policy: &v1::ServerHostPolicy) -> String {
    if policy.invalid {
        return "broken: the agent refuses every job".to_owned();
    }
    if policy.digest.is_empty() {
        return "none: the built-in limits".to_owned();
    }
    let paused = if policy.paused { "paused; " } else { "" };
    let restricts = if policy.restricts.is_empty() {
        "restricts nothing".to_owned()
    } else {
        format!("restricts {}", policy.restricts.join(", "))
    };
    format!("{paused}{restricts} (sha256 {})", policy.digest)
}

fn mebibytes(bytes: u64) -> String {
    if bytes == 0 { String::new() } else { format!("{} MiB", bytes / (1024 * 1024)) }
}

fn ports(tcp: &[u32], udp: &[u32]) -> String {
    let tcp = tcp.iter().map(|port| format!("{port}/tcp"));
    tcp.chain(udp.iter().map(|port| format!("{port}/udp"))).collect::<Vec<_>>().join(", ")
}

fn pairs(labels: &HashMap<String, String>) -> String {
    let mut pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    pairs.join(", ")
}

async fn label(session: &Session, server: String, changes: &[String]) -> Result<(), Failure> {
    let request = GetServerRequest { project: session.project.clone(), server };
    let held = session.client.servers().get(request).await?;
    let labels = changed(held.labels, changes)?;
    let request = UpdateServerRequest {
        project: held.project,
        server: held.server,
        labels,
        update_mask: Some(FieldMask { paths: vec!["labels".to_owned()] }),
        etag: held.etag,
        ..Default::default()
    };
    show(session, &session.client.servers().update(request).await?)
}

fn changed(
    mut labels: HashMap<String, String>,
    changes: &[String],
) -> Result<HashMap<String, String>, Failure> {
    for change in changes {
        match (change.split_once('='), change.strip_suffix('-')) {
            (Some((name, value)), _) if !name.is_empty() => {
                labels.insert(name.to_owned(), value.to_owned());
            }
            (None, Some(name)) if !name.is_empty() => {
                labels.remove(name);
            }
            _ => {
                return Err(Failure::usage(format!("`{change}` is neither NAME=VALUE nor NAME-")));
            }
        }
    }
    Ok(labels)
}

async fn run_token(session: &Session, command: Token) -> Result<(), Failure> {
    let servers = session.client.servers();
    let project = session.project.clone();
    match command {
        Token::Create { server, label, ttl, from, reenroll } => {
            let request = CreateJoinTokenRequest {
                project,
                server: server.unwrap_or_default(),
                labels: label.into_iter().map(|label| (label.name, label.value)).collect(),
                ttl,
                address_range: from.unwrap_or_default(),
                reenroll,
                ..Default::default()
            };
            let token = servers.create_join_token(request).await?;
            session.out.note(&format!(
                "Run this on the new server. It works once, and expires {}.",
                ago(token.expire_time.as_ref())
            ));
            session.out.resource(&token, || enrol_command(&token))
        }
        Token::List => {
            let request = ListJoinTokensRequest { project, ..Default::default() };
            let tokens: Vec<v1::JoinToken> = servers.list_all_join_tokens(request).try_collect().await?;
            session.out.list(
                "join_tokens",
                &tokens,
                &["UID", "STATE", "SERVER", "EXPIRES", "MADE"],
                |token| {
                    let tone = if token.state() == JoinTokenState::Unused { Tone::Good } else { Tone::Plain };
                    vec![
                        Cell::new(escape(&token.uid)),
                        toned(words::join_token_state(token.state()), tone),
                        Cell::new(escape(if token.server.is_empty() {
                            "(host name)"
                        } else {
                            &token.server
                        })),
                        Cell::new(ago(token.expire_time.as_ref())),
                        Cell::new(ago(token.create_time.as_ref())),
                    ]
                },
            )
        }
        Token::Revoke { uid } => {
            let request = RevokeJoinTokenRequest { project, uid, ..Default::default() };
            let token = servers.revoke_join_token(request).await?;
            session
                .out
                .resource(&token, || format!("{} is {}", token.uid, words::join_token_state(token.state())))
        }
    }
}

fn enrol_command(token: &v1::JoinToken) -> String {
    escape(&format!("sudo agent enroll --control-plane {} --token {}", token.agents_address, token.token))
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_set_with_an_equals_sign_and_removed_with_a_hyphen() {
        let held = HashMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let labels = changed(held.clone(), &["a=9".to_owned(), "b-".to_owned(), "c=x-".to_owned()]).unwrap();
        assert_eq!(pairs(&labels), "a=9, c=x-");
        for bad in ["a", "=1", "-", ""] {
            assert!(changed(held.clone(), &[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_one_line_to_paste() {
        let token = v1::JoinToken {
            token: "pvj.a.b.c.main".to_owned(),
            agents_address: "purvey.example:5443".to_owned(),
            ..Default::default()
        };
        let line = enrol_command(&token);
        assert_eq!(line, "sudo agent enroll --control-plane purvey.example:5443 --token pvj.a.b.c.main");
    }
}
