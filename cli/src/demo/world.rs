//! Everything that a demo makes, so that it can be taken down whatever happens.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::{Context as _, Result};
use purvey_lab::Postgres;
use purvey_sdk::Client;
use secrecy::ExposeSecret as _;
use tokio::sync::oneshot;

use super::apps;
use super::host_agent::HostAgent;
use super::lab_server::LabServer;
use super::needs::{Found, Stage};
use super::road::{Done, Wish};
use super::show::{Show, Step};
use crate::local::control_plane::ControlPlane;
use crate::local::folders::{Temporary, write_private};
use crate::local::{lab_host, private};
use crate::publisher::Publisher;

const APPS: [&str; 2] = ["nginx", "hello-site"];
const API_KEY_FILE: &str = "api-key";

/// What runs. Dropping it takes it down too, only less politely.
#[derive(Debug, Default)]
pub(super) struct World {
    place: Option<Place>,
    control_plane: Option<ControlPlane>,
    postgres: Option<Postgres>,
    // Last, because the others have files in it.
    temporary: Option<Temporary>,
}

/// Where the agent is.
#[derive(Debug)]
enum Place {
    Lab(Box<LabServer>),
    Host(HostAgent),
}

/// A world that is ready for its first agent.
pub(super) struct Ready {
    pub(super) client: Client,
    pub(super) publisher: Publisher,
}

impl World {
    /// Makes everything but the agent, what does not wait for another at the same time.
    ///
    /// # Errors
    /// The first thing that failed; the rest is taken down.
    pub(super) async fn make(&mut self, show: &Show, found: &Found) -> Result<Ready> {
        let temporary = Temporary::create("purvey-demo-")?;
        let folder = temporary.path().to_owned();
        self.temporary = Some(temporary);
        let (tell, gateway) = oneshot::channel();
        let stage = async {
            match found.stage {
                Stage::Lab => LabServer::boot(show, tell).await.map(Some),
                Stage::Host => {
                    let _ = tell.send(Ipv4Addr::LOCALHOST.into());
                    Ok(None)
                }
            }
        };
        let control_plane = async {
            let (postgres, publisher) =
                tokio::try_join!(start_postgres(show), sign_apps(show, found, &folder))?;
            let gateway = gateway.await.context("there is no network for agents")?;
            let control_plane = start_control_plane(show, &folder, &postgres, gateway).await?;
            Ok((postgres, publisher, control_plane))
        };
        let (server, (postgres, publisher, control_plane)) =
            tokio::try_join!(Box::pin(stage), Box::pin(control_plane))?;
        self.postgres = Some(postgres);
        self.place = server.map(|server| Place::Lab(Box::new(server)));
        let key = control_plane.first_api_key("purvey demo").await;
        let control_plane = self.control_plane.insert(control_plane);
        let key = key?;
        write_private(&folder.join(API_KEY_FILE), key.expose_secret().as_bytes())?;
        Ok(Ready { client: control_plane.client(key)?, publisher })
    }

