//! Stands between a client and a daemon: counts calls and bytes, and delays them if wanted.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use virt_deck::base::time::{Clock, Stamp};

/// What went through.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls of libvirt's RPC (`virNetMessageHeader.type` is `VIR_NET_CALL`).
    pub calls: AtomicU64,
    /// Bytes in both directions.
    pub bytes: AtomicU64,
}

impl Counts {
    pub fn take(&self) -> (u64, u64) {
        (self.calls.swap(0, Relaxed), self.bytes.swap(0, Relaxed))
    }
}

/// A socket that leads to a daemon; accepts as long as the program runs.
pub struct Proxy {
    pub counts: Arc<Counts>,
    pub socket: PathBuf,
    _directory: tempfile::TempDir,
}

impl Proxy {
    /// Each direction takes `delay`.
    pub fn to(daemon: &Path, delay: Duration) -> std::io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("vdp").tempdir()?;
        let socket = directory.path().join("sock");
        let listener = UnixListener::bind(&socket)?;
        let counts = Arc::new(Counts::default());
        let (daemon, shared) = (daemon.to_owned(), Arc::clone(&counts));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // a daemon that is busy right now is not gone: the client tries again
                let Ok(server) = UnixStream::connect(&daemon) else {
                    continue;
                };
                let Ok((client_out, server_out)) = client.try_clone().and_then(|out| Ok((out, server.try_clone()?)))
                else {
                    return;
                };
                relay(client, server_out, delay, Arc::clone(&shared), true);
                relay(server, client_out, delay, Arc::clone(&shared), false);
            }
        });
        Ok(Self {
            counts,
            socket,
            _directory: directory,
        })
    }

    /// The URI with this socket in it.
    pub fn uri(&self, uri: &str) -> String {
        let base = uri.split("socket=").next().unwrap_or_default();
        format!("{base}socket={}", self.socket.display())
    }
}

fn relay(mut from: UnixStream, mut to: UnixStream, delay: Duration, counts: Arc<Counts>, calls: bool) {
    let clock = Clock::start();
    let (sender, parts) = channel::<(Stamp, Vec<u8>)>();
    let mut calls = calls.then(CallCounter::default);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 256 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let part = &buffer[..count];
            counts.bytes.fetch_add(count as u64, Relaxed);
            if let Some(counter) = &mut calls {
                counts.calls.fetch_add(counter.feed(part), Relaxed);
            }
            if sender.send((clock.now().after(delay), part.to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        // never sent to: waits for exactly as long as is asked
        let (_keep, never): (_, Receiver<()>) = channel();
        while let Ok((due, part)) = parts.recv() {
            let wait = due.since(clock.now());
            if !wait.is_zero() && never.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if to.write_all(&part).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// Finds calls in a stream of messages: a length of four bytes that counts itself, then program,
/// version, procedure, type, serial and status of four bytes each.
#[derive(Default)]
struct CallCounter {
    header: Vec<u8>,
    skip: usize,
}

impl CallCounter {
    fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            if self.skip > 0 {
                let part = self.skip.min(bytes.len());
                self.skip -= part;
                bytes = &bytes[part..];
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            if self.header.len() == 28 {
                let word = |at: usize| {
                    self.header[at..at + 4]
                        .iter()
                        .fold(0, |all, byte| all << 8 | usize::from(*byte))
                };
                found += u64::from(word(16) == 0);
                self.skip = word(0).saturating_sub(28);
                self.header.clear();
            }
        }
        found
    }
}
