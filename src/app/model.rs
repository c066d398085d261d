//! Everything the console knows and shows.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use crate::app::console::{Consoles, IssuedTicket};
use crate::app::cursor::Cursor;
use crate::app::detail::Detail;
use crate::app::input::Input;
use crate::app::keymap::{Context, Keymap};
use crate::app::layers::Layer;
use crate::app::notices::Notices;
pub use crate::app::options::Options;
use crate::app::panel::PanelState;
use crate::app::tasks::Tasks;
use crate::app::view::{Front, Pane, Panel, Sizes, View};
use crate::app::wall::Wall;
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::key::Key;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::config::theme::Theme;
use crate::hv::command::Focus;
use crate::hv::event::Prompt;
use crate::hv::topology::{Environment, HostEntry};
use crate::inventory::columns::VmColumn;
use crate::inventory::tree::TreeRow;
use crate::inventory::{Filter, Store};

/// The tree view.
#[derive(Debug, Default)]
pub struct TreeView {
    /// Rows as they stand, rebuilt when the structure, the filter or the folds change.
    pub rows: Vec<TreeRow>,
    /// Nodes of the rows.
    pub nodes: Vec<NodeId>,
    /// The cursor.
    pub cursor: Cursor<NodeId>,
    /// Folded nodes.
    pub folds: HashSet<NodeId>,
}

/// The flat list of all VMs.
#[derive(Debug)]
pub struct ListView {
    /// VMs as they stand in the list.
    pub rows: Vec<VmKey>,
    /// The cursor.
    pub cursor: Cursor<VmKey>,
    /// Columns shown, in order.
    pub columns: Vec<VmColumn>,
    /// The column sorted by, and whether descending.
    pub sort: (VmColumn, bool),
}

/// Marking the rows the cursor passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// Where it began.
    pub anchor: NodeId,
    /// What was marked before.
    pub before: BTreeSet<VmKey>,
}

/// Everything the console knows and shows.
#[derive(Debug)]
pub struct Model {
    /// The present moment; set with every message.
    pub now: Stamp,
    /// Hosts, VMs and all that is known of them.
    pub store: Store,
    /// Choices that hold for the whole run.
    pub options: Options,
    /// Columns and rows of the screen.
    pub screen: (u16, u16),
    /// Sizes found by the last drawing.
    pub sizes: Sizes,
    /// What has the whole screen.
    pub front: Front,
    /// Open consoles.
    pub consoles: Consoles,
    /// The wall of thumbnails.
    pub wall: Wall,
    /// One-time VNC passwords that were set.
    pub tickets: BTreeMap<VmKey, IssuedTicket>,
    /// A shell of this VM's guest was asked for at that moment, and its address is not known yet.
    pub shell_wanted: Option<(VmKey, Stamp)>,
    /// The main view.
    pub view: View,
    /// The pane that has the keys.
    pub pane: Pane,
    /// The panel shown, if any.
    pub panel: Option<Panel>,
    /// The panel's cursor.
    pub panel_state: PanelState,
    /// The pane with the keys has the whole screen.
    pub zoom: bool,
    /// Whether the header line is shown.
    pub header: bool,
    /// The moment the screen was frozen at, if it is.
    pub frozen: Option<Stamp>,
    /// The tree.
    pub tree: TreeView,
    /// The flat list.
    pub list: ListView,
    /// The details.
    pub detail: Detail,
    /// The filter's text.
    pub filter: Input,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The filter as understood.
    pub parsed_filter: Filter,
    /// Marked VMs.
    pub marks: BTreeSet<VmKey>,
    /// Marking the rows the cursor passes.
    pub range: Option<Range>,
    /// Dialogs, topmost last.
    pub layers: Vec<Layer>,
    /// Tasks.
    pub tasks: Tasks,
    /// Messages to the user.
    pub notices: Notices,
    /// Bindings.
    pub keymap: Arc<Keymap>,
    /// Colours.
    pub theme: Arc<Theme>,
    /// Names of themes there are.
    pub theme_names: Vec<String>,
    /// Names of keymaps there are.
    pub keymap_names: Vec<String>,
    /// Environments that hosts can be given.
    pub environments: Vec<Environment>,
    /// Keys pressed so far of a longer binding.
    pub pending_keys: Vec<Key>,
    /// Questions that were answered and have not led to a connection, by their words: the same one
    /// again means that the answer was wrong.
    pub answered: BTreeSet<(HostId, Text)>,
    /// Questions of connections, oldest first.
    pub questions: VecDeque<(HostId, Prompt)>,
    /// Objects looked at before, oldest first.
    pub history: Vec<NodeId>,
    /// Objects gone back from.
    pub future: Vec<NodeId>,
    /// Commands typed before, oldest first.
    pub commands: Vec<String>,
    /// What each host was last told about what the user looks at.
    pub focus: BTreeMap<HostId, Focus>,
    /// What was asked for by looking at it, by host and connection, so that it is asked for once.
    pub asked: HashSet<(HostId, u64, String)>,
    /// Hosts that other programs know have been offered without being asked for, in this run or
    /// an earlier one.
    pub import_offered: bool,
    /// Counts forms, for their identities.
    pub last_form: u64,
    /// The structure revision the rows were built from.
    pub built: Option<u64>,
    /// When the list was last sorted by moving numbers.
    pub sorted_at: Stamp,
}

