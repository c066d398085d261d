//! The wall of thumbnails drawn.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::model::Model;
use crate::app::update::wall::page;
use crate::app::view::Hit;
use crate::app::wall::{Glimpse, PICTURE, Wall};
use crate::base::ids::{NodeId, VmKey};
use crate::base::text::{self, fit};
use crate::base::time::short;
use crate::ui::content::wrap;
use crate::ui::pen::{Pen, span};
use crate::ui::style::Skin;

/// A screen is called unchanged after this long.
const STILL: std::time::Duration = std::time::Duration::from_mins(1);

/// Draws the pictures between the header and the status line.
pub(super) fn draw(pen: &mut Pen<'_, '_>, body: Rect) {
    let model = pen.model;
    if model.wall.vms.is_empty() {
        let style = pen.skin.get("text.dim");
        pen.print(
            body.x + 2,
            body.y + 1,
            body.width,
            "no running VM in this selection",
            style,
        );
        return;
    }
    let (across, _) = Wall::grid(model.screen);
    let (first, count) = page(model);
    let (width, height) = (PICTURE.0 + 2, PICTURE.1 + 2);
    for n in 0..count {
        let Some(key) = model.wall.vms.get(first + n).copied() else {
            continue;
        };
        let cell = Rect {
            x: body.x + (n % across) as u16 * width,
            y: body.y + (n / across) as u16 * height,
            width,
            height,
        }
        .intersection(body);
        picture(pen, cell, key, first + n);
    }
}

fn picture(pen: &mut Pen<'_, '_>, area: Rect, key: VmKey, place: usize) {
    let model = pen.model;
    let chosen = model.wall.cursor.index() == place;
    let border = pen.skin.get(if chosen { "border.focus" } else { "border" });
    pen.hit(area, Hit::Picture(place));
    let name = fit(&model.name(NodeId::Vm(key)), usize::from(area.width).saturating_sub(6));
    let inside = pen.frame(area, &Line::from(span(name, border)), border);
    let state = model.store.vm(key).map(|vm| vm.record.status.state);
    if let Some(state) = state.filter(|state| !state.is_active()) {
        let style = pen.skin.get("text.dim");
        pen.print(inside.x, inside.y, inside.width, state.word(), style);
        return;
    }
    match model.wall.seen.get(&key) {
        None => {
            let style = pen.skin.get("text.dim");
            pen.print(inside.x, inside.y, inside.width, "looking", style);
        }
        Some(Glimpse { seen: Err(error), .. }) => {
            let style = pen.skin.get("warning");
            for (n, line) in wrap(&error.to_string(), usize::from(inside.width)).iter().enumerate() {
                if n < usize::from(inside.height) {
                    pen.print(inside.x, inside.y + n as u16, inside.width, line, style);
                }
            }
        }
        Some(glimpse @ Glimpse { seen: Ok(seen), .. }) => {
            pen.cells(inside, &seen.grid, model.options.console.depth, false);
            let flags = flags(model, pen.skin, glimpse);
            let bottom = Rect::new(
                area.x + 2,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(4),
                1,
            );
            pen.line(bottom.x, bottom.y, bottom.width, &Line::from(flags));
        }
    }
}

/// What there is to say about a picture.
fn flags(model: &Model, skin: Skin<'_>, glimpse: &Glimpse) -> Vec<Span<'static>> {
    let mut flags = Vec::new();
    let now = model.shown_now();
    if let Ok(seen) = &glimpse.seen {
        for word in &seen.words {
            let scope = if *word == "login:" { "notice" } else { "danger" };
            flags.push(span(format!(" {word} "), skin.get(scope)));
        }
        if seen.black {
            flags.push(span(" black ", skin.get("text.dim")));
        }
    }
    let still = now.since(glimpse.since);
    if still >= STILL {
        flags.push(span(format!(" same for {} ", short(still)), skin.get("text.dim")));
    }
    flags
}

/// What the status line says about the picture under the cursor.
pub(super) fn facts(model: &Model) -> String {
    let count = model.wall.vms.len();
    let at = (model.wall.cursor.index() + 1).min(count);
    let age = model
        .selected()
        .vm()
        .and_then(|key| model.wall.seen.get(&key))
        .map(|glimpse| format!("taken {} ago  ", short(model.shown_now().since(glimpse.at))))
        .unwrap_or_default();
    text::fit(&format!("{age}{at}/{count} "), 60)
}
