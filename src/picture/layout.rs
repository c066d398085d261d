//! Where a picture goes: which of its pixels become which dots of the console.

use std::ops::Range;

use crate::hv::console::{PictureProtocol, Viewport, Zoom};
use crate::picture::Picture;
use crate::picture::scale::Axis;

/// A console is not drawn larger than this, in cells a side; what is beyond stays out.
pub(super) const CELLS: u16 = 1024;
/// Dots of a terminal with graphics, at most.
const DOTS: usize = 16 << 20;
/// Cells of a terminal with graphics are so many pixels wide and high, at most.
const CELL_PIXELS: (u16, u16) = (64, 128);
/// A whole picture may take so many seconds of a byte budget before it is drawn coarser.
const PATIENCE: usize = 4;

/// A size in cells or dots.
type Size = (usize, usize);

/// Where dots are and what they show.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Columns and rows of the console.
    pub(super) cells: Size,
    /// Dots of each cell, across and down.
    pub(super) per_cell: Size,
    /// The first dot of the picture, from the upper left corner of the console.
    pub(super) offset: Size,
    /// Pixels to dots.
    pub(super) across: Axis,
    /// Pixels to dots.
    pub(super) down: Axis,
    /// The guest's pixel in the upper left corner.
    pub(super) pan: (u16, u16),
}

/// The size of a cell in pixels, where it can be believed.
pub(super) fn cell_pixels(viewport: &Viewport) -> Option<(u16, u16)> {
    viewport
        .cell
        .filter(|(width, height)| (2..=CELL_PIXELS.0).contains(width) && (4..=CELL_PIXELS.1).contains(height))
}

/// How pictures can be drawn in a viewport; sixel needs to know the size of a cell.
pub(super) fn protocol(viewport: &Viewport) -> PictureProtocol {
    match viewport.protocol {
        PictureProtocol::Sixel if cell_pixels(viewport).is_none() => PictureProtocol::HalfBlocks,
        other => other,
    }
}

/// Dots across and down that a picture takes in a room of dots whose sides are as `dot` says.
fn fitted(picture: Size, room: Size, dot: Size) -> Size {
    // as wide or as high as the room: what reaches its edge first
    let across = room.0 * dot.0 * picture.1;
    let down = room.1 * dot.1 * picture.0;
    let share = |value: usize, by: usize| ((value + by / 2) / by.max(1)).max(1);
    if across <= down {
        (room.0, share(across, picture.0 * dot.1).min(room.1))
    } else {
        (share(down, picture.1 * dot.0).min(room.0), room.1)
    }
}

impl Layout {
    pub(super) fn new(picture: &Picture, viewport: &Viewport) -> Self {
        let cells = (
            usize::from(viewport.columns.min(CELLS)),
            usize::from(viewport.rows.min(CELLS)),
        );
        let size = (usize::from(picture.width()), usize::from(picture.height()));
        let pixels = cell_pixels(viewport).map_or((8, 16), |(w, h)| (usize::from(w), usize::from(h)));
        let per_cell = dots_per_cell(size, cells, pixels, viewport);
        let mut layout = Self {
            cells,
            per_cell,
            ..Self::default()
        };
        let room = (cells.0 * per_cell.0, cells.1 * per_cell.1);
        if size.0 == 0 || size.1 == 0 || room.0 == 0 || room.1 == 0 {
            return layout;
        }
        // sides of a dot, in the same unit
        let dot = (pixels.0 * per_cell.1, pixels.1 * per_cell.0);
        let (start, seen, dots) = match viewport.zoom {
            Zoom::Fit => ((0, 0), size, fitted(size, room, dot)),
            Zoom::Same => panned(size, room, 1, viewport.pan),
            Zoom::Times(times) => panned(size, room, usize::from(times.max(1)), viewport.pan),
        };
        layout.pan = (start.0 as u16, start.1 as u16);
        layout.across = Axis::new(start.0, seen.0, dots.0);
        layout.down = Axis::new(start.1, seen.1, dots.1);
        // in the middle, but whole cells: fewer of them are of two parts
        let middle = |room: usize, dots: usize, each: usize| (room - dots) / 2 / each * each;
        layout.offset = (middle(room.0, dots.0, per_cell.0), middle(room.1, dots.1, per_cell.1));
        layout
    }

    /// Dots of the picture, across and down.
    pub(super) fn dots(&self) -> Size {
        (self.across.len(), self.down.len())
    }

