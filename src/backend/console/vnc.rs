//! A VNC connection: the server's picture into frames, keys and mouse to the guest.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::backend::console::canvas::{Canvas, refuse};
use crate::backend::console::handshake::{Vnc, broken, lost};
use crate::backend::console::session::{Base, Heard, Next};
use crate::base::time::Stamp;
use crate::hv::console::{ConsoleCommand, ConsoleState, ConsoleUpdate, Pointer, Stroke, Traffic, Typed};
use crate::hv::error::HvError;
use crate::picture::Rect;
use crate::rfb::keys::{self, Press};
use crate::rfb::{Client, Event, Security, TlsKind};

/// Bytes read at a time.
const PART: usize = 128 * 1024;
/// Between two characters of typed text: guests lose keys that come faster.
const TYPING: Duration = Duration::from_millis(30);
/// Movements are told as distances from the middle of what two bytes hold.
const STILL: u16 = 0x7fff;
/// How often what comes is told.
const TRAFFIC: Duration = Duration::from_secs(1);

/// The live connection.
struct Live<'a> {
    base: &'a mut Base,
    canvas: &'a mut Canvas,
    client: Client,
    out: UnboundedSender<Vec<u8>>,
    /// The server has been asked for what changes.
    asked: bool,
    held: Vec<Press>,
    typing: VecDeque<char>,
    type_at: Option<Stamp>,
    unknown: usize,
    /// Where the mouse was last; nothing while it is elsewhere.
    pointer: Option<Pointer>,
    received: u32,
    report_at: Option<Stamp>,
}

/// Runs the connection until it ends; also returns why, when that was the server's doing.
pub(super) async fn live(base: &mut Base, canvas: &mut Canvas, vnc: Vnc) -> (Next, Option<HvError>) {
    let security = match vnc.client.security() {
        Security::None => "",
        Security::Password => ", password",
        Security::Tls(TlsKind::X509None) => ", TLS",
        Security::Tls(TlsKind::X509Vnc) => ", TLS, password",
    };
    base.state(ConsoleState::Live {
        way: format!("{}{security}", vnc.way).into(),
        note: None,
        keys: true,
    });
    let (mut read, mut write) = tokio::io::split(vnc.wire);
    let (out, mut outbox) = unbounded_channel::<Vec<u8>>();
    let writer = tokio::spawn(async move {
        while let Some(bytes) = outbox.recv().await {
            if write.write_all(&bytes).await.is_err() || write.flush().await.is_err() {
                return;
            }
        }
    });
    let tunnel = vnc.tunnel;
    let mut live = Live {
        base,
        canvas,
        client: vnc.client,
        out,
        asked: false,
        held: Vec::new(),
        typing: VecDeque::new(),
        type_at: None,
        unknown: 0,
        pointer: None,
        received: 0,
        report_at: None,
    };
    live.client.request(false);
    live.asked = true;
    let place = live.base.place;
    let mut buffer = vec![0; PART];
    let (next, error) = loop {
        live.send();
        let now = live.base.tools.clock.now();
        // a frame waits for the budget, or the question for what changes
        let rest = live.canvas.flow.rest(now);
        let rest = rest.filter(|_| live.canvas.is_dirty() || !live.asked);
        let typing = live.type_at.map(|at| at.since(now));
        let report = live.report_at.map(|at| at.since(now));
        tokio::select! {
            biased;
            // the display does not need the host's connection
            input = live.base.inbox.recv() => match live.base.hear(input, |now| now.vm != place.vm) {
                Heard::End(next) => break (next, None),
                Heard::Command(command) => live.command(command),
                Heard::Nothing => {}
            },
            count = read.read(&mut buffer) => match count {
                Ok(count @ 1..) => if let Err(error) = live.received(&buffer[..count]) {
                    break (Next::Again, Some(error));
                },
                Ok(0) => break (Next::Again, Some(lost("the VNC server hung up"))),
                Err(error) => break (Next::Again, Some(lost(error.to_string()))),
            },
            () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => {}
            () = tokio::time::sleep(typing.unwrap_or_default()), if typing.is_some() => live.type_next(),
            () = tokio::time::sleep(report.unwrap_or_default()), if report.is_some() => live.report(),
        }
        live.canvas.draw(live.base);
        live.ask();
    };
    live.release();
    live.send();
    drop(live);
    writer.abort();
    if let (Some(_), Some(tunnel)) = (&error, &tunnel)
        && let Some(words) = tunnel.last_words().await
    {
        return (next, Some(lost(format!("ssh: {}", words.raw()))));
    }
    (next, error)
}

