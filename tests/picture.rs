//! The picture in README is drawn from the real program. `VIRT_DECK_BLESS=1 cargo test --test picture` draws it anew.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::Console;

/// Pixels of a cell.
const CELL: (usize, usize) = (8, 17);
/// The sixteen colours of the picture's terminal.
const PALETTE: [&str; 16] = [
    "#1d1f21", "#cc6666", "#b5bd68", "#f0c674", "#81a2be", "#b294bb", "#8abeb7", "#c5c8c6", "#707880", "#d54e53",
    "#b9ca4a", "#e7c547", "#7aa6da", "#c397d8", "#70c0b1", "#ffffff",
];

fn colour(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Idx(n) => PALETTE.get(usize::from(n)).map_or(default, |found| found).to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (usize::from(columns) * CELL.0, usize::from(rows) * CELL.1);
    let mut out = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' font-family='DejaVu Sans Mono, Menlo, monospace' \
         font-size='13'>\n<rect width='{width}' height='{height}' fill='#1d1f21'/>\n"
    );
    for row in 0..rows {
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
                continue;
            };
            let (mut fg, mut bg) = (colour(cell.fgcolor(), "#c5c8c6"), colour(cell.bgcolor(), "#1d1f21"));
            if cell.inverse() {
                std::mem::swap(&mut fg, &mut bg);
            }
            let (x, y) = (usize::from(column) * CELL.0, usize::from(row) * CELL.1);
            let wide = if cell.is_wide() { 2 } else { 1 };
            if bg != "#1d1f21" {
                writeln!(
                    out,
                    "<rect x='{x}' y='{y}' width='{}' height='{}' fill='{bg}'/>",
                    CELL.0 * wide,
                    CELL.1
                )
                .unwrap();
            }
            if !cell.contents().trim().is_empty() {
                let bold = if cell.bold() { " font-weight='bold'" } else { "" };
                let text = escape(cell.contents());
                writeln!(out, "<text x='{x}' y='{}' fill='{fg}'{bold}>{text}</text>", y + 13).unwrap();
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

#[test]
fn the_picture_shows_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screenshot.svg");
    if std::env::var_os("VIRT_DECK_BLESS").is_some() {
        let mut console = Console::start(&["--demo"]);
        console.resize(46, 150);
        console.wait("the demo fleet with numbers", |screen| {
            let text = screen.contents();
            text.contains("8 up") && text.contains("1 down") && text.contains("Most CPU") && text.contains("K/s")
        });
        std::fs::write(&path, svg(console.parser.screen())).unwrap();
        console.press("qy");
        assert_eq!(console.end(), 0);
    }
    let picture = std::fs::read_to_string(&path).unwrap();
    let text: String = picture
        .lines()
        .filter_map(|line| line.strip_suffix("</text>")?.rsplit('>').next())
        .collect();
    for words in ["virt-deck", "DEMO", "Oslo", "osl-kvm-01", "Capacity", "recorded"] {
        assert!(text.contains(words), "the picture lacks {words}");
    }
}
