//! What becomes of the result of a call.

use std::sync::Arc;
use std::time::Duration;

use super::Supervisor;
use crate::backend::limits::VMS_PER_MESSAGE;
use crate::backend::machine::{CallId, Input};
use crate::backend::work::{Answer, Lists, Reading, Work};
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, Severity, TaskUpdate};
use crate::hv::guest::GuestInfo;
use crate::hv::host::Feature;
use crate::hv::sample::{SampleSource, VmCounters};
use crate::hv::vm::VmRecord;

/// After a failed list on a working connection.
const RELIST_SOON: Duration = Duration::from_mins(1);

/// `VIR_ERR_NO_SUPPORT`.
const NO_SUPPORT: i32 = 3;

impl Supervisor {
    /// A call came back, in time or not.
    pub(super) fn returned(&mut self, id: CallId, result: Result<Answer, HvError>, alive: bool) {
        let current = self.state.is_current(id);
        self.drive(Input::Returned(id));
        if !current {
            return;
        }
        let Some(work) = self.running.remove(&id) else {
            return;
        };
        match result {
            Ok(answer) => self.answered(work, answer),
            Err(error) => {
                if !alive {
                    let lost = error.clone();
                    self.failed(work, error, true);
                    self.drive(Input::Lost(lost));
                    return;
                }
                self.failed(work, error, false);
            }
        }
        if !alive {
            self.drive(Input::Lost(HvError::own(
                ErrorKind::Unreachable,
                "virConnectIsAlive",
                "the connection broke",
            )));
        }
    }

    fn answered(&mut self, work: Work, answer: Answer) {
        match (work, answer) {
            (Work::Greet, Answer::Greeted(mut facts, missing)) => {
                facts.unsupported.extend(missing);
                self.sampler.per_vm = facts.unsupported.contains(&Feature::BulkStats);
                if facts.unsupported.contains(&Feature::DomainEvents) {
                    self.poll_due = Some(self.now().after(self.common.limits.poll));
                }
                let facts = Arc::new(facts);
                if let Some(link) = &mut self.link {
                    link.facts = Some(Arc::clone(&facts));
                }
                self.emit(HostEvent::Facts(facts));
                self.ask(Work::List);
            }
            (Work::List, Answer::Lists(lists)) => self.listed(lists),
            (Work::ListVms, Answer::Vms(vms)) => self.relisted_vms(vms),
            (Work::Reread { .. }, Answer::Reread { vms, pools, networks }) => {
                self.seen_vms(vms);
                self.seen_pools(pools);
                self.seen_networks(networks);
            }
            (Work::Describe(_), Answer::Described(all)) => {
                for (uuid, desc) in all {
                    match desc {
                        Ok(desc) => self.emit(HostEvent::Desc {
                            uuid,
                            desc: Arc::new(desc),
                        }),
                        Err(error) => tracing::debug!("XML of {uuid}: {error}"),
                    }
                }
            }
            (Work::Sample { scope, .. }, Answer::Sampled(reading)) => {
                self.sampled(scope.per_vm, reading);
            }
            (Work::Power { task, uuid, .. }, Answer::Accepted) => {
                self.emit(HostEvent::Task {
                    task,
                    update: TaskUpdate::Accepted,
                });
                // not every driver sends an event for every verb
                self.dirty.vms.insert(uuid);
            }
            (Work::Guest(uuid), Answer::Guest(info)) => self.emit(HostEvent::Guest {
                uuid,
                info: Arc::new(info),
            }),
            (Work::Snapshots(uuid), Answer::Snapshots(snapshots)) => {
                self.emit(HostEvent::Snapshots {
                    uuid,
                    snapshots: Ok(snapshots.into()),
                });
            }
            (Work::Volumes(pool), Answer::Volumes(volumes)) => self.emit(HostEvent::Volumes {
                pool,
                volumes: Ok(volumes.into()),
            }),
            (Work::Devices, Answer::Devices(devices)) => {
                self.emit(HostEvent::Devices(Ok(devices.into())));
            }
            (Work::Aside(_), Answer::Aside) => {}
            (Work::Leases, Answer::Leases(leases)) => {
                self.emit(HostEvent::Leases(Ok(leases.into())));
            }
            (work, _) => {
                let error = HvError::own(ErrorKind::Internal, work.what(), "an unexpected answer");
                self.failed(work, error, false);
            }
        }
    }

