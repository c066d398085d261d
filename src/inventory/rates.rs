//! Rates of a VM from two consecutive readings of its counters.
//!
//! Where the two readings do not belong together — the VM was restarted, a counter went back, a
//! reading is missing or too long ago — the rate is `None`: a gap, never a spike.

use std::time::Duration;

use crate::base::text::Text;
use crate::hv::sample::{DiskCounters, MemoryCounters, NicCounters, VcpuCounters, VmCounters};

/// Readings further apart than this many intervals do not belong together.
pub const GAP_INTERVALS: u32 = 3;

/// Where the figure of used memory comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemorySource {
    /// `balloon.available` less `balloon.unused`: what the guest's system uses, its caches
    /// included.
    Guest,
    /// `balloon.rss`: what the hypervisor process has of the host's memory.
    Rss,
    /// `balloon.current`: what the VM was given; nothing better is known.
    Balloon,
}

impl MemorySource {
    /// The source in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Rss => "rss",
            Self::Balloon => "balloon",
        }
    }
}

/// What a VM does, from two readings. `None` is a gap.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VmRates {
    /// CPU time used, percent of the whole host (all its CPUs are 100).
    pub cpu_host: Option<f32>,
    /// CPU time used, percent of the VM's vCPUs (all of them are 100; a little more is possible
    /// because the hypervisor's own work counts).
    pub cpu: Option<f32>,
    /// The part spent in the guest (sum of `vcpu.N.time`), percent of the vCPUs.
    pub cpu_guest: Option<f32>,
    /// The rest: the hypervisor's own work, percent of the vCPUs.
    pub cpu_hypervisor: Option<f32>,
    /// Time in which vCPUs were ready and did not get a CPU (`vcpu.N.delay`), percent of the
    /// vCPUs.
    pub steal: Option<f32>,
    /// Memory used, bytes; see the source.
    pub memory: Option<u64>,
    /// Where that figure comes from.
    pub memory_source: Option<MemorySource>,
    /// Memory the VM was given by the same reading (`balloon.current`), bytes.
    pub memory_given: Option<u64>,
    /// Memory used, percent of what the VM was given.
    pub memory_percent: Option<f32>,
    /// All disks together.
    pub disk: DiskRates,
    /// All interfaces together.
    pub net: NicRates,
    /// Each vCPU.
    pub vcpus: Vec<VcpuRates>,
    /// Each disk.
    pub disks: Vec<(Text, DiskRates)>,
    /// Each interface, by the host's name for it.
    pub nics: Vec<(Text, NicRates)>,
}

/// What a vCPU does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VcpuRates {
    /// vCPU number.
    pub number: u32,
    /// Time run, percent.
    pub busy: Option<f32>,
    /// Ready but without a CPU, percent.
    pub steal: Option<f32>,
    /// Waiting for I/O, percent.
    pub wait: Option<f32>,
}

/// What a disk does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DiskRates {
    /// Bytes read a second.
    pub read: Option<f64>,
    /// Bytes written a second.
    pub write: Option<f64>,
    /// Read requests a second.
    pub read_requests: Option<f64>,
    /// Write requests a second.
    pub write_requests: Option<f64>,
    /// Mean time of a read or write in seconds; `None` also when there was none.
    pub latency: Option<f64>,
}

impl DiskRates {
    /// Read and write requests a second.
    pub fn requests(&self) -> Option<f64> {
        add(self.read_requests, self.write_requests)
    }
}

/// What an interface does, as seen from the guest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NicRates {
    /// Bytes received a second.
    pub rx: Option<f64>,
    /// Bytes sent a second.
    pub tx: Option<f64>,
    /// Packets received a second.
    pub rx_packets: Option<f64>,
    /// Packets sent a second.
    pub tx_packets: Option<f64>,
    /// Errors a second, both directions.
    pub errors: Option<f64>,
    /// Dropped packets a second, both directions.
    pub drops: Option<f64>,
}

