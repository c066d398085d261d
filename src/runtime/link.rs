//! How far behind the terminal is. What is written has not been shown: an ssh connection takes a
//! million bytes before anybody feels that its line is narrow, and all of them would be old frames
//! that a key's echo waits behind. So the terminal is asked a question after some bytes
//! (`CSI 5 n`, are you well?), and its answer tells that it has got so far. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::time::Stamp;

/// The question; every terminal knows it, and the answer is as short.
pub const QUESTION: &[u8] = b"\x1b[5n";
/// Bytes between two questions, at least: quiet screens ask nothing.
const EVERY: usize = 2048;
/// Bytes that may be on their way while a further frame is sent. On a line of 1 Mbit/s they take
/// 65 ms; on one that is only long, small frames need not wait for each other.
const WINDOW: usize = 8192;
/// An answer that does not come in this time never comes; besides the time that its frame needs.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes a millisecond of the slowest line that is waited for.
const SLOWEST: usize = 8;

/// A question on its way.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// Bytes that were sent since the question before.
    bytes: usize,
    at: Stamp,
}

impl Asked {
    /// When the answer is given up.
    fn until(self) -> Stamp {
        self.at
            .after(PATIENCE + Duration::from_millis((self.bytes / SLOWEST) as u64))
    }
}

/// The line to the terminal.
#[derive(Debug, Default)]
pub struct Link {
    asked: VecDeque<Asked>,
    /// Bytes sent after the last question.
    since: usize,
    /// The terminal answers. Nothing waits for one that never did.
    answers: bool,
    /// It did not: it is asked no more.
    silent: bool,
}

impl Link {
    /// So many bytes are sent; returns whether the question has to follow them.
    pub fn sent(&mut self, bytes: usize, now: Stamp) -> bool {
        self.since += bytes;
        // one question tells whether it answers at all
        let enough = self.since >= EVERY && (self.answers || self.asked.is_empty());
        if self.silent || !enough {
            return false;
        }
        let bytes = std::mem::take(&mut self.since);
        self.asked.push_back(Asked { bytes, at: now });
        true
    }

    /// An answer has come.
    pub fn answered(&mut self) {
        self.answers = true;
        self.silent = false;
        self.asked.pop_front();
    }

    /// Whether the terminal is so little behind that a further frame may be sent.
    pub fn is_open(&mut self, now: Stamp) -> bool {
        if self.asked.front().is_some_and(|first| now >= first.until()) {
            self.asked.clear();
            self.since = 0;
            self.silent = !self.answers;
            self.answers = false;
        }
        if !self.answers {
            return true;
        }
        let behind: usize = self.asked.iter().map(|asked| asked.bytes).sum();
        behind <= WINDOW
    }

    /// What was sent last has not left the program, and will not.
    pub fn unsent(&mut self) {
        self.asked.pop_back();
    }

    /// Nothing that was asked will be answered any more.
    pub fn forget(&mut self) {
        self.asked.clear();
        self.since = 0;
    }

    /// How long until an answer is given up.
    pub fn patience(&self, now: Stamp) -> Option<Duration> {
        let first = self.asked.front().filter(|_| self.answers)?;
        Some(first.until().since(now))
    }

    /// Whether an answer is still to come from a terminal that answers.
    pub fn is_awaited(&self) -> bool {
        self.answers && !self.asked.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Stamp {
        Stamp::from_millis(millis)
    }

    fn answering() -> Link {
        let mut link = Link::default();
        assert!(link.sent(EVERY, at(0)));
        link.answered();
        link
    }

    #[test]
    fn a_large_frame_is_waited_for() {
        let mut link = answering();
        assert!(link.sent(100_000, at(10)));
        assert!(!link.is_open(at(20)));
        link.answered();
        assert!(link.is_open(at(800)));
    }

    #[test]
    fn small_frames_follow_each_other() {
        let mut link = answering();
        assert!(!link.sent(500, at(0)), "too little to ask for");
        for n in 0..3 {
            assert!(link.sent(2500, at(n)));
            assert!(link.is_open(at(n)));
        }
        assert!(link.sent(2500, at(4)));
        assert!(!link.is_open(at(4)));
        link.answered();
        assert!(link.is_open(at(5)));
    }

    #[test]
    fn nobody_waits_for_a_terminal_that_never_answered() {
        let mut link = Link::default();
        assert!(link.sent(100_000, at(0)));
        assert!(link.is_open(at(0)));
        assert!(!link.sent(100_000, at(10)), "one question is enough to know");
        assert!(link.is_open(at(20_000)));
        assert!(!link.sent(100_000, at(20_010)));
        assert!(!link.is_awaited());
    }

    #[test]
    fn a_lost_answer_does_not_hold_the_screen() {
        let mut link = answering();
        assert!(link.sent(100_000, at(0)));
        // 5 s, and 12.5 s for the frame
        assert!(!link.is_open(at(17_499)));
        assert_eq!(link.patience(at(16_500)), Some(Duration::from_secs(1)));
        assert!(link.is_open(at(17_500)));
        // and is asked again
        assert!(link.sent(100_000, at(17_510)));
        link.answered();
        assert!(link.is_awaited() || link.is_open(at(17_520)));
    }
}
