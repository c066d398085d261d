//! Keys and mouse while consoles have the screen: all but the leader key are the guest's.

use crate::app::console::layout::Place;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::msg::RawPointer;
use crate::app::update::consoles::{placed, send};
use crate::base::key::Key;
use crate::hv::console::{Buttons, ConsoleCommand, ConsoleId, Pointer, Stroke, Typed};

/// Takes a key; `true` when it was the guest's or the leader, `false` when it is a command.
pub(super) fn key(model: &mut Model, key: Key, stroke: Stroke, effects: &mut Vec<Effect>) -> bool {
    let leader = model.options.console.leader;
    if model.consoles.leader {
        if key == leader && model.consoles.lingering {
            // it begins another command: who scrolls does not mean the guest
            model.consoles.lingering = false;
            model.pending_keys.clear();
            return true;
        }
        if key == leader && model.pending_keys.is_empty() {
            model.consoles.end_commands();
            type_key(model, Typed::Key(key), Stroke::Tap, effects);
            return true;
        }
        return false;
    }
    if key == leader {
        model.consoles.leader = true;
        return true;
    }
    type_key(model, Typed::Key(key), stroke, effects);
    true
}

/// A key that goes up, or a modifier: only consoles care.
pub(super) fn stroke(model: &Model, typed: Typed, stroke: Stroke, effects: &mut Vec<Effect>) {
    if model.consoles.leader || typed == Typed::Key(model.options.console.leader) {
        return;
    }
    type_key(model, typed, stroke, effects);
}

fn type_key(model: &Model, typed: Typed, stroke: Stroke, effects: &mut Vec<Effect>) {
    to_all(model, &ConsoleCommand::Type { typed, stroke }, effects);
}

/// Pasted text is typed.
pub(super) fn paste(model: &Model, text: &str, effects: &mut Vec<Effect>) {
    to_all(model, &ConsoleCommand::TypeText(text.to_owned()), effects);
}

/// Sends what is typed to the console that has the keys, or to all of the tab.
pub(super) fn to_all(model: &Model, command: &ConsoleCommand, effects: &mut Vec<Effect>) {
    for id in model.consoles.typed_to() {
        if let Some(console) = model.consoles.open.get(&id) {
            effects.push(send(console.vm, id, command.clone()));
        }
    }
}

/// The mouse over the consoles: the keys go to the one that is pressed, which gets the mouse too.
pub(super) fn pointer(model: &mut Model, raw: RawPointer, effects: &mut Vec<Effect>) {
    let places = placed(model);
    let Some(place) = places.iter().find(|place| place.inside.contains(raw.column, raw.row)) else {
        return;
    };
    let pressed = raw.buttons != Buttons::default() && model.consoles.buttons == Buttons::default();
    if pressed {
        focus(model, place.console);
    }
    model.consoles.buttons = raw.buttons;
    if model.consoles.focused() != Some(place.console) {
        return;
    }
    let command = match model.consoles.open.get(&place.console) {
        Some(console) if console.is_serial() && raw.wheel != 0 && !wants_mouse(model, place) => {
            ConsoleCommand::Scroll(-3 * i32::from(raw.wheel))
        }
        Some(_) => ConsoleCommand::Pointer(Pointer {
            column: raw.column - place.inside.x,
            row: raw.row - place.inside.y,
            buttons: raw.buttons,
            wheel: raw.wheel,
            relative: None,
        }),
        None => return,
    };
    if let Some(console) = model.consoles.open.get(&place.console) {
        effects.push(send(console.vm, place.console, command));
    }
}

fn wants_mouse(model: &Model, place: &Place) -> bool {
    let console = model.consoles.open.get(&place.console);
    console
        .and_then(|console| console.frame.as_ref())
        .is_some_and(|frame| frame.mouse)
}

fn focus(model: &mut Model, id: ConsoleId) {
    model.consoles.show(id);
}
