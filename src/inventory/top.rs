//! The VMs that use most of something.

use crate::base::ids::{NodeId, VmKey};
use crate::inventory::rates::{VmRates, add};
use crate::inventory::store::Store;

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

/// The greatest users of everything below one node, by metric.
pub(super) type Tops = Vec<(TopMetric, Vec<(VmKey, f64)>)>;

impl TopMetric {
    /// Everything that can be used much of.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Memory, Self::Disk, Self::Net, Self::Steal];
}

/// At most `count` VMs on connected hosts below a node that use most, the greatest first. VMs
/// that use nothing are left out. All metrics of a node are found in one pass over its VMs and
/// kept until the store changes, because a dashboard asks for several with every frame.
pub fn top(store: &Store, node: NodeId, metric: TopMetric, count: usize) -> Vec<(VmKey, f64)> {
    let tops = store
        .tops
        .get((store.revision(), node, count), || all(store, node, count));
    let found = tops.iter().find(|(of, _)| *of == metric);
    found.map(|(_, users)| users.clone()).unwrap_or_default()
}

fn all(store: &Store, node: NodeId, count: usize) -> Tops {
    // only the few that are wanted are ever kept
    let mut tops: Tops = TopMetric::ALL.map(|metric| (metric, Vec::with_capacity(count))).into();
    for (entry, host) in store.hosts() {
        if count == 0 || !host.conn.is_connected() || !store.is_below(entry, node) {
            continue;
        }
        for (uuid, vm) in &host.vms {
            let key = VmKey {
                host: entry.id,
                uuid: *uuid,
            };
            if matches!(node, NodeId::Vm(only) if only != key) {
                continue;
            }
            for (metric, found) in &mut tops {
                let used = metric.of(&vm.rates, vm.record.vcpus);
                if let Some(used) = used.filter(|used| *used > 0.0) {
                    keep(found, (key, used), count);
                }
            }
        }
    }
    tops
}

/// Puts a candidate among the greatest found so far, if it is one of them.
fn keep(found: &mut Vec<(VmKey, f64)>, candidate: (VmKey, f64), count: usize) {
    let order = |one: &(VmKey, f64), other: &(VmKey, f64)| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0));
    if found.len() >= count {
        if found.last().is_none_or(|last| order(&candidate, last).is_ge()) {
            return;
        }
        found.pop();
    }
    let at = found.partition_point(|kept| order(kept, &candidate).is_lt());
    found.insert(at, candidate);
}
