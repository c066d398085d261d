//! A grid of character cells: what a VM's screen or serial line looks like in a terminal.
//!
//! A [`Cell`] can only hold characters that are harmless to a terminal, so a grid can be drawn as
//! it is, whatever a guest printed.

use unicode_width::UnicodeWidthChar;

use crate::base::text::harmless;

/// Shown instead of a character that must not reach a terminal.
pub const REPLACEMENT: char = '\u{fffd}';
/// Combining marks that are kept on one cell, at most.
pub const MARK_LIMIT: usize = 2;

/// The colour of a cell's text or background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CellColour {
    /// What the terminal uses by itself.
    #[default]
    Default,
    /// An entry of the terminal's palette of 256 colours.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How the text of a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CellStyle {
    /// Bold or bright.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Slanted.
    pub italic: bool,
    /// Underlined in any way.
    pub underline: bool,
    /// Text and background exchanged.
    pub reverse: bool,
    /// Struck through.
    pub strike: bool,
}

/// One cell of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell {
    /// A base character of one or two columns and its marks; unused places are NUL.
    text: [char; 1 + MARK_LIMIT],
    /// The second column of the wide character to the left.
    covered: bool,
    /// Colour of the text.
    pub foreground: CellColour,
    /// Colour behind it.
    pub background: CellColour,
    /// How it is written.
    pub style: CellStyle,
}

impl Default for Cell {
    fn default() -> Self {
        Self::new(' ')
    }
}

impl Cell {
    /// A cell with one character in the terminal's own colours. What is harmful or has no width
    /// becomes [`REPLACEMENT`].
    pub fn new(c: char) -> Self {
        let shown = if harmless(c) && c.width().is_some_and(|width| width > 0) {
            c
        } else {
            REPLACEMENT
        };
        Self {
            text: [shown, '\0', '\0'],
            covered: false,
            foreground: CellColour::Default,
            background: CellColour::Default,
            style: CellStyle::default(),
        }
    }

    /// The cell that the wide character to its left covers.
    #[must_use]
    pub fn covered() -> Self {
        Self {
            covered: true,
            ..Self::default()
        }
    }

    /// Adds a combining mark; what is no harmless mark, and more than [`MARK_LIMIT`], is left out.
    pub fn push_mark(&mut self, c: char) {
        if !harmless(c) || c.width() != Some(0) {
            return;
        }
        if let Some(place) = self.text.iter_mut().skip(1).find(|place| **place == '\0') {
            *place = c;
        }
    }

    /// The base character.
    pub fn base(&self) -> char {
        self.text[0]
    }

    /// All characters.
    pub fn chars(&self) -> impl Iterator<Item = char> + '_ {
        self.text.iter().copied().take_while(|c| *c != '\0')
    }

    /// Whether a wide character to the left covers this cell.
    pub fn is_covered(&self) -> bool {
        self.covered
    }

    /// Columns that the character takes, 1 or 2.
    pub fn width(&self) -> usize {
        self.text[0].width().unwrap_or(1).max(1)
    }
}

/// Rows of cells, all of the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellGrid {
    columns: u16,
    rows: u16,
    cells: Vec<Cell>,
}

impl CellGrid {
    /// A blank grid.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self {
            columns,
            rows,
            cells: vec![Cell::default(); usize::from(columns) * usize::from(rows)],
        }
    }

    /// Width in cells.
    pub fn columns(&self) -> u16 {
        self.columns
    }

    /// Height in cells.
    pub fn rows(&self) -> u16 {
        self.rows
    }

    /// The cells of a row; empty beyond the last.
    pub fn row(&self, row: u16) -> &[Cell] {
        let width = usize::from(self.columns);
        let start = usize::from(row) * width;
        self.cells.get(start..start + width).unwrap_or(&[])
    }

    /// The cells of a row to be written; empty beyond the last.
    pub fn row_mut(&mut self, row: u16) -> &mut [Cell] {
        let width = usize::from(self.columns);
        let start = usize::from(row) * width;
        self.cells.get_mut(start..start + width).unwrap_or(&mut [])
    }

    /// A row as text, without the spaces at its end.
    pub fn line(&self, row: u16) -> String {
        let mut line: String = self
            .row(row)
            .iter()
            .filter(|cell| !cell.is_covered())
            .flat_map(Cell::chars)
            .collect();
        line.truncate(line.trim_end_matches(' ').len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_harmful_gets_into_a_cell() {
        for c in ['\x1b', '\x07', '\u{9b}', '\u{202e}', '\u{200b}', '\u{feff}', '\u{e000}'] {
            assert_eq!(Cell::new(c).base(), REPLACEMENT, "{c:?}");
            let mut cell = Cell::new('a');
            cell.push_mark(c);
            assert_eq!(cell.chars().collect::<String>(), "a", "{c:?}");
        }
    }

    #[test]
    fn marks_are_kept_up_to_the_limit() {
        let mut cell = Cell::new('e');
        for _ in 0..5 {
            cell.push_mark('\u{301}');
        }
        assert_eq!(cell.chars().count(), 1 + MARK_LIMIT);
        assert_eq!(cell.width(), 1);
        assert_eq!(Cell::new('漢').width(), 2);
    }

    #[test]
    fn a_line_is_what_can_be_read() {
        let mut grid = CellGrid::new(6, 1);
        grid.row_mut(0)[0] = Cell::new('漢');
        grid.row_mut(0)[1] = Cell::covered();
        grid.row_mut(0)[2] = Cell::new('x');
        assert_eq!(grid.line(0), "漢x");
        assert_eq!(grid.line(1), "");
    }
}
