//! A VM's screen: VNC where it can be reached, else screenshots through libvirt.

use std::time::Duration;

use crate::backend::console::aside::SCREENSHOT;
use crate::backend::console::canvas::{Canvas, refuse};
use crate::backend::console::handshake::{self, Refused, Vnc};
use crate::backend::console::route::Pathfinder;
use crate::backend::console::session::{Base, Heard, Next};
use crate::backend::console::vnc;
use crate::backend::libvirt::{Question, Screenshot};
use crate::base::text::Text;
use crate::hv::command::Secret;
use crate::hv::console::{ConsoleCommand, ConsoleId, ConsoleState, ConsoleUpdate};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::PromptKind;
use crate::picture::Picture;

/// Between two screenshots, at least.
const EVERY: Duration = Duration::from_secs(2);
/// A screenshot may take at most this part of the time.
const SHARE: u32 = 4;
/// A lost connection is tried again after this time.
const AGAIN: Duration = Duration::from_secs(2);

/// The session.
pub(super) struct Screen {
    base: Base,
    canvas: Canvas,
    /// Screenshots although VNC may be there.
    screenshots: bool,
    head: u32,
    /// The password that the user has typed, so that nobody has to type it for every restart.
    password: Option<Secret>,
}

impl Screen {
    pub(super) fn new(base: Base, screenshots: bool, head: u32) -> Self {
        Self {
            canvas: Canvas::new(base.id),
            base,
            screenshots,
            head,
            password: None,
        }
    }

    /// Works until the console is closed.
    pub(super) async fn run(mut self) {
        loop {
            let next = if let Some(why) = self.base.place.obstacle() {
                self.base.state(ConsoleState::Waiting { why: why.into() });
                self.idle(None).await
            } else if self.screenshots {
                self.photograph(None).await
            } else {
                self.vnc().await
            };
            // a screen keeps nothing that could go with its VM
            if matches!(next, Next::Close | Next::Move) {
                return;
            }
        }
    }

