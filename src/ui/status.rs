//! The status line: keys on the left, what is said in the middle, what is filtered and where one
//! is on the right.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::actions::{ActionId, spec};
use crate::app::input::Input;
use crate::app::keymap::Context;
use crate::app::notices::Level;
use crate::app::view::{Front, Hit, Pane, Tab, View};
use crate::base::text::{self, fit, pad};
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::{input, source, wall};

/// Actions whose keys are shown, most useful first.
fn hints(context: Context) -> &'static [ActionId] {
    use ActionId as Id;
    match context {
        Context::Tree | Context::Global => &[
            Id::Help,
            Id::Menu,
            Id::Filter,
            Id::MarkToggle,
            Id::ShowList,
            Id::Palette,
            Id::Tasks,
            Id::Quit,
        ],
        Context::List => &[
            Id::Help,
            Id::Menu,
            Id::Filter,
            Id::MarkToggle,
            Id::SortRight,
            Id::Columns,
            Id::ShowList,
            Id::Palette,
        ],
        Context::Detail => &[
            Id::Help,
            Id::Menu,
            Id::TabNext,
            Id::NextPane,
            Id::Zoom,
            Id::Filter,
            Id::CopyMenu,
            Id::Back,
        ],
        Context::Console => &[Id::ConsoleLeave, Id::Help],
        Context::Wall => &[Id::Help, Id::Open, Id::Menu, Id::ConsoleLeave, Id::Redraw],
        Context::Panel => &[
            Id::Help,
            Id::NextPane,
            Id::Zoom,
            Id::Filter,
            Id::CopyMenu,
            Id::Undo,
            Id::Back,
        ],
    }
}

/// Draws the status line.
pub(super) fn draw(pen: &mut Pen<'_, '_>, area: Rect) {
    let ground = pen.skin.ground("status");
    pen.fill(area, ground);
    let model = pen.model;
    if model.layers.is_empty() {
        if model.filtering {
            return typing(pen, area, "filter: ", &model.filter);
        }
        if let (true, Some(search)) = (model.detail.typing, &model.detail.search) {
            return typing(pen, area, "search: ", search);
        }
    }
    let right = right_side(pen);
    let right_width = (line_width(&right) as u16).min(area.width / 2);
    let place = Rect {
        x: area.right().saturating_sub(right_width),
        width: right_width,
        ..area
    };
    pen.right(place, &right);
    let room = area.width.saturating_sub(right_width + 1);
    match message(pen) {
        Some(message) => {
            // what is said is more important than keys that help shows as well
            let wanted = (line_width(&message) as u16).min(room);
            let used = keys(
                pen,
                Rect {
                    width: room.saturating_sub(wanted + 1).min(room * 2 / 5),
                    ..area
                },
            );
            let x = area.x + used + u16::from(used > 0);
            pen.line(x, area.y, room.saturating_sub(x - area.x), &message);
        }
        None => {
            keys(pen, Rect { width: room, ..area });
        }
    }
}

/// Key hints that fit; returns the cells used.
fn keys(pen: &mut Pen<'_, '_>, area: Rect) -> u16 {
    let context = pen.model.context();
    let (key_style, plain) = (pen.skin.get("status.key"), pen.skin.get("status"));
    let mut used = 0;
    for id in hints(context) {
        let Some(keys) = pen.model.keymap.keys_of(context, *id) else {
            continue;
        };
        let (keys, title) = (keys.to_string(), spec(*id).title);
        let wide = (text::width(&keys) + text::width(title) + 3) as u16;
        if used + wide > area.width {
            continue;
        }
        let x = area.x + used;
        let mut at = x + pen.print(x, area.y, wide, &format!(" {keys}"), key_style);
        at += pen.print(at, area.y, wide, &format!(" {title} "), plain);
        pen.hit(Rect::new(x, area.y, at - x, 1), Hit::Action(*id));
        used = at - area.x;
    }
    used
}

/// The current notice, or where a range of marks began.
fn message(pen: &Pen<'_, '_>) -> Option<Line<'static>> {
    let (model, skin) = (pen.model, pen.skin);
    if let Some(notice) = model.notices.current(model.now) {
        let scope = match notice.level {
            Level::Info => "status.message",
            Level::Warning => "warning",
            Level::Error => "danger",
        };
        let times = if notice.count > 1 {
            format!(" (x{})", notice.count)
        } else {
            String::new()
        };
        let shown = format!("{}{times}", text::show(&notice.text));
        return Some(Line::from(span(shown, skin.get(scope))));
    }
    model
        .range
        .is_some()
        .then(|| Line::from(span("marking the rows the cursor passes", skin.get("mark"))))
}