impl Model {
    /// A model over a fleet, before anything is known of it.
    pub fn new(store: Store, options: Options, keymap: Arc<Keymap>, theme: Arc<Theme>) -> Self {
        let mut model = Self {
            now: Stamp::default(),
            store,
            screen: (80, 24),
            sizes: Sizes::default(),
            front: Front::default(),
            consoles: Consoles::default(),
            wall: Wall::default(),
            tickets: BTreeMap::new(),
            shell_wanted: None,
            view: View::default(),
            pane: Pane::default(),
            panel: None,
            panel_state: PanelState::default(),
            zoom: false,
            header: true,
            frozen: None,
            tree: TreeView::default(),
            list: ListView {
                rows: Vec::new(),
                cursor: Cursor::default(),
                columns: options.columns.clone(),
                sort: (VmColumn::Name, false),
            },
            options,
            detail: Detail::default(),
            filter: Input::default(),
            filtering: false,
            parsed_filter: Filter::default(),
            marks: BTreeSet::new(),
            range: None,
            layers: Vec::new(),
            tasks: Tasks::default(),
            notices: Notices::default(),
            keymap,
            theme,
            theme_names: Vec::new(),
            keymap_names: Vec::new(),
            environments: Vec::new(),
            pending_keys: Vec::new(),
            answered: BTreeSet::new(),
            questions: VecDeque::new(),
            history: Vec::new(),
            future: Vec::new(),
            commands: Vec::new(),
            focus: BTreeMap::new(),
            asked: HashSet::new(),
            import_offered: false,
            last_form: 0,
            built: None,
            sorted_at: Stamp::default(),
        };
        crate::app::update::rows::rebuild(&mut model);
        model
    }

    /// The object under the cursor: what the details show.
    pub fn selected(&self) -> NodeId {
        match self.front {
            Front::Fleet => self.navigated(),
            Front::Consoles => match self.consoles.current() {
                Some(console) => NodeId::Vm(console.vm),
                None => self.navigated(),
            },
            Front::Wall => {
                let shown = self.wall.vms.get(self.wall.cursor.index()).copied();
                let vm = shown.or(self.wall.cursor.wanted());
                vm.map_or_else(|| self.navigated(), NodeId::Vm)
            }
        }
    }

    /// The object under the cursor of the tree or list.
    pub fn navigated(&self) -> NodeId {
        match self.view {
            View::Tree => {
                let shown = self.tree.nodes.get(self.tree.cursor.index()).copied();
                shown.or(self.tree.cursor.wanted()).unwrap_or(NodeId::Fleet)
            }
            View::List => {
                let shown = self.list.rows.get(self.list.cursor.index()).copied();
                shown.or(self.list.cursor.wanted()).map_or(NodeId::Fleet, NodeId::Vm)
            }
        }
    }

    /// What an action applies to: the marked VMs, or else the object under the cursor.
    pub fn targets(&self) -> Vec<NodeId> {
        if self.marks.is_empty() || self.front == Front::Consoles {
            vec![self.selected()]
        } else {
            self.marks.iter().map(|key| NodeId::Vm(*key)).collect()
        }
    }

