//! The state of the whole fleet.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::base::ids::{DatacenterId, HostId, NodeId, VmKey};
use crate::base::memo::Memo;
use crate::base::time::Stamp;
use crate::hv::topology::{HostEntry, Topology};
use crate::inventory::changes::Changes;
use crate::inventory::history::devices::{DeviceHistory, Watched};
use crate::inventory::history::{HostMetric, VmMetric};
use crate::inventory::host::HostState;
use crate::inventory::log::EventLog;
use crate::inventory::moves::Moves;
use crate::inventory::rollup::Rollup;
use crate::inventory::top::Tops;
use crate::inventory::vm::VmEntry;

/// Everything known of the fleet. Changed only by [`Store::apply`], [`Store::set_topology`] and
/// [`Store::watch`].
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) topology: Topology,
    /// Place of each host in the topology.
    places: BTreeMap<HostId, usize>,
    pub(super) hosts: BTreeMap<HostId, HostState>,
    pub(super) log: EventLog,
    pub(super) moves: Moves,
    pub(super) watched: Watched,
    pub(super) revision: u64,
    pub(super) structure: u64,
    /// Sums of fleet, data centers and clusters.
    pub(super) groups: OnceLock<BTreeMap<NodeId, Rollup>>,
    /// All VMs in the order of the flat list by name.
    pub(super) by_name: OnceLock<Box<[crate::inventory::flat::Place]>>,
    /// Who uses most below the node that was asked about last.
    pub(super) tops: Memo<(u64, NodeId, usize), Tops>,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(Topology::default())
    }
}

impl Store {
    /// A fleet of which nothing is known yet.
    pub fn new(topology: Topology) -> Self {
        let mut store = Self {
            topology: Topology::default(),
            places: BTreeMap::new(),
            hosts: BTreeMap::new(),
            log: EventLog::default(),
            moves: Moves::default(),
            watched: Watched::default(),
            revision: 0,
            structure: 0,
            groups: OnceLock::new(),
            by_name: OnceLock::new(),
            tops: Memo::default(),
        };
        store.set_topology(topology);
        store
    }

    /// Takes another inventory over. Hosts that stay keep all that is known of them; hosts that
    /// are not in it any more go with everything on them.
    pub fn set_topology(&mut self, topology: Topology) -> Changes {
        self.places = topology
            .hosts
            .iter()
            .enumerate()
            .map(|(place, entry)| (entry.id, place))
            .collect();
        self.topology = topology;
        let mut changes = Changes {
            structure: true,
            connection: true,
            ..Changes::default()
        };
        let places = &self.places;
        self.hosts.retain(|id, host| {
            let stays = places.contains_key(id);
            if !stays {
                let keys = host.vms.keys().map(|uuid| VmKey { host: *id, uuid: *uuid });
                changes.gone.extend(keys);
            }
            stays
        });
        for key in &changes.gone {
            self.watched.forget(*key);
        }
        for id in self.places.keys() {
            self.hosts.entry(*id).or_default();
        }
        self.touch(&changes);
        changes
    }

    /// Counts a change and forgets what was derived from the state before.
    pub(super) fn touch(&mut self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        self.revision += 1;
        if changes.structure {
            self.structure += 1;
            self.by_name = OnceLock::new();
        }
        self.groups = OnceLock::new();
    }

    /// Which hosts there are and how they are grouped.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Counts every change, also of numbers.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts changes of which rows there are, how they are named and whether a filter takes
    /// them: topology, VMs, names, states, titles, addresses. Numbers do not count.
    pub fn structure_revision(&self) -> u64 {
        self.structure
    }

    /// The inventory's entry of a host.
    pub fn entry(&self, id: HostId) -> Option<&HostEntry> {
        self.topology.hosts.get(*self.places.get(&id)?)
    }

    /// What is known of a host.
    pub fn host(&self, id: HostId) -> Option<&HostState> {
        self.hosts.get(&id)
    }

    /// What is known of a VM.
    pub fn vm(&self, key: VmKey) -> Option<&VmEntry> {
        self.hosts.get(&key.host)?.vms.get(&key.uuid)
    }

    /// All hosts in the order of the inventory.
    pub fn hosts(&self) -> impl Iterator<Item = (&HostEntry, &HostState)> {
        self.topology
            .hosts
            .iter()
            .filter_map(|entry| Some((entry, self.hosts.get(&entry.id)?)))
    }

