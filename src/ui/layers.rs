//! Dialogs.
pub(super) fn draw(_pen: &mut crate::ui::pen::Pen<'_, '_>, _area: ratatui::layout::Rect) {}
