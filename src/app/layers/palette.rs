//! The palette: actions and objects by part of their names.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::input::Input;
use crate::app::keymap::Call;
use crate::base::ids::NodeId;

/// What an entry does.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// Goes to an object.
    Node(NodeId),
    /// Runs an action.
    Run(Call),
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is matched and shown; already shown text.
    pub label: String,
    /// What kind of thing it is, or where; already shown text.
    pub note: String,
    /// What it does.
    pub target: Target,
    /// Why it cannot be done.
    pub disabled: Option<String>,
}

/// The palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// What was typed.
    pub input: Input,
    /// Everything there is.
    pub entries: Vec<Entry>,
    /// Indices of the entries that match, best first, with the characters that matched.
    pub hits: Vec<(usize, Vec<u32>)>,
    /// The hit under the cursor.
    pub index: usize,
    /// The first hit on the screen.
    pub offset: usize,
}

/// Hits kept; nobody scrolls further than this in a palette.
const LIMIT: usize = 200;

impl Palette {
    /// A palette over these entries.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut palette = Self {
            input: Input::default(),
            entries,
            hits: Vec::new(),
            index: 0,
            offset: 0,
        };
        palette.search();
        palette
    }

    /// Finds the entries that match what was typed.
    pub fn search(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(self.input.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(n, entry)| {
                pattern
                    .score(Utf32Str::new(&entry.label, &mut buffer), &mut matcher)
                    .map(|score| (score, n))
            })
            .collect();
        scored.sort_by_key(|(score, n)| (std::cmp::Reverse(*score), *n));
        scored.truncate(LIMIT);
        self.hits = scored
            .into_iter()
            .map(|(_, n)| {
                let mut matched = Vec::new();
                pattern.indices(
                    Utf32Str::new(&self.entries[n].label, &mut buffer),
                    &mut matcher,
                    &mut matched,
                );
                matched.sort_unstable();
                matched.dedup();
                (n, matched)
            })
            .collect();
        self.index = 0;
        self.offset = 0;
    }

    /// The entry under the cursor.
    pub fn chosen(&self) -> Option<&Entry> {
        self.hits.get(self.index).and_then(|(n, _)| self.entries.get(*n))
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.index = self
            .index
            .saturating_add_signed(by)
            .min(self.hits.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::actions::ActionId;

    #[test]
    fn finds_by_parts() {
        let entry = |label: &str| Entry {
            label: label.to_owned(),
            note: String::new(),
            target: Target::Run(Call {
                action: ActionId::Help,
                argument: None,
            }),
            disabled: None,
        };
        let mut palette = Palette::new(vec![entry("Force off"), entry("web-frontend-1"), entry("mail")]);
        assert_eq!(palette.hits.len(), 3);
        palette.input.set("wf1");
        palette.search();
        assert_eq!(
            palette.chosen().map(|entry| entry.label.as_str()),
            Some("web-frontend-1")
        );
        palette.input.set("zzz");
        palette.search();
        assert_eq!(palette.chosen(), None);
    }
}
