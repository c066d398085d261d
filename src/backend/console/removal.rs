//! What a serial line has shown goes with its VM to another host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::backend::console::log_file::LogFile;
use crate::backend::logbook::unix_millis;
use crate::emulator::Emulator;
use crate::emulator::keys::Mouse;
use crate::emulator::lines::{Lines, Watch};
use crate::hv::console::ConsoleId;

/// Longest wait for the other host's session: it is another task, and nearly always quicker.
const WAIT: Duration = Duration::from_secs(2);
/// What nobody has fetched by then is thrown away.
const KEPT: Duration = Duration::from_secs(10);

/// What a serial session is besides its connection.
pub struct Past {
    pub(super) emulator: Emulator,
    pub(super) mouse: Mouse,
    pub(super) lines: Lines,
    pub(super) watch: Option<Watch>,
    pub(super) log: Option<LogFile>,
}

impl Past {
    /// Nothing yet.
    pub(super) fn new(columns: u16, rows: u16, scrollback: usize) -> Self {
        Self {
            emulator: Emulator::new(columns, rows, scrollback),
            mouse: Mouse::default(),
            lines: Lines::default(),
            watch: None,
            log: None,
        }
    }

    /// Ends the log with the line that has no end yet, such as a prompt.
    pub(super) fn end_log(&mut self) {
        if let Some(log) = self.log.take()
            && !self.lines.open().is_empty()
        {
            log.line(unix_millis(), self.lines.open());
        }
    }
}

#[derive(Default)]
struct Slot {
    past: Mutex<Option<Past>>,
    there: Notify,
}

/// Sessions on their way between hosts; shared by all of a fleet.
#[derive(Clone, Default)]
pub struct Removals(Arc<Mutex<HashMap<ConsoleId, Arc<Slot>>>>);

impl Removals {
    fn slot(&self, id: ConsoleId) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(id).or_default())
    }

    fn forget(&self, id: ConsoleId, slot: &Arc<Slot>) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.get(&id).is_some_and(|found| Arc::ptr_eq(found, slot)) {
            slots.remove(&id);
        }
    }

    /// Puts down what the other host's session takes up, before or after it asks for it.
    pub(super) async fn put(&self, id: ConsoleId, past: Past) {
        let slot = self.slot(id);
        *slot.past.lock().unwrap_or_else(PoisonError::into_inner) = Some(past);
        slot.there.notify_one();
        tokio::time::sleep(KEPT).await;
        self.forget(id, &slot);
    }

    /// Takes up what the session of the host before puts down, if that happens soon.
    pub(super) async fn take(&self, id: ConsoleId) -> Option<Past> {
        let slot = self.slot(id);
        // an empty slot after the wait means that there is nothing to go on from
        let waited = tokio::time::timeout(WAIT, slot.there.notified()).await;
        self.forget(id, &slot);
        waited.ok()?;
        slot.past.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConsoleId = ConsoleId(1);

    fn past(text: &str) -> Past {
        let mut past = Past::new(20, 5, 100);
        past.emulator.feed(text.as_bytes());
        past
    }

    fn text(past: Option<Past>) -> Option<String> {
        past.map(|past| past.emulator.text(true).trim().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_of_both_hosts_does_not_matter() {
        for early in [true, false] {
            let removals = Removals::default();
            let put = removals.put(ID, past("before"));
            let take = removals.take(ID);
            let taken = if early {
                tokio::join!(put, take).1
            } else {
                tokio::join!(take, put).0
            };
            assert_eq!(text(taken).as_deref(), Some("before"));
            assert!(removals.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_fetches_is_thrown_away() {
        let removals = Removals::default();
        assert_eq!(text(removals.take(ID).await), None);
        removals.put(ID, past("before")).await;
        assert_eq!(text(removals.take(ID).await), None);
    }
}
