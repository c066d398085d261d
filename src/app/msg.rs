//! Everything that can happen to the model, as one closed set.

use std::sync::Arc;

use crate::app::keymap::Keymap;
use crate::app::layers::form::FormId;
use crate::app::view::Hit;
use crate::base::key::Key;
use crate::config::theme::Theme;
use crate::hv::console::{Buttons, PictureProtocol, Stroke, Typed};
use crate::hv::event::HostMessage;
use crate::hv::topology::{Environment, Topology};

/// Something happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed. `repeat` when the terminal says that it is held down.
    Key {
        /// The key.
        key: Key,
        /// Held down.
        repeat: bool,
    },
    /// A key went up, or a modifier alone went down or up; terminals with the kitty keyboard
    /// protocol tell.
    Stroke {
        /// What.
        typed: Typed,
        /// Up or down.
        stroke: Stroke,
    },
    /// Text was pasted.
    Paste(String),
    /// The mouse is over a console.
    Pointer(RawPointer),
    /// What the terminal can do was found out.
    Terminal {
        /// Ways of drawing pictures, the best first.
        protocols: Vec<PictureProtocol>,
        /// Width and height of a cell in pixels.
        cell: Option<(u16, u16)>,
    },
    /// Cells have so many pixels across and down now.
    CellSize(u16, u16),
    /// A shell has ended.
    ShellEnded(Result<(), String>),
    /// The mouse did something to something on the screen.
    Mouse {
        /// What.
        action: MouseAction,
        /// To what; `None` beside everything.
        hit: Option<Hit>,
    },
    /// The screen has this many columns and rows.
    Resize(u16, u16),
    /// Time has passed; ages, notices and deadlines may have changed.
    Tick,
    /// A host told something.
    Host(Box<HostMessage>),
    /// The inventory file was changed, or not and why.
    InventoryChanged(Result<Topology, String>),
    /// The outcome of a form's connection test.
    HostTested(FormId, Result<String, String>),
    /// Hosts that other programs know: name, URI, and where it was found.
    ImportFound(Vec<ImportCandidate>),
    /// A theme was loaded, or why not.
    ThemeLoaded(Result<Arc<Theme>, String>),
    /// A keymap was loaded, or why not.
    KeymapLoaded(Result<Arc<Keymap>, String>),
    /// The files were read again.
    Reloaded(Result<Reread, String>),
    /// Something the runtime has to say, such as a problem in a file.
    Notice(crate::app::notices::Level, String),
}

/// The mouse at a place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPointer {
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
    /// What is held.
    pub buttons: Buttons,
    /// Notches of the wheel, negative is up.
    pub wheel: i8,
}

/// The inventory as it was read again.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    /// The hosts.
    pub topology: Topology,
    /// Environments that hosts can be given.
    pub environments: Vec<Environment>,
    /// What is odd but does no harm, a line each.
    pub problems: Vec<String>,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAction {
    /// Left button pressed.
    Press,
    /// Left button pressed twice.
    DoublePress,
    /// Right button pressed.
    Menu,
    /// Wheel turned by so many notches, negative is up.
    Wheel(i8),
}

/// A host that another program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportCandidate {
    /// Proposed name.
    pub name: String,
    /// URI.
    pub uri: String,
    /// Where it was found, such as `~/.ssh/config`.
    pub origin: &'static str,
}
