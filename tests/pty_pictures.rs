//! Pictures in terminals with graphics: what the program writes is decoded by another decoder and
//! compared with the guest's screen. libvirt's own test driver has a VM with a screenshot.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Console;
use common::graphics::{CELL, Pixels, Seen, Terminal, distance, screenshot};
use rustix::process::Signal;

const LEADER: &str = "\x1b[24~";
/// Room for all of the picture, pixel by pixel.
const SIZE: (u16, u16) = (56, 144);

/// The picture that the test driver shows, which belongs to libvirt.
fn logo() -> Pixels {
    screenshot(&std::fs::read("/usr/share/libvirt/test-screenshot.png").unwrap())
}

fn start(arguments: &[&str]) -> Seen {
    let cell = (CELL.0 as u16, CELL.1 as u16);
    let host = common::graphics::host();
    let arguments = [&["-c", host.as_str()], arguments].concat();
    let mut seen = Seen::new(Console::start_large(&arguments, &[], SIZE, cell));
    seen.open_screen();
    seen.press(&format!("{LEADER}z"));
    seen.text("1:1 +0+0");
    // more commands could follow
    seen.press("\x1b");
    seen
}

/// Whether the whole picture is on the screen: exactly, or where a terminal has only 256 colours
/// as near as these.
fn is_whole(terminal: &Terminal, logo: &Pixels, exact: bool) -> bool {
    let screen = terminal.picture();
    let inside = (screen.width, screen.height - 2 * CELL.1);
    let middle = |room: usize, size: usize, cell: usize| (room - size) / 2 / cell * cell;
    let place = (
        middle(inside.0, logo.width, CELL.0),
        CELL.1 + middle(inside.1, logo.height, CELL.1),
    );
    let (mean, most, missing) = distance(&screen, place, logo);
    missing == 0 && if exact { most == 0 } else { mean < 3.0 }
}

/// Opens a picture, covers it, uncovers it, leaves it, comes back, changes the size, ends.
fn tour(protocol: &str, more: &[&str], exact: bool) {
    let logo = logo();
    let mut seen = start(&[&["--graphics", protocol], more].concat());
    let whole = |terminal: &Terminal| is_whole(terminal, &logo, exact) && terminal.collisions() == 0;
    seen.wait("the picture", whole);
    // commands stand over it, and no picture over them
    seen.press(LEADER);
    seen.text("Ctrl-Alt-Del");
    let is_clear = |terminal: &Terminal| terminal.collisions() == 0 && terminal.text().contains("Save");
    seen.wait("the commands alone", is_clear);
    assert!(!seen.terminal.is_bare(), "the rest of the picture stays");
    seen.press("\x1b");
    seen.wait("the picture without the commands", whole);
    // a dialog has half blocks behind it
    seen.press(&format!("{LEADER}?"));
    seen.text("Keys of the console view");
    seen.wait("no picture behind the dialog", Terminal::is_bare);
    seen.press("\x1b");
    seen.wait("the picture without the dialog", whole);
    // the fleet
    seen.press(&format!("{LEADER}q"));
    seen.text("VM test");
    seen.wait("no picture over the fleet", Terminal::is_bare);
    seen.press("o");
    seen.wait("the picture again", whole);
    // smaller: made for another size, nothing may stand where it does not belong
    seen.resize(30, 100);
    seen.wait("the part that fits", |terminal| {
        terminal.picture().get(400, 200).is_some()
            && terminal.collisions() == 0
            && terminal.text().contains("screenshots")
    });
    seen.resize(SIZE.0, SIZE.1);
    seen.wait("the whole again", whole);
    // in the order of the other protocols
    let other = if protocol == "sixel" { "kitty" } else { "sixel" };
    seen.press(&format!("{LEADER}:console.graphics half-blocks\r"));
    seen.wait("half blocks", |terminal| {
        terminal.is_bare() && terminal.text().contains('▀')
    });
    seen.press(&format!("{LEADER}:console.graphics {other}\r"));
    seen.wait("the other protocol", |terminal| {
        is_whole(terminal, &logo, other == "kitty")
    });
    seen.press(&format!("{LEADER}:console.graphics {protocol}\r"));
    seen.wait("the first protocol", |terminal| {
        whole(terminal) && terminal.images.is_empty() != (protocol == "kitty")
    });
    seen.console.signal(Signal::TERM);
    seen.end();
    assert!(seen.terminal.is_bare(), "something is left");
    seen.console.is_restored();
}

#[test]
fn kitty_has_them_over_a_theme_with_a_background() {
    tour("kitty", &["--theme", "nord"], true);
}

#[test]
fn iterm2_has_the_guests_pixels() {
    tour("iterm2", &[], true);
}

#[test]
fn sixel_has_them_in_256_colours() {
    tour("sixel", &[], false);
}

#[test]
fn nothing_is_left_of_kittys_pictures_after_leaving_and_stopping() {
    let logo = logo();
    let mut seen = start(&["--graphics", "kitty"]);
    let whole = |terminal: &Terminal| is_whole(terminal, &logo, true);
    seen.wait("the picture", whole);
    seen.console.signal(Signal::TSTP);
    seen.console.wait_until_stopped();
    seen.wait("what was written before the stop", Terminal::is_bare);
    seen.console.signal(Signal::CONT);
    seen.wait("the picture again", whole);
    seen.press(&format!("{LEADER}q"));
    seen.text("VM test");
    seen.press("q");
    seen.text("Leave virt-deck?");
    seen.press("y");
    assert_eq!(seen.end(), 0);
    assert!(seen.terminal.is_bare());
    seen.console.is_restored();
}
