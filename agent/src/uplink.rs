//! What goes up on a `Report` stream: everything that is not acknowledged, in order, within the credit.
//!
//! What was sent is known per stream only. A new stream begins anew from journal and spool, so that nothing depends on
//! what became of the last one.

use std::collections::{BTreeMap, VecDeque};

use purvey_proto::agent::report_request::Event;
use purvey_proto::agent::{Accepted, LogAck, LogChunk, Progress, Receipt, ReportOpen, ReportRequest};
use tokio::sync::mpsc;

use crate::attempts::Agent;
use crate::exec::outputs;
use crate::failpoint;
use crate::journal::AttemptId;
use crate::spool::Cursor;

/// Messages that may wait for the network. A chunk has up to 80 KiB.
const WAITING: usize = 4;

/// One stream.
pub struct Uplink {
    sender: mpsc::Sender<ReportRequest>,
    sent: BTreeMap<AttemptId, Sent>,
    /// The credit that each attempt begins with; none before the stream was opened.
    credit: Option<u64>,
    is_full: bool,
}

#[derive(Default)]
struct Sent {
    accepted: bool,
    cursor: Option<Cursor>,
    in_flight: VecDeque<(u64, u64)>,
    in_flight_bytes: u64,
    credit: u64,
    receipt: bool,
    progress: Option<outputs::Progress>,
}

impl Uplink {
    /// Begins a stream of the session. The receiver's messages are the call's.
    pub fn begin(session_epoch: u64) -> (Self, mpsc::Receiver<ReportRequest>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        // The queue is empty: there is room.
        let _ = sender.try_send(ReportRequest { event: Some(Event::Open(ReportOpen { session_epoch })) });
        (Self { sender, sent: BTreeMap::new(), credit: None, is_full: false }, receiver)
    }

    /// The stream was opened.
    pub fn opened(&mut self, credit: u64) {
        self.credit = Some(credit);
    }

    /// Waits for room, if the last [`Self::pump`] found none.
    pub async fn room(&mut self) {
        if self.is_full && self.sender.reserve().await.is_ok() {
            self.is_full = false;
            return;
        }
        std::future::pending().await
    }

    /// Chunks are durable: answers the attempt and how many bytes they had.
    pub fn acknowledged(&mut self, ack: &LogAck) -> Option<(AttemptId, u64)> {
        let id = AttemptId::from_wire(ack.attempt.as_ref()?)?;
        let sent = self.sent.get_mut(&id)?;
        sent.credit = ack.credit_bytes;
        let mut bytes = 0;
        while let Some((_, length)) = sent.in_flight.pop_front_if(|(chunk, _)| *chunk <= ack.chunk_seq) {
            bytes += length;
        }
        sent.in_flight_bytes -= bytes;
        Some((id, bytes))
    }

    /// Sends what can be sent now.
    pub fn pump(&mut self, agent: &mut Agent) {
        let Some(credit) = self.credit else { return };
        agent.write_receipts();
        self.sent.retain(|id, _| agent.live.contains_key(id));
        for id in std::mem::take(&mut agent.again) {
            if let Some(sent) = self.sent.get_mut(&id) {
                (sent.accepted, sent.receipt) = (false, false);
            }
        }
        while let Some(answer) = agent.answers.pop() {
            if !self.send(Event::Receipt(answer.clone())) {
                agent.answers.push(answer);
                return;
            }
        }
        let ids: Vec<AttemptId> = agent.live.keys().copied().collect();
        for id in ids {
            let mut sent = self.sent.remove(&id).unwrap_or_else(|| Sent { credit, ..Sent::default() });
            let went = self.pump_attempt(id, &mut sent, agent);
            self.sent.insert(id, sent);
            if went.is_none() {
                return;
            }
        }
    }

    /// Sends what can be sent of an attempt; none if the queue is full.
    fn pump_attempt(&mut self, id: AttemptId, sent: &mut Sent, agent: &Agent) -> Option<()> {
        let live = agent.live.get(&id)?;
        let entry = agent.journal.get(id);
        if let Some(entry) = entry.filter(|entry| entry.accepted && !sent.accepted) {
            let accepted = Accepted { attempt: Some(id.to_wire()), job_digest: entry.job_digest.0.to_vec() };
            self.deliver(Event::Accepted(accepted))?;
            sent.accepted = true;
            failpoint::reached(failpoint::ACCEPTED_SENT);
        }
        if live.progress != sent.progress
            && let Some(outputs::Progress { percent, message }) = &live.progress
        {
            let progress =
                Progress { attempt: Some(id.to_wire()), percent: *percent, message: message.clone() };
            self.deliver(Event::Progress(progress))?;
            sent.progress.clone_from(&live.progress);
        }
        self.pump_log(id, sent, agent)?;
        if !sent.receipt
            && let Some(receipt) = entry.and_then(|entry| entry.receipt.as_ref())
        {
            let receipt = Receipt { attempt: Some(id.to_wire()), envelope: receipt.clone().into_bytes() };
            self.deliver(Event::Receipt(receipt))?;
            sent.receipt = true;
            failpoint::reached(failpoint::RECEIPT_SENT);
        }
        Some(())
    }

    fn pump_log(&mut self, id: AttemptId, sent: &mut Sent, agent: &Agent) -> Option<()> {
        let Some(spool) = agent.live.get(&id).and_then(|live| live.spool.as_ref()) else {
            return Some(());
        };
        // A chunk larger than the credit must go as well, or nothing ever would.
        while sent.in_flight_bytes < sent.credit.max(1) {
            if self.sender.capacity() == 0 {
                self.is_full = true;
                return None;
            }
            let next = spool.with(|spool| {
                let cursor = sent.cursor.get_or_insert_with(|| spool.reader());
                let next = spool.read(cursor)?;
                if next.is_some() {
                    spool.sync()?;
                }
                Ok::<_, std::io::Error>(next)
            });
            let (chunk_seq, payload) = match next {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, job.id = %id.job, "a log cannot be read");
                    break;
                }
            };
            failpoint::reached(failpoint::CHUNK_DURABLE);
            let length = payload.len() as u64;
            let payload = payload.into();
            self.deliver(Event::LogChunk(LogChunk { attempt: Some(id.to_wire()), chunk_seq, payload }))?;
            failpoint::reached(failpoint::CHUNK_SENT);
            sent.in_flight.push_back((chunk_seq, length));
            sent.in_flight_bytes += length;
        }
        Some(())
    }

    fn deliver(&mut self, event: Event) -> Option<()> {
        self.send(event).then_some(())
    }

    fn send(&mut self, event: Event) -> bool {
        let sent = self.sender.try_send(ReportRequest { event: Some(event) });
        if sent.is_err() {
            // Also if the stream is gone: the session finds that out by itself.
            self.is_full = true;
        }
        sent.is_ok()
    }
}
