//! One console's picture: what was drawn last, and the next frame made of what has changed.

use crate::base::cells::CellGrid;
use crate::hv::console::{ConsoleFrame, PictureProtocol, Viewport, Zoom};
use crate::picture::blocks::Brush;
use crate::picture::layout::{self, CELLS, Layout};
use crate::picture::scale::{self, Sums};
use crate::picture::text::Reader;
use crate::picture::tiles::{IDS, Tiles};
use crate::picture::typeset::Place;
use crate::picture::{Picture, Rect};

/// Damage in more parts than this is drawn as the whole picture.
const PARTS: usize = 256;

/// What frames depend on besides the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    viewport: Viewport,
    size: (u16, u16),
}

/// What the last frame shows.
#[derive(Debug, Default)]
enum Drawn {
    #[default]
    Nothing,
    Text(Place),
    Dots,
}

/// Draws a picture again and again.
///
/// Half blocks, or the characters of a text screen, come as cells. With a graphics protocol the
/// cells under the picture stay blank and tiles cover them; where a frame has no tile any more at
/// a place that had one, that is to be deleted ([`crate::picture::kitty::delete`]).
#[derive(Debug, Default)]
pub struct View {
    /// The first picture number of kitty's protocol that this view uses.
    first_id: u32,
    serial: u64,
    key: Option<Key>,
    drawn: Drawn,
    layout: Layout,
    dots: Vec<u32>,
    grid: CellGrid,
    tiles: Tiles,
    reader: Reader,
    sums: Sums,
}

impl View {
    /// A view with nothing drawn. Views that are seen at the same time need different numbers:
    /// pictures in terminals are known by them.
    pub fn new(number: u32) -> Self {
        Self {
            first_id: 1 + number.wrapping_mul(IDS) % (1 << 30),
            ..Self::default()
        }
    }

    /// The next frame. `damage` is what has changed in the picture since the last one; `None` for
    /// all of it. `cursor` is the guest's pixel where a cursor is to be shown that is not in the
    /// picture. At most 1024 columns and rows are drawn.
    pub fn render(
        &mut self,
        picture: &Picture,
        damage: Option<&[Rect]>,
        viewport: &Viewport,
        cursor: Option<(u16, u16)>,
    ) -> ConsoleFrame {
        let key = Key {
            viewport: Viewport {
                columns: viewport.columns.min(CELLS),
                rows: viewport.rows.min(CELLS),
                visible: true,
                ..*viewport
            },
            size: (picture.width(), picture.height()),
        };
        let damage = damage.filter(|damage| damage.len() <= PARTS);
        // what is read does not depend on where it is drawn
        let same_size = self.key.is_some_and(|last| last.size == key.size);
        let wanted = viewport.read_text && !matches!(viewport.zoom, Zoom::Times(2..));
        let is_text = wanted && self.reader.update(picture, damage.filter(|_| same_size));
        if !wanted {
            self.reader = Reader::default();
        }
        match self.reader.raster().filter(|_| is_text) {
            Some(raster) => self.draw_text(Place::new(raster, &key.viewport), &key.viewport),
            None => {
                let known = matches!(self.drawn, Drawn::Dots) && self.key == Some(key);
                self.draw_dots(picture, damage.filter(|_| known), &key.viewport);
            }
        }
        self.key = Some(key);
        self.serial += 1;
        let (pan, cursor) = match &self.drawn {
            Drawn::Text(place) => {
                let seen = self.reader.cursor().and_then(|cell| place.cell(cell));
                (
                    place.pan(),
                    seen.or_else(|| cursor.and_then(|(x, y)| place.cell_of_pixel(x, y))),
                )
            }
            _ => (self.layout.pan, cursor.and_then(|(x, y)| self.layout.cell(x, y))),
        };
        ConsoleFrame {
            serial: self.serial,
            grid: self.grid.clone(),
            tiles: self.tiles.all(),
            cursor,
            size: key.size,
            pan,
            scrolled: (0, 0),
            mouse: true,
        }
    }

    /// The guest's pixel under the middle of a cell of the last frame; `None` beside the picture.
    pub fn guest_point(&self, column: u16, row: u16) -> Option<(u16, u16)> {
        let (column, row) = (usize::from(column), usize::from(row));
        match &self.drawn {
            Drawn::Nothing => None,
            Drawn::Text(place) => place.point(column, row),
            Drawn::Dots => self.layout.point(column, row),
        }
    }

    /// Whether the last frame shows a text screen's characters instead of its pixels.
    pub fn shows_text(&self) -> bool {
        matches!(self.drawn, Drawn::Text(_))
    }

    /// Width and height of the part of the guest's screen that the last frame shows, in pixels.
    pub fn seen(&self) -> (u16, u16) {
        match &self.drawn {
            Drawn::Nothing => (0, 0),
            Drawn::Text(place) => place.seen_pixels(),
            Drawn::Dots => self.layout.seen(),
        }
    }

    fn draw_text(&mut self, place: Place, viewport: &Viewport) {
        self.tiles.clear();
        self.grid = CellGrid::new(viewport.columns, viewport.rows);
        place.paint(&mut self.grid, &self.reader, viewport.depth, viewport.ascii);
        self.drawn = Drawn::Text(place);
    }

    fn draw_dots(&mut self, picture: &Picture, damage: Option<&[Rect]>, viewport: &Viewport) {
        if damage.is_none() {
            self.layout = Layout::new(picture, viewport);
            let (width, height) = self.layout.dots();
            self.dots.clear();
            self.dots.resize(width * height, 0);
            self.grid = CellGrid::new(viewport.columns, viewport.rows);
            self.tiles.clear();
            self.drawn = Drawn::Dots;
        }
        let all = [picture.all()];
        let (width, height) = self.layout.dots();
        for rect in damage.unwrap_or(&all) {
            let (left, right) = rect.columns(picture.width());
            let (top, bottom) = rect.rows(picture.height());
            if left >= right || top >= bottom {
                continue;
            }
            let across = self.layout.across.touched(left, right);
            let down = self.layout.down.touched(top, bottom);
            if across.is_empty() || down.is_empty() || across.end > width || down.end > height {
                continue;
            }
            for y in down.clone() {
                let line = y * width + across.start..y * width + across.end;
                if let Some(out) = self.dots.get_mut(line) {
                    let layout = &self.layout;
                    scale::row(
                        picture,
                        &layout.across,
                        &layout.down,
                        y,
                        across.clone(),
                        &mut self.sums,
                        out,
                    );
                }
            }
            let cells = self.layout.cells_of(across, down);
            match layout::protocol(viewport) {
                PictureProtocol::HalfBlocks => {
                    Brush::new(viewport.depth, viewport.ascii).paint(&mut self.grid, &self.layout, &self.dots, cells);
                }
                protocol => self
                    .tiles
                    .update(self.first_id, protocol, &self.layout, &self.dots, cells),
            }
        }
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
pub(super) mod tests;
