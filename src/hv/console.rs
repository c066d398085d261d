//! A VM's screen and serial line: what is asked of a console and what it shows, as plain data.

use std::sync::Arc;

use uuid::Uuid;

use crate::base::cells::CellGrid;
use crate::base::key::Key;
use crate::base::text::Text;
use crate::hv::error::HvError;

pub use crate::hv::display::{DisplayAnswer, DisplayCommand, Thumbnail, ThumbnailWish, Ticket, Viewer};

/// One open console. Assigned by whoever opens it; never used twice while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConsoleId(pub u64);

/// What of a VM is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConsoleKind {
    /// The screen: VNC where it can be reached, else screenshots.
    Screen {
        /// Screenshots (`virDomainScreenshot`) even where VNC can be reached.
        screenshots: bool,
        /// Which screen of several, from 0.
        head: u32,
    },
    /// A serial line or console device (`virDomainOpenConsole`).
    Serial {
        /// The device's alias; the VM's first when there is none.
        device: Option<Text>,
        /// Take the line over from whoever holds it (`VIR_DOMAIN_CONSOLE_FORCE`).
        force: bool,
    },
}

/// How pictures get into the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PictureProtocol {
    /// Two pixels a cell, upper and lower half block.
    #[default]
    HalfBlocks,
    /// The kitty graphics protocol.
    Kitty,
    /// DEC sixel graphics.
    Sixel,
    /// iTerm2 inline images.
    Iterm2,
}

impl PictureProtocol {
    /// The word for flags, files and the status line.
    pub fn word(self) -> &'static str {
        match self {
            Self::HalfBlocks => "half-blocks",
            Self::Kitty => "kitty",
            Self::Sixel => "sixel",
            Self::Iterm2 => "iterm2",
        }
    }

    /// All of them, the least demanding first.
    pub const ALL: [Self; 4] = [Self::HalfBlocks, Self::Kitty, Self::Sixel, Self::Iterm2];
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColourDepth {
    /// None; shades are characters.
    None,
    /// 16 colours of the user's palette.
    Sixteen,
    /// The 256 colours of xterm.
    Indexed,
    /// 24 bits.
    #[default]
    True,
}

/// How large a screen is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Zoom {
    /// All of it, as large as it fits.
    #[default]
    Fit,
    /// One pixel of the guest is one pixel that can be drawn.
    Same,
    /// So many pixels drawn for each of the guest.
    Times(u8),
}

/// Where and how a console is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Viewport {
    /// Columns of cells.
    pub columns: u16,
    /// Rows of cells.
    pub rows: u16,
    /// Width and height of a cell in pixels, where the terminal tells.
    pub cell: Option<(u16, u16)>,
    /// How pictures are drawn.
    pub protocol: PictureProtocol,
    /// Colours for half blocks.
    pub depth: ColourDepth,
    /// Only ASCII characters.
    pub ascii: bool,
    /// How large a screen is shown.
    pub zoom: Zoom,
    /// The guest's pixel in the upper left corner, where not all of it fits.
    pub pan: (u16, u16),
    /// Show text screens as text, where the characters can be recognised.
    pub read_text: bool,
    /// Whether it is on the screen; nothing is drawn otherwise.
    pub visible: bool,
    /// Bytes a second that may go to the terminal; 0 for no limit.
    pub budget: u32,
}

/// Whether a key goes down, up, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Stroke {
    /// Pressed and released: terminals that do not tell releases.
    #[default]
    Tap,
    /// Pressed.
    Down,
    /// Held down.
    Repeat,
    /// Released.
    Up,
}

impl Stroke {
    /// From what terminals tell that know no releases.
    pub fn from_repeat(repeat: bool) -> Self {
        if repeat { Self::Repeat } else { Self::Tap }
    }
}

/// A key of the guest's keyboard that stands for itself, without a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Shift.
    Shift,
    /// Control.
    Ctrl,
    /// Alt.
    Alt,
    /// Super, Windows or command key.
    Super,
}

/// Something typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typed {
    /// A key with the modifiers that are held.
    Key(Key),
    /// A modifier alone; only terminals with the kitty keyboard protocol tell.
    Modifier(Modifier),
}

/// Buttons of a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Buttons {
    /// Left.
    pub left: bool,
    /// Middle.
    pub middle: bool,
    /// Right.
    pub right: bool,
}

/// The mouse over a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pointer {
    /// Column of the console, from 0.
    pub column: u16,
    /// Row of the console, from 0.
    pub row: u16,
    /// What is held.
    pub buttons: Buttons,
    /// Notches of the wheel, negative is up.
    pub wheel: i8,
    /// Moved by so many cells instead of to a place: for guests without a tablet.
    pub relative: Option<(i16, i16)>,
}

