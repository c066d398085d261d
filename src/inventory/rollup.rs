//! Sums over everything below a node of the tree.

use crate::base::ids::NodeId;
use crate::hv::host::ConnState;
use crate::hv::vm::VmState;
use crate::inventory::host::HostState;
use crate::inventory::store::Store;
use crate::inventory::vm::VmEntry;

/// Hosts by the state of their connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostCounts {
    /// All of them.
    pub total: u32,
    /// Live.
    pub up: u32,
    /// A call is overdue.
    pub slow: u32,
    /// Not reachable, another attempt follows.
    pub down: u32,
    /// Queued, connecting, asking or listing.
    pub connecting: u32,
    /// Not connected by choice.
    pub disabled: u32,
}

/// VMs by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VmCounts {
    /// All of them.
    pub total: u32,
    /// Running or blocked.
    pub running: u32,
    /// Paused.
    pub paused: u32,
    /// Shut off.
    pub shut_off: u32,
    /// Crashed.
    pub crashed: u32,
    /// Suspended by the guest.
    pub suspended: u32,
    /// Shutting down or in a state libvirt does not know.
    pub other: u32,
    /// Of all these, on hosts without a connection: their state is the last one known.
    pub stale: u32,
}

/// Sums over everything below a node. Loads come from connected hosts only.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rollup {
    /// Hosts.
    pub hosts: HostCounts,
    /// VMs.
    pub vms: VmCounts,
    /// CPUs of all hosts that ever told.
    pub cpus: u32,
    /// CPUs of hosts whose load is known now.
    pub cpus_measured: u32,
    /// Busy CPUs of those, in hundredths (load percent times CPUs).
    pub cpu_busy: f64,
    /// Memory of all hosts that ever told, bytes.
    pub memory: u64,
    /// Memory of hosts whose use is known now, bytes.
    pub memory_measured: u64,
    /// Memory used on those, without buffers and cache, bytes.
    pub memory_used: u64,
    /// vCPUs of active VMs.
    pub vcpus: u32,
    /// Memory given to active VMs, bytes.
    pub memory_given: u64,
    /// What somebody must look at: VMs crashed or paused by an I/O error, hosts down.
    pub problems: u32,
}

impl Rollup {
    /// CPU load in percent, weighted by the hosts' CPUs.
    pub fn cpu_percent(&self) -> Option<f32> {
        (self.cpus_measured > 0).then(|| (self.cpu_busy / f64::from(self.cpus_measured)) as f32)
    }

    /// Memory used in percent of the hosts whose use is known.
    pub fn memory_percent(&self) -> Option<f32> {
        (self.memory_measured > 0).then(|| (self.memory_used as f64 / self.memory_measured as f64 * 100.0) as f32)
    }

    /// vCPUs of active VMs for each CPU.
    pub fn cpu_overcommit(&self) -> Option<f32> {
        (self.cpus > 0).then(|| self.vcpus as f32 / self.cpus as f32)
    }

    /// Memory given to active VMs for each byte there is.
    pub fn memory_overcommit(&self) -> Option<f32> {
        (self.memory > 0).then(|| (self.memory_given as f64 / self.memory as f64) as f32)
    }

    /// Adds the sums of another node.
    pub fn add(&mut self, other: &Self) {
        let (hosts, more) = (&mut self.hosts, &other.hosts);
        hosts.total += more.total;
        hosts.up += more.up;
        hosts.slow += more.slow;
        hosts.down += more.down;
        hosts.connecting += more.connecting;
        hosts.disabled += more.disabled;
        let (vms, more) = (&mut self.vms, &other.vms);
        vms.total += more.total;
        vms.running += more.running;
        vms.paused += more.paused;
        vms.shut_off += more.shut_off;
        vms.crashed += more.crashed;
        vms.suspended += more.suspended;
        vms.other += more.other;
        vms.stale += more.stale;
        self.cpus = self.cpus.saturating_add(other.cpus);
        self.cpus_measured = self.cpus_measured.saturating_add(other.cpus_measured);
        self.cpu_busy += other.cpu_busy;
        self.memory = self.memory.saturating_add(other.memory);
        self.memory_measured = self.memory_measured.saturating_add(other.memory_measured);
        self.memory_used = self.memory_used.saturating_add(other.memory_used);
        self.vcpus = self.vcpus.saturating_add(other.vcpus);
        self.memory_given = self.memory_given.saturating_add(other.memory_given);
        self.problems += other.problems;
    }

