//! XML as coloured spans. Isolated here because the scanner belongs to the XML layer.

use std::ops::Range;

use ratatui::style::Style;

use crate::ui::style::Skin;
use crate::xml::highlight::SpanKind;

/// The parts of a line with their styles.
pub(super) fn parts<'a>(skin: Skin<'_>, xml: &'a str, line: &[(SpanKind, Range<usize>)]) -> Vec<(Style, &'a str)> {
    let style = |kind| {
        skin.get(match kind {
            SpanKind::Punctuation => "text.dim",
            SpanKind::Tag | SpanKind::Instruction => "xml.tag",
            SpanKind::Attribute => "xml.attribute",
            SpanKind::Value => "xml.value",
            SpanKind::Text | SpanKind::Reference | SpanKind::Cdata => "xml.text",
            SpanKind::Comment => "xml.comment",
        })
    };
    let part = |(kind, place): &(SpanKind, Range<usize>)| (style(*kind), xml.get(place.clone()).unwrap_or_default());
    line.iter().map(part).collect()
}
