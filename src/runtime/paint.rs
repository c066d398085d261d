//! Changed cells as bytes for the terminal, as few as possible: a screen of half blocks is mostly
//! colours, and over a narrow line every byte is time.

use std::io::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// What the terminal writes with at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    foreground: Color,
    background: Color,
    underline: Color,
    modifier: Modifier,
}

/// What a terminal writes with after `CSI 0 m`.
const PLAIN: Pen = Pen {
    foreground: Color::Reset,
    background: Color::Reset,
    underline: Color::Reset,
    modifier: Modifier::empty(),
};

/// What each attribute is switched on by.
const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Attributes by which a space shows the colour of its text.
const SEEN_ON_SPACE: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// Writes cells, from left to right and from top to bottom; the terminal is left with the colours
/// and attributes that it has by itself, and is expected so.
pub fn cells<'a>(out: &mut Vec<u8>, content: impl Iterator<Item = (u16, u16, &'a Cell)>) {
    let mut pen = PLAIN;
    let mut at = None;
    // whether the terminal agrees where that is, beyond doubt
    let mut sure = false;
    let mut codes = Vec::new();
    for (x, y, cell) in content {
        let next = at == Some((x, y));
        if !next {
            go(out, at.filter(|_| sure), (x, y));
        }
        at = Some((x.saturating_add(1), y));
        let (symbol, wanted) = cheapest(cell, &pen);
        // not all terminals take other characters for equally wide
        sure = (sure || !next) && (symbol.len() == 1 || matches!(symbol, "▀" | "▄"));
        codes.clear();
        change(&mut codes, &pen, &wanted);
        if !codes.is_empty() {
            codes.pop();
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(&codes);
            out.push(b'm');
        }
        pen = wanted;
        out.extend_from_slice(symbol.as_bytes());
    }
    if pen != PLAIN {
        out.extend_from_slice(b"\x1b[0m");
    }
}

/// Moves the cursor. Writing to a vector cannot fail.
fn go(out: &mut Vec<u8>, from: Option<(u16, u16)>, to: (u16, u16)) {
    match from {
        Some((x, y)) if y == to.1 && to.0 == x + 1 => out.extend_from_slice(b"\x1b[C"),
        Some((x, y)) if y == to.1 && to.0 > x => {
            let _ = write!(out, "\x1b[{}C", to.0 - x);
        }
        _ if to.0 == 0 => {
            let _ = write!(out, "\x1b[{}H", u32::from(to.1) + 1);
        }
        _ => {
            let _ = write!(out, "\x1b[{};{}H", u32::from(to.1) + 1, u32::from(to.0) + 1);
        }
    }
}

/// A cell as it is shown with the fewest changes of the pen.
fn cheapest<'a>(cell: &'a Cell, pen: &Pen) -> (&'a str, Pen) {
    let wanted = Pen {
        foreground: cell.fg,
        background: cell.bg,
        underline: cell.underline_color,
        modifier: cell.modifier,
    };
    let symbol = cell.symbol();
    if symbol == " " && !wanted.modifier.intersects(SEEN_ON_SPACE) {
        // nobody sees the colour of what is not written
        let foreground = pen.foreground;
        return (symbol, Pen { foreground, ..wanted });
    }
    let other = match symbol {
        "▀" => "▄",
        "▄" => "▀",
        _ => return (symbol, wanted),
    };
    // the terminal's own colours of text and background are not the same
    let own = cell.fg == Color::Reset || cell.bg == Color::Reset;
    let turned = Pen {
        foreground: wanted.background,
        background: wanted.foreground,
        ..wanted
    };
    let changes =
        |to: &Pen| usize::from(to.foreground != pen.foreground) + usize::from(to.background != pen.background);
    if own || !wanted.modifier.is_empty() || changes(&wanted) <= changes(&turned) {
        (symbol, wanted)
    } else {
        (other, turned)
    }
}

/// The parameters of `CSI … m` that make one pen another, each followed by a semicolon.
fn change(codes: &mut Vec<u8>, from: &Pen, to: &Pen) {
    let mut from = *from;
    if !to.modifier.contains(from.modifier) || (to.underline == Color::Reset && from.underline != Color::Reset) {
        codes.extend_from_slice(b"0;");
        from = PLAIN;
    }
    for (attribute, code) in ATTRIBUTES {
        if to.modifier.contains(attribute) && !from.modifier.contains(attribute) {
            let _ = write!(codes, "{code};");
        }
    }
    if to.foreground != from.foreground {
        colour(codes, to.foreground, 38);
    }
    if to.background != from.background {
        colour(codes, to.background, 48);
    }
    if to.underline != from.underline {
        colour(codes, to.underline, 58);
    }
}

/// A colour for text (38), background (48) or underlines (58).
fn colour(codes: &mut Vec<u8>, colour: Color, what: u8) {
    let number = match colour {
        Color::Reset => {
            let _ = write!(codes, "{};", what + 1);
            return;
        }
        Color::Rgb(r, g, b) => {
            let _ = write!(codes, "{what};2;{r};{g};{b};");
            return;
        }
        Color::Indexed(number) => number,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    // not 30 to 37: many terminals show those brighter when bold
    let _ = write!(codes, "{what};5;{number};");
}

#[cfg(test)]
#[path = "paint_tests.rs"]
mod tests;
