//! The fold: one message of a host becomes part of what is known.
//!
//! Whatever order messages arrive in, repeated or with some missing, a complete list read
//! afterwards leaves exactly what is on the host.

use std::sync::OnceLock;

use uuid::Uuid;

use crate::base::ids::{HostId, VmKey};
use crate::base::time::Stamp;
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::guest::GuestInfo;
use crate::hv::host::ConnState;
use crate::hv::vm::{VmDesc, VmRecord};
use crate::inventory::changes::Changes;
use crate::inventory::host::{HostState, Listing, Lost, PoolEntry};
use crate::inventory::store::Store;
use crate::inventory::vm::VmEntry;

/// VMs that came and went with one message.
#[derive(Default)]
pub(super) struct Traffic {
    came: Vec<Uuid>,
    went: Vec<Uuid>,
}

impl Store {
    /// Takes a message over. Messages of older connections, of unknown hosts and about unknown
    /// VMs change nothing.
    pub fn apply(&mut self, message: &HostMessage, now: Stamp) -> Changes {
        let mut changes = Changes {
            host: Some(message.host),
            ..Changes::default()
        };
        let Some(host) = self.hosts.get_mut(&message.host) else {
            changes.dropped = true;
            return changes;
        };
        if message.epoch < host.epoch {
            changes.dropped = true;
            return changes;
        }
        if message.epoch > host.epoch {
            host.epoch = message.epoch;
            host.interrupt();
        }
        let mut traffic = Traffic::default();
        match &message.event {
            HostEvent::Samples(set) => {
                if host.conn.is_connected() {
                    host.last_live = Some(now);
                }
                host.sample(message.host, set, &mut self.watched, &mut changes);
            }
            HostEvent::Log(entry) => changes.log = self.log.push(message.host, entry),
            event => host.fold(event, now, &mut changes, &mut traffic),
        }
        if let Some(key) = &mut changes.vm {
            key.host = message.host;
        }
        self.follow(message.host, traffic, now, &mut changes);
        self.touch(&changes);
        changes
    }

    /// Finds out which of the VMs that came and went only moved.
    fn follow(&mut self, host: HostId, traffic: Traffic, now: Stamp, changes: &mut Changes) {
        for uuid in traffic.went {
            let from = VmKey { host, uuid };
            self.watched.forget(from);
            // what is known of a lost host is a memory; a VM may have left it long ago
            let elsewhere = self
                .hosts
                .iter()
                .filter(|(_, state)| state.lost.is_none() || state.conn.is_connected())
                .filter_map(|(id, state)| Some((state.vms.get(&uuid)?.first_seen, *id)))
                .max();
            if let Some((_, host)) = elsewhere {
                changes.moved.push((from, VmKey { host, uuid }));
            } else {
                self.moves.vanished(from, now);
                changes.gone.push(from);
            }
        }
        for uuid in traffic.came {
            let to = VmKey { host, uuid };
            if let Some(from) = self.moves.appeared(to, now) {
                changes.moved.push((from, to));
            }
        }
    }
}

impl HostState {
    /// Nothing read before belongs to what will be read.
    fn interrupt(&mut self) {
        self.listing = None;
        self.counters = None;
        for vm in self.vms.values_mut() {
            vm.counters = None;
        }
    }

    /// VMs came, went, or changed what they count for.
    fn recount(&mut self) {
        self.rollup = OnceLock::new();
        self.tops = OnceLock::new();
    }

