//! How many colours the terminal shows.

use crate::config::settings::ColourChoice;
use crate::config::theme::{ColourDepth, Theme};

/// What the environment says about the terminal's colours; `None` for none at all.
pub fn depth(term: Option<&str>, colorterm: Option<&str>) -> Option<ColourDepth> {
    let term = term.unwrap_or("");
    if term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-m") || term.ends_with("-mono") {
        return None;
    }
    if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        return Some(ColourDepth::True);
    }
    let many = term.contains("256color") || matches!(term, "xterm-kitty" | "alacritty" | "foot" | "xterm-ghostty");
    Some(if many {
        ColourDepth::TwoHundredFiftySix
    } else {
        ColourDepth::Sixteen
    })
}

/// A theme in the colours that this terminal shows, or that the user wants.
pub fn fit(theme: &Theme, choice: ColourChoice, no_colour: bool) -> Theme {
    if no_colour {
        return theme.without_colour();
    }
    let variable = |name: &str| std::env::var(name).ok();
    let depth = match choice {
        ColourChoice::Auto => depth(variable("TERM").as_deref(), variable("COLORTERM").as_deref()),
        ColourChoice::Depth(depth) => Some(depth),
        ColourChoice::None => None,
    };
    depth.map_or_else(|| theme.without_colour(), |depth| theme.degrade(depth))
}

/// The colours that guests are shown in.
pub fn for_guests(choice: ColourChoice, no_colour: bool) -> crate::hv::console::ColourDepth {
    use crate::hv::console::ColourDepth as Guest;
    let variable = |name: &str| std::env::var(name).ok();
    let depth = match choice {
        _ if no_colour => None,
        ColourChoice::Auto => depth(variable("TERM").as_deref(), variable("COLORTERM").as_deref()),
        ColourChoice::Depth(depth) => Some(depth),
        ColourChoice::None => None,
    };
    match depth {
        None => Guest::None,
        Some(ColourDepth::Sixteen) => Guest::Sixteen,
        Some(ColourDepth::TwoHundredFiftySix) => Guest::Indexed,
        Some(ColourDepth::True) => Guest::True,
    }
}

/// Whether the environment asks for no colour: NO_COLOR is set and not empty.
pub fn unwanted(no_color: Option<&std::ffi::OsStr>) -> bool {
    no_color.is_some_and(|value| !value.is_empty())
}

/// Whether the terminal's encoding cannot carry more than ASCII, from the locale's variables in
/// the order in which they count.
pub fn ascii_locale(all: Option<&str>, ctype: Option<&str>, lang: Option<&str>) -> bool {
    let locale = [all, ctype, lang].into_iter().flatten().find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let lower = locale.to_ascii_lowercase();
        !(lower.contains("utf-8") || lower.contains("utf8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_variables() {
        use ColourDepth::{Sixteen, True, TwoHundredFiftySix};
        for (term, colorterm, expected) in [
            ("xterm-256color", Some("truecolor"), Some(True)),
            ("xterm-256color", None, Some(TwoHundredFiftySix)),
            ("xterm-direct", None, Some(True)),
            ("linux", None, Some(Sixteen)),
            ("screen", None, Some(Sixteen)),
            ("vt100", None, None),
            ("bogus", None, Some(Sixteen)),
        ] {
            assert_eq!(depth(Some(term), colorterm), expected, "{term}");
        }
        assert_eq!(depth(None, None), Some(Sixteen));
    }

    #[test]
    fn locales_decide_about_characters() {
        assert!(!ascii_locale(None, None, None));
        assert!(!ascii_locale(None, None, Some("en_US.UTF-8")));
        assert!(ascii_locale(Some("C"), None, Some("en_US.UTF-8")));
        assert!(!ascii_locale(Some(""), Some("C.utf8"), Some("C")));
    }

    #[test]
    fn an_empty_no_color_means_nothing() {
        assert!(!unwanted(None));
        assert!(!unwanted(Some(std::ffi::OsStr::new(""))));
        assert!(unwanted(Some(std::ffi::OsStr::new("1"))));
    }
}
