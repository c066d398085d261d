//! A terminal with graphics, as far as it matters: cells, pictures in them (sixel, iTerm2) and
//! pictures of their own (kitty), decoded without any code of the program.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Width and height of a cell in pixels.
pub const CELL: (usize, usize) = (8, 16);

type Rgb = [u8; 3];

/// Pixels, row after row; `None` is transparent.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub colours: Vec<Option<Rgb>>,
}

impl Pixels {
    pub fn get(&self, x: usize, y: usize) -> Option<Rgb> {
        self.colours[y * self.width + x]
    }
}

#[derive(Clone, Debug)]
struct Cell {
    symbol: char,
    ground: bool,
    /// The part of a picture that the cell holds.
    picture: Option<Vec<Option<Rgb>>>,
}

const BLANK: Cell = Cell {
    symbol: ' ',
    ground: false,
    picture: None,
};

#[derive(Clone, Debug)]
pub struct Image {
    pub at: (usize, usize),
    pub cells: (usize, usize),
    pub pixels: Pixels,
    pub z: i64,
}

#[derive(Default)]
pub struct Terminal {
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
    cursor: (usize, usize),
    saved: (usize, usize),
    ground: bool,
    /// Kitty's pictures by number.
    pub images: BTreeMap<u32, Image>,
    /// A picture whose parts are still coming.
    partial: Option<(String, String)>,
    /// Pictures drawn until now, in any protocol: first column and row, columns and rows.
    pub drawn: Vec<[usize; 4]>,
    /// What no terminal would take.
    pub faults: Vec<String>,
    rest: Vec<u8>,
}

impl Terminal {
    pub fn new(rows: u16, columns: u16) -> Self {
        let mut terminal = Self::default();
        terminal.resize(rows, columns);
        terminal
    }

    pub fn resize(&mut self, rows: u16, columns: u16) {
        (self.rows, self.columns) = (rows.into(), columns.into());
        self.cells = vec![BLANK; self.rows * self.columns];
        // kitty keeps its pictures: whoever has placed them has to see to them
    }

    /// Takes what a program writes; a sequence that is not complete waits for the rest.
    pub fn write(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut at = 0;
        while at < all.len() {
            let Some(used) = self.step(&all[at..]) else { break };
            at += used;
        }
        self.rest = all.split_off(at);
    }

