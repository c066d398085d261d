//! Consoles: opening, closing, and what is done with the one that has the keys.

use crate::app::actions::{ActionId as Id, consoles as rules};
use crate::app::console::layout::{Place, places};
use crate::app::console::{Console, Consoles};
use crate::app::effect::Effect;
use crate::app::layers::form::Purpose;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::forms::{button, open_form, text};
use crate::app::update::{console_keys, say};
use crate::app::view::Front;
use crate::base::ids::{NodeId, VmKey};
use crate::base::text::Text;
use crate::hv::command::HostCommand;
use crate::hv::console::{ConsoleCommand, ConsoleId, ConsoleKind, ConsoleState, PictureProtocol, Viewport, Zoom};

/// Most consoles opened by one command.
const AT_ONCE: usize = 12;

/// What a screen is opened as.
pub(super) fn screen_kind(screenshots: bool) -> ConsoleKind {
    ConsoleKind::Screen { screenshots, head: 0 }
}

/// What a serial line is opened as.
pub(super) fn serial_kind() -> ConsoleKind {
    ConsoleKind::Serial {
        device: None,
        force: false,
    }
}

/// Opens consoles of the chosen VMs, or goes to the ones that are open.
pub(super) fn open(model: &mut Model, kind: &ConsoleKind, effects: &mut Vec<Effect>) {
    let serial = matches!(kind, ConsoleKind::Serial { .. });
    let rule = if serial { rules::serial } else { rules::screen };
    let keys: Vec<VmKey> = model
        .targets()
        .into_iter()
        .filter(|node| rule(model, &[*node]).is_ready())
        .filter_map(NodeId::vm)
        .collect();
    if keys.len() > AT_ONCE {
        let text = format!(
            "{} VMs are marked; at most {AT_ONCE} consoles are opened at once",
            keys.len()
        );
        return say(model, Level::Warning, text);
    }
    for (n, key) in keys.iter().enumerate() {
        let id = match model.consoles.find(*key, serial) {
            Some(id) => id,
            None => add(model, *key, kind.clone(), n > 0, effects),
        };
        model.consoles.show(id);
    }
    if let Some(first) = keys.first().and_then(|key| model.consoles.find(*key, serial)) {
        model.consoles.show(first);
        enter(model);
    }
}

fn add(model: &mut Model, vm: VmKey, kind: ConsoleKind, beside: bool, effects: &mut Vec<Effect>) -> ConsoleId {
    let id = model.consoles.add(
        Console {
            vm,
            kind: kind.clone(),
            state: ConsoleState::Connecting { step: Text::default() },
            frame: None,
            drawn: 0,
            traffic: 0,
            bell: false,
            log: None,
            watch: None,
            search: None,
            zoom: Zoom::Fit,
            pan: (0, 0),
            read_text: true,
            budget: model.options.console.budget,
            told: None,
        },
        beside,
    );
    let place = placed(model).into_iter().find(|place| place.console == id);
    let viewport = viewport(model, id, place.as_ref());
    let command = ConsoleCommand::Open {
        uuid: vm.uuid,
        kind,
        viewport,
    };
    if let Some(console) = model.consoles.open.get_mut(&id) {
        console.told = Some(viewport);
    }
    effects.push(send(vm, id, command));
    id
}

/// A command for a console's host.
pub(super) fn send(vm: VmKey, console: ConsoleId, command: ConsoleCommand) -> Effect {
    Effect::Host(vm.host, HostCommand::Console { console, command })
}

/// Sends a command to the console that has the keys.
pub(super) fn tell_current(model: &Model, command: ConsoleCommand, effects: &mut Vec<Effect>) {
    if let (Some(id), Some(console)) = (model.consoles.focused(), model.consoles.current()) {
        effects.push(send(console.vm, id, command));
    }
}

/// Gives the screen to the consoles.
pub(super) fn enter(model: &mut Model) {
    if model.consoles.tabs.is_empty() {
        return;
    }
    model.consoles.leader = false;
    model.front = Front::Consoles;
    if let Some(console) = model.consoles.current_mut() {
        console.bell = false;
    }
}

/// Gives the screen back to the fleet.
pub(super) fn leave(model: &mut Model) {
    model.consoles.leader = false;
    model.pending_keys.clear();
    model.front = Front::Fleet;
}

/// Closes the console that has the keys.
pub(super) fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if let (Some(id), Some(console)) = (model.consoles.focused(), model.consoles.current()) {
        effects.push(send(console.vm, id, ConsoleCommand::Close));
        model.consoles.remove(id);
    }
    if model.consoles.tabs.is_empty() {
        leave(model);
    }
}

/// Switches between screen and serial line of the same VM.
pub(super) fn other(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((vm, serial)) = model
        .consoles
        .current()
        .map(|console| (console.vm, console.is_serial()))
    else {
        return;
    };
    let id = match model.consoles.find(vm, !serial) {
        Some(id) => id,
        None => {
            let kind = if serial { screen_kind(false) } else { serial_kind() };
            add(model, vm, kind, false, effects)
        }
    };
    model.consoles.show(id);
}

