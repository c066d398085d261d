//! Colours of guests in those that the terminal has.

use ratatui::style::{Color, Modifier, Style};

use crate::base::cells::{Cell, CellColour};
use crate::hv::console::ColourDepth;

/// The style of a guest's cell.
pub(super) fn style(cell: &Cell, depth: ColourDepth) -> Style {
    let mut style = Style::reset()
        .fg(colour(cell.foreground, depth))
        .bg(colour(cell.background, depth));
    for (on, modifier) in [
        (cell.style.bold, Modifier::BOLD),
        (cell.style.dim, Modifier::DIM),
        (cell.style.italic, Modifier::ITALIC),
        (cell.style.underline, Modifier::UNDERLINED),
        (cell.style.reverse, Modifier::REVERSED),
        (cell.style.strike, Modifier::CROSSED_OUT),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn colour(colour: CellColour, depth: ColourDepth) -> Color {
    match (colour, depth) {
        (CellColour::Default, _) | (_, ColourDepth::None) => Color::Reset,
        (CellColour::Indexed(index), ColourDepth::Sixteen) if index >= 16 => {
            let (red, green, blue) = cube(index);
            Color::Indexed(sixteen(red, green, blue))
        }
        (CellColour::Indexed(index), _) => Color::Indexed(index),
        (CellColour::Rgb(red, green, blue), ColourDepth::True) => Color::Rgb(red, green, blue),
        (CellColour::Rgb(red, green, blue), ColourDepth::Indexed) => Color::Indexed(indexed(red, green, blue)),
        (CellColour::Rgb(red, green, blue), ColourDepth::Sixteen) => Color::Indexed(sixteen(red, green, blue)),
    }
}

/// Steps of a channel in xterm's cube of 6 by 6 by 6 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of an entry of xterm's palette from 16 on.
fn cube(index: u8) -> (u8, u8, u8) {
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return (grey, grey, grey);
    }
    let n = usize::from(index.saturating_sub(16));
    (STEPS[n / 36 % 6], STEPS[n / 6 % 6], STEPS[n % 6])
}

fn nearest_step(value: u8) -> u8 {
    let nearest = STEPS.iter().enumerate().min_by_key(|(_, step)| step.abs_diff(value));
    nearest.map_or(0, |(n, _)| n as u8)
}

fn indexed(red: u8, green: u8, blue: u8) -> u8 {
    let spread = red.max(green).max(blue) - red.min(green).min(blue);
    if spread < 8 && (8..=238).contains(&red) {
        return 232 + ((red - 8) / 10).min(23);
    }
    16 + 36 * nearest_step(red) + 6 * nearest_step(green) + nearest_step(blue)
}

/// Which of the eight colours, and whether its bright one.
fn sixteen(red: u8, green: u8, blue: u8) -> u8 {
    let most = red.max(green).max(blue);
    if most < 48 {
        return 0;
    }
    let bit = |value: u8| u8::from(value > most / 2);
    let index = bit(red) | bit(green) << 1 | bit(blue) << 2;
    match (index, most) {
        (7, 0..=127) => 8,
        (_, 193..=255) => index + 8,
        _ => index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_what_the_terminal_has() {
        let red = CellColour::Rgb(255, 0, 0);
        assert_eq!(colour(red, ColourDepth::True), Color::Rgb(255, 0, 0));
        assert_eq!(colour(red, ColourDepth::Indexed), Color::Indexed(196));
        assert_eq!(colour(red, ColourDepth::Sixteen), Color::Indexed(9));
        assert_eq!(colour(red, ColourDepth::None), Color::Reset);
        assert_eq!(
            colour(CellColour::Indexed(196), ColourDepth::Sixteen),
            Color::Indexed(9)
        );
        assert_eq!(colour(CellColour::Indexed(4), ColourDepth::Sixteen), Color::Indexed(4));
        assert_eq!(
            colour(CellColour::Rgb(170, 170, 170), ColourDepth::Sixteen),
            Color::Indexed(7)
        );
        assert_eq!(
            colour(CellColour::Rgb(128, 128, 128), ColourDepth::Indexed),
            Color::Indexed(244)
        );
    }

    #[test]
    fn the_palette_maps_onto_itself() {
        for index in 16..=231_u8 {
            let (red, green, blue) = cube(index);
            if red != green || green != blue {
                assert_eq!(indexed(red, green, blue), index);
            }
        }
    }
}
