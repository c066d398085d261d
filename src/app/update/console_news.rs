//! What consoles tell.

use std::sync::Arc;

use crate::app::console::ConsoleTab;
use crate::app::effect::{CLIPBOARD, Effect};
use crate::app::layers::Layer;
use crate::app::layers::viewer::{Subject, Viewer};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{open, say};
use crate::app::view::Front;
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::text::Text;
use crate::hv::console::{ConsoleId, ConsoleUpdate, DisplayAnswer, Thumbnail, Traffic};
use crate::hv::error::HvError;

/// Takes news of a console.
pub(super) fn news(model: &mut Model, id: ConsoleId, update: ConsoleUpdate, effects: &mut Vec<Effect>) {
    let looked_at = |tab: &ConsoleTab| tab.panes.contains(&id);
    let seen = model.front == Front::Consoles && model.consoles.shown().is_some_and(looked_at);
    let Some(console) = model.consoles.open.get_mut(&id) else {
        // closed meanwhile
        return;
    };
    let vm = console.vm;
    match update {
        ConsoleUpdate::State(state) => {
            console.state = state;
            console.traffic = Traffic::default();
        }
        ConsoleUpdate::Frame(frame) => console.frame = Some(frame),
        ConsoleUpdate::Traffic(traffic) => console.traffic = traffic,
        ConsoleUpdate::Bell => console.bell |= !seen,
        ConsoleUpdate::Seen(line) => {
            console.bell |= !seen;
            let text = format!("{}: {}", model.name(NodeId::Vm(vm)), line.fit(120));
            say(model, Level::Warning, text);
        }
        ConsoleUpdate::Copied(text) => {
            let (said, text) = newest(&text.show_lines());
            say(model, Level::Info, said);
            effects.push(Effect::Copy(text));
        }
        ConsoleUpdate::Clipboard(text) => {
            if model.options.console.guest_clipboard {
                let said = format!("{} put a text on the clipboard", model.name(NodeId::Vm(vm)));
                say(model, Level::Info, said);
                effects.push(Effect::Copy(text.show_lines().join("\n")));
            }
        }
        ConsoleUpdate::Done(outcome) => {
            if outcome.as_ref().is_err_and(|error| error.during == "log") {
                console.log = None;
            }
            told(model, vm, outcome);
        }
    }
}

/// As many of the last lines as a terminal takes, and what to say of it.
fn newest<S: AsRef<str>>(lines: &[S]) -> (String, String) {
    let mut room = CLIPBOARD;
    let fitting = lines.iter().rev().take_while(|line| {
        let size = line.as_ref().len() + 1;
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    });
    let count = fitting.count();
    let kept: Vec<&str> = lines[lines.len() - count..].iter().map(AsRef::as_ref).collect();
    let said = match (count, lines.len()) {
        (1, 1) => "copied 1 line".to_owned(),
        (count, all) if count == all => format!("copied {count} lines"),
        (count, all) => format!("copied the last {count} of {all} lines: terminals take no more"),
    };
    (said, kept.join("\n"))
}

fn told(model: &mut Model, vm: VmKey, outcome: Result<Text, HvError>) {
    let name = model.name(NodeId::Vm(vm));
    match outcome {
        Ok(text) => say(model, Level::Info, format!("{name}: {text}")),
        Err(error) => say(model, Level::Error, format!("{name}: {error}")),
    }
}

/// What came of something about a VM's display.
pub(super) fn display(model: &mut Model, vm: VmKey, answer: Result<DisplayAnswer, HvError>) {
    let name = model.name(NodeId::Vm(vm));
    match answer {
        Err(error) => say(model, Level::Error, format!("{name}: {error}")),
        Ok(DisplayAnswer::Done(text)) => say(model, Level::Info, format!("{name}: {text}")),
        Ok(DisplayAnswer::ViewerEnded) => say(model, Level::Info, format!("{name}: the viewer has ended")),
        Ok(DisplayAnswer::TicketCleared) => {
            model.tickets.remove(&vm);
            say(model, Level::Info, format!("{name}: the ticket is cleared"));
        }
        Ok(DisplayAnswer::Ticket {
            address,
            port,
            password,
            valid,
        }) => {
            let ticket = crate::app::console::IssuedTicket {
                address,
                port,
                password,
                until: model.now.after(valid),
            };
            model.tickets.insert(vm, ticket);
            let layer = Viewer {
                title: format!("VNC ticket of {name}"),
                subject: Subject::Ticket(vm),
                lines: Vec::new(),
                offset: 0,
            };
            open(model, Layer::Viewer(layer));
        }
    }
}

/// A picture for the wall.
pub(super) fn thumbnail(model: &mut Model, host: HostId, uuid: uuid::Uuid, seen: Result<Arc<Thumbnail>, HvError>) {
    let now = model.now;
    model.wall.see(VmKey { host, uuid }, seen, now);
}
