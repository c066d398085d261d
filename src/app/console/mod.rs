//! Open consoles: which there are, how they stand side by side, and what each one shows.

pub mod layout;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::ids::VmKey;
use crate::base::key::{Key, KeyCode};
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::command::Secret;
use crate::hv::console::{
    Buttons, ColourDepth, ConsoleFrame, ConsoleId, ConsoleKind, ConsoleState, PictureProtocol, Traffic, Viewport, Zoom,
};

/// How consoles are to be, from the settings, the command line and what the terminal can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleOptions {
    /// The key before every command of ours; pressed twice it goes to the guest.
    pub leader: Key,
    /// How pictures are drawn.
    pub protocol: PictureProtocol,
    /// Whether the user chose that, so that what the terminal tells does not change it.
    pub forced: bool,
    /// What the terminal can do besides half blocks.
    pub protocols: Vec<PictureProtocol>,
    /// Colours for half blocks.
    pub depth: ColourDepth,
    /// Width and height of a cell in pixels, where the terminal tells.
    pub cell: Option<(u16, u16)>,
    /// Bytes a second to the terminal for each console; 0 for no limit.
    pub budget: u32,
    /// Bytes a second from each host for the screenshot wall.
    pub wall_budget: u32,
    /// Guests may write to the user's clipboard.
    pub guest_clipboard: bool,
}

impl Default for ConsoleOptions {
    fn default() -> Self {
        Self {
            leader: Key::plain(KeyCode::Function(12)),
            protocol: PictureProtocol::HalfBlocks,
            forced: false,
            protocols: vec![PictureProtocol::HalfBlocks],
            depth: ColourDepth::True,
            cell: None,
            budget: 0,
            wall_budget: 2_000_000,
            guest_clipboard: false,
        }
    }
}

/// One open console.
#[derive(Debug, Clone, PartialEq)]
pub struct Console {
    /// The VM, where it is now.
    pub vm: VmKey,
    /// What of it is shown.
    pub kind: ConsoleKind,
    /// Where it stands.
    pub state: ConsoleState,
    /// What it looks like.
    pub frame: Option<Arc<ConsoleFrame>>,
    /// The frame that has been told to be on the terminal.
    pub drawn: u64,
    /// What went through it in the last second.
    pub traffic: Traffic,
    /// The bell rang while nobody looked.
    pub bell: bool,
    /// Where a serial line is written to.
    pub log: Option<String>,
    /// The text that is watched for.
    pub watch: Option<String>,
    /// The text that is searched for.
    pub search: Option<String>,
    /// How large a screen is shown.
    pub zoom: Zoom,
    /// The guest's pixel in the upper left corner that is asked for.
    pub pan: (u16, u16),
    /// Text screens are shown as text.
    pub read_text: bool,
    /// Bytes a second to the terminal, 0 for no limit.
    pub budget: u32,
    /// What was last told about where it is drawn.
    pub told: Option<Viewport>,
}

impl Console {
    /// A console that is on its way, with so many bytes a second to the terminal.
    pub fn new(vm: VmKey, kind: ConsoleKind, budget: u32) -> Self {
        Self {
            vm,
            kind,
            state: ConsoleState::Connecting { step: Text::default() },
            frame: None,
            drawn: 0,
            traffic: Traffic::default(),
            bell: false,
            log: None,
            watch: None,
            search: None,
            zoom: Zoom::Fit,
            pan: (0, 0),
            read_text: true,
            budget,
            told: None,
        }
    }

    /// Whether it shows what is.
    pub fn is_live(&self) -> bool {
        matches!(self.state, ConsoleState::Live { .. })
    }

    /// Whether what is typed reaches the guest.
    pub fn takes_keys(&self) -> bool {
        matches!(self.state, ConsoleState::Live { keys: true, .. })
    }

    /// Whether it is a serial line.
    pub fn is_serial(&self) -> bool {
        matches!(self.kind, ConsoleKind::Serial { .. })
    }
}

/// Consoles that stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsoleTab {
    /// Its consoles, never empty.
    pub panes: Vec<ConsoleId>,
    /// Which one has the keys.
    pub focus: usize,
    /// What is typed goes to all of them.
    pub broadcast: bool,
}

impl ConsoleTab {
    /// Takes consoles away; the keys stay where they were, if that is left.
    fn lose(&mut self, goes: impl Fn(ConsoleId) -> bool) {
        let focused = self.panes.get(self.focus).copied();
        self.panes.retain(|pane| !goes(*pane));
        let kept = self.panes.iter().position(|pane| Some(*pane) == focused);
        self.focus = kept.unwrap_or(self.focus.min(self.panes.len().saturating_sub(1)));
        self.broadcast &= self.panes.len() > 1;
    }
}

/// A one-time VNC password that was set.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedTicket {
    /// Address to connect to.
    pub address: Text,
    /// Port.
    pub port: u16,
    /// The password.
    pub password: Secret,
    /// Until when it lets in.
    pub until: Stamp,
}

