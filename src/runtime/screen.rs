//! ratatui's backend: draws into memory, never asks the terminal anything, never blocks.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// What has been drawn since it was last taken.
#[derive(Debug, Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A backend that writes into memory and remembers size and cursor by itself.
#[derive(Debug)]
pub struct MemoryBackend {
    inner: CrosstermBackend<Shared>,
    drawn: Shared,
    size: Size,
    cursor: Position,
    /// Whether the cursor is shown, once known.
    visible: Option<bool>,
    /// The terminal's cursor has been moved by drawing.
    moved: bool,
}

impl MemoryBackend {
    /// A backend of this many columns and rows.
    pub fn new((columns, rows): (u16, u16)) -> Self {
        let drawn = Shared::default();
        Self {
            inner: CrosstermBackend::new(drawn.clone()),
            drawn,
            size: Size::new(columns, rows),
            cursor: Position::ORIGIN,
            visible: None,
            moved: true,
        }
    }

    /// The terminal has another size now.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.size = Size::new(columns, rows);
    }

    /// Takes what has been drawn; empty when nothing differs from the last frame.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut *self.drawn.0.borrow_mut())
    }

    /// Forgets what is known of the cursor; after the terminal was given to another program.
    pub fn forget(&mut self) {
        self.visible = None;
        self.moved = true;
    }
}

impl Backend for MemoryBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        // nothing to draw moves no cursor
        if content.peek().is_none() {
            return Ok(());
        }
        self.moved = true;
        crate::runtime::paint::cells(&mut self.drawn.0.borrow_mut(), content);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.visible == Some(false) {
            return Ok(());
        }
        self.visible = Some(false);
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.visible == Some(true) {
            return Ok(());
        }
        self.visible = Some(true);
        self.moved = true;
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        let needed = self.visible == Some(true) && (self.moved || position != self.cursor);
        self.cursor = position;
        if !needed {
            return Ok(());
        }
        self.moved = false;
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.moved = true;
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.moved = true;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal that is drawn into memory.
pub type Screen = Terminal<MemoryBackend>;

/// A screen of this many columns and rows.
///
/// # Errors
/// Never in practice: the backend does no I/O.
pub fn new(size: (u16, u16)) -> io::Result<Screen> {
    Terminal::new(MemoryBackend::new(size))
}

/// Makes the next frame paint every cell.
///
/// # Errors
/// Never in practice: the backend does no I/O.
pub fn repaint(screen: &mut Screen) -> io::Result<()> {
    screen.backend_mut().forget();
    screen.clear()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::widgets::Paragraph;

    fn draw(screen: &mut Screen, text: &str, cursor: Option<(u16, u16)>) -> Vec<u8> {
        screen
            .draw(|frame| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if let Some(cursor) = cursor {
                    frame.set_cursor_position(cursor);
                }
            })
            .unwrap();
        screen.backend_mut().take()
    }

    #[test]
    fn an_unchanged_frame_is_nothing() {
        let mut screen = new((20, 3)).unwrap();
        assert!(!draw(&mut screen, "hello", None).is_empty());
        assert!(draw(&mut screen, "hello", None).is_empty());
        assert!(!draw(&mut screen, "hello", Some((2, 0))).is_empty());
        assert!(draw(&mut screen, "hello", Some((2, 0))).is_empty());
        assert!(!draw(&mut screen, "hello", Some((3, 0))).is_empty());
        assert!(!draw(&mut screen, "hullo", Some((3, 0))).is_empty());
        repaint(&mut screen).unwrap();
        let all = String::from_utf8(draw(&mut screen, "hullo", None)).unwrap();
        assert!(all.contains("hullo") && all.contains("\x1b[?25l"), "{all:?}");
    }

    #[test]
    fn any_size_can_be_drawn() {
        let mut screen = new((80, 24)).unwrap();
        for size in [(1, 1), (500, 200), (40, 10), (80, 24)] {
            screen.backend_mut().resize(size);
            draw(&mut screen, "text", None);
            assert_eq!(screen.size().unwrap(), Size::new(size.0, size.1));
        }
    }
}