    fn add_vm(&mut self, vm: &VmEntry) {
        let status = vm.record.status;
        let vms = &mut self.vms;
        vms.total += 1;
        *match status.state {
            VmState::Running | VmState::Blocked => &mut vms.running,
            VmState::Paused => &mut vms.paused,
            VmState::ShutOff => &mut vms.shut_off,
            VmState::Crashed => &mut vms.crashed,
            VmState::PmSuspended => &mut vms.suspended,
            VmState::NoState | VmState::ShuttingDown => &mut vms.other,
        } += 1;
        if status.state.is_active() {
            self.vcpus = self.vcpus.saturating_add(vm.record.vcpus.unwrap_or(0));
            self.memory_given = self.memory_given.saturating_add(vm.record.memory.unwrap_or(0));
        }
        if status.is_io_error() || status.state == VmState::Crashed {
            self.problems += 1;
        }
    }

    /// One VM alone.
    fn of_vm(vm: &VmEntry, connected: bool) -> Self {
        let mut rollup = Self::default();
        rollup.add_vm(vm);
        if !connected {
            rollup.vms.stale = 1;
        }
        rollup
    }

    /// The sums over a host's VMs only; the host's own figures move with every reading and are
    /// added afterwards.
    pub(super) fn of_vms(host: &HostState) -> Self {
        let mut rollup = Self::default();
        for vm in host.vms.values() {
            rollup.add_vm(vm);
        }
        rollup
    }

    /// A host with its VMs.
    pub(super) fn of_host(host: &HostState) -> Self {
        let mut rollup = *host.rollup.get_or_init(|| Self::of_vms(host));
        let hosts = &mut rollup.hosts;
        hosts.total = 1;
        *match host.conn {
            ConnState::Disabled => &mut hosts.disabled,
            ConnState::Queued | ConnState::Connecting { .. } | ConnState::Asking { .. } | ConnState::Syncing { .. } => {
                &mut hosts.connecting
            }
            ConnState::Live { .. } => &mut hosts.up,
            ConnState::Slow { .. } => &mut hosts.slow,
            ConnState::Down { .. } => &mut hosts.down,
        } = 1;
        rollup.problems += rollup.hosts.down;
        rollup.cpus = host.cpus().unwrap_or(0);
        rollup.memory = host.memory().unwrap_or(0);
        if host.conn.is_connected() {
            if let Some(load) = host.rates.cpu
                && rollup.cpus > 0
            {
                rollup.cpus_measured = rollup.cpus;
                rollup.cpu_busy = f64::from(load) * f64::from(rollup.cpus);
            }
            if let Some(memory) = host.rates.memory {
                rollup.memory_measured = memory.total;
                rollup.memory_used = memory.used();
            }
        } else {
            rollup.vms.stale = rollup.vms.total;
        }
        rollup
    }
}

impl Store {
    /// The sums over everything below a node and itself; empty for what is not there.
    pub fn rollup(&self, node: NodeId) -> Rollup {
        match node {
            NodeId::Host(id) => self.host(id).map(Rollup::of_host).unwrap_or_default(),
            NodeId::Vm(key) => self
                .host(key.host)
                .and_then(|host| {
                    let vm = host.vms.get(&key.uuid)?;
                    Some(Rollup::of_vm(vm, host.conn.is_connected()))
                })
                .unwrap_or_default(),
            group => self
                .groups
                .get_or_init(|| self.sum_groups())
                .get(&group)
                .copied()
                .unwrap_or_default(),
        }
    }

    fn sum_groups(&self) -> std::collections::BTreeMap<NodeId, Rollup> {
        let mut groups = std::collections::BTreeMap::new();
        for entry in &self.topology().hosts {
            let Some(host) = self.host(entry.id) else {
                continue;
            };
            let rollup = Rollup::of_host(host);
            let datacenter = self.datacenter_of(entry).map(NodeId::Datacenter);
            let cluster = entry.cluster.map(NodeId::Cluster);
            for group in [Some(NodeId::Fleet), datacenter, cluster].into_iter().flatten() {
                groups.entry(group).or_insert_with(Rollup::default).add(&rollup);
            }
        }
        groups
    }
}
