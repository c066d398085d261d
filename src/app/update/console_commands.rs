//! What is done with the console that has the keys.

use std::time::Duration;

use crate::app::actions::ActionId as Id;
use crate::app::effect::Effect;
use crate::app::layers::form::Purpose;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::consoles::{placed, send, tell_current};
use crate::app::update::forms::{button, open_form, text};
use crate::app::update::{power, say};
use crate::base::ids::{NodeId, VmKey};
use crate::base::text::Text;
use crate::hv::command::PowerVerb;
use crate::hv::console::{ConsoleCommand, PictureProtocol, Zoom};

/// Sizes a screen is shown in, one after the other.
pub(super) fn zoom(model: &mut Model) {
    if let Some(console) = model.consoles.current_mut() {
        console.zoom = match console.zoom {
            Zoom::Fit => Zoom::Same,
            Zoom::Same => Zoom::Times(2),
            Zoom::Times(_) => Zoom::Fit,
        };
        console.pan = (0, 0);
    }
}

/// Moves over a screen that does not fit.
pub(super) fn pan(model: &mut Model, across: i32, down: i32) {
    if let Some(console) = model.consoles.current_mut() {
        let frame = console.frame.as_ref();
        let (shown, size) = frame.map_or((console.pan, (8192, 8192)), |frame| (frame.pan, frame.size));
        // what is shown may lag behind what was asked for, or have been kept within bounds: then
        // the way back begins at what is seen
        let moved = |asked: u16, shown: u16, most: u16, by: i32| {
            let from = if by < 0 { asked.min(shown) } else { asked };
            (i32::from(from) + by).clamp(0, i32::from(most)) as u16
        };
        console.pan = (
            moved(console.pan.0, shown.0, size.0, across),
            moved(console.pan.1, shown.1, size.1, down),
        );
    }
}

/// Draws pictures another way: the one named, or the next that the terminal can.
pub(super) fn protocol(model: &mut Model, name: Option<&str>) {
    let options = &mut model.options.console;
    let chosen = match name {
        Some(name) => PictureProtocol::ALL
            .into_iter()
            .find(|protocol| protocol.word() == name),
        None => {
            let at = options.protocols.iter().position(|known| *known == options.protocol);
            let next = at.map_or(0, |at| (at + 1) % options.protocols.len().max(1));
            options.protocols.get(next).copied()
        }
    };
    if let Some(chosen) = chosen {
        options.protocol = chosen;
        options.forced = true;
        say(model, Level::Info, format!("pictures are drawn by {}", chosen.word()));
    } else {
        let words: Vec<&str> = PictureProtocol::ALL.iter().map(|protocol| protocol.word()).collect();
        say(
            model,
            Level::Warning,
            format!("pictures can be drawn by {}", words.join(", ")),
        );
    }
}

/// Limits the bytes of the console that has the keys.
pub(super) fn budget(model: &mut Model, argument: &str) {
    let Ok(bytes) = argument.parse::<u32>() else {
        return say(
            model,
            Level::Warning,
            "the budget must be a whole number of bytes a second",
        );
    };
    if let Some(console) = model.consoles.current_mut() {
        console.budget = bytes;
    }
    let text = if bytes == 0 {
        "no limit".to_owned()
    } else {
        format!("at most {} a second", crate::base::units::bytes(u64::from(bytes)))
    };
    say(model, Level::Info, text);
}

/// Text of the guest's past: looked for, or the search ended.
pub(super) fn search(model: &mut Model, needle: Option<&str>, back: bool, effects: &mut Vec<Effect>) {
    if let Some(console) = model.consoles.current_mut() {
        if let Some(needle) = needle {
            console.search = Some(needle.to_owned()).filter(|needle| !needle.is_empty());
        }
        let needle = console.search.clone();
        tell_current(model, ConsoleCommand::Search { needle, back }, effects);
    }
}

/// Watches for a text, or stops.
pub(super) fn watch(model: &mut Model, wanted: Option<&str>, effects: &mut Vec<Effect>) {
    let wanted = wanted
        .map(str::trim)
        .filter(|wanted| !wanted.is_empty())
        .map(str::to_owned);
    if let Some(console) = model.consoles.current_mut() {
        console.watch.clone_from(&wanted);
    }
    tell_current(model, ConsoleCommand::Watch(wanted), effects);
}

/// Writes the serial line to a file, or stops.
pub(super) fn log(model: &mut Model, path: Option<&str>, effects: &mut Vec<Effect>) {
    let path = path.map(str::trim).filter(|path| !path.is_empty());
    if let Some(console) = model.consoles.current_mut() {
        console.log = path.map(str::to_owned);
    }
    tell_current(model, ConsoleCommand::Log(path.map(std::path::PathBuf::from)), effects);
}

