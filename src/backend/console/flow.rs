//! When the next frame may be sent: after the last one reached the terminal, and within the byte
//! budget. Pure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::base::time::Stamp;

/// Frames sent so far. Numbers only grow while the program runs, over all sessions: a console that
/// goes to another host must not take a frame of its new session for an old one.
static FRAMES: AtomicU64 = AtomicU64::new(0);

/// Follows one console's frames.
#[derive(Debug, Default)]
pub struct Flow {
    /// The number of the last frame.
    serial: u64,
    /// It has not reached the terminal yet.
    on_its_way: bool,
    /// The budget is used up until then.
    rest_until: Option<Stamp>,
}

impl Flow {
    /// Whether a frame may be sent now.
    pub fn may_send(&self, now: Stamp) -> bool {
        !self.on_its_way && self.rest_until.is_none_or(|until| now >= until)
    }

    /// How long until a frame may be sent, when only the budget is in the way.
    pub fn rest(&self, now: Stamp) -> Option<Duration> {
        let until = self.rest_until.filter(|_| !self.on_its_way)?;
        Some(until.since(now)).filter(|rest| !rest.is_zero())
    }

    /// A frame is sent; returns its number.
    pub fn send(&mut self) -> u64 {
        self.serial = FRAMES.fetch_add(1, Ordering::Relaxed) + 1;
        self.on_its_way = true;
        self.serial
    }

    /// A frame has reached the terminal and took so many bytes of a budget a second.
    pub fn drawn(&mut self, serial: u64, bytes: u32, budget: u32, now: Stamp) {
        if serial < self.serial {
            return;
        }
        self.on_its_way = false;
        self.rest_until =
            (budget > 0).then(|| now.after(Duration::from_secs_f64(f64::from(bytes) / f64::from(budget))));
    }

    /// Nobody looks any more: what is on its way will not be heard of.
    pub fn hidden(&mut self) {
        self.on_its_way = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_wait_for_the_terminal_and_the_budget() {
        let mut flow = Flow::default();
        let at = Stamp::from_millis;
        assert!(flow.may_send(at(0)));
        let first = flow.send();
        assert!(!flow.may_send(at(1000)));
        flow.drawn(first, 5000, 10_000, at(1000));
        assert!(!flow.may_send(at(1400)));
        assert_eq!(flow.rest(at(1400)), Some(Duration::from_millis(100)));
        assert!(flow.may_send(at(1500)));
        let second = flow.send();
        flow.drawn(first, 0, 0, at(1600));
        assert!(!flow.may_send(at(1600)), "an old frame says nothing");
        flow.drawn(second, 1 << 20, 0, at(1600));
        assert!(flow.may_send(at(1600)), "no budget, no rest");
    }
}
