//! What everything is drawn with.

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::model::Model;
use crate::app::view::{Hit, Sizes};
use crate::base::cells::{Cell, CellGrid};
use crate::base::text;
use crate::hv::console::{ColourDepth, Tile};
use crate::ui::guest;
use crate::ui::hit::{HitMap, PlacedTile};
use crate::ui::style::Skin;

/// The cells, and all that decides what goes into them.
pub(super) struct Pen<'m, 'b> {
    pub model: &'m Model,
    pub skin: Skin<'m>,
    buf: &'b mut Buffer,
    hits: HitMap,
    /// Where the terminal's cursor is to stand.
    pub cursor: Option<Position>,
}

impl<'m, 'b> Pen<'m, 'b> {
    pub fn new(model: &'m Model, skin: Skin<'m>, buf: &'b mut Buffer) -> Self {
        // what is not drawn this time keeps the size it had
        let sizes = Sizes {
            layer_rows: 0,
            layer_lines: 0,
            matches: Vec::new(),
            links: Vec::new(),
            ..model.sizes.clone()
        };
        let mut hits = HitMap::default();
        hits.sizes = sizes;
        Self {
            model,
            skin,
            buf,
            hits,
            cursor: None,
        }
    }

    pub fn finish(mut self) -> HitMap {
        self.whole_tiles();
        if self.skin.ascii {
            self.ascii_only();
        }
        self.hits
    }

    /// Takes tiles away that something is drawn over: where cells and pictures lie at one place,
    /// terminals disagree about which of them is seen.
    fn whole_tiles(&mut self) {
        let buf = &mut *self.buf;
        self.hits.tiles.retain(|placed| {
            let place = Rect::new(placed.x, placed.y, placed.tile.columns, placed.tile.rows);
            let is_left = |buf: &Buffer, at| buf[at].diff_option == CellDiffOption::Skip;
            let whole = place.positions().all(|at| is_left(buf, at));
            for at in place.positions().filter(|_| !whole) {
                if is_left(buf, at) {
                    buf[at].set_diff_option(CellDiffOption::None);
                }
            }
            whole
        });
    }

    /// Puts ASCII in place of the few characters beyond it that texts of our own are made with
    /// before anybody knows where they are shown: the mark of what was cut, and units.
    fn ascii_only(&mut self) {
        for cell in &mut self.buf.content {
            let own = match cell.symbol() {
                "\u{2026}" => self.skin.signs.ellipsis,
                "\u{b5}" | "\u{3bc}" => "u",
                _ => continue,
            };
            cell.set_symbol(own);
        }
    }

