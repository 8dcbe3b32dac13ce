//! How long to wait before trying again: exponentially longer, fully jittered, for ever.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

use crate::ambient::{Random, fraction};

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);
/// Full jitter may draw nothing at all; a peer that refuses at once must not be asked in a tight loop.
const LEAST: Duration = Duration::from_millis(50);

/// The pauses between attempts to reach the control plane.
#[derive(Debug)]
pub struct Pauses {
    envelope: ExponentialBackoff,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            envelope: ExponentialBackoff {
                current_interval: SHORTEST,
                initial_interval: SHORTEST,
                // The jitter is our own, so that tests can choose it.
                randomization_factor: 0.0,
                multiplier: 2.0,
                max_interval: LONGEST,
                // An agent never gives up.
                max_elapsed_time: None,
                ..ExponentialBackoff::default()
            },
        }
    }
}

impl Pauses {
    /// The next pause: anything up to an envelope that doubles to ten seconds.
    pub fn next(&mut self, random: &dyn Random) -> Duration {
        let envelope = self.envelope.next_backoff().unwrap_or(LONGEST);
        envelope.mul_f64(fraction(random)).max(LEAST)
    }

    /// Begins anew after a success.
    pub fn reset(&mut self) {
        self.envelope.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn pauses_double_to_ten_seconds_and_never_end() {
        let mut pauses = Pauses::default();
        let drawn: Vec<u128> = (0..50).map(|_| pauses.next(&Always(0xff)).as_millis()).collect();
        assert_eq!(&drawn[..7], &[250, 500, 1000, 2000, 4000, 8000, 10_000]);
        assert!(drawn[7..].iter().all(|pause| *pause == 10_000));
        pauses.reset();
        assert_eq!(pauses.next(&Always(0xff)).as_millis(), 250);
    }

    #[test]
    fn a_pause_is_anything_up_to_its_envelope_but_never_nothing() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.next(&Always(0)).as_millis(), 50);
        assert_eq!(pauses.next(&Always(0x7f)).as_millis(), 249);
    }
}
