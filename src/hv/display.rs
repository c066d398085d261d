//! A VM's display handed over or seen in small: tickets, viewers, thumbnails, as plain data.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::base::cells::CellGrid;
use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::hv::console::ColourDepth;

/// What can be done with a VM's display besides showing it here.
#[derive(Debug, Clone, PartialEq)]
pub enum DisplayCommand {
    /// Set a one-time VNC password (`virDomainUpdateDeviceFlags` with `passwd`, `passwdValidTo`,
    /// `connected='keep'`).
    Ticket(Ticket),
    /// Put the password back that was there before the ticket.
    ClearTicket,
    /// Write a `.vv` file for remote-viewer.
    SaveViewerFile(std::path::PathBuf),
    /// Hand over to a viewer on this machine, through a forwarded port where needed.
    Viewer(Viewer),
}

/// A program that shows displays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// `remote-viewer`: VNC and SPICE.
    RemoteViewer,
    /// `vncviewer`: VNC.
    VncViewer,
    /// noVNC in the user's browser; needs `websockify` here or a VNC websocket of the VM.
    Browser,
}

/// A one-time VNC password.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// The password, at most 8 characters (RFB's limit); a random one when there is none.
    pub password: Option<Secret>,
    /// How long it lets in.
    pub valid: Duration,
}

/// What came of a [`DisplayCommand`].
#[derive(Debug, Clone, PartialEq)]
pub enum DisplayAnswer {
    /// The ticket is set.
    Ticket {
        /// Address to connect to: the host's where the VM listens on all of them.
        address: Text,
        /// Port.
        port: u16,
        /// The password.
        password: Secret,
        /// How long it lets in from now on.
        valid: Duration,
    },
    /// The earlier password is back.
    TicketCleared,
    /// Done, in words.
    Done(Text),
    /// The viewer that was started has ended, and so has its forwarded port.
    ViewerEnded,
}

/// Which thumbnails are wanted of a host; replaces what was wanted before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ThumbnailWish {
    /// The VMs, in the order of the screen.
    pub vms: Vec<Uuid>,
    /// Columns and rows of each picture.
    pub size: (u16, u16),
    /// Colours.
    pub depth: ColourDepth,
    /// Only ASCII characters.
    pub ascii: bool,
    /// Bytes a second that may come from this host for them.
    pub budget: u32,
}

/// A small picture of a VM's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Half blocks, as large as asked for.
    pub grid: CellGrid,
    /// Size of the screen in pixels.
    pub size: (u16, u16),
    /// All one dark colour.
    pub black: bool,
    /// What is written on it, for text screens.
    pub text: Option<Arc<[Text]>>,
    /// Words found in that text that call for a look, such as `panic` or `grub rescue`.
    pub words: Vec<&'static str>,
    /// Changes when the picture does.
    pub fingerprint: u64,
}
