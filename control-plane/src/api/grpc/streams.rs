//! Server streams out of sources that are asked for more, again and again.

use std::future::Future;
use std::pin::Pin;

use futures_util::{Stream, StreamExt as _, stream};
use tonic::Status;

/// A server stream, as a service answers it.
pub(super) type Items<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What can be asked for more.
pub(super) trait Source: Send + 'static {
    /// What it gives.
    type Item: Send + 'static;

    /// The next items; none at the end. An error ends it as well.
    fn more(&mut self) -> impl Future<Output = Result<Option<Vec<Self::Item>>, Status>> + Send;
}

/// The stream of all that a source gives.
pub(super) fn items<S: Source>(source: S) -> Items<S::Item> {
    let asked = stream::unfold(Some(source), |source| async move {
        let mut source = source?;
        match source.more().await {
            Ok(Some(items)) => Some((items.into_iter().map(Ok).collect::<Vec<_>>(), Some(source))),
            Ok(None) => None,
            Err(error) => Some((vec![Err(error)], None)),
        }
    });
    Box::pin(asked.flat_map(stream::iter))
}
