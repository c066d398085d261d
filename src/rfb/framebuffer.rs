//! The guest's screen as pixels, and what of it has changed.

/// A part of the screen in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Left.
    pub x: u16,
    /// Top.
    pub y: u16,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

/// Largest side in pixels.
const SIDE: u16 = 8192;
/// Most pixels.
const PIXELS: usize = 16 << 20;
/// Changed areas kept apart; with more, one that covers all of them.
const AREAS: usize = 32;

/// Pixels as `0x00RRGGBB`, row by row.
#[derive(Debug, Clone, Default)]
pub struct Framebuffer {
    width: u16,
    height: u16,
    pixels: Vec<u32>,
    damage: Vec<Area>,
}

impl Framebuffer {
    /// Whether a screen of this size is taken.
    pub fn fits(width: u16, height: u16) -> bool {
        width <= SIDE && height <= SIDE && usize::from(width) * usize::from(height) <= PIXELS
    }

    /// Width in pixels.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// All pixels.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// What has changed since the last time this was asked.
    pub fn take_damage(&mut self) -> Vec<Area> {
        std::mem::take(&mut self.damage)
    }

    /// Changes the size; what is in both stays.
    pub(super) fn resize(&mut self, width: u16, height: u16) {
        let mut pixels = vec![0; usize::from(width) * usize::from(height)];
        let common = usize::from(width.min(self.width));
        for y in 0..usize::from(height.min(self.height)) {
            let (to, from) = (y * usize::from(width), y * usize::from(self.width));
            pixels[to..to + common].copy_from_slice(&self.pixels[from..from + common]);
        }
        (self.width, self.height, self.pixels) = (width, height, pixels);
        self.damage = vec![Area {
            x: 0,
            y: 0,
            width,
            height,
        }];
    }

    /// Whether an area lies inside.
    pub(super) fn holds(&self, area: Area) -> bool {
        u32::from(area.x) + u32::from(area.width) <= u32::from(self.width)
            && u32::from(area.y) + u32::from(area.height) <= u32::from(self.height)
    }

    /// One row of an area that lies inside.
    pub(super) fn row(&mut self, area: Area, row: u16) -> &mut [u32] {
        let start = (usize::from(area.y) + usize::from(row)) * usize::from(self.width) + usize::from(area.x);
        self.pixels
            .get_mut(start..start + usize::from(area.width))
            .unwrap_or(&mut [])
    }

    /// Fills an area that lies inside.
    pub(super) fn fill(&mut self, area: Area, colour: u32) {
        for row in 0..area.height {
            self.row(area, row).fill(colour);
        }
    }

    /// Copies an area from elsewhere on the screen; both lie inside.
    pub(super) fn copy(&mut self, from: (u16, u16), to: Area) {
        let width = usize::from(self.width);
        let rows: Box<dyn Iterator<Item = usize>> = if from.1 < to.y {
            Box::new((0..usize::from(to.height)).rev())
        } else {
            Box::new(0..usize::from(to.height))
        };
        for row in rows {
            let source = (usize::from(from.1) + row) * width + usize::from(from.0);
            let target = (usize::from(to.y) + row) * width + usize::from(to.x);
            self.pixels.copy_within(source..source + usize::from(to.width), target);
        }
    }

    /// Notes a change.
    pub(super) fn changed(&mut self, area: Area) {
        if area.width == 0 || area.height == 0 || self.damage.contains(&area) {
            return;
        }
        self.damage.push(area);
        if self.damage.len() > AREAS {
            let cover = self.damage.iter().copied().reduce(cover);
            self.damage = cover.into_iter().collect();
        }
    }
}

fn cover(one: Area, other: Area) -> Area {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    let right = (one.x + one.width).max(other.x + other.width);
    let bottom = (one.y + one.height).max(other.y + other.height);
    Area {
        x,
        y,
        width: right - x,
        height: bottom - y,
    }
}
