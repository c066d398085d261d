//! Views against what they draw: real text screens, random pictures, decoded graphics.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::base::cells::CellColour;
use crate::hv::console::{ColourDepth, Tile};

fn viewport(columns: u16, rows: u16) -> Viewport {
    Viewport {
        columns,
        rows,
        cell: Some((8, 16)),
        protocol: PictureProtocol::HalfBlocks,
        depth: ColourDepth::True,
        ascii: false,
        zoom: Zoom::Fit,
        pan: (0, 0),
        read_text: false,
        visible: true,
        budget: 0,
    }
}

/// Something with many colours and no repetition.
fn colourful(width: u16, height: u16) -> Picture {
    let pixels = (0..u32::from(height)).flat_map(|y| {
        (0..u32::from(width)).map(move |x| (x * 3 & 255) << 16 | (y * 5 & 255) << 8 | ((x ^ y) * 7 & 255))
    });
    Picture::from_pixels(width, height, pixels.collect()).unwrap()
}

fn screen(bytes: &[u8]) -> Picture {
    Picture::from_png(bytes).unwrap()
}

fn lines(grid: &CellGrid) -> Vec<String> {
    (0..grid.rows()).map(|row| grid.line(row)).collect()
}

#[test]
fn half_blocks_show_two_pixels_a_cell() {
    let picture = colourful(4, 4);
    let frame = View::new(0).render(&picture, None, &viewport(4, 2), Some((3, 3)));
    let at = |x: u16, y: u16| {
        let pixel = picture.get(x, y);
        CellColour::Rgb((pixel >> 16) as u8, (pixel >> 8) as u8, pixel as u8)
    };
    for row in 0..2 {
        for (column, cell) in (0..).zip(frame.grid.row(row)) {
            assert_eq!(cell.base(), '▀');
            assert_eq!(
                (cell.foreground, cell.background),
                (at(column, 2 * row), at(column, 2 * row + 1))
            );
        }
    }
    assert_eq!((frame.cursor, frame.size, frame.tiles.len()), (Some((3, 1)), (4, 4), 0));
}

#[test]
fn fitted_pictures_keep_their_sides_and_stand_in_the_middle() {
    let mut picture = Picture::new(100, 100).unwrap();
    picture.fill(picture.all(), 0xff_0000);
    let mut view = View::new(0);
    let frame = view.render(&picture, None, &viewport(60, 10), None);
    let red = CellColour::Rgb(255, 0, 0);
    for row in 0..10 {
        let coloured: Vec<usize> = (0..60)
            .filter(|at| frame.grid.row(row)[*at].background == red)
            .collect();
        assert_eq!((coloured.len(), coloured[0]), (20, 20));
    }
    assert_eq!(view.guest_point(19, 0), None);
    assert_eq!(view.guest_point(20, 0), Some((2, 7)));
    assert_eq!(view.guest_point(39, 9), Some((97, 97)));
    // cells that are not twice as high as wide
    let square = Viewport {
        cell: Some((10, 10)),
        ..viewport(60, 10)
    };
    let frame = view.render(&picture, None, &square, None);
    assert_eq!(
        frame.grid.row(5).iter().filter(|cell| cell.background == red).count(),
        10
    );
}

#[test]
fn panning_stays_within_the_picture() {
    let picture = colourful(200, 100);
    let mut view = View::new(0);
    let same = Viewport {
        zoom: Zoom::Same,
        pan: (150, 60_000),
        ..viewport(80, 20)
    };
    let frame = view.render(&picture, None, &same, Some((120, 60)));
    assert_eq!((frame.pan, frame.cursor), ((120, 60), Some((0, 0))));
    assert_eq!(view.guest_point(0, 0), Some((120, 61)));
    assert_eq!(view.seen(), (80, 40));
    let large = Viewport {
        zoom: Zoom::Times(4),
        pan: (10, 10),
        ..viewport(80, 20)
    };
    let frame = view.render(&picture, None, &large, None);
    assert_eq!((frame.pan, view.seen()), ((10, 10), (20, 10)));
    assert_eq!(frame.grid.row(0)[0], frame.grid.row(1)[3]);
    // smaller than the room: in the middle
    let frame = view.render(&colourful(10, 10), None, &same, None);
    assert_eq!((frame.pan, view.guest_point(35, 7)), ((0, 0), Some((0, 1))));
}

