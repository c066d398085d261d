//! Storage pools and volumes.

use uuid::Uuid;

use crate::base::text::Text;

/// `virStoragePoolState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum PoolState {
    /// `VIR_STORAGE_POOL_INACTIVE`.
    #[default]
    Inactive,
    /// `VIR_STORAGE_POOL_BUILDING`.
    Building,
    /// `VIR_STORAGE_POOL_RUNNING`.
    Running,
    /// `VIR_STORAGE_POOL_DEGRADED`.
    Degraded,
    /// `VIR_STORAGE_POOL_INACCESSIBLE`.
    Inaccessible,
}

impl PoolState {
    /// The state in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Building => "building",
            Self::Running => "active",
            Self::Degraded => "degraded",
            Self::Inaccessible => "inaccessible",
        }
    }
}

/// `virStoragePool`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolRecord {
    /// `virStoragePoolGetUUID`.
    pub uuid: Uuid,
    /// `virStoragePoolGetName`.
    pub name: Text,
    /// State.
    pub state: PoolState,
    /// `pool/@type`: dir, netfs, logical, …
    pub kind: Text,
    /// `<target><path>`.
    pub path: Text,
    /// Bytes in all.
    pub capacity: u64,
    /// Bytes given to volumes.
    pub allocation: u64,
    /// Bytes free.
    pub available: u64,
    /// Started with the host's daemon.
    pub autostart: bool,
    /// Has a definition.
    pub persistent: bool,
}

/// `virStorageVol`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeRecord {
    /// Name, unique in its pool.
    pub name: Text,
    /// `virStorageVolGetKey` or path.
    pub path: Text,
    /// `virStorageVolType` in a word: file, block, dir, network.
    pub kind: Text,
    /// Bytes promised.
    pub capacity: u64,
    /// Bytes occupied.
    pub allocation: u64,
}
