//! Keys in a question. Only `y`, or the whole phrase and Enter, say yes.

use crate::app::effect::Effect;
use crate::app::layers::Layer;
use crate::app::layers::confirm::{Confirmation, Intent};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{power, say};
use crate::base::key::{Key, KeyCode};

/// Takes a key for the topmost question.
pub(super) fn key(model: &mut Model, key: Key, repeat: bool, effects: &mut Vec<Effect>) {
    let Some(Layer::Confirm(question)) = model.layers.last_mut() else {
        return;
    };
    if key.code == KeyCode::Esc || key == Key::ctrl('c') {
        return drop_it(model);
    }
    // a held key, whether the terminal says so or not, must not answer; typing is no answer yet
    if repeat && (question.phrase.is_none() || key.code == KeyCode::Enter) {
        return;
    }
    match &question.phrase {
        None if question.opened_by == Some(key) => {}
        None if key == Key::char('y') || key == Key::char('Y') => accept(model, effects),
        None if key == Key::char('n') || key == Key::char('N') || key == Key::char('q') => {
            drop_it(model);
        }
        // Enter and everything else neither confirm nor close: nobody answers by accident
        None => {}
        Some(phrase) => {
            if key.code == KeyCode::Enter {
                if question.input.text() == phrase {
                    accept(model, effects);
                } else {
                    let phrase = phrase.clone();
                    say(model, Level::Warning, format!("type {phrase} exactly, or Esc"));
                }
            } else {
                question.input.key(key);
            }
        }
    }
}

fn drop_it(model: &mut Model) {
    model.layers.pop();
    say(model, Level::Info, "nothing was done");
}

/// Does what was asked.
fn accept(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Confirm(Confirmation { intent, .. })) = model.layers.pop() else {
        return;
    };
    match intent {
        Intent::Power { verb, targets, wait } => power::order(model, &verb, &targets, wait, None, effects),
        Intent::Inventory(change) => effects.push(Effect::Inventory(change)),
        Intent::Quit => effects.extend([Effect::SaveState, Effect::Quit]),
    }
}
