//! Parts of pictures made larger and smaller: each dot is the mean of the pixels that it covers.

use crate::picture::Picture;

/// Weights are parts of this where dots share pixels.
const WHOLE: u32 = 16;
/// From so many pixels a dot, pixels belong to one dot only: sharper, and faster.
const COARSE: usize = 4;
/// More rows of pixels are not summed for one dot; some are left out instead.
const ROWS: usize = 128;

/// The pixels that one dot covers, along one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    count: usize,
    /// Weights of the first and the last pixel.
    first: u32,
    last: u32,
}

impl Span {
    fn end(self) -> usize {
        self.start + self.count
    }

    fn weight(self, at: usize) -> u32 {
        if at == 0 {
            self.first
        } else if at + 1 == self.count {
            self.last
        } else {
            WHOLE
        }
    }
}

/// How one side of a part of a picture becomes dots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Axis {
    spans: Vec<Span>,
    /// No pixel is shared, so that weights need no look.
    plain: bool,
}

impl Axis {
    /// `pixels` from `start` on become `dots`.
    pub(super) fn new(start: usize, pixels: usize, dots: usize) -> Self {
        if pixels == 0 || dots == 0 {
            return Self::default();
        }
        let plain = pixels >= COARSE * dots || pixels.is_multiple_of(dots) || dots.is_multiple_of(pixels);
        let spans = (0..dots).map(|dot| {
            let (from, to) = (dot * pixels, (dot + 1) * pixels);
            if plain {
                let first = from / dots;
                return Span {
                    start: start + first,
                    count: (to / dots).max(first + 1) - first,
                    first: WHOLE,
                    last: WHOLE,
                };
            }
            // in parts of a pixel
            let unit = WHOLE as usize;
            let (from, to) = (from * unit / dots, (to * unit / dots).max(from * unit / dots + 1));
            let (first, last) = (from / unit, (to - 1) / unit);
            let head = ((first + 1) * unit).min(to) - from;
            Span {
                start: start + first,
                count: last - first + 1,
                first: head as u32,
                last: if last == first {
                    head as u32
                } else {
                    (to - last * unit) as u32
                },
            }
        });
        Self {
            spans: spans.collect(),
            plain,
        }
    }

    /// Number of dots.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Number of pixels.
    pub(super) fn pixels(&self) -> usize {
        match (self.spans.first(), self.spans.last()) {
            (Some(first), Some(last)) => last.end() - first.start,
            _ => 0,
        }
    }

    /// The dots that see any of the pixels from `from` to before `to`.
    pub(super) fn touched(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        let first = self.spans.partition_point(|span| span.end() <= from);
        let last = self.spans.partition_point(|span| span.start < to);
        first..last.max(first)
    }

    /// The pixel in the middle of a dot.
    pub(super) fn middle(&self, dot: usize) -> Option<usize> {
        self.spans.get(dot).map(|span| span.start + span.count / 2)
    }

    /// The dot that shows a pixel.
    pub(super) fn dot(&self, pixel: usize) -> Option<usize> {
        let dot = self.touched(pixel, pixel + 1).next()?;
        (dot < self.len()).then_some(dot)
    }
}

/// Room for sums, kept between calls.
#[derive(Debug, Default)]
pub(super) struct Sums {
    red_blue: Vec<u32>,
    green: Vec<u32>,
}

/// Adds a row of pixels, as many times as its weight says.
fn add(row: &[u32], weight: u32, red_blue: &mut [u32], green: &mut [u32]) {
    if weight == 1 {
        for ((pixel, rb), g) in row.iter().zip(red_blue).zip(green) {
            *rb += pixel & 0x00ff_00ff;
            *g += pixel >> 8 & 0xff;
        }
    } else {
        for ((pixel, rb), g) in row.iter().zip(red_blue).zip(green) {
            *rb += (pixel & 0x00ff_00ff) * weight;
            *g += (pixel >> 8 & 0xff) * weight;
        }
    }
}

