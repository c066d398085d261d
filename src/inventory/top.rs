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
    let mut found = Vec::new();
    for (entry, host) in store.hosts() {
        if !host.conn.is_connected() || !store.is_below(entry, node) {
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
            if let Some(used) = metric.of(&vm.rates, vm.record.vcpus)
                && used > 0.0
            {
                found.push((key, used));
            }
        }
    }
    let order = |one: &(VmKey, f64), other: &(VmKey, f64)| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0));
    if count == 0 {
        return Vec::new();
    }
    if found.len() > count {
        found.select_nth_unstable_by(count - 1, order);
        found.truncate(count);
    }
    found.sort_unstable_by(order);
    found
}
