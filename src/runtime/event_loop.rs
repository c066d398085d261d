//! The loop of the user interface: wait, take everything in, decide, perform, draw at most once.
//!
//! Nothing here does I/O: keys come from a thread, frames go to a thread, and effects are
//! performed elsewhere and answered by messages.

use std::sync::Arc;
use std::time::Duration;

use ratatui::backend::Backend as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::update::update;
use crate::base::time::{Clock, Stamp};
use crate::hv::event::HostMessage;
use crate::runtime::input::Input;
use crate::runtime::keyboard::Tap;
use crate::runtime::link::{Link, QUESTION};
use crate::runtime::perform::{After, Performer};
use crate::runtime::pictures::Pictures;
use crate::runtime::screen::Screen;
use crate::runtime::writer::{Writer, frame};
use crate::runtime::{exit, msgs, pace, screen, shell, terminal, watchdog};
use crate::ui::HitMap;

/// Messages of hosts taken in before keys are looked at again, at most.
const BATCH: usize = 2000;
/// Time spent on messages of hosts before keys are looked at again, at most.
const BATCH_TIME: Duration = Duration::from_millis(4);
/// How many of them are taken in between two looks at the clock.
const STRIDE: usize = 32;

/// How long the end waits for answers of the terminal.
const SETTLE: Duration = Duration::from_millis(150);

/// Everything that comes in.
#[derive(Debug)]
pub struct Sources {
    /// The terminal.
    pub input: UnboundedReceiver<Input>,
    /// Answers of effects.
    pub local: UnboundedReceiver<Msg>,
    /// Hosts.
    pub hosts: UnboundedReceiver<HostMessage>,
}

/// The thread that reads the terminal.
#[derive(Debug)]
pub struct Keyboard {
    /// Keeps it from reading.
    pub tap: Arc<Tap>,
    /// Where it sends.
    pub input: UnboundedSender<Input>,
}

/// The loop's state.
pub struct EventLoop {
    clock: Clock,
    model: Model,
    screen: Screen,
    writer: Writer,
    link: Link,
    performer: Performer,
    keyboard: Keyboard,
    pictures: Pictures,
    /// Bytes of frames that have not been told to the consoles yet.
    unacknowledged: Option<usize>,
    /// Bytes that no console has been told of, because none had a frame among them.
    unpaid: usize,
    hits: HitMap,
    dirty: bool,
    /// The user did something that has not been drawn yet.
    hurry: bool,
    last_frame: Option<Stamp>,
    /// The last frame that answered the user.
    last_answer: Option<Stamp>,
    last_tick: Stamp,
    ended: Option<i32>,
}

impl EventLoop {
    /// A loop over a model that has not been drawn yet.
    pub fn new(
        clock: Clock,
        model: Model,
        screen: Screen,
        writer: Writer,
        performer: Performer,
        keyboard: Keyboard,
    ) -> Self {
        Self {
            clock,
            model,
            screen,
            writer,
            link: Link::default(),
            performer,
            keyboard,
            pictures: Pictures::default(),
            unacknowledged: None,
            unpaid: 0,
            hits: HitMap::default(),
            dirty: true,
            hurry: false,
            last_frame: None,
            last_answer: None,
            last_tick: clock.now(),
            ended: None,
        }
    }

    /// Runs until the user quits or the terminal is gone; returns the exit code.
    pub async fn run(mut self, mut sources: Sources) -> i32 {
        let (columns, rows) = terminal::size();
        self.feed(Msg::Resize(columns, rows));
        self.draw();
        loop {
            self.wait(&mut sources).await;
            self.drain(&mut sources);
            self.tick();
            if let Some(code) = self.ended {
                self.settle(&mut sources).await;
                // the terminal is given back before anything that may take its time
                exit::restore();
                self.performer.finish(&self.model);
                return code;
            }
            self.draw();
        }
    }

