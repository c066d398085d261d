//! Numbers VM by VM, for drivers whose bulk statistics hold only the state.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::mem::MaybeUninit;

use crate::backend::libvirt::device_names::device_names;
use crate::backend::libvirt::handle::{Owned, c_string, check};
use crate::hv::error::HvError;
use crate::hv::sample::{DiskCounters, NicCounters, VmCounters};
use crate::hv::vm::VmState;

/// `virDomainGetInfo`: state, memory, vCPUs, CPU time.
pub(super) fn info(domain: &Owned<virt_sys::virDomain>, vm: &mut VmCounters) -> Result<(), HvError> {
    let mut raw = MaybeUninit::<virt_sys::virDomainInfo>::zeroed();
    // SAFETY: the domain is valid and the structure is writable.
    check(
        unsafe { virt_sys::virDomainGetInfo(domain.ptr(), raw.as_mut_ptr()) },
        "virDomainGetInfo",
    )?;
    // SAFETY: all bits zero is a valid value, and the call filled it in.
    let raw = unsafe { raw.assume_init() };
    let state = VmState::from_raw(i32::from(raw.state));
    if vm.status.state != state {
        vm.status.state = state;
        vm.status.reason = 0;
    }
    vm.cpu_time = Some(raw.cpuTime);
    vm.vcpus_current = Some(u32::from(raw.nrVirtCpu));
    vm.memory.current = Some(raw.memory.saturating_mul(1024));
    vm.memory.maximum = Some(raw.maxMem.saturating_mul(1024));
    Ok(())
}

/// `virDomainMemoryStats`, where the driver has it.
pub(super) fn memory(domain: &Owned<virt_sys::virDomain>, vm: &mut VmCounters) {
    let mut stats =
        [virt_sys::virDomainMemoryStatStruct { tag: 0, val: 0 }; virt_sys::VIR_DOMAIN_MEMORY_STAT_NR as usize];
    // SAFETY: the array has as many entries as is said.
    let count = unsafe { virt_sys::virDomainMemoryStats(domain.ptr(), stats.as_mut_ptr(), stats.len() as u32, 0) };
    for stat in stats.iter().take(usize::try_from(count).unwrap_or(0)) {
        let bytes = Some(stat.val.saturating_mul(1024));
        match stat.tag as u32 {
            virt_sys::VIR_DOMAIN_MEMORY_STAT_AVAILABLE => vm.memory.available = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_UNUSED => vm.memory.unused = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_USABLE => vm.memory.usable = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_RSS => vm.memory.rss = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_DISK_CACHES => vm.memory.disk_caches = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_SWAP_IN => vm.memory.swap_in = bytes,
            virt_sys::VIR_DOMAIN_MEMORY_STAT_SWAP_OUT => vm.memory.swap_out = bytes,
            _ => {}
        }
    }
}

/// `virDomainBlockStats` and `virDomainInterfaceStats` of every device in the XML.
pub(super) fn devices(domain: &Owned<virt_sys::virDomain>, xml: &str, vm: &mut VmCounters) -> Result<(), HvError> {
    let (disks, nics) = device_names(xml);
    let known = |value: i64| u64::try_from(value).ok();
    for name in disks {
        let target = c_string(&name, "virDomainBlockStats")?;
        let mut raw = virt_sys::virDomainBlockStatsStruct {
            rd_req: -1,
            rd_bytes: -1,
            wr_req: -1,
            wr_bytes: -1,
            errs: -1,
        };
        // SAFETY: valid domain and string; the size is that of the structure.
        let done =
            unsafe { virt_sys::virDomainBlockStats(domain.ptr(), target.as_ptr(), &raw mut raw, size_of_val(&raw)) };
        if done >= 0 {
            vm.disks.push(DiskCounters {
                name: name.into(),
                rd_reqs: known(raw.rd_req),
                rd_bytes: known(raw.rd_bytes),
                wr_reqs: known(raw.wr_req),
                wr_bytes: known(raw.wr_bytes),
                ..DiskCounters::default()
            });
        }
    }
    for name in nics {
        let target = c_string(&name, "virDomainInterfaceStats")?;
        let mut raw = virt_sys::virDomainInterfaceStatsStruct {
            rx_bytes: -1,
            rx_packets: -1,
            rx_errs: -1,
            rx_drop: -1,
            tx_bytes: -1,
            tx_packets: -1,
            tx_errs: -1,
            tx_drop: -1,
        };
        // SAFETY: as above.
        let done = unsafe {
            virt_sys::virDomainInterfaceStats(domain.ptr(), target.as_ptr(), &raw mut raw, size_of_val(&raw))
        };
        if done >= 0 {
            vm.nics.push(NicCounters {
                name: name.into(),
                rx_bytes: known(raw.rx_bytes),
                rx_pkts: known(raw.rx_packets),
                rx_errs: known(raw.rx_errs),
                rx_drop: known(raw.rx_drop),
                tx_bytes: known(raw.tx_bytes),
                tx_pkts: known(raw.tx_packets),
                tx_errs: known(raw.tx_errs),
                tx_drop: known(raw.tx_drop),
            });
        }
    }
    Ok(())
}
