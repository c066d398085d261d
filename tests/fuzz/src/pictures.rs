//! Screenshots as a hypervisor sends them, and what is made of them.

use virt_deck::hv::console::{ColourDepth, PictureProtocol, Viewport, Zoom};
use virt_deck::picture::view::View;
use virt_deck::picture::{Picture, Rect, signs, text, thumbnail};

use super::guests::check_grid;
use super::{Input, assert_harmless};

/// Sizes of text screens, and one that is none.
const SIZES: [(u16, u16); 8] = [
    (720, 400),
    (640, 480),
    (640, 400),
    (800, 600),
    (1024, 768),
    (1280, 800),
    (320, 200),
    (37, 41),
];
/// The largest picture that is looked at closely, in pixels.
const CLOSE: usize = 1 << 20;

/// A picture of two bytes each for a colour and how often it follows; the size and the colours
/// come first. Files of pictures are beyond guessing.
fn painted(input: &mut Input<'_>) -> Option<Picture> {
    let (width, height) = SIZES[usize::from(input.byte() % 8)];
    let mut palette = [0; 4];
    for colour in &mut palette {
        *colour = u32::from_be_bytes([0, input.byte(), input.byte(), input.byte()]);
    }
    let count = usize::from(width) * usize::from(height);
    let mut pixels = Vec::with_capacity(count);
    while !input.0.is_empty() && pixels.len() < count {
        let run = input.short();
        let length = usize::from(run & 0x3fff).min(count - pixels.len());
        pixels.resize(pixels.len() + length, palette[usize::from(run >> 14)]);
    }
    pixels.resize(count, palette[0]);
    Picture::from_pixels(width, height, pixels)
}

fn viewport(input: &mut Input<'_>) -> Viewport {
    let kind = input.byte();
    Viewport {
        columns: u16::from(input.byte()),
        rows: u16::from(input.byte() % 100),
        cell: (kind & 1 != 0).then(|| (u16::from(input.byte() % 40), u16::from(input.byte() % 40))),
        protocol: match kind >> 1 & 3 {
            0 => PictureProtocol::HalfBlocks,
            1 => PictureProtocol::Kitty,
            2 => PictureProtocol::Sixel,
            _ => PictureProtocol::Iterm2,
        },
        depth: if kind & 8 == 0 {
            ColourDepth::True
        } else {
            ColourDepth::Sixteen
        },
        ascii: kind & 16 != 0,
        zoom: match kind >> 5 & 3 {
            0 => Zoom::Fit,
            1 => Zoom::Same,
            _ => Zoom::Times(input.byte()),
        },
        pan: (input.short(), input.short()),
        read_text: kind & 128 == 0,
        visible: true,
        budget: 0,
    }
}

/// A picture file, or with a first byte of 1 a picture as `painted` makes it of the rest. With 2,
/// a viewport comes first and the picture is drawn as well.
pub fn picture(data: &[u8]) {
    let mut input = Input(data);
    let drawn = (data.first() == Some(&2)).then(|| {
        input.byte();
        viewport(&mut input)
    });
    let picture = if input.0.first() == Some(&1) {
        input.byte();
        painted(&mut input)
    } else {
        Picture::from_bytes(input.0).ok()
    };
    let Some(picture) = picture else {
        return;
    };
    let (width, height) = (picture.width(), picture.height());
    let pixels = picture.pixels().len();
    assert_eq!(pixels, usize::from(width) * usize::from(height));
    assert!(pixels > 0 && pixels <= 16 << 20);
    if pixels > CLOSE {
        return;
    }
    if pixels < 1 << 14 {
        let again = Picture::from_bytes(&picture.save_png());
        assert_eq!(again.as_ref(), Ok(&picture));
        assert_eq!(again.map(|again| again.fingerprint()), Ok(picture.fingerprint()));
    }
    picture.is_black();
    if let Some(screen) = text::read(&picture) {
        assert_eq!(
            (screen.cells.columns(), screen.cells.rows()),
            (screen.columns, screen.rows)
        );
        check_grid(&screen.cells);
        let lines = screen.lines();
        for line in &lines {
            assert_harmless(line);
        }
        signs::words(&lines);
        if let Some((column, row)) = screen.cursor {
            assert!(column < screen.columns && row < screen.rows);
        }
        screen.fingerprint();
    }
    let small = thumbnail(&picture, (30, 12), ColourDepth::True, false);
    check_grid(&small.grid);
    let Some(viewport) = drawn else {
        return;
    };
    let mut view = View::new(1);
    let frame = view.render(&picture, None, &viewport, Some((width, height)));
    check_grid(&frame.grid);
    let damage = [Rect {
        x: width / 2,
        y: height / 2,
        width: u16::MAX,
        height: 1,
    }];
    // nothing has changed: whatever is drawn again must be the same
    let again = view.render(&picture, Some(&damage), &viewport, Some((width, height)));
    assert_eq!(frame.grid, again.grid);
    for frame in [&frame, &again] {
        if let Some((column, row)) = frame.cursor {
            assert!(column < viewport.columns && row < viewport.rows, "{column} {row}");
        }
    }
    for (column, row) in [(0, 0), (viewport.columns, viewport.rows), (u16::MAX, u16::MAX)] {
        if let Some((x, y)) = view.guest_point(column, row) {
            assert!(x < width && y < height, "{x} {y}");
        }
    }
}
