//! What is known of a host.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::error::HvError;

/// Where a host's connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ConnState {
    /// Not connected by choice.
    #[default]
    Disabled,
    /// Waiting for its turn among the parallel connects.
    Queued,
    /// `virConnectOpen` is running.
    Connecting {
        /// Since when.
        since: Stamp,
        /// 1 for the first attempt since the last success.
        attempt: u32,
    },
    /// Waits for an answer to a question that is shown as a form.
    Asking {
        /// Since when.
        since: Stamp,
    },
    /// Connected, the first full list is being read.
    Syncing {
        /// Since when.
        since: Stamp,
    },
    /// Connected and listed.
    Live {
        /// Since when.
        since: Stamp,
    },
    /// Connected, but a call has not been answered within its deadline.
    Slow {
        /// Since when nothing has been answered.
        since: Stamp,
        /// The unanswered libvirt function.
        waiting_for: &'static str,
    },
    /// No connection; another attempt follows by itself.
    Down {
        /// Since when.
        since: Stamp,
        /// When the next attempt starts.
        retry_at: Stamp,
        /// The attempt that will be.
        attempt: u32,
        /// Why.
        error: HvError,
    },
}

impl ConnState {
    /// Whether what is shown of the host is current.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }

    /// Whether a connection exists.
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Syncing { .. } | Self::Live { .. } | Self::Slow { .. })
    }

    /// The state in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Queued => "queued",
            Self::Connecting { .. } => "connecting",
            Self::Asking { .. } => "asks",
            Self::Syncing { .. } => "listing",
            Self::Live { .. } => "up",
            Self::Slow { .. } => "slow",
            Self::Down { .. } => "down",
        }
    }
}

/// Something a driver may or may not be able to do. Learnt by asking it, and from
/// `VIR_ERR_NO_SUPPORT` when it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// `virConnectGetAllDomainStats` with more than the state.
    BulkStats,
    /// Domain events.
    DomainEvents,
    /// Network events.
    NetworkEvents,
    /// Storage pool events.
    PoolEvents,
    /// Node device events.
    NodeDeviceEvents,
    /// `virNodeGetCPUStats`.
    NodeCpuStats,
    /// `virNodeGetMemoryStats`.
    NodeMemoryStats,
    /// `virConnectListAllNetworks`.
    Networks,
    /// `virConnectListAllStoragePools`.
    StoragePools,
    /// `virConnectListAllNodeDevices`.
    NodeDevices,
    /// `virConnectListAllInterfaces`.
    Interfaces,
    /// `virConnectListAllNWFilters`.
    NwFilters,
    /// `virConnectListAllSecrets`.
    Secrets,
    /// `virConnectGetDomainCapabilities`.
    DomainCapabilities,
    /// `virDomainListAllSnapshots`.
    Snapshots,
    /// `virNetworkGetDHCPLeases`.
    DhcpLeases,
    /// `virDomainGetGuestInfo`.
    GuestInfo,
    /// `virDomainInterfaceAddresses`.
    InterfaceAddresses,
    /// `virDomainMigrate3`.
    Migration,
    /// `virDomainOpenConsole`.
    Console,
    /// `virDomainScreenshot`.
    Screenshot,
    /// `virDomainManagedSave`.
    ManagedSave,
    /// `virDomainInjectNMI`.
    InjectNmi,
    /// `virDomainSendKey`.
    SendKey,
    /// `virDomainCoreDumpWithFormat`.
    CoreDump,
    /// `virDomainReset`.
    Reset,
    /// `virDomainReboot`.
    Reboot,
    /// `virDomainShutdownFlags`.
    Shutdown,
    /// `virDomainSuspend` and `virDomainResume`.
    Suspend,
    /// `virDomainSetAutostart`.
    Autostart,
}

impl Feature {
    /// Every feature, in the order `check` prints them.
    pub const ALL: [Self; 30] = [
        Self::BulkStats,
        Self::DomainEvents,
        Self::NetworkEvents,
        Self::PoolEvents,
        Self::NodeDeviceEvents,
        Self::NodeCpuStats,
        Self::NodeMemoryStats,
        Self::Networks,
        Self::StoragePools,
        Self::NodeDevices,
        Self::Interfaces,
        Self::NwFilters,
        Self::Secrets,
        Self::DomainCapabilities,
        Self::Snapshots,
        Self::DhcpLeases,
        Self::GuestInfo,
        Self::InterfaceAddresses,
        Self::Migration,
        Self::Console,
        Self::Screenshot,
        Self::ManagedSave,
        Self::InjectNmi,
        Self::SendKey,
        Self::CoreDump,
        Self::Reset,
        Self::Reboot,
        Self::Shutdown,
        Self::Suspend,
        Self::Autostart,
    ];

