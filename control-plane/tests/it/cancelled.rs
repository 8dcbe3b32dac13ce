//! Callers that go away in the middle of something leave nothing behind.

use std::time::Duration;

use control_plane::ctx::Ctx;

use crate::harness::TestApp;

/// When the transaction began in which this is asked.
const BEGAN: &str = "SELECT now()::text";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_transaction_was_never_awaited_comes_back_clean() {
    let app = TestApp::start().await;
    let cx = app.cx();
    for round in 0..100 {
        // Dropped after one to four looks: at the second or third, BEGIN is on its way.
        let mut begun = Box::pin(cx.begin());
        for _ in 0..=round % 4 {
            if futures_util::poll!(begun.as_mut()).is_ready() {
                break;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        drop(begun);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_all_idle(cx).await;
    }
}

/// Two statements outside of a transaction have one each.
async fn assert_all_idle(cx: &Ctx) {
    let mut held = Vec::new();
    for _ in 0..cx.db.size() {
        let mut connection = cx.db.acquire().await.unwrap();
        let first: String = sqlx::query_scalar(BEGAN).fetch_one(&mut *connection).await.unwrap();
        let second: String = sqlx::query_scalar(BEGAN).fetch_one(&mut *connection).await.unwrap();
        assert_ne!(first, second, "a connection of the pool is inside a transaction that nobody knows of");
        held.push(connection);
    }
}
