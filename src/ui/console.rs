//! Consoles drawn: tabs above, the guests' cells or pictures, one line of help below.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::actions::{ActionId, spec};
use crate::app::console::Console;
use crate::app::console::layout::Area;
use crate::app::keymap::Context;
use crate::app::notices::Level;
use crate::app::update::consoles::placed;
use crate::app::view::Hit;
use crate::base::ids::NodeId;
use crate::base::text::{self, fit};
use crate::base::units;
use crate::hv::console::{ConsoleFrame, ConsoleId, ConsoleKind, ConsoleState, Zoom};
use crate::ui::content::wrap;
use crate::ui::pen::{Pen, line_width, span};

fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

/// Draws all of it.
pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect) {
    tabs(pen, Rect { height: 1, ..screen });
    let model = pen.model;
    let focused = model.consoles.focused();
    for place in placed(model) {
        let Some(console) = model.consoles.open.get(&place.console) else {
            continue;
        };
        if let Some(area) = place.title {
            title(pen, rect(area), console, focused == Some(place.console));
        }
        let inside = rect(place.inside);
        pen.hit(inside, Hit::Console(place.console));
        guest(pen, inside, console, focused == Some(place.console));
    }
    let bottom = Rect {
        y: screen.bottom().saturating_sub(1),
        height: 1,
        ..screen
    };
    status(pen, bottom);
}

/// The VM's name, what of it, and how it is.
fn label(pen: &Pen<'_, '_>, id: ConsoleId) -> String {
    let Some(console) = pen.model.consoles.open.get(&id) else {
        return String::new();
    };
    let name = fit(&pen.model.name(NodeId::Vm(console.vm)), 24);
    let kind = if console.is_serial() { "serial" } else { "screen" };
    let bell = if console.bell { " !" } else { "" };
    format!("{name} {kind}{bell}")
}

fn tabs(pen: &mut Pen<'_, '_>, area: Rect) {
    let ground = pen.skin.ground("header");
    pen.fill(area, ground);
    let (plain, key) = (pen.skin.get("header"), pen.skin.get("header.key"));
    let consoles = &pen.model.consoles;
    // the tab that is shown is always on the screen
    let mut first = 0;
    let width = |from: usize| -> usize {
        consoles.tabs[from..=consoles.tab]
            .iter()
            .map(|tab| {
                tab.panes
                    .iter()
                    .map(|id| text::width(&label(pen, *id)) + 3)
                    .sum::<usize>()
                    + 1
            })
            .sum()
    };
    while first < consoles.tab && width(first) > usize::from(area.width) {
        first += 1;
    }
    let mut x = area.x;
    for (n, tab) in consoles.tabs.iter().enumerate().skip(first) {
        let names: Vec<String> = tab.panes.iter().map(|id| label(pen, *id)).collect();
        let shown = format!(" {} ", names.join(" + "));
        let style = if n == consoles.tab {
            key.add_modifier(Modifier::REVERSED)
        } else {
            plain
        };
        let used = pen.print(x, area.y, area.right().saturating_sub(x), &shown, style);
        pen.hit(Rect::new(x, area.y, used, 1), Hit::ConsoleTab(n));
        x = x.saturating_add(used + 1);
    }
    // the host, as far as there is room: VMs of one name may stand on several
    if let Some(console) = consoles.current() {
        let host = format!("on {} ", pen.model.name(NodeId::Host(console.vm.host)));
        let host = fit(&host, usize::from(area.right().saturating_sub(x)));
        let wide = text::width(&host) as u16;
        pen.print(area.right().saturating_sub(wide), area.y, wide, &host, plain);
    }
}

fn title(pen: &mut Pen<'_, '_>, area: Rect, console: &Console, focused: bool) {
    let style = pen.skin.get(if focused { "border.focus" } else { "border" });
    pen.fill(area, style);
    let name = fit(&pen.model.name(NodeId::Vm(console.vm)), usize::from(area.width) / 2);
    let sign = if focused { pen.skin.signs.thumb } else { " " };
    let kind = if console.is_serial() { "serial" } else { "screen" };
    let bell = if console.bell { " !" } else { "" };
    let used = pen.print(
        area.x,
        area.y,
        area.width,
        &format!("{sign} {name} {kind}{bell}"),
        style,
    );
    if pen.model.consoles.shown().is_some_and(|tab| tab.broadcast) {
        let (word, scope) = if console.takes_keys() {
            (" TYPED TO ", "danger")
        } else {
            (" NOT TYPED TO ", "text.dim")
        };
        let style = pen.skin.get(scope).add_modifier(Modifier::REVERSED);
        pen.print(
            area.x + used + 1,
            area.y,
            area.width.saturating_sub(used + 1),
            word,
            style,
        );
    }
}

