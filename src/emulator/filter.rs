//! Keeps endless commands of a guest from filling memory: what a terminal collects until its end
//! comes is cut off.

/// Bytes of an operating system command (OSC) that are let through; enough for a clipboard.
const OSC_LIMIT: usize = 64 * 1024;
/// Ends any command without effect.
const CANCEL: u8 = 0x18;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    /// Inside a command of so many bytes.
    Command(usize),
    /// Inside one that has been cut off.
    Dropped,
}

/// Follows where in the stream commands are.
#[derive(Debug, Default)]
pub struct Filter {
    state: State,
}

impl Filter {
    /// What of these bytes may be taken in.
    pub fn pass<'a>(&mut self, bytes: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
        if self.state == State::Ground && !bytes.contains(&0x1b) {
            return bytes;
        }
        buffer.clear();
        for byte in bytes.iter().copied() {
            let (next, kept) = self.step(byte);
            if self.state != State::Dropped && next == State::Dropped {
                buffer.push(CANCEL);
            } else if kept {
                buffer.push(byte);
            }
            self.state = next;
        }
        buffer
    }

    fn step(&self, byte: u8) -> (State, bool) {
        match (self.state, byte) {
            (_, 0x1b) => (State::Escape, true),
            // the commands that end with ST: OSC, DCS, APC, PM, SOS
            (State::Escape, b']' | b'P' | b'_' | b'^' | b'X') => (State::Command(0), true),
            (State::Escape | State::Ground, _) => (State::Ground, true),
            (State::Command(_) | State::Dropped, 0x07 | CANCEL | 0x1a) => {
                (State::Ground, !matches!(self.state, State::Dropped))
            }
            (State::Command(OSC_LIMIT..) | State::Dropped, _) => (State::Dropped, false),
            (State::Command(length), _) => (State::Command(length + 1), true),
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
    fn ordinary_output_passes_as_it_is() {
        for text in [
            "plain",
            "\x1b[31mred\x1b[0m",
            "\x1b]0;title\x07after",
            "\x1bP1$r\x1b\\x",
        ] {
            assert_eq!(passed(&[text.as_bytes()]), text.as_bytes());
            let split: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(passed(&split), text.as_bytes());
        }
    }

    #[test]
    fn endless_commands_are_cut_off_and_what_follows_is_seen() {
        let long = vec![b'a'; OSC_LIMIT * 3];
        let all = passed(&[b"\x1b]0;", &long, b"\x07after"]);
        assert!(all.len() < OSC_LIMIT + 100);
        assert!(all.ends_with(b"\x18after"));
    }
}
