//! The VMs that use most of something.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use uuid::Uuid;

use crate::base::ids::{HostId, NodeId, VmKey};
use crate::inventory::rates::{VmRates, add};
use crate::inventory::store::Store;
use crate::inventory::vm::VmEntry;

/// What can be used much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopMetric {
    /// CPUs kept busy: percent of one CPU, as far as the vCPUs are known.
    Cpu,
    /// Memory used, bytes.
    Memory,
    /// Bytes read and written a second.
    Disk,
    /// Bytes received and sent a second.
    Net,
    /// Steal, percent.
    Steal,
}

impl TopMetric {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 5] = [Self::Cpu, Self::Memory, Self::Disk, Self::Net, Self::Steal];

    fn of(self, rates: &VmRates, vcpus: Option<u32>) -> Option<f64> {
        match self {
            Self::Cpu => Some(f64::from(rates.cpu?) * f64::from(vcpus?)),
            Self::Memory => rates.memory.map(|bytes| bytes as f64),
            Self::Disk => add(rates.disk.read, rates.disk.write),
            Self::Net => add(rates.net.rx, rates.net.tx),
            Self::Steal => rates.steal.map(f64::from),
        }
    }
}

/// Kept for each host and metric; more than that is never asked for.
pub const MOST: usize = 16;

/// The VMs of one host that use most, by metric.
#[derive(Debug, Clone, Default)]
pub(super) struct HostTops([Vec<(VmKey, f64)>; 5]);

/// The greatest first; equals by identity, so that they do not jump about.
fn order(one: &(VmKey, f64), other: &(VmKey, f64)) -> Ordering {
    other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0))
}

/// Puts a candidate where it belongs among at most `count`.
fn keep(found: &mut Vec<(VmKey, f64)>, candidate: (VmKey, f64), count: usize) {
    if found.len() >= count {
        if found.last().is_none_or(|last| order(&candidate, last).is_ge()) {
            return;
        }
        found.pop();
    }
    let at = found.partition_point(|kept| order(kept, &candidate).is_lt());
    found.insert(at, candidate);
}

impl HostTops {
    pub(super) fn of(host: HostId, vms: &BTreeMap<Uuid, VmEntry>) -> Self {
        let mut tops = Self::default();
        for (uuid, vm) in vms {
            let key = VmKey { host, uuid: *uuid };
            for (metric, found) in TopMetric::ALL.into_iter().zip(&mut tops.0) {
                if let Some(used) = metric.of(&vm.rates, vm.record.vcpus).filter(|used| *used > 0.0) {
                    keep(found, (key, used), MOST);
                }
            }
        }
        tops
    }
}

/// At most `count` (and [`MOST`]) VMs on connected hosts below a node that use most, the greatest
/// first. VMs that use nothing are left out. Asked with every frame: each host's part is kept until
/// something changes on it.
pub fn top(store: &Store, node: NodeId, metric: TopMetric, count: usize) -> Vec<(VmKey, f64)> {
    let mut found: Vec<(VmKey, f64)> = Vec::with_capacity(count);
    if count == 0 {
        return found;
    }
    for (entry, host) in store.hosts() {
        if !host.conn.is_connected() || !store.is_below(entry, node) {
            continue;
        }
        if let NodeId::Vm(key) = node {
            let vm = host.vms.get(&key.uuid);
            let used = vm.and_then(|vm| metric.of(&vm.rates, vm.record.vcpus));
            found.extend(used.filter(|used| *used > 0.0).map(|used| (key, used)));
            continue;
        }
        let tops = host.tops.get_or_init(|| HostTops::of(entry.id, &host.vms));
        for candidate in tops.0.get(metric as usize).into_iter().flatten() {
            keep(&mut found, *candidate, count.min(MOST));
        }
    }
    found
}
