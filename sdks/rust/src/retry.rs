//! When to try again: exponential backoff with full jitter. The only place that knows the `backoff` crate.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

/// How calls are repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a unary call is tried at most; 1 means once. Followers are bounded by time instead.
    pub max_attempts: u32,
    /// The upper bound of the first pause; it doubles with every failure.
    pub base: Duration,
    /// No pause is longer, unless the server asks for it.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 5, base: Duration::from_millis(200), cap: Duration::from_secs(10) }
    }
}

impl RetryPolicy {
    /// The pauses of one series of failures.
    pub fn backoff(&self) -> Backoff {
        // The crate draws from `interval ± factor * interval`: half the bound with factor 1 is `0..=bound`, full jitter.
        let mut inner = ExponentialBackoff {
            initial_interval: self.base / 2,
            max_interval: self.cap / 2,
            multiplier: 2.0,
            randomization_factor: 1.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        inner.reset();
        Backoff(inner)
    }
}

/// The pauses of one series of failures.
#[derive(Debug)]
pub struct Backoff(ExponentialBackoff);

impl Backoff {
    /// The next pause, and no shorter than the server asks for.
    pub fn pause(&mut self, at_least: Option<Duration>) -> Duration {
        let pause = self.0.next_backoff().unwrap_or(self.0.max_interval);
        pause.max(at_least.unwrap_or_default())
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_under_a_doubling_bound_and_under_the_cap() {
        let policy = RetryPolicy::default();
        for _ in 0..200 {
            let mut backoff = policy.backoff();
            for failure in 0..12 {
                let bound = (policy.base * 2_u32.pow(failure)).min(policy.cap);
                assert!(backoff.pause(None) <= bound + Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn the_server_s_wish_is_the_lower_bound() {
        assert!(
            RetryPolicy::default().backoff().pause(Some(Duration::from_secs(60))) >= Duration::from_secs(60)
        );
    }
}
