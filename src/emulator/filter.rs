//! Lets through what a terminal of ours may act upon. Commands that come as strings (OSC, DCS,
//! APC, PM, SOS) set titles, colours and links, draw pictures or ask questions; all but the one
//! that offers a text for the clipboard are taken out before anything is kept of them, so that
//! they can neither act nor fill memory. A soft reset is put into words that the parser knows.

/// The command that offers a text for the clipboard.
const CLIPBOARD: &[u8] = b"52;";
/// The longest command that is let through; enough for a clipboard.
const OSC_LIMIT: usize = 64 * 1024;
/// Ends any command without effect.
const CANCEL: u8 = 0x18;
/// Does the same and shows that something was lost.
const SUBSTITUTE: u8 = 0x1a;
/// What a soft reset (`CSI ! p`) is for the parser, which does not know it: the whole screen
/// scrolls, places count from its corner, characters replace others, lines wrap, the cursor can be
/// seen and its keys send what they usually do. The cursor stays, with plain colours and letters.
const SOFT_RESET: &[u8] = b"\x1b7\x1b[r\x1b[?6l\x1b[4l\x1b[?7h\x1b[?25h\x1b[?1l\x1b>\x1b8\x1b[m\x1b(B\x1b)B\x0f";
/// A character is repeated so often at once (`CSI number b`): a few bytes must not keep the
/// terminal busy for long, and no line is longer.
const REPEATS: u16 = 1000;
const BELL: u8 = 0x07;
const ESCAPE: u8 = 0x1b;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    /// In the numbers of a control sequence, which are this one so far.
    Control(u16),
    /// Where only the end of a soft reset is missing.
    Soft,
    /// Inside an operating system command, which is held back until its end.
    Held,
    /// Inside a command that is taken out, and whether a bell ends it.
    Dropped {
        by_bell: bool,
    },
}

/// Follows where in the stream commands are, as the parser behind it would.
#[derive(Debug, Default)]
pub struct Filter {
    state: State,
    held: Vec<u8>,
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
}

/// How many bytes at the end may be the beginning of a character. The parser would put it
/// together itself, but loses what follows it when another one is begun behind.
fn begun(bytes: &[u8]) -> usize {
    for (n, byte) in bytes.iter().rev().take(3).enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        return if length > n + 1 { n + 1 } else { 0 };
    }
    0
}

