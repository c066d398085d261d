//! Rows of the tree and of the flat list, tables and top consumers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::ids::{ClusterId, HostId, NodeId, VmKey};
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::event::HostEvent;
use crate::hv::guest::{AddressSource, GuestAddress, GuestInfo};
use crate::hv::vm::{VmDesc, VmState};
use crate::inventory::columns::VmColumn;
use crate::inventory::tables::{TableKind, columns, table};
use crate::inventory::tests::tools::{key, message, reading, relist, topology, uuid, vm};
use crate::inventory::top::{TopMetric, top};
use crate::inventory::value::Value;
use crate::inventory::{Filter, Store, flat, tree};

fn fleet() -> Store {
    use VmState::{Paused, Running, ShutOff};
    let mut store = Store::new(topology());
    let lists = [
        (
            1,
            vec![vm(1, "web-10", Running), vm(2, "web-2", Running), vm(3, "db", ShutOff)],
        ),
        (2, vec![vm(4, "web-1", Paused)]),
        (4, vec![vm(5, "lab", Running)]),
    ];
    for (host, vms) in lists {
        for message in relist(host, 1, vms) {
            store.apply(&message, Stamp::default());
        }
    }
    let desc = VmDesc {
        title: Some(Text::from("Orders Database")),
        ..VmDesc::default()
    };
    let event = HostEvent::Desc {
        uuid: uuid(3),
        desc: Arc::new(desc),
    };
    store.apply(&message(1, 1, event), Stamp::default());
    let info = GuestInfo {
        addresses: vec![GuestAddress {
            interface: Text::from("eth0"),
            mac: Text::default(),
            address: Text::from("10.0.0.7/24"),
            source: AddressSource::Agent,
        }],
        ..GuestInfo::default()
    };
    let event = HostEvent::Guest {
        uuid: uuid(5),
        info: Arc::new(info),
    };
    store.apply(&message(4, 1, event), Stamp::default());
    store
}

fn shown(store: &Store, rows: &[tree::TreeRow]) -> Vec<String> {
    let topology = store.topology();
    rows.iter()
        .map(|row| {
            let name = match row.node {
                NodeId::Fleet => "fleet".to_owned(),
                NodeId::Datacenter(id) => topology.datacenter(id).expect("there").name.to_string(),
                NodeId::Cluster(id) => topology.cluster(id).expect("there").name.to_string(),
                NodeId::Host(id) => store.entry(id).expect("there").name.to_string(),
                NodeId::Vm(key) => store.vm(key).expect("there").record.name.to_string(),
            };
            let sign = match (row.has_children, row.folded) {
                (true, true) => "+",
                (true, false) => "-",
                (false, _) => "",
            };
            let miss = if row.hit { "" } else { "?" };
            format!("{}{sign}{name}{miss}", " ".repeat(usize::from(row.depth)))
        })
        .collect()
}

#[test]
fn the_tree_in_order() {
    let store = fleet();
    let rows = tree::rows(&store, &Filter::default(), &HashSet::new());
    assert_eq!(
        shown(&store, &rows),
        [
            "-fleet",
            " -oslo",
            "  -compute",
            "   -ares",
            "    db",
            "    web-2",
            "    web-10",
            "   -boreas",
            "    web-1",
            " -rome",
            "  chronos",
            " -dione",
            "  lab",
        ]
    );
}

#[test]
fn folds_hide_what_is_below() {
    let store = fleet();
    let folds = HashSet::from([NodeId::Cluster(ClusterId(1)), NodeId::Host(HostId(4))]);
    let rows = tree::rows(&store, &Filter::default(), &folds);
    assert_eq!(
        shown(&store, &rows),
        ["-fleet", " -oslo", "  +compute", " -rome", "  chronos", " +dione"]
    );
}

#[test]
fn a_filter_keeps_the_ancestors_of_hits() {
    let store = fleet();
    let folds = HashSet::from([NodeId::Host(HostId(1))]);
    for (text, expected) in [
        (
            "web run",
            vec![
                "-fleet?",
                " -oslo?",
                "  -compute?",
                "   -ares?",
                "    web-2",
                "    web-10",
            ],
        ),
        (
            "orders",
            vec!["-fleet?", " -oslo?", "  -compute?", "   -ares?", "    db"],
        ),
        (
            "GPU",
            vec!["-fleet?", " -oslo?", "  -compute?", "   -boreas", "    web-1"],
        ),
        ("10.0.0.7", vec!["-fleet?", " -dione?", "  lab"]),
        ("rome", vec!["-fleet?", " -rome", "  chronos"]),
        ("nothing", vec!["fleet?"]),
    ] {
        let rows = tree::rows(&store, &Filter::parse(text), &folds);
        assert_eq!(shown(&store, &rows), expected, "{text}");
    }
}

