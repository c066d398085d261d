//! What is painted looks as it should, and takes no more bytes than needed.

use proptest::prelude::*;
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;

const SIZE: (u16, u16) = (24, 6);

fn shown(bytes: &[u8]) -> Vec<String> {
    let mut parser = vt100::Parser::new(SIZE.1, SIZE.0, 0);
    parser.process(bytes);
    cells_of(parser.screen())
}

/// What can be seen of each cell.
fn cells_of(screen: &vt100::Screen) -> Vec<String> {
    let mut all = Vec::new();
    for row in 0..SIZE.1 {
        for column in 0..SIZE.0 {
            let cell = screen.cell(row, column).unwrap();
            let (mut symbol, mut colours) = (cell.contents().to_owned(), (cell.fgcolor(), cell.bgcolor()));
            if symbol.is_empty() {
                symbol.push(' ');
            }
            if symbol == "▄" {
                (symbol, colours) = ("▀".to_owned(), (colours.1, colours.0));
            }
            let seen = (cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse());
            if symbol == " " && !cell.underline() && !cell.inverse() {
                all.push(format!("blank {:?}", colours.1));
            } else {
                all.push(format!("{symbol} {colours:?} {seen:?}"));
            }
        }
    }
    all
}

fn changed<'a>(before: &Buffer, after: &'a Buffer) -> Vec<(u16, u16, &'a Cell)> {
    before.diff(after)
}

fn colours() -> impl Strategy<Value = Color> {
    prop_oneof![
        3 => Just(Color::Reset),
        2 => Just(Color::Red),
        1 => Just(Color::White),
        2 => (0u8..3).prop_map(|n| Color::Indexed(n * 90)),
        4 => (0u8..2, 0u8..2).prop_map(|(r, b)| Color::Rgb(r * 200, 7, b * 99)),
    ]
}

fn cell() -> impl Strategy<Value = (&'static str, Style)> {
    let symbols = prop_oneof![Just(" "), Just("▀"), Just("▄"), Just("x"), Just("é")];
    let modifiers = (0u16..32).prop_map(|bits| // bold and dim exclude each other in the terminal that looks
        Modifier::from_bits_truncate(if bits < 16 { 0 } else { bits & 0b1101 | (bits & 1) << 6 }));
    (symbols, colours(), colours(), modifiers).prop_map(|(symbol, fg, bg, modifier)| {
        // half blocks with the terminal's own colours cannot be turned, and are told apart below
        (symbol, Style::new().fg(fg).bg(bg).add_modifier(modifier))
    })
}

fn buffer() -> impl Strategy<Value = Buffer> {
    proptest::collection::vec((0..SIZE.0 - 1, 0..SIZE.1, cell()), 0..120).prop_map(|cells| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        for (x, y, (symbol, style)) in cells {
            buffer.set_string(x, y, symbol, style);
        }
        buffer
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The same is seen as with the backend that writes every colour of every cell.
    #[test]
    fn the_same_is_seen_for_fewer_bytes(one in buffer(), two in buffer()) {
        let empty = Buffer::empty(one.area);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (before, after) in [(&empty, &one), (&one, &two)] {
            let content = changed(before, after);
            cells(&mut ours, content.iter().copied());
            CrosstermBackend::new(&mut theirs).draw(content.into_iter()).unwrap();
            for (at, (mine, other)) in shown(&ours).into_iter().zip(shown(&theirs)).enumerate() {
                prop_assert_eq!(mine, other, "cell {} after {:?}", at, String::from_utf8_lossy(&ours));
            }
            prop_assert!(ours.len() <= theirs.len());
        }
    }
}

#[test]
fn nothing_is_nothing() {
    let mut out = Vec::new();
    cells(&mut out, std::iter::empty());
    assert!(out.is_empty());
}

#[test]
fn colours_are_written_when_they_change() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
    let (grey, black) = (Color::Rgb(170, 170, 170), Color::Rgb(0, 0, 0));
    buffer.set_string(0, 0, "▀▀", Style::new().fg(grey).bg(black));
    buffer.set_string(2, 0, "▀", Style::new().fg(black).bg(grey));
    buffer.set_string(3, 0, " ", Style::new().bg(black));
    let mut out = Vec::new();
    cells(&mut out, Buffer::empty(buffer.area).diff(&buffer).into_iter());
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "\x1b[1H\x1b[38;2;170;170;170;48;2;0;0;0m▀▀▄ \x1b[0m"
    );
}

#[test]
fn places_after_wide_characters_are_named() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
    buffer.set_string(0, 0, "漢", Style::new());
    buffer.set_string(4, 0, "ab", Style::new());
    buffer.set_string(9, 0, "c", Style::new());
    let mut out = Vec::new();
    cells(&mut out, Buffer::empty(buffer.area).diff(&buffer).into_iter());
    assert_eq!(String::from_utf8(out).unwrap(), "\x1b[1H漢\x1b[1;5Hab\x1b[3Cc");
}
