//! Counters as a host reports them. Rates are computed above, never here.

use std::time::Duration;

use uuid::Uuid;

use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::vm::VmStatus;

/// Where numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SampleSource {
    /// Read from the host just now.
    #[default]
    Live,
    /// Replayed from a recording of real guests; the screen says so.
    Recorded,
}

/// One reading of one host.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleSet {
    /// When the call was answered.
    pub at: Stamp,
    /// How long the reading took.
    pub took: Duration,
    /// The interval at which the host is being read at present.
    pub interval: Duration,
    /// Where the numbers come from.
    pub source: SampleSource,
    /// The host's own counters.
    pub host: Option<HostCounters>,
    /// VMs, only active ones and those asked for.
    pub vms: Vec<VmCounters>,
}

/// Counters of one VM (`virConnectGetAllDomainStats` keys in brackets). `None` means that the
/// driver does not report it, or not now; never zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VmCounters {
    /// The VM.
    pub uuid: Uuid,
    /// State and reason \[`state.*`\].
    pub status: VmStatus,
    /// Host CPU time used, nanoseconds \[`cpu.time`\].
    pub cpu_time: Option<u64>,
    /// Part of it in user mode, nanoseconds \[`cpu.user`\].
    pub cpu_user: Option<u64>,
    /// Part of it in system mode, nanoseconds \[`cpu.system`\].
    pub cpu_system: Option<u64>,
    /// vCPUs plugged in \[`vcpu.current`\].
    pub vcpus_current: Option<u32>,
    /// vCPUs at most \[`vcpu.maximum`\].
    pub vcpus_max: Option<u32>,
    /// Each vCPU.
    pub vcpus: Vec<VcpuCounters>,
    /// Memory.
    pub memory: MemoryCounters,
    /// Each disk, CD-ROMs included.
    pub disks: Vec<DiskCounters>,
    /// Each network interface.
    pub nics: Vec<NicCounters>,
}

/// Counters of one vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VcpuCounters {
    /// vCPU number.
    pub number: u32,
    /// Time run, nanoseconds \[`vcpu.N.time`\].
    pub time: Option<u64>,
    /// Time runnable but not running (steal), nanoseconds \[`vcpu.N.delay`\].
    pub delay: Option<u64>,
    /// Time waiting for I/O, nanoseconds \[`vcpu.N.wait`\].
    pub wait: Option<u64>,
}

/// Memory of one VM, all in bytes except the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryCounters {
    /// Given now \[`balloon.current`\].
    pub current: Option<u64>,
    /// At most \[`balloon.maximum`\].
    pub maximum: Option<u64>,
    /// Usable by the guest's system as it sees it \[`balloon.available`\].
    pub available: Option<u64>,
    /// Left unused by the guest \[`balloon.unused`\].
    pub unused: Option<u64>,
    /// What could be reclaimed without swapping \[`balloon.usable`\].
    pub usable: Option<u64>,
    /// Resident set of the hypervisor process \[`balloon.rss`\].
    pub rss: Option<u64>,
    /// Guest buffers and page cache \[`balloon.disk_caches`\].
    pub disk_caches: Option<u64>,
    /// Swapped in, bytes since boot \[`balloon.swap_in`\].
    pub swap_in: Option<u64>,
    /// Swapped out, bytes since boot \[`balloon.swap_out`\].
    pub swap_out: Option<u64>,
    /// Major page faults since boot \[`balloon.major_fault`\].
    pub major_fault: Option<u64>,
}

/// Counters of one disk \[`block.N.*`\].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiskCounters {
    /// Target, such as `vda`.
    pub name: Text,
    /// Source file or device.
    pub path: Option<Text>,
    /// Read requests.
    pub rd_reqs: Option<u64>,
    /// Bytes read.
    pub rd_bytes: Option<u64>,
    /// Nanoseconds spent in reads.
    pub rd_times: Option<u64>,
    /// Write requests.
    pub wr_reqs: Option<u64>,
    /// Bytes written.
    pub wr_bytes: Option<u64>,
    /// Nanoseconds spent in writes.
    pub wr_times: Option<u64>,
    /// Flush requests.
    pub fl_reqs: Option<u64>,
    /// Nanoseconds spent in flushes.
    pub fl_times: Option<u64>,
    /// Highest written offset or allocated bytes.
    pub allocation: Option<u64>,
    /// Logical size in bytes.
    pub capacity: Option<u64>,
    /// Size of the file or device in bytes.
    pub physical: Option<u64>,
}

/// Counters of one network interface \[`net.N.*`\], as seen from the guest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NicCounters {
    /// The host's device, such as `vnet0`.
    pub name: Text,
    /// Bytes received by the guest.
    pub rx_bytes: Option<u64>,
    /// Packets received.
    pub rx_pkts: Option<u64>,
    /// Receive errors.
    pub rx_errs: Option<u64>,
    /// Received packets dropped.
    pub rx_drop: Option<u64>,
    /// Bytes sent by the guest.
    pub tx_bytes: Option<u64>,
    /// Packets sent.
    pub tx_pkts: Option<u64>,
    /// Send errors.
    pub tx_errs: Option<u64>,
    /// Sent packets dropped.
    pub tx_drop: Option<u64>,
}

/// Counters of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostCounters {
    /// All CPUs together (`virNodeGetCPUStats` with `VIR_NODE_CPU_STATS_ALL_CPUS`).
    pub cpu: Option<CpuTimes>,
    /// Memory of the whole host (`virNodeGetMemoryStats`).
    pub memory: Option<HostMemory>,
    /// Memory of each NUMA cell, by cell id.
    pub cells: Vec<(u32, HostMemory)>,
}

/// Nanoseconds since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuTimes {
    /// `user`.
    pub user: u64,
    /// `kernel`.
    pub kernel: u64,
    /// `idle`.
    pub idle: u64,
    /// `iowait`.
    pub iowait: u64,
    /// `intr`, where reported.
    pub intr: u64,
}

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostMemory {
    /// `total`.
    pub total: u64,
    /// `free`.
    pub free: u64,
    /// `buffers`.
    pub buffers: u64,
    /// `cached`.
    pub cached: u64,
}

impl HostMemory {
    /// Neither free nor cache.
    pub fn used(self) -> u64 {
        self.total
            .saturating_sub(self.free)
            .saturating_sub(self.buffers)
            .saturating_sub(self.cached)
    }
}
