//! Views against what they draw: cells, real text screens, random pictures.

use proptest::prelude::*;

use super::*;
use crate::base::cells::CellColour;
use crate::hv::console::ColourDepth;

pub(in crate::picture) fn viewport(columns: u16, rows: u16) -> Viewport {
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
pub(in crate::picture) fn colourful(width: u16, height: u16) -> Picture {
    let pixels = (0..u32::from(height)).flat_map(|y| {
        (0..u32::from(width)).map(move |x| ((x * 3) & 255) << 16 | ((y * 5) & 255) << 8 | (((x ^ y) * 7) & 255))
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
    // and the text comes back, strip by strip as guests redraw
    for y in (0..400).step_by(20) {
        let strip = Rect {
            x: 0,
            y,
            width: 720,
            height: 20,
        };
        let mut mixed = other.clone();
        for line in 0..y + 20 {
            for x in 0..720 {
                mixed.set(x, line, picture.get(x, line));
            }
        }
        view.render(&mixed, Some(&[strip]), &wanted, None);
    }
    assert!(view.shows_text());
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn damaged_text_is_the_same_as_all_of_it(damage in rects(), colour in 0..0x0100_0000u32, columns in 20..100u16) {
        let mut picture = screen(include_bytes!("../../tests/screens/vga-no-boot.png"));
        let wanted = Viewport { read_text: true, ..viewport(columns, 25) };
        let mut view = View::new(1);
        view.render(&picture, None, &wanted, None);
        for rect in &damage {
            picture.fill(*rect, colour);
        }
        let next = view.render(&picture, Some(&damage), &wanted, None);
        let full = View::new(1).render(&picture, None, &wanted, None);
        prop_assert_eq!((next.grid, next.cursor, next.pan), (full.grid, full.cursor, full.pan));
    }
}
