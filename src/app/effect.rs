//! What is to be done outside the model. Effects are values; only the runtime performs them.

use crate::app::layers::form::FormId;
use crate::base::ids::HostId;
use crate::base::text::Text;
use crate::hv::command::HostCommand;
use crate::hv::topology::SshOptions;

/// The most text that is copied, in bytes; terminals drop longer sequences as a whole.
pub const CLIPBOARD: usize = 64 * 1024;

/// Something to do outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a command to a host.
    Host(HostId, HostCommand),
    /// Change the inventory file and the fleet. Answered by [`crate::app::msg::Msg::InventoryChanged`].
    Inventory(InventoryChange),
    /// Try a connection for a form. Answered by [`crate::app::msg::Msg::HostTested`].
    TestHost(FormId, HostDraft),
    /// Look for hosts that other programs know. Answered by [`crate::app::msg::Msg::ImportFound`].
    FindImports,
    /// Read inventory, theme and keymap files again. Answered by [`crate::app::msg::Msg::Reloaded`].
    Reload,
    /// Load a theme by name. Answered by [`crate::app::msg::Msg::ThemeLoaded`].
    LoadTheme(String),
    /// Load a keymap by name. Answered by [`crate::app::msg::Msg::KeymapLoaded`].
    LoadKeymap(String),
    /// Put text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Take all keys and mouse movements that the terminal can tell, for consoles, or no more.
    Grab(bool),
    /// Run ssh with the screen given to it.
    Shell(ShellRequest),
    /// Capture the mouse or leave it to the terminal.
    Mouse(bool),
    /// Paint everything again.
    Redraw,
    /// Remember the view's state for the next start.
    SaveState,
    /// Leave the program.
    Quit,
}

/// ssh to a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellRequest {
    /// The guest's address.
    pub address: std::net::IpAddr,
    /// User name; ssh's own choice when there is none.
    pub user: Option<String>,
    /// Port; ssh's own choice when there is none.
    pub port: Option<u16>,
    /// Host to go through.
    pub jump: Option<Jump>,
}

/// A host that ssh goes through to its guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    /// Its name, to be shown.
    pub name: String,
    /// Its connection URI.
    pub uri: Text,
    /// What the inventory says about ssh to it.
    pub ssh: SshOptions,
}

/// What a form says about a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostDraft {
    /// Unique name.
    pub name: String,
    /// libvirt URI.
    pub uri: String,
    /// Data center name, empty for none.
    pub datacenter: String,
    /// Cluster name, empty for none.
    pub cluster: String,
    /// Environment name, empty for none.
    pub environment: String,
    /// Words separated by spaces or commas.
    pub tags: Vec<String>,
    /// Open read-only.
    pub read_only: bool,
    /// Connect at all.
    pub enabled: bool,
    /// ssh options.
    pub ssh: SshOptions,
}

/// A change of the inventory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InventoryChange {
    /// New host.
    AddHost(HostDraft),
    /// Several new hosts at once.
    AddHosts(Vec<HostDraft>),
    /// Changed host, found by its present name.
    UpdateHost {
        /// Its name until now.
        name: Text,
        /// What it becomes.
        draft: HostDraft,
    },
    /// Host taken out.
    RemoveHost {
        /// Its name.
        name: Text,
    },
    /// New data center.
    AddDatacenter {
        /// Its name.
        name: String,
    },
    /// New cluster.
    AddCluster {
        /// Its name.
        name: String,
        /// Its data center's name, empty for none.
        datacenter: String,
    },
    /// Renamed data center.
    RenameDatacenter {
        /// Name until now.
        from: Text,
        /// New name.
        to: String,
    },
    /// Renamed cluster.
    RenameCluster {
        /// Data center of the cluster, if any.
        datacenter: Option<Text>,
        /// Name until now.
        from: Text,
        /// New name.
        to: String,
    },
    /// Data center taken out with all that is in it.
    RemoveDatacenter {
        /// Its name.
        name: Text,
    },
    /// Cluster taken out with its hosts.
    RemoveCluster {
        /// Data center of the cluster, if any.
        datacenter: Option<Text>,
        /// Its name.
        name: Text,
    },
}