/// All open consoles.
#[derive(Debug, Default)]
pub struct Consoles {
    /// The consoles.
    pub open: BTreeMap<ConsoleId, Console>,
    /// Tabs in order.
    pub tabs: Vec<ConsoleTab>,
    /// The tab that is shown.
    pub tab: usize,
    /// The leader was pressed: the next keys are commands.
    pub leader: bool,
    /// A command such as scrolling was given, after which others may follow without the leader.
    pub lingering: bool,
    /// Buttons of the mouse that are held over a console.
    pub buttons: Buttons,
    /// All keys and mouse movements are asked of the terminal.
    pub grabbed: bool,
    /// Counts consoles, for their identities.
    last: u64,
}

impl Consoles {
    /// Makes room for a new console in a tab of its own.
    pub fn add(&mut self, console: Console) -> ConsoleId {
        self.last += 1;
        let id = ConsoleId(self.last);
        self.open.insert(id, console);
        self.push_tab(vec![id]);
        id
    }

    fn push_tab(&mut self, panes: Vec<ConsoleId>) {
        self.tabs.push(ConsoleTab {
            panes,
            ..ConsoleTab::default()
        });
        self.tab = self.tabs.len() - 1;
    }

    /// Puts consoles side by side in one tab, wherever they are now.
    pub fn gather(&mut self, ids: &[ConsoleId]) {
        for tab in &mut self.tabs {
            tab.lose(|pane| ids.contains(&pane));
        }
        self.tabs.retain(|tab| !tab.panes.is_empty());
        self.push_tab(ids.to_vec());
    }

    /// The next keys are the guest's again.
    pub fn end_commands(&mut self) {
        self.leader = false;
        self.lingering = false;
    }

    /// Whether no console is open.
    pub fn is_empty(&self) -> bool {
        self.tabs.is_empty()
    }

    /// The open console of a VM that shows the same.
    pub fn find(&self, vm: VmKey, serial: bool) -> Option<ConsoleId> {
        let found = self
            .open
            .iter()
            .find(|(_, console)| console.vm == vm && console.is_serial() == serial);
        found.map(|(id, _)| *id)
    }

    /// Shows a console.
    pub fn show(&mut self, id: ConsoleId) {
        for (n, tab) in self.tabs.iter_mut().enumerate() {
            if let Some(focus) = tab.panes.iter().position(|pane| *pane == id) {
                tab.focus = focus;
                self.tab = n;
                return;
            }
        }
    }

    /// The tab that is shown.
    pub fn shown(&self) -> Option<&ConsoleTab> {
        self.tabs.get(self.tab)
    }

    /// The console that has the keys.
    pub fn focused(&self) -> Option<ConsoleId> {
        let tab = self.shown()?;
        tab.panes.get(tab.focus).or(tab.panes.first()).copied()
    }

    /// The console that has the keys, itself.
    pub fn current(&self) -> Option<&Console> {
        self.open.get(&self.focused()?)
    }

    /// The same to be changed.
    pub fn current_mut(&mut self) -> Option<&mut Console> {
        let id = self.focused()?;
        self.open.get_mut(&id)
    }

    /// The consoles that typing goes to.
    pub fn typed_to(&self) -> Vec<ConsoleId> {
        match self.shown() {
            Some(tab) if tab.broadcast => tab.panes.clone(),
            Some(_) => self.focused().into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Takes a console away; tabs without any go.
    pub fn remove(&mut self, id: ConsoleId) {
        self.open.remove(&id);
        for tab in &mut self.tabs {
            tab.lose(|pane| pane == id);
        }
        let before = self
            .tabs
            .iter()
            .take(self.tab)
            .filter(|tab| tab.panes.is_empty())
            .count();
        self.tabs.retain(|tab| !tab.panes.is_empty());
        self.tab = self.tab.saturating_sub(before).min(self.tabs.len().saturating_sub(1));
    }

    /// Shows another tab.
    pub fn step(&mut self, by: isize) {
        let count = self.tabs.len() as isize;
        if count > 0 {
            self.tab = (self.tab as isize + by).rem_euclid(count) as usize;
        }
    }

    /// Gives the keys to another console of the tab.
    pub fn step_focus(&mut self, by: isize) {
        if let Some(tab) = self.tabs.get_mut(self.tab) {
            let count = tab.panes.len().max(1) as isize;
            tab.focus = (tab.focus as isize + by).rem_euclid(count) as usize;
        }
    }

    /// Puts the next tab's consoles beside the ones shown, or with one tab only gives every console
    /// a tab of its own again.
    pub fn split(&mut self) {
        if self.tabs.len() > 1 {
            let from = if self.tab + 1 < self.tabs.len() {
                self.tab + 1
            } else {
                self.tab - 1
            };
            let moved = self.tabs.remove(from);
            if from < self.tab {
                self.tab -= 1;
            }
            if let Some(tab) = self.tabs.get_mut(self.tab) {
                tab.panes.extend(moved.panes);
            }
        } else {
            self.unsplit();
        }
    }

    /// Gives every console of the tab a tab of its own.
    pub fn unsplit(&mut self) {
        let Some(tab) = self.tabs.get(self.tab).cloned() else {
            return;
        };
        let alone = tab.panes.iter().map(|pane| ConsoleTab {
            panes: vec![*pane],
            ..ConsoleTab::default()
        });
        self.tabs.splice(self.tab..=self.tab, alone);
        self.tab += tab.focus;
    }
}

#[cfg(test)]
mod tests;
