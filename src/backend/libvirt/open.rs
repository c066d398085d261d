//! A connection to one host.

use uuid::Uuid;

use crate::backend::libvirt::events::RawSink;
use crate::backend::libvirt::request::{OpenRequest, SampleScope};
use crate::hv::command::PowerVerb;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::guest::{GuestInfo, SnapshotRecord};
use crate::hv::host::{Feature, HostFacts, NodeDevice};
use crate::hv::network::{Lease, NetworkRecord};
use crate::hv::sample::{HostCounters, VmCounters};
use crate::hv::storage::{PoolRecord, VolumeRecord};
use crate::hv::vm::VmRecord;

/// An open connection. Every method may block without limit.
pub struct Connection(());
fn no<T>() -> Result<T, HvError> {
    Err(HvError::own(ErrorKind::Internal, "", ""))
}
#[expect(missing_docs, clippy::unused_self)]
impl Connection {
    pub fn open(_request: &OpenRequest) -> Result<Self, HvError> {
        no()
    }
    pub fn watch(&self, _sink: &RawSink) -> Vec<Feature> {
        vec![]
    }
    pub fn close(self) {}
    pub fn is_alive(&self) -> bool {
        true
    }
    pub fn facts(&self) -> Result<HostFacts, HvError> {
        no()
    }
    pub fn vms(&self) -> Result<Vec<VmRecord>, HvError> {
        no()
    }
    pub fn vm(&self, _uuid: Uuid) -> Result<VmRecord, HvError> {
        no()
    }
    pub fn xml(&self, _uuid: Uuid, _inactive: bool) -> Result<String, HvError> {
        no()
    }
    pub fn counters(&self, _scope: &SampleScope) -> Result<Vec<VmCounters>, HvError> {
        no()
    }
    pub fn host_counters(&self, _facts: &HostFacts) -> Result<HostCounters, HvError> {
        no()
    }
    pub fn pools(&self) -> Result<Vec<PoolRecord>, HvError> {
        no()
    }
    pub fn pool(&self, _uuid: Uuid) -> Result<PoolRecord, HvError> {
        no()
    }
    pub fn volumes(&self, _pool: Uuid) -> Result<Vec<VolumeRecord>, HvError> {
        no()
    }
    pub fn networks(&self) -> Result<Vec<NetworkRecord>, HvError> {
        no()
    }
    pub fn network(&self, _uuid: Uuid) -> Result<NetworkRecord, HvError> {
        no()
    }
    pub fn leases(&self) -> Result<Vec<Lease>, HvError> {
        no()
    }
    pub fn devices(&self) -> Result<Vec<NodeDevice>, HvError> {
        no()
    }
    pub fn guest(&self, _uuid: Uuid) -> GuestInfo {
        GuestInfo::default()
    }
    pub fn snapshots(&self, _uuid: Uuid) -> Result<Vec<SnapshotRecord>, HvError> {
        no()
    }
    pub fn power(&self, _uuid: Uuid, _verb: &PowerVerb) -> Result<(), HvError> {
        no()
    }
    pub fn probe(&self) -> Vec<(Feature, Result<(), HvError>)> {
        vec![]
    }
}
