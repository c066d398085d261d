//! Which character has which shape, as recorded from real screens by `tests/lab/glyphs`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The recordings: a line with the size of a cell, then a hash and a code point a line.
const RECORDED: &[&str] = &[
    include_str!("../../assets/glyphs/vga.txt"),
    include_str!("../../assets/glyphs/linux-vga.txt"),
    include_str!("../../assets/glyphs/linux-fixed.txt"),
    include_str!("../../assets/glyphs/linux-fixed-lat15.txt"),
    include_str!("../../assets/glyphs/linux-terminus.txt"),
    include_str!("../../assets/glyphs/linux-terminus-bold.txt"),
    include_str!("../../assets/glyphs/linux-ter16x32.txt"),
    include_str!("../../assets/glyphs/uefi.txt"),
    include_str!("../../assets/glyphs/grub.txt"),
];

static TABLES: LazyLock<HashMap<(usize, usize), HashMap<u64, char>>> = LazyLock::new(|| {
    let mut tables: HashMap<(usize, usize), HashMap<u64, char>> = HashMap::new();
    for text in RECORDED {
        let mut lines = text.lines();
        let Some(size) = lines.next().and_then(size) else {
            continue;
        };
        let table = tables.entry(size).or_default();
        // a line at the bottom of a cell is a cursor rather than a block of an eighth or two
        for (hash, char) in lines.filter_map(entry).filter(|(_, char)| !('▁'..='▃').contains(char)) {
            // fonts draw a few signs alike: the one of the font that is named first is meant
            table.entry(hash).or_insert(char);
        }
    }
    tables
});

fn size(line: &str) -> Option<(usize, usize)> {
    let (width, height) = line.strip_prefix("cell ")?.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn entry(line: &str) -> Option<(u64, char)> {
    let mut words = line.split(' ');
    let hash = u64::from_str_radix(words.next()?, 16).ok()?;
    let char = char::from_u32(u32::from_str_radix(words.next()?, 16).ok()?)?;
    Some((hash, char))
}

/// The tallest cell that can be read, in pixels.
pub(super) const TALLEST: usize = 32;

/// The pixels of a cell that are not of its background: the left one is the highest of `width`
/// bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: [u16; TALLEST],
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Shape {
    /// All bits of a row.
    pub(super) fn full(&self) -> u16 {
        u16::MAX >> (16 - self.width.clamp(1, 16))
    }

    /// Text and background exchanged.
    pub(super) fn inverse(mut self) -> Self {
        let full = self.full();
        for row in self.rows.iter_mut().take(self.height) {
            *row = !*row & full;
        }
        self
    }

    /// How many pixels are set.
    pub(super) fn count(&self) -> u32 {
        self.rows.iter().map(|row| row.count_ones()).sum()
    }

    /// FNV-1a of its rows, each of whole bytes.
    fn hash(&self) -> u64 {
        let step = |value: u64, byte: u8| (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.rows
            .iter()
            .take(self.height)
            .fold(0xcbf2_9ce4_8422_2325, |value, row| {
                let [upper, lower] = row.to_be_bytes();
                let value = if self.width > 8 { step(value, upper) } else { value };
                step(value, lower)
            })
    }
}

/// The characters of one size of cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font(&'static HashMap<u64, char>);

impl Font {
    /// What was recorded with cells of that size.
    pub(super) fn of(width: usize, height: usize) -> Option<Self> {
        TABLES.get(&(width, height)).map(Self)
    }

    /// The character that looks like this.
    pub(super) fn find(self, shape: &Shape) -> Option<char> {
        if shape.rows.iter().all(|row| *row == 0) {
            return Some(' ');
        }
        self.0.get(&shape.hash()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cells::{Cell, REPLACEMENT};

    #[test]
    fn every_recorded_character_can_be_shown() {
        let mut sizes: Vec<_> = TABLES.keys().copied().collect();
        sizes.sort_unstable();
        assert!(sizes.starts_with(&[(8, 16)]) && sizes.contains(&(16, 32)), "{sizes:?}");
        for (size, table) in TABLES.iter() {
            for char in table.values().filter(|char| **char != REPLACEMENT) {
                let cell = Cell::new(*char);
                assert!(cell.base() != REPLACEMENT && cell.width() == 1, "{size:?} {char:?}");
            }
            for char in '!'..='~' {
                assert!(table.values().any(|known| *known == char), "{size:?} lacks {char}");
            }
        }
    }

    #[test]
    fn every_line_is_understood() {
        for text in RECORDED {
            assert!(text.lines().next().and_then(size).is_some());
            assert!(text.lines().skip(1).all(|line| entry(line).is_some()));
        }
    }
}
