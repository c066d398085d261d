//! A guest's terminal: sequences as vttest has them, and vttest's own screens, byte by byte as it
//! writes them. `VIRT_DECK_BLESS=1 cargo test --test terminal` writes those screens anew;
//! `lab_sequences` compares all of them with tmux.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(missing_docs, reason = "shared with another test")]

mod sequences;

use std::fmt::Write as _;

use virt_deck::base::cells::{CellColour, CellGrid};
use virt_deck::emulator::{Emulator, Happening};

use sequences::{CASES, SIZE, vttest};

fn fed(bytes: &str) -> Emulator {
    let mut emulator = Emulator::new(SIZE.0, SIZE.1, 20);
    emulator.feed(bytes.as_bytes());
    emulator
}

fn lines(grid: &CellGrid) -> Vec<String> {
    (0..grid.rows()).map(|row| grid.line(row)).collect()
}

#[test]
fn each_sequence_leaves_the_screen_it_must() {
    for case in CASES {
        assert_eq!(lines(&fed(case.bytes).screen()), case.screen, "{}", case.name);
        let mut slow = Emulator::new(SIZE.0, SIZE.1, 20);
        for byte in case.bytes.as_bytes() {
            slow.feed(&[*byte]);
        }
        assert_eq!(lines(&slow.screen()), case.screen, "{} byte by byte", case.name);
    }
}

#[test]
fn vttest_says_what_it_should() {
    for chapter in vttest::CHAPTERS {
        let mut emulator = Emulator::new(80, 24, 0);
        let mut seen = String::new();
        for (name, bytes) in vttest::screens(chapter) {
            emulator.feed(&bytes);
            writeln!(seen, "== {chapter} {name}").unwrap();
            for line in lines(&emulator.screen()) {
                writeln!(seen, "{line}").unwrap();
            }
        }
        let path = vttest::directory().join(format!("{chapter}.txt"));
        if std::env::var_os("VIRT_DECK_BLESS").is_some() {
            std::fs::write(&path, &seen).unwrap();
        }
        let wanted = std::fs::read_to_string(&path).unwrap();
        for (number, (seen, wanted)) in seen.lines().zip(wanted.lines()).enumerate() {
            assert_eq!(seen, wanted, "{}:{}", path.display(), number + 1);
        }
        assert_eq!(seen.len(), wanted.len());
    }
}

