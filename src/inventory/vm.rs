//! What is known of one VM.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::base::time::Stamp;
use crate::hv::error::HvError;
use crate::hv::guest::{GuestInfo, SnapshotRecord};
use crate::hv::sample::VmCounters;
use crate::hv::vm::{VmDesc, VmRecord};
use crate::inventory::history::VmHistory;
use crate::inventory::natural;
use crate::inventory::rates::VmRates;

/// Everything known of one VM on one host.
#[derive(Debug, Clone)]
pub struct VmEntry {
    /// As listed last.
    pub record: VmRecord,
    /// Parsed XML, once it was read.
    pub desc: Option<Arc<VmDesc>>,
    /// What the guest told last.
    pub guest: Option<Arc<GuestInfo>>,
    /// When the guest was last asked.
    pub guest_read: Option<Stamp>,
    /// Snapshots, once asked for, or why not.
    pub snapshots: Option<Result<Arc<[SnapshotRecord]>, HvError>>,
    /// When snapshots were last read.
    pub snapshots_read: Option<Stamp>,
    /// When this VM was first seen on this host.
    pub first_seen: Stamp,
    /// When its state last changed, or when it was first seen.
    pub state_since: Stamp,
    /// When its counters were last read.
    pub sampled: Option<Stamp>,
    /// Rates from the last two readings; all `None` while there are no such two.
    pub rates: VmRates,
    /// The last quarter of an hour and more.
    pub(super) history: VmHistory,
    /// The last counters, for the next rates.
    pub(super) counters: Option<Box<VmCounters>>,
    /// Natural sort key of the name.
    pub(super) sort_name: Box<str>,
    /// Lower-case text that the filter searches.
    pub(super) haystack: OnceLock<Box<str>>,
}

impl VmEntry {
    pub(super) fn new(record: VmRecord, now: Stamp) -> Self {
        Self {
            sort_name: natural::key(record.name.raw()),
            record,
            desc: None,
            guest: None,
            guest_read: None,
            snapshots: None,
            snapshots_read: None,
            first_seen: now,
            state_since: now,
            sampled: None,
            rates: VmRates::default(),
            history: VmHistory::default(),
            counters: None,
            haystack: OnceLock::new(),
        }
    }

    /// The last counters as the host reported them.
    pub fn counters(&self) -> Option<&VmCounters> {
        self.counters.as_deref()
    }

    /// The key by which names sort naturally; ties by name, then UUID.
    pub fn sort_name(&self) -> &str {
        &self.sort_name
    }

    /// How old the numbers are; `None` while there are none: before the first reading and while
    /// the VM is off.
    pub fn age(&self, now: Stamp) -> Option<Duration> {
        self.sampled
            .filter(|_| self.record.status.state.is_active())
            .map(|at| now.since(at))
    }

    /// Forgets the last reading, so that the next one starts a new series.
    pub(super) fn restart_rates(&mut self) {
        self.counters = None;
        self.rates = VmRates::default();
    }
}
