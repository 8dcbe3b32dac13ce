//! `purvey up`: a control plane with data that stays, on an embedded PostgreSQL.

mod folders;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use purvey_lab::{Postgres, PostgresOptions, requirements};
use serde::Serialize;

use crate::cli::Global;
use crate::failure::Failure;
use crate::local::beside;
use crate::local::control_plane::{ControlPlane, Plan};
use crate::local::signals::Signals;
use crate::output::{Details, Printer};
use folders::Folders;

/// Run a control plane with data that stays, on a PostgreSQL of its own: for development and single machines.
///
/// It runs until Ctrl-C, and the next start finds everything again. Apps come from a folder of bundles that their
/// publishers signed; `up` itself never signs anything, and refuses the data of a demo.
#[derive(Args, Clone, Debug)]
pub(crate) struct Up {
    /// Where the data stays; `~/.local/share/purvey` if not said, for root `/var/lib/purvey`
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The key that protects the data, made if missing; `~/.config/purvey/kms.key` if not said, for root in `/etc/purvey`
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Where the API listens
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 5000)))]
    listen: SocketAddr,
    /// Where agents connect to
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5443)))]
    agents_listen: SocketAddr,
    /// Health and metrics
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)))]
    ops_listen: SocketAddr,
    /// Where agents find it, as `host:port`; this host's name if not said
    #[arg(long, value_name = "HOST:PORT")]
    advertise: Option<String>,
    /// A folder of signed bundles; `catalogue` in the data folder, or those of the package, if not said
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
}

/// Calls that still run have this time when it ends.
const DRAIN_SECONDS: u32 = 5;

/// Where everything is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Addresses {
    url: String,
    agents: String,
    health_url: String,
    ca_file: PathBuf,
    /// While nobody has signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_token_file: Option<PathBuf>,
    data: PathBuf,
    key_file: PathBuf,
    log_file: PathBuf,
}

/// What runs, the database last to go.
struct Running {
    control_plane: ControlPlane,
    postgres: Postgres,
}

/// Runs it until somebody asks for the end.
pub(crate) async fn run(global: &Global, up: Up) -> Result<(), Failure> {
    let signals = Signals::listen()?;
    let out = global.printer();
    let ended = tokio::select! {
        started = Box::pin(start(out, &up)) => match started {
            Ok(running) => stay(out, running, &signals).await,
            Err(error) => Err(error),
        },
        () = signals.asked() => Err(Failure::Interrupted.into()),
    };
    ended.map_err(failure)
}

async fn start(out: Printer, up: &Up) -> Result<Running> {
    let missing = requirements::check_postgres();
    if !missing.is_empty() {
        let command = requirements::install_command(&missing);
        let failure = Failure::usage_with("PostgreSQL is missing", format!("as root: {command}"));
        return Err(failure.into());
    }
    beside::program("control-plane")?;
    let folders = Folders::choose(up.data_dir.clone(), up.key_file.clone())?;
    folders.make()?;
    let catalogue = catalogue(out, up, &folders);
    let postgres = Postgres::start(PostgresOptions::durable(folders.postgres())).await?;
    let plan = Plan {
        folder: folders.control_plane(),
        database_url: postgres.url(),
        api: up.listen,
        agents: up.agents_listen,
        ops: up.ops_listen,
        advertise: up.advertise.clone(),
        names: names(up.listen),
        trust_domain: "purvey.internal",
        demo: false,
        key_file: folders.key_file.clone(),
        catalogue,
        drain_seconds: DRAIN_SECONDS,
    };
    let control_plane = ControlPlane::start(plan).await?;
    let token = control_plane.bootstrap_token_file();
    let offered = control_plane.offers_bootstrap_token().await;
    let addresses = Addresses {
        url: control_plane.url(),
        agents: named(&control_plane),
        health_url: format!("http://{}/health/ready", control_plane.ops()),
        ca_file: control_plane.ca_file(),
        bootstrap_token_file: offered.then_some(token),
        data: folders.data,
        key_file: folders.key_file,
        log_file: control_plane.log_file(),
    };
    out.resource(&addresses, || addresses.text())?;
    Ok(Running { control_plane, postgres })
}

/// Where the apps come from. Nothing is signed here: whoever may sign decides what servers run.
fn catalogue(out: Printer, up: &Up, folders: &Folders) -> Option<PathBuf> {
    let own = Some(folders.catalogue()).filter(|folder| folder.is_dir());
    let found = up.catalogue.clone().or(own).or_else(beside::packaged_catalogue);
    if found.is_none() {
        let catalogue = folders.catalogue().display().to_string();
        out.note(&format!(
            "There are no apps yet. `up` signs nothing itself: with a publisher's keys of your own\n  \
             purvey publisher init purvey\n  \
             purvey publisher sign installers/nginx installers/hello-site --out {catalogue}\n\
             signs those of the source tree; then start again.\n"
        ));
    }
    found
}

/// Where agents find it: as it says itself, by this host's name where it listens everywhere.
fn named(control_plane: &ControlPlane) -> String {
    let agents = control_plane.agents();
    match agents.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => {
            let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
            format!("{host}:{}", address.port())
        }
        _ => agents,
    }
}

fn names(listen: SocketAddr) -> Vec<String> {
    let mut names = vec!["127.0.0.1".to_owned()];
    if !listen.ip().is_unspecified() && !listen.ip().is_loopback() {
        names.push(listen.ip().to_string());
    }
    names
}

async fn stay(out: Printer, mut running: Running, signals: &Signals) -> Result<()> {
    let ended = tokio::select! {
        () = signals.asked() => Ok(()),
        status = running.control_plane.ended() => Err(anyhow::anyhow!(
            "the control plane has ended ({status}); its log ends with:\n{}",
            running.control_plane.log_tail()
        )),
    };
    out.note("\nEnding. The data stays.");
    running.control_plane.stop().await;
    running.postgres.stop().await.context("stopping PostgreSQL")?;
    ended
}

impl Addresses {
    fn text(&self) -> String {
        let details = Details::default()
            .line("API", &self.url)
            .line("agents", &self.agents)
            .line("health", &self.health_url)
            .line("CA", self.ca_file.display().to_string())
            .line("data", self.data.display().to_string())
            .line("KMS key", format!("{} (back it up, apart from the data)", self.key_file.display()))
            .line("log", self.log_file.display().to_string())
            .text();
        let sign_in = match &self.bootstrap_token_file {
            Some(token) => format!(
                "\nSign in for the first time (the token is good for an hour and for one key):\n  purvey login {} --ca {} \
                 --token-file {}\n",
                self.url,
                self.ca_file.display(),
                token.display()
            ),
            None => String::new(),
        };
        format!("{}\n{sign_in}\nCtrl-C ends it; the data stays.", details.trim_end())
    }
}

fn failure(error: anyhow::Error) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => Failure::local(error),
    }
}
