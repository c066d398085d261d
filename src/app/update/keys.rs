//! Keys: to the topmost dialog, to what is being typed, or to the bindings.

use crate::app::actions::{ActionId, Group, spec};
use crate::app::effect::Effect;
use crate::app::keymap::Lookup;
use crate::app::layers::Layer;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{choose, confirm_keys, console_keys, consoles, run, say, submit, typing};
use crate::app::view::Front;
use crate::base::key::{Key, KeyCode, KeySequence};
use crate::hv::console::Stroke;

/// Takes a key.
pub(super) fn key(model: &mut Model, key: Key, repeat: bool, effects: &mut Vec<Effect>) {
    match model.layers.last() {
        Some(Layer::Confirm(_)) => return confirm_keys::key(model, key, repeat, effects),
        Some(Layer::Menu(_)) => return choose::menu_key(model, key, effects),
        Some(Layer::Palette(_)) => return choose::palette_key(model, key, effects),
        Some(Layer::Form(_)) => return submit::form_key(model, key, effects),
        Some(Layer::Command(_)) => return typing::command_key(model, key, effects),
        Some(Layer::Viewer(_)) => return choose::viewer_key(model, key),
        None => {}
    }
    if consoles::has_keys(model) && console_keys::key(model, key, Stroke::from_repeat(repeat), effects) {
        return;
    }
    if model.filtering {
        return typing::filter_key(model, key, effects);
    }
    if model.detail.typing {
        return typing::search_key(model, key);
    }
    bound(model, key, effects);
}

/// Looks a key up, together with the ones pressed before it.
fn bound(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    // whoever has pressed the leader key by mistake wants to stay where they are
    if key == Key::plain(KeyCode::Esc) && (!model.pending_keys.is_empty() || model.consoles.leader) {
        model.pending_keys.clear();
        model.consoles.end_commands();
        return;
    }
    model.pending_keys.push(key);
    match model.keymap.lookup(model.context(), &model.pending_keys) {
        Lookup::Call(call) => {
            model.pending_keys.clear();
            // moving about is done several times in a row
            if model.consoles.leader && is_repeated(call.action) {
                model.consoles.lingering = true;
            } else {
                model.consoles.end_commands();
            }
            if model.front == Front::Consoles && !is_for_consoles(call.action) {
                say(model, Level::Info, format!("{key} is for what the consoles hide"));
                return;
            }
            run::call(model, &call, Some(key), effects);
        }
        Lookup::Prefix => {}
        Lookup::Nothing => {
            model.consoles.end_commands();
            let keys = KeySequence(std::mem::take(&mut model.pending_keys));
            if keys.0.len() > 1 || model.front == Front::Consoles {
                say(model, Level::Info, format!("{keys} is not bound"));
            }
        }
    }
}

/// Whether an action does something that is seen while consoles have the screen.
fn is_for_consoles(action: ActionId) -> bool {
    match spec(action).group {
        Group::Move | Group::Mark => false,
        Group::View => matches!(action, ActionId::Redraw | ActionId::Freeze),
        Group::Power | Group::Console | Group::InConsole | Group::Host | Group::Inventory | Group::Program => true,
    }
}

/// Commands to consoles after which another one may follow without the leader key: those of
/// somebody who looks around. Whoever goes to another console is going to type there.
fn is_repeated(action: ActionId) -> bool {
    use ActionId as Id;
    matches!(
        action,
        Id::ConsoleScrollUp
            | Id::ConsoleScrollDown
            | Id::ConsoleScrollTop
            | Id::ConsoleSearchBack
            | Id::ConsoleSearchForth
            | Id::ConsolePanLeft
            | Id::ConsolePanRight
            | Id::ConsolePanUp
            | Id::ConsolePanDown
            | Id::ConsoleZoom
    )
}
