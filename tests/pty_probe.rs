//! What the program asks a terminal, and what becomes of answers: in time, late, in parts, never.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]

mod common;

use std::time::{Duration, Instant};

use common::graphics::Seen;
use common::{Console, PATIENCE};

/// The last question, which every terminal answers.
const LAST: &[u8] = b"\x1b[c";
/// How long the program waits for answers.
const LIMIT: Duration = Duration::from_millis(150);
const KITTY: &str = "\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[6;16;8t\x1bP>|kitty(0.42.1)\x1b\\\x1b[?62;52;c";
const SIXEL: &str = "\x1b[6;16;8t\x1bP>|XTerm(390)\x1b\\\x1b[?64;1;2;4;6;9;15;21;22c";
const WEZTERM: &str = "\x1b[6;16;8t\x1bP>|WezTerm 20240203-110809\x1b\\\x1b[?65;4;6;18;22c";
const PLAIN: &str = "\x1b[?1;2c";

/// A console that has just asked; also when that was seen.
fn asked(arguments: &[&str], variables: &[(&str, &str)]) -> (Seen, Instant) {
    let host = common::graphics::host();
    let arguments = [&["-c", host.as_str()], arguments].concat();
    let mut console = Console::start_large(&arguments, variables, (40, 120), (0, 0));
    let start = Instant::now();
    while !console.bytes.windows(LAST.len()).any(|part| part == LAST) {
        let bytes = console
            .output
            .recv_timeout(PATIENCE.saturating_sub(start.elapsed()))
            .unwrap();
        console.take(&bytes);
    }
    let seen = Instant::now();
    (Seen::new(console), seen)
}

/// The first picture that is written, by its protocol.
fn protocol(seen: &mut Seen) -> &'static str {
    let known = [
        ("kitty", &b"\x1b_Ga=T"[..]),
        ("sixel", b"\x1bP0;1;0q"),
        ("iterm2", b"\x1b]1337;File="),
        ("half-blocks", "▀".as_bytes()),
    ];
    let start = Instant::now();
    loop {
        for (name, begin) in known {
            if seen.console.bytes.windows(begin.len()).any(|part| part == begin) {
                return name;
            }
        }
        let left = PATIENCE.saturating_sub(start.elapsed());
        let bytes = seen.console.output.recv_timeout(left).unwrap();
        seen.console.take(&bytes);
    }
}

/// What a terminal's answers lead to. A machine that is too busy to carry them in time would prove
/// nothing: then it is tried again.
fn drawn_after(answers: &str, arguments: &[&str], variables: &[(&str, &str)]) -> &'static str {
    for _ in 0..5 {
        let (mut seen, at) = asked(arguments, variables);
        seen.press(answers);
        let in_time = at.elapsed() < LIMIT / 3;
        seen.open_screen();
        let found = protocol(&mut seen);
        if in_time {
            return found;
        }
    }
    "nothing in time"
}

#[test]
fn answers_choose_how_pictures_are_drawn() {
    assert_eq!(drawn_after(KITTY, &[], &[]), "kitty");
    assert_eq!(drawn_after(SIXEL, &[], &[]), "sixel");
    assert_eq!(drawn_after(WEZTERM, &[], &[]), "iterm2");
    assert_eq!(drawn_after(PLAIN, &[], &[]), "half-blocks");
}

#[test]
fn who_chooses_gets_what_is_chosen() {
    assert_eq!(drawn_after(KITTY, &["--graphics", "half-blocks"], &[]), "half-blocks");
    assert_eq!(drawn_after(PLAIN, &["--graphics", "iterm2"], &[]), "iterm2");
    assert_eq!(drawn_after(SIXEL, &["--graphics", "kitty"], &[]), "kitty");
    // a multiplexer would swallow them, whatever it answers
    assert_eq!(
        drawn_after(KITTY, &[], &[("TMUX", "/tmp/tmux-0/default,1,0")]),
        "half-blocks"
    );
    assert_eq!(
        drawn_after(KITTY, &["--graphics", "kitty"], &[("TERM", "screen-256color")]),
        "kitty"
    );
}

#[test]
fn late_answers_are_no_keys() {
    // whole, and cut wherever a network may cut it; escape and what follows it come together
    let cuts: [&[usize]; 3] = [&[], &[9, 14, 24, 33, 50], &[7, 17, 40]];
    for (which, cuts) in cuts.iter().enumerate() {
        let (mut seen, at) = asked(&[], &[]);
        seen.press("/");
        if which == 2 {
            // a part in time, the rest too late
            seen.press(&KITTY[..cuts[0]]);
        }
        // nothing is waited for but the time itself
        while let Some(left) = (LIMIT * 2).checked_sub(at.elapsed()) {
            if let Ok(bytes) = seen.console.output.recv_timeout(left) {
                seen.console.take(&bytes);
            }
        }
        // what is a key stands there
        seen.text("filter:");
        let from = if which == 2 { cuts[0] } else { 0 };
        let mut before = from;
        for end in cuts.iter().copied().filter(|cut| *cut > from).chain([KITTY.len()]) {
            seen.press(&KITTY[before..end]);
            before = end;
        }
        seen.press("test\r");
        seen.text("/test 1/1");
        seen.console.quit();
    }
}

#[test]
fn nobody_waits_for_a_terminal_that_never_answers() {
    // the best of some: the machine may be busy
    let quickest = (0..5)
        .map(|_| {
            let (mut seen, at) = asked(&[], &[]);
            // typed while the program still waits for answers
            seen.press("?");
            seen.wait("the first frame", |terminal| terminal.text().contains("virt-deck"));
            let took = at.elapsed();
            seen.text("Keys of the");
            seen.press("\x1b");
            seen.wait("the end of help", |terminal| !terminal.text().contains("Keys of the"));
            seen.open_screen();
            assert_eq!(protocol(&mut seen), "half-blocks");
            took
        })
        .min()
        .unwrap();
    assert!(quickest < LIMIT, "the first frame took {quickest:?}");
}
