//! What a user can have done with a serial line.

use crate::backend::console::log_file::LogFile;
use crate::backend::console::serial::Serial;
use crate::backend::libvirt::Stream;
use crate::base::text::Text;
use crate::emulator::keys;
use crate::emulator::lines::Watch;
use crate::hv::console::{ConsoleCommand, ConsoleUpdate, Stroke, Typed};
use crate::hv::error::{ErrorKind, HvError};

impl Serial {
    pub(super) fn command(&mut self, command: ConsoleCommand, stream: Option<&Stream>) {
        match command {
            ConsoleCommand::Viewport(viewport) => {
                let before = self.base.viewport;
                if (before.columns, before.rows) != (viewport.columns, viewport.rows) {
                    self.past.emulator.resize(viewport.columns, viewport.rows);
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
                let bytes = keys::key(key, self.past.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::TypeText(text) => {
                let bytes = keys::paste(&text, self.past.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::Pointer(pointer) => {
                let bytes = self.past.mouse.tell(pointer, self.past.emulator.modes());
                self.type_bytes(&bytes, stream);
            }
            ConsoleCommand::Scroll(lines) => {
                self.past.emulator.scroll(lines);
                self.dirty = true;
            }
            ConsoleCommand::Search { needle, back } => {
                if self.past.emulator.search(needle.as_deref(), back) == Some(false) {
                    let needle = needle.unwrap_or_default();
                    let shown = crate::base::text::show(&needle).into_owned();
                    self.base.emit(ConsoleUpdate::Done(Ok(
                        format!("'{shown}' is not found further on").into()
                    )));
                }
                self.dirty = true;
            }
            ConsoleCommand::CopyText { all } => {
                let text = self.past.emulator.text(all);
                self.base.emit(ConsoleUpdate::Copied(text.into()));
            }
            ConsoleCommand::Log(Some(path)) => self.log(path),
            ConsoleCommand::Log(None) => {
                self.past.end_log();
                self.base.emit(ConsoleUpdate::Done(Ok("logging has ended".into())));
            }
            ConsoleCommand::Watch(wanted) => self.past.watch = wanted.map(|wanted| Watch::new(&wanted)),
            ConsoleCommand::TellSize => {
                let (columns, rows) = self.past.emulator.size();
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
            | ConsoleCommand::OpenMoved { .. }
            | ConsoleCommand::Move
            | ConsoleCommand::Close
            | ConsoleCommand::Type { .. } => {}
        }
    }

    fn refuse(&self, why: &str) {
        let error = HvError::own(ErrorKind::Unsupported, "console", why);
        self.base.emit(ConsoleUpdate::Done(Err(error)));
    }

    fn log(&mut self, path: std::path::PathBuf) {
        self.past.end_log();
        let (tools, id) = (self.base.tools.clone(), self.base.id);
        self.past.log = LogFile::start(path, move |outcome| {
            let outcome = outcome
                .map(Text::from)
                .map_err(|why| HvError::own(ErrorKind::Invalid, "log", why));
            tools.emit(id, ConsoleUpdate::Done(outcome));
        });
    }
}
