//! Which call goes to which lane, and when.

use std::collections::HashSet;
use std::time::Duration;

use uuid::Uuid;

use super::{Supervisor, no_thread};
use crate::backend::lane::LaneThread;
use crate::backend::libvirt::{BulkScope, RawSink, SampleScope};
use crate::backend::limits::{Lane, SAMPLES_PER_MESSAGE, SINGLE_READS};
use crate::backend::machine::{CallId, Input};
use crate::backend::replay;
use crate::backend::work::Work;
use crate::base::time::Stamp;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, TaskUpdate};
use crate::hv::sample::{HostCounters, SampleSet, SampleSource, VmCounters};

/// Most VMs read in detail when a host has too many for all of them.
const IN_DETAIL: usize = 64;

/// Most VMs asked one by one in a reading; where there are more, those on the screen and some of the
/// others in turn.
const ONE_BY_ONE: usize = 64;

/// At most [`SINGLE_READS`] of the objects; the others stay.
fn take_some(from: &mut HashSet<Uuid>) -> Vec<Uuid> {
    let taken: Vec<Uuid> = from.iter().copied().take(SINGLE_READS).collect();
    for uuid in &taken {
        from.remove(uuid);
    }
    taken
}

impl Supervisor {
    /// Lets a call wait for its lane, or tells that it cannot be made.
    pub(super) fn ask(&mut self, work: Work) {
        if !self.state.is_connected() {
            let error = HvError::own(ErrorKind::Unreachable, work.what(), "not connected to this host");
            self.failed(work, error, false);
            return;
        }
        if let Err(work) = self.queue.push(work) {
            let error = HvError::own(
                ErrorKind::Busy,
                work.what(),
                "too many requests wait for this host already",
            );
            self.failed(work, error, false);
        }
    }

    /// Hands waiting calls to free lanes.
    pub(super) fn dispatch(&mut self) {
        if !self.state.is_connected() {
            return;
        }
        for lane in Lane::ALL {
            if !self.state.may_call(lane) {
                continue;
            }
            let work = match lane {
                Lane::Control => self.control_work(),
                Lane::Sample => self.sample_work(),
                Lane::Power | Lane::Console | Lane::Slow | Lane::Picture | Lane::Long => self.queue.pop(lane),
            };
            if let Some(work) = work {
                self.start(work);
            }
        }
    }

    fn control_work(&mut self) -> Option<Work> {
        if let Some(work) = self.queue.pop(Lane::Control) {
            return Some(work);
        }
        if !self.state.is_listed() {
            return None;
        }
        if self.dirty.wants_reading() {
            if self.dirty.vms.len() > SINGLE_READS {
                self.dirty.vms.clear();
                return Some(Work::ListVms);
            }
            return Some(Work::Reread {
                vms: take_some(&mut self.dirty.vms),
                pools: take_some(&mut self.dirty.pools),
                networks: take_some(&mut self.dirty.networks),
            });
        }
        let vms = &self.vms;
        let wanted = self.attention.take(|uuid| vms.get(uuid).is_some());
        (!wanted.is_empty()).then_some(Work::Describe(wanted))
    }

