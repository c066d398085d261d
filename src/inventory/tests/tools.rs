//! Small fleets to test with.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::base::ids::{ClusterId, DatacenterId, Epoch, HostId, VmKey};
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::host::{ConnState, HostFacts, NodeInfo};
use crate::hv::sample::{CpuTimes, HostCounters, HostMemory, SampleSet, VmCounters};
use crate::hv::topology::{Cluster, Datacenter, HostEntry, SshOptions, Topology};
use crate::hv::vm::{VmRecord, VmState, VmStatus};

pub(in crate::inventory) fn entry(id: u32, name: &str) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: Text::from(name),
        uri: Text::from("test:///default"),
        datacenter: None,
        cluster: None,
        read_only: false,
        enabled: true,
        environment: None,
        tags: Vec::new(),
        ssh: SshOptions::default(),
        recorded: false,
    }
}

/// Two data centers; host 1 and 2 in cluster 1 of the first, 3 loose in the second, 4 loose.
pub(in crate::inventory) fn topology() -> Topology {
    let mut hosts = vec![
        entry(1, "ares"),
        entry(2, "boreas"),
        entry(3, "chronos"),
        entry(4, "dione"),
    ];
    hosts[0].cluster = Some(ClusterId(1));
    hosts[1].cluster = Some(ClusterId(1));
    hosts[1].tags = vec![Text::from("gpu")];
    hosts[2].datacenter = Some(DatacenterId(2));
    Topology {
        datacenters: vec![
            Datacenter {
                id: DatacenterId(1),
                name: Text::from("oslo"),
            },
            Datacenter {
                id: DatacenterId(2),
                name: Text::from("rome"),
            },
        ],
        clusters: vec![Cluster {
            id: ClusterId(1),
            name: Text::from("compute"),
            datacenter: Some(DatacenterId(1)),
        }],
        hosts,
    }
}

pub(in crate::inventory) fn uuid(n: u32) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

pub(in crate::inventory) fn key(host: u32, n: u32) -> VmKey {
    VmKey {
        host: HostId(host),
        uuid: uuid(n),
    }
}

pub(in crate::inventory) fn status(state: VmState) -> VmStatus {
    VmStatus { state, reason: 1 }
}

pub(in crate::inventory) fn vm(n: u32, name: &str, state: VmState) -> VmRecord {
    VmRecord {
        uuid: uuid(n),
        name: Text::from(name),
        id: state.is_active().then_some(n),
        status: status(state),
        vcpus: Some(2),
        memory: Some(1 << 30),
        ..VmRecord::default()
    }
}

pub(in crate::inventory) fn message(host: u32, epoch: u64, event: HostEvent) -> HostMessage {
    HostMessage {
        host: HostId(host),
        epoch: Epoch(epoch),
        event,
    }
}

pub(in crate::inventory) fn live() -> HostEvent {
    HostEvent::Conn(ConnState::Live {
        since: Stamp::default(),
    })
}

pub(in crate::inventory) fn down(at: u64) -> HostEvent {
    HostEvent::Conn(ConnState::Down {
        since: Stamp::from_millis(at),
        retry_at: Stamp::from_millis(at + 1000),
        attempt: 1,
        error: HvError::own(ErrorKind::Unreachable, "test", "cable cut"),
    })
}

pub(in crate::inventory) fn facts(cpus: u32) -> HostEvent {
    HostEvent::Facts(Arc::new(HostFacts {
        node: NodeInfo {
            cpus,
            memory: 64 << 30,
            ..NodeInfo::default()
        },
        ..HostFacts::default()
    }))
}

/// A reading in which every VM has used this much CPU time and the host is half busy.
pub(in crate::inventory) fn reading(millis: u64, vms: &[u32], cpu_time: u64) -> SampleSet {
    SampleSet {
        at: Stamp::from_millis(millis),
        interval: Duration::from_secs(2),
        host: Some(HostCounters {
            cpu: Some(CpuTimes {
                user: cpu_time,
                idle: cpu_time,
                ..CpuTimes::default()
            }),
            memory: Some(HostMemory {
                total: 64 << 30,
                free: 48 << 30,
                ..HostMemory::default()
            }),
            cells: Vec::new(),
        }),
        vms: vms
            .iter()
            .map(|n| VmCounters {
                uuid: uuid(*n),
                status: status(VmState::Running),
                cpu_time: Some(cpu_time),
                vcpus_current: Some(2),
                ..VmCounters::default()
            })
            .collect(),
        ..SampleSet::default()
    }
}

/// The messages of a complete list.
pub(in crate::inventory) fn relist(host: u32, epoch: u64, vms: Vec<VmRecord>) -> Vec<HostMessage> {
    [
        HostEvent::ListStart,
        HostEvent::Vms(vms),
        HostEvent::Pools(Vec::new()),
        HostEvent::Networks(Vec::new()),
        HostEvent::ListEnd,
        live(),
    ]
    .into_iter()
    .map(|event| message(host, epoch, event))
    .collect()
}
