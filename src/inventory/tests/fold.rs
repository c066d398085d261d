//! One message after the other.

use crate::base::ids::{HostId, NodeId};
use crate::base::time::Stamp;
use crate::hv::event::{HostEvent, LogEntry, Severity, Subject};
use crate::hv::sample::SampleSet;
use crate::hv::vm::VmState;
use crate::inventory::history::{HostMetric, VmMetric};
use crate::inventory::tests::tools::{down, facts, key, live, message, reading, relist, status, topology, uuid, vm};
use crate::inventory::{Changes, Store};

fn at(seconds: u64) -> Stamp {
    Stamp::from_millis(seconds * 1000)
}

fn feed(store: &mut Store, now: Stamp, events: Vec<(u32, u64, HostEvent)>) -> Changes {
    let mut all = Changes::default();
    for (host, epoch, event) in events {
        all.merge(store.apply(&message(host, epoch, event), now));
    }
    all
}

fn two_vms() -> Store {
    let mut store = Store::new(topology());
    for message in relist(
        1,
        1,
        vec![vm(1, "web-1", VmState::Running), vm(2, "web-2", VmState::ShutOff)],
    ) {
        store.apply(&message, at(0));
    }
    store
}

#[test]
fn rows_vanish_only_when_the_list_is_complete() {
    let mut store = two_vms();
    let only_one = HostEvent::Vms(vec![vm(1, "web-1", VmState::Running)]);
    feed(&mut store, at(1), vec![(1, 1, HostEvent::ListStart), (1, 1, only_one)]);
    assert_eq!(store.vm_count(), 2);
    let changes = feed(&mut store, at(1), vec![(1, 1, HostEvent::ListEnd)]);
    assert_eq!(changes.gone, [key(1, 2)]);
    assert!(changes.structure);
    assert_eq!(store.vm_count(), 1);
}

#[test]
fn a_lost_host_keeps_its_rows_and_says_since_when() {
    let mut store = two_vms();
    feed(&mut store, at(5), vec![(1, 1, down(5000))]);
    feed(&mut store, at(9), vec![(1, 1, down(9000))]);
    let host = store.host(HostId(1)).expect("known");
    assert_eq!(host.vms.len(), 2);
    let lost = host.lost.as_ref().expect("lost");
    assert_eq!(lost.since, at(5));
    assert_eq!(lost.error.message.raw(), "cable cut");
    assert_eq!(host.last_live, Some(at(0)));
    let rollup = store.rollup(NodeId::Fleet);
    assert_eq!((rollup.vms.stale, rollup.hosts.down), (2, 1));
    assert_eq!(rollup.problems, 1);

    feed(&mut store, at(10), vec![(1, 2, live())]);
    let host = store.host(HostId(1)).expect("known");
    assert!(host.lost.is_none());
    assert_eq!(host.vms.len(), 2, "a new connection keeps the old rows");
}

#[test]
fn older_connections_are_not_heard() {
    let mut store = two_vms();
    feed(&mut store, at(1), vec![(1, 3, live())]);
    let changes = feed(
        &mut store,
        at(1),
        vec![(1, 2, HostEvent::VmGone(uuid(1))), (9, 1, HostEvent::ListStart)],
    );
    assert!(changes.dropped && changes.is_empty());
    assert_eq!(store.vm_count(), 2);
}

#[test]
fn a_migration_is_a_move_in_either_order() {
    for appears_first in [true, false] {
        let mut store = two_vms();
        let appears = (2, 1, HostEvent::Vms(vec![vm(1, "web-1", VmState::Running)]));
        let vanishes = (1, 1, HostEvent::VmGone(uuid(1)));
        let order = if appears_first {
            [appears, vanishes]
        } else {
            [vanishes, appears]
        };
        let [first, second] = order.map(|event| feed(&mut store, at(10), vec![event]));
        assert_eq!(second.moved, [(key(1, 1), key(2, 1))]);
        assert_eq!(first.gone.is_empty(), appears_first);
    }
}

#[test]
fn much_later_it_is_another_vm() {
    let mut store = two_vms();
    feed(&mut store, at(0), vec![(1, 1, HostEvent::VmGone(uuid(1)))]);
    let again = HostEvent::Vms(vec![vm(1, "web-1", VmState::Running)]);
    let changes = feed(&mut store, at(61), vec![(2, 1, again)]);
    assert_eq!(changes.moved, []);
}

