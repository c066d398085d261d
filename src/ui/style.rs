//! From the theme's scopes to what the renderer understands.

use ratatui::style::{Color, Modifier, Style};

use crate::config::theme::{Colour, Style as ThemeStyle, Theme};
use crate::hv::topology::Environment;
use crate::ui::signs::{ASCII, Signs, UNICODE};

/// Theme and signs of one drawing.
#[derive(Clone, Copy)]
pub(super) struct Skin<'m> {
    theme: &'m Theme,
    /// Signs and line characters.
    pub signs: &'static Signs,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// The theme names no colour at all.
    colourless: bool,
    /// Background of the whole screen.
    base: Option<Color>,
}

impl<'m> Skin<'m> {
    pub fn new(theme: &'m Theme, ascii: bool) -> Self {
        let coloured = |colour: Option<Colour>| colour.is_some_and(|colour| colour != Colour::Default);
        let colourless = !theme
            .styles
            .values()
            .any(|style| coloured(style.fg) || coloured(style.bg));
        Self {
            theme,
            signs: if ascii { &ASCII } else { &UNICODE },
            ascii,
            colourless,
            base: convert(theme.lookup("text")).bg,
        }
    }

    /// The style of a scope, to be laid over what is underneath: a background that is only the
    /// screen's own is left out, so that text in dialogs keeps the dialog's.
    pub fn get(&self, scope: &str) -> Style {
        let mut style = convert(self.theme.lookup(scope));
        if style.bg == self.base {
            style.bg = None;
        }
        style
    }

    /// The style of a scope with its background, for filling an area.
    pub fn ground(&self, scope: &str) -> Style {
        convert(self.theme.lookup("text")).patch(convert(self.theme.lookup(scope)))
    }

    /// The style of an environment's word. Its own colour, if it names one, becomes the
    /// background; without colours a strict one is reversed.
    pub fn environment(&self, environment: &Environment) -> Style {
        let scope = if environment.strict {
            format!("environment.{}", environment.name.raw())
        } else {
            "environment".to_owned()
        };
        let style = self.get(&scope).add_modifier(Modifier::BOLD);
        let own = environment.colour.as_deref().and_then(colour);
        match own.filter(|_| !self.colourless) {
            Some(own) => style.fg(contrast(own)).bg(own),
            None if environment.strict && (self.colourless || style.bg.is_none()) => {
                self.get("danger").add_modifier(Modifier::BOLD | Modifier::REVERSED)
            }
            None => style,
        }
    }

    /// The style of a gauge at so many percent.
    pub fn gauge(&self, percent: f32) -> Style {
        self.get(match percent {
            p if p >= 90.0 => "gauge.high",
            p if p >= 70.0 => "gauge.medium",
            _ => "gauge.low",
        })
    }

    /// Whether lines of a chart must be told apart by their characters.
    pub fn letters(&self) -> bool {
        let colours = [0, 1, 2, 3].map(|n| self.chart(n).fg);
        self.ascii || (1..colours.len()).any(|n| colours[..n].contains(&colours[n]))
    }

    /// The style of the n-th line of a chart.
    pub fn chart(&self, n: usize) -> Style {
        const SCOPES: [&str; 8] = [
            "chart.1", "chart.2", "chart.3", "chart.4", "chart.5", "chart.6", "chart.7", "chart.8",
        ];
        self.get(SCOPES[n % SCOPES.len()])
    }
}

/// Black or white, whichever can be read on a background.
fn contrast(background: Color) -> Color {
    match background {
        Color::Black | Color::Blue | Color::Magenta | Color::DarkGray | Color::Red => Color::White,
        Color::Rgb(r, g, b) => {
            let light = u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114;
            if light > 127_000 { Color::Black } else { Color::White }
        }
        _ => Color::Black,
    }
}

const ANSI: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A colour as an environment names it.
fn colour(name: &str) -> Option<Color> {
    if let Some((_, colour)) = ANSI.iter().find(|(word, _)| *word == name) {
        return Some(*colour);
    }
    match name {
        "gray" | "grey" => Some(Color::DarkGray),
        "default" => None,
        other => {
            let hex = other.strip_prefix('#').filter(|hex| hex.len() == 6)?;
            let value = u32::from_str_radix(hex, 16).ok()?;
            Some(Color::Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8))
        }
    }
}

fn convert_colour(colour: Colour) -> Color {
    match colour {
        Colour::Default => Color::Reset,
        Colour::Ansi(n) => ANSI
            .get(usize::from(n))
            .map_or(Color::Indexed(n), |(_, colour)| *colour),
        Colour::Indexed(n) => Color::Indexed(n),
        Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// A theme's style as the renderer's.
fn convert(style: ThemeStyle) -> Style {
    let mut out = Style::new();
    out.fg = style.fg.map(convert_colour);
    out.bg = style.bg.map(convert_colour);
    for (on, modifier) in [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.reverse, Modifier::REVERSED),
    ] {
        if on {
            out = out.add_modifier(modifier);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn environment(colour: Option<&str>) -> Environment {
        Environment {
            name: "prod".into(),
            word: "PROD".into(),
            colour: colour.map(str::to_owned),
            strict: true,
        }
    }

    #[test]
    fn environments_are_marked_without_colours_too() {
        let plain = Theme::default();
        let style = Skin::new(&plain, false).environment(&environment(Some("red")));
        assert!(style.add_modifier.contains(Modifier::REVERSED));
        assert_eq!(style.bg, None);
        let red = ThemeStyle {
            fg: Some(Colour::Ansi(1)),
            ..ThemeStyle::default()
        };
        let coloured = Theme {
            name: String::new(),
            styles: BTreeMap::from([("danger".to_owned(), red)]),
        };
        let skin = Skin::new(&coloured, false);
        assert_eq!(skin.environment(&environment(Some("#ffffff"))).fg, Some(Color::Black));
        assert_eq!(skin.environment(&environment(Some("red"))).bg, Some(Color::Red));
        assert_eq!(skin.get("danger").fg, Some(Color::Red));
    }

    #[test]
    fn bad_colours_are_no_colours() {
        for bad in ["", "#12", "#zzzzzz", "purple-ish", "#éé\u{301}"] {
            assert_eq!(colour(bad), None, "{bad}");
        }
    }
}
