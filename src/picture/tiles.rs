//! Dots in tiles, for terminals with graphics: only the tiles that change are sent again.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::hv::console::{PictureProtocol, Tile};
use crate::picture::layout::Layout;
use crate::picture::{iterm2, kitty, sixel};

/// Size of a tile in cells.
const SIDES: (usize, usize) = (20, 4);
/// More tiles than this are not made; they grow instead.
const MOST: usize = 512;

/// The dots of one tile and the cells that it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// 0x00RRGGBB, row after row.
    pub(super) pixels: &'a [u32],
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Patch<'_> {
    /// A number for these pixels on these cells under this picture number.
    fn version(&self, protocol: PictureProtocol, id: u32) -> u64 {
        const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
        let sizes = [
            self.width,
            self.height,
            self.columns,
            self.rows,
            protocol as usize,
            id as usize,
        ];
        let seed = sizes.iter().fold(PRIME, |all, part| {
            (all ^ *part as u64).wrapping_mul(PRIME).rotate_left(27)
        });
        let mut lanes = [seed, seed.rotate_left(16), seed.rotate_left(32), seed.rotate_left(48)];
        for part in self.pixels.chunks(4) {
            for (lane, pixel) in lanes.iter_mut().zip(part) {
                *lane = (*lane ^ u64::from(*pixel)).wrapping_mul(PRIME).rotate_left(31);
            }
        }
        lanes
            .iter()
            .fold(seed, |all, lane| (all ^ lane).wrapping_mul(PRIME).rotate_left(33))
    }
}

/// The tiles of a console.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    /// Tiles by their first column and row.
    kept: HashMap<(usize, usize), Tile>,
    pixels: Vec<u32>,
}

/// The tiles' size for so many cells.
fn sides(columns: usize, rows: usize) -> (usize, usize) {
    let (mut wide, mut high) = SIDES;
    while columns.div_ceil(wide) * rows.div_ceil(high) > MOST {
        (wide, high) = (wide * 2, high * 2);
    }
    (wide, high)
}

impl Tiles {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Makes the tiles again that show any of these cells.
    pub(super) fn update(
        &mut self,
        first_id: u32,
        protocol: PictureProtocol,
        layout: &Layout,
        dots: &[u32],
        (columns, rows): (Range<usize>, Range<usize>),
    ) {
        let (across, down) = layout.covered();
        let (wide, high) = sides(across.len(), down.len());
        let tiles = |all: &Range<usize>, part: Range<usize>, each: usize| {
            let from = part.start.saturating_sub(all.start) / each;
            let to = part.end.min(all.end).saturating_sub(all.start).div_ceil(each);
            from..to
        };
        let in_row = across.len().div_ceil(wide);
        for y in tiles(&down, rows, high) {
            for x in tiles(&across, columns.clone(), wide) {
                let (column, row) = (across.start + x * wide, down.start + y * high);
                let covers = (wide.min(across.end - column), high.min(down.end - row));
                let (width, height) = self.cut(layout, dots, (column, row), covers);
                let patch = Patch {
                    width,
                    height,
                    pixels: &self.pixels,
                    columns: covers.0,
                    rows: covers.1,
                };
                let id = first_id.wrapping_add((y * in_row + x) as u32).max(1);
                let version = patch.version(protocol, id);
                if self
                    .kept
                    .get(&(column, row))
                    .is_some_and(|tile| tile.version == version)
                {
                    continue;
                }
                let bytes = match protocol {
                    PictureProtocol::Kitty => kitty::encode(id, &patch),
                    PictureProtocol::Iterm2 => iterm2::encode(&patch),
                    PictureProtocol::Sixel => sixel::encode(&patch),
                    PictureProtocol::HalfBlocks => Vec::new(),
                };
                let tile = Tile {
                    column: column as u16,
                    row: row as u16,
                    columns: covers.0 as u16,
                    rows: covers.1 as u16,
                    id: if protocol == PictureProtocol::Kitty { id } else { 0 },
                    version,
                    bytes: Arc::from(bytes),
                };
                self.kept.insert((column, row), tile);
            }
        }
    }

    /// Copies the dots of these cells; what is beside the picture is black. Returns their size.
    fn cut(
        &mut self,
        layout: &Layout,
        dots: &[u32],
        (column, row): (usize, usize),
        (columns, rows): (usize, usize),
    ) -> (usize, usize) {
        let (width, height) = (columns * layout.per_cell.0, rows * layout.per_cell.1);
        let all = layout.dots();
        self.pixels.clear();
        self.pixels.resize(width * height, 0);
        // from the upper left corner of the console
        let (left, top) = (column * layout.per_cell.0, row * layout.per_cell.1);
        let from = layout.offset.0.max(left);
        let to = (layout.offset.0 + all.0).min(left + width);
        if from >= to || width == 0 {
            return (width, height);
        }
        for (y, line) in self.pixels.chunks_mut(width).enumerate() {
            let Some(dot) = (top + y).checked_sub(layout.offset.1).filter(|dot| *dot < all.1) else {
                continue;
            };
            let start = dot * all.0;
            let source = dots.get(start + from - layout.offset.0..start + to - layout.offset.0);
            if let (Some(source), Some(target)) = (source, line.get_mut(from - left..to - left)) {
                target.copy_from_slice(source);
            }
        }
        (width, height)
    }

    /// All tiles, from the upper left to the lower right.
    pub(super) fn all(&self) -> Vec<Tile> {
        let mut tiles: Vec<Tile> = self.kept.values().cloned().collect();
        tiles.sort_unstable_by_key(|tile| (tile.row, tile.column));
        tiles
    }
}

/// How many picture numbers one view may use.
pub(super) const IDS: u32 = MOST as u32;

#[cfg(test)]
#[path = "tiles_tests.rs"]
mod tests;
