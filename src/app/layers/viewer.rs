//! Text to read in a dialog.

use crate::base::ids::VmKey;

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Keys of the view and legend; drawn from the registry and the keymap.
    Help,
    /// Messages said so far.
    Notices,
    /// A VNC ticket, counting down.
    Ticket(VmKey),
    /// Given lines.
    Text,
}

/// A dialog with text.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewer {
    /// Its title.
    pub title: String,
    /// What it shows.
    pub subject: Subject,
    /// The lines, for [`Subject::Text`]; already shown text.
    pub lines: Vec<String>,
    /// Lines scrolled down.
    pub offset: usize,
}
