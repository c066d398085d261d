//! Readings of counters become rates and history.

use std::time::Duration;

use crate::base::ids::{HostId, VmKey};
use crate::base::time::Stamp;
use crate::hv::host::Cadence;
use crate::hv::sample::{HostCounters, SampleSet, VmCounters};
use crate::inventory::changes::Changes;
use crate::inventory::history::devices::Watched;
use crate::inventory::host::{DEFAULT_INTERVAL, HostState};
use crate::inventory::host_rates::{HostRates, MEAN_NEEDS, MEAN_OVER};
use crate::inventory::rates::{VmRates, belong_together};

impl HostState {
    pub(super) fn sample(&mut self, id: HostId, set: &SampleSet, watched: &mut Watched, changes: &mut Changes) {
        let interval = if set.interval.is_zero() {
            DEFAULT_INTERVAL
        } else {
            set.interval
        };
        self.mark_gap(set.at, interval);
        let Some(tick) = self.history.tick(set.at) else {
            changes.dropped = true;
            return;
        };
        changes.samples = true;
        let cadence = Cadence {
            interval,
            took: set.took,
        };
        changes.connection = self.cadence != Some(cadence) || self.source != set.source;
        if self.source != set.source {
            // numbers of a recording and live ones have nothing to do with each other
            self.counters = None;
            for vm in self.vms.values_mut() {
                vm.restart_rates();
            }
        }
        self.cadence = Some(cadence);
        self.sampled = Some(set.at);
        self.source = set.source;
        if let Some(counters) = &set.host {
            self.sample_host(counters, set.at, interval);
        } else {
            self.expire_host(set.at, interval);
        }
        let cpus = self.cpus();
        self.tops = std::sync::OnceLock::new();
        for counters in &set.vms {
            let Some(vm) = self.vms.get_mut(&counters.uuid) else {
                continue;
            };
            if vm.sampled.is_some_and(|sampled| sampled >= set.at) {
                continue;
            }
            if !counters.status.state.is_active() {
                vm.restart_rates();
                vm.sampled = Some(set.at);
                continue;
            }
            vm.rates = vm_rates(
                vm.counters.as_deref().zip(vm.sampled),
                (counters, set.at),
                interval,
                cpus,
            );
            vm.history.push(tick, &vm.rates);
            vm.sampled = Some(set.at);
            let key = VmKey {
                host: id,
                uuid: counters.uuid,
            };
            watched.push(key, set.at, &vm.rates);
            if let Some(old) = &mut vm.counters {
                renew(old, counters);
            } else {
                vm.counters = Some(Box::new(counters.clone()));
            }
        }
    }

    /// Puts an empty point into the history where readings are missing, so that a chart does not
    /// connect what is before with what is after.
    fn mark_gap(&mut self, at: Stamp, interval: Duration) {
        if let Some(newest) = self.history.newest()
            && newest < at
            && !belong_together(at.since(newest), interval)
        {
            let before = Stamp(at.0.saturating_sub(interval));
            self.history.tick(before.max(newest));
        }
    }

    /// Drops the host's own figures when its counters have not come for too long, so that they do
    /// not pass for fresh because its VMs are still being read.
    fn expire_host(&mut self, at: Stamp, interval: Duration) {
        let current = self
            .counters
            .as_ref()
            .is_some_and(|(read, _)| *read >= at || belong_together(at.since(*read), interval));
        if !current {
            self.counters = None;
            self.rates = HostRates::default();
        }
    }

    fn sample_host(&mut self, counters: &HostCounters, at: Stamp, interval: Duration) {
        if self.counters.as_ref().is_some_and(|(read, _)| *read >= at) {
            return;
        }
        let mut rates = match &self.counters {
            Some((before, old)) if belong_together(at.since(*before), interval) => HostRates::between(old, counters),
            _ => HostRates::first(counters),
        };
        self.history.set(&rates);
        let from = Stamp(at.0.saturating_sub(MEAN_OVER));
        rates.cpu_five_minutes = self.history.mean_cpu(from, MEAN_NEEDS);
        self.rates = rates;
        self.counters = Some((at, counters.clone()));
    }
}

fn vm_rates(
    before: Option<(&VmCounters, Stamp)>,
    (now, at): (&VmCounters, Stamp),
    interval: Duration,
    cpus: Option<u32>,
) -> VmRates {
    match before {
        Some((old, sampled)) if belong_together(at.since(sampled), interval) => {
            VmRates::between(old, now, at.since(sampled), cpus)
        }
        _ => VmRates::first(now),
    }
}

/// Takes a newer reading over, in the memory of the one before.
fn renew(old: &mut VmCounters, newer: &VmCounters) {
    let mut vcpus = std::mem::take(&mut old.vcpus);
    let mut disks = std::mem::take(&mut old.disks);
    let mut nics = std::mem::take(&mut old.nics);
    vcpus.clone_from(&newer.vcpus);
    disks.clone_from(&newer.disks);
    nics.clone_from(&newer.nics);
    *old = VmCounters {
        uuid: newer.uuid,
        status: newer.status,
        cpu_time: newer.cpu_time,
        cpu_user: newer.cpu_user,
        cpu_system: newer.cpu_system,
        vcpus_current: newer.vcpus_current,
        vcpus_max: newer.vcpus_max,
        vcpus,
        memory: newer.memory,
        disks,
        nics,
    };
}
