//! What the hosts of the fixture tell in detail.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::base::text::Text;
use crate::hv::event::{HostEvent, LogEntry, Severity, Subject};
use crate::hv::guest::{AddressSource, GuestAddress, GuestFilesystem, GuestInfo, SnapshotRecord};
use crate::hv::host::NodeDevice;
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::{
    CpuTimes, DiskCounters, HostCounters, HostMemory, NicCounters, SampleSet, VcpuCounters, VmCounters,
};
use crate::hv::storage::{PoolRecord, PoolState, VolumeRecord};
use crate::hv::vm::{DiskDesc, NicDesc, VmDesc, VmState, VmStatus};

use crate::ui::tests::fixture::{Desk, vm_key};

impl Desk {
    /// XML, guest, snapshots, storage, networks and events.
    pub fn details(&mut self) {
        let uuid = vm_key(1, 0).uuid;
        let xml = "<domain type='kvm'>\n  <name>web-1</name>\n  <!-- note \u{202e} -->\n</domain>\n";
        let desc = VmDesc {
            xml: xml.into(),
            title: Some("The first web server".into()),
            disks: vec![DiskDesc {
                target: "vda".into(),
                source: "/pool/web-1.qcow2".into(),
                ..DiskDesc::default()
            }],
            nics: vec![NicDesc {
                mac: "52:54:00:00:00:01".into(),
                kind: "network".into(),
                ..NicDesc::default()
            }],
            ..VmDesc::default()
        };
        self.host(
            1,
            HostEvent::Desc {
                uuid,
                desc: Arc::new(desc),
            },
        );
        let address = GuestAddress {
            interface: "eth0".into(),
            mac: "52:54:00:00:00:01".into(),
            address: "192.0.2.7/24".into(),
            source: AddressSource::Lease,
        };
        let filesystem = GuestFilesystem {
            mountpoint: "/".into(),
            kind: "ext4".into(),
            total: Some(10 << 30),
            used: Some(5 << 30),
        };
        let info = GuestInfo {
            addresses: vec![address],
            filesystems: vec![filesystem],
            agent_error: Some("Guest agent is not responding".into()),
            ..GuestInfo::default()
        };
        self.host(
            1,
            HostEvent::Guest {
                uuid,
                info: Arc::new(info),
            },
        );
        let snapshot = |name: &str, parent: Option<&str>, current| SnapshotRecord {
            name: name.into(),
            parent: parent.map(Text::from),
            state: "running".into(),
            current,
            ..SnapshotRecord::default()
        };
        let snapshots = [snapshot("base", None, false), snapshot("patched", Some("base"), true)];
        self.host(
            1,
            HostEvent::Snapshots {
                uuid,
                snapshots: Ok(Arc::from(snapshots)),
            },
        );
        let pool = PoolRecord {
            uuid: Uuid::from_u128(77),
            name: "images".into(),
            state: PoolState::Running,
            capacity: 100 << 30,
            allocation: 40 << 30,
            available: 60 << 30,
            ..PoolRecord::default()
        };
        self.host(1, HostEvent::Pools(vec![pool]));
        let volume = VolumeRecord {
            name: "web-1.qcow2".into(),
            capacity: 20 << 30,
            allocation: 5 << 30,
            ..VolumeRecord::default()
        };
        self.host(
            1,
            HostEvent::Volumes {
                pool: Uuid::from_u128(77),
                volumes: Ok(Arc::from([volume])),
            },
        );
        let network = NetworkRecord {
            uuid: Uuid::from_u128(78),
            name: "default".into(),
            active: true,
            ..NetworkRecord::default()
        };
        self.host(1, HostEvent::Networks(vec![network]));
        let lease = Lease {
            network: "default".into(),
            address: "192.0.2.7".into(),
            ..Lease::default()
        };
        self.host(1, HostEvent::Leases(Ok(Arc::from([lease]))));
        let device = NodeDevice {
            name: "pci_0000_00_02_0".into(),
            parent: None,
            capabilities: vec!["pci".into()],
            summary: "A graphics card".into(),
            driver: None,
            iommu_group: Some(1),
        };
        self.host(1, HostEvent::Devices(Ok(Arc::from([device]))));
        for (severity, message) in [
            (Severity::Normal, "started (booted)"),
            (Severity::Error, "I/O error on \x1b]0;x\x07vda"),
        ] {
            let entry = LogEntry {
                unix_millis: 1_767_225_599_000,
                severity,
                subject: Subject::Vm(uuid),
                name: "web-1".into(),
                message: message.into(),
            };
            self.host(1, HostEvent::Log(entry));
        }
        self.model.store.watch(vm_key(1, 0));
    }

    /// One reading at the present moment.
    pub fn sample(&mut self) {
        let at = self.now;
        let t = at.0.as_nanos() as u64;
        let disk = DiskCounters {
            name: "vda".into(),
            rd_bytes: Some(t / 1000),
            rd_reqs: Some(t / 1_000_000),
            rd_times: Some(t / 100),
            wr_bytes: Some(t / 900),
            ..DiskCounters::default()
        };
        let nic = NicCounters {
            name: "vnet0".into(),
            rx_bytes: Some(t / 500),
            tx_bytes: Some(t / 700),
            ..NicCounters::default()
        };
        let vcpu = |number| VcpuCounters {
            number,
            time: Some(t / 4),
            delay: Some(t / 50),
            wait: None,
        };
        let vm = VmCounters {
            uuid: vm_key(1, 0).uuid,
            status: VmStatus {
                state: VmState::Running,
                reason: 1,
            },
            cpu_time: Some(t / 2),
            vcpus_current: Some(2),
            vcpus: vec![vcpu(0), vcpu(1)],
            disks: vec![disk],
            nics: vec![nic],
            ..VmCounters::default()
        };
        let memory = HostMemory {
            total: 64 << 30,
            free: 20 << 30,
            buffers: 1 << 30,
            cached: 11 << 30,
        };
        let host = HostCounters {
            cpu: Some(CpuTimes {
                user: t * 4,
                kernel: t,
                idle: t * 10,
                iowait: t,
                intr: 0,
            }),
            memory: Some(memory),
            cells: vec![(0, memory)],
        };
        let interval = Duration::from_secs(2);
        let set = SampleSet {
            at,
            took: Duration::from_millis(3),
            interval,
            host: Some(host),
            vms: vec![vm],
            ..SampleSet::default()
        };
        self.host(1, HostEvent::Samples(set));
    }
}