/// Asks for one line: a file, a text.
pub(super) fn ask(model: &mut Model, action: Id, title: &str, label: &str, value: &str, help: &'static str) {
    let fields = vec![text("value", label, value, help), button("save", "OK", "Does it.")];
    open_form(model, title, Purpose::Argument(action), fields);
}

/// A file named after the VM, in the directory that virt-deck was started in.
pub(super) fn file_name(model: &Model, extension: &str) -> String {
    let name = model.name(model.selected());
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{}.{extension}", safe.trim_start_matches('.'))
}

/// What is typed goes to all consoles of the tab, or no more.
pub(super) fn broadcast(model: &mut Model) {
    let at = model.consoles.tab;
    if let Some(tab) = model.consoles.tabs.get_mut(at) {
        tab.broadcast = !tab.broadcast;
        let (on, count) = (tab.broadcast, tab.panes.len());
        let text = if on {
            format!("what is typed goes to all {count} consoles")
        } else {
            "what is typed goes to one console".to_owned()
        };
        say(model, Level::Warning, text);
    }
}

/// Sends a key combination.
pub(super) fn chord(model: &mut Model, keys: &str, effects: &mut Vec<Effect>) {
    let codes = match crate::hv::keycodes::combination(keys) {
        Ok(codes) => codes,
        Err(error) => return say(model, Level::Warning, error),
    };
    let mut by_libvirt: Vec<(VmKey, Text)> = Vec::new();
    for id in model.consoles.typed_to() {
        let Some(console) = model.consoles.open.get(&id).filter(|console| !console.is_serial()) else {
            continue;
        };
        if console.takes_keys() {
            effects.push(send(console.vm, id, ConsoleCommand::Chord(codes.clone())));
        } else if console.is_live() {
            let name = model.name(NodeId::Vm(console.vm));
            by_libvirt.push((console.vm, name.into()));
        }
    }
    if !by_libvirt.is_empty() {
        let verb = PowerVerb::SendKeys {
            label: Text::new(keys),
            codes,
        };
        power::order(model, &verb, &by_libvirt, Duration::ZERO, None, effects);
    }
}

/// Text screens as characters, or as pixels.
pub(super) fn read_text(model: &mut Model) {
    if let Some(console) = model.consoles.current_mut() {
        console.read_text = !console.read_text;
        let text = if console.read_text {
            "text screens are shown as text"
        } else {
            "text screens are shown as pixels"
        };
        say(model, Level::Info, text);
    }
}

/// Scrolls by most of what is shown.
pub(super) fn scroll(model: &Model, direction: i32, effects: &mut Vec<Effect>) {
    let focused = model.consoles.focused();
    let place = placed(model).into_iter().find(|place| Some(place.console) == focused);
    let lines = place.map_or(10, |place| i32::from(place.inside.height.saturating_sub(2)).max(1));
    tell_current(model, ConsoleCommand::Scroll(direction * lines), effects);
}

/// Writes to the file given, stops when one is written, or asks for one.
pub(super) fn log_or_ask(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let logging = model.consoles.current().is_some_and(|console| console.log.is_some());
    if argument.is_some() || logging {
        log(model, argument, effects);
    } else {
        let name = file_name(model, "log");
        ask(
            model,
            Id::ConsoleLog,
            "Log to file",
            "File",
            &name,
            "A new file; relative to where virt-deck was started.",
        );
    }
}

/// Watches for the text given, stops when one is watched for, or asks for one.
pub(super) fn watch_or_ask(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let watching = model.consoles.current().is_some_and(|console| console.watch.is_some());
    if argument.is_some() || watching {
        watch(model, argument, effects);
    } else {
        ask(
            model,
            Id::ConsoleWatch,
            "Watch for text",
            "Text",
            "login:",
            "Without regard to case; a notice tells when a line has it.",
        );
    }
}

/// Saves the picture to the file given, or asks for one.
pub(super) fn save_picture(model: &mut Model, argument: Option<&str>, effects: &mut Vec<Effect>) {
    match argument {
        Some(path) => tell_current(model, ConsoleCommand::SavePicture(path.into()), effects),
        None => {
            let name = file_name(model, "png");
            ask(
                model,
                Id::ConsoleSavePicture,
                "Save picture",
                "File",
                &name,
                "A new file; relative to where virt-deck was started.",
            );
        }
    }
}
