//! Content of a pane: lines, and ranges of lines that are made only when they are visible.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::view::Hit;
use crate::base::ids::NodeId;
use crate::base::text::{self, pad, pad_left};
use crate::ui::pen::{Pen, line_width, span};
use crate::ui::style::Skin;

/// A line, and the object it is about, which the mouse can go to.
pub(super) type Linked<'a> = (Line<'a>, Option<NodeId>);

enum Part<'a> {
    /// The cells that each object has of it.
    Line(Line<'a>, Vec<(Range<usize>, NodeId)>),
    Rows(usize, Box<dyn Fn(usize) -> Linked<'a> + 'a>),
}

/// Lines in order.
pub(super) struct Content<'a> {
    skin: Skin<'a>,
    /// Cells a line may take.
    pub width: usize,
    parts: Vec<Part<'a>>,
}

impl<'a> Content<'a> {
    pub fn new(skin: Skin<'a>, width: u16) -> Self {
        Self {
            skin,
            width: usize::from(width),
            parts: Vec::new(),
        }
    }

    pub fn line(&mut self, line: impl Into<Line<'a>>) {
        self.linked(line, None);
    }

    /// A line about an object.
    pub fn linked(&mut self, line: impl Into<Line<'a>>, node: Option<NodeId>) {
        let links = node.map(|node| (0..self.width, node));
        self.parts.push(Part::Line(line.into(), links.into_iter().collect()));
    }

    /// Two lines beside each other, the second one from this cell on.
    pub fn beside(&mut self, one: Linked<'a>, other: Linked<'a>, from: usize) {
        let mut line = one.0;
        let missing = from.saturating_sub(line_width(&line));
        line.spans.push(Span::raw(" ".repeat(missing)));
        line.spans.extend(other.0.spans);
        let links = [(0..from, one.1), (from..self.width, other.1)];
        let links = links
            .into_iter()
            .filter_map(|(cells, node)| Some((cells, node?)))
            .collect();
        self.parts.push(Part::Line(line, links));
    }

    pub fn lines(&mut self, lines: impl IntoIterator<Item = Line<'a>>) {
        self.parts
            .extend(lines.into_iter().map(|line| Part::Line(line, Vec::new())));
    }

    /// So many lines, made when they are visible.
    pub fn rows(&mut self, count: usize, make: impl Fn(usize) -> Line<'a> + 'a) {
        self.linked_rows(count, move |n| (make(n), None));
    }

    /// The same, each about an object.
    pub fn linked_rows(&mut self, count: usize, make: impl Fn(usize) -> Linked<'a> + 'a) {
        self.parts.push(Part::Rows(count, Box::new(make)));
    }

    pub fn blank(&mut self) {
        self.line(Line::default());
    }

    /// A heading, with a blank line before it unless it is the first.
    pub fn heading(&mut self, title: impl Into<String>) {
        if !self.parts.is_empty() {
            self.blank();
        }
        let style = self.skin.get("text.heading");
        self.line(Line::from(span(title, style)));
    }

    /// A label and its value; long values go on below.
    pub fn fact(&mut self, label: &str, value: impl AsRef<str>) {
        let style = self.skin.get("text");
        self.fact_styled(label, value, style);
    }