    /// Brings the agent to where it will run.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(super) async fn provide_agent(&mut self, found: &Found, publisher: &Publisher) -> Result<()> {
        match &self.place {
            Some(Place::Lab(lab)) => {
                lab_host::provide(lab.server(), &found.agent, std::slice::from_ref(publisher)).await
            }
            Some(Place::Host(_)) => Ok(()),
            None => {
                self.place = Some(Place::Host(HostAgent::provide(self.folder()?, &found.agent, publisher)?));
                Ok(())
            }
        }
    }

    /// Makes the agent's host a server, and starts the agent.
    ///
    /// # Errors
    /// What the agent says.
    pub(super) async fn enroll(&mut self, token: &str) -> Result<()> {
        let agents = self.control_plane()?.agents();
        match &mut self.place {
            Some(Place::Lab(lab)) => lab_host::enroll(lab.server(), &agents, token).await,
            Some(Place::Host(agent)) => agent.enroll(&agents, token).await,
            None => Ok(()),
        }
    }

    /// What to install here.
    pub(super) fn wish(&self) -> Wish {
        match &self.place {
            Some(Place::Lab(_)) => LabServer::wish(),
            _ => HostAgent::wish(),
        }
    }

    /// The address that the agent comes from.
    pub(super) fn agent_address(&self) -> String {
        match &self.place {
            Some(Place::Lab(server)) => server.address(),
            _ => Ipv4Addr::LOCALHOST.to_string(),
        }
    }

    /// Shows that the app is really there.
    ///
    /// # Errors
    /// It is not.
    pub(super) async fn prove(&self, show: &Show, done: &Done) -> Result<()> {
        match &self.place {
            Some(Place::Lab(server)) => server.prove(show, done).await,
            Some(Place::Host(agent)) => agent.prove(show, done).await,
            None => Ok(()),
        }
    }

    /// Where the agent is: `lab` or `host`.
    pub(super) fn stage(&self) -> Option<&'static str> {
        self.place.as_ref().map(|place| match place {
            Place::Lab(_) => "lab",
            Place::Host(_) => "host",
        })
    }

    /// The server of the lab, if there is one.
    pub(super) fn lab_server(&self) -> Option<&LabServer> {
        match &self.place {
            Some(Place::Lab(server)) => Some(server),
            _ => None,
        }
    }

    pub(super) fn control_plane(&self) -> Result<&ControlPlane> {
        self.control_plane.as_ref().context("there is no control plane")
    }

    /// The file with the API key.
    ///
    /// # Errors
    /// Nothing was made yet.
    pub(super) fn api_key_file(&self) -> Result<std::path::PathBuf> {
        Ok(self.folder()?.join(API_KEY_FILE))
    }

    fn folder(&self) -> Result<&Path> {
        Ok(self.temporary.as_ref().context("there is no folder")?.path())
    }

    /// Ready when the control plane has ended by itself.
    pub(super) async fn broken(&mut self) -> String {
        match &mut self.control_plane {
            Some(control_plane) => control_plane.ended().await,
            None => std::future::pending().await,
        }
    }

    /// The ends of the logs, for whoever looks into a failure.
    pub(super) async fn evidence(&self) -> String {
        let mut parts = Vec::new();
        if let Some(control_plane) = &self.control_plane {
            parts.push(("the control plane's log", control_plane.log_tail()));
        }
        match &self.place {
            Some(Place::Lab(lab)) => {
                parts.push(("the agent's log", lab_host::agent_log(lab.server(), 15).await));
            }
            Some(Place::Host(agent)) => parts.push(("the agent's log", agent.agent_log())),
            None => {}
        }
        let parts = parts.into_iter().filter(|(_, text)| !text.is_empty());
        parts.map(|(what, text)| format!("The end of {what}:\n{text}\n")).collect()
    }

    /// Takes everything down.
    ///
    /// # Errors
    /// What is still there.
    pub(super) async fn close(self) -> Result<()> {
        let Self { place, control_plane, postgres, temporary } = self;
        let place = async {
            match place {
                Some(Place::Lab(server)) => server.close().await,
                Some(Place::Host(agent)) => {
                    agent.close().await;
                    Ok(())
                }
                None => Ok(()),
            }
        };
        let control_plane = async {
            if let Some(control_plane) = control_plane {
                control_plane.stop().await;
            }
        };
        let (closed, ()) = tokio::join!(place, control_plane);
        drop(postgres);
        drop(temporary);
        closed
    }
}

async fn start_postgres(show: &Show) -> Result<Postgres> {
    show.begin(Step::Postgres, "making a private one")?;
    let postgres = private::postgres().await?;
    show.done(Step::Postgres, "a private one, on a Unix socket only")?;
    Ok(postgres)
}

async fn sign_apps(show: &Show, found: &Found, folder: &Path) -> Result<Publisher> {
    show.begin(Step::Bundles, "packing and signing")?;
    let (installers, catalogue) = (found.installers.clone(), private::catalogue(folder));
    let sign = move || apps::sign(&installers, &APPS, &catalogue);
    let (publisher, apps) = tokio::task::spawn_blocking(sign).await.context("signing the apps")??;
    let what = format!("{}, signed by the publisher {} (a demo's)", apps.join(" and "), publisher.name);
    show.done(Step::Bundles, &what)?;
    Ok(publisher)
}

async fn start_control_plane(
    show: &Show,
    folder: &Path,
    postgres: &Postgres,
    gateway: IpAddr,
) -> Result<ControlPlane> {
    show.begin(Step::ControlPlane, "migrating the database, making the fleet's keys")?;
    let control_plane = private::control_plane(folder, postgres, gateway).await?;
    let (agents, ops) = (control_plane.agents(), control_plane.ops());
    show.done(Step::ControlPlane, &format!("API {}, agents {agents}, health {ops}", control_plane.url()))?;
    Ok(control_plane)
}
