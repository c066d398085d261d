//! Clusters and data centers.

use crate::base::ids::NodeId;
use crate::inventory::filter::Filter;
use crate::inventory::rollup::Rollup;
use crate::inventory::store::Store;
use crate::inventory::tables::{Row, row};
use crate::inventory::value::{Align, ColumnInfo, Unit, Value};

/// A column, with what follows from its unit and name.
pub(super) const fn column(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    align: Align,
    shown: bool,
    help: &'static str,
) -> ColumnInfo {
    let min_width = if title.len() < 5 { 5 } else { title.len() as u16 };
    ColumnInfo {
        id,
        title,
        help,
        unit,
        align,
        min_width,
        shown,
    }
}

use Align::{Left, Right};
use Unit::{Bytes, Percent, Plain};

/// What active VMs were given, as hosts and groups tell it alike.
pub(super) const GIVEN: [ColumnInfo; 3] = [
    column("vcpus", "VCPUS", Plain, Right, false, "vCPUs of active VMs."),
    column(
        "cpu_overcommit",
        "CPU:1",
        Plain,
        Right,
        false,
        "vCPUs of active VMs for each CPU.",
    ),
    column(
        "memory_overcommit",
        "MEM:1",
        Plain,
        Right,
        false,
        "Memory given to active VMs for each byte there is.",
    ),
];

/// The columns of sums, the same for clusters and data centers.
const SUMS: [ColumnInfo; 14] = [
    column("hosts", "HOSTS", Plain, Right, true, "Hosts."),
    column("hosts_up", "UP", Plain, Right, true, "Hosts that are up."),
    column("hosts_down", "DOWN", Plain, Right, true, "Hosts that are down."),
    column("vms", "VMS", Plain, Right, true, "VMs."),
    column("vms_running", "RUN", Plain, Right, true, "Running VMs."),
    column(
        "vms_stale",
        "STALE",
        Plain,
        Right,
        false,
        "VMs on hosts without a connection.",
    ),
    column("cpus", "CPUS", Plain, Right, true, "CPUs of all hosts."),
    column(
        "cpu",
        "CPU",
        Percent,
        Right,
        true,
        "Busy CPUs of the connected hosts, percent.",
    ),
    column("memory", "MEM", Bytes, Right, true, "Memory of all hosts."),
    column(
        "memory_percent",
        "MEM%",
        Percent,
        Right,
        true,
        "Memory used on the connected hosts, percent.",
    ),
    GIVEN[0],
    GIVEN[1],
    GIVEN[2],
    column(
        "problems",
        "PROBLEMS",
        Plain,
        Right,
        true,
        "VMs crashed or paused by an I/O error, and hosts down.",
    ),
];

fn sums(sum: &Rollup) -> impl Iterator<Item = Value> {
    let count = |number: u32| Value::Integer(i64::from(number));
    [
        count(sum.hosts.total),
        count(sum.hosts.up),
        count(sum.hosts.down),
        count(sum.vms.total),
        count(sum.vms.running),
        count(sum.vms.stale),
        count(sum.cpus),
        Value::float(sum.cpu_percent()),
        Value::Bytes(sum.memory),
        Value::float(sum.memory_percent()),
        count(sum.vcpus),
        Value::float(sum.cpu_overcommit()),
        Value::float(sum.memory_overcommit()),
        count(sum.problems),
    ]
    .into_iter()
}

const fn with_sums<const N: usize, const ALL: usize>(first: [ColumnInfo; N]) -> [ColumnInfo; ALL] {
    let mut all = [first[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < N { first[at] } else { SUMS[at - N] };
        at += 1;
    }
    all
}

pub(super) static CLUSTERS: [ColumnInfo; 16] = with_sums([
    column("name", "NAME", Plain, Left, true, "Name in the inventory."),
    column("datacenter", "DC", Plain, Left, true, "Data center."),
]);

pub(super) static DATACENTERS: [ColumnInfo; 15] =
    with_sums([column("name", "NAME", Plain, Left, true, "Name in the inventory.")]);

pub(super) fn clusters(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    let topology = store.topology();
    topology
        .clusters
        .iter()
        .filter(|cluster| match below {
            NodeId::Fleet => true,
            NodeId::Datacenter(id) => cluster.datacenter == Some(id),
            NodeId::Cluster(id) => cluster.id == id,
            NodeId::Host(_) | NodeId::Vm(_) => false,
        })
        .filter_map(|cluster| {
            let node = NodeId::Cluster(cluster.id);
            let datacenter = cluster.datacenter.and_then(|id| topology.datacenter(id));
            let mut cells = vec![
                Value::Text(cluster.name.clone()),
                datacenter.map_or(Value::None, |found| Value::text(&found.name)),
            ];
            cells.extend(sums(&store.rollup(node)));
            row(filter, node, cells, &[])
        })
        .collect()
}

pub(super) fn datacenters(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    store
        .topology()
        .datacenters
        .iter()
        .filter(|datacenter| below == NodeId::Fleet || below == NodeId::Datacenter(datacenter.id))
        .filter_map(|datacenter| {
            let node = NodeId::Datacenter(datacenter.id);
            let mut cells = vec![Value::Text(datacenter.name.clone())];
            cells.extend(sums(&store.rollup(node)));
            row(filter, node, cells, &[])
        })
        .collect()
}
