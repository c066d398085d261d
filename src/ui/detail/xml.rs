//! The XML of a VM: line numbers, colours, and what is searched for.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::detail::{XmlKey, XmlLines};
use crate::app::model::Model;
use crate::base::ids::VmKey;
use crate::base::text;
use crate::ui::content::Content;
use crate::ui::pen::span;
use crate::ui::style::Skin;
use crate::ui::xml_spans;
use crate::xml::highlight::outline;

/// The lines, made when they are visible, and the numbers of those that match the search.
pub(super) fn content<'m>(model: &'m Model, skin: Skin<'m>, key: VmKey, width: u16) -> (Content<'m>, Vec<usize>) {
    let mut content = Content::new(skin, width);
    let desc = model.store.vm(key).and_then(|vm| vm.desc.as_ref());
    let Some(desc) = desc else {
        let why = match model.store.host(key.host) {
            Some(host) if host.conn.is_connected() => "XML: not read yet".to_owned(),
            Some(host) => format!("XML: the host is {}", host.conn.word()),
            None => "this VM is not there any more".to_owned(),
        };
        content.nothing(why);
        return (content, Vec::new());
    };
    let wanted = model.detail.search_text().map(str::to_lowercase);
    let drawn = model.detail.xml.get(
        XmlKey {
            desc: desc.clone(),
            wanted: wanted.clone(),
        },
        || xml_lines(&desc.xml, wanted.as_deref()),
    );
    let matches = drawn.matches.clone();
    let current = matches.get(model.detail.match_index).copied();
    let digits = drawn.outline.len().to_string().len();
    let number_style = skin.get("text.dim");
    let hit = skin.get("search.match");
    content.rows(drawn.outline.len(), move |n| {
        let mut spans = vec![span(format!("{:>digits$} ", n + 1), number_style)];
        let line = drawn.outline.get(n).map(Vec::as_slice).unwrap_or_default();
        let parts = xml_spans::parts(skin, &desc.xml, line);
        let marks = wanted.as_ref().map_or_else(Vec::new, |wanted| {
            let line: String = parts.iter().map(|(_, text)| *text).collect();
            occurrences(&line, wanted)
        });
        let style = if current == Some(n) {
            hit.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            hit
        };
        marked(&parts, &marks, style, &mut spans);
        Line::from(spans)
    });
    (content, matches)
}

/// The lines of an XML, and which of them have the wanted text.
fn xml_lines(xml: &str, wanted: Option<&str>) -> XmlLines {
    let has = |line: &str| wanted.is_some_and(|wanted| line.to_lowercase().contains(wanted));
    let found = xml.lines().enumerate().filter(|(_, line)| has(line));
    XmlLines {
        outline: outline(xml),
        matches: found.map(|(n, _)| n).collect(),
    }
}

/// Where a text occurs, upper and lower case alike, as ranges of bytes.
fn occurrences(line: &str, wanted: &str) -> Vec<(usize, usize)> {
    let lower: String = line.chars().flat_map(char::to_lowercase).collect();
    // only where lowering keeps every character's place can it be marked exactly
    if lower.len() != line.len() || wanted.is_empty() {
        return if lower.contains(wanted) {
            vec![(0, line.len())]
        } else {
            Vec::new()
        };
    }
    lower
        .match_indices(wanted)
        .map(|(at, found)| (at, at + found.len()))
        .filter(|(from, to)| line.is_char_boundary(*from) && line.is_char_boundary(*to))
        .collect()
}

/// The parts of a line with the marked ranges in another style; everything escaped.
fn marked(parts: &[(Style, &str)], marks: &[(usize, usize)], hit: Style, out: &mut Vec<Span<'static>>) {
    let shown = |part: &str| text::show(&part.replace('\t', "    ")).into_owned();
    let mut at = 0;
    for (style, part) in parts {
        let mut from = 0;
        while from < part.len() {
            let here = at + from;
            let inside = marks.iter().find(|(start, end)| (*start..*end).contains(&here));
            let next = match inside {
                Some((_, end)) => *end,
                None => marks
                    .iter()
                    .map(|(start, _)| *start)
                    .find(|start| *start > here)
                    .unwrap_or(usize::MAX),
            };
            let to = next.saturating_sub(at).min(part.len());
            let Some(piece) = part.get(from..to).filter(|piece| !piece.is_empty()) else {
                break;
            };
            out.push(span(
                shown(piece),
                if inside.is_some() { style.patch(hit) } else { *style },
            ));
            from = to;
        }
        at += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_across_spans() {
        let parts = [(Style::new(), "<na"), (Style::new(), "me>x")];
        let marks = occurrences("<name>x", "name");
        assert_eq!(marks, [(1, 5)]);
        let mut out = Vec::new();
        marked(&parts, &marks, Style::new().bold(), &mut out);
        let texts: Vec<String> = out.iter().map(|span| span.content.to_string()).collect();
        assert_eq!(texts, ["<", "na", "me", ">x"]);
        assert_eq!(occurrences("İx", "x"), [(0, 3)]);
    }
}
