//! Which place on the screen stands for what.

use ratatui::layout::{Position, Rect};

use crate::app::view::{Hit, Sizes};
use crate::hv::console::Tile;

/// A picture at a place of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedTile {
    /// Column of the screen.
    pub x: u16,
    /// Row of the screen.
    pub y: u16,
    /// The picture.
    pub tile: Tile,
}

/// What the last drawing found out: sizes of panes, and what the mouse can hit.
#[derive(Debug, Clone, Default)]
pub struct HitMap {
    /// Sizes of panes and dialogs.
    pub sizes: Sizes,
    /// Pictures to be written after the frame.
    pub tiles: Vec<PlacedTile>,
    areas: Vec<(Rect, Hit)>,
    /// The part of the screen that a dialog covers; nothing below it can be hit.
    covered: Option<usize>,
}

impl HitMap {
    pub(super) fn add(&mut self, area: Rect, hit: Hit) {
        if !area.is_empty() {
            self.areas.push((area, hit));
        }
    }

    /// A dialog is drawn from now on: what was drawn before cannot be hit any more.
    pub(super) fn cover(&mut self) {
        self.covered = Some(self.areas.len());
    }

    /// What is at a place; what was drawn last lies on top.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        let position = Position::new(x, y);
        let from = self.covered.unwrap_or(0);
        let reachable = self.areas.get(from..).unwrap_or_default();
        reachable
            .iter()
            .rev()
            .find(|(area, _)| area.contains(position))
            .map(|(_, hit)| *hit)
    }
}
