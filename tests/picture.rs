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

/// Lines and blocks as rectangles, because fonts leave gaps between them: left, top, width, height.
fn shape(symbol: &str) -> Vec<(f64, f64, f64, f64)> {
    let (width, height) = (CELL.0 as f64, CELL.1 as f64);
    let (middle, centre) = (width / 2.0, height / 2.0);
    let across = |from: f64, to: f64| (from, centre - 0.5, to - from, 1.0);
    let down = |from: f64, to: f64| (middle - 0.5, from, 1.0, to - from);
    match symbol {
        "─" => vec![across(0.0, width)],
        "│" => vec![down(0.0, height)],
        "┃" => vec![(middle - 1.0, 0.0, 2.0, height)],
        "┌" => vec![across(middle, width), down(centre, height)],
        "┐" => vec![across(0.0, middle), down(centre, height)],
        "└" => vec![across(middle, width), down(0.0, centre)],
        "┘" => vec![across(0.0, middle), down(0.0, centre)],
        _ => {
            let eighths = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
            let found = eighths.iter().position(|block| *block == symbol);
            found.map_or_else(Vec::new, |n| {
                vec![(0.0, 2.0, width * (n as f64 + 1.0) / 8.0, height - 4.0)]
            })
        }
    }
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (usize::from(columns) * CELL.0, usize::from(rows) * CELL.1);
    let mut out = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' shape-rendering='crispEdges' font-family='DejaVu Sans Mono, Menlo, monospace' \
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
            let shape = shape(cell.contents());
            for (left, top, width, height) in &shape {
                writeln!(
                    out,
                    "<rect x='{}' y='{}' width='{width}' height='{height}' fill='{fg}'/>",
                    x as f64 + left,
                    y as f64 + top
                )
                .unwrap();
            }
            if shape.is_empty() && !cell.contents().trim().is_empty() {
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
        console.resize(42, 160);
        console.wait("the demo fleet with numbers", |screen| {
            let text = screen.contents();
            text.contains("8 up") && text.contains("1 down") && text.contains("/s") && !text.contains("CPUs measured")
        });
        // the host's use of a few more readings
        console.wait("a load on every host", |screen| {
            !screen.contents().contains("no numbers yet")
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