/// Where the shown consoles stand.
pub fn placed(model: &Model) -> Vec<Place> {
    let panes = model
        .consoles
        .shown()
        .map(|tab| tab.panes.as_slice())
        .unwrap_or_default();
    places(panes, model.screen)
}

fn viewport(model: &Model, id: ConsoleId, place: Option<&Place>) -> Viewport {
    let options = &model.options.console;
    let console = model.consoles.open.get(&id);
    // what was never on the screen gets the size that it will have alone
    let alone = places(&[id], model.screen)
        .first()
        .map(|place| place.inside)
        .unwrap_or_default();
    let inside = place.map_or(alone, |place| place.inside);
    // a dialog over a picture would be painted over
    let protocol = if model.layers.is_empty() {
        options.protocol
    } else {
        PictureProtocol::HalfBlocks
    };
    Viewport {
        columns: inside.width,
        rows: inside.height,
        cell: options.cell,
        protocol,
        depth: options.depth,
        ascii: model.options.ascii,
        zoom: console.map_or(Zoom::Fit, |console| console.zoom),
        pan: console.map_or((0, 0), |console| console.pan),
        read_text: console.is_none_or(|console| console.read_text),
        visible: model.front == Front::Consoles && place.is_some() && model.frozen.is_none(),
        budget: console.map_or(options.budget, |console| console.budget),
    }
}

/// Tells every console where it is drawn now, if that changed.
pub(super) fn tell(model: &mut Model, effects: &mut Vec<Effect>) {
    let grabs = has_keys(model);
    if model.consoles.grabbed != grabs {
        model.consoles.grabbed = grabs;
        effects.push(Effect::Grab(grabs));
    }
    if model.consoles.open.is_empty() {
        return;
    }
    let places = placed(model);
    let ids: Vec<ConsoleId> = model.consoles.open.keys().copied().collect();
    for id in ids {
        let place = places.iter().find(|place| place.console == id);
        let now = viewport(model, id, place);
        let Some(console) = model.consoles.open.get_mut(&id) else {
            continue;
        };
        // a console out of sight keeps its size: the guest need not know that nobody looks
        let now = match console.told {
            Some(told) if place.is_none() => Viewport { visible: false, ..told },
            Some(_) | None => now,
        };
        if console.told != Some(now) {
            console.told = Some(now);
            effects.push(send(console.vm, id, ConsoleCommand::Viewport(now)));
        }
    }
}

/// Frames that have reached the terminal: their consoles may send the next.
pub fn drawn(model: &mut Model, bytes: usize) -> Vec<Effect> {
    if model.front != Front::Consoles {
        return Vec::new();
    }
    let shown: Vec<ConsoleId> = placed(model).iter().map(|place| place.console).collect();
    let mut fresh = Vec::new();
    for id in shown {
        if let Some(console) = model.consoles.open.get_mut(&id)
            && let Some(frame) = &console.frame
            && frame.serial > console.drawn
        {
            console.drawn = frame.serial;
            fresh.push((console.vm, id, frame.serial));
        }
    }
    let share = u32::try_from(bytes / fresh.len().max(1)).unwrap_or(u32::MAX);
    let drawn = |(vm, id, serial)| send(vm, id, ConsoleCommand::Drawn { serial, bytes: share });
    fresh.into_iter().map(drawn).collect()
}

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
        // what is shown may lie elsewhere than what was asked for
        let (x, y) = console.frame.as_ref().map_or(console.pan, |frame| frame.pan);
        let moved = |at: u16, by: i32| (i32::from(at) + by).clamp(0, 8192) as u16;
        console.pan = (moved(x, across), moved(y, down));
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

/// Whether any console is shown on a screen of its own: keys go there.
pub(super) fn has_keys(model: &Model) -> bool {
    model.front == Front::Consoles && model.layers.is_empty() && !Consoles::is_empty(&model.consoles)
}

/// A console goes with its VM to another host: there it is opened anew, under the same identity.
pub(super) fn follow(model: &mut Model, from: VmKey, to: VmKey, effects: &mut Vec<Effect>) {
    let moved: Vec<ConsoleId> = model
        .consoles
        .open
        .iter()
        .filter(|(_, console)| console.vm == from)
        .map(|(id, _)| *id)
        .collect();
    for id in moved {
        effects.push(send(from, id, ConsoleCommand::Close));
        if let Some(console) = model.consoles.open.get_mut(&id) {
            console.vm = to;
            let viewport = console.told.unwrap_or_default();
            let kind = console.kind.clone();
            effects.push(send(
                to,
                id,
                ConsoleCommand::Open {
                    uuid: to.uuid,
                    kind,
                    viewport,
                },
            ));
        }
    }
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
    match crate::hv::keycodes::combination(keys) {
        Ok(codes) => console_keys::to_all(model, &ConsoleCommand::Chord(codes), effects),
        Err(error) => say(model, Level::Warning, error),
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
