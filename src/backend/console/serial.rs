//! A serial line: bytes of the guest through the emulator into frames, keys into bytes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::backend::console::flow::Flow;
use crate::backend::console::log_file::LogFile;
use crate::backend::console::session::{Base, Input, Next, Place};
use crate::backend::console::waker;
use crate::backend::libvirt::Stream;
use crate::backend::logbook::unix_millis;
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::emulator::keys::{self, Mouse};
use crate::emulator::lines::{Lines, Watch};
use crate::emulator::{Emulator, Happening};
use crate::hv::console::{ConsoleCommand, ConsoleFrame, ConsoleState, ConsoleUpdate, Stroke, Typed};
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
    emulator: Emulator,
    flow: Flow,
    mouse: Mouse,
    lines: Lines,
    watch: Option<Watch>,
    log: Option<LogFile>,
    /// Something changed that has not been drawn.
    dirty: bool,
    /// Bytes received since the last report, and when the next one is due.
    received: u32,
    report_at: Option<Stamp>,
    /// Characters of a paste that wait for room.
    unsent: Vec<u8>,
}

impl Serial {
    pub(super) fn new(base: Base, device: Option<Text>, force: bool) -> Self {
        let viewport = base.viewport;
        Self {
            emulator: Emulator::new(viewport.columns, viewport.rows, base.tools.scrollback),
            base,
            device,
            force,
            flow: Flow::default(),
            mouse: Mouse::default(),
            lines: Lines::default(),
            watch: None,
            log: None,
            dirty: false,
            received: 0,
            report_at: None,
            unsent: Vec::new(),
        }
    }

    /// Works until the console is closed.
    pub(super) async fn run(mut self) {
        self.work().await;
        self.end_log();
    }

