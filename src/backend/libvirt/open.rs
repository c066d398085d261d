//! A connection to one host.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::backend::libvirt::console::{self, Screenshot};
use crate::backend::libvirt::events::RawSink;
use crate::backend::libvirt::handle::Owned;
use crate::backend::libvirt::registration::Watch;
use crate::backend::libvirt::request::{OpenRequest, SampleScope};
use crate::backend::libvirt::stream::{Stream, Wake};
use crate::backend::libvirt::{
    auth, counters, devices, facts, fallback, guest, init, keepalive, lists, networks, node_stats, power, probe,
    snapshots, ssh, storage,
};
use crate::base::text::Text;
use crate::hv::command::PowerVerb;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::guest::{GuestInfo, SnapshotRecord};
use crate::hv::host::{Feature, HostFacts, NodeDevice};
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::{HostCounters, VmCounters};
use crate::hv::storage::{PoolRecord, VolumeRecord};
use crate::hv::vm::VmRecord;

/// How often, and after what time, a script is tried again that is still open for writing.
const BUSY_TRIES: usize = 5;
const BUSY_PAUSE: Duration = Duration::from_millis(40);

/// An open connection. Every method may block without limit.
pub struct Connection {
    raw: Owned<virt_sys::virConnect>,
    watch: Mutex<Watch>,
    read_only: bool,
    uri: Text,
    fields: node_stats::FieldCounts,
}

impl Connection {
    /// Opens a connection (`virConnectOpenAuth`).
    ///
    /// libvirt's own keepalive stays off. When it gives a connection up while two threads have
    /// calls on it, the first leaves its event sources behind in the loop that the second takes
    /// over, and the process dies as soon as the host speaks again (libvirt 9.0.0,
    /// `virNetClientIOEventLoop`). The deadlines above this layer notice a silent host as soon: there
    /// is a reading of counters at every interval.
    pub fn open(request: &OpenRequest) -> Result<Self, HvError> {
        init();
        // the script must be there until ssh has been started
        let (uri, script) = ssh::prepare(request)?;
        let mut raw = auth::open(&uri, request.read_only, &request.asker);
        // a program started by another thread just then may still hold the script open for writing
        for _ in 0..BUSY_TRIES {
            if script.is_none() || !raw.as_ref().is_err_and(|error| is_busy(&error.message)) {
                break;
            }
            pause(BUSY_PAUSE);
            raw = auth::open(&uri, request.read_only, &request.asker);
        }
        let raw = raw?;
        Ok(Self {
            raw,
            watch: Mutex::default(),
            read_only: request.read_only,
            uri: request.uri.clone(),
            fields: node_stats::FieldCounts::default(),
        })
    }

    /// Registers for all events; returns the kinds that the driver does not have.
    pub fn watch(&self, sink: &RawSink) -> Vec<Feature> {
        self.watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .start(&self.raw, sink)
    }

    /// Ends all registrations and closes.
    pub fn close(self) {
        drop(self);
    }

    /// Whether the connection was alive when it was last used; local knowledge.
    pub fn is_alive(&self) -> bool {
        keepalive::is_alive(&self.raw)
    }

    /// What the host tells about itself.
    pub fn facts(&self) -> Result<HostFacts, HvError> {
        let mut facts = facts::facts(&self.raw, self.read_only)?;
        // what was opened may name a script of ours that nobody wants to see
        facts.uri = self.uri.clone();
        Ok(facts)
    }

    /// All VMs, in a number of calls that does not depend on how many there are.
    pub fn vms(&self) -> Result<Vec<VmRecord>, HvError> {
        lists::vms(&self.raw)
    }

    /// One VM.
    pub fn vm(&self, uuid: Uuid) -> Result<VmRecord, HvError> {
        lists::vm(&self.raw, uuid)
    }

    /// A VM's XML without secrets (`virDomainGetXMLDesc`), as it is or as it will be next time.
    pub fn xml(&self, uuid: Uuid, inactive: bool) -> Result<String, HvError> {
        lists::xml(&self.raw, uuid, inactive)
    }

    /// Counters of all active VMs.
    pub fn counters(&self, scope: &SampleScope) -> Result<Vec<VmCounters>, HvError> {
        if scope.per_vm {
            return self.counters_one_by_one(scope);
        }
        let mut all = Vec::new();
        counters::all(&self.raw, counters::groups(scope.bulk), true, |counters| {
            all.push(counters);
        })?;
        if !scope.detail.is_empty() {
            let domains: Vec<_> = scope
                .detail
                .iter()
                .filter_map(|uuid| lists::lookup(&self.raw, *uuid).ok())
                .collect();
            let full = counters::groups(crate::backend::libvirt::request::BulkScope::Full);
            for detailed in counters::some(&domains, full)? {
                if let Some(vm) = all.iter_mut().find(|vm| vm.uuid == detailed.uuid) {
                    *vm = detailed;
                }
            }
        }
        Ok(all)
    }

