//! Dialogs over the screen.

mod command;
mod confirm;
mod form;
mod help;
mod menu;
mod palette;
mod viewer;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::layers::Layer;
use crate::ui::pen::{Pen, span};

/// Draws all dialogs, the topmost last. Only that one can be hit.
pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect) {
    let model = pen.model;
    for layer in &model.layers {
        pen.cover();
        pen.cursor = None;
        match layer {
            Layer::Confirm(question) => confirm::draw(pen, screen, question),
            Layer::Menu(menu) => menu::draw(pen, screen, menu),
            Layer::Palette(palette) => palette::draw(pen, screen, palette),
            Layer::Form(form) => form::draw(pen, screen, form),
            Layer::Command(line) => command::draw(pen, screen, line),
            Layer::Viewer(viewer) => viewer::draw(pen, screen, viewer),
        }
    }
}

/// A frame in the middle of the screen, as large as its content but never larger than the screen
/// less a margin; returns the frame and what is inside.
fn popup(pen: &mut Pen<'_, '_>, screen: Rect, wanted: (usize, usize), title: &str, border: Style) -> (Rect, Rect) {
    let width = (wanted.0 + 4).min(usize::from(screen.width.saturating_sub(2))) as u16;
    let height = (wanted.1 + 2).min(usize::from(screen.height.saturating_sub(2))) as u16;
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    let ground = pen.skin.ground("popup");
    pen.fill(area, ground);
    let title = Line::from(span(crate::base::text::show(title), border.patch(Style::new().bold())));
    let frame = pen.frame(area, &title, border);
    let inside = Rect {
        x: frame.x + 1,
        width: frame.width.saturating_sub(2),
        ..frame
    };
    (area, inside)
}

/// The widest a dialog with text becomes.
const WIDEST: usize = 96;

/// So much room for text as a dialog has at most.
fn room(screen: Rect) -> usize {
    usize::from(screen.width.saturating_sub(6)).min(WIDEST)
}

/// One row of an area.
fn row(area: Rect, n: usize) -> Rect {
    Rect {
        y: area.y.saturating_add(n as u16),
        height: 1,
        ..area
    }
}
