//! What a guest writes to its serial line.

use virt_deck::base::cells::{Cell, CellGrid};
use virt_deck::emulator::lines::{Lines, Watch};
use virt_deck::emulator::{Emulator, Happening};

use super::{Input, assert_harmless, is_harmful};

/// Lines kept that have scrolled away.
const PAST: usize = 60;

/// All cells of a frame are there, harmless, and as wide as the frame together.
pub fn check_grid(grid: &CellGrid) {
    for row in 0..grid.rows() {
        let cells = grid.row(row);
        assert_eq!(cells.len(), usize::from(grid.columns()));
        for c in cells.iter().flat_map(Cell::chars) {
            assert!(!is_harmful(c), "{c:?}");
        }
        let shown = cells.iter().filter(|cell| !cell.is_covered());
        assert_eq!(shown.map(Cell::width).sum::<usize>(), cells.len(), "row {row}");
    }
    assert!(grid.row(grid.rows()).is_empty());
}

fn check(emulator: &Emulator) {
    let grid = emulator.screen();
    assert_eq!((grid.columns(), grid.rows()), emulator.size());
    check_grid(&grid);
    if let Some((column, row)) = emulator.cursor() {
        assert!(column < grid.columns() && row < grid.rows(), "cursor {column} {row}");
    }
    let (back, kept) = emulator.scrolled();
    assert!(back <= kept && kept as usize <= PAST, "{back} of {kept}");
}

/// The answers that a guest may be given: `CSI`, perhaps `?` or `>`, numbers, perhaps `$`, and a
/// letter; and no more of them than are allowed at once.
fn check_reply(reply: &[u8]) {
    assert!(!reply.is_empty() && reply.len() <= 1024, "{}", reply.len());
    let mut rest = reply;
    while !rest.is_empty() {
        let inner = rest.strip_prefix(b"\x1b[").expect("an answer begins with CSI");
        let inner = inner
            .strip_prefix(b"?")
            .or_else(|| inner.strip_prefix(b">"))
            .unwrap_or(inner);
        let end = inner.iter().position(|byte| !byte.is_ascii_digit() && *byte != b';');
        let inner = &inner[end.expect("an answer has an end")..];
        let inner = inner.strip_prefix(b"$").unwrap_or(inner);
        let (last, after) = inner.split_first().expect("an answer has a last letter");
        assert!(b"Rcnyt".contains(last), "{:?}", String::from_utf8_lossy(reply));
        rest = after;
    }
}

fn check_happenings(happenings: &[Happening], fed: &[u8]) {
    for happening in happenings {
        match happening {
            Happening::Bell => assert!(fed.contains(&7)),
            Happening::Reply(reply) => check_reply(reply),
            Happening::Clipboard(text) => {
                // terminals overlook controls between the characters of a command
                let written: Vec<u8> = fed.iter().copied().filter(|byte| *byte >= 0x20).collect();
                let offered = written.windows(4).any(|part| part == b"]52;");
                assert!(offered, "nobody offered {text:?}");
                assert_harmless(&text.show());
            }
        }
    }
}

/// A serial line that is looked at while it is written to. Two bytes are columns and rows; then
/// bytes of the guest follow, until 0xff and a number: what the user does next.
pub fn emulator(data: &[u8]) {
    let mut input = Input(data);
    let (columns, rows) = (u16::from(input.byte()), u16::from(input.byte() % 80));
    let mut emulator = Emulator::new(columns, rows, PAST);
    while !input.0.is_empty() {
        let length = input.0.iter().position(|byte| *byte == 0xff);
        let part = input.bytes(length.unwrap_or(input.0.len()));
        emulator.feed(part);
        check(&emulator);
        input.byte();
        match input.byte() % 8 {
            0 => emulator.resize(u16::from(input.byte()), u16::from(input.byte() % 80)),
            1 => emulator.scroll(i32::from(input.byte() as i8)),
            2 => emulator.scroll(i32::MAX),
            3 => emulator.scroll(i32::MIN),
            4 => {
                let back = input.byte() & 1 == 0;
                let length = usize::from(input.byte() % 8);
                let needle = String::from_utf8_lossy(input.bytes(length)).into_owned();
                emulator.search(Some(&needle), back);
                emulator.search(Some(&needle), !back);
            }
            5 => {
                emulator.search(None, true);
            }
            6 => {
                let shown = emulator.text(false);
                assert!(shown.lines().count() <= usize::from(emulator.size().1));
                for line in emulator.text(true).lines() {
                    assert_harmless(line);
                }
            }
            _ => {}
        }
        check(&emulator);
    }
}

/// What a guest can make happen besides its screen, and that it does not matter how its bytes are
/// divided. The first byte is the length of the parts.
pub fn guest(data: &[u8]) {
    let mut input = Input(data);
    let size = usize::from(input.byte()).max(1);
    let mut parts = Emulator::new(40, 12, PAST);
    let mut lines = Lines::default();
    let mut watch = Watch::new("login:");
    for part in input.0.chunks(size) {
        let happened = parts.feed(part);
        check_happenings(&happened, input.0);
        let complete = lines.feed(part);
        for line in complete.iter().map(String::as_str).chain([lines.open()]) {
            assert!(line.len() < 4100 && !line.contains('\x1b'), "{line:?}");
        }
        for seen in watch.look(&complete, lines.open()) {
            assert!(seen.to_lowercase().contains("login:"));
        }
    }
    check(&parts);
    let mut whole = Emulator::new(40, 12, PAST);
    let happened = whole.feed(input.0);
    check_happenings(&happened, input.0);
    assert_eq!(parts.screen(), whole.screen());
    assert_eq!(parts.cursor(), whole.cursor());
    assert_eq!(parts.modes(), whole.modes());
    assert_eq!(parts.text(true), whole.text(true));
}