/// Filter, marks, order, place.
fn right_side(pen: &Pen<'_, '_>) -> Line<'static> {
    let (model, skin) = (pen.model, pen.skin);
    let plain = skin.get("status");
    let mut spans: Vec<Span<'static>> = Vec::new();
    if model.front == Front::Wall {
        return Line::from(span(wall::facts(model), plain));
    }
    let in_xml = model.pane == Pane::Detail && model.detail.tab(model.selected()) == Tab::Xml;
    if let Some(wanted) = model.detail.search_text().filter(|_| in_xml) {
        let count = model.sizes.matches.len();
        let at = (model.detail.match_index + 1).min(count);
        let shown = fit(&text::show(wanted), 24);
        spans.push(span(format!("/{shown} match {at}/{count} "), skin.get("status.filter")));
        spans.push(span(" ", plain));
    }
    if !model.filter.text().is_empty() {
        let shown = fit(&text::show(model.filter.text()), 24);
        spans.push(span(format!("/{shown} {} ", hits(pen)), skin.get("status.filter")));
        spans.push(span(" ", plain));
    }
    if !model.marks.is_empty() {
        let marks = format!("{}{} marked ", skin.signs.mark, model.marks.len());
        spans.push(span(marks, skin.get("mark")));
    }
    let (row, rows) = match model.view {
        View::Tree => (model.tree.cursor.index(), model.tree.rows.len()),
        View::List => {
            let (column, descending) = model.list.sort;
            let arrow = if descending { skin.signs.down } else { skin.signs.up };
            spans.push(span(format!("{}{arrow} ", source::heading(column).title), plain));
            (model.list.cursor.index(), model.list.rows.len())
        }
    };
    if model.pane != Pane::Panel || model.shown_panel().is_none() {
        spans.push(span(format!("{}/{rows} ", (row + 1).min(rows)), plain));
    }
    Line::from(spans)
}

/// VMs that the filter shows, of all.
fn hits(pen: &Pen<'_, '_>) -> String {
    let model = pen.model;
    let found = match model.view {
        View::List => model.list.rows.len(),
        View::Tree => model
            .tree
            .rows
            .iter()
            .filter(|row| row.hit && row.node.vm().is_some())
            .count(),
    };
    format!("{found}/{}", model.store.vm_count())
}

/// The line with text being typed.
fn typing(pen: &mut Pen<'_, '_>, area: Rect, label: &str, typed: &Input) {
    let style = pen.skin.get("status.filter");
    let count = if pen.model.filtering {
        format!(" {} ", hits(pen))
    } else {
        let matches = pen.sizes().matches.len();
        let plural = if matches == 1 { "" } else { "s" };
        format!(" {matches} line{plural} ")
    };
    let right = pen.right(area, &Line::from(span(count, style)));
    let used = pen.print(area.x, area.y, area.width, label, style);
    let field = Rect {
        x: area.x + used,
        width: area.width.saturating_sub(used + right.width),
        ..area
    };
    input::draw(pen, field, typed, style, false, true);
}

/// What the keys pressed so far can become, above the status line.
pub(super) fn which_key(pen: &mut Pen<'_, '_>, status: Rect) {
    let model = pen.model;
    let commands = model.front == Front::Consoles && model.consoles.leader && !model.consoles.lingering;
    if (model.pending_keys.is_empty() && !commands) || !model.layers.is_empty() {
        return;
    }
    let mut entries: Vec<(String, String)> = Vec::new();
    // after the leader key the console's own commands are enough
    let places: &[Context] = if commands && model.pending_keys.is_empty() {
        &[Context::Console]
    } else {
        &[model.context(), Context::Global]
    };
    for context in places.iter().copied() {
        for (keys, call) in model.keymap.continuations(context, &model.pending_keys) {
            // a console has many commands, and a line can do other things than a screen
            if context == Context::Console && !(spec(call.action).available)(model, &model.targets()).is_ready() {
                continue;
            }
            let rest = keys.0.iter().skip(model.pending_keys.len());
            let rest: Vec<String> = rest.map(ToString::to_string).collect();
            let mut title = spec(call.action).title.to_owned();
            if let Some(argument) = &call.argument {
                title = format!("{title} {}", text::show(argument));
            }
            let entry = (rest.join(" "), title);
            // a second key for the same takes room from others
            let again = |(keys, title): &(String, String)| *keys == entry.0 || (commands && *title == entry.1);
            if !entries.iter().any(again) {
                entries.push(entry);
            }
        }
    }
    if entries.is_empty() {
        return;
    }
    if commands && model.pending_keys.is_empty() {
        let leader = model.options.console.leader.to_string();
        entries.push((leader, "To the guest".to_owned()));
    }
    let cell = entries
        .iter()
        .map(|(keys, title)| text::width(keys) + text::width(title) + 3)
        .max()
        .unwrap_or(1);
    let inner = usize::from(status.width.saturating_sub(2));
    let columns = (inner / cell).max(1);
    let rows = entries
        .len()
        .div_ceil(columns)
        .min(usize::from(status.y.saturating_sub(4)));
    let height = rows as u16 + 2;
    let area = Rect {
        y: status.y.saturating_sub(height),
        height,
        ..status
    };
    let leader = commands.then_some(model.options.console.leader);
    let pressed: Vec<String> = leader
        .iter()
        .chain(&model.pending_keys)
        .map(ToString::to_string)
        .collect();
    let popup = pen.skin.get("popup");
    let ground = pen.skin.ground("popup");
    pen.fill(area, ground);
    let border = pen.skin.get("popup.border");
    let title = Line::from(span(
        format!("{} …", pressed.join(" ")).replace('…', pen.skin.signs.ellipsis),
        border,
    ));
    let inside = pen.frame(area, &title, border);
    for (n, (keys, title)) in entries.iter().enumerate().take(rows * columns) {
        let x = inside.x + (n / rows * cell) as u16;
        let y = inside.y + (n % rows) as u16;
        let room = inside.right().saturating_sub(x);
        let used = pen.print(x, y, room, keys, pen.skin.get("status.key"));
        let title = pad(&format!(" {title}"), cell.saturating_sub(usize::from(used)));
        pen.print(x + used, y, room.saturating_sub(used), &title, popup);
    }
}
