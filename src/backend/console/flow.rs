//! When the next frame may be sent: after the last one reached the terminal, and within the byte
//! budget. Also what the way to the terminal is like. Pure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::base::time::Stamp;

/// Frames sent so far. Numbers only grow while the program runs, over all sessions: a console that
/// goes to another host must not take a frame of its new session for an old one.
static FRAMES: AtomicU64 = AtomicU64::new(0);

/// Frames of fewer bytes say little about how fast the terminal takes them.
const TELLING: u32 = 16 * 1024;
/// A terminal that takes fewer bytes a second is slow: a large screen in all its colours, some
/// 200 kB, would take longer than anybody likes to wait for an echo.
const SLOW: f64 = 250_000.0;
/// And one that takes more than so many is not slow any more.
const FAST: f64 = 500_000.0;

/// What went to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Bytes.
    pub bytes: u32,
    /// Frames.
    pub frames: u32,
}

/// Follows one console's frames.
#[derive(Debug, Default)]
pub struct Flow {
    /// The number of the last frame.
    serial: u64,
    /// When it was sent, as long as it has not reached the terminal.
    on_its_way: Option<Stamp>,
    /// The budget is used up until then.
    rest_until: Option<Stamp>,
    /// Large frames took long.
    slow: bool,
    sent: Sent,
}

impl Flow {
    /// Whether a frame may be sent now.
    pub fn may_send(&self, now: Stamp) -> bool {
        self.on_its_way.is_none() && self.rest_until.is_none_or(|until| now >= until)
    }

    /// How long until a frame may be sent, when only the budget is in the way.
    pub fn rest(&self, now: Stamp) -> Option<Duration> {
        let until = self.rest_until.filter(|_| self.on_its_way.is_none())?;
        Some(until.since(now)).filter(|rest| !rest.is_zero())
    }

    /// A frame is sent; returns its number.
    pub fn send(&mut self, now: Stamp) -> u64 {
        self.serial = FRAMES.fetch_add(1, Ordering::Relaxed) + 1;
        self.on_its_way = Some(now);
        self.serial
    }

    /// A frame has reached the terminal and took so many bytes of a budget a second.
    pub fn drawn(&mut self, serial: u64, bytes: u32, budget: u32, now: Stamp) {
        if serial < self.serial {
            return;
        }
        self.sent.bytes = self.sent.bytes.saturating_add(bytes);
        self.sent.frames += 1;
        let started = self.on_its_way.take();
        if let Some(took) = started.map(|started| now.since(started)).filter(|_| bytes >= TELLING) {
            let rate = f64::from(bytes) / took.as_secs_f64().max(1e-6);
            self.slow = rate < if self.slow { FAST } else { SLOW };
        }
        // what has already passed is part of the second that the budget is for
        let from = started.unwrap_or(now);
        self.rest_until =
            (budget > 0).then(|| from.after(Duration::from_secs_f64(f64::from(bytes) / f64::from(budget))));
    }

    /// Whether pictures should do with fewer bytes than they could have.
    pub fn is_slow(&self, budget: u32) -> bool {
        self.slow || (budget > 0 && f64::from(budget) < SLOW)
    }

    /// What reached the terminal since this was last asked.
    pub fn take_sent(&mut self) -> Sent {
        std::mem::take(&mut self.sent)
    }

    /// Nobody looks any more: what is on its way will not be heard of.
    pub fn hidden(&mut self) {
        self.on_its_way = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: u64) -> Stamp {
        Stamp::from_millis(millis)
    }

    #[test]
    fn frames_wait_for_the_terminal_and_the_budget() {
        let mut flow = Flow::default();
        assert!(flow.may_send(at(0)));
        let first = flow.send(at(0));
        assert!(!flow.may_send(at(1000)));
        flow.drawn(first, 15_000, 10_000, at(1000));
        assert!(!flow.may_send(at(1400)));
        assert_eq!(flow.rest(at(1400)), Some(Duration::from_millis(100)));
        assert!(flow.may_send(at(1500)));
        let second = flow.send(at(1500));
        flow.drawn(first, 0, 0, at(1600));
        assert!(!flow.may_send(at(1600)), "an old frame says nothing");
        flow.drawn(second, 1 << 20, 0, at(1600));
        assert!(flow.may_send(at(1600)), "no budget, no rest");
        assert_eq!(
            flow.take_sent(),
            Sent {
                bytes: 15_000 + (1 << 20),
                frames: 2
            }
        );
        assert_eq!(flow.take_sent(), Sent::default());
    }

    #[test]
    fn large_frames_tell_how_slow_the_terminal_is() {
        let mut flow = Flow::default();
        let frame = |flow: &mut Flow, start: u64, bytes: u32, took: u64| {
            let serial = flow.send(at(start));
            flow.drawn(serial, bytes, 0, at(start + took));
            flow.is_slow(0)
        };
        assert!(!frame(&mut flow, 0, 100_000, 10));
        assert!(!frame(&mut flow, 1000, 500, 900), "a small one says nothing");
        assert!(frame(&mut flow, 2000, 100_000, 800));
        assert!(frame(&mut flow, 3000, 100_000, 300), "no going back and forth");
        assert!(!frame(&mut flow, 4000, 100_000, 100));
        assert!(flow.is_slow(20_000), "a small budget is slow by itself");
    }

    proptest! {
        /// However large frames are and however long they take: what was sent never exceeds what
        /// the budget allows by more than the frame that is on its way.
        #[test]
        fn the_budget_is_kept(frames in proptest::collection::vec((1u32..80_000, 0u64..3000), 1..40)) {
            const BUDGET: u32 = 20_000;
            let (mut flow, mut now, mut sent) = (Flow::default(), 0, 0u64);
            for (bytes, took) in frames {
                while !flow.may_send(at(now)) {
                    now += 1;
                }
                prop_assert!(sent <= now * u64::from(BUDGET) / 1000 + 40, "{} bytes after {} ms", sent, now);
                let serial = flow.send(at(now));
                now += took;
                flow.drawn(serial, bytes, BUDGET, at(now));
                sent += u64::from(bytes);
            }
        }
    }
}
