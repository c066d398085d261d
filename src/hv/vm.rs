//! What is known of a VM (libvirt: domain).

use std::sync::Arc;

use uuid::Uuid;

use crate::base::text::Text;

/// `virDomainState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum VmState {
    /// `VIR_DOMAIN_NOSTATE`.
    #[default]
    NoState,
    /// `VIR_DOMAIN_RUNNING`.
    Running,
    /// `VIR_DOMAIN_BLOCKED`.
    Blocked,
    /// `VIR_DOMAIN_PAUSED`.
    Paused,
    /// `VIR_DOMAIN_SHUTDOWN`: being shut down.
    ShuttingDown,
    /// `VIR_DOMAIN_SHUTOFF`.
    ShutOff,
    /// `VIR_DOMAIN_CRASHED`.
    Crashed,
    /// `VIR_DOMAIN_PMSUSPENDED`: suspended by the guest's own power management.
    PmSuspended,
}

impl VmState {
    /// From libvirt's number; numbers newer than this program become [`VmState::NoState`].
    pub fn from_raw(raw: i32) -> Self {
        match raw {
            1 => Self::Running,
            2 => Self::Blocked,
            3 => Self::Paused,
            4 => Self::ShuttingDown,
            5 => Self::ShutOff,
            6 => Self::Crashed,
            7 => Self::PmSuspended,
            _ => Self::NoState,
        }
    }

    /// Whether a hypervisor process exists (`virDomainIsActive`).
    pub fn is_active(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Blocked | Self::Paused | Self::ShuttingDown | Self::PmSuspended
        )
    }

    /// The state in an admin's words.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoState => "unknown",
            Self::Running | Self::Blocked => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting down",
            Self::ShutOff => "shut off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "suspended",
        }
    }
}

/// State and libvirt's reason for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VmStatus {
    /// The state.
    pub state: VmState,
    /// The reason's number; its meaning depends on the state.
    pub reason: i32,
}

impl VmStatus {
    /// The reason in words (`virDomainRunningReason`, `virDomainPausedReason` and so on).
    pub fn reason_word(self) -> Option<&'static str> {
        let words: &[&str] = match self.state {
            VmState::Running => &[
                "",
                "booted",
                "migrated",
                "restored",
                "from snapshot",
                "unpaused",
                "migration cancelled",
                "save cancelled",
                "woken up",
                "crashed",
                "post-copy",
                "post-copy failed",
            ],
            VmState::Paused => &[
                "",
                "by user",
                "migrating",
                "saving",
                "dumping",
                "I/O error",
                "watchdog",
                "from snapshot",
                "shutting down",
                "creating snapshot",
                "crashed",
                "starting up",
                "post-copy",
                "post-copy failed",
                "API error",
            ],
            VmState::ShutOff => &[
                "",
                "shut down",
                "forced off",
                "crashed",
                "migrated",
                "saved",
                "failed to start",
                "from snapshot",
                "daemon",
            ],
            VmState::ShuttingDown => &["", "by user"],
            VmState::Crashed => &["", "panicked"],
            VmState::NoState | VmState::Blocked | VmState::PmSuspended => &[],
        };
        usize::try_from(self.reason)
            .ok()
            .and_then(|n| words.get(n))
            .copied()
            .filter(|word| !word.is_empty())
    }

    /// Paused because the host could not read or write for it; somebody must act.
    pub fn is_io_error(self) -> bool {
        self.state == VmState::Paused && self.reason == 5
    }
}