    /// Width and height of what is seen, in the guest's pixels.
    pub(super) fn seen(&self) -> (u16, u16) {
        (self.across.pixels() as u16, self.down.pixels() as u16)
    }

    /// Columns and rows of cells that show any of the picture.
    pub(super) fn covered(&self) -> (Range<usize>, Range<usize>) {
        self.cells_of(0..self.across.len(), 0..self.down.len())
    }

    /// Columns and rows of cells that show any of these dots.
    pub(super) fn cells_of(&self, across: Range<usize>, down: Range<usize>) -> (Range<usize>, Range<usize>) {
        let cells = |dots: Range<usize>, offset: usize, each: usize, most: usize| {
            if dots.is_empty() || each == 0 {
                return 0..0;
            }
            (dots.start + offset) / each..(dots.end + offset).div_ceil(each).min(most)
        };
        (
            cells(across, self.offset.0, self.per_cell.0, self.cells.0),
            cells(down, self.offset.1, self.per_cell.1, self.cells.1),
        )
    }

    /// The guest's pixel under the middle of a cell; `None` beside the picture.
    pub(super) fn point(&self, column: usize, row: usize) -> Option<(u16, u16)> {
        let find = |axis: &Axis, at: usize, offset: usize, each: usize| {
            let first = (at * each)
                .checked_sub(offset)
                .or_else(|| (at * each + each > offset).then_some(0))?;
            let dot = (first + each / 2).min(axis.len().checked_sub(1)?);
            (first < axis.len()).then(|| axis.middle(dot)).flatten()
        };
        let x = find(&self.across, column, self.offset.0, self.per_cell.0)?;
        let y = find(&self.down, row, self.offset.1, self.per_cell.1)?;
        Some((x as u16, y as u16))
    }

    /// The cell that shows a guest's pixel.
    pub(super) fn cell(&self, x: u16, y: u16) -> Option<(u16, u16)> {
        let column = (self.across.dot(x.into())? + self.offset.0) / self.per_cell.0.max(1);
        let row = (self.down.dot(y.into())? + self.offset.1) / self.per_cell.1.max(1);
        (column < self.cells.0 && row < self.cells.1).then_some((column as u16, row as u16))
    }
}

/// First pixel, pixels and dots of both sides where a pixel is `times` dots wide.
fn panned(size: Size, room: Size, times: usize, pan: (u16, u16)) -> (Size, Size, Size) {
    let side = |size: usize, room: usize, pan: u16| {
        let seen = (room / times).clamp(1, size);
        (usize::from(pan).min(size - seen), seen, (seen * times).min(room))
    };
    let (x, y) = (side(size.0, room.0, pan.0), side(size.1, room.1, pan.1));
    ((x.0, y.0), (x.1, y.1), (x.2, y.2))
}

/// Dots of a cell: two for half blocks; with graphics as many as the guest's pixels need, where
/// the terminal makes them larger by itself.
fn dots_per_cell(picture: Size, cells: Size, pixels: Size, viewport: &Viewport) -> Size {
    let mut dots = match protocol(viewport) {
        PictureProtocol::HalfBlocks => return (1, 2),
        PictureProtocol::Sixel => pixels,
        PictureProtocol::Kitty | PictureProtocol::Iterm2 if viewport.zoom == Zoom::Fit => {
            let shown = fitted(picture, (cells.0.max(1) * pixels.0, cells.1.max(1) * pixels.1), (1, 1));
            let needed = |size: usize, shown: usize, each: usize| {
                let cells = (shown / each).max(1);
                size.div_ceil(cells).clamp(1, each)
            };
            (
                needed(picture.0.max(1), shown.0, pixels.0),
                needed(picture.1.max(1), shown.1, pixels.1),
            )
        }
        PictureProtocol::Kitty | PictureProtocol::Iterm2 => pixels,
    };
    let all = |dots: Size| dots.0 * cells.0 * dots.1 * cells.1;
    let most = match viewport.budget {
        0 => DOTS,
        // a dot is about a byte
        budget if viewport.protocol != PictureProtocol::Sixel => DOTS.min((budget as usize).saturating_mul(PATIENCE)),
        _ => DOTS,
    };
    while all(dots) > most && (dots.0 > 2 || dots.1 > 4) {
        dots = ((dots.0 * 2 / 3).max(2), (dots.1 * 2 / 3).max(4));
    }
    dots
}
