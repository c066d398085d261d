//! Bytes of the terminal as keys, mouse, pastes and answers.
//!
//! crossterm's own reader has no place for answers: it waits inside of a read for the next key
//! after one. Its words for what happened are used all the same.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::runtime::decode_csi::{self, Meaning};

/// The longest control sequence; more is nonsense and thrown away.
const LONGEST: usize = 256;
/// The longest paste, in bytes; the rest is left out.
const PASTE: usize = 16 << 20;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Something that the terminal sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// Of the user.
    Event(Event),
    /// The answer to [`crate::runtime::link::QUESTION`].
    Answer,
}

/// Where one key, sequence or character ends.
enum Step {
    /// It takes so many bytes and means this, or nothing.
    Taken(usize, Option<Decoded>),
    /// More bytes have to come.
    More,
}

/// Decodes bytes in parts of any size.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    paste: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes bytes that came together.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Decoded> {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let mut found = Vec::new();
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            if let Some(paste) = &mut self.paste {
                let (used, ended) = pasted(rest, paste);
                rest = &rest[used..];
                if !ended {
                    break;
                }
                let text = String::from_utf8_lossy(paste).into_owned();
                self.paste = None;
                found.push(Decoded::Event(Event::Paste(text)));
                continue;
            }
            if let Some(after) = rest.strip_prefix(b"\x1b[200~") {
                self.paste = Some(Vec::new());
                rest = after;
                continue;
            }
            match step(rest) {
                Step::Taken(used, what) => {
                    found.extend(what);
                    rest = rest.get(used..).unwrap_or_default();
                }
                Step::More if rest.len() > LONGEST => rest = &[],
                Step::More => break,
            }
        }
        self.held = rest.to_vec();
        found
    }
}

/// Takes pasted bytes up to the end of the paste; what may be the beginning of the end stays.
fn pasted(bytes: &[u8], paste: &mut Vec<u8>) -> (usize, bool) {
    let end = bytes.windows(PASTE_END.len()).position(|part| part == PASTE_END);
    let keep = (1..PASTE_END.len())
        .rev()
        .find(|long| bytes.ends_with(&PASTE_END[..*long]))
        .unwrap_or(0);
    let upto = end.unwrap_or(bytes.len() - keep);
    let room = PASTE.saturating_sub(paste.len());
    paste.extend_from_slice(&bytes[..upto.min(room)]);
    (end.map_or(upto, |end| end + PASTE_END.len()), end.is_some())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "most of those who call it have nothing to tell at times"
)]
fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Decoded> {
    Some(Decoded::Event(Event::Key(KeyEvent::new(code, modifiers))))
}

/// The first thing in bytes of which there is at least one.
fn step(bytes: &[u8]) -> Step {
    let none = KeyModifiers::NONE;
    match bytes {
        // sequences come in one piece: an escape at the end is the key
        [0x1b] => Step::Taken(1, key(KeyCode::Esc, none)),
        [0x1b, 0x1b] => Step::Taken(2, key(KeyCode::Esc, none)),
        [0x1b, 0x1b, ..] => Step::Taken(1, key(KeyCode::Esc, none)),
        [0x1b, b'[', rest @ ..] => control(rest),
        [0x1b, b'O'] => Step::More,
        [0x1b, b'O', last, ..] => Step::Taken(3, decode_csi::application(*last).and_then(|code| key(code, none))),
        [0x1b, rest @ ..] => match step(rest) {
            Step::Taken(used, Some(Decoded::Event(Event::Key(plain)))) => {
                let modifiers = plain.modifiers | KeyModifiers::ALT;
                Step::Taken(used + 1, key(plain.code, modifiers))
            }
            Step::Taken(used, _) => Step::Taken(used + 1, None),
            Step::More => Step::More,
        },
        [byte @ ..0x80, ..] => Step::Taken(1, typed(*byte)),
        _ => character(bytes),
    }
}

/// A key that is one byte.
fn typed(byte: u8) -> Option<Decoded> {
    let (none, ctrl) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
    match byte {
        b'\r' | b'\n' => key(KeyCode::Enter, none),
        b'\t' => key(KeyCode::Tab, none),
        0x7f => key(KeyCode::Backspace, none),
        0 => key(KeyCode::Char(' '), ctrl),
        1..=0x1a => key(KeyCode::Char(char::from(byte + b'a' - 1)), ctrl),
        0x1b => key(KeyCode::Esc, none),
        0x1c..=0x1f => key(KeyCode::Char(char::from(byte - 0x1c + b'4')), ctrl),
        _ => character_key(char::from(byte)),
    }
}

fn character_key(c: char) -> Option<Decoded> {
    let shift = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    key(KeyCode::Char(c), shift)
}

/// A character of several bytes; bytes that are none mean nothing.
fn character(bytes: &[u8]) -> Step {
    let long = match bytes.first().copied().unwrap_or_default() {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Step::Taken(1, None),
    };
    let Some(part) = bytes.get(..long) else {
        // the rest of it is still to come, unless it cannot
        let going_on = bytes.iter().skip(1).all(|byte| byte & 0xc0 == 0x80);
        return if going_on { Step::More } else { Step::Taken(1, None) };
    };
    match std::str::from_utf8(part).ok().and_then(|text| text.chars().next()) {
        Some(c) => Step::Taken(long, character_key(c)),
        None => Step::Taken(1, None),
    }
}

/// A control sequence, after `ESC [`.
fn control(bytes: &[u8]) -> Step {
    // the mouse of old: three bytes after the letter
    if let [b'M', rest @ ..] = bytes {
        return match rest {
            [button, x, y, ..] => Step::Taken(6, decode_csi::old_mouse(*button, *x, *y).map(Decoded::Event)),
            _ => Step::More,
        };
    }
    // the Linux console's F1 to F5
    if let [b'[', rest @ ..] = bytes {
        return match rest {
            [letter @ b'A'..=b'E', ..] => Step::Taken(4, key(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE)),
            [_, ..] => Step::Taken(4, None),
            [] => Step::More,
        };
    }
    let Some(end) = bytes.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return Step::More;
    };
    let last = bytes[end];
    if !(0x40..=0x7e).contains(&last) {
        // broken off by something else, which begins anew
        return Step::Taken(end + 2, None);
    }
    let what = match decode_csi::meaning(&bytes[..end], last) {
        Meaning::Nothing => None,
        Meaning::Answer => Some(Decoded::Answer),
        Meaning::Event(event) => Some(Decoded::Event(event)),
        Meaning::Key(code, modifiers, kind) => Some(Decoded::Event(Event::Key(KeyEvent::new_with_kind(
            code, modifiers, kind,
        )))),
    };
    Step::Taken(end + 3, what)
}

/// A key as it is when nothing more is told of it.
pub(super) const PRESS: KeyEventKind = KeyEventKind::Press;

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
