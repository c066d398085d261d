//! Asks the terminal what it can do, before keys are read: in the background, and not for long.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::app::msg::Msg;
use crate::base::key::{Key, KeyCode};
use crate::base::time::Clock;
use crate::hv::console::PictureProtocol;
use crate::picture::probe::{Answers, Capabilities, Hints, QUESTIONS, Rest};
use crate::runtime::terminal;

/// How long the terminal may take to answer.
const PATIENCE: Duration = Duration::from_millis(150);
/// Asks for the kitty keyboard protocol.
const KEYBOARD: &[u8] = b"\x1b[?u";

/// What came of asking.
#[derive(Debug, Default)]
pub struct Probed {
    /// For the model.
    pub found: Option<Msg>,
    /// Keys that were typed meanwhile.
    pub typed: Vec<Key>,
    /// The last answer has not come in time and may come later, as if it were typed.
    pub late: bool,
    /// What is still to come of an answer that had begun.
    pub rest: Rest,
}

/// Whether a terminal of this kind is worth asking: the others show questions as text.
fn answers(term: Option<&str>) -> bool {
    let term = term.unwrap_or("");
    !(term.starts_with("linux") || term.starts_with("vt") || term.starts_with("dumb") || term.starts_with("ansi"))
}

/// Asks, and reads answers until the last one or the deadline.
pub fn ask(clock: Clock) -> Probed {
    let variable = |name: &str| std::env::var(name).ok();
    let (term, program) = (variable("TERM"), variable("TERM_PROGRAM").or(variable("LC_TERMINAL")));
    let hints = Hints {
        term: term.as_deref(),
        term_program: program.as_deref(),
        kitty_window: variable("KITTY_WINDOW_ID").is_some(),
        multiplexer: variable("TMUX").or(variable("STY")).is_some(),
    };
    if !answers(hints.term) || terminal::write_some(&[KEYBOARD, QUESTIONS].concat()).is_err() {
        return Probed::default();
    }
    let start = clock.now();
    let mut read = Answers::default();
    let mut buffer = [0_u8; 1024];
    while !read.is_complete() {
        let left = PATIENCE.saturating_sub(clock.now().since(start));
        let timeout = Timespec::try_from(left).ok();
        let mut fds = [PollFd::from_borrowed_fd(terminal::keyboard(), PollFlags::IN)];
        let ready = poll(&mut fds, timeout.as_ref()).is_ok_and(|count| count > 0);
        if left.is_zero() || !ready || !fds[0].revents().contains(PollFlags::IN) {
            break;
        }
        match rustix::io::read(terminal::keyboard(), &mut buffer) {
            Ok(count @ 1..) => read.feed(&buffer[..count]),
            Ok(0) | Err(_) => break,
        }
    }
    let late = !read.is_complete();
    let mut typed = read.take_typed();
    if take_keyboard(&mut typed) {
        terminal::set_keyboard_protocol();
    }
    let mut capabilities = read.capabilities().or(hints.capabilities());
    capabilities.cell = capabilities.cell.or_else(terminal::cell);
    Probed {
        found: Some(message(capabilities, hints.is_multiplexed())),
        typed: keys(&typed),
        late,
        rest: read.rest(),
    }
}

fn message(capabilities: Capabilities, multiplexed: bool) -> Msg {
    let best = capabilities.best(None, multiplexed);
    let has = |protocol: PictureProtocol| match protocol {
        PictureProtocol::HalfBlocks => true,
        PictureProtocol::Kitty => capabilities.kitty && !multiplexed,
        PictureProtocol::Sixel => capabilities.sixel && capabilities.cell.is_some() && !multiplexed,
        PictureProtocol::Iterm2 => capabilities.iterm2 && !multiplexed,
    };
    let mut protocols = vec![best];
    protocols.extend(
        PictureProtocol::ALL
            .into_iter()
            .filter(|other| *other != best && has(*other)),
    );
    Msg::Terminal {
        protocols,
        cell: capabilities.cell,
    }
}

/// Takes the answer `CSI ? flags u` out of what was read; whether it was there.
fn take_keyboard(typed: &mut Vec<u8>) -> bool {
    let Some(start) = typed.windows(3).position(|part| part == b"\x1b[?") else {
        return false;
    };
    let rest = &typed[start + 3..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if rest.get(digits) != Some(&b'u') {
        return false;
    }
    typed.drain(start..=start + 3 + digits);
    true
}

/// Keys that were typed: characters, Enter, Escape and Tab. Nobody types more in that time.
fn keys(typed: &[u8]) -> Vec<Key> {
    let text = String::from_utf8_lossy(typed);
    if text.contains("\x1b[") || text.contains("\x1bO") {
        return Vec::new();
    }
    let key = |c: char| match c {
        '\r' => Some(Key::plain(KeyCode::Enter)),
        '\t' => Some(Key::plain(KeyCode::Tab)),
        '\x1b' => Some(Key::plain(KeyCode::Esc)),
        '\x7f' => Some(Key::plain(KeyCode::Backspace)),
        '\x01'..='\x1a' => Some(Key::ctrl(char::from(c as u8 + b'a' - 1))),
        c if c.is_control() => None,
        c => Some(Key::char(c)),
    };
    text.chars().filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyboards_answer_is_taken_out() {
        let mut typed = b"ab\x1b[?0uc".to_vec();
        assert!(take_keyboard(&mut typed));
        assert_eq!(typed, b"abc");
        assert!(!take_keyboard(&mut typed));
    }

    #[test]
    fn what_was_typed_is_not_lost() {
        let shown: Vec<String> = keys(b"j/\r\x1b\x03").iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["j", "/", "enter", "esc", "ctrl-c"]);
        assert_eq!(keys(b"\x1b[A"), []);
    }

    #[test]
    fn half_blocks_are_always_there_and_multiplexers_swallow_the_rest() {
        let all = Capabilities {
            kitty: true,
            sixel: true,
            iterm2: false,
            cell: Some((8, 16)),
        };
        let protocols = |multiplexed| match message(all, multiplexed) {
            Msg::Terminal { protocols, .. } => protocols,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            protocols(false),
            [
                PictureProtocol::Kitty,
                PictureProtocol::HalfBlocks,
                PictureProtocol::Sixel
            ]
        );
        assert_eq!(protocols(true), [PictureProtocol::HalfBlocks]);
    }

    #[test]
    fn plain_terminals_are_not_asked() {
        assert!(!answers(Some("linux")) && !answers(Some("vt100")));
        assert!(answers(Some("xterm-256color")) && answers(Some("xterm-kitty")));
    }
}
