//! The program itself in a pseudo terminal: start, keys, and what it costs to leave it open.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use virt_deck::base::time::{Clock, Stamp};

use crate::report::Times;

/// Columns and rows.
pub const SIZE: (u16, u16) = (200, 50);
/// The end of a synchronized update: a whole frame has arrived.
const FRAME_END: &[u8] = b"\x1b[?2026l";
const PATIENCE: Duration = Duration::from_mins(2);

/// A console that runs until this is dropped.
pub struct Console {
    clock: Clock,
    started: Stamp,
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    output: Receiver<(Stamp, Vec<u8>)>,
    keys: Box<dyn Write + Send>,
    parser: vt100::Parser,
    bytes: u64,
    _master: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// CPU seconds of a process, user and system (`/proc/PID/stat`, in hundredths on Linux).
pub fn cpu(pid: u32) -> Result<f64, String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).map_err(text)?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    Ok(ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// A terminal of so many columns and rows.
pub fn terminal((cols, rows): (u16, u16)) -> Result<PtyPair, String> {
    let size = PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    };
    native_pty_system().openpty(size).map_err(text)
}

/// The console with nothing of the user's around it.
pub fn command(home: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
    command.args(arguments);
    command.env_clear();
    for (name, value) in [
        ("PATH", "/usr/bin:/bin"),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
    ] {
        command.env(name, value);
    }
    command.env("HOME", home);
    command.env("TMPDIR", home);
    command
}

impl Console {
    pub fn start(clock: Clock, arguments: &[&str]) -> Result<Self, String> {
        let pair = terminal(SIZE)?;
        let home = tempfile::tempdir().map_err(text)?;
        let command = command(home.path(), arguments);
        let mut reader = pair.master.try_clone_reader().map_err(text)?;
        let keys = pair.master.take_writer().map_err(text)?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send((clock.now(), buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let started = clock.now();
        let child = pair.slave.spawn_command(command).map_err(text)?;
        let pid = child.process_id().ok_or("the console has no process")?;
        Ok(Self {
            clock,
            started,
            child,
            pid,
            output,
            keys,
            parser: vt100::Parser::new(SIZE.1, SIZE.0, 0),
            bytes: 0,
            _master: pair.master,
            _home: home,
        })
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Takes output in until the screen is as wanted; returns when that output arrived.
    fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen, &[u8]) -> bool) -> Result<Stamp, String> {
        let start = self.clock.now();
        loop {
            // output may keep coming although what is waited for never does
            let left = PATIENCE.saturating_sub(self.clock.now().since(start));
            match self.output.recv_timeout(left) {
                Ok((at, bytes)) => {
                    self.take(&bytes);
                    if wanted(self.parser.screen(), &bytes) {
                        return Ok(at);
                    }
                }
                Err(error) => {
                    let screen = self.parser.screen().contents();
                    return Err(format!("{error} while waiting for {what}; the screen is\n{screen}"));
                }
            }
        }
    }

    /// Takes output in for so long.
    pub fn rest(&mut self, time: Duration) {
        let until = self.clock.now().after(time);
        loop {
            let left = until.since(self.clock.now());
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if left.is_zero() {
                return;
            }
        }
    }

    /// How long after the start the first whole frame had arrived.
    pub fn first_frame(&mut self) -> Result<Duration, String> {
        let at = self.wait("the first frame", |_, bytes| {
            bytes.windows(FRAME_END.len()).any(|part| part == FRAME_END)
        })?;
        Ok(at.since(self.started))
    }

    /// How long after the start the tree had so many rows.
    pub fn rows(&mut self, rows: usize) -> Result<Duration, String> {
        let wanted = format!("/{rows}");
        let at = if position(self.parser.screen()).ends_with(&wanted) {
            self.clock.now()
        } else {
            self.wait(&format!("{rows} rows"), |screen, _| position(screen).ends_with(&wanted))?
        };
        Ok(at.since(self.started))
    }

    pub fn press(&mut self, keys: &str) -> Result<(), String> {
        self.keys.write_all(keys.as_bytes()).map_err(text)?;
        self.keys.flush().map_err(text)
    }

    /// How long each of these presses took until the cursor's position on the screen had changed.
    pub fn latency(&mut self, times: usize) -> Result<Times, String> {
        let mut found = Times::default();
        for n in 0..times {
            // not in step with anything in the program
            self.rest(Duration::from_millis(60 + (n as u64 * 37) % 101));
            let before = position(self.parser.screen());
            let pressed = self.clock.now();
            self.press(if n % 9 == 8 { "k" } else { "j" })?;
            let at = self.wait("the cursor to move", |screen, _| position(screen) != before)?;
            found.push(at.since(pressed));
        }
        Ok(found)
    }

    /// What the process costs while nobody touches it.
    pub fn idle(&mut self, time: Duration) -> Result<Idle, String> {
        let (from, used, switches, bytes) = (self.clock.now(), cpu(self.pid)?, self.switches(), self.bytes);
        self.rest(time);
        let seconds = self.clock.now().since(from).as_secs_f64();
        Ok(Idle {
            cpu_percent: (cpu(self.pid)? - used) / seconds * 100.0,
            wakeups: self.switches().saturating_sub(switches) as f64 / seconds,
            bytes: (self.bytes - bytes) as f64 / seconds,
            rss_mib: self.status("VmRSS:") as f64 / 1024.0,
            anonymous_mib: self.status("RssAnon:") as f64 / 1024.0,
        })
    }

    /// Times that any thread gave its CPU up to wait.
    fn switches(&self) -> u64 {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.pid)) else {
            return 0;
        };
        threads
            .filter_map(Result::ok)
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("status")).ok())
            .filter_map(|status| number(&status, "voluntary_ctxt_switches:"))
            .sum()
    }

    fn status(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        number(&status, field).unwrap_or(0)
    }
}

/// What it costs to leave the console open.
pub struct Idle {
    pub cpu_percent: f64,
    pub wakeups: f64,
    pub bytes: f64,
    pub rss_mib: f64,
    pub anonymous_mib: f64,
}

fn number(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The cursor's row and how many there are, as the last line of the screen ends.
fn position(screen: &vt100::Screen) -> String {
    let width = screen.size().1;
    screen
        .rows(0, width)
        .last()
        .and_then(|line| line.split_whitespace().last().map(str::to_owned))
        .unwrap_or_default()
}

impl Drop for Console {
    fn drop(&mut self) {
        // as a user who closes it; whoever does not go is made to
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let until = self.clock.now().after(Duration::from_secs(5));
        while self.clock.now() < until {
            match self.output.recv_timeout(until.since(self.clock.now())) {
                Ok(_) => {}
                Err(_) => break,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
