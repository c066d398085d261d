//! The host's own CPU and memory counters.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ffi::{CStr, c_char, c_int};
use std::sync::atomic::{AtomicI32, Ordering};

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

/// How many fields a connection's driver has. It must be asked for exactly as many as it has, so
/// that is found out once and not with every reading.
#[derive(Debug, Default)]
pub(super) struct FieldCounts {
    cpu: AtomicI32,
    memory: AtomicI32,
}

/// The known number of fields, or the one that `ask` finds out.
fn known(count: &AtomicI32, ask: impl FnOnce(*mut c_int) -> c_int, during: &'static str) -> Result<c_int, HvError> {
    let mut fields = count.load(Ordering::Relaxed);
    if fields == 0 {
        check(ask(&raw mut fields), during)?;
        fields = fields.clamp(0, FIELDS as c_int);
        count.store(fields, Ordering::Relaxed);
    }
    Ok(fields)
}

/// `virNodeGetCPUStats` for all CPUs.
pub(super) fn cpu(connection: &Connection, counts: &FieldCounts) -> Result<CpuTimes, HvError> {
    const DURING: &str = "virNodeGetCPUStats";
    let all = virt_sys::VIR_NODE_CPU_STATS_ALL_CPUS;
    // SAFETY: asks only for the number of fields.
    let ask = |count| unsafe { virt_sys::virNodeGetCPUStats(connection.ptr(), all, std::ptr::null_mut(), count, 0) };
    let mut count = known(&counts.cpu, ask, DURING)?;
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
pub(super) fn memory(connection: &Connection, counts: &FieldCounts, cell: Option<u32>) -> Result<HostMemory, HvError> {
    const DURING: &str = "virNodeGetMemoryStats";
    // a cell has other fields than the whole host
    let own = AtomicI32::default();
    let known_count = if cell.is_none() { &counts.memory } else { &own };
    let cell = cell.map_or(virt_sys::VIR_NODE_MEMORY_STATS_ALL_CELLS, |cell| cell as c_int);
    // SAFETY: asks only for the number of fields.
    let ask =
        |count| unsafe { virt_sys::virNodeGetMemoryStats(connection.ptr(), cell, std::ptr::null_mut(), count, 0) };
    let mut count = known(known_count, ask, DURING)?;
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
pub(super) fn host(connection: &Connection, counts: &FieldCounts, facts: &HostFacts) -> Result<HostCounters, HvError> {
    // a refused call costs a round trip and a line in the host's log each time
    let cpu = if facts.unsupported.contains(&Feature::NodeCpuStats) {
        None
    } else {
        optional(cpu(connection, counts))?
    };
    let whole = if facts.unsupported.contains(&Feature::NodeMemoryStats) {
        None
    } else {
        optional(memory(connection, counts, None))?
    };
    let mut cells = Vec::new();
    if whole.is_some() && facts.cells.len() > 1 {
        for cell in &facts.cells {
            if let Ok(memory) = memory(connection, counts, Some(cell.id)) {
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
