//! The header line, and titles of panes.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::app::view::{Hit, Pane};
use crate::base::ids::NodeId;
use crate::base::text::{self, fit};
use crate::base::time::short;
use crate::hv::sample::SampleSource;
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::{has_keys, source};

/// Program, where one is, environment, modes, hosts and tasks.
pub(super) fn header(pen: &mut Pen<'_, '_>, area: Rect) {
    let base = pen.skin.get("header");
    let ground = pen.skin.ground("header");
    pen.fill(area, ground);
    let modes = modes(pen);
    let modes_width = line_width(&modes) as u16;
    let wanted = path_width(pen) as u16;
    // where one is, is worth more than the program's name and words beside signs
    let (long, short) = (summary(pen, true), summary(pen, false));
    let name = " virt-deck ";
    let fixed = modes_width + 3;
    let room = |name: &str, right: &Line<'_>| {
        area.width
            .saturating_sub(fixed + name.len() as u16 + line_width(right) as u16)
    };
    let (name, right) = if room(name, &long) >= wanted {
        (name, long)
    } else if room(name, &short) >= wanted {
        (name, short)
    } else {
        (" ", short)
    };
    let room = room(name, &right);
    let right_width = (line_width(&right) as u16).min(area.width.saturating_sub(20));
    let mut x = area.x;
    x += pen.print(
        x,
        area.y,
        area.width,
        name,
        pen.skin.get("header.key").add_modifier(Modifier::BOLD),
    );
    x += breadcrumb(pen, x, area.y, room);
    x += pen.print(x, area.y, 1, " ", base);
    pen.line(x, area.y, area.right().saturating_sub(x + right_width), &modes);
    let place = Rect {
        x: area.right().saturating_sub(right_width),
        width: right_width,
        ..area
    };
    pen.right(place, &right);
}

/// The names on the path to what is selected.
fn path_names(pen: &Pen<'_, '_>) -> Vec<(NodeId, String)> {
    let model = pen.model;
    let path = model.path(model.selected()).into_iter();
    path.map(|node| (node, fit(&model.name(node), 32))).collect()
}

/// The cells the whole path takes.
fn path_width(pen: &Pen<'_, '_>) -> usize {
    let names = path_names(pen);
    let between = text::width(pen.skin.signs.separator) + 2;
    let all: usize = names.iter().map(|(_, name)| text::width(name) + between).sum();
    all.saturating_sub(between)
}

/// The path to what is selected; parts above that do not fit are left out, with a mark.
fn breadcrumb(pen: &mut Pen<'_, '_>, x: u16, y: u16, room: u16) -> u16 {
    let path = path_names(pen);
    let separator = format!(" {} ", pen.skin.signs.separator);
    let between = text::width(&separator);
    let mut first = 0;
    let total = |from: usize| -> usize {
        let names: usize = path[from..].iter().map(|(_, name)| text::width(name) + between).sum();
        let left_out = usize::from(from > 0);
        names.saturating_sub(between) + left_out * (between + 1)
    };
    while first + 1 < path.len() && total(first) > usize::from(room) {
        first += 1;
    }
    let (plain, last) = (pen.skin.get("header"), pen.skin.get("header.key"));
    let mut used = 0;
    if first > 0 && total(first) <= usize::from(room) {
        let mark = format!("{}{separator}", pen.skin.signs.ellipsis);
        used += pen.print(x, y, room, &mark, plain);
    }
    for (n, (node, name)) in path.iter().enumerate().skip(first) {
        if n > first {
            used += pen.print(x + used, y, room.saturating_sub(used), &separator, plain);
        }
        let style = if n + 1 == path.len() { last } else { plain };
        let left = room.saturating_sub(used);
        let wide = pen.print(x + used, y, left, &fit(name, usize::from(left)), style);
        pen.hit(Rect::new(x + used, y, wide, 1), Hit::Node(*node));
        used += wide;
    }
    used
}

/// Environment, read-only, demo, recorded, frozen.
fn modes(pen: &Pen<'_, '_>) -> Line<'static> {
    let (model, skin) = (pen.model, pen.skin);
    let node = model.selected();
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut add = |text: String, style| {
        spans.push(span(format!(" {text} "), style));
        spans.push(span(" ", skin.get("header")));
    };
    if let Some(environment) = model.environment(node) {
        add(environment.word.fit(16), skin.environment(environment));
    }
    let read_only = model.options.read_only || node.host().is_some_and(|host| model.read_only(host).is_some());
    if read_only {
        add(
            "RO".to_owned(),
            skin.get("header.mode.read-only").add_modifier(Modifier::BOLD),
        );
    }
    if model.options.demo {
        add("DEMO".to_owned(), skin.get("notice"));
    }
    let recorded = match node.host() {
        Some(host) => model
            .store
            .host(host)
            .is_some_and(|state| state.source == SampleSource::Recorded),
        None => source::hosts_below(&model.store, node)
            .iter()
            .any(|(_, state)| state.source == SampleSource::Recorded),
    };
    if recorded {
        add("recorded".to_owned(), skin.get("recorded"));
    }
    if let Some(at) = model.frozen {
        let age = short(model.now.since(at));
        add(
            format!("FROZEN {age}"),
            skin.get("warning").add_modifier(Modifier::REVERSED),
        );
    }
    Line::from(spans)
}

/// Running tasks and open questions, hosts up, slow and down; with words where there is room.
fn summary(pen: &Pen<'_, '_>, words: bool) -> Line<'static> {
    let (model, skin) = (pen.model, pen.skin);
    let hosts = source::rollup(&model.store, NodeId::Fleet).hosts;
    let plain = skin.get("header");
    let mut spans = Vec::new();
    let running = model.tasks.running();
    if running > 0 {
        let plural = if running == 1 { "" } else { "s" };
        spans.push(span(format!("{running} task{plural} "), skin.get("task.running")));
    }
    if !model.questions.is_empty() {
        spans.push(span(format!("{} ? ", model.questions.len()), skin.get("warning")));
    }
    if words {
        spans.push(span("hosts ", plain));
    }
    let waiting = hosts.connecting;
    for (count, sign, word, scope) in [
        (hosts.up, skin.signs.host_up, "up", "host.up"),
        (hosts.slow, skin.signs.host_slow, "slow", "host.slow"),
        (hosts.down, skin.signs.host_down, "down", "host.down"),
        (waiting, skin.signs.host_connecting, "connecting", "host.connecting"),
    ] {
        if count > 0 || word == "up" {
            let word = if words { format!(" {word}") } else { String::new() };
            spans.push(span(format!("{sign}{count}{word}"), skin.get(scope)));
            spans.push(span(" ", plain));
        }
    }
    Line::from(spans)
}

/// The frame of a pane; returns what is inside.
pub(super) fn pane(pen: &mut Pen<'_, '_>, area: Rect, pane: Pane, title: &Line<'_>) -> Rect {
    let scope = if has_keys(pen.model, pane) {
        "border.focus"
    } else {
        "border"
    };
    let style = pen.skin.get(scope);
    pen.hit(area, Hit::Pane(pane));
    pen.frame(area, title, style)
}