    /// The same with a style for the value. The value must be shown text.
    pub fn fact_styled(&mut self, label: &str, value: impl AsRef<str>, style: Style) {
        const LABEL: usize = 15;
        let room = self.width.saturating_sub(LABEL + 1).max(8);
        let labels = self.skin.get("field.label");
        for (n, part) in wrap(value.as_ref(), room).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            self.line(Line::from(vec![
                span(format!("{} ", pad(label, LABEL)), labels),
                span(part, style),
            ]));
        }
    }

    /// Text of any length.
    pub fn paragraph(&mut self, shown: &str, scope: &str) {
        let style = self.skin.get(scope);
        for part in wrap(shown, self.width.max(8)) {
            self.line(Line::from(span(part, style)));
        }
    }

    /// Why there is nothing to see.
    pub fn nothing(&mut self, shown: impl AsRef<str>) {
        self.paragraph(shown.as_ref(), "text.dim");
    }

    /// A label, a bar and a text.
    pub fn gauge(&mut self, label: &str, percent: Option<f32>, shown: &str) {
        let bar = (self.width / 4).clamp(6, 24);
        let mut spans = vec![span(format!("{} ", pad(label, 15)), self.skin.get("field.label"))];
        spans.extend(bar_spans(self.skin, percent, bar));
        let number = percent.map_or_else(
            || "    -".to_owned(),
            |value| pad_left(&crate::base::units::percent(f64::from(value)), 5),
        );
        let text = self.skin.get("text");
        let room = self.width.saturating_sub(16 + bar + 8);
        if text::width(shown) <= room {
            spans.push(span(format!(" {number}  {shown}"), text));
            self.line(Line::from(spans));
        } else {
            spans.push(span(format!(" {number}"), text));
            self.line(Line::from(spans));
            self.fact("", shown);
        }
    }

    /// A label and words that go on below where they do not fit.
    pub fn flow(&mut self, label: &str, words: Vec<Span<'static>>) {
        const LABEL: usize = 16;
        let labels = self.skin.get("field.label");
        let mut line = vec![span(pad(label, LABEL), labels)];
        let mut used = LABEL;
        for word in words {
            let wide = text::width(&word.content);
            if used + wide > self.width && used > LABEL {
                let full = std::mem::replace(&mut line, vec![span(" ".repeat(LABEL), labels)]);
                self.line(Line::from(full));
                used = LABEL;
            }
            used += wide + 2;
            line.push(word);
            line.push(span("  ", labels));
        }
        self.line(Line::from(line));
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Line(..) => 1,
                Part::Rows(count, _) => *count,
            })
            .sum()
    }

    /// Draws the lines from `offset` on.
    pub fn draw(&self, pen: &mut Pen<'_, '_>, area: Rect, offset: usize) {
        self.draw_pointed(pen, area, offset, None);
    }

    /// The same, with the row of an object under a cursor.
    pub fn draw_pointed(&self, pen: &mut Pen<'_, '_>, area: Rect, offset: usize, pointer: Option<(NodeId, Style)>) {
        let wanted = offset..offset + usize::from(area.height);
        let mut at = 0;
        for part in &self.parts {
            let length = match part {
                Part::Line(..) => 1,
                Part::Rows(count, _) => *count,
            };
            let visible = overlap(at..at + length, &wanted);
            for n in visible {
                let y = area.y + (n - offset) as u16;
                let links = match part {
                    Part::Line(line, links) => {
                        pen.line(area.x, y, area.width, line);
                        links.clone()
                    }
                    Part::Rows(_, make) => {
                        let (line, node) = make(n - at);
                        pen.line(area.x, y, area.width, &line);
                        node.map(|node| (0..self.width, node)).into_iter().collect()
                    }
                };
                for (cells, node) in links {
                    let place = Rect {
                        x: area.x + cells.start as u16,
                        y,
                        width: cells.len() as u16,
                        height: 1,
                    };
                    let place = place.intersection(area);
                    pen.hit(place, Hit::Link(node));
                    pen.sizes().links.push(node);
                    if let Some((_, style)) = pointer.filter(|(row, _)| *row == node) {
                        pen.cursor_row(place, style);
                    }
                }
            }
            at += length;
            if at >= wanted.end {
                break;
            }
        }
    }
}

fn overlap(one: Range<usize>, other: &Range<usize>) -> Range<usize> {
    let start = one.start.max(other.start);
    start..one.end.min(other.end).max(start)
}

