//! The stream as lines: for a log with times, and to be watched for a text.

use crate::emulator::filter::Filter;

/// The longest line that is kept, in characters.
const LONGEST: usize = 4096;

/// Puts lines together out of parts, without escape sequences. A carriage return starts the line
/// over, so that only the last state of a progress bar is left.
#[derive(Default)]
pub struct Lines {
    /// The parser keeps all of a command that has not ended.
    filter: Filter,
    buffer: Vec<u8>,
    parser: vte::Parser,
    collected: Collected,
}

#[derive(Debug, Default)]
struct Collected {
    line: String,
    returned: bool,
    done: Vec<String>,
}

impl vte::Perform for Collected {
    fn print(&mut self, c: char) {
        if std::mem::take(&mut self.returned) {
            self.line.clear();
        }
        if self.line.len() < LONGEST {
            self.line.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.returned = false;
                self.done.push(std::mem::take(&mut self.line));
            }
            b'\r' => self.returned = true,
            b'\t' => self.print(' '),
            0x08 => {
                self.line.pop();
            }
            _ => {}
        }
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("collected", &self.collected)
            .finish_non_exhaustive()
    }
}

impl Lines {
    /// Takes bytes in; returns the lines that are complete now.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let passed = self.filter.pass(bytes, &mut self.buffer);
        self.parser.advance(&mut self.collected, passed);
        std::mem::take(&mut self.collected.done)
    }

    /// The line that is not complete yet.
    pub fn open(&self) -> &str {
        &self.collected.line
    }
}

/// Watches for a text, without regard to case, and tells once for each line.
#[derive(Debug)]
pub struct Watch {
    wanted: String,
    /// The open line has been told already.
    told: bool,
}

impl Watch {
    /// Watches for this text; an empty one is never seen.
    pub fn new(wanted: &str) -> Self {
        Self {
            wanted: wanted.to_lowercase(),
            told: false,
        }
    }

    fn hits(&self, line: &str) -> bool {
        !self.wanted.is_empty() && line.to_lowercase().contains(&self.wanted)
    }

    /// Lines in which the text is, of those that are complete now and the one that is not: a
    /// prompt such as `login:` has no end.
    pub fn look(&mut self, complete: &[String], open: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for line in complete {
            if !std::mem::take(&mut self.told) && self.hits(line) {
                seen.push(line.clone());
            }
        }
        if !self.told && self.hits(open) {
            self.told = true;
            seen.push(open.to_owned());
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_could_be_read() {
        let mut lines = Lines::default();
        let text = b"boot \x1b[32mok\x1b[0m\r\n10%\r50%\r100%\r\nab\x08c\x1b]0;t\x07\n";
        let mut all = Vec::new();
        for part in text.chunks(3) {
            all.extend(lines.feed(part));
        }
        assert_eq!(all, ["boot ok", "100%", "ac"]);
        lines.feed(b"login: ");
        assert_eq!(lines.open(), "login: ");
    }

    #[test]
    fn lines_have_an_end() {
        let mut lines = Lines::default();
        lines.feed(&vec![b'x'; LONGEST * 4]);
        assert_eq!(lines.open().len(), LONGEST);
        lines.feed(b"\x1b]0;");
        lines.feed(&vec![b'x'; LONGEST * 4]);
        assert!(lines.buffer.is_empty(), "nothing of a title reaches the parser");
        lines.feed(b"\x07\nb");
        assert_eq!(lines.open(), "b");
    }

    #[test]
    fn a_text_is_told_once_for_each_line() {
        let mut watch = Watch::new("Login:");
        assert!(watch.look(&["booting".to_owned()], "log").is_empty());
        assert_eq!(watch.look(&[], "host login: "), ["host login: "]);
        assert!(watch.look(&[], "host login: root").is_empty());
        assert!(watch.look(&["host login: root".to_owned()], "").is_empty());
        assert_eq!(watch.look(&["x login: y".to_owned()], ""), ["x login: y"]);
        assert!(Watch::new("").look(&["a".to_owned()], "b").is_empty());
    }
}
