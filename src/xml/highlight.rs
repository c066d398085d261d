//! XML cut into coloured spans, line by line.
//!
//! This is no parser: it accepts anything, never loses a character and never fails, so that also
//! broken XML can be read on the screen.

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// `<`, `>`, `/`, `=` and spaces inside a tag.
    Punctuation,
    /// An element's name.
    Tag,
    /// An attribute's name.
    Attribute,
    /// An attribute's value with its quotes.
    Value,
    /// Character data.
    Text,
    /// A reference such as `&lt;` in character data.
    Reference,
    /// `<!-- -->`.
    Comment,
    /// `<![CDATA[ ]]>`.
    Cdata,
    /// `<? ?>` and `<!DOCTYPE>`.
    Instruction,
}

/// A part of one line, without its line end. The text is foreign: escape it before showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    /// What it is.
    pub kind: SpanKind,
    /// The characters.
    pub text: &'a str,
}

/// All lines of `xml` (split as [`str::lines`] does) with their spans; the spans of a line joined
/// are the line.
pub fn highlight(xml: &str) -> Vec<Vec<Span<'_>>> {
    let mut lines = vec![Vec::new()];
    let mut scanner = Scanner {
        rest: xml,
        place: Place::Outside,
    };
    while let Some((kind, text)) = scanner.next_span() {
        for (n, part) in text.split('\n').enumerate() {
            if n > 0 {
                trim_carriage_return(&mut lines);
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut()
                && !part.is_empty()
            {
                line.push(Span { kind, text: part });
            }
        }
    }
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

/// What [`highlight`] finds, apart from the text: for each line the kinds and the places in the
/// text, in bytes.
pub type Outline = Vec<Vec<(SpanKind, std::ops::Range<usize>)>>;

/// The spans of all lines as places, to be kept while the text stays the same.
pub fn outline(xml: &str) -> Outline {
    let start = xml.as_ptr().addr();
    let place = |span: Span<'_>| {
        let from = span.text.as_ptr().addr() - start;
        (span.kind, from..from + span.text.len())
    };
    let lines = highlight(xml).into_iter();
    lines.map(|line| line.into_iter().map(place).collect()).collect()
}

/// Takes the `\r` of a `\r\n` off the line that just ended.
fn trim_carriage_return(lines: &mut [Vec<Span<'_>>]) {
    let Some(line) = lines.last_mut() else {
        return;
    };
    if let Some(span) = line.last_mut()
        && let Some(cut) = span.text.strip_suffix('\r')
    {
        span.text = cut;
        if cut.is_empty() {
            line.pop();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// After `<` or `</`: the name follows.
    TagName,
    /// Inside a tag, after its name.
    InTag,
}

struct Scanner<'a> {
    rest: &'a str,
    place: Place,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Up to and with `end`, or everything when it is missing.
    fn take_through(&mut self, end: &str) -> &'a str {
        let bytes = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(bytes)
    }

    /// As long as `wanted` holds, and at least one character.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let more = self.rest[first..]
            .find(|c: char| !wanted(c))
            .unwrap_or(self.rest.len() - first);
        self.take(first + more)
    }

    fn next_span(&mut self) -> Option<(SpanKind, &'a str)> {
        let first = self.rest.chars().next()?;
        Some(match self.place {
            Place::Outside => self.outside(first),
            Place::TagName => {
                self.place = Place::InTag;
                if is_name(first) {
                    (SpanKind::Tag, self.take_while(is_name))
                } else {
                    self.in_tag(first)
                }
            }
            Place::InTag => self.in_tag(first),
        })
    }

    fn outside(&mut self, first: char) -> (SpanKind, &'a str) {
        if self.rest.starts_with("<!--") {
            (SpanKind::Comment, self.take_through("-->"))
        } else if self.rest.starts_with("<![CDATA[") {
            (SpanKind::Cdata, self.take_through("]]>"))
        } else if self.rest.starts_with("<?") {
            (SpanKind::Instruction, self.take_through("?>"))
        } else if self.rest.starts_with("<!") {
            (SpanKind::Instruction, self.take_through(">"))
        } else if first == '<' {
            self.place = Place::TagName;
            let length = if self.rest.starts_with("</") { 2 } else { 1 };
            (SpanKind::Punctuation, self.take(length))
        } else if first == '&' {
            let reference = self.rest[1..]
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'))
                .filter(|at| *at > 0 && self.rest[1 + at..].starts_with(';'));
            match reference {
                Some(at) => (SpanKind::Reference, self.take(at + 2)),
                None => (SpanKind::Text, self.take(1)),
            }
        } else {
            (SpanKind::Text, self.take_while(|c| c != '<' && c != '&'))
        }
    }

    fn in_tag(&mut self, first: char) -> (SpanKind, &'a str) {
        match first {
            '>' => {
                self.place = Place::Outside;
                (SpanKind::Punctuation, self.take(1))
            }
            '<' => {
                // the tag before was never closed
                self.place = Place::Outside;
                self.outside(first)
            }
            '"' | '\'' => {
                let inside = self.rest[1..].find(first).map_or(self.rest.len(), |at| at + 2);
                (SpanKind::Value, self.take(inside))
            }
            c if is_name(c) => (SpanKind::Attribute, self.take_while(is_name)),
            _ => (
                SpanKind::Punctuation,
                self.take_while(|c| !is_name(c) && !matches!(c, '"' | '\'' | '<' | '>')),
            ),
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(xml: &str) -> Vec<Vec<(SpanKind, &str)>> {
        highlight(xml)
            .into_iter()
            .map(|line| line.into_iter().map(|span| (span.kind, span.text)).collect())
            .collect()
    }

    #[test]
    fn every_kind_is_recognised() {
        use SpanKind::{Attribute, Cdata, Comment, Instruction, Punctuation, Reference, Tag, Text, Value};
        assert_eq!(
            kinds("<?xml v?>\r\n<a:b c='1>2'\n d=\"x\"/>t&amp;&<!-- <x>\n -->\n<![CDATA[<y>]]></a:b>\n"),
            vec![
                vec![(Instruction, "<?xml v?>")],
                vec![
                    (Punctuation, "<"),
                    (Tag, "a:b"),
                    (Punctuation, " "),
                    (Attribute, "c"),
                    (Punctuation, "="),
                    (Value, "'1>2'"),
                ],
                vec![
                    (Punctuation, " "),
                    (Attribute, "d"),
                    (Punctuation, "="),
                    (Value, "\"x\""),
                    (Punctuation, "/"),
                    (Punctuation, ">"),
                    (Text, "t"),
                    (Reference, "&amp;"),
                    (Text, "&"),
                    (Comment, "<!-- <x>"),
                ],
                vec![(Comment, " -->")],
                vec![
                    (Cdata, "<![CDATA[<y>]]>"),
                    (Punctuation, "</"),
                    (Tag, "a:b"),
                    (Punctuation, ">"),
                ],
            ]
        );
    }

    proptest! {
        #[test]
        fn no_character_is_lost(xml in "[<>/='\"a-c&;! ?\\[\\]\\-\r\né]{0,60}") {
            let lines: Vec<String> = highlight(&xml)
                .iter()
                .map(|line| line.iter().map(|span| span.text).collect())
                .collect();
            let expected: Vec<&str> = xml.lines().collect();
            prop_assert_eq!(&lines, &expected);
            let placed: Vec<String> = outline(&xml)
                .into_iter()
                .map(|line| line.into_iter().map(|(_, place)| &xml[place]).collect())
                .collect();
            prop_assert_eq!(placed, expected);
        }
    }
}
