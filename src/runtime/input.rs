//! Keys, mouse and pastes as they come, translated into the program's own words.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode as CrosstermCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::app::msg::{MouseAction, RawPointer};
use crate::base::key::{Key, KeyCode};
use crate::base::time::Stamp;
use crate::hv::console::{Buttons, Stroke};
use crate::picture::probe::Rest;
use crate::runtime::terminal;

/// Something from the terminal.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A key.
    Key {
        /// The key.
        key: Key,
        /// It is being held down.
        repeat: bool,
    },
    /// Pasted text.
    Paste(String),
    /// A key that is pressed, held or released, from a terminal that tells releases. Never one
    /// that types a character.
    Stroke {
        /// The key.
        key: Key,
        /// Down, held or up.
        stroke: Stroke,
    },
    /// The mouse.
    Mouse {
        /// What it did, if that means anything outside of consoles.
        action: Option<MouseAction>,
        /// Where it is and what is held.
        pointer: RawPointer,
    },
    /// The size has changed; the size is asked for when it is needed.
    Resized,
    /// The terminal has got as far as the question that it answers.
    Answer,
    /// The program was stopped and goes on; everything has to be painted again.
    Resumed,
    /// The terminal is gone.
    HungUp,
}

/// A key that comes again this fast is being held down: nobody presses twice in that time, and
/// most terminals do not tell a held key from one pressed again.
const REPEAT: Duration = Duration::from_millis(45);
/// Two presses of a button at one place within this time are a double press.
const DOUBLE: Duration = Duration::from_millis(400);

/// Translates events; remembers what is needed to see repeats and double presses.
#[derive(Debug, Default)]
pub struct Translator {
    last_key: Option<(Key, Stamp)>,
    last_press: Option<(u16, u16, Stamp)>,
    buttons: Buttons,
    /// Until then, answers of the terminal may come that look like keys.
    late: Option<Stamp>,
    /// Such an answer is coming, of this kind.
    rest: Rest,
    /// So many of its characters at most.
    swallow: usize,
    /// The last of them was an escape.
    escaped: bool,
}

/// Characters of an answer that is swallowed, at most.
const SWALLOW: usize = 64;

impl Translator {
    /// A translator; with `late`, answers of the terminal may still come until then, and first the
    /// `rest` of one.
    pub fn new(late: Option<Stamp>, rest: Rest) -> Self {
        Self {
            late,
            rest,
            swallow: SWALLOW,
            ..Self::default()
        }
    }

