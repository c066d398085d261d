//! A serial line: bytes of the guest through the emulator into frames, keys into bytes.

mod commands;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::backend::console::flow::Flow;
use crate::backend::console::removal::Past;
use crate::backend::console::session::{Base, Heard, Next, Place};
use crate::backend::console::waker;
use crate::backend::libvirt::Stream;
use crate::backend::logbook::unix_millis;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::emulator::Happening;
use crate::hv::console::{ConsoleCommand, ConsoleFrame, ConsoleState, ConsoleUpdate, Traffic};
use crate::hv::error::{ErrorKind, HvError};

/// Bytes taken in before keys are looked at again.
const PART: usize = 64 * 1024;
/// A line that ended is tried again after this time, when nothing says why it ended.
const AGAIN: Duration = Duration::from_secs(1);
/// How often what comes is told.
const TRAFFIC: Duration = Duration::from_secs(1);

/// The session.
pub(super) struct Serial {
    base: Base,
    device: Option<Text>,
    force: bool,
    past: Past,
    flow: Flow,
    /// Something changed that has not been drawn.
    dirty: bool,
    /// Bytes received since the last report, and when the next one is due.
    received: u32,
    /// Bytes that were lost since then.
    left_out: usize,
    report_at: Option<Stamp>,
    /// Characters of a paste that wait for room.
    unsent: Vec<u8>,
}

impl Serial {
    pub(super) fn new(base: Base, device: Option<Text>, force: bool) -> Self {
        let viewport = base.viewport;
        Self {
            past: Past::new(viewport.columns, viewport.rows, base.tools.scrollback),
            base,
            device,
            force,
            flow: Flow::default(),
            dirty: false,
            received: 0,
            left_out: 0,
            report_at: None,
            unsent: Vec::new(),
        }
    }

    /// Goes on where the session on another host ends.
    pub(super) async fn go_on(mut self) {
        if let Some(past) = self.base.tools.removals.take(self.base.id).await {
            self.past = past;
            let viewport = self.base.viewport;
            self.past.emulator.resize(viewport.columns, viewport.rows);
            self.dirty = true;
        }
        Box::pin(self.run()).await;
    }

    /// Works until the console is closed.
    pub(super) async fn run(mut self) {
        if matches!(self.work().await, Next::Move) {
            self.put_down().await;
        } else {
            self.past.end_log();
        }
    }

    async fn work(&mut self) -> Next {
        loop {
            if let Some(why) = self.base.place.obstacle() {
                self.base.state(ConsoleState::Waiting { why: why.into() });
                match self.idle(None).await {
                    Next::Again => continue,
                    end @ (Next::Move | Next::Close) => return end,
                }
            }
            let step = Text::from("to the serial line");
            self.base.state(ConsoleState::Connecting { step });
            let wake = Arc::new(Notify::new());
            let next = match self.open(&wake).await {
                Ok(stream) => self.live(&stream, &wake).await,
                Err(error) if error.kind == ErrorKind::Busy => {
                    self.base.state(ConsoleState::Held(error));
                    self.idle(None).await
                }
                Err(error) if error.kind == ErrorKind::Unreachable => {
                    self.base.state(ConsoleState::Waiting { why: error.message });
                    self.idle(Some(AGAIN)).await
                }
                Err(error) => {
                    self.base.state(ConsoleState::Failed(error));
                    self.idle(None).await
                }
            };
            match next {
                Next::Again => {}
                end @ (Next::Move | Next::Close) => return end,
            }
        }
    }

    async fn put_down(self) {
        let Self { base, past, .. } = self;
        let (removals, id) = (base.tools.removals.clone(), base.id);
        // nothing of this host is held while it waits to be fetched
        drop(base);
        removals.put(id, past).await;
    }

    async fn open(&self, wake: &Arc<Notify>) -> Result<Stream, HvError> {
        let (uuid, device, force) = (self.base.uuid, self.device.clone(), self.force);
        let wake = waker(wake);
        self.base
            .caller
            .call("virDomainOpenConsole", move |shared| {
                let connection = shared.get().ok_or_else(|| {
                    HvError::own(ErrorKind::Unreachable, "virDomainOpenConsole", "the connection is gone")
                })?;
                let keep = Box::new(Arc::clone(shared));
                connection.open_console(uuid, device.as_ref().map(Text::raw), force, wake, keep)
            })
            .await
    }

    /// Waits while there is nothing to show; for no longer than `most`.
    async fn idle(&mut self, most: Option<Duration>) -> Next {
        let before = self.base.place;
        loop {
            let input = tokio::select! {
                input = self.base.inbox.recv() => input,
                () = tokio::time::sleep(most.unwrap_or_default()), if most.is_some() => return Next::Again,
            };
            match self.base.hear(input, |place| place != before) {
                Heard::End(next) => return next,
                Heard::Command(ConsoleCommand::TakeOver) => {
                    self.force = true;
                    return Next::Again;
                }
                Heard::Command(command) => self.command(command, None),
                Heard::Nothing => {}
            }
            self.draw();
        }
    }

