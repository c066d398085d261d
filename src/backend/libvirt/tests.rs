//! Against libvirt's own in-process test driver.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::backend::libvirt::{Connection, DomainEvent, OpenRequest, Question, RawEvent, RawSink, SampleScope};
use crate::hv::command::{AskMode, PowerVerb, Secret};
use crate::hv::error::ErrorKind;
use crate::hv::event::PromptKind;
use crate::hv::host::Feature;
use crate::hv::topology::SshOptions;
use crate::hv::vm::VmState;

const NODE: &str = "<node><domain type='test'><name>one</name><uuid>11111111-2222-3333-4444-555555555555</uuid>\
    <memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>\
    <devices><disk type='file' device='disk'><source file='/x'/><target dev='vda'/></disk>\
    <interface type='network'><source network='default'/><target dev='vnet7'/></interface></devices></domain>\
    <network><name>default</name><bridge name='virbr0'/><forward mode='nat'/><ip address='192.168.1.1' netmask='255.255.255.0'/></network>\
    <pool type='dir'><name>images</name><target><path>/images</path></target>\
    <volume type='file'><name>a.qcow2</name><capacity>1000000</capacity></volume></pool>\
    AUTH<cpu><mhz>2000</mhz><model>x86_64</model><active>8</active><nodes>1</nodes><sockets>2</sockets><cores>2</cores><threads>2</threads></cpu>\
    <memory>8192000</memory></node>";

fn request(uri: &str, read_only: bool) -> OpenRequest {
    OpenRequest {
        uri: uri.into(),
        read_only,
        ssh: SshOptions::default(),
        askpass: None,
        asker: Arc::new(|_| None),
    }
}

/// A connection of its own to a small host; the file must live as long as the opening.
fn host(auth: &str, adjust: impl FnOnce(&mut OpenRequest)) -> Result<Connection, crate::hv::error::HvError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), NODE.replace("AUTH", auth)).unwrap();
    let mut request = request(&format!("test://{}", file.path().display()), false);
    adjust(&mut request);
    Connection::open(&request)
}

#[test]
fn tells_everything_about_a_host() {
    let connection = host("", |_| {}).unwrap();
    let facts = connection.facts().unwrap();
    assert_eq!(facts.driver.raw().to_lowercase(), "test");
    assert_eq!(facts.node.cpus, 8);
    assert!(facts.unsupported.contains(&Feature::Migration));
    let vms = connection.vms().unwrap();
    assert_eq!(vms.len(), 1);
    let vm = &vms[0];
    assert_eq!((vm.name.raw(), vm.status.state), ("one", VmState::Running));
    assert_eq!((vm.vcpus, vm.memory), (Some(2), Some(64 << 20)));
    assert!(vm.persistent && !vm.autostart && !vm.managed_save);
    assert_eq!(connection.vm(vm.uuid).unwrap().name, vm.name);
    assert!(connection.xml(vm.uuid, false).unwrap().contains("<name>one</name>"));
    let networks = connection.networks().unwrap();
    assert_eq!(
        (networks[0].name.raw(), networks[0].addresses[0].raw()),
        ("default", "192.168.1.1/24")
    );
    let pools = connection.pools().unwrap();
    assert_eq!((pools[0].name.raw(), pools[0].path.raw()), ("images", "/images"));
    assert_eq!(connection.volumes(pools[0].uuid).unwrap()[0].name.raw(), "a.qcow2");
    assert!(connection.devices().is_ok());
    assert!(connection.snapshots(vm.uuid).unwrap().is_empty());
    assert!(
        connection.guest(vm.uuid).agent_error.is_some(),
        "the test driver has no agent"
    );
    let host = connection.host_counters(&facts).unwrap();
    assert!(host.cpu.is_some() && host.memory.is_none());
    connection.close();
}

#[test]
fn counts_vm_by_vm_where_there_is_no_bulk() {
    let connection = host("", |_| {}).unwrap();
    let bulk = connection.counters(&SampleScope::default()).unwrap();
    assert_eq!(
        (bulk.len(), bulk[0].cpu_time),
        (1, None),
        "the test driver reports only the state"
    );
    let uuid = bulk[0].uuid;
    let scope = SampleScope {
        per_vm: true,
        per_vm_devices: vec![uuid],
        ..SampleScope::default()
    };
    let one = connection.counters(&scope).unwrap();
    assert!(one[0].cpu_time.is_some());
    assert_eq!(one[0].disks[0].name.raw(), "vda");
    assert!(one[0].nics[0].rx_bytes.is_some());
    connection.close();
}