#[test]
fn a_text_screen_is_drawn_as_text() {
    let picture = screen(include_bytes!("../../tests/screens/vga-no-boot.png"));
    for size in [(160, 50), (80, 25)] {
        let mut view = View::new(0);
        let wanted = Viewport {
            read_text: true,
            protocol: PictureProtocol::Kitty,
            ..viewport(size.0, size.1)
        };
        let frame = view.render(&picture, None, &wanted, None);
        assert!(view.shows_text() && frame.tiles.is_empty());
        let text = lines(&frame.grid);
        assert!(
            text.iter().any(|line| line.trim_start() == "No bootable device."),
            "{text:?}"
        );
        let (left, top) = ((size.0 - 80) / 2, (size.1 - 25) / 2);
        assert_eq!(view.guest_point(left + 2, top + 3), Some((22, 56)));
        assert_eq!(frame.cursor.map(|(column, _)| column), Some(left));
        assert_eq!(
            frame.grid.row(top)[usize::from(left)].foreground,
            CellColour::Rgb(0xa8, 0xa8, 0xa8)
        );
    }
    // a smaller console shows a part
    let small = Viewport {
        read_text: true,
        pan: (9 * 3, 16 * 9),
        ..viewport(10, 5)
    };
    let mut view = View::new(0);
    let frame = view.render(&picture, None, &small, None);
    assert_eq!((lines(&frame.grid)[0].as_str(), frame.pan), ("bootable d", (27, 144)));
    assert_eq!(view.guest_point(0, 0), Some((31, 152)));
    // and not as text where it is not wanted or made larger
    for other in [
        Viewport {
            read_text: false,
            ..small
        },
        Viewport {
            zoom: Zoom::Times(2),
            ..small
        },
    ] {
        view.render(&picture, None, &other, None);
        assert!(!view.shows_text());
    }
}

#[test]
fn text_that_changes_is_read_again() {
    let mut picture = screen(include_bytes!("../../tests/screens/vga-no-boot.png"));
    let wanted = Viewport {
        read_text: true,
        ..viewport(80, 25)
    };
    let mut view = View::new(0);
    view.render(&picture, None, &wanted, None);
    // "No bootable device." one line further down, pixel by pixel
    for y in 144..160 {
        for x in 0..720 {
            picture.set(x, y + 48, picture.get(x, y));
        }
    }
    let damage = [Rect {
        x: 0,
        y: 192,
        width: 720,
        height: 16,
    }];
    let frame = view.render(&picture, Some(&damage), &wanted, None);
    assert_eq!(frame.grid.line(12), "No bootable device.");
    assert_eq!(frame.grid, View::new(0).render(&picture, None, &wanted, None).grid);
    // a picture comes instead
    let other = colourful(720, 400);
    let frame = view.render(&other, Some(&[other.all()]), &wanted, None);
    assert!(!view.shows_text());
    assert_eq!(frame.grid, View::new(0).render(&other, None, &wanted, None).grid);
}

fn kitty(tile: &Tile) -> (u32, usize, usize, Vec<u8>) {
    let text = std::str::from_utf8(&tile.bytes).unwrap();
    let (mut data, mut keys) = (String::new(), String::new());
    for part in text.split_terminator("\x1b\\") {
        let (head, chunk) = part.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
        assert!(chunk.len() <= 4096);
        data.push_str(chunk);
        if keys.is_empty() {
            head.clone_into(&mut keys);
        }
    }
    let value = |name: &str| {
        let find = |key: &str| key.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        keys.split(',').find_map(find).unwrap()
    };
    for (name, wanted) in [("a", "T"), ("f", "24"), ("o", "z"), ("C", "1"), ("q", "2")] {
        assert_eq!(value(name), wanted);
    }
    assert_eq!(
        (value("c"), value("r")),
        (tile.columns.to_string(), tile.rows.to_string())
    );
    let mut pixels = Vec::new();
    flate2::read::ZlibDecoder::new(STANDARD.decode(data).unwrap().as_slice())
        .read_to_end(&mut pixels)
        .unwrap();
    (
        value("i").parse().unwrap(),
        value("s").parse().unwrap(),
        value("v").parse().unwrap(),
        pixels,
    )
}

#[test]
fn kitty_tiles_are_the_picture() {
    // 8x16 pixels a cell: the guest's pixels are sent as they are
    let picture = colourful(400, 320);
    let wanted = Viewport {
        protocol: PictureProtocol::Kitty,
        cell: Some((16, 32)),
        ..viewport(50, 20)
    };
    let mut view = View::new(3);
    let frame = view.render(&picture, None, &wanted, None);
    assert_eq!(frame.grid, CellGrid::new(50, 20));
    assert_eq!(frame.tiles.len(), 3 * 5);
    let mut ids = std::collections::HashSet::new();
    for tile in &frame.tiles {
        let (id, width, height, pixels) = kitty(tile);
        assert!(ids.insert(id));
        assert_eq!(
            (width, height),
            (usize::from(tile.columns) * 8, usize::from(tile.rows) * 16)
        );
        for (at, pixel) in pixels.chunks(3).enumerate() {
            let x = tile.column * 8 + (at % width) as u16;
            let y = tile.row * 16 + (at / width) as u16;
            assert_eq!(picture.get(x, y).to_be_bytes()[1..], *pixel, "{x} {y}");
        }
    }
    // one pixel: one tile
    let mut changed = picture.clone();
    changed.set(399, 0, 0x01_0101);
    let damage = [Rect {
        x: 380,
        y: 0,
        width: 20,
        height: 2,
    }];
    let next = view.render(&changed, Some(&damage), &wanted, None);
    let other: Vec<_> = (0..15)
        .filter(|at| next.tiles[*at].version != frame.tiles[*at].version)
        .collect();
    assert_eq!(other, [2]);
    assert_eq!(kitty(&next.tiles[2]).0, kitty(&frame.tiles[2]).0);
    assert_eq!(View::new(3).render(&changed, None, &wanted, None).tiles, next.tiles);
}

