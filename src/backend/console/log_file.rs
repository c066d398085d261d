//! A serial line written to a file, on a thread of its own.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use crate::base::text::show;

/// An open log. It is complete when this value has been dropped and its thread has ended.
#[derive(Debug)]
pub struct LogFile {
    lines: Sender<String>,
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}

impl LogFile {
    /// Opens a new file that only the user can read. Nothing that exists is touched. `outcome`
    /// hears that it is open and where, or later why writing failed.
    pub fn start(path: PathBuf, outcome: impl Fn(Result<String, String>) + Send + 'static) -> Option<Self> {
        let (lines, inbox) = channel::<String>();
        let thread = std::thread::Builder::new().name("vd-log".to_owned()).spawn(move || {
            // said in full: who reads it later may not know where this program was started
            let path = std::path::absolute(&path).unwrap_or(path);
            let shown = show(&path.display().to_string()).into_owned();
            let mut file = match create(&path) {
                Ok(file) => file,
                Err(error) => return outcome(Err(format!("{shown}: {error}"))),
            };
            outcome(Ok(format!("logging to {shown}")));
            while let Ok(line) = inbox.recv() {
                if let Err(error) = file.write_all(line.as_bytes()) {
                    return outcome(Err(format!("{shown}: {error}; logging has ended")));
                }
            }
        });
        thread.is_ok().then_some(Self { lines })
    }

    /// Writes a line with its time.
    pub fn line(&self, unix_millis: i64, line: &str) {
        let time =
            jiff::Timestamp::from_millisecond(unix_millis).map_or_else(|_| String::new(), |time| time.to_string());
        // a file that failed has said so
        drop(self.lines.send(format!("{time} {}\n", show(line))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::mpsc::channel;

    #[test]
    fn a_new_private_file_is_written_and_an_old_one_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("line.log");
        let (said, hears) = channel();
        let log = LogFile::start(path.clone(), {
            let said = said.clone();
            move |outcome| said.send(outcome).unwrap()
        });
        assert!(hears.recv().unwrap().is_ok());
        let log = log.unwrap();
        log.line(0, "hello \x1b[31m");
        drop(log);
        let second = LogFile::start(path.clone(), move |outcome| said.send(outcome).unwrap());
        assert!(hears.recv().unwrap().unwrap_err().contains("exists"));
        drop(second);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut text = std::fs::read_to_string(&path).unwrap();
        while text.is_empty() {
            text = std::fs::read_to_string(&path).unwrap();
        }
        assert_eq!(text, "1970-01-01T00:00:00Z hello \\x1b[31m\n");
    }
}
