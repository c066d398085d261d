//! Hosts.

use crate::base::ids::NodeId;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::host::ConnState;
use crate::hv::sample::SampleSource;
use crate::inventory::filter::Filter;
use crate::inventory::store::Store;
use crate::inventory::tables::groups::{GIVEN, column};
use crate::inventory::tables::{Row, row};
use crate::inventory::value::Align::{Left, Right};
use crate::inventory::value::Unit::{Age, Bytes, Percent, Plain};
use crate::inventory::value::{ColumnInfo, Value};

pub(super) static HOSTS: [ColumnInfo; 30] = [
    column("name", "NAME", Plain, Left, true, "Name in the inventory."),
    column("state", "STATE", Plain, Left, true, "State of the connection."),
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
    column("driver", "DRIVER", Plain, Left, false, "Driver (virConnectGetType)."),
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
    column("cpus", "CPUS", Plain, Right, true, "Active CPUs (virNodeGetInfo)."),
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
    column("cpu_user", "USER", Percent, Right, false, "CPUs in user mode, percent."),
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
    column("memory", "MEM", Bytes, Right, true, "Memory (virNodeGetInfo)."),
    column(
        "memory_used",
        "USED",
        Bytes,
        Right,
        false,
        "Memory used, without buffers and cache (virNodeGetMemoryStats).",
    ),
    column("memory_percent", "MEM%", Percent, Right, true, "Memory used, percent."),
    column("vms", "VMS", Plain, Right, true, "VMs."),
    column("vms_running", "RUN", Plain, Right, true, "Running VMs."),
    GIVEN[0],
    GIVEN[1],
    GIVEN[2],
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
            let datacenter = store.datacenter_of(entry).and_then(|id| topology.datacenter(id));
            let version = |(major, minor, release)| Value::Text(Text::from(format!("{major}.{minor}.{release}")));
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
