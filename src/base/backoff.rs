//! Growing, jittered delay between attempts to reach a host.

use std::time::Duration;

/// The delay before attempt number `attempt` (the first retry is 1): doubling from one second to
/// a minute, of which `jitter` (0.0 to 1.0) chooses a point in the upper half, so that many
/// hosts that went away together do not come back together.
pub fn delay(attempt: u32, jitter: f64) -> Duration {
    let ceiling = 2f64
        .powi(i32::try_from(attempt.saturating_sub(1).min(6)).unwrap_or(6))
        .min(60.0);
    Duration::from_secs_f64(ceiling / 2.0 + ceiling / 2.0 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounded_and_growing(attempt in 1u32..10_000, jitter in 0.0f64..=1.0) {
            let this = delay(attempt, jitter);
            prop_assert!(this >= Duration::from_millis(500));
            prop_assert!(this <= Duration::from_mins(1));
            prop_assert!(delay(attempt + 1, jitter) >= this);
        }
    }
}
