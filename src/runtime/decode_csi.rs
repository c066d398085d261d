//! What control sequences of the terminal mean: xterm's keys, those of the kitty keyboard
//! protocol, and mice.

use crossterm::event::{
    Event, KeyCode, KeyEventKind, KeyModifiers, MediaKeyCode, ModifierKeyCode, MouseButton, MouseEvent, MouseEventKind,
};

use crate::runtime::decode::PRESS;

/// What a sequence means.
pub(super) enum Meaning {
    /// Nothing that is used here, such as an answer to another question.
    Nothing,
    /// The terminal is well.
    Answer,
    /// Mouse or focus.
    Event(Event),
    /// A key.
    Key(KeyCode, KeyModifiers, KeyEventKind),
}

/// A key of the keypad or a function key after `ESC O`.
pub(super) fn application(last: u8) -> Option<KeyCode> {
    let keypad = |c: u8| KeyCode::Char(char::from(c));
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        // the keypad in application mode: the same as ASCII, 0x40 further
        b'j'..=b'y' => keypad(last - 0x40),
        _ => return None,
    })
}

/// The numbers of one parameter, which colons part; what is missing is 0.
fn parts(parameter: &str) -> Vec<u32> {
    parameter.split(':').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Modifiers and kind from a parameter such as `5:3`.
fn modifiers(parameter: Option<&Vec<u32>>) -> (KeyModifiers, KeyEventKind) {
    let number = |n: usize| parameter.and_then(|parts| parts.get(n)).copied().unwrap_or(0);
    let bits = number(0).saturating_sub(1);
    let mut found = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ] {
        if bits & bit != 0 {
            found |= modifier;
        }
    }
    let kind = match number(1) {
        2 => KeyEventKind::Repeat,
        3 => KeyEventKind::Release,
        _ => PRESS,
    };
    (found, kind)
}

/// What parameters and last byte of a sequence mean.
pub(super) fn meaning(parameters: &[u8], last: u8) -> Meaning {
    let Ok(text) = std::str::from_utf8(parameters) else {
        return Meaning::Nothing;
    };
    if let Some(text) = text.strip_prefix('<') {
        return sgr_mouse(text, last);
    }
    // what begins with other signs answers other questions
    if text.starts_with(['?', '>', '=']) || text.contains(|c: char| !c.is_ascii_digit() && !";:".contains(c)) {
        return Meaning::Nothing;
    }
    let numbers: Vec<Vec<u32>> = text.split(';').map(parts).collect();
    let first = numbers.first().and_then(|parts| parts.first()).copied().unwrap_or(0);
    let (modifiers, kind) = modifiers(numbers.get(1));
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' | b'Q' | b'S' => KeyCode::F(last - b'P' + 1),
        // a place of the cursor has a row that no key has
        b'R' if first <= 1 => KeyCode::F(3),
        b'Z' => return Meaning::Key(KeyCode::BackTab, KeyModifiers::SHIFT, kind),
        b'I' if text.is_empty() => return Meaning::Event(Event::FocusGained),
        b'O' if text.is_empty() => return Meaning::Event(Event::FocusLost),
        b'n' if text == "0" => return Meaning::Answer,
        b'~' => match tilde(first) {
            Some(code) => code,
            None => return Meaning::Nothing,
        },
        b'u' => return kitty(&numbers, modifiers, kind),
        b'M' => return rxvt_mouse(&numbers),
        _ => return Meaning::Nothing,
    };
    Meaning::Key(code, modifiers, kind)
}

