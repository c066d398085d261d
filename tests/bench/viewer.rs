//! A plain VNC viewer on an invisible X screen, behind a line as narrow as the terminal's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use virt_deck::base::time::Clock;

use crate::narrow::{Flowed, Line, wait_until};
use crate::pty::cpu;

const PART: usize = 512;

/// Ends a program when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Bytes to the viewer, and how often it asked for more.
#[derive(Default)]
struct Counts {
    bytes: AtomicU64,
    requests: AtomicU64,
}

/// A port that leads to another one by a line that is narrow in the direction of the viewer.
fn proxy(clock: Clock, line: Line, port: u16) -> Result<(u16, Arc<Counts>), String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    let own = listener.local_addr().map_err(text)?.port();
    let counts = Arc::new(Counts::default());
    let shared = Arc::clone(&counts);
    std::thread::spawn(move || {
        for viewer in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                return;
            };
            let (Ok(viewer_in), Ok(server_out)) = (viewer.try_clone(), server.try_clone()) else {
                return;
            };
            let up = Arc::clone(&shared);
            std::thread::spawn(move || upwards(viewer_in, server_out, &up));
            let down = Arc::clone(&shared);
            std::thread::spawn(move || downwards(clock, line, server, viewer, &down));
        }
    });
    Ok((own, counts))
}

fn upwards(mut from: TcpStream, mut to: TcpStream, counts: &Counts) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        // an incremental request is a message of its own in a packet of its own, or follows others
        let asked = buffer[..count]
            .windows(6)
            .filter(|part| *part == [3, 1, 0, 0, 0, 0])
            .count();
        counts.requests.fetch_add(asked as u64, Relaxed);
        if to.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}

fn downwards(clock: Clock, line: Line, mut from: TcpStream, mut to: TcpStream, counts: &Counts) {
    let (sender, waiting) = sync_channel::<Vec<u8>>(line.ahead / PART);
    std::thread::spawn(move || {
        let mut buffer = [0; PART];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut due = clock.now();
    while let Ok(bytes) = waiting.recv() {
        due = due
            .max(clock.now())
            .after(Duration::from_secs_f64(bytes.len() as f64 / line.rate));
        wait_until(clock, due);
        counts.bytes.fetch_add(bytes.len() as u64, Relaxed);
        if to.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// What a stock viewer takes; frames are its requests.
pub fn measure(clock: Clock, line: Line, port: u16, seconds: u32) -> Result<Flowed, String> {
    let (own, counts) = proxy(clock, line, port)?;
    let home = tempfile::tempdir().map_err(text)?;
    let quiet = |command: &mut Command| -> Result<Running, String> {
        let program = command.get_program().to_string_lossy().into_owned();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.env("HOME", home.path());
        let child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
        Ok(Running(child))
    };
    let mut screen =
        quiet(Command::new("Xvfb").args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"]))?;
    let mut number = String::new();
    let mut said = screen.0.stdout.take().ok_or("Xvfb says nothing")?;
    let mut byte = [0];
    while let Ok(1) = said.read(&mut byte) {
        if byte[0] == b'\n' {
            break;
        }
        number.push(char::from(byte[0]));
    }
    let viewer = quiet(
        Command::new("vncviewer")
            .env("DISPLAY", format!(":{number}"))
            .arg("SecurityTypes=None")
            .arg("-Shared")
            .arg(format!("127.0.0.1::{own}")),
    )?;
    let from = clock.now();
    while counts.requests.load(Relaxed) < 5 {
        if clock.now().since(from) > Duration::from_secs(30) {
            return Err("vncviewer did not connect".to_owned());
        }
        wait_until(clock, clock.now().after(Duration::from_millis(100)));
    }
    wait_until(clock, clock.now().after(Duration::from_secs(3)));
    let pid = viewer.0.id();
    let (from, used) = (clock.now(), cpu(pid)?);
    let (bytes, frames) = (counts.bytes.load(Relaxed), counts.requests.load(Relaxed));
    let mut peak = 0;
    for _ in 0..seconds {
        let before = counts.bytes.load(Relaxed);
        wait_until(clock, clock.now().after(Duration::from_secs(1)));
        peak = peak.max(counts.bytes.load(Relaxed) - before);
    }
    let took = clock.now().since(from).as_secs_f64();
    Ok(Flowed {
        bytes: (counts.bytes.load(Relaxed) - bytes) as f64 / took,
        frames: (counts.requests.load(Relaxed) - frames) as f64 / took,
        cpu: (cpu(pid)? - used) / took * 100.0,
        peak: peak as f64,
    })
}
