//! What a terminal can do with pictures, asked of it and read from its answers.
//!
//! Nothing here waits: the questions are bytes to write, and whatever comes from the terminal
//! until [`Answers::is_complete`] or a deadline goes through [`Answers::feed`].

use crate::hv::console::PictureProtocol;

/// Asks for kitty graphics, the size of a cell, the terminal's name, and last its attributes:
/// every terminal answers those, so nothing more is to be waited for afterwards.
pub const QUESTIONS: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[>q\x1b[c";

/// The longest answer that is read, in bytes.
const LONGEST: usize = 512;
/// Bytes kept that are no answers.
const TYPED: usize = 4096;

/// What a terminal can do with pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// The kitty graphics protocol.
    pub kitty: bool,
    /// DEC sixel graphics.
    pub sixel: bool,
    /// iTerm2's inline images.
    pub iterm2: bool,
    /// Width and height of a cell in pixels.
    pub cell: Option<(u16, u16)>,
}

/// What the environment says about the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// TERM.
    pub term: Option<&'a str>,
    /// TERM_PROGRAM, or LC_TERMINAL where that is missing.
    pub term_program: Option<&'a str>,
    /// Whether KITTY_WINDOW_ID is set.
    pub kitty_window: bool,
    /// Whether TMUX or STY is set.
    pub multiplexer: bool,
}

impl Hints<'_> {
    /// Whether a multiplexer is between, which swallows pictures.
    pub fn is_multiplexed(&self) -> bool {
        let term = self.term.unwrap_or("");
        self.multiplexer || term.starts_with("tmux") || term.starts_with("screen")
    }

    /// What is known without asking.
    pub fn capabilities(&self) -> Capabilities {
        let program = self.term_program.unwrap_or("").to_ascii_lowercase();
        let term = self.term.unwrap_or("");
        Capabilities {
            kitty: self.kitty_window || matches!(term, "xterm-kitty" | "xterm-ghostty") || program == "ghostty",
            sixel: false,
            iterm2: matches!(
                program.as_str(),
                "iterm.app" | "iterm2" | "wezterm" | "vscode" | "mintty" | "rio"
            ),
            cell: None,
        }
    }
}

impl Capabilities {
    /// What both know.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            kitty: self.kitty || other.kitty,
            sixel: self.sixel || other.sixel,
            iterm2: self.iterm2 || other.iterm2,
            cell: self.cell.or(other.cell),
        }
    }

    /// How pictures are best drawn. Inside a multiplexer only half blocks are safe; what the user
    /// has forced is taken anyhow.
    pub fn best(&self, forced: Option<PictureProtocol>, multiplexed: bool) -> PictureProtocol {
        match forced {
            Some(protocol) => protocol,
            None if multiplexed => PictureProtocol::HalfBlocks,
            None if self.kitty => PictureProtocol::Kitty,
            None if self.iterm2 => PictureProtocol::Iterm2,
            None if self.sixel && self.cell.is_some() => PictureProtocol::Sixel,
            None => PictureProtocol::HalfBlocks,
        }
    }
}

/// What of an answer has not come yet, when nobody waits for it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing: the next byte is a key or begins an answer.
    #[default]
    Nothing,
    /// Digits and semicolons up to a letter.
    Control,
    /// Anything up to ST.
    Text,
}

/// Where the reader is in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    /// Parameters and the last byte of a control sequence.
    Control,
    /// A string that ends with ST or BEL: kitty's answer (APC) and the name (DCS).
    Text,
    TextEscape,
}

/// Reads answers as they come in, in parts of any size.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    state: State,
    held: Vec<u8>,
    found: Capabilities,
    complete: bool,
    typed: Vec<u8>,
}

