//! The model drawn into cells.
//!
//! Drawing is a pure function of the model: it reads no clock, does no I/O and changes nothing.
//! What it finds out about sizes and places flows back as a [`HitMap`]. Only what is visible is
//! formatted, so that ten thousand rows cost as much as forty.

mod chart;
mod chrome;
mod console;
mod content;
mod detail;
mod guest;
mod hit;
mod input;
mod layers;
mod layout;
mod list;
mod panel;
mod pen;
mod row;
mod signs;
mod source;
mod status;
mod style;
mod tree;
mod wall;
mod xml_spans;

#[cfg(test)]
mod tests;

pub use hit::{HitMap, PlacedTile};

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::model::Model;
use crate::app::view::{Front, MINIMUM, Pane};
use crate::ui::pen::Pen;
use crate::ui::style::Skin;

/// Draws the whole screen; returns sizes and what the mouse can hit.
pub fn draw(model: &Model, frame: &mut Frame<'_>) -> HitMap {
    let area = frame.area();
    let (cursor, hits) = paint(model, area, frame.buffer_mut());
    if let Some(position) = cursor {
        frame.set_cursor_position(position);
    }
    hits
}

fn paint(model: &Model, area: Rect, cells: &mut Buffer) -> (Option<Position>, HitMap) {
    let skin = Skin::new(&model.theme, model.options.ascii);
    let mut pen = Pen::new(model, skin, cells);
    let ground = pen.skin.ground("text");
    pen.fill(area, ground);
    if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
        too_small(&mut pen, area);
        return (None, pen.finish());
    }
    if model.front == Front::Consoles {
        console::draw(&mut pen, area);
        status::which_key(&mut pen, last_line(area));
    } else {
        fleet(&mut pen, area);
    }
    layers::draw(&mut pen, area);
    if model.options.ascii {
        pen.spell_out();
    }
    (pen.cursor, pen.finish())
}

/// Everything but consoles.
fn fleet(pen: &mut Pen<'_, '_>, area: Rect) {
    let plan = layout::plan(pen.model, area);
    if let Some(header) = plan.header {
        chrome::header(pen, header);
    }
    if pen.model.front == Front::Wall {
        wall::draw(pen, plan.body);
    } else {
        if let Some(rect) = plan.navigator {
            tree::navigator(pen, rect);
        }
        if let Some(rect) = plan.detail {
            detail::draw(pen, rect);
        }
        if let Some(rect) = plan.panel {
            panel::draw(pen, rect);
        }
    }
    status::draw(pen, plan.status);
    status::which_key(pen, plan.status);
}

/// The bottom line of the screen.
fn last_line(area: Rect) -> Rect {
    Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    }
}

/// The size that is needed, in the middle of a screen that is too small.
fn too_small(pen: &mut Pen<'_, '_>, area: Rect) {
    let lines = [
        "virt-deck".to_owned(),
        format!("needs {}x{}", MINIMUM.0, MINIMUM.1),
        format!("this is {}x{}", area.width, area.height),
    ];
    let style = pen.skin.get("warning");
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (n, line) in lines.iter().enumerate() {
        let x = area.x + area.width.saturating_sub(line.len() as u16) / 2;
        pen.print(x, top.saturating_add(n as u16), area.width, line, style);
    }
}

/// Whether a pane has the keys and no dialog is in the way.
fn has_keys(model: &Model, pane: Pane) -> bool {
    model.pane == pane && model.layers.is_empty()
}
