//! The terminal's modes: taken at the start, given back whatever happens.
//!
//! [`leave`] can be called from anywhere, any number of times: from the end of the program, from a
//! panic hook, from the thread that handles signals. It neither prints errors nor waits for a
//! terminal that takes no output, so that a dead connection cannot hold the program.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr};

use crate::picture::kitty;

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Presses and wheel in coordinates beyond column 223; movement is not asked for.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// The mouse belongs to the terminal again.
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l";
/// All movements.
const MOTION_ON: &[u8] = b"\x1b[?1003h";
/// The kitty keyboard protocol: no two keys look the same, releases are told.
const KEYS_ON: &[u8] = b"\x1b[>7u";
/// Back to the keyboard as it was.
const KEYS_OFF: &[u8] = b"\x1b[<u";
/// End of a synchronized update, mouse and paste off, no colours, main screen, cursor.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h";
/// How long a frame that is being written may take before the terminal is taken for blocked.
const PATIENCE: Duration = Duration::from_millis(80);

/// Who may write to the terminal now.
#[derive(Debug)]
struct Gate {
    /// The screen is ours; frames may be written.
    ours: bool,
    /// A part of a frame is being written.
    busy: bool,
}

static GATE: Mutex<Gate> = Mutex::new(Gate {
    ours: false,
    busy: false,
});
/// Whether the mouse belongs to the program.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// Whether a console wants all that keyboard and mouse can tell.
static GRAB: AtomicBool = AtomicBool::new(false);
/// Whether the terminal has the kitty keyboard protocol.
static KEYBOARD: AtomicBool = AtomicBool::new(false);
/// Whether the terminal keeps pictures of ours that do not go with the cells.
static PICTURES: AtomicBool = AtomicBool::new(false);
/// Whether the screen is lent to another program.
static LENT: AtomicBool = AtomicBool::new(false);
static FREE: Condvar = Condvar::new();
/// The modes before the program changed them.
static BEFORE: OnceLock<Termios> = OnceLock::new();

fn gate() -> std::sync::MutexGuard<'static, Gate> {
    GATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the screen is written.
pub fn output() -> BorrowedFd<'static> {
    rustix::stdio::stdout()
}

/// Where keys come from.
pub fn keyboard() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// Takes the terminal: raw mode, alternate screen, hidden cursor, bracketed paste, and the mouse
/// if it was asked for by [`set_mouse`].
///
/// # Errors
/// When the terminal cannot be switched; it is then as it was.
pub fn enter() -> io::Result<()> {
    let before = if let Some(before) = BEFORE.get() {
        before.clone()
    } else {
        let before = tcgetattr(keyboard())?;
        BEFORE.get_or_init(|| before).clone()
    };
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(keyboard(), OptionalActions::Now, &raw)?;
    gate().ours = true;
    let written = write_all(ENTER).and_then(|()| {
        if MOUSE.load(Ordering::Relaxed) {
            write_all(MOUSE_ON)?;
        }
        if GRAB.load(Ordering::Relaxed) {
            write_all(&grabbing(true))?;
        }
        Ok(())
    });
    if written.is_err() {
        leave();
    }
    written
}

/// Remembers whether the mouse belongs to the program, and returns what has to be written to a
/// terminal that is ours already.
pub fn set_mouse(on: bool) -> &'static [u8] {
    MOUSE.store(on, Ordering::Relaxed);
    if on { MOUSE_ON } else { MOUSE_OFF }
}

/// Remembers that the terminal has the kitty keyboard protocol.
pub fn set_keyboard_protocol() {
    KEYBOARD.store(true, Ordering::Relaxed);
}

/// Whether releases of keys are told at present.
pub fn tells_releases() -> bool {
    GRAB.load(Ordering::Relaxed) && KEYBOARD.load(Ordering::Relaxed)
}

/// Remembers whether a console wants all that keyboard and mouse can tell, and returns what has to
/// be written to a terminal that is ours already.
pub fn set_grab(on: bool) -> Vec<u8> {
    GRAB.store(on, Ordering::Relaxed);
    grabbing(on)
}

fn grabbing(on: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if MOUSE.load(Ordering::Relaxed) {
        bytes.extend_from_slice(if on { MOTION_ON } else { b"\x1b[?1003l\x1b[?1000h" });
    }
    if KEYBOARD.load(Ordering::Relaxed) {
        bytes.extend_from_slice(if on { KEYS_ON } else { KEYS_OFF });
    }
    bytes
}

/// Remembers that the terminal keeps pictures that have to be deleted when it is given back.
pub fn set_pictures() {
    PICTURES.store(true, Ordering::Relaxed);
}

/// Remembers whether the screen is lent to another program, which then has the keys and most
/// signals.
pub fn set_lent(lent: bool) {
    LENT.store(lent, Ordering::SeqCst);
}

