//! The shell of a guest: which addresses it offers, and what ssh is asked to do.

use super::*;
use crate::app::effect::ShellRequest;
use crate::app::layers::form::{Control, Form};
use crate::hv::guest::{AddressSource, GuestAddress, GuestInfo};

fn address(text: &str, source: AddressSource) -> GuestAddress {
    GuestAddress {
        interface: "eth0".into(),
        mac: "52:54:00:00:00:01".into(),
        address: text.into(),
        source,
    }
}

/// A desk whose second host is reached by ssh, with the cursor on a VM of these addresses.
fn desk(host: u32, addresses: Vec<GuestAddress>) -> Desk {
    let mut desk = Desk::new();
    let mut topology = desk.model.store.topology().clone();
    topology.hosts[1].uri = "qemu+ssh://root@lab2/system?command=/opt/ssh".into();
    desk.model.store.set_topology(topology);
    let info = GuestInfo {
        addresses,
        ..GuestInfo::default()
    };
    let uuid = key(host, 0).uuid;
    desk.host(
        host,
        HostEvent::Guest {
            uuid,
            info: Arc::new(info),
        },
    );
    desk.go(host, 0);
    desk
}

fn form(desk: &Desk) -> Option<&Form> {
    match desk.model.layers.last() {
        Some(Layer::Form(form)) => Some(form),
        _ => None,
    }
}

fn request(desk: &Desk) -> Option<&ShellRequest> {
    desk.effects.iter().find_map(|effect| match effect {
        Effect::Shell(request) => Some(request),
        _ => None,
    })
}

#[test]
fn every_address_is_offered_once_with_all_that_know_it() {
    let known = vec![
        address("192.168.77.10/24", AddressSource::Agent),
        address("fe80::1/64", AddressSource::Agent),
        address("2001:db8::7/64", AddressSource::Agent),
        address("192.168.77.10/24", AddressSource::Lease),
        address("192.168.77.10/0", AddressSource::Arp),
        address("127.0.0.1/8", AddressSource::Agent),
        address("nonsense", AddressSource::Arp),
    ];
    let mut desk = desk(2, known);
    desk.keys("S");
    let field = form(&desk).unwrap().field("address").unwrap();
    let Control::Choice { options, .. } = &field.control else {
        panic!("{field:?}");
    };
    assert_eq!(
        *options,
        ["192.168.77.10 (agent+lease+arp, eth0)", "2001:db8::7 (agent, eth0)"]
    );
}

#[test]
fn guests_of_the_hosts_own_network_are_reached_through_it() {
    let mut desk = desk(2, vec![address("192.168.77.10/24", AddressSource::Lease)]);
    desk.keys("S");
    assert!(form(&desk).unwrap().is_on("jump"));
    desk.keys("down d e b i a n down 2 2 2 2 down down enter");
    let request = request(&desk).unwrap();
    assert_eq!(request.address.to_string(), "192.168.77.10");
    assert_eq!((request.user.as_deref(), request.port), (Some("debian"), Some(2222)));
    let jump = request.jump.as_ref().unwrap();
    assert_eq!(jump.name, "production");
    assert_eq!(jump.uri.raw(), "qemu+ssh://root@lab2/system?command=/opt/ssh");
    assert!(desk.model.layers.is_empty());
}

#[test]
fn others_are_reached_directly_and_through_the_host_on_demand() {
    let mut desk = desk(2, vec![address("192.0.2.10/24", AddressSource::Agent)]);
    desk.keys("S");
    assert!(!form(&desk).unwrap().is_on("jump"));
    desk.keys("down down down down enter");
    assert_eq!(request(&desk).unwrap().jump, None);
    desk.effects.clear();
    desk.keys("S down down down space down enter");
    assert!(request(&desk).unwrap().jump.is_some());
}

