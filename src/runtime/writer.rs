//! Finished frames on their way to the terminal, written by a thread of their own.
//!
//! At most one frame is on its way. While the terminal takes nothing (stopped output, a dead ssh
//! connection) nothing further is drawn, and nobody waits; when it drains the latest state is
//! drawn.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::runtime::terminal;

/// A terminal takes everything between these two at once.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// Bytes handed over at a time; the terminal can be given back between two of them.
const PART: usize = 4096;

#[derive(Debug, Default)]
struct Slot {
    /// The frame that waits to be written.
    waiting: Option<Vec<u8>>,
    /// A frame is being written.
    writing: bool,
    /// The terminal is gone.
    dead: bool,
}

#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    filled: Condvar,
    drained: Notify,
}

impl Shared {
    fn slot(&self) -> std::sync::MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands frames to the thread that writes them.
#[derive(Debug, Clone)]
pub struct Writer {
    shared: Arc<Shared>,
}

impl Writer {
    /// Starts the thread. `write` takes a part and returns how much of it was taken.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        write: impl Fn(&[u8]) -> std::io::Result<usize> + Send + 'static,
        on_dead: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mine = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work(&mine, &write, &on_dead))?;
        Ok(Self { shared })
    }

    /// Whether everything handed over has reached the terminal.
    pub fn is_idle(&self) -> bool {
        let slot = self.shared.slot();
        slot.waiting.is_none() && !slot.writing
    }

    /// Returns when something handed over has reached the terminal.
    pub async fn drained(&self) {
        self.shared.drained.notified().await;
    }

    /// Hands bytes over. Nothing happens when there are none. Bytes that still wait are not
    /// replaced but followed, because a frame is a difference to the one before.
    pub fn send(&self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let mut slot = self.shared.slot();
        if slot.dead {
            return;
        }
        match &mut slot.waiting {
            Some(waiting) => waiting.extend_from_slice(&bytes),
            None => slot.waiting = Some(bytes),
        }
        self.shared.filled.notify_one();
    }

    /// Forgets what waits; for when everything is painted again anyway. Returns whether there was
    /// something.
    pub fn forget(&self) -> bool {
        self.shared.slot().waiting.take().is_some()
    }
}

/// Wraps the bytes of a frame so that the terminal shows it at once; nothing stays nothing.
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    [BEGIN, bytes, END].concat()
}

fn work(shared: &Shared, write: &dyn Fn(&[u8]) -> std::io::Result<usize>, on_dead: &dyn Fn()) {
    loop {
        let bytes = {
            let mut slot = shared.slot();
            loop {
                if let Some(bytes) = slot.waiting.take() {
                    slot.writing = true;
                    break bytes;
                }
                slot = shared.filled.wait(slot).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match write(&rest[..rest.len().min(PART)]) {
                Ok(written) => rest = &rest[written..],
                // the screen was given back meanwhile: the rest of this frame means nothing any more
                Err(error) if error.kind() == std::io::ErrorKind::NotConnected => break,
                Err(_) => {
                    shared.slot().dead = true;
                    on_dead();
                    break;
                }
            }
        }
        shared.slot().writing = false;
        shared.drained.notify_one();
    }
}

/// The writer of the real terminal.
///
/// # Errors
/// When no thread can be started.
pub fn for_terminal(on_dead: impl Fn() + Send + 'static) -> std::io::Result<Writer> {
    Writer::start(terminal::write_some, on_dead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn nothing_stays_nothing() {
        assert!(frame(b"").is_empty());
        assert_eq!(frame(b"x"), b"\x1b[?2026hx\x1b[?2026l");
    }

    #[test]
    fn a_blocked_terminal_blocks_only_the_thread() {
        let (out, taken) = mpsc::channel::<Vec<u8>>();
        let (open, gate) = mpsc::channel::<()>();
        let writer = Writer::start(
            move |part| {
                gate.recv().map_err(|_| std::io::ErrorKind::BrokenPipe)?;
                out.send(part.to_vec()).map_err(|_| std::io::ErrorKind::BrokenPipe)?;
                Ok(part.len())
            },
            || {},
        )
        .unwrap();
        assert!(writer.is_idle());
        writer.send(b"one".to_vec());
        assert!(!writer.is_idle());
        writer.send(b"two".to_vec());
        open.send(()).unwrap();
        open.send(()).unwrap();
        let mut all = taken.recv_timeout(Duration::from_secs(10)).unwrap();
        while all.len() < 6 {
            all.extend(taken.recv_timeout(Duration::from_secs(10)).unwrap());
        }
        assert_eq!(all, b"onetwo");
    }

    #[test]
    fn a_dead_terminal_is_reported_once() {
        let (said, dead) = mpsc::channel();
        let writer = Writer::start(
            |_| Err(std::io::ErrorKind::BrokenPipe.into()),
            move || {
                let _ = said.send(());
            },
        )
        .unwrap();
        writer.send(b"x".to_vec());
        dead.recv_timeout(Duration::from_secs(10)).unwrap();
        writer.send(b"y".to_vec());
        assert!(dead.try_recv().is_err());
    }
}
