//! Whole supervisors against libvirt's own test driver and against hosts that misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use super::*;
use crate::base::ids::TaskId;
use crate::base::time::Stamp;
use crate::hv::command::{Focus, PowerVerb};
use crate::hv::error::ErrorKind;
use crate::hv::event::{HostEvent, Subject, TaskUpdate};
use crate::hv::host::ConnState;
use crate::hv::sample::SampleSource;
use crate::hv::topology::SshOptions;
use crate::hv::vm::{VmRecord, VmState};

mod faults;

/// Nothing that is waited for here takes this long.
const PATIENCE: Duration = Duration::from_secs(30);

fn entry(id: u32, uri: &str) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: format!("host{id}").into(),
        uri: uri.into(),
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

fn options() -> FleetOptions {
    FleetOptions {
        interval: Duration::from_millis(100),
        ..FleetOptions::new(Clock::start())
    }
}

/// A fleet and what a reader of its messages knows.
struct Rig {
    fleet: Fleet,
    inbox: UnboundedReceiver<HostMessage>,
    seen: Vec<HostMessage>,
    vms: BTreeMap<(HostId, Uuid), VmRecord>,
}

impl Rig {
    fn new(hosts: Vec<HostEntry>, limits: Limits) -> Self {
        let topology = Topology {
            hosts,
            ..Topology::default()
        };
        let (sink, inbox) = unbounded_channel();
        let fleet = Fleet::start_with(&topology, options(), limits, sink, &Handle::current());
        Self {
            fleet,
            inbox,
            seen: Vec::new(),
            vms: BTreeMap::new(),
        }
    }

    fn note(&mut self, message: HostMessage) {
        match &message.event {
            HostEvent::Vms(vms) => {
                for vm in vms {
                    self.vms.insert((message.host, vm.uuid), vm.clone());
                }
            }
            HostEvent::VmGone(uuid) => {
                self.vms.remove(&(message.host, *uuid));
            }
            _ => {}
        }
        self.seen.push(message);
    }

