//! Where libvirt's event thread leaves its events: bounded, coalesced, never blocking.
//!
//! An event only marks an object as changed; the object is read again later. However many events
//! come, what is kept is one mark an object and the newest few for the events pane.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::backend::libvirt::{DomainEvent, RawEvent};

/// Most events kept for the events pane between two visits of the supervisor.
pub const KEPT: usize = 8192;
/// Most marks kept; with more, everything is read again.
const MARKS: usize = 8192;

/// Which objects have changed.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Dirty {
    /// VMs whose state may be different.
    pub vms: HashSet<Uuid>,
    /// VMs whose XML is different.
    pub descriptions: HashSet<Uuid>,
    /// Storage pools.
    pub pools: HashSet<Uuid>,
    /// Networks.
    pub networks: HashSet<Uuid>,
    /// Something was lost: everything must be listed again.
    pub everything: bool,
}

impl Dirty {
    /// Whether an object has to be read.
    pub fn wants_reading(&self) -> bool {
        !(self.vms.is_empty() && self.pools.is_empty() && self.networks.is_empty())
    }

    /// Adds the marks of another one.
    pub fn merge(&mut self, other: Self) {
        self.vms.extend(other.vms);
        self.descriptions.extend(other.descriptions);
        self.pools.extend(other.pools);
        self.networks.extend(other.networks);
        self.everything |= other.everything;
    }

    fn mark(&mut self, event: &RawEvent) {
        match event {
            RawEvent::Domain { uuid, what, .. } => {
                if changes_state(what) {
                    self.vms.insert(*uuid);
                }
                if changes_xml(what) {
                    self.descriptions.insert(*uuid);
                }
            }
            RawEvent::Network { uuid, .. } => {
                self.networks.insert(*uuid);
            }
            RawEvent::Pool { uuid, .. } => {
                self.pools.insert(*uuid);
            }
            RawEvent::Device { .. } | RawEvent::Closed { .. } => {}
        }
        if self.vms.len() + self.descriptions.len() + self.pools.len() + self.networks.len() > MARKS {
            *self = Self {
                everything: true,
                ..Self::default()
            };
        }
    }
}

/// Whether a VM's record may be different after the event.
fn changes_state(what: &DomainEvent) -> bool {
    matches!(
        what,
        DomainEvent::Lifecycle { .. }
            | DomainEvent::Reboot
            | DomainEvent::Watchdog { .. }
            | DomainEvent::IoError { .. }
            | DomainEvent::ControlError
            | DomainEvent::PmWakeup
            | DomainEvent::PmSuspend
            | DomainEvent::PmSuspendDisk
            | DomainEvent::BalloonChange { .. }
            | DomainEvent::DeviceAdded { .. }
            | DomainEvent::DeviceRemoved { .. }
            | DomainEvent::JobCompleted { .. }
            | DomainEvent::MetadataChange { .. }
            | DomainEvent::MemoryFailure { .. }
    )
}

/// Whether a VM's XML may be different after the event. Starting and stopping count: the live XML
/// has ports, interface names and the like that the definition has not.
fn changes_xml(what: &DomainEvent) -> bool {
    match what {
        DomainEvent::Lifecycle { event, .. } => matches!(event, 0 | 1 | 2 | 5 | 8),
        DomainEvent::BlockJob { .. }
        | DomainEvent::DiskChange { .. }
        | DomainEvent::TrayChange { .. }
        | DomainEvent::DeviceAdded { .. }
        | DomainEvent::DeviceRemoved { .. }
        | DomainEvent::Tunable
        | DomainEvent::Agent { .. }
        | DomainEvent::MetadataChange { .. } => true,
        _ => false,
    }
}

/// Everything that came since the last visit.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    /// Changed objects.
    pub dirty: Dirty,
    /// The newest events, oldest first.
    pub events: VecDeque<RawEvent>,
    /// Older events of VMs that had to go, counted by VM.
    pub dropped: HashMap<Uuid, u64>,
    /// `virConnectCloseReason`, when the connection was closed.
    pub closed: Option<i32>,
    /// How many events came in all.
    pub count: usize,
}

/// The queue of one connection.
pub struct EventQueue {
    batch: Mutex<Batch>,
    bell: Arc<Notify>,
}

impl EventQueue {
    /// An empty queue that rings `bell` when something comes.
    pub fn new(bell: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            batch: Mutex::new(Batch::default()),
            bell,
        })
    }

    /// Takes an event; called on libvirt's event thread.
    pub fn push(&self, event: RawEvent) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let first = batch.count == 0;
        batch.count += 1;
        batch.dirty.mark(&event);
        if let RawEvent::Closed { reason } = event {
            batch.closed = Some(reason);
        } else {
            if batch.events.len() == KEPT {
                // marks are kept, so nothing is wrong yet; but this is no time to trust in that
                batch.dirty.everything = true;
                if let Some(RawEvent::Domain { uuid, .. }) = batch.events.pop_front() {
                    *batch.dropped.entry(uuid).or_default() += 1;
                }
            }
            batch.events.push_back(event);
        }
        drop(batch);
        if first {
            self.bell.notify_one();
        }
    }

    /// Takes everything out.
    pub fn take(&self) -> Batch {
        std::mem::take(&mut *self.batch.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspended(number: u128) -> RawEvent {
        RawEvent::Domain {
            uuid: Uuid::from_u128(number),
            name: "vm".into(),
            what: DomainEvent::Lifecycle { event: 3, detail: 0 },
        }
    }

    #[test]
    fn a_storm_stays_bounded_and_asks_for_a_full_list() {
        let queue = EventQueue::new(Arc::new(Notify::new()));
        for n in 0..100_000u128 {
            queue.push(suspended(n % 3));
        }
        let batch = queue.take();
        assert_eq!(batch.count, 100_000);
        assert_eq!(batch.events.len(), KEPT);
        assert_eq!(batch.dirty.vms.len(), 3);
        assert!(batch.dirty.everything);
        let dropped: u64 = batch.dropped.values().sum();
        assert_eq!(usize::try_from(dropped).unwrap() + KEPT, 100_000);
        assert_eq!(queue.take(), Batch::default());
    }

    #[test]
    fn marks_of_too_many_objects_become_one() {
        let mut dirty = Dirty::default();
        for n in 0..20_000 {
            dirty.mark(&suspended(n));
        }
        assert!(dirty.everything);
        assert!(dirty.vms.len() <= MARKS);
    }

    #[test]
    fn a_close_is_kept_apart() {
        let queue = EventQueue::new(Arc::new(Notify::new()));
        queue.push(RawEvent::Closed { reason: 2 });
        let batch = queue.take();
        assert_eq!(batch.closed, Some(2));
        assert!(batch.events.is_empty());
        assert!(!batch.dirty.wants_reading());
    }
}
