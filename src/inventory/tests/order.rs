//! Any messages in any order.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::time::Stamp;
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::host::ConnState;
use crate::hv::vm::{VmRecord, VmState};
use crate::inventory::columns::VmColumn;
use crate::inventory::tests::tools::{down, facts, live, message, reading, relist, topology, uuid, vm};
use crate::inventory::{Filter, Store, flat, natural, tree};

fn any_record() -> impl Strategy<Value = VmRecord> {
    (0u32..8, 0i32..8, 0u32..3).prop_map(|(n, state, rename)| {
        let name = if rename == 0 {
            format!("vm-{n}")
        } else {
            format!("vm-{rename}")
        };
        vm(n, &name, VmState::from_raw(state))
    })
}

fn any_event() -> impl Strategy<Value = HostEvent> {
    prop_oneof![
        Just(live()),
        Just(HostEvent::Conn(ConnState::Disabled)),
        (0u64..100).prop_map(down),
        (1u32..64).prop_map(facts),
        Just(HostEvent::ListStart),
        Just(HostEvent::ListEnd),
        proptest::collection::vec(any_record(), 0..6).prop_map(HostEvent::Vms),
        (0u32..8).prop_map(|n| HostEvent::VmGone(uuid(n))),
        (0u64..60, 0u64..60).prop_map(|(seconds, time)| HostEvent::Samples(reading(
            seconds * 1000,
            &[0, 1, 2, 3, 9],
            time * 1_000_000_000
        ))),
    ]
}

fn any_message() -> impl Strategy<Value = HostMessage> {
    (1u32..6, 0u64..4, any_event()).prop_map(|(host, epoch, event)| message(host, epoch, event))
}

/// Messages as they might come: some twice, some not at all, some out of order.
fn any_messages() -> impl Strategy<Value = Vec<HostMessage>> {
    proptest::collection::vec((any_message(), 0u8..4, 0usize..6), 0..80).prop_map(|made| {
        let mut out: Vec<HostMessage> = Vec::new();
        for (message, copies, back) in made {
            for _ in 0..copies.min(2) {
                let at = out.len().saturating_sub(back);
                out.insert(at, message.clone());
            }
        }
        out
    })
}

/// The flat list is in order, whatever was kept from before.
fn check_flat(store: &Store, now: Stamp) -> Result<(), TestCaseError> {
    let column = |column| flat::rows(store, &Filter::default(), (column, false), now);
    let mut expected: Vec<(&str, VmKey)> = store.vms().map(|(key, _, vm)| (vm.record.name.raw(), key)).collect();
    expected.sort_by(|(one, one_key), (other, other_key)| {
        natural::compare(one, other).then_with(|| (one_key.uuid, one_key.host).cmp(&(other_key.uuid, other_key.host)))
    });
    let by_name: Vec<VmKey> = expected.iter().map(|(_, key)| *key).collect();
    prop_assert_eq!(column(VmColumn::Name), &by_name[..]);
    let mut by_state = by_name.clone();
    by_state.sort_by_key(|key| store.vm(*key).map(|vm| vm.record.status.state.word()));
    prop_assert_eq!(column(VmColumn::State), by_state);
    let mut by_host = by_name;
    by_host.sort_by_key(|key| store.entry(key.host).map(|entry| natural::key(entry.name.raw())));
    prop_assert_eq!(column(VmColumn::Host), by_host);
    Ok(())
}

fn check(store: &Store) -> Result<(), TestCaseError> {
    let rows = tree::rows(store, &Filter::default(), &HashSet::new());
    let unique: HashSet<NodeId> = rows.iter().map(|row| row.node).collect();
    prop_assert_eq!(unique.len(), rows.len(), "tree rows are unique");
    let vms: Vec<VmKey> = rows.iter().filter_map(|row| row.node.vm()).collect();
    prop_assert_eq!(vms.len(), store.vm_count());
    prop_assert!(vms.iter().all(|key| store.vm(*key).is_some()));

    let fleet = store.rollup(NodeId::Fleet);
    prop_assert_eq!(fleet.vms.total as usize, store.vm_count());
    let states = fleet.vms;
    prop_assert_eq!(
        states.total,
        states.running + states.paused + states.shut_off + states.crashed + states.suspended + states.other
    );
    // what was kept equals what is counted anew
    let mut by_state = BTreeMap::new();
    let (mut vcpus, mut stale) = (0, 0);
    for (_, host, vm) in store.vms() {
        *by_state.entry(vm.record.status.state.word()).or_insert(0u32) += 1;
        if vm.record.status.state.is_active() {
            vcpus += vm.record.vcpus.unwrap_or(0);
        }
        stale += u32::from(!host.conn.is_connected());
    }
    let count = |word| by_state.get(word).copied().unwrap_or(0);
    prop_assert_eq!(states.running, count("running"));
    prop_assert_eq!(states.shut_off, count("shut off"));
    prop_assert_eq!(states.crashed, count("crashed"));
    prop_assert_eq!((fleet.vcpus, fleet.vms.stale), (vcpus, stale));
    let mut sum = crate::inventory::rollup::Rollup::default();
    for (entry, _) in store.hosts() {
        sum.add(&store.rollup(NodeId::Host(entry.id)));
    }
    prop_assert_eq!(sum, fleet);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_breaks_and_a_clean_list_leaves_no_ghosts(
        messages in any_messages(),
        truth in proptest::collection::btree_map(0u32..8, 0i32..8, 0..8),
    ) {
        let mut store = Store::new(topology());
        for (n, message) in messages.iter().enumerate() {
            let now = Stamp::from_millis(n as u64 * 500);
            let before: Vec<VmKey> = store.vms().map(|(key, ..)| key).collect();
            let revision = store.revision();
            let changes = store.apply(message, now);
            prop_assert_eq!(changes.is_empty(), store.revision() == revision);
            let lost = before.iter().filter(|key| store.vm(**key).is_none()).count();
            let reported = changes.gone.len()
                + changes.moved.iter().filter(|(from, _)| store.vm(*from).is_none() && before.contains(from)).count();
            prop_assert_eq!(lost, reported, "every row that vanished is reported");
            if matches!(message.event, HostEvent::Conn(_)) {
                prop_assert_eq!(lost, 0, "the connection's state never takes rows away");
            }
            // and again: a repetition is harmless
            let rows = store.vm_count();
            store.apply(message, now);
            prop_assert_eq!(store.vm_count(), rows);
            check_flat(&store, now)?;
        }
        check(&store)?;

        let records: Vec<VmRecord> = truth
            .iter()
            .map(|(n, state)| vm(*n, &format!("vm-{n}"), VmState::from_raw(*state)))
            .collect();
        for message in relist(1, 9, records.clone()) {
            store.apply(&message, Stamp::from_millis(90_000));
        }
        check(&store)?;
        let listed: Vec<VmRecord> = store
            .host(HostId(1))
            .expect("in the inventory")
            .vms
            .values()
            .map(|vm| vm.record.clone())
            .collect();
        let mut expected = records;
        expected.sort_by_key(|record| record.uuid);
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn rates_are_never_negative_whatever_comes(messages in any_messages()) {
        let mut store = Store::new(topology());
        for message in &messages {
            store.apply(message, Stamp::default());
            for (_, _, vm) in store.vms() {
                for percent in [vm.rates.cpu_host, vm.rates.cpu_guest, vm.rates.steal].into_iter().flatten() {
                    prop_assert!((0.0..=100.0).contains(&percent));
                }
            }
        }
    }
}
