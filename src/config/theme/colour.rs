//! [`Colour`]: what a theme may name, and how it becomes fewer colours.

use std::str::FromStr;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColourDepth {
    /// The 16 colours of the terminal's palette.
    Sixteen,
    /// The 256 colours of xterm.
    TwoHundredFiftySix,
    /// 24 bits.
    True,
}

/// A colour of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// The terminal's own foreground or background.
    Default,
    /// One of the 16 colours of the terminal's palette, 0 to 15.
    Ansi(u8),
    /// One of xterm's 256 colours, 16 to 255.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The palette colours by name, as their number.
pub const COLOUR_NAMES: &[(&str, u8)] = &[
    ("black", 0),
    ("red", 1),
    ("green", 2),
    ("yellow", 3),
    ("blue", 4),
    ("magenta", 5),
    ("cyan", 6),
    ("white", 7),
    ("gray", 8),
    ("grey", 8),
    ("bright-black", 8),
    ("bright-red", 9),
    ("bright-green", 10),
    ("bright-yellow", 11),
    ("bright-blue", 12),
    ("bright-magenta", 13),
    ("bright-cyan", 14),
    ("bright-white", 15),
];

/// xterm's values for the palette colours; the terminal may show others.
const PALETTE: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// A word that names no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no colour; write a palette name (black, red, green, yellow, blue, magenta, cyan, white, gray, bright-red and so on, default), #rrggbb or 0 to 255"
)]
pub struct ColourError(pub String);

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(word: &str) -> Result<Self, ColourError> {
        let error = || ColourError(crate::base::text::show(word).into_owned());
        if word == "default" {
            return Ok(Self::Default);
        }
        if let Some((_, number)) = COLOUR_NAMES.iter().find(|(name, _)| *name == word) {
            return Ok(Self::Ansi(*number));
        }
        if let Some(hex) = word.strip_prefix('#') {
            if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(error());
            }
            let value = u32::from_str_radix(hex, 16).map_err(|_| error())?;
            return Ok(Self::Rgb(
                (value >> 16) as u8,
                (value >> 8 & 0xff) as u8,
                (value & 0xff) as u8,
            ));
        }
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        Ok(Self::index(word.parse().map_err(|_| error())?))
    }
}

impl Colour {
    /// One of xterm's 256 colours; the first 16 are the terminal's palette.
    pub fn index(number: u8) -> Self {
        if number < 16 {
            Self::Ansi(number)
        } else {
            Self::Indexed(number)
        }
    }

    /// Red, green and blue, as far as they are known: the terminal's default is not.
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Default => None,
            Self::Ansi(number) => PALETTE.get(usize::from(number)).copied(),
            Self::Indexed(number) => Some(indexed_rgb(number)),
            Self::Rgb(red, green, blue) => Some((red, green, blue)),
        }
    }

    /// The nearest colour that a terminal of this depth shows.
    #[must_use]
    pub fn degrade(self, depth: ColourDepth) -> Self {
        match (self, depth) {
            (Self::Default | Self::Ansi(_), _)
            | (_, ColourDepth::True)
            | (Self::Indexed(_), ColourDepth::TwoHundredFiftySix) => self,
            (Self::Rgb(red, green, blue), ColourDepth::TwoHundredFiftySix) => {
                Self::Indexed(nearest_256((red, green, blue)))
            }
            (Self::Rgb(..) | Self::Indexed(_), ColourDepth::Sixteen) => {
                self.rgb().map_or(self, |rgb| Self::Ansi(nearest_16(rgb)))
            }
        }
    }
}

fn indexed_rgb(number: u8) -> (u8, u8, u8) {
    match number {
        0..=15 => PALETTE[usize::from(number)],
        16..=231 => {
            let n = usize::from(number - 16);
            (CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6])
        }
        232..=255 => {
            let level = 8 + 10 * (number - 232);
            (level, level, level)
        }
    }
}

