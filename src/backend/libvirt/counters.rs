//! Bulk statistics: one call for all VMs of a host (`virConnectGetAllDomainStats`).
#![expect(unsafe_code, reason = "walks libvirt's record arrays")]

use std::ffi::{c_int, c_uint};
use std::ptr;

use uuid::Uuid;

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, uuid_of};
use crate::backend::libvirt::params::{Value, for_each, indexed};
use crate::backend::libvirt::request::BulkScope;
use crate::base::text::Text;
use crate::hv::error::HvError;
use crate::hv::sample::{DiskCounters, NicCounters, VcpuCounters, VmCounters};
use crate::hv::vm::VmState;

/// Groups that cost little.
const BASIC: c_uint = virt_sys::VIR_DOMAIN_STATS_STATE
    | virt_sys::VIR_DOMAIN_STATS_CPU_TOTAL
    | virt_sys::VIR_DOMAIN_STATS_BALLOON
    | virt_sys::VIR_DOMAIN_STATS_INTERFACE;
/// All groups that are shown.
const FULL: c_uint = BASIC | virt_sys::VIR_DOMAIN_STATS_VCPU | virt_sys::VIR_DOMAIN_STATS_BLOCK;
/// What a listing needs: state, vCPUs, memory.
pub(super) const LISTING: c_uint =
    virt_sys::VIR_DOMAIN_STATS_STATE | virt_sys::VIR_DOMAIN_STATS_VCPU | virt_sys::VIR_DOMAIN_STATS_BALLOON;

/// Never wait for a VM that another job holds.
const NOWAIT: c_uint = virt_sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
const ACTIVE: c_uint = virt_sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE;

/// The groups of a scope.
pub(super) fn groups(scope: BulkScope) -> c_uint {
    match scope {
        BulkScope::Basic => BASIC,
        BulkScope::Full => FULL,
    }
}

/// Owns what a statistics call returned.
struct Records {
    array: *mut virt_sys::virDomainStatsRecordPtr,
    count: usize,
}

impl Drop for Records {
    fn drop(&mut self) {
        // SAFETY: libvirt's array, freed once together with all records and their references.
        unsafe { virt_sys::virDomainStatsRecordListFree(self.array) };
    }
}

impl Records {
    fn new(
        during: &'static str,
        call: impl FnOnce(*mut *mut virt_sys::virDomainStatsRecordPtr) -> c_int,
    ) -> Result<Self, HvError> {
        let mut array = ptr::null_mut();
        let count = usize::try_from(call(&raw mut array)).map_err(|_| last_error(during))?;
        Ok(Self { array, count })
    }

    fn iter(&self) -> impl Iterator<Item = &virt_sys::virDomainStatsRecord> {
        // SAFETY: libvirt filled `count` entries, each a valid record as long as `self`.
        (0..self.count).filter_map(|n| unsafe { (*self.array.add(n)).as_ref() })
    }
}

/// Asks for groups of all VMs, or of active ones only, and hands every VM's counters to `each`.
pub(super) fn all(
    connection: &Owned<virt_sys::virConnect>,
    groups: c_uint,
    active: bool,
    mut each: impl FnMut(VmCounters),
) -> Result<(), HvError> {
    let flags = if active { NOWAIT | ACTIVE } else { NOWAIT };
    let records = Records::new("virConnectGetAllDomainStats", |array| {
        // SAFETY: the connection is valid; the array goes to `Records`.
        unsafe { virt_sys::virConnectGetAllDomainStats(connection.ptr(), groups, array, flags) }
    })?;
    for record in records.iter() {
        if let Ok(counters) = read(record) {
            each(counters);
        }
    }
    Ok(())
}

/// Asks for groups of these VMs only.
pub(super) fn some(domains: &[Owned<virt_sys::virDomain>], groups: c_uint) -> Result<Vec<VmCounters>, HvError> {
    if domains.is_empty() {
        return Ok(Vec::new());
    }
    let mut list: Vec<virt_sys::virDomainPtr> = domains.iter().map(Owned::ptr).collect();
    list.push(ptr::null_mut());
    let records = Records::new("virDomainListGetStats", |array| {
        // SAFETY: a list of valid domains ended by null; the array goes to `Records`.
        unsafe { virt_sys::virDomainListGetStats(list.as_mut_ptr(), groups, array, NOWAIT) }
    })?;
    Ok(records.iter().filter_map(|record| read(record).ok()).collect())
}

fn read(record: &virt_sys::virDomainStatsRecord) -> Result<VmCounters, HvError> {
    let uuid: Uuid = uuid_of("virDomainGetUUID", |bytes| {
        // SAFETY: the record's domain is valid; 16 bytes are written.
        unsafe { virt_sys::virDomainGetUUID(record.dom, bytes) }
    })?;
    let mut counters = VmCounters {
        uuid,
        ..VmCounters::default()
    };
    // SAFETY: the record's parameters are libvirt's.
    unsafe {
        for_each(record.params, record.nparams, |name, value| {
            put(&mut counters, name, &value);
        });
    };
    Ok(counters)
}

