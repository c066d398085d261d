#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, missing_docs, reason = "each test uses a part")]
//! A console in a pseudo terminal, its screen read by a terminal parser.

use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

pub mod graphics;
pub mod lab;
pub mod narrow;
#[cfg(feature = "lab")]
pub mod rig;
#[cfg(feature = "lab")]
pub mod sector;

/// Nothing on a busy machine takes longer than this unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Lets the terminal take output or not, like a user who presses Ctrl-S.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    pub fn set_closed(&self, closed: bool) {
        *self.0.lock().unwrap() = closed;
        self.1.notify_all();
    }

    fn pass(&self) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |closed| *closed).unwrap());
    }
}

pub struct Console {
    pub gate: Arc<Gate>,
    pub master: Option<Box<dyn MasterPty + Send>>,
    pub child: Box<dyn Child + Send + Sync>,
    pub output: Receiver<Vec<u8>>,
    pub keys: Option<Box<dyn Write + Send>>,
    pub parser: vt100::Parser,
    /// Everything that the program wrote.
    pub bytes: Vec<u8>,
    /// Width and height of a cell in pixels as the terminal tells them; 0 where it does not.
    pub cell: (u16, u16),
    /// The home directory of the program.
    pub home: Rc<tempfile::TempDir>,
}

pub fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Console {
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
        command.args(arguments);
        Self::spawn(command)
    }

    /// The same with other variables; an empty value takes one away.
    pub fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_in(&Rc::new(tempfile::tempdir().unwrap()), variables, arguments)
    }

    pub fn spawn(command: CommandBuilder) -> Self {
        Self::spawn_in(&Rc::new(tempfile::tempdir().unwrap()), &[], command)
    }

    /// In a terminal that takes so many bytes a second, behind a line that keeps what waits.
    pub fn start_behind(rate: u32, arguments: &[&str]) -> Self {
        Self::start_behind_with("", rate, arguments)
    }

    /// The same with these settings.
    pub fn start_behind_with(settings: &str, rate: u32, arguments: &[&str]) -> Self {
        let home = Rc::new(tempfile::tempdir().unwrap());
        let directory = home.path().join(".config/virt-deck");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("config.toml"), settings).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
        command.args(arguments);
        Self::spawn_at(&home, &[], command, size(30, 120), Some(rate))
    }

    /// Starts it with a home directory that outlives it, and with more in its environment.
    pub fn start_in(home: &Rc<tempfile::TempDir>, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
        command.args(arguments);
        Self::spawn_in(home, environment, command)
    }

    fn spawn_in(home: &Rc<tempfile::TempDir>, environment: &[(&str, &str)], command: CommandBuilder) -> Self {
        Self::spawn_at(home, environment, command, size(30, 120), None)
    }

    fn spawn_at(
        home: &Rc<tempfile::TempDir>,
        environment: &[(&str, &str)],
        mut command: CommandBuilder,
        size: PtySize,
        rate: Option<u32>,
    ) -> Self {
        let pair = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home.path());
        command.env("TMPDIR", home.path());
        for (name, value) in environment {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value);
            }
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let gate = Arc::new(Gate::default());
        let valve = Arc::clone(&gate);
        let keys = narrow::Typing(Arc::new(Mutex::new(pair.master.take_writer().unwrap())));
        match rate {
            Some(rate) => narrow::relay(reader, keys.clone(), rate, sender),
            None => {
                std::thread::spawn(move || {
                    let mut buffer = [0; 8192];
                    while let Ok(count @ 1..) = reader.read(&mut buffer) {
                        valve.pass();
                        if sender.send(buffer[..count].to_vec()).is_err() {
                            return;
                        }
                    }
                });
            }
        }
        Self {
            gate,
            master: Some(pair.master),
            child,
            output,
            keys: Some(Box::new(keys)),
            parser: vt100::Parser::new(size.rows, size.cols, 0),
            bytes: Vec::new(),
            cell: (0, 0),
            home: Rc::clone(home),
        }
    }

    /// The same in a terminal of this size, which tells how large its cells are in pixels.
    pub fn start_large(
        arguments: &[&str],
        variables: &[(&str, &str)],
        (rows, columns): (u16, u16),
        cell: (u16, u16),
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
        command.args(arguments);
        let size = PtySize {
            pixel_width: columns * cell.0,
            pixel_height: rows * cell.1,
            ..size(rows, columns)
        };
        let home = Rc::new(tempfile::tempdir().unwrap());
        let mut console = Self::spawn_at(&home, variables, command, size, None);
        console.cell = cell;
        console
    }

    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Takes in what the program wrote.
    pub fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.bytes.extend(bytes);
    }

    /// Takes output in until the screen is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.wait_long(what, PATIENCE, wanted);
    }

    /// The same with another deadline.
    #[expect(clippy::disallowed_methods, reason = "a deadline although output keeps coming")]
    pub fn wait_long(&mut self, what: &str, patience: Duration, wanted: impl Fn(&vt100::Screen) -> bool) {
        let start = std::time::Instant::now();
        while !wanted(self.parser.screen()) {
            let left = patience.saturating_sub(start.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("{error} while waiting for {what}; the screen is\n{}", self.screen()),
            }
        }
    }

    pub fn wait_until_gone(&mut self, text: &str) {
        self.wait(&format!("{text} to go"), |screen| !screen.contents().contains(text));
    }

    /// Leaves by `q` and `y` from the first screen.
    pub fn quit(mut self) {
        self.press("q");
        self.wait_for("Leave virt-deck?");
        self.press("y");
        assert_eq!(self.end(), 0);
        self.is_restored();
    }

    pub fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    pub fn press(&mut self, keys: &str) {
        let out = self.keys.as_mut().unwrap();
        out.write_all(keys.as_bytes()).unwrap();
        out.flush().unwrap();
    }

    pub fn resize(&mut self, rows: u16, cols: u16) {
        self.parser.screen_mut().set_size(rows, cols);
        let size = PtySize {
            pixel_width: cols * self.cell.0,
            pixel_height: rows * self.cell.1,
            ..size(rows, cols)
        };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// As a shell does before it continues a job: a SIGCONT that comes too early is lost.
    pub fn wait_until_stopped(&mut self) {
        let stat = format!("/proc/{}/stat", self.child.process_id().unwrap());
        let mut left = PATIENCE.as_millis() / 10;
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            assert!(left > 0, "the program did not stop");
            left -= 1;
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(10)) {
                self.take(&bytes);
            }
        }
    }

    /// A number from the program's `/proc` status, such as `VmRSS` in KiB.
    pub fn status(&self, field: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.process_id().unwrap());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Takes output in for so long.
    #[expect(clippy::disallowed_methods, reason = "output keeps coming")]
    pub fn rest(&mut self, time: Duration) {
        let start = std::time::Instant::now();
        while let Some(left) = time.checked_sub(start.elapsed()) {
            let Ok(bytes) = self.output.recv_timeout(left) else {
                return;
            };
            self.parser.process(&bytes);
            self.bytes.extend(bytes);
        }
    }

    /// Takes output in until the program has ended; returns its exit code.
    pub fn end(&mut self) -> u32 {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        self.child.wait().unwrap().exit_code()
    }

    /// What the program wrote must leave the terminal as it was.
    pub fn is_restored(&self) {
        let text = String::from_utf8_lossy(&self.bytes);
        let at = |sequence: &str| {
            text.rfind(sequence)
                .unwrap_or_else(|| panic!("{sequence:?} is missing"))
        };
        assert!(at("\x1b[?1049l") > at("\x1b[?1049h"));
        assert!(at("\x1b[?25h") > at("\x1b[?25l"));
        assert!(at("\x1b[?2004l") > at("\x1b[?2004h"));
        assert!(at("\x1b[?1000l") > at("\x1b[?1000h"));
        // it may have ended before its first frame
        assert!(Some(at("\x1b[?2026l")) > text.rfind("\x1b[?2026h"));
        assert!(!self.parser.screen().alternate_screen());
        assert!(!self.parser.screen().hide_cursor());
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // it has usually ended already
        let _ = self.child.kill();
    }
}

/// Stands where a child was.
#[derive(Debug)]
pub struct Gone;

impl portable_pty::ChildKiller for Gone {
    fn kill(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn clone_killer(&self) -> Box<dyn portable_pty::ChildKiller + Send + Sync> {
        Box::new(Gone)
    }
}

impl Child for Gone {
    fn try_wait(&mut self) -> std::io::Result<Option<portable_pty::ExitStatus>> {
        Ok(None)
    }

    fn wait(&mut self) -> std::io::Result<portable_pty::ExitStatus> {
        Ok(portable_pty::ExitStatus::with_exit_code(0))
    }

    fn process_id(&self) -> Option<u32> {
        None
    }
}
