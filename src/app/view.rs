//! What is on the screen and where: views, panes, tabs, and what the mouse can hit.

use crate::app::actions::ActionId;
use crate::base::ids::NodeId;
use crate::hv::console::ConsoleId;

/// The main view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum View {
    /// The tree with details beside it.
    #[default]
    Tree,
    /// The flat list of all VMs.
    List,
}

/// What has the whole screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Front {
    /// Tree or list with details.
    #[default]
    Fleet,
    /// Open consoles.
    Consoles,
    /// Thumbnails of many VMs.
    Wall,
}

/// A pane that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pane {
    /// The tree or the list.
    #[default]
    Navigator,
    /// The details of what is selected.
    Detail,
    /// Tasks or events.
    Panel,
}

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Panel {
    /// Running and finished tasks.
    Tasks,
    /// Events of all hosts.
    Events,
}

/// A tab of the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tab {
    /// What matters most.
    Overview,
    /// VMs below.
    Vms,
    /// Charts.
    Statistics,
    /// Devices.
    Devices,
    /// Virtual networks of a host.
    Networks,
    /// Pools and volumes of a host.
    Storage,
    /// What is known from inside the guest.
    Guest,
    /// Snapshots of a VM.
    Snapshots,
    /// XML of a VM.
    Xml,
    /// Events of this object.
    Events,
}

impl Tab {
    /// The title of the tab, and its name on the command line in lower case.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Vms => "VMs",
            Self::Statistics => "Statistics",
            Self::Devices => "Devices",
            Self::Networks => "Networks",
            Self::Storage => "Storage",
            Self::Guest => "Guest",
            Self::Snapshots => "Snapshots",
            Self::Xml => "XML",
            Self::Events => "Events",
        }
    }

    /// The tabs of an object.
    pub fn of(node: NodeId) -> &'static [Tab] {
        match node {
            NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => &[Tab::Overview, Tab::Vms, Tab::Events],
            NodeId::Host(_) => &[
                Tab::Overview,
                Tab::Vms,
                Tab::Statistics,
                Tab::Devices,
                Tab::Networks,
                Tab::Storage,
                Tab::Events,
            ],
            NodeId::Vm(_) => &[
                Tab::Overview,
                Tab::Statistics,
                Tab::Devices,
                Tab::Guest,
                Tab::Snapshots,
                Tab::Xml,
                Tab::Events,
            ],
        }
    }
}

/// What a place on the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hit {
    /// A row of the tree or list, by its index in the rows.
    Row(usize),
    /// The fold sign of a row of the tree.
    Fold(usize),
    /// A heading of the list: sort by this column, by its place among the shown ones.
    Column(usize),
    /// A tab of the details, by its place.
    Tab(usize),
    /// Anywhere else in a pane.
    Pane(Pane),
    /// An entry of the topmost layer, by its index.
    LayerRow(usize),
    /// An action, such as a key hint in the footer.
    Action(ActionId),
    /// The breadcrumb part that names this node.
    Node(NodeId),
    /// Inside a console.
    Console(ConsoleId),
    /// A tab of the consoles, by its place.
    ConsoleTab(usize),
    /// A picture of the wall, by its place.
    Picture(usize),
    /// A line of the details about another object.
    Link(NodeId),
    /// A row of tasks or events, by its index.
    PanelRow(usize),
}

/// What the last drawing found out about sizes; the only thing that flows back from drawing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Rows of the tree or list on the screen.
    pub navigator_rows: u16,
    /// Lines of the details on the screen.
    pub detail_rows: u16,
    /// Lines the details have in all.
    pub detail_lines: usize,
    /// Lines of the panel on the screen.
    pub panel_rows: u16,
    /// Lines the panel has in all.
    pub panel_lines: usize,
    /// Entries of the topmost layer on the screen.
    pub layer_rows: u16,
    /// Lines the topmost layer has in all.
    pub layer_lines: usize,
    /// Lines of the details in which the search text occurs.
    pub matches: Vec<usize>,
    /// Objects that lines of the details on the screen are about, from the top.
    pub links: Vec<NodeId>,
}

/// The smallest screen that can be used: columns, rows.
pub const MINIMUM: (u16, u16) = (60, 15);

/// From this many columns on there are two panes side by side.
pub const TWO_PANES: u16 = 110;
/// From this many columns on there are three.
pub const THREE_PANES: u16 = 180;
