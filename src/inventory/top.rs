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

/// At most `count` VMs on connected hosts below a node that use most, the greatest first. VMs
/// that use nothing are left out.
pub fn top(store: &Store, node: NodeId, metric: TopMetric, count: usize) -> Vec<(VmKey, f64)> {
    let order = |one: &(VmKey, f64), other: &(VmKey, f64)| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0));
    // drawn with every frame over all VMs: only the few that are wanted are ever kept
    let mut found: Vec<(VmKey, f64)> = Vec::with_capacity(count);
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
            let Some(used) = metric.of(&vm.rates, vm.record.vcpus).filter(|used| *used > 0.0) else {
                continue;
            };
            let candidate = (key, used);
            if found.len() >= count {
                if found.last().is_none_or(|last| order(&candidate, last).is_ge()) {
                    continue;
                }
                found.pop();
            }
            let at = found.partition_point(|kept| order(kept, &candidate).is_lt());
            found.insert(at, candidate);
        }
    }
    found
}
