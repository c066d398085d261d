//! The host's own CPU and memory counters.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ffi::{CStr, c_char, c_int};

use crate::backend::libvirt::handle::{Owned, check};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::host::{Feature, HostFacts};
use crate::hv::sample::{CpuTimes, HostCounters, HostMemory};

type Connection = Owned<virt_sys::virConnect>;

/// More fields than any driver reports.
const FIELDS: usize = 32;

fn field(name: &[c_char; 80]) -> &str {
    // SAFETY: libvirt terminates the name within the field.
    unsafe { CStr::from_ptr(name.as_ptr()) }.to_str().unwrap_or("")
}

/// `virNodeGetCPUStats` for all CPUs.
pub(super) fn cpu(connection: &Connection) -> Result<CpuTimes, HvError> {
    const DURING: &str = "virNodeGetCPUStats";
    let mut count: c_int = 0;
    let all = virt_sys::VIR_NODE_CPU_STATS_ALL_CPUS;
    // SAFETY: asks only for the number of fields.
    check(
        unsafe { virt_sys::virNodeGetCPUStats(connection.ptr(), all, std::ptr::null_mut(), &raw mut count, 0) },
        DURING,
    )?;
    count = count.clamp(0, FIELDS as c_int);
    let mut fields = [virt_sys::virNodeCPUStats {
        field: [0; 80],
        value: 0,
    }; FIELDS];
    // SAFETY: the array has room for `count` fields.
    check(
        unsafe { virt_sys::virNodeGetCPUStats(connection.ptr(), all, fields.as_mut_ptr(), &raw mut count, 0) },
        DURING,
    )?;
    let mut times = CpuTimes::default();
    for item in fields.iter().take(usize::try_from(count).unwrap_or(0)) {
        match field(&item.field) {
            "user" => times.user = item.value,
            "kernel" => times.kernel = item.value,
            "idle" => times.idle = item.value,
            "iowait" => times.iowait = item.value,
            "intr" => times.intr = item.value,
            _ => {}
        }
    }
    Ok(times)
}

/// `virNodeGetMemoryStats` of one NUMA cell, or of the whole host.
pub(super) fn memory(connection: &Connection, cell: Option<u32>) -> Result<HostMemory, HvError> {
    const DURING: &str = "virNodeGetMemoryStats";
    let cell = cell.map_or(virt_sys::VIR_NODE_MEMORY_STATS_ALL_CELLS, |cell| cell as c_int);
    let mut count: c_int = 0;
    // SAFETY: asks only for the number of fields.
    check(
        unsafe { virt_sys::virNodeGetMemoryStats(connection.ptr(), cell, std::ptr::null_mut(), &raw mut count, 0) },
        DURING,
    )?;
    count = count.clamp(0, FIELDS as c_int);
    let mut fields = [virt_sys::virNodeMemoryStats {
        field: [0; 80],
        value: 0,
    }; FIELDS];
    // SAFETY: the array has room for `count` fields.
    check(
        unsafe { virt_sys::virNodeGetMemoryStats(connection.ptr(), cell, fields.as_mut_ptr(), &raw mut count, 0) },
        DURING,
    )?;
    let mut memory = HostMemory::default();
    for item in fields.iter().take(usize::try_from(count).unwrap_or(0)) {
        let bytes = item.value.saturating_mul(1024);
        match field(&item.field) {
            "total" => memory.total = bytes,
            "free" => memory.free = bytes,
            "buffers" => memory.buffers = bytes,
            "cached" => memory.cached = bytes,
            _ => {}
        }
    }
    Ok(memory)
}

/// `None` for what the driver cannot tell.
fn optional<T>(result: Result<T, HvError>) -> Result<Option<T>, HvError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// Everything the host counts; what its driver cannot tell is left out.
pub(super) fn host(connection: &Connection, facts: &HostFacts) -> Result<HostCounters, HvError> {
    // a refused call costs a round trip and a line in the host's log each time
    let cpu = if facts.unsupported.contains(&Feature::NodeCpuStats) {
        None
    } else {
        optional(cpu(connection))?
    };
    let whole = if facts.unsupported.contains(&Feature::NodeMemoryStats) {
        None
    } else {
        optional(memory(connection, None))?
    };
    let mut cells = Vec::new();
    if whole.is_some() && facts.cells.len() > 1 {
        for cell in &facts.cells {
            if let Ok(memory) = memory(connection, Some(cell.id)) {
                cells.push((cell.id, memory));
            }
        }
    }
    Ok(HostCounters {
        cpu,
        memory: whole,
        cells,
    })
}
