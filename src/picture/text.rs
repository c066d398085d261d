//! Text read from pictures of text screens: VGA's text modes, Linux's framebuffer console and
//! UEFI's console, by the exact shapes of their characters.

use crate::base::cells::{Cell, CellColour, CellGrid};
use crate::picture::glyphs::{Font, Shape, TALLEST};
use crate::picture::raster::Raster;
use crate::picture::{Picture, Rect, colour};

/// So many of a hundred cells that are not blank must be known.
const KNOWN: usize = 90;
/// After so many cells that are not blank, a picture with few characters is given up.
const GIVE_UP: usize = 400;
/// This part of such a picture has to change before it is looked at again.
const REST: usize = 8;

/// What is written on a text screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextScreen {
    /// Columns of the guest's text.
    pub columns: u16,
    /// Rows of the guest's text.
    pub rows: u16,
    /// The characters with their colours; what was not recognised is a half block of the mean
    /// colours of its halves.
    pub cells: CellGrid,
    /// Column and row of the guest's cursor, where it was seen.
    pub cursor: Option<(u16, u16)>,
    /// Size of the guest's cells in pixels.
    pub cell: (u16, u16),
    /// The pixel where the text begins.
    pub origin: (u16, u16),
    /// Cells that were not recognised.
    pub unknown: u32,
}

impl TextScreen {
    /// The rows as text, without the spaces at their ends.
    pub fn lines(&self) -> Vec<String> {
        (0..self.rows).map(|row| self.cells.line(row)).collect()
    }

    /// A number that is the same for the same text in the same colours, whether the cursor is
    /// there or not.
    pub fn fingerprint(&self) -> u64 {
        let mut value = 0xcbf2_9ce4_8422_2325u64 ^ u64::from(self.columns);
        let mut add = |part: u32| {
            value = (value ^ u64::from(part))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(23);
        };
        for row in 0..self.rows {
            for cell in self.cells.row(row) {
                add(cell.base() as u32);
                // the colour of what is not written may be a cursor's
                let ink = if cell.base() == ' ' {
                    CellColour::Default
                } else {
                    cell.foreground
                };
                for colour in [ink, cell.background] {
                    if let CellColour::Rgb(r, g, b) = colour {
                        add(u32::from_be_bytes([1, r, g, b]));
                    }
                }
            }
        }
        value
    }
}

/// Reads a text screen; `None` where it is none.
pub fn read(picture: &Picture) -> Option<TextScreen> {
    let mut reader = Reader::default();
    reader.update(picture, None).then(|| reader.screen()).flatten()
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Known,
    /// The cursor is drawn over it.
    Cursor,
    Unknown,
}

/// One cell of a text screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) kind: Kind,
    pub(super) char: char,
    pub(super) foreground: u32,
    pub(super) background: u32,
}

/// Reads a screen again and again, only what has changed of it.
#[derive(Debug, Default)]
pub(super) struct Reader {
    size: (u16, u16),
    raster: Option<Raster>,
    glyphs: Vec<Glyph>,
    /// After a screen that is far from being text, so many pixels have to change before it is
    /// worth another look.
    patience: usize,
}

impl Reader {
    /// Reads what is damaged, or all; returns whether it is a text screen.
    pub(super) fn update(&mut self, picture: &Picture, damage: Option<&[Rect]>) -> bool {
        let size = (picture.width(), picture.height());
        if let (Some(raster), Some(damage), true) = (self.raster, damage, self.size == size)
            && let Some(font) = Font::of(raster.shape, raster.height)
        {
            for rect in damage {
                self.read_rect(picture, raster, font, *rect);
            }
            if accepted(&self.glyphs) {
                return true;
            }
        }
        let area = usize::from(size.0) * usize::from(size.1);
        if let (Some(damage), true) = (damage, self.size == size && self.patience > 0) {
            let changed = damage.iter().map(|rect| rect.area(size)).sum();
            self.patience = self.patience.saturating_sub(changed);
            if self.patience > 0 {
                return false;
            }
        }
        self.size = size;
        self.raster = None;
        self.patience = area / REST;
        for raster in Raster::candidates(size.0.into(), size.1.into()) {
            let Some(font) = Font::of(raster.shape, raster.height) else {
                continue;
            };
            if self.read_all(picture, raster, font) {
                self.patience = 0;
                if accepted(&self.glyphs) {
                    self.raster = Some(raster);
                    return true;
                }
            }
        }
        self.glyphs.clear();
        false
    }

