//! Text to read in a dialog.

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Keys of the view and legend; drawn from the registry and the keymap.
    Help,
    /// Messages said so far.
    Notices,
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
