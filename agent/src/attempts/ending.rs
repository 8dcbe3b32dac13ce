//! From a script's end, or somebody's wish to see it end, to the moment when nothing of the attempt is left to do.

use std::fs;

use purvey_contract::receipt::Outcome;
use purvey_proto::agent::AttemptRef;

use super::Agent;
use crate::decisions::Ended;
use crate::exec::runner::Stop;
use crate::failpoint;
use crate::journal::AttemptId;
use crate::receipts::{self, Ending};

impl Agent {
    pub(super) fn ended(&mut self, id: AttemptId, ending: Ending) {
        self.decisions.ended(Ended::of(id, &ending));
        let digest = self.journal.get(id).map(|entry| entry.job_digest);
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        live.running = None;
        let succeeded = ending.outcome == Outcome::Succeeded;
        tracing::info!(
            job.id = %id.job, job.attempt = id.attempt, outcome = ending.outcome.as_str(), exit_code = ending.exit_code,
            reason = if succeeded { "" } else { ending.reason.as_str() }, "a job has ended"
        );
        let Some(digest) = digest else {
            // Forgotten while it ran.
            self.drop_log(id);
            self.live.remove(&id);
            return;
        };
        let receipt = receipts::sign(&self.identity, Some(id), digest, ending);
        failpoint::reached(failpoint::RECEIPT_SIGNED);
        self.unwritten.push((id, receipt));
        self.write_receipts();
    }

    /// Writes receipts to the journal. Those that cannot be written now, on a full disk, are kept and tried again; after a
    /// restart their attempts are reported as interrupted, which is what can be proven then.
    pub fn write_receipts(&mut self) {
        let receipts = std::mem::take(&mut self.unwritten);
        for (id, receipt) in receipts {
            match self.journal.end(id, receipt.clone()) {
                Ok(()) => self.is_unwritten_said = false,
                Err(error) => {
                    if !std::mem::replace(&mut self.is_unwritten_said, true) {
                        tracing::error!(%error, job.id = %id.job, "a receipt cannot be written; it is tried again");
                    }
                    self.unwritten.push((id, receipt));
                }
            }
        }
    }

    /// Somebody wants an attempt stopped.
    pub fn cancel(&mut self, attempt: &AttemptRef) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        if self.judging.remove(&id) {
            tracing::info!(job.id = %id.job, "a job is cancelled before it was accepted");
        }
        self.stop(id, Stop::Cancel);
    }

    /// The control plane considers an attempt ended, or never wanted it.
    pub fn forget(&mut self, attempt: &AttemptRef) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        self.judging.remove(&id);
        self.unwritten.retain(|(unwritten, _)| *unwritten != id);
        self.stop(id, Stop::Cancel);
        tracing::info!(job.id = %id.job, job.attempt = id.attempt, "an attempt is forgotten");
        if let Err(error) = self.journal.forget(id) {
            tracing::error!(%error, "the journal cannot be written");
        }
        // A running script still writes to its log; that goes when it ends.
        if self.live.get(&id).is_none_or(|live| live.running.is_none()) {
            self.drop_log(id);
            self.live.remove(&id);
        }
    }

    /// Stops a running script.
    pub fn stop(&self, id: AttemptId, why: Stop) {
        if let Some(running) = self.live.get(&id).and_then(|live| live.running.as_ref()) {
            running.send_replace(why);
        }
    }

    /// The control plane has the receipt, or does not want it.
    pub fn receipt_acknowledged(&mut self, attempt: &AttemptRef, rejected: &str) {
        let Some(id) = AttemptId::from_wire(attempt) else { return };
        if !rejected.is_empty() {
            tracing::warn!(job.id = %id.job, job.attempt = id.attempt, reason = rejected, "a receipt was not wanted");
            self.drop_log(id);
        }
        failpoint::reached(failpoint::RECEIPT_ACKNOWLEDGED);
        if self.journal.get(id).is_some_and(|entry| entry.receipt.is_some())
            && let Err(error) = self.journal.delivered(id)
        {
            tracing::error!(%error, "the journal cannot be written");
        }
        self.settle(id);
    }

    /// Chunks up to this one are durable elsewhere.
    pub fn log_acknowledged(&mut self, id: AttemptId, chunk: u64, bytes: u64) {
        failpoint::reached(failpoint::CHUNK_ACKNOWLEDGED);
        if let Some(spool) = self.live.get(&id).and_then(|live| live.spool.as_ref()) {
            spool.with(|spool| spool.acknowledge(chunk, bytes));
        }
        self.settle(id);
    }

    /// Lets go of an attempt of which nothing is left to do.
    pub fn settle(&mut self, id: AttemptId) {
        let Some(live) = self.live.get(&id) else { return };
        let reported = self.journal.get(id).is_none_or(|entry| entry.delivered);
        let drained = live.spool.as_ref().is_none_or(|spool| spool.with(|spool| spool.is_drained()));
        if live.running.is_none() && reported && drained {
            self.drop_log(id);
            self.live.remove(&id);
        }
    }

    fn drop_log(&mut self, id: AttemptId) {
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        if live.spool.take().is_none() {
            return;
        }
        if let Err(error) = fs::remove_dir_all(self.paths.spool(id.job, id.attempt)) {
            tracing::warn!(%error, job.id = %id.job, "a log cannot be removed");
        }
        failpoint::reached(failpoint::LOG_REMOVED);
    }
}
