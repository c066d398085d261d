//! Keys as X11 numbers (keysyms) and as codes of a PC keyboard (XT set 1, as QEMU's extended key
//! event wants them).

use crate::base::key::{Key, KeyCode};
use crate::hv::console::Modifier;

/// One key that goes down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Press {
    /// X11's number.
    pub keysym: u32,
    /// XT code, with 0x80 for those behind 0xe0; of a US keyboard.
    pub code: Option<u32>,
}

const SHIFT: Press = named(0xffe1, 0x2a);
const CTRL: Press = named(0xffe3, 0x1d);
const ALT: Press = named(0xffe9, 0x38);
const SUPER: Press = named(0xffeb, 0xdb);

const fn named(keysym: u32, code: u32) -> Press {
    Press {
        keysym,
        code: Some(code),
    }
}

/// The key of a modifier.
pub fn modifier(which: Modifier) -> Press {
    match which {
        Modifier::Shift => SHIFT,
        Modifier::Ctrl => CTRL,
        Modifier::Alt => ALT,
        Modifier::Super => SUPER,
    }
}

/// Rows of a US keyboard: plain characters, shifted ones, and the code of the first.
const ROWS: [(&str, &str, u32); 4] = [
    ("1234567890-=", "!@#$%^&*()_+", 0x02),
    ("qwertyuiop[]", "QWERTYUIOP{}", 0x10),
    ("asdfghjkl;'`", "ASDFGHJKL:\"~", 0x1e),
    ("\\zxcvbnm,./", "|ZXCVBNM<>?", 0x2b),
];

/// Code of a character on a US keyboard, and whether shift is held for it.
fn on_us_keyboard(c: char) -> Option<(u32, bool)> {
    if c == ' ' {
        return Some((0x39, false));
    }
    ROWS.iter().find_map(|(plain, shifted, first)| {
        let at = |row: &str| row.chars().position(|found| found == c);
        let plain = at(plain).map(|n| (n, false));
        let (n, shift) = plain.or_else(|| at(shifted).map(|n| (n, true)))?;
        Some((first + n as u32, shift))
    })
}

/// X11's number of a character.
fn keysym(c: char) -> u32 {
    match c as u32 {
        code @ (0x20..=0x7e | 0xa0..=0xff) => code,
        code => 0x0100_0000 | code,
    }
}

fn function(number: u8) -> Option<Press> {
    let code = match number {
        1..=10 => 0x3b + u32::from(number) - 1,
        11 => 0x57,
        12 => 0x58,
        _ => return None,
    };
    Some(named(0xffbe + u32::from(number) - 1, code))
}

/// The key itself, without modifiers; and whether shift is held for its character.
fn plain(code: KeyCode) -> Option<(Press, bool)> {
    let press = match code {
        KeyCode::Char(c) => {
            let place = on_us_keyboard(c);
            let press = Press {
                keysym: keysym(c),
                code: place.map(|(code, _)| code),
            };
            return Some((press, place.is_some_and(|(_, shift)| shift)));
        }
        KeyCode::Function(number) => return function(number).map(|press| (press, false)),
        KeyCode::Enter => named(0xff0d, 0x1c),
        KeyCode::Esc => named(0xff1b, 0x01),
        KeyCode::Tab => named(0xff09, 0x0f),
        KeyCode::Backspace => named(0xff08, 0x0e),
        KeyCode::Delete => named(0xffff, 0xd3),
        KeyCode::Insert => named(0xff63, 0xd2),
        KeyCode::Up => named(0xff52, 0xc8),
        KeyCode::Down => named(0xff54, 0xd0),
        KeyCode::Left => named(0xff51, 0xcb),
        KeyCode::Right => named(0xff53, 0xcd),
        KeyCode::Home => named(0xff50, 0xc7),
        KeyCode::End => named(0xff57, 0xcf),
        KeyCode::PageUp => named(0xff55, 0xc9),
        KeyCode::PageDown => named(0xff56, 0xd1),
    };
    Some((press, false))
}

/// The keys that make up a key with its modifiers, in the order they go down. Empty for keys that
/// no PC keyboard has.
pub fn presses(key: Key) -> Vec<Press> {
    let Some((press, shifted)) = plain(key.code) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (held, modifier) in [(key.ctrl, CTRL), (key.alt, ALT), (key.shift || shifted, SHIFT)] {
        if held {
            all.push(modifier);
        }
    }
    all.push(press);
    all
}