    fn read_all(&mut self, picture: &Picture, raster: Raster, font: Font) -> bool {
        self.glyphs.clear();
        let (mut seen, mut known) = (0usize, 0usize);
        for row in 0..raster.rows {
            for column in 0..raster.columns {
                let glyph = recognise(picture, raster, font, column, row);
                seen += usize::from(glyph.kind != Kind::Blank);
                known += usize::from(glyph.kind == Kind::Known);
                self.glyphs.push(glyph);
            }
            if seen > GIVE_UP && known * 2 < seen {
                return false;
            }
        }
        true
    }

    fn read_rect(&mut self, picture: &Picture, raster: Raster, font: Font, rect: Rect) {
        let cells = |(from, to): (usize, usize), origin: usize, each: usize, most: usize| {
            let last = to.saturating_sub(origin).div_ceil(each).min(most);
            if from < to {
                from.saturating_sub(origin) / each..last
            } else {
                0..0
            }
        };
        let columns = cells(rect.columns(self.size.0), raster.left, raster.width, raster.columns);
        for row in cells(rect.rows(self.size.1), raster.top, raster.height, raster.rows) {
            for column in columns.clone() {
                if let Some(glyph) = self.glyphs.get_mut(row * raster.columns + column) {
                    *glyph = recognise(picture, raster, font, column, row);
                }
            }
        }
    }

    /// How the screen is divided, if it is a text screen.
    pub(super) fn raster(&self) -> Option<Raster> {
        self.raster
    }

    /// The cells of a row.
    pub(super) fn row(&self, row: usize) -> &[Glyph] {
        let columns = self.raster.map_or(0, |raster| raster.columns);
        self.glyphs.get(row * columns..(row + 1) * columns).unwrap_or(&[])
    }

    /// Column and row of the cursor. Two of them are none.
    pub(super) fn cursor(&self) -> Option<(usize, usize)> {
        let mut found = (0..).zip(&self.glyphs).filter(|(_, glyph)| glyph.kind == Kind::Cursor);
        let (at, _) = found.next()?;
        let columns = self.raster?.columns.max(1);
        found.next().is_none().then_some((at % columns, at / columns))
    }

    fn screen(&self) -> Option<TextScreen> {
        let raster = self.raster?;
        let mut cells = CellGrid::new(raster.columns as u16, raster.rows as u16);
        for row in 0..raster.rows {
            for (cell, glyph) in cells.row_mut(row as u16).iter_mut().zip(self.row(row)) {
                *cell = Cell::new(glyph.char);
                cell.background = colour::shown(glyph.background, crate::hv::console::ColourDepth::True);
                if glyph.kind != Kind::Blank {
                    cell.foreground = colour::shown(glyph.foreground, crate::hv::console::ColourDepth::True);
                }
            }
        }
        Some(TextScreen {
            columns: raster.columns as u16,
            rows: raster.rows as u16,
            cells,
            cursor: self.cursor().map(|(column, row)| (column as u16, row as u16)),
            cell: (raster.width as u16, raster.height as u16),
            origin: (raster.left as u16, raster.top as u16),
            unknown: self.glyphs.iter().filter(|glyph| glyph.kind == Kind::Unknown).count() as u32,
        })
    }
}

/// Whether so much could be read that it is text.
fn accepted(glyphs: &[Glyph]) -> bool {
    let (mut known, mut other, mut cursors, mut signs) = (0usize, 0usize, 0usize, false);
    for glyph in glyphs {
        match glyph.kind {
            Kind::Blank => {}
            Kind::Known => {
                known += 1;
                signs |= glyph.char.is_ascii_graphic();
            }
            Kind::Cursor => cursors += 1,
            Kind::Unknown => other += 1,
        }
    }
    // there is one cursor; more of them are a pattern
    let seen = known + other + cursors.saturating_sub(1);
    signs && known * 100 > seen * KNOWN
}

