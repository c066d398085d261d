//! Consoles: opening, closing, and what is done with the one that has the keys.

use crate::app::actions::Availability;
use crate::app::actions::consoles as rules;
use crate::app::console::layout::{Place, places};
use crate::app::console::{Console, Consoles};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::say;
use crate::app::view::Front;
use crate::base::ids::{NodeId, VmKey};
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
    let mut left_out: Vec<String> = Vec::new();
    let mut keys: Vec<VmKey> = Vec::new();
    for key in model.target_vms() {
        let node = NodeId::Vm(key);
        match rule(model, &[node]) {
            Availability::Ready => keys.push(key),
            Availability::Disabled(reason) => left_out.push(format!("{}: {reason}", model.name(node))),
        }
    }
    if keys.len() > AT_ONCE {
        let text = format!(
            "{} VMs are marked; at most {AT_ONCE} consoles are opened at once",
            keys.len()
        );
        return say(model, Level::Warning, text);
    }
    let mut ids: Vec<ConsoleId> = Vec::new();
    for key in &keys {
        ids.push(match model.consoles.find(*key, serial) {
            Some(id) => id,
            None => add(model, *key, kind.clone(), effects),
        });
    }
    // several that are asked for together are looked at together, wherever they were before
    if ids.len() > 1 {
        model.consoles.gather(&ids);
    }
    if let Some(first) = ids.first() {
        model.consoles.show(*first);
        enter(model);
    }
    if let Some(first) = left_out.first() {
        let text = match left_out.len() {
            1 => first.clone(),
            count => format!("{count} VMs are left out; {first}"),
        };
        say(model, Level::Warning, text);
    }
}

fn add(model: &mut Model, vm: VmKey, kind: ConsoleKind, effects: &mut Vec<Effect>) -> ConsoleId {
    let budget = model.options.console.budget;
    let id = model.consoles.add(Console::new(vm, kind.clone(), budget));
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
    model.consoles.end_commands();
    model.front = Front::Consoles;
}

/// Gives the screen back to the fleet.
pub(super) fn leave(model: &mut Model) {
    model.consoles.end_commands();
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
            add(model, vm, kind, effects)
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
    // a dialog would be painted over by a picture; the commands only take the parts under them away
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
    if model.front == Front::Consoles {
        // who is looked at need not ring any more
        for place in &places {
            if let Some(console) = model.consoles.open.get_mut(&place.console) {
                console.bell = false;
            }
        }
    }
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

/// Whether any console is shown on a screen of its own: keys go there.
pub(super) fn has_keys(model: &Model) -> bool {
    model.front == Front::Consoles && model.layers.is_empty() && !Consoles::is_empty(&model.consoles)
}

/// A console goes with its VM to another host, under the same identity and with what it has shown.
pub(super) fn follow(model: &mut Model, from: VmKey, to: VmKey, effects: &mut Vec<Effect>) {
    for vm in model.wall.vms.iter_mut().filter(|vm| **vm == from) {
        *vm = to;
    }
    let moved: Vec<ConsoleId> = model
        .consoles
        .open
        .iter()
        .filter(|(_, console)| console.vm == from)
        .map(|(id, _)| *id)
        .collect();
    for id in moved {
        effects.push(send(from, id, ConsoleCommand::Move));
        if let Some(console) = model.consoles.open.get_mut(&id) {
            console.vm = to;
            console.state = ConsoleState::Connecting {
                step: "to the VM's new host".into(),
            };
            let viewport = console.told.unwrap_or_default();
            let kind = console.kind.clone();
            let open = ConsoleCommand::OpenMoved {
                uuid: to.uuid,
                kind,
                viewport,
            };
            effects.push(send(to, id, open));
        }
    }
}