    /// One character or sequence; returns its length.
    fn step(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes[0] {
            0x1b => match *bytes.get(1)? {
                b'[' => {
                    let end = 2 + bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte))?;
                    let text = std::str::from_utf8(&bytes[2..end]).unwrap();
                    self.control(text, bytes[end]);
                    Some(end + 1)
                }
                kind @ (b'P' | b'_' | b']') => {
                    let string = |end: &[u8]| bytes.windows(end.len()).position(|part| part == end);
                    let (st, bel) = (string(b"\x1b\\"), string(b"\x07").filter(|_| kind == b']'));
                    let (end, length) = match (st, bel) {
                        (Some(st), Some(bel)) if bel < st => (bel, 1),
                        (None, Some(bel)) => (bel, 1),
                        (Some(st), _) => (st, 2),
                        (None, None) => return None,
                    };
                    let text = std::str::from_utf8(&bytes[2..end]).unwrap();
                    match kind {
                        b'_' => self.kitty(text),
                        b'P' => self.sixel(text),
                        _ => self.iterm2(text),
                    }
                    Some(end + length)
                }
                b'7' => {
                    self.saved = self.cursor;
                    Some(2)
                }
                b'8' => {
                    self.cursor = self.saved;
                    Some(2)
                }
                _ => Some(2),
            },
            b'\r' => {
                self.cursor.0 = 0;
                Some(1)
            }
            0..0x20 | 0x7f => Some(1),
            first => {
                let length = match first {
                    0..0x80 => 1,
                    0x80..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    _ => 4,
                };
                let text = std::str::from_utf8(bytes.get(..length)?).unwrap();
                self.print(text.chars().next().unwrap());
                Some(length)
            }
        }
    }

    fn print(&mut self, symbol: char) {
        let (x, y) = self.cursor;
        if x < self.columns && y < self.rows {
            self.cells[y * self.columns + x] = Cell {
                symbol,
                ground: self.ground,
                picture: None,
            };
        }
        self.cursor.0 = (x + 1).min(self.columns);
    }

    fn control(&mut self, text: &str, last: u8) {
        let numbers: Vec<usize> = text.split(';').map(|part| part.parse().unwrap_or(0)).collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
        match last {
            b'H' => self.cursor = (number(1).max(1) - 1, number(0).max(1) - 1),
            b'C' => self.cursor.0 += number(0).max(1),
            b'm' => self.colours(&numbers),
            b'J' if number(0) == 2 => self.clear(),
            b'h' | b'l' if text == "?1049" => {
                self.clear();
                // what a terminal does with kitty's pictures then differs: nothing may depend on it
            }
            _ => {}
        }
    }

    /// Whether cells get a background of their own.
    fn colours(&mut self, numbers: &[usize]) {
        let mut at = 0;
        while at < numbers.len() {
            match numbers[at] {
                0 | 49 => self.ground = false,
                40..=47 | 100..=107 => self.ground = true,
                kind @ (38 | 48 | 58) => {
                    self.ground |= kind == 48;
                    at += if numbers.get(at + 1) == Some(&5) { 2 } else { 4 };
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn clear(&mut self) {
        self.cells.fill(BLANK);
    }

    fn kitty(&mut self, text: &str) {
        let Some((keys, data)) = text
            .strip_prefix('G')
            .map(|text| text.split_once(';').unwrap_or((text, "")))
        else {
            return;
        };
        let value = |keys: &str, name: &str| {
            let mut all = keys.split(',').filter_map(|part| part.split_once('='));
            all.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
        };
        let more = value(keys, "m").as_deref() == Some("1");
        let (first, all) = match self.partial.take() {
            Some((first, before)) => (first, before + data),
            None => (keys.to_owned(), data.to_owned()),
        };
        if more {
            self.partial = Some((first, all));
            return;
        }
        let number = |name: &str| value(&first, name).map(|value| value.parse::<i64>().unwrap());
        match value(&first, "a").as_deref() {
            Some("d") => match (value(&first, "d").as_deref(), number("i")) {
                (Some("A"), _) => self.images.clear(),
                (Some("I"), Some(id)) => drop(self.images.remove(&(id as u32))),
                other => self.faults.push(format!("deletes {other:?}")),
            },
            Some("T") => {
                assert_eq!((number("f"), value(&first, "o").as_deref()), (Some(24), Some("z")));
                assert_eq!((number("C"), number("q")), (Some(1), Some(2)), "cursor and answers");
                let mut plain = Vec::new();
                let packed = STANDARD.decode(all).unwrap();
                flate2::read::ZlibDecoder::new(packed.as_slice())
                    .read_to_end(&mut plain)
                    .unwrap();
                let size = |name: &str| usize::try_from(number(name).unwrap()).unwrap();
                let pixels = Pixels {
                    width: size("s"),
                    height: size("v"),
                    colours: plain
                        .chunks_exact(3)
                        .map(|rgb| Some([rgb[0], rgb[1], rgb[2]]))
                        .collect(),
                };
                assert_eq!(pixels.colours.len(), pixels.width * pixels.height);
                let image = Image {
                    at: self.cursor,
                    cells: (size("c"), size("r")),
                    pixels,
                    z: number("z").unwrap_or(0),
                };
                self.note(image.cells);
                self.images.insert(size("i") as u32, image);
            }
            // questions
            Some("q") => {}
            other => self.faults.push(format!("action {other:?}")),
        }
    }

    fn note(&mut self, cells: (usize, usize)) {
        let (x, y) = self.cursor;
        self.drawn.push([x, y, cells.0, cells.1]);
        if x + cells.0 > self.columns || y + cells.1 > self.rows {
            self.faults
                .push(format!("a picture at {x},{y} leaves the screen: {cells:?}"));
        }
    }

    fn iterm2(&mut self, text: &str) {
        let Some((head, data)) = text.strip_prefix("1337;File=").and_then(|rest| rest.split_once(':')) else {
            return;
        };
        let value = |name: &str| {
            let mut all = head.split(';').filter_map(|part| part.split_once('='));
            all.find(|(key, _)| *key == name).unwrap().1.parse::<usize>().unwrap()
        };
        assert_eq!(
            (value("inline"), value("preserveAspectRatio"), value("doNotMoveCursor")),
            (1, 0, 1)
        );
        let bytes = STANDARD.decode(data).unwrap();
        assert_eq!(value("size"), bytes.len());
        let pixels = png(&bytes);
        let cells = (value("width"), value("height"));
        assert_eq!(
            (pixels.width, pixels.height),
            (cells.0 * CELL.0, cells.1 * CELL.1),
            "not pixel by pixel"
        );
        self.note(cells);
        self.place(&pixels);
    }

    /// Puts pixels into the cells from the cursor on; what is transparent leaves them as they are.
    fn place(&mut self, pixels: &Pixels) {
        for y in 0..pixels.height {
            for x in 0..pixels.width {
                let (column, row) = (self.cursor.0 + x / CELL.0, self.cursor.1 + y / CELL.1);
                let Some(colour) = pixels.get(x, y).filter(|_| column < self.columns && row < self.rows) else {
                    continue;
                };
                let cell = &mut self.cells[row * self.columns + column];
                (cell.symbol, cell.ground) = (' ', false);
                let own = cell.picture.get_or_insert_with(|| vec![None; CELL.0 * CELL.1]);
                own[y % CELL.1 * CELL.0 + x % CELL.0] = Some(colour);
            }
        }
    }

    fn sixel(&mut self, text: &str) {
        let Some((parameters, body)) = text.split_once('q') else {
            return;
        };
        // transparent where nothing is drawn
        assert_eq!(parameters, "0;1;0");
        let pixels = sixels(body);
        let cells = (pixels.width.div_ceil(CELL.0), pixels.height.div_ceil(CELL.1));
        assert_eq!(
            (pixels.width % CELL.0, pixels.height % CELL.1),
            (0, 0),
            "part of a cell"
        );
        self.note(cells);
        // the cursor goes to the line below, which scrolls at the bottom
        if self.cursor.1 + cells.1 >= self.rows {
            self.faults.push("a sixel picture scrolls the screen".to_owned());
        }
        self.place(&pixels);
    }

    /// What is seen of pictures, pixel by pixel over the whole screen.
    pub fn picture(&self) -> Pixels {
        let (width, height) = (self.columns * CELL.0, self.rows * CELL.1);
        let mut colours = vec![None; width * height];
        for image in self.images.values() {
            let Image { at, cells, pixels, .. } = image;
            let size = (cells.0 * CELL.0, cells.1 * CELL.1);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let (left, top) = (at.0 * CELL.0 + x, at.1 * CELL.1 + y);
                    if left < width && top < height {
                        let (x, y) = (x * pixels.width / size.0, y * pixels.height / size.1);
                        colours[top * width + left] = pixels.get(x, y);
                    }
                }
            }
        }
        for (n, cell) in self.cells.iter().enumerate() {
            let (left, top) = (n % self.columns * CELL.0, n / self.columns * CELL.1);
            for at in 0..CELL.0 * CELL.1 {
                let pixel = &mut colours[(top + at / CELL.0) * width + left + at % CELL.0];
                if let Some(colour) = cell.picture.as_ref().and_then(|own| own[at]) {
                    *pixel = Some(colour);
                } else if cell.ground || cell.symbol != ' ' {
                    // below cells with a background, and text is above everything
                    *pixel = None;
                }
            }
        }
        Pixels { width, height, colours }
    }

    /// The characters, line by line.
    pub fn text(&self) -> String {
        let lines = self.cells.chunks(self.columns);
        let line = |cells: &[Cell]| cells.iter().map(|cell| cell.symbol).collect::<String>();
        lines.map(line).collect::<Vec<String>>().join("\n")
    }

    /// Whether anything of a picture is left, seen or not.
    pub fn is_bare(&self) -> bool {
        self.images.is_empty() && self.cells.iter().all(|cell| cell.picture.is_none())
    }

    /// Cells that are text and lie in a picture: the picture would cover them in some terminals.
    pub fn collisions(&self) -> usize {
        let covered = |column: usize, row: usize| {
            self.images.values().any(|image| {
                (image.at.0..image.at.0 + image.cells.0).contains(&column)
                    && (image.at.1..image.at.1 + image.cells.1).contains(&row)
            })
        };
        let text = self
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.symbol != ' ' || cell.ground);
        text.filter(|(n, _)| covered(n % self.columns, n / self.columns))
            .count()
    }
}

