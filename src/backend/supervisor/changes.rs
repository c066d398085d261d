//! From libvirt's events to what is read again and what is logged.

use super::Supervisor;
use crate::backend::event_queue::Batch;
use crate::backend::event_words::{close_reason, entry};
use crate::backend::logbook::unix_millis;
use crate::backend::machine::Input;
use crate::backend::work::{Seen, Work};
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, LogEntry, Severity, Subject};
use crate::hv::network::NetworkRecord;
use crate::hv::storage::PoolRecord;
use crate::hv::vm::VmRecord;

/// With more events than this in one visit, the next visit waits longer.
const BUSY: usize = 100;

impl Supervisor {
    /// Looks at what the event thread has left.
    pub(super) fn take_events(&mut self) {
        let Some(link) = &self.link else { return };
        let batch = link.events.take();
        if batch.count > BUSY {
            // rest between visits; what comes meanwhile is coalesced
            self.events_due = Some(self.now().after(self.common.limits.settle * 5));
        }
        let closed = batch.closed;
        self.note_changes(batch);
        if let Some(reason) = closed {
            self.drive(Input::Lost(HvError::own(
                ErrorKind::Unreachable,
                "virConnectRegisterCloseCallback",
                close_reason(reason),
            )));
        }
    }

    fn note_changes(&mut self, batch: Batch) {
        let wall = unix_millis();
        let now = self.now();
        for (uuid, times) in batch.dropped {
            let name = self.vms.get(uuid).map(|vm| vm.name.clone());
            self.logbook.count(
                LogEntry {
                    unix_millis: wall,
                    severity: Severity::Normal,
                    subject: Subject::Vm(uuid),
                    name: name.unwrap_or_default(),
                    message: "changed".into(),
                },
                times,
                now,
            );
        }
        for event in &batch.events {
            if let Some(entry) = entry(event, wall)
                && let Some(entry) = self.logbook.admit(entry, now)
            {
                self.emit(HostEvent::Log(entry));
            }
        }
        for uuid in &batch.dirty.descriptions {
            self.attention.stale(*uuid);
        }
        self.dirty.merge(batch.dirty);
        self.dirty.descriptions.clear();
        if std::mem::take(&mut self.dirty.everything) {
            self.attention.forget();
            self.ask(Work::List);
        }
    }

    /// VMs that were read one by one.
    pub(super) fn seen_vms(&mut self, vms: Vec<Seen<VmRecord>>) {
        let mut changed = Vec::new();
        for seen in vms {
            match seen {
                Seen::Now(vm) => {
                    if self.note_vm(&vm) {
                        changed.push(vm);
                    }
                }
                Seen::Gone(uuid) => {
                    if self.vms.remove(uuid) {
                        self.attention.stale(uuid);
                        self.emit(HostEvent::VmGone(uuid));
                    }
                }
                Seen::Unknown(uuid, error) => self.unreadable(Subject::Vm(uuid), &error),
            }
        }
        self.emit_vms(changed);
    }

    /// Notes a VM; whether it is different. Another id means another process, whose XML differs.
    pub(super) fn note_vm(&mut self, vm: &VmRecord) -> bool {
        let id_before = self.vms.get(vm.uuid).and_then(|before| before.id);
        if id_before != vm.id {
            self.attention.stale(vm.uuid);
        }
        self.vms.note(vm)
    }

    /// Pools that were read one by one.
    pub(super) fn seen_pools(&mut self, pools: Vec<Seen<PoolRecord>>) {
        let mut changed = Vec::new();
        for seen in pools {
            match seen {
                Seen::Now(pool) => {
                    if self.pools.note(&pool) {
                        changed.push(pool);
                    }
                }
                Seen::Gone(uuid) => {
                    if self.pools.remove(uuid) {
                        self.emit(HostEvent::PoolGone(uuid));
                    }
                }
                Seen::Unknown(uuid, error) => self.unreadable(Subject::Pool(uuid), &error),
            }
        }
        if !changed.is_empty() {
            self.emit(HostEvent::Pools(changed));
        }
    }

    /// Networks that were read one by one.
    pub(super) fn seen_networks(&mut self, networks: Vec<Seen<NetworkRecord>>) {
        let mut changed = Vec::new();
        for seen in networks {
            match seen {
                Seen::Now(network) => {
                    if self.networks.note(&network) {
                        changed.push(network);
                    }
                }
                Seen::Gone(uuid) => {
                    if self.networks.remove(uuid) {
                        self.emit(HostEvent::NetworkGone(uuid));
                    }
                }
                Seen::Unknown(uuid, error) => self.unreadable(Subject::Network(uuid), &error),
            }
        }
        if !changed.is_empty() {
            self.emit(HostEvent::Networks(changed));
        }
    }

    fn unreadable(&mut self, subject: Subject, error: &HvError) {
        self.relist_soon();
        let name = match subject {
            Subject::Vm(uuid) => self.vms.get(uuid).map(|vm| vm.name.clone()),
            Subject::Pool(uuid) => self.pools.get(uuid).map(|pool| pool.name.clone()),
            Subject::Network(uuid) => self.networks.get(uuid).map(|network| network.name.clone()),
            Subject::Host | Subject::Device => None,
        };
        let entry = LogEntry {
            unix_millis: unix_millis(),
            severity: Severity::Warning,
            subject,
            name: name.unwrap_or_default(),
            message: Text::from(format!("cannot be read: {}", error.message.raw())),
        };
        let now = self.now();
        if let Some(entry) = self.logbook.admit(entry, now) {
            self.emit(HostEvent::Log(entry));
        }
    }
}