impl Filter {
    /// What of these bytes may be taken in.
    pub fn pass<'a>(&mut self, bytes: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
        if self.state == State::Ground && self.begun.is_empty() && !bytes.contains(&ESCAPE) {
            let (whole, begun) = bytes.split_at(bytes.len() - begun(bytes));
            self.begun.extend_from_slice(begun);
            return whole;
        }
        buffer.clear();
        buffer.append(&mut self.begun);
        for byte in bytes.iter().copied() {
            self.state = self.step(byte, buffer);
        }
        self.begun = buffer.split_off(buffer.len() - begun(buffer));
        buffer
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        match (self.state, byte) {
            (State::Held, ESCAPE | BELL) => {
                if self.held.len() > CLIPBOARD.len() {
                    out.extend_from_slice(b"\x1b]");
                    out.append(&mut self.held);
                    out.push(BELL);
                }
                self.held.clear();
                Self::after(byte, out)
            }
            (State::Dropped { by_bell: true }, BELL) => State::Ground,
            (State::Dropped { .. }, ESCAPE) => Self::after(byte, out),
            (State::Held | State::Dropped { .. }, CANCEL | SUBSTITUTE) => {
                self.held.clear();
                State::Ground
            }
            (State::Held, 0x00..=0x1f) => State::Held,
            (State::Held, _) => {
                let expected = CLIPBOARD.get(self.held.len());
                if self.held.len() < OSC_LIMIT && expected.is_none_or(|expected| *expected == byte) {
                    self.held.push(byte);
                    return State::Held;
                }
                self.held = Vec::new();
                State::Dropped { by_bell: true }
            }
            (State::Dropped { by_bell }, _) => State::Dropped { by_bell },
            (State::Escape, b']') => {
                out.push(CANCEL);
                State::Held
            }
            (State::Escape, b'P' | b'_' | b'^' | b'X') => {
                out.push(CANCEL);
                State::Dropped { by_bell: false }
            }
            (State::Escape, b'[') => {
                out.push(byte);
                State::Control(0)
            }
            (State::Control(number), b'0'..=b'9' | b';' | b':') => {
                out.push(byte);
                let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10);
                State::Control(digit.map_or(number, |digit| number.saturating_mul(10).saturating_add(digit.into())))
            }
            (State::Control(REPEATS..), b'b') => {
                out.push(CANCEL);
                out.extend_from_slice(format!("\x1b[{REPEATS}b").as_bytes());
                State::Ground
            }
            (State::Control(_), b'!') => {
                out.push(byte);
                State::Soft
            }
            (State::Soft, b'p') => {
                out.push(CANCEL);
                out.extend_from_slice(SOFT_RESET);
                State::Ground
            }
            // these neither end nor belong to the sequence: what is behind them still does
            (state @ (State::Escape | State::Control(_)), 0x00..=0x17 | 0x19 | 0x1c..=0x1f | 0x7f..=0xff) => {
                out.push(byte);
                state
            }
            (State::Escape | State::Control(_) | State::Soft | State::Ground, _) => {
                out.push(byte);
                if byte == ESCAPE { State::Escape } else { State::Ground }
            }
        }
    }

    /// The state after the end of a command, which an escape may be.
    fn after(byte: u8, out: &mut Vec<u8>) -> State {
        if byte == ESCAPE {
            out.push(ESCAPE);
            State::Escape
        } else {
            State::Ground
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(parts: &[&[u8]]) -> Vec<u8> {
        let mut filter = Filter::default();
        let mut all = Vec::new();
        for part in parts {
            let mut buffer = Vec::new();
            all.extend_from_slice(filter.pass(part, &mut buffer));
        }
        all
    }

    #[test]
    fn only_text_and_clipboard_pass() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m\x1b(0q", "\x1b[31mred\x1b[0m\x1b(0q"),
            ("\x1b]52;c;aGk=\x07after", "\x1b\x18\x1b]52;c;aGk=\x07after"),
            ("\x1b]52;c;aGk=\x1b\\after", "\x1b\x18\x1b]52;c;aGk=\x07\x1b\\after"),
            ("\x1b]0;title\x07after", "\x1b\x18after"),
            ("\x1b]8;;http://x\x1b\\link", "\x1b\x18\x1b\\link"),
            ("\x1b]52\x07\x1b]\x07\x1b]52;\x07x", "\x1b\x18\x1b\x18\x1b\x18x"),
            ("\x1b]52;c;aGk=\x18after", "\x1b\x18after"),
            ("\x1bP1$r\x07more\x1b\\x", "\x1b\x18\x1b\\x"),
            // a control inside of an escape sequence does not end it
            ("\x1b\n]0;title\x07after", "\x1b\n\x18after"),
            ("\x1b\x7f_private\x1b\\after", "\x1b\x7f\x18\x1b\\after"),
            ("-\x1b[79b\x1b[65535m", "-\x1b[79b\x1b[65535m"),
            ("-\x1b[6\n5535b-", "-\x1b[6\n5535\x18\x1b[1000b-"),
            ("\x1b[!q\x1b[!", "\x1b[!q\x1b[!"),
            ("\x1b]0;a\x1b[1mb", "\x1b\x18\x1b[1mb"),
        ] {
            assert_eq!(passed(&[text.as_bytes()]), wanted.as_bytes(), "{text:?}");
            let split: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(passed(&split), wanted.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn characters_are_not_divided() {
        let mut filter = Filter::default();
        let mut buffer = Vec::new();
        for (part, wanted) in [
            (&b"a\xc3"[..], &b"a"[..]),
            (b"\xa9x\xe6", b"\xc3\xa9x"),
            (b"\xbc", b""),
            (b"\xa2\xff\x80", b"\xe6\xbc\xa2\xff\x80"),
            (b"\xf0\x9f\x91", b""),
            (b"\x1b[m", b"\xf0\x9f\x91\x1b[m"),
        ] {
            assert_eq!(filter.pass(part, &mut buffer), wanted, "{part:?}");
        }
    }

    #[test]
    fn a_soft_reset_is_spelled_out() {
        let all = passed(&[b"a\x1b[!", b"pb"]);
        let wanted = [b"a\x1b[!\x18", SOFT_RESET, b"b"].concat();
        assert_eq!(all, wanted);
    }

    #[test]
    fn endless_commands_are_taken_out_and_what_follows_is_seen() {
        let long = vec![b'a'; OSC_LIMIT * 3];
        for start in ["\x1b]0;", "\x1b]52;c;"] {
            assert_eq!(passed(&[start.as_bytes(), &long, b"\x07after"]), b"\x1b\x18after");
        }
        assert_eq!(passed(&[b"\x1b_", &long, b"\x1b\\after"]), b"\x1b\x18\x1b\\after");
    }
}
