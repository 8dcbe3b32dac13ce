//! What every verb gets first: who calls, and the parts of the process that it may use.

use std::sync::Arc;

use rand::rngs::StdRng;
use sqlx::{PgPool, Postgres, Transaction};
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::Error;
use crate::fleet::api_keys::KeyCache;
use crate::fleet::apps::Catalogue;
use crate::fleet::audit::Denials;
use crate::fleet::connections::Connections;
use crate::fleet::heartbeats::Heartbeats;
use crate::fleet::projects::Projects;
use crate::fleet::waker::Waker;
use crate::kms::Kms;
use crate::metrics::Metrics;
use crate::pki::FleetKeys;
use crate::policy::{Permission, Principal, Resource};
use crate::registry::{BundleCache, Publishers};

/// The parts that all callers share. Cheap to clone through its [`Arc`].
pub struct Shared {
    /// The store.
    pub db: PgPool,
    /// Wraps and unwraps what must not lie in the store in clear.
    pub kms: Kms,
    /// The fleet's keys, unwrapped.
    pub keys: FleetKeys,
    /// Tells parked agents and followers that something changed.
    pub waker: Waker,
    /// Counts refusals until they are written.
    pub denials: Denials,
    /// Agents' live connections to this replica.
    pub connections: Connections,
    /// How agents' machines fare, until it is written.
    pub heartbeats: Heartbeats,
    /// Projects that were read.
    pub projects: Projects,
    /// App versions that were read.
    pub catalogue: Catalogue,
    /// Bundles that were read.
    pub bundles: BundleCache,
    /// Publishers that were read.
    pub publishers: Publishers,
    /// API keys that were checked.
    pub api_keys: KeyCache,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Cancelled when this replica drains: whoever waits answers now.
    pub draining: CancellationToken,
    /// This replica's clock, for what is not durable.
    pub clock: Clock,
    /// This replica, for sessions and leadership.
    pub replica: uuid::Uuid,
    /// How long an accepted attempt may be silent past its timeout.
    pub lost_after: std::time::Duration,
    /// The agents' listener as agents reach it (`host:port`).
    pub agents_address: String,
    /// Randomness; seeded in tests.
    pub rng: Mutex<StdRng>,
}

/// One call: who makes it, and what it may use.
#[derive(Clone)]
pub struct Ctx {
    /// Who calls.
    pub principal: Principal,
    shared: Arc<Shared>,
}

impl std::ops::Deref for Ctx {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    /// Begins a transaction, however soon its caller goes away.
    ///
    /// sqlx 0.9 forgets a BEGIN whose caller is dropped while it is on its way, as every handler of a call that is cut off is:
    /// the connection would come back into the pool inside a transaction that nobody knows of and nobody commits. So it is
    /// seen to its end by itself, and ends with a rollback if nobody waits for it any more.
    ///
    /// # Errors
    /// The database is away.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let db = self.db.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "it must not end with its caller; the pool bounds how long it takes"
        )]
        let begun = tokio::spawn(async move { db.begin().await });
        begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl Ctx {
    /// A call by that principal.
    pub fn new(shared: Arc<Shared>, principal: Principal) -> Self {
        Self { principal, shared }
    }

    /// The control plane's own call.
    pub fn system(shared: Arc<Shared>) -> Self {
        Self::new(shared, Principal::System)
    }

    /// The same parts for somebody else.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Lets the call go on, or fails with [`Error::PermissionDenied`]. The only place where that is decided.
    pub fn authorize(&self, permission: Permission, resource: &impl Resource) -> Result<(), Error> {
        if self.principal.may(permission, resource.scope()) {
            return Ok(());
        }
        self.denials.count(&self.principal, permission, resource.scope());
        Err(Error::PermissionDenied { permission: permission.as_str(), resource: resource.describe() })
    }

    /// How long past its timeout an accepted attempt may be silent.
    pub fn lost_after(&self) -> time::Duration {
        time::Duration::try_from(self.lost_after).unwrap_or(time::Duration::HOUR)
    }

    /// A number in [0, 1), for jitter.
    pub fn jitter(&self) -> f64 {
        use rand::RngExt as _;
        self.with_rng(|rng| rng.random())
    }

    /// Fills the buffer with fresh random bytes.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        use rand::Rng as _;
        self.with_rng(|rng| rng.fill_bytes(bytes));
    }

    /// Fresh random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        use rand::Rng as _;
        self.with_rng(|rng| {
            let mut bytes = [0; N];
            rng.fill_bytes(&mut bytes);
            bytes
        })
    }

    fn with_rng<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        // A poisoned lock only means that another caller panicked while drawing: the generator is as good as before.
        draw(&mut self.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
