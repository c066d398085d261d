//! Tasks and events, newest first.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::layers::menu::scrolled;
use crate::app::tasks::{Task, TaskState};
use crate::app::view::{Hit, Pane, Panel};
use crate::base::ids::NodeId;
use crate::base::moment::Zone;
use crate::base::text::{fit, pad};
use crate::base::time::short;
use crate::hv::event::Severity;
use crate::inventory::log::LogRecord;
use crate::ui::content::wrap;
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::style::Skin;
use crate::ui::{chrome, has_keys, row};

pub(super) fn draw(pen: &mut Pen<'_, '_>, area: Rect) {
    match pen.model.shown_panel() {
        Some(Panel::Tasks) => tasks(pen, area),
        Some(Panel::Events) => events(pen, area),
        None => {}
    }
}

fn tasks(pen: &mut Pen<'_, '_>, area: Rect) {
    let (model, skin) = (pen.model, pen.skin);
    let tasks = model.panel_tasks();
    let numbers: Vec<u64> = tasks.iter().map(|task| task.id.0).collect();
    let running = model.tasks.running();
    let title = format!("Tasks ({running} running, {} in all)", tasks.len());
    // what went wrong stands behind all that
    let wide = area.width >= 100;
    rows(
        pen,
        area,
        &title,
        "nothing was ordered yet",
        &numbers,
        |n| {
            tasks
                .get(n)
                .map_or_else(Line::default, |task| task_line(model.shown_now(), skin, task, wide))
        },
        |n| tasks.get(n).and_then(|task| task_error(task)),
    );
}

/// Sign and word of a task's state.
fn task_state(skin: Skin<'_>, task: &Task) -> (&'static str, Style) {
    let signs = skin.signs;
    match task.state {
        TaskState::Grace { .. } | TaskState::Sent | TaskState::Waiting { .. } => {
            (signs.transition, skin.get("task.running"))
        }
        TaskState::Done => (signs.done, skin.get("task.done")),
        TaskState::Failed(_) => (signs.failed, skin.get("task.failed")),
        TaskState::Overdue { .. } => ("!", skin.get("warning")),
        TaskState::CalledBack | TaskState::GivenUp => (signs.host_disabled, skin.get("text.dim")),
    }
}

fn task_error(task: &Task) -> Option<String> {
    match &task.state {
        TaskState::Failed(error) => {
            let hint = error.hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            Some(format!("{error}{hint}"))
        }
        _ => None,
    }
}

fn task_line(now: crate::base::time::Stamp, skin: Skin<'_>, task: &Task, wide: bool) -> Line<'static> {
    let (sign, style) = task_state(skin, task);
    let plain = skin.get("text");
    let took = task.finished.map_or_else(
        || short(now.since(task.created)),
        |end| format!("{} ago", short(now.since(end))),
    );
    let took = match task.state {
        TaskState::Grace { until } => format!("in {}", short(until.since(now))),
        _ => took,
    };
    let name = if wide { 24 } else { 16 };
    let mut spans = vec![
        span(format!("{sign} {} ", pad(task.state.word(), 11)), style),
        span(format!("{} ", pad(task.verb.word(), if wide { 18 } else { 13 })), plain),
        span(format!("{} ", pad(&task.vm.show(), name)), skin.get("text.strong")),
        span(
            format!("{} ", pad(&task.host.show(), if wide { 14 } else { 10 })),
            plain,
        ),
        span(pad(&took, 11), skin.get("text.dim")),
    ];
    if let Some(error) = task_error(task) {
        spans.push(span(error, skin.get("task.failed")));
    }
    Line::from(spans)
}

fn events(pen: &mut Pen<'_, '_>, area: Rect) {
    let (model, skin) = (pen.model, pen.skin);
    let found = model.panel_events();
    let numbers: Vec<u64> = found.iter().map(|record| record.number).collect();
    let wide = area.width >= 90;
    let filtered = if model.parsed_filter.is_empty() {
        ""
    } else {
        ", filtered"
    };
    let title = format!("Events ({}{filtered})", found.len());
    let why = if model.parsed_filter.is_empty() {
        "no events yet"
    } else {
        "no event matches the filter"
    };
    let name = |record: &LogRecord| model.name(NodeId::Host(record.host));
    rows(
        pen,
        area,
        &title,
        why,
        &numbers,
        |n| {
            found.get(n).map_or_else(Line::default, |record| {
                if wide {
                    event_line(skin, &model.options.zone, record, Some(&name(record)), true)
                } else {
                    short_event(skin, &model.options.zone, record, &name(record))
                }
            })
        },
        |n| found.get(n).map(|record| record.entry.message.show().into_owned()),
    );
}

/// One event; the host is left out where it is known, and so is the name of the subject.
pub(super) fn event_line(
    skin: Skin<'_>,
    zone: &Zone,
    record: &LogRecord,
    host: Option<&str>,
    named: bool,
) -> Line<'static> {
    let entry = &record.entry;
    let (sign, style) = severity(skin, entry.severity);
    let mut spans = vec![
        span(format!("{} ", zone.second(entry.unix_millis)), skin.get("text.dim")),
        span(format!("{sign} {} ", pad(entry.severity.word(), 7)), style),
    ];
    if let Some(host) = host {
        spans.push(span(format!("{} ", pad(host, 12)), skin.get("text")));
    }
    if named {
        // an event of the host itself needs its name only once
        let name = entry.name.show();
        let name = if host == Some(name.as_ref()) { "" } else { &name };
        spans.push(span(format!("{} ", pad(name, 16)), skin.get("text.strong")));
    }
    spans.push(span(fit(&entry.message.show(), 400), style));
    Line::from(spans)
}

