//! The agent in a throw-away server, as a package would put it there, and how it joins a control plane.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use purvey_lab::{ExecOptions, Server};
use purvey_sdk::Client;
use purvey_sdk::v1::{self, CreateJoinTokenRequest, GetServerRequest};
use tokio::time::Instant;

use crate::publisher::Publisher;

/// The agent's unit, as packages bring it.
const UNIT: &str = include_str!("../../../agent/systemd/purvey-agent.service");
pub(crate) const UNIT_NAME: &str = "purvey-agent.service";
/// Where the unit expects the program.
const AGENT: &str = "/usr/bin/agent";
const ENROLL_LIMIT: Duration = Duration::from_secs(60);
/// How long an agent that has started may take to show up.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
const JOIN_TOKEN_SECONDS: i64 = 600;

/// Brings the agent with its unit, and trust in the publishers.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) async fn provide(server: &Server, agent: &Path, publishers: &[Publisher]) -> Result<()> {
    let program = tokio::fs::read(agent).await.with_context(|| format!("reading {}", agent.display()))?;
    server.push_file(&program, AGENT, 0o755).await?;
    for publisher in publishers {
        let trust = format!("/etc/purvey/publishers.d/{}", publisher.name);
        server.push_file(&publisher.document, trust, 0o644).await?;
    }
    server.push_file(UNIT.as_bytes(), format!("/etc/systemd/system/{UNIT_NAME}"), 0o644).await?;
    Ok(())
}

/// Enrols it over the network, and starts the agent's unit.
///
/// # Errors
/// What the agent or systemd says.
pub(crate) async fn enroll(server: &Server, control_plane: &str, token: &str) -> Result<()> {
    let mut options = ExecOptions::default();
    options.limit = ENROLL_LIMIT;
    options.stdin = format!("{token}\n").into_bytes();
    let argv = [AGENT, "enroll", "--token-file", "-", "--control-plane", control_plane];
    server.exec_with(argv, options).await?.success()?;
    server.exec(["systemctl", "enable", "--quiet", "--now", UNIT_NAME]).await?.success()?;
    Ok(())
}

/// Makes a join token that is good for one server, from one address.
///
/// # Errors
/// The API says no.
pub(crate) async fn join_token(client: &Client, server: &str, address: &str) -> Result<v1::JoinToken> {
    let request = CreateJoinTokenRequest {
        server: server.to_owned(),
        labels: [("demo".to_owned(), "true".to_owned())].into(),
        ttl: Some(purvey_sdk::protobuf::Duration { seconds: JOIN_TOKEN_SECONDS, nanos: 0 }),
        address_range: format!("{address}/32"),
        ..Default::default()
    };
    client.servers().create_join_token(request).await.context("making a join token")
}

/// Waits until the server's agent is connected.
///
/// # Errors
/// It does not come in time.
pub(crate) async fn connected(client: &Client, server: &str) -> Result<v1::Server> {
    let end = Instant::now() + CONNECT_LIMIT;
    loop {
        let request = GetServerRequest { server: server.to_owned(), ..Default::default() };
        let found = client.servers().get(request).await.context("looking at the server")?;
        if found.connected {
            return Ok(found);
        }
        if Instant::now() > end {
            bail!("the agent of {server} did not connect within {} s", CONNECT_LIMIT.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// The end of the agent's log.
pub(crate) async fn agent_log(server: &Server, lines: usize) -> String {
    let lines = format!("--lines={lines}");
    let argv = ["journalctl", "--unit", UNIT_NAME, &lines, "--no-pager", "--output=cat"];
    match server.exec(argv).await {
        Ok(output) => output.stdout.trim_end().to_owned(),
        Err(error) => error.to_string(),
    }
}
