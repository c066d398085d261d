//! Bytes of a stream that wait to be taken. Pure.
//!
//! A stream cannot be made to wait: whatever is not taken from it, libvirt keeps reading from the
//! host and hangs into a list that it walks to the end for each packet, until its event thread,
//! which serves all hosts, does nothing else. So everything is taken at once, and of what is too
//! much the oldest goes.

use std::collections::VecDeque;

/// Bytes that are kept: some seconds of what a terminal can take in.
const MOST: usize = 4 * 1024 * 1024;

/// The bytes, oldest first.
#[derive(Debug)]
pub struct Intake {
    bytes: VecDeque<u8>,
    most: usize,
    left_out: usize,
}

/// Some of the bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Bytes before them that are lost, because they were not taken soon enough.
    pub left_out: usize,
}

impl Default for Intake {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl Intake {
    /// Keeps at most so many bytes.
    fn of(most: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            most,
            left_out: 0,
        }
    }

    /// Puts bytes at the end.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let Some(excess) = self.bytes.len().checked_sub(self.most).filter(|excess| *excess > 0) else {
            return;
        };
        // a portion at once, so that it does not go byte by byte
        let portion = self.most / 4;
        let least = excess.max(portion);
        // what is left begins with a line, when lines come
        let line = self
            .bytes
            .iter()
            .skip(least)
            .take(portion)
            .position(|byte| *byte == b'\n');
        let count = least + line.map_or(0, |at| at + 1);
        self.bytes.drain(..count);
        self.left_out += count;
    }

    /// Takes at most so many bytes.
    pub fn take(&mut self, most: usize) -> Taken {
        let count = self.bytes.len().min(most);
        Taken {
            bytes: self.bytes.drain(..count).collect(),
            left_out: std::mem::take(&mut self.left_out),
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_taken_in_time_comes_whole() {
        let mut intake = Intake::of(4000);
        intake.put(b"one\ntwo");
        assert_eq!(intake.take(4).bytes, b"one\n");
        intake.put(b"\n");
        assert_eq!(
            intake.take(100),
            Taken {
                bytes: b"two\n".to_vec(),
                left_out: 0
            }
        );
        assert!(intake.is_empty());
    }

    #[test]
    fn the_oldest_lines_go_when_nobody_takes_them() {
        let mut intake = Intake::of(4000);
        let line = b"a line of the flood\n";
        let lines = 2 * 4000 / line.len();
        for _ in 0..lines {
            intake.put(line);
        }
        let taken = intake.take(usize::MAX);
        assert!(taken.bytes.len() <= 4000);
        assert!(taken.bytes.starts_with(line));
        assert_eq!(taken.bytes.len() + taken.left_out, lines * line.len());
        assert_eq!(intake.take(1).left_out, 0, "it is told once");
    }

    proptest! {
        #[test]
        fn nothing_is_counted_twice(parts in proptest::collection::vec((0_usize..3_000, any::<bool>()), 1..12)) {
            let mut intake = Intake::of(4000);
            let (mut put, mut seen) = (0, 0);
            for (size, takes) in parts {
                intake.put(&vec![b'x'; size]);
                put += size;
                if takes {
                    let taken = intake.take(1_000);
                    seen += taken.bytes.len() + taken.left_out;
                }
            }
            let rest = intake.take(usize::MAX);
            prop_assert_eq!(put, seen + rest.bytes.len() + rest.left_out);
        }
    }
}
