//! A VM's screen turned into what a terminal can show: cells, kitty, sixel and iTerm2 graphics,
//! and the text of text screens.
//!
//! Pure: no clock, no files, no network. Whatever a guest or a hypervisor sends, nothing here
//! panics and every size is bounded.

mod blocks;
mod colour;
pub mod decode;
mod glyphs;
mod iterm2;
pub mod kitty;
mod layout;
mod palette;
pub mod probe;
mod raster;
mod scale;
pub mod signs;
mod sixel;
pub mod text;
mod thumbnail;
mod tiles;
mod typeset;
pub mod view;

pub use decode::BadPicture;
pub use thumbnail::thumbnail;

/// The longest side of a picture, in pixels.
pub const SIDE_LIMIT: u16 = 8192;
/// The most pixels of a picture.
pub const PIXEL_LIMIT: usize = 16 << 20;
/// A colour no brighter than this (0 to 255) counts as dark.
const DARK: u32 = 24;
/// A blinking cursor is not larger than this, in pixels.
const CURSOR: (usize, usize) = (18, 36);

/// A part of a picture, in pixels. May reach beyond the picture; what is outside does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rect {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

impl Rect {
    /// Columns of a picture of that width that are in it: first, and one past the last.
    fn columns(self, width: u16) -> (usize, usize) {
        let end = self.x.saturating_add(self.width).min(width);
        (usize::from(self.x.min(end)), usize::from(end))
    }

    /// How many pixels of a picture of that size are in it.
    fn area(self, (width, height): (u16, u16)) -> usize {
        let ((left, right), (top, bottom)) = (self.columns(width), self.rows(height));
        (right - left) * (bottom - top)
    }

    /// Rows of a picture of that height that are in it: first, and one past the last.
    fn rows(self, height: u16) -> (usize, usize) {
        let end = self.y.saturating_add(self.height).min(height);
        (usize::from(self.y.min(end)), usize::from(end))
    }
}

/// A picture of a screen. There are always as many pixels as width and height say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    width: u16,
    height: u16,
    pixels: Vec<u32>,
}

/// Whether a picture of this size is within the limits.
pub fn fits(width: u32, height: u32) -> bool {
    let side = u32::from(SIDE_LIMIT);
    width <= side && height <= side && width as usize * height as usize <= PIXEL_LIMIT
}

impl Picture {
    /// A black picture; `None` beyond the limits.
    pub fn new(width: u16, height: u16) -> Option<Self> {
        fits(width.into(), height.into()).then(|| Self {
            width,
            height,
            pixels: vec![0; usize::from(width) * usize::from(height)],
        })
    }

    /// A picture of pixels (0x00RRGGBB), row after row; `None` beyond the limits or when there
    /// are more or fewer pixels than that.
    pub fn from_pixels(width: u16, height: u16, pixels: Vec<u32>) -> Option<Self> {
        let right = fits(width.into(), height.into()) && pixels.len() == usize::from(width) * usize::from(height);
        right.then_some(Self { width, height, pixels })
    }

    /// Width in pixels.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// All pixels (0x00RRGGBB), row after row.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// All pixels to be written; 0x00RRGGBB, the upper byte is not looked at.
    pub fn pixels_mut(&mut self) -> &mut [u32] {
        &mut self.pixels
    }

    /// One row of pixels; empty beyond the last.
    pub fn row(&self, y: usize) -> &[u32] {
        let width = usize::from(self.width);
        let start = y.saturating_mul(width);
        self.pixels.get(start..start.saturating_add(width)).unwrap_or(&[])
    }

    /// One pixel; black beyond the edges.
    pub fn get(&self, x: u16, y: u16) -> u32 {
        self.row(y.into()).get(usize::from(x)).copied().unwrap_or(0)
    }

    /// Writes one pixel; nothing beyond the edges.
    pub fn set(&mut self, x: u16, y: u16, colour: u32) {
        let (width, x) = (usize::from(self.width), usize::from(x));
        if x < width
            && let Some(pixel) = self.pixels.get_mut(usize::from(y) * width + x)
        {
            *pixel = colour & 0x00ff_ffff;
        }
    }

    /// Fills a part with one colour.
    pub fn fill(&mut self, rect: Rect, colour: u32) {
        let (left, right) = rect.columns(self.width);
        let (top, bottom) = rect.rows(self.height);
        let width = usize::from(self.width);
        for y in top..bottom {
            if let Some(pixels) = self.pixels.get_mut(y * width + left..y * width + right) {
                pixels.fill(colour & 0x00ff_ffff);
            }
        }
    }

