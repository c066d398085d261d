//! A terminal at the far end of a narrow line: takes so many bytes a second and answers questions
//! when they arrive. What has been sent and not arrived yet waits in between, as in ssh.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::time::Duration;

use portable_pty::{Child, MasterPty};
use virt_deck::base::time::{Clock, Stamp};

use crate::pty::{self, cpu};
use crate::report::Times;

/// Columns and rows.
pub const SIZE: (u16, u16) = (160, 50);
/// The end of a synchronized update.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// What a terminal answers.
const ANSWERS: [(&[u8], &[u8]); 2] = [(b"\x1b[5n", b"\x1b[0n"), (b"\x1b[c", b"\x1b[?62;22c")];
/// Bytes that arrive together.
const PART: usize = 512;
const PATIENCE: Duration = Duration::from_mins(1);

/// The line to the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Bytes a second.
    pub rate: f64,
    /// Bytes that wait between program and line at most: sshd takes about so many before it lets
    /// the program feel that the line is narrow.
    pub ahead: usize,
}

pub struct Narrow {
    clock: Clock,
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    output: Receiver<(Stamp, Vec<u8>)>,
    typed: std::sync::mpsc::Sender<Vec<u8>>,
    parser: vt100::Parser,
    bytes: u64,
    frames: u64,
    tail: Vec<u8>,
    _master: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

/// What went over the line in some time.
#[derive(Debug, Clone, Copy)]
pub struct Flowed {
    pub bytes: f64,
    pub frames: f64,
    pub cpu: f64,
    /// The most bytes of any second.
    pub peak: f64,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// How often a part stands in bytes.
fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}

/// Waits until a moment.
pub fn wait_until(clock: Clock, due: Stamp) {
    let (_keep, never) = channel::<()>();
    let _ = never.recv_timeout(due.since(clock.now()));
}

impl Narrow {
    /// The console with these settings in a terminal behind a line.
    pub fn start(clock: Clock, line: Line, settings: &str, arguments: &[&str]) -> Result<Self, String> {
        let pair = pty::terminal(SIZE)?;
        let home = tempfile::tempdir().map_err(text)?;
        let config = home.path().join(".config/virt-deck");
        std::fs::create_dir_all(&config).map_err(text)?;
        std::fs::write(config.join("config.toml"), settings).map_err(text)?;
        let mut command = pty::command(home.path(), arguments);
        command.env("COLORTERM", "truecolor");
        let mut reader = pair.master.try_clone_reader().map_err(text)?;
        let mut keys = pair.master.take_writer().map_err(text)?;
        let (typed, to_type) = channel::<Vec<u8>>();
        std::thread::spawn(move || {
            while let Ok(bytes) = to_type.recv() {
                if keys.write_all(&bytes).and_then(|()| keys.flush()).is_err() {
                    return;
                }
            }
        });
        let (sender, waiting) = sync_channel::<Vec<u8>>(line.ahead / PART);
        std::thread::spawn(move || {
            let mut buffer = vec![0; PART];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (arrived, output) = channel();
        let answers = typed.clone();
        std::thread::spawn(move || {
            let mut due = clock.now();
            let mut tail = Vec::new();
            while let Ok(bytes) = waiting.recv() {
                due = due
                    .max(clock.now())
                    .after(Duration::from_secs_f64(bytes.len() as f64 / line.rate));
                wait_until(clock, due);
                tail.extend_from_slice(&bytes);
                for (question, answer) in ANSWERS {
                    for _ in 0..count(&tail, question) {
                        drop(answers.send(answer.to_vec()));
                    }
                }
                // a question may come in two parts
                let keep = tail
                    .iter()
                    .rposition(|byte| *byte == 0x1b)
                    .filter(|at| tail.len() - at < 4);
                tail.drain(..keep.unwrap_or(tail.len()));
                if arrived.send((clock.now(), bytes)).is_err() {
                    return;
                }
            }
        });
        let child = pair.slave.spawn_command(command).map_err(text)?;
        let pid = child.process_id().ok_or("the console has no process")?;
        Ok(Self {
            clock,
            child,
            pid,
            output,
            typed,
            parser: vt100::Parser::new(SIZE.1, SIZE.0, 0),
            bytes: 0,
            frames: 0,
            tail: Vec::new(),
            _master: pair.master,
            _home: home,
        })
    }

    pub fn press(&mut self, keys: &str) -> Result<(), String> {
        self.typed.send(keys.as_bytes().to_vec()).map_err(text)
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.bytes += bytes.len() as u64;
        self.tail.extend_from_slice(bytes);
        self.frames += count(&self.tail, FRAME_END) as u64;
        let keep = self.tail.iter().rposition(|byte| *byte == 0x1b);
        let keep = keep.filter(|at| self.tail.len() - at < FRAME_END.len());
        self.tail.drain(..keep.unwrap_or(self.tail.len()));
    }

    /// Takes output in until the screen is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> Result<Stamp, String> {
        let start = self.clock.now();
        loop {
            if wanted(self.parser.screen()) {
                return Ok(self.clock.now());
            }
            let left = PATIENCE.saturating_sub(self.clock.now().since(start));
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(error) => {
                    let screen = self.parser.screen().contents();
                    return Err(format!("{error} while waiting for {what}; the screen is\n{screen}"));
                }
            }
        }
    }