#[test]
fn readings_become_rates_and_history() {
    let mut store = two_vms();
    feed(&mut store, at(0), vec![(1, 1, facts(4))]);
    for (seconds, cpu_time) in [(2, 0), (4, 1_000_000_000), (6, 3_000_000_000)] {
        let set = reading(seconds * 1000, &[1], cpu_time);
        let changes = feed(&mut store, at(seconds), vec![(1, 1, HostEvent::Samples(set))]);
        assert!(changes.samples && !changes.structure);
    }
    let rates = &store.vm(key(1, 1)).expect("known").rates;
    assert_eq!(rates.cpu, Some(50.0));
    assert_eq!(rates.cpu_host, Some(25.0));
    let series: Vec<_> = store.vm_series(key(1, 1), VmMetric::Cpu).collect();
    assert_eq!(series, [(at(2), None), (at(4), Some(25.0)), (at(6), Some(50.0))]);
    let host: Vec<_> = store.host_series(HostId(1), HostMetric::Cpu).collect();
    assert_eq!(host[2], (at(6), Some(50.0)));
    assert_eq!(store.rollup(NodeId::Fleet).cpu_percent(), Some(50.0));
    assert_eq!(store.rollup(NodeId::Fleet).memory_percent(), Some(25.0));
    assert_eq!(store.host(HostId(1)).expect("known").stale(at(11)), Some(at(5).0));
    assert_eq!(store.host(HostId(1)).expect("known").stale(at(10)), None);
}

#[test]
fn late_and_repeated_readings_change_nothing() {
    let mut store = two_vms();
    for seconds in [2u64, 4] {
        let set = reading(seconds * 1000, &[1], seconds * 1_000_000_000);
        feed(&mut store, at(seconds), vec![(1, 1, HostEvent::Samples(set))]);
    }
    let before = store.vm(key(1, 1)).expect("known").rates.clone();
    for seconds in [2u64, 4] {
        let set = reading(seconds * 1000, &[1], 99);
        feed(&mut store, at(5), vec![(1, 1, HostEvent::Samples(set))]);
    }
    assert_eq!(store.vm(key(1, 1)).expect("known").rates, before);
}

#[test]
fn a_pause_in_readings_is_a_gap() {
    let mut store = two_vms();
    for seconds in [2u64, 4, 30, 32] {
        let set = reading(seconds * 1000, &[1], seconds * 1_000_000_000);
        feed(&mut store, at(seconds), vec![(1, 1, HostEvent::Samples(set))]);
    }
    let series: Vec<_> = store.vm_series(key(1, 1), VmMetric::Cpu).collect();
    assert_eq!(
        series,
        [
            (at(2), None),
            (at(4), Some(50.0)),
            (at(28), None),
            (at(30), None),
            (at(32), Some(50.0))
        ]
    );
}

#[test]
fn a_restarted_vm_starts_a_new_series() {
    let mut store = two_vms();
    for seconds in [2u64, 4] {
        let set = reading(seconds * 1000, &[1], seconds * 1_000_000_000);
        feed(&mut store, at(seconds), vec![(1, 1, HostEvent::Samples(set))]);
    }
    let mut other = vm(1, "web-1", VmState::Running);
    other.id = Some(77);
    feed(&mut store, at(5), vec![(1, 1, HostEvent::Vms(vec![other]))]);
    assert_eq!(store.vm(key(1, 1)).expect("known").rates.cpu, None);
    let set = reading(6000, &[1], 100_000_000_000);
    feed(&mut store, at(6), vec![(1, 1, HostEvent::Samples(set))]);
    assert_eq!(store.vm(key(1, 1)).expect("known").rates.cpu, None);
}

#[test]
fn a_change_of_state_is_structure_and_a_repetition_is_nothing() {
    let mut store = two_vms();
    let (revision, structure) = (store.revision(), store.structure_revision());
    let same = HostEvent::Vms(vec![vm(1, "web-1", VmState::Running)]);
    let changes = feed(&mut store, at(3), vec![(1, 1, same)]);
    assert!(changes.is_empty());
    assert_eq!((store.revision(), store.structure_revision()), (revision, structure));
    let paused = HostEvent::Vms(vec![vm(1, "web-1", VmState::Paused)]);
    let changes = feed(&mut store, at(3), vec![(1, 1, paused)]);
    assert!(changes.structure && changes.vms);
    assert_eq!(changes.vm, Some(key(1, 1)));
    assert_eq!(store.vm(key(1, 1)).expect("known").state_since, at(3));
    assert_ne!(store.structure_revision(), structure);
}

#[test]
fn a_host_taken_out_of_the_inventory_goes_with_its_vms() {
    let mut store = two_vms();
    let mut fewer = topology();
    fewer.hosts.remove(0);
    let changes = store.set_topology(fewer);
    assert_eq!(changes.gone, [key(1, 1), key(1, 2)]);
    assert_eq!(store.vm_count(), 0);
    assert!(store.host(HostId(1)).is_none());
}