    /// Moves bytes both ways until the stream ends, or the VM stands elsewhere.
    async fn live(&mut self, stream: &Stream, wake: &Notify) -> Next {
        // once is enough: the next attempt asks again
        self.force = false;
        self.base.state(ConsoleState::Live {
            way: "serial line".into(),
            note: None,
            keys: true,
        });
        let place = self.base.place;
        loop {
            let now = self.base.tools.clock.now();
            let rest = self.flow.rest(now).filter(|_| self.dirty);
            let report = self.report_at.map(|at| at.since(now));
            tokio::select! {
                biased;
                input = self.base.inbox.recv() => match self.base.hear(input, |now| now != place) {
                    Heard::End(next) => return next,
                    Heard::Command(command) => self.command(command, Some(stream)),
                    Heard::Nothing => {}
                },
                () = wake.notified() => match stream.take(PART) {
                    Some(taken) => {
                        if taken.bytes.len() == PART {
                            // there may be more, but keys come first
                            wake.notify_one();
                        }
                        if taken.left_out > 0 {
                            self.left_out(taken.left_out, stream);
                        }
                        self.received(&taken.bytes, stream);
                    }
                    None => return self.ended(stream, place).await,
                },
                () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => {}
                () = tokio::time::sleep(report.unwrap_or_default()), if report.is_some() => {}
            }
            self.report();
            self.give(stream);
            self.draw();
        }
    }

    /// The stream is over: the guest went off, or the line was taken by somebody else.
    async fn ended(&mut self, stream: &Stream, place: Place) -> Next {
        let why = stream
            .error()
            .map_or_else(|| Text::from("the line was closed"), |error| error.message);
        self.base.state(ConsoleState::Waiting { why });
        self.draw();
        if self.base.place != place {
            return Next::Again;
        }
        self.idle(Some(AGAIN)).await
    }

    /// The guest writes faster than can be followed, for longer than can be waited for.
    fn left_out(&mut self, bytes: usize, stream: &Stream) {
        self.left_out += bytes;
        // whatever was begun is not completed by what comes next
        self.received(b"\x18", stream);
        if let Some(log) = &self.past.log {
            log.line(unix_millis(), &format!("[{bytes} bytes are left out here]"));
        }
    }

    fn received(&mut self, bytes: &[u8], stream: &Stream) {
        if bytes.is_empty() {
            return;
        }
        self.received = self
            .received
            .saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let now = self.base.tools.clock.now();
        self.report_at.get_or_insert(now.after(TRAFFIC));
        for happening in self.past.emulator.feed(bytes) {
            match happening {
                Happening::Bell => self.base.emit(ConsoleUpdate::Bell),
                Happening::Reply(reply) => {
                    stream.send(&reply);
                }
                Happening::Clipboard(text) => self.base.emit(ConsoleUpdate::Clipboard(text)),
            }
        }
        if self.past.log.is_some() || self.past.watch.is_some() {
            let complete = self.past.lines.feed(bytes);
            if let Some(log) = &self.past.log {
                let time = unix_millis();
                for line in &complete {
                    log.line(time, line);
                }
            }
            if let Some(watch) = &mut self.past.watch {
                for line in watch.look(&complete, self.past.lines.open()) {
                    self.base.emit(ConsoleUpdate::Seen(line.into()));
                }
            }
        }
        self.dirty = true;
    }

    /// Tells what has come, when it is time.
    fn report(&mut self) {
        let now = self.base.tools.clock.now();
        if self.report_at.is_none_or(|at| now < at) {
            return;
        }
        let received = std::mem::take(&mut self.received);
        let sent = self.flow.take_sent();
        self.base.emit(ConsoleUpdate::Traffic(Traffic {
            received,
            sent: sent.bytes,
            frames: sent.frames,
            coarse: false,
        }));
        let left_out = std::mem::take(&mut self.left_out);
        if left_out > 0 {
            let why = format!("the guest writes faster than can be shown: {left_out} bytes were left out");
            self.base.emit(ConsoleUpdate::Done(Ok(why.into())));
        }
        self.report_at = (received > 0 || sent.frames > 0).then(|| now.after(TRAFFIC));
    }

    /// Sends what waits for room.
    fn give(&mut self, stream: &Stream) {
        while !self.unsent.is_empty() {
            let part = self.unsent.len().min(4096);
            if !stream.send(&self.unsent[..part]) {
                return;
            }
            self.unsent.drain(..part);
        }
    }

    fn type_bytes(&mut self, bytes: &[u8], stream: Option<&Stream>) {
        if let Some(stream) = stream
            && !bytes.is_empty()
        {
            self.unsent.extend_from_slice(bytes);
            self.give(stream);
            // whoever types wants to see what comes of it
            if self.past.emulator.scrolled().0 > 0 {
                self.past.emulator.scroll(i32::MIN);
                self.dirty = true;
            }
        }
    }

    /// Sends a frame if something changed and the last one has arrived.
    fn draw(&mut self) {
        let now = self.base.tools.clock.now();
        if !self.dirty || !self.base.viewport.visible || !self.flow.may_send(now) {
            return;
        }
        self.dirty = false;
        let frame = ConsoleFrame {
            serial: self.flow.send(now),
            grid: self.past.emulator.screen(),
            tiles: Vec::new(),
            cursor: self.past.emulator.cursor(),
            size: self.past.emulator.size(),
            pan: (0, 0),
            scrolled: self.past.emulator.scrolled(),
            mouse: self.past.emulator.modes().mouse(),
        };
        self.base.emit(ConsoleUpdate::Frame(Arc::new(frame)));
    }
}