    /// The VMs among [`Model::targets`], host by host in the order in which one looks for a name.
    pub fn target_vms(&self) -> Vec<VmKey> {
        let mut keys: Vec<VmKey> = self.targets().iter().filter_map(|node| node.vm()).collect();
        let name = |key: &VmKey| self.store.vm(*key).map_or("", |vm| vm.record.name.raw());
        keys.sort_by(|one, other| {
            let by_name = crate::inventory::natural::compare(name(one), name(other));
            one.host.cmp(&other.host).then(by_name)
        });
        keys
    }

    /// Where keys are looked up now, when no dialog has them.
    pub fn context(&self) -> Context {
        match self.front {
            Front::Consoles => return Context::Console,
            Front::Wall => return Context::Wall,
            Front::Fleet => {}
        }
        match (self.pane, self.view) {
            (Pane::Navigator, View::Tree) => Context::Tree,
            (Pane::Navigator, View::List) => Context::List,
            (Pane::Detail, _) => Context::Detail,
            (Pane::Panel, _) => Context::Panel,
        }
    }

    /// The moment as shown: the present one, or the one the screen was frozen at.
    pub fn shown_now(&self) -> Stamp {
        self.frozen.unwrap_or(self.now)
    }

    /// The entry of a host in the inventory.
    pub fn entry(&self, host: HostId) -> Option<&HostEntry> {
        self.store.topology().host(host)
    }

    /// Whether writes to a host are refused, and why.
    pub fn read_only(&self, host: HostId) -> Option<&'static str> {
        if self.options.read_only {
            Some("started with --read-only")
        } else if self.entry(host).is_some_and(|entry| entry.read_only) {
            Some("this host is read-only in the inventory")
        } else {
            None
        }
    }

    /// The environment of a node: of its host, or the one that all hosts below it share.
    pub fn environment(&self, node: NodeId) -> Option<&Environment> {
        let mut hosts = self.store.topology().hosts.iter().filter(|entry| match node {
            NodeId::Fleet => true,
            NodeId::Datacenter(id) => entry.datacenter == Some(id),
            NodeId::Cluster(id) => entry.cluster == Some(id),
            NodeId::Host(id) => entry.id == id,
            NodeId::Vm(key) => entry.id == key.host,
        });
        let first = hosts.next()?.environment.as_ref()?;
        hosts
            .all(|entry| entry.environment.as_ref() == Some(first))
            .then_some(first)
    }

    /// The path from the fleet to a node, the node last.
    pub fn path(&self, node: NodeId) -> Vec<NodeId> {
        let mut path = Vec::new();
        let mut at = Some(node);
        while let Some(node) = at {
            path.push(node);
            at = self.parent(node);
        }
        path.reverse();
        path
    }

    /// The node above, `None` for the fleet.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let topology = self.store.topology();
        match node {
            NodeId::Fleet => None,
            NodeId::Datacenter(_) => Some(NodeId::Fleet),
            NodeId::Cluster(id) => {
                let datacenter = topology.cluster(id).and_then(|cluster| cluster.datacenter);
                Some(datacenter.map_or(NodeId::Fleet, NodeId::Datacenter))
            }
            NodeId::Host(id) => {
                let entry = topology.host(id);
                let cluster = entry.and_then(|entry| entry.cluster).map(NodeId::Cluster);
                let datacenter = entry.and_then(|entry| entry.datacenter).map(NodeId::Datacenter);
                Some(cluster.or(datacenter).unwrap_or(NodeId::Fleet))
            }
            NodeId::Vm(key) => Some(NodeId::Host(key.host)),
        }
    }

    /// The name of a node as shown.
    pub fn name(&self, node: NodeId) -> String {
        let topology = self.store.topology();
        match node {
            NodeId::Fleet => "fleet".to_owned(),
            NodeId::Datacenter(id) => topology
                .datacenter(id)
                .map_or(String::new(), |found| found.name.to_string()),
            NodeId::Cluster(id) => topology
                .cluster(id)
                .map_or(String::new(), |found| found.name.to_string()),
            NodeId::Host(id) => topology.host(id).map_or(String::new(), |found| found.name.to_string()),
            NodeId::Vm(key) => self
                .store
                .vm(key)
                .map_or_else(|| key.uuid.to_string(), |vm| vm.record.name.to_string()),
        }
    }

    /// How many panes stand side by side.
    pub fn columns(&self) -> u8 {
        match self.screen.0 {
            _ if self.zoom => 1,
            width if width >= crate::app::view::THREE_PANES => 3,
            width if width >= crate::app::view::TWO_PANES => 2,
            _ => 1,
        }
    }
}
