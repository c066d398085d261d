//! The rows of the tree.

use std::collections::HashSet;

use crate::base::ids::{ClusterId, DatacenterId, NodeId, VmKey};
use crate::hv::topology::HostEntry;
use crate::inventory::filter::Filter;
use crate::inventory::host::HostState;
use crate::inventory::store::Store;

/// One row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeRow {
    /// What it stands for.
    pub node: NodeId,
    /// How deep it stands; the fleet is 0.
    pub depth: u8,
    /// Whether anything stands below it (and matches the filter).
    pub has_children: bool,
    /// Whether that is hidden.
    pub folded: bool,
    /// Whether the row itself matches the filter; `false` for ancestors that are shown because
    /// of what is below them.
    pub hit: bool,
}

/// The rows in order: the fleet; each data center with its clusters and then its other hosts;
/// clusters and hosts outside any data center. Hosts stand in the order of the inventory, VMs in
/// natural order of their names. While a filter is given, folds are ignored: every hit is shown.
#[expect(clippy::implicit_hasher, reason = "folds are kept in a plain HashSet")]
pub fn rows(store: &Store, filter: &Filter, folds: &HashSet<NodeId>) -> Vec<TreeRow> {
    let mut builder = Builder {
        store,
        filter,
        folds,
        hosts: store.hosts().collect(),
        rows: Vec::with_capacity(store.vm_count() + store.topology().hosts.len() + 16),
    };
    builder.group(NodeId::Fleet, 0, |builder| {
        for datacenter in &store.topology().datacenters {
            builder.datacenter(datacenter.id);
        }
        for cluster in &store.topology().clusters {
            if cluster.datacenter.is_none() {
                builder.cluster(cluster.id, 1);
            }
        }
        builder.hosts_where(1, |entry| entry.cluster.is_none() && entry.datacenter.is_none());
    });
    builder.rows
}

struct Builder<'a> {
    store: &'a Store,
    filter: &'a Filter,
    folds: &'a HashSet<NodeId>,
    hosts: Vec<(&'a HostEntry, &'a HostState)>,
    rows: Vec<TreeRow>,
}

impl Builder<'_> {
    /// Adds a row and what `below` adds; takes all of it back when a filter is given and neither
    /// the row nor anything below it matches.
    fn group(&mut self, node: NodeId, depth: u8, below: impl FnOnce(&mut Self)) {
        let at = self.rows.len();
        let hit = self.filter.matches_node(self.store, node);
        self.rows.push(TreeRow {
            node,
            depth,
            has_children: false,
            folded: false,
            hit,
        });
        below(self);
        let has_children = self.rows.len() > at + 1;
        if !has_children && !hit && node != NodeId::Fleet {
            self.rows.truncate(at);
            return;
        }
        let folded = self.filter.is_empty() && has_children && self.folds.contains(&node);
        if folded {
            self.rows.truncate(at + 1);
        }
        if let Some(row) = self.rows.get_mut(at) {
            row.has_children = has_children;
            row.folded = folded;
        }
    }

    fn datacenter(&mut self, id: DatacenterId) {
        self.group(NodeId::Datacenter(id), 1, |builder| {
            let store = builder.store;
            for cluster in &store.topology().clusters {
                if cluster.datacenter == Some(id) {
                    builder.cluster(cluster.id, 2);
                }
            }
            builder.hosts_where(2, |entry| entry.cluster.is_none() && entry.datacenter == Some(id));
        });
    }

    fn cluster(&mut self, id: ClusterId, depth: u8) {
        self.group(NodeId::Cluster(id), depth, |builder| {
            builder.hosts_where(depth + 1, |entry| entry.cluster == Some(id));
        });
    }

    fn hosts_where(&mut self, depth: u8, wanted: impl Fn(&HostEntry) -> bool) {
        for at in 0..self.hosts.len() {
            let (entry, host) = self.hosts[at];
            if wanted(entry) {
                self.host(entry, host, depth);
            }
        }
    }

    fn host(&mut self, entry: &HostEntry, host: &HostState, depth: u8) {
        let node = NodeId::Host(entry.id);
        if self.filter.is_empty() && self.folds.contains(&node) && !host.vms.is_empty() {
            // the common case of a large fleet: nothing below needs to be looked at
            self.rows.push(TreeRow {
                node,
                depth,
                has_children: true,
                folded: true,
                hit: true,
            });
            return;
        }
        self.group(node, depth, |builder| {
            let takes = builder.filter.vms_of(builder.store, entry);
            for uuid in host.order() {
                if host.vms.get(uuid).is_some_and(&takes) {
                    builder.rows.push(TreeRow {
                        node: NodeId::Vm(VmKey {
                            host: entry.id,
                            uuid: *uuid,
                        }),
                        depth: depth + 1,
                        has_children: false,
                        folded: false,
                        hit: true,
                    });
                }
            }
        });
    }
}
