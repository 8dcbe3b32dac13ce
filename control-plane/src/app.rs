//! Puts the parts together, runs them, and takes them apart again in the right order.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic_health::server::HealthReporter;
use zeroize::Zeroizing;

mod bootstrap;
mod database;
pub mod process;
mod roles;
mod running;

pub use database::{connect, migrate};
pub use roles::{Role, Roles};

use crate::api::listener::{self, AgentsSide, Stop};
use crate::api::{agents, ops, public, tls};
use crate::clock::Clock;
use crate::config::Config;
use crate::ctx::{Ctx, Shared};
use crate::fleet::dispatch::Dispatcher;
use crate::fleet::reports::{Reports, Writers};
use crate::kms::Kms;
use crate::pki::ca::ServerNames;
use crate::pki::ca_file;
use crate::pki::server_certificate::ServerCertificate;
use crate::pki::{FleetConfig, FleetKeys};
use crate::registry::Found;
use crate::{registry, tasks};
use running::Work;

/// How often the listeners' certificate is looked at.
const CERTIFICATE_PERIOD: Duration = Duration::from_secs(3600);

/// Where the listeners are; none for those that the roles leave out.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The public API.
    pub api: Option<SocketAddr>,
    /// The agents' protocol.
    pub agents: Option<SocketAddr>,
    /// Health and metrics.
    pub ops: SocketAddr,
}

/// A running control plane. Dropping it leaves its tasks running; [`App::run_until`] ends them.
pub struct App {
    /// Where the listeners are.
    pub addresses: Addresses,
    shared: Arc<Shared>,
    direct: PgPool,
    dispatcher: Dispatcher,
    reports: Reports,
    health: HealthReporter,
    connections: Stop,
    work: Work,
    drain: Duration,
}

impl App {
    /// Connects, migrates, finds or makes the fleet's keys, imports bundles and begins to listen.
    ///
    /// # Errors
    /// Whatever is missing or wrong, in words for an operator.
    pub async fn start(config: &Config, roles: Roles) -> anyhow::Result<Self> {
        let provider = crypto_provider();
        let kms = Kms::key_file(&config.kms_key_file)?;
        let (db, direct) = connect(&config.database).await?;
        migrate(&direct).await?;
        let fleet = FleetConfig {
            trust_domain: config.fleet.trust_domain.clone(),
            cell: config.fleet.cell.clone(),
            demo: config.fleet.demo,
        };
        let keys = FleetKeys::load_or_create(&mut *direct.acquire().await?, &kms, &fleet).await?;

        if let Some(file) = &config.api.ca_file {
            ca_file::write(&keys, file)
                .with_context(|| format!("api.ca_file: {} cannot be written", file.display()))?;
        }

        let clock = Clock::default();
        let bound = Bound::bind(config, &roles)?;
        let agents_address = advertised(config, bound.agents.as_ref())?;
        let certificate = Arc::new(ServerCertificate::new(
            keys.clone(),
            names(config, &keys, &agents_address),
            Arc::clone(&provider),
            clock.now(),
        )?);
        let shared = Arc::new(share(config, db, kms, keys, agents_address, clock)?);
        let cx = Ctx::system(Arc::clone(&shared));
        tasks::partitions::run(&cx, None).await.context("the partitions of history cannot be made")?;
        if roles.has(Role::Registry) {
            import(&cx, config).await?;
        }
        if roles.has(Role::Api) {
            bootstrap::offer(&shared, &config.bootstrap_token_file).await?;
        }

        let (reports, writers) = Reports::new();
        let mut app = Self {
            addresses: bound.addresses()?,
            connections: Stop { soft: shared.draining.clone(), ..Stop::default() },
            work: Work::new(shared.draining.clone()),
            drain: config.timings.drain,
            health: HealthReporter::new(),
            dispatcher: Dispatcher::default(),
            shared,
            direct,
            reports,
        };
        app.listen(config, bound, &certificate, &provider).await?;
        app.begin_work(config, &roles, writers, certificate);
        tracing::info!(
            api = app.addresses.api.map(tracing::field::display),
            agents = app.addresses.agents.map(tracing::field::display),
            ops = %app.addresses.ops,
            "listening"
        );
        Ok(app)
    }

