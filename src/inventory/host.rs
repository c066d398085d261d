//! What is known of one host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use uuid::Uuid;

use crate::base::ids::Epoch;
use crate::base::time::Stamp;
use crate::hv::error::HvError;
use crate::hv::host::{Cadence, ConnState, Feature, HostFacts, NodeDevice};
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::{HostCounters, SampleSource};
use crate::hv::storage::{PoolRecord, VolumeRecord};
use crate::inventory::history::HostHistory;
use crate::inventory::host_rates::HostRates;
use crate::inventory::vm::VmEntry;

/// The interval that is assumed until a host's first reading tells the real one.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);

/// Since when and why a host is not connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// When the connection was lost, or first failed.
    pub since: Stamp,
    /// The last reason.
    pub error: HvError,
}

/// A storage pool and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolEntry {
    /// As listed last.
    pub record: PoolRecord,
    /// Its volumes, once asked for, or why not.
    pub volumes: Option<Result<Arc<[VolumeRecord]>, HvError>>,
    /// When it was last listed.
    pub read: Stamp,
    /// When its volumes were last read.
    pub volumes_read: Option<Stamp>,
}

/// Everything known of one host. A lost connection marks it stale and deletes nothing.
#[derive(Debug, Clone, Default)]
pub struct HostState {
    /// Where the connection stands.
    pub conn: ConnState,
    /// The generation of the connection.
    pub epoch: Epoch,
    /// What the host tells about itself, once it did.
    pub facts: Option<Arc<HostFacts>>,
    /// Whether a full list was ever completed.
    pub listed: bool,
    /// When anything was last heard from the connected host.
    pub last_live: Option<Stamp>,
    /// Since when and why it is not connected; `None` while it is or never was asked to be.
    pub lost: Option<Lost>,
    /// VMs by UUID.
    pub vms: BTreeMap<Uuid, VmEntry>,
    /// Storage pools by UUID.
    pub pools: BTreeMap<Uuid, PoolEntry>,
    /// Networks by UUID.
    pub networks: BTreeMap<Uuid, NetworkRecord>,
    /// Devices, once asked for, or why not.
    pub devices: Option<Result<Arc<[NodeDevice]>, HvError>>,
    /// DHCP leases, once asked for, or why not.
    pub leases: Option<Result<Arc<[Lease]>, HvError>>,
    /// When leases were last read.
    pub leases_read: Option<Stamp>,
    /// Calls that never came back.
    pub abandoned: u32,
    /// What the driver refused; see also [`HostFacts::unsupported`].
    pub unsupported: BTreeSet<Feature>,
    /// How it is being read at present.
    pub cadence: Option<Cadence>,
    /// Where its numbers come from.
    pub source: SampleSource,
    /// When its counters were last read.
    pub sampled: Option<Stamp>,
    /// Rates from the last two readings.
    pub rates: HostRates,
    /// The last quarter of an hour and more.
    pub(super) history: HostHistory,
    /// The last reading of its own counters, for the next rates.
    pub(super) counters: Option<(Stamp, HostCounters)>,
    /// The full list that is being read.
    pub(super) listing: Option<Listing>,
    /// UUIDs of its VMs in natural order of their names.
    pub(super) order: OnceLock<Box<[Uuid]>>,
    /// Sums over its VMs.
    pub(super) rollup: OnceLock<crate::inventory::rollup::Rollup>,
    /// Its VMs that use most.
    pub(super) tops: OnceLock<crate::inventory::top::HostTops>,
}

/// What a full list has named so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    pub(super) vms: BTreeSet<Uuid>,
    pub(super) pools: BTreeSet<Uuid>,
    pub(super) networks: BTreeSet<Uuid>,
}

impl HostState {
    /// The time between two readings at present.
    pub fn interval(&self) -> Duration {
        self.cadence.map_or(DEFAULT_INTERVAL, |cadence| cadence.interval)
    }

    /// How old the host's numbers are, once that is more than two intervals; `None` while they
    /// are fresh or when there are none.
    pub fn stale(&self, now: Stamp) -> Option<Duration> {
        self.overdue(now.since(self.sampled?))
    }

    /// The same for one of its VMs, which may be read less often than the host.
    pub fn vm_stale(&self, vm: &VmEntry, now: Stamp) -> Option<Duration> {
        self.overdue(vm.age(now)?)
    }

    /// How old something read at a moment is, once that is more than two intervals.
    pub fn read_age(&self, read: Stamp, now: Stamp) -> Option<Duration> {
        self.overdue(now.since(read))
    }

    fn overdue(&self, age: Duration) -> Option<Duration> {
        (age > self.interval().saturating_mul(2)).then_some(age)
    }

    /// Whether the driver is known not to be able to do something.
    pub fn is_unsupported(&self, feature: Feature) -> bool {
        self.unsupported.contains(&feature)
            || self
                .facts
                .as_ref()
                .is_some_and(|facts| facts.unsupported.contains(&feature))
    }

    /// The host's CPUs, once known.
    pub fn cpus(&self) -> Option<u32> {
        self.facts
            .as_ref()
            .map(|facts| facts.node.cpus)
            .filter(|cpus| *cpus > 0)
    }

    /// The host's memory in bytes, once known.
    pub fn memory(&self) -> Option<u64> {
        self.facts
            .as_ref()
            .map(|facts| facts.node.memory)
            .filter(|memory| *memory > 0)
    }

    /// UUIDs of its VMs in natural order of their names, ties by UUID.
    pub fn order(&self) -> &[Uuid] {
        self.order.get_or_init(|| {
            let mut order: Vec<(&VmEntry, Uuid)> = self.vms.iter().map(|(uuid, vm)| (vm, *uuid)).collect();
            order.sort_unstable_by(|(one, one_uuid), (other, other_uuid)| {
                one.sort_name
                    .cmp(&other.sort_name)
                    .then_with(|| one.record.name.cmp(&other.record.name))
                    .then_with(|| one_uuid.cmp(other_uuid))
            });
            order.into_iter().map(|(_, uuid)| uuid).collect()
        })
    }
}
