//! The filter, the search in the text, the command line, and pasting.

use crate::app::actions::ACTIONS;
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::command_line::CommandLine;
use crate::app::layers::form::Control;
use crate::app::model::Model;
use crate::app::update::{go, open, rows, run};
use crate::base::key::{Key, KeyCode};
use crate::inventory::columns::VmColumn;

/// Commands remembered.
const REMEMBERED: usize = 100;

/// Takes pasted text where text is being typed; elsewhere it means nothing.
pub(super) fn paste(model: &mut Model, text: &str) {
    match model.layers.last_mut() {
        Some(Layer::Confirm(question)) if question.phrase.is_some() => question.input.paste(text),
        Some(Layer::Palette(palette)) => {
            palette.input.paste(text);
            palette.search();
        }
        Some(Layer::Form(form)) => {
            if let Some(field) = form.fields.get_mut(form.index)
                && let Control::Text(input) | Control::Secret(input) = &mut field.control
            {
                input.paste(text);
            }
        }
        Some(Layer::Command(line)) => {
            line.input.paste(text);
            complete(model);
        }
        Some(Layer::Confirm(_) | Layer::Menu(_) | Layer::Viewer(_)) => {}
        None if model.filtering => {
            model.filter.paste(text);
            rows::refilter(model);
        }
        None if model.detail.typing => {
            if let Some(search) = &mut model.detail.search {
                search.paste(text);
            }
        }
        None => {}
    }
}

/// Takes a key for the filter.
pub(super) fn filter_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    match key.code {
        KeyCode::Enter | KeyCode::Tab => {
            model.filtering = false;
            // whoever accepts the filter means the row that the cursor shows itself on
            go::step(model, 0);
        }
        KeyCode::Esc => {
            model.filtering = false;
            model.filter.set("");
            rows::refilter(model);
        }
        KeyCode::Char('c') if key.ctrl => {
            model.filtering = false;
            model.filter.set("");
            rows::refilter(model);
        }
        KeyCode::Up => go::step(model, -1),
        KeyCode::Down => go::step(model, 1),
        KeyCode::PageUp | KeyCode::PageDown => {
            model.filtering = false;
            super::keys::key(model, key, false, effects);
        }
        _ => {
            if model.filter.key(key) {
                rows::refilter(model);
                rows::go_to_first_hit(model);
            }
        }
    }
}

/// Takes a key for the search in the XML.
pub(super) fn search_key(model: &mut Model, key: Key) {
    match key.code {
        KeyCode::Enter => {
            model.detail.typing = false;
            go::next_match(model, 0);
        }
        KeyCode::Esc => {
            model.detail.typing = false;
            model.detail.search = None;
        }
        _ => {
            model.detail.match_index = 0;
            model.detail.search.get_or_insert_with(Input::default).key(key);
        }
    }
}

/// Opens the command line.
pub(super) fn open_command_line(model: &mut Model, text: &str) {
    open(
        model,
        Layer::Command(CommandLine {
            input: Input::new(text),
            ..CommandLine::default()
        }),
    );
    complete(model);
}

/// Takes a key for the command line.
pub(super) fn command_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let Some(Layer::Command(line)) = model.layers.last_mut() else {
        return;
    };
    match key.code {
        KeyCode::Esc => {
            model.layers.pop();
        }
        KeyCode::Char('c') if key.ctrl => {
            model.layers.pop();
        }
        KeyCode::Enter => submit(model, effects),
        KeyCode::Tab => step_completion(line, if key.shift { -1 } else { 1 }),
        KeyCode::Up => recall(model, 1),
        KeyCode::Down => recall(model, -1),
        _ => {
            if line.input.key(key) {
                line.error = None;
                line.recalled = None;
                complete(model);
            }
        }
    }
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Command(line)) = model.layers.last_mut() else {
        return;
    };
    let text = line.input.text().trim().to_owned();
    if text.is_empty() {
        model.layers.pop();
        return;
    }
    match Call::parse(&text) {
        Ok(call) => {
            model.layers.pop();
            model.commands.retain(|former| *former != text);
            model.commands.push(text);
            if model.commands.len() > REMEMBERED {
                model.commands.remove(0);
            }
            run::call(model, &call, Some(Key::plain(KeyCode::Enter)), effects);
        }
        Err(error) => line.error = Some(error),
    }
}

fn step_completion(line: &mut CommandLine, by: isize) {
    if line.completions.is_empty() {
        return;
    }
    let count = line.completions.len() as isize;
    let next = line.index.map_or(if by > 0 { 0 } else { count - 1 }, |index| {
        (index as isize + by).rem_euclid(count)
    });
    line.index = Some(next as usize);
    if let Some((text, _)) = line.completions.get(next as usize) {
        line.input.set(text);
    }
}

fn recall(model: &mut Model, by: isize) {
    let count = model.commands.len();
    let Some(Layer::Command(line)) = model.layers.last_mut() else {
        return;
    };
    let next = line.recalled.map_or(by - 1, |at| at as isize + by);
    if next < 0 {
        line.recalled = None;
        line.input.set("");
    } else if (next as usize) < count {
        line.recalled = Some(next as usize);
        line.input.set(&model.commands[count - 1 - next as usize]);
    }
    line.error = None;
}

/// Finds what would complete the line.
fn complete(model: &mut Model) {
    let Some(Layer::Command(line)) = model.layers.last() else {
        return;
    };
    let text = line.input.text().trim_start().to_owned();
    let completions: Vec<(String, String)> = match text.split_once(' ') {
        None => ACTIONS
            .iter()
            .filter(|spec| {
                let verb = spec.name.split_once('.').map_or(spec.name, |(_, verb)| verb);
                spec.name.starts_with(&text) || verb.starts_with(&text)
            })
            .map(|spec| {
                let argument = spec.argument.map(|argument| format!(" {argument}")).unwrap_or_default();
                (spec.name.to_owned(), format!("{}{argument}", spec.title))
            })
            .collect(),
        Some((name, typed)) => {
            let typed = typed.trim_start();
            let words: Vec<String> = match name {
                "app.theme" => model.theme_names.clone(),
                "app.keymap" => model.keymap_names.clone(),
                "view.sort" => VmColumn::ALL.iter().map(|column| column.id().to_owned()).collect(),
                "view.tab" => {
                    let tabs = crate::app::view::Tab::of(model.selected());
                    tabs.iter().map(|tab| tab.title().to_lowercase()).collect()
                }
                _ => Vec::new(),
            };
            let fitting = words.into_iter().filter(|word| word.starts_with(typed));
            fitting.map(|word| (format!("{name} {word}"), String::new())).collect()
        }
    };
    if let Some(Layer::Command(line)) = model.layers.last_mut() {
        line.completions = completions;
        line.index = None;
    }
}
