//! Pools, volumes, networks and events.

use crate::base::ids::NodeId;
use crate::base::text::Text;
use crate::hv::event::Subject;
use crate::hv::topology::HostEntry;
use crate::inventory::filter::Filter;
use crate::inventory::host::{HostState, PoolEntry};
use crate::inventory::natural;
use crate::inventory::store::Store;
use crate::inventory::tables::groups::column;
use crate::inventory::tables::{Row, row};
use crate::inventory::value::Align::{Left, Right};
use crate::inventory::value::Unit::{Bytes, Moment, Percent, Plain};
use crate::inventory::value::{ColumnInfo, Value};

pub(super) static POOLS: [ColumnInfo; 12] = [
    column("name", "NAME", Plain, Left, true, "Name (virStoragePoolGetName)."),
    column("host", "HOST", Plain, Left, true, "Host."),
    column("state", "STATE", Plain, Left, true, "State (virStoragePoolGetInfo)."),
    column("type", "TYPE", Plain, Left, true, "Kind of storage (pool/@type)."),
    column("capacity", "SIZE", Bytes, Right, true, "Bytes in all."),
    column("allocation", "USED", Bytes, Right, true, "Bytes given to volumes."),
    column("available", "FREE", Bytes, Right, true, "Bytes free."),
    column(
        "used_percent",
        "USE%",
        Percent,
        Right,
        true,
        "Bytes given to volumes, percent.",
    ),
    column("path", "PATH", Plain, Left, false, "Path on the host."),
    column("autostart", "AUTO", Plain, Left, true, "Started with the host."),
    column("persistent", "PERS", Plain, Left, false, "Has a definition."),
    column("uuid", "UUID", Plain, Left, false, "UUID."),
];

pub(super) static VOLUMES: [ColumnInfo; 7] = [
    column("name", "NAME", Plain, Left, true, "Name (virStorageVolGetName)."),
    column("pool", "POOL", Plain, Left, true, "Pool."),
    column("host", "HOST", Plain, Left, true, "Host."),
    column("type", "TYPE", Plain, Left, true, "Kind: file, block, dir, network."),
    column("capacity", "SIZE", Bytes, Right, true, "Bytes promised."),
    column("allocation", "USED", Bytes, Right, true, "Bytes occupied."),
    column("path", "PATH", Plain, Left, false, "Path (virStorageVolGetPath)."),
];

pub(super) static NETWORKS: [ColumnInfo; 9] = [
    column("name", "NAME", Plain, Left, true, "Name (virNetworkGetName)."),
    column("host", "HOST", Plain, Left, true, "Host."),
    column("active", "ACTIVE", Plain, Left, true, "Whether it is active."),
    column(
        "forward",
        "FORWARD",
        Plain,
        Left,
        true,
        "How it reaches the outside (<forward mode>).",
    ),
    column("bridge", "BRIDGE", Plain, Left, true, "Bridge on the host."),
    column(
        "addresses",
        "ADDRESS",
        Plain,
        Left,
        true,
        "Addresses of the host in it (<ip>).",
    ),
    column("autostart", "AUTO", Plain, Left, true, "Started with the host."),
    column("persistent", "PERS", Plain, Left, false, "Has a definition."),
    column("uuid", "UUID", Plain, Left, false, "UUID."),
];

pub(super) static EVENTS: [ColumnInfo; 6] = [
    column("time", "TIME", Moment, Left, true, "Milliseconds since 1970."),
    column("severity", "SEVERITY", Plain, Left, true, "normal, warning or error."),
    column("host", "HOST", Plain, Left, true, "Host."),
    column(
        "kind",
        "KIND",
        Plain,
        Left,
        true,
        "What it is about: host, vm, pool, network or device.",
    ),
    column("name", "NAME", Plain, Left, true, "Its name then."),
    column("message", "MESSAGE", Plain, Left, true, "What happened."),
];

/// What an event is about, in a word.
pub(super) fn subject_word(subject: Subject) -> &'static str {
    match subject {
        Subject::Host => "host",
        Subject::Vm(_) => "vm",
        Subject::Pool(_) => "pool",
        Subject::Network(_) => "network",
        Subject::Device => "device",
    }
}

fn hosts_below(store: &Store, below: NodeId) -> impl Iterator<Item = (&HostEntry, &HostState)> {
    store.hosts().filter(move |(entry, _)| store.is_below(entry, below))
}

fn sorted_pools(host: &HostState) -> Vec<&PoolEntry> {
    let mut pools: Vec<&PoolEntry> = host.pools.values().collect();
    pools.sort_by(|one, other| natural::compare(one.record.name.raw(), other.record.name.raw()));
    pools
}

pub(super) fn pools(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    let mut rows = Vec::new();
    for (entry, host) in hosts_below(store, below) {
        for pool in sorted_pools(host) {
            let pool = &pool.record;
            let used = (pool.capacity > 0).then(|| pool.allocation as f64 / pool.capacity as f64 * 100.0);
            let cells = vec![
                Value::Text(pool.name.clone()),
                Value::Text(entry.name.clone()),
                Value::Word(pool.state.word()),
                Value::text(&pool.kind),
                Value::Bytes(pool.capacity),
                Value::Bytes(pool.allocation),
                Value::Bytes(pool.available),
                Value::float(used),
                Value::text(&pool.path),
                Value::Bool(pool.autostart),
                Value::Bool(pool.persistent),
                Value::Text(Text::from(pool.uuid.to_string())),
            ];
            rows.extend(row(filter, NodeId::Host(entry.id), cells, &[]));
        }
    }
    rows
}

pub(super) fn volumes(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    let mut rows = Vec::new();
    for (entry, host) in hosts_below(store, below) {
        for pool in sorted_pools(host) {
            let Some(Ok(volumes)) = &pool.volumes else {
                continue;
            };
            for volume in volumes.iter() {
                let cells = vec![
                    Value::Text(volume.name.clone()),
                    Value::Text(pool.record.name.clone()),
                    Value::Text(entry.name.clone()),
                    Value::text(&volume.kind),
                    Value::Bytes(volume.capacity),
                    Value::Bytes(volume.allocation),
                    Value::text(&volume.path),
                ];
                rows.extend(row(filter, NodeId::Host(entry.id), cells, &[]));
            }
        }
    }
    rows
}

pub(super) fn networks(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    let mut rows = Vec::new();
    for (entry, host) in hosts_below(store, below) {
        let mut networks: Vec<_> = host.networks.values().collect();
        networks.sort_by(|one, other| natural::compare(one.name.raw(), other.name.raw()));
        for network in networks {
            let state = if network.active { "active" } else { "inactive" };
            let addresses = if network.addresses.is_empty() {
                Value::None
            } else {
                Value::List(network.addresses.clone())
            };
            let cells = vec![
                Value::Text(network.name.clone()),
                Value::Text(entry.name.clone()),
                Value::Bool(network.active),
                Value::text(&network.forward),
                Value::text(&network.bridge),
                addresses,
                Value::Bool(network.autostart),
                Value::Bool(network.persistent),
                Value::Text(Text::from(network.uuid.to_string())),
            ];
            rows.extend(row(filter, NodeId::Host(entry.id), cells, &[state]));
        }
    }
    rows
}
