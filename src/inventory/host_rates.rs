//! What a host does, from two consecutive readings of its counters.

use std::time::Duration;

use crate::hv::sample::{CpuTimes, HostCounters, HostMemory};

/// What a host does. `None` is a gap.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HostRates {
    /// Percent of all CPUs in user mode (`user`).
    pub cpu_user: Option<f32>,
    /// Percent in the kernel and in interrupts (`kernel`, `intr`).
    pub cpu_system: Option<f32>,
    /// Percent idle (`idle`).
    pub cpu_idle: Option<f32>,
    /// Percent idle while waiting for I/O (`iowait`).
    pub cpu_iowait: Option<f32>,
    /// Percent busy: user and system.
    pub cpu: Option<f32>,
    /// Mean of `cpu` over the last five minutes, once a minute of them is known.
    pub cpu_five_minutes: Option<f32>,
    /// Memory of the whole host (`virNodeGetMemoryStats`); `used` is without buffers and cache.
    pub memory: Option<HostMemory>,
    /// Memory of each NUMA cell, by cell id.
    pub cells: Vec<(u32, HostMemory)>,
}

impl HostRates {
    /// What one reading alone tells: memory.
    pub fn first(now: &HostCounters) -> Self {
        Self {
            memory: now.memory.filter(|memory| memory.total > 0),
            cells: now.cells.clone(),
            ..Self::default()
        }
    }

    /// The rates between two readings that belong together.
    pub fn between(before: &HostCounters, now: &HostCounters) -> Self {
        let mut rates = Self::first(now);
        if let Some((before, now)) = before.cpu.zip(now.cpu)
            && let Some(shares) = shares(before, now)
        {
            let [user, system, idle, iowait] = shares;
            rates.cpu_user = Some(user);
            rates.cpu_system = Some(system);
            rates.cpu_idle = Some(idle);
            rates.cpu_iowait = Some(iowait);
            rates.cpu = Some((user + system).clamp(0.0, 100.0));
        }
        rates
    }

    /// Memory used, percent.
    pub fn memory_percent(&self) -> Option<f32> {
        self.memory.map(|memory| {
            let part = memory.used() as f64 / memory.total.max(1) as f64;
            (part * 100.0).min(100.0) as f32
        })
    }
}

/// User, system, idle and I/O wait in percent; `None` when any of them went back or nothing
/// passed (the test driver's never move).
fn shares(before: CpuTimes, now: CpuTimes) -> Option<[f32; 4]> {
    let user = now.user.checked_sub(before.user)?;
    let kernel = now.kernel.checked_sub(before.kernel)?;
    let interrupts = now.intr.checked_sub(before.intr)?;
    let idle = now.idle.checked_sub(before.idle)?;
    let iowait = now.iowait.checked_sub(before.iowait)?;
    let system = kernel.saturating_add(interrupts);
    let all = user as f64 + system as f64 + idle as f64 + iowait as f64;
    (all > 0.0).then(|| [user, system, idle, iowait].map(|part| (part as f64 / all * 100.0) as f32))
}

/// How long the mean of [`HostRates::cpu_five_minutes`] looks back.
pub(super) const MEAN_OVER: Duration = Duration::from_mins(5);
/// How much of that must be known.
pub(super) const MEAN_NEEDS: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counters(user: u64, kernel: u64, idle: u64, iowait: u64) -> HostCounters {
        HostCounters {
            cpu: Some(CpuTimes {
                user,
                kernel,
                idle,
                iowait,
                intr: 0,
            }),
            ..HostCounters::default()
        }
    }

    #[test]
    fn shares_of_the_time_between() {
        let rates = HostRates::between(&counters(10, 10, 10, 10), &counters(20, 15, 90, 15));
        assert_eq!(rates.cpu_user, Some(10.0));
        assert_eq!(rates.cpu_system, Some(5.0));
        assert_eq!(rates.cpu_idle, Some(80.0));
        assert_eq!(rates.cpu_iowait, Some(5.0));
        assert_eq!(rates.cpu, Some(15.0));
    }

    #[test]
    fn a_rebooted_host_is_a_gap() {
        let rates = HostRates::between(&counters(10, 10, 10, 10), &counters(1, 15, 90, 15));
        assert_eq!(rates.cpu, None);
        let same = HostRates::between(&counters(1, 1, 1, 1), &counters(1, 1, 1, 1));
        assert_eq!(same.cpu_idle, None);
    }

    proptest! {
        #[test]
        fn never_negative_never_above_the_whole(a in any::<[u64; 4]>(), b in any::<[u64; 4]>()) {
            let rates = HostRates::between(
                &counters(a[0], a[1], a[2], a[3]),
                &counters(b[0], b[1], b[2], b[3]),
            );
            for part in [rates.cpu, rates.cpu_user, rates.cpu_system, rates.cpu_idle, rates.cpu_iowait]
                .into_iter()
                .flatten()
            {
                prop_assert!((0.0..=100.01).contains(&part), "{}", part);
            }
        }
    }
}
