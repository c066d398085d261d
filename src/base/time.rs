//! Time as plain values. Only [`Clock`] reads a clock; everything else is handed the moment.

use std::time::{Duration, Instant};

/// A moment on the monotonic clock, counted from the start of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp(pub Duration);

impl Stamp {
    /// Later than any moment: for what does not happen by itself.
    pub const NEVER: Self = Self(Duration::MAX);

    /// A moment so many milliseconds after the start; for tests and constants.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Stamp) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment plus a duration.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// The program's clock: cheap to copy, the same start everywhere it is handed to.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the monotonic clock")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The moment now.
    pub fn now(&self) -> Stamp {
        Stamp(self.start.elapsed())
    }
}

/// A duration as an admin reads it, at most three significant parts of text: `850ms`, `12s`,
/// `4m05s`, `3h20m`, `12d4h`.
pub fn short(duration: Duration) -> String {
    let secs = duration.as_secs();
    if secs == 0 {
        return format!("{}ms", duration.as_millis());
    }
    let (days, hours, minutes, seconds) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60, secs % 60);
    if days > 0 {
        format!("{days}d{hours}h")
    } else if hours > 0 {
        format!("{hours}h{minutes:02}m")
    } else if minutes > 0 {
        format!("{minutes}m{seconds:02}s")
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms() {
        for (millis, text) in [
            (0, "0ms"),
            (999, "999ms"),
            (12_000, "12s"),
            (245_000, "4m05s"),
            (12_000_000, "3h20m"),
            (1_051_200_000, "12d4h"),
        ] {
            assert_eq!(short(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn since_never_underflows() {
        let early = Stamp::from_millis(5);
        let late = Stamp::from_millis(9);
        assert_eq!(late.since(early), Duration::from_millis(4));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
