//! Dialogs over the screen, topmost last. The topmost one has the keys.

pub mod command_line;
pub mod confirm;
pub mod form;
pub mod menu;
pub mod palette;
pub mod viewer;

/// One dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// A question before something is done.
    Confirm(confirm::Confirmation),
    /// Something to choose from.
    Menu(menu::Menu),
    /// Actions and objects by part of their names.
    Palette(palette::Palette),
    /// Fields to fill in.
    Form(form::Form),
    /// The command line.
    Command(command_line::CommandLine),
    /// Text to read: help, messages, a task's full error.
    Viewer(viewer::Viewer),
}