/// The sum of what is known; `None` when nothing is.
pub(super) fn add(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

/// How much a counter grew; `None` when it is missing or went back.
pub(super) fn grown(before: Option<u64>, now: Option<u64>) -> Option<u64> {
    now?.checked_sub(before?)
}

/// The share of `wall` that `nanoseconds` on `cpus` CPUs are, in percent.
fn share(nanoseconds: Option<u64>, wall: Duration, cpus: u32) -> Option<f32> {
    let whole = wall.as_nanos() as f64 * f64::from(cpus);
    (whole > 0.0).then_some(())?;
    Some((nanoseconds? as f64 / whole * 100.0) as f32)
}

/// A share that cannot really exceed 100: what is above is the clocks' disagreement.
fn capped(percent: Option<f32>) -> Option<f32> {
    percent.map(|percent| percent.min(100.0))
}

/// Whether two readings `apart` belong together.
pub fn belong_together(apart: Duration, interval: Duration) -> bool {
    !apart.is_zero() && apart <= interval.saturating_mul(GAP_INTERVALS)
}

/// Whether a counter that only grows while a VM runs went back or disappeared: another process
/// has the VM now, and nothing of the old reading belongs to it.
fn restarted(before: &VmCounters, now: &VmCounters) -> bool {
    before.status.state.is_active() != now.status.state.is_active()
        || matches!((before.cpu_time, now.cpu_time), (Some(old), Some(new)) if new < old)
}

impl VmRates {
    /// What one reading alone tells: memory.
    pub fn first(now: &VmCounters) -> Self {
        let (memory, memory_source) = used(&now.memory);
        let given = now.memory.current.or(now.memory.maximum);
        Self {
            memory,
            memory_source,
            memory_given: given,
            memory_percent: memory.zip(given).and_then(|(memory, given)| {
                (given > 0).then(|| (memory as f64 / given as f64 * 100.0).min(100.0) as f32)
            }),
            ..Self::default()
        }
    }

    /// The rates between two readings that are `apart` and belong together, on a host with
    /// `host_cpus` CPUs if known.
    pub fn between(before: &VmCounters, now: &VmCounters, apart: Duration, host_cpus: Option<u32>) -> Self {
        let mut rates = Self::first(now);
        if apart.is_zero() || restarted(before, now) {
            return rates;
        }
        let count = now
            .vcpus_current
            .or_else(|| u32::try_from(now.vcpus.len()).ok())
            .filter(|count| *count > 0);
        let time = grown(before.cpu_time, now.cpu_time);
        rates.cpu_host = host_cpus.and_then(|cpus| capped(share(time, apart, cpus)));
        rates.vcpus = vcpus(before, now, apart);
        if let Some(count) = count {
            // a vCPU thread and the hypervisor's helpers may together exceed the vCPUs, but a
            // multiple of them is a broken reading
            rates.cpu = share(time, apart, count).filter(|percent| *percent < 1000.0);
            let guest = vcpu_sum(before, now, |vcpu| vcpu.time);
            rates.cpu_guest = capped(share(guest, apart, count));
            rates.cpu_hypervisor = time
                .zip(guest)
                .and_then(|(all, guest)| share(Some(all.saturating_sub(guest)), apart, count))
                .filter(|percent| *percent < 1000.0);
            rates.steal = capped(share(vcpu_sum(before, now, |vcpu| vcpu.delay), apart, count));
        }
        disks(before, now, apart, &mut rates);
        nics(before, now, apart, &mut rates);
        rates
    }
}

/// The best figure of used memory and its source.
fn used(memory: &MemoryCounters) -> (Option<u64>, Option<MemorySource>) {
    let guest = memory
        .available
        .zip(memory.unused)
        .and_then(|(available, unused)| available.checked_sub(unused));
    let candidates = [
        (guest, MemorySource::Guest),
        (memory.rss, MemorySource::Rss),
        (memory.current, MemorySource::Balloon),
    ];
    candidates
        .into_iter()
        .find_map(|(bytes, source)| Some((Some(bytes?), Some(source))))
        .unwrap_or((None, None))
}

fn pairs<'a>(
    before: &'a VmCounters,
    now: &'a VmCounters,
) -> impl Iterator<Item = (&'a VcpuCounters, &'a VcpuCounters)> {
    now.vcpus.iter().filter_map(|vcpu| {
        let old = before.vcpus.iter().find(|old| old.number == vcpu.number)?;
        Some((old, vcpu))
    })
}

