//! What screens by VNC and by screenshots have in common: the picture, how it is drawn, and what
//! can be done with it.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::console::Tools;
use crate::backend::console::flow::Flow;
use crate::backend::console::session::Base;
use crate::base::text::Text;
use crate::hv::console::{ColourDepth, ConsoleId, ConsoleUpdate, Viewport};
use crate::hv::error::{ErrorKind, HvError};
use crate::picture::view::View;
use crate::picture::{Picture, Rect, text};

/// The picture of one console.
pub(super) struct Canvas {
    pub picture: Picture,
    pub flow: Flow,
    view: View,
    damage: Vec<Rect>,
    /// All of it has to be drawn again.
    all: bool,
    dirty: bool,
}

impl Canvas {
    /// The canvas of a console; pictures of several consoles are told apart by their numbers.
    pub fn new(id: ConsoleId) -> Self {
        Self {
            picture: Picture::default(),
            flow: Flow::default(),
            view: View::new(id.0 as u32),
            damage: Vec::new(),
            all: true,
            dirty: false,
        }
    }

    /// Parts of the picture have changed.
    pub fn changed(&mut self, damage: Option<Vec<Rect>>) {
        self.dirty = true;
        match damage {
            Some(parts) => self.damage.extend(parts),
            None => self.all = true,
        }
    }

    /// Whether something waits to be drawn.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// It is drawn elsewhere or otherwise now.
    pub fn place(&mut self, viewport: &Viewport) {
        if !viewport.visible {
            self.flow.hidden();
        }
        self.all = true;
        self.dirty = true;
    }

    /// Sends a frame if something changed and the last one has arrived.
    pub fn draw(&mut self, base: &Base) {
        let now = base.tools.clock.now();
        if !self.dirty || !base.viewport.visible || !self.flow.may_send(now) || self.picture.width() == 0 {
            return;
        }
        self.dirty = false;
        let damage = std::mem::take(&mut self.damage);
        let all = std::mem::take(&mut self.all);
        let mut viewport = base.viewport;
        if viewport.depth == ColourDepth::True && self.is_coarse(viewport.budget) {
            // half the bytes, and more cells that are like their neighbours
            viewport.depth = ColourDepth::Indexed;
        }
        let mut frame = self
            .view
            .render(&self.picture, (!all).then_some(&damage), &viewport, None);
        frame.serial = self.flow.send(now);
        base.emit(ConsoleUpdate::Frame(Arc::new(frame)));
    }

    /// Whether fewer colours are drawn because the terminal is slow. Characters have few anyway.
    pub fn is_coarse(&self, budget: u32) -> bool {
        self.flow.is_slow(budget) && !self.view.shows_text()
    }

    /// The guest's pixel under a cell.
    pub fn guest_point(&self, column: u16, row: u16) -> Option<(u16, u16)> {
        self.view.guest_point(column, row)
    }

    /// The text on a text screen.
    pub fn copy(&self, base: &Base) {
        match text::read(&self.picture) {
            Some(screen) => base.emit(ConsoleUpdate::Copied(screen.lines().join("\n").into())),
            None => refuse(base, "no text can be read on this screen"),
        }
    }

    /// Saves the picture as a new file.
    pub fn save(&self, base: &Base, path: PathBuf) {
        let (picture, tools, id) = (self.picture.clone(), base.tools.clone(), base.id);
        tokio::task::spawn_blocking(move || save(&picture, &path, &tools, id));
    }
}

fn save(picture: &Picture, path: &Path, tools: &Tools, id: ConsoleId) {
    let bytes = picture.save_png();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, &bytes));
    let shown = crate::base::text::show(&path.display().to_string()).into_owned();
    let outcome = match written {
        Ok(()) => Ok(Text::from(format!("saved {shown}"))),
        Err(error) => Err(HvError::own(ErrorKind::Invalid, "save", format!("{shown}: {error}"))),
    };
    tools.emit(id, ConsoleUpdate::Done(outcome));
}

/// Says why something cannot be done.
pub(super) fn refuse(base: &Base, why: &str) {
    let error = HvError::own(ErrorKind::Unsupported, "console", why);
    base.emit(ConsoleUpdate::Done(Err(error)));
}
