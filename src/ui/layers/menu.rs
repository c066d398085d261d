//! Something to choose from.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::menu::{Menu, scrolled};
use crate::app::view::Hit;
use crate::base::text::{self, fit, pad};
use crate::ui::layers::{popup, room, row};
use crate::ui::pen::{Pen, span};
use crate::ui::row::cursor;

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, menu: &Menu) {
    let skin = pen.skin;
    let keys = menu
        .entries
        .iter()
        .map(|entry| text::width(&entry.keys))
        .max()
        .unwrap_or(0)
        .min(12);
    let lines: Vec<(String, String)> = menu
        .entries
        .iter()
        .map(|entry| {
            let label = format!("{} {}", pad(&entry.keys, keys), text::show(&entry.label));
            let reason = entry
                .disabled
                .as_ref()
                .map(|reason| format!("  ({})", text::show(reason)));
            (label, reason.unwrap_or_default())
        })
        .collect();
    let widest = lines
        .iter()
        .map(|(label, reason)| text::width(label) + text::width(reason))
        .max()
        .unwrap_or(0);
    let width = widest.max(text::width(&menu.title) + 2).max(20).min(room(screen) + 2);
    let border = skin.get("popup.border");
    let (frame, inside) = popup(pen, screen, (width, lines.len().max(1)), &menu.title, border);
    let rows = usize::from(inside.height);
    pen.sizes().layer_rows = inside.height;
    pen.sizes().layer_lines = lines.len();
    if lines.is_empty() {
        pen.print(
            inside.x,
            inside.y,
            inside.width,
            "nothing to choose from",
            skin.get("text.dim"),
        );
    }
    let offset = scrolled(menu.offset, menu.index, rows);
    for (n, (label, reason)) in lines.iter().enumerate().skip(offset).take(rows) {
        let place = row(inside, n - offset);
        let style = skin.get(if reason.is_empty() { "popup" } else { "text.dim" });
        // why something cannot be chosen is worth more than the end of a long label
        let whole = usize::from(place.width);
        let reason = fit(reason, whole.saturating_sub(text::width(label)).max(whole / 2));
        let room = usize::from(place.width).saturating_sub(text::width(&reason));
        let line = Line::from(vec![span(fit(label, room), style), span(reason, style)]);
        pen.line(place.x, place.y, place.width, &line);
        pen.hit(place, Hit::LayerRow(n));
        if n == menu.index {
            pen.cursor_row(place, cursor(skin, true));
        }
    }
    pen.scroll_mark(frame, offset, rows, lines.len());
}