    pub fn sizes(&mut self) -> &mut Sizes {
        &mut self.hits.sizes
    }

    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.add(area.intersection(self.buf.area), hit);
    }

    pub fn cover(&mut self) {
        self.hits.cover();
    }

    /// Replaces the sign for what was cut by one that every terminal has.
    pub fn spell_out(&mut self) {
        for cell in &mut self.buf.content {
            if cell.symbol() == "…" {
                cell.set_symbol("~");
            }
        }
    }

    /// Empties an area.
    pub fn fill(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buf.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                let cell = &mut self.buf[(x, y)];
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Lays the style of a cursor over a row. Where that swaps the colours, words must not become
    /// patches of the colours they were written in; badges with a background keep theirs.
    pub fn cursor_row(&mut self, area: Rect, style: Style) {
        if style.add_modifier.contains(Modifier::REVERSED) {
            let ground = self.skin.ground("text").bg.unwrap_or_default();
            let area = area.intersection(self.buf.area);
            for position in area.positions() {
                let cell = &mut self.buf[position];
                if cell.bg == Color::Reset || cell.bg == ground {
                    cell.fg = Color::Reset;
                }
            }
        }
        self.tint(area, style);
    }

    /// Lays a style over what is drawn.
    pub fn tint(&mut self, area: Rect, style: Style) {
        self.buf.set_style(area.intersection(self.buf.area), style);
    }

    fn inside(&self, x: u16, y: u16) -> bool {
        self.buf.area.contains(Position::new(x, y))
    }

    /// Writes text in at most `width` cells; returns the cells used.
    pub fn print(&mut self, x: u16, y: u16, width: u16, shown: &str, style: Style) -> u16 {
        if !self.inside(x, y) {
            return 0;
        }
        let (end, _) = self.buf.set_stringn(x, y, shown, usize::from(width), style);
        end.saturating_sub(x)
    }

    /// Writes a line in at most `width` cells; returns the cells used.
    pub fn line(&mut self, x: u16, y: u16, width: u16, line: &Line<'_>) -> u16 {
        if !self.inside(x, y) {
            return 0;
        }
        let (end, _) = self.buf.set_line(x, y, line, width);
        end.saturating_sub(x)
    }

    /// Writes text that ends at the right edge of an area one row high; returns its area.
    pub fn right(&mut self, area: Rect, line: &Line<'_>) -> Rect {
        let width = (line_width(line) as u16).min(area.width);
        let x = area.right().saturating_sub(width);
        self.line(x, area.y, width, line);
        Rect { x, width, ..area }
    }

    /// Draws a guest's cells; `old` greys what is not live any more.
    pub fn cells(&mut self, area: Rect, grid: &CellGrid, depth: ColourDepth, old: bool) {
        let area = area.intersection(self.buf.area);
        let dim = self.skin.get("text.dim");
        for row in 0..area.height.min(grid.rows()) {
            for (column, cell) in grid.row(row).iter().enumerate().take(usize::from(area.width)) {
                let target = &mut self.buf[(area.x + column as u16, area.y + row)];
                target.reset();
                if cell.is_covered() {
                    continue;
                }
                let mut buffer = [0; 32];
                target.set_symbol(symbol(cell, &mut buffer));
                target.set_style(if old { dim } else { guest::style(cell, depth) });
            }
        }
    }

    /// Leaves cells to a picture, which is written after the frame. A picture that does not fit,
    /// because it was made for another size, stays away: it would cover others, or scroll.
    pub fn tile(&mut self, area: Rect, tile: &Tile) {
        let area = area.intersection(self.buf.area);
        let place = Rect::new(
            area.x.saturating_add(tile.column),
            area.y.saturating_add(tile.row),
            tile.columns,
            tile.rows,
        );
        if place.intersection(area) != place {
            return;
        }
        for y in place.top()..place.bottom() {
            for x in place.left()..place.right() {
                self.buf[(x, y)].set_diff_option(CellDiffOption::Skip);
            }
        }
        self.hits.tiles.push(PlacedTile {
            x: place.x,
            y: place.y,
            tile: tile.clone(),
        });
    }

    /// A frame with a title; returns what is inside.
    pub fn frame(&mut self, area: Rect, title: &Line<'_>, style: Style) -> Rect {
        let area = area.intersection(self.buf.area);
        if area.width < 2 || area.height < 2 {
            return Rect {
                width: 0,
                height: 0,
                ..area
            };
        }
        let set = self.skin.signs.border;
        let (left, right, top, bottom) = (area.left(), area.right() - 1, area.top(), area.bottom() - 1);
        for x in left..=right {
            self.buf[(x, top)].set_symbol(set.horizontal_top).set_style(style);
            self.buf[(x, bottom)].set_symbol(set.horizontal_bottom).set_style(style);
        }
        for y in top..=bottom {
            self.buf[(left, y)].set_symbol(set.vertical_left).set_style(style);
            self.buf[(right, y)].set_symbol(set.vertical_right).set_style(style);
        }
        for (x, y, sign) in [
            (left, top, set.top_left),
            (right, top, set.top_right),
            (left, bottom, set.bottom_left),
            (right, bottom, set.bottom_right),
        ] {
            self.buf[(x, y)].set_symbol(sign).set_style(style);
        }
        if area.width > 4 && !title.spans.is_empty() {
            let width = area.width - 4;
            self.print(left + 1, top, 1, " ", style);
            let used = self.line(left + 2, top, width, title);
            self.print(left + 2 + used, top, 1, " ", style);
        }
        Rect::new(left + 1, top + 1, area.width - 2, area.height - 2)
    }

    /// A mark on the right side of the frame: where one is in what is longer than the pane.
    pub fn scroll_mark(&mut self, frame: Rect, offset: usize, rows: usize, lines: usize) {
        if lines <= rows || frame.height < 4 || frame.width < 12 {
            return;
        }
        let style = self.skin.get("scrollbar");
        let track = usize::from(frame.height - 2);
        let size = (rows * track / lines).clamp(1, track);
        let at = (offset * (track - size))
            .checked_div(lines - rows)
            .unwrap_or(0)
            .min(track - size);
        for n in at..at + size {
            self.print(
                frame.right() - 1,
                frame.y + 1 + n as u16,
                1,
                self.skin.signs.thumb,
                style,
            );
        }
        let place = format!(" {}/{lines} ", (offset + rows).min(lines));
        let bottom = Rect::new(frame.x + 2, frame.bottom() - 1, frame.width.saturating_sub(4), 1);
        self.right(bottom, &Line::styled(place, style));
    }
}

/// The characters of a cell as one string, written into `buffer`.
fn symbol<'a>(cell: &Cell, buffer: &'a mut [u8; 32]) -> &'a str {
    let mut length = 0;
    for c in cell.chars() {
        if let Some(room) = buffer.get_mut(length..length + c.len_utf8()) {
            length += c.encode_utf8(room).len();
        }
    }
    std::str::from_utf8(&buffer[..length]).unwrap_or(" ")
}

/// The cells a line takes.
pub(super) fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| text::width(&span.content)).sum()
}

/// A span of its own text.
pub(super) fn span(shown: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(shown.into(), style)
}