fn names(store: &Store, rows: &[VmKey]) -> Vec<String> {
    rows.iter()
        .map(|key| store.vm(*key).expect("there").record.name.to_string())
        .collect()
}

#[test]
fn the_flat_list_sorts_and_filters() {
    let mut store = fleet();
    for (millis, time) in [(1000, 0), (2000, 1_000_000_000)] {
        let mut set = reading(millis, &[1, 2], time);
        set.vms[1].cpu_time = Some(time / 2);
        store.apply(&message(1, 1, HostEvent::Samples(set)), Stamp::from_millis(millis));
    }
    let rows = |filter: &str, column, descending| {
        let found = flat::rows(&store, &Filter::parse(filter), (column, descending), Stamp::default());
        names(&store, &found)
    };
    assert_eq!(
        rows("", VmColumn::Name, false),
        ["db", "lab", "web-1", "web-2", "web-10"]
    );
    assert_eq!(
        rows("", VmColumn::Name, true),
        ["web-10", "web-2", "web-1", "lab", "db"]
    );
    assert_eq!(rows("", VmColumn::Cpu, true), ["web-10", "web-2", "db", "lab", "web-1"]);
    assert_eq!(
        rows("", VmColumn::Cpu, false),
        ["web-2", "web-10", "db", "lab", "web-1"]
    );
    assert_eq!(rows("", VmColumn::Title, true)[0], "db");
    assert_eq!(rows("", VmColumn::Title, false)[0], "db");
    assert_eq!(rows("compute !shut", VmColumn::Host, true)[0], "web-1");
    let most = top(&store, NodeId::Fleet, TopMetric::Cpu, 1);
    assert_eq!(most, [(key(1, 1), 100.0)]);
    assert_eq!(top(&store, NodeId::Host(HostId(4)), TopMetric::Cpu, 5), []);
}

#[test]
fn columns_are_consistent() {
    let store = fleet();
    let mut ids = HashSet::new();
    let view = store.view(key(1, 3), Stamp::default()).expect("there");
    for column in VmColumn::ALL {
        assert!(ids.insert(column.id()), "{} twice", column.id());
        assert_eq!(VmColumn::from_id(column.id()), Some(*column));
        assert!(!column.help().is_empty() && !column.title().is_empty());
        assert_eq!(column.cell(&view).is_empty(), column.value(&view).is_none());
    }
    assert_eq!(VmColumn::defaults()[0], VmColumn::Name);
    assert_eq!(VmColumn::Title.cell(&view), "Orders Database");
    assert!(VmColumn::Cpu.moves() && !VmColumn::Name.moves());
}

#[test]
fn every_table_has_a_cell_for_each_column() {
    let store = fleet();
    for (kind, rows) in [
        (TableKind::Vms, 5),
        (TableKind::Hosts, 4),
        (TableKind::Clusters, 1),
        (TableKind::Datacenters, 2),
        (TableKind::Pools, 0),
        (TableKind::Volumes, 0),
        (TableKind::Networks, 0),
        (TableKind::Events, 0),
    ] {
        let made = table(&store, kind, NodeId::Fleet, &Filter::default(), Stamp::default());
        assert_eq!(made.rows.len(), rows, "{kind:?}");
        assert_eq!(made.columns.len(), columns(kind).len());
        for row in &made.rows {
            assert_eq!(row.cells.len(), made.columns.len(), "{kind:?}");
        }
    }
    let found = table(
        &store,
        TableKind::Hosts,
        NodeId::Fleet,
        &Filter::parse("gpu up"),
        Stamp::default(),
    );
    assert_eq!(found.rows[0].cells[0], Value::Text(Text::from("boreas")));
    assert_eq!(found.rows.len(), 1);
}

#[test]
fn the_flat_list_follows_the_inventory() {
    let mut store = fleet();
    let by_name = |store: &Store| {
        let order = (VmColumn::Name, false);
        flat::rows(store, &Filter::default(), order, Stamp::default())
    };
    let before = by_name(&store);
    let mut topology = store.topology().clone();
    topology.hosts.reverse();
    store.set_topology(topology.clone());
    assert_eq!(by_name(&store), before, "the order of hosts is not that of names");
    let removed = HostId(1);
    topology.hosts.retain(|entry| entry.id != removed);
    store.set_topology(topology);
    let mut left = before;
    left.retain(|key| key.host != removed);
    assert!(!left.is_empty());
    assert_eq!(by_name(&store), left);
}