    fn fold(&mut self, event: &HostEvent, now: Stamp, changes: &mut Changes, traffic: &mut Traffic) {
        match event {
            HostEvent::Conn(conn) => self.fold_conn(conn, changes),
            HostEvent::Facts(facts) => {
                changes.facts = self.facts.as_ref() != Some(facts);
                self.facts = Some(facts.clone());
            }
            HostEvent::ListStart => self.listing = Some(Listing::default()),
            HostEvent::ListEnd => self.end_list(changes, traffic),
            HostEvent::Vms(records) => {
                for record in records {
                    if let Some(listing) = &mut self.listing {
                        listing.vms.insert(record.uuid);
                    }
                    self.upsert(record, now, changes, traffic);
                }
                if let [record] = records.as_slice() {
                    changes.vm = Some(vm_of(record.uuid));
                }
            }
            HostEvent::VmGone(uuid) => {
                if let Some(listing) = &mut self.listing {
                    listing.vms.remove(uuid);
                }
                changes.vm = Some(vm_of(*uuid));
                self.remove_vm(*uuid, changes, traffic);
            }
            HostEvent::Desc { uuid, desc } => self.fold_desc(*uuid, desc, changes),
            HostEvent::Guest { uuid, info } => self.fold_guest(*uuid, info, now, changes),
            HostEvent::Snapshots { uuid, snapshots } => {
                if let Some(vm) = self.vms.get_mut(uuid) {
                    changes.vm = Some(vm_of(*uuid));
                    changes.details = replace(&mut vm.snapshots, snapshots);
                    vm.snapshots_read = Some(now);
                } else {
                    changes.dropped = true;
                }
            }
            HostEvent::Devices(devices) => changes.devices = replace(&mut self.devices, devices),
            HostEvent::Leases(leases) => {
                changes.leases = replace(&mut self.leases, leases);
                self.leases_read = Some(now);
            }
            HostEvent::Unsupported(feature) => changes.facts = self.unsupported.insert(*feature),
            HostEvent::Abandoned(count) => {
                changes.connection = self.abandoned != *count;
                self.abandoned = *count;
            }
            HostEvent::Pools(_)
            | HostEvent::PoolGone(_)
            | HostEvent::Networks(_)
            | HostEvent::NetworkGone(_)
            | HostEvent::Volumes { .. } => self.fold_storage(event, now, changes),
            // tasks, consoles and questions concern whoever shows them; samples and events were handled
            // where the rest of the fleet is at hand
            HostEvent::Task { .. }
            | HostEvent::Prompt(_)
            | HostEvent::PromptGone(_)
            | HostEvent::Samples(_)
            | HostEvent::Console { .. }
            | HostEvent::Display { .. }
            | HostEvent::Thumbnail { .. }
            | HostEvent::Log(_) => {}
        }
        if self.conn.is_connected() {
            self.last_live = Some(now);
        }
    }

    fn fold_conn(&mut self, conn: &ConnState, changes: &mut Changes) {
        if let ConnState::Down { since, error, .. } = conn {
            // further attempts that fail do not move the moment of the loss
            let since = self.lost.as_ref().map_or(*since, |lost| lost.since);
            self.lost = Some(Lost {
                since,
                error: error.clone(),
            });
        }
        if conn.is_live() || *conn == ConnState::Disabled {
            self.lost = None;
        }
        if !conn.is_connected() {
            self.interrupt();
        }
        changes.connection = self.conn != *conn;
        self.conn = conn.clone();
    }

    fn end_list(&mut self, changes: &mut Changes, traffic: &mut Traffic) {
        let Some(listing) = self.listing.take() else {
            return;
        };
        let ghosts: Vec<Uuid> = self
            .vms
            .keys()
            .filter(|uuid| !listing.vms.contains(uuid))
            .copied()
            .collect();
        for uuid in ghosts {
            self.remove_vm(uuid, changes, traffic);
        }
        let (pools, networks) = (self.pools.len(), self.networks.len());
        self.pools.retain(|uuid, _| listing.pools.contains(uuid));
        self.networks.retain(|uuid, _| listing.networks.contains(uuid));
        changes.pools = pools != self.pools.len();
        changes.networks = networks != self.networks.len();
        changes.structure |= !self.listed;
        self.listed = true;
    }

    fn upsert(&mut self, record: &VmRecord, now: Stamp, changes: &mut Changes, traffic: &mut Traffic) {
        let Some(vm) = self.vms.get_mut(&record.uuid) else {
            self.vms.insert(record.uuid, VmEntry::new(record.clone(), now));
            traffic.came.push(record.uuid);
            (changes.vms, changes.structure) = (true, true);
            self.order = OnceLock::new();
            self.recount();
            return;
        };
        if vm.record == *record {
            return;
        }
        changes.vms = true;
        let (old, new) = (vm.record.status, record.status);
        if old.state.is_active() != new.state.is_active() || vm.record.id != record.id {
            // another process, with counters of its own
            vm.restart_rates();
        }
        if old.state != new.state {
            vm.state_since = now;
        }
        if vm.record.name != record.name {
            vm.sort_name = crate::inventory::natural::key(record.name.raw());
            self.order = OnceLock::new();
            changes.structure = true;
        }
        changes.structure |= old.state != new.state;
        vm.haystack = OnceLock::new();
        vm.record = record.clone();
        self.recount();
    }

