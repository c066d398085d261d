//! Themes: styles by meaning.
//!
//! ```toml
//! version = 1
//! name = "mine"
//! inherits = "default"            # optional
//! [palette]                       # optional: own names for colours
//! accent = "#88c0d0"
//! [scopes]
//! text = "default"
//! "text.dim" = "gray"
//! cursor = "black on accent bold"
//! "state.running" = { fg = "green", bold = true }
//! ```
//! A style is a text `FG on BG` with any of the words bold, dim, italic, underline and reverse,
//! each part optional, or a table. A scope without a style takes its parent's, the part before
//! the last dot. The scopes are [`SCOPES`].

mod colour;
mod load;
mod parse;
mod scopes;

use std::collections::BTreeMap;

pub use colour::{COLOUR_NAMES, Colour, ColourDepth, ColourError};
pub use load::{Loaded, load, names};
pub use parse::ThemeFile;
pub use scopes::SCOPES;

/// How something is drawn. `None` leaves what is underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour of the characters.
    pub fg: Option<Colour>,
    /// Colour behind them.
    pub bg: Option<Colour>,
    /// Bold, or bright.
    pub bold: bool,
    /// Faint.
    pub dim: bool,
    /// Slanted.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Foreground and background swapped.
    pub reverse: bool,
}

/// A theme ready for use, with what it inherits filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// Name, as given on the command line.
    pub name: String,
    /// Styles by scope.
    pub styles: BTreeMap<String, Style>,
}

impl Theme {
    /// The style of a scope: its own, else its nearest parent's, else that of `text`.
    pub fn lookup(&self, scope: &str) -> Style {
        self.defined(scope)
            .or_else(|| self.styles.get("text").copied())
            .unwrap_or_default()
    }

    /// The style of a scope or of its nearest parent, if the theme has one.
    pub fn defined(&self, scope: &str) -> Option<Style> {
        let mut scope = scope;
        loop {
            if let Some(style) = self.styles.get(scope) {
                return Some(*style);
            }
            scope = &scope[..scope.rfind('.')?];
        }
    }

    /// The theme in the colours that a terminal of this depth shows.
    #[must_use]
    pub fn degrade(&self, depth: ColourDepth) -> Self {
        self.map(|style| style.degrade(depth))
    }

    /// The theme without any colour, for `NO_COLOR`. What was told by a background only is
    /// reversed instead, so that a cursor stays visible.
    #[must_use]
    pub fn without_colour(&self) -> Self {
        let base = self.styles.get("text").and_then(|style| style.bg);
        self.map(|style| {
            let lifted = style.bg.is_some_and(|bg| bg != Colour::Default && Some(bg) != base);
            Style {
                fg: None,
                bg: None,
                reverse: style.reverse || lifted,
                ..style
            }
        })
    }

    fn map(&self, change: impl Fn(Style) -> Style) -> Self {
        Self {
            name: self.name.clone(),
            styles: self
                .styles
                .iter()
                .map(|(scope, style)| (scope.clone(), change(*style)))
                .collect(),
        }
    }
}

impl Style {
    /// The style in the colours that a terminal of this depth shows. Text never vanishes: when
    /// foreground and background fall together, the foreground becomes black or white.
    #[must_use]
    pub fn degrade(self, depth: ColourDepth) -> Self {
        let bg = self.bg.map(|colour| colour.degrade(depth));
        let mut fg = self.fg.map(|colour| colour.degrade(depth));
        if fg.is_some() && fg == bg && self.fg != self.bg {
            let light = bg.and_then(Colour::rgb).is_some_and(|(red, green, blue)| {
                u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114 > 127_000
            });
            fg = Some(Colour::Ansi(if light { 0 } else { 15 }));
        }
        Self { fg, bg, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(styles: &[(&str, Style)]) -> Theme {
        Theme {
            name: "t".to_owned(),
            styles: styles
                .iter()
                .map(|(scope, style)| ((*scope).to_owned(), *style))
                .collect(),
        }
    }

    fn fg(number: u8) -> Style {
        Style {
            fg: Some(Colour::Ansi(number)),
            ..Style::default()
        }
    }

    #[test]
    fn lookup_falls_back_to_parents() {
        let theme = theme(&[("ui.table", fg(1)), ("ui", fg(2)), ("text", fg(3))]);
        assert_eq!(theme.lookup("ui.table.header"), fg(1));
        assert_eq!(theme.lookup("ui.other.deep"), fg(2));
        assert_eq!(theme.lookup("unrelated"), fg(3));
        assert_eq!(theme.defined("unrelated"), None);
    }

    #[test]
    fn no_colour_keeps_the_cursor_visible() {
        let on = |bg| Style {
            bg: Some(bg),
            bold: true,
            ..Style::default()
        };
        let base = Colour::Rgb(1, 2, 3);
        let plain = theme(&[
            ("text", on(base)),
            ("border", on(base)),
            ("cursor", on(Colour::Ansi(4))),
            ("status", on(Colour::Default)),
        ])
        .without_colour();
        let bold = Style {
            bold: true,
            ..Style::default()
        };
        assert_eq!(plain.lookup("border"), bold);
        assert_eq!(plain.lookup("status"), bold);
        assert_eq!(plain.lookup("cursor"), Style { reverse: true, ..bold });
    }

    #[test]
    fn text_never_vanishes_in_few_colours() {
        let style = Style {
            fg: Some(Colour::Rgb(0x3c, 0x3c, 0x3c)),
            bg: Some(Colour::Rgb(0x3f, 0x3f, 0x3f)),
            ..Style::default()
        };
        let low = style.degrade(ColourDepth::Sixteen);
        assert_ne!(low.fg, low.bg);
    }
}
