//! Colours of pictures in the colours that a terminal has.
//!
//! The nearest colour is looked for in OKLab, where distances are about as large as they look.
//! Tables with five bits of each channel are made once, at the first use.

use std::sync::LazyLock;

use crate::base::cells::CellColour;
use crate::hv::console::ColourDepth;

/// Bits of each channel in the tables.
const BITS: u32 = 5;
/// The levels of xterm's cube of 6x6x6 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The 16 colours as xterm has them; a user's own palette is not known.
const SIXTEEN: [u32; 16] = [
    0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f, 0xff_0000,
    0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
];

static INDEXED: LazyLock<Vec<u8>> = LazyLock::new(|| table(|colour, lab| nearest(lab, cube_near(colour).into_iter())));
static BASIC: LazyLock<Vec<u8>> =
    LazyLock::new(|| table(|_, lab| nearest(lab, (0u8..).zip(SIXTEEN).map(|(index, colour)| (index, oklab(colour))))));

type Lab = [f32; 3];

#[expect(clippy::many_single_char_names, reason = "as the formulas name them")]
fn oklab(colour: u32) -> Lab {
    let linear = |shift: u32| {
        let value = (colour >> shift & 255) as f32 / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let (r, g, b) = (linear(16), linear(8), linear(0));
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn nearest(wanted: Lab, among: impl Iterator<Item = (u8, Lab)>) -> u8 {
    let distance = |other: Lab| -> f32 { wanted.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum() };
    among
        .map(|(index, lab)| (index, distance(lab)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(index, _)| index)
}

/// The entries of xterm's palette around a colour: eight of the cube and three greys.
fn cube_near(colour: u32) -> Vec<(u8, Lab)> {
    let around = |shift: u32| {
        let value = (colour >> shift & 255) as u8;
        let upper = LEVELS.iter().position(|level| *level >= value).unwrap_or(5);
        [upper.saturating_sub(1), upper]
    };
    let at = |index: usize| u32::from(LEVELS[index]);
    let mut found = Vec::with_capacity(11);
    for r in around(16) {
        for g in around(8) {
            for b in around(0) {
                let index = (16 + 36 * r + 6 * g + b) as u8;
                found.push((index, oklab(at(r) << 16 | at(g) << 8 | at(b))));
            }
        }
    }
    let grey = (luma(colour).saturating_sub(3) / 10).min(23);
    for step in grey.saturating_sub(1)..=(grey + 1).min(23) {
        found.push((232 + step as u8, oklab((8 + 10 * step) * 0x01_0101)));
    }
    found
}

fn table(find: impl Fn(u32, Lab) -> u8) -> Vec<u8> {
    let side = 1u32 << BITS;
    let wide = |value: u32| value << (8 - BITS) | value >> (2 * BITS - 8);
    (0..side * side * side)
        .map(|at| {
            let colour = wide(at >> (2 * BITS)) << 16 | wide(at >> BITS & (side - 1)) << 8 | wide(at & (side - 1));
            find(colour, oklab(colour))
        })
        .collect()
}

fn place(colour: u32) -> usize {
    let part = |shift: u32| (colour >> (shift + 8 - BITS) & ((1 << BITS) - 1)) as usize;
    part(16) << (2 * BITS) | part(8) << BITS | part(0)
}

/// How bright a colour is, 0 to 255.
pub(super) fn luma(colour: u32) -> u32 {
    let (r, g, b) = (colour >> 16 & 255, colour >> 8 & 255, colour & 255);
    (r * 54 + g * 183 + b * 19) >> 8
}

/// A colour (0x00RRGGBB) as a terminal of that depth shows it.
pub(super) fn shown(colour: u32, depth: ColourDepth) -> CellColour {
    match depth {
        ColourDepth::None => CellColour::Default,
        ColourDepth::Sixteen => CellColour::Indexed(BASIC.get(place(colour)).copied().unwrap_or(0)),
        ColourDepth::Indexed => CellColour::Indexed(INDEXED.get(place(colour)).copied().unwrap_or(16)),
        ColourDepth::True => CellColour::Rgb((colour >> 16) as u8, (colour >> 8) as u8, colour as u8),
    }
}

/// Characters from dark to bright.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// The same in ASCII.
const RAMP: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// Halves that differ by more than this are told apart where there are no colours.
const APART: u32 = 96;

/// A character for two halves of a cell where there are no colours.
pub(super) fn shade(upper: u32, lower: u32, ascii: bool) -> char {
    let (upper, lower) = (luma(upper), luma(lower));
    let step = |count: usize| u32::midpoint(upper, lower) as usize * count / 256;
    if ascii {
        return RAMP.get(step(RAMP.len())).copied().unwrap_or(' ');
    }
    if upper.abs_diff(lower) > APART {
        return if upper > lower { '▀' } else { '▄' };
    }
    SHADES.get(step(SHADES.len())).copied().unwrap_or(' ')
}

/// The mean of two colours.
pub(super) fn mean(one: u32, other: u32) -> u32 {
    (one & other) + (((one ^ other) & 0x00fe_fefe) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_the_palette_are_found() {
        for (index, colour) in (0u8..).zip(SIXTEEN) {
            assert_eq!(shown(colour, ColourDepth::Sixteen), CellColour::Indexed(index));
        }
        for r in 0..6 {
            for g in 0..6 {
                for b in 0..6 {
                    let at = |i: usize| u32::from(LEVELS[i]);
                    let colour = at(r) << 16 | at(g) << 8 | at(b);
                    let CellColour::Indexed(found) = shown(colour, ColourDepth::Indexed) else {
                        panic!("no index");
                    };
                    // greys are twice in the palette
                    assert!(
                        usize::from(found) == 16 + 36 * r + 6 * g + b || (r == g && g == b && found >= 232),
                        "{colour:06x} became {found}"
                    );
                }
            }
        }
        assert_eq!(shown(0x12_3456, ColourDepth::True), CellColour::Rgb(0x12, 0x34, 0x56));
        assert_eq!(shown(0x12_3456, ColourDepth::None), CellColour::Default);
    }

    #[test]
    fn the_near_entries_are_as_good_as_all() {
        let value = |index: u8| match index {
            16..=231 => {
                let at = |i: u8| u32::from(LEVELS[usize::from(i)]);
                at((index - 16) / 36) << 16 | at((index - 16) / 6 % 6) << 8 | at((index - 16) % 6)
            }
            _ => (8 + 10 * (u32::from(index) - 232)) * 0x01_0101,
        };
        let distance = |a: Lab, b: Lab| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt() };
        let mut worse: f32 = 0.0;
        for n in 0..500u32 {
            let colour = n.wrapping_mul(0x9e37_79b1) >> 8;
            let lab = oklab(colour);
            let found = nearest(lab, cube_near(colour).into_iter());
            let best = nearest(lab, (16..=255).map(|index| (index, oklab(value(index)))));
            worse = worse.max(distance(lab, oklab(value(found))) - distance(lab, oklab(value(best))));
        }
        assert!(worse < 0.04, "{worse}");
    }

    #[test]
    fn shades_rise() {
        let grey = |value: u32| value * 0x01_0101;
        assert_eq!(shade(0, 0, false), ' ');
        assert_eq!(shade(grey(255), grey(255), false), '█');
        assert_eq!(shade(grey(255), 0, false), '▀');
        assert_eq!(shade(0, grey(255), false), '▄');
        assert_eq!(shade(grey(255), grey(255), true), '@');
        assert!(shade(grey(100), grey(120), true).is_ascii());
        assert_eq!(mean(0xff_0003, 0x01_0001), 0x80_0002);
    }
}
