//! Bytes of terminals, decoded.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;

fn all(bytes: &[u8]) -> Vec<Decoded> {
    Decoder::default().feed(bytes)
}

fn keys(bytes: &[u8]) -> Vec<String> {
    let name = |decoded: Decoded| match decoded {
        Decoded::Event(Event::Key(event)) => {
            let name = crate::runtime::input::key(event).map_or_else(|| "none".to_owned(), |key| key.to_string());
            match event.kind {
                KeyEventKind::Press => name,
                KeyEventKind::Repeat => format!("{name} held"),
                KeyEventKind::Release => format!("{name} up"),
            }
        }
        other => format!("{other:?}"),
    };
    all(bytes).into_iter().map(name).collect()
}

#[test]
fn keys_are_known() {
    for (bytes, names) in [
        (&b"aG?"[..], &["a", "G", "?"][..]),
        (b"\r\t\x7f\x1b", &["enter", "tab", "backspace", "esc"]),
        (b"\x03\x00\x1c", &["ctrl-c", "ctrl-space", "ctrl-4"]),
        ("é漢".as_bytes(), &["é", "漢"]),
        (b"\x1b[A\x1b[1;5B\x1bOC\x1b[D", &["up", "ctrl-down", "right", "left"]),
        (
            b"\x1b[H\x1b[4~\x1b[5~\x1b[6~\x1b[2~\x1b[3;2~",
            &["home", "end", "pageup", "pagedown", "insert", "shift-delete"],
        ),
        (
            b"\x1bOP\x1b[1;2R\x1b[15~\x1b[17~\x1b[24~\x1b[[B",
            &["f1", "shift-f3", "f5", "f6", "f12", "f2"],
        ),
        (
            b"\x1b[Z\x1bx\x1b\r\x1b\x1b",
            &["shift-tab", "alt-x", "alt-enter", "esc"],
        ),
        (b"\x1b\x1b[A", &["esc", "up"]),
    ] {
        assert_eq!(keys(bytes), names, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn the_kitty_keyboard_protocol_is_known() {
    assert_eq!(
        keys(b"\x1b[99;5u\x1b[97:65;2u\x1b[13;1:3u\x1b[9;2u\x1b[1;1:2A\x1b[57400u\x1b[27u\x1b[57441;2u"),
        ["ctrl-c", "A", "enter up", "shift-tab", "up held", "1", "esc", "none"]
    );
}

#[test]
fn answers_are_no_keys() {
    assert_eq!(all(b"\x1b[0n"), [Decoded::Answer]);
    let found = all(b"j\x1b[0nk\x1b[0n");
    assert_eq!(found.iter().filter(|one| **one == Decoded::Answer).count(), 2);
    assert_eq!(found.len(), 4);
    // other questions' answers, which may come late
    assert!(all(b"\x1b[?62;22c\x1b[6;16;8t\x1b[?0u\x1b[>1;10c\x1b[12;40R\x1b[?2026;2$y").is_empty());
}

#[test]
fn the_mouse_is_known() {
    let mouse = |kind, column, row| {
        Decoded::Event(Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    };
    assert_eq!(
        all(b"\x1b[<0;300;20M\x1b[<32;301;20M\x1b[<0;301;20m\x1b[<64;1;1M\x1b[<35;5;6M\x1b[M !\"\x1b[32;4;5M"),
        [
            mouse(MouseEventKind::Down(MouseButton::Left), 299, 19),
            mouse(MouseEventKind::Drag(MouseButton::Left), 300, 19),
            mouse(MouseEventKind::Up(MouseButton::Left), 300, 19),
            mouse(MouseEventKind::ScrollUp, 0, 0),
            mouse(MouseEventKind::Moved, 4, 5),
            mouse(MouseEventKind::Down(MouseButton::Left), 0, 1),
            mouse(MouseEventKind::Down(MouseButton::Left), 3, 4),
        ]
    );
}

#[test]
fn pastes_come_whole() {
    let whole = b"a\x1b[200~one\ntwo \x1b[A \xc3\xa9\x1b[201~b";
    let text = "one\ntwo \x1b[A é".to_owned();
    for cut in 7..whole.len() {
        let mut decoder = Decoder::default();
        let mut found = decoder.feed(&whole[..cut]);
        found.extend(decoder.feed(&whole[cut..]));
        assert_eq!(found.len(), 3, "{cut}");
        assert_eq!(found[1], Decoded::Event(Event::Paste(text.clone())), "{cut}");
    }
}

proptest! {
    /// Whatever comes, in whatever parts: nothing breaks, and a key after it is a key.
    #[test]
    fn nonsense_is_harmless(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut decoder = Decoder::default();
        for part in &parts {
            decoder.feed(part);
        }
        // the end of a paste, and of whatever sequence was begun
        decoder.feed(b"\x1b[201~");
        for _ in 0..4 {
            decoder.feed(b"~~~~");
        }
        let found = decoder.feed(b"q");
        prop_assert!(matches!(found.last(), Some(Decoded::Event(Event::Key(_)))));
    }

    /// Sequences that are cut anywhere but after their escape mean the same.
    #[test]
    fn parts_do_not_matter(cut in 2usize..5) {
        let bytes = b"\x1b[1;5A";
        let mut decoder = Decoder::default();
        let mut found = decoder.feed(&bytes[..cut]);
        found.extend(decoder.feed(&bytes[cut..]));
        prop_assert_eq!(found, all(bytes));
    }
}