/// What the guest shows, or why there is nothing.
fn guest(pen: &mut Pen<'_, '_>, area: Rect, console: &Console, focused: bool) {
    let ground = pen.skin.ground("text");
    pen.fill(area, ground);
    let old = !matches!(console.state, ConsoleState::Live { .. });
    if let Some(frame) = &console.frame {
        pen.cells(area, &frame.grid, pen.model.options.console.depth, old);
        if !old && pen.model.layers.is_empty() {
            for tile in &frame.tiles {
                pen.tile(area, tile);
            }
        }
        if focused
            && !old
            && pen.model.layers.is_empty()
            && let Some((x, y)) = frame.cursor
            && x < area.width
            && y < area.height
        {
            pen.cursor = Some((area.x + x, area.y + y).into());
        }
    }
    if old {
        notice(pen, area, &console.state);
    }
}

/// Why there is nothing live, in the middle.
fn notice(pen: &mut Pen<'_, '_>, area: Rect, state: &ConsoleState) {
    let keys = |id: ActionId| {
        let leader = pen.model.options.console.leader;
        let bound = pen.model.keymap.keys_of(Context::Console, id);
        bound.map_or_else(|| format!(":{}", spec(id).name), |keys| format!("{leader} {keys}"))
    };
    let (scope, mut lines) = match state {
        ConsoleState::Connecting { step } => ("notice", vec![format!("connecting {step}")]),
        ConsoleState::Waiting { why } => (
            "warning",
            vec![why.show().into_owned(), "it comes back by itself".to_owned()],
        ),
        ConsoleState::Held(error) => (
            "warning",
            vec![
                "held by another client".to_owned(),
                error.to_string(),
                format!("{} takes it over", keys(ActionId::ConsoleTakeOver)),
            ],
        ),
        ConsoleState::Failed(error) => (
            "danger",
            vec![
                error.to_string(),
                format!("{} connects again", keys(ActionId::ConsoleRetry)),
            ],
        ),
        ConsoleState::Closed => ("text.dim", vec!["closed".to_owned()]),
        ConsoleState::Live { .. } => return,
    };
    let width = usize::from(area.width).saturating_sub(4).clamp(1, 76);
    lines = lines.iter().flat_map(|line| wrap(line, width)).collect();
    let style = pen.skin.get(scope);
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (n, line) in lines.iter().enumerate().take(usize::from(area.height)) {
        let wide = text::width(line) as u16 + 2;
        let x = area.x + area.width.saturating_sub(wide) / 2;
        pen.print(x, top + n as u16, area.width, &format!(" {line} "), style);
    }
}

/// Leader key, what it can do, and how the console stands.
fn status(pen: &mut Pen<'_, '_>, area: Rect) {
    let ground = pen.skin.ground("status");
    pen.fill(area, ground);
    let most = area.width * 3 / 5;
    let mut right = facts(pen, usize::from(most));
    // the last ones are the least important, and half a number is none
    while line_width(&right) > usize::from(most) && right.spans.len() > 1 {
        right.spans.pop();
    }
    let width = (line_width(&right) as u16).min(most);
    let place = Rect {
        x: area.right().saturating_sub(width),
        width,
        ..area
    };
    pen.right(place, &right);
    let (key, plain) = (pen.skin.get("status.key"), pen.skin.get("status"));
    let room = area.width.saturating_sub(width + 1);
    let leader = pen.model.options.console.leader;
    if let Some(notice) = pen.model.notices.current(pen.model.now) {
        let scope = match notice.level {
            Level::Info => "status.message",
            Level::Warning => "warning",
            Level::Error => "danger",
        };
        let mut used = pen.print(area.x, area.y, room, &format!(" {leader} "), key);
        used += pen.print(area.x + used, area.y, room.saturating_sub(used), "commands  ", plain);
        let style = pen.skin.get(scope);
        pen.print(
            area.x + used,
            area.y,
            room.saturating_sub(used),
            &text::show(&notice.text),
            style,
        );
        return;
    }
    let mut x = area.x;
    // keys without their meaning would help nobody
    let mut put = |pen: &mut Pen<'_, '_>, keys: &str, title: &str| {
        let wide = (text::width(keys) + text::width(title)) as u16;
        if x + wide <= area.x + room {
            x += pen.print(x, area.y, wide, keys, key);
            x += pen.print(x, area.y, wide, title, plain);
        }
    };
    let commands = if pen.model.consoles.leader { "" } else { "commands " };
    put(pen, &format!(" {leader} "), commands);
    if pen.model.consoles.lingering {
        put(pen, " esc", " Back to the guest ");
    }
    for id in [
        ActionId::ConsoleLeave,
        ActionId::ConsoleOther,
        ActionId::ConsoleNext,
        ActionId::ConsoleCtrlAltDelete,
        ActionId::ConsoleClose,
        ActionId::Help,
    ] {
        if let Some(keys) = pen.model.keymap.keys_of(Context::Console, id) {
            put(pen, &format!(" {keys}"), &format!(" {} ", spec(id).title));
        }
    }
}

