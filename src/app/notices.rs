//! Short messages to the user: one line at a time, never piled up, all kept for reading later.

use std::time::Duration;

use crate::base::ring::Ring;
use crate::base::time::Stamp;

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It worked, or for information.
    Info,
    /// Something needs attention.
    Warning,
    /// Something failed.
    Error,
}

/// One notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How grave.
    pub level: Level,
    /// What is said; already shown text, on one line.
    pub text: String,
    /// When it was said last.
    pub at: Stamp,
    /// How often it was said in a row.
    pub count: u32,
}

/// How long a notice stays on the status line.
const SHOWN: Duration = Duration::from_secs(6);
/// Grave ones stay longer.
const SHOWN_ERROR: Duration = Duration::from_secs(15);

/// The notices.
#[derive(Debug)]
pub struct Notices {
    history: Ring<Notice>,
    dismissed: bool,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            history: Ring::new(500),
            dismissed: false,
        }
    }
}

impl Notices {
    /// Says something. The same text again only counts up.
    pub fn say(&mut self, level: Level, text: impl Into<String>, now: Stamp) {
        let text = text.into();
        self.dismissed = false;
        let repeated = self
            .history
            .last()
            .filter(|last| last.text == text && last.level == level)
            .map(|last| last.count);
        let count = repeated.map_or(1, |count| count.saturating_add(1));
        if repeated.is_some() {
            self.history.pop_last();
        }
        self.history.push(Notice {
            level,
            text,
            at: now,
            count,
        });
    }

    /// The notice to show now.
    pub fn current(&self, now: Stamp) -> Option<&Notice> {
        let last = self.history.last().filter(|_| !self.dismissed)?;
        let limit = if last.level == Level::Error { SHOWN_ERROR } else { SHOWN };
        (now.since(last.at) < limit).then_some(last)
    }

    /// Takes the current notice off the status line.
    pub fn dismiss(&mut self) {
        self.dismissed = true;
    }

    /// All notices, oldest first.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.history.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_count_up_and_fade() {
        let mut notices = Notices::default();
        let at = Stamp::from_millis;
        notices.say(Level::Info, "a", at(0));
        notices.say(Level::Info, "a", at(1000));
        assert_eq!(notices.history().count(), 1);
        assert_eq!(notices.current(at(1500)).map(|notice| notice.count), Some(2));
        assert_eq!(notices.current(at(8000)), None);
        notices.say(Level::Error, "b", at(9000));
        assert!(notices.current(at(20_000)).is_some());
        notices.dismiss();
        assert!(notices.current(at(20_000)).is_none());
    }
}
