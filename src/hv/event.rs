//! What a host tells, as data.

use std::sync::Arc;

use uuid::Uuid;

use crate::base::ids::{Epoch, HostId, PromptId, TaskId};
use crate::base::text::Text;
use crate::hv::console::{ConsoleId, ConsoleUpdate, DisplayAnswer, Thumbnail};
use crate::hv::error::HvError;
use crate::hv::guest::{GuestInfo, SnapshotRecord};
use crate::hv::host::{ConnState, Feature, HostFacts, NodeDevice};
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::SampleSet;
use crate::hv::storage::{PoolRecord, VolumeRecord};
use crate::hv::vm::{VmDesc, VmRecord};

/// An event with where and from which connection it comes.
#[derive(Debug, Clone, PartialEq)]
pub struct HostMessage {
    /// The host.
    pub host: HostId,
    /// The connection's generation; messages of an older one are dropped.
    pub epoch: Epoch,
    /// What happened.
    pub event: HostEvent,
}

/// What happened on a host.
#[derive(Debug, Clone, PartialEq)]
pub enum HostEvent {
    /// The connection changed its state. A new epoch always starts with one of these.
    Conn(ConnState),
    /// What the host tells about itself.
    Facts(Arc<HostFacts>),
    /// A full list starts; what is applied until [`HostEvent::ListEnd`] replaces what was known.
    ListStart,
    /// The full list is complete; what was not in it is gone.
    ListEnd,
    /// VMs as they are now, new or changed.
    Vms(Vec<VmRecord>),
    /// A VM is gone.
    VmGone(Uuid),
    /// A VM's XML was read.
    Desc {
        /// The VM.
        uuid: Uuid,
        /// Parsed XML.
        desc: Arc<VmDesc>,
    },
    /// Pools as they are now.
    Pools(Vec<PoolRecord>),
    /// A pool is gone.
    PoolGone(Uuid),
    /// Networks as they are now.
    Networks(Vec<NetworkRecord>),
    /// A network is gone.
    NetworkGone(Uuid),
    /// All devices of the host.
    Devices(Result<Arc<[NodeDevice]>, HvError>),
    /// All volumes of a pool.
    Volumes {
        /// The pool.
        pool: Uuid,
        /// The volumes, or why not.
        volumes: Result<Arc<[VolumeRecord]>, HvError>,
    },
    /// All DHCP leases of the host's networks.
    Leases(Result<Arc<[Lease]>, HvError>),
    /// A reading of counters. A large one comes in several sets with the same moment; only one of
    /// them carries the host's own counters.
    Samples(SampleSet),
    /// What a guest told.
    Guest {
        /// The VM.
        uuid: Uuid,
        /// The answer.
        info: Arc<GuestInfo>,
    },
    /// A VM's snapshots.
    Snapshots {
        /// The VM.
        uuid: Uuid,
        /// The snapshots, or why not.
        snapshots: Result<Arc<[SnapshotRecord]>, HvError>,
    },
    /// Something for the events pane.
    Log(LogEntry),
    /// News of a task.
    Task {
        /// The task.
        task: TaskId,
        /// The news.
        update: TaskUpdate,
    },
    /// The connection asks something.
    Prompt(Prompt),
    /// The question is answered, cancelled or out of date.
    PromptGone(PromptId),
    /// News of an open console.
    Console {
        /// Which.
        console: ConsoleId,
        /// The news.
        update: ConsoleUpdate,
    },
    /// What came of something about a VM's display.
    Display {
        /// The VM.
        uuid: Uuid,
        /// The answer, or why not.
        answer: Result<DisplayAnswer, HvError>,
    },
    /// A VM's screen, or why it cannot be seen.
    Thumbnail {
        /// The VM.
        uuid: Uuid,
        /// The picture.
        thumbnail: Result<Arc<Thumbnail>, HvError>,
    },
    /// The driver refused with `VIR_ERR_NO_SUPPORT`.
    Unsupported(Feature),
    /// Calls that never came back on this host since the start of the program.
    Abandoned(u32),
}

/// How grave an entry of the events pane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// For the record.
    Normal,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// The severity in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What an entry of the events pane is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The host itself or its connection.
    Host,
    /// A VM.
    Vm(Uuid),
    /// A storage pool.
    Pool(Uuid),
    /// A network.
    Network(Uuid),
    /// A device of the host.
    Device,
}

/// An entry of the events pane.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Wall clock, milliseconds since 1970.
    pub unix_millis: i64,
    /// How grave.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// The subject's name then.
    pub name: Text,
    /// What happened, such as `started (booted)`.
    pub message: Text,
}

/// News of a task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskUpdate {
    /// The call was handed to libvirt.
    Sent,
    /// libvirt accepted it; the effect may still be to come.
    Accepted,
    /// It failed or was refused.
    Failed(HvError),
}

/// What kind of answer a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromptKind {
    /// Typed text that may be seen.
    Text,
    /// A password or passphrase.
    Secret,
    /// Yes or no.
    YesNo,
}

/// A question of ssh, SASL or the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Identity, for the answer.
    pub id: PromptId,
    /// Who asks, such as `ssh` or `SASL`.
    pub asker: Text,
    /// The question in its own words.
    pub question: Text,
    /// What kind of answer.
    pub kind: PromptKind,
}
