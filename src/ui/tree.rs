//! The tree, row by row.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::layers::menu::scrolled;
use crate::app::view::{Hit, Pane, View};
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::text::fit;
use crate::base::time::short;
use crate::inventory::tree::TreeRow;
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::row::{self, faded};
use crate::ui::{chrome, has_keys, list, source};

/// The tree or the flat list.
pub(super) fn navigator(pen: &mut Pen<'_, '_>, area: Rect) {
    match pen.model.view {
        View::Tree => draw(pen, area),
        View::List => list::draw(pen, area),
    }
}

fn draw(pen: &mut Pen<'_, '_>, area: Rect) {
    let model = pen.model;
    let title = Line::from(span("Fleet", pen.skin.get("text.strong")));
    let inside = chrome::pane(pen, area, Pane::Navigator, &title);
    headings(pen, area);
    let rows = usize::from(inside.height);
    pen.sizes().navigator_rows = inside.height;
    let cursor = &model.tree.cursor;
    let offset = scrolled(cursor.offset(), cursor.index(), rows);
    let focused = has_keys(model, Pane::Navigator);
    for (n, row) in model.tree.rows.iter().enumerate().skip(offset).take(rows) {
        let place = Rect {
            y: inside.y + (n - offset) as u16,
            height: 1,
            ..inside
        };
        pen.hit(place, Hit::Row(n));
        draw_row(pen, place, n, row);
        if n == cursor.index() {
            let style = row::cursor(pen.skin, focused);
            pen.cursor_row(place, style);
        }
    }
    if model.store.topology().hosts.is_empty() {
        let hint = Rect {
            y: inside.y + 2,
            height: 1,
            ..inside
        };
        empty_fleet(pen, hint);
    } else if !model.parsed_filter.is_empty() && !model.tree.rows.iter().any(|row| row.hit) {
        let text = format!("nothing matches '{}'", crate::base::text::show(model.filter.text()));
        let style = pen.skin.get("text.dim");
        pen.print(inside.x + 1, inside.y + 2, inside.width.saturating_sub(1), &text, style);
    }
    pen.scroll_mark(area, offset, rows, model.tree.rows.len());
}

/// What the numbers on the right of the rows are, on the frame above them.
fn headings(pen: &mut Pen<'_, '_>, frame: Rect) {
    let inside = frame.width.saturating_sub(2);
    // as wide as the numbers of a row
    let wide = match inside {
        BARS.. => 12,
        LOADS.. => 6,
        _ => return,
    };
    let style = pen.skin.get("text.dim");
    for (n, word) in [(1, " CPU"), (0, " MEM")] {
        let place = Rect {
            width: frame.width.saturating_sub(1 + n * wide),
            height: 1,
            ..frame
        };
        pen.right(place, &Line::from(span(word, style)));
    }
}

/// Width of the pane from which on rows of all kinds show their load.
const LOADS: u16 = 44;
/// Width of the pane from which on loads have bars.
const BARS: u16 = 58;

fn empty_fleet(pen: &mut Pen<'_, '_>, area: Rect) {
    use crate::app::actions::ActionId;
    let context = pen.model.context();
    let keys = |id| {
        let found = pen.model.keymap.keys_of(context, id);
        found.map_or_else(String::new, |keys| format!(" ({keys})"))
    };
    let lines = [
        "no hosts yet".to_owned(),
        format!("Add host{}", keys(ActionId::HostAdd)),
        format!("Import hosts{}", keys(ActionId::Import)),
    ];
    let style = pen.skin.get("text.dim");
    for (n, line) in lines.iter().enumerate() {
        pen.print(area.x + 1, area.y + n as u16, area.width.saturating_sub(1), line, style);
    }
}

/// Marks, indentation, fold sign, then what is particular to the kind of row.
fn draw_row(pen: &mut Pen<'_, '_>, area: Rect, index: usize, row: &TreeRow) {
    let skin = pen.skin;
    let marked = row.node.vm().is_some_and(|key| pen.model.marks.contains(&key));
    let mark = if marked { skin.signs.mark } else { " " };
    let mut x = area.x + pen.print(area.x, area.y, 1, mark, skin.get("mark"));
    // deep trees must leave room for names in narrow panes
    x += u16::from(row.depth) * if area.width < 50 { 1 } else { 2 };
    let fold = match (row.has_children, row.folded) {
        (false, _) => " ",
        (true, true) => skin.signs.folded,
        (true, false) => skin.signs.unfolded,
    };
    pen.print(x, area.y, 1, fold, skin.get("text.dim"));
    if row.has_children {
        pen.hit(Rect::new(x, area.y, 1, 1), Hit::Fold(index));
    }
    x += 1;
    let rest = Rect {
        x,
        width: area.right().saturating_sub(x),
        ..area
    };
    let fade = !row.hit;
    match row.node {
        NodeId::Vm(key) => vm(pen, rest, key, area.width, marked),
        NodeId::Host(id) => host(pen, rest, id, area.width, fade),
        group => {
            let rollup = source::rollup(&pen.model.store, group);
            let style = faded(skin, skin.get("text.strong"), fade);
            let mut right = counts(pen, group);
            if area.width >= LOADS {
                let age = source::group_age(&pen.model.store, group, pen.model.shown_now());
                let numbers = faded(skin, skin.get("text"), fade || age.is_some());
                if let Some(age) = age {
                    right.push(span(format!(" {}", short(age)), skin.get("stale")));
                }
                right.extend(row::load(
                    skin,
                    rollup.cpu_percent(),
                    rollup.memory_percent(),
                    area.width >= BARS,
                    numbers,
                ));
            }
            let name = pen.model.name(group);
            let mut left = vec![];
            if rollup.problems > 0 {
                left.push(span("! ", skin.get("danger")));
            }
            let problems = left.len() * 2;
            left.push(span(name, style));
            finish(pen, rest, left, problems, right);
        }
    }
}

