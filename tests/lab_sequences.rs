//! Sequences on a guest's serial line: printed inside of a real guest and looked at in the frames
//! of its console; and the same bytes given to a tmux of the same size, where there is one.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]
#![allow(missing_docs, reason = "shared with other tests")]

mod common;
mod sequences;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use common::lab::{output, special_uri};
use common::rig::{Rig, lines, uuid};
use sequences::{CASES, SIZE, vttest};
use virt_deck::base::cells::{Cell, CellColour};
use virt_deck::hv::console::{ConsoleFrame, ConsoleId, ConsoleKind};

/// Columns and rows of the console.
const VIEW: (u16, u16) = (60, 20);

/// The serial line of a guest, without a user interface.
struct Line {
    rig: Rig,
    id: ConsoleId,
}

impl Line {
    fn open(vm: &str) -> Self {
        let mut rig = Rig::start(&special_uri("lab1", "tcp"), &[]);
        let kind = ConsoleKind::Serial {
            device: None,
            force: true,
        };
        let id = rig.open_at(uuid(1, vm), kind, VIEW);
        rig.live(id);
        Self { rig, id }
    }

    fn shown(&self) -> Vec<String> {
        self.rig.shown.get(&self.id).map(lines).unwrap_or_default()
    }

    /// Waits until the lines are as wanted.
    fn wait(&mut self, what: &str, wanted: impl Fn(&[String]) -> bool) {
        self.rig.frame(self.id, what, |frame| wanted(&lines(frame)));
    }

    /// The spaces are for busybox: its shell asks where the cursor is at each prompt, and throws
    /// away what was typed close behind the answer.
    fn type_line(&self, line: &str) {
        self.rig.type_line(self.id, &format!("{:16}{line}", ""));
    }

    /// Has the guest's shell print something on an empty screen, and waits for the word after it.
    fn print(&mut self, bytes: &str, end: &str) -> &ConsoleFrame {
        let mut quoted = String::new();
        for byte in bytes.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'[' | b';' | b'?' => quoted.push(char::from(byte)),
                byte => write!(quoted, "\\{byte:03o}").unwrap(),
            }
        }
        // what is typed is not what is waited for; nothing but it may come once it is there
        let (head, tail) = end.split_at(2);
        self.type_line(&format!(
            "stty -opost; printf '\\033[H\\033[2J{quoted}'; printf '%s%s' {head} {tail}; read x; stty opost; printf '\\033c'"
        ));
        self.wait(end, |lines| lines.iter().any(|line| line.contains(end)));
        &self.rig.shown[&self.id]
    }

    /// Lets the shell go on.
    fn go_on(&mut self) {
        self.type_line("");
        self.wait("a prompt", |lines| {
            lines.first().is_some_and(|line| line.contains("/ #"))
        });
    }
}

#[test]
fn what_a_guest_prints_is_what_is_seen() {
    common::lab::running("lab1-vm1");
    let mut line = Line::open("lab1-vm1");
    line.type_line("printf '\\033c'");
    line.wait("a prompt", |lines| lines.iter().any(|line| line.contains("/ #")));
    let frame = line.print(
        "\x1b[1;31mred\x1b[0m \x1b[38;5;208morange\x1b[0m \x1b[48;2;1;2;3mdeep\x1b[0m \x1b[4;7mboth\x1b[0m\
         \x1b[3;1H\x1b(0lqwqk\x1b(B\x1b[4;1H漢字\x1b[4;10He\u{301}\x1b[5;1H\x1b[44m\x1b[K\x1b[0m\
         \x1b[6;8r\x1b[6;1H1\r\n2\r\n3\r\n4\r\n5\x1b[r\x1b[9;1Habcdef\x1b[9;3H\x1b[2@\
         \x1b[10;1H\x1b]0;title\x07\x1b]8;;http://x\x07link\x1b]8;;\x07\x1bPq#0\x1b\\.\x1b[12;1H",
        "over-1",
    );
    let grid = &frame.grid;
    assert_eq!((grid.columns(), grid.rows()), VIEW);
    let lines: Vec<String> = (0..12).map(|row| grid.line(row)).collect();
    assert_eq!(
        lines,
        [
            "red orange deep both",
            "",
            "┌─┬─┐",
            "漢字     e\u{301}",
            "",
            "3",
            "4",
            "5",
            "ab  cdef",
            "link.",
            "",
            "over-1"
        ]
    );
    let cell = |row: u16, column: usize| grid.row(row)[column];
    assert_eq!(cell(0, 0).foreground, CellColour::Indexed(1));
    assert!(cell(0, 0).style.bold && !cell(0, 4).style.bold);
    assert_eq!(cell(0, 4).foreground, CellColour::Indexed(208));
    assert_eq!(cell(0, 11).background, CellColour::Rgb(1, 2, 3));
    assert!(cell(0, 16).style.underline && cell(0, 16).style.reverse);
    assert!(grid.row(4).iter().all(|cell| cell.background == CellColour::Indexed(4)));
    assert!(grid.row(3)[1].is_covered() && !grid.row(3)[2].is_covered());
    assert!(grid.row(9).iter().all(|cell| cell.style == Cell::default().style));
    assert_eq!(frame.cursor, Some((6, 11)));
    line.go_on();
    // another screen comes and goes, and the guest asks where its cursor is
    line.print("main\x1b[?1049h\x1b[2;3Halt\x1b[4;1H", "over-2");
    assert_eq!(line.shown()[1], "  alt");
    line.go_on();
    line.type_line(
        "stty -echo; printf '\\033[7;9H\\033[6n'; read -s -n 6 -d R at; stty echo; printf '\\033cat %s\\n' \"${at#?}\"",
    );
    line.wait("the place of the cursor", |lines| {
        lines.first().is_some_and(|line| line == "at [7;9")
    });
    line.type_line("printf '\\033c'");
    line.rig.close(line.id);
}

