//! What the parser may do to the terminal, and how: passes on what concerns the screen, keeps
//! back what does not (titles, links, colours of the palette, questions that nobody can answer),
//! and puts right where the terminal moves its cursor otherwise than a VT100 does.

use alacritty_terminal::event::{Event, EventListener as _};
use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::term::{Term, TermMode};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, Handler, LineClearMode, Mode, NamedPrivateMode, PrivateMode, StandardCharset,
    TabulationClearMode,
};

use crate::emulator::Ear;

/// The lines that scroll: the first, and one past the last; all of them where there are none.
/// The terminal does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Region(Option<(i32, i32)>);

/// The terminal as the parser sees it.
pub(super) struct Screen<'a> {
    pub(super) term: &'a mut Term<Ear>,
    pub(super) region: &'a mut Region,
    pub(super) ear: &'a Ear,
}

/// Methods that the terminal does right.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) {
            self.term.$name($($argument),*);
        })*
    };
}

impl Screen<'_> {
    fn rows(&self) -> i32 {
        self.term.screen_lines() as i32
    }

    fn line(&self) -> i32 {
        self.term.grid().cursor.point.line.0
    }

    fn column(&self) -> usize {
        self.term.grid().cursor.point.column.0
    }

    fn region(&self) -> (i32, i32) {
        self.region.0.unwrap_or((0, self.rows()))
    }

    /// The first line that places are counted from.
    fn origin(&self) -> i32 {
        if self.term.mode().contains(TermMode::ORIGIN) {
            self.region().0
        } else {
            0
        }
    }

    /// Goes to a line of the screen, wherever places are counted from.
    fn go(&mut self, line: i32, column: usize) {
        self.term.goto(line - self.origin(), column);
    }

    /// So many lines up; the region is not left by its top.
    fn above(&self, lines: usize) -> i32 {
        let (line, top) = (self.line(), self.region().0);
        let target = line.saturating_sub(i32::try_from(lines).unwrap_or(i32::MAX));
        target.max(if line >= top { top } else { 0 })
    }

    /// So many lines down; the region is not left by its bottom.
    fn below(&self, lines: usize) -> i32 {
        let (line, end) = (self.line(), self.region().1);
        let target = line.saturating_add(i32::try_from(lines).unwrap_or(i32::MAX));
        target.min(if line < end { end - 1 } else { self.rows() - 1 })
    }

    /// A change of the number of columns, which is not followed, ends the region as well.
    fn is_column_mode(mode: PrivateMode) -> bool {
        mode == PrivateMode::Named(NamedPrivateMode::ColumnMode)
    }
}

impl Handler for Screen<'_> {
    pass_on! {
        input(c: char);
        goto(line: i32, column: usize);
        goto_line(line: i32);
        insert_blank(count: usize);
        identify_terminal(intermediate: Option<char>);
        move_forward(columns: usize);
        move_backward(columns: usize);
        put_tab(count: u16);
        backspace();
        carriage_return();
        bell();
        substitute();
        newline();
        set_horizontal_tabstop();
        scroll_up(count: usize);
        scroll_down(count: usize);
        insert_blank_lines(count: usize);
        delete_lines(count: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        clear_screen(mode: ClearMode);
        clear_tabs(mode: TabulationClearMode);
        set_tabs(interval: u16);
        reverse_index();
        terminal_attribute(attribute: Attr);
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        report_mode(mode: Mode);
        report_private_mode(mode: PrivateMode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        set_active_charset(index: CharsetIndex);
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        clipboard_store(clipboard: u8, base64: &[u8]);
        decaln();
        text_area_size_chars();
    }

    /// The terminal knows the mode in which it is a new line as well, and does nothing about it.
    fn linefeed(&mut self) {
        self.term.linefeed();
        if self.term.mode().contains(TermMode::LINE_FEED_NEW_LINE) {
            self.term.carriage_return();
        }
    }

    fn goto_col(&mut self, column: usize) {
        self.go(self.line(), column);
    }

    fn move_up(&mut self, lines: usize) {
        self.go(self.above(lines), self.column());
    }

    fn move_down(&mut self, lines: usize) {
        self.go(self.below(lines), self.column());
    }

    fn move_up_and_cr(&mut self, lines: usize) {
        self.go(self.above(lines), 0);
    }

    fn move_down_and_cr(&mut self, lines: usize) {
        self.go(self.below(lines), 0);
    }

    /// Places are told as they are counted.
    fn device_status(&mut self, question: usize) {
        let origin = self.origin();
        if question == 6 && origin > 0 {
            // a cursor that has been put back to above the region is told as on its first line
            let (line, column) = ((self.line() - origin + 1).max(1), self.column() + 1);
            self.ear.send_event(Event::PtyWrite(format!("\x1b[{line};{column}R")));
        } else {
            self.term.device_status(question);
        }
    }

    /// A region that does not lie on the screen is none.
    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.term.screen_lines();
        let (top, bottom) = (top.max(1), bottom.unwrap_or(rows).min(rows));
        if top < bottom {
            self.region.0 = Some((top as i32 - 1, bottom as i32));
            self.term.set_scrolling_region(top, Some(bottom));
        }
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        if Self::is_column_mode(mode) {
            *self.region = Region::default();
        }
        self.term.set_private_mode(mode);
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        if Self::is_column_mode(mode) {
            *self.region = Region::default();
        }
        self.term.unset_private_mode(mode);
    }

    fn reset_state(&mut self) {
        *self.region = Region::default();
        self.term.reset_state();
    }
}