    fn counters_one_by_one(&self, scope: &SampleScope) -> Result<Vec<VmCounters>, HvError> {
        let mut all = Vec::new();
        for domain in lists::domains(&self.raw, virt_sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE)? {
            let mut vm = VmCounters {
                uuid: lists::uuid(&domain)?,
                ..VmCounters::default()
            };
            if scope.only.as_ref().is_some_and(|only| !only.contains(&vm.uuid)) {
                continue;
            }
            match fallback::info(&domain, &mut vm) {
                Ok(()) => {}
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
            if scope.per_vm_devices.contains(&vm.uuid) {
                fallback::memory(&domain, &mut vm);
                if let Ok(xml) = lists::domain_xml(&domain, false) {
                    fallback::devices(&domain, &xml, &mut vm)?;
                }
            }
            all.push(vm);
        }
        Ok(all)
    }

    /// The host's own counters; what its driver cannot tell is left out.
    pub fn host_counters(&self, facts: &HostFacts) -> Result<HostCounters, HvError> {
        node_stats::host(&self.raw, &self.fields, facts)
    }

    /// All storage pools.
    pub fn pools(&self) -> Result<Vec<PoolRecord>, HvError> {
        storage::pools(&self.raw)
    }

    /// One storage pool.
    pub fn pool(&self, uuid: Uuid) -> Result<PoolRecord, HvError> {
        storage::pool(&self.raw, uuid)
    }

    /// All volumes of a pool.
    pub fn volumes(&self, pool: Uuid) -> Result<Vec<VolumeRecord>, HvError> {
        storage::volumes(&self.raw, pool)
    }

    /// All networks.
    pub fn networks(&self) -> Result<Vec<NetworkRecord>, HvError> {
        networks::networks(&self.raw)
    }

    /// One network.
    pub fn network(&self, uuid: Uuid) -> Result<NetworkRecord, HvError> {
        networks::network(&self.raw, uuid)
    }

    /// DHCP leases of all active networks.
    pub fn leases(&self) -> Result<Vec<Lease>, HvError> {
        networks::leases(&self.raw)
    }

    /// All devices of the host.
    pub fn devices(&self) -> Result<Vec<NodeDevice>, HvError> {
        devices::devices(&self.raw)
    }

    /// Addresses, and what the guest agent answers.
    pub fn guest(&self, uuid: Uuid) -> GuestInfo {
        guest::guest(&self.raw, uuid)
    }

    /// A VM's snapshots, oldest first.
    pub fn snapshots(&self, uuid: Uuid) -> Result<Vec<SnapshotRecord>, HvError> {
        snapshots::snapshots(&self.raw, uuid)
    }

    /// Does a verb to a VM.
    pub fn power(&self, uuid: Uuid, verb: &PowerVerb) -> Result<(), HvError> {
        power::power(&self.raw, uuid, verb)
    }

    /// Opens a serial line (`virDomainOpenConsole`). `wake` is called on libvirt's event thread when
    /// something may have changed; `keep` lives as long as the stream.
    pub fn open_console(
        &self,
        uuid: Uuid,
        device: Option<&str>,
        force: bool,
        wake: Wake,
        keep: Box<dyn Send + Sync>,
    ) -> Result<Stream, HvError> {
        console::open_console(&self.raw, uuid, device, force, wake, keep)
    }

    /// A picture of a screen (`virDomainScreenshot`).
    pub fn screenshot(&self, uuid: Uuid, head: u32) -> Result<Screenshot, HvError> {
        console::screenshot(&self.raw, uuid, head)
    }

    /// A connection to a display past its listener and password (`virDomainOpenGraphicsFD`).
    pub fn open_graphics(&self, uuid: Uuid, index: u32) -> Result<std::os::fd::OwnedFd, HvError> {
        console::open_graphics(&self.raw, uuid, index)
    }

    /// A running VM's XML with its secrets (`VIR_DOMAIN_XML_SECURE`).
    pub fn secure_xml(&self, uuid: Uuid) -> Result<String, HvError> {
        console::secure_xml(&self.raw, uuid)
    }

    /// Changes a device of a running VM (`virDomainUpdateDeviceFlags`).
    pub fn update_device(&self, uuid: Uuid, device: &str) -> Result<(), HvError> {
        console::update_device(&self.raw, uuid, device)
    }

    /// What the driver can do, found out by harmless calls.
    pub fn probe(&self) -> Vec<(Feature, Result<(), HvError>)> {
        probe::probe(&self.raw)
    }
}

/// Whether a script could not be started because somebody has it open for writing (`ETXTBSY`).
fn is_busy(message: &Text) -> bool {
    message.raw().contains("Text file busy")
}

fn pause(time: Duration) {
    let (_sender, nobody) = std::sync::mpsc::channel::<()>();
    // nothing is ever sent: this only waits
    let _ = nobody.recv_timeout(time);
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .stop(&self.raw);
    }
}