    /// Waits for answers of the terminal that are on their way: they would be typed into the shell.
    async fn settle(&mut self, sources: &mut Sources) {
        let answers = async {
            while self.link.is_awaited() {
                match sources.input.recv().await {
                    Some(Input::Answer) => self.link.answered(),
                    Some(Input::HungUp) | None => return,
                    Some(_) => {}
                }
            }
        };
        // whoever is slower than that is not waited for
        let _ = tokio::time::timeout(SETTLE, answers).await;
    }

    /// Waits for the first thing to happen and takes it in.
    async fn wait(&mut self, sources: &mut Sources) {
        let now = self.clock.now();
        let waits = self.dirty || self.unacknowledged.is_some();
        let written = self.writer.is_idle();
        let blocked = waits && !(written && self.link.is_open(now));
        let frame_in = self.until_next_frame(now);
        let frame_due = self.dirty && !blocked;
        self.acknowledge();
        let (draining, answer_in) = (blocked && !written, self.link.patience(now).filter(|_| blocked));
        let tick_in = pace::tick(&self.model, now).map(|interval| interval.saturating_sub(now.since(self.last_tick)));
        let save_in = self.performer.until_save(now);
        tokio::select! {
            biased;
            Some(input) = sources.input.recv() => self.take(input),
            Some(msg) = sources.local.recv() => self.feed(msg),
            Some(message) = sources.hosts.recv() => self.feed(Msg::Host(Box::new(message))),
            () = self.writer.drained(), if draining => {}
            () = tokio::time::sleep(answer_in.unwrap_or_default()), if answer_in.is_some() => {}
            () = tokio::time::sleep(frame_in), if frame_due => {}
            () = tokio::time::sleep(tick_in.unwrap_or_default()), if tick_in.is_some() => {}
            () = tokio::time::sleep(save_in.unwrap_or_default()), if save_in.is_some() => {}
            else => self.ended = Some(watchdog::CODE),
        }
    }

    /// Takes in what else has come, keys first, without letting hosts keep keys waiting.
    fn drain(&mut self, sources: &mut Sources) {
        let start = self.clock.now();
        for taken in 0..BATCH {
            while let Ok(input) = sources.input.try_recv() {
                self.take(input);
            }
            while let Ok(msg) = sources.local.try_recv() {
                self.feed(msg);
            }
            let Ok(message) = sources.hosts.try_recv() else {
                break;
            };
            self.feed(Msg::Host(Box::new(message)));
            if taken % STRIDE == STRIDE - 1 && self.clock.now().since(start) >= BATCH_TIME {
                break;
            }
        }
        self.performer.save_if_due(&self.model, self.clock.now());
    }

    /// Tells the model that time has passed, as often as it matters.
    fn tick(&mut self) {
        let now = self.clock.now();
        let due = pace::tick(&self.model, now).is_some_and(|interval| now.since(self.last_tick) >= interval);
        if due {
            self.last_tick = now;
            self.feed(Msg::Tick);
        }
    }

    fn take(&mut self, input: Input) {
        match &input {
            Input::HungUp => {
                self.ended = Some(watchdog::CODE);
                return;
            }
            Input::Answer => {
                self.link.answered();
                return;
            }
            Input::Resumed | Input::Resized => {
                if matches!(input, Input::Resumed) {
                    // whoever had the terminal meanwhile may have had its answers
                    self.link.forget();
                }
                // a terminal that has been smaller for a moment has lost what it showed
                self.repaint();
                // another size may come from another size of characters
                if let Some((width, height)) = terminal::cell() {
                    self.feed(Msg::CellSize(width, height));
                }
            }
            Input::Key { .. } | Input::Stroke { .. } | Input::Paste(_) | Input::Mouse { .. } => {}
        }
        self.hurry |= !matches!(input, Input::Resized | Input::Resumed);
        let grabbed = self.model.consoles.grabbed && !self.model.consoles.leader && !self.is_leader(&input);
        if let Some(msg) = msgs::message(input, &self.hits, terminal::size(), grabbed) {
            self.feed(msg);
        }
    }