    async fn listen(
        &self,
        config: &Config,
        bound: Bound,
        certificate: &Arc<ServerCertificate>,
        provider: &Arc<CryptoProvider>,
    ) -> anyhow::Result<()> {
        let stop = &self.connections;
        if let Some(listener) = bound.api {
            let tls = match (&config.api.tls, config.api.plaintext) {
                (_, true) => None,
                (Some((chain, key)), _) => Some(tls::public_from_files(chain, key, Arc::clone(provider))?),
                (None, false) => Some(tls::public(Arc::clone(certificate), Arc::clone(provider))?),
            };
            let router = public::router(&self.shared, self.health.clone()).await?;
            stop.tracker.spawn(listener::serve_public(listener, tls, router, stop.clone()));
        }
        if let Some(listener) = bound.agents {
            let tls = tls::agents(
                &self.shared.keys,
                Arc::clone(certificate),
                Arc::clone(provider),
                self.shared.clock.clone(),
            )?;
            let router = agents::router(&self.shared, self.dispatcher.clone(), self.reports.clone());
            let side = AgentsSide {
                trust_domain: self.shared.keys.trust_domain().into(),
                connections: self.shared.connections.clone(),
                metrics: self.shared.metrics.clone(),
                handshakes: Arc::new(Semaphore::new(usize::try_from(config.agents.max_handshakes)?)),
            };
            stop.tracker.spawn(listener::serve_agents(listener, tls, router, side, stop.clone()));
        }
        // Probes are answered until the very end: `ready` says that this replica drains.
        let until_the_end =
            Stop { soft: self.work.stop.clone(), hard: self.work.stop.clone(), ..Stop::default() };
        let ops = listener::serve_public(
            bound.ops,
            None,
            ops::router(&self.shared, self.dispatcher.clone()),
            until_the_end,
        );
        self.work.tracker.spawn(ops);
        Ok(())
    }

    fn begin_work(
        &mut self,
        config: &Config,
        roles: &Roles,
        writers: Writers,
        certificate: Arc<ServerCertificate>,
    ) {
        let cx = Ctx::system(Arc::clone(&self.shared));
        let stop = &self.work.stop;
        if roles.has(Role::Agents) {
            let (dispatcher, at, until) = (self.dispatcher.clone(), cx.clone(), stop.clone());
            self.work.vital("dispatcher", async move { dispatcher.run(&at, &until).await });
            let (dispatcher, at, until) = (self.dispatcher.clone(), cx.clone(), stop.clone());
            self.work.vital("slow poll", async move { dispatcher.run_slow_poll(&at, &until).await });
            let (waker, db, until) = (self.shared.waker.clone(), self.direct.clone(), stop.clone());
            self.work.vital("hints in", async move { waker.receive_hints(&db, &until).await });
        }
        let at = cx.clone();
        self.work.writers(async move { writers.run(&at).await });
        let (waker, db, until) = (self.shared.waker.clone(), self.shared.db.clone(), stop.clone());
        self.work.vital("hints out", async move { waker.send_hints(&db, &until).await });
        tasks::spawn_all(&self.work.tracker, stop, &cx, &self.dispatcher, config.retention_weeks, roles);
        let (until, clock) = (stop.clone(), self.shared.clock.clone());
        self.work.vital("certificate", async move {
            while until.run_until_cancelled(tokio::time::sleep(CERTIFICATE_PERIOD)).await.is_some() {
                if let Err(error) = certificate.renew(clock.now()) {
                    tracing::error!(error = %error, "the listeners' certificate was not renewed");
                }
            }
        });
    }

    /// The parts that callers share, for tests and tools in the same process.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Runs until `shutdown`, and then drains: parked polls are answered, streams are handed over, calls end, what is in
    /// flight is written. After the drain time, or when `abort` comes, whatever still runs is cut.
    ///
    /// # Errors
    /// A part without which nothing works has failed.
    pub async fn run_until(
        self,
        shutdown: impl Future<Output = ()>,
        abort: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let failed = tokio::select! {
            () = shutdown => None,
            name = self.work.failed() => Some(name),
        };
        tracing::info!("draining");
        self.shared.draining.cancel();
        self.dispatcher.drain();
        public::stop_serving(&self.health).await;
        let Self { shared, direct, dispatcher, reports, connections, work, drain, health: _, addresses: _ } =
            self;
        connections.tracker.close();
        tokio::select! {
            () = connections.tracker.wait() => {}
            () = tokio::time::sleep(drain) => tracing::warn!("some calls did not end in time and are cut"),
            () = abort => tracing::warn!("told to stop at once"),
        }
        connections.hard.cancel();
        drop((dispatcher, reports));
        work.finish(&shared).await;
        direct.close().await;
        shared.db.close().await;
        match failed {
            None => Ok(()),
            Some(name) => anyhow::bail!("{name} has failed; see the log"),
        }
    }
}

