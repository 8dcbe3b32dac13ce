//! The control plane as a process of its own. The runtime is made here and not in `main.rs`, so that every future is
//! compiled once, with this crate.

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use super::{App, Roles, connect};
use crate::config::Config;

/// Serves until SIGTERM or SIGINT, then drains; a second signal ends the draining.
///
/// # Errors
/// Whatever is missing or wrong at the start, or a part without which nothing works has failed.
pub fn serve(config: &Config, roles: Roles) -> anyhow::Result<()> {
    runtime()?.block_on(until_a_signal(config, roles))
}

/// Brings the database up to this version.
///
/// # Errors
/// It cannot be reached, or has something else in it.
pub fn migrate(config: &Config) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let (_, direct) = connect(&config.database).await?;
        super::database::migrate(&direct).await
    })
}

async fn until_a_signal(config: &Config, roles: Roles) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let app = tokio::select! {
        app = Box::pin(App::start(config, roles)) => app?,
        () = either(&mut terminate, &mut interrupt) => return Ok(()),
    };
    let signals = Mutex::new((terminate, interrupt));
    let next = || async {
        let mut signals = signals.lock().await;
        let (terminate, interrupt) = &mut *signals;
        either(terminate, interrupt).await;
    };
    app.run_until(next(), next()).await
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}