    pub fn wait_for(&mut self, said: &str) -> Result<Stamp, String> {
        self.wait(said, |screen| screen.contents().contains(said))
    }

    /// Takes output in for so long.
    pub fn rest(&mut self, time: Duration) {
        let until = self.clock.now().after(time);
        loop {
            let left = until.since(self.clock.now());
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) if !left.is_zero() => self.take(&bytes),
                Ok((_, bytes)) => return self.take(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// What goes over the line in so many seconds.
    pub fn flow(&mut self, seconds: u32) -> Result<Flowed, String> {
        let (from, used, bytes, frames) = (self.clock.now(), cpu(self.pid)?, self.bytes, self.frames);
        let mut peak = 0;
        for _ in 0..seconds {
            let before = self.bytes;
            self.rest(Duration::from_secs(1));
            peak = peak.max(self.bytes - before);
        }
        let took = self.clock.now().since(from).as_secs_f64();
        Ok(Flowed {
            bytes: (self.bytes - bytes) as f64 / took,
            frames: (self.frames - frames) as f64 / took,
            cpu: (cpu(self.pid)? - used) / took * 100.0,
            peak: peak as f64,
        })
    }

    /// How long keys take until the guest's answer, a line in another colour, is on the screen.
    pub fn latency(&mut self, times: usize) -> Result<Times, String> {
        let mut found = Times::default();
        for n in 0..times {
            self.rest(Duration::from_millis(700 + (n as u64 * 37) % 101));
            let (key, at) = [("1", 2), ("2", 1), ("4", 0)][n % 3];
            let pressed = self.clock.now();
            self.press(key)?;
            let seen = self.wait("the guest's answer", |screen| has_line(screen, at))?;
            found.push(seen.since(pressed));
        }
        Ok(found)
    }
}

/// Red, green and blue of a colour.
fn rgb(colour: vt100::Color) -> Option<[i32; 3]> {
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Rgb(r, g, b) => Some([r.into(), g.into(), b.into()]),
        vt100::Color::Idx(n @ 16..=231) => {
            let n = i32::from(n) - 16;
            Some([n / 36, n / 6 % 6, n % 6].map(|level| if level == 0 { 0 } else { 55 + level * 40 }))
        }
        vt100::Color::Idx(n @ 232..) => Some([8 + (i32::from(n) - 232) * 10; 3]),
        vt100::Color::Idx(n) => Some([n & 1, n >> 1 & 1, n >> 2 & 1].map(|on| i32::from(on) * 170)),
    }
}

/// Whether a line is mostly red (0), green (1) or blue (2).
fn has_line(screen: &vt100::Screen, channel: usize) -> bool {
    let (rows, columns) = screen.size();
    (0..rows).any(|row| {
        let coloured = (0..columns).filter(|column| {
            let Some(cell) = screen.cell(row, *column) else {
                return false;
            };
            [cell.bgcolor(), cell.fgcolor()]
                .into_iter()
                .filter_map(rgb)
                .any(|parts| {
                    let others = parts.iter().enumerate().filter(|(n, _)| *n != channel);
                    others
                        .map(|(_, part)| part)
                        .max()
                        .is_some_and(|most| parts[channel] > most + 60)
                })
        });
        // the status lines have colours of their own, for less
        coloured.count() > 60
    })
}

impl Drop for Narrow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