/// One event where there is little room: no date, names as long as they are.
fn short_event(skin: Skin<'_>, zone: &Zone, record: &LogRecord, host: &str) -> Line<'static> {
    let entry = &record.entry;
    let (sign, style) = severity(skin, entry.severity);
    let name = entry.name.show();
    let name = if name.is_empty() || name == host {
        fit(host, 20)
    } else {
        format!("{} on {}", fit(&name, 20), fit(host, 14))
    };
    Line::from(vec![
        span(
            format!("{} ", zone.time_of_day(entry.unix_millis)),
            skin.get("text.dim"),
        ),
        span(format!("{sign} "), style),
        span(format!("{name}: "), skin.get("text.strong")),
        span(fit(&entry.message.show(), 400), style),
    ])
}

/// Sign and style of a severity.
fn severity(skin: Skin<'_>, severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Normal => (skin.signs.dot, skin.get("text")),
        Severity::Warning => ("!", skin.get("warning")),
        Severity::Error => (skin.signs.failed, skin.get("danger")),
    }
}

/// Rows with a cursor, and below them what the row under the cursor says in full.
fn rows<'a>(
    pen: &mut Pen<'_, '_>,
    area: Rect,
    title: &str,
    nothing: &str,
    numbers: &[u64],
    make: impl Fn(usize) -> Line<'a>,
    full: impl Fn(usize) -> Option<String>,
) {
    let skin = pen.skin;
    let title = Line::from(span(title, skin.get("text.strong")));
    let inside = chrome::pane(pen, area, Pane::Panel, &title);
    let focused = has_keys(pen.model, Pane::Panel);
    let (count, index) = (numbers.len(), pen.model.panel_row(numbers));
    // only what the row has no room for
    let cut = focused && count > 0 && inside.height >= 6 && line_width(&make(index)) > usize::from(inside.width);
    let text = full(index).filter(|_| cut);
    let below = text
        .map(|text| wrap(&text, usize::from(inside.width.max(1))))
        .unwrap_or_default();
    let below: Vec<String> = below.into_iter().take(usize::from(inside.height / 3)).collect();
    let height = inside.height - below.len() as u16;
    let rows = usize::from(height);
    pen.sizes().panel_rows = height;
    pen.sizes().panel_lines = count;
    if count == 0 {
        pen.print(
            inside.x + 1,
            inside.y,
            inside.width.saturating_sub(1),
            nothing,
            skin.get("text.dim"),
        );
        return;
    }
    let offset = scrolled(0, index, rows);
    for n in offset..(offset + rows).min(count) {
        let place = Rect {
            y: inside.y + (n - offset) as u16,
            height: 1,
            ..inside
        };
        pen.line(place.x, place.y, place.width, &make(n));
        pen.hit(place, Hit::PanelRow(n));
        if n == index && focused {
            pen.cursor_row(place, row::cursor(skin, true));
        }
    }
    for (n, line) in below.iter().enumerate() {
        pen.print(
            inside.x,
            inside.y + height + n as u16,
            inside.width,
            line,
            skin.get("text.strong"),
        );
    }
    pen.scroll_mark(area, offset, rows, count);
}