/// Decodes a PNG of 8 bits a channel.
pub fn png(bytes: &[u8]) -> Pixels {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    let channels = info.color_type.samples();
    let pixels = buffer[..info.buffer_size()].chunks_exact(channels);
    let colour = |part: &[u8]| match *part {
        [grey] | [grey, _] => [grey; 3],
        [r, g, b] | [r, g, b, _] => [r, g, b],
        _ => panic!("{channels} channels"),
    };
    Pixels {
        width: info.width as usize,
        height: info.height as usize,
        colours: pixels.map(|part| Some(colour(part))).collect(),
    }
}

/// Decodes a binary PPM.
pub fn ppm(bytes: &[u8]) -> Pixels {
    let mut parts = bytes.splitn(4, u8::is_ascii_whitespace);
    let mut word = || std::str::from_utf8(parts.next().unwrap()).unwrap().to_owned();
    let (kind, width, height) = (word(), word(), word());
    assert_eq!(kind, "P6");
    let rest = parts.next().unwrap().strip_prefix(b"255\n").unwrap();
    Pixels {
        width: width.parse().unwrap(),
        height: height.parse().unwrap(),
        colours: rest
            .chunks_exact(3)
            .map(|part| Some([part[0], part[1], part[2]]))
            .collect(),
    }
}

