//! Moving about.

use crate::app::model::Model;
use crate::app::update::rows;
use crate::app::view::{Front, Pane, Tab, View};
use crate::base::ids::NodeId;

/// Objects remembered for going back.
const REMEMBERED: usize = 100;

/// Moves by so many rows or lines in the pane that has the keys.
pub(super) fn step(model: &mut Model, by: isize) {
    if model.front == Front::Wall {
        return super::wall::step(model, 0, by);
    }
    match model.pane {
        Pane::Navigator => {
            match model.view {
                View::Tree => model.tree.cursor.step(&model.tree.nodes, by),
                View::List => model.list.cursor.step(&model.list.rows, by),
            }
            super::marks::extend(model);
        }
        Pane::Detail => {
            let node = model.selected();
            if model.detail.tab(node) == Tab::Vms {
                step_vms(model, node, by);
            } else {
                scroll_detail(model, by);
            }
        }
        Pane::Panel => model.step_panel(by),
    }
}

/// Moves by so many pages, or halves of them.
pub(super) fn page(model: &mut Model, halves: isize) {
    let rows = match model.pane {
        Pane::Navigator => model.sizes.navigator_rows,
        Pane::Detail => model.sizes.detail_rows,
        Pane::Panel => model.sizes.panel_rows,
    };
    step(
        model,
        (isize::from(i16::try_from(rows).unwrap_or(i16::MAX)) / 2).max(1) * halves,
    );
}

/// Goes to the first or last row.
pub(super) fn end(model: &mut Model, last: bool) {
    step(model, if last { isize::MAX / 2 } else { isize::MIN / 2 });
}

/// Lines above the first VM in the details of a group or host.
const HEADINGS: usize = 1;

/// Moves the cursor among the VMs of a group or host, and scrolls after it.
fn step_vms(model: &mut Model, node: NodeId, by: isize) {
    let vms = model.store.vms_below(node);
    let offset = model.detail.offset(node);
    let at = model
        .detail
        .pointer(node)
        .and_then(|row| vms.iter().position(|key| NodeId::Vm(*key) == row));
    let to = match at {
        Some(at) => at.saturating_add_signed(by),
        // the first step shows where the cursor is
        None => offset.saturating_add_signed(by - by.signum()),
    };
    let to = to.min(vms.len().saturating_sub(1));
    let Some(key) = vms.get(to) else {
        return;
    };
    model.detail.point_at(node, NodeId::Vm(*key));
    let (lines, rows) = (model.sizes.detail_lines, usize::from(model.sizes.detail_rows));
    let line = if to == 0 { 0 } else { to + HEADINGS };
    let offset = crate::app::layers::menu::scrolled(offset, line, rows);
    model.detail.set_offset(node, offset, lines, rows);
}

/// Puts the cursor of the details on the next row that is about an object, and scrolls where the
/// screen has no more of them.
fn next_link(model: &mut Model, node: NodeId, by: isize) {
    let links = &model.sizes.links;
    let at = model
        .detail
        .pointer(node)
        .and_then(|row| links.iter().position(|link| *link == row));
    let to = match at {
        Some(at) => at.checked_add_signed(by),
        None if by > 0 => Some(0),
        None => links.len().checked_sub(1),
    };
    match to.and_then(|to| links.get(to)) {
        Some(row) => model.detail.point_at(node, *row),
        None => scroll_detail(
            model,
            by * (isize::try_from(model.sizes.detail_rows / 2).unwrap_or(1)).max(1),
        ),
    }
}

/// Goes from the details of one object to those of another.
pub(super) fn follow(model: &mut Model, node: NodeId) {
    jump(model, node);
    if model.selected() == node {
        model.pane = Pane::Detail;
    }
}

/// Scrolls the details.
pub(super) fn scroll_detail(model: &mut Model, by: isize) {
    let node = model.selected();
    let (lines, rows) = (model.sizes.detail_lines, usize::from(model.sizes.detail_rows));
    let offset = model.detail.offset(node).saturating_add_signed(by);
    model.detail.set_offset(node, offset, lines, rows);
}

