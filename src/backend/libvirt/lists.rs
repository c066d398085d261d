//! VMs as listed, in a number of calls that does not depend on how many there are.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::collections::{HashMap, HashSet};
use std::ffi::c_uint;

use uuid::Uuid;

use crate::backend::libvirt::counters;
use crate::backend::libvirt::fallback;
use crate::backend::libvirt::handle::{Owned, borrowed, check, list, taken, uuid_of};
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::sample::VmCounters;
use crate::hv::vm::{VmRecord, VmState};

type Connection = Owned<virt_sys::virConnect>;
type Domain = Owned<virt_sys::virDomain>;

/// `virDomainLookupByUUID`.
pub(super) fn lookup(connection: &Connection, uuid: Uuid) -> Result<Domain, HvError> {
    const DURING: &str = "virDomainLookupByUUID";
    // SAFETY: a valid connection and 16 bytes.
    let domain = unsafe { virt_sys::virDomainLookupByUUID(connection.ptr(), uuid.as_bytes().as_ptr()) };
    // SAFETY: null or a reference that is ours.
    unsafe { Owned::take(domain, DURING) }
}

/// `virConnectListAllDomains`.
pub(super) fn domains(connection: &Connection, flags: c_uint) -> Result<Vec<Domain>, HvError> {
    list("virConnectListAllDomains", |array| {
        // SAFETY: a valid connection; the array goes to `list`.
        unsafe { virt_sys::virConnectListAllDomains(connection.ptr(), array, flags) }
    })
}

pub(super) fn uuid(domain: &Domain) -> Result<Uuid, HvError> {
    uuid_of("virDomainGetUUID", |bytes| {
        // SAFETY: a valid domain; 16 bytes are written.
        unsafe { virt_sys::virDomainGetUUID(domain.ptr(), bytes) }
    })
}

fn name(domain: virt_sys::virDomainPtr) -> Text {
    // SAFETY: a valid domain, whose name lives as long as it does.
    unsafe { borrowed(virt_sys::virDomainGetName(domain)) }.unwrap_or_default()
}

fn id(domain: virt_sys::virDomainPtr) -> Option<u32> {
    // SAFETY: a valid domain; no call to the host, the number came with it.
    let id = unsafe { virt_sys::virDomainGetID(domain) };
    (id != c_uint::MAX && id != 0).then_some(id)
}

/// UUIDs of the VMs that pass a filter; empty when the driver does not know the filter.
fn subset(connection: &Connection, flag: c_uint) -> HashSet<Uuid> {
    domains(connection, flag)
        .unwrap_or_default()
        .iter()
        .filter_map(|domain| uuid(domain).ok())
        .collect()
}

/// All VMs of the host.
pub(super) fn vms(connection: &Connection) -> Result<Vec<VmRecord>, HvError> {
    let mut read: HashMap<Uuid, VmCounters> = HashMap::new();
    // without bulk statistics the states are asked for one by one below
    let bulk = counters::all(connection, counters::LISTING, false, |counters| {
        read.insert(counters.uuid, counters);
    });
    if let Err(error) = bulk
        && error.kind != ErrorKind::Unsupported
    {
        return Err(error);
    }
    let all = domains(connection, 0)?;
    let persistent = subset(connection, virt_sys::VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    let autostart = subset(connection, virt_sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART);
    let saved = subset(connection, virt_sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE);
    let snapshots = subset(connection, virt_sys::VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT);
    let mut records = Vec::with_capacity(all.len());
    for domain in &all {
        let uuid = uuid(domain)?;
        let mut counters = read.remove(&uuid).unwrap_or_default();
        if counters.memory.current.is_none() || counters.status.state == VmState::NoState {
            // it may have gone meanwhile; the next list tells
            match fallback::info(domain, &mut counters) {
                Ok(()) => {}
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
        }
        let mut record = record(domain.ptr(), uuid, &counters);
        record.persistent = persistent.contains(&uuid);
        record.autostart = autostart.contains(&uuid);
        record.managed_save = saved.contains(&uuid);
        record.has_snapshots = snapshots.contains(&uuid);
        records.push(record);
    }
    Ok(records)
}

fn record(domain: virt_sys::virDomainPtr, uuid: Uuid, counters: &VmCounters) -> VmRecord {
    VmRecord {
        uuid,
        name: name(domain),
        id: if counters.status.state.is_active() {
            id(domain)
        } else {
            None
        },
        status: counters.status,
        vcpus: counters.vcpus_current,
        vcpus_max: counters.vcpus_max.or(counters.vcpus_current),
        memory: counters.memory.current,
        memory_max: counters.memory.maximum,
        ..VmRecord::default()
    }
}

/// One VM.
pub(super) fn vm(connection: &Connection, uuid: Uuid) -> Result<VmRecord, HvError> {
    let domain = lookup(connection, uuid)?;
    // virDomainGetInfo would wait for whatever job holds the VM, such as a question to its agent
    let read = counters::some(std::slice::from_ref(&domain), counters::LISTING);
    let mut counters = read.ok().and_then(|mut read| read.pop()).unwrap_or_default();
    if counters.memory.current.is_none() {
        fallback::info(&domain, &mut counters)?;
    }
    let (mut state, mut reason) = (0, 0);
    // SAFETY: a valid domain; two numbers are written.
    let done = unsafe { virt_sys::virDomainGetState(domain.ptr(), &raw mut state, &raw mut reason, 0) };
    check(done, "virDomainGetState")?;
    counters.status.state = VmState::from_raw(state);
    counters.status.reason = reason;
    let mut record = record(domain.ptr(), uuid, &counters);
    let mut autostart = 0;
    // SAFETY: a valid domain; the answers are numbers, negative when the driver does not know.
    unsafe {
        record.persistent = virt_sys::virDomainIsPersistent(domain.ptr()) == 1;
        record.autostart = virt_sys::virDomainGetAutostart(domain.ptr(), &raw mut autostart) >= 0 && autostart == 1;
        record.managed_save = virt_sys::virDomainHasManagedSaveImage(domain.ptr(), 0) == 1;
        record.has_snapshots = virt_sys::virDomainSnapshotNum(domain.ptr(), 0) > 0;
        let most = virt_sys::virDomainGetVcpusFlags(domain.ptr(), virt_sys::VIR_DOMAIN_VCPU_MAXIMUM);
        if let Ok(most) = u32::try_from(most) {
            record.vcpus_max = Some(most);
        }
    }
    Ok(record)
}

/// `virDomainGetXMLDesc`, without secrets.
pub(super) fn xml(connection: &Connection, uuid: Uuid, inactive: bool) -> Result<String, HvError> {
    let domain = lookup(connection, uuid)?;
    domain_xml(&domain, inactive)
}

/// The XML of a domain at hand.
pub(super) fn domain_xml(domain: &Domain, inactive: bool) -> Result<String, HvError> {
    let flags = if inactive { virt_sys::VIR_DOMAIN_XML_INACTIVE } else { 0 };
    // SAFETY: a valid domain; the string is ours.
    unsafe {
        taken(
            virt_sys::virDomainGetXMLDesc(domain.ptr(), flags),
            "virDomainGetXMLDesc",
        )
    }
}