/// Reads one cell.
fn recognise(picture: &Picture, raster: Raster, font: Font, column: usize, row: usize) -> Glyph {
    let (x, y) = (raster.left + column * raster.width, raster.top + row * raster.height);
    let ground = picture.row(y).get(x).copied().unwrap_or(0) & 0x00ff_ffff;
    let mut ink = None;
    let mut shape = Shape {
        rows: [0; TALLEST],
        width: raster.shape,
        height: raster.height,
    };
    let mut edge = 0;
    for (line, bits) in shape.rows.iter_mut().take(raster.height).enumerate() {
        let pixels = picture.row(y + line).get(x..x + raster.width).unwrap_or(&[]);
        let mut all = 0u32;
        for pixel in pixels {
            let pixel = pixel & 0x00ff_ffff;
            let set = pixel != ground;
            if set && *ink.get_or_insert(pixel) != pixel {
                return unknown(picture, raster, x, y);
            }
            all = all << 1 | u32::from(set);
        }
        if raster.width > raster.shape {
            edge += all & 1;
            all >>= raster.width - raster.shape;
        }
        *bits = all as u16;
    }
    let Some(ink) = ink else {
        return Glyph {
            kind: Kind::Blank,
            char: ' ',
            foreground: ground,
            background: ground,
        };
    };
    // which of the two colours is the background: that of the ninth pixel, of most pixels, the darker
    let pixels = (raster.shape * raster.height) as u32;
    let likely = if raster.width > raster.shape && (edge == 0 || edge as usize == raster.height) {
        edge == 0
    } else {
        (2 * shape.count(), colour::luma(ground)) <= (pixels, colour::luma(ink))
    };
    let (plain, inverse) = ((shape, ink, ground), (shape.inverse(), ground, ink));
    let order = if likely { [plain, inverse] } else { [inverse, plain] };
    let glyph = |kind: Kind, char: char, foreground: u32, background: u32| Glyph {
        kind,
        char,
        foreground,
        background,
    };
    for (shape, foreground, background) in &order {
        if let Some(char) = font.find(shape) {
            return glyph(Kind::Known, char, *foreground, *background);
        }
    }
    for (shape, foreground, background) in &order {
        if let Some(char) = below_cursor(shape).and_then(|shape| font.find(&shape)) {
            return glyph(Kind::Cursor, char, *foreground, *background);
        }
    }
    unknown(picture, raster, x, y)
}

/// A shape without the line of a cursor in its lower half.
fn below_cursor(shape: &Shape) -> Option<Shape> {
    let full = shape.full();
    let last = shape.rows.iter().take(shape.height).rposition(|row| *row == full)?;
    if last < shape.height / 2 {
        return None;
    }
    let mut rest = *shape;
    for row in rest.rows.iter_mut().take(last + 1).rev() {
        if *row != full {
            break;
        }
        *row = 0;
    }
    Some(rest)
}

/// A cell that is none of the known characters: the mean colours of its halves.
fn unknown(picture: &Picture, raster: Raster, x: usize, y: usize) -> Glyph {
    let mean = |from: usize, to: usize| {
        let (mut sums, mut count) = ([0u32; 3], 0u32);
        for line in from..to {
            for pixel in picture.row(line).get(x..x + raster.width).unwrap_or(&[]) {
                for (sum, shift) in sums.iter_mut().zip([16, 8, 0]) {
                    *sum += pixel >> shift & 255;
                }
                count += 1;
            }
        }
        sums.iter().fold(0, |all, sum| (all << 8) | (sum / count.max(1)))
    };
    Glyph {
        kind: Kind::Unknown,
        char: '▀',
        foreground: mean(y, y + raster.height / 2),
        background: mean(y + raster.height / 2, y + raster.height),
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
