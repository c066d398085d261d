//! Text read from the screens of real machines: QEMU with SeaBIOS, no guest but a boot sector.
//! Needs `qemu-system-x86_64` and neither root nor the lab's hosts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use virt_deck::base::cells::CellColour;
use virt_deck::hv::console::{ColourDepth, Viewport};
use virt_deck::picture::text::{self, TextScreen};
use virt_deck::picture::view::View;
use virt_deck::picture::{Picture, signs, thumbnail};

/// Looks at the screen before a machine is given up; one every [`PAUSE`].
const LOOKS: usize = 150;
const PAUSE: Duration = Duration::from_millis(200);

struct Machine {
    child: Child,
    control: ChildStdin,
    answers: Receiver<String>,
    work: tempfile::TempDir,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Machine {
    /// Without network, and with this boot sector on a floppy.
    fn start(boot: Option<&[u8]>) -> Self {
        let work = tempfile::tempdir().unwrap();
        let mut command = Command::new("qemu-system-x86_64");
        command.args([
            "-accel", "tcg", "-display", "none", "-net", "none", "-m", "32", "-qmp", "stdio",
        ]);
        if let Some(sector) = boot {
            let path = work.path().join("boot.img");
            std::fs::write(&path, sector).unwrap();
            command
                .arg("-drive")
                .arg(format!("file={},format=raw,if=floppy", path.display()));
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let control = child.stdin.take().unwrap();
        let mut machine = Self {
            child,
            control,
            answers,
            work,
        };
        machine.ask(r#"{"execute":"qmp_capabilities"}"#);
        machine
    }

    fn ask(&mut self, question: &str) {
        writeln!(self.control, "{question}").unwrap();
        loop {
            let answer = self.answers.recv_timeout(Duration::from_secs(30)).unwrap();
            assert!(!answer.contains(r#""error""#), "{answer}");
            if answer.starts_with(r#"{"return""#) {
                return;
            }
        }
    }

    fn dump(&mut self) -> Picture {
        let path = self.work.path().join("screen.ppm");
        let command = format!(
            r#"{{"execute":"screendump","arguments":{{"filename":"{}"}}}}"#,
            path.display()
        );
        self.ask(&command);
        read(&path)
    }

    /// The screen as soon as it can be read and is as wanted.
    fn wait(&mut self, wanted: impl Fn(&TextScreen) -> bool) -> (Picture, TextScreen) {
        let mut last = None;
        for _ in 0..LOOKS {
            let picture = self.dump();
            if let Some(screen) = text::read(&picture) {
                if wanted(&screen) {
                    return (picture, screen);
                }
                last = Some(screen.lines());
            }
            // events may come meanwhile
            let _ = self.answers.recv_timeout(PAUSE);
        }
        panic!("the screen did not become as wanted; the last one was {last:#?}");
    }
}

fn read(path: &Path) -> Picture {
    Picture::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

/// Text mode 3 without a cursor; all 256 characters from row 0 on, an A in each of the 256
/// attributes from row 5 on.
fn boot_sector() -> Vec<u8> {
    let mut code = vec![
        0x31, 0xc0, 0x8e, 0xd8, // ax = ds = 0
        0xb8, 0x03, 0x00, 0xcd, 0x10, // mode 3
        0xb8, 0x03, 0x10, 0xb3, 0x00, 0xcd, 0x10, // backgrounds are bright instead of blinking
        0xb4, 0x01, 0xb9, 0x00, 0x20, 0xcd, 0x10, // no cursor
        0xb8, 0x00, 0xb8, 0x8e, 0xc0, // es = b800
        0x31, 0xff, 0x31, 0xc0, 0xb4, 0x07, // di = 0, grey on black
        0xab, 0xfe, 0xc0, 0x75, 0xfb, // every character
        0xbf, 0x20, 0x03, 0xb8, 0x41, 0x00, // row 5, 'A'
        0xab, 0xfe, 0xc4, 0x75, 0xfb, // in every attribute
        0xf4, 0xeb, 0xfd, // halt
    ];
    code.resize(510, 0);
    code.extend([0x55, 0xaa]);
    code
}

#[test]
fn a_machine_without_a_disk_says_so_in_words() {
    let mut machine = Machine::start(None);
    let says = |screen: &TextScreen| screen.lines().iter().any(|line| line == "No bootable device.");
    let (picture, screen) = machine.wait(|screen| says(screen) && screen.cursor.is_some());
    assert_eq!((screen.columns, screen.rows, screen.unknown), (80, 25, 0));
    assert!(
        screen.lines()[0].starts_with("SeaBIOS (version "),
        "{:?}",
        screen.lines()
    );
    assert_eq!(signs::words(&screen.lines()), ["No bootable device", "Boot failed"]);
    let small = thumbnail(&picture, (20, 6), ColourDepth::True, false);
    assert_eq!(small.words, ["No bootable device", "Boot failed"]);
    assert!(!small.black);
    let mut view = View::new(0);
    for (columns, rows) in [(160, 50), (80, 25)] {
        let wanted = Viewport {
            columns,
            rows,
            depth: ColourDepth::True,
            read_text: true,
            visible: true,
            ..Viewport::default()
        };
        let frame = view.render(&picture, None, &wanted, None);
        let drawn: Vec<String> = (0..rows)
            .map(|row| frame.grid.line(row).trim_start().to_owned())
            .collect();
        assert!(drawn.iter().any(|line| line == "No bootable device."), "{drawn:?}");
        assert!(frame.cursor.is_some());
    }
    // without a cursor the same is written
    let (_, other) = machine.wait(|screen| says(screen) && screen.cursor.is_none());
    assert_eq!(other.fingerprint(), screen.fingerprint());
}

#[test]
fn every_character_and_colour_is_read() {
    let mut machine = Machine::start(Some(&boot_sector()));
    let (picture, screen) = machine.wait(|screen| screen.cells.row(8)[14].base() == 'A');
    assert_eq!((screen.unknown, screen.cursor), (0, None));
    let shown: Vec<char> = (0..256)
        .map(|code| screen.cells.row(code / 80)[usize::from(code % 80)].base())
        .collect();
    let low: Vec<char> = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼".chars().collect();
    let middle: Vec<char> = (' '..='~').collect();
    let high: Vec<char> = "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ".chars().collect();
    let mut other = Vec::new();
    for (code, (wanted, found)) in low.iter().chain(&middle).chain(&high).zip(&shown).enumerate() {
        if wanted != found {
            other.push(format!("{code:#04x} {wanted} was read as {found}"));
        }
    }
    // shapes that are the inverse of each other, and a block that is all of one colour, are read
    // in one of two ways; nothing is lost on the screen by that
    assert!(other.len() <= 8, "{other:#?}");
    assert!(
        other
            .iter()
            .all(|line| !line.starts_with("0x2") && !line.starts_with("0x4") && !line.starts_with("0x6"))
    );
    // an attribute's lower half is the text's colour, its upper half the background's
    let cell = |attribute: usize| screen.cells.row((5 + attribute / 80) as u16)[attribute % 80];
    let ground = |attribute: usize| match cell(attribute).background {
        CellColour::Rgb(r, g, b) => [r, g, b],
        other => panic!("{other:?}"),
    };
    for attribute in 0..256 {
        let (text, back) = (attribute & 15, attribute >> 4);
        assert_eq!(ground(attribute), ground(back << 4 | back), "{attribute:#04x}");
        if text != back {
            let [r, g, b] = ground(text << 4 | text);
            assert_eq!(cell(attribute).base(), 'A', "{attribute:#04x}");
            assert_eq!(cell(attribute).foreground, CellColour::Rgb(r, g, b), "{attribute:#04x}");
        }
    }
    // what was recorded is what is shown
    let recorded = Picture::from_png(include_bytes!("screens/vga-256.png")).unwrap();
    assert_eq!(recorded.fingerprint(), picture.fingerprint());
}
