//! A line of text being typed, with its cursor always in view.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::input::Input;
use crate::base::text;
use crate::ui::pen::Pen;

/// Draws an input into one row. `secret` shows a dot for each character; `active` shows the
/// cursor.
pub(super) fn draw(pen: &mut Pen<'_, '_>, area: Rect, input: &Input, style: Style, secret: bool, active: bool) {
    if area.is_empty() {
        return;
    }
    let typed = input.text();
    let at = typed
        .char_indices()
        .nth(input.cursor())
        .map_or(typed.len(), |(at, _)| at);
    let shown = |part: &str| {
        if secret {
            let dot = if pen.skin.ascii { "*" } else { "•" };
            dot.repeat(part.chars().count())
        } else {
            text::show(part).into_owned()
        }
    };
    let (before, after) = (shown(&typed[..at]), shown(&typed[at..]));
    let width = usize::from(area.width);
    // one cell is the cursor's
    let before = tail(&before, width.saturating_sub(1));
    let used = text::width(before) as u16;
    pen.tint(Rect { height: 1, ..area }, style);
    pen.print(area.x, area.y, area.width, before, style);
    pen.print(area.x + used, area.y, area.width.saturating_sub(used), &after, style);
    if active {
        let first = after.graphemes(true).next().unwrap_or(" ");
        let room = area.width.saturating_sub(used);
        let under = if text::width(first) as u16 <= room { first } else { " " };
        pen.print(
            area.x + used,
            area.y,
            room,
            under,
            style.add_modifier(Modifier::REVERSED),
        );
        pen.cursor = Some(Position::new(area.x + used, area.y));
    }
}

/// The end of a shown text that fits into so many cells.
fn tail(shown: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut from = shown.len();
    for (at, cluster) in shown.grapheme_indices(true).rev() {
        used += text::width(cluster);
        if used > cells {
            break;
        }
        from = at;
    }
    &shown[from..]
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_end_stays_in_view() {
        assert_eq!(tail("abcdef", 3), "def");
        assert_eq!(tail("日本語", 3), "語");
        assert_eq!(tail("ab", 9), "ab");
        assert_eq!(tail("ab", 0), "");
    }
}
