//! The last quarter of an hour of every VM and host, for charts.
//!
//! Ten thousand VMs must fit, so points are encoded: percentages of CPU and memory in two bytes
//! (steps of 0.01), everything else in one byte on a logarithmic scale (5 % off at most, zero
//! exact). A VM's history takes nothing until its first reading, about 0.4 KiB while no metric
//! moves, and 5.3 KiB at most when all of them do: 52 MiB for 10,000 such VMs. The current
//! figures come from the rates, never from here.
//!
//! Points are aligned to the readings ("ticks") of the host, whose moments are kept once.

use std::collections::VecDeque;

use crate::base::ring::Ring;
use crate::base::time::Stamp;
use crate::inventory::host_rates::HostRates;
use crate::inventory::rates::VmRates;

mod codec;
pub mod devices;

/// Points kept: sixteen minutes at one reading in two seconds.
pub const POINTS: usize = 480;

/// What is kept of a VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VmMetric {
    /// [`VmRates::cpu`], percent of its vCPUs.
    Cpu,
    /// [`VmRates::memory_percent`].
    Memory,
    /// [`VmRates::steal`], percent.
    Steal,
    /// Bytes read a second.
    DiskRead,
    /// Bytes written a second.
    DiskWrite,
    /// Read and write requests a second.
    DiskRequests,
    /// Mean latency of a request in seconds.
    DiskLatency,
    /// Bytes received a second.
    NetRx,
    /// Bytes sent a second.
    NetTx,
}

/// What is kept of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostMetric {
    /// [`HostRates::cpu`], percent.
    Cpu,
    /// [`HostRates::cpu_user`], percent.
    CpuUser,
    /// [`HostRates::cpu_system`], percent.
    CpuSystem,
    /// [`HostRates::cpu_iowait`], percent.
    CpuIowait,
    /// Memory used, percent.
    Memory,
}

/// The encoded points of one metric; their number is kept by the owner.
#[derive(Debug, Clone, PartialEq)]
enum Column<T> {
    /// All points are the same, which is so for most metrics of most VMs.
    Constant(T),
    Many(VecDeque<T>),
}

impl<T: Copy + PartialEq> Column<T> {
    fn push(&mut self, length: usize, value: T) {
        match self {
            Self::Constant(all) if length == 0 => *all = value,
            Self::Constant(all) if *all == value => {}
            Self::Constant(all) => {
                let mut points = VecDeque::with_capacity((length + 32).min(POINTS));
                points.extend(std::iter::repeat_n(*all, length));
                if length == POINTS {
                    points.pop_front();
                }
                points.push_back(value);
                *self = Self::Many(points);
            }
            Self::Many(points) => {
                if points.len() == POINTS {
                    points.pop_front();
                } else if points.len() == points.capacity() {
                    let more = (points.len() / 2).max(16).min(POINTS - points.len());
                    points.reserve_exact(more);
                }
                points.push_back(value);
            }
        }
    }

    fn replace_last(&mut self, length: usize, value: T) {
        if let Self::Many(points) = self {
            points.pop_back();
        }
        self.push(length - 1, value);
    }

    fn get(&self, index: usize) -> Option<T> {
        match self {
            Self::Constant(all) => Some(*all),
            Self::Many(points) => points.get(index).copied(),
        }
    }
}

/// The points of one VM.
#[derive(Debug, Clone, PartialEq)]
pub struct VmHistory {
    /// The host's tick of the newest point.
    last: u64,
    /// How many points there are.
    length: usize,
    fine: [Column<u16>; 2],
    coarse: [Column<u8>; 7],
}

impl Default for VmHistory {
    fn default() -> Self {
        Self {
            last: 0,
            length: 0,
            fine: [const { Column::Constant(codec::FINE_GAP) }; 2],
            coarse: [const { Column::Constant(codec::COARSE_GAP) }; 7],
        }
    }
}

impl VmHistory {
    /// Adds the rates of a tick, or replaces them when that tick is the newest already. Ticks in
    /// between are gaps; older ticks are ignored.
    pub(super) fn push(&mut self, tick: u64, rates: &VmRates) {
        if self.length > 0 && tick < self.last {
            return;
        }
        let fine = [rates.cpu, rates.memory_percent].map(codec::fine);
        let coarse = [
            rates.steal.map(|percent| f64::from(percent) * 100.0),
            rates.disk.read,
            rates.disk.write,
            rates.disk.requests().map(|rate| rate * 10.0),
            rates.disk.latency.map(|seconds| seconds * 1e6),
            rates.net.rx,
            rates.net.tx,
        ]
        .map(codec::coarse);
        if self.length > 0 && tick == self.last {
            for (column, value) in self.fine.iter_mut().zip(fine) {
                column.replace_last(self.length, value);
            }
            for (column, value) in self.coarse.iter_mut().zip(coarse) {
                column.replace_last(self.length, value);
            }
            return;
        }
        if self.length > 0 {
            let missing = tick - self.last - 1;
            if missing >= POINTS as u64 {
                *self = Self::default();
            } else {
                for _ in 0..missing {
                    self.append([codec::FINE_GAP; 2], [codec::COARSE_GAP; 7]);
                }
            }
        }
        self.append(fine, coarse);
        self.last = tick;
    }

