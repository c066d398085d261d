//! The list of hosts and how they are grouped: `inventory.toml`.
//!
//! ```toml
//! version = 1
//!
//! [environment.prod]            # optional; prod, staging, test and dev are built in
//! word = "PROD"                 # shown wherever its hosts are
//! colour = "red"                # a colour as in themes
//! strict = true                 # confirmations ask for more
//!
//! [[datacenter]]
//! name = "Prague"
//! environment = "prod"          # optional; for all below it
//!
//! [[datacenter.cluster]]
//! name = "compute"
//!
//! [[datacenter.cluster.host]]
//! name = "kvm1"                 # unique in the file
//! uri = "qemu+ssh://root@kvm1/system"
//! read_only = false             # optional from here on
//! enabled = true
//! tags = ["ssd"]
//! environment = "prod"
//! ssh = { keyfile = "~/.ssh/k", jump = "gw", config = "~/.ssh/c", connect_timeout = 5, options = ["Compression=yes"] }
//!
//! [[datacenter.host]]           # in a data center, in no cluster
//! [[cluster]]                   # in no data center, with [[cluster.host]]
//! [[host]]                      # on its own
//! ```
//! Unknown keys are kept and warned about. A file with anything wrong in it is refused as a
//! whole, so that no host goes missing over a typing error.

mod edit;
mod file;
mod model;
mod nodes;
mod parse;
mod topology;
pub mod uri;
mod values;

use crate::base::text::Text;
use crate::hv::topology::{Environment, SshOptions};

use super::ConfigError;

pub use edit::{Edit, EditError, apply};
pub use file::InventoryFile;
pub use topology::IdSource;

/// Where a host stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Name of the data center, if any.
    pub datacenter: Option<Text>,
    /// Name of the cluster, if any; in that data center, or in none.
    pub cluster: Option<Text>,
}

/// A data center as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatacenterSpec {
    /// Unique name.
    pub name: Text,
    /// Environment of everything in it that does not say otherwise.
    pub environment: Option<Text>,
}

/// A cluster as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSpec {
    /// Name, unique within its data center.
    pub name: Text,
    /// Name of the data center, if any.
    pub datacenter: Option<Text>,
    /// Environment of every host in it that does not say otherwise.
    pub environment: Option<Text>,
}

/// A host as written. What is `None` is not in the file and has its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSpec {
    /// Unique name.
    pub name: Text,
    /// libvirt connection URI.
    pub uri: Text,
    /// Where it stands.
    pub place: Place,
    /// Open read-only; `false` when not given.
    pub read_only: Option<bool>,
    /// Connect at all; `true` when not given.
    pub enabled: Option<bool>,
    /// Name of the environment; that of the cluster, then of the data center when not given.
    pub environment: Option<Text>,
    /// Free words to search by.
    pub tags: Vec<Text>,
    /// Options for `ssh`.
    pub ssh: SshOptions,
}

impl HostSpec {
    /// A host outside any group with defaults for everything else.
    pub fn new(name: impl AsRef<str>, uri: impl AsRef<str>) -> Self {
        Self {
            name: Text::new(name),
            uri: Text::new(uri),
            place: Place::default(),
            read_only: None,
            enabled: None,
            environment: None,
            tags: Vec::new(),
            ssh: SshOptions::default(),
        }
    }
}

/// The inventory, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Environments there are: those of the file and the built-in ones.
    pub environments: Vec<Environment>,
    /// Data centers.
    pub datacenters: Vec<DatacenterSpec>,
    /// Clusters.
    pub clusters: Vec<ClusterSpec>,
    /// Hosts.
    pub hosts: Vec<HostSpec>,
    /// What is odd but does no harm, such as unknown keys.
    pub warnings: Vec<ConfigError>,
}

impl Default for Inventory {
    /// No hosts; the built-in environments.
    fn default() -> Self {
        Self {
            environments: built_in_environments(),
            datacenters: Vec::new(),
            clusters: Vec::new(),
            hosts: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// The environments that need not be written down.
fn built_in_environments() -> Vec<Environment> {
    [
        ("prod", "red", true),
        ("staging", "yellow", false),
        ("test", "cyan", false),
        ("dev", "green", false),
    ]
    .into_iter()
    .map(|(name, colour, strict)| Environment {
        name: Text::new(name),
        word: Text::new(name.to_uppercase()),
        colour: Some(colour.to_owned()),
        strict,
    })
    .collect()
}

impl Inventory {
    /// An inventory of hosts named on the command line. As with `virsh -c`, a word without
    /// `://` may be an alias of libvirt's client configuration. The same URI twice is one host;
    /// the error says which URI is wrong and how.
    pub fn adhoc(uris: &[String]) -> Result<Self, Text> {
        let mut inventory = Self::default();
        for uri in uris {
            if !uri::is_alias(uri) {
                uri::check(uri).map_err(Text::new)?;
            }
            if inventory.hosts.iter().any(|host| host.uri.raw() == uri) {
                continue;
            }
            let short = Text::new(uri::short_name(uri));
            let taken = inventory.hosts.iter().any(|host| host.name == short);
            let name = if taken { Text::new(uri) } else { short };
            inventory.hosts.push(HostSpec::new(name.raw(), uri));
        }
        Ok(inventory)
    }

    /// The host of this name.
    pub fn host(&self, name: &Text) -> Option<&HostSpec> {
        self.hosts.iter().find(|host| host.name == *name)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &Text) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adhoc_hosts_have_names() {
        let uris = [
            "qemu+ssh://root@kvm1/system",
            "qemu:///system",
            "qemu+tcp://kvm1/system",
            "hail",
            "qemu:///system",
        ]
        .map(str::to_owned);
        let inventory = Inventory::adhoc(&uris).unwrap();
        let names: Vec<&str> = inventory.hosts.iter().map(|h| h.name.raw()).collect();
        assert_eq!(names, ["kvm1", "qemu:///system", "qemu+tcp://kvm1/system", "hail"]);
        let error = Inventory::adhoc(&["qemu+rsh://h/".to_owned()]).unwrap_err();
        assert!(error.raw().contains("transport"));
    }
}