/// A bar of so many cells.
pub(super) fn bar_spans(skin: Skin<'_>, percent: Option<f32>, cells: usize) -> Vec<Span<'static>> {
    let steps = skin.signs.bar.len();
    let share = f64::from(percent.unwrap_or(0.0).clamp(0.0, 100.0)) / 100.0;
    let mut filled = (share * (cells * steps) as f64).round() as usize;
    // little is not nothing
    if filled == 0 && share > 0.005 {
        filled = 1;
    }
    let mut full = skin.signs.bar[steps - 1].repeat(filled / steps);
    if let Some(sign) = (filled % steps).checked_sub(1).and_then(|n| skin.signs.bar.get(n)) {
        full.push_str(sign);
    }
    let rest = cells.saturating_sub(text::width(&full));
    vec![
        span(full, skin.gauge(percent.unwrap_or(0.0))),
        span(skin.signs.bar_empty.repeat(rest), skin.get("text.dim")),
    ]
}

/// A column of a table inside a pane: heading, width, right-aligned.
pub(super) type TableColumn = (&'static str, usize, bool);

/// The narrowest that a column of texts is cut to.
const LEAST_TEXT: usize = 10;

/// Columns with the first one widened to take what is left; those at the end that do not fit are
/// dropped.
pub(super) fn fit_columns(columns: &[TableColumn], width: usize) -> Vec<TableColumn> {
    let mut out: Vec<TableColumn> = Vec::new();
    let mut used = 0;
    for column in columns {
        let gap = usize::from(!out.is_empty());
        if !out.is_empty() && used + gap + column.1 > width {
            // texts can be cut, numbers cannot
            let left = width.saturating_sub(used + gap);
            if !column.2 && left >= LEAST_TEXT {
                out.push((column.0, left, false));
                used = width;
            }
            break;
        }
        used += gap + column.1;
        out.push(*column);
    }
    if let Some(first) = out.first_mut() {
        first.1 = (first.1 + width.saturating_sub(used)).min(width).min(first.1.max(48));
    }
    out
}

/// The headings of a table.
pub(super) fn table_head(skin: Skin<'_>, columns: &[TableColumn]) -> Line<'static> {
    let cells: Vec<&str> = columns.iter().map(|column| column.0).collect();
    Line::styled(table_text(columns, &cells), skin.get("text.heading"))
}

/// A row of a table, from shown texts.
pub(super) fn table_text(columns: &[TableColumn], cells: &[impl AsRef<str>]) -> String {
    let mut out = String::new();
    for (n, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if n > 0 {
            out.push(' ');
        }
        let cell = cell.as_ref();
        out.push_str(&if column.2 {
            pad_left(cell, column.1)
        } else {
            pad(cell, column.1)
        });
    }
    out
}

/// Shown text cut into lines of at most so many cells: at spaces, and inside of words only where
/// a single one is longer than a line.
pub(super) fn wrap(shown: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut push = |line: &mut String| lines.push(std::mem::take(line).trim_end().to_owned());
    for word in shown.split_inclusive(' ') {
        // the space after a word may hang over the end of the line
        let wide = text::width(word.trim_end());
        if used > 0 && used + wide > cells {
            push(&mut line);
            used = 0;
        }
        if wide <= cells {
            if used == 0 && wide == 0 && !line.is_empty() {
                continue;
            }
            line.push_str(word);
            used += text::width(word);
            continue;
        }
        for cluster in word.graphemes(true) {
            let wide = text::width(cluster);
            if used + wide > cells && used > 0 {
                push(&mut line);
                used = 0;
            }
            line.push_str(cluster);
            used += wide;
        }
    }
    if !line.trim_end().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        // what belongs to a word stays with it
        assert_eq!(wrap("the next tab.  :move.left", 14), ["the next tab.", ":move.left"]);
        assert_eq!(wrap("a  b", 4), ["a  b"]);
        assert_eq!(wrap("  indented", 12), ["  indented"]);
    }

    #[test]
    fn narrow_tables_drop_their_last_columns() {
        let columns = [("A", 10, false), ("B", 5, true), ("C", 5, true)];
        assert_eq!(fit_columns(&columns, 16).len(), 2);
        assert_eq!(fit_columns(&columns, 4)[0].1, 4);
        assert_eq!(
            table_text(&fit_columns(&columns, 22), &["x", "1", "2"]),
            "x              1     2"
        );
    }

    proptest! {
        #[test]
        fn wrapped_lines_fit(shown in "[ a-z日é]{0,60}", cells in 2usize..20) {
            for line in wrap(&shown, cells) {
                prop_assert!(text::width(&line) <= cells, "{line:?}");
            }
        }
    }
}
