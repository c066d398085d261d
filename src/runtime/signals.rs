//! Signals, handled by a task that does not depend on the user interface being responsive.

use rustix::process::{Signal, getpgrp, getpid, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use crate::runtime::input::Input;
use crate::runtime::{exit, terminal};

/// Signals that end the program; the exit code is 128 plus the number.
const ENDING: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT];

/// Lets the signals that end the program do so by its way out.
///
/// # Errors
/// When a handler cannot be installed.
pub fn end(runtime: &Handle) -> std::io::Result<()> {
    let _entered = runtime.enter();
    for number in ENDING {
        let mut stream = signal(SignalKind::from_raw(number.as_raw()))?;
        runtime.spawn(async move {
            while stream.recv().await.is_some() {
                // what is typed concerns the program that has the screen
                let typed = matches!(number, Signal::INT | Signal::QUIT);
                if !(typed && terminal::is_lent()) {
                    exit::now(128 + number.as_raw());
                }
            }
        });
    }
    Ok(())
}

/// Starts handling signals. SIGPIPE is ignored by Rust's start-up already.
///
/// # Errors
/// When a handler cannot be installed.
pub fn start(runtime: &Handle, input: &UnboundedSender<Input>) -> std::io::Result<()> {
    end(runtime)?;
    let _entered = runtime.enter();
    let mut stop = signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?;
    runtime.spawn(async move {
        while stop.recv().await.is_some() {
            if terminal::is_lent() {
                continue;
            }
            terminal::leave();
            // everything stands still here until SIGCONT, which is handled below
            let _ = kill_process(getpid(), Signal::STOP);
        }
    });
    let mut resized = signal(SignalKind::window_change())?;
    let sizes = input.clone();
    runtime.spawn(async move {
        while resized.recv().await.is_some() {
            if sizes.send(Input::Resized).is_err() {
                return;
            }
        }
    });
    let mut go_on = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let input = input.clone();
    runtime.spawn(async move {
        while go_on.recv().await.is_some() {
            // in the background the terminal belongs to somebody else
            let foreground = tcgetpgrp(terminal::keyboard()).is_ok_and(|group| group == getpgrp());
            if foreground && !terminal::is_lent() && terminal::enter().is_ok() {
                let _ = input.send(Input::Resumed);
            }
        }
    });
    Ok(())
}
