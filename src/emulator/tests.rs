//! What is expected of the emulator, of honest guests and of hostile ones.

use proptest::prelude::*;

use super::*;

fn fed(columns: u16, rows: u16, bytes: &[u8]) -> Emulator {
    let mut emulator = Emulator::new(columns, rows, 100);
    emulator.feed(bytes);
    emulator
}

fn lines(emulator: &Emulator) -> Vec<String> {
    let grid = emulator.screen();
    (0..grid.rows()).map(|row| grid.line(row)).collect()
}

/// Sequences of vttest and what they leave on the screen.
#[test]
fn sequences_leave_the_screen_they_should() {
    for (bytes, wanted) in [
        ("plain\r\nsecond", ["plain", "second", "", ""]),
        ("\x1b[2;3Hx\x1b[Hy", ["y", "  x", "", ""]),
        ("abcdef\x1b[3D\x1b[2P", ["abcf", "", "", ""]),
        ("abcdef\x1b[4D\x1b[2@", ["ab  cdef", "", "", ""]),
        ("1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;1H\n", ["1", "3", "", "4"]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[L", ["a", "", "b", "c"]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[M", ["a", "c", "", ""]),
        ("abcdefghij", ["abcdefgh", "ij", "", ""]),
        ("abcdefg漢", ["abcdefg", "漢", "", ""]),
        ("\x1b[?7labcdefghij", ["abcdefgj", "", "", ""]),
        ("\x1b(0lqk\x1b(Bx", ["┌─┐x", "", "", ""]),
        ("main\x1b[?1049hother\x1b[?1049l", ["main", "", "", ""]),
        ("ab\tc", ["ab", "c", "", ""]),
        ("x\x1b[2b", ["xxx", "", "", ""]),
        ("junk\x1b[2J\x1b[Hclean", ["clean", "", "", ""]),
        ("\x1b[2;4r\x1b[?6h\x1b[Hhome", ["", "home", "", ""]),
    ] {
        let wanted: Vec<&str> = if bytes == "ab\tc" {
            vec!["ab     c", "", "", ""]
        } else {
            wanted.to_vec()
        };
        assert_eq!(lines(&fed(8, 4, bytes.as_bytes())), wanted, "{bytes:?}");
    }
}

#[test]
fn colours_and_attributes_are_kept() {
    let emulator = fed(20, 2, b"\x1b[1;31ma\x1b[0;38;5;200mb\x1b[48;2;1;2;3mc\x1b[7;4md\x1b[me");
    let grid = emulator.screen();
    let row = grid.row(0);
    assert!(row[0].style.bold && row[0].foreground == crate::base::cells::CellColour::Indexed(1));
    assert_eq!(row[1].foreground, crate::base::cells::CellColour::Indexed(200));
    assert_eq!(row[2].background, crate::base::cells::CellColour::Rgb(1, 2, 3));
    assert!(row[3].style.reverse && row[3].style.underline);
    assert_eq!(row[4].style, crate::base::cells::CellStyle::default());
}

#[test]
fn the_terminal_answers_but_never_with_the_guests_words() {
    let mut emulator = Emulator::new(80, 24, 10);
    let answers = |emulator: &mut Emulator, bytes: &[u8]| -> String {
        emulator
            .feed(bytes)
            .into_iter()
            .map(|happening| match happening {
                Happening::Reply(bytes) => String::from_utf8_lossy(&bytes).replace('\x1b', "^"),
                Happening::Bell | Happening::Clipboard(_) => String::new(),
            })
            .collect()
    };
    assert_eq!(answers(&mut emulator, b"ab\x1b[6n"), "^[1;3R");
    assert_eq!(answers(&mut emulator, b"\x1b[18t"), "^[8;24;80t");
    assert!(answers(&mut emulator, b"\x1b[c").starts_with("^[?"));
    for question in [
        &b"\x1b]0;rm -rf /\x07\x1b[21t"[..],
        b"\x1bP$qm\x1b\\",
        b"\x1b]4;1;?\x07",
        b"\x1b]52;c;?\x07",
        b"\x1b]10;?\x07",
        b"\x1bP+q544e\x1b\\",
        b"\x05",
    ] {
        let answer = answers(&mut emulator, question);
        assert_eq!(answer, "", "{question:?}");
    }
    let answer = answers(&mut emulator, b"\x1b[14t");
    assert_eq!(answer, "", "a size in pixels is not known");
    let flood = b"\x1b[6n".repeat(10_000);
    let answer = answers(&mut emulator, &flood);
    assert!(answer.len() <= REPLY_LIMIT && answer.ends_with('R'), "{answer}");
}

#[test]
fn the_clipboard_is_only_asked_for() {
    let mut emulator = Emulator::new(80, 24, 10);
    let happened = emulator.feed(b"\x1b]52;c;aGVsbG8=\x07\x07");
    assert_eq!(happened, [Happening::Clipboard("hello".into()), Happening::Bell]);
}

#[test]
fn the_past_can_be_scrolled_searched_and_copied() {
    let mut emulator = Emulator::new(20, 4, 100);
    for n in 0..50 {
        emulator.feed(format!("line {n} Text\r\n").as_bytes());
    }
    assert_eq!(emulator.scrolled(), (0, 47));
    emulator.scroll(10);
    assert_eq!(lines(&emulator)[0], "line 37 Text");
    emulator.feed(b"more\r\n");
    assert_eq!(
        lines(&emulator)[0],
        "line 37 Text",
        "new output does not move what is read"
    );
    emulator.scroll(i32::MIN);
    assert_eq!(emulator.search(Some("line 7 tEXT"), true), Some(true));
    assert!(lines(&emulator).contains(&"line 7 Text".to_owned()));
    assert_eq!(emulator.search(Some("line 7 tEXT"), true), Some(false));
    assert_eq!(emulator.search(Some("nothing"), true), Some(false));
    assert_eq!(emulator.search(None, true), None);
    let all = emulator.text(true);
    assert!(all.starts_with("line 0 Text\nline 1 Text") && all.ends_with("more"));
}

#[test]
fn matches_are_found_in_both_directions() {
    let mut emulator = Emulator::new(20, 3, 100);
    emulator.feed(b"one x\r\ntwo x x\r\nthree x");
    let mut at = Vec::new();
    for back in [true, true, true, true, false] {
        emulator.search(Some("x"), back);
        at.push(
            emulator
                .search
                .as_ref()
                .and_then(|search| search.at)
                .map(|found| (found.line, found.column)),
        );
    }
    assert_eq!(
        at,
        [Some((2, 6)), Some((1, 6)), Some((1, 4)), Some((0, 4)), Some((1, 4))]
    );
}

#[test]
fn marks_and_commands_without_end_fill_no_memory() {
    let mut emulator = Emulator::new(10, 2, 10);
    emulator.feed("e".as_bytes());
    for _ in 0..200 {
        emulator.feed("\u{301}".repeat(4000).as_bytes());
    }
    let marks = emulator.term.grid()[Line(0)][Column(0)]
        .zerowidth()
        .map_or(0, <[char]>::len);
    assert!(marks <= MARKS, "{marks}");
    assert_eq!(lines(&emulator)[0].chars().count(), 1 + crate::base::cells::MARK_LIMIT);
    // nor when the lines that have them scroll away at once
    let line = format!("e{}\r\n", "\u{301}".repeat(300));
    emulator.feed(line.repeat(20).as_bytes());
    for line in -10..2 {
        let marks = emulator.term.grid()[Line(line)][Column(0)]
            .zerowidth()
            .map_or(0, <[char]>::len);
        assert!(marks <= MARKS, "{marks} in line {line}");
    }
}

#[test]
fn commands_inside_of_strings_leave_nothing_behind() {
    let mut emulator = Emulator::new(20, 2, 10);
    let title = format!("\x1b]2;{}\x07", "t".repeat(60_000));
    let link = format!("\x1b\n]8;;http://{}\x07x", "l".repeat(60_000));
    let colours = "\x1b]4;1;#ff0000\x07\x1b]10;#ff0000\x07";
    for bytes in [title.as_str(), &link, colours, "\x1b[22;0t", "\x1bPq#0~~\x1b\\"] {
        assert_eq!(emulator.feed(bytes.as_bytes()), [], "{:?}", &bytes[..8]);
    }
    let cell = &emulator.term.grid()[Line(1)][Column(0)];
    assert!(cell.c == 'x' && cell.hyperlink().is_none());
    assert!(emulator.term.colors()[1].is_none() && emulator.term.colors()[256].is_none());
    // half of a command that is too long must not be taken for all of it
    let clipboard = format!("\x1b]52;c;{}\x07", "YWFh".repeat(30_000));
    assert_eq!(emulator.feed(clipboard.as_bytes()), []);
}

#[test]
fn text_is_the_same_however_it_is_divided() {
    let text = "éx漢y👩z".as_bytes();
    for at in 1..text.len() {
        let mut emulator = fed(20, 2, &text[..at]);
        emulator.feed(&text[at..]);
        assert_eq!(lines(&emulator)[0], "éx漢y👩z", "{at}");
    }
}

#[test]
fn no_distance_is_too_far_to_scroll() {
    let mut emulator = Emulator::new(10, 2, 10);
    emulator.feed(b"1\r\n2\r\n3\r\n4");
    for (lines, wanted) in [(1, 1), (i32::MAX - 1, 2), (i32::MIN + 1, 0), (i32::MAX, 2)] {
        emulator.scroll(lines);
        assert_eq!(emulator.scrolled(), (wanted, 2), "{lines}");
    }
}

#[test]
fn any_size_is_taken() {
    let mut emulator = Emulator::new(0, 0, 50);
    for (columns, rows) in [(1, 1), (1000, 500), (0, 3), (3, 0), (65535, 65535), (80, 24)] {
        emulator.resize(columns, rows);
        emulator.feed("漢字 and text\r\n".repeat(30).as_bytes());
        let grid = emulator.screen();
        assert_eq!((grid.columns(), grid.rows()), emulator.size());
    }
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        "[ -~漢e\u{301}\u{202e}\u{200b}]{0,20}".prop_map(String::into_bytes),
        ("[0-9;?<>=]{0,12}", "[@-~]").prop_map(|(numbers, end)| format!("\x1b[{numbers}{end}").into_bytes()),
        "[^\x07\x1b]{0,30}".prop_map(|text| format!("\x1b]{text}\x07").into_bytes()),
        Just(b"\r\n".to_vec()),
        Just(b"\x1b[?1049h".to_vec()),
        Just(b"\x1b[999999999;999999999H".to_vec()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in hostile(), columns in 1_u16..60, rows in 1_u16..20, split in 1_usize..50) {
        let mut emulator = Emulator::new(columns, rows, 20);
        for part in bytes.chunks(split) {
            emulator.feed(part);
        }
        let whole = fed(columns, rows, &bytes);
        prop_assert_eq!(lines(&emulator).len(), lines(&whole).len());
        let grid = emulator.screen();
        for row in 0..grid.rows() {
            for c in grid.row(row).iter().flat_map(crate::base::cells::Cell::chars) {
                prop_assert!(!c.is_control() && c != '\u{202e}' && c != '\u{200b}', "{:?}", c);
            }
            let width: usize = grid.row(row).iter().filter(|cell| !cell.is_covered()).map(crate::base::cells::Cell::width).sum();
            prop_assert_eq!(width, usize::from(grid.columns()));
        }
        emulator.scroll(5);
        emulator.resize(rows, columns);
        emulator.text(true);
        emulator.search(Some("a"), true);
    }
}

#[test]
fn marks_are_looked_for_where_they_may_be() {
    for plain in ["plain", "é ü ß", "│━▀█", "漢字"] {
        assert!(!super::marks::may_be_in(plain.as_bytes()), "{plain}");
    }
    // every character that takes no column of its own
    for code in 0x80..0x11_0000 {
        let Some(c) = char::from_u32(code) else { continue };
        if unicode_width::UnicodeWidthChar::width(c) == Some(0) {
            assert!(super::marks::may_be_in(c.to_string().as_bytes()), "U+{code:04X}");
        }
    }
    assert!(
        super::marks::may_be_in(&"e\u{301}".as_bytes()[2..]),
        "the second half of a mark"
    );
}