/// Running VMs and all others below a node.
fn counts(pen: &Pen<'_, '_>, node: NodeId) -> Vec<Span<'static>> {
    let (skin, vms) = (pen.skin, source::rollup(&pen.model.store, node).vms);
    let mut spans = vec![
        span(
            format!(" {}{}", vms.running, skin.signs.running_count),
            skin.get("state.running"),
        ),
        span(
            format!(
                " {}{}",
                vms.total - vms.running.min(vms.total),
                skin.signs.stopped_count
            ),
            skin.get("state.off"),
        ),
    ];
    if vms.crashed > 0 {
        spans.push(span(
            format!(" {}{}", vms.crashed, skin.signs.crashed),
            skin.get("state.crashed"),
        ));
    }
    spans
}

fn host(pen: &mut Pen<'_, '_>, area: Rect, id: HostId, pane: u16, fade: bool) {
    let (model, skin) = (pen.model, pen.skin);
    let now = model.shown_now();
    let (Some(state), Some(entry)) = (model.store.host(id), model.entry(id)) else {
        return;
    };
    let (sign, letter, scope) = skin.signs.host(&state.conn);
    let lost = !state.conn.is_connected();
    let stale = state.stale(now);
    let fade = fade || lost || stale.is_some();
    let mut left = vec![span(format!("{sign}{letter} "), skin.get(scope))];
    if let Some(environment) = entry.environment.as_ref().filter(|environment| environment.strict) {
        left.push(span(environment.word.fit(8), skin.environment(environment)));
        left.push(span(" ", skin.get("text")));
    }
    let before = line_width(&Line::from(left.clone()));
    let name = faded(skin, skin.get("text"), fade);
    left.push(span(entry.name.show().into_owned(), name));
    let mut right = counts(pen, NodeId::Host(id));
    if let Some(trouble) = source::trouble(state, now) {
        let known = before + entry.name.width() + line_width(&Line::from(right.clone())) + 2;
        let room = usize::from(area.width).saturating_sub(known);
        if room >= 8 {
            right.insert(0, span(format!(" {}", fit(&trouble, room)), skin.get(scope)));
        }
    } else if lost {
        right.insert(0, span(format!(" {}", state.conn.word()), skin.get(scope)));
    } else if pane >= LOADS {
        let numbers = faded(skin, skin.get("text"), fade);
        if let Some(age) = stale {
            right.push(span(format!(" {}", short(age)), skin.get("stale")));
        }
        let rollup = source::rollup(&model.store, NodeId::Host(id));
        right.extend(row::load(
            skin,
            rollup.cpu_percent(),
            rollup.memory_percent(),
            pane >= BARS,
            numbers,
        ));
    }
    finish(pen, area, left, before, right);
}

fn vm(pen: &mut Pen<'_, '_>, area: Rect, key: VmKey, pane: u16, marked: bool) {
    let (model, skin) = (pen.model, pen.skin);
    let now = model.shown_now();
    let (Some(host), Some(vm)) = (model.store.host(key.host), model.store.vm(key)) else {
        return;
    };
    let task = row::pending(model, skin, key);
    let (sign, letter, scope) = skin.signs.vm(vm.record.status, vm.record.managed_save);
    let sign = if model.tasks.pending(key).is_some() {
        skin.signs.transition
    } else {
        sign
    };
    let lost = !host.conn.is_connected();
    let age = source::vm_age(&model.store, key, now).filter(|_| !lost);
    let state = faded(skin, skin.get(scope), lost);
    let left = vec![
        span(format!("{sign}{letter} "), state),
        span(vm.record.name.show().into_owned(), {
            let base = skin.get(if marked { "mark" } else { "text" });
            faded(skin, base, lost || !vm.record.status.state.is_active())
        }),
    ];
    let mut right = Vec::new();
    if vm.record.status.is_io_error() {
        right.push(span(" I/O error", skin.get("danger")));
    }
    if let Some(task) = task {
        right.push(span(" ", task.style));
        right.push(task);
    } else if vm.record.status.state.is_active() && pane >= 36 {
        let numbers = faded(skin, skin.get("text"), lost || age.is_some());
        if let Some(age) = age {
            right.push(span(format!(" {}", short(age)), skin.get("stale")));
        }
        right.extend(row::load(
            skin,
            vm.rates.cpu,
            vm.rates.memory_percent,
            pane >= BARS,
            numbers,
        ));
    }
    finish(pen, area, left, 3, right);
}

/// Writes the right part, and the left part with its name, which is the last span, cut to what
/// remains. `before` are the cells before the name.
fn finish(pen: &mut Pen<'_, '_>, area: Rect, mut left: Vec<Span<'static>>, before: usize, right: Vec<Span<'static>>) {
    let right = Line::from(right);
    // the name keeps at least this much; numbers give way to it
    let name = left.last().map_or(0, |name| crate::base::text::width(&name.content));
    let least = ((before + name.min(10) + 1) as u16).min(area.width);
    let wide = (line_width(&right) as u16).min(area.width.saturating_sub(least));
    let place = Rect {
        x: area.right().saturating_sub(wide),
        width: wide,
        ..area
    };
    if line_width(&right) <= usize::from(wide) {
        pen.right(place, &right);
    } else {
        pen.line(place.x, place.y, place.width, &right);
    }
    let room = usize::from(area.width.saturating_sub(wide)).saturating_sub(before + usize::from(wide > 0));
    if let Some(name) = left.last_mut() {
        name.content = fit(&name.content, room).into();
    }
    pen.line(area.x, area.y, area.width - wide, &Line::from(left));
}
