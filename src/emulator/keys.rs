//! Keys and mouse as a terminal sends them (xterm's control sequences).

use crate::base::key::{Key, KeyCode};
use crate::hv::console::Pointer;

/// What programs in the guest have asked of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes {
    /// Cursor keys send `SS3` (DECCKM).
    pub application_cursor: bool,
    /// Pasted text is marked (2004).
    pub bracketed_paste: bool,
    /// Presses of the mouse are told (1000).
    pub clicks: bool,
    /// Movements with a button held are told (1002).
    pub drags: bool,
    /// All movements are told (1003).
    pub motion: bool,
    /// In decimal numbers (1006).
    pub sgr: bool,
}

impl Modes {
    /// Whether any mouse event is wanted.
    pub fn mouse(self) -> bool {
        self.clicks || self.drags || self.motion
    }
}

/// xterm's number for held modifiers; 1 for none.
fn modifiers(key: Key) -> u8 {
    1 + u8::from(key.shift) + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl)
}

/// `CSI 1 ; m X`, or the short form without modifiers.
fn letter(key: Key, end: char, application: bool) -> Vec<u8> {
    match modifiers(key) {
        1 if application => format!("\x1bO{end}"),
        1 => format!("\x1b[{end}"),
        held => format!("\x1b[1;{held}{end}"),
    }
    .into_bytes()
}

/// `CSI n ; m ~`.
fn tilde(key: Key, number: u8) -> Vec<u8> {
    match modifiers(key) {
        1 => format!("\x1b[{number}~"),
        held => format!("\x1b[{number};{held}~"),
    }
    .into_bytes()
}

/// The control character of a character, where there is one.
fn control(c: char) -> Option<u8> {
    match c.to_ascii_lowercase() {
        c @ 'a'..='z' => Some(c as u8 - b'a' + 1),
        ' ' | '@' | '2' => Some(0),
        '[' | '3' => Some(0x1b),
        '\\' | '4' => Some(0x1c),
        ']' | '5' => Some(0x1d),
        '^' | '6' => Some(0x1e),
        '_' | '7' | '/' => Some(0x1f),
        '8' | '?' => Some(0x7f),
        _ => None,
    }
}

/// The bytes of a key.
pub fn key(key: Key, modes: Modes) -> Vec<u8> {
    let escaped = |plain: Vec<u8>| if key.alt { [vec![0x1b], plain].concat() } else { plain };
    match key.code {
        KeyCode::Char(c) => {
            let control = key.ctrl.then(|| control(c)).flatten();
            let mut buffer = [0; 4];
            escaped(control.map_or_else(|| c.encode_utf8(&mut buffer).as_bytes().to_vec(), |byte| vec![byte]))
        }
        KeyCode::Enter => escaped(vec![b'\r']),
        KeyCode::Esc => escaped(vec![0x1b]),
        KeyCode::Tab if key.shift => b"\x1b[Z".to_vec(),
        KeyCode::Tab => escaped(vec![b'\t']),
        KeyCode::Backspace if key.ctrl => escaped(vec![0x08]),
        KeyCode::Backspace => escaped(vec![0x7f]),
        KeyCode::Up => letter(key, 'A', modes.application_cursor),
        KeyCode::Down => letter(key, 'B', modes.application_cursor),
        KeyCode::Right => letter(key, 'C', modes.application_cursor),
        KeyCode::Left => letter(key, 'D', modes.application_cursor),
        KeyCode::Home => letter(key, 'H', modes.application_cursor),
        KeyCode::End => letter(key, 'F', modes.application_cursor),
        KeyCode::Insert => tilde(key, 2),
        KeyCode::Delete => tilde(key, 3),
        KeyCode::PageUp => tilde(key, 5),
        KeyCode::PageDown => tilde(key, 6),
        KeyCode::Function(number) => function(key, number),
    }
}

fn function(key: Key, number: u8) -> Vec<u8> {
    match number {
        1 => letter(key, 'P', true),
        2 => letter(key, 'Q', true),
        3 => letter(key, 'R', true),
        4 => letter(key, 'S', true),
        5 => tilde(key, 15),
        6..=10 => tilde(key, 11 + number),
        11..=14 => tilde(key, 12 + number),
        15 | 16 => tilde(key, 13 + number),
        17..=20 => tilde(key, 14 + number),
        _ => Vec::new(),
    }
}

/// Pasted text: without control characters other than line ends and tabs, marked where wanted.
pub fn paste(text: &str, modes: Modes) -> Vec<u8> {
    let clean: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' => Some('\r'),
            '\t' => Some('\t'),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    if modes.bracketed_paste {
        format!("\x1b[200~{clean}\x1b[201~").into_bytes()
    } else {
        clean.into_bytes()
    }
}