    fn sample_work(&mut self) -> Option<Work> {
        let now = self.now();
        if !self.state.is_listed() || !self.sampler.due(now) {
            return None;
        }
        if self.player.is_some() {
            self.replay(now);
            return None;
        }
        self.sampler.start(now);
        let vms = &self.vms;
        let detailed: Vec<Uuid> = self
            .attention
            .detailed()
            .into_iter()
            .filter(|uuid| vms.get(*uuid).is_some_and(|vm| vm.status.state.is_active()))
            .take(IN_DETAIL)
            .collect();
        let per_vm = self.sampler.per_vm;
        let host = self
            .link
            .as_ref()
            .and_then(|link| link.facts.clone())
            .filter(|_| !self.sampler.no_host);
        let bulk = BulkScope::for_active(self.vms.active());
        let (detail, per_vm_devices) = match (per_vm, bulk) {
            (true, _) => (Vec::new(), detailed),
            (false, BulkScope::Basic) => (detailed, Vec::new()),
            // every VM is read in full anyway
            (false, BulkScope::Full) => (Vec::new(), Vec::new()),
        };
        let active = self.vms.active();
        let only = (per_vm && active > ONE_BY_ONE).then(|| {
            let mut only: HashSet<Uuid> = per_vm_devices.iter().copied().collect();
            let mut running: Vec<Uuid> = self
                .vms
                .iter()
                .filter(|vm| vm.status.state.is_active())
                .map(|vm| vm.uuid)
                .collect();
            running.sort_unstable();
            only.extend(self.sampler.turn(&running, ONE_BY_ONE / 2));
            only
        });
        Some(Work::Sample {
            scope: SampleScope {
                bulk,
                detail,
                per_vm,
                only,
                per_vm_devices,
            },
            host,
        })
    }

    /// A reading from the recording instead of the host.
    fn replay(&mut self, now: Stamp) {
        let Some(player) = &self.player else { return };
        let vms: Vec<_> = self
            .vms
            .iter()
            .filter(|vm| replay::runs(vm))
            .filter_map(|vm| player.vm(vm, now.0))
            .collect();
        let host = player.host(now.0);
        self.sampler.start(now);
        self.sampler.done(Duration::ZERO, now);
        self.emit_samples(now, Duration::ZERO, SampleSource::Recorded, host, vms);
    }

    /// Tells a reading, in parts when it is large; the first part carries the host's counters.
    pub(super) fn emit_samples(
        &self,
        at: Stamp,
        took: Duration,
        source: SampleSource,
        mut host: Option<HostCounters>,
        mut vms: Vec<VmCounters>,
    ) {
        loop {
            let rest = vms.split_off(vms.len().min(SAMPLES_PER_MESSAGE));
            self.emit(HostEvent::Samples(SampleSet {
                at,
                took,
                interval: self.sampler.interval(),
                source,
                host: host.take(),
                vms,
            }));
            if rest.is_empty() {
                return;
            }
            vms = rest;
        }
    }

    fn start(&mut self, work: Work) {
        self.next_call += 1;
        let id = CallId::Lane(self.next_call);
        let lane = work.lane();
        if let Err(error) = self.hand_over(id, lane, &work) {
            self.failed(work, error, false);
            return;
        }
        self.drive(Input::Called(id, lane, work.what()));
        if let Work::Power { task, .. } = &work {
            self.emit(HostEvent::Task {
                task: *task,
                update: TaskUpdate::Sent,
            });
        }
        self.running.insert(id, work);
    }

    fn hand_over(&mut self, id: CallId, lane: Lane, work: &Work) -> Result<(), HvError> {
        let Some(link) = &mut self.link else {
            return Err(HvError::own(
                ErrorKind::Unreachable,
                work.what(),
                "not connected to this host",
            ));
        };
        // a thread that has died is replaced once
        for _ in 0..2 {
            if !link.lanes.contains_key(&lane) {
                let events = std::sync::Arc::clone(&link.events);
                let sink: RawSink = std::sync::Arc::new(move |event| events.push(event));
                let thread = LaneThread::start(
                    format!("vd-{}-{}", lane.word(), self.entry.id.0),
                    std::sync::Arc::clone(&link.shared),
                    sink,
                    self.common.clock,
                    self.reports.clone(),
                )
                .map_err(|error| no_thread(&error))?;
                link.lanes.insert(lane, thread);
            }
            if link.lanes.get(&lane).is_some_and(|thread| thread.put(id, work.clone())) {
                return Ok(());
            }
            link.lanes.remove(&lane);
        }
        Err(HvError::own(
            ErrorKind::Internal,
            work.what(),
            "the thread for this call died",
        ))
    }
}
