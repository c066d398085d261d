//! Ways to a host's own listeners and sockets through ssh: one connection for all consoles of a
//! host, opened for the first of them and closed with the last.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex as Turn, Notify};

use crate::backend::console::Tools;
use crate::backend::console::route::Target;
use crate::backend::console::tunnel_ssh::{Far, Files, forwarding};
use crate::backend::libvirt::classify::{classify, hint};
use crate::backend::scratch;
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};

/// How often is looked whether the login has succeeded.
const LOOK: Duration = Duration::from_millis(50);
/// How long ssh may take to open one more way on a connection that it has.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited for words that explain an end.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// Lines of ssh that are kept.
const LINES: usize = 20;
/// `VIR_FROM_RPC` and `VIR_ERR_SYSTEM_ERROR`: what libvirt reports the words of its own ssh by.
const SSH_WORDS: (i32, i32) = (7, 38);

fn failed(why: impl Into<Text>) -> HvError {
    HvError::own(ErrorKind::Unreachable, "ssh", why)
}

/// What ssh has said.
#[derive(Default)]
struct Words {
    said: Mutex<(usize, VecDeque<String>)>,
    more: Notify,
}

impl Words {
    fn add(&self, line: String) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.0 += 1;
        said.1.push_back(line);
        if said.1.len() > LINES {
            said.1.pop_front();
        }
        drop(said);
        self.more.notify_waiters();
    }

    fn count(&self) -> usize {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// What was said after so many lines, on one.
    fn since(&self, mark: usize) -> Option<Text> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let new = said.0.saturating_sub(mark).min(said.1.len());
        let lines: Vec<&str> = said.1.iter().skip(said.1.len() - new).map(String::as_str).collect();
        (!lines.is_empty()).then(|| lines.join("; ").into())
    }
}

/// A running ssh. It ends when this is dropped, and when this program does.
struct Master {
    files: Files,
    target: Target,
    words: Arc<Words>,
    ended: Arc<AtomicBool>,
    ways: Turn<HashMap<Far, PathBuf>>,
    count: AtomicUsize,
    /// ssh lives as long as this pipe is open.
    _lifeline: ChildStdin,
}

impl Drop for Master {
    fn drop(&mut self) {
        self.files.remove(self.count.load(Ordering::Relaxed));
    }
}

/// The connection of ssh to one host, while there is one.
#[derive(Clone, Default)]
pub struct Tunnels {
    /// One at a time looks for it or opens it, so that there is one login and one question.
    current: Arc<Turn<Weak<Master>>>,
}

/// A use of the tunnel: the connection of ssh stays as long as there is one.
pub struct Tunnel {
    master: Arc<Master>,
    mark: usize,
}

impl Tunnel {
    /// What ssh has said since, which may explain why the far side hung up.
    pub async fn last_words(&self) -> Option<Text> {
        let more = self.master.words.more.notified();
        if self.master.words.since(self.mark).is_none() {
            let _ = tokio::time::timeout(LAST_WORDS, more).await;
        }
        self.master.words.since(self.mark)
    }
}

impl Tunnels {
    /// Connects to the far end; asks the user what ssh asks. Dropping the future gives up.
    ///
    /// # Errors
    /// In the words of ssh.
    pub async fn connect(&self, tools: &Tools, target: &Target, far: &Far) -> Result<(UnixStream, Tunnel), HvError> {
        let master = self.master(tools, target).await?;
        let mark = master.words.count();
        let entrance = master.way(tools, far).await?;
        let stream = UnixStream::connect(&entrance).await;
        let stream = stream.map_err(|error| failed(format!("the tunnel of ssh: {error}")))?;
        Ok((stream, Tunnel { master, mark }))
    }

    async fn master(&self, tools: &Tools, target: &Target) -> Result<Arc<Master>, HvError> {
        let mut current = self.current.lock().await;
        if let Some(master) = current.upgrade()
            && !master.ended.load(Ordering::Acquire)
        {
            return Ok(master);
        }
        let master = Arc::new(Master::start(tools, target).await?);
        *current = Arc::downgrade(&master);
        Ok(master)
    }
}

