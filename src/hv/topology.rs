//! Which hosts there are and how they are grouped, as read from the inventory file.

use crate::base::ids::{ClusterId, DatacenterId, HostId};
use crate::base::text::Text;

/// How an environment such as `prod` is marked on the screen, so that nobody mistakes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The name used in the inventory, such as `prod`.
    pub name: Text,
    /// The word shown, such as `PROD`.
    pub word: Text,
    /// A colour name or `#rrggbb`; the word is shown as well, never colour alone.
    pub colour: Option<String>,
    /// Whether confirmations ask for more than elsewhere.
    pub strict: bool,
}

/// One host to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// Identity while the program runs.
    pub id: HostId,
    /// Unique name in the inventory.
    pub name: Text,
    /// libvirt connection URI.
    pub uri: Text,
    /// Data center, if any.
    pub datacenter: Option<DatacenterId>,
    /// Cluster, if any.
    pub cluster: Option<ClusterId>,
    /// Open with `virConnectOpenReadOnly` and refuse every write.
    pub read_only: bool,
    /// Whether to connect at all.
    pub enabled: bool,
    /// Environment, from the host, its cluster or its data center, nearest first.
    pub environment: Option<Environment>,
    /// Free words to search by.
    pub tags: Vec<Text>,
    /// Options for the system's `ssh` on `+ssh` URIs.
    pub ssh: SshOptions,
    /// Statistics of these VMs are replayed from this recording instead of read from the host;
    /// only the bundled demo sets it.
    pub recorded: bool,
}

/// What a host's `+ssh` transport is started with, besides the user's own ssh configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SshOptions {
    /// `-i`: private key file (libvirt URI parameter `keyfile`).
    pub keyfile: Option<String>,
    /// Jump host, `-J`.
    pub jump: Option<String>,
    /// `-F`: another configuration file.
    pub config: Option<String>,
    /// Seconds for `-o ConnectTimeout`; 5 when not given.
    pub connect_timeout: Option<u16>,
    /// Further `-o` options, verbatim.
    pub options: Vec<String>,
}

/// A data center of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datacenter {
    /// Identity while the program runs.
    pub id: DatacenterId,
    /// Unique name.
    pub name: Text,
}

/// A cluster of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Identity while the program runs.
    pub id: ClusterId,
    /// Name, unique within its data center.
    pub name: Text,
    /// Data center, if any.
    pub datacenter: Option<DatacenterId>,
}

/// The whole fleet, in the order of the inventory file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Data centers.
    pub datacenters: Vec<Datacenter>,
    /// Clusters.
    pub clusters: Vec<Cluster>,
    /// Hosts.
    pub hosts: Vec<HostEntry>,
}

impl Topology {
    /// The host with this identity.
    pub fn host(&self, id: HostId) -> Option<&HostEntry> {
        self.hosts.iter().find(|host| host.id == id)
    }

    /// The cluster with this identity.
    pub fn cluster(&self, id: ClusterId) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.id == id)
    }

    /// The data center with this identity.
    pub fn datacenter(&self, id: DatacenterId) -> Option<&Datacenter> {
        self.datacenters.iter().find(|datacenter| datacenter.id == id)
    }
}