    fn append(&mut self, fine: [u16; 2], coarse: [u8; 7]) {
        for (column, value) in self.fine.iter_mut().zip(fine) {
            column.push(self.length, value);
        }
        for (column, value) in self.coarse.iter_mut().zip(coarse) {
            column.push(self.length, value);
        }
        self.length = (self.length + 1).min(POINTS);
    }

    /// The value at a tick; `None` is a gap or outside what is kept.
    pub(super) fn get(&self, tick: u64, metric: VmMetric) -> Option<f32> {
        if self.length == 0 || tick > self.last {
            return None;
        }
        let index = self.length.checked_sub(1 + usize::try_from(self.last - tick).ok()?)?;
        let fine = |column: usize| codec::from_fine(self.fine[column].get(index)?);
        let coarse = |column: usize, unit: f64| {
            codec::from_coarse(self.coarse[column].get(index)?).map(|value| (value / unit) as f32)
        };
        match metric {
            VmMetric::Cpu => fine(0),
            VmMetric::Memory => fine(1),
            VmMetric::Steal => coarse(0, 100.0),
            VmMetric::DiskRead => coarse(1, 1.0),
            VmMetric::DiskWrite => coarse(2, 1.0),
            VmMetric::DiskRequests => coarse(3, 10.0),
            VmMetric::DiskLatency => coarse(4, 1e6),
            VmMetric::NetRx => coarse(5, 1.0),
            VmMetric::NetTx => coarse(6, 1.0),
        }
    }
}

/// One reading of a host.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tick {
    at: Stamp,
    values: [f32; 5],
}

/// The readings of one host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostHistory {
    ticks: Ring<Tick>,
    /// Ticks ever; the newest one has this number less one.
    count: u64,
}

impl Default for HostHistory {
    fn default() -> Self {
        Self {
            ticks: Ring::new(POINTS),
            count: 0,
        }
    }
}

impl HostHistory {
    /// The tick of a reading taken at this moment: the newest when it is that moment's, else a
    /// new one. `None` when the moment lies before the newest tick.
    pub(super) fn tick(&mut self, at: Stamp) -> Option<u64> {
        match self.ticks.last() {
            Some(newest) if at < newest.at => return None,
            Some(newest) if at == newest.at => {}
            _ => {
                self.ticks.push(Tick {
                    at,
                    values: [f32::NAN; 5],
                });
                self.count += 1;
            }
        }
        Some(self.count - 1)
    }

    /// The moment of the newest tick.
    pub(super) fn newest(&self) -> Option<Stamp> {
        self.ticks.last().map(|tick| tick.at)
    }

    /// Sets the host's own values of the newest tick.
    pub(super) fn set(&mut self, rates: &HostRates) {
        let Some(tick) = self.ticks.last().copied() else {
            return;
        };
        let values = [
            rates.cpu,
            rates.cpu_user,
            rates.cpu_system,
            rates.cpu_iowait,
            rates.memory_percent(),
        ]
        .map(|value| value.unwrap_or(f32::NAN));
        self.ticks.replace_last(Tick { values, ..tick });
    }

    /// How many ticks are kept.
    pub(super) fn len(&self) -> usize {
        self.ticks.len()
    }

    /// The number and moment of the tick `index` places after the oldest.
    pub(super) fn at(&self, index: usize) -> Option<(u64, Stamp)> {
        let oldest = self.count - self.ticks.len() as u64;
        Some((oldest + index as u64, self.ticks.get(index)?.at))
    }

    /// The value `index` places after the oldest; `None` is a gap.
    pub(super) fn get(&self, index: usize, metric: HostMetric) -> Option<f32> {
        let value = self.ticks.get(index)?.values[match metric {
            HostMetric::Cpu => 0,
            HostMetric::CpuUser => 1,
            HostMetric::CpuSystem => 2,
            HostMetric::CpuIowait => 3,
            HostMetric::Memory => 4,
        }];
        (!value.is_nan()).then_some(value)
    }

    /// The mean CPU load since `from`, if known for at least `needed` of the time.
    pub(super) fn mean_cpu(&self, from: Stamp, needed: std::time::Duration) -> Option<f32> {
        let mut sum = 0f64;
        let mut known = 0u32;
        let mut oldest = None;
        for tick in self.ticks.iter().rev().take_while(|tick| tick.at >= from) {
            if !tick.values[0].is_nan() {
                sum += f64::from(tick.values[0]);
                known += 1;
                oldest = Some(tick.at);
            }
        }
        let spans = self.newest()?.since(oldest?);
        (spans >= needed).then(|| (sum / f64::from(known)) as f32)
    }
}

#[cfg(test)]
mod tests;