#[test]
fn iterm2_tiles_are_the_picture() {
    let picture = colourful(160, 96);
    let wanted = Viewport {
        protocol: PictureProtocol::Iterm2,
        ..viewport(20, 6)
    };
    for tile in View::new(0).render(&picture, None, &wanted, None).tiles {
        let text = std::str::from_utf8(&tile.bytes).unwrap();
        let (head, data) = text.strip_suffix('\x07').unwrap().split_once(':').unwrap();
        assert!(head.starts_with("\x1b]1337;File=inline=1;size="));
        assert!(head.contains(&format!("width={};height={};", tile.columns, tile.rows)));
        let part = Picture::from_png(&STANDARD.decode(data).unwrap()).unwrap();
        for y in 0..part.height() {
            for x in 0..part.width() {
                assert_eq!(part.get(x, y), picture.get(tile.column * 8 + x, tile.row * 16 + y));
            }
        }
    }
}

/// Reads sixels; colours in percent.
fn sixel(bytes: &[u8]) -> (usize, usize, Vec<Option<[u32; 3]>>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let body = text
        .strip_prefix("\x1bP0;1;0q\"1;1;")
        .unwrap()
        .strip_suffix("\x1b\\")
        .unwrap();
    let end = body.find('#').unwrap();
    let (width, height) = body[..end].split_once(';').unwrap();
    let (width, height): (usize, usize) = (width.parse().unwrap(), height.parse().unwrap());
    let mut pixels = vec![None; width * height];
    let mut colours = std::collections::HashMap::new();
    let (mut x, mut top, mut colour) = (0, 0, None);
    let mut rest = &body[end..];
    let number = |rest: &mut &str| -> u32 {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        *rest = after;
        digits.parse().unwrap()
    };
    while let Some(c) = rest.chars().next() {
        rest = &rest[1..];
        let mut count = 1;
        let mut sixel = c;
        match c {
            '#' => {
                let index = number(&mut rest);
                if let Some(after) = rest.strip_prefix(";2;") {
                    rest = after;
                    let mut rgb = [0; 3];
                    for (at, value) in rgb.iter_mut().enumerate() {
                        *value = number(&mut rest);
                        if at < 2 {
                            rest = rest.strip_prefix(';').unwrap();
                        }
                    }
                    colours.insert(index, rgb);
                } else {
                    colour = Some(colours[&index]);
                }
                continue;
            }
            '$' => {
                x = 0;
                continue;
            }
            '-' => {
                (x, top) = (0, top + 6);
                continue;
            }
            '!' => {
                count = number(&mut rest) as usize;
                sixel = rest.chars().next().unwrap();
                rest = &rest[1..];
            }
            _ => {}
        }
        let bits = sixel as u32 - 63;
        for _ in 0..count {
            for y in (0..6).filter(|y| bits >> y & 1 == 1) {
                assert!(
                    pixels[(top + y) * width + x].replace(colour.unwrap()).is_none(),
                    "drawn twice"
                );
            }
            x += 1;
        }
    }
    (width, height, pixels)
}

#[test]
fn sixel_tiles_are_the_picture() {
    // few colours, so that none is lost, at 10x20 pixels a cell
    let pixels = (0..300 * 200u32).map(|at| [0, 0xff_ffff, 0xa8_0000, 0x00_54a8][(at / 7 % 4) as usize]);
    let picture = Picture::from_pixels(300, 200, pixels.collect()).unwrap();
    let wanted = Viewport {
        protocol: PictureProtocol::Sixel,
        cell: Some((10, 20)),
        zoom: Zoom::Same,
        ..viewport(30, 10)
    };
    let frame = View::new(0).render(&picture, None, &wanted, None);
    assert_eq!(frame.tiles.len(), 2 * 3);
    for tile in &frame.tiles {
        let (width, height, pixels) = sixel(&tile.bytes);
        assert_eq!(
            (width, height),
            (usize::from(tile.columns) * 10, usize::from(tile.rows) * 20)
        );
        for (at, found) in pixels.iter().enumerate() {
            let x = usize::from(tile.column) * 10 + at % width;
            let y = usize::from(tile.row) * 20 + at / width;
            let pixel = picture.get(x as u16, y as u16);
            let percent = [16, 8, 0].map(|shift| ((pixel >> shift & 255) * 100 + 127) / 255);
            assert_eq!(*found, Some(percent), "{x} {y}");
        }
    }
    // without the size of a cell there are half blocks
    let unknown = Viewport { cell: None, ..wanted };
    assert!(View::new(0).render(&picture, None, &unknown, None).tiles.is_empty());
}

