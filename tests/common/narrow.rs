//! A terminal at the far end of a narrow line: bytes wait in between as in ssh, and questions are
//! answered when they arrive.

use std::io::{Read, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Bytes that arrive together.
const PART: usize = 256;
/// What a terminal answers.
const ANSWERS: [(&[u8], &[u8]); 2] = [(b"\x1b[5n", b"\x1b[0n"), (b"\x1b[c", b"\x1b[?62;22c")];

/// Keys and answers are typed by two threads.
#[derive(Clone)]
pub struct Typing(pub Arc<Mutex<Box<dyn Write + Send>>>);

impl Write for Typing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap().flush()
    }
}

/// Takes everything in at once, as sshd does, and hands so many bytes a second on.
#[expect(clippy::disallowed_methods, reason = "a line has a speed")]
pub fn relay(mut reader: Box<dyn Read + Send>, mut typing: Typing, rate: u32, arrived: Sender<Vec<u8>>) {
    let (sender, waiting) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut buffer = vec![0; PART];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        let (_keep, never) = channel::<()>();
        let (mut due, mut tail) = (Instant::now(), Vec::new());
        while let Ok(bytes) = waiting.recv() {
            due = due.max(Instant::now()) + Duration::from_secs_f64(bytes.len() as f64 / f64::from(rate));
            let _ = never.recv_timeout(due.saturating_duration_since(Instant::now()));
            tail.extend_from_slice(&bytes);
            for (question, answer) in ANSWERS {
                for _ in tail.windows(question.len()).filter(|part| *part == question) {
                    let _ = typing.write_all(answer).and_then(|()| typing.flush());
                }
            }
            // a question may come in two parts
            let keep = tail
                .iter()
                .rposition(|byte| *byte == 0x1b)
                .filter(|at| tail.len() - at < 4);
            tail.drain(..keep.unwrap_or(tail.len()));
            if arrived.send(bytes).is_err() {
                return;
            }
        }
    });
}
