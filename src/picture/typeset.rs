//! Text screens drawn with the terminal's own characters: one cell for each of the guest's.

use crate::base::cells::{Cell, CellColour, CellGrid};
use crate::hv::console::{ColourDepth, Viewport};
use crate::picture::colour;
use crate::picture::layout::CELLS;
use crate::picture::raster::Raster;
use crate::picture::text::{Glyph, Kind, Reader};

/// Where the guest's cells are on the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    raster: Raster,
    /// The guest's first column and row that are seen.
    first: (usize, usize),
    /// Columns and rows seen.
    seen: (usize, usize),
    /// Where they begin on the console.
    offset: (usize, usize),
}

impl Place {
    pub(super) fn new(raster: Raster, viewport: &Viewport) -> Self {
        let side = |cells: usize, room: u16, pan: u16, origin: usize, each: usize| {
            let room = usize::from(room.min(CELLS));
            let seen = cells.min(room);
            let first = (usize::from(pan).saturating_sub(origin) / each).min(cells - seen);
            (first, seen, (room - seen) / 2)
        };
        let across = side(
            raster.columns,
            viewport.columns,
            viewport.pan.0,
            raster.left,
            raster.width,
        );
        let down = side(raster.rows, viewport.rows, viewport.pan.1, raster.top, raster.height);
        Self {
            raster,
            first: (across.0, down.0),
            seen: (across.1, down.1),
            offset: (across.2, down.2),
        }
    }

    /// The guest's pixel in the upper left corner; the picture's own corner where all is seen
    /// from there.
    pub(super) fn pan(&self) -> (u16, u16) {
        let pixel =
            |first: usize, origin: usize, each: usize| if first == 0 { 0 } else { (origin + first * each) as u16 };
        (
            pixel(self.first.0, self.raster.left, self.raster.width),
            pixel(self.first.1, self.raster.top, self.raster.height),
        )
    }

    /// Width and height of what is seen, in the guest's pixels.
    pub(super) fn seen_pixels(&self) -> (u16, u16) {
        (
            (self.seen.0 * self.raster.width) as u16,
            (self.seen.1 * self.raster.height) as u16,
        )
    }

    /// The middle of the guest's cell under a cell of the console.
    pub(super) fn point(&self, column: usize, row: usize) -> Option<(u16, u16)> {
        let find = |at: usize, offset: usize, seen: usize, first: usize, origin: usize, each: usize| {
            let cell = at.checked_sub(offset).filter(|cell| *cell < seen)? + first;
            Some((origin + cell * each + each / 2) as u16)
        };
        let raster = &self.raster;
        Some((
            find(
                column,
                self.offset.0,
                self.seen.0,
                self.first.0,
                raster.left,
                raster.width,
            )?,
            find(row, self.offset.1, self.seen.1, self.first.1, raster.top, raster.height)?,
        ))
    }

    /// The cell of the console that shows a cell of the guest.
    pub(super) fn cell(&self, (column, row): (usize, usize)) -> Option<(u16, u16)> {
        let find = |at: usize, first: usize, seen: usize, offset: usize| {
            let cell = at.checked_sub(first).filter(|cell| *cell < seen)?;
            Some((cell + offset) as u16)
        };
        Some((
            find(column, self.first.0, self.seen.0, self.offset.0)?,
            find(row, self.first.1, self.seen.1, self.offset.1)?,
        ))
    }

    /// The cell of the console that shows a pixel of the guest.
    pub(super) fn cell_of_pixel(&self, x: u16, y: u16) -> Option<(u16, u16)> {
        let column = usize::from(x).checked_sub(self.raster.left)? / self.raster.width;
        let row = usize::from(y).checked_sub(self.raster.top)? / self.raster.height;
        self.cell((column, row))
    }

    /// Draws all of it into a blank grid.
    pub(super) fn paint(&self, grid: &mut CellGrid, reader: &Reader, depth: ColourDepth, ascii: bool) {
        for row in 0..self.seen.1 {
            let glyphs = reader
                .row(self.first.1 + row)
                .iter()
                .skip(self.first.0)
                .take(self.seen.0);
            let cells = grid
                .row_mut((self.offset.1 + row) as u16)
                .iter_mut()
                .skip(self.offset.0);
            for (cell, glyph) in cells.zip(glyphs) {
                *cell = character(glyph, depth, ascii);
            }
        }
    }
}

/// The guest's character in the terminal's colours.
fn character(glyph: &Glyph, depth: ColourDepth, ascii: bool) -> Cell {
    let mut cell = Cell::new(if ascii { plain(glyph) } else { glyph.char });
    if depth == ColourDepth::None {
        cell.style.reverse = colour::luma(glyph.background) > colour::luma(glyph.foreground).max(64)
            || (glyph.kind == Kind::Blank && colour::luma(glyph.background) > 128);
        return cell;
    }
    cell.background = colour::shown(glyph.background, depth);
    if glyph.kind != Kind::Blank {
        cell.foreground = colour::shown(glyph.foreground, depth);
        if cell.foreground == cell.background && glyph.foreground != glyph.background && glyph.kind != Kind::Unknown {
            // few colours must not hide what is written
            cell.foreground = CellColour::Indexed(if colour::luma(glyph.background) > 127 { 0 } else { 15 });
        }
    }
    cell
}

/// The character in ASCII.
fn plain(glyph: &Glyph) -> char {
    match glyph.char {
        _ if glyph.kind == Kind::Unknown => '?',
        c if c.is_ascii() => c,
        '─' | '═' | '━' | '‐'..='―' => '-',
        '│' | '║' | '┃' | '¦' => '|',
        '\u{2500}'..='\u{257f}' => '+',
        '\u{2580}'..='\u{259f}' | '■' => '#',
        '►' | '→' | '»' | '›' => '>',
        '◄' | '←' | '«' | '‹' => '<',
        '▲' | '↑' => '^',
        '▼' | '↓' => 'v',
        '•' | '·' | '∙' | '●' | '◆' | '♦' => '*',
        '‘' | '’' | '´' => '\'',
        '“' | '”' => '"',
        _ => '?',
    }
}