    fn remove_vm(&mut self, uuid: Uuid, changes: &mut Changes, traffic: &mut Traffic) {
        if self.vms.remove(&uuid).is_some() {
            traffic.went.push(uuid);
            (changes.vms, changes.structure) = (true, true);
            self.order = OnceLock::new();
            self.recount();
        }
    }

    fn fold_desc(&mut self, uuid: Uuid, desc: &std::sync::Arc<VmDesc>, changes: &mut Changes) {
        let Some(vm) = self.vms.get_mut(&uuid) else {
            changes.dropped = true;
            return;
        };
        changes.vm = Some(vm_of(uuid));
        let title = |desc: &VmDesc| desc.title.clone();
        if vm.desc.as_deref().and_then(title) != title(desc) {
            vm.haystack = OnceLock::new();
            changes.structure = true;
        }
        changes.details = vm.desc.as_ref() != Some(desc);
        vm.desc = Some(desc.clone());
    }

    fn fold_guest(&mut self, uuid: Uuid, info: &std::sync::Arc<GuestInfo>, now: Stamp, changes: &mut Changes) {
        let Some(vm) = self.vms.get_mut(&uuid) else {
            changes.dropped = true;
            return;
        };
        changes.vm = Some(vm_of(uuid));
        let known = vm.guest.as_deref().map_or(&[][..], |old| &old.addresses);
        if known != info.addresses {
            vm.haystack = OnceLock::new();
            changes.structure = true;
        }
        changes.details = vm.guest.as_ref() != Some(info);
        vm.guest = Some(info.clone());
        vm.guest_read = Some(now);
    }

    fn fold_storage(&mut self, event: &HostEvent, now: Stamp, changes: &mut Changes) {
        match event {
            HostEvent::Pools(records) => {
                for record in records {
                    if let Some(listing) = &mut self.listing {
                        listing.pools.insert(record.uuid);
                    }
                    let entry = self.pools.get_mut(&record.uuid);
                    changes.pools |= entry.as_ref().is_none_or(|old| old.record != *record);
                    if let Some(entry) = entry {
                        entry.record = record.clone();
                        entry.read = now;
                    } else {
                        let entry = PoolEntry {
                            record: record.clone(),
                            volumes: None,
                            read: now,
                            volumes_read: None,
                        };
                        self.pools.insert(record.uuid, entry);
                    }
                }
            }
            HostEvent::PoolGone(uuid) => {
                if let Some(listing) = &mut self.listing {
                    listing.pools.remove(uuid);
                }
                changes.pools = self.pools.remove(uuid).is_some();
            }
            HostEvent::Networks(records) => {
                for record in records {
                    if let Some(listing) = &mut self.listing {
                        listing.networks.insert(record.uuid);
                    }
                    let old = self.networks.insert(record.uuid, record.clone());
                    changes.networks |= old.as_ref() != Some(record);
                }
            }
            HostEvent::NetworkGone(uuid) => {
                if let Some(listing) = &mut self.listing {
                    listing.networks.remove(uuid);
                }
                changes.networks = self.networks.remove(uuid).is_some();
            }
            HostEvent::Volumes { pool, volumes } => {
                if let Some(entry) = self.pools.get_mut(pool) {
                    changes.volumes = replace(&mut entry.volumes, volumes);
                    entry.volumes_read = Some(now);
                } else {
                    changes.dropped = true;
                }
            }
            _ => {}
        }
    }
}

/// A VM of the host whose message is being applied, which [`Store::apply`] fills in.
fn vm_of(uuid: Uuid) -> VmKey {
    VmKey { host: HostId(0), uuid }
}

/// Whether putting the new value in place of the old one changed it.
fn replace<T: Clone + PartialEq>(slot: &mut Option<T>, value: &T) -> bool {
    let changed = slot.as_ref() != Some(value);
    if changed {
        *slot = Some(value.clone());
    }
    changed
}
