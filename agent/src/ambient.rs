//! The clock and the randomness of the host, passed in so that tests can choose them.

#![expect(clippy::disallowed_methods, reason = "the one place that asks the host")]

use std::time::Instant;

use time::OffsetDateTime;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The wall clock, which somebody may set.
    fn now(&self) -> OffsetDateTime;

    /// The clock that only goes forward.
    fn monotonic(&self) -> Instant;
}

/// Gives random bytes that nobody can predict.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// The system has no randomness to give.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}

/// The host's own clock and randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host;

impl Clock for Host {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}

impl Random for Host {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(buffer).map_err(std::io::Error::other)
    }
}

/// A fraction, evenly spread over 0 to 1: for jitter.
pub fn fraction(random: &dyn Random) -> f64 {
    let mut bytes = [0; 4];
    // Jitter only spreads load; without randomness the middle will do.
    random.fill(&mut bytes).map_or(0.5, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}