#[test]
fn a_host_without_ssh_is_no_way() {
    let mut desk = desk(1, vec![address("192.168.77.10/24", AddressSource::Lease)]);
    desk.keys("S");
    assert!(form(&desk).unwrap().field("jump").is_none());
    desk.keys("down down down enter");
    assert_eq!(request(&desk).unwrap().jump, None);
}

#[test]
fn what_ssh_could_misunderstand_is_refused() {
    let mut desk = desk(2, vec![address("192.0.2.10/24", AddressSource::Arp)]);
    desk.keys("S down - o P r o x y down 0 down down enter");
    let form = form(&desk).unwrap();
    assert!(form.field("user").unwrap().error.is_some());
    assert!(form.field("port").unwrap().error.is_some());
    assert_eq!(request(&desk), None);
}

#[test]
fn without_a_usable_address_the_reason_is_said() {
    let mut desk = desk(2, vec![address("fe80::1/64", AddressSource::Agent)]);
    desk.keys("S");
    assert!(
        desk.said().contains("no address of the guest is known"),
        "{}",
        desk.said()
    );
    desk.go(2, 2).keys("S");
    assert!(desk.said().contains("needs an active VM"), "{}", desk.said());
    desk.go(2, 1).keys("S");
    assert_eq!(desk.said(), "asking for the address of vm-2-1");
    // an address from before it went off is nobody's
    let mut desk = super::shell::desk(2, vec![address("192.0.2.10/24", AddressSource::Arp)]);
    desk.host(2, HostEvent::Vms(vec![vm(2, 0, VmState::ShutOff)]));
    desk.keys("S");
    assert!(desk.said().contains("needs an active VM"), "{}", desk.said());
    assert!(form(&desk).is_none());
}

/// What a guest answers when it is asked.
fn answer(desk: &mut Desk, n: u32, addresses: Vec<GuestAddress>) {
    let info = GuestInfo {
        addresses,
        ..GuestInfo::default()
    };
    let uuid = key(2, n).uuid;
    desk.host(
        2,
        HostEvent::Guest {
            uuid,
            info: Arc::new(info),
        },
    );
}

#[test]
fn an_address_that_is_not_known_yet_is_waited_for() {
    let lease = || vec![address("192.168.77.10/24", AddressSource::Lease)];
    let mut desk = desk(2, Vec::new());
    desk.go(2, 1).keys("S");
    let asked = Effect::Host(HostId(2), HostCommand::FetchGuest(key(2, 1).uuid));
    assert!(desk.effects.contains(&asked));
    assert!(form(&desk).is_none());
    answer(&mut desk, 0, lease());
    assert!(form(&desk).is_none(), "another VM's answer");
    answer(&mut desk, 1, lease());
    assert_eq!(form(&desk).unwrap().title, "Shell on vm-2-1");
    desk.keys("esc");
    answer(&mut desk, 1, lease());
    assert!(form(&desk).is_none(), "it was asked for once");
}

#[test]
fn nothing_pops_up_for_who_has_gone_elsewhere() {
    let lease = || vec![address("192.168.77.10/24", AddressSource::Lease)];
    let mut desk = desk(2, Vec::new());
    desk.go(2, 1).keys("S").go(1, 0);
    answer(&mut desk, 1, lease());
    assert!(form(&desk).is_none());
    let mut desk = super::shell::desk(2, Vec::new());
    desk.go(2, 1).keys("S").wait(60);
    answer(&mut desk, 1, Vec::new());
    assert!(form(&desk).is_none());
    let mut desk = super::shell::desk(2, Vec::new());
    desk.go(2, 1).keys("S");
    answer(&mut desk, 1, Vec::new());
    assert!(desk.said().contains("no address of the guest"), "{}", desk.said());
}

#[test]
fn a_shell_that_failed_is_told() {
    let mut desk = Desk::new();
    desk.send(Msg::ShellEnded(Ok(())));
    assert_eq!(desk.said(), "");
    desk.send(Msg::ShellEnded(Err("ssh cannot be started".to_owned())));
    assert_eq!(desk.said(), "ssh cannot be started");
}