    async fn work(&mut self) {
        loop {
            if let Some(why) = self.base.place.obstacle() {
                self.base.state(ConsoleState::Waiting { why: why.into() });
                if matches!(self.idle(None).await, Next::Close) {
                    return;
                }
                continue;
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
            if matches!(next, Next::Close) {
                return;
            }
        }
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
            match input {
                None => return Next::Close,
                Some(Input::Place(place)) => {
                    self.base.place = place;
                    if place != before {
                        return Next::Again;
                    }
                }
                Some(Input::Command(ConsoleCommand::Retry)) => return Next::Again,
                Some(Input::Command(ConsoleCommand::TakeOver)) => {
                    self.force = true;
                    return Next::Again;
                }
                Some(Input::Command(command)) => self.command(command, None),
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
                input = self.base.inbox.recv() => match input {
                    None => return Next::Close,
                    Some(Input::Place(now)) => {
                        self.base.place = now;
                        if now != place {
                            return Next::Again;
                        }
                    }
                    Some(Input::Command(ConsoleCommand::Retry)) => return Next::Again,
                    Some(Input::Command(command)) => self.command(command, Some(stream)),
                },
                () = wake.notified() => match stream.take(PART) {
                    Some(bytes) => {
                        if bytes.len() == PART {
                            // there may be more, but keys come first
                            wake.notify_one();
                        }
                        self.received(&bytes, stream);
                    }
                    None => return self.ended(stream, place).await,
                },
                () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => {}
                () = tokio::time::sleep(report.unwrap_or_default()), if report.is_some() => self.report(),
            }
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

    fn received(&mut self, bytes: &[u8], stream: &Stream) {
        if bytes.is_empty() {
            return;
        }
        self.received = self
            .received
            .saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let now = self.base.tools.clock.now();
        self.report_at.get_or_insert(now.after(TRAFFIC));
        for happening in self.emulator.feed(bytes) {
            match happening {
                Happening::Bell => self.base.emit(ConsoleUpdate::Bell),
                Happening::Reply(reply) => {
                    stream.send(&reply);
                }
                Happening::Clipboard(text) => self.base.emit(ConsoleUpdate::Clipboard(text)),
            }
        }
        if self.log.is_some() || self.watch.is_some() {
            let complete = self.lines.feed(bytes);
            if let Some(log) = &self.log {
                let time = unix_millis();
                for line in &complete {
                    log.line(time, line);
                }
            }
            if let Some(watch) = &mut self.watch {
                for line in watch.look(&complete, self.lines.open()) {
                    self.base.emit(ConsoleUpdate::Seen(line.into()));
                }
            }
        }
        self.dirty = true;
    }

    fn report(&mut self) {
        let bytes = std::mem::take(&mut self.received);
        self.base.emit(ConsoleUpdate::Traffic(bytes));
        let now = self.base.tools.clock.now();
        self.report_at = (bytes > 0).then(|| now.after(TRAFFIC));
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
            if self.emulator.scrolled().0 > 0 {
                self.emulator.scroll(i32::MIN);
                self.dirty = true;
            }
        }
    }

    fn command(&mut self, command: ConsoleCommand, stream: Option<&Stream>) {
        match command {
            ConsoleCommand::Viewport(viewport) => {
                let before = self.base.viewport;
                if (before.columns, before.rows) != (viewport.columns, viewport.rows) {
                    self.emulator.resize(viewport.columns, viewport.rows);
                }
                if !viewport.visible {
                    self.flow.hidden();
                }
                self.base.viewport = viewport;
                self.dirty = true;
            }
            ConsoleCommand::Drawn { serial, bytes } => {
                let now = self.base.tools.clock.now();
                self.flow.drawn(serial, bytes, self.base.viewport.budget, now);
            }
            ConsoleCommand::Type {
                typed: Typed::Key(key),
                stroke: Stroke::Tap | Stroke::Down | Stroke::Repeat,
            } => {
                let bytes = keys::key(key, self.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::TypeText(text) => {
                let bytes = keys::paste(&text, self.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::Pointer(pointer) => {
                let bytes = self.mouse.tell(pointer, self.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::Scroll(lines) => {
                self.emulator.scroll(lines);
                self.dirty = true;
            }
            ConsoleCommand::Search { needle, back } => {
                if self.emulator.search(needle.as_deref(), back) == Some(false) {
                    let needle = needle.unwrap_or_default();
                    let shown = crate::base::text::show(&needle).into_owned();
                    self.base.emit(ConsoleUpdate::Done(Ok(
                        format!("'{shown}' is not found further on").into()
                    )));
                }
                self.dirty = true;
            }
            ConsoleCommand::CopyText { all } => {
                let text = self.emulator.text(all);
                self.base.emit(ConsoleUpdate::Copied(text.into()));
            }
            ConsoleCommand::Log(Some(path)) => self.log(path, false),
            ConsoleCommand::GoOnLogging(path) => self.log(path, true),
            ConsoleCommand::Log(None) => {
                self.end_log();
                self.base.emit(ConsoleUpdate::Done(Ok("logging has ended".into())));
            }
            ConsoleCommand::Watch(wanted) => self.watch = wanted.map(|wanted| Watch::new(&wanted)),
            ConsoleCommand::TellSize => {
                let (columns, rows) = self.emulator.size();
                self.type_bytes(format!(" stty rows {rows} columns {columns}\r").as_bytes(), stream);
            }
            ConsoleCommand::Chord(_) => {
                self.refuse("a serial line has no key combinations; its control keys can be typed");
            }
            ConsoleCommand::SavePicture(_) => self.refuse("a serial line has no picture; its text can be copied"),
            // whoever is connected needs no taking over
            ConsoleCommand::TakeOver
            | ConsoleCommand::Retry
            | ConsoleCommand::Open { .. }
            | ConsoleCommand::Close
            | ConsoleCommand::Type { .. } => {}
        }
    }

    fn refuse(&self, why: &str) {
        let error = HvError::own(ErrorKind::Unsupported, "console", why);
        self.base.emit(ConsoleUpdate::Done(Err(error)));
    }

    /// Ends the log with the line that has no end yet, such as a prompt.
    fn end_log(&mut self) {
        if let Some(log) = self.log.take()
            && !self.lines.open().is_empty()
        {
            log.line(unix_millis(), self.lines.open());
        }
    }

    fn log(&mut self, path: std::path::PathBuf, go_on: bool) {
        self.end_log();
        let (tools, id) = (self.base.tools.clone(), self.base.id);
        self.log = LogFile::start(path, go_on, move |outcome| {
            let outcome = outcome
                .map(Text::from)
                .map_err(|why| HvError::own(ErrorKind::Invalid, "log", why));
            tools.emit(id, ConsoleUpdate::Done(outcome));
        });
    }

    /// Sends a frame if something changed and the last one has arrived.
    fn draw(&mut self) {
        let now = self.base.tools.clock.now();
        if !self.dirty || !self.base.viewport.visible || !self.flow.may_send(now) {
            return;
        }
        self.dirty = false;
        let frame = ConsoleFrame {
            serial: self.flow.send(),
            grid: self.emulator.screen(),
            tiles: Vec::new(),
            cursor: self.emulator.cursor(),
            size: self.emulator.size(),
            pan: (0, 0),
            scrolled: self.emulator.scrolled(),
            mouse: self.emulator.modes().mouse(),
        };
        self.base.emit(ConsoleUpdate::Frame(Arc::new(frame)));
    }
}
