//! What all sessions have in common.

use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::hv::console::{ConsoleCommand, ConsoleId, ConsoleState, ConsoleUpdate, Viewport};

/// Where a VM stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The generation of the host's connection while there is one.
    pub connection: Option<u64>,
    /// The hypervisor's id of the VM while it is active: another one is another process.
    pub process: Option<i32>,
}

impl Place {
    /// Why nothing can be shown now, if so.
    pub fn obstacle(self) -> Option<&'static str> {
        match (self.connection, self.process) {
            (None, _) => Some("the host is not connected"),
            (Some(_), None) => Some("the VM is not running"),
            (Some(_), Some(_)) => None,
        }
    }
}

/// Something for a session.
#[derive(Debug)]
pub enum Input {
    /// A command of the user interface.
    Command(ConsoleCommand),
    /// The VM stands elsewhere now.
    Place(Place),
}

/// What every session starts with.
pub struct Base {
    /// The console.
    pub id: ConsoleId,
    /// The VM.
    pub uuid: Uuid,
    /// Where it is drawn.
    pub viewport: Viewport,
    /// Makes calls.
    pub caller: Caller,
    /// Host, clock, sink.
    pub tools: Tools,
    /// Commands and news; closed when the console is.
    pub inbox: UnboundedReceiver<Input>,
    /// Where the VM stands.
    pub place: Place,
}

impl Base {
    /// Tells news.
    pub fn emit(&self, update: ConsoleUpdate) {
        self.tools.emit(self.id, update);
    }

    /// Tells where it stands.
    pub fn state(&self, state: ConsoleState) {
        self.emit(ConsoleUpdate::State(state));
    }
}
