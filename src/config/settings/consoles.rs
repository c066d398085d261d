//! The section `[consoles]` of the settings.

use crate::base::key::{Key, KeyCode};
use crate::hv::console::PictureProtocol;

use super::super::ConfigError;
use super::super::source::Fields;
use super::set;

/// How consoles are to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// The key before every command of ours.
    pub leader: Key,
    /// How pictures are drawn; what the terminal can when there is none.
    pub graphics: Option<PictureProtocol>,
    /// Bytes a second to the terminal for each console; 0 for no limit.
    pub budget: u32,
    /// Bytes a second from each host for the screenshot wall.
    pub wall_budget: u32,
    /// Lines of a serial console that are kept.
    pub scrollback: usize,
    /// Guests may write to the user's clipboard.
    pub guest_clipboard: bool,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            leader: Key::plain(KeyCode::Function(12)),
            graphics: None,
            budget: 0,
            wall_budget: 2_000_000,
            scrollback: 10_000,
            guest_clipboard: false,
        }
    }
}

/// The words of `graphics`.
pub const GRAPHICS: [&str; 5] = ["auto", "half-blocks", "kitty", "sixel", "iterm2"];

/// Reads a way of drawing pictures; `auto` is none in particular.
pub fn graphics(word: &str) -> Option<Option<PictureProtocol>> {
    if word == "auto" {
        return Some(None);
    }
    let found = PictureProtocol::ALL
        .into_iter()
        .find(|protocol| protocol.word() == word);
    found.map(Some)
}

impl ConsoleSettings {
    pub(super) fn read(&mut self, fields: &Fields<'_>, wrong: &mut Vec<ConfigError>) {
        fields.unknown(
            &[
                "leader",
                "graphics",
                "budget",
                "wall_budget",
                "scrollback",
                "guest_clipboard",
            ],
            wrong,
        );
        let number = |name: &str, allowed: &str, range: std::ops::RangeInclusive<i64>, wrong: &mut Vec<ConfigError>| {
            fields.read(name, allowed, wrong, |item| {
                item.as_integer().filter(|number| range.contains(number))
            })
        };
        let key = fields.read("leader", "one key such as \"f12\" or \"ctrl-g\"", wrong, |item| {
            item.as_str()?.parse::<Key>().ok()
        });
        set(&mut self.leader, key);
        let chosen = fields.read("graphics", &GRAPHICS.join(", "), wrong, |item| graphics(item.as_str()?));
        set(&mut self.graphics, chosen);
        let bytes = i64::from(u32::MAX);
        let budget = number("budget", "bytes a second, 0 for no limit", 0..=bytes, wrong);
        set(&mut self.budget, budget.and_then(|number| u32::try_from(number).ok()));
        let budget = number("wall_budget", "bytes a second", 1..=bytes, wrong);
        set(
            &mut self.wall_budget,
            budget.and_then(|number| u32::try_from(number).ok()),
        );
        let lines = number("scrollback", "100 to 1000000 lines", 100..=1_000_000, wrong);
        set(
            &mut self.scrollback,
            lines.and_then(|number| usize::try_from(number).ok()),
        );
        set(&mut self.guest_clipboard, fields.boolean("guest_clipboard", wrong));
    }
}
