//! Pictures over the cells, for terminals with graphics: written after a frame, and only those
//! that differ from what the terminal has.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use crate::base::text::width;
use crate::picture::kitty;
use crate::runtime::terminal;
use crate::ui::PlacedTile;

/// What the terminal has on its screen.
#[derive(Debug, Default)]
pub struct Pictures {
    shown: Vec<PlacedTile>,
}

/// What has to be done for the pictures of a frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Places where a picture has come or gone: their cells are to be written first, even those
    /// that have not changed. Some terminals keep pictures in the cells, and some draw them below
    /// cells that have a background.
    pub places: Vec<Rect>,
    /// To be written after the cells.
    pub bytes: Vec<u8>,
}

impl Change {
    /// The cells of the places as a frame has them.
    pub fn cells(&self, frame: &Buffer) -> Vec<(u16, u16, Cell)> {
        let mut cells = Vec::new();
        for row in self
            .places
            .iter()
            .flat_map(|place| place.intersection(frame.area).rows())
        {
            let mut x = row.x;
            while let Some(cell) = frame.cell((x, row.y)).filter(|_| x < row.right()) {
                cells.push((x, row.y, cell.clone()));
                // the second half of a wide character is no cell of its own
                x += (width(cell.symbol()) as u16).max(1);
            }
        }
        cells
    }
}

fn place(tile: &PlacedTile) -> Rect {
    Rect::new(tile.x, tile.y, tile.tile.columns, tile.tile.rows)
}

/// Whether one takes the other's place without a trace.
fn replaces(one: &PlacedTile, other: &PlacedTile) -> bool {
    place(one) == place(other) && one.tile.id == other.tile.id
}

impl Pictures {
    /// Compares what a frame wants with what is shown.
    pub fn follow(&mut self, wanted: &[PlacedTile]) -> Change {
        let mut change = Change::default();
        let bytes = &mut change.bytes;
        for old in &self.shown {
            if !wanted.iter().any(|new| replaces(new, old)) {
                change.places.push(place(old));
            }
            if old.tile.id != 0 && !wanted.iter().any(|new| new.tile.id == old.tile.id) {
                bytes.extend_from_slice(&kitty::delete(old.tile.id));
            }
        }
        for new in wanted {
            let known = self.shown.iter().find(|old| replaces(new, old));
            if known.is_none() {
                change.places.push(place(new));
            }
            if known.is_none_or(|old| old.tile.version != new.tile.version) {
                // memory takes everything
                let _ = write!(bytes, "\x1b7\x1b[{};{}H", new.y + 1, new.x + 1);
                bytes.extend_from_slice(&new.tile.bytes);
                bytes.extend_from_slice(b"\x1b8");
            }
        }
        if wanted.iter().any(|new| new.tile.id != 0) {
            terminal::set_pictures();
        }
        self.shown = wanted.to_vec();
        change
    }

    /// The terminal is about to be cleared: what is to be written first, as not every picture goes
    /// with the cells.
    pub fn forget(&mut self) -> Vec<u8> {
        let kept = self.shown.iter().any(|old| old.tile.id != 0);
        self.shown.clear();
        if kept { kitty::delete_all().to_vec() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hv::console::Tile;

    fn tile(x: u16, id: u32, version: u64) -> PlacedTile {
        PlacedTile {
            x,
            y: 1,
            tile: Tile {
                column: x,
                row: 0,
                columns: 4,
                rows: 2,
                id,
                version,
                bytes: std::sync::Arc::from(format!("<{x}:{version}>").into_bytes()),
            },
        }
    }

    fn written(change: &Change) -> String {
        let places: Vec<String> = change.places.iter().map(|place| format!("{} ", place.x)).collect();
        places.concat() + &String::from_utf8_lossy(&change.bytes).replace('\x1b', "^")
    }

    #[test]
    fn only_what_changed_is_written() {
        let mut pictures = Pictures::default();
        let mut follow = |wanted: &[PlacedTile]| written(&pictures.follow(wanted));
        assert_eq!(
            follow(&[tile(0, 7, 1), tile(4, 8, 1)]),
            "0 4 ^7^[2;1H<0:1>^8^7^[2;5H<4:1>^8"
        );
        assert_eq!(follow(&[tile(0, 7, 1), tile(4, 8, 1)]), "");
        assert_eq!(follow(&[tile(0, 7, 1), tile(4, 8, 2)]), "^7^[2;5H<4:2>^8");
        // one goes
        assert_eq!(follow(&[tile(0, 7, 1)]), "4 ^_Ga=d,d=I,i=8,q=2^\\");
        // pictures that are part of the cells go with those
        assert_eq!(follow(&[tile(0, 0, 3)]), "0 0 ^_Ga=d,d=I,i=7,q=2^\\^7^[2;1H<0:3>^8");
        assert_eq!(follow(&[]), "0 ");
    }

    #[test]
    fn what_does_not_go_with_the_cells_is_deleted() {
        let mut pictures = Pictures::default();
        assert_eq!(pictures.forget(), b"");
        pictures.follow(&[tile(0, 0, 1)]);
        assert_eq!(pictures.forget(), b"");
        pictures.follow(&[tile(0, 7, 1)]);
        assert_eq!(pictures.forget(), b"\x1b_Ga=d,d=A,q=2\x1b\\");
        // and comes again afterwards
        assert!(!pictures.follow(&[tile(0, 7, 1)]).bytes.is_empty());
    }
}