/// tmux has drawn long before.
const SOON: Duration = Duration::from_secs(10);

/// A tmux of its own; it ends with this.
struct Tmux(tempfile::TempDir);

impl Tmux {
    fn start() -> Option<Self> {
        if !output(Command::new("sh").args(["-c", "command -v tmux"])).0 {
            return None;
        }
        let tmux = Self(tempfile::tempdir().unwrap());
        std::fs::write(tmux.0.path().join("conf"), "set -g status off\n").unwrap();
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let place = self.0.path();
        let mut command = Command::new("tmux");
        command.arg("-S").arg(place.join("s")).arg("-f").arg(place.join("conf"));
        let (done, text) = output(command.env("LANG", "C.UTF-8").env_remove("TMUX").args(arguments));
        assert!(done, "tmux {arguments:?}: {text}");
        text
    }

    /// Writes these bytes to a screen of that size.
    fn write(&self, name: &str, size: (u16, u16), bytes: &[u8]) {
        let file: PathBuf = self.0.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let program = format!("stty raw -echo; cat {}; exec sleep 600", file.display());
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        self.run(&["new-session", "-d", "-s", name, "-x", &columns, "-y", &rows, &program]);
    }

    /// Waits until that screen is as wanted; the difference where it never is.
    fn difference(&self, name: &str, wanted: &[String]) -> Option<String> {
        let start = Instant::now();
        loop {
            let text = self.run(&["capture-pane", "-p", "-e", "-t", name]);
            let lines: Vec<String> = plain(&text).lines().map(|line| line.trim_end().to_owned()).collect();
            if lines == wanted {
                self.run(&["kill-session", "-t", name]);
                return None;
            }
            if start.elapsed() > SOON {
                return Some(format!("{name}: tmux shows {lines:#?} but here is {wanted:#?}"));
            }
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(self.0.path().join("s"))
            .arg("kill-server")
            .output();
    }
}

/// What tmux captured, without attributes and with its drawn lines (between SO and SI) as such.
fn plain(captured: &str) -> String {
    const DRAWN: [char; 32] = [
        ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├',
        '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
    ];
    let (mut out, mut drawn) = (String::new(), false);
    let mut rest = captured.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x0e' => drawn = true,
            '\x0f' => drawn = false,
            '\x1b' => {
                let _ = rest.by_ref().find(|c| *c == 'm');
            }
            '_'..='~' if drawn => out.push(DRAWN[c as usize - '_' as usize]),
            c => out.push(c),
        }
    }
    out
}

/// Where tmux goes a way of its own: it takes a step back from the edge of a line for one to its
/// last column, and does not count the first place of a region in origin mode.
const OWN_WAYS: [(&str, &str); 4] = [("cursor", "04"), ("cursor", "06"), ("screen", "12"), ("screen", "13")];

#[test]
fn tmux_shows_the_same() {
    let Some(tmux) = Tmux::start() else {
        println!("no tmux here to compare with");
        return;
    };
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (number, case) in CASES.iter().enumerate().filter(|(_, case)| case.peer) {
        let name = format!("case-{number}");
        tmux.write(&name, SIZE, case.bytes.as_bytes());
        all.push((name, case.screen.map(str::to_owned).to_vec()));
    }
    for chapter in vttest::CHAPTERS {
        let expected = std::fs::read_to_string(vttest::directory().join(format!("{chapter}.txt"))).unwrap();
        let mut so_far = Vec::new();
        for (number, bytes) in vttest::screens(chapter) {
            so_far.extend(bytes);
            if OWN_WAYS.contains(&(chapter, number.as_str())) {
                continue;
            }
            let after = expected.split(&format!("== {chapter} {number}\n")).nth(1).unwrap();
            let name = format!("{chapter}-{number}");
            tmux.write(&name, (80, 24), &so_far);
            all.push((name, after.lines().take(24).map(str::to_owned).collect()));
        }
    }
    assert!(all.len() > 60, "{}", all.len());
    let differences: Vec<String> = all
        .iter()
        .filter_map(|(name, wanted)| tmux.difference(name, wanted))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