/// Whether the screen is lent to another program.
pub fn is_lent() -> bool {
    LENT.load(Ordering::SeqCst)
}

/// Gives the terminal back as it was. Does nothing when it is not ours.
pub fn leave() {
    let mut gate = gate();
    if !gate.ours {
        return;
    }
    // from here on the writer starts nothing new
    gate.ours = false;
    let (gate, waited) = FREE
        .wait_timeout_while(gate, PATIENCE, |gate| gate.busy)
        .unwrap_or_else(PoisonError::into_inner);
    drop(gate);
    if waited.timed_out() || !writable(PATIENCE) {
        // what the terminal did not take yet would be half a frame; dropping it makes room
        let _ = tcflush(output(), QueueSelector::OFlush);
    }
    if writable(Duration::from_millis(20)) {
        if tells_releases() {
            let _ = write_all(KEYS_OFF);
        }
        if PICTURES.swap(false, Ordering::Relaxed) {
            let _ = write_all(kitty::delete_all());
        }
        let _ = write_all(LEAVE);
    }
    if let Some(before) = BEFORE.get() {
        let _ = tcsetattr(keyboard(), OptionalActions::Now, before);
    }
}

/// Whether the screen is ours at present.
pub fn is_ours() -> bool {
    gate().ours
}

/// Writes a part of a frame if the screen is still ours; returns how many bytes were taken.
/// May block as long as the terminal takes nothing; only the writer's thread calls it.
///
/// # Errors
/// When the terminal is gone; [`io::ErrorKind::NotConnected`] when it is not ours any more.
pub fn write_some(bytes: &[u8]) -> io::Result<usize> {
    wait_writable()?;
    {
        let mut gate = gate();
        if !gate.ours {
            return Err(io::ErrorKind::NotConnected.into());
        }
        gate.busy = true;
    }
    let written = rustix::io::write(output(), bytes);
    gate().busy = false;
    FREE.notify_all();
    match written {
        Ok(written) => Ok(written),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Waits without limit until the terminal takes output.
fn wait_writable() -> io::Result<()> {
    loop {
        let mut fds = [PollFd::from_borrowed_fd(output(), PollFlags::OUT)];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_)
                if fds[0]
                    .revents()
                    .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) =>
            {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Ok(_) => return Ok(()),
        }
    }
}

/// Whether the terminal takes output within this time.
fn writable(patience: Duration) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(output(), PollFlags::OUT)];
    let timeout = Timespec::try_from(patience).ok();
    poll(&mut fds, timeout.as_ref()).is_ok_and(|ready| ready > 0) && fds[0].revents().contains(PollFlags::OUT)
}

fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(output(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) if writable(PATIENCE) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Columns and rows of the terminal; 80 by 24 when it does not tell.
pub fn size() -> (u16, u16) {
    match tcgetwinsize(output()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Width and height of a cell in pixels, where the terminal tells the kernel.
pub fn cell() -> Option<(u16, u16)> {
    let size = tcgetwinsize(output()).ok()?;
    let width = size.ws_xpixel.checked_div(size.ws_col)?;
    let height = size.ws_ypixel.checked_div(size.ws_row)?;
    (width > 0 && height > 0).then_some((width, height))
}

/// Whether keys and screen are a terminal that can be drawn on, or else why not.
///
/// # Errors
/// The reason in words.
pub fn usable(term: Option<&str>) -> Result<(), String> {
    if !rustix::termios::isatty(keyboard()) {
        return Err("standard input is not a terminal".to_owned());
    }
    if !rustix::termios::isatty(output()) {
        return Err("standard output is not a terminal".to_owned());
    }
    match term {
        None | Some("") => Err("TERM is not set".to_owned()),
        Some("dumb") => Err("TERM=dumb cannot show a screen".to_owned()),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_undoes_everything_that_entering_switches_on() {
        let leave = String::from_utf8(LEAVE.to_vec()).unwrap();
        for on in [ENTER, MOUSE_ON] {
            for mode in String::from_utf8(on.to_vec())
                .unwrap()
                .split('\x1b')
                .filter(|part| !part.is_empty())
            {
                let opposite = if let Some(mode) = mode.strip_suffix('h') {
                    format!("{mode}l")
                } else {
                    mode.replace('l', "h")
                };
                assert!(leave.contains(&opposite), "{mode} is not undone");
            }
        }
        assert!(leave.starts_with("\x1b[?2026l"));
    }

    #[test]
    fn leaving_without_entering_does_nothing() {
        leave();
        leave();
        assert!(!is_ours());
    }

    #[test]
    fn a_bad_terminal_is_named() {
        // the test's own standard input decides which reason comes first
        assert!(usable(Some("dumb")).is_err());
    }
}
