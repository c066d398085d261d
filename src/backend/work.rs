//! The calls of one host as data, and how each is carried out on a lane.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::backend::console::Aside;
use crate::backend::libvirt::{Connection, RawSink, SampleScope};
use crate::backend::limits::Lane;
use crate::base::ids::TaskId;
use crate::base::time::{Clock, Stamp};
use crate::hv::command::PowerVerb;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::guest::{GuestInfo, SnapshotRecord};
use crate::hv::host::{Feature, HostFacts, NodeDevice};
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::{HostCounters, VmCounters};
use crate::hv::storage::{PoolRecord, VolumeRecord};
use crate::hv::vm::{VmDesc, VmRecord};
use crate::xml::describe::describe;

/// Something to ask of a connection. Each runs as one call of a lane.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Register events and read what the host tells about itself.
    Greet,
    /// Read all lists.
    List,
    /// Read the list of VMs after many changes.
    ListVms,
    /// Read these objects again.
    Reread {
        /// VMs.
        vms: Vec<Uuid>,
        /// Storage pools.
        pools: Vec<Uuid>,
        /// Networks.
        networks: Vec<Uuid>,
    },
    /// Read and parse the XML of these VMs.
    Describe(Vec<Uuid>),
    /// One reading of counters.
    Sample {
        /// Which VMs in which detail.
        scope: SampleScope,
        /// The host's own counters as well.
        host: Option<Arc<HostFacts>>,
    },
    /// A verb on a VM.
    Power {
        /// Who wants to hear of it.
        task: TaskId,
        /// The VM.
        uuid: Uuid,
        /// The verb.
        verb: PowerVerb,
    },
    /// Ask a guest.
    Guest(Uuid),
    /// List a VM's snapshots.
    Snapshots(Uuid),
    /// List a pool's volumes.
    Volumes(Uuid),
    /// List the host's devices.
    Devices,
    /// Read the leases of all networks.
    Leases,
    /// A call of a console.
    Aside(Aside),
}

/// An object after it was read again.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen<T> {
    /// As it is now.
    Now(T),
    /// It does not exist any more.
    Gone(Uuid),
    /// It could not be read.
    Unknown(Uuid, HvError),
}

/// All lists of a host. Networks and pools may be missing for reasons of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Lists {
    /// VMs.
    pub vms: Vec<VmRecord>,
    /// Storage pools.
    pub pools: Result<Vec<PoolRecord>, HvError>,
    /// Networks.
    pub networks: Result<Vec<NetworkRecord>, HvError>,
}

/// What a reading brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// When it was answered.
    pub at: Stamp,
    /// How long it took.
    pub took: Duration,
    /// VMs.
    pub vms: Result<Vec<VmCounters>, HvError>,
    /// The host, when it was asked for.
    pub host: Option<Result<HostCounters, HvError>>,
}

/// The answer to a [`Work`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Work::Greet`], with the event kinds the driver does not have.
    Greeted(HostFacts, Vec<Feature>),
    /// To [`Work::List`].
    Lists(Lists),
    /// To [`Work::ListVms`].
    Vms(Vec<VmRecord>),
    /// To [`Work::Reread`].
    Reread {
        /// VMs.
        vms: Vec<Seen<VmRecord>>,
        /// Storage pools.
        pools: Vec<Seen<PoolRecord>>,
        /// Networks.
        networks: Vec<Seen<NetworkRecord>>,
    },
    /// To [`Work::Describe`].
    Described(Vec<(Uuid, Result<VmDesc, HvError>)>),
    /// To [`Work::Sample`].
    Sampled(Reading),
    /// To [`Work::Power`]: accepted.
    Accepted,
    /// To [`Work::Guest`].
    Guest(GuestInfo),
    /// To [`Work::Snapshots`].
    Snapshots(Vec<SnapshotRecord>),
    /// To [`Work::Volumes`].
    Volumes(Vec<VolumeRecord>),
    /// To [`Work::Devices`].
    Devices(Vec<NodeDevice>),
    /// To [`Work::Leases`].
    Leases(Vec<Lease>),
    /// To [`Work::Aside`]: whoever asked has it.
    Aside,
}