    /// All VMs, by host in the order of the inventory and by name on each host.
    pub fn vms(&self) -> impl Iterator<Item = (VmKey, &HostState, &VmEntry)> {
        self.hosts().flat_map(|(entry, host)| {
            host.order().iter().filter_map(move |uuid| {
                let key = VmKey {
                    host: entry.id,
                    uuid: *uuid,
                };
                Some((key, host, host.vms.get(uuid)?))
            })
        })
    }

    /// How many VMs are known.
    pub fn vm_count(&self) -> usize {
        self.hosts.values().map(|host| host.vms.len()).sum()
    }

    /// The data center a host stands in, by itself or by its cluster.
    pub fn datacenter_of(&self, entry: &HostEntry) -> Option<DatacenterId> {
        entry
            .cluster
            .and_then(|id| self.topology.cluster(id))
            .map_or(entry.datacenter, |cluster| cluster.datacenter)
    }

    /// Whether a host stands below a node of the tree (or is it).
    pub fn is_below(&self, entry: &HostEntry, node: NodeId) -> bool {
        match node {
            NodeId::Fleet => true,
            NodeId::Datacenter(id) => self.datacenter_of(entry) == Some(id),
            NodeId::Cluster(id) => entry.cluster == Some(id),
            NodeId::Host(id) => entry.id == id,
            NodeId::Vm(key) => entry.id == key.host,
        }
    }

    /// The events of all hosts.
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// Keeps a history of each device of this VM from now on; of the last
    /// [`WATCHED`](crate::inventory::history::devices::WATCHED) VMs watched.
    pub fn watch(&mut self, key: VmKey) {
        if self.vm(key).is_some() {
            self.watched.watch(key);
        }
    }

    /// The history of each device of a VM that is watched.
    pub fn device_history(&self, key: VmKey) -> Option<&DeviceHistory> {
        self.watched.get(key)
    }

    /// A metric of a VM for every reading of its host that is kept, oldest first; `None` is a
    /// gap. Empty for a VM that is not there.
    pub fn vm_series(
        &self,
        key: VmKey,
        metric: VmMetric,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator {
        let found = self
            .host(key.host)
            .and_then(|host| Some((host, host.vms.get(&key.uuid)?)));
        let length = found.map_or(0, |(host, _)| host.history.len());
        (0..length).map(move |index| {
            found
                .and_then(|(host, vm)| {
                    let (tick, at) = host.history.at(index)?;
                    Some((at, vm.history.get(tick, metric)))
                })
                .unwrap_or_default()
        })
    }

    /// A metric of a host for every reading that is kept, oldest first; `None` is a gap.
    pub fn host_series(
        &self,
        id: HostId,
        metric: HostMetric,
    ) -> impl DoubleEndedIterator<Item = (Stamp, Option<f32>)> + ExactSizeIterator {
        let host = self.host(id);
        let length = host.map_or(0, |host| host.history.len());
        (0..length).map(move |index| {
            host.and_then(|host| {
                let (_, at) = host.history.at(index)?;
                Some((at, host.history.get(index, metric)))
            })
            .unwrap_or_default()
        })
    }
}

impl Store {
    /// Whether a node is known at all, shown or not.
    pub fn contains(&self, node: NodeId) -> bool {
        match node {
            NodeId::Fleet => true,
            NodeId::Datacenter(id) => self.topology().datacenter(id).is_some(),
            NodeId::Cluster(id) => self.topology().cluster(id).is_some(),
            NodeId::Host(id) => self.entry(id).is_some(),
            NodeId::Vm(key) => self.vm(key).is_some(),
        }
    }

    /// Hosts at or below a node; for a VM its host.
    pub fn hosts_below(&self, node: NodeId) -> Vec<HostId> {
        match node {
            NodeId::Host(host) | NodeId::Vm(VmKey { host, .. }) => vec![host],
            NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => self
                .topology()
                .hosts
                .iter()
                .filter(|entry| self.is_below(entry, node))
                .map(|entry| entry.id)
                .collect(),
        }
    }

    /// VMs at or below a node, by host and natural order of names.
    pub fn vms_below(&self, node: NodeId) -> Vec<VmKey> {
        if let NodeId::Vm(key) = node {
            return vec![key];
        }
        let hosts = self
            .hosts_below(node)
            .into_iter()
            .filter_map(|id| self.host(id).map(|host| (id, host)));
        hosts
            .flat_map(|(host, state)| state.order().iter().map(move |uuid| VmKey { host, uuid: *uuid }))
            .collect()
    }
}
