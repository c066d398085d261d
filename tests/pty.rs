//! The whole program in a pseudo terminal, its screen read by a terminal parser.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Nothing on a busy machine takes longer than this unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

struct Console {
    master: Option<Box<dyn MasterPty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    keys: Option<Box<dyn Write + Send>>,
    parser: vt100::Parser,
    /// Everything that the program wrote.
    bytes: Vec<u8>,
    _home: tempfile::TempDir,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Console {
    fn start(arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_virt-deck"));
        command.args(arguments);
        Self::spawn(command)
    }

    fn spawn(mut command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(30, 120)).unwrap();
        let home = tempfile::tempdir().unwrap();
        command.env_clear();
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home.path());
        command.env("TMPDIR", home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            master: Some(pair.master),
            child,
            output,
            keys: Some(keys),
            parser: vt100::Parser::new(30, 120, 0),
            bytes: Vec::new(),
            _home: home,
        }
    }

    fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Takes output in until the screen is as wanted.
    fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.bytes.extend(bytes);
                }
                Err(error) => panic!(
                    "{error} while waiting for {what}; the screen is\n{}",
                    self.screen()
                ),
            }
        }
    }

    fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    fn press(&mut self, keys: &str) {
        let out = self.keys.as_mut().unwrap();
        out.write_all(keys.as_bytes()).unwrap();
        out.flush().unwrap();
    }

    fn resize(&mut self, rows: u16, cols: u16) {
        self.parser.screen_mut().set_size(rows, cols);
        self.master
            .as_ref()
            .unwrap()
            .resize(size(rows, cols))
            .unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Takes output in until the program has ended; returns its exit code.
    fn end(&mut self) -> u32 {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.parser.process(&bytes);
            self.bytes.extend(bytes);
        }
        self.child.wait().unwrap().exit_code()
    }

    /// What the program wrote must leave the terminal as it was.
    fn is_restored(&self) {
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

#[test]
fn walk_filter_resize_quit() {
    let mut console = Console::start(&["--demo"]);
    console.wait_for("fleet");
    let before = console.screen();
    console.press("jjj");
    console.wait("the cursor to move", |screen| screen.contents() != before);
    console.press("/");
    console.press("zzz-nothing");
    console.wait_for("zzz-nothing");
    console.press("\x1b");
    console.wait("the filter to go", |screen| {
        !screen.contents().contains("zzz-nothing")
    });
    console.resize(10, 40);
    console.wait_for("needs 60x15");
    console.resize(30, 120);
    console.wait_for("fleet");
    console.press("\x11");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

#[test]
fn signals_restore_the_terminal() {
    for (signal, code) in [
        (Signal::TERM, 143),
        (Signal::INT, 130),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
    ] {
        let mut console = Console::start(&["--demo"]);
        console.wait_for("fleet");
        console.signal(signal);
        assert_eq!(console.end(), code);
        console.is_restored();
    }
}

#[test]
fn stop_and_go_on() {
    let mut console = Console::start(&["--demo"]);
    console.wait_for("fleet");
    console.signal(Signal::TSTP);
    console.wait("the main screen", |screen| !screen.alternate_screen());
    console.signal(Signal::CONT);
    console.wait("the console again", |screen| {
        screen.alternate_screen() && screen.contents().contains("fleet")
    });
    console.signal(Signal::TERM);
    assert_eq!(console.end(), 143);
    console.is_restored();
}

#[test]
fn a_panic_restores_the_terminal_first() {
    let mut console = Console::start(&["--demo", "--panic-test"]);
    assert_eq!(console.end(), 101);
    console.is_restored();
    let text = String::from_utf8_lossy(&console.bytes).into_owned();
    assert!(
        text.rfind("\x1b[?1049l") < text.find("asked for by --panic-test"),
        "{text}"
    );
    assert!(text.contains("--log"));
}

#[test]
fn a_vanished_terminal_ends_the_program() {
    // the leader of the session ignores the hang-up, so that nobody tells the program
    let mut command = CommandBuilder::new("sh");
    command.args([
        "-c",
        concat!(
            "trap '' HUP; ",
            env!("CARGO_BIN_EXE_virt-deck"),
            " --demo; exit 0"
        ),
    ]);
    let mut console = Console::spawn(command);
    console.wait_for("fleet");
    // the reader holds the terminal as well; it ends when there is something nobody takes
    console.output = channel().1;
    console.resize(20, 100);
    console.keys = None;
    console.master = None;
    let (sender, ended) = channel();
    let mut waiter = std::mem::replace(&mut console.child, Box::new(Gone));
    std::thread::spawn(move || sender.send(waiter.wait().is_ok()));
    assert!(ended.recv_timeout(PATIENCE).unwrap());
}

/// Stands where a child was.
#[derive(Debug)]
struct Gone;

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

fn run(arguments: &[&str]) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_virt-deck"))
        .args(arguments)
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = run(&["--demo"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("not a terminal") && said.contains("virt-deck list"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn mistakes_are_one_line_and_code_two() {
    for arguments in [
        &["--nonsense"][..],
        &["list", "--fields", "x"],
        &["--inventory", "/nonexistent", "list"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap().lines().count(),
            1,
            "{arguments:?}"
        );
    }
}

#[test]
fn the_test_driver_is_listed() {
    let output = run(&[
        "-c",
        "test:///default",
        "list",
        "-o",
        "json",
        "--fields",
        "name,state",
    ]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows[0]["name"], "test");
    assert_eq!(rows[0]["state"], "running");
}
