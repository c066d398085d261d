//! A single line of text being typed. The only file of this layer that names the text area
//! library, which brings word movement, deletion, undo and yank.

use tui_textarea::{CursorMove, Input as AreaInput, Key as AreaKey, TextArea};

use crate::base::key::{Key, KeyCode};

/// One line of text with a cursor.
#[derive(Debug, Clone)]
pub struct Input {
    area: TextArea<'static>,
}

impl Default for Input {
    fn default() -> Self {
        Self::new("")
    }
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() && self.cursor() == other.cursor()
    }
}

impl Input {
    /// A line with text in it and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        let mut area = TextArea::new(vec![line]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Replaces everything.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    /// Inserts pasted text; line ends and controls are left out.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        self.area.insert_str(line);
    }

    /// Takes a key; returns whether it meant something to a line of text.
    pub fn key(&mut self, key: Key) -> bool {
        let code = match key.code {
            KeyCode::Char(c) => AreaKey::Char(c),
            KeyCode::Backspace => AreaKey::Backspace,
            KeyCode::Delete => AreaKey::Delete,
            KeyCode::Left => AreaKey::Left,
            KeyCode::Right => AreaKey::Right,
            KeyCode::Home => AreaKey::Home,
            KeyCode::End => AreaKey::End,
            KeyCode::Function(_)
            | KeyCode::Enter
            | KeyCode::Esc
            | KeyCode::Tab
            | KeyCode::Insert
            | KeyCode::Up
            | KeyCode::Down
            | KeyCode::PageUp
            | KeyCode::PageDown => return false,
        };
        // as in a shell; the library would undo
        if key == Key::ctrl('u') {
            self.area.delete_line_by_head();
            return true;
        }
        // ctrl-m would insert a line end; ctrl-n, ctrl-p and ctrl-v move by lines and pages
        if key.ctrl && matches!(key.code, KeyCode::Char('m' | 'j' | 'n' | 'p' | 'v')) {
            return false;
        }
        self.area.input(AreaInput {
            key: code,
            ctrl: key.ctrl,
            alt: key.alt,
            shift: key.shift,
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_one_line() {
        let mut input = Input::new("web");
        for c in "-1".chars() {
            assert!(input.key(Key::char(c)));
        }
        assert_eq!(input.text(), "web-1");
        input.key(Key::ctrl('w'));
        assert_eq!(input.text(), "web-");
        input.key(Key::plain(KeyCode::Left));
        input.key(Key::ctrl('u'));
        assert_eq!(input.text(), "-");
        input.set("web-");
        input.key(Key::plain(KeyCode::Home));
        assert_eq!(input.cursor(), 0);
        input.paste("a\nb\x1b");
        assert_eq!(input.text(), "abweb-");
        assert!(!input.key(Key::plain(KeyCode::Enter)));
        assert!(!input.key(Key::ctrl('m')));
        assert_eq!(input.text().lines().count(), 1);
    }
}
