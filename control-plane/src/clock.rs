//! This replica's clock, for what is not durable: certificates that are shown, challenges, deadlines of calls. Whatever is
//! stored takes the database's time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use time::OffsetDateTime;

/// A cheap handle; all handles to one clock show the same.
#[derive(Clone, Default)]
pub struct Clock {
    shifted_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The time.
    #[expect(clippy::disallowed_methods, reason = "the one place where it is read")]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + time::Duration::seconds(self.shifted_seconds.load(Ordering::Relaxed))
    }

    /// Moves the clock by so many seconds, for tests.
    pub fn shift(&self, seconds: i64) {
        self.shifted_seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now().unix_timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
