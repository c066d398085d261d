//! The events of all hosts, the last few thousand of them.

use crate::base::ids::HostId;
use crate::base::ring::Ring;
use crate::hv::event::{LogEntry, Severity, Subject};
use crate::inventory::filter::Filter;

/// How many events are kept.
pub const EVENTS: usize = 5000;
/// How far back an exact repetition is looked for.
const REPEAT_WINDOW: usize = 32;

/// An event and where it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// Counts all events of the run; an identity for the cursor.
    pub number: u64,
    /// The host.
    pub host: HostId,
    /// What happened.
    pub entry: LogEntry,
}

/// Events, newest last.
#[derive(Debug, Clone)]
pub struct EventLog {
    records: Ring<LogRecord>,
    count: u64,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            records: Ring::new(EVENTS),
            count: 0,
        }
    }
}

impl EventLog {
    /// Adds an event; `false` when exactly this one was added just before.
    pub(super) fn push(&mut self, host: HostId, entry: &LogEntry) -> bool {
        let repeated = self
            .records
            .iter()
            .rev()
            .take(REPEAT_WINDOW)
            .any(|record| record.host == host && record.entry == *entry);
        if !repeated {
            self.records.push(LogRecord {
                number: self.count,
                host,
                entry: entry.clone(),
            });
            self.count += 1;
        }
        !repeated
    }

    /// Events, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &LogRecord> + ExactSizeIterator {
        self.records.iter()
    }

    /// Events of at least this severity that match the filter by name, message, severity or the
    /// host's name, oldest first.
    pub fn matching<'a>(
        &'a self,
        filter: &'a Filter,
        least: Severity,
        host_name: impl Fn(HostId) -> String + 'a,
    ) -> impl DoubleEndedIterator<Item = &'a LogRecord> + 'a {
        self.records.iter().filter(move |record| {
            record.entry.severity >= least
                && (filter.is_empty()
                    || filter.matches(&[
                        record.entry.name.raw(),
                        record.entry.message.raw(),
                        record.entry.severity.word(),
                        &host_name(record.host),
                    ]))
        })
    }

    /// Events about one VM, oldest first.
    pub fn of_vm(&self, key: crate::base::ids::VmKey) -> impl DoubleEndedIterator<Item = &LogRecord> {
        self.records
            .iter()
            .filter(move |record| record.host == key.host && record.entry.subject == Subject::Vm(key.uuid))
    }

    /// How many events there were in all.
    pub fn count(&self) -> u64 {
        self.count
    }
}
