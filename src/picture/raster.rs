//! How pictures of text screens may be divided into cells.

/// Pixels between the edge of the screen and GRUB's text.
const GRUB_BORDER: usize = 10;
/// Smaller screens are no text screens, in pixels.
const SMALLEST: (usize, usize) = (320, 200);

/// How a screen is divided into cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raster {
    /// Width of the characters' shapes; a ninth pixel may follow.
    pub(super) shape: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Raster {
    /// What a picture of this size may be.
    pub(super) fn candidates(width: usize, height: usize) -> Vec<Self> {
        let raster = |shape: usize, cell: (usize, usize), (columns, rows): (usize, usize), middle: bool| Self {
            shape,
            width: cell.0,
            height: cell.1,
            left: if middle { (width - columns * cell.0) / 2 } else { 0 },
            top: if middle { (height - rows * cell.1) / 2 } else { 0 },
            columns,
            rows,
        };
        let full = |cell: (usize, usize)| (width / cell.0, height / cell.1);
        let mut found = Vec::new();
        if width < SMALLEST.0 || height < SMALLEST.1 {
            return found;
        }
        if (width, height) == (720, 400) {
            found.push(raster(8, (9, 16), (80, 25), false));
        }
        found.push(raster(8, (8, 16), full((8, 16)), false));
        // GRUB leaves a border
        found.push(Self {
            left: GRUB_BORDER,
            top: GRUB_BORDER,
            ..raster(
                8,
                (8, 16),
                ((width - 2 * GRUB_BORDER) / 8, (height - 2 * GRUB_BORDER) / 16),
                false,
            )
        });
        if width >= 640 && height >= 475 {
            // UEFI: all that fits, or one of its modes, in the middle
            found.push(raster(8, (8, 19), full((8, 19)), true));
            // the smaller one would be a part of the larger one's text
            if width >= 800 && height >= 589 {
                found.push(raster(8, (8, 19), (100, 31), true));
            }
            found.push(raster(8, (8, 19), (80, 25), true));
        }
        if width >= 1024 {
            found.push(raster(16, (16, 32), full((16, 32)), false));
        }
        found
    }
}
