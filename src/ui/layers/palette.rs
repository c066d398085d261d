//! The palette: a line to type in, and what matches it.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::layers::menu::scrolled;
use crate::app::layers::palette::{Entry, Palette};
use crate::app::view::Hit;
use crate::base::text::{self, fit};
use crate::ui::input;
use crate::ui::layers::{popup, room, row};
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::row::cursor;
use crate::ui::style::Skin;

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, palette: &Palette) {
    let skin = pen.skin;
    // as high whatever matches, so that nothing jumps while typing
    let height = usize::from(screen.height.saturating_sub(4)).min(20);
    let border = skin.get("popup.border");
    let (frame, inside) = popup(pen, screen, (room(screen).min(84), height), "Palette", border);
    if inside.height < 2 {
        return;
    }
    let used = pen.print(inside.x, inside.y, inside.width, "> ", skin.get("field.label"));
    let field = Rect {
        x: inside.x + used,
        width: inside.width.saturating_sub(used),
        height: 1,
        ..inside
    };
    input::draw(pen, field, &palette.input, skin.get("field.focus"), false, true);
    let list = Rect {
        y: inside.y + 1,
        height: inside.height - 1,
        ..inside
    };
    let rows = usize::from(list.height);
    pen.sizes().layer_rows = list.height;
    pen.sizes().layer_lines = palette.hits.len();
    if palette.hits.is_empty() {
        pen.print(list.x, list.y, list.width, "nothing matches", skin.get("text.dim"));
    }
    let offset = scrolled(palette.offset, palette.index, rows);
    for (n, (index, matched)) in palette.hits.iter().enumerate().skip(offset).take(rows) {
        let Some(entry) = palette.entries.get(*index) else {
            continue;
        };
        let place = row(list, n - offset);
        draw_entry(pen, place, entry, matched);
        pen.hit(place, Hit::LayerRow(n));
        if n == palette.index {
            // the cursor must not hide what matched
            let style = cursor(skin, true);
            pen.cursor_row(place, style);
        }
    }
    pen.scroll_mark(frame, offset, rows, palette.hits.len());
}

fn draw_entry(pen: &mut Pen<'_, '_>, place: Rect, entry: &Entry, matched: &[u32]) {
    let skin = pen.skin;
    let note = entry
        .disabled
        .as_ref()
        .map_or_else(|| entry.note.clone(), |reason| format!("({reason})"));
    let note = fit(&text::show(&note), usize::from(place.width) / 2);
    let right = pen.right(place, &Line::from(span(note, skin.get("text.dim"))));
    let room = place.width.saturating_sub(right.width + 1);
    let base = skin.get(if entry.disabled.is_some() { "text.dim" } else { "popup" });
    let line = label(skin, &entry.label, matched, base);
    let cut = line_width(&line) > usize::from(room);
    pen.line(place.x, place.y, room, &line);
    if cut && room > 0 {
        pen.print(place.x + room - 1, place.y, 1, skin.signs.ellipsis, base);
    }
}

/// A label with the characters that matched in their own style.
fn label(skin: Skin<'_>, label: &str, matched: &[u32], base: Style) -> Line<'static> {
    let hit = base.patch(skin.get("palette.match"));
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut run = String::new();
    let mut of_hit = false;
    for (n, c) in label.chars().enumerate() {
        let is_hit = u32::try_from(n).is_ok_and(|n| matched.binary_search(&n).is_ok());
        if is_hit != of_hit && !run.is_empty() {
            let style = if of_hit { hit } else { base };
            spans.push(span(text::show(&std::mem::take(&mut run)), style));
        }
        of_hit = is_hit;
        run.push(c);
    }
    spans.push(span(text::show(&run), if of_hit { hit } else { base }));
    Line::from(spans)
}
