//! Small pictures of screens, for a wall of them.

use std::sync::Arc;

use crate::base::cells::CellGrid;
use crate::base::text::Text;
use crate::hv::console::{ColourDepth, PictureProtocol, Thumbnail, Viewport, Zoom};
use crate::picture::blocks::Brush;
use crate::picture::layout::{CELLS, Layout};
use crate::picture::scale::{self, Sums};
use crate::picture::{Picture, signs, text};

/// A small picture of a screen, of so many columns and rows, with what can be read on it.
pub fn thumbnail(picture: &Picture, size: (u16, u16), depth: ColourDepth, ascii: bool) -> Thumbnail {
    let (columns, rows) = (size.0.min(CELLS), size.1.min(CELLS));
    let viewport = Viewport {
        columns,
        rows,
        cell: None,
        protocol: PictureProtocol::HalfBlocks,
        depth,
        ascii,
        zoom: Zoom::Fit,
        pan: (0, 0),
        read_text: false,
        visible: true,
        budget: 0,
    };
    let layout = Layout::new(picture, &viewport);
    let (width, height) = layout.dots();
    let mut dots = vec![0; width * height];
    let mut sums = Sums::default();
    if width > 0 {
        for (y, line) in dots.chunks_mut(width).enumerate() {
            scale::row(picture, &layout.across, &layout.down, y, 0..width, &mut sums, line);
        }
    }
    let mut grid = CellGrid::new(columns, rows);
    Brush::new(depth, ascii).paint(&mut grid, &layout, &dots, layout.covered());
    let screen = text::read(picture);
    let lines: Option<Vec<String>> = screen.as_ref().map(text::TextScreen::lines);
    Thumbnail {
        grid,
        size: (picture.width(), picture.height()),
        black: picture.is_black(),
        words: lines.as_deref().map(signs::words).unwrap_or_default(),
        text: lines.map(|lines| lines.into_iter().map(Text::from).collect::<Arc<[Text]>>()),
        // a blinking cursor is no news
        fingerprint: screen.map_or_else(|| picture.fingerprint(), |screen| screen.fingerprint()),
    }
}
