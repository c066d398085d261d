//! Pictures of a VM's screen made into what terminals show.

use virt_deck::base::time::Clock;
use virt_deck::hv::console::{ColourDepth, ConsoleFrame, PictureProtocol, Viewport, Zoom};
use virt_deck::picture::view::View;
use virt_deck::picture::{Picture, Rect, text, thumbnail};

use crate::report::{Goal, Report, Times, millis};

const SIZE: (u16, u16) = (1280, 800);
const ROUNDS: usize = 200;

fn viewport(protocol: PictureProtocol, read_text: bool) -> Viewport {
    Viewport {
        columns: 160,
        rows: 50,
        cell: Some((8, 16)),
        protocol,
        depth: ColourDepth::True,
        ascii: false,
        zoom: Zoom::Fit,
        pan: (0, 0),
        read_text,
        visible: true,
        budget: 0,
    }
}

/// Windows on a background that runs from one colour to another.
fn desktop(step: u32) -> Option<Picture> {
    let mut picture = Picture::new(SIZE.0, SIZE.1)?;
    let width = u32::from(SIZE.0);
    for (at, pixel) in (0u32..).zip(picture.pixels_mut()) {
        let (x, y) = (at % width, at / width);
        *pixel = (40 + y / 8) << 16 | (60 + x / 16) << 8 | 0x78;
    }
    for window in 0..12u16 {
        let (x, y) = (40 + window * 90, 30 + window % 4 * 160);
        let rect = |x: u16, y: u16, width: u16, height: u16| Rect { x, y, width, height };
        picture.fill(rect(x, y, 300, 200), 0xf0_f0f0);
        picture.fill(rect(x, y, 300, 20), 0x30_60a0);
        for line in 0..9u16 {
            let long = 40 + (u32::from(line * 37 + window * 11) + step) % 200;
            picture.fill(rect(x + 10, y + 30 + line * 18, long as u16, 9), 0x20_2020);
        }
    }
    Some(picture)
}

/// A framebuffer console full of text, made of a recorded one.
fn console() -> Option<Picture> {
    let recorded = Picture::from_png(include_bytes!("../screens/linux-panic.png")).ok()?;
    let mut picture = Picture::new(SIZE.0, SIZE.1)?;
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            picture.set(x, y, recorded.get(x % 960, y % 256));
        }
    }
    Some(picture)
}

fn bytes(frame: &ConsoleFrame) -> usize {
    frame.tiles.iter().map(|tile| tile.bytes.len()).sum()
}

/// Frames of a screen of 1280x800 in 160x50 cells.
pub fn measure(clock: Clock, report: &mut Report) -> Result<(), String> {
    let made = "a picture for the measurement was not made";
    let pictures = [desktop(0).ok_or(made)?, desktop(90).ok_or(made)?];
    let text_screen = console().ok_or(made)?;
    // a twentieth of the picture
    let damage = [Rect {
        x: 400,
        y: 300,
        width: 256,
        height: 200,
    }];
    for (name, protocol, rounds, goal) in [
        ("half blocks", PictureProtocol::HalfBlocks, ROUNDS, Goal::Most(1.0, 3.0)),
        ("kitty", PictureProtocol::Kitty, ROUNDS / 4, Goal::None),
        ("sixel", PictureProtocol::Sixel, ROUNDS / 4, Goal::None),
        ("iterm2", PictureProtocol::Iterm2, ROUNDS / 4, Goal::None),
    ] {
        let wanted = viewport(protocol, false);
        let mut view = View::new(0);
        let (mut full, mut part, mut size) = (Times::default(), Times::default(), 0);
        for round in 0..rounds {
            let start = clock.now();
            let frame = view.render(&pictures[round % 2], None, &wanted, None);
            full.push(clock.now().since(start));
            size = bytes(&frame);
            let start = clock.now();
            let frame = view.render(&pictures[(round + 1) % 2], Some(&damage), &wanted, None);
            part.push(clock.now().since(start));
            std::hint::black_box(frame);
        }
        report.times("C1", format!("1280x800 as {name}, all of it"), &full, 0.5, goal);
        report.times("C1", format!("1280x800 as {name}, 5% changed"), &part, 0.5, Goal::None);
        if size > 0 {
            report.note(format!("1280x800 as {name}, bytes"), size.to_string());
        }
    }
    let mut readings = Times::default();
    for _ in 0..ROUNDS {
        let start = clock.now();
        let found = text::read(&text_screen).ok_or("the text screen was not read")?;
        readings.push(clock.now().since(start));
        std::hint::black_box(found);
    }
    report.times("C5", "read 160x50 characters of 1280x800", &readings, 0.5, Goal::None);
    let mut view = View::new(0);
    let wanted = viewport(PictureProtocol::HalfBlocks, true);
    let mut drawn = [Times::default(), Times::default()];
    for _ in 0..ROUNDS {
        for (times, damage) in drawn.iter_mut().zip([None, Some(&damage[..])]) {
            let start = clock.now();
            let frame = view.render(&text_screen, damage, &wanted, None);
            times.push(clock.now().since(start));
            std::hint::black_box(frame);
        }
    }
    report.times(
        "C1",
        "1280x800 read and drawn as text, all of it",
        &drawn[0],
        0.5,
        Goal::None,
    );
    report.times(
        "C1",
        "1280x800 read and drawn as text, 5% changed",
        &drawn[1],
        0.5,
        Goal::None,
    );
    let start = clock.now();
    for _ in 0..ROUNDS {
        std::hint::black_box(thumbnail(&pictures[0], (40, 12), ColourDepth::Indexed, false));
    }
    let each = clock.now().since(start) / ROUNDS as u32;
    report.note("thumbnail of 1280x800 in 40x12 cells, black, words", millis(each));
    Ok(())
}