#[test]
fn a_small_budget_sends_coarser_pictures() {
    let picture = colourful(1280, 800);
    let bytes = |budget: u32| -> usize {
        let wanted = Viewport {
            protocol: PictureProtocol::Kitty,
            budget,
            ..viewport(160, 50)
        };
        let tiles = View::new(0).render(&picture, None, &wanted, None).tiles;
        tiles.iter().map(|tile| tile.bytes.len()).sum()
    };
    assert!(bytes(20_000) * 4 < bytes(0));
}

fn protocols() -> impl Strategy<Value = PictureProtocol> {
    prop::sample::select(PictureProtocol::ALL.to_vec())
}

fn zooms() -> impl Strategy<Value = Zoom> {
    prop_oneof![Just(Zoom::Fit), Just(Zoom::Same), any::<u8>().prop_map(Zoom::Times)]
}

fn rects() -> impl Strategy<Value = Vec<Rect>> {
    let rect =
        (0..300u16, 0..200u16, 0..200u16, 0..150u16).prop_map(|(x, y, width, height)| Rect { x, y, width, height });
    prop::collection::vec(rect, 0..5)
}

fn viewports() -> impl Strategy<Value = Viewport> {
    let depths = prop::sample::select(vec![
        ColourDepth::None,
        ColourDepth::Sixteen,
        ColourDepth::Indexed,
        ColourDepth::True,
    ]);
    let cells = prop::option::of(prop_oneof![(0..20u16, 0..40u16), any::<(u16, u16)>()]);
    let flags = any::<(bool, bool)>();
    (
        0..90u16,
        0..40u16,
        cells,
        protocols(),
        depths,
        flags,
        zooms(),
        any::<(u16, u16)>(),
        0..100_000u32,
    )
        .prop_map(
            |(columns, rows, cell, protocol, depth, (ascii, read_text), zoom, pan, budget)| Viewport {
                columns,
                rows,
                cell,
                protocol,
                depth,
                ascii,
                zoom,
                pan,
                read_text,
                visible: true,
                budget,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn damage_makes_the_same_frame_as_all(width in 0..260u16, height in 0..180u16, wanted in viewports(),
                                          damage in rects(), colour in 0..0x0100_0000u32) {
        let mut picture = colourful(width, height);
        let mut view = View::new(1);
        let first = view.render(&picture, None, &wanted, None);
        prop_assert_eq!((first.grid.columns(), first.grid.rows()), (wanted.columns, wanted.rows));
        for rect in &damage {
            picture.fill(*rect, colour);
        }
        let next = view.render(&picture, Some(&damage), &wanted, Some((5, 5)));
        let full = View::new(1).render(&picture, None, &wanted, Some((5, 5)));
        prop_assert_eq!(&next.grid, &full.grid);
        prop_assert_eq!(&next.tiles, &full.tiles);
        prop_assert_eq!((next.pan, next.cursor, next.size), (full.pan, full.cursor, full.size));
        prop_assert_eq!(next.serial, 2);
        for tile in &next.tiles {
            prop_assert!(tile.column + tile.columns <= wanted.columns && tile.row + tile.rows <= wanted.rows);
        }
        if wanted.ascii {
            for row in 0..wanted.rows {
                prop_assert!(next.grid.line(row).is_ascii());
            }
        }
    }

    #[test]
    fn points_are_within_the_picture(width in 1..600u16, height in 1..400u16, wanted in viewports()) {
        let picture = Picture::new(width, height).unwrap();
        let mut view = View::new(0);
        let frame = view.render(&picture, None, &Viewport { protocol: PictureProtocol::HalfBlocks, ..wanted }, None);
        for row in 0..=wanted.rows {
            for column in 0..=wanted.columns {
                let Some((x, y)) = view.guest_point(column, row) else { continue };
                prop_assert!(x < width && y < height && column < wanted.columns && row < wanted.rows);
                prop_assert!(x >= frame.pan.0 && y >= frame.pan.1);
            }
        }
    }
}