/// What a counter grew over all vCPUs; `None` as soon as one of them is a gap.
fn vcpu_sum(before: &VmCounters, now: &VmCounters, counter: impl Fn(&VcpuCounters) -> Option<u64>) -> Option<u64> {
    let mut sum = None;
    for (old, new) in pairs(before, now) {
        sum = Some(sum.unwrap_or(0u64).saturating_add(grown(counter(old), counter(new))?));
    }
    sum
}

fn vcpus(before: &VmCounters, now: &VmCounters, apart: Duration) -> Vec<VcpuRates> {
    let rate = |old, new| capped(share(grown(old, new), apart, 1));
    pairs(before, now)
        .map(|(old, new)| VcpuRates {
            number: new.number,
            busy: rate(old.time, new.time),
            steal: rate(old.delay, new.delay),
            wait: rate(old.wait, new.wait),
        })
        .collect()
}

/// Growth a second.
fn per_second(before: Option<u64>, now: Option<u64>, apart: Duration) -> Option<f64> {
    Some(grown(before, now)? as f64 / apart.as_secs_f64())
}

fn disks(before: &VmCounters, now: &VmCounters, apart: Duration, rates: &mut VmRates) {
    let (mut nanoseconds, mut requests) = (0u64, 0u64);
    for disk in &now.disks {
        let Some(old) = before.disks.iter().find(|old| old.name == disk.name) else {
            continue;
        };
        let rate = |counter: fn(&DiskCounters) -> Option<u64>| per_second(counter(old), counter(disk), apart);
        let delta = |counter: fn(&DiskCounters) -> Option<u64>| grown(counter(old), counter(disk));
        let spent = delta(|disk| disk.rd_times).zip(delta(|disk| disk.wr_times));
        let done = delta(|disk| disk.rd_reqs).zip(delta(|disk| disk.wr_reqs));
        let mut latency = None;
        if let Some(((read_time, write_time), (reads, writes))) = spent.zip(done) {
            let time = read_time.saturating_add(write_time);
            let count = reads.saturating_add(writes);
            nanoseconds = nanoseconds.saturating_add(time);
            requests = requests.saturating_add(count);
            latency = mean_seconds(time, count);
        }
        let of_disk = DiskRates {
            read: rate(|disk| disk.rd_bytes),
            write: rate(|disk| disk.wr_bytes),
            read_requests: rate(|disk| disk.rd_reqs),
            write_requests: rate(|disk| disk.wr_reqs),
            latency,
        };
        let sum = &mut rates.disk;
        sum.read = add(sum.read, of_disk.read);
        sum.write = add(sum.write, of_disk.write);
        sum.read_requests = add(sum.read_requests, of_disk.read_requests);
        sum.write_requests = add(sum.write_requests, of_disk.write_requests);
        rates.disks.push((disk.name.clone(), of_disk));
    }
    rates.disk.latency = mean_seconds(nanoseconds, requests);
}

fn mean_seconds(nanoseconds: u64, requests: u64) -> Option<f64> {
    (requests > 0).then(|| nanoseconds as f64 / requests as f64 / 1e9)
}

fn nics(before: &VmCounters, now: &VmCounters, apart: Duration, rates: &mut VmRates) {
    for nic in &now.nics {
        let Some(old) = before.nics.iter().find(|old| old.name == nic.name) else {
            continue;
        };
        let rate = |counter: fn(&NicCounters) -> Option<u64>| per_second(counter(old), counter(nic), apart);
        let of_nic = NicRates {
            rx: rate(|nic| nic.rx_bytes),
            tx: rate(|nic| nic.tx_bytes),
            rx_packets: rate(|nic| nic.rx_pkts),
            tx_packets: rate(|nic| nic.tx_pkts),
            errors: add(rate(|nic| nic.rx_errs), rate(|nic| nic.tx_errs)),
            drops: add(rate(|nic| nic.rx_drop), rate(|nic| nic.tx_drop)),
        };
        let sum = &mut rates.net;
        sum.rx = add(sum.rx, of_nic.rx);
        sum.tx = add(sum.tx, of_nic.tx);
        sum.rx_packets = add(sum.rx_packets, of_nic.rx_packets);
        sum.tx_packets = add(sum.tx_packets, of_nic.tx_packets);
        sum.errors = add(sum.errors, of_nic.errors);
        sum.drops = add(sum.drops, of_nic.drops);
        rates.nics.push((nic.name.clone(), of_nic));
    }
}

#[cfg(test)]
mod tests;