/// How the console is reached, traffic, size, scrolling, modes.
fn facts(pen: &Pen<'_, '_>, most: usize) -> Line<'static> {
    let (model, skin) = (pen.model, pen.skin);
    let Some(console) = model.consoles.current() else {
        return Line::default();
    };
    let (plain, strong) = (skin.get("status"), skin.get("warning"));
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut add = |shown: String, style: Style| spans.push(span(format!("{shown} "), style));
    let mut used = 0;
    if model.consoles.leader {
        add("COMMAND".to_owned(), strong.add_modifier(Modifier::REVERSED));
    }
    if model.consoles.shown().is_some_and(|tab| tab.broadcast) {
        let ids = model.consoles.typed_to();
        let open = ids.iter().filter_map(|id| model.consoles.open.get(id));
        let taking = open.filter(|console| console.takes_keys()).count();
        add(
            format!("TYPING TO {taking} OF {}", ids.len()),
            skin.get("danger").add_modifier(Modifier::REVERSED),
        );
    }
    if let Some(environment) = model.environment(NodeId::Vm(console.vm)) {
        add(format!(" {} ", environment.word.fit(12)), skin.environment(environment));
    }
    if console.log.is_some() {
        add("LOG".to_owned(), strong);
    }
    if console.watch.is_some() {
        add("WATCH".to_owned(), strong);
    }
    if let ConsoleState::Live { way, note, .. } = &console.state {
        let shown = way.fit(40);
        used += text::width(&shown) + 1;
        add(shown, plain);
        // as much of it as there is room for; all of it is said when it comes up
        let room = most.saturating_sub(used + 1).min(60);
        if let Some(note) = note.as_ref().filter(|_| room >= 8) {
            add(note.fit(room), strong);
        }
    }
    let (traffic, speed) = (console.traffic, |bytes: u32| units::bytes_per_second(f64::from(bytes)));
    // what goes to the terminal, and how much of it may
    match (traffic.sent, console.budget) {
        (0, 0) => {}
        (sent, 0) => add(format!("out {} {}/s", speed(sent), traffic.frames), plain),
        (sent, budget) => add(
            format!("out {} of {} {}/s", speed(sent), speed(budget), traffic.frames),
            plain,
        ),
    }
    if let Some(frame) = &console.frame {
        add(size(console, frame), plain);
    }
    if traffic.received > 0 {
        add(format!("in {}", speed(traffic.received)), plain);
    }
    if traffic.coarse {
        add("256 colours: slow terminal".to_owned(), plain);
    }
    Line::from(spans)
}

fn size(console: &Console, frame: &ConsoleFrame) -> String {
    let (across, down) = frame.size;
    match &console.kind {
        ConsoleKind::Serial { .. } if frame.scrolled.0 > 0 => {
            format!("{across}x{down} back {}/{}", frame.scrolled.0, frame.scrolled.1)
        }
        ConsoleKind::Serial { .. } => format!("{across}x{down}"),
        ConsoleKind::Screen { .. } => {
            let zoom = match console.zoom {
                Zoom::Fit => "fit".to_owned(),
                Zoom::Same => format!("1:1 +{}+{}", frame.pan.0, frame.pan.1),
                Zoom::Times(times) => format!("{times}x +{}+{}", frame.pan.0, frame.pan.1),
            };
            format!("{across}x{down} {zoom}")
        }
    }
}
