//! Something to choose from. What cannot be chosen stays visible with the reason.

use crate::app::keymap::Call;

/// What choosing an entry does.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Runs an action.
    Run(Call),
    /// Copies a text.
    Copy(String),
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is written; already shown text.
    pub label: String,
    /// The keys that would do the same, if any.
    pub keys: String,
    /// What choosing it does.
    pub choice: Choice,
    /// Why it cannot be chosen.
    pub disabled: Option<String>,
}

/// A menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// Its title; already shown text.
    pub title: String,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The entry under the cursor.
    pub index: usize,
    /// The first entry on the screen.
    pub offset: usize,
}

impl Menu {
    /// A menu with the cursor on the first entry that can be chosen.
    pub fn new(title: String, entries: Vec<Entry>) -> Self {
        let index = entries.iter().position(|entry| entry.disabled.is_none()).unwrap_or(0);
        Self {
            title,
            entries,
            index,
            offset: 0,
        }
    }

    /// Moves the cursor so many entries, stopping at the ends.
    pub fn step(&mut self, by: isize) {
        self.index = self
            .index
            .saturating_add_signed(by)
            .min(self.entries.len().saturating_sub(1));
    }
}

/// An offset moved as little as needed so that `index` is among `rows` rows.
pub fn scrolled(offset: usize, index: usize, rows: usize) -> usize {
    if index < offset {
        index
    } else if rows > 0 && index >= offset + rows {
        index + 1 - rows
    } else {
        offset
    }
}
