//! The command line at the bottom, with what completes it above.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::command_line::CommandLine;
use crate::app::layers::menu::scrolled;
use crate::app::view::Hit;
use crate::base::text::{self, fit, pad};
use crate::ui::input;
use crate::ui::layers::row;
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::row::cursor;

/// Completions shown at once.
const SHOWN: usize = 10;

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, line: &CommandLine) {
    let skin = pen.skin;
    let bottom = Rect {
        y: screen.bottom().saturating_sub(1),
        height: 1,
        ..screen
    };
    let rows = line
        .completions
        .len()
        .min(SHOWN)
        .min(usize::from(screen.height.saturating_sub(4)));
    pen.sizes().layer_rows = rows as u16;
    pen.sizes().layer_lines = line.completions.len();
    if rows > 0 {
        completions(pen, screen, line, rows);
    }
    let style = skin.get("popup");
    let ground = skin.ground("popup");
    pen.fill(bottom, ground);
    let error = line.error.as_ref().map(|error| {
        let shown = fit(&text::show(error), usize::from(bottom.width) / 2);
        Line::from(span(format!(" {shown} "), skin.get("danger")))
    });
    let right = error.map_or(0, |error| {
        pen.right(bottom, &error);
        (line_width(&error) as u16).min(bottom.width)
    });
    let used = pen.print(bottom.x, bottom.y, bottom.width, ":", skin.get("status.key"));
    let field = Rect {
        x: bottom.x + used,
        width: bottom.width.saturating_sub(used + right),
        ..bottom
    };
    input::draw(pen, field, &line.input, style, false, true);
}

fn completions(pen: &mut Pen<'_, '_>, screen: Rect, line: &CommandLine, rows: usize) {
    let skin = pen.skin;
    let names = line
        .completions
        .iter()
        .map(|(name, _)| text::width(&text::show(name)))
        .max()
        .unwrap_or(0)
        .min(32);
    let meanings = line
        .completions
        .iter()
        .map(|(_, meaning)| text::width(&text::show(meaning)))
        .max()
        .unwrap_or(0);
    let width = (names + meanings + 4).min(usize::from(screen.width)) as u16;
    let area = Rect {
        x: screen.x,
        y: screen.bottom().saturating_sub(rows as u16 + 3),
        width,
        height: rows as u16 + 2,
    };
    let popup = skin.get("popup");
    let ground = skin.ground("popup");
    pen.fill(area, ground);
    let border = skin.get("popup.border");
    let inside = pen.frame(area, &Line::default(), border);
    let index = line.index.unwrap_or(0);
    let offset = scrolled(0, index, rows);
    for (n, (name, meaning)) in line.completions.iter().enumerate().skip(offset).take(rows) {
        let place = row(inside, n - offset);
        let spans = vec![
            span(pad(&text::show(name), names), skin.get("status.key")),
            span(format!("  {}", text::show(meaning)), popup),
        ];
        pen.line(place.x, place.y, place.width, &Line::from(spans));
        pen.hit(place, Hit::LayerRow(n));
        if line.index == Some(n) {
            pen.cursor_row(place, cursor(skin, true));
        }
    }
    pen.scroll_mark(area, offset, rows, line.completions.len());
}
