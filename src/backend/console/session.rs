//! What all sessions have in common.

use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use crate::backend::console::Tools;
use crate::backend::console::aside::Caller;
use crate::hv::console::{ConsoleCommand, ConsoleId, ConsoleState, ConsoleUpdate, Viewport};

/// Whether a VM runs, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whereabouts {
    /// Active, with the hypervisor's id: another one is another process.
    Active(i32),
    /// Shut off, for a reason that an admin knows or not.
    Off,
    /// Its memory is saved on disk.
    Saved,
    /// It runs on another host now.
    Migrated,
    /// It does not exist here.
    #[default]
    Gone,
}

/// Where a VM stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The generation of the host's connection while there is one.
    pub connection: Option<u64>,
    /// The VM.
    pub vm: Whereabouts,
}

impl Place {
    /// Why nothing can be shown now, if so.
    pub fn obstacle(self) -> Option<&'static str> {
        match (self.connection, self.vm) {
            (None, _) => Some("the host is not connected"),
            (Some(_), Whereabouts::Active(_)) => None,
            (Some(_), Whereabouts::Off) => Some("the VM is not running"),
            (Some(_), Whereabouts::Saved) => Some("the VM is not running: its memory is saved on disk"),
            (Some(_), Whereabouts::Migrated) => Some("the VM has moved to another host"),
            (Some(_), Whereabouts::Gone) => Some("the VM is not on this host"),
        }
    }
}

/// What ended a phase of a session.
pub enum Next {
    /// The console is closed.
    Close,
    /// The VM has gone to another host, where the console goes on.
    Move,
    /// Start over: the VM stands elsewhere, or the user wants it.
    Again,
}

/// Something for a session.
#[derive(Debug)]
pub enum Input {
    /// A command of the user interface.
    Command(ConsoleCommand),
    /// The VM stands elsewhere now.
    Place(Place),
}

/// What an input means for the phase that a session is in.
pub enum Heard {
    /// The phase is over.
    End(Next),
    /// Something to be done.
    Command(ConsoleCommand),
    /// Nothing that matters now.
    Nothing,
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

    /// Takes in what has come, or that the console is closed. Another place of the VM ends the phase
    /// if it is one that `moved` tells.
    pub fn hear(&mut self, input: Option<Input>, moved: impl Fn(Place) -> bool) -> Heard {
        match input {
            None => Heard::End(Next::Close),
            Some(Input::Place(place)) => {
                self.place = place;
                if moved(place) {
                    Heard::End(Next::Again)
                } else {
                    Heard::Nothing
                }
            }
            Some(Input::Command(ConsoleCommand::Move)) => Heard::End(Next::Move),
            Some(Input::Command(ConsoleCommand::Retry)) => Heard::End(Next::Again),
            Some(Input::Command(command)) => Heard::Command(command),
        }
    }
}