/// What is asked of an open console.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsoleCommand {
    /// Open it.
    Open {
        /// The VM.
        uuid: Uuid,
        /// What of it.
        kind: ConsoleKind,
        /// Where it is drawn.
        viewport: Viewport,
    },
    /// Open it on the host to which the VM has gone, and go on with what it has shown so far on the
    /// host that is told [`ConsoleCommand::Move`].
    OpenMoved {
        /// The VM.
        uuid: Uuid,
        /// What of it.
        kind: ConsoleKind,
        /// Where it is drawn.
        viewport: Viewport,
    },
    /// Close it here, since the VM has gone to another host.
    Move,
    /// It is drawn elsewhere or otherwise now.
    Viewport(Viewport),
    /// The last frame went to the terminal and took so many bytes; the next one may come.
    Drawn {
        /// The frame's number.
        serial: u64,
        /// Bytes that went to the terminal for it.
        bytes: u32,
    },
    /// A key.
    Type {
        /// Which.
        typed: Typed,
        /// Pressed, released, both.
        stroke: Stroke,
    },
    /// A combination by Linux keycodes, pressed together and released, such as Ctrl-Alt-Del.
    Chord(Vec<u32>),
    /// Text typed as keys, not faster than a guest takes it.
    TypeText(String),
    /// The mouse.
    Pointer(Pointer),
    /// Scroll a serial line back (positive) or forth, in lines.
    Scroll(i32),
    /// Look for a text in a serial line's past; `None` ends the search.
    Search {
        /// What to look for, without regard to case.
        needle: Option<String>,
        /// Towards the past.
        back: bool,
    },
    /// Answer with what is shown, or for a serial line with all that is kept, as text.
    CopyText {
        /// All that is kept, not only what is shown.
        all: bool,
    },
    /// Write a serial line to a file with times, or stop.
    Log(Option<std::path::PathBuf>),
    /// Tell when this text appears on the line; `None` stops watching.
    Watch(Option<String>),
    /// Tell the guest how large the console is (types `stty rows … columns …`).
    TellSize,
    /// Save the picture as PNG.
    SavePicture(std::path::PathBuf),
    /// Take the line over from whoever holds it.
    TakeOver,
    /// Connect again now.
    Retry,
    /// Close it.
    Close,
}

/// Where a console stands.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsoleState {
    /// On the way.
    Connecting {
        /// What is being done, such as `ssh tunnel to 127.0.0.1:5900`.
        step: Text,
    },
    /// Shown live.
    Live {
        /// How it is reached, such as `VNC through ssh, TLS` or `screenshots every 2 s`.
        way: Text,
        /// What is missing or worth knowing, such as why it is only screenshots.
        note: Option<Text>,
        /// Whether what is typed reaches the guest this way.
        keys: bool,
    },
    /// Held by another client; [`ConsoleCommand::TakeOver`] takes it.
    Held(HvError),
    /// Not there for now: the VM is off, restarts, or its host is not connected. Comes back by itself.
    Waiting {
        /// Why.
        why: Text,
    },
    /// Given up until [`ConsoleCommand::Retry`].
    Failed(HvError),
    /// Closed.
    Closed,
}

/// Part of a picture for a terminal with graphics: made by this program, safe to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// First column of the console that it covers.
    pub column: u16,
    /// First row of the console that it covers.
    pub row: u16,
    /// Columns that it covers.
    pub columns: u16,
    /// Rows that it covers.
    pub rows: u16,
    /// The number by which the terminal knows it (kitty's protocol); 0 where pictures are part of
    /// the cells.
    pub id: u32,
    /// Changes when the picture changes.
    pub version: u64,
    /// What to write with the cursor on its first cell.
    pub bytes: Arc<[u8]>,
}

/// What a console looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsoleFrame {
    /// Numbered upwards.
    pub serial: u64,
    /// Cells; where tiles are, blank.
    pub grid: CellGrid,
    /// Pictures over the cells, for terminals with graphics.
    pub tiles: Vec<Tile>,
    /// Column and row of the guest's cursor, if it is to be seen.
    pub cursor: Option<(u16, u16)>,
    /// Size of the guest's screen in pixels, or of a serial line in columns and rows.
    pub size: (u16, u16),
    /// The guest's pixel in the upper left corner, after it was brought within bounds.
    pub pan: (u16, u16),
    /// Lines scrolled back, and how many there are.
    pub scrolled: (u32, u32),
    /// The guest wants mouse events (a serial line's program asked for them).
    pub mouse: bool,
}

/// What went through a console in the last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Bytes from the guest's side.
    pub received: u32,
    /// Bytes to the terminal, with what else was drawn meanwhile.
    pub sent: u32,
    /// Frames that reached the terminal.
    pub frames: u32,
    /// Pictures have fewer colours than the terminal could show, because it is slow.
    pub coarse: bool,
}

/// What a console tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsoleUpdate {
    /// Where it stands.
    State(ConsoleState),
    /// How it looks. The next one comes after [`ConsoleCommand::Drawn`].
    Frame(Arc<ConsoleFrame>),
    /// What was received and shown in the last second.
    Traffic(Traffic),
    /// Bell.
    Bell,
    /// The watched text appeared in this line.
    Seen(Text),
    /// The text asked for by [`ConsoleCommand::CopyText`].
    Copied(Text),
    /// The guest wants this on the clipboard; asked for only when the configuration allows it.
    Clipboard(Text),
    /// Something was done, or not and why, such as saving a picture.
    Done(Result<Text, HvError>),
}
