//! The user's files, as the effects of the model need them. Everything here may block on a disk
//! and is called on threads that may.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::effect::{HostDraft, InventoryChange};
use crate::app::keymap::Keymap;
use crate::app::msg::ImportCandidate;
use crate::backend::fleet::FleetOptions;
use crate::base::ids::HostId;
use crate::base::time::Clock;
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::config::state::{StateFile, ViewState};
use crate::config::theme::Theme;
use crate::hv::error::ErrorKind;
use crate::hv::topology::{HostEntry, Topology};
use crate::runtime::{colours, inventory_file};

/// Where hosts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An inventory file that may be changed.
    File(PathBuf),
    /// Hosts of the command line, the demo or this machine: there is no file.
    Fixed,
}

/// The user's files.
#[derive(Debug)]
pub struct Files {
    /// The program's directories, if there is a home.
    pub paths: Option<Paths>,
    /// The user's settings, with the command line laid over them.
    pub settings: Settings,
    /// Where hosts come from.
    pub origin: Origin,
    /// NO_COLOR is set.
    pub no_colour: bool,
    /// Where the view is remembered.
    pub state: Mutex<Option<StateFile>>,
}

impl Files {
    /// A theme by name, in the colours of this terminal.
    ///
    /// # Errors
    /// In words, when there is none of that name.
    pub fn theme(&self, name: &str) -> Result<Arc<Theme>, String> {
        let user = self.paths.as_ref().map(Paths::themes);
        let loaded = crate::config::theme::load(name, user.as_deref());
        match loaded.problems.first() {
            Some(problem) if !loaded.found => Err(problem.to_string()),
            _ => Ok(Arc::new(colours::fit(
                &loaded.theme,
                self.settings.colours,
                self.no_colour,
            ))),
        }
    }

    /// What is wrong in the files of a theme and a keymap, a line each.
    pub fn problems(&self, theme: &str, keymap: &str) -> Vec<String> {
        let themes = self.paths.as_ref().map(Paths::themes);
        let keymaps = self.paths.as_ref().map(Paths::keymaps);
        let theme = crate::config::theme::load(theme, themes.as_deref()).problems;
        let file = crate::config::keymap::load(keymap, keymaps.as_deref());
        let (_, bindings) = Keymap::new(&file);
        theme
            .iter()
            .chain(&file.problems)
            .chain(&bindings)
            .map(ToString::to_string)
            .collect()
    }

    /// A keymap by name.
    ///
    /// # Errors
    /// In words, when there is none of that name.
    pub fn keymap(&self, name: &str) -> Result<Arc<Keymap>, String> {
        let user = self.paths.as_ref().map(Paths::keymaps);
        let file = crate::config::keymap::load(name, user.as_deref());
        match file.problems.first() {
            Some(problem) if !file.found => Err(problem.to_string()),
            _ => Ok(Arc::new(Keymap::new(&file).0)),
        }
    }

    /// Names of all themes and of all keymaps.
    pub fn names(&self) -> (Vec<String>, Vec<String>) {
        let themes = self.paths.as_ref().map(Paths::themes);
        let keymaps = self.paths.as_ref().map(Paths::keymaps);
        (
            crate::config::theme::names(themes.as_deref()),
            crate::config::keymap::names(keymaps.as_deref()),
        )
    }

    /// Changes the inventory file and reads it again. `up` are hosts that are connected, for when
    /// there is no file yet.
    ///
    /// # Errors
    /// In words, when the file cannot be changed; it is then as it was.
    pub fn change(&self, change: &InventoryChange, before: &Topology, up: &[HostId]) -> Result<Topology, String> {
        match &self.origin {
            Origin::File(path) => inventory_file::change(path, change, before, up),
            Origin::Fixed => Err("these hosts do not come from an inventory file".to_owned()),
        }
    }

    /// Reads the inventory file again; hosts keep their identity. `None` when there is no file.
    ///
    /// # Errors
    /// In words, with file, line and column.
    pub fn reread(&self, before: &Topology) -> Result<Option<inventory_file::Read>, String> {
        match &self.origin {
            Origin::File(path) if path.exists() => inventory_file::read(path, Some(before)).map(Some),
            // hosts of the command line, or this machine while there is no file
            Origin::File(_) | Origin::Fixed => Ok(None),
        }
    }

    /// Hosts that other programs know and the inventory does not.
    pub fn imports(&self, known: &Topology) -> Vec<ImportCandidate> {
        let mut found = inventory_file::candidates();
        found.retain(|candidate| known.hosts.iter().all(|host| host.uri.raw() != candidate.uri));
        found
    }

