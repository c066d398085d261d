//! Text read from screens that real machines have shown; `tests/lab/glyphs` records them.

use super::*;
use crate::hv::console::ColourDepth;
use crate::picture::{signs, thumbnail};

fn screen(bytes: &[u8]) -> Picture {
    Picture::from_png(bytes).unwrap()
}

fn all(bytes: &[u8]) -> (TextScreen, Vec<String>) {
    let found = read(&screen(bytes)).unwrap();
    let lines = found.lines();
    (found, lines)
}

const VGA: &[u8] = include_bytes!("../../tests/screens/vga-256.png");
const NO_BOOT: &[u8] = include_bytes!("../../tests/screens/vga-no-boot.png");
const PANIC: &[u8] = include_bytes!("../../tests/screens/linux-panic.png");
const LINUX: &[u8] = include_bytes!("../../tests/screens/linux-vga.png");
const FIXED: &[u8] = include_bytes!("../../tests/screens/linux-fixed.png");
const UEFI: &[u8] = include_bytes!("../../tests/screens/uefi-no-boot.png");

#[test]
fn all_characters_of_vga_are_read() {
    let (found, lines) = all(VGA);
    assert_eq!(
        (found.columns, found.rows, found.cell, found.unknown),
        (80, 25, (9, 16), 0)
    );
    let text = lines[..4].concat();
    let ascii: String = (' '..='~').collect();
    assert!(text.contains(&ascii), "{text}");
    assert!(
        text.contains("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌")
    );
    assert!(text.contains("≡±≥≤⌠⌡÷≈°"));
}

#[test]
fn colours_of_cells_are_kept() {
    let (found, _) = all(VGA);
    // all attributes from row 5 on: the lower half is the text's colour, the upper the background's
    let cell = |attribute: usize| found.cells.row((5 + attribute / 80) as u16)[attribute % 80];
    assert_eq!((cell(0x1f).base(), cell(0x00).base()), ('A', ' '));
    assert_eq!(cell(0x1f).foreground, CellColour::Rgb(0xff, 0xff, 0xff));
    assert_eq!(cell(0x1f).background, CellColour::Rgb(0, 0, 0xa8));
    assert_eq!(cell(0x1f).background, cell(0x11).background);
    assert_eq!(cell(0x42).background, cell(0x04).foreground);
}

#[test]
fn a_firmware_that_finds_nothing_is_read() {
    let (found, lines) = all(NO_BOOT);
    assert!(lines[0].starts_with("SeaBIOS (version "));
    assert_eq!(lines[9], "No bootable device.");
    assert_eq!((found.unknown, found.cursor), (0, Some((0, 10))));
    assert_eq!(signs::words(&lines), ["No bootable device", "Boot failed"]);
}

#[test]
fn uefi_is_read_in_the_middle_of_the_screen() {
    let (found, lines) = all(UEFI);
    assert_eq!((found.cell, found.unknown), ((8, 19), 0));
    assert!(
        lines
            .iter()
            .any(|line| line.trim() == "BdsDxe: No bootable option or device was found."),
        "{lines:?}"
    );
    assert!(signs::words(&lines).contains(&"No bootable device"));
}

#[test]
fn a_panic_on_the_framebuffer_console_is_read() {
    let (found, lines) = all(PANIC);
    assert_eq!((found.columns, found.rows, found.unknown), (128, 48, 0));
    let sought = "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)";
    assert!(lines.iter().any(|line| line.ends_with(sought)), "{lines:?}");
    assert_eq!(signs::words(&lines), ["Kernel panic"]);
    assert!(found.cursor.is_some());
}

#[test]
fn the_menu_of_grub_is_read() {
    let (found, lines) = all(include_bytes!("../../tests/screens/grub-menu.png"));
    assert_eq!(found.origin, (10, 10));
    assert!(
        lines.iter().any(|line| line.contains("GNU GRUB  version 2.")),
        "{lines:?}"
    );
    let row = lines
        .iter()
        .position(|line| line.contains("*Debian GNU/Linux"))
        .unwrap();
    // the entry that is chosen is written dark on bright
    let cell = found.cells.row(row as u16)[5];
    assert!(cell.foreground == CellColour::Rgb(0, 0, 0) && cell.background != cell.foreground);
    assert!(lines.iter().any(|line| line.contains("Use the ↑ and ↓ keys to select")));
}

