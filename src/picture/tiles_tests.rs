//! Tiles decoded as a terminal does, against the picture that they were made of.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::base::cells::CellGrid;
use crate::hv::console::{PictureProtocol, Tile, Viewport, Zoom};
use crate::picture::view::View;
use crate::picture::view::tests::{colourful, viewport};
use crate::picture::{Picture, Rect};

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
