//! Virtual networks.

use uuid::Uuid;

use crate::base::text::Text;

/// `virNetwork`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkRecord {
    /// `virNetworkGetUUID`.
    pub uuid: Uuid,
    /// `virNetworkGetName`.
    pub name: Text,
    /// `virNetworkIsActive`.
    pub active: bool,
    /// `virNetworkIsPersistent`.
    pub persistent: bool,
    /// `virNetworkGetAutostart`.
    pub autostart: bool,
    /// Bridge on the host, if any.
    pub bridge: Text,
    /// `<forward mode>`: nat, route, bridge, … or `isolated`.
    pub forward: Text,
    /// `<ip>` as address/prefix, one an entry.
    pub addresses: Vec<Text>,
}

/// `virNetworkDHCPLease`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lease {
    /// Network name.
    pub network: Text,
    /// MAC address.
    pub mac: Text,
    /// IP address with prefix.
    pub address: Text,
    /// Name the client gave.
    pub hostname: Option<Text>,
    /// End of the lease, seconds since 1970.
    pub expiry: i64,
}