/// A screenshot's file.
pub fn screenshot(bytes: &[u8]) -> Pixels {
    if bytes.starts_with(b"P6") {
        ppm(bytes)
    } else {
        png(bytes)
    }
}

fn sixels(body: &str) -> Pixels {
    let mut at = 0;
    let bytes = body.as_bytes();
    let numbers = |at: &mut usize| {
        let start = *at;
        while bytes
            .get(*at)
            .is_some_and(|byte| byte.is_ascii_digit() || *byte == b';')
        {
            *at += 1;
        }
        let all = body[start..*at].split(';');
        all.map(|part| part.parse().unwrap_or(0)).collect::<Vec<usize>>()
    };
    let mut palette: BTreeMap<usize, Rgb> = BTreeMap::new();
    let mut pixels = None::<Pixels>;
    let (mut x, mut top, mut colour) = (0, 0, [0; 3]);
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'"' => {
                let size = numbers(&mut at);
                assert_eq!(size[..2], [1, 1], "pixels are square");
                pixels = Some(Pixels {
                    width: size[2],
                    height: size[3],
                    colours: vec![None; size[2] * size[3]],
                });
            }
            b'#' => {
                let parts = numbers(&mut at);
                if parts.len() == 5 {
                    assert_eq!(parts[1], 2, "red, green and blue");
                    let level = |percent: usize| ((percent * 255 + 50) / 100) as u8;
                    palette.insert(parts[0], [level(parts[2]), level(parts[3]), level(parts[4])]);
                }
                colour = palette[&parts[0]];
            }
            b'$' => x = 0,
            b'-' => (x, top) = (0, top + 6),
            b'!' | 63..=126 => {
                let (count, sixel) = if byte == b'!' {
                    let count = numbers(&mut at)[0];
                    at += 1;
                    (count, bytes[at - 1] - 63)
                } else {
                    (1, byte - 63)
                };
                let pixels = pixels.as_mut().unwrap();
                for _ in 0..count {
                    for bit in (0..6).filter(|bit| sixel & (1 << bit) != 0) {
                        assert!(x < pixels.width && top + bit < pixels.height, "beyond the picture");
                        pixels.colours[(top + bit) * pixels.width + x] = Some(colour);
                    }
                    x += 1;
                }
            }
            other => panic!("{other} is no sixel"),
        }
    }
    pixels.unwrap()
}