#[test]
fn fonts_that_distributions_load_are_read() {
    for (bytes, beyond) in [(LINUX, "╒╓╔╕╖"), (FIXED, "чшщъыьэюяëђ")] {
        let (found, lines) = all(bytes);
        assert_eq!(found.unknown, 0);
        let ascii: String = (' '..='~').collect();
        assert!(lines[0].contains(&ascii), "{}", lines[0]);
        assert!(lines.iter().any(|line| line.contains(beyond)), "{lines:?}");
    }
}

#[test]
fn a_cursor_over_a_letter_hides_no_letter() {
    let mut picture = screen(NO_BOOT);
    // a line below the "N" instead of the one on the next row
    let ink = screen(NO_BOOT).pixels().iter().copied().max().unwrap();
    for y in 13..15 {
        for x in 0..9 {
            picture.set(x, 144 + y, ink);
            picture.set(x, 160 + 13 + (y - 13), 0);
        }
    }
    let found = read(&picture).unwrap();
    assert_eq!(found.lines()[9], "No bootable device.");
    assert_eq!(found.cursor, Some((0, 9)));
    // a block over the first letter of "bootable"
    let block = Rect {
        x: 27,
        y: 144,
        width: 9,
        height: 16,
    };
    for y in block.y..block.y + block.height {
        for x in block.x..block.x + block.width {
            let pixel = picture.get(x, y);
            picture.set(x, y, if pixel == 0 { ink } else { 0 });
        }
    }
    assert_eq!(read(&picture).unwrap().lines()[9], "No bootable device.");
}

#[test]
fn a_few_strange_cells_do_not_matter_and_many_do() {
    let mut picture = screen(PANIC);
    let stain = |picture: &mut Picture, x: u16| {
        for y in 0..16 {
            picture.set(x * 8 + y % 8, y, 0x12_3400 + u32::from(y));
        }
    };
    for x in 60..70 {
        stain(&mut picture, x);
    }
    let found = read(&picture).unwrap();
    assert_eq!(found.unknown, 10);
    for y in 0..300 {
        for x in 0..1024 {
            picture.set(x, y, (u32::from(x) * 77) ^ (u32::from(y) * 1313));
        }
    }
    assert_eq!(read(&picture), None);
}

#[test]
fn what_is_no_text_is_not_read() {
    for (width, height) in [(0, 0), (1, 1), (319, 480), (720, 400), (1024, 768), (8192, 200)] {
        assert_eq!(
            read(&Picture::new(width, height).unwrap()),
            None,
            "black {width}x{height}"
        );
        let pixels = (0..u32::from(width) * u32::from(height)).map(|at| at.wrapping_mul(0x9e37_79b1) >> 8);
        let noise = Picture::from_pixels(width, height, pixels.collect()).unwrap();
        assert_eq!(read(&noise), None, "noise {width}x{height}");
    }
}

#[test]
fn thumbnails_tell_what_is_written_and_do_not_blink() {
    let mut picture = screen(NO_BOOT);
    let one = thumbnail(&picture, (24, 8), ColourDepth::Indexed, false);
    assert_eq!((one.grid.columns(), one.grid.rows(), one.size), (24, 8, (720, 400)));
    assert_eq!(one.words, ["No bootable device", "Boot failed"]);
    assert!(!one.black && one.text.is_some());
    picture.fill(
        Rect {
            x: 0,
            y: 160,
            width: 9,
            height: 16,
        },
        0,
    );
    let other = thumbnail(&picture, (24, 8), ColourDepth::Indexed, false);
    assert_eq!(one.fingerprint, other.fingerprint);
    let black = thumbnail(&Picture::new(640, 480).unwrap(), (10, 3), ColourDepth::True, false);
    assert!(black.black && black.text.is_none() && black.words.is_empty());
    let none = thumbnail(&Picture::default(), (0, 0), ColourDepth::None, true);
    assert!(none.black);
}
