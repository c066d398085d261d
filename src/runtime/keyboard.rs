//! The thread that reads the terminal, and what keeps it from reading.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use tokio::sync::mpsc::UnboundedSender;

use crate::app::msg::Msg;
use crate::base::time::Clock;
use crate::runtime::decode::{Decoded, Decoder};
use crate::runtime::input::{Input, Translator};
use crate::runtime::{probe, terminal};

/// Keeps the thread that reads the terminal from reading while another program has it.
#[derive(Debug)]
pub struct Tap {
    closed: Mutex<bool>,
    opened: Condvar,
    bell: OwnedFd,
}

impl Tap {
    /// A tap that is open.
    ///
    /// # Errors
    /// When there are no file descriptors left.
    pub fn new() -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            closed: Mutex::new(false),
            opened: Condvar::new(),
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        }))
    }

    /// Opens or closes it.
    pub fn set_closed(&self, closed: bool) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = closed;
        // a full counter rings as well
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
        self.opened.notify_all();
    }

    /// Returns when there is something to read and it may be read; `false` when the terminal is gone.
    fn wait(&self) -> bool {
        loop {
            let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            let closed = self
                .opened
                .wait_while(closed, |closed| *closed)
                .unwrap_or_else(PoisonError::into_inner);
            drop(closed);
            let mut fds = [
                PollFd::from_borrowed_fd(terminal::keyboard(), PollFlags::IN),
                PollFd::new(&self.bell, PollFlags::IN),
            ];
            match poll(&mut fds, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
            if fds[1].revents().contains(PollFlags::IN) {
                let _ = rustix::io::read(&self.bell, &mut [0_u8; 8]);
                continue;
            }
            let keyboard = fds[0].revents();
            if keyboard.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return false;
            }
            if keyboard.contains(PollFlags::IN) {
                return true;
            }
        }
    }
}

/// Answers of the terminal that come this late are still known for what they are.
const LATE: Duration = Duration::from_secs(5);
/// Bytes read at a time.
const PART: usize = 4096;

/// Starts the thread that reads the terminal.
///
/// # Errors
/// When no thread can be started.
pub fn start(
    clock: Clock,
    tap: Arc<Tap>,
    input: UnboundedSender<Input>,
    answers: UnboundedSender<Msg>,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("input".to_owned()).spawn(move || {
        let probed = probe::ask(clock);
        let mut translator = Translator::new(probed.late.then(|| clock.now().after(LATE)), probed.rest);
        for key in probed.typed {
            let _ = input.send(Input::Key { key, repeat: false });
        }
        if let Some(found) = probed.found {
            let _ = answers.send(found);
        }
        let mut decoder = Decoder::default();
        let mut buffer = vec![0; PART];
        while tap.wait() {
            let count = match rustix::io::read(terminal::keyboard(), &mut buffer) {
                Ok(count @ 1..) => count,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                Ok(0) | Err(_) => break,
            };
            for decoded in decoder.feed(&buffer[..count]) {
                let translated = match decoded {
                    Decoded::Answer => Some(Input::Answer),
                    Decoded::Event(event) => translator.translate(event, clock.now()),
                };
                if translated.is_some_and(|translated| input.send(translated).is_err()) {
                    return;
                }
            }
        }
        let _ = input.send(Input::HungUp);
    })?;
    Ok(())
}
