//! Pictures over the cells, for terminals with graphics: written after a frame, and only those
//! that differ from what the terminal has.

use std::io::Write as _;

use crate::hv::console::PictureProtocol;
use crate::ui::PlacedTile;

/// What the terminal has on its screen.
#[derive(Debug, Default)]
pub struct Pictures {
    shown: Vec<PlacedTile>,
}

/// What has to be done for the pictures of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, or only to write these bytes after the frame.
    Write(Vec<u8>),
    /// Pictures lie where none belong any more: these bytes first, then every cell again.
    Repaint(Vec<u8>),
}

fn same_place(one: &PlacedTile, other: &PlacedTile) -> bool {
    let size = |tile: &PlacedTile| (tile.x, tile.y, tile.tile.columns, tile.tile.rows);
    size(one) == size(other)
}

impl Pictures {
    /// Compares what a frame wants with what is shown.
    pub fn follow(&mut self, wanted: &[PlacedTile], protocol: PictureProtocol) -> Step {
        let gone = self
            .shown
            .iter()
            .any(|old| !wanted.iter().any(|new| same_place(old, new)));
        if gone {
            self.shown.clear();
            let clear = match protocol {
                PictureProtocol::Kitty => b"\x1b_Ga=d,d=A,q=2\x1b\\".to_vec(),
                // those are part of the cells and go with them
                PictureProtocol::HalfBlocks | PictureProtocol::Sixel | PictureProtocol::Iterm2 => Vec::new(),
            };
            return Step::Repaint(clear);
        }
        let mut bytes = Vec::new();
        for new in wanted {
            let known = self
                .shown
                .iter()
                .any(|old| same_place(old, new) && old.tile.version == new.tile.version);
            if !known {
                // memory takes everything
                let _ = write!(bytes, "\x1b7\x1b[{};{}H", new.y + 1, new.x + 1);
                bytes.extend_from_slice(&new.tile.bytes);
                bytes.extend_from_slice(b"\x1b8");
            }
        }
        self.shown = wanted.to_vec();
        Step::Write(bytes)
    }

    /// The terminal has been cleared.
    pub fn forget(&mut self) {
        self.shown.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hv::console::Tile;

    fn tile(x: u16, version: u64) -> PlacedTile {
        PlacedTile {
            x,
            y: 1,
            tile: Tile {
                column: x,
                row: 0,
                columns: 4,
                rows: 2,
                version,
                bytes: std::sync::Arc::from(format!("<{x}:{version}>").into_bytes()),
            },
        }
    }

    fn written(step: &Step) -> String {
        match step {
            Step::Write(bytes) => String::from_utf8_lossy(bytes).replace('\x1b', "^"),
            Step::Repaint(_) => "repaint".to_owned(),
        }
    }

    #[test]
    fn only_what_changed_is_written() {
        let mut pictures = Pictures::default();
        let kitty = PictureProtocol::Kitty;
        assert_eq!(
            written(&pictures.follow(&[tile(0, 1), tile(4, 1)], kitty)),
            "^7^[2;1H<0:1>^8^7^[2;5H<4:1>^8"
        );
        assert_eq!(written(&pictures.follow(&[tile(0, 1), tile(4, 1)], kitty)), "");
        assert_eq!(
            written(&pictures.follow(&[tile(0, 1), tile(4, 2)], kitty)),
            "^7^[2;5H<4:2>^8"
        );
        assert_eq!(written(&pictures.follow(&[tile(0, 1)], kitty)), "repaint");
        assert_eq!(written(&pictures.follow(&[tile(0, 1)], kitty)), "^7^[2;1H<0:1>^8");
    }
}