    /// The host that a form describes.
    ///
    /// # Errors
    /// In words, when it cannot be one.
    pub fn entry(&self, draft: &HostDraft) -> Result<HostEntry, String> {
        inventory_file::entry(draft)
    }

    /// How to connect.
    pub fn fleet_options(&self, clock: Clock) -> FleetOptions {
        FleetOptions {
            clock,
            interval: self.settings.interval,
            connect_limit: self.settings.connect_limit,
            read_only: self.settings.read_only,
            interactive: true,
            askpass_program: std::env::current_exe().ok(),
            scrollback: self.settings.consoles.scrollback,
        }
    }

    /// Remembers the view for the next start. What cannot be remembered is only logged: nothing
    /// depends on it.
    pub fn save(&self, state: &ViewState) {
        let mut file = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = file.as_mut().map(|file| file.save(state)) {
            tracing::warn!(%error, "the view could not be remembered");
        }
    }
}

/// The name under which the flat list of VMs is remembered.
const VMS: &str = "vms";
/// Set once an import was offered, so that it is not offered again.
pub const IMPORT_OFFERED: &str = "import_offered";

/// What of the model is remembered.
pub fn remembered(model: &crate::app::model::Model) -> ViewState {
    use crate::app::view::View;
    use crate::config::state::{ColumnState, TableState};
    let (sort, descending) = model.list.sort;
    // what was never changed goes on following the settings
    let changed = model.list.columns != model.options.columns;
    let columns = model.list.columns.iter().filter(|_| changed).map(|column| ColumnState {
        id: column.id().to_owned(),
        visible: true,
    });
    let table = TableState {
        sort: sort.id().to_owned(),
        descending,
        columns: columns.collect(),
    };
    ViewState {
        last_view: match model.view {
            View::Tree => "tree",
            View::List => "list",
        }
        .to_owned(),
        folds: model
            .tree
            .folds
            .iter()
            .map(|node| {
                model
                    .path(*node)
                    .into_iter()
                    .skip(1)
                    .map(|node| model.name(node))
                    .collect()
            })
            .collect(),
        commands: model.commands.clone(),
        flags: [(IMPORT_OFFERED.to_owned(), model.import_offered)].into(),
        tables: [(VMS.to_owned(), table)].into(),
        ..ViewState::default()
    }
}

/// Puts what was remembered back into a new model.
pub fn recall(model: &mut crate::app::model::Model, state: &ViewState) {
    use crate::app::view::View;
    use crate::inventory::columns::VmColumn;
    if state.last_view == "list" {
        model.view = View::List;
    }
    model.commands.clone_from(&state.commands);
    model.import_offered = state.flag(IMPORT_OFFERED);
    if let Some(table) = state.tables.get(VMS) {
        let columns: Vec<_> = table
            .columns
            .iter()
            .filter(|column| column.visible)
            .filter_map(|column| VmColumn::from_id(&column.id))
            .collect();
        if !columns.is_empty() {
            model.list.columns = columns;
        }
        if let Some(column) = VmColumn::from_id(&table.sort) {
            model.list.sort = (column, table.descending);
        }
    }
    let topology = model.store.topology();
    let mut nodes: Vec<crate::base::ids::NodeId> = Vec::new();
    nodes.extend(
        topology
            .datacenters
            .iter()
            .map(|found| crate::base::ids::NodeId::Datacenter(found.id)),
    );
    nodes.extend(
        topology
            .clusters
            .iter()
            .map(|found| crate::base::ids::NodeId::Cluster(found.id)),
    );
    nodes.extend(
        topology
            .hosts
            .iter()
            .map(|found| crate::base::ids::NodeId::Host(found.id)),
    );
    nodes.retain(|node| {
        let path: Vec<String> = model
            .path(*node)
            .into_iter()
            .skip(1)
            .map(|node| model.name(node))
            .collect();
        state.folds.contains(&path)
    });
    model.tree.folds = nodes.into_iter().collect();
    // the rows are built again with the next message
    model.built = None;
}

/// Tries a connection for a form; what it says is shown beside the form.
///
/// # Errors
/// In words, with what to do about it.
pub async fn test_host(entry: HostEntry, options: FleetOptions) -> Result<String, String> {
    let report = crate::backend::check::check(&entry, &options).await;
    let asks = matches!(&report.facts, Err(error) if error.kind == ErrorKind::Auth);
    crate::cli::check::summary(&report).map_err(|why| {
        if asks {
            // a form over this form would ask for a host that is not there yet
            format!("{why}; a test asks for no password: once the host is saved, connecting does")
        } else {
            why
        }
    })
}
