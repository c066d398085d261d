//! DEC sixel graphics: six rows of pixels at a time, one colour after the other.

use std::io::Write;

use crate::picture::palette::{COLOURS, Palette};
use crate::picture::tiles::Patch;

/// Rows of pixels in a band.
const BAND: usize = 6;

/// A picture drawn from the cursor on, pixel for pixel; it has to be as large as its cells are.
/// Where the cursor is afterwards differs between terminals.
pub(super) fn encode(patch: &Patch<'_>) -> Vec<u8> {
    let palette = Palette::of(patch.pixels);
    let mut out = Vec::with_capacity(patch.pixels.len() / 2 + 64);
    let _ = write!(out, "\x1bP0;1;0q\"1;1;{};{}", patch.width, patch.height);
    let percent = |colour: u32, shift: u32| ((colour >> shift & 255) * 100 + 127) / 255;
    for (index, colour) in palette.colours.iter().enumerate() {
        let (r, g, b) = (percent(*colour, 16), percent(*colour, 8), percent(*colour, 0));
        let _ = write!(out, "#{index};2;{r};{g};{b}");
    }
    let mut bits = Vec::new();
    for (number, band) in palette.indexes.chunks(BAND * patch.width.max(1)).enumerate() {
        if number > 0 {
            out.push(b'-');
        }
        write_band(band, patch.width.max(1), &mut bits, &mut out);
    }
    out.extend_from_slice(b"\x1b\\");
    out
}

/// One band: each colour that occurs in it, over the whole width.
fn write_band(band: &[u8], width: usize, bits: &mut Vec<u8>, out: &mut Vec<u8>) {
    // which colours there are, and where in `bits` their columns begin
    let mut lines = [usize::MAX; COLOURS];
    let mut order = Vec::new();
    bits.clear();
    for (y, row) in band.chunks(width).enumerate() {
        for (x, index) in row.iter().enumerate() {
            let Some(line) = lines.get_mut(usize::from(*index)) else {
                continue;
            };
            if *line == usize::MAX {
                *line = bits.len();
                bits.resize(bits.len() + width, 0);
                order.push(*index);
            }
            if let Some(column) = bits.get_mut(*line + x) {
                *column |= 1 << y;
            }
        }
    }
    for (number, (index, columns)) in order.iter().zip(bits.chunks(width)).enumerate() {
        if number > 0 {
            out.push(b'$');
        }
        let _ = write!(out, "#{index}");
        // what is not set at the end needs no word
        let used = columns
            .iter()
            .rposition(|column| *column != 0)
            .map_or(0, |last| last + 1);
        for run in columns.get(..used).unwrap_or(&[]).chunk_by(|one, other| one == other) {
            let sixel = 63 + run.first().copied().unwrap_or(0);
            match run.len() {
                count @ 1..=3 => out.extend(std::iter::repeat_n(sixel, count)),
                count => {
                    let _ = write!(out, "!{count}{}", char::from(sixel));
                }
            }
        }
    }
}
