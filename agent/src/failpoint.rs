//! The named steps of a job's road, at each of which a test kills the agent. Only in builds for development: in released
//! ones [`reached`] is nothing at all.

/// A step. The name says what has just been done, or is about to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub &'static str);

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        $($(#[$doc])* pub const $name: Step = Step($text);)*
        /// All steps, in the order in which an attempt passes them.
        pub const ALL: &[Step] = &[$($name,)*];
    };
}

steps! {
    /// An offer has come; nothing of it was looked at.
    OFFERED = "offered",
    /// Its signature is good; nothing else was looked at.
    AUTHENTIC = "authentic",
    /// Every check has passed.
    JUDGED = "judged",
    /// There is a folder for its log.
    SPOOL_MADE = "spool-made",
    /// The journal's record of taking it on is written, not durable.
    TAKEN_WRITTEN = "taken-written",
    /// That record is durable; nobody was told.
    TAKEN_DURABLE = "taken-durable",
    /// `accepted` is on its way.
    ACCEPTED_SENT = "accepted-sent",
    /// The control plane has answered to `accepted`.
    ACCEPTED_ACKNOWLEDGED = "accepted-acknowledged",
    /// The bundle is unpacked.
    UNPACKED = "unpacked",
    /// The script runs.
    STARTED = "started",
    /// A chunk of its log is written, not durable.
    CHUNK_WRITTEN = "chunk-written",
    /// A chunk is durable; it was not sent.
    CHUNK_DURABLE = "chunk-durable",
    /// A chunk is on its way.
    CHUNK_SENT = "chunk-sent",
    /// A chunk is acknowledged; it is still here.
    CHUNK_ACKNOWLEDGED = "chunk-acknowledged",
    /// The script has ended; what it left behind has not.
    SCRIPT_ENDED = "script-ended",
    /// All of it has ended; nothing was noted.
    SCRIPT_GONE = "script-gone",
    /// What is installed is recorded.
    INSTALLED_RECORDED = "installed-recorded",
    /// The receipt is signed, and only in memory.
    RECEIPT_SIGNED = "receipt-signed",
    /// The journal's record of the end is written, not durable.
    ENDED_WRITTEN = "ended-written",
    /// That record is durable; the receipt was not sent.
    ENDED_DURABLE = "ended-durable",
    /// The receipt is on its way.
    RECEIPT_SENT = "receipt-sent",
    /// The receipt is acknowledged; nothing was noted.
    RECEIPT_ACKNOWLEDGED = "receipt-acknowledged",
    /// The journal's record of the delivery is written, not durable.
    DELIVERED_WRITTEN = "delivered-written",
    /// That record is durable.
    DELIVERED_DURABLE = "delivered-durable",
    /// The log has left the disk.
    LOG_REMOVED = "log-removed",
}

/// Kills the process without warning if it was started to be killed here.
#[cfg(debug_assertions)]
pub fn reached(step: Step) {
    if crate::config::killed_at().is_some_and(|name| name == step.0) {
        let own = rustix::process::getpid();
        let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached(_step: Step) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|step| step.0).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
