//! Identities. Nothing in the program is addressed by a list index or by libvirt's integer id.

use uuid::Uuid;

/// A host of the inventory. Assigned when the inventory is read and stable while the program
/// runs, across reconnects and renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostId(pub u32);

/// A data center of the inventory, stable while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatacenterId(pub u32);

/// A cluster of the inventory, stable while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(pub u32);

/// A VM: its libvirt UUID on one host. Names are never identities: two hosts may have VMs of the
/// same name, and a name may be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VmKey {
    /// The host that has the definition.
    pub host: HostId,
    /// `virDomainGetUUID`.
    pub uuid: Uuid,
}

/// A storage pool on one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolKey {
    /// The host that has the pool.
    pub host: HostId,
    /// `virStoragePoolGetUUID`.
    pub uuid: Uuid,
}

/// A virtual network on one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetworkKey {
    /// The host that has the network.
    pub host: HostId,
    /// `virNetworkGetUUID`.
    pub uuid: Uuid,
}

/// One line of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeId {
    /// Everything in the inventory.
    Fleet,
    /// A data center.
    Datacenter(DatacenterId),
    /// A cluster.
    Cluster(ClusterId),
    /// A host.
    Host(HostId),
    /// A VM.
    Vm(VmKey),
}

impl NodeId {
    /// The VM, if this is one.
    pub fn vm(self) -> Option<VmKey> {
        match self {
            Self::Vm(key) => Some(key),
            Self::Fleet | Self::Datacenter(_) | Self::Cluster(_) | Self::Host(_) => None,
        }
    }

    /// The host this node is or stands on.
    pub fn host(self) -> Option<HostId> {
        match self {
            Self::Host(host) => Some(host),
            Self::Vm(key) => Some(key.host),
            Self::Fleet | Self::Datacenter(_) | Self::Cluster(_) => None,
        }
    }
}

/// The generation of a host's connection. Every reconnect starts a new one; what arrives with an
/// older epoch is late and must be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A task of this console: one verb on one object, or the parent of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// A question that a host's connection asks (password, host key, SASL field).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptId(pub u64);