/// Folds, goes to the parent, or to the former tab.
pub(super) fn left(model: &mut Model) {
    if model.front == Front::Wall {
        return super::wall::step(model, -1, 0);
    }
    match (model.pane, model.view) {
        (Pane::Detail, _) => model.detail.step_tab(model.selected(), -1),
        (Pane::Panel, _) => model.pane = Pane::Navigator,
        (Pane::Navigator, View::List) => {}
        (Pane::Navigator, View::Tree) => {
            let Some(row) = model.tree.rows.get(model.tree.cursor.index()).copied() else {
                return;
            };
            if row.has_children && !row.folded {
                model.tree.folds.insert(row.node);
                rows::rebuild(model);
            } else if let Some(parent) = model.parent(row.node) {
                model.tree.cursor.go_to(&model.tree.nodes, parent);
            }
        }
    }
}

/// Unfolds, goes to the details, or to the next tab.
pub(super) fn right(model: &mut Model) {
    if model.front == Front::Wall {
        return super::wall::step(model, 1, 0);
    }
    match (model.pane, model.view) {
        (Pane::Detail, _) => model.detail.step_tab(model.selected(), 1),
        (Pane::Panel, _) => {}
        (Pane::Navigator, View::List) => model.pane = Pane::Detail,
        (Pane::Navigator, View::Tree) => {
            let Some(row) = model.tree.rows.get(model.tree.cursor.index()).copied() else {
                return;
            };
            if row.folded {
                model.tree.folds.remove(&row.node);
                rows::rebuild(model);
            } else {
                model.pane = Pane::Detail;
            }
        }
    }
}

/// Opens what is under the cursor: a fold, or the details.
pub(super) fn open(model: &mut Model) {
    match model.pane {
        Pane::Navigator => {
            remember(model);
            right(model);
        }
        Pane::Detail => {
            let node = model.selected();
            let row = model.detail.pointer(node).filter(|row| model.store.contains(*row));
            if let Some(row) = row {
                follow(model, row);
            } else if node.vm().is_none() {
                // on a group or host, Enter shows its VMs
                model.detail.set_tab(node, Tab::Vms);
            }
        }
        Pane::Panel => super::panel::open_entry(model),
    }
}

/// Goes to the next pane that is on the screen, or the one before.
pub(super) fn pane(model: &mut Model, by: isize) {
    let mut panes = vec![Pane::Navigator, Pane::Detail];
    if model.shown_panel().is_some() {
        panes.push(Pane::Panel);
    }
    let at = panes.iter().position(|pane| *pane == model.pane).unwrap_or(0) as isize;
    model.pane = panes[(at + by).rem_euclid(panes.len() as isize) as usize];
}

/// Remembers the object under the cursor for going back.
pub(super) fn remember(model: &mut Model) {
    let node = model.selected();
    if model.history.last() != Some(&node) {
        model.history.push(node);
        if model.history.len() > REMEMBERED {
            model.history.remove(0);
        }
        model.future.clear();
    }
}

/// Goes to an object from anywhere.
pub(super) fn jump(model: &mut Model, node: NodeId) {
    super::consoles::leave(model);
    remember(model);
    if rows::reveal(model, node) {
        model.pane = Pane::Navigator;
        remember(model);
    }
}

/// Goes back in what was looked at.
pub(super) fn back(model: &mut Model) {
    let here = model.selected();
    while let Some(node) = model.history.pop() {
        if node != here && model.store.contains(node) {
            model.future.push(here);
            rows::reveal(model, node);
            return;
        }
    }
}

/// Goes forward again.
pub(super) fn forward(model: &mut Model) {
    while let Some(node) = model.future.pop() {
        if model.store.contains(node) {
            let here = model.selected();
            model.history.push(here);
            rows::reveal(model, node);
            return;
        }
    }
}

/// Goes to the match so many after the present one, around the ends; in details that are not
/// searched, to the next row that is about another object.
pub(super) fn next_match(model: &mut Model, by: isize) {
    let node = model.selected();
    if model.detail.tab(node) != Tab::Xml {
        return next_link(model, node, by);
    }
    let count = model.sizes.matches.len() as isize;
    if count == 0 {
        return;
    }
    model.detail.match_index = (model.detail.match_index as isize + by).rem_euclid(count) as usize;
    let line = model.sizes.matches[model.detail.match_index];
    let rows = usize::from(model.sizes.detail_rows);
    let node = model.selected();
    model
        .detail
        .set_offset(node, line.saturating_sub(rows / 3), model.sizes.detail_lines, rows);
}