    /// A call failed, was given up, or was never made; whoever waits for it hears of it.
    /// `sent` says that the host may be at it all the same.
    pub(super) fn failed(&mut self, work: Work, mut error: HvError, sent: bool) {
        // only VIR_ERR_NO_SUPPORT speaks of the whole driver; its like may concern one VM
        if error.code == NO_SUPPORT
            && let Some(feature) = feature(&work)
        {
            self.emit(HostEvent::Unsupported(feature));
        }
        match work {
            Work::Greet => self.drive(Input::Lost(error)),
            Work::List | Work::ListVms => {
                if !self.state.is_listed() {
                    self.drive(Input::Lost(error));
                } else if self.state.is_connected() {
                    self.relist_soon();
                    let text = format!("cannot list VMs: {}", error.message.raw());
                    self.log(Severity::Warning, text);
                }
            }
            Work::Reread { vms, pools, networks } => {
                // nothing is known for sure now; the marks stay for a full list
                if !(vms.is_empty() && pools.is_empty() && networks.is_empty()) && self.state.is_listed() {
                    self.relist_soon();
                }
            }
            Work::Describe(vms) => {
                for uuid in vms {
                    self.attention.stale(uuid);
                }
            }
            Work::Sample { .. } => self.sampler.done(Duration::ZERO, self.common.clock.now()),
            Work::Power { task, uuid, .. } => {
                if sent && error.kind == ErrorKind::Unreachable {
                    error.message = Text::from(format!("{}; the host may have carried it out", error.message.raw()));
                }
                if self.state.is_listed() {
                    // the object may be gone or in another state than was thought
                    self.dirty.vms.insert(uuid);
                }
                self.emit(HostEvent::Task {
                    task,
                    update: TaskUpdate::Failed(error),
                });
            }
            Work::Guest(uuid) => self.emit(HostEvent::Guest {
                uuid,
                info: Arc::new(GuestInfo {
                    agent_error: Some(error.message),
                    ..GuestInfo::default()
                }),
            }),
            Work::Snapshots(uuid) => self.emit(HostEvent::Snapshots {
                uuid,
                snapshots: Err(error),
            }),
            Work::Volumes(pool) => self.emit(HostEvent::Volumes {
                pool,
                volumes: Err(error),
            }),
            Work::Devices => self.emit(HostEvent::Devices(Err(error))),
            Work::Leases => self.emit(HostEvent::Leases(Err(error))),
            Work::Aside(aside) => aside.give_up(error),
        }
    }

    /// Something could not be read: everything is listed again before the usual time.
    pub(super) fn relist_soon(&mut self) {
        let soon = self.now().after(RELIST_SOON);
        self.relist_due = Some(self.relist_due.map_or(soon, |due| due.min(soon)));
    }

    fn listed(&mut self, lists: Lists) {
        let now = self.now();
        // everything read is newer than any mark set before
        self.relist_due = Some(now.after(self.common.limits.relist));
        for vm in &lists.vms {
            self.note_vm(vm);
        }
        self.vms.replace(lists.vms.clone());
        match lists.pools {
            Ok(pools) => drop(self.pools.replace(pools)),
            Err(error) => {
                if error.kind == ErrorKind::Unsupported {
                    self.emit(HostEvent::Unsupported(Feature::StoragePools));
                } else {
                    let text = format!("cannot list storage pools: {}", error.message.raw());
                    self.log(Severity::Warning, text);
                }
            }
        }
        match lists.networks {
            Ok(networks) => drop(self.networks.replace(networks)),
            Err(error) => {
                if error.kind == ErrorKind::Unsupported {
                    self.emit(HostEvent::Unsupported(Feature::Networks));
                } else {
                    let text = format!("cannot list networks: {}", error.message.raw());
                    self.log(Severity::Warning, text);
                }
            }
        }
        self.emit(HostEvent::ListStart);
        self.emit_vms(lists.vms);
        // those that could not be listed stay as they were last known
        let pools: Vec<_> = self.pools.iter().cloned().collect();
        if !pools.is_empty() {
            self.emit(HostEvent::Pools(pools));
        }
        let networks: Vec<_> = self.networks.iter().cloned().collect();
        if !networks.is_empty() {
            self.emit(HostEvent::Networks(networks));
        }
        self.emit(HostEvent::ListEnd);
        if !self.state.is_listed() {
            let per_vm = self.sampler.per_vm;
            self.sampler.begin(now);
            self.sampler.per_vm = per_vm;
            self.drive(Input::Listed);
        }
    }

