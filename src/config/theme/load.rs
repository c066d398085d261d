//! A theme by name: the embedded ones, overlaid by the user's files.

use std::path::Path;

use super::super::layers::{self, Kind, Layer};
use super::super::{ConfigError, embedded};
use super::{Theme, ThemeFile};

const THEMES: Kind = Kind {
    plural: "themes",
    singular: "theme",
    embedded: embedded::THEMES,
};

impl Layer for ThemeFile {
    fn parse(path: &Path, text: &str) -> Self {
        Self::parse(path, text)
    }

    fn inherits(&self) -> Option<&str> {
        self.inherits.as_deref()
    }

    fn take_problems(&mut self) -> Vec<ConfigError> {
        std::mem::take(&mut self.problems)
    }
}

/// A loaded theme and what was wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The theme, complete.
    pub theme: Theme,
    /// Bad lines that were skipped, and files that could not be read.
    pub problems: Vec<ConfigError>,
    /// Whether there was a theme of that name; else `theme` is the default one.
    pub found: bool,
}

/// The names of all themes there are, sorted.
pub fn names(user_themes: Option<&Path>) -> Vec<String> {
    embedded::names_with(embedded::THEMES, user_themes)
}

/// Loads a theme. A user's file of the same name as an embedded theme changes that theme; any
/// other builds on what it inherits, by default on `default`.
pub fn load(name: &str, user_themes: Option<&Path>) -> Loaded {
    let layers = layers::load::<ThemeFile>(&THEMES, name, user_themes);
    let mut theme = Theme {
        name: if layers.found { name } else { "default" }.to_owned(),
        ..Theme::default()
    };
    for file in layers.files {
        theme.styles.extend(file.styles);
    }
    Loaded {
        theme,
        problems: layers.problems,
        found: layers.found,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Colour, ColourDepth, SCOPES};
    use super::*;

    #[test]
    fn every_shipped_theme_styles_every_scope() {
        for (name, _) in embedded::THEMES {
            let loaded = load(name, None);
            assert_eq!(loaded.problems, [], "{name}");
            assert!(loaded.found);
            for (scope, _) in SCOPES {
                assert!(loaded.theme.defined(scope).is_some(), "{name}: {scope}");
            }
            let cursor = loaded.theme.lookup("cursor");
            assert_ne!(cursor, loaded.theme.lookup("text"), "{name}");
        }
    }

    #[test]
    fn default_leaves_the_terminal_its_colours() {
        let theme = load("default", None).theme;
        assert_eq!(theme, theme.degrade(ColourDepth::Sixteen));
        let text = theme.lookup("text");
        assert!(matches!(text.fg, None | Some(Colour::Default)));
        assert!(matches!(text.bg, None | Some(Colour::Default)));
        // black, white and their bright forms vanish on one of the usual backgrounds
        for (scope, style) in &theme.styles {
            let risky = matches!(style.fg, Some(Colour::Ansi(0 | 7 | 15)));
            assert!(!risky || style.bg.is_some(), "{scope}");
        }
    }

    #[test]
    fn mono_has_no_colour_and_still_tells_apart() {
        let theme = load("mono", None).theme;
        assert_eq!(theme, theme.without_colour());
        assert!(theme.lookup("cursor").reverse);
        assert_ne!(theme.lookup("danger"), theme.lookup("text"));
    }

    #[test]
    fn text_stays_readable_in_sixteen_colours() {
        for (name, _) in embedded::THEMES {
            let theme = load(name, None).theme.degrade(ColourDepth::Sixteen);
            let base = theme.lookup("text").bg;
            for (scope, _) in SCOPES {
                let style = theme.lookup(scope);
                let (fg, bg) = (style.fg, style.bg.or(base));
                assert!(
                    fg.is_none() || fg != bg || fg == Some(Colour::Default),
                    "{name}: {scope}"
                );
            }
        }
    }

    #[test]
    fn user_files_overlay_and_inherit() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("nord.toml", "[scopes]\nmark = \"red\"\n");
        write(
            "mine.toml",
            "inherits = \"nord\"\n[scopes]\nstale = \"blue\"\nbad = 1\n",
        );
        write("a.toml", "inherits = \"b\"\n");
        write("b.toml", "inherits = \"a\"\n");
        let embedded = load("nord", None).theme;
        let nord = load("nord", Some(dir.path()));
        assert_eq!(nord.problems, []);
        assert_eq!(nord.theme.lookup("mark").fg, Some(Colour::Ansi(1)));
        assert_eq!(nord.theme.lookup("cursor"), embedded.lookup("cursor"));
        let mine = load("mine", Some(dir.path()));
        assert_eq!(mine.theme.lookup("mark").fg, Some(Colour::Ansi(1)));
        assert_eq!(mine.theme.lookup("stale").fg, Some(Colour::Ansi(4)));
        assert_eq!(mine.problems.len(), 1);
        assert_eq!(mine.problems[0].line, 4);
        assert_eq!(load("a", Some(dir.path())).problems.len(), 1);
        let missing = load("none", Some(dir.path()));
        assert!(!missing.found);
        assert_eq!(missing.theme, load("default", None).theme);
        assert!(missing.problems[0].to_string().contains("mine"));
    }
}