/// A console in a terminal with graphics.
pub struct Seen {
    pub console: super::Console,
    pub terminal: Terminal,
    taken: usize,
}

impl Seen {
    pub fn new(console: super::Console) -> Self {
        let (rows, columns) = console.parser.screen().size();
        Self {
            console,
            terminal: Terminal::new(rows, columns),
            taken: 0,
        }
    }

    /// Takes output in until the terminal shows what is wanted.
    #[expect(clippy::disallowed_methods, reason = "a deadline although output keeps coming")]
    pub fn wait(&mut self, what: &str, mut wanted: impl FnMut(&Terminal) -> bool) {
        let start = std::time::Instant::now();
        loop {
            while let Ok(bytes) = self.console.output.try_recv() {
                self.console.take(&bytes);
            }
            self.terminal.write(&self.console.bytes[self.taken..]);
            self.taken = self.console.bytes.len();
            assert_eq!(self.terminal.faults, [""; 0]);
            if wanted(&self.terminal) {
                return;
            }
            let left = super::PATIENCE.saturating_sub(start.elapsed());
            match self.console.output.recv_timeout(left) {
                Ok(bytes) => self.console.take(&bytes),
                Err(error) => panic!(
                    "{error} while waiting for {what}; the screen is\n{}",
                    self.terminal.text()
                ),
            }
        }
    }

    pub fn text(&mut self, text: &str) {
        self.wait(text, |terminal| terminal.text().contains(text));
    }

    pub fn press(&mut self, keys: &str) {
        self.console.press(keys);
    }

    /// Opens the screen of the VM of [`host`].
    pub fn open_screen(&mut self) {
        self.text("test");
        self.press("/test\r");
        self.text("/test 1/1");
        // the host has the word in its name, too
        self.press("j");
        self.text("VM test");
        self.press("c");
        self.text("screenshots");
    }

    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.terminal.write(&self.console.bytes[self.taken..]);
        self.taken = self.console.bytes.len();
        self.terminal.resize(rows, columns);
        self.console.resize(rows, columns);
    }

    /// Takes everything in until the program has ended; returns its exit code.
    pub fn end(&mut self) -> u32 {
        let code = self.console.end();
        self.wait("the end", |_| true);
        code
    }

    /// Puts the cursor on a VM and opens its screen.
    pub fn open(&mut self, vm: &str) {
        self.press(&format!("/\x15{vm}"));
        self.text(&format!("filter: {vm}"));
        self.press("\r");
        self.text(&format!("› {vm}"));
        self.press("c");
    }
}

/// How far a part of the screen is from a picture: the mean and the largest difference of a channel,
/// and the pixels where nothing is.
pub fn distance(screen: &Pixels, (left, top): (usize, usize), wanted: &Pixels) -> (f64, u8, usize) {
    let (mut sum, mut most, mut missing) = (0_u64, 0, 0);
    for y in 0..wanted.height {
        for x in 0..wanted.width {
            let Some(found) = screen.get(left + x, top + y) else {
                missing += 1;
                continue;
            };
            for (one, other) in found.iter().zip(wanted.get(x, y).unwrap()) {
                let by = one.abs_diff(other);
                sum += u64::from(by);
                most = most.max(by);
            }
        }
    }
    (sum as f64 / (wanted.colours.len() * 3) as f64, most, missing)
}

/// A host of the test driver with a VM that has a screen; written once for all tests.
pub fn host() -> String {
    static HOST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let uri = HOST.get_or_init(|| {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures.xml");
        let devices = "<devices><graphics type='vnc'/><video><model type='vga'/></video></devices>";
        let domain = format!(
            "<domain type='test'><name>test</name><memory>65536</memory><os><type>hvm</type></os>{devices}</domain>"
        );
        std::fs::write(&path, format!("<node>{domain}</node>")).unwrap();
        format!("test://{}", path.display())
    });
    uri.clone()
}
