//! Where agents' reports become durable: acceptances, progress and receipts in one lane, output in another, each by group
//! commit. Replies leave after the commit, never before.
//!
//! Persisted: transitions of jobs and attempts, receipts with their countersignature, log chunks.

mod control;
mod output;

use purvey_contract::id::{Digest, JobId};
use purvey_contract::receipt::Receipt;
use tokio::sync::mpsc;

use super::group_commit::{Batches, Lane, lane};
use super::sessions::Agent;
use crate::ctx::Ctx;
use crate::error::Error;

pub use control::verify_receipt;

/// Output may queue up to here before streams are no longer read.
const LOG_QUEUE_BYTES: u32 = 32 << 20;
const CONTROL_QUEUE_BYTES: u32 = 16 << 20;
/// Items in a transaction.
const BATCH: usize = 500;
/// A receipt's envelope may be this large: 100 outputs of a script take 64 KiB.
pub const MAX_RECEIPT_BYTES: usize = 256 << 10;
/// A chunk's payload may be this large.
pub const MAX_CHUNK_BYTES: usize = 80 << 10;

/// What goes down a report stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An acceptance was taken in.
    Accepted {
        /// The job.
        job: JobId,
        /// The attempt.
        attempt: u32,
        /// Whether the attempt no longer counts and must stop.
        stop: bool,
    },
    /// Chunks up to here are durable.
    Logged {
        /// The job.
        job: JobId,
        /// The attempt.
        attempt: u32,
        /// The highest of them.
        chunk_seq: u64,
    },
    /// A receipt is durable, or will never be wanted.
    Received {
        /// The job; none if the receipt could not be matched to one.
        job: Option<JobId>,
        /// The attempt.
        attempt: Option<u32>,
        /// The countersignature, or why there is none.
        outcome: Result<Vec<u8>, &'static str>,
    },
    /// Stop this attempt.
    Cancel {
        /// The job.
        job: JobId,
        /// The attempt.
        attempt: u32,
    },
    /// Open the stream elsewhere.
    GoAway,
    /// A newer session has begun.
    Replaced,
}

/// What comes up a report stream and decides a job's way.
#[derive(Clone, Debug)]
pub struct Control {
    /// Who says it.
    pub agent: Agent,
    /// What is said.
    pub event: ControlEvent,
    /// Where the reply goes.
    pub replies: mpsc::UnboundedSender<Reply>,
}

/// What an agent says of an attempt.
#[derive(Clone, Debug)]
pub enum ControlEvent {
    /// It is in the journal.
    Accepted {
        /// The job.
        job: JobId,
        /// The attempt.
        attempt: u32,
        /// SHA-256 of the signed payload.
        job_digest: Digest,
    },
    /// How far it is.
    Progress {
        /// The job.
        job: JobId,
        /// The attempt.
        attempt: u32,
        /// 0 to 100.
        percent: u32,
        /// For people.
        message: String,
    },
    /// It is over, and what should say how does not verify. Nothing better will come: the attempt is lost.
    BadReceipt {
        /// The job, as the message named it.
        job: JobId,
        /// The attempt.
        attempt: u32,
        /// What is wrong with the receipt.
        why: String,
    },
    /// It is over.
    Receipt {
        /// The envelope as it came (JSON), its signature verified.
        envelope: Vec<u8>,
        /// What it says.
        receipt: Box<Receipt>,
        /// SHA-256 of its payload.
        digest: Digest,
    },
}

/// A piece of output.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Whose.
    pub agent: Agent,
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: u32,
    /// From 1, without gaps.
    pub chunk_seq: u64,
    /// The number of its first line.
    pub first_line: u64,
    /// How many lines it has.
    pub lines: u32,
    /// The bytes as they came.
    pub payload: Vec<u8>,
    /// Where the reply goes.
    pub replies: mpsc::UnboundedSender<Reply>,
}

/// A handle to submit reports by. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    control: Lane<Control>,
    output: Lane<Chunk>,
}

/// The writers' ends.
pub struct Writers {
    control: Batches<Control>,
    output: Batches<Chunk>,
}

impl Reports {
    /// The handle and its writers, which [`Writers::run`] until the last handle is gone.
    pub fn new() -> (Self, Writers) {
        let (control, control_batches) = lane(CONTROL_QUEUE_BYTES, BATCH);
        let (output, output_batches) = lane(LOG_QUEUE_BYTES, BATCH);
        (Self { control, output }, Writers { control: control_batches, output: output_batches })
    }

    /// Submits what decides a job's way.
    pub async fn control(&self, control: Control) -> Result<(), Error> {
        let bytes = match &control.event {
            ControlEvent::Receipt { envelope, .. } => 512 + 2 * envelope.len(),
            ControlEvent::Accepted { .. }
            | ControlEvent::Progress { .. }
            | ControlEvent::BadReceipt { .. } => 512,
        };
        self.control.submit(control, bytes).await
    }

    /// Submits output. Waits while too much of it is unwritten.
    pub async fn output(&self, chunk: Chunk) -> Result<(), Error> {
        let bytes = 256 + chunk.payload.len();
        self.output.submit(chunk, bytes).await
    }
}

impl Writers {
    /// Writes until the last [`Reports`] is gone.
    pub async fn run(self, cx: &Ctx) {
        let (control, output) = (control::ControlWriter(cx), output::OutputWriter(cx));
        tokio::join!(self.control.run(&control), self.output.run(&output));
    }
}
