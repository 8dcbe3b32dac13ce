//! Group commit without a timer: while one batch commits, the next one gathers; it starts when the last has ended.
//!
//! The queue is bounded in bytes. Whoever submits waits for room, never for the database.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::error::Error;

/// A handle to submit by. Cheap to clone.
pub struct Lane<T> {
    queue: mpsc::UnboundedSender<Item<T>>,
    budget: Arc<Semaphore>,
    budget_bytes: u32,
}

impl<T> Clone for Lane<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), budget: Arc::clone(&self.budget), budget_bytes: self.budget_bytes }
    }
}

struct Item<T> {
    value: T,
    // Held until the item's batch has committed.
    _room: OwnedSemaphorePermit,
}

/// The other end: what a batch is taken from.
pub struct Batches<T> {
    queue: mpsc::UnboundedReceiver<Item<T>>,
    limit: usize,
}

/// A lane whose queue holds at most `budget_bytes`, in batches of at most `limit` items.
pub fn lane<T>(budget_bytes: u32, limit: usize) -> (Lane<T>, Batches<T>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let budget = Arc::new(Semaphore::new(budget_bytes as usize));
    (Lane { queue: sender, budget, budget_bytes }, Batches { queue: receiver, limit })
}

impl<T> Lane<T> {
    /// Submits a value of about so many bytes. Waits while the queue is full; fails once the lane is closed.
    pub async fn submit(&self, value: T, bytes: usize) -> Result<(), Error> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, self.budget_bytes);
        let room =
            Arc::clone(&self.budget).acquire_many_owned(bytes).await.map_err(|_| Error::Unavailable(None))?;
        self.queue.send(Item { value, _room: room }).map_err(|_| Error::Unavailable(None))
    }
}

/// What writes a lane's batches.
pub trait Writer<T>: Send + Sync {
    /// Makes a batch durable as a whole, or not at all.
    fn write(&self, batch: &[T]) -> impl Future<Output = Result<(), Error>> + Send;

    /// Hears of an item that cannot be stored even by itself.
    fn give_up(&self, item: &T, error: &Error);
}

impl<T: Send + Sync> Batches<T> {
    /// Writes batches until the last [`Lane`] is gone and the queue is empty. A batch is written again while the database is
    /// away, and in halves if it fails as a whole, so that one bad item never takes others with it.
    pub async fn run(mut self, writer: &impl Writer<T>) {
        let mut items = Vec::new();
        while self.queue.recv_many(&mut items, self.limit).await > 0 {
            let (values, rooms): (Vec<T>, Vec<OwnedSemaphorePermit>) =
                items.drain(..).map(|item| (item.value, item._room)).unzip();
            let mut parts = vec![&values[..]];
            while let Some(part) = parts.pop() {
                let mut pause = std::time::Duration::from_millis(10);
                loop {
                    match writer.write(part).await {
                        Ok(()) => break,
                        Err(error) if error.is_transient() => {
                            tracing::warn!(error = %Chain(&error), items = part.len(), "a batch waits for the database");
                            tokio::time::sleep(pause).await;
                            pause = (pause * 2).min(std::time::Duration::from_secs(1));
                        }
                        Err(error) if part.len() == 1 => {
                            tracing::error!(error = %Chain(&error), "a report cannot be stored");
                            writer.give_up(&part[0], &error);
                            break;
                        }
                        Err(_) => {
                            let (first, second) = part.split_at(part.len() / 2);
                            parts.push(second);
                            parts.push(first);
                            break;
                        }
                    }
                }
            }
            drop(rooms);
        }
    }
}

/// An error with all its sources, for logs.
pub struct Chain<'e>(pub &'e dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fails on the number 5, and as often as it is told that the database is away.
    #[derive(Default)]
    struct Recorder {
        away: AtomicU32,
        written: Mutex<Vec<u32>>,
        given_up: Mutex<Vec<u32>>,
    }

    impl Writer<u32> for Recorder {
        async fn write(&self, batch: &[u32]) -> Result<(), Error> {
            if self.away.load(Ordering::SeqCst) > 0 {
                self.away.fetch_sub(1, Ordering::SeqCst);
                return Err(Error::Unavailable(None));
            }
            if batch.contains(&5) {
                return Err(Error::internal("five"));
            }
            self.written.lock().unwrap().extend_from_slice(batch);
            Ok(())
        }

        fn give_up(&self, item: &u32, _: &Error) {
            self.given_up.lock().unwrap().push(*item);
        }
    }

    async fn run(recorder: &Recorder, items: impl IntoIterator<Item = u32>) {
        let (lane, batches) = lane::<u32>(1000, 100);
        for item in items {
            lane.submit(item, 10).await.unwrap();
        }
        drop(lane);
        batches.run(recorder).await;
    }

    #[tokio::test]
    async fn one_bad_item_does_not_take_the_others_with_it() {
        let recorder = Recorder::default();
        run(&recorder, 0..8).await;
        assert_eq!(*recorder.written.lock().unwrap(), [0, 1, 2, 3, 4, 6, 7]);
        assert_eq!(*recorder.given_up.lock().unwrap(), [5]);
    }

    #[tokio::test]
    async fn a_batch_is_repeated_while_the_database_is_away() {
        let recorder = Recorder { away: AtomicU32::new(3), ..Recorder::default() };
        run(&recorder, [1, 2]).await;
        assert_eq!(*recorder.written.lock().unwrap(), [1, 2]);
        assert!(recorder.given_up.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_in_bytes() {
        let (lane, _batches) = lane::<u32>(100, 100);
        lane.submit(1, 60).await.unwrap();
        let waits = tokio::time::timeout(std::time::Duration::from_millis(20), lane.submit(2, 60)).await;
        assert!(waits.is_err());
    }
}
