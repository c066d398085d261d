//! The few colours that stand for all colours of a tile.

use std::collections::HashMap;

/// Sixels have so many colours.
pub(super) const COLOURS: usize = 256;
/// Bits of each channel by which colours are put together where there are too many.
const BITS: u32 = 5;

/// Colours of a tile and which of them each pixel has.
#[derive(Debug)]
pub(super) struct Palette {
    /// 0x00RRGGBB.
    pub(super) colours: Vec<u32>,
    /// One for each pixel.
    pub(super) indexes: Vec<u8>,
}

/// A box of colours: how many pixels have each of them.
type Part = Vec<(u32, u32)>;

fn channel(colour: u32, shift: u32) -> u32 {
    colour >> shift & 255
}

/// The channel in which a box is longest, and how long it is.
fn longest(part: &Part) -> (u32, u32) {
    [16, 8, 0]
        .into_iter()
        .map(|shift| {
            let values = part.iter().map(|(colour, _)| channel(*colour, shift));
            let (low, high) = values.fold((255, 0), |(low, high), value| (value.min(low), value.max(high)));
            (high.saturating_sub(low), shift)
        })
        .max()
        .unwrap_or((0, 0))
}

/// The mean of a box, by how many pixels have each colour.
fn mean(part: &Part) -> u32 {
    let total: u64 = part.iter().map(|(_, count)| u64::from(*count)).sum::<u64>().max(1);
    [16, 8, 0].into_iter().fold(0, |all, shift| {
        let sum: u64 = part
            .iter()
            .map(|(colour, count)| u64::from(channel(*colour, shift)) * u64::from(*count))
            .sum();
        all << 8 | (sum / total) as u32
    })
}

/// Boxes cut at their middles until there are enough of them.
fn cut(part: Part) -> Vec<Part> {
    let mut parts = vec![part];
    while parts.len() < COLOURS {
        // the box that is longest, where many pixels are in it
        let weight = |part: &Part| {
            let pixels: u64 = part.iter().map(|(_, count)| u64::from(*count)).sum();
            u64::from(longest(part).0) * pixels
        };
        let Some((at, _)) = parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.len() > 1)
            .max_by_key(|(_, part)| weight(part))
        else {
            break;
        };
        let mut part = parts.swap_remove(at);
        let (_, shift) = longest(&part);
        part.sort_unstable_by_key(|(colour, _)| (channel(*colour, shift), *colour));
        let half: u64 = part.iter().map(|(_, count)| u64::from(*count)).sum::<u64>() / 2;
        let mut seen = 0;
        let middle = part
            .iter()
            .position(|(_, count)| {
                seen += u64::from(*count);
                seen > half
            })
            .unwrap_or(0);
        let rest = part.split_off(middle.clamp(1, part.len() - 1));
        parts.extend([part, rest]);
    }
    parts
}

impl Palette {
    /// At most [`COLOURS`] colours: those of the pixels where there are not more of them.
    pub(super) fn of(pixels: &[u32]) -> Self {
        Self::exact(pixels).unwrap_or_else(|| Self::adapted(pixels))
    }

    fn exact(pixels: &[u32]) -> Option<Self> {
        let mut known: HashMap<u32, u8> = HashMap::new();
        let mut colours = Vec::new();
        let mut indexes = Vec::with_capacity(pixels.len());
        let mut last = None;
        for pixel in pixels {
            let index = match last {
                Some((colour, index)) if colour == *pixel => index,
                _ => match known.get(pixel) {
                    Some(index) => *index,
                    None => {
                        let index = u8::try_from(colours.len()).ok()?;
                        colours.push(*pixel);
                        known.insert(*pixel, index);
                        index
                    }
                },
            };
            last = Some((*pixel, index));
            indexes.push(index);
        }
        Some(Self { colours, indexes })
    }

    fn adapted(pixels: &[u32]) -> Self {
        let place = |colour: u32| {
            let part = |shift: u32| channel(colour, shift) >> (8 - BITS);
            (part(16) << (2 * BITS) | part(8) << BITS | part(0)) as usize
        };
        // count and sums of the colours that fall together
        let mut bins = vec![[0u64; 4]; 1 << (3 * BITS)];
        for pixel in pixels {
            if let Some(bin) = bins.get_mut(place(*pixel)) {
                bin[0] += 1;
                for (sum, shift) in bin.iter_mut().skip(1).zip([16, 8, 0]) {
                    *sum += u64::from(channel(*pixel, shift));
                }
            }
        }
        let part: Part = bins
            .iter()
            .filter(|bin| bin[0] > 0)
            .map(|bin| {
                let mean = |sum: u64| (sum / bin[0]) as u32;
                (mean(bin[1]) << 16 | mean(bin[2]) << 8 | mean(bin[3]), bin[0] as u32)
            })
            .collect();
        let mut table = vec![0u8; 1 << (3 * BITS)];
        let mut colours = Vec::new();
        for part in cut(part) {
            let index = colours.len() as u8;
            for (colour, _) in &part {
                // the mean of a bin lies in it
                if let Some(entry) = table.get_mut(place(*colour)) {
                    *entry = index;
                }
            }
            colours.push(mean(&part));
        }
        let indexes = pixels
            .iter()
            .map(|pixel| table.get(place(*pixel)).copied().unwrap_or(0))
            .collect();
        Self { colours, indexes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_exact() {
        let pixels: Vec<u32> = (0..1000u32).map(|n| (n % 256 * 0x01_0203) & 0xff_ffff).collect();
        let palette = Palette::of(&pixels);
        assert_eq!(palette.colours.len(), 256);
        for (pixel, index) in pixels.iter().zip(&palette.indexes) {
            assert_eq!(palette.colours[usize::from(*index)], *pixel);
        }
    }

    #[test]
    fn many_colours_become_near_ones() {
        let pixels: Vec<u32> = (0..64u32 * 64)
            .map(|n| (n % 64 * 4) << 16 | (n / 64 * 4) << 8 | 0x28)
            .collect();
        let palette = Palette::of(&pixels);
        assert!(palette.colours.len() <= COLOURS);
        for (pixel, index) in pixels.iter().zip(&palette.indexes) {
            let found = palette.colours[usize::from(*index)];
            for shift in [16, 8, 0] {
                let apart = channel(*pixel, shift).abs_diff(channel(found, shift));
                assert!(apart <= 16, "{pixel:06x} {found:06x}");
            }
        }
    }
}
