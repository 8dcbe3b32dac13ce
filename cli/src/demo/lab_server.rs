//! The agent in a throw-away server: a real Debian with a real systemd, reached over the lab's network only.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Result, bail};
use purvey_lab::{Lab, LabOptions, Server};
use serde_json::json;
use tokio::sync::oneshot;

use super::road::{Done, Wish};
use super::show::{Show, Step};
use crate::local::http;

pub(super) const NAME: &str = "web-1";
const SITE: &str = "shop.example.com";
const HTTP_PORT: u16 = 8080;
const PAGE_LIMIT: Duration = Duration::from_secs(10);

/// A lab with one server.
#[derive(Debug)]
pub(super) struct LabServer {
    lab: Lab,
    server: Server,
}

impl LabServer {
    /// Makes the lab, says where its gateway is, and boots the server.
    ///
    /// # Errors
    /// What the lab says.
    pub(super) async fn boot(show: &Show, gateway: oneshot::Sender<IpAddr>) -> Result<Self> {
        show.begin(Step::Server, "making its network")?;
        if !purvey_lab::root_file_system_is_cached().await.unwrap_or(true) {
            show.note(Step::Server, "making the servers' root file system, once: about a minute")?;
        }
        let lab = Lab::open(LabOptions::default()).await?;
        // Nobody listens any more when the other half has failed; that error is the one to show.
        let _ = gateway.send(lab.gateway().into());
        show.event("lab", json!({"id": lab.id(), "gateway": lab.gateway()}))?;
        let server = lab.boot(NAME).await?;
        show.done(Step::Server, &format!("{NAME}, a Debian with systemd, at {}", server.address()))?;
        Ok(Self { lab, server })
    }

    pub(super) fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// Its first process, by which a shell gets in.
    pub(super) fn leader(&self) -> Option<u32> {
        self.server.leader().ok()
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// What to install.
    pub(super) fn wish() -> Wish {
        let text = str::to_owned;
        Wish {
            server: NAME,
            app: "nginx",
            inputs: vec![
                ("server_name", text(SITE)),
                ("admin_email", text("webmaster@example.com")),
                ("http_port", HTTP_PORT.to_string()),
                ("document_root", text("/srv/shop")),
                ("worker_connections", text("512")),
            ],
        }
    }

    /// Fetches the page as a visitor would.
    ///
    /// # Errors
    /// There is none, or not the one that was asked for.
    pub(super) async fn prove(&self, show: &Show, _done: &Done) -> Result<()> {
        let address: SocketAddr = (self.server.address(), HTTP_PORT).into();
        let url = format!("http://{address}/");
        show.begin(Step::Proof, &format!("GET {url} (Host: {SITE})"))?;
        let answer = http::get(address, "/", SITE, PAGE_LIMIT).await?;
        let title = format!("<h1>{SITE}</h1>");
        if answer.status != 200 || !answer.body.contains(&title) {
            bail!("{url} answered {} and not the page of {SITE}:\n{}", answer.status, answer.body);
        }
        let snippet = super::snippet(&answer.body);
        show.event("page", json!({"url": url, "host": SITE, "status": answer.status, "snippet": snippet}))?;
        show.done(Step::Proof, &format!("GET {url} with Host: {SITE} answers {}", answer.status))?;
        show.text(&super::quoted(show, &snippet))
    }

    /// How a person fetches the page.
    pub(super) fn page_command(&self) -> String {
        format!("curl -H 'Host: {SITE}' http://{}:{HTTP_PORT}/", self.server.address())
    }

    /// Removes everything.
    ///
    /// # Errors
    /// What is still there.
    pub(super) async fn close(self) -> Result<()> {
        Ok(self.lab.close().await?)
    }
}