/// Weighted square distance, near enough to what eyes tell apart ("redmean").
fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> i64 {
    let mean = i64::midpoint(i64::from(a.0), i64::from(b.0));
    let d = |x: u8, y: u8| (i64::from(x) - i64::from(y)).pow(2);
    (512 + mean) * d(a.0, b.0) + 1024 * d(a.1, b.1) + (767 - mean) * d(a.2, b.2)
}

fn nearest_256(rgb: (u8, u8, u8)) -> u8 {
    // not the first 16: the terminal may show anything for them
    (16..=255)
        .min_by_key(|number| distance(rgb, indexed_rgb(*number)))
        .unwrap_or(16)
}

fn nearest_16(rgb: (u8, u8, u8)) -> u8 {
    let (red, green, blue) = rgb;
    let high = red.max(green).max(blue);
    let low = red.min(green).min(blue);
    let luma = (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
    if high < 80 {
        // too dark for its hue to be seen
        return 0;
    }
    if high - low < 40 {
        // nearly grey: by brightness alone, or pastel greys would turn coloured
        return match luma {
            0..=59 => 0,
            60..=149 => 8,
            150..=235 => 7,
            _ => 15,
        };
    }
    // by hue: which channels are on, and bright when the colour is
    let middle = u16::midpoint(u16::from(high), u16::from(low));
    let bit = |channel: u8, value: u8| u8::from(u16::from(channel) > middle) * value;
    let hue = bit(red, 1) | bit(green, 2) | bit(blue, 4);
    if high > 215 { hue + 8 } else { hue }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_all_forms() {
        for (word, colour) in [
            ("default", Colour::Default),
            ("red", Colour::Ansi(1)),
            ("bright-black", Colour::Ansi(8)),
            ("gray", Colour::Ansi(8)),
            ("7", Colour::Ansi(7)),
            ("255", Colour::Indexed(255)),
            ("#Ff8000", Colour::Rgb(255, 128, 0)),
        ] {
            assert_eq!(word.parse(), Ok(colour));
        }
        for bad in ["", "256", "-1", "+1", "#fff", "#gg0000", "#+12345", "rot", "Red"] {
            let error = bad.parse::<Colour>().unwrap_err();
            assert!(error.to_string().contains("#rrggbb"), "{bad}");
        }
    }

    #[test]
    fn sixteen_keeps_the_hue() {
        for (word, number) in [
            ("#bf616a", 1),
            ("#a3be8c", 2),
            ("#ebcb8b", 11),
            ("#fb4934", 9),
            ("#000000", 0),
            ("#ffffff", 15),
            ("#282828", 0),
            ("#002b36", 0),
            ("#928374", 8),
            ("196", 9),
            ("244", 8),
        ] {
            let colour: Colour = word.parse().unwrap();
            assert_eq!(colour.degrade(ColourDepth::Sixteen), Colour::Ansi(number), "{word}");
        }
    }

    proptest! {
        #[test]
        fn degrading_is_idempotent_and_fits(r in any::<u8>(), g in any::<u8>(), b in any::<u8>()) {
            let full = Colour::Rgb(r, g, b);
            prop_assert_eq!(full.degrade(ColourDepth::True), full);
            let mid = full.degrade(ColourDepth::TwoHundredFiftySix);
            prop_assert!(matches!(mid, Colour::Indexed(16..=255)));
            prop_assert_eq!(mid.degrade(ColourDepth::TwoHundredFiftySix), mid);
            let low = full.degrade(ColourDepth::Sixteen);
            prop_assert!(matches!(low, Colour::Ansi(0..=15)));
            prop_assert_eq!(low.degrade(ColourDepth::Sixteen), low);
        }

        #[test]
        fn cube_colours_are_exact(n in 16u8..=255) {
            let (r, g, b) = indexed_rgb(n);
            let back = Colour::Rgb(r, g, b).degrade(ColourDepth::TwoHundredFiftySix);
            prop_assert_eq!(back.rgb(), Some((r, g, b)));
        }
    }
}