/// A character as typed text; `None` for what no key makes.
pub fn typed(c: char) -> Option<Vec<Press>> {
    let code = match c {
        '\n' | '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        c if c.is_control() => return None,
        c => KeyCode::Char(c),
    };
    Some(presses(Key::plain(code)))
}

/// Linux key codes that are not the same as in XT set 1, and what they are there.
const EXTENDED: [(u32, u32, u32); 20] = [
    (96, 0x9c, 0xff8d),
    (97, 0x9d, 0xffe4),
    (98, 0xb5, 0xffaf),
    (99, 0x54, 0xff15),
    (100, 0xb8, 0xffea),
    (102, 0xc7, 0xff50),
    (103, 0xc8, 0xff52),
    (104, 0xc9, 0xff55),
    (105, 0xcb, 0xff51),
    (106, 0xcd, 0xff53),
    (107, 0xcf, 0xff57),
    (108, 0xd0, 0xff54),
    (109, 0xd1, 0xff56),
    (110, 0xd2, 0xff63),
    (111, 0xd3, 0xffff),
    (119, 0xc6, 0xff13),
    (125, 0xdb, 0xffeb),
    (126, 0xdc, 0xffec),
    (127, 0xdd, 0xff67),
    (70, 0x46, 0xff14),
];

/// A key by its Linux code (`linux/input-event-codes.h`), as chords have them.
pub fn linux(code: u32) -> Option<Press> {
    if let Some((_, xt, keysym)) = EXTENDED.iter().find(|(linux, ..)| *linux == code) {
        return Some(named(*keysym, *xt));
    }
    let code = match code {
        29 => return Some(CTRL),
        42 => return Some(SHIFT),
        56 => return Some(ALT),
        1 => KeyCode::Esc,
        14 => KeyCode::Backspace,
        15 => KeyCode::Tab,
        28 => KeyCode::Enter,
        59..=68 => KeyCode::Function((code - 58) as u8),
        87 | 88 => KeyCode::Function((code - 76) as u8),
        // in the main block both sets are the same
        other => {
            let rows = ROWS.iter().flat_map(|(plain, _, first)| plain.chars().zip(*first..));
            KeyCode::Char(rows.chain([(' ', 0x39)]).find(|(_, xt)| *xt == other)?.0)
        }
    };
    plain(code).map(|(press, _)| press)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(key: &str) -> Vec<u32> {
        presses(key.parse().unwrap())
            .iter()
            .filter_map(|press| press.code)
            .collect()
    }

    #[test]
    fn keys_have_the_codes_of_a_pc_keyboard() {
        for (key, wanted) in [
            ("a", &[0x1e][..]),
            ("A", &[0x2a, 0x1e]),
            ("1", &[0x02]),
            ("!", &[0x2a, 0x02]),
            ("\\", &[0x2b]),
            ("z", &[0x2c]),
            ("/", &[0x35]),
            ("?", &[0x2a, 0x35]),
            ("`", &[0x29]),
            ("~", &[0x2a, 0x29]),
            ("space", &[0x39]),
            ("enter", &[0x1c]),
            ("ctrl-c", &[0x1d, 0x2e]),
            ("alt-f4", &[0x38, 0x3e]),
            ("f12", &[0x58]),
            ("delete", &[0xd3]),
            ("shift-tab", &[0x2a, 0x0f]),
        ] {
            assert_eq!(codes(key), wanted, "{key}");
        }
    }

    #[test]
    fn other_characters_go_by_their_number() {
        let all = presses("é".parse().unwrap());
        assert_eq!(
            all,
            [Press {
                keysym: 0xe9,
                code: None
            }]
        );
        assert_eq!(presses("я".parse().unwrap())[0].keysym, 0x0100_044f);
        assert_eq!(typed('\u{7}'), None);
        assert_eq!(typed('\n').unwrap()[0].keysym, 0xff0d);
    }

    #[test]
    fn chords_are_found_by_their_linux_codes() {
        let chord = crate::hv::keycodes::combination("ctrl-alt-delete").unwrap();
        let codes: Vec<u32> = chord.into_iter().filter_map(|code| linux(code)?.code).collect();
        assert_eq!(codes, [0x1d, 0x38, 0xd3]);
        let chord = crate::hv::keycodes::combination("ctrl-alt-f2").unwrap();
        let codes: Vec<u32> = chord.into_iter().filter_map(|code| linux(code)?.code).collect();
        assert_eq!(codes, [0x1d, 0x38, 0x3c]);
    }
}