    async fn vnc(&mut self) -> Next {
        let step = Text::from("to the VM's VNC display");
        self.base.state(ConsoleState::Connecting { step });
        let finder = Pathfinder {
            uuid: self.base.uuid,
            caller: self.base.caller.clone(),
            tools: self.base.tools.clone(),
        };
        let mut connecting = Box::pin(connect(finder, self.base.id, self.password.take()));
        let before = self.base.place;
        // logins may wait for the user, and closing must not wait for a login
        let connected = loop {
            tokio::select! {
                biased;
                input = self.base.inbox.recv() => match self.base.hear(input, |place| place != before) {
                    Heard::End(next) => return next,
                    Heard::Command(command) => self.command(command),
                    Heard::Nothing => {}
                },
                connected = &mut connecting => break connected,
            }
        };
        drop(connecting);
        match connected {
            Ok((connection, password)) => {
                self.password = password;
                let (next, error) = vnc::live(&mut self.base, &mut self.canvas, connection).await;
                match (next, error) {
                    (Next::Again, Some(error)) => {
                        self.base.state(ConsoleState::Waiting { why: error.message });
                        self.idle(Some(AGAIN)).await
                    }
                    (next, _) => next,
                }
            }
            // whoever does not know the password is not to see the screen another way
            Err(Refused { error, password: true }) => {
                self.base.state(ConsoleState::Failed(error));
                self.idle(None).await
            }
            // the last resort works everywhere
            Err(Refused { error, .. }) => self.photograph(Some(error.message)).await,
        }
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
                Heard::Command(command) => self.command(command),
                Heard::Nothing => {}
            }
            self.canvas.draw(&self.base);
        }
    }

    fn command(&mut self, command: ConsoleCommand) {
        match command {
            ConsoleCommand::Viewport(viewport) => {
                self.base.viewport = viewport;
                self.canvas.place(&viewport);
            }
            ConsoleCommand::Drawn { serial, bytes } => {
                let now = self.base.tools.clock.now();
                self.canvas.flow.drawn(serial, bytes, self.base.viewport.budget, now);
            }
            ConsoleCommand::CopyText { .. } => self.canvas.copy(&self.base),
            ConsoleCommand::SavePicture(path) => self.canvas.save(&self.base, path),
            ConsoleCommand::TypeText(_) | ConsoleCommand::Chord(_) => {
                refuse(&self.base, "screenshots only show: keys need the VM's VNC display");
            }
            ConsoleCommand::Type { .. }
            | ConsoleCommand::Pointer(_)
            | ConsoleCommand::Scroll(_)
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

    /// Screenshots, one after the other; `why` there is nothing better.
    async fn photograph(&mut self, why: Option<Text>) -> Next {
        let mut last = 0;
        loop {
            let started = self.base.tools.clock.now();
            if self.base.viewport.visible {
                match shoot(&self.base, self.head).await {
                    Ok(picture) => {
                        if last == 0 {
                            self.base.state(ConsoleState::Live {
                                way: "screenshots, no keys".into(),
                                note: why.clone(),
                                keys: false,
                            });
                        }
                        let now = picture.fingerprint();
                        if now != last {
                            last = now;
                            self.canvas.picture = picture;
                            self.canvas.changed(None);
                        }
                    }
                    Err(error) if error.kind == ErrorKind::Unreachable => {
                        self.base.state(ConsoleState::Waiting { why: error.message });
                        return self.idle(Some(AGAIN)).await;
                    }
                    Err(mut error) => {
                        if let Some(why) = why {
                            error.message =
                                format!("{}; and no screenshots: {}", why.raw(), error.message.raw()).into();
                        }
                        self.base.state(ConsoleState::Failed(error));
                        return self.idle(None).await;
                    }
                }
            }
            self.canvas.draw(&self.base);
            let took = self.base.tools.clock.now().since(started);
            let next = started.after(EVERY.max(took * SHARE));
            if let Some(end) = self.rest(next).await {
                return end;
            }
        }
    }

    /// Takes commands in until it is time for the next screenshot.
    async fn rest(&mut self, until: crate::base::time::Stamp) -> Option<Next> {
        let before = self.base.place;
        loop {
            let left = until.since(self.base.tools.clock.now());
            let input = tokio::select! {
                input = self.base.inbox.recv() => input,
                () = tokio::time::sleep(left) => return None,
            };
            match self.base.hear(input, |place| place != before) {
                Heard::End(next) => return Some(next),
                Heard::Command(command) => self.command(command),
                Heard::Nothing => {}
            }
            self.canvas.draw(&self.base);
        }
    }
}

/// Finds, reaches and greets a VM's display. A password that libvirt does not tell is asked for.
async fn connect(
    finder: Pathfinder,
    id: ConsoleId,
    mut password: Option<Secret>,
) -> Result<(Vnc, Option<Secret>), Refused> {
    let asker = finder.tools.asking.asker(false);
    loop {
        let (display, name) = finder.find().await?;
        let step = finder.step(&display);
        finder
            .tools
            .emit(id, ConsoleUpdate::State(ConsoleState::Connecting { step }));
        let mut reached = finder.reach(&display).await?;
        if password.is_some() {
            reached.password.clone_from(&password);
        }
        let refused = match handshake::connect(reached).await {
            Ok(connection) => return Ok((connection, password)),
            Err(refused) => refused,
        };
        if !refused.password {
            return Err(refused);
        }
        let why = refused.error.message.raw();
        let question = Question {
            asker: "VNC".into(),
            question: format!("{why}\nPassword of the screen of {}:", name.raw()).into(),
            kind: PromptKind::Secret,
        };
        password = asker.ask(question).await;
        if password.is_none() {
            return Err(refused);
        }
    }
}

async fn shoot(base: &Base, head: u32) -> Result<Picture, HvError> {
    let uuid = base.uuid;
    let gone = || HvError::own(ErrorKind::Unreachable, "virDomainScreenshot", "the connection is gone");
    let Screenshot { bytes, .. } = base
        .caller
        .call(SCREENSHOT, move |shared| {
            shared.get().ok_or_else(gone)?.screenshot(uuid, head)
        })
        .await?;
    decode(&bytes)
}

/// A screenshot's file as a picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, HvError> {
    Picture::from_bytes(bytes)
        .map_err(|error| HvError::own(ErrorKind::Invalid, "virDomainScreenshot", error.to_string()))
}
