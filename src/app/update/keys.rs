//! Keys: to the topmost dialog, to what is being typed, or to the bindings.

use crate::app::effect::Effect;
use crate::app::keymap::Lookup;
use crate::app::layers::Layer;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{choose, confirm_keys, run, say, submit, typing};
use crate::base::key::{Key, KeyCode, KeySequence};

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
    if key == Key::plain(KeyCode::Esc) && !model.pending_keys.is_empty() {
        model.pending_keys.clear();
        return;
    }
    model.pending_keys.push(key);
    match model.keymap.lookup(model.context(), &model.pending_keys) {
        Lookup::Call(call) => {
            model.pending_keys.clear();
            run::call(model, &call, Some(key), effects);
        }
        Lookup::Prefix => {}
        Lookup::Nothing => {
            let keys = KeySequence(std::mem::take(&mut model.pending_keys));
            if keys.0.len() > 1 {
                say(model, Level::Info, format!("{keys} is not bound"));
            }
        }
    }
}