    fn is_leader(&self, input: &Input) -> bool {
        matches!(input, Input::Stroke { key, .. } if *key == self.model.options.console.leader)
    }

    /// Whether all that was sent is on the terminal, as far as anybody can tell.
    fn has_arrived(&mut self) -> bool {
        self.writer.is_idle() && self.link.is_open(self.clock.now())
    }

    /// Tells consoles that their frames have reached the terminal.
    fn acknowledge(&mut self) {
        if self.unacknowledged.is_none() || !self.has_arrived() {
            return;
        }
        if let Some(bytes) = self.unacknowledged.take() {
            let told = crate::app::update::consoles::drawn(&mut self.model, bytes);
            if told.is_empty() && self.model.consoles.grabbed {
                // ours, but the console's budget pays for all that is sent while it is shown
                self.unpaid = bytes;
            }
            for effect in told {
                self.perform(effect);
            }
        }
    }

    fn feed(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg, self.clock.now());
        self.dirty = true;
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match self.performer.perform(effect, &self.model) {
            After::Nothing => {}
            After::Write(bytes) => self.writer.send(bytes),
            After::Repaint => self.repaint(),
            After::Shell(request) => {
                let (tap, input) = (Arc::clone(&self.keyboard.tap), self.keyboard.input.clone());
                shell::start(request, tap, input, self.performer.answers());
            }
            After::Quit => self.ended = Some(0),
        }
    }

    fn repaint(&mut self) {
        if self.writer.forget() {
            self.link.unsent();
        }
        self.writer.send(self.pictures.forget());
        self.screen.backend_mut().resize(terminal::size());
        // memory is all that is written to
        let _ = screen::repaint(&mut self.screen);
        self.dirty = true;
    }

    /// How long until a frame may be drawn. Frames that only bring numbers up to date keep no key
    /// waiting.
    fn until_next_frame(&self, now: Stamp) -> Duration {
        let last = if self.hurry { self.last_answer } else { self.last_frame };
        pace::until_next_frame(last, now)
    }

    /// Draws if something may have changed, the terminal has taken the last frame, and that is
    /// long enough ago.
    fn draw(&mut self) {
        let now = self.clock.now();
        if !self.dirty || !self.until_next_frame(now).is_zero() || !self.has_arrived() {
            return;
        }
        self.dirty = false;
        let answers = std::mem::take(&mut self.hurry);
        let (model, hits) = (&self.model, &mut self.hits);
        let Ok(drawn) = self.screen.draw(|frame| *hits = crate::ui::draw(model, frame)) else {
            return;
        };
        let change = self.pictures.follow(&hits.tiles);
        let cells = change.cells(drawn.buffer);
        // sizes may move what is seen: that takes one more frame
        self.dirty |= crate::app::update::laid_out(&mut self.model, &self.hits.sizes);
        let mut bytes = self.screen.backend_mut().take();
        if !cells.is_empty() {
            let cells = cells.iter().map(|(x, y, cell)| (*x, *y, cell));
            // memory is all that is written to
            let _ = self.screen.backend_mut().draw(cells);
            // the cursor stands where the frame has put it
            bytes.extend_from_slice(b"\x1b7");
            bytes.append(&mut self.screen.backend_mut().take());
            bytes.extend_from_slice(b"\x1b8");
        }
        bytes.extend_from_slice(&change.bytes);
        let unpaid = std::mem::take(&mut self.unpaid);
        self.unacknowledged = Some(self.unacknowledged.unwrap_or(0) + unpaid + bytes.len());
        if !bytes.is_empty() {
            self.last_frame = Some(now);
            if answers {
                self.last_answer = Some(now);
            }
        }
        let mut framed = frame(&bytes);
        if self.link.sent(framed.len(), now) {
            framed.extend_from_slice(QUESTION);
        }
        self.writer.send(framed);
    }
}