impl Master {
    /// Starts ssh and waits until it has logged in.
    async fn start(tools: &Tools, target: &Target) -> Result<Self, HvError> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // its questions are withdrawn when the login is over, or nobody waits for it any more
        let asker = tools.asking.asker(true);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let files = scratch::directory()
            .and_then(|directory| Files::write(directory, number, target, &tools.ssh, asker.env.as_ref()))
            .map_err(|error| failed(format!("the script that starts ssh cannot be written: {error}")))?;
        let spawned = Command::new("sh")
            .arg(files.master())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // a group of its own: keys of the terminal are not for it, and it ends as a whole
            .process_group(0)
            .spawn();
        let mut child = spawned.map_err(|error| failed(format!("ssh cannot be started: {error}")))?;
        let lifeline = child.stdin.take().ok_or_else(|| failed("ssh has no input"))?;
        let (words, ended) = (Arc::<Words>::default(), Arc::<AtomicBool>::default());
        tokio::spawn(listen(child, Arc::clone(&words), Arc::clone(&ended)));
        let master = Self {
            files,
            target: target.clone(),
            words,
            ended,
            ways: Turn::default(),
            count: AtomicUsize::new(0),
            _lifeline: lifeline,
        };
        let control = master.files.control();
        while !control.exists() {
            if master.ended.load(Ordering::Acquire) {
                return Err(master.refused(0));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(master)
    }

    fn refused(&self, mark: usize) -> HvError {
        let words = self.words.since(mark).unwrap_or_else(|| "ssh ended".into());
        let (domain, code) = SSH_WORDS;
        HvError {
            kind: classify(domain, code, words.raw()),
            code: 0,
            domain: 0,
            message: format!("ssh: {}", words.raw()).into(),
            during: "ssh",
            hint: hint(domain, code, words.raw()),
        }
    }

    /// The socket that leads to the far end.
    async fn way(&self, tools: &Tools, far: &Far) -> Result<PathBuf, HvError> {
        let mut ways = self.ways.lock().await;
        if let Some(entrance) = ways.get(far) {
            return Ok(entrance.clone());
        }
        let entrance = self.files.entrance(self.count.fetch_add(1, Ordering::Relaxed));
        let spec = forwarding(&entrance, far).ok_or_else(|| {
            let shown = Text::from(far.to_string());
            failed(format!("'{shown}' is nothing that ssh can lead to"))
        })?;
        let asked = Command::new("sh")
            .arg(self.files.ssh())
            .args(self.files.forward(&self.target, &tools.ssh, &spec))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .output();
        let done = tokio::time::timeout(PATIENCE, asked).await;
        let done = done
            .map_err(|_| failed("ssh did not open a tunnel in time"))?
            .map_err(|error| failed(format!("ssh cannot be started: {error}")))?;
        if !done.status.success() {
            let words = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            return Err(failed(format!("ssh opened no tunnel: {words}")));
        }
        ways.insert(far.clone(), entrance.clone());
        Ok(entrance)
    }
}

/// Takes in what ssh says, until it ends.
async fn listen(mut child: Child, words: Arc<Words>, ended: Arc<AtomicBool>) {
    if let Some(errors) = child.stderr.take() {
        let mut lines = BufReader::new(errors).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if !line.is_empty() {
                tracing::debug!("ssh: {}", Text::from(line.as_str()));
                words.add(line);
            }
        }
    }
    let status = child.wait().await;
    tracing::debug!("ssh of a tunnel ended: {status:?}");
    ended.store(true, Ordering::Release);
    words.more.notify_waiters();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_after_a_mark() {
        let words = Words::default();
        assert_eq!(words.since(0), None);
        words.add("one".to_owned());
        let mark = words.count();
        assert_eq!(words.since(mark), None);
        for number in 0..30 {
            words.add(number.to_string());
        }
        assert_eq!(words.since(mark + 28), Some("28; 29".into()));
        assert_eq!(
            words.since(0).map(|text| text.raw().matches(';').count()),
            Some(LINES - 1)
        );
    }
}
