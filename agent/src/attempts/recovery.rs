//! What a former run of the agent left unfinished: reported as interrupted, and never run again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::Arc;

use super::{Agent, Live};
use crate::decisions::Ended;
use crate::exec::orphans;
use crate::files;
use crate::journal::{AttemptId, Entry};
use crate::logs::{LogLimits, LogWriter, Masker, SharedSpool};
use crate::receipts::{self, Ending};
use crate::spool::Spool;

/// A log that nobody acknowledged for so long will not be wanted any more.
const KEEP_LOGS: time::Duration = time::Duration::days(7);

impl Agent {
    pub(super) async fn recover(&mut self) -> io::Result<()> {
        match fs::remove_dir_all(self.paths.attempts()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let now = self.clock.now();
        let entries: Vec<(AttemptId, Entry)> =
            self.journal.entries().map(|(id, entry)| (id, entry.clone())).collect();
        let known: BTreeSet<String> = entries
            .iter()
            .filter(|(_, entry)| !entry.delivered || now - entry.started < KEEP_LOGS)
            .map(|(id, _)| id.to_string())
            .collect();
        files::make_folder(&self.paths.spools(), 0o700)?;
        for spool in fs::read_dir(self.paths.spools())? {
            let spool = spool?;
            if !spool.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_dir_all(spool.path())?;
            }
        }
        for (id, entry) in entries {
            let path = self.paths.spool(id.job, id.attempt);
            let unfinished = entry.accepted && entry.receipt.is_none();
            if entry.delivered && !path.exists() {
                continue;
            }
            let spool = if unfinished || path.exists() {
                Some(SharedSpool::new(Spool::open(&path)?, Arc::clone(&self.grew)))
            } else {
                None
            };
            if let Some(spool) = spool.clone().filter(|_| unfinished) {
                self.interrupted(id, &entry, spool).await?;
            }
            self.live.insert(id, Live { spool, ..Live::default() });
            self.settle(id);
        }
        Ok(())
    }

    /// The agent ended while this attempt ran. It is reported, and never run again.
    async fn interrupted(&mut self, id: AttemptId, entry: &Entry, spool: SharedSpool) -> io::Result<()> {
        tracing::warn!(job.id = %id.job, job.attempt = id.attempt, "an attempt was interrupted by the agent's end");
        match self.runner.cgroups.as_ref().and_then(|cgroups| cgroups.leftover(id)) {
            Some(group) => {
                if let Err(error) = group.destroy().await {
                    tracing::error!(%error, job.id = %id.job, "what a former agent left running cannot be ended");
                }
            }
            None => drop(orphans::end(id, None).await),
        }
        let is_damaged = spool.with(|spool| spool.is_damaged());
        let mut log =
            LogWriter::new(spool, Arc::clone(&self.clock), Arc::new(Masker::default()), LogLimits::default());
        if is_damaged {
            tracing::error!(job.id = %id.job, "the log of an attempt was damaged on this host's disk");
            log.agent("some of this log was damaged on this server's disk and is lost");
        }
        log.agent("the agent ended while this ran and does not run it again: interrupted");
        let ending = Ending::interrupted(entry.started, self.clock.now(), log.finish());
        self.decisions.ended(Ended::of(id, &ending));
        let receipt = receipts::sign(&self.identity, Some(id), entry.job_digest, ending);
        self.journal.end(id, receipt)
    }
}
