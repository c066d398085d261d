//! The one function that changes the model.

mod checks;
mod choose;
mod confirm_keys;
mod console_commands;
mod console_keys;
mod console_news;
pub mod consoles;
mod display;
mod focus;
mod forms;
mod go;
mod host;
mod inventory;
mod keys;
mod marks;
mod mouse;
mod panel;
mod power;
mod questions;
pub mod rows;
mod run;
pub mod shell;
mod submit;
mod typing;
mod views;
pub mod wall;

use crate::app::effect::Effect;
use crate::app::layers::Layer;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::notices::Level;
use crate::app::view::{Pane, View};
use crate::base::time::Stamp;

/// Takes a message in; returns what is to be done outside.
pub fn update(model: &mut Model, msg: Msg, now: Stamp) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    match msg {
        Msg::Key { key, repeat } => keys::key(model, key, repeat, &mut effects),
        Msg::Stroke { typed, stroke } => {
            if consoles::has_keys(model) {
                console_keys::stroke(model, typed, stroke, &mut effects);
            }
        }
        Msg::Pointer(raw) => {
            if consoles::has_keys(model) {
                console_keys::pointer(model, raw, &mut effects);
            }
        }
        Msg::Terminal { protocols, cell } => {
            let options = &mut model.options.console;
            options.cell = cell;
            if let (false, Some(best)) = (options.forced, protocols.first()) {
                options.protocol = *best;
            }
            options.protocols = protocols;
        }
        Msg::CellSize(width, height) => model.options.console.cell = Some((width, height)),
        Msg::ShellEnded(outcome) => {
            if let Err(error) = outcome {
                say(model, Level::Error, error);
            }
        }
        Msg::Paste(text) if consoles::has_keys(model) => console_keys::paste(model, &text, &mut effects),
        Msg::Paste(text) => typing::paste(model, &text),
        Msg::Mouse { action, hit } => mouse::mouse(model, action, hit, &mut effects),
        Msg::Resize(columns, rows) => {
            model.screen = (columns, rows);
            if model.pane == Pane::Panel && model.shown_panel().is_none() {
                model.pane = Pane::Navigator;
            }
        }
        Msg::Tick => power::tick(model, &mut effects),
        Msg::Host(message) => host::message(model, *message, &mut effects),
        Msg::InventoryChanged(outcome) => inventory::changed(model, outcome),
        Msg::HostTested(form, outcome) => inventory::tested(model, form, outcome),
        Msg::ImportFound(candidates) => forms::offer_imports(model, candidates, &mut effects),
        Msg::ThemeLoaded(Ok(theme)) => {
            model.theme = theme;
            effects.push(Effect::SaveState);
        }
        Msg::KeymapLoaded(Ok(keymap)) => {
            model.keymap = keymap;
            model.pending_keys.clear();
            effects.push(Effect::SaveState);
        }
        Msg::Reloaded(Ok(reread)) => inventory::reread(model, reread),
        Msg::ThemeLoaded(Err(error)) | Msg::KeymapLoaded(Err(error)) | Msg::Reloaded(Err(error)) => {
            say(model, Level::Error, error);
        }
        Msg::Notice(level, text) => say(model, level, text),
    }
    questions::ask_next(model);
    rows::refresh(model);
    wall::refresh(model);
    focus::tell(model, &mut effects);
    consoles::tell(model, &mut effects);
    wall::tell(model, &mut effects);
    effects
}

/// Says something to the user.
pub(in crate::app) fn say(model: &mut Model, level: Level, text: impl Into<String>) {
    let now = model.now;
    model.notices.say(level, text, now);
}

/// Opens a dialog.
fn open(model: &mut Model, layer: Layer) {
    model.filtering = false;
    model.detail.typing = false;
    model.pending_keys.clear();
    model.layers.push(layer);
}

/// What the last drawing found out: sizes of panes and dialogs. Returns whether something has to
/// be drawn again because of it.
pub fn laid_out(model: &mut Model, sizes: &crate::app::view::Sizes) -> bool {
    let changed = model.sizes != *sizes;
    if changed {
        model.sizes = sizes.clone();
        let rows = usize::from(sizes.navigator_rows);
        // a navigator that is not on the screen keeps its place for when it comes back
        if rows > 0 {
            match model.view {
                View::Tree => model.tree.cursor.set_height(rows, model.tree.nodes.len()),
                View::List => model.list.cursor.set_height(rows, model.list.rows.len()),
            }
        }
        let selected = model.selected();
        let offset = model.detail.offset(selected);
        model
            .detail
            .set_offset(selected, offset, sizes.detail_lines, usize::from(sizes.detail_rows));
    }
    let layer_rows = usize::from(sizes.layer_rows);
    match model.layers.last_mut() {
        Some(Layer::Menu(menu)) => changed | follow(&mut menu.offset, menu.index, layer_rows),
        Some(Layer::Palette(palette)) => changed | follow(&mut palette.offset, palette.index, layer_rows),
        Some(Layer::Form(form)) => changed | follow(&mut form.offset, form.index, layer_rows),
        Some(Layer::Confirm(_) | Layer::Command(_) | Layer::Viewer(_)) | None => changed,
    }
}

/// Moves an offset so that the cursor is on the screen; returns whether it moved.
fn follow(offset: &mut usize, index: usize, rows: usize) -> bool {
    let scrolled = crate::app::layers::menu::scrolled(*offset, index, rows);
    std::mem::replace(offset, scrolled) != scrolled
}