/// Keys that are numbers before a tilde.
fn tilde(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        // numbers are left out where VT220 keyboards have gaps
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28..=29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

/// A key of the kitty keyboard protocol.
fn kitty(numbers: &[Vec<u32>], modifiers: KeyModifiers, kind: KeyEventKind) -> Meaning {
    let codes = numbers.first().map(Vec::as_slice).unwrap_or_default();
    let number = codes.first().copied().unwrap_or(0);
    let mut modifiers = modifiers;
    let code = match number {
        9 if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        9 => KeyCode::Tab,
        13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        57344..=63743 => match functional(number) {
            Some(code) => code,
            None => return Meaning::Nothing,
        },
        _ => {
            let shifted = codes.get(1).copied().filter(|shifted| *shifted > 0);
            let number = match shifted.filter(|_| modifiers.contains(KeyModifiers::SHIFT)) {
                Some(shifted) => {
                    // the character says it already
                    modifiers.remove(KeyModifiers::SHIFT);
                    shifted
                }
                None => number,
            };
            match char::from_u32(number).filter(|c| !c.is_control()) {
                Some(c) => KeyCode::Char(c),
                None => return Meaning::Nothing,
            }
        }
    };
    Meaning::Key(code, modifiers, kind)
}

/// Keys to which the kitty keyboard protocol gives numbers of its own.
fn functional(number: u32) -> Option<KeyCode> {
    let keypad = ['.', '/', '*', '-', '+'];
    Some(match number {
        57358 => KeyCode::CapsLock,
        57359 => KeyCode::ScrollLock,
        57360 => KeyCode::NumLock,
        57361 => KeyCode::PrintScreen,
        57362 => KeyCode::Pause,
        57363 => KeyCode::Menu,
        57376..=57398 => KeyCode::F((number - 57376) as u8 + 13),
        57399..=57408 => KeyCode::Char(char::from(b'0' + (number - 57399) as u8)),
        57409..=57413 => KeyCode::Char(keypad.get((number - 57409) as usize).copied()?),
        57415 => KeyCode::Char('='),
        57416 => KeyCode::Char(','),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        57427 => KeyCode::KeypadBegin,
        57428..=57440 => KeyCode::Media(MediaKeyCode::PlayPause),
        57441..=57454 => KeyCode::Modifier(ModifierKeyCode::LeftShift),
        _ => return None,
    })
}

/// A mouse that is told in decimal numbers.
fn sgr_mouse(text: &str, last: u8) -> Meaning {
    let mut numbers = text.split(';').map(str::parse::<u16>);
    let (Some(Ok(button)), Some(Ok(x)), Some(Ok(y))) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Meaning::Nothing;
    };
    let kind = match (mouse_kind(button), last) {
        (Some(MouseEventKind::Down(button)), b'm') => Some(MouseEventKind::Up(button)),
        (kind, b'M' | b'm') => kind,
        _ => None,
    };
    mouse(kind, button, x, y).map_or(Meaning::Nothing, Meaning::Event)
}

fn rxvt_mouse(numbers: &[Vec<u32>]) -> Meaning {
    let number = |n: usize| {
        let parts = numbers.get(n)?;
        u16::try_from(*parts.first()?).ok()
    };
    let (Some(button), Some(x), Some(y)) = (number(0), number(1), number(2)) else {
        return Meaning::Nothing;
    };
    let button = button.saturating_sub(32);
    mouse(mouse_kind(button), button, x, y).map_or(Meaning::Nothing, Meaning::Event)
}

/// A mouse that is told in single bytes.
pub(super) fn old_mouse(button: u8, x: u8, y: u8) -> Option<Event> {
    let button = u16::from(button.saturating_sub(32));
    let place = |at: u8| u16::from(at.saturating_sub(32));
    mouse(mouse_kind(button), button, place(x), place(y))
}

/// What the mouse did, by xterm's number.
fn mouse_kind(number: u16) -> Option<MouseEventKind> {
    let moves = number & 32 != 0;
    let held = match number & 0b1100_0011 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        3 if moves => return Some(MouseEventKind::Moved),
        3 => return Some(MouseEventKind::Up(MouseButton::Left)),
        64 => return Some(MouseEventKind::ScrollUp),
        65 => return Some(MouseEventKind::ScrollDown),
        66 => return Some(MouseEventKind::ScrollLeft),
        67 => return Some(MouseEventKind::ScrollRight),
        _ => return None,
    };
    Some(if moves {
        MouseEventKind::Drag(held)
    } else {
        MouseEventKind::Down(held)
    })
}

fn mouse(kind: Option<MouseEventKind>, number: u16, x: u16, y: u16) -> Option<Event> {
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ] {
        if number & bit != 0 {
            modifiers |= modifier;
        }
    }
    Some(Event::Mouse(MouseEvent {
        kind: kind?,
        column: x.saturating_sub(1),
        row: y.saturating_sub(1),
        modifiers,
    }))
}
