//! When a host's counters are read. Pure.

use std::time::Duration;

use crate::base::time::Stamp;

/// A reading may take at most this part of the interval.
const SHARE: u32 = 10;
/// The longest interval that slowness alone leads to.
const LONGEST: Duration = Duration::from_mins(1);

/// The rhythm of one host's readings: never two at a time, and slower when they take long.
#[derive(Debug, Clone)]
pub struct Sampler {
    base: Duration,
    took: Duration,
    started: Option<Stamp>,
    next: Option<Stamp>,
    /// Where the next turn begins.
    at: usize,
    /// The present turn has come once already.
    again: bool,
    /// The driver has no bulk numbers.
    pub per_vm: bool,
    /// The driver has no numbers of the host.
    pub no_host: bool,
}

impl Sampler {
    /// Readings every `base` where that is possible.
    pub fn new(base: Duration) -> Self {
        Self {
            base,
            took: Duration::ZERO,
            started: None,
            next: None,
            at: 0,
            again: false,
            per_vm: false,
            no_host: false,
        }
    }

    /// Starts over with a new connection; the first reading is due at once.
    pub fn begin(&mut self, now: Stamp) {
        *self = Self::new(self.base);
        self.next = Some(now);
    }

    /// Stops until [`Sampler::begin`].
    pub fn stop(&mut self) {
        self.started = None;
        self.next = None;
    }

    /// Whether a reading is due and none is running.
    pub fn due(&self, now: Stamp) -> bool {
        self.started.is_none() && self.next.is_some_and(|next| now >= next)
    }

    /// When the next reading is due; `None` while one is running.
    pub fn next(&self) -> Option<Stamp> {
        self.next.filter(|_| self.started.is_none())
    }

    /// A reading has started.
    pub fn start(&mut self, now: Stamp) {
        self.started = Some(now);
    }

    /// The reading is over.
    pub fn done(&mut self, took: Duration, now: Stamp) {
        if let Some(started) = self.started.take() {
            self.took = took;
            // a rhythm that does not drift, and no catching up
            let from = self.next.filter(|next| now.since(*next) < self.base);
            self.next = Some(from.unwrap_or(started).after(self.interval()).max(now));
        }
    }

    /// The next `count` of these, in turn; each turn comes twice, because rates need two readings.
    pub fn turn<T: Copy + Ord>(&mut self, sorted: &[T], count: usize) -> Vec<T> {
        let from = self.at.min(sorted.len());
        let chosen: Vec<T> = sorted
            .iter()
            .cycle()
            .skip(from)
            .take(count.min(sorted.len()))
            .copied()
            .collect();
        if self.again {
            self.at = (from + count).checked_rem(sorted.len()).unwrap_or(0);
        }
        self.again = !self.again;
        chosen
    }

    /// The present interval.
    pub fn interval(&self) -> Duration {
        (self.took * SHARE).min(LONGEST).max(self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slow_readings_stretch_the_interval() {
        let mut sampler = Sampler::new(Duration::from_secs(2));
        sampler.begin(Stamp::from_millis(0));
        assert!(sampler.due(Stamp::from_millis(0)));
        sampler.start(Stamp::from_millis(0));
        assert!(!sampler.due(Stamp::from_millis(60_000)), "never two at a time");
        sampler.done(Duration::from_millis(500), Stamp::from_millis(500));
        assert_eq!(sampler.interval(), Duration::from_secs(5));
        assert_eq!(sampler.next(), Some(Stamp::from_millis(5000)));
        sampler.start(Stamp::from_millis(5000));
        sampler.done(Duration::from_millis(5), Stamp::from_millis(5005));
        assert_eq!(sampler.interval(), Duration::from_secs(2));
    }

    #[test]
    fn everyone_has_a_turn() {
        let mut sampler = Sampler::new(Duration::from_secs(2));
        let all: Vec<u32> = (0..10).collect();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let turn = sampler.turn(&all, 4);
            assert_eq!(turn.len(), 4);
            assert_eq!(turn, sampler.turn(&all, 4), "rates need two readings");
            seen.extend(turn);
        }
        assert_eq!(seen.len(), 10);
        assert_eq!(sampler.turn(&all[..2], 4).len(), 2);
        assert!(sampler.turn::<u32>(&[], 4).is_empty());
    }

    proptest! {
        #[test]
        fn readings_take_a_tenth_of_the_time(tooks in proptest::collection::vec(0u64..6000, 1..50)) {
            let mut sampler = Sampler::new(Duration::from_secs(2));
            let mut now = Stamp::from_millis(0);
            sampler.begin(now);
            for took in tooks {
                let took = Duration::from_millis(took);
                prop_assert!(sampler.due(now));
                sampler.start(now);
                let end = now.after(took);
                sampler.done(took, end);
                let next = sampler.next().unwrap();
                prop_assert!(next.since(now) >= took * SHARE || next.since(now) >= LONGEST);
                prop_assert!(next.since(now) >= Duration::from_secs(2));
                now = next;
            }
        }
    }
}
