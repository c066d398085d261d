//! The columns of the flat list of VMs.

use crate::base::ids::VmKey;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::topology::HostEntry;
use crate::inventory::host::HostState;
use crate::inventory::store::Store;
use crate::inventory::value::{Align, ColumnInfo, Unit, Value};
use crate::inventory::vm::VmEntry;

/// A VM with everything its cells are made of.
#[derive(Debug, Clone, Copy)]
pub struct VmView<'a> {
    /// The fleet.
    pub store: &'a Store,
    /// Identity.
    pub key: VmKey,
    /// Its host in the inventory.
    pub entry: &'a HostEntry,
    /// What is known of its host.
    pub host: &'a HostState,
    /// What is known of it.
    pub vm: &'a VmEntry,
    /// The present moment.
    pub now: Stamp,
}

impl Store {
    /// A VM with everything its cells are made of.
    pub fn view(&self, key: VmKey, now: Stamp) -> Option<VmView<'_>> {
        let host = self.host(key.host)?;
        Some(VmView {
            store: self,
            key,
            entry: self.entry(key.host)?,
            host,
            vm: host.vms.get(&key.uuid)?,
            now,
        })
    }
}

macro_rules! columns {
    ($($variant:ident, $id:literal, $title:literal, $unit:ident, $align:ident, $width:literal, $shown:literal, $help:literal;)*) => {
        /// A column of the flat list of VMs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum VmColumn {
            $(#[doc = $help] $variant,)*
        }

        impl VmColumn {
            /// Every column, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The column as data.
            pub const fn info(self) -> &'static ColumnInfo {
                match self {
                    $(Self::$variant => &ColumnInfo {
                        id: $id,
                        title: $title,
                        help: $help,
                        unit: Unit::$unit,
                        align: Align::$align,
                        min_width: $width,
                        shown: $shown,
                    },)*
                }
            }
        }
    };
}

columns! {
    Name, "name", "NAME", Plain, Left, 16, true, "Name (virDomainGetName).";
    State, "state", "STATE", Plain, Left, 9, true, "State (virDomainGetState).";
    Reason, "reason", "REASON", Plain, Left, 12, false, "Why it is in that state (virDomainGetState).";
    Host, "host", "HOST", Plain, Left, 10, true, "Host, by its name in the inventory.";
    Cluster, "cluster", "CLUSTER", Plain, Left, 10, false, "Cluster of its host.";
    Datacenter, "datacenter", "DC", Plain, Left, 8, false, "Data center of its host.";
    Cpu, "cpu", "CPU", Percent, Right, 5, true, "CPU time used, percent of its vCPUs (cpu.time).";
    CpuHost, "cpu_host", "CPU/H", Percent, Right, 5, false, "CPU time used, percent of the whole host (cpu.time).";
    Steal, "steal", "STEAL", Percent, Right, 5, false, "Time vCPUs were ready without a CPU, percent (vcpu.N.delay).";
    Memory, "memory", "MEM", Bytes, Right, 6, true, "Memory used; see memory_source.";
    MemoryPercent, "memory_percent", "MEM%", Percent, Right, 5, false, "Memory used, percent of what it was given.";
    MemorySource, "memory_source", "MEMSRC", Plain, Left, 7, false, "Where the memory figure comes from: guest (available less unused), rss or balloon.";
    MemoryGiven, "memory_given", "GIVEN", Bytes, Right, 6, false, "Memory given now (balloon.current).";
    MemoryMax, "memory_max", "MAXMEM", Bytes, Right, 6, false, "Memory at most (balloon.maximum).";
    DiskRead, "disk_read", "READ", BytesPerSecond, Right, 7, true, "Bytes read a second (block.N.rd.bytes).";
    DiskWrite, "disk_write", "WRITE", BytesPerSecond, Right, 7, true, "Bytes written a second (block.N.wr.bytes).";
    DiskRequests, "disk_requests", "IOPS", PerSecond, Right, 6, false, "Read and write requests a second (block.N.rd.reqs, wr.reqs).";
    DiskLatency, "disk_latency", "LAT", Latency, Right, 6, false, "Mean time of a request (block.N.rd.times, wr.times).";
    NetRx, "net_rx", "RX", BytesPerSecond, Right, 7, true, "Bytes received a second (net.N.rx.bytes).";
    NetTx, "net_tx", "TX", BytesPerSecond, Right, 7, true, "Bytes sent a second (net.N.tx.bytes).";
    NetErrors, "net_errors", "ERR", PerSecond, Right, 5, false, "Network errors a second (net.N.rx.errs, tx.errs).";
    NetDrops, "net_drops", "DROP", PerSecond, Right, 5, false, "Dropped packets a second (net.N.rx.drop, tx.drop).";
    Vcpus, "vcpus", "VCPU", Plain, Right, 4, true, "vCPUs plugged in now (vcpu.current).";
    VcpusMax, "vcpus_max", "MAXCPU", Plain, Right, 4, false, "vCPUs at most (vcpu.maximum).";
    Uuid, "uuid", "UUID", Plain, Left, 36, false, "UUID (virDomainGetUUID).";
    Id, "id", "ID", Plain, Right, 4, false, "libvirt's number while it is active (virDomainGetID).";
    Autostart, "autostart", "AUTO", Plain, Left, 4, false, "Started with the host (virDomainGetAutostart).";
    Persistent, "persistent", "PERS", Plain, Left, 4, false, "Has a definition that outlives it (virDomainIsPersistent).";
    ManagedSave, "managed_save", "SAVED", Plain, Left, 5, false, "Has a saved state to start from (virDomainHasManagedSaveImage).";
    Snapshots, "snapshots", "SNAP", Plain, Left, 4, false, "Has snapshots (virDomainListAllSnapshots).";
    Title, "title", "TITLE", Plain, Left, 16, false, "Title, known once its XML was read.";
    Os, "os", "OS", Plain, Left, 14, false, "Operating system by the guest agent, else by libosinfo's metadata.";
    Addresses, "addresses", "ADDRESS", Plain, Left, 15, false, "IP addresses by agent, lease or ARP, once asked for.";
    Tags, "tags", "TAGS", Plain, Left, 8, false, "Tags of its host in the inventory.";
    Since, "since", "SINCE", Age, Right, 6, false, "Time in its present state, as far as this console saw.";
    Age, "age", "AGE", Age, Right, 5, false, "Age of its numbers.";
}