/// Puts one named value where it belongs; names of later libvirt versions are passed over.
fn put(vm: &mut VmCounters, name: &str, value: &Value) {
    let Some((group, rest)) = name.split_once('.') else {
        return;
    };
    let number = value.unsigned();
    match group {
        "state" => match rest {
            "state" => vm.status.state = VmState::from_raw(number.unwrap_or(0) as i32),
            "reason" => vm.status.reason = number.unwrap_or(0) as i32,
            _ => {}
        },
        "cpu" => match rest {
            "time" => vm.cpu_time = number,
            "user" => vm.cpu_user = number,
            "system" => vm.cpu_system = number,
            _ => {}
        },
        "balloon" => put_memory(vm, rest, number),
        "vcpu" => match (rest, indexed(rest)) {
            ("current", _) => vm.vcpus_current = number.map(|n| n as u32),
            ("maximum", _) => vm.vcpus_max = number.map(|n| n as u32),
            (_, Some((n, field))) => put_vcpu(vm, n, field, number),
            _ => {}
        },
        "block" => {
            if let Some((n, field)) = indexed(rest) {
                put_disk(slot(&mut vm.disks, n), field, value);
            }
        }
        "net" => {
            if let Some((n, field)) = indexed(rest) {
                put_nic(slot(&mut vm.nics, n), field, value);
            }
        }
        _ => {}
    }
}

/// No VM has more devices of a kind; a larger number is a broken answer.
const MOST: usize = 4096;

fn slot<T: Default>(items: &mut Vec<T>, n: usize) -> Option<&mut T> {
    if n >= MOST {
        return None;
    }
    while items.len() <= n {
        items.push(T::default());
    }
    items.get_mut(n)
}

fn put_memory(vm: &mut VmCounters, field: &str, kibibytes: Option<u64>) {
    let bytes = kibibytes.map(|n| n.saturating_mul(1024));
    let memory = &mut vm.memory;
    match field {
        "current" => memory.current = bytes,
        "maximum" => memory.maximum = bytes,
        "available" => memory.available = bytes,
        "unused" => memory.unused = bytes,
        "usable" => memory.usable = bytes,
        "rss" => memory.rss = bytes,
        "disk_caches" => memory.disk_caches = bytes,
        "swap_in" => memory.swap_in = bytes,
        "swap_out" => memory.swap_out = bytes,
        "major_fault" => memory.major_fault = kibibytes,
        _ => {}
    }
}

fn put_vcpu(vm: &mut VmCounters, n: usize, field: &str, number: Option<u64>) {
    if !matches!(field, "time" | "delay" | "wait") {
        return;
    }
    // vCPUs that are not plugged in are left out of the answer: numbers are not positions
    let at = vm
        .vcpus
        .iter()
        .position(|vcpu| vcpu.number as usize == n)
        .unwrap_or_else(|| {
            vm.vcpus.push(VcpuCounters {
                number: n as u32,
                ..VcpuCounters::default()
            });
            vm.vcpus.len() - 1
        });
    let vcpu = &mut vm.vcpus[at];
    match field {
        "time" => vcpu.time = number,
        "delay" => vcpu.delay = number,
        _ => vcpu.wait = number,
    }
}

fn put_disk(disk: Option<&mut DiskCounters>, field: &str, value: &Value) {
    let Some(disk) = disk else { return };
    let number = value.unsigned();
    match field {
        "name" => disk.name = value.text().unwrap_or_default(),
        "path" => disk.path = value.text(),
        "rd.reqs" => disk.rd_reqs = number,
        "rd.bytes" => disk.rd_bytes = number,
        "rd.times" => disk.rd_times = number,
        "wr.reqs" => disk.wr_reqs = number,
        "wr.bytes" => disk.wr_bytes = number,
        "wr.times" => disk.wr_times = number,
        "fl.reqs" => disk.fl_reqs = number,
        "fl.times" => disk.fl_times = number,
        "allocation" => disk.allocation = number,
        "capacity" => disk.capacity = number,
        "physical" => disk.physical = number,
        _ => {}
    }
}

fn put_nic(nic: Option<&mut NicCounters>, field: &str, value: &Value) {
    let Some(nic) = nic else { return };
    let number = value.unsigned();
    match field {
        "name" => nic.name = value.text().unwrap_or_else(|| Text::new("")),
        "rx.bytes" => nic.rx_bytes = number,
        "rx.pkts" => nic.rx_pkts = number,
        "rx.errs" => nic.rx_errs = number,
        "rx.drop" => nic.rx_drop = number,
        "tx.bytes" => nic.tx_bytes = number,
        "tx.pkts" => nic.tx_pkts = number,
        "tx.errs" => nic.tx_errs = number,
        "tx.drop" => nic.tx_drop = number,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_place() {
        let mut vm = VmCounters::default();
        let number = |n: i128| Value::Integer(n);
        for (name, value) in [
            ("state.state", number(1)),
            ("cpu.time", number(7)),
            ("balloon.current", number(2)),
            ("vcpu.current", number(2)),
            ("vcpu.1.time", number(5)),
            ("vcpu.1.delay", number(6)),
            ("block.count", number(1)),
            ("block.0.name", Value::Text("vda".into())),
            ("block.0.rd.bytes", number(9)),
            ("block.99999999.rd.bytes", number(9)),
            ("net.0.tx.drop", number(3)),
            ("some.thing.new", number(1)),
        ] {
            put(&mut vm, name, &value);
        }
        assert_eq!(vm.status.state, VmState::Running);
        assert_eq!(vm.memory.current, Some(2048));
        assert_eq!(
            vm.vcpus,
            [VcpuCounters {
                number: 1,
                time: Some(5),
                delay: Some(6),
                wait: None
            }]
        );
        assert_eq!((vm.disks.len(), vm.disks[0].rd_bytes), (1, Some(9)));
        assert_eq!(vm.nics[0].tx_drop, Some(3));
    }
}
