//! [`Text`]: every string that comes from a host, a guest or a file.
//!
//! libvirt lets carriage returns, C1 controls, bidirectional overrides, zero-width characters and
//! names of many kilobytes through, and guest agents, DHCP names and error messages can carry
//! anything. A `Text` can only be looked at escaped ([`Text::show`], `Display`, `Debug`), so that a
//! name can neither alter the terminal, the layout or a log, nor pass for another name.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The longest text that is ever shown on one line, in characters; the rest is cut with `…`.
pub const SHOW_LIMIT: usize = 2048;
/// Combining marks kept on one base character; more of them are made visible as code points.
pub const MARK_LIMIT: usize = 4;

/// A string of foreign origin. Compared, hashed and sorted by its raw value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// Wraps a foreign string.
    pub fn new(raw: impl AsRef<str>) -> Self {
        Self(Arc::from(raw.as_ref()))
    }

    /// Wraps foreign bytes; what is not UTF-8 becomes U+FFFD.
    pub fn from_bytes(raw: &[u8]) -> Self {
        Self::new(String::from_utf8_lossy(raw))
    }

    /// The value as it came, for handing back to libvirt, comparing and parsing. Never for a
    /// screen, a log or a terminal.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value on one line with everything harmful made visible: controls as `\x1b`, `\n` and
    /// so on, format, private and unassigned characters as `<U+202E>`.
    pub fn show(&self) -> Cow<'_, str> {
        show(&self.0)
    }

    /// The value split at line ends, each line shown as [`Text::show`] does, tabs as spaces.
    pub fn show_lines(&self) -> Vec<String> {
        show_lines(&self.0)
    }

    /// The width of the shown value in terminal cells, by the table the renderer uses.
    pub fn width(&self) -> usize {
        width(&self.show())
    }

    /// The shown value cut to `cells` terminal cells, with `…` where something was cut.
    pub fn fit(&self, cells: usize) -> String {
        fit(&self.show(), cells)
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new("")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.show())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.show())
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(raw)
    }
}

/// Whether a character may reach a terminal as it is.
pub(crate) fn harmless(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // soft hyphen and the interlinear marks are Cf as well, and so are all bidirectional controls
    !matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) && !matches!(
        c,
        // blank although not spaces by category, variation selectors and fillers that take no or
        // unknown width, and non-breaking space that reads as a space
        '\u{00a0}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
            | '\u{ffa0}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180f}'
    )
}

fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    )
}

fn push_visible(out: &mut String, c: char) {
    use fmt::Write as _;
    let written = match c {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        c if (c as u32) < 0x100 && c.is_control() => write!(out, "\\x{:02x}", c as u32),
        c => write!(out, "<U+{:04X}>", c as u32),
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// [`Text::show`] for a string slice.
pub fn show(raw: &str) -> Cow<'_, str> {
    let plain = raw.len() <= SHOW_LIMIT && raw.bytes().all(|b| (b' '..=b'~').contains(&b));
    if plain {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len().min(4 * SHOW_LIMIT));
    let mut marks = 0;
    for (n, c) in raw.chars().enumerate() {
        if n >= SHOW_LIMIT {
            out.push('…');
            break;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        // a mark without a base would sit on whatever the layout puts before the text
        let stray = marks > MARK_LIMIT || (marks == 1 && n == 0);
        if harmless(c) && !stray {
            out.push(c);
        } else {
            push_visible(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// [`Text::show_lines`] for a string slice.
pub fn show_lines(raw: &str) -> Vec<String> {
    raw.lines()
        .map(|line| show(&line.replace('\t', "    ")).into_owned())
        .collect()
}

/// The width of an already shown string in terminal cells: the sum over its grapheme clusters,
/// as the renderer places them.
pub fn width(shown: &str) -> usize {
    if shown.is_ascii() {
        shown.len()
    } else {
        shown.graphemes(true).map(UnicodeWidthStr::width).sum()
    }
}

/// An already shown string cut to `cells` terminal cells, with `…` where something was cut.
/// Never splits a grapheme cluster.
pub fn fit(shown: &str, cells: usize) -> String {
    if width(shown) <= cells {
        return shown.to_owned();
    }
    let Some(room) = cells.checked_sub(1) else {
        return String::new();
    };
    let mut out = String::new();
    let mut used = 0;
    for cluster in shown.graphemes(true) {
        let wide = cluster.width();
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    out.push('…');
    out
}

/// An already shown string made exactly `cells` wide: cut or padded with spaces on the right.
pub fn pad(shown: &str, cells: usize) -> String {
    let mut out = fit(shown, cells);
    let missing = cells.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// An already shown string made exactly `cells` wide: cut or padded with spaces on the left.
pub fn pad_left(shown: &str, cells: usize) -> String {
    let cut = fit(shown, cells);
    let missing = cells.saturating_sub(width(&cut));
    let mut out = " ".repeat(missing);
    out.push_str(&cut);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_characters_become_visible() {
        for (raw, shown) in [
            ("plain-01", "plain-01"),
            ("a\x1b[31mb", "a\\x1b[31mb"),
            ("a\u{9b}31m", "a\\x9b31m"),
            ("x\u{7f}", "x\\x7f"),
            ("one\r\ntwo\t", "one\\r\\ntwo\\t"),
            ("abc\u{202e}def", "abc<U+202E>def"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("tag\u{e0041}", "tag<U+E0041>"),
            ("private\u{e000}", "private<U+E000>"),
            ("nbsp\u{a0}", "nbsp<U+00A0>"),
            ("日本", "日本"),
            ("e\u{301}", "e\u{301}"),
            ("\u{301}x", "<U+0301>x"),
        ] {
            assert_eq!(show(raw), shown);
        }
    }

    #[test]
    fn marks_are_limited() {
        let raw = format!("a{}", "\u{301}".repeat(200));
        let shown = show(&raw);
        assert_eq!(shown.matches('\u{301}').count(), MARK_LIMIT);
        assert_eq!(shown.matches("<U+0301>").count(), 200 - MARK_LIMIT);
    }

    #[test]
    fn cut_counts_cells() {
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(pad("日", 4), "日  ");
        assert_eq!(pad_left("日", 4), "  日");
    }

    proptest! {
        #[test]
        fn nothing_harmful_survives(raw in any::<String>(), cells in 0usize..50) {
            let shown = show(&raw);
            prop_assert!(shown.chars().all(|c| harmless(c) || c == '…'), "{shown:?}");
            prop_assert!(width(&fit(&shown, cells)) <= cells);
            prop_assert_eq!(width(&pad(&shown, cells)), cells);
        }
    }
}