impl VmColumn {
    /// The columns shown unless the user chose otherwise.
    pub fn defaults() -> Vec<Self> {
        let shown = Self::ALL.iter().filter(|column| column.info().shown);
        shown.copied().collect()
    }

    /// The column of this stable name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.id() == id)
    }

    /// Stable name in configuration, `--fields` and JSON.
    pub fn id(self) -> &'static str {
        self.info().id
    }

    /// Heading.
    pub fn title(self) -> &'static str {
        self.info().title
    }

    /// Meaning and source in one sentence.
    pub fn help(self) -> &'static str {
        self.info().help
    }

    /// The side its cells stand on.
    pub fn align(self) -> Align {
        self.info().align
    }

    /// Narrowest useful width in cells.
    pub fn min_width(self) -> u16 {
        self.info().min_width
    }

    /// Whether its cells move with every reading, so that sorting by it moves rows.
    pub fn moves(self) -> bool {
        match self.info().unit {
            Unit::Percent | Unit::BytesPerSecond | Unit::PerSecond | Unit::Latency => true,
            Unit::Bytes => self == Self::Memory,
            Unit::Plain | Unit::Age | Unit::Moment => false,
        }
    }

    /// The cell as shown: escaped, with unit; empty when not known.
    pub fn cell(self, view: &VmView<'_>) -> String {
        self.value(view).cell(self.info().unit)
    }

    /// The cell as a typed value.
    pub fn value(self, view: &VmView<'_>) -> Value {
        let (record, rates) = (&view.vm.record, &view.vm.rates);
        let topology = view.store.topology();
        match self {
            Self::Name => Value::Text(record.name.clone()),
            Self::State => Value::Word(record.status.state.word()),
            Self::Reason => record.status.reason_word().map_or(Value::None, Value::Word),
            Self::Host => Value::Text(view.entry.name.clone()),
            Self::Cluster => view
                .entry
                .cluster
                .and_then(|id| topology.cluster(id))
                .map_or(Value::None, |found| Value::text(&found.name)),
            Self::Datacenter => view
                .store
                .datacenter_of(view.entry)
                .and_then(|id| topology.datacenter(id))
                .map_or(Value::None, |found| Value::text(&found.name)),
            Self::Cpu => Value::float(rates.cpu),
            Self::CpuHost => Value::float(rates.cpu_host),
            Self::Steal => Value::float(rates.steal),
            Self::Memory => Value::bytes(rates.memory),
            Self::MemoryPercent => Value::float(rates.memory_percent),
            Self::MemorySource => rates
                .memory_source
                .map_or(Value::None, |source| Value::Word(source.word())),
            Self::MemoryGiven => Value::bytes(record.memory),
            Self::MemoryMax => Value::bytes(record.memory_max),
            Self::DiskRead => Value::float(rates.disk.read),
            Self::DiskWrite => Value::float(rates.disk.write),
            Self::DiskRequests => Value::float(rates.disk.requests()),
            Self::DiskLatency => Value::float(rates.disk.latency),
            Self::NetRx => Value::float(rates.net.rx),
            Self::NetTx => Value::float(rates.net.tx),
            Self::NetErrors => Value::float(rates.net.errors),
            Self::NetDrops => Value::float(rates.net.drops),
            Self::Vcpus => Value::integer(record.vcpus),
            Self::VcpusMax => Value::integer(record.vcpus_max),
            Self::Uuid => Value::Text(Text::from(record.uuid.to_string())),
            Self::Id => Value::integer(record.id),
            Self::Autostart => Value::Bool(record.autostart),
            Self::Persistent => Value::Bool(record.persistent),
            Self::ManagedSave => Value::Bool(record.managed_save),
            Self::Snapshots => Value::Bool(record.has_snapshots),
            Self::Title => view
                .vm
                .desc
                .as_deref()
                .and_then(|desc| desc.title.as_ref())
                .map_or(Value::None, Value::text),
            Self::Os => os(view.vm),
            Self::Addresses => addresses(view.vm),
            Self::Tags => list(view.entry.tags.clone()),
            Self::Since => Value::Float(view.now.since(view.vm.state_since).as_secs_f64()),
            Self::Age => Value::float(view.vm.age(view.now).map(|age| age.as_secs_f64())),
        }
    }
}

fn os(vm: &VmEntry) -> Value {
    let told = vm.guest.as_deref().and_then(|guest| guest.os.as_ref());
    let recorded = vm.desc.as_deref().and_then(|desc| desc.os_id.as_ref());
    told.or(recorded).map_or(Value::None, Value::text)
}

fn addresses(vm: &VmEntry) -> Value {
    let found = vm.guest.iter().flat_map(|guest| &guest.addresses);
    let mut texts: Vec<Text> = Vec::new();
    for address in found {
        // several sources often know the same one
        if !texts.contains(&address.address) {
            texts.push(address.address.clone());
        }
    }
    list(texts)
}

fn list(texts: Vec<Text>) -> Value {
    if texts.is_empty() {
        Value::None
    } else {
        Value::List(texts)
    }
}
