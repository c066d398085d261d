//! Dots as half blocks: two of them in each cell.

use std::ops::Range;

use crate::base::cells::{Cell, CellColour, CellGrid};
use crate::hv::console::ColourDepth;
use crate::picture::colour;
use crate::picture::layout::Layout;

/// Draws cells of one kind of terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brush {
    depth: ColourDepth,
    ascii: bool,
    blank: Cell,
    upper: Cell,
    lower: Cell,
}

/// A cell in these colours; the terminal's own where there are none.
fn coloured(mut cell: Cell, foreground: Option<CellColour>, background: Option<CellColour>) -> Cell {
    cell.foreground = foreground.unwrap_or_default();
    cell.background = background.unwrap_or_default();
    cell
}

impl Brush {
    pub(super) fn new(depth: ColourDepth, ascii: bool) -> Self {
        Self {
            depth,
            ascii,
            blank: Cell::new(' '),
            upper: Cell::new('▀'),
            lower: Cell::new('▄'),
        }
    }

    /// A cell of two dots; `None` where there is no picture.
    pub(super) fn cell(&self, upper: Option<u32>, lower: Option<u32>) -> Cell {
        let (Some(one), Some(_)) = (upper.or(lower), lower.or(upper)) else {
            return self.blank;
        };
        if self.depth == ColourDepth::None {
            return Cell::new(colour::shade(upper.unwrap_or(0), lower.unwrap_or(0), self.ascii));
        }
        let shown = |dot: u32| colour::shown(dot, self.depth);
        match (upper, lower) {
            (Some(upper), Some(lower)) if self.ascii => {
                coloured(self.blank, None, Some(shown(colour::mean(upper, lower))))
            }
            (Some(upper), Some(lower)) => {
                let (foreground, background) = (shown(upper), shown(lower));
                if foreground == background {
                    // the colour of a blank's text is never seen: nothing changes with it
                    return coloured(self.blank, None, Some(background));
                }
                coloured(self.upper, Some(foreground), Some(background))
            }
            _ if self.ascii => coloured(self.blank, None, Some(shown(one))),
            (Some(_), None) => coloured(self.upper, Some(shown(one)), None),
            (None, _) => coloured(self.lower, Some(shown(one)), None),
        }
    }

    /// Draws these cells from the dots of a layout with two dots a cell.
    pub(super) fn paint(
        &self,
        grid: &mut CellGrid,
        layout: &Layout,
        dots: &[u32],
        (columns, rows): (Range<usize>, Range<usize>),
    ) {
        let (width, height) = layout.dots();
        let line = |y: usize| {
            let y = y.checked_sub(layout.offset.1).filter(|y| *y < height)?;
            dots.get(y * width..(y + 1) * width)
        };
        for row in rows {
            let (upper, lower) = (line(2 * row), line(2 * row + 1));
            let Some(cells) = grid.row_mut(row as u16).get_mut(columns.clone()) else {
                continue;
            };
            for (cell, column) in cells.iter_mut().zip(columns.clone()) {
                let dot = |line: Option<&[u32]>| line?.get(column.checked_sub(layout.offset.0)?).copied();
                *cell = self.cell(dot(upper), dot(lower));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_halves_are_blank() {
        let brush = Brush::new(ColourDepth::True, false);
        let cell = brush.cell(Some(0x10_2030), Some(0x10_2030));
        assert_eq!((cell.base(), cell.foreground), (' ', CellColour::Default));
        assert_eq!(cell.background, CellColour::Rgb(0x10, 0x20, 0x30));
        let cell = brush.cell(Some(1), Some(2));
        assert_eq!((cell.base(), cell.foreground), ('▀', CellColour::Rgb(0, 0, 1)));
        assert_eq!(cell.background, CellColour::Rgb(0, 0, 2));
        // the same in few colours
        let few = Brush::new(ColourDepth::Sixteen, false);
        assert_eq!(few.cell(Some(1), Some(2)).base(), ' ');
    }

    #[test]
    fn edges_leave_the_terminal_its_background() {
        let brush = Brush::new(ColourDepth::True, false);
        assert_eq!(brush.cell(None, None), Cell::default());
        assert_eq!(brush.cell(None, Some(5)).base(), '▄');
        assert_eq!(brush.cell(Some(5), None).base(), '▀');
        assert_eq!(brush.cell(Some(5), None).background, CellColour::Default);
    }

    #[test]
    fn ascii_is_ascii() {
        for depth in [
            ColourDepth::None,
            ColourDepth::Sixteen,
            ColourDepth::Indexed,
            ColourDepth::True,
        ] {
            let brush = Brush::new(depth, true);
            for dots in [
                (Some(0xff_ffff), Some(0)),
                (None, Some(0xff_ffff)),
                (Some(0x80_8080), None),
            ] {
                assert!(brush.cell(dots.0, dots.1).base().is_ascii());
            }
        }
    }
}