impl Live<'_> {
    fn send(&mut self) {
        let bytes = self.client.take_output();
        if !bytes.is_empty() {
            // whoever reads hears of a broken connection
            drop(self.out.send(bytes));
        }
    }

    /// Asks for what changes, once what came last is on the terminal: a slow terminal makes for
    /// few bytes from the server.
    fn ask(&mut self) {
        let now = self.base.tools.clock.now();
        if !self.asked && self.base.viewport.visible && !self.canvas.is_dirty() && self.canvas.flow.may_send(now) {
            self.asked = true;
            self.client.request(true);
        }
    }

    fn received(&mut self, bytes: &[u8]) -> Result<(), HvError> {
        self.received = self
            .received
            .saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let now = self.base.tools.clock.now();
        self.report_at.get_or_insert(now.after(TRAFFIC));
        for event in self.client.feed(bytes).map_err(|error| broken(&error))? {
            match event {
                Event::Updated => self.updated(),
                Event::Bell => self.base.emit(ConsoleUpdate::Bell),
                Event::CutText(text) => self.base.emit(ConsoleUpdate::Clipboard(text)),
                Event::StartTls | Event::Ready => {}
            }
        }
        Ok(())
    }

    fn updated(&mut self) {
        self.asked = false;
        let framebuffer = self.client.framebuffer();
        let damage: Vec<Rect> = framebuffer
            .take_damage()
            .into_iter()
            .map(|area| Rect {
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
            })
            .collect();
        let (width, height) = (framebuffer.width(), framebuffer.height());
        let all = self
            .canvas
            .picture
            .follow(width, height, framebuffer.pixels(), Some(&damage));
        if all || !damage.is_empty() {
            self.canvas.changed((!all).then_some(damage));
        }
    }

    fn report(&mut self) {
        let received = std::mem::take(&mut self.received);
        let sent = self.canvas.flow.take_sent();
        self.base.emit(ConsoleUpdate::Traffic(Traffic {
            received,
            sent: sent.bytes,
            frames: sent.frames,
            coarse: self.canvas.is_coarse(self.base.viewport.budget),
        }));
        let now = self.base.tools.clock.now();
        self.report_at = (received > 0 || sent.frames > 0).then(|| now.after(TRAFFIC));
    }

    fn press(&mut self, press: Press, down: bool) {
        self.client.key(press.keysym, press.code, down);
    }

    fn tap(&mut self, presses: &[Press]) {
        for press in presses {
            self.press(*press, true);
        }
        for press in presses.iter().rev() {
            self.press(*press, false);
        }
    }

    /// Nothing stays held when nobody is there to let go of it.
    fn release(&mut self) {
        for press in std::mem::take(&mut self.held).into_iter().rev() {
            self.press(press, false);
        }
    }

    fn typed(&mut self, typed: Typed, stroke: Stroke) {
        let presses = match typed {
            Typed::Key(key) => keys::presses(key),
            Typed::Modifier(modifier) => vec![keys::modifier(modifier)],
        };
        match stroke {
            Stroke::Tap => self.tap(&presses),
            Stroke::Down => {
                for press in presses {
                    self.press(press, true);
                    self.held.push(press);
                }
            }
            Stroke::Repeat if presses.iter().all(|press| self.held.contains(press)) => {
                if let Some(last) = presses.last() {
                    self.press(*last, true);
                }
            }
            Stroke::Repeat => self.tap(&presses),
            Stroke::Up => {
                for press in presses.into_iter().rev() {
                    if let Some(at) = self.held.iter().position(|held| *held == press) {
                        self.held.remove(at);
                        self.press(press, false);
                    }
                }
            }
        }
    }

    /// Types the next character of a text.
    fn type_next(&mut self) {
        let now = self.base.tools.clock.now();
        if let Some(c) = self.typing.pop_front() {
            match keys::typed(c) {
                Some(presses) => self.tap(&presses),
                None => self.unknown += 1,
            }
        }
        self.type_at = (!self.typing.is_empty()).then(|| now.after(TYPING));
        if self.typing.is_empty() && self.unknown > 0 {
            let count = std::mem::take(&mut self.unknown);
            refuse(
                self.base,
                &format!("{count} characters could not be typed: no key makes them"),
            );
        }
    }

    fn pointed(&mut self, pointer: Pointer) {
        let before = self.pointer.replace(pointer);
        let held = pointer.buttons;
        let mask = u8::from(held.left) | u8::from(held.middle) << 1 | u8::from(held.right) << 2;
        let place = self.canvas.guest_point(pointer.column, pointer.row);
        let (x, y) = match place {
            Some(place) if self.client.is_absolute() => place,
            None if self.client.is_absolute() => return,
            // a mouse that has just come here has not moved
            _ => before.map_or((STILL, STILL), |before| self.moved(&before, &pointer)),
        };
        self.client.pointer(mask, x, y);
        // what has moved once does not move again with every notch
        let (x, y) = if self.client.is_absolute() {
            (x, y)
        } else {
            (STILL, STILL)
        };
        let wheel = if pointer.wheel < 0 { 1 << 3 } else { 1 << 4 };
        for _ in 0..pointer.wheel.unsigned_abs().min(8) {
            self.client.pointer(mask | wheel, x, y);
            self.client.pointer(mask, x, y);
        }
    }

    /// A movement, for guests whose mouse knows no places: as many of the guest's pixels as lie
    /// between the cells.
    fn moved(&self, from: &Pointer, to: &Pointer) -> (u16, u16) {
        let point = |at: &Pointer| self.canvas.guest_point(at.column, at.row);
        let (before, now) = match point(from).zip(point(to)) {
            Some(points) => points,
            // beside the picture there are none; cells are about this large
            None => (
                (from.column.saturating_mul(8), from.row.saturating_mul(16)),
                (to.column.saturating_mul(8), to.row.saturating_mul(16)),
            ),
        };
        let told = |before: u16, now: u16| {
            let by = i32::from(now) - i32::from(before);
            (i32::from(STILL) + by).clamp(0, i32::from(u16::MAX)) as u16
        };
        (told(before.0, now.0), told(before.1, now.1))
    }

    fn command(&mut self, command: ConsoleCommand) {
        match command {
            ConsoleCommand::Viewport(viewport) => {
                if !viewport.visible {
                    self.release();
                    self.pointer = None;
                }
                self.base.viewport = viewport;
                self.canvas.place(&viewport);
            }
            ConsoleCommand::Drawn { serial, bytes } => {
                let now = self.base.tools.clock.now();
                self.canvas.flow.drawn(serial, bytes, self.base.viewport.budget, now);
            }
            ConsoleCommand::Type { typed, stroke } => self.typed(typed, stroke),
            ConsoleCommand::Chord(codes) => {
                let presses: Vec<Press> = codes.into_iter().filter_map(keys::linux).collect();
                self.tap(&presses);
            }
            ConsoleCommand::TypeText(text) => {
                self.typing.extend(text.replace("\r\n", "\n").chars());
                let now = self.base.tools.clock.now();
                self.type_at.get_or_insert(now);
            }
            ConsoleCommand::Pointer(pointer) => self.pointed(pointer),
            ConsoleCommand::CopyText { .. } => self.canvas.copy(self.base),
            ConsoleCommand::SavePicture(path) => self.canvas.save(self.base, path),
            ConsoleCommand::Scroll(_)
            | ConsoleCommand::Search { .. }
            | ConsoleCommand::Log(_)
            | ConsoleCommand::Watch(_)
            | ConsoleCommand::TellSize
            | ConsoleCommand::TakeOver
            | ConsoleCommand::Retry
            | ConsoleCommand::Open { .. }
            | ConsoleCommand::OpenMoved { .. }
            | ConsoleCommand::Move
            | ConsoleCommand::Close => {}
        }
    }
}
