//! A guest's serial line as a screen of cells: a terminal emulator without a terminal.
//!
//! Bytes of the guest go in by [`Emulator::feed`]; what comes out are [`CellGrid`]s, in which
//! nothing harmful can be, and [`Happening`]s. Titles, hyperlinks, graphics, colour and clipboard
//! queries of the guest are swallowed; answers to the guest are bounded and never made of its own
//! text. Pure: no clock, no I/O.

mod convert;
mod filter;
pub mod keys;
pub mod lines;
mod marks;
mod screen;

use std::sync::{Arc, Mutex, PoisonError};

use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::grid::{Dimensions, Scroll};
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Cell as Theirs;
use alacritty_terminal::term::{Config, MIN_COLUMNS, MIN_SCREEN_LINES, Term, TermMode};
use alacritty_terminal::vte::ansi::{Processor, Timeout};

use unicode_width::UnicodeWidthChar as _;

use crate::base::cells::CellGrid;
use crate::base::text::Text;
use crate::emulator::filter::Filter;
use crate::emulator::keys::Modes;
use crate::emulator::screen::{Region, Screen};

/// Bytes taken in between two looks at what they left behind.
const STEP: usize = 4096;
/// Answers to the guest in one go, in bytes.
const REPLY_LIMIT: usize = 1024;
/// Combining marks kept on a cell.
const MARKS: usize = 4;
/// Lines that are scrolled in one go; there are never as many.
const FARTHEST: i32 = 1 << 24;
/// The largest screen, in columns and rows.
const LARGEST: (u16, u16) = (1000, 500);

/// Something the guest did besides changing the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It rang the bell.
    Bell,
    /// Its terminal answers; to be sent to the guest.
    Reply(Vec<u8>),
    /// It wants this on the clipboard.
    Clipboard(Text),
}

/// Updates are never held back: whoever draws decides when.
#[derive(Debug, Default)]
struct AtOnce;

impl Timeout for AtOnce {
    fn set_timeout(&mut self, _: std::time::Duration) {}
    fn clear_timeout(&mut self) {}
    fn pending_timeout(&self) -> bool {
        false
    }
}

/// Collects what the emulator says while bytes are fed.
#[derive(Debug, Clone, Default)]
struct Ear(Arc<Mutex<Vec<Event>>>);

impl EventListener for Ear {
    fn send_event(&self, event: Event) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // whoever asks a thousand times in one breath wants no answers
        if events.len() < 256 {
            events.push(event);
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Size {
    columns: usize,
    rows: usize,
}

impl Size {
    fn new(columns: u16, rows: u16) -> Self {
        Self {
            columns: usize::from(columns.min(LARGEST.0)).max(MIN_COLUMNS),
            rows: usize::from(rows.min(LARGEST.1)).max(MIN_SCREEN_LINES),
        }
    }
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.rows
    }

    fn screen_lines(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }
}

/// A place where a text was found: line (negative is in the past) and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    line: i32,
    column: usize,
}

/// The text that is looked for, and where the search stands.
#[derive(Debug, Clone)]
struct Search {
    needle: String,
    at: Option<Found>,
}

/// The emulator.
pub struct Emulator {
    term: Term<Ear>,
    processor: Processor<AtOnce>,
    ear: Ear,
    filter: Filter,
    region: Region,
    buffer: Vec<u8>,
    search: Option<Search>,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").finish_non_exhaustive()
    }
}

impl Emulator {
    /// A blank screen that keeps so many lines that have scrolled away.
    pub fn new(columns: u16, rows: u16, scrollback: usize) -> Self {
        let config = Config {
            scrolling_history: scrollback,
            ..Config::default()
        };
        let ear = Ear::default();
        Self {
            term: Term::new(config, &Size::new(columns, rows), ear.clone()),
            processor: Processor::new(),
            ear,
            filter: Filter::default(),
            region: Region::default(),
            buffer: Vec::new(),
            search: None,
        }
    }