    /// What an event of the terminal means; `None` for what the program does not use.
    pub fn translate(&mut self, event: Event, now: Stamp) -> Option<Input> {
        match event {
            Event::Key(event) => self.key(event, now),
            Event::Mouse(event) => Some(self.mouse(event, now)),
            Event::Paste(text) => Some(Input::Paste(text)),
            // signals tell, also when nothing is being read
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn key(&mut self, event: KeyEvent, now: Stamp) -> Option<Input> {
        if self.is_late_answer(event, now) {
            return None;
        }
        let key = key(event)?;
        let types = matches!(key.code, KeyCode::Char(_)) && !key.ctrl && !key.alt;
        if terminal::tells_releases() && !types {
            let stroke = match event.kind {
                KeyEventKind::Press => Stroke::Down,
                KeyEventKind::Repeat => Stroke::Repeat,
                KeyEventKind::Release => Stroke::Up,
            };
            return Some(Input::Stroke { key, stroke });
        }
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let held = self
            .last_key
            .is_some_and(|(last, at)| last == key && now.since(at) < REPEAT);
        self.last_key = Some((key, now));
        Some(Input::Key {
            key,
            repeat: held || event.kind == KeyEventKind::Repeat,
        })
    }

    /// A string that the terminal answers begins as Alt-_ or Alt-P and ends as Alt-\\, or as escape
    /// and \\ where it comes in parts. Whole control sequences are no keys anyway.
    fn is_late_answer(&mut self, event: KeyEvent, now: Stamp) -> bool {
        let Some(until) = self.late else { return false };
        if now >= until || self.swallow == 0 {
            (self.late, self.rest) = (self.late.filter(|until| now < *until), Rest::Nothing);
            self.swallow = SWALLOW;
        }
        if self.late.is_none() {
            return false;
        }
        let alt = event.modifiers.contains(KeyModifiers::ALT);
        let escaped = std::mem::replace(&mut self.escaped, event.code == CrosstermCode::Esc);
        let end = match (self.rest, event.code) {
            (Rest::Nothing, CrosstermCode::Char('_' | 'P')) if alt => {
                (self.rest, self.swallow) = (Rest::Text, SWALLOW);
                false
            }
            (Rest::Nothing, _) => return false,
            (Rest::Text, CrosstermCode::Char('\\')) => alt || escaped,
            (Rest::Control, CrosstermCode::Char('0'..='9' | ';' | '?')) | (Rest::Text, _) => false,
            (Rest::Control, _) => true,
        };
        self.swallow -= 1;
        if end {
            self.rest = Rest::Nothing;
        }
        true
    }

    fn mouse(&mut self, event: MouseEvent, now: Stamp) -> Input {
        let MouseEvent { kind, column, row, .. } = event;
        let mut wheel = 0;
        match kind {
            MouseEventKind::Down(button) | MouseEventKind::Drag(button) => self.hold(button, true),
            MouseEventKind::Up(button) => self.hold(button, false),
            MouseEventKind::ScrollUp => wheel = -1,
            MouseEventKind::ScrollDown => wheel = 1,
            MouseEventKind::Moved | MouseEventKind::ScrollLeft | MouseEventKind::ScrollRight => {}
        }
        let action = match kind {
            MouseEventKind::Down(MouseButton::Left) => Some({
                let double = self
                    .last_press
                    .is_some_and(|(x, y, at)| (x, y) == (column, row) && now.since(at) < DOUBLE);
                // a third press starts anew
                self.last_press = (!double).then_some((column, row, now));
                if double {
                    MouseAction::DoublePress
                } else {
                    MouseAction::Press
                }
            }),
            MouseEventKind::Down(MouseButton::Right) => Some(MouseAction::Menu),
            MouseEventKind::ScrollUp => Some(MouseAction::Wheel(-1)),
            MouseEventKind::ScrollDown => Some(MouseAction::Wheel(1)),
            MouseEventKind::Down(MouseButton::Middle)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        };
        let pointer = RawPointer {
            column,
            row,
            buttons: self.buttons,
            wheel,
        };
        Input::Mouse { action, pointer }
    }

    fn hold(&mut self, button: MouseButton, held: bool) {
        match button {
            MouseButton::Left => self.buttons.left = held,
            MouseButton::Middle => self.buttons.middle = held,
            MouseButton::Right => self.buttons.right = held,
        }
    }
}

/// A key in the program's own words; `None` for keys that nothing can be bound to.
pub fn key(event: KeyEvent) -> Option<Key> {
    let mut shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let code = match event.code {
        CrosstermCode::Char(c) => {
            // the character says it already; terminals differ in whether they name shift too
            let c = if shift {
                c.to_uppercase().next().filter(|_| c.is_lowercase()).unwrap_or(c)
            } else {
                c
            };
            shift = false;
            KeyCode::Char(c)
        }
        CrosstermCode::F(number) => KeyCode::Function(number),
        CrosstermCode::Enter => KeyCode::Enter,
        CrosstermCode::Esc => KeyCode::Esc,
        CrosstermCode::Tab => KeyCode::Tab,
        CrosstermCode::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        CrosstermCode::Backspace => KeyCode::Backspace,
        CrosstermCode::Delete => KeyCode::Delete,
        CrosstermCode::Insert => KeyCode::Insert,
        CrosstermCode::Up => KeyCode::Up,
        CrosstermCode::Down => KeyCode::Down,
        CrosstermCode::Left => KeyCode::Left,
        CrosstermCode::Right => KeyCode::Right,
        CrosstermCode::Home => KeyCode::Home,
        CrosstermCode::End => KeyCode::End,
        CrosstermCode::PageUp => KeyCode::PageUp,
        CrosstermCode::PageDown => KeyCode::PageDown,
        CrosstermCode::Null
        | CrosstermCode::CapsLock
        | CrosstermCode::ScrollLock
        | CrosstermCode::NumLock
        | CrosstermCode::PrintScreen
        | CrosstermCode::Pause
        | CrosstermCode::Menu
        | CrosstermCode::KeypadBegin
        | CrosstermCode::Media(_)
        | CrosstermCode::Modifier(_) => return None,
    };
    Some(Key {
        code,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        shift,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: CrosstermCode, modifiers: KeyModifiers) -> Option<String> {
        key(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn keys_are_named_as_in_keymaps() {
        let none = KeyModifiers::NONE;
        for (code, modifiers, name) in [
            (CrosstermCode::Char('a'), none, Some("a")),
            (CrosstermCode::Char('G'), none, Some("G")),
            (CrosstermCode::Char('G'), KeyModifiers::SHIFT, Some("G")),
            (CrosstermCode::Char('g'), KeyModifiers::SHIFT, Some("G")),
            (CrosstermCode::Char('?'), KeyModifiers::SHIFT, Some("?")),
            (CrosstermCode::Char(' '), none, Some("space")),
            (CrosstermCode::Char('p'), KeyModifiers::CONTROL, Some("ctrl-p")),
            (CrosstermCode::Enter, KeyModifiers::ALT, Some("alt-enter")),
            (CrosstermCode::BackTab, KeyModifiers::SHIFT, Some("shift-tab")),
            (CrosstermCode::BackTab, none, Some("shift-tab")),
            (CrosstermCode::Up, KeyModifiers::SHIFT, Some("shift-up")),
            (CrosstermCode::F(5), none, Some("f5")),
            (CrosstermCode::PageDown, none, Some("pagedown")),
            (CrosstermCode::CapsLock, none, None),
        ] {
            assert_eq!(pressed(code, modifiers).as_deref(), name, "{code:?}");
        }
    }

    #[test]
    fn late_answers_of_the_terminal_type_nothing() {
        let press = |translator: &mut Translator, code: CrosstermCode, alt: bool, millis: u64| {
            let modifiers = if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
            let event = Event::Key(KeyEvent::new(code, modifiers));
            translator.translate(event, Stamp::from_millis(millis)).is_some()
        };
        let c = CrosstermCode::Char;
        let late = Some(Stamp::from_millis(1000));
        let mut all = Translator::new(late, Rest::Nothing);
        assert!(press(&mut all, c('a'), false, 100));
        for (code, alt) in [(c('_'), true), (c('G'), false), (c('q'), false), (c('\\'), true)] {
            assert!(!press(&mut all, code, alt, 200), "{code:?}");
        }
        assert!(press(&mut all, c('q'), false, 300));
        // in parts
        for (code, alt) in [
            (c('P'), true),
            (c('x'), false),
            (CrosstermCode::Esc, false),
            (c('\\'), false),
        ] {
            assert!(!press(&mut all, code, alt, 400), "{code:?}");
        }
        assert!(press(&mut all, c('q'), false, 500));
        assert!(
            press(&mut all, c('_'), true, 2000) && press(&mut all, c('q'), false, 2000),
            "later they are keys"
        );
        // the rest of what had begun in time
        let mut rest = Translator::new(late, Rest::Control);
        for code in [c('0'), c(';'), c('8'), c('t')] {
            assert!(!press(&mut rest, code, false, 100), "{code:?}");
        }
        assert!(press(&mut rest, c('q'), false, 100));
        let mut rest = Translator::new(late, Rest::Text);
        for (code, alt) in [(c('K'), false), (c('\\'), true)] {
            assert!(!press(&mut rest, code, alt, 100), "{code:?}");
        }
        assert!(press(&mut rest, c('q'), false, 100));
    }

    #[test]
    fn held_keys_are_seen() {
        let mut translator = Translator::default();
        let mut press = |code, millis| match translator.translate(
            Event::Key(KeyEvent::new(code, KeyModifiers::NONE)),
            Stamp::from_millis(millis),
        ) {
            Some(Input::Key { repeat, .. }) => repeat,
            other => panic!("{other:?}"),
        };
        assert!(!press(CrosstermCode::Enter, 0));
        assert!(press(CrosstermCode::Enter, 30));
        assert!(press(CrosstermCode::Enter, 60));
        assert!(!press(CrosstermCode::Enter, 200));
        assert!(!press(CrosstermCode::Char('y'), 210));
    }

    #[test]
    fn releases_are_ignored_and_reported_repeats_taken() {
        let mut translator = Translator::default();
        let event = |kind| Event::Key(KeyEvent::new_with_kind(CrosstermCode::Enter, KeyModifiers::NONE, kind));
        assert_eq!(
            translator.translate(event(KeyEventKind::Release), Stamp::default()),
            None
        );
        let repeated = translator.translate(event(KeyEventKind::Repeat), Stamp::from_millis(900));
        assert_eq!(
            repeated,
            Some(Input::Key {
                key: Key::plain(KeyCode::Enter),
                repeat: true
            })
        );
    }

    #[test]
    fn double_presses_are_at_one_place() {
        let mut translator = Translator::default();
        let mut press = |column, millis| {
            let event = MouseEvent {
                kind: MouseEventKind::Down(MouseButton::Left),
                column,
                row: 1,
                modifiers: KeyModifiers::NONE,
            };
            match translator.translate(Event::Mouse(event), Stamp::from_millis(millis)) {
                Some(Input::Mouse {
                    action: Some(action), ..
                }) => action,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(press(3, 0), MouseAction::Press);
        assert_eq!(press(3, 200), MouseAction::DoublePress);
        assert_eq!(press(3, 300), MouseAction::Press);
        assert_eq!(press(4, 400), MouseAction::Press);
        assert_eq!(press(4, 900), MouseAction::Press);
    }
}