/// Turns what the mouse does into what the guest has asked to be told.
#[derive(Debug, Default)]
pub struct Mouse {
    last: Option<Pointer>,
}

impl Mouse {
    /// The bytes of what changed since the last time.
    pub fn tell(&mut self, now: Pointer, modes: Modes) -> Vec<u8> {
        let before = self.last.replace(now);
        if !modes.mouse() {
            return Vec::new();
        }
        let held = |pointer: Pointer| [pointer.buttons.left, pointer.buttons.middle, pointer.buttons.right];
        let (was, is) = (before.map_or([false; 3], held), held(now));
        let mut out = Vec::new();
        for (button, (was, is)) in was.into_iter().zip(is).enumerate() {
            if was != is {
                out.extend(report(button as u8, !is, now, modes));
            }
        }
        if now.wheel != 0 {
            let button = if now.wheel < 0 { 64 } else { 65 };
            for _ in 0..now.wheel.unsigned_abs().min(8) {
                out.extend(report(button, false, now, modes));
            }
        }
        let moved = before.is_some_and(|before| (before.column, before.row) != (now.column, now.row));
        let button = is.iter().position(|held| *held);
        if moved && was == is && (modes.motion || (modes.drags && button.is_some())) {
            let button = button.map_or(3, |button| button as u8);
            out.extend(report(32 + button, false, now, modes));
        }
        out
    }
}

fn report(button: u8, released: bool, at: Pointer, modes: Modes) -> Vec<u8> {
    let (column, row) = (at.column + 1, at.row + 1);
    if modes.sgr {
        let end = if released { 'm' } else { 'M' };
        return format!("\x1b[<{button};{column};{row}{end}").into_bytes();
    }
    // places beyond 223 cannot be told
    let place = |n: u16| u8::try_from(n + 32).ok();
    let button = if released { 3 } else { button };
    match (place(column), place(row)) {
        (Some(column), Some(row)) => vec![0x1b, b'[', b'M', button + 32, column, row],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hv::console::Buttons;

    fn sent(name: &str, modes: Modes) -> String {
        String::from_utf8_lossy(&key(name.parse().unwrap(), modes)).replace('\x1b', "^")
    }

    #[test]
    fn keys_are_what_xterm_sends() {
        let plain = Modes::default();
        let application = Modes {
            application_cursor: true,
            ..plain
        };
        for (name, modes, wanted) in [
            ("a", plain, "a"),
            ("é", plain, "é"),
            ("ctrl-c", plain, "\u{3}"),
            ("ctrl-space", plain, "\0"),
            ("alt-x", plain, "^x"),
            ("up", plain, "^[A"),
            ("up", application, "^OA"),
            ("ctrl-right", application, "^[1;5C"),
            ("shift-tab", plain, "^[Z"),
            ("f1", plain, "^OP"),
            ("f5", plain, "^[15~"),
            ("f10", plain, "^[21~"),
            ("f11", plain, "^[23~"),
            ("f12", plain, "^[24~"),
            ("delete", plain, "^[3~"),
            ("backspace", plain, "\u{7f}"),
            ("pagedown", plain, "^[6~"),
        ] {
            assert_eq!(sent(name, modes), wanted, "{name}");
        }
    }

    #[test]
    fn pasted_text_cannot_press_keys() {
        let modes = Modes {
            bracketed_paste: true,
            ..Modes::default()
        };
        let bytes = paste("a\x1b[201~rm\r\nb\u{9b}c", modes);
        assert_eq!(bytes, b"\x1b[200~a[201~rm\rbc\x1b[201~");
        assert_eq!(paste("a\nb", Modes::default()), b"a\rb");
    }

    #[test]
    fn the_mouse_tells_only_what_was_asked() {
        let press = Pointer {
            column: 4,
            row: 2,
            buttons: Buttons {
                left: true,
                ..Buttons::default()
            },
            wheel: 0,
            relative: None,
        };
        let release = Pointer {
            buttons: Buttons::default(),
            ..press
        };
        assert!(Mouse::default().tell(press, Modes::default()).is_empty());
        let modes = Modes {
            clicks: true,
            sgr: true,
            ..Modes::default()
        };
        let mut mouse = Mouse::default();
        assert_eq!(mouse.tell(press, modes), b"\x1b[<0;5;3M");
        assert_eq!(mouse.tell(Pointer { column: 5, ..press }, modes), b"");
        assert_eq!(mouse.tell(release, modes), b"\x1b[<0;5;3m");
        let old = Modes { sgr: false, ..modes };
        assert_eq!(mouse.tell(press, old), b"\x1b[M %#");
    }
}