impl Work {
    /// The lane it runs on.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Greet | Self::List | Self::ListVms | Self::Reread { .. } | Self::Describe(_) => Lane::Control,
            Self::Sample { .. } => Lane::Sample,
            Self::Power {
                verb: PowerVerb::ManagedSave | PowerVerb::CoreDump { .. },
                ..
            } => Lane::Long,
            Self::Power { .. } => Lane::Power,
            Self::Aside(aside) => aside.lane(),
            Self::Guest(_) | Self::Snapshots(_) | Self::Volumes(_) | Self::Devices | Self::Leases => Lane::Slow,
        }
    }

    /// The libvirt function it starts with.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Greet => "virConnectDomainEventRegisterAny",
            Self::List | Self::ListVms => "virConnectListAllDomains",
            Self::Reread { .. } => "virDomainLookupByUUID",
            Self::Describe(_) => "virDomainGetXMLDesc",
            Self::Sample { .. } => "virConnectGetAllDomainStats",
            Self::Power { verb, .. } => function(verb),
            Self::Guest(_) => "virDomainGetGuestInfo",
            Self::Snapshots(_) => "virDomainListAllSnapshots",
            Self::Volumes(_) => "virStoragePoolListAllVolumes",
            Self::Devices => "virConnectListAllNodeDevices",
            Self::Leases => "virNetworkGetDHCPLeases",
            Self::Aside(aside) => aside.what(),
        }
    }

    /// Carries it out. Blocks without limit; `steps` hears of each further call.
    pub fn run(
        &self,
        connection: &Connection,
        sink: &RawSink,
        clock: Clock,
        steps: &dyn Fn(&'static str),
    ) -> Result<Answer, HvError> {
        match self {
            Self::Greet => {
                // events first: what changes from now on is not missed by the lists
                let missing = connection.watch(sink);
                steps("virConnectGetCapabilities");
                Ok(Answer::Greeted(connection.facts()?, missing))
            }
            Self::List => {
                let vms = connection.vms()?;
                steps("virConnectListAllStoragePools");
                let pools = connection.pools();
                steps("virConnectListAllNetworks");
                let networks = connection.networks();
                Ok(Answer::Lists(Lists { vms, pools, networks }))
            }
            Self::ListVms => connection.vms().map(Answer::Vms),
            Self::Reread { vms, pools, networks } => Ok(Answer::Reread {
                vms: each(vms, steps, "virDomainLookupByUUID", |id| connection.vm(id)),
                pools: each(pools, steps, "virStoragePoolLookupByUUID", |id| connection.pool(id)),
                networks: each(networks, steps, "virNetworkLookupByUUID", |id| connection.network(id)),
            }),
            Self::Describe(vms) => Ok(Answer::Described(
                vms.iter()
                    .map(|uuid| {
                        steps("virDomainGetXMLDesc");
                        let xml = connection.xml(*uuid, false);
                        (*uuid, xml.map(|xml| describe(&xml)))
                    })
                    .collect(),
            )),
            Self::Sample { scope, host } => {
                let start = clock.now();
                let vms = connection.counters(scope);
                let at = clock.now();
                let host = host.as_ref().map(|facts| {
                    steps("virNodeGetCPUStats");
                    connection.host_counters(facts)
                });
                Ok(Answer::Sampled(Reading {
                    at,
                    took: clock.now().since(start),
                    vms,
                    host,
                }))
            }
            Self::Power { uuid, verb, .. } => connection.power(*uuid, verb).map(|()| Answer::Accepted),
            Self::Guest(uuid) => Ok(Answer::Guest(connection.guest(*uuid))),
            Self::Snapshots(uuid) => connection.snapshots(*uuid).map(Answer::Snapshots),
            Self::Volumes(pool) => connection.volumes(*pool).map(Answer::Volumes),
            Self::Devices => connection.devices().map(Answer::Devices),
            Self::Leases => connection.leases().map(Answer::Leases),
            // carried out by the lane, which has the connection to hand over
            Self::Aside(_) => Ok(Answer::Aside),
        }
    }
}

fn each<T>(
    keys: &[Uuid],
    steps: &dyn Fn(&'static str),
    what: &'static str,
    read: impl Fn(Uuid) -> Result<T, HvError>,
) -> Vec<Seen<T>> {
    keys.iter()
        .map(|uuid| {
            steps(what);
            match read(*uuid) {
                Ok(now) => Seen::Now(now),
                Err(error) if error.kind == ErrorKind::NotFound => Seen::Gone(*uuid),
                Err(error) => Seen::Unknown(*uuid, error),
            }
        })
        .collect()
}

fn function(verb: &PowerVerb) -> &'static str {
    match verb {
        PowerVerb::Start | PowerVerb::StartPaused => "virDomainCreateWithFlags",
        PowerVerb::Shutdown(_) => "virDomainShutdownFlags",
        PowerVerb::Reboot(_) => "virDomainReboot",
        PowerVerb::Reset => "virDomainReset",
        PowerVerb::ForceOff => "virDomainDestroyFlags",
        PowerVerb::Pause => "virDomainSuspend",
        PowerVerb::Resume => "virDomainResume",
        PowerVerb::ManagedSave => "virDomainManagedSave",
        PowerVerb::DiscardSaved => "virDomainManagedSaveRemove",
        PowerVerb::InjectNmi => "virDomainInjectNMI",
        PowerVerb::SendKeys { .. } => "virDomainSendKey",
        PowerVerb::CoreDump { .. } => "virDomainCoreDumpWithFormat",
        PowerVerb::SetAutostart(_) => "virDomainSetAutostart",
    }
}
