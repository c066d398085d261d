//! What is shown and how: filter, sorting, tabs, panels.

use crate::app::input::Input;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{consoles, rows, say};
use crate::app::view::{Front, Pane, Panel, Tab, View};
use crate::inventory::columns::VmColumn;

pub(super) fn show(model: &mut Model, view: View) {
    consoles::leave(model);
    let selected = model.selected();
    model.view = view;
    model.pane = Pane::Navigator;
    rows::rebuild(model);
    rows::reveal(model, selected);
    model.view = view;
    rows::rebuild(model);
}

pub(super) fn filter(model: &mut Model, argument: Option<&str>) {
    if let Some(text) = argument {
        model.filter.set(text);
        rows::refilter(model);
    } else if model.pane == Pane::Detail && model.detail.tab(model.selected()) == Tab::Xml {
        model.detail.typing = true;
        model.detail.search = Some(Input::default());
    } else {
        model.filtering = true;
    }
}

/// Esc: the nearest thing that can be closed or cleared.
pub(super) fn clear(model: &mut Model) {
    if model.front != Front::Fleet {
        consoles::leave(model);
    } else if model.detail.search.take().is_some() {
        model.detail.match_index = 0;
    } else if model.range.take().is_some() {
        // the marks stay
    } else if !model.filter.text().is_empty() {
        model.filter.set("");
        rows::refilter(model);
    } else if !model.marks.is_empty() {
        model.marks.clear();
    } else if model.zoom {
        model.zoom = false;
    } else if model.pane != Pane::Navigator {
        model.pane = Pane::Navigator;
    } else if model.panel.is_some() {
        model.panel = None;
    } else {
        model.notices.dismiss();
    }
}

pub(super) fn set_sort(model: &mut Model, column: VmColumn, descending: bool) {
    model.list.sort = (column, descending);
    if model.view == View::List {
        rows::rebuild(model);
    } else {
        show(model, View::List);
    }
}

pub(super) fn sort(model: &mut Model, argument: &str) {
    let by_number = argument
        .parse::<usize>()
        .ok()
        .and_then(|n| model.list.columns.get(n.checked_sub(1)?))
        .copied();
    let Some(column) = by_number.or_else(|| VmColumn::from_id(argument)) else {
        let text = format!("there is no column {}", crate::base::text::show(argument));
        return say(model, Level::Warning, text);
    };
    let (sorted, descending) = model.list.sort;
    // numbers are most interesting from the top
    let descending = if sorted == column { !descending } else { column.moves() };
    set_sort(model, column, descending);
}

pub(super) fn shift_sort(model: &mut Model, by: isize) {
    let count = model.list.columns.len() as isize;
    if count == 0 {
        return;
    }
    let at = model
        .list
        .columns
        .iter()
        .position(|column| *column == model.list.sort.0)
        .unwrap_or(0) as isize;
    let column = model.list.columns[(at + by).rem_euclid(count) as usize];
    set_sort(model, column, column.moves());
}

pub(super) fn tab(model: &mut Model, argument: &str) {
    consoles::leave(model);
    let node = model.selected();
    let tabs = Tab::of(node);
    let by_number = argument
        .parse::<usize>()
        .ok()
        .and_then(|n| tabs.get(n.checked_sub(1)?))
        .copied();
    let found = by_number.or_else(|| {
        tabs.iter()
            .find(|tab| tab.title().eq_ignore_ascii_case(argument))
            .copied()
    });
    if let Some(tab) = found {
        model.detail.set_tab(node, tab);
        model.pane = Pane::Detail;
    } else {
        let names: Vec<&str> = tabs.iter().map(|tab| tab.title()).collect();
        say(model, Level::Warning, format!("tabs here are {}", names.join(", ")));
    }
}

pub(super) fn panel(model: &mut Model, panel: Panel) {
    model.panel_state.closed = model.shown_panel() == Some(panel);
    if model.panel_state.closed {
        model.panel = None;
        if model.pane == Pane::Panel {
            model.pane = Pane::Navigator;
        }
    } else {
        model.panel = Some(panel);
        model.panel_state.at = None;
        if model.columns() == 1 {
            model.pane = Pane::Panel;
        }
    }
}