/// Takes over what lies in the folders of the configuration.
async fn import(cx: &Ctx, config: &Config) -> anyhow::Result<()> {
    for folder in [&config.catalogue.publishers_folder, &config.catalogue.folder].into_iter().flatten() {
        let known = registry::publishers_folder(cx, folder, Some(folder) == config.catalogue.folder.as_ref());
        let known = known.await.context("the publishers' folder cannot be read")?;
        if known > 0 {
            tracing::info!(folder = %folder.display(), publishers = known, "took over publishers' documents");
        }
    }
    if let Some(folder) = &config.catalogue.folder {
        let imported =
            registry::folder(cx, folder).await.context("the catalogue's folder cannot be imported")?;
        let new = imported.iter().filter(|one| one.found == Found::New).count();
        tracing::info!(folder = %folder.display(), bundles = imported.len(), new, "imported the catalogue's folder");
        for one in imported {
            if let Found::Refused(why) = one.found {
                let (code, reason) = (why.code, why.reason);
                tracing::warn!(app = one.app, version = one.version, code, reason, "a bundle is left out");
            }
        }
    }
    Ok(())
}

/// The process's provider of cryptography.
pub fn crypto_provider() -> Arc<CryptoProvider> {
    // An error says that one is installed already, which can only be the same.
    let _ = aws_lc_rs::default_provider().install_default();
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()))
}

struct Bound {
    api: Option<TcpListener>,
    agents: Option<TcpListener>,
    ops: TcpListener,
}

impl Bound {
    fn bind(config: &Config, roles: &Roles) -> anyhow::Result<Self> {
        let bind = |name: &str, address: SocketAddr| {
            listener::bind(address).with_context(|| format!("{name}.listen: cannot listen on {address}"))
        };
        Ok(Self {
            api: roles.has(Role::Api).then(|| bind("api", config.api.listen)).transpose()?,
            agents: roles.has(Role::Agents).then(|| bind("agents", config.agents.listen)).transpose()?,
            ops: bind("ops", config.ops.listen)?,
        })
    }

    fn addresses(&self) -> std::io::Result<Addresses> {
        Ok(Addresses {
            api: self.api.as_ref().map(TcpListener::local_addr).transpose()?,
            agents: self.agents.as_ref().map(TcpListener::local_addr).transpose()?,
            ops: self.ops.local_addr()?,
        })
    }
}

fn share(
    config: &Config,
    db: PgPool,
    kms: Kms,
    keys: FleetKeys,
    agents_address: String,
    clock: Clock,
) -> anyhow::Result<Shared> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)?;
    let mut replica = [0; 16];
    getrandom::fill(&mut replica)?;
    Ok(Shared {
        db,
        kms,
        keys,
        waker: Default::default(),
        denials: Default::default(),
        connections: Default::default(),
        heartbeats: Default::default(),
        projects: Default::default(),
        catalogue: Default::default(),
        bundles: Default::default(),
        publishers: Default::default(),
        api_keys: Default::default(),
        metrics: Default::default(),
        draining: CancellationToken::new(),
        clock,
        replica: uuid::Builder::from_random_bytes(replica).into_uuid(),
        lost_after: config.timings.lost_after,
        agents_address,
        rng: Mutex::new(StdRng::from_seed(*seed)),
    })
}

/// Where agents find this control plane.
fn advertised(config: &Config, listener: Option<&TcpListener>) -> anyhow::Result<String> {
    if let Some(advertise) = &config.agents.advertise {
        return Ok(advertise.clone());
    }
    let listen = listener.map(TcpListener::local_addr).transpose()?.unwrap_or(config.agents.listen);
    if listen.ip().is_unspecified() {
        Ok(format!("{}:{}", host_name(), listen.port()))
    } else {
        Ok(listen.to_string())
    }
}

fn names(config: &Config, keys: &FleetKeys, agents_address: &str) -> ServerNames {
    let uri = purvey_contract::identity::control_plane_spiffe_id(keys.trust_domain(), keys.cell().as_str());
    let advertised = agents_address.rsplit_once(':').map_or(agents_address, |(host, _)| host);
    let mut names = ServerNames { uri, ..ServerNames::default() };
    let own = host_name();
    let fixed = ["localhost", "127.0.0.1", "::1", own.as_str(), advertised];
    for name in fixed.into_iter().chain(config.api.names.iter().map(String::as_str)) {
        match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if !names.addresses.contains(&address) => names.addresses.push(address),
            Err(_) if !names.dns.iter().any(|known| known == name) => names.dns.push(name.to_owned()),
            _ => {}
        }
    }
    let listen = config.api.listen.ip();
    if !listen.is_unspecified() && !names.addresses.contains(&listen) {
        names.addresses.push(listen);
    }
    names
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() || name == "(none)" { "localhost".to_owned() } else { name.to_ascii_lowercase() }
}