    /// The whole of it.
    pub fn all(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// Becomes what a framebuffer of that size shows. With `damage` only those parts are copied,
    /// unless the size is another. Returns whether everything was copied; a framebuffer beyond
    /// the limits, or with fewer pixels than its size says, changes nothing and returns `false`.
    pub fn follow(&mut self, width: u16, height: u16, pixels: &[u32], damage: Option<&[Rect]>) -> bool {
        let count = usize::from(width) * usize::from(height);
        if !fits(width.into(), height.into()) || pixels.len() < count {
            return false;
        }
        let same = (self.width, self.height) == (width, height);
        let Some(damage) = damage.filter(|_| same) else {
            self.pixels.clear();
            self.pixels.extend_from_slice(&pixels[..count]);
            (self.width, self.height) = (width, height);
            return true;
        };
        let stride = usize::from(width);
        for rect in damage {
            let (left, right) = rect.columns(width);
            let (top, bottom) = rect.rows(height);
            for y in top..bottom {
                let range = y * stride + left..y * stride + right;
                if let (Some(to), Some(from)) = (self.pixels.get_mut(range.clone()), pixels.get(range)) {
                    to.copy_from_slice(from);
                }
            }
        }
        false
    }

    /// A number that is the same for the same picture on every machine, and hardly ever for
    /// another.
    pub fn fingerprint(&self) -> u64 {
        const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
        let size = u64::from(self.width) << 16 | u64::from(self.height);
        // four lanes that do not wait for each other
        let mut lanes = [size ^ PRIME, size.rotate_left(17), size ^ 0x5bd1, !size];
        for part in self.pixels.chunks(4) {
            for (lane, pixel) in lanes.iter_mut().zip(part) {
                *lane = (*lane ^ u64::from(pixel & 0x00ff_ffff))
                    .wrapping_mul(PRIME)
                    .rotate_left(29);
            }
        }
        lanes
            .iter()
            .fold(PRIME, |all, lane| (all ^ lane).wrapping_mul(PRIME).rotate_left(31))
    }

    /// Whether it is all one dark colour, but for a cursor that may be blinking.
    pub fn is_black(&self) -> bool {
        let width = usize::from(self.width);
        let (Some(last), true) = (self.pixels.last(), width > 0) else {
            return true;
        };
        // cursors stand at the upper left on an empty screen
        let ground = last & 0x00ff_ffff;
        if colour::luma(ground) > DARK {
            return false;
        }
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (y, row) in self.pixels.chunks(width).enumerate() {
            let other = |pixel: &u32| pixel & 0x00ff_ffff != ground;
            let Some(first) = row.iter().position(other) else {
                continue;
            };
            let last = row.iter().rposition(other).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last));
            (top, bottom) = (top.min(y), bottom.max(y));
            if right - left >= CURSOR.0 || bottom - top >= CURSOR.1 {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bounded() {
        assert!(Picture::new(8192, 2048).is_some());
        assert!(Picture::new(8192, 2049).is_none());
        assert!(Picture::new(8193, 1).is_none());
        assert!(Picture::from_pixels(2, 2, vec![0; 3]).is_none());
    }

    #[test]
    fn edges_are_harmless() {
        let mut picture = Picture::new(4, 3).unwrap();
        picture.set(4, 0, 0xff_ffff);
        picture.set(3, 2, 0xff12_3456);
        picture.fill(
            Rect {
                x: 2,
                y: 65_000,
                width: 65_000,
                height: 65_000,
            },
            1,
        );
        assert_eq!(
            (picture.get(3, 2), picture.get(0, 1), picture.get(9, 9)),
            (0x12_3456, 0, 0)
        );
        assert_eq!(picture.pixels().iter().filter(|pixel| **pixel != 0).count(), 1);
        assert!(picture.row(3).is_empty() && picture.row(usize::MAX).is_empty());
    }

    #[test]
    fn a_framebuffer_is_followed() {
        let mut picture = Picture::default();
        let mut buffer = vec![5; 12];
        let damage = [Rect {
            x: 1,
            y: 1,
            width: 2,
            height: 1,
        }];
        assert!(picture.follow(4, 3, &buffer, Some(&damage)), "another size is all new");
        buffer.fill(7);
        assert!(!picture.follow(4, 3, &buffer, Some(&damage)));
        assert_eq!(picture.pixels(), [5, 5, 5, 5, 5, 7, 7, 5, 5, 5, 5, 5]);
        assert!(!picture.follow(5, 3, &buffer, None), "too few pixels");
        assert_eq!(picture.width(), 4);
    }

    #[test]
    fn fingerprints_tell_pictures_apart() {
        let one = Picture::new(64, 48).unwrap();
        let mut seen = std::collections::HashSet::from([one.fingerprint()]);
        assert!(seen.insert(Picture::new(48, 64).unwrap().fingerprint()));
        for y in 0..48 {
            for x in 0..64 {
                let mut other = one.clone();
                other.set(x, y, 1);
                assert!(seen.insert(other.fingerprint()), "{x} {y}");
            }
        }
        assert_eq!(one.fingerprint(), Picture::new(64, 48).unwrap().fingerprint());
    }

    #[test]
    fn black_is_black_with_a_cursor() {
        let mut picture = Picture::new(720, 400).unwrap();
        assert!(picture.is_black() && Picture::default().is_black());
        picture.fill(
            Rect {
                x: 0,
                y: 13,
                width: 9,
                height: 2,
            },
            0xaa_aaaa,
        );
        assert!(picture.is_black());
        picture.set(300, 300, 0xff_ffff);
        assert!(!picture.is_black());
        let mut grey = Picture::new(10, 10).unwrap();
        grey.fill(grey.all(), 0x80_8080);
        assert!(!grey.is_black());
        grey.fill(grey.all(), 0x00_0010);
        assert!(grey.is_black());
    }
}
