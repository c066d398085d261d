//! The emulator's cells as cells of ours, in which nothing harmful can be.

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::Term;
use alacritty_terminal::term::cell::{Cell as Theirs, Flags};
use alacritty_terminal::vte::ansi::{Color, NamedColor};

use crate::base::cells::{Cell, CellColour, CellGrid, CellStyle};

fn colour(colour: Color) -> CellColour {
    match colour {
        Color::Spec(rgb) => CellColour::Rgb(rgb.r, rgb.g, rgb.b),
        Color::Indexed(index) => CellColour::Indexed(index),
        Color::Named(name) => match name as usize {
            index @ 0..=15 => CellColour::Indexed(index as u8),
            index if (NamedColor::DimBlack as usize..=NamedColor::DimWhite as usize).contains(&index) => {
                CellColour::Indexed((index - NamedColor::DimBlack as usize) as u8)
            }
            _ => CellColour::Default,
        },
    }
}

/// One cell.
pub(super) fn cell(theirs: &Theirs) -> Cell {
    if theirs.flags.contains(Flags::WIDE_CHAR_SPACER) {
        return Cell::covered();
    }
    let hidden = theirs.flags.contains(Flags::HIDDEN) || theirs.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER);
    let shown = if hidden || theirs.c == '\t' { ' ' } else { theirs.c };
    let mut cell = Cell::new(shown);
    if !hidden {
        for mark in theirs.zerowidth().unwrap_or_default() {
            cell.push_mark(*mark);
        }
    }
    cell.foreground = colour(theirs.fg);
    cell.background = colour(theirs.bg);
    cell.style = CellStyle {
        bold: theirs.flags.contains(Flags::BOLD),
        dim: theirs.flags.contains(Flags::DIM),
        italic: theirs.flags.contains(Flags::ITALIC),
        underline: theirs.flags.intersects(Flags::ALL_UNDERLINES),
        reverse: theirs.flags.contains(Flags::INVERSE),
        strike: theirs.flags.contains(Flags::STRIKEOUT),
    };
    cell
}

/// What is shown at present, the scroll position taken into account.
pub(super) fn screen<T>(term: &Term<T>) -> CellGrid {
    let (columns, rows) = (term.columns() as u16, term.screen_lines() as u16);
    let offset = term.grid().display_offset() as i32;
    let mut grid = CellGrid::new(columns, rows);
    for row in 0..rows {
        let line = &term.grid()[Line(i32::from(row) - offset)];
        for (column, target) in grid.row_mut(row).iter_mut().enumerate() {
            *target = cell(&line[Column(column)]);
        }
    }
    // half of a wide character at the edge would move everything behind it
    for row in 0..rows {
        let cells = grid.row_mut(row);
        for n in 0..cells.len() {
            let wide = cells[n].width() == 2 && !cells[n].is_covered();
            if wide && !cells.get(n + 1).is_some_and(Cell::is_covered) {
                cells[n] = Cell::new(' ');
            }
            // and so would a second half without a first
            if cells[n].is_covered() && (n == 0 || cells[n - 1].is_covered() || cells[n - 1].width() != 2) {
                cells[n] = Cell::new(' ');
            }
        }
    }
    grid
}

/// One line, from the oldest that is kept (negative) to the last on the screen, as text.
pub(super) fn line<T>(term: &Term<T>, number: i32) -> String {
    let row = &term.grid()[Line(number)];
    let mut text = String::new();
    for column in 0..term.columns() {
        let shown = cell(&row[Column(column)]);
        if !shown.is_covered() {
            text.extend(shown.chars());
        }
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}