#[test]
fn verbs_change_the_state_and_events_tell() {
    let connection = host("", |_| {}).unwrap();
    let uuid = connection.vms().unwrap()[0].uuid;
    let (send, events) = mpsc::channel();
    let send = Mutex::new(send);
    let sink: RawSink = Arc::new(move |event| send.lock().unwrap().send(event).unwrap());
    assert_eq!(connection.watch(&sink), []);
    let dump = tempfile::tempdir().unwrap();
    let path = dump.path().join("core").display().to_string();
    for (verb, state) in [
        (PowerVerb::Pause, VmState::Paused),
        (PowerVerb::Resume, VmState::Running),
        (PowerVerb::InjectNmi, VmState::Running),
        (
            PowerVerb::SendKeys {
                label: "ctrl-alt-delete".into(),
                codes: vec![29, 56, 111],
            },
            VmState::Running,
        ),
        (
            PowerVerb::CoreDump {
                path: path.into(),
                memory_only: false,
            },
            VmState::Running,
        ),
        (PowerVerb::Shutdown(AskMode::Default), VmState::ShutOff),
        (PowerVerb::Start, VmState::Running),
        (PowerVerb::Reset, VmState::Running),
        (PowerVerb::ManagedSave, VmState::ShutOff),
        (PowerVerb::DiscardSaved, VmState::ShutOff),
        (PowerVerb::SetAutostart(true), VmState::ShutOff),
        (PowerVerb::Start, VmState::Running),
        (PowerVerb::ForceOff, VmState::ShutOff),
        (PowerVerb::SetAutostart(false), VmState::ShutOff),
    ] {
        connection
            .power(uuid, &verb)
            .unwrap_or_else(|error| panic!("{}: {error}", verb.word()));
        let vm = connection.vm(uuid).unwrap();
        assert_eq!(vm.status.state, state, "after {}", verb.word());
        match verb {
            PowerVerb::SetAutostart(on) => assert_eq!(vm.autostart, on),
            PowerVerb::ManagedSave => assert!(vm.managed_save),
            PowerVerb::DiscardSaved => assert!(!vm.managed_save),
            _ => {}
        }
    }
    let paused = connection.power(uuid, &PowerVerb::StartPaused).unwrap_err();
    assert_eq!(
        paused.kind,
        ErrorKind::Unsupported,
        "the test driver cannot start paused"
    );
    let mut seen = Vec::new();
    while seen.len() < 4 {
        if let RawEvent::Domain {
            what: DomainEvent::Lifecycle { event, .. },
            ..
        } = events.recv_timeout(Duration::from_secs(10)).unwrap()
        {
            seen.push(event);
        }
    }
    assert_eq!(seen, [3, 4, 5, 2], "paused, resumed, stopped, started");
    connection.close();
}

#[test]
fn errors_have_their_class() {
    let connection = host("", |_| {}).unwrap();
    let uuid = connection.vms().unwrap()[0].uuid;
    let gone = connection.vm(uuid::Uuid::from_u128(7)).unwrap_err();
    assert_eq!((gone.kind, gone.code), (ErrorKind::NotFound, 42));
    assert!(connection.power(uuid, &PowerVerb::Start).is_err(), "it runs already");
    connection.close();
    let reader = host("", |request| request.read_only = true).unwrap();
    let uuid = reader.vms().unwrap()[0].uuid;
    assert_eq!(
        reader.power(uuid, &PowerVerb::ForceOff).unwrap_err().kind,
        ErrorKind::Permission
    );
    reader.close();
    let wrong = |uri: &str| Connection::open(&request(uri, false)).err().unwrap();
    assert_eq!(wrong("test:///nowhere\0").kind, ErrorKind::Invalid);
    assert_eq!(wrong("nosuch:///system").kind, ErrorKind::Unreachable);
    let refused = wrong("qemu+tcp://127.0.0.1:9/system");
    assert_eq!(refused.kind, ErrorKind::Unreachable);
    assert!(refused.hint.is_some(), "{refused}");
}

#[test]
fn questions_are_asked_and_may_be_cancelled() {
    let auth = "<auth><user password='s3cret'>admin</user></auth>";
    let asked = Arc::new(Mutex::new(Vec::<Question>::new()));
    let answers = |password: &'static str| {
        let asked = asked.clone();
        move |request: &mut OpenRequest| {
            request.asker = Arc::new(move |question| {
                let secret = question.kind == PromptKind::Secret;
                asked.lock().unwrap().push(question);
                Some(Secret::new(if secret { password } else { "admin" }.to_owned()))
            });
        }
    };
    host(auth, answers("s3cret")).unwrap().close();
    assert_eq!(
        asked
            .lock()
            .unwrap()
            .iter()
            .map(|question| question.kind)
            .collect::<Vec<_>>(),
        [PromptKind::Text, PromptKind::Secret]
    );
    assert_eq!(host(auth, answers("wrong")).err().unwrap().kind, ErrorKind::Auth);
    assert_eq!(host(auth, |_| {}).err().unwrap().kind, ErrorKind::Cancelled);
}

#[test]
fn probing_touches_nothing_and_tells_what_is_missing() {
    let connection = host("", |_| {}).unwrap();
    let answers = connection.probe();
    let lacks = |feature| {
        answers
            .iter()
            .any(|(found, answer)| *found == feature && answer.is_err())
    };
    assert!(lacks(Feature::NwFilters) && lacks(Feature::NodeMemoryStats) && !lacks(Feature::StoragePools));
    connection.close();
}
