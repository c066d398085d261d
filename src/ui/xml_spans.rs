//! XML as coloured spans. Isolated here because the scanner belongs to the XML layer.

use ratatui::style::Style;

use crate::ui::style::Skin;
use crate::xml::highlight::{SpanKind, highlight};

/// All lines with the parts of each.
pub(super) fn lines<'a>(skin: Skin<'_>, xml: &'a str) -> Vec<Vec<(Style, &'a str)>> {
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
    let line = |spans: Vec<crate::xml::highlight::Span<'a>>| {
        spans.into_iter().map(|span| (style(span.kind), span.text)).collect()
    };
    highlight(xml).into_iter().map(line).collect()
}
