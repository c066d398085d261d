//! libvirt's process-wide state: initialisation and the event loop.
#![expect(unsafe_code, reason = "libvirt's global functions")]

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::backend::libvirt::error::last_error;

/// How long the loop rests after a failed turn, so that a lasting failure cannot take a CPU.
const REST: Duration = Duration::from_millis(500);

/// Prepares libvirt, once per process and before the first connection: no printing of errors to
/// the terminal, the default event loop, and a thread that turns it. Events, keepalive and the
/// detection of dead peers all depend on that thread.
pub fn init() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // SAFETY: no arguments; safe to call from any thread, any number of times.
        if unsafe { virt_sys::virInitialize() } < 0 {
            tracing::error!("libvirt cannot be initialised: {}", last_error("virInitialize"));
        }
        virt::error::clear_error_callback();
        // SAFETY: called before the first connection is opened, as libvirt demands.
        if unsafe { virt_sys::virEventRegisterDefaultImpl() } < 0 {
            tracing::error!("no event loop: {}", last_error("virEventRegisterDefaultImpl"));
            return;
        }
        let started = std::thread::Builder::new()
            .name("libvirt-events".to_owned())
            .spawn(turn);
        if let Err(error) = started {
            tracing::error!("the event loop's thread cannot be started: {error}");
        }
    });
}

/// Turns the event loop for as long as the process lives.
fn turn() {
    let (gate, bell) = (Mutex::new(()), Condvar::new());
    loop {
        // SAFETY: the default implementation is registered; only this thread turns it.
        if unsafe { virt_sys::virEventRunDefaultImpl() } < 0 {
            tracing::error!("event loop: {}", last_error("virEventRunDefaultImpl"));
            let guard = gate.lock().unwrap_or_else(PoisonError::into_inner);
            // nobody rings: this is a rest with a deadline
            drop(bell.wait_timeout(guard, REST));
        }
    }
}