    /// Reads on until a message fits; earlier ones are not looked at again.
    async fn wait(&mut self, what: &str, fits: impl Fn(&HostMessage) -> bool) -> HostMessage {
        let searching = async {
            loop {
                let message = self.inbox.recv().await.unwrap();
                let found = fits(&message);
                self.note(message.clone());
                if found {
                    return Some(message);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, searching).await {
            Ok(Some(message)) => message,
            _ => panic!(
                "no {what}; seen: {:#?}",
                self.seen.iter().rev().take(20).collect::<Vec<_>>()
            ),
        }
    }

    async fn live(&mut self, host: u32) -> HostMessage {
        self.wait("live", |message| {
            message.host == HostId(host) && matches!(message.event, HostEvent::Conn(ConnState::Live { .. }))
        })
        .await
    }

    async fn down(&mut self, host: u32) -> (HvErrorKind, Stamp, u32) {
        let message = self
            .wait("down", |message| {
                message.host == HostId(host) && matches!(message.event, HostEvent::Conn(ConnState::Down { .. }))
            })
            .await;
        match message.event {
            HostEvent::Conn(ConnState::Down {
                error,
                retry_at,
                attempt,
                ..
            }) => (error.kind, retry_at, attempt),
            _ => unreachable!(),
        }
    }

    async fn state(&mut self, uuid: Uuid, state: VmState) {
        self.wait(state.word(), |message| match &message.event {
            HostEvent::Vms(vms) => vms.iter().any(|vm| vm.uuid == uuid && vm.status.state == state),
            _ => false,
        })
        .await;
    }

    fn power(&self, host: u32, task: u64, uuid: Uuid, verb: PowerVerb) {
        self.fleet.send(
            HostId(host),
            HostCommand::Power {
                task: TaskId(task),
                uuid,
                verb,
            },
        );
    }
}

type HvErrorKind = ErrorKind;

/// A file with so many VMs for the test driver; every connection to it is a world of its own.
fn world(count: u32) -> (tempfile::NamedTempFile, String) {
    let mut xml = String::from("<node>\n");
    for n in 1..=count {
        writeln!(
            xml,
            "<domain type='test'><name>vm{n}</name><uuid>{}</uuid><memory>65536</memory>\
             <vcpu>1</vcpu><os><type>hvm</type></os><devices>\
             <disk type='file'><source file='/x{n}'/><target dev='vda' bus='virtio'/></disk>\
             </devices></domain>",
            Uuid::from_u128(u128::from(n))
        )
        .unwrap();
    }
    xml.push_str("</node>\n");
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    file.write_all(xml.as_bytes()).unwrap();
    let uri = format!("test://{}", file.path().display());
    (file, uri)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_vms_arrive_in_order_and_complete() {
    let (_file, uri) = world(1000);
    let mut rig = Rig::new(vec![entry(1, &uri)], Limits::default());
    rig.live(1).await;
    assert_eq!(rig.vms.len(), 1000);
    assert!(rig.vms.values().all(|vm| vm.status.state == VmState::Running));
    let words: Vec<&str> = rig
        .seen
        .iter()
        .filter_map(|message| match &message.event {
            HostEvent::Conn(state) => Some(state.word()),
            HostEvent::Facts(_) => Some("facts"),
            HostEvent::ListStart => Some("start"),
            HostEvent::ListEnd => Some("end"),
            _ => None,
        })
        .collect();
    assert_eq!(
        words,
        ["queued", "connecting", "listing", "facts", "start", "end", "up"]
    );
    assert!(rig.seen.is_sorted_by_key(|message| message.epoch));
    // counters come without being asked for, in parts
    let mut counted = BTreeSet::new();
    while counted.len() < 1000 {
        let message = rig
            .wait("samples", |message| matches!(message.event, HostEvent::Samples(_)))
            .await;
        if let HostEvent::Samples(set) = message.event {
            assert_eq!(set.source, SampleSource::Live);
            assert!(set.vms.len() <= 500);
            assert!(set.interval >= Duration::from_millis(100));
            counted.extend(set.vms.iter().filter(|vm| vm.cpu_time.is_some()).map(|vm| vm.uuid));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verbs_take_effect_and_are_logged() {
    let (_file, uri) = world(3);
    let mut rig = Rig::new(vec![entry(1, &uri)], Limits::default());
    rig.live(1).await;
    let vm = Uuid::from_u128(2);
    for (task, verb, state) in [
        (1, PowerVerb::Pause, VmState::Paused),
        (2, PowerVerb::Resume, VmState::Running),
        (3, PowerVerb::ForceOff, VmState::ShutOff),
        (4, PowerVerb::Start, VmState::Running),
    ] {
        let from = rig.seen.len();
        rig.power(1, task, vm, verb);
        rig.state(vm, state).await;
        let of_task: Vec<_> = rig.seen[from..]
            .iter()
            .filter_map(|message| match &message.event {
                HostEvent::Task { task: of, update } if *of == TaskId(task) => Some(update),
                _ => None,
            })
            .collect();
        assert_eq!(of_task, [&TaskUpdate::Sent, &TaskUpdate::Accepted]);
    }
    rig.wait("log entry", |message| match &message.event {
        HostEvent::Log(entry) => entry.subject == Subject::Vm(vm) && entry.unix_millis > 0,
        _ => false,
    })
    .await;

    // what libvirt refuses comes back in its words, and the connection stays
    rig.power(1, 9, vm, PowerVerb::Start);
    let message = rig
        .wait("refusal", |message| {
            matches!(
                &message.event,
                HostEvent::Task {
                    update: TaskUpdate::Failed(_),
                    ..
                }
            )
        })
        .await;
    if let HostEvent::Task {
        update: TaskUpdate::Failed(error),
        ..
    } = message.event
    {
        assert!(!error.message.is_empty());
        assert_ne!(error.kind, ErrorKind::Timeout);
    }
    let gone = Uuid::from_u128(777);
    rig.power(1, 10, gone, PowerVerb::Start);
    rig.wait("not found", |message| {
        matches!(&message.event, HostEvent::Task { task: TaskId(10), update: TaskUpdate::Failed(error) }
            if error.kind == ErrorKind::NotFound)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn focus_fetches_descriptions_once() {
    let (_file, uri) = world(20);
    let mut rig = Rig::new(vec![entry(1, &uri)], Limits::default());
    rig.live(1).await;
    let visible: Vec<Uuid> = (1..=12).map(Uuid::from_u128).collect();
    rig.fleet.send(
        HostId(1),
        HostCommand::Focus(Focus {
            visible: visible.clone(),
            detail: Some(Uuid::from_u128(20)),
            host_detail: false,
        }),
    );
    let mut described = Vec::new();
    while described.len() < 13 {
        let message = rig
            .wait("description", |message| matches!(message.event, HostEvent::Desc { .. }))
            .await;
        if let HostEvent::Desc { uuid, desc } = message.event {
            assert_eq!(desc.disks.len(), 1);
            assert!(desc.xml.contains("<domain"));
            described.push(uuid);
        }
    }
    assert_eq!(described[0], Uuid::from_u128(20), "the one in detail comes first");
    assert_eq!(described.iter().collect::<BTreeSet<_>>().len(), 13);
    // restarted: its live XML is another one, and only its own is read again
    let vm = visible[3];
    rig.power(1, 1, vm, PowerVerb::ForceOff);
    let message = rig
        .wait("description again", |message| {
            matches!(message.event, HostEvent::Desc { .. })
        })
        .await;
    assert!(matches!(message.event, HostEvent::Desc { uuid, .. } if uuid == vm));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relist_disconnect_reconnect() {
    let mut rig = Rig::new(vec![entry(1, "test:///default")], Limits::default());
    let first = rig.live(1).await;
    assert!(!rig.vms.is_empty());
    rig.fleet.send(HostId(1), HostCommand::Relist);
    let start = rig
        .wait("list", |message| matches!(message.event, HostEvent::ListStart))
        .await;
    assert_eq!(start.epoch, first.epoch, "a list is no new connection");
    rig.wait("end", |message| matches!(message.event, HostEvent::ListEnd))
        .await;

    rig.fleet.send(HostId(1), HostCommand::Disconnect);
    rig.wait("disabled", |message| {
        matches!(message.event, HostEvent::Conn(ConnState::Disabled))
    })
    .await;
    rig.power(1, 5, Uuid::from_u128(1), PowerVerb::Pause);
    rig.wait("refusal", |message| {
        matches!(&message.event, HostEvent::Task { update: TaskUpdate::Failed(error), .. }
            if error.kind == ErrorKind::Unreachable)
    })
    .await;
    rig.fleet.send(HostId(1), HostCommand::FetchDevices);
    rig.wait("no devices", |message| {
        matches!(message.event, HostEvent::Devices(Err(_)))
    })
    .await;

    rig.fleet.send(HostId(1), HostCommand::Reconnect);
    let again = rig.live(1).await;
    assert!(again.epoch > first.epoch);
    assert!(rig.seen.is_sorted_by_key(|message| message.epoch));
}