/// Writes one row of dots, those in `dots` only, into `out` (which starts at the first of them).
pub(super) fn row(
    picture: &Picture,
    across: &Axis,
    down: &Axis,
    y: usize,
    dots: std::ops::Range<usize>,
    sums: &mut Sums,
    out: &mut [u32],
) {
    let (Some(rows), Some(spans)) = (down.spans.get(y), across.spans.get(dots)) else {
        return;
    };
    let (Some(left), Some(right)) = (spans.first(), spans.last()) else {
        return;
    };
    let (from, to) = (left.start, right.end());
    // one pixel each: nothing to sum
    if rows.count == 1 && across.plain && spans.iter().all(|span| span.count == 1) {
        let pixels = picture.row(rows.start);
        for (dot, span) in out.iter_mut().zip(spans) {
            *dot = pixels.get(span.start).copied().unwrap_or(0) & 0x00ff_ffff;
        }
        return;
    }
    let width = to - from;
    sums.red_blue.clear();
    sums.red_blue.resize(width, 0);
    sums.green.clear();
    sums.green.resize(width, 0);
    let step = rows.count.div_ceil(ROWS);
    let mut weight_down = 0;
    for at in (0..rows.count).step_by(step) {
        let weight = if down.plain { 1 } else { rows.weight(at) };
        if let Some(pixels) = picture.row(rows.start + at).get(from..to) {
            add(pixels, weight, &mut sums.red_blue, &mut sums.green);
            weight_down += weight;
        }
    }
    for (dot, span) in out.iter_mut().zip(spans) {
        let range = span.start - from..span.end() - from;
        let (Some(rb), Some(g)) = (sums.red_blue.get(range.clone()), sums.green.get(range)) else {
            continue;
        };
        *dot = mean(rb, g, *span, across.plain, weight_down);
    }
}

/// The mean of sums of columns.
#[inline]
fn mean(red_blue: &[u32], green: &[u32], span: Span, plain: bool, weight_down: u32) -> u32 {
    let (mut red, mut green_sum, mut blue, mut total) = (0u32, 0u32, 0u32, 0u32);
    if plain {
        for (rb, g) in red_blue.iter().zip(green) {
            red += rb >> 16;
            blue += rb & 0xffff;
            green_sum += g;
        }
        total = span.count as u32;
    } else {
        for (at, (rb, g)) in red_blue.iter().zip(green).enumerate() {
            let weight = span.weight(at);
            red += (rb >> 16) * weight;
            blue += (rb & 0xffff) * weight;
            green_sum += g * weight;
            total += weight;
        }
    }
    let total = (total * weight_down).max(1);
    // rounded up where it is close: a white picture stays white
    let scale = 1.0 / total as f32;
    let part = |sum: u32| ((sum as f32 * scale + 0.5) as u32).min(255);
    part(red) << 16 | part(green_sum) << 8 | part(blue)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(picture: &Picture, width: usize, height: usize) -> Vec<u32> {
        let across = Axis::new(0, picture.width().into(), width);
        let down = Axis::new(0, picture.height().into(), height);
        let mut out = vec![0; width * height];
        let mut sums = Sums::default();
        for (y, line) in out.chunks_mut(width).enumerate() {
            row(picture, &across, &down, y, 0..width, &mut sums, line);
        }
        out
    }

    #[test]
    fn dots_are_means() {
        let picture = Picture::from_pixels(4, 2, vec![0, 0x10_2030, 4, 8, 0x20_4060, 0x30_6090, 0, 0]).unwrap();
        assert_eq!(scaled(&picture, 2, 1), [0x18_3048, 3]);
        assert_eq!(scaled(&picture, 4, 2), picture.pixels());
        assert_eq!(scaled(&picture, 8, 2)[..4], [0, 0, 0x10_2030, 0x10_2030]);
        // three pixels in two dots: the middle one is shared
        let picture = Picture::from_pixels(3, 1, vec![0x00_0000, 0x00_00ff, 0x00_0000]).unwrap();
        assert_eq!(scaled(&picture, 2, 1), [0x55, 0x55]);
    }

    #[test]
    fn tall_pictures_do_not_overflow() {
        let mut picture = Picture::new(2, 8192).unwrap();
        picture.fill(picture.all(), 0xff_ffff);
        assert_eq!(scaled(&picture, 1, 1), [0xff_ffff]);
    }

    proptest! {
        #[test]
        fn one_colour_stays(width in 1..300u16, height in 1..300u16, w in 1..90usize, h in 1..90usize, colour in 0..0x0100_0000u32) {
            let mut picture = Picture::new(width, height).unwrap();
            picture.fill(picture.all(), colour);
            for dot in scaled(&picture, w, h) {
                prop_assert_eq!(dot, colour);
            }
        }

        #[test]
        fn every_pixel_is_seen(start in 0..50usize, pixels in 1..500usize, dots in 1..500usize) {
            let axis = Axis::new(start, pixels, dots);
            prop_assert_eq!(axis.len(), dots);
            let mut seen = start;
            for (dot, span) in axis.spans.iter().enumerate() {
                prop_assert!(span.start <= seen && span.end() <= start + pixels);
                prop_assert!(span.first >= 1 && span.first <= WHOLE && span.last >= 1 && span.last <= WHOLE);
                seen = seen.max(span.end());
                let middle = axis.middle(dot).unwrap();
                prop_assert!(axis.touched(middle, middle + 1).contains(&dot));
            }
            prop_assert_eq!(seen, start + pixels);
            prop_assert!(axis.touched(start + pixels, start + pixels + 9).is_empty());
        }
    }
}