/// A VM as listed: everything that a bulk call tells, no XML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VmRecord {
    /// `virDomainGetUUID`.
    pub uuid: Uuid,
    /// `virDomainGetName`.
    pub name: Text,
    /// `virDomainGetID`, only while active.
    pub id: Option<u32>,
    /// State and reason.
    pub status: VmStatus,
    /// Whether a definition outlives the running VM (`virDomainIsPersistent`).
    pub persistent: bool,
    /// `virDomainGetAutostart`.
    pub autostart: bool,
    /// `virDomainHasManagedSaveImage`.
    pub managed_save: bool,
    /// Whether it has snapshots; how many is known only when asked.
    pub has_snapshots: bool,
    /// vCPUs plugged in now (`vcpu.current`, `virDomainInfo.nrVirtCpu`).
    pub vcpus: Option<u32>,
    /// vCPUs at most (`vcpu.maximum`).
    pub vcpus_max: Option<u32>,
    /// Memory given now, bytes (`balloon.current`, `virDomainInfo.memory`).
    pub memory: Option<u64>,
    /// Memory at most, bytes (`balloon.maximum`, `virDomainInfo.maxMem`).
    pub memory_max: Option<u64>,
}

/// What a VM's XML says, and the XML itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VmDesc {
    /// The live XML as libvirt gave it (`virDomainGetXMLDesc` without `SECURE`).
    pub xml: Arc<str>,
    /// `<title>`.
    pub title: Option<Text>,
    /// `<description>`.
    pub description: Option<Text>,
    /// `domain/@type`, such as `kvm` or `qemu`.
    pub virt_type: Text,
    /// `<os><type arch=…>`.
    pub arch: Text,
    /// `<os><type machine=…>`.
    pub machine: Text,
    /// `bios`, `uefi` or `uefi, secure boot`.
    pub firmware: Text,
    /// Boot devices in order.
    pub boot: Vec<Text>,
    /// `<cpu mode=…>` or its model.
    pub cpu: Text,
    /// vCPU topology `sockets x cores x threads`, if given.
    pub topology: Option<(u32, u32, u32)>,
    /// Current vCPUs.
    pub vcpus: u32,
    /// Largest number of vCPUs.
    pub vcpus_max: u32,
    /// `<currentMemory>` in bytes.
    pub memory: u64,
    /// `<memory>` in bytes.
    pub memory_max: u64,
    /// `libosinfo` id of the guest's system, if recorded in the metadata.
    pub os_id: Option<Text>,
    /// Disks.
    pub disks: Vec<DiskDesc>,
    /// Network interfaces.
    pub nics: Vec<NicDesc>,
    /// Graphics devices.
    pub graphics: Vec<GraphicsDesc>,
    /// All other devices, as (element name, summary).
    pub others: Vec<(Text, Text)>,
    /// Whether a guest agent channel is defined (`org.qemu.guest_agent.0`).
    pub agent_channel: bool,
    /// `state` of that channel's target in the live XML.
    pub agent_connected: Option<bool>,
    /// What could not be understood; the VM is shown all the same.
    pub warnings: Vec<Text>,
}

/// `<disk>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskDesc {
    /// `<target dev>`.
    pub target: Text,
    /// `<target bus>`.
    pub bus: Text,
    /// `@device`: disk, cdrom, floppy, lun.
    pub device: Text,
    /// File, block device, `pool/volume`, or network source; empty for an empty drive.
    pub source: Text,
    /// `<driver type>`.
    pub format: Text,
    /// `<driver cache>`.
    pub cache: Text,
    /// `<readonly/>`.
    pub read_only: bool,
    /// `<shareable/>`.
    pub shareable: bool,
    /// Files below it in the backing chain, nearest first.
    pub backing: Vec<Text>,
}

/// `<interface>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NicDesc {
    /// `<mac address>`.
    pub mac: Text,
    /// `@type`: network, bridge, user, direct, …
    pub kind: Text,
    /// Network, bridge or device it is plugged into.
    pub source: Text,
    /// `<model type>`.
    pub model: Text,
    /// `<target dev>`: the host's end while running.
    pub target: Text,
    /// `<link state='down'/>`.
    pub link_down: bool,
}

/// `<graphics>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GraphicsDesc {
    /// `@type`: vnc, spice, …
    pub kind: Text,
    /// Listen address or socket path.
    pub listen: Text,
    /// Port while running.
    pub port: Option<u16>,
    /// TLS port while running.
    pub tls_port: Option<u16>,
}