    /// Takes bytes of the guest in; returns what happened besides.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Happening> {
        let mut happenings = Vec::new();
        let mut buffer = std::mem::take(&mut self.buffer);
        for part in bytes.chunks(STEP) {
            let passed = self.filter.pass(part, &mut buffer);
            let mut screen = Screen {
                term: &mut self.term,
                region: &mut self.region,
                ear: &self.ear,
            };
            self.processor.advance(&mut screen, passed);
            // the terminal counts lines as gone into the past that were only erased
            if self.scrolled().0 > self.scrolled().1 {
                self.term.scroll_display(Scroll::Delta(0));
            }
            if marks::may_be_in(passed) {
                self.trim_marks(passed);
            }
        }
        self.buffer = buffer;
        let events = std::mem::take(&mut *self.ear.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut reply = Vec::new();
        for event in events {
            match event {
                Event::Bell => {
                    if happenings.last() != Some(&Happening::Bell) {
                        happenings.push(Happening::Bell);
                    }
                }
                // made by the emulator: device attributes, status and cursor reports, modes
                // half an answer would swallow the keys that are typed next
                Event::PtyWrite(text) if reply.len() + text.len() <= REPLY_LIMIT => {
                    reply.extend_from_slice(text.as_bytes());
                }
                Event::ClipboardStore(_, text) => happenings.push(Happening::Clipboard(text.into())),
                Event::Title(_)
                | Event::ResetTitle
                | Event::ClipboardLoad(..)
                | Event::ColorRequest(..)
                | Event::PtyWrite(_)
                // its size in pixels, which nobody knows
                | Event::TextAreaSizeRequest(_)
                | Event::CursorBlinkingChange
                | Event::MouseCursorDirty
                | Event::Wakeup
                | Event::Exit
                | Event::ChildExit(_) => {}
            }
        }
        if !reply.is_empty() {
            happenings.push(Happening::Reply(reply));
        }
        happenings
    }

    /// A cell collects combining marks without limit; a guest must not fill memory with them.
    /// `passed` is what was taken in since the last time.
    fn trim_marks(&mut self, passed: &[u8]) {
        if passed.is_ascii() {
            return;
        }
        // half a character at the edge may become a mark
        let is_mark = |c: &char| *c == char::REPLACEMENT_CHARACTER || c.width() == Some(0);
        let marks = String::from_utf8_lossy(passed).chars().filter(is_mark).count();
        if marks == 0 {
            return;
        }
        // with a few only, nothing can have scrolled away that was not looked at before
        let past = if marks > MARKS { self.scrolled().1 as i32 } else { 0 };
        let (rows, columns) = (self.term.screen_lines(), self.term.columns());
        let grid = self.term.grid_mut();
        for line in -past..rows as i32 {
            for column in 0..columns {
                let cell: &mut Theirs = &mut grid[Line(line)][Column(column)];
                let marks = cell.zerowidth().unwrap_or_default();
                if marks.len() > MARKS {
                    let kept = marks[..MARKS].to_vec();
                    cell.extra = None;
                    for mark in kept {
                        cell.push_zerowidth(mark);
                    }
                }
            }
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (self.term.columns() as u16, self.term.screen_lines() as u16)
    }

    /// Changes the size; lines are wrapped anew.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.region = Region::default();
        self.term.resize(Size::new(columns, rows));
    }

    /// What programs have asked of the terminal.
    pub fn modes(&self) -> Modes {
        let mode = self.term.mode();
        Modes {
            application_cursor: mode.contains(TermMode::APP_CURSOR),
            bracketed_paste: mode.contains(TermMode::BRACKETED_PASTE),
            clicks: mode.contains(TermMode::MOUSE_REPORT_CLICK),
            drags: mode.contains(TermMode::MOUSE_DRAG),
            motion: mode.contains(TermMode::MOUSE_MOTION),
            sgr: mode.contains(TermMode::SGR_MOUSE),
        }
    }

