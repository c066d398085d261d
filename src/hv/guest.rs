//! What is known from inside a VM, and its snapshots.

use crate::base::text::Text;

/// Where an IP address was learnt (`virDomainInterfaceAddressesSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressSource {
    /// The guest agent.
    Agent,
    /// The host's DHCP server.
    Lease,
    /// The host's ARP table.
    Arp,
}

impl AddressSource {
    /// The source in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Lease => "lease",
            Self::Arp => "arp",
        }
    }
}

/// An address of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestAddress {
    /// Interface name as its source calls it (`eth0`, `vnet3`).
    pub interface: Text,
    /// MAC address.
    pub mac: Text,
    /// IP address with prefix.
    pub address: Text,
    /// Where it was learnt.
    pub source: AddressSource,
}

/// Everything asked from a guest in one go. Each part has its own outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestInfo {
    /// Addresses from every source that answered.
    pub addresses: Vec<GuestAddress>,
    /// `virDomainGetHostname`.
    pub hostname: Option<Text>,
    /// `os.pretty-name`, else `os.name` and `os.version`.
    pub os: Option<Text>,
    /// `os.kernel-release`.
    pub kernel: Option<Text>,
    /// `timezone.name`.
    pub timezone: Option<Text>,
    /// Logged-in users.
    pub users: Vec<Text>,
    /// File systems.
    pub filesystems: Vec<GuestFilesystem>,
    /// Why there is nothing from the agent, in libvirt's words.
    pub agent_error: Option<Text>,
}

/// A file system in a guest (`fs.N.*`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestFilesystem {
    /// Mount point.
    pub mountpoint: Text,
    /// Type.
    pub kind: Text,
    /// Bytes in all, where reported.
    pub total: Option<u64>,
    /// Bytes used, where reported.
    pub used: Option<u64>,
}

/// A snapshot (`virDomainSnapshot`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SnapshotRecord {
    /// Name, unique for its VM.
    pub name: Text,
    /// Name of its parent.
    pub parent: Option<Text>,
    /// `<description>`.
    pub description: Option<Text>,
    /// `<creationTime>`, seconds since 1970.
    pub created: i64,
    /// `<state>` of the VM then.
    pub state: Text,
    /// Whether memory is part of it (`internal`, `external` or `no`).
    pub memory: Text,
    /// Whether any disk is kept outside (`external`).
    pub external: bool,
    /// Whether the VM is at this snapshot.
    pub current: bool,
}