    /// The feature in an admin's words.
    pub fn word(self) -> &'static str {
        match self {
            Self::BulkStats => "bulk statistics",
            Self::DomainEvents => "VM events",
            Self::NetworkEvents => "network events",
            Self::PoolEvents => "pool events",
            Self::NodeDeviceEvents => "device events",
            Self::NodeCpuStats => "host CPU statistics",
            Self::NodeMemoryStats => "host memory statistics",
            Self::Networks => "networks",
            Self::StoragePools => "storage pools",
            Self::NodeDevices => "host devices",
            Self::Interfaces => "host interfaces",
            Self::NwFilters => "network filters",
            Self::Secrets => "secrets",
            Self::DomainCapabilities => "domain capabilities",
            Self::Snapshots => "snapshots",
            Self::DhcpLeases => "DHCP leases",
            Self::GuestInfo => "guest information",
            Self::InterfaceAddresses => "guest addresses",
            Self::Migration => "migration",
            Self::Console => "serial console",
            Self::Screenshot => "screenshot",
            Self::ManagedSave => "suspend to disk",
            Self::InjectNmi => "NMI",
            Self::SendKey => "send keys",
            Self::CoreDump => "core dump",
            Self::Reset => "reset",
            Self::Reboot => "reboot",
            Self::Shutdown => "shutdown",
            Self::Suspend => "pause",
            Self::Autostart => "autostart",
        }
    }
}

/// What a host tells about itself when connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostFacts {
    /// `virConnectGetHostname`.
    pub hostname: Text,
    /// `virConnectGetURI`.
    pub uri: Text,
    /// `virConnectGetType`, such as `QEMU` or `Test`.
    pub driver: Text,
    /// `virConnectGetVersion` as major, minor, release; the hypervisor's own version.
    pub hypervisor_version: Option<(u64, u64, u64)>,
    /// `virConnectGetLibVersion` as major, minor, release; the library on the host.
    pub libvirt_version: (u64, u64, u64),
    /// Whether the connection is encrypted (`virConnectIsEncrypted`).
    pub encrypted: bool,
    /// Whether it is encrypted or local (`virConnectIsSecure`).
    pub secure: bool,
    /// Whether it was opened read-only.
    pub read_only: bool,
    /// `virNodeGetInfo`.
    pub node: NodeInfo,
    /// CPU model from the host's capabilities (`virConnectGetCapabilities`).
    pub cpu_model: Text,
    /// CPU vendor from the host's capabilities.
    pub cpu_vendor: Text,
    /// The host's own UUID from its capabilities.
    pub host_uuid: Text,
    /// NUMA cells from the host's capabilities: id, memory, CPU ids.
    pub cells: Vec<NumaCell>,
    /// What the driver cannot do, as far as it is known.
    pub unsupported: BTreeSet<Feature>,
}

/// `virNodeInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeInfo {
    /// Architecture, such as `x86_64`.
    pub arch: Text,
    /// Memory in bytes.
    pub memory: u64,
    /// Active CPUs (hardware threads).
    pub cpus: u32,
    /// Expected CPU frequency in MHz, 0 when unknown.
    pub mhz: u32,
    /// NUMA cells, 1 for uniform memory.
    pub nodes: u32,
    /// Sockets a cell.
    pub sockets: u32,
    /// Cores a socket.
    pub cores: u32,
    /// Threads a core.
    pub threads: u32,
}

/// One NUMA cell of `<topology><cells>` in the host's capabilities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumaCell {
    /// Cell id.
    pub id: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Ids of its CPUs.
    pub cpus: Vec<u32>,
}

/// A device of a host (`virNodeDevice`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDevice {
    /// `virNodeDeviceGetName`, such as `pci_0000_00_02_0`.
    pub name: Text,
    /// Name of its parent device.
    pub parent: Option<Text>,
    /// Capabilities, such as `pci`, `net`, `usb_device`.
    pub capabilities: Vec<Text>,
    /// Product, vendor or interface name from its XML.
    pub summary: Text,
    /// Driver in use.
    pub driver: Option<Text>,
    /// IOMMU group number.
    pub iommu_group: Option<u32>,
}

/// How a host's statistics are being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// The time from the start of one reading to the start of the next, as it is now.
    pub interval: Duration,
    /// How long the last reading took.
    pub took: Duration,
}