    /// Scrolls so many lines into the past, or back where negative; `i32::MAX` and `i32::MIN` go
    /// to the ends.
    pub fn scroll(&mut self, lines: i32) {
        self.term.scroll_display(match lines {
            i32::MAX => Scroll::Top,
            i32::MIN => Scroll::Bottom,
            // further than the past reaches makes no difference
            lines => Scroll::Delta(lines.clamp(-FARTHEST, FARTHEST)),
        });
    }

    /// Lines scrolled back, and how many there are.
    pub fn scrolled(&self) -> (u32, u32) {
        let grid = self.term.grid();
        (grid.display_offset() as u32, grid.history_size() as u32)
    }

    /// What is shown at present; the match of a search in reverse.
    pub fn screen(&self) -> CellGrid {
        let mut grid = convert::screen(&self.term);
        if let Some(search) = &self.search
            && let Some(found) = search.at
        {
            let row = found.line + self.scrolled().0 as i32;
            let length = search.needle.chars().count();
            if let Ok(row) = u16::try_from(row) {
                for cell in grid.row_mut(row).iter_mut().skip(found.column).take(length) {
                    cell.style.reverse = !cell.style.reverse;
                }
            }
        }
        grid
    }

    /// Column and row of the cursor, when it is to be seen.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        if !self.term.mode().contains(TermMode::SHOW_CURSOR) {
            return None;
        }
        let point = self.term.grid().cursor.point;
        let row = point.line.0 + self.scrolled().0 as i32;
        let row = u16::try_from(row).ok().filter(|row| *row < self.size().1)?;
        Some((point.column.0 as u16, row))
    }

    /// The text that is shown, or all that is kept.
    pub fn text(&self, all: bool) -> String {
        let (back, kept) = self.scrolled();
        let rows = self.term.screen_lines() as i32;
        let (first, last) = if all {
            (-(kept as i32), rows)
        } else {
            (-(back as i32), rows - back as i32)
        };
        let lines: Vec<String> = (first..last).map(|line| convert::line(&self.term, line)).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Looks for a text without regard to case, from the last match on or from the newest line;
    /// scrolls there. Returns whether it was found; `None` ends the search.
    pub fn search(&mut self, needle: Option<&str>, back: bool) -> Option<bool> {
        let Some(needle) = needle.map(str::to_lowercase).filter(|needle| !needle.is_empty()) else {
            self.search = None;
            return None;
        };
        let before = self.search.take().filter(|search| search.needle == needle);
        let from = before.and_then(|search| search.at);
        let found = self.look(&needle, from, back);
        if let Some(found) = found {
            let rows = self.term.screen_lines() as i32;
            let (shown, kept) = self.scrolled();
            let row = found.line + shown as i32;
            if !(0..rows).contains(&row) {
                let wanted = (rows / 2 - found.line).clamp(0, kept as i32);
                self.scroll(wanted - shown as i32);
            }
        }
        let at = found.or(from);
        self.search = Some(Search { needle, at });
        Some(found.is_some())
    }

    fn look(&self, needle: &str, from: Option<Found>, back: bool) -> Option<Found> {
        let kept = self.scrolled().1 as i32;
        let rows = self.term.screen_lines() as i32;
        let fits = |found: &Found| match from {
            Some(from) if back => *found < from,
            Some(from) => *found > from,
            None => true,
        };
        let start = from.map_or(if back { rows - 1 } else { -kept }, |from| from.line);
        let lines: Box<dyn Iterator<Item = i32>> = if back {
            Box::new((-kept..=start.min(rows - 1)).rev())
        } else {
            Box::new(start.max(-kept)..rows)
        };
        for line in lines {
            let text = convert::line(&self.term, line).to_lowercase();
            let mut hits = text.match_indices(needle).map(|(at, _)| Found {
                line,
                column: crate::base::text::width(&text[..at]),
            });
            let hit = if back {
                hits.filter(fits).last()
            } else {
                hits.find(fits)
            };
            if hit.is_some() {
                return hit;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
