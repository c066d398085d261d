//! The main screens at three sizes, as text, and how they are coloured: what changes by accident
//! shows in a review.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;

use super::fixture::{Desk, settled, text, vm_key};
use crate::app::msg::Msg;
use crate::app::view::{Panel, Tab, View};
use crate::base::ids::{HostId, NodeId};
use crate::base::key::{Key, KeyCode};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 50)];

fn press(desk: &mut Desk, keys: &str) {
    for c in keys.chars() {
        let key = if c == '\n' {
            Key::plain(KeyCode::Enter)
        } else {
            Key::char(c)
        };
        desk.send(Msg::Key { key, repeat: false });
    }
}

/// Rows with the stretches of cells that look alike.
fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut stretches: Vec<(u16, String)> = Vec::new();
        for x in buffer.area.left()..buffer.area.right() {
            let cell = &buffer[(x, y)];
            let mut style = format!("{:?}/{:?}", cell.fg, cell.bg);
            if !cell.modifier.is_empty() {
                style = format!("{style}/{:?}", cell.modifier);
            }
            if stretches.last().is_none_or(|(_, last)| *last != style) {
                stretches.push((x, style));
            }
        }
        let row: Vec<String> = stretches.iter().map(|(x, style)| format!("{x}:{style}")).collect();
        let _ = writeln!(out, "{y:2} {}", row.join(" "));
    }
    out
}

/// Keeps the screen at every size, and its colours at the middle one.
fn keep(name: &str, prepare: impl Fn(&mut Desk)) {
    for (width, height) in SIZES {
        let buffer = settled(width, height, &prepare);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&buffer));
            if width == 120 {
                insta::assert_snapshot!(format!("{name}_colours"), styles(&buffer));
            }
        });
    }
}

#[test]
fn tree_and_host() {
    keep("host", |desk| {
        desk.go(NodeId::Host(HostId(1)));
    });
}

#[test]
fn fleet_overview() {
    keep("fleet", |desk| {
        desk.go(NodeId::Fleet);
    });
}

#[test]
fn vm_overview_and_statistics() {
    keep("vm", |desk| {
        desk.tab(NodeId::Vm(vm_key(1, 0)), Tab::Overview);
    });
    keep("vm_statistics", |desk| {
        desk.tab(NodeId::Vm(vm_key(1, 0)), Tab::Statistics);
    });
}

#[test]
fn flat_list() {
    keep("list", |desk| {
        desk.model.view = View::List;
        desk.rebuild();
    });
}

#[test]
fn help_menu_and_palette() {
    keep("help", |desk| press(desk, "?"));
    keep("menu", |desk| {
        desk.go(NodeId::Vm(vm_key(1, 0)));
        press(desk, "a");
    });
    keep("command_line", |desk| press(desk, ":vm.s"));
}

#[test]
fn question_and_form() {
    keep("question", |desk| {
        desk.go(NodeId::Vm(vm_key(1, 0)));
        press(desk, "pf");
    });
    keep("form", |desk| press(desk, "Ha"));
}

#[test]
fn events() {
    keep("events", |desk| {
        desk.model.panel = Some(Panel::Events);
    });
}
