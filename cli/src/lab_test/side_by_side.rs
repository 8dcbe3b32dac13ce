//! Runs go on side by side, as many as the machine allows.

use std::collections::BTreeSet;
use std::sync::Mutex;

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use super::app::App;
use super::live::Live;
use super::results::AppResults;
use super::runs::{self, Run};
use super::scenario::Scenario;
use super::world::World;

/// What a server takes by itself, in MiB.
const SERVER: u32 = 64;
/// What an app takes if it does not say.
const APP: u32 = 512;

/// Runs all that is open, and adds what comes of it to the results. The longest first.
pub(crate) async fn go(
    world: &World,
    apps: &[App],
    asked: &BTreeSet<Scenario>,
    live: &Live,
    jobs: Option<u8>,
    keep: bool,
    results: &mut [AppResults],
) {
    let mut planned = Vec::new();
    for (index, app) in apps.iter().enumerate() {
        let wanted = results[index].open(asked);
        planned.extend(Run::needed(app, &wanted).into_iter().map(|run| (index, app, wanted.clone(), run)));
    }
    // Lives take longest; what begins last should be short.
    planned.sort_by_key(|(_, app, _, run)| (*run == Run::Gate, std::cmp::Reverse(memory_of(app))));
    let room = room();
    let memory = Semaphore::new(room as usize);
    let found = Mutex::new(results);
    stream::iter(planned)
        .for_each_concurrent(slots(jobs), |(index, app, wanted, run)| {
            let (memory, found) = (&memory, &found);
            async move {
                let needed = memory_of(app).min(room);
                let Ok(_held) = memory.acquire_many(needed).await else { return };
                let outcomes = Box::pin(runs::go(world, app, live, &run, &wanted, keep)).await;
                let mut results = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for (scenario, outcome) in outcomes {
                    results[index].add(scenario, outcome);
                }
            }
        })
        .await;
}

fn slots(asked: Option<u8>) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.map_or(processors.max(2), usize::from)
}

fn memory_of(app: &App) -> u32 {
    SERVER + app.lifecycle.server.memory_mb.unwrap_or(APP)
}

/// The memory that may be used, in MiB: three quarters of what is free now.
fn room() -> u32 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB"));
    let kibibytes = line.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or(2 << 20);
    u32::try_from(kibibytes / 1024 * 3 / 4).unwrap_or(u32::MAX >> 4).max(SERVER + APP)
}
