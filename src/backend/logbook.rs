//! Keeps a flood of events from flooding the events pane. Pure, but for one reader of the wall
//! clock.

use std::collections::HashMap;
use std::time::Duration;

use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::event::{LogEntry, Subject};

/// Entries a second in the long run.
const RATE: f64 = 20.0;
/// Entries in one go after a quiet time.
const BURST: f64 = 200.0;

/// Milliseconds since 1970, for the events pane only.
pub fn unix_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Lets entries through at a bearable rate and sums up the rest by object.
#[derive(Debug)]
pub struct Logbook {
    credit: f64,
    at: Stamp,
    held: HashMap<Subject, (u64, LogEntry)>,
    /// When the held ones are summed up.
    due: Option<Stamp>,
}

/// Between two sums.
const PAUSE: Duration = Duration::from_millis(500);

impl Logbook {
    /// Full credit.
    pub fn new(now: Stamp) -> Self {
        Self {
            credit: BURST,
            at: now,
            held: HashMap::new(),
            due: None,
        }
    }

    /// An entry; given back when it may be shown now.
    pub fn admit(&mut self, entry: LogEntry, now: Stamp) -> Option<LogEntry> {
        self.refill(now);
        // once an object's entries are held, later ones wait with them, to stay in order
        if self.credit >= 1.0 && !self.held.contains_key(&entry.subject) {
            self.credit -= 1.0;
            return Some(entry);
        }
        self.hold(entry, 1, now);
        None
    }

    /// Counts events that are not known one by one.
    pub fn count(&mut self, entry: LogEntry, times: u64, now: Stamp) {
        self.hold(entry, times, now);
    }

    /// The sums that may be shown now.
    pub fn flush(&mut self, now: Stamp) -> Vec<LogEntry> {
        self.refill(now);
        self.due = None;
        let mut out = Vec::new();
        while self.credit >= 1.0
            && let Some(subject) = self.held.keys().next().copied()
            && let Some((times, mut entry)) = self.held.remove(&subject)
        {
            self.credit -= 1.0;
            if times > 1 {
                entry.message = Text::from(format!("{} (the last of {times} events)", entry.message.raw()));
            }
            out.push(entry);
        }
        if !self.held.is_empty() {
            self.due = Some(now.after(PAUSE));
        }
        out
    }

    /// When [`Logbook::flush`] has something to do.
    pub fn next(&self) -> Option<Stamp> {
        self.due
    }

    fn hold(&mut self, entry: LogEntry, times: u64, now: Stamp) {
        self.due.get_or_insert(now.after(PAUSE));
        let (count, last) = self.held.entry(entry.subject).or_insert_with(|| (0, entry.clone()));
        *count += times;
        *last = entry;
    }

    fn refill(&mut self, now: Stamp) {
        self.credit = (self.credit + now.since(self.at).as_secs_f64() * RATE).min(BURST);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hv::event::Severity;
    use uuid::Uuid;

    fn entry(vm: u128, message: &str) -> LogEntry {
        LogEntry {
            unix_millis: 0,
            severity: Severity::Normal,
            subject: Subject::Vm(Uuid::from_u128(vm)),
            name: "vm".into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_storm_becomes_a_sum_with_the_last_word() {
        let mut book = Logbook::new(Stamp::from_millis(0));
        let mut shown = 0;
        for n in 0..100_000u64 {
            let now = Stamp::from_millis(n / 10);
            shown += usize::from(book.admit(entry(1, &format!("{n}")), now).is_some());
        }
        assert!(shown <= 200, "{shown}");
        let rest = book.flush(Stamp::from_millis(11_000));
        assert_eq!(rest.len(), 1);
        let expected = format!("99999 (the last of {} events)", 100_000 - shown);
        assert_eq!(rest[0].message.show(), expected);
        assert_eq!(book.next(), None);
    }

    #[test]
    fn quiet_objects_are_shown_one_by_one() {
        let mut book = Logbook::new(Stamp::from_millis(0));
        for n in 0..200 {
            assert!(book.admit(entry(n, "x"), Stamp::from_millis(0)).is_some());
        }
        assert!(book.admit(entry(999, "x"), Stamp::from_millis(0)).is_none());
        assert!(book.next().is_some());
        assert_eq!(book.flush(Stamp::from_millis(1000)), [entry(999, "x")]);
    }
}