impl Answers {
    /// Reads bytes from the terminal.
    pub fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.step(*byte);
        }
    }

    /// Whether the last answer has come.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What the answers say until now.
    pub fn capabilities(&self) -> Capabilities {
        self.found
    }

    /// What came besides answers: keys that were typed meanwhile. At most 4096 bytes are kept.
    pub fn take_typed(&mut self) -> Vec<u8> {
        // an escape alone is a key, too
        if self.state == State::Escape {
            self.give_back();
        }
        std::mem::take(&mut self.typed)
    }

    /// What of an answer has not come yet.
    pub fn rest(&self) -> Rest {
        match self.state {
            State::Ground | State::Escape => Rest::Nothing,
            State::Control => Rest::Control,
            State::Text | State::TextEscape => Rest::Text,
        }
    }

    /// What was held is no answer.
    fn give_back(&mut self) {
        let room = TYPED.saturating_sub(self.typed.len());
        self.typed.extend(self.held.drain(..).take(room));
        self.state = State::Ground;
    }

    fn step(&mut self, byte: u8) {
        if byte == 0x1b && matches!(self.state, State::Ground | State::Escape | State::Control) {
            self.give_back();
            self.held.push(byte);
            self.state = State::Escape;
            return;
        }
        self.held.push(byte);
        if self.held.len() > LONGEST {
            self.give_back();
            return;
        }
        match (self.state, byte) {
            (State::Escape, b'[') => self.state = State::Control,
            (State::Escape, b'_' | b'P') => self.state = State::Text,
            (State::Ground | State::Escape, _) => self.give_back(),
            (State::Control, 0x40..=0x7e) => {
                if self.control() {
                    self.held.clear();
                    self.state = State::Ground;
                } else {
                    self.give_back();
                }
            }
            (State::Control, 0x20..=0x3f) => {}
            (State::Control, _) => self.give_back(),
            (State::Text, 0x1b) => self.state = State::TextEscape,
            (State::Text, 0x07) | (State::TextEscape, b'\\') => {
                self.text();
                self.held.clear();
                self.state = State::Ground;
            }
            (State::Text, _) => {}
            (State::TextEscape, _) => self.give_back(),
        }
    }

    /// Reads a whole control sequence; `false` where it is no answer.
    fn control(&mut self) -> bool {
        let Some(text) = self.held.get(2..).and_then(|held| std::str::from_utf8(held).ok()) else {
            return false;
        };
        if let Some(attributes) = text.strip_prefix('?').and_then(|text| text.strip_suffix('c')) {
            self.found.sixel |= attributes.split(';').skip(1).any(|attribute| attribute == "4");
            self.complete = true;
            return true;
        }
        if let Some(size) = text.strip_prefix("6;").and_then(|text| text.strip_suffix('t')) {
            if let Some((height, width)) = size.split_once(';')
                && let (Ok(height @ 1..), Ok(width @ 1..)) = (height.parse(), width.parse())
            {
                self.found.cell = Some((width, height));
            }
            return true;
        }
        false
    }

    /// Reads a whole string.
    fn text(&mut self) {
        let text = String::from_utf8_lossy(&self.held).to_ascii_lowercase();
        if let Some(answer) = text.strip_prefix("\x1b_g") {
            self.found.kitty |= answer.starts_with("i=31;ok");
        } else if let Some(name) = text.strip_prefix("\x1bp>|") {
            self.found.iterm2 |= ["iterm2", "wezterm", "mintty", "rio"]
                .iter()
                .any(|known| name.starts_with(known));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answered(bytes: &[u8]) -> (Capabilities, bool, Vec<u8>) {
        let mut answers = Answers::default();
        answers.feed(bytes);
        (answers.capabilities(), answers.is_complete(), answers.take_typed())
    }

    #[test]
    fn terminals_answer() {
        // kitty
        let (found, complete, typed) =
            answered(b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1bP>|kitty(0.32.2)\x1b\\\x1b[?62;c");
        assert!(found.kitty && !found.sixel && !found.iterm2 && complete && typed.is_empty());
        assert_eq!(found.cell, Some((10, 20)));
        assert_eq!(found.best(None, false), PictureProtocol::Kitty);
        assert_eq!(found.best(None, true), PictureProtocol::HalfBlocks);
        assert_eq!(found.best(Some(PictureProtocol::Sixel), true), PictureProtocol::Sixel);
        // xterm with sixel
        let (found, complete, _) = answered(b"\x1b[6;13;6t\x1bP>|XTerm(379)\x1b\\\x1b[?64;1;2;4;6;9c");
        assert!(found.sixel && !found.kitty && complete);
        assert_eq!(found.best(None, false), PictureProtocol::Sixel);
        // wezterm
        let (found, ..) = answered(b"\x1bP>|WezTerm 20240203\x1b\\\x1b[?65;4;6;18;22c");
        assert!(found.iterm2 && found.sixel);
        // one without anything; an attribute 4 that is the terminal's kind does not count
        let (found, complete, _) = answered(b"\x1b[?4c");
        assert!(!found.sixel && complete);
        assert_eq!(found.best(None, false), PictureProtocol::HalfBlocks);
        // kitty's refusal
        assert!(!answered(b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\").0.kitty);
    }

    #[test]
    fn keys_typed_meanwhile_are_kept() {
        let (_, complete, typed) = answered(b"ab\x1b[A\x1b[?6c\x1bOP\xc3\xa4\x1b");
        assert!(complete);
        assert_eq!(typed, b"ab\x1b[A\x1bOP\xc3\xa4\x1b");
    }

    #[test]
    fn what_is_missing_of_an_answer_is_known() {
        for (bytes, rest) in [
            (&b"a\x1b[?62;c"[..], Rest::Nothing),
            (b"\x1b[6;2", Rest::Control),
            (b"\x1b_Gi=31;O", Rest::Text),
            (b"\x1bP>|kitty\x1b", Rest::Text),
        ] {
            let mut answers = Answers::default();
            answers.feed(bytes);
            assert_eq!(answers.rest(), rest, "{bytes:?}");
        }
    }

    #[test]
    fn the_environment_hints() {
        let hints = Hints {
            term: Some("xterm-256color"),
            term_program: Some("iTerm.app"),
            ..Hints::default()
        };
        assert!(hints.capabilities().iterm2 && !hints.is_multiplexed());
        let hints = Hints {
            term: Some("screen-256color"),
            kitty_window: true,
            ..Hints::default()
        };
        assert!(hints.capabilities().kitty && hints.is_multiplexed());
    }

    proptest! {
        #[test]
        fn parts_do_not_matter(bytes in prop::collection::vec(prop_oneof![
            Just(0x1b), Just(b'['), Just(b'_'), Just(b'\\'), Just(b'c'), Just(b'?'), any::<u8>()], 0..600),
            cut in 0..600usize) {
            let whole = answered(&bytes);
            let mut answers = Answers::default();
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            answers.feed(head);
            answers.feed(tail);
            prop_assert_eq!(whole, (answers.capabilities(), answers.is_complete(), answers.take_typed()));
        }
    }
}
