//! What was chosen before the start: by settings, command line and environment.

use std::time::Duration;

use crate::app::console::ConsoleOptions;
use crate::base::moment::Zone;
use crate::inventory::columns::VmColumn;

/// Choices that hold for the whole run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything is opened read-only.
    pub read_only: bool,
    /// Only ASCII characters for lines and signs.
    pub ascii: bool,
    /// The mouse belongs to the program.
    pub mouse: bool,
    /// The bundled demo fleet.
    pub demo: bool,
    /// How long disruptive verbs can be called back before they are sent.
    pub grace: Duration,
    /// How long a guest may take to shut down before force off is offered.
    pub shutdown_wait: Duration,
    /// A verb that interrupts a single VM asks first; otherwise it can only be called back.
    pub confirm_disruptive: bool,
    /// Leaving asks first.
    pub confirm_quit: bool,
    /// Copying reaches the terminal's clipboard.
    pub clipboard: bool,
    /// The time wanted between two readings of a host's counters.
    pub interval: Duration,
    /// Columns of the list until they are changed on the screen.
    pub columns: Vec<VmColumn>,
    /// The time zone of moments on the screen.
    pub zone: Zone,
    /// Why the inventory cannot be edited, if it cannot: ad-hoc hosts, demo, a file that does not parse.
    pub inventory_locked: Option<String>,
    /// Where the hosts come from, said once at the start, such as a file or `qemu:///system`.
    pub origin: String,
    /// Consoles.
    pub console: ConsoleOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read_only: false,
            ascii: false,
            mouse: true,
            demo: false,
            grace: Duration::from_secs(5),
            shutdown_wait: Duration::from_mins(1),
            confirm_disruptive: true,
            confirm_quit: true,
            clipboard: true,
            interval: Duration::from_secs(2),
            columns: VmColumn::defaults(),
            zone: Zone::default(),
            inventory_locked: None,
            origin: String::new(),
            console: ConsoleOptions::default(),
        }
    }
}
