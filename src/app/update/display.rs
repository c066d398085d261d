//! A VM's display handed over: tickets, viewer files, viewers.

use std::time::Duration;

use crate::app::actions::ActionId;
use crate::app::effect::Effect;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::menu::{Choice, Entry, Menu};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{console_commands, open, say};
use crate::base::ids::NodeId;
use crate::hv::command::HostCommand;
use crate::hv::console::{DisplayCommand, Ticket, Viewer};

/// How long a ticket lets in when nothing else is said.
const VALID: Duration = Duration::from_mins(2);
/// Viewers by the words of the command line.
const VIEWERS: [(&str, Viewer); 3] = [
    ("remote-viewer", Viewer::RemoteViewer),
    ("vncviewer", Viewer::VncViewer),
    ("browser", Viewer::Browser),
];

/// Sends a command about the VM's display.
pub(super) fn send(model: &Model, command: &DisplayCommand, effects: &mut Vec<Effect>) {
    if let NodeId::Vm(key) = model.selected() {
        let command = HostCommand::Display {
            uuid: key.uuid,
            command: command.clone(),
        };
        effects.push(Effect::Host(key.host, command));
    }
}

/// Sets a ticket for so many seconds.
pub(super) fn ticket(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let valid = match argument.map(str::parse::<u64>) {
        None => VALID,
        Some(Ok(seconds @ 5..=86_400)) => Duration::from_secs(seconds),
        Some(_) => return say(model, Level::Warning, "a ticket lets in for 5 to 86400 seconds"),
    };
    let ticket = Ticket { password: None, valid };
    send(model, &DisplayCommand::Ticket(ticket), effects);
}

/// Writes a file for remote-viewer: to the path given, or asks for one.
pub(super) fn viewer_file(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    match argument {
        Some(path) => send(model, &DisplayCommand::SaveViewerFile(path.into()), effects),
        None => {
            let name = console_commands::file_name(model, "vv");
            let help = "A new file that only you can read; remote-viewer deletes it when it opens it.";
            console_commands::ask(model, ActionId::ConsoleViewerFile, "Save .vv file", "File", &name, help);
        }
    }
}

/// Opens a viewer: the one named, or asks which.
pub(super) fn viewer(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let Some(name) = argument else {
        let entries = VIEWERS.iter().map(|(name, _)| Entry {
            label: (*name).to_owned(),
            keys: String::new(),
            choice: Choice::Run(Call {
                action: ActionId::ConsoleViewer,
                argument: Some((*name).to_owned()),
            }),
            disabled: None,
        });
        let menu = Menu::new("External viewer".to_owned(), entries.collect());
        return open(model, Layer::Menu(menu));
    };
    match VIEWERS.iter().find(|(known, _)| *known == name) {
        Some((_, viewer)) => send(model, &DisplayCommand::Viewer(*viewer), effects),
        None => say(
            model,
            Level::Warning,
            "viewers are remote-viewer, vncviewer and browser",
        ),
    }
}
