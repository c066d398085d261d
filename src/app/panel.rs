//! What the panel of tasks and events shows, and which of its rows has the cursor.

use crate::app::model::Model;
use crate::app::tasks::Task;
use crate::app::view::{Panel, THREE_PANES};
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::hv::event::{Severity, Subject};
use crate::inventory::log::LogRecord;

/// The cursor of the panel, by the number of its task or event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PanelState {
    /// What has the cursor; `None` stays with the newest.
    pub at: Option<u64>,
    /// The panel that wide screens show by themselves was closed.
    pub closed: bool,
}

impl Model {
    /// The panel on the screen: the one asked for, or on wide screens the events unless closed.
    pub fn shown_panel(&self) -> Option<Panel> {
        let wide = self.screen.0 >= THREE_PANES && !self.panel_state.closed;
        self.panel.or(wide.then_some(Panel::Events))
    }

    /// Tasks, newest first.
    pub fn panel_tasks(&self) -> Vec<&Task> {
        self.tasks.iter().collect()
    }

    /// Events of all hosts that the filter takes, newest first.
    pub fn panel_events(&self) -> Vec<&LogRecord> {
        let name = |host: HostId| {
            self.entry(host)
                .map_or_else(String::new, |entry| entry.name.raw().to_owned())
        };
        let found = self.store.log().matching(&self.parsed_filter, Severity::Normal, name);
        found.rev().collect()
    }

    /// The numbers of the rows, newest and greatest first.
    fn panel_numbers(&self) -> Vec<u64> {
        match self.shown_panel() {
            Some(Panel::Tasks) => self.tasks.iter().map(|task| task.id.0).collect(),
            Some(Panel::Events) => self.panel_events().iter().map(|record| record.number).collect(),
            None => Vec::new(),
        }
    }

    /// The row with the cursor among rows with these numbers, greatest first. When what had it is
    /// not among them, that is the next older one.
    pub fn panel_row(&self, numbers: &[u64]) -> usize {
        let Some(wanted) = self.panel_state.at else {
            return 0;
        };
        numbers
            .partition_point(|number| *number > wanted)
            .min(numbers.len().saturating_sub(1))
    }

    /// Moves the panel's cursor by so many rows. At the newest it stays with the newest.
    pub fn step_panel(&mut self, by: isize) {
        let numbers = self.panel_numbers();
        let row = self
            .panel_row(&numbers)
            .saturating_add_signed(by)
            .min(numbers.len().saturating_sub(1));
        self.select_panel_row(row);
    }

    /// Puts the panel's cursor on a row.
    pub fn select_panel_row(&mut self, row: usize) {
        self.panel_state.at = self.panel_numbers().get(row).copied().filter(|_| row > 0);
    }

    /// The task under the panel's cursor.
    pub fn panel_task(&self) -> Option<&Task> {
        let numbers = self.panel_numbers();
        self.tasks.iter().nth(self.panel_row(&numbers))
    }

    /// The event under the panel's cursor.
    pub fn panel_event(&self) -> Option<&LogRecord> {
        let events = self.panel_events();
        let numbers: Vec<u64> = events.iter().map(|record| record.number).collect();
        events.get(self.panel_row(&numbers)).copied()
    }
}

/// The object that an event is about.
pub fn subject(record: &LogRecord) -> NodeId {
    let host = record.host;
    match record.entry.subject {
        Subject::Vm(uuid) => NodeId::Vm(VmKey { host, uuid }),
        _ => NodeId::Host(host),
    }
}
