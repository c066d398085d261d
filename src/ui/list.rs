//! The flat list of VMs with its columns.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::menu::scrolled;
use crate::app::model::Model;
use crate::app::view::{Hit, Pane};
use crate::base::ids::VmKey;
use crate::base::text::{self, fit, pad, pad_left};
use crate::base::time::short;
use crate::inventory::columns::VmColumn;
use crate::ui::pen::{Pen, span};
use crate::ui::row::{self, faded};
use crate::ui::style::Skin;
use crate::ui::{chrome, has_keys, source};

/// A column and its width on the screen.
pub(super) type Fitted = (VmColumn, usize);

/// The columns that fit, in their order; those at the end are dropped. What is left over goes to
/// the name.
pub(super) fn fitted(columns: &[VmColumn], width: usize) -> Vec<Fitted> {
    let mut out: Vec<Fitted> = Vec::new();
    let mut used = 0;
    for column in columns {
        let heading = source::heading(*column);
        // room for the sort arrow
        let wide = usize::from(heading.width).max(text::width(heading.title) + 1);
        let gap = usize::from(!out.is_empty());
        if used + gap + wide > width && !out.is_empty() {
            break;
        }
        used += gap + wide;
        out.push((*column, wide.min(width)));
    }
    let spare = width.saturating_sub(used);
    let widest = out
        .iter()
        .position(|(column, _)| *column == VmColumn::Name)
        .unwrap_or(0);
    if let Some((_, wide)) = out.get_mut(widest) {
        *wide += spare.min(32);
    }
    out
}

/// The cells of a VM in these columns; the state has its sign, or the pending task.
pub(super) fn row_line(model: &Model, skin: Skin<'_>, columns: &[Fitted], key: VmKey) -> Line<'static> {
    let now = model.shown_now();
    let Some(vm) = model.store.vm(key) else {
        return Line::default();
    };
    let lost = model.store.host(key.host).is_none_or(|host| !host.conn.is_connected());
    let age = source::vm_age(&model.store, key, now).filter(|_| !lost);
    let stale = age.is_some();
    let off = !vm.record.status.state.is_active();
    let mut spans = Vec::with_capacity(columns.len() * 2);
    for (n, (column, width)) in columns.iter().enumerate() {
        if n > 0 {
            spans.push(span(" ", skin.get("text")));
        }
        let plain = faded(skin, skin.get("text"), lost || (stale && column.moves()) || off);
        if *column == VmColumn::State {
            let (sign, letter, scope) = skin.signs.vm(vm.record.status, vm.record.managed_save);
            let (shown, style) = match row::pending(model, skin, key) {
                Some(task) => (format!("{} {}", skin.signs.transition, task.content), task.style),
                None if vm.record.status.is_io_error() => (format!("{sign}{letter} I/O error"), skin.get("danger")),
                None => (
                    format!("{sign}{letter} {}", vm.record.status.state.word()),
                    skin.get(scope),
                ),
            };
            spans.push(span(pad(&shown, *width), faded(skin, style, lost)));
            continue;
        }
        let cell = source::cell(&model.store, key, *column, now);
        if let (VmColumn::Name, Some(age)) = (column, age) {
            // numbers that are older than they should be say so
            let age = format!(" {}", short(age));
            let room = width.saturating_sub(text::width(&age));
            spans.push(span(pad(&cell, room), faded(skin, skin.get("text"), lost || off)));
            spans.push(span(fit(&age, *width - room), skin.get("stale")));
            continue;
        }
        let right = source::heading(*column).right;
        spans.push(span(
            if right {
                pad_left(&cell, *width)
            } else {
                pad(&cell, *width)
            },
            plain,
        ));
    }
    Line::from(spans)
}

/// The headings, with the order marked.
pub(super) fn head_text(skin: Skin<'_>, columns: &[Fitted], sort: Option<(VmColumn, bool)>) -> Vec<String> {
    columns
        .iter()
        .map(|(column, width)| {
            let heading = source::heading(*column);
            let arrow = match sort {
                Some((by, true)) if by == *column => skin.signs.down,
                Some((by, false)) if by == *column => skin.signs.up,
                _ => "",
            };
            let title = format!("{}{arrow}", heading.title);
            if heading.right {
                pad_left(&title, *width)
            } else {
                pad(&title, *width)
            }
        })
        .collect()
}

pub(super) fn draw(pen: &mut Pen<'_, '_>, area: Rect) {
    let (model, skin) = (pen.model, pen.skin);
    let all = model.list.columns.len();
    let shown = fitted(&model.list.columns, usize::from(area.width.saturating_sub(3))).len();
    let mut title = vec![span("All VMs", skin.get("text.strong"))];
    if shown < all {
        title.push(span(format!("  {shown} of {all} columns fit"), skin.get("text.dim")));
    }
    let inside = chrome::pane(pen, area, Pane::Navigator, &Line::from(title));
    if inside.height < 2 || inside.width < 4 {
        return;
    }
    // one column for marks
    let columns = fitted(&model.list.columns, usize::from(inside.width - 1));
    let mut x = inside.x + 1;
    let style = skin.get("text.heading");
    for (n, head) in head_text(skin, &columns, Some(model.list.sort)).iter().enumerate() {
        let used = pen.print(x, inside.y, inside.right().saturating_sub(x), head, style);
        pen.hit(Rect::new(x, inside.y, used, 1), Hit::Column(n));
        x += used + 1;
    }
    let rows = usize::from(inside.height - 1);
    pen.sizes().navigator_rows = inside.height - 1;
    let cursor = &model.list.cursor;
    let offset = scrolled(cursor.offset(), cursor.index(), rows);
    let focused = has_keys(model, Pane::Navigator);
    for (n, key) in model.list.rows.iter().enumerate().skip(offset).take(rows) {
        let place = Rect {
            y: inside.y + 1 + (n - offset) as u16,
            height: 1,
            ..inside
        };
        pen.hit(place, Hit::Row(n));
        if model.marks.contains(key) {
            pen.print(place.x, place.y, 1, skin.signs.mark, skin.get("mark"));
        }
        let line = row_line(model, skin, &columns, *key);
        pen.line(place.x + 1, place.y, place.width - 1, &line);
        if model.marks.contains(key) {
            pen.tint(place, skin.get("mark"));
        }
        if n == cursor.index() {
            pen.cursor_row(place, row::cursor(skin, focused));
        }
    }
    if model.list.rows.is_empty() {
        let text = if model.parsed_filter.is_empty() {
            "no VMs are known yet".to_owned()
        } else {
            format!("no VM matches '{}'", text::show(model.filter.text()))
        };
        pen.print(
            inside.x + 1,
            inside.y + 2,
            inside.width - 1,
            &text,
            skin.get("text.dim"),
        );
    }
    pen.scroll_mark(area, offset, rows, model.list.rows.len());
}
