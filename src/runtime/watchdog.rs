//! Notices that the terminal is gone, even when nobody says so by SIGHUP.
//!
//! The thread that reads keys does not notice while another program has the terminal, and the one
//! that writes only when there is something to write.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::UnboundedSender;

use crate::runtime::exit;
use crate::runtime::input::Input;
use crate::runtime::terminal;

/// How long the event loop may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);
/// 128 and the number of SIGHUP.
pub const CODE: i32 = 129;

/// Starts the watch over the terminal. When it is gone the event loop is told, and if it does not
/// end the program soon, this thread does.
///
/// # Errors
/// When no thread can be started.
pub fn start(input: UnboundedSender<Input>) -> std::io::Result<()> {
    std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        wait_for_hangup(terminal::keyboard());
        let _ = input.send(Input::HungUp);
        // nobody ever sends: this is a wait that the end of the process cuts short
        let (_never, end) = std::sync::mpsc::channel::<()>();
        let _ = end.recv_timeout(GRACE);
        exit::now(CODE);
    })?;
    Ok(())
}

/// Returns when the other end is gone; costs nothing until then.
fn wait_for_hangup(fd: BorrowedFd<'_>) {
    loop {
        // nothing is asked for, so that only a hang-up or an error wakes this up
        let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::empty())];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) | Ok(0) => {}
            Ok(_) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd as _;

    #[test]
    fn a_closed_other_end_is_noticed() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            wait_for_hangup(ours.as_fd());
            said.send(()).unwrap();
        });
        assert!(heard.recv_timeout(Duration::from_millis(50)).is_err());
        drop(theirs);
        heard.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
