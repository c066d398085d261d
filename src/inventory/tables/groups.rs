//! Hosts, clusters and data centers.

use crate::base::ids::NodeId;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::host::ConnState;
use crate::hv::sample::SampleSource;
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
    let min_width = if title.len() < 5 {
        5
    } else {
        title.len() as u16
    };
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
use Unit::{Age, Bytes, Percent, Plain};

pub(super) static HOSTS: [ColumnInfo; 30] = [
    column("name", "NAME", Plain, Left, true, "Name in the inventory."),
    column(
        "state",
        "STATE",
        Plain,
        Left,
        true,
        "State of the connection.",
    ),
    column(
        "error",
        "ERROR",
        Plain,
        Left,
        false,
        "Why it is not connected, in libvirt's words.",
    ),
    column("cluster", "CLUSTER", Plain, Left, true, "Cluster."),
    column("datacenter", "DC", Plain, Left, true, "Data center."),
    column("environment", "ENV", Plain, Left, false, "Environment."),
    column("uri", "URI", Plain, Left, false, "libvirt connection URI."),
    column(
        "hostname",
        "HOSTNAME",
        Plain,
        Left,
        false,
        "The host's own name (virConnectGetHostname).",
    ),
    column(
        "driver",
        "DRIVER",
        Plain,
        Left,
        false,
        "Driver (virConnectGetType).",
    ),
    column(
        "libvirt",
        "LIBVIRT",
        Plain,
        Left,
        false,
        "Version of libvirt on the host (virConnectGetLibVersion).",
    ),
    column(
        "hypervisor",
        "HYPERVISOR",
        Plain,
        Left,
        false,
        "Version of the hypervisor (virConnectGetVersion).",
    ),
    column(
        "cpus",
        "CPUS",
        Plain,
        Right,
        true,
        "Active CPUs (virNodeGetInfo).",
    ),
    column(
        "cpu",
        "CPU",
        Percent,
        Right,
        true,
        "Busy CPUs, percent (virNodeGetCPUStats).",
    ),
    column(
        "cpu_five_minutes",
        "CPU5M",
        Percent,
        Right,
        false,
        "Mean of the last five minutes.",
    ),
    column(
        "cpu_user",
        "USER",
        Percent,
        Right,
        false,
        "CPUs in user mode, percent.",
    ),
    column(
        "cpu_system",
        "SYS",
        Percent,
        Right,
        false,
        "CPUs in the kernel, percent.",
    ),
    column(
        "cpu_iowait",
        "IOWAIT",
        Percent,
        Right,
        false,
        "CPUs waiting for I/O, percent.",
    ),
    column(
        "memory",
        "MEM",
        Bytes,
        Right,
        true,
        "Memory (virNodeGetInfo).",
    ),
    column(
        "memory_used",
        "USED",
        Bytes,
        Right,
        false,
        "Memory used, without buffers and cache (virNodeGetMemoryStats).",
    ),
    column(
        "memory_percent",
        "MEM%",
        Percent,
        Right,
        true,
        "Memory used, percent.",
    ),
    column("vms", "VMS", Plain, Right, true, "VMs."),
    column("vms_running", "RUN", Plain, Right, true, "Running VMs."),
    column(
        "vcpus",
        "VCPUS",
        Plain,
        Right,
        false,
        "vCPUs of active VMs.",
    ),
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
    column(
        "problems",
        "PROBLEMS",
        Plain,
        Right,
        true,
        "VMs crashed or paused by an I/O error, and the host itself when it is down.",
    ),
    column(
        "abandoned",
        "ABANDONED",
        Plain,
        Right,
        false,
        "Calls that never came back.",
    ),
    column(
        "source",
        "SOURCE",
        Plain,
        Left,
        false,
        "Where the numbers come from: live or recorded.",
    ),
    column("age", "AGE", Age, Right, false, "Age of the numbers."),
    column("tags", "TAGS", Plain, Left, false, "Tags in the inventory."),
];

pub(super) fn hosts(store: &Store, below: NodeId, filter: &Filter, now: Stamp) -> Vec<Row> {
    let topology = store.topology();
    store
        .hosts()
        .filter(|(entry, _)| store.is_below(entry, below))
        .filter_map(|(entry, host)| {
            let node = NodeId::Host(entry.id);
            let sum = store.rollup(node);
            let facts = host.facts.as_deref();
            let error = match &host.conn {
                ConnState::Down { error, .. } => Value::text(&error.message),
                _ => Value::None,
            };
            let cluster = entry.cluster.and_then(|id| topology.cluster(id));
            let datacenter = store
                .datacenter_of(entry)
                .and_then(|id| topology.datacenter(id));
            let version = |(major, minor, release)| {
                Value::Text(Text::from(format!("{major}.{minor}.{release}")))
            };
            let cells = vec![
                Value::Text(entry.name.clone()),
                Value::Word(host.conn.word()),
                error,
                cluster.map_or(Value::None, |found| Value::text(&found.name)),
                datacenter.map_or(Value::None, |found| Value::text(&found.name)),
                entry
                    .environment
                    .as_ref()
                    .map_or(Value::None, |found| Value::text(&found.name)),
                Value::text(&entry.uri),
                facts.map_or(Value::None, |facts| Value::text(&facts.hostname)),
                facts.map_or(Value::None, |facts| Value::text(&facts.driver)),
                facts.map_or(Value::None, |facts| version(facts.libvirt_version)),
                facts
                    .and_then(|facts| facts.hypervisor_version)
                    .map_or(Value::None, version),
                Value::integer(host.cpus()),
                Value::float(host.rates.cpu),
                Value::float(host.rates.cpu_five_minutes),
                Value::float(host.rates.cpu_user),
                Value::float(host.rates.cpu_system),
                Value::float(host.rates.cpu_iowait),
                Value::bytes(host.memory()),
                Value::bytes(host.rates.memory.map(crate::hv::sample::HostMemory::used)),
                Value::float(host.rates.memory_percent()),
                Value::Integer(i64::from(sum.vms.total)),
                Value::Integer(i64::from(sum.vms.running)),
                Value::Integer(i64::from(sum.vcpus)),
                Value::float(sum.cpu_overcommit()),
                Value::float(sum.memory_overcommit()),
                Value::Integer(i64::from(sum.problems)),
                Value::Integer(i64::from(host.abandoned)),
                match (host.sampled, host.source) {
                    (None, _) => Value::None,
                    (Some(_), SampleSource::Live) => Value::Word("live"),
                    (Some(_), SampleSource::Recorded) => Value::Word("recorded"),
                },
                Value::float(host.sampled.map(|at| now.since(at).as_secs_f64())),
                if entry.tags.is_empty() {
                    Value::None
                } else {
                    Value::List(entry.tags.clone())
                },
            ];
            row(filter, node, cells, &[])
        })
        .collect()
}

/// The columns of sums, the same for clusters and data centers.
const SUMS: [ColumnInfo; 14] = [
    column("hosts", "HOSTS", Plain, Right, true, "Hosts."),
    column("hosts_up", "UP", Plain, Right, true, "Hosts that are up."),
    column(
        "hosts_down",
        "DOWN",
        Plain,
        Right,
        true,
        "Hosts that are down.",
    ),
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
    column(
        "vcpus",
        "VCPUS",
        Plain,
        Right,
        false,
        "vCPUs of active VMs.",
    ),
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

pub(super) static DATACENTERS: [ColumnInfo; 15] = with_sums([column(
    "name",
    "NAME",
    Plain,
    Left,
    true,
    "Name in the inventory.",
)]);

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