#[test]
fn io_errors_and_crashes_are_problems() {
    let mut store = two_vms();
    let mut stuck = vm(1, "web-1", VmState::Paused);
    stuck.status.reason = 5;
    let mut crashed = vm(2, "web-2", VmState::Crashed);
    crashed.status = status(VmState::Crashed);
    feed(&mut store, at(1), vec![(1, 1, HostEvent::Vms(vec![stuck, crashed]))]);
    assert_eq!(store.rollup(NodeId::Host(HostId(1))).problems, 2);
    assert_eq!(store.rollup(NodeId::Vm(key(1, 2))).problems, 1);
}

#[test]
fn events_are_kept_once() {
    let mut store = two_vms();
    let entry = LogEntry {
        unix_millis: 1,
        severity: Severity::Warning,
        subject: Subject::Vm(uuid(1)),
        name: "web-1".into(),
        message: "watchdog".into(),
    };
    for _ in 0..2 {
        feed(&mut store, at(1), vec![(1, 1, HostEvent::Log(entry.clone()))]);
    }
    assert_eq!(store.log().iter().len(), 1);
    assert_eq!(store.log().of_vm(key(1, 1)).count(), 1);
    let filter = crate::inventory::Filter::parse("watchdog ares");
    let name = |_| "ares".to_owned();
    let found = |least| store.log().matching(&filter, least, name).count();
    assert_eq!(found(Severity::Warning), 1);
    assert_eq!(found(Severity::Error), 0);
}

#[test]
fn a_row_of_a_lost_host_is_no_place_to_move_to() {
    let mut store = two_vms();
    for message in relist(2, 1, vec![vm(1, "web-1", VmState::ShutOff)]) {
        store.apply(&message, at(1));
    }
    feed(&mut store, at(2), vec![(2, 1, down(2000))]);
    let changes = feed(&mut store, at(600), vec![(1, 1, HostEvent::VmGone(uuid(1)))]);
    assert_eq!(changes.moved, []);
    assert_eq!(changes.gone, [key(1, 1)]);
}

#[test]
fn a_vm_moves_from_where_it_vanished_last() {
    let mut store = two_vms();
    let here = || HostEvent::Vms(vec![vm(1, "web-1", VmState::Running)]);
    let gone = || HostEvent::VmGone(uuid(1));
    feed(&mut store, at(1), vec![(1, 1, gone())]);
    assert_eq!(
        feed(&mut store, at(2), vec![(2, 1, here())]).moved,
        [(key(1, 1), key(2, 1))]
    );
    feed(&mut store, at(40), vec![(2, 1, gone())]);
    // the first time it vanished is too long ago by now, the second is not
    assert_eq!(
        feed(&mut store, at(90), vec![(3, 1, here())]).moved,
        [(key(2, 1), key(3, 1))]
    );
    feed(&mut store, at(100), vec![(3, 1, gone())]);
    let back = feed(&mut store, at(101), vec![(3, 1, here())]);
    assert_eq!(back.moved, [], "back at its place it did not move");
}

#[test]
fn figures_of_a_host_end_with_its_counters() {
    let mut store = two_vms();
    feed(&mut store, at(0), vec![(1, 1, live()), (1, 1, facts(4))]);
    for n in 1..4 {
        let set = reading(n * 2000, &[1], n * 1_000_000_000);
        feed(&mut store, at(n * 2), vec![(1, 1, HostEvent::Samples(set))]);
    }
    let cpu = |store: &Store| store.host(HostId(1)).and_then(|host| host.rates.cpu);
    for n in 4..9 {
        let known = cpu(&store);
        assert_eq!(known, (n <= 7).then_some(50.0), "before reading {n}");
        let set = SampleSet {
            host: None,
            ..reading(n * 2000, &[1], n * 1_000_000_000)
        };
        feed(&mut store, at(n * 2), vec![(1, 1, HostEvent::Samples(set))]);
    }
    assert_eq!(store.rollup(NodeId::Fleet).cpu_percent(), None);
}

#[test]
fn a_vm_that_is_off_has_no_old_numbers() {
    let mut store = two_vms();
    for n in 1..3 {
        let set = reading(n * 2000, &[1], n * 1_000_000_000);
        feed(&mut store, at(n * 2), vec![(1, 1, HostEvent::Samples(set))]);
    }
    let age = |store: &Store| store.vm(key(1, 1)).and_then(|vm| vm.age(at(60)));
    assert!(age(&store).is_some());
    let off = HostEvent::Vms(vec![vm(1, "web-1", VmState::ShutOff)]);
    feed(&mut store, at(5), vec![(1, 1, off)]);
    assert_eq!(age(&store), None);
    let host = store.host(HostId(1)).expect("in the inventory");
    let stale = store.vm(key(1, 1)).and_then(|vm| host.vm_stale(vm, at(60)));
    assert_eq!(stale, None);
}
