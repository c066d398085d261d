//! How fast bytes of a serial line become a screen, beside another emulator in the same run.

use std::fmt::Write as _;

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::{Config, Term};
use alacritty_terminal::vte::ansi::Processor;
use virt_deck::base::time::Clock;
use virt_deck::emulator::Emulator;

use crate::report::Report;

const COLUMNS: u16 = 160;
const ROWS: u16 = 48;
/// As much as a read from a host brings.
const PART: usize = 16 * 1024;
/// Lines that each emulator keeps.
const KEPT: usize = 10_000;
const BYTES: usize = 24 << 20;

/// Writes one line, or one screen, of a kind.
type Line = fn(&mut String, usize);

struct Size;

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }
    fn screen_lines(&self) -> usize {
        usize::from(ROWS)
    }
    fn columns(&self) -> usize {
        usize::from(COLUMNS)
    }
}

/// Log lines without any control sequence.
fn plain(out: &mut String, n: usize) {
    let _ = write!(
        out,
        "[{:5}.{:06}] systemd[1]: Started session {n} of user root on host-{:03}, unit {:x}.service\r\n",
        n / 7,
        n * 7919 % 1_000_000,
        n % 250,
        n.wrapping_mul(2_654_435_761) % 0xff_ffff,
    );
}

/// What a compiler says in colour.
fn build(out: &mut String, n: usize) {
    let _ = write!(
        out,
        "\x1b[1m\x1b[32m   Compiling\x1b[0m crate-{:03} v{}.{}.{}\r\n\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused \
         variable: `value{n}`\x1b[0m\r\n  \x1b[1m\x1b[38;5;12m--> \x1b[0msrc/file{}.rs:{}:{}\r\n",
        n % 400,
        n % 3,
        n % 17,
        n % 29,
        n % 40,
        n % 900,
        n % 80
    );
}

/// A full-screen program that draws all of its lines again, in colours and with frames.
fn redraw(out: &mut String, n: usize) {
    out.push_str("\x1b[H");
    for row in 0..ROWS {
        let value = n.wrapping_mul(31).wrapping_add(usize::from(row) * 17);
        let _ = write!(
            out,
            "\x1b[{};1H\x1b[38;2;{};{};120m│\x1b[0m {:>6} \x1b[7mroot\x1b[27m {:>5.1}% \x1b[36m{}\x1b[0m\x1b[K",
            row + 1,
            value % 256,
            value / 3 % 256,
            value % 99_999,
            (value % 1000) as f64 / 10.0,
            "━".repeat(value % 60),
        );
    }
}

fn filled(line: Line) -> Vec<u8> {
    let mut text = String::with_capacity(BYTES + PART);
    let mut n = 0;
    while text.len() < BYTES {
        line(&mut text, n);
        n += 1;
    }
    text.into_bytes()
}

/// Megabytes a second.
fn rate(clock: Clock, bytes: &[u8], mut feed: impl FnMut(&[u8])) -> f64 {
    let start = clock.now();
    for part in bytes.chunks(PART) {
        feed(part);
    }
    bytes.len() as f64 / 1e6 / clock.now().since(start).as_secs_f64()
}

/// Our emulator, its engine alone, and the `vt100` crate.
pub fn measure(clock: Clock, report: &mut Report) {
    let kinds: [(&str, Line); 3] = [
        ("plain text", plain),
        ("coloured build output", build),
        ("full-screen redraws", redraw),
    ];
    for (name, line) in kinds {
        let bytes = filled(line);
        let mut ours = Emulator::new(COLUMNS, ROWS, KEPT);
        let mine = rate(clock, &bytes, |part| drop(ours.feed(part)));
        let mut engine = Term::new(
            Config {
                scrolling_history: KEPT,
                ..Config::default()
            },
            &Size,
            VoidListener,
        );
        let mut processor: Processor = Processor::new();
        let alone = rate(clock, &bytes, |part| processor.advance(&mut engine, part));
        let mut other = vt100::Parser::new(ROWS, COLUMNS, KEPT);
        let peer = rate(clock, &bytes, |part| other.process(part));
        assert_eq!(
            ours.text(false).lines().next().map(str::trim_end),
            other.screen().contents().lines().next().map(str::trim_end),
            "both show the same"
        );
        report.note(
            format!("emulator, {name}"),
            format!(
                "{mine:.0} MB/s; engine without the filter {alone:.0}; vt100 crate {peer:.0}: ratio {:.2}",
                mine / peer
            ),
        );
    }
}