#[test]
fn vttest_shows_its_attributes() {
    let mut emulator = Emulator::new(80, 24, 0);
    for (_, bytes) in vttest::screens("screen")
        .into_iter()
        .filter(|(name, _)| name.as_str() <= "14")
    {
        emulator.feed(&bytes);
    }
    let grid = emulator.screen();
    let mut seen = 0;
    for row in 0..24 {
        for (words, column) in words(&grid, row) {
            // each sample is made of the names of its attributes
            if !words
                .iter()
                .all(|word| ["vanilla", "bold", "underline", "blink", "negative"].contains(&word.as_str()))
            {
                continue;
            }
            let has = |word: &str| words.iter().any(|found| found == word);
            let style = grid.row(row)[column].style;
            assert_eq!(
                (style.bold, style.underline, style.reverse),
                (has("bold"), has("underline"), has("negative")),
                "{words:?}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 16);
}

/// What stands on a row, divided where two spaces are: words, and where they begin.
fn words(grid: &CellGrid, row: u16) -> Vec<(Vec<String>, usize)> {
    let line = grid.line(row);
    let mut found = Vec::new();
    let mut at = 0;
    for part in line.split("  ") {
        let start = at + part.len() - part.trim_start().len();
        if !part.trim().is_empty() {
            found.push((part.split_whitespace().map(str::to_owned).collect(), start));
        }
        at += part.len() + 2;
    }
    found
}

#[test]
fn what_is_erased_takes_the_background() {
    let blue = CellColour::Indexed(4);
    let backgrounds = |bytes: &str, row: u16| -> Vec<bool> {
        let grid = fed(bytes).screen();
        grid.row(row).iter().map(|cell| cell.background == blue).collect()
    };
    assert_eq!(backgrounds("\x1b[44m\x1b[2J", 4), [true; 10]);
    let from = |first: usize, end: usize| (0..10).map(|n| (first..end).contains(&n)).collect::<Vec<_>>();
    assert_eq!(backgrounds("\x1b[1;4H\x1b[44m\x1b[K", 0), from(3, 10));
    assert_eq!(backgrounds("\x1b[1;4H\x1b[44m\x1b[1K", 0), from(0, 4));
    assert_eq!(backgrounds("\x1b[1;4H\x1b[44m\x1b[2X", 0), from(3, 5));
    assert_eq!(backgrounds("abcdef\x1b[1;3H\x1b[44m\x1b[2@", 0), from(2, 4));
    assert_eq!(backgrounds("abcdef\x1b[1;3H\x1b[44m\x1b[2P", 0), from(8, 10));
    assert_eq!(backgrounds("\x1b[44m\x1b[L", 0), [true; 10]);
    assert_eq!(backgrounds("\x1b[44m\x1b[5;1H\n", 4), [true; 10]);
    assert_eq!(backgrounds("\x1b[44m\x1b[2J\x1b[m\x1b[1;1H\x1b[2J", 0), [false; 10]);
}

#[test]
fn colours_come_in_every_spelling() {
    let first = |sequence: &str| {
        let cell = fed(&format!("\x1b[{sequence}mx")).screen().row(0)[0];
        (cell.foreground, cell.background)
    };
    let default = CellColour::Default;
    for (sequence, wanted) in [
        ("33", (CellColour::Indexed(3), default)),
        ("93", (CellColour::Indexed(11), default)),
        ("43", (default, CellColour::Indexed(3))),
        ("103", (default, CellColour::Indexed(11))),
        ("38;5;208", (CellColour::Indexed(208), default)),
        ("48;5;17", (default, CellColour::Indexed(17))),
        ("38;2;1;2;3", (CellColour::Rgb(1, 2, 3), default)),
        ("38:2::1:2:3", (CellColour::Rgb(1, 2, 3), default)),
        ("48:5:9", (default, CellColour::Indexed(9))),
        ("31;42;39", (default, CellColour::Indexed(2))),
        ("31;42;0", (default, default)),
    ] {
        assert_eq!(first(sequence), wanted, "{sequence}");
    }
    let kept = fed("\x1b[31m\x1b7\x1b[mx\x1b8y").screen();
    assert_eq!(kept.row(0)[0].foreground, CellColour::Indexed(1));
}

#[test]
fn programs_turn_the_mouse_and_keys_on_and_off() {
    for (number, read) in [
        (
            1,
            (|modes| modes.application_cursor) as fn(virt_deck::emulator::keys::Modes) -> bool,
        ),
        (2004, |modes| modes.bracketed_paste),
        (1000, |modes| modes.clicks),
        (1002, |modes| modes.drags),
        (1003, |modes| modes.motion),
        (1006, |modes| modes.sgr),
    ] {
        let mut emulator = fed(&format!("\x1b[?{number}h"));
        assert!(read(emulator.modes()), "{number}");
        emulator.feed(format!("\x1b[?{number}l").as_bytes());
        assert!(!read(emulator.modes()), "{number}");
        emulator.feed(format!("\x1b[?{number}h\x1bc").as_bytes());
        assert!(!read(emulator.modes()), "{number} after a reset");
    }
    assert!(!fed("\x1b[?1h\x1b[!p").modes().application_cursor);
    assert_eq!(fed("\x1b[?25l").cursor(), None);
    assert_eq!(fed("\x1b[?25l\x1b[3;4H\x1b[!p").cursor(), Some((3, 2)));
}

#[test]
fn questions_are_answered_as_a_terminal_does() {
    for (question, wanted) in [
        ("\x1b[5n", "\x1b[0n"),
        ("\x1b[3;4H\x1b[6n", "\x1b[3;4R"),
        ("\x1b[2;4r\x1b[?6h\x1b[2;4H\x1b[6n", "\x1b[2;4R"),
        // saved above the region, and put back there
        ("\x1b[H\x1b7\x1b[3;4r\x1b[?6h\x1b8\x1b[6n", "\x1b[1;1R"),
        ("\x1b[c", "\x1b[?6c"),
        ("\x1b[0c", "\x1b[?6c"),
        ("\x1b[18t", "\x1b[8;5;10t"),
        ("\x1b[?7$p", "\x1b[?7;1$y"),
        ("\x1b[?7l\x1b[?7$p", "\x1b[?7;2$y"),
        ("\x1b[4$p", "\x1b[4;2$y"),
    ] {
        let mut emulator = Emulator::new(SIZE.0, SIZE.1, 0);
        let answer = emulator.feed(question.as_bytes());
        assert_eq!(answer, [Happening::Reply(wanted.as_bytes().to_vec())], "{question:?}");
    }
}
