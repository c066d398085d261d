//! Standard error while the screen is ours: `ssh` and libraries write there, and one line of it
//! would tear the screen.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

/// Standard error as it was.
static BEFORE: Mutex<Option<OwnedFd>> = Mutex::new(None);

/// Sends standard error to the log, or nowhere without one.
///
/// # Errors
/// When the descriptor cannot be duplicated.
pub fn redirect(log: Option<&File>) -> io::Result<()> {
    let before = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?;
    match log {
        Some(file) => rustix::stdio::dup2_stderr(file.as_fd())?,
        None => rustix::stdio::dup2_stderr(File::options().write(true).open("/dev/null")?.as_fd())?,
    }
    BEFORE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert(before);
    Ok(())
}

/// Puts standard error where it was. Does nothing when it was never moved.
pub fn restore() {
    if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = rustix::stdio::dup2_stderr(before);
    }
}