    /// The list of VMs alone; only differences are told.
    fn relisted_vms(&mut self, vms: Vec<VmRecord>) {
        for vm in &vms {
            let id_before = self.vms.get(vm.uuid).and_then(|before| before.id);
            if id_before != vm.id {
                self.attention.stale(vm.uuid);
            }
        }
        let (changed, gone) = self.vms.replace(vms);
        for uuid in gone {
            self.attention.stale(uuid);
            self.emit(HostEvent::VmGone(uuid));
        }
        self.emit_vms(changed);
    }

    pub(super) fn emit_vms(&self, mut vms: Vec<VmRecord>) {
        while !vms.is_empty() {
            let rest = vms.split_off(vms.len().min(VMS_PER_MESSAGE));
            self.emit(HostEvent::Vms(vms));
            vms = rest;
        }
    }

    fn sampled(&mut self, was_per_vm: bool, reading: Reading) {
        self.sampler.done(reading.took, self.common.clock.now());
        let host = match reading.host {
            Some(Ok(counters)) => {
                for (missing, feature) in [
                    (counters.cpu.is_none(), Feature::NodeCpuStats),
                    (counters.memory.is_none(), Feature::NodeMemoryStats),
                ] {
                    if missing {
                        self.lacks(feature);
                    }
                }
                Some(counters)
            }
            Some(Err(error)) => {
                self.sampler.no_host |= error.kind == ErrorKind::Unsupported;
                None
            }
            None => None,
        };
        let vms = match reading.vms {
            Ok(vms) => vms,
            Err(error) => {
                if error.kind == ErrorKind::Unsupported && !was_per_vm {
                    self.without_bulk();
                } else {
                    tracing::debug!(host = %self.entry.name, "statistics: {error}");
                }
                Vec::new()
            }
        };
        if !was_per_vm && bulk_is_empty(&vms) {
            self.without_bulk();
        }
        self.emit_samples(reading.at, reading.took, SampleSource::Live, host, vms);
    }

    /// The driver cannot do this: it is told once and not asked again.
    fn lacks(&mut self, feature: Feature) {
        if let Some(facts) = self.link.as_mut().and_then(|link| link.facts.as_mut())
            && Arc::make_mut(facts).unsupported.insert(feature)
        {
            self.emit(HostEvent::Unsupported(feature));
        }
    }

    /// From now on, VMs are asked one by one; the next reading is due at once.
    fn without_bulk(&mut self) {
        if !self.sampler.per_vm {
            let no_host = self.sampler.no_host;
            self.sampler.begin(self.common.clock.now());
            self.sampler.per_vm = true;
            self.sampler.no_host = no_host;
            self.lacks(Feature::BulkStats);
        }
    }
}

/// Whether the driver answers bulk calls with nothing but states.
fn bulk_is_empty(vms: &[VmCounters]) -> bool {
    let mut active = vms.iter().filter(|vm| vm.status.state.is_active()).peekable();
    active.peek().is_some()
        && active
            .all(|vm| vm.cpu_time.is_none() && vm.memory.current.is_none() && vm.disks.is_empty() && vm.nics.is_empty())
}

fn feature(work: &Work) -> Option<Feature> {
    match work {
        Work::Power { verb, .. } => verb.feature(),
        Work::Snapshots(_) => Some(Feature::Snapshots),
        Work::Volumes(_) => Some(Feature::StoragePools),
        Work::Devices => Some(Feature::NodeDevices),
        Work::Leases => Some(Feature::DhcpLeases),
        Work::Greet
        | Work::Aside(_)
        | Work::List
        | Work::ListVms
        | Work::Reread { .. }
        | Work::Describe(_)
        | Work::Sample { .. }
        | Work::Guest(_) => None,
    }
}
